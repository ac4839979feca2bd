"""The worker process: runs jobs, tells browsers through Redis, wakes when somebody asks for a job."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import structlog

from core.clock import SystemClock
from core.db import Committed, connect
from core.jobs import Worker
from core.tasks import end
from gateway import wiring
from gateway.delivery import Delivery
from gateway.fanout import Fanout
from gateway.settings import Settings

log = structlog.get_logger("worker")

LEASE = timedelta(seconds=5)  # after a worker was killed, others take its jobs this much later


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Run jobs until ``stop`` is set, then finish those that run."""
    db = await connect(settings.mongodb_url, clock=SystemClock())
    db.handlers = wiring.EVENT_HANDLERS
    fanout = Fanout(settings.redis_url, write_only=True) if settings.redis_url else None
    delivery = Delivery(db, fanout.emit if fanout else _to_nobody)
    door = wiring.open_door(db, delivery, settings)
    worker = Worker(db, wiring.job_handlers(door, delivery, settings), lanes=wiring.LANES, lease=LEASE)
    listening: asyncio.Task[None] | None = None
    if fanout:
        fanout.on_wake_up = worker.wake
        listening = asyncio.create_task(fanout.listen_for_wake_ups())

    async def wake(committed: Committed) -> None:
        if committed.due_at:
            worker.wake()
            if fanout:
                await fanout.wake_workers()

    db.listeners.append(wake)
    death = asyncio.Event()
    worker.after_death = death.set
    running = asyncio.create_task(worker.run())
    await delivery.tell_again()
    telling = asyncio.create_task(_tell_after(death, delivery))
    log.info("worker.ready")
    await stop.wait()
    await end([telling])
    worker.stop()
    await running
    await door.kept.close()
    await door.live.close()
    if listening:
        await end([listening])
    if fanout:
        await fanout.close()
    await db.client.close()


async def _tell_after(death: asyncio.Event, delivery: Delivery) -> None:
    """Tell again whenever a process died; runs until cancelled."""
    while True:
        await death.wait()
        death.clear()
        await delivery.tell_again()


async def _to_nobody(*_: Any, **__: Any) -> None:
    """Tell nobody: without Redis a worker has no browsers; they ask for what they miss."""
