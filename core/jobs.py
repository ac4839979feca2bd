"""Jobs: everything that happens later, kept in MongoDB so that asking for it is part of the commit.

A job is a document whose ``_id`` is its key. ``run_at`` is when somebody may claim it: its due time, or while it
runs the end of its lease. Asking for a job that runs is noted in ``again_at`` and honoured when it finishes. So a key
runs at most once at a time, a crashed run is due again when its lease ends, and nothing asked for is ever forgotten.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pymongo
import structlog
from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError

from core.errors import NotFound, SendFailed
from core.ids import new_secret
from core.later import Later
from core.tasks import end

if TYPE_CHECKING:
    from core.db import Database

__all__ = ["Handler", "Job", "Lane", "Later", "LeaseLost", "Worker", "back_off", "cancel", "dead", "enqueue",
           "hold_lease", "retry", "running"]  # fmt: skip

log = structlog.get_logger("jobs")

LEASE = timedelta(seconds=30)
POLL = 0.8  # seconds at most between two looks at the queue when nothing wakes the worker: timers are due within 1 s
MAX_ATTEMPTS = 12
MAX_DEATHS = 12
MAX_BACK_OFF = timedelta(minutes=10)


@dataclass(frozen=True)
class Job:
    """A job in the hands of a worker."""

    key: str
    kind: str
    tenant_id: str
    payload: Mapping[str, Any]
    due_at: datetime
    attempts: int  # failures so far
    deaths: int  # workers that died with it, one after the other
    token: str
    lease: timedelta = LEASE


class LeaseLost(Exception):  # noqa: N818
    """Another worker has the job by now; this one must not commit."""


class WorkerDied(Exception):  # noqa: N818
    """One worker after the other died with the job, so the job itself may be what kills them."""


Handler = Callable[[Job], Awaitable[None]]

#: The job this task runs for, if any; commits check its lease.
running: ContextVar[Job | None] = ContextVar("running", default=None)


async def enqueue(db: Database, *wishes: Later, session: AsyncClientSession | None = None) -> None:
    """Ask for jobs: a new key is stored, a waiting one comes no later than asked, a dead one lives again.

    One that failed keeps its back-off: a provider that asked for patience gets it, however much else is sent.
    """
    now = db.now()
    await db["jobs"].bulk_write([UpdateOne({"_id": wish.key}, _asked(wish, now), upsert=True) for wish in wishes],
                                session=session)  # fmt: skip


def _asked(wish: Later, now: datetime) -> list[dict[str, Any]]:
    held = {"$ne": [{"$ifNull": ["$token", None]}, None]}
    failed = {"$and": [{"$gt": ["$attempts", 0]}, {"$not": ["$dead_at"]}]}
    keeps_its_time = {"$or": [held, failed]}
    return [
        {
            "$set": {
                "kind": wish.kind,
                "tenant_id": wish.tenant_id,
                "payload": {"$literal": dict(wish.payload)},
                "created_at": {"$ifNull": ["$created_at", now]},
                "attempts": {"$cond": ["$dead_at", 0, {"$ifNull": ["$attempts", 0]}]},
                "deaths": {"$cond": ["$dead_at", 0, {"$ifNull": ["$deaths", 0]}]},
                "due_at": {"$cond": [keeps_its_time, "$due_at", {"$min": ["$due_at", wish.due_at]}]},
                "run_at": {"$cond": [keeps_its_time, "$run_at", {"$min": ["$run_at", wish.due_at]}]},
                "again_at": {"$cond": [held, {"$min": ["$again_at", wish.due_at]}, None]},
                "token": {"$ifNull": ["$token", None]},
                "dead_at": None,
            }
        }
    ]


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
        {"_id": job.key, "token": job.token}, {"$set": {"run_at": now + job.lease}}, session=session
    )
    if not mine.matched_count:
        raise LeaseLost(job.key)


async def dead(db: Database, tenant_id: str, *, after: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return a tenant's dead jobs in the order of their keys, with the error that killed each."""
    where: dict[str, Any] = {"tenant_id": tenant_id, "dead_at": {"$type": "date"}}
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
        {"_id": key, "tenant_id": tenant_id, "dead_at": {"$type": "date"}},
        {
            "$set": {
                "dead_at": None,
                "attempts": 0,
                "deaths": 0,
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
    seconds = min(2.0 ** min(attempts - 1, 20), MAX_BACK_OFF.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))


@dataclass(frozen=True)
class Lane:
    """Kinds of jobs with places of their own in a worker: slow ones and endless ones keep no others waiting.

    ``endless``: they run until they are stopped. A worker that leaves stops them, and others may have them at once.
    """

    kinds: frozenset[str]
    places: int
    endless: bool = False


@dataclass
class _Held:
    """A job that this worker runs, in which lane, and until when it may."""

    task: asyncio.Task[None]
    token: str
    until: datetime
    lane: Lane


class Worker:
    """Claims due jobs in batches and runs their handlers, at most ``places`` at a time, beside those of the ``lanes``.

    One worker per process: several claimers are slower than one (measured, docs/adr/0010). A worker whose process
    dies is out of the way after ``lease``; one that cannot reach the store lets go of its jobs before that.
    """

    def __init__(
        self,
        db: Database,
        handlers: Mapping[str, Handler],
        *,
        places: int = 20,
        lanes: Sequence[Lane] = (),
        lease: timedelta = LEASE,
    ) -> None:
        self.db = db
        self.handlers = handlers
        self.lease = lease
        others = Lane(frozenset(handlers).difference(*(lane.kinds for lane in lanes)), places)
        self._lanes = {kind: lane for lane in (others, *lanes) for kind in lane.kinds & handlers.keys()}
        self._endless = [kind for kind, lane in self._lanes.items() if lane.endless]
        #: called when another worker died with a job in its hands: what it committed last, it may not have told
        self.after_death: Callable[[], None] | None = None
        self._held: dict[str, _Held] = {}
        self._claiming: tuple[str, list[str]] | None = None  # token and keys of a claim not yet answered
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
                    pause = await self._pause()
                except PyMongoError as error:
                    log.warning("jobs.store_away", error=str(error))
                    pause = POLL
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), pause)
        finally:
            await self._leave()
            await end([prolonging])

    def stop(self) -> None:
        """Claim no more; `run` returns when the running jobs are done."""
        self._stopping = True
        self._awake.set()

    async def run_due(self) -> int:
        """Run everything that is due until nothing is, and return how many ran: a test's way to let time act.

        What is endless is started, and not waited for.
        """
        await self._all_done()
        count = 0
        while claimed := await self.claim():
            count += claimed
            await self._all_done()
        return count

    async def claim(self) -> int:
        """Claim as many due jobs as there are free places and start them; return how many."""
        if self._claiming is None and not await self._claim_due():
            return 0
        assert self._claiming
        token, keys = self._claiming
        now = self.db.now()
        where = {"_id": {"$in": keys}, "token": token, "run_at": {"$gt": now}}
        mine = await self.db["jobs"].find(where).sort("due_at").to_list()
        self._claiming = None
        for found in mine:
            job = Job(key=found["_id"], kind=found["kind"], tenant_id=found["tenant_id"], payload=found["payload"],
                      due_at=found["due_at"], attempts=found["attempts"], deaths=found["deaths"],
                      token=token, lease=self.lease)  # fmt: skip
            task = asyncio.create_task(self._run(job))
            self._held[job.key] = _Held(task, token, found["run_at"], self._lanes[job.kind])
        if self.after_death and any(found["deaths"] for found in mine):
            self.after_death()
        return len(mine)

    async def _claim_due(self) -> bool:
        """Put our mark on due jobs, and note which: the store may go away before it tells what we got."""
        now = self.db.now()
        keys: list[str] = []
        for lane, places in self._free().items():
            due = {"run_at": {"$lte": now}, "kind": {"$in": self._kinds(lane)}, "_id": {"$nin": list(self._held)}}
            found = self.db["jobs"].find(due, {"_id": 1}).sort("run_at").limit(places)
            keys += [job["_id"] async for job in found]
        if not keys:
            return False
        token = new_secret()
        self._claiming = token, keys
        held = {"$ne": ["$token", None]}  # by a worker that let the lease end
        deaths = {"$add": ["$deaths", {"$cond": [held, 1, 0]}]}
        mark = [{"$set": {"token": token, "run_at": now + self.lease, "deaths": deaths}}]
        await self._write({key: {"_id": key, "run_at": {"$lte": now}} for key in keys}, mark)
        return True

    def _free(self) -> dict[Lane, int]:
        """Return the lanes that have places left, and how many."""
        taken = Counter(job.lane for job in self._held.values())
        free = {lane: lane.places - taken[lane] for lane in set(self._lanes.values())}
        return {lane: places for lane, places in free.items() if places > 0}

    def _kinds(self, lane: Lane) -> list[str]:
        return [kind for kind, its in self._lanes.items() if its is lane]

    async def _pause(self) -> float:
        """Return the seconds until the next job is due for which there is a place, `POLL` at most."""
        kinds = [kind for lane in self._free() for kind in self._kinds(lane)]
        due = {"run_at": {"$type": "date"}, "kind": {"$in": kinds}}
        following = await self.db["jobs"].find(due, {"run_at": 1}).sort("run_at").limit(1).to_list()
        if not following:
            return POLL
        wait: timedelta = following[0]["run_at"] - self.db.now()
        return min(max(wait.total_seconds(), 0.001), POLL)

    async def _run(self, job: Job) -> None:
        running.set(job)
        try:
            if job.deaths >= MAX_DEATHS:
                raise WorkerDied
            await self.handlers[job.kind](job)
        except LeaseLost:
            log.warning("jobs.lease_lost", key=job.key)
        except Exception as error:  # noqa: BLE001  whatever a handler raises becomes a visible, retried failure
            await self._failed(job, error)
        except asyncio.CancelledError:
            if self._stopping and job.kind in self._endless:
                await self._give_back(job)
            raise
        else:
            await self._finished(job)
        finally:
            del self._held[job.key]
            self._awake.set()

    async def _finished(self, job: Job) -> None:
        """Forget the job, or let it wait for the time that was asked for meanwhile."""
        mine = {"_id": job.key, "token": job.token}
        with contextlib.suppress(PyMongoError):  # the lease ends by itself: the job runs once more, which is safe
            if not (await self.db["jobs"].delete_one({**mine, "again_at": None})).deleted_count:
                await self.db["jobs"].update_one(mine, [{"$set": {
                    "run_at": "$again_at", "due_at": "$again_at", "again_at": None, "token": None, "attempts": 0,
                    "deaths": 0,
                }}])  # fmt: skip

    async def _give_back(self, job: Job) -> None:
        """Let another worker have the job at once: this one leaves."""
        now, mine = self.db.now(), {"_id": job.key, "token": job.token}
        with contextlib.suppress(PyMongoError), pymongo.timeout(1):
            given = {"token": None, "run_at": now, "due_at": now, "again_at": None, "deaths": 0}
            await self.db["jobs"].update_one(mine, {"$set": given})

    async def _failed(self, job: Job, error: Exception) -> None:
        """Try again later, sooner and rarer by the number of failures; after the last one the job is dead, visibly.

        Unless somebody asked for it meanwhile: then there is something new to do, and it lives.
        """
        attempts = job.attempts + 1
        wait = back_off(attempts)
        final = attempts >= MAX_ATTEMPTS or isinstance(error, WorkerDied)
        if isinstance(error, SendFailed):
            final = final or error.retry_after is None
            wait = timedelta(seconds=error.retry_after or 0)
        now = self.db.now()
        log.error("jobs.failed", key=job.key, kind=job.kind, attempts=attempts, dead=final, error=repr(error),
                  trace="".join(traceback.format_exception(error)))  # fmt: skip
        mine = {"_id": job.key, "token": job.token}
        told = {"error": f"{type(error).__name__}: {error}"[:500], "token": None, "again_at": None, "deaths": 0}
        later = {**told, "attempts": attempts, "run_at": now + wait, "due_at": now + wait}
        dead = {**told, "attempts": attempts, "run_at": None, "dead_at": now}
        anew = [{"$set": {**told, "attempts": 0, "run_at": "$again_at", "due_at": "$again_at"}}]
        with contextlib.suppress(PyMongoError):  # as above: the lease ends by itself
            if not final:
                await self.db["jobs"].update_one(mine, {"$set": later})
            elif not (await self.db["jobs"].update_one({**mine, "again_at": None}, {"$set": dead})).matched_count:
                await self.db["jobs"].update_one(mine, anew)

    async def _prolong(self) -> None:
        """Keep the leases of long jobs alive while this process lives, and let go of those that cannot be kept."""
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 6)
            held = dict(self._held)
            until = self.db.now() + self.lease
            # whoever lives so long did not die of it: only what ends counts the workers that it outlived
            deaths = {"$cond": [{"$in": ["$kind", self._endless]}, 0, "$deaths"]}
            mine = {key: {"_id": key, "token": job.token} for key, job in held.items()}
            with contextlib.suppress(PyMongoError), pymongo.timeout(self.lease.total_seconds() / 6):
                for key in await self._write(mine, [{"$set": {"run_at": until, "deaths": deaths}}]):
                    held[key].until = until
            for key, job in held.items():
                if job.until - self.db.now() < self.lease / 3:
                    log.warning("jobs.let_go", key=key)
                    job.task.cancel()

    async def _write(self, jobs: dict[str, dict[str, Any]], change: Any) -> list[str]:
        """Change jobs, each where its filter matches, except those that somebody else is writing; return the others.

        A process that was killed in the middle of a commit leaves its transaction open for seconds. A plain update of
        what it locked would wait for its end, and all others with it; an update in a transaction is refused at once.
        """
        try:
            await self._write_together(jobs, change)
            return list(jobs)
        except PyMongoError as error:
            if not error.has_error_label("TransientTransactionError"):
                raise
        written = []
        for key, where in jobs.items():
            with contextlib.suppress(PyMongoError):
                await self._write_together({key: where}, change)
                written.append(key)
        return written

    async def _write_together(self, jobs: dict[str, dict[str, Any]], change: Any) -> None:
        writes = [UpdateOne(where, change) for where in jobs.values()]
        if writes:
            async with self.db.client.start_session() as session, await session.start_transaction():
                await self.db["jobs"].bulk_write(writes, session=session)

    async def _all_done(self) -> None:
        if ending := [job.task for job in self._held.values() if not job.lane.endless]:
            await asyncio.wait(ending)

    async def _leave(self) -> None:
        """Stop what is endless, and let running jobs end; whatever takes longer than a lease is left to others."""
        endless = [job.task for job in self._held.values() if job.lane.endless]
        await end(endless, within=self.lease.total_seconds())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._all_done(), self.lease.total_seconds())
        for job in self._held.values():
            job.task.cancel()
