"""Leases by the machine's clock: kept while a worker lives and reaches the store, let go of when they cannot be."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.clock import SystemClock
from core.db import Database, Update
from core.jobs import Handler, Job, Worker, enqueue
from core.later import Later
from gateway.embedded import Stores
from tests.chaos.crew import eventually

LEASE = timedelta(seconds=2)


class Doors:
    """A handler that stands still in each job until the test lets it go on, or the worker lets go of it."""

    def __init__(self) -> None:
        self.entered: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.may_leave: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.let_go: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def __call__(self, job: Job) -> None:
        self.entered[job.key].set()
        try:
            await self.may_leave[job.key].wait()
        except asyncio.CancelledError:
            self.let_go[job.key].set()
            raise


@pytest.fixture
def real(db: Database) -> Database:
    """The database by the machine's clock."""
    return replace(db, clock=SystemClock())


@asynccontextmanager
async def at_work(db: Database, handler: Handler) -> AsyncIterator[Worker]:
    worker = Worker(db, {"send": handler}, lease=LEASE)
    task = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await task


async def send_later(db: Database, key: str) -> None:
    await enqueue(db, Later(key, "send", "acme", db.now()))


async def lease_of(db: Database, key: str) -> datetime:
    found = await db["jobs"].find_one({"_id": key})
    assert found, f"there is no job {key}"
    ends: datetime = found["run_at"]
    return ends


async def test_a_long_job_keeps_its_lease_while_its_worker_lives(real: Database) -> None:
    doors, thief = Doors(), Doors()
    await send_later(real, "long")
    async with at_work(real, doors), at_work(real, thief):
        await eventually(lambda: bool(doors.entered or thief.entered), within=5)
        owner, other = (doors, thief) if doors.entered else (thief, doors)
        first = await lease_of(real, "long")
        await eventually(lambda: real.now() > first + LEASE, within=10)
        assert not other.entered
        owner.may_leave["long"].set()
    assert await real["jobs"].count_documents({}) == 0


async def test_a_lease_that_cannot_be_kept_is_let_go_of_before_it_ends(real: Database) -> None:
    doors = Doors()
    await asyncio.gather(send_later(real, "locked"), send_later(real, "free"))
    async with at_work(real, doors):
        await asyncio.gather(doors.entered["locked"].wait(), doors.entered["free"].wait())
        async with real.client.start_session() as session, await session.start_transaction():
            await real["jobs"].update_one({"_id": "locked"}, {"$set": {"payload": {"half": "said"}}}, session=session)
            await asyncio.wait_for(doors.let_go["locked"].wait(), 10)
            assert real.now() < await lease_of(real, "locked")
            await session.abort_transaction()
        assert not doors.let_go["free"].is_set()
        for key in ("locked", "free"):
            doors.may_leave[key].set()


async def test_a_job_leaves_its_commit_before_its_lease_ends_though_mongodb_answers_nobody(
    real: Database, stores: Stores
) -> None:
    inside, left = asyncio.Event(), asyncio.Event()

    async def commits_and_commits(_: Job) -> None:
        inside.set()
        try:
            while True:
                await real.commit(Update("seen", {"_id": "x", "tenant_id": "acme"}, {"$inc": {"n": 1}}, upsert=True))
        finally:
            left.set()

    await send_later(real, "stuck")
    async with at_work(real, commits_and_commits):
        await inside.wait()
        os.kill(stores.mongod.pid, signal.SIGSTOP)
        stopped = real.now()
        try:
            await asyncio.wait_for(left.wait(), 10)
        finally:
            os.kill(stores.mongod.pid, signal.SIGCONT)
    assert real.now() < stopped + LEASE


async def test_a_worker_that_is_told_to_stop_waits_a_lease_at_most(real: Database) -> None:
    doors = Doors()
    await send_later(real, "endless")
    worker = Worker(real, {"send": doors}, lease=LEASE)
    task = asyncio.create_task(worker.run())
    await doors.entered["endless"].wait()
    worker.stop()
    await asyncio.wait_for(task, LEASE.total_seconds() + 5)
    await asyncio.wait_for(doors.let_go["endless"].wait(), 1)
