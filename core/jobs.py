"""Jobs: everything that happens later, kept in MongoDB so that asking for it is part of the commit.

A job is a document whose ``_id`` is its key. ``run_at`` is when somebody may claim it: its due time, or while it runs
the end of its lease. Asking for a job that runs is noted in ``again_at`` and honoured when it finishes. So a key runs at
most once at a time, a crashed run is simply due again when its lease ends, and nothing asked for is ever forgotten.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError

from core.errors import NotFound, SendFailed
from core.ids import new_secret
from core.later import Later

if TYPE_CHECKING:
    from core.db import Database

__all__ = ["Handler", "Job", "Later", "LeaseLost", "Worker", "back_off", "cancel", "dead", "enqueue", "hold_lease",
           "retry", "running"]  # fmt: skip

log = structlog.get_logger("jobs")

LEASE = timedelta(seconds=30)
POLL = 1.0  # seconds at most between two looks at the queue when nothing wakes the worker
MAX_ATTEMPTS = 12
MAX_BACK_OFF = timedelta(minutes=10)


@dataclass(frozen=True)
class Job:
    """A job in the hands of a worker."""

    key: str
    kind: str
    tenant_id: str
    payload: Mapping[str, Any]
    due_at: datetime
    attempts: int
    token: str


class LeaseLost(Exception):  # noqa: N818
    """Another worker has the job by now; this one must not commit."""


Handler = Callable[[Job], Awaitable[None]]

#: The job this task runs for, if any; commits check its lease.
running: ContextVar[Job | None] = ContextVar("running", default=None)


async def enqueue(db: Database, wish: Later, *, session: AsyncClientSession | None = None) -> None:
    """Ask for a job: a new key is stored, a waiting one comes no later than asked, a dead one lives again."""
    held = {"$ne": [{"$ifNull": ["$token", None]}, None]}
    await db["jobs"].update_one(
        {"_id": wish.key},
        [
            {
                "$set": {
                    "kind": wish.kind,
                    "tenant_id": wish.tenant_id,
                    "payload": {"$literal": dict(wish.payload)},
                    "created_at": {"$ifNull": ["$created_at", db.now()]},
                    "attempts": {"$cond": ["$dead_at", 0, {"$ifNull": ["$attempts", 0]}]},
                    "due_at": {"$cond": [held, "$due_at", {"$min": ["$due_at", wish.due_at]}]},
                    "run_at": {"$cond": [held, "$run_at", {"$min": ["$run_at", wish.due_at]}]},
                    "again_at": {"$cond": [held, {"$min": ["$again_at", wish.due_at]}, None]},
                    "token": {"$ifNull": ["$token", None]},
                    "dead_at": None,
                }
            }
        ],
        upsert=True,
        session=session,
    )


async def cancel(db: Database, key: str) -> None:
    """Forget a job that waits; one that runs is left to finish."""
    await db["jobs"].delete_one({"_id": key, "token": None})


async def hold_lease(db: Database, session: AsyncClientSession, now: datetime) -> None:
    """Inside a transaction, make sure that the running job (if any) is still ours, and prolong it.

    Raises:
        LeaseLost: another worker claimed the job since; the transaction must not happen.
    """
    job = running.get()
    if job is None:
        return
    mine = await db["jobs"].update_one(
        {"_id": job.key, "token": job.token}, {"$set": {"run_at": now + LEASE}}, session=session
    )
    if not mine.matched_count:
        raise LeaseLost(job.key)


async def dead(db: Database, tenant_id: str, *, after: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return a tenant's dead jobs in the order of their keys, with the error that killed each."""
    where: dict[str, Any] = {"tenant_id": tenant_id, "dead_at": {"$ne": None}}
    if after:
        where["_id"] = {"$gt": after}
    return await db["jobs"].find(where).sort("_id").limit(limit).to_list()


async def retry(db: Database, tenant_id: str, key: str) -> None:
    """Give a dead job a new life, due now.

    Raises:
        NotFound: there is no such dead job.
    """
    now = db.now()
    found = await db["jobs"].update_one(
        {"_id": key, "tenant_id": tenant_id, "dead_at": {"$ne": None}},
        {
            "$set": {
                "dead_at": None,
                "attempts": 0,
                "due_at": now,
                "run_at": now,
                "again_at": None,
                "token": None,
            }
        },
    )
    if not found.matched_count:
        raise NotFound


def back_off(attempts: int) -> timedelta:
    """Return how long to wait after the n-th failure: 1 s doubling to 10 min, spread by a quarter."""
    seconds = min(2.0 ** (attempts - 1), MAX_BACK_OFF.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))


class Worker:
    """Claims due jobs in batches and runs their handlers, at most ``places`` at a time.

    One worker per process: several claimers are slower than one (measured, docs/adr/0010).
    """

    def __init__(self, db: Database, handlers: Mapping[str, Handler], *, places: int = 20) -> None:
        self.db = db
        self.handlers = handlers
        self.places = places
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._tokens: set[str] = set()
        self._awake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look at the queue now: a job was asked for."""
        self._awake.set()

    async def run(self) -> None:
        """Work until `stop`; a store that is away for a while is waited for."""
        prolonging = asyncio.create_task(self._prolong())
        try:
            while not self._stopping:
                self._awake.clear()
                try:
                    await self.claim()
                    pause = POLL if len(self.tasks) >= self.places else await self._pause()
                except PyMongoError as error:
                    log.warning("jobs.store_away", error=str(error))
                    pause = POLL
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), pause)
        finally:
            if self.tasks:
                await asyncio.wait(self.tasks.values(), timeout=LEASE.total_seconds())
            prolonging.cancel()

    def stop(self) -> None:
        """Claim no more; `run` returns when the running jobs are done."""
        self._stopping = True
        self._awake.set()

    async def run_due(self) -> int:
        """Run everything that is due until nothing is, and return how many ran: a test's way to let time act."""
        count = 0
        while await self.claim():
            count += len(self.tasks)
            await asyncio.wait(self.tasks.values())
        return count

    async def claim(self) -> int:
        """Claim as many due jobs as there are free places and start them; return how many."""
        places = self.places - len(self.tasks)
        if places <= 0:
            return 0
        now = self.db.now()
        due = {"run_at": {"$lte": now}, "kind": self._kinds()}
        keys = [found["_id"] async for found in self.db["jobs"].find(due, {"_id": 1}).sort("run_at").limit(places)]
        if not keys:
            return 0
        token = new_secret()
        await self.db["jobs"].update_many(
            {**due, "_id": {"$in": keys}}, {"$set": {"token": token, "run_at": now + LEASE}}
        )
        mine = await self.db["jobs"].find({"_id": {"$in": keys}, "token": token}).sort("due_at").to_list()
        for found in mine:
            job = Job(key=found["_id"], kind=found["kind"], tenant_id=found["tenant_id"], payload=found["payload"],
                      due_at=found["due_at"], attempts=found["attempts"], token=token)  # fmt: skip
            self._tokens.add(token)
            self.tasks[job.key] = asyncio.create_task(self._run(job))
        return len(mine)

    def _kinds(self) -> dict[str, list[str]]:
        return {"$in": list(self.handlers)}

    async def _pause(self) -> float:
        """Return the seconds until the next job is due, `POLL` at most."""
        due = {"run_at": {"$type": "date"}, "kind": self._kinds()}
        following = await self.db["jobs"].find(due, {"run_at": 1}).sort("run_at").to_list(1)
        if not following:
            return POLL
        return min(max((following[0]["run_at"] - self.db.now()).total_seconds(), 0.001), POLL)

    async def _run(self, job: Job) -> None:
        running.set(job)
        try:
            await self.handlers[job.kind](job)
        except LeaseLost:
            log.warning("jobs.lease_lost", key=job.key)
        except Exception as error:  # whatever a handler raises must become a visible, retried failure
            await self._failed(job, error)
        else:
            await self._finished(job)
        finally:
            del self.tasks[job.key]
            self._awake.set()

    async def _finished(self, job: Job) -> None:
        """Forget the job, or let it wait for the time that was asked for meanwhile."""
        mine = {"_id": job.key, "token": job.token}
        with contextlib.suppress(PyMongoError):  # the lease ends by itself: the job runs once more, which is safe
            if not (await self.db["jobs"].delete_one({**mine, "again_at": None})).deleted_count:
                await self.db["jobs"].update_one(mine, [{"$set": {
                    "run_at": "$again_at", "due_at": "$again_at", "again_at": None, "token": None, "attempts": 0,
                }}])  # fmt: skip

    async def _failed(self, job: Job, error: Exception) -> None:
        """Try again later, sooner and rarer by the number of failures; after the last one the job is dead, visibly."""
        attempts = job.attempts + 1
        wait = back_off(attempts)
        final = attempts >= MAX_ATTEMPTS
        if isinstance(error, SendFailed):
            final = final or error.retry_after is None
            wait = timedelta(seconds=error.retry_after or 0)
        now = self.db.now()
        log.error("jobs.failed", key=job.key, kind=job.kind, attempts=attempts, dead=final, error=repr(error),
                  trace="".join(traceback.format_exception(error)))  # fmt: skip
        told: dict[str, Any] = {
            "attempts": attempts,
            "error": f"{type(error).__name__}: {error}"[:500],
            "token": None,
        }
        if final:
            told |= {"dead_at": now, "run_at": None, "again_at": None}
        else:
            told |= {"run_at": now + wait, "due_at": now + wait, "again_at": None}
        with contextlib.suppress(PyMongoError):  # as above: the lease ends by itself
            await self.db["jobs"].update_one({"_id": job.key, "token": job.token}, {"$set": told})

    async def _prolong(self) -> None:
        """Keep the leases of long jobs alive while this process lives."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if not self.tasks:
                self._tokens.clear()
                continue
            with contextlib.suppress(PyMongoError):
                await self.db["jobs"].update_many(
                    {"_id": {"$in": list(self.tasks)}, "token": {"$in": list(self._tokens)}},
                    {"$set": {"run_at": self.db.now() + LEASE}},
                )
