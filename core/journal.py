"""Journals: gap-free numbered logs, written in groups so that durability is shared by many writers.

An entry's ``_id`` is ``<stream>:<number>``; the number is a promise about the state the entry was decided on. Two who
claim the same number cannot both succeed, so whoever appends number n+1 has seen everything up to n (docs/adr/0009).
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import Context
from typing import Any

import bson
import pymongo
import structlog
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, PyMongoError

from core.db import MAJORITY, Database
from core.errors import N_, Conflict, Invalid, TooLarge, Unavailable
from core.journal_id import between, entry_id, number_of

log = structlog.get_logger("journal")

__all__ = ["AlreadyStored", "Journal", "NumberTaken", "between", "entry_id", "number_of"]

WAITING = 5_000  # entries waiting for the store before new ones are refused: a second's worth of full load
MAX_ENTRY = 8_000_000  # bytes; twice as much the driver refuses, and with it the whole group
DUPLICATE_KEY = 11000


class NumberTaken(Conflict):
    """Another entry has this number: load the stream's end and decide again."""


class AlreadyStored(Conflict):
    """An entry with the same external id exists: the message arrived twice."""


class Journal:
    """Appends entries to one collection: one bulk write at a time, at most one entry per stream in each.

    One per stream keeps a stream's numbers free of gaps: an entry refused as a duplicate leaves its number to the next.
    """

    def __init__(self, db: Database, collection: str) -> None:
        self._db = db
        self._entries: AsyncCollection[Any] = db[collection].with_options(write_concern=MAJORITY)
        self._waiting: deque[tuple[str, RawBSONDocument, asyncio.Future[None]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def append(self, stream: str, number: int, entry: dict[str, Any]) -> None:
        """Store the entry as the stream's ``number``-th; return when a majority has it on disk.

        Raises:
            NumberTaken: the stream is longer than the caller knew.
            AlreadyStored: the entry's external id is stored already.
            Invalid, TooLarge: MongoDB cannot hold it.
            Unavailable: the store is away or too many entries wait; the caller may try again with the same external id.
        """
        if len(self._waiting) >= WAITING:
            raise Unavailable(N_("The desk is very busy. Please send it again in a moment."))
        encoded = _encoded({**entry, "_id": entry_id(stream, number)})
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((stream, encoded, written))
        if self._writing is None:
            # In a context of its own: the deadline of whoever came first is not everybody's.
            self._writing = asyncio.create_task(self._write(), context=Context())
        await written

    async def drain(self) -> None:
        """Return when everything that waits is written."""
        while self._writing:
            await asyncio.wait([self._writing])

    def _round(self) -> tuple[list[RawBSONDocument], list[asyncio.Future[None]]]:
        """Take the oldest waiting entry of each stream."""
        entries, callers, later = [], [], []
        streams: set[str] = set()
        while self._waiting:
            stream, entry, caller = waiting = self._waiting.popleft()
            if caller.done():  # its caller gave up before anything was written
                continue
            if stream in streams:
                later.append(waiting)
            else:
                streams.add(stream)
                entries.append(entry)
                callers.append(caller)
        self._waiting.extend(later)
        return entries, callers

    async def _write(self) -> None:
        try:
            while self._waiting:
                entries, callers = self._round()
                if entries:
                    await self._write_round(entries, callers)
        finally:
            self._writing = None

    async def _write_round(self, entries: list[RawBSONDocument], callers: list[asyncio.Future[None]]) -> None:
        outcome: dict[int, Exception] = {}
        everyone: Exception | None = None
        try:
            with pymongo.timeout(self._db.patience):
                await self._entries.insert_many(entries, ordered=False)
        except BulkWriteError as partly:
            for error in partly.details["writeErrors"]:
                outcome[error["index"]] = _refusal(error)
            if partly.details.get("writeConcernErrors"):
                everyone = Unavailable()
        except PyMongoError as error:
            log.warning("journal.store_away", entries=len(entries), error=str(error))
            everyone = Unavailable()
        except Exception as error:  # noqa: BLE001  a fault of ours: nobody may wait for ever because of it
            everyone = error
        for index, caller in enumerate(callers):
            if caller.done():
                continue
            refusal = outcome.get(index) or everyone
            if refusal:
                caller.set_exception(refusal)
            else:
                caller.set_result(None)


def _encoded(entry: dict[str, Any]) -> RawBSONDocument:
    """Encode an entry apart from the others of its group, so that one that cannot be stored is refused alone."""
    try:
        encoded = bson.encode(entry)
    except (BSONError, OverflowError, UnicodeError) as error:
        raise Invalid from error
    if len(encoded) > MAX_ENTRY:
        raise TooLarge
    return RawBSONDocument(encoded)


def _refusal(error: dict[str, Any]) -> Exception:
    """Return what a write error means to the caller."""
    if error.get("code") != DUPLICATE_KEY:
        return Unavailable()
    return NumberTaken() if "_id" in error.get("keyPattern", {}) else AlreadyStored()
