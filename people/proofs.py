"""What is mailed to prove that somebody reads it: codes and link tokens, derived from a secret and never stored."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer

from core.errors import N_, Invalid

Purpose = Literal["invitation", "password_reset"]

#: The same words for a forged link and a broken one: nobody learns which it was.
UNREADABLE = N_("This link is not complete or not valid. Open it from the mail again, or ask for a new one.")


def activation_code(secret: bytes, sign_up_id: str, number: int) -> str:
    """Return the six digits of a sign-up's ``number``-th mail."""
    digest = hmac.digest(secret, f"activation:{sign_up_id}:{number}".encode(), "sha256")
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


def is_code(secret: bytes, sign_up_id: str, number: int, typed: str) -> bool:
    """Return whether somebody typed the code of this mail; spaces do not matter."""
    digits = "".join(typed.split())
    return hmac.compare_digest(activation_code(secret, sign_up_id, number).encode(), digits.encode("utf-8", "replace"))


def link_token(secret: bytes, purpose: Purpose, *values: str) -> str:
    """Return a token for a link that carries these values; they can be read by all and changed by nobody."""
    return str(URLSafeSerializer(secret, salt=f"people.{purpose}").dumps(values))


def read_link_token(secret: bytes, purpose: Purpose, token: str, *, values: int) -> list[str]:
    """Return the ``values`` values of a link's token.

    Raises:
        Invalid: we did not make it, or for another purpose.
    """
    try:
        read = URLSafeSerializer(secret, salt=f"people.{purpose}").loads(token)
    except (BadData, UnicodeError) as error:
        raise Invalid(UNREADABLE) from error
    if not isinstance(read, list) or len(read) != values or not all(isinstance(value, str) for value in read):
        raise Invalid(UNREADABLE)
    return read


def is_over(expires_at: str, now: datetime) -> bool:
    """Return whether the moment in a token (ISO 8601) has passed."""
    return datetime.fromisoformat(expires_at) <= now
