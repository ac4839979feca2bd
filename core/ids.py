"""Ids: ULIDs, which sort by the moment they were made."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from ulid import LaxMonotonicPolicy, ULIDGenerator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_generator = ULIDGenerator(policy=LaxMonotonicPolicy())


def new_id(now: datetime) -> str:
    """Return a new id of 26 characters that sorts after every id this process made for an earlier ``now``."""
    return str(_generator.generate((now - EPOCH) // timedelta(milliseconds=1)))  # floats lose some milliseconds


def new_secret() -> str:
    """Return an unguessable token of 43 URL-safe characters (256 bits)."""
    return secrets.token_urlsafe(32)
