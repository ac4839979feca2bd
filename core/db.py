"""The one way state changes: ``commit`` stores changes, their events and the jobs that follow, or nothing at all."""

from __future__ import annotations

import functools
import random
from asyncio import CancelledError, Lock, Task, create_task, shield, sleep, timeout
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, ParamSpec, Protocol, TypeVar
from weakref import WeakValueDictionary

import pymongo
import structlog
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from core.clock import Clock
from core.errors import Conflict, Duplicate, Unavailable
from core.events import Event
from core.jobs import Later, enqueue, hold_lease
from core.model import Document, Record

log = structlog.get_logger("db")

P = ParamSpec("P")
R = TypeVar("R")

MAJORITY = WriteConcern("majority")
ATTEMPTS = 12  # of a use-case that met somebody else's change


class Change(Protocol):
    """One write inside a commit.

    One that writes a document which many commits meet at names it in an attribute ``turn``: the commits of a process
    then take turns. Colliding, each would undo the others' work (100 at once: minutes instead of seconds).
    """

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Write; raise `Conflict` when the stored state is not the one the decision was taken on."""
        ...


@dataclass(frozen=True)
class Insert:
    """Store a new document or record."""

    document: Record

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Insert; a unique index that refuses becomes `Duplicate`."""
        await db[self.document.collection].insert_one(self.document.to_mongo(), session=session)


@dataclass(frozen=True)
class Save:
    """Store what changed between ``was`` and ``document``, if ``was`` is still what is stored."""

    document: Document
    was: Document

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Update the changed fields where the version is unchanged."""
        before, after = self.was.to_mongo(), self.document.to_mongo()
        fields = {name: value for name, value in after.items() if before.get(name) != value}
        fields["version"] = max(self.document.version, self.was.version + 1)
        change: dict[str, Any] = {"$set": fields}
        if gone := before.keys() - after.keys():
            change["$unset"] = dict.fromkeys(gone, "")
        found = await db[self.document.collection].update_one(
            {"_id": self.document.id, "tenant_id": self.document.tenant_id, "version": self.was.version},
            change,
            session=session,
        )
        if not found.matched_count:
            raise Conflict(subject=self.document.collection, id=self.document.id)


@dataclass(frozen=True)
class Update:
    """A conditional write in MongoDB's own words; ``where`` must name the tenant and match, or the commit conflicts."""

    collection: str
    where: Mapping[str, Any]
    change: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    upsert: bool = False
    must_match: bool = True

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Update one document."""
        found = await db[self.collection].update_one(self.where, self.change, upsert=self.upsert, session=session)
        if self.must_match and not self.upsert and not found.matched_count:
            raise Conflict(subject=self.collection)


@dataclass(frozen=True)
class Remove:
    """Delete a document, if ``document`` is still what is stored."""

    document: Document

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Delete where the version is unchanged."""
        where = {
            "_id": self.document.id,
            "tenant_id": self.document.tenant_id,
            "version": self.document.version,
        }
        if not (await db[self.document.collection].delete_one(where, session=session)).deleted_count:
            raise Conflict(subject=self.document.collection, id=self.document.id)


@dataclass(frozen=True)
class Committed:
    """What a commit made known: its changes and events, and the earliest due time of the jobs it asked for."""

    changes: Sequence[Change]
    events: Sequence[Event]
    due_at: datetime | None


Listener = Callable[[Committed], Awaitable[None]]


@dataclass(frozen=True)
class When:
    """A kind of job that handles an event only where that holds: asking for one that finds nothing to do costs, too."""

    holds: Callable[[Event], bool]
    kind: str


#: Event name → the kinds of jobs that handle it.
Handlers = Mapping[str, Sequence[str | When]]


@dataclass
class Database:
    """A MongoDB database, the clock, who handles which event later, and who listens to commits at once."""

    client: AsyncMongoClient[dict[str, Any]]
    name: str
    clock: Clock
    #: event name → kinds of jobs that handle it; filled once by the gateway's wiring.
    handlers: Handlers = field(default_factory=dict)
    #: told after every commit, best effort: live push and wake-ups.
    listeners: list[Listener] = field(default_factory=list)
    #: seconds a commit may wait for a store that is away or busy, an election included.
    patience: float = 15.0
    #: one lock for each thing that commits of this process take turns at, while somebody waits for it.
    turns: WeakValueDictionary[str, Lock] = field(default_factory=WeakValueDictionary)

    def __getitem__(self, collection: str) -> AsyncCollection[dict[str, Any]]:
        return self.client[self.name][collection]

    def now(self) -> datetime:
        """Return the clock's present moment."""
        return self.clock.now()

    async def commit(self, *changes: Change, events: Sequence[Event] = (), jobs: Sequence[Later] = ()) -> None:
        """Store all of it in one transaction, acknowledged by a majority.

        Inside a job the job's lease is checked in the same transaction, so a worker that lost its lease cannot commit.

        Raises:
            Conflict: the stored state is not what the decision was taken on; load again and decide again.
            Duplicate: a unique value is in use.
            Unavailable: MongoDB cannot be reached; whether the commit happened is not known, trying again is safe.
        """
        follow = [*jobs, *self._handled(events)]

        async def write(session: AsyncClientSession) -> None:
            for collection, some in groupby(changes, _inserts_into):
                neighbours = list(some)
                if collection and len(neighbours) > 1:
                    new = [change.document.to_mongo() for change in neighbours if isinstance(change, Insert)]
                    await self[collection].insert_many(new, session=session)
                else:
                    for change in neighbours:
                        await change.apply(self, session)
            if events:
                await self["events"].insert_many([event.to_mongo() for event in events], session=session)
            if follow:  # many commits meet at a job, so it is locked last and shortest
                await enqueue(self, *follow, session=session)
            await hold_lease(self, session, self.now())

        try:
            # The driver meets write conflicts and a changing primary by trying again; left alone, for two minutes.
            async with self._in_turn(changes, jobs):
                await _left_at_once(self._in_transaction(write))
        except (DuplicateKeyError, BulkWriteError) as refused:
            raise _refusal(refused) from refused
        except PyMongoError as error:
            if error.timeout or isinstance(error, ConnectionFailure):
                raise Unavailable from error
            raise
        await self.tell(Committed(changes, events, min((job.due_at for job in follow), default=None)))

    async def _in_transaction(self, write: Callable[[AsyncClientSession], Awaitable[None]]) -> None:
        with pymongo.timeout(self.patience):
            async with self.client.start_session() as session:
                await session.with_transaction(write, read_concern=ReadConcern("snapshot"), write_concern=MAJORITY)

    @asynccontextmanager
    async def _in_turn(self, changes: Sequence[Change], jobs: Sequence[Later]) -> AsyncIterator[None]:
        """Wait until no other commit of this process is at the jobs, or at what the changes name as their ``turn``."""
        turns = {str(change.turn) for change in changes if hasattr(change, "turn")} | {f"job:{job.key}" for job in jobs}
        async with AsyncExitStack() as held:
            for turn in sorted(turns):
                lock = self.turns.setdefault(turn, Lock())
                try:
                    async with timeout(self.patience):
                        await held.enter_async_context(lock)
                except TimeoutError:
                    raise Unavailable from None
            yield

    async def tell(self, committed: Committed) -> None:
        """Tell all listeners; they are best effort and never fail the commit."""
        for listener in self.listeners:
            try:
                await listener(committed)
            except Exception:  # it is stored: whoever committed must not take it for undone
                log.exception("commit.listener_failed")

    def _handled(self, events: Sequence[Event]) -> list[Later]:
        """Return one job per event and handler."""
        kinds = [
            (event, handler if isinstance(handler, str) else handler.kind)
            for event in events
            for handler in self.handlers.get(event.name, ())
            if isinstance(handler, str) or handler.holds(event)
        ]
        return [
            Later(key=f"on:{event.id}:{kind}", kind=kind, tenant_id=event.tenant_id, due_at=event.at,
                  payload={"event_id": event.id, **event.model_dump(include={"name", "subject_kind", "subject_id"})})
            for event, kind in kinds
        ]  # fmt: skip


def _inserts_into(change: Change) -> str | None:
    """Return the collection that a change only adds to, for such neighbours are stored together; else None."""
    return change.document.collection if isinstance(change, Insert) else None


_leaving: set[Task[None]] = set()  # transactions whose commit was cancelled, until MongoDB has answered


async def _left_at_once(transaction: Coroutine[Any, Any, None]) -> None:
    """Run a transaction; cancelled, leave it at once, while the driver still asks MongoDB to undo it.

    A worker that must let go of a job has no time to wait for a store that does not answer.
    """
    task = create_task(transaction)
    try:
        await shield(task)
    except CancelledError:
        if task.cancel():
            _leaving.add(task)
            task.add_done_callback(_left)
        raise


def _left(task: Task[None]) -> None:
    _leaving.discard(task)
    if not task.cancelled() and (error := task.exception()):
        log.warning("db.left", error=repr(error))


def _refusal(error: DuplicateKeyError | BulkWriteError) -> Exception:
    """Return what a unique index's refusal means to the caller."""
    details = error.details or {}
    if isinstance(error, BulkWriteError):
        details = details["writeErrors"][0]
    if "keyPattern" not in details:
        return error
    fields = [name for name in details["keyPattern"] if name != "tenant_id"]
    # Ids are made, not chosen: one that is taken is a journal's number, and somebody else was there first.
    return Conflict() if fields == ["_id"] else Duplicate(field=fields[-1] if fields else "tenant_id")


def retried(use_case: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Run the use-case again from its loading when somebody else changed the state in between.

    Only plain `Conflict` is met so: its subclasses (`Taken`, `Duplicate`) are answers, not accidents.
    """

    @functools.wraps(use_case)
    async def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(ATTEMPTS):
            try:
                return await use_case(*args, **kwargs)
            except Conflict as conflict:
                if type(conflict) is not Conflict or attempt == ATTEMPTS - 1:
                    raise
                await sleep(random.uniform(0, min(0.002 * 2**attempt, 0.25)))
        raise AssertionError("unreachable")

    return again


async def connect(url: str, *, clock: Clock, name: str | None = None) -> Database:
    """Open the database that ``url`` names (or ``name``), with a pool small enough to warm up without a stall.

    64 connections opening at once stall the loop for up to 2 s (measured), hence the cap.
    """
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        url, tz_aware=True, maxPoolSize=20, minPoolSize=4, retryWrites=True, retryReads=True, w="majority",
        serverSelectionTimeoutMS=5_000, connectTimeoutMS=5_000, socketTimeoutMS=30_000, appname="waystation",
    )  # fmt: skip
    default = client.get_default_database("waystation").name
    return Database(client=client, name=name or default, clock=clock)


async def is_ready(db: Database) -> bool:
    """Return whether the database answers."""
    try:
        await db.client.admin.command("ping")
    except PyMongoError:
        return False
    return True
