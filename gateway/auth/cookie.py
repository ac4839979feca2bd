"""The session cookie: out of reach of scripts, and only over TLS where there is TLS."""

from __future__ import annotations

from typing import Final

from quart import Response

from gateway.auth.sessions import COOKIE, IDLE

NAME: Final = COOKIE


def remember(response: Response, token: str, public_url: str) -> None:
    """Let the browser keep a session token; an idle one goes with its session."""
    response.set_cookie(
        NAME,
        token,
        max_age=int(IDLE.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=public_url.startswith("https://"),
    )


def forget(response: Response) -> None:
    """Let the browser drop its session token."""
    response.delete_cookie(NAME, path="/", httponly=True, samesite="Lax")
