"""A worker that does nothing but read mailboxes, in a process of its own, to be killed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from channels.running import RUN_CHANNEL
from core.clock import SystemClock
from core.db import connect
from core.jobs import Lane, Worker
from gateway import wiring
from gateway.delivery import Delivery
from gateway.settings import Settings

LEASE = timedelta(seconds=3)


async def read(mongodb_url: str, database: str) -> None:
    """Read whatever mailboxes nobody else reads."""
    db = await connect(mongodb_url, clock=SystemClock(), name=database)
    db.handlers = wiring.EVENT_HANDLERS
    settings = Settings(mongodb_url, None, b"a secret of thirty-two characters or more", private_servers=True)
    told = Delivery(db, _to_nobody)
    door = wiring.open_door(db, told, settings)
    handlers = {RUN_CHANNEL: wiring.job_handlers(door, told, settings)[RUN_CHANNEL]}
    lanes = [Lane(frozenset({RUN_CHANNEL}), 5, endless=True)]
    await Worker(db, handlers, lanes=lanes, lease=LEASE).run()


async def _to_nobody(*_: Any, **__: Any) -> None:
    """Tell nobody."""
