"""Who handles what: indexes of all packages, kinds of jobs and events with their handlers, in one place."""

from __future__ import annotations

import core.store
from core.db import Database
from core.store import ensure_indexes


async def ensure_all_indexes(db: Database) -> None:
    """Create every index of every package that is not there yet."""
    await ensure_indexes(db, core.store.INDEXES)
