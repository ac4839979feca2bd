"""The hot path: words said in running conversations, stored in groups and told at once.

A process keeps the position (state and last number) of the conversations it talks in. The position may be stale; then
the number is taken already, the position is loaded again, and the words are judged by the state as it is.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Literal

import structlog
from pymongo import UpdateOne, WriteConcern
from pymongo.errors import PyMongoError

from conversation import lifecycle, store, summary
from conversation.lifecycle import Decision
from conversation.model import Conversation, Entry, Private
from core.db import Committed, Database, Insert, Save
from core.errors import Conflict, Problem
from core.files import UseFiles
from core.journal import AlreadyStored, Journal, NumberTaken
from core.later import Later
from core.message import Author, Part, files_of

log = structlog.get_logger("conversation")

REMEMBERED = 20_000  # positions kept in memory; the longest unused is forgotten first
ATTEMPTS = 20
TOUCH_AFTER = 0.05  # seconds: what follows from the journal is written this much later, in groups
TOUCH_SHARE = 20  # and when writing it takes long, so many times longer: the journal comes first
TOUCHED_TOGETHER = 10  # conversations
TOUCH_AT_LAST = 1.0  # seconds, and the time that writing takes; no list is older than this


@dataclass
class Position:
    """A conversation as this process last saw it."""

    decision: Decision
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class Touch:
    """What a conversation's summary has yet to be told: entries, and how far each side has read."""

    entries: list[Entry] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """What became of words: their entry, and the conversation it is part of."""

    conversation: Conversation
    entry: Entry


#: Told after an entry is stored: the conversation it belongs to, the entry, and the socket that said it.
Tell = Callable[[Conversation, Entry, str | None], Awaitable[None]]


class Live:
    """The conversations that this process talks in."""

    def __init__(self, db: Database, tell: Tell) -> None:
        self.db = db
        self.journal = Journal(db, Entry.collection)
        #: what is lost of a summary the next words bring back, so nobody waits for the disk
        self._summaries = db[Conversation.collection].with_options(write_concern=WriteConcern(1))
        self._tell = tell
        self._positions: OrderedDict[str, Position] = OrderedDict()
        self._touches: defaultdict[tuple[str, str], Touch] = defaultdict(Touch)  # by tenant and conversation
        self._touching: asyncio.Task[None] | None = None
        self._closing = False
        db.listeners.append(self._committed)

    async def say(
        self,
        tenant_id: str,
        conversation_id: str,
        *,
        author: Author | None,
        parts: tuple[Part, ...],
        external_id: str,
        client_id: str | None,
        now: datetime,
        private: Private | None = None,
        outward: Callable[[Conversation], Later | None] = lambda _: None,
        allowed: Callable[[Conversation], None] | None = None,
        heard_by: str | None = None,
    ) -> Heard:
        """Store a message or note as the conversation's next entry and tell everybody concerned.

        ``author`` is who says it; None: the conversation's customer.
        ``outward`` names the job that sends it on a channel that must be called; it is stored together with the words.
        ``allowed`` may refuse by the state as it is at that number. Said twice, it is stored once, and told again.

        Raises:
            Ended: the conversation is over.
            Unavailable: nothing is known to be stored; saying it again with the same id is safe.
        """
        position = await self._position(tenant_id, conversation_id)
        async with position.lock:
            for _ in range(ATTEMPTS):
                before = position.decision
                committed = False
                try:
                    if allowed:
                        allowed(before.conversation)
                    decision = lifecycle.say(
                        before,
                        author=author or lifecycle.customer_of(before.conversation),
                        parts=parts,
                        now=now,
                        external_id=external_id,
                        client_id=client_id,
                        private=private,
                    )
                except Problem:
                    # It may have been said before the conversation ended: then it is stored, and that is the answer.
                    # Or what this process remembers is old: another one assigned the conversation, or ended it.
                    said = await self.said_before(tenant_id, before.conversation.channel_id, external_id)
                    if said:
                        return Heard(before.conversation, said)
                    if await self._is_current(position):
                        raise
                    continue
                entry = decision.entries[-1]
                try:
                    later = outward(before.conversation)
                    if later or files_of(entry.parts):
                        await self._commit(entry, later)
                        committed = True
                    else:
                        await self.journal.append(entry.conversation_id, entry.seq, entry.to_mongo())
                except AlreadyStored:
                    said = await self.said_before(tenant_id, entry.channel_id, external_id)
                    if said:
                        return Heard(before.conversation, said)
                    raise  # something else is taken: nothing of this is stored
                except NumberTaken:
                    position.decision = await self._load(tenant_id, conversation_id)
                    continue
                position.decision = lifecycle.at(before.conversation, entry.seq)
                if not committed:  # a commit tells by itself
                    self.touch(entry)
                    await self._tell(before.conversation, entry, heard_by)
                return Heard(before.conversation, entry)
        raise Conflict

    async def said_before(self, tenant_id: str, channel_id: str, external_id: str) -> Entry | None:
        """Return what is stored of a message that arrived before, and tell it again: the first telling may be lost."""
        said = await store.entry_said(self.db, tenant_id, channel_id, external_id)
        if said:
            await self._tell(await store.conversation(self.db, tenant_id, said.conversation_id), said, None)
        return said

    async def look(self, tenant_id: str, conversation_id: str) -> Conversation:
        """Return the conversation as this process last saw it; good for whom to tell, not for deciding."""
        return (await self._position(tenant_id, conversation_id)).decision.conversation

    async def read(self, tenant_id: str, conversation_id: str, side: Literal["customer", "agent"], seq: int) -> int:
        """Note that one side has read up to a number, and return it; written a moment later.

        Nobody has read further than the journal goes, whatever a browser says.
        """
        known = self._positions.get(conversation_id)
        if known is None or known.decision.seq < seq:
            seq = min(seq, await store.last_seq(self.db, tenant_id, conversation_id))
        read = self._touches[tenant_id, conversation_id].read
        read[side] = max(read.get(side, 0), seq)
        self._touch_soon()
        return seq

    def touch(self, entry: Entry) -> None:
        """Note what follows from an entry for the lists; written a moment later."""
        self._touches[entry.tenant_id, entry.conversation_id].entries.append(entry)
        self._touch_soon()

    async def close(self) -> None:
        """Write what still waits to be written."""
        self._closing = True
        await self.journal.drain()
        if self._touching:
            await self._touching

    # --- positions

    async def _position(self, tenant_id: str, conversation_id: str) -> Position:
        position = self._positions.get(conversation_id)
        if position is None or position.decision.conversation.tenant_id != tenant_id:
            loaded = await self._load(tenant_id, conversation_id)
            position = self._positions.setdefault(conversation_id, Position(loaded))
            if len(self._positions) > REMEMBERED:
                self._positions.popitem(last=False)
        self._positions.move_to_end(conversation_id)
        return position

    async def _load(self, tenant_id: str, conversation_id: str) -> Decision:
        """Load a position. The number first: then the state is at least as new, and a newer number is refused."""
        seq = await store.last_seq(self.db, tenant_id, conversation_id)
        return lifecycle.at(await store.conversation(self.db, tenant_id, conversation_id), seq)

    async def _is_current(self, position: Position) -> bool:
        """Load the position again; return whether it had not changed."""
        known = position.decision
        position.decision = await self._load(known.conversation.tenant_id, known.conversation.id)
        return position.decision.conversation.version == known.conversation.version

    async def _committed(self, committed: Committed) -> None:
        """Follow the state changes that this process commits."""
        for change in committed.changes:
            if isinstance(change, Insert | Save) and isinstance(change.document, Conversation):
                conversation = change.document
                if conversation.live:
                    known = self._positions.get(conversation.id)
                    if known and not known.lock.locked() and known.decision.conversation.version < conversation.version:
                        known.decision = await self._load(conversation.tenant_id, conversation.id)
                else:
                    self._positions.pop(conversation.id, None)
            if isinstance(change, Insert) and isinstance(change.document, Entry):
                self.touch(change.document)

    # --- storing

    async def _commit(self, entry: Entry, outward: Later | None) -> None:
        """Store an entry in a commit of its own, because something must be stored with it."""
        try:
            use = UseFiles(entry.tenant_id, files_of(entry.parts), entry.conversation_id)
            await self.db.commit(Insert(entry), use, jobs=[outward] if outward else [])
        except Conflict as conflict:
            raise (NumberTaken if type(conflict) is Conflict else AlreadyStored) from conflict

    # --- what follows from the journal

    def _touch_soon(self) -> None:
        if self._touching is None:
            self._touching = asyncio.create_task(self._write_touches())

    async def _write_touches(self) -> None:
        """Write what waits, a few conversations at a time with pauses in between: nobody's words wait for lists."""
        pause = TOUCH_AFTER
        try:
            while self._touches:
                if not self._closing:
                    await asyncio.sleep(pause)
                began = time.perf_counter()
                await self._write_some()
                in_time = TOUCH_AT_LAST * TOUCHED_TOGETHER / max(len(self._touches), TOUCHED_TOGETHER)
                pause = min(max(TOUCH_AFTER, TOUCH_SHARE * (time.perf_counter() - began)), in_time)
        finally:
            self._touching = None

    async def _write_some(self) -> None:
        """Write a few of what waits, the longest waiting first."""
        some = [(key, self._touches.pop(key)) for key in list(islice(self._touches, TOUCHED_TOGETHER))]
        writes = [
            UpdateOne({"_id": conversation_id, "tenant_id": tenant_id}, summary.update(touch.entries, touch.read))
            for (tenant_id, conversation_id), touch in some
        ]
        try:
            await self._summaries.bulk_write(writes, ordered=False)
        except PyMongoError as error:  # the next entry of the conversation tells it anew
            log.warning("conversation.touch_lost", count=len(writes), error=str(error))
