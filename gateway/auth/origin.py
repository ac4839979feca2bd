"""Where a browser's request comes from: only our own pages may act with the session cookie (docs/wire.md)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from quart import Request

from core.errors import N_, Forbidden

_PORTS: Final = {"http": 80, "https": 443}


def require_own(request: Request, public_url: str) -> None:
    """Refuse an act with the cookie that does not say it comes from one of our pages.

    Raises:
        Forbidden: it comes from elsewhere, or does not say where from.
    """
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    if not is_ours(origin, public_url=public_url, host=request.host):
        raise Forbidden(N_("This request did not come from our own pages. Open Waystation itself and try again."))


def refuse_foreign(request: Request, public_url: str) -> None:
    """Refuse an act without a cookie that another site's page makes; programs say nothing of an origin.

    Without this, a page could sign a visitor in to somebody else's account (login CSRF).

    Raises:
        Forbidden: it comes from elsewhere.
    """
    if request.headers.get("Origin") is not None:
        require_own(request, public_url)


def is_ours(origin: str | None, *, public_url: str, host: str) -> bool:
    """Return whether an `Origin` (or `Referer`) is the public URL's or the host that was asked; for sockets as well."""
    theirs = _place(origin or "")
    if theirs is None:
        return False
    return theirs in (_place(public_url), _place(f"{theirs[0]}://{host}"))


def _place(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of a URL; None when it has none, as `null` does."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
            return None
        return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
    except ValueError:
        return None
