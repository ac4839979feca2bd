"""How a journal's entries are named: ``<stream>:<number>``, so that a stream's ids sort by number. Pure."""

from __future__ import annotations

from typing import Any

DIGITS = 7


def entry_id(stream: str, number: int) -> str:
    """Return the ``_id`` of a stream's n-th entry."""
    return f"{stream}:{number:0{DIGITS}d}"


def number_of(entry: str) -> int:
    """Return the number inside an entry's id."""
    return int(entry.rpartition(":")[2])


def between(stream: str, after: int = 0, before: int = 10**DIGITS - 1) -> dict[str, Any]:
    """Return the filter for a stream's entries with ``after < number < before``."""
    return {"_id": {"$gt": entry_id(stream, after), "$lt": entry_id(stream, before)}}
