"""Ids: ULIDs, which sort by the moment they were made."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from ulid import ULID, LaxMonotonicPolicy, ULIDGenerator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_generator = ULIDGenerator(policy=LaxMonotonicPolicy())


def new_id(now: datetime) -> str:
    """Return a new id of 26 characters that sorts after every id this process made for an earlier ``now``."""
    return str(_generator.generate((now - EPOCH) // timedelta(milliseconds=1)))  # floats lose some milliseconds


def new_secret() -> str:
    """Return an unguessable token of 43 URL-safe characters (256 bits)."""
    return secrets.token_urlsafe(32)


def first_id(moment: datetime) -> str:
    """Return an id that sorts before all that were made at this moment or later."""
    milliseconds = max((moment - EPOCH) // timedelta(milliseconds=1), 0)
    return str(ULID.from_bytes(milliseconds.to_bytes(6) + bytes(10)))


def earlier(made: str, by: timedelta) -> str:
    """Return an id that sorts before all that were made from ``by`` before ``made`` on.

    Raises:
        ValueError: ``made`` is not one of our ids.
    """
    return first_id(EPOCH + timedelta(milliseconds=ULID.from_str(made).milliseconds) - by)
