"""What stories of jobs are made of: a worker, handlers that fail or stand still, and death."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from core.db import Database
from core.jobs import (
    Job,
    Later,
    Worker,
)

ACME = "acme"
Handler = Callable[[Job], Awaitable[None]]


def later(db: Database, key: str = "out:1", *, payload: dict[str, Any] | None = None, **wait: float) -> Later:
    return Later(key, "send", ACME, db.now() + timedelta(**wait), payload or {})


def worker(db: Database, send: Handler, **settings: Any) -> Worker:
    return Worker(db, {"send": send}, **settings)


async def waiting(db: Database, key: str = "out:1") -> dict[str, Any]:
    found = await db["jobs"].find_one({"_id": key})
    assert found, f"there is no job {key}"
    return found


class Sender:
    """Notes what it was asked to do, and fails as long as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.sent: list[Job] = []
        self.failures = list(failures)
        self.done = asyncio.Event()

    async def __call__(self, job: Job) -> None:
        self.sent.append(job)
        self.done.set()
        if self.failures:
            raise self.failures.pop(0)


class Door:
    """A handler that stands still in the middle until the test lets it go on."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.may_leave = asyncio.Event()
        self.runs = 0

    async def __call__(self, _: Job) -> None:
        self.runs += 1
        self.entered.set()
        await self.may_leave.wait()


@asynccontextmanager
async def at_work(worker: Worker) -> AsyncIterator[Worker]:
    task = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await task
