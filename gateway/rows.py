"""Rows of lists: who sees a conversation's row without hearing its words is told in a moment what the row shows.

Words go at once to those who are in the talk. A whole desk is told of them a little later, of many together: each
word costs a line in a set, and each desk one event in `LATER`, however much is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import groupby

import structlog
from pymongo.errors import PyMongoError

from conversation import store
from conversation.lifecycle import listed_for
from conversation.model import Conversation
from conversation.views import row_view
from core.db import Database
from core.errors import Problem
from core.tasks import end

log = structlog.get_logger("rows")

LATER = 1.5  # seconds; what lists show is written within one (`conversation.live`), and read from there

AT_ONCE = 50  # conversations; nobody's words wait for long


class Rows:
    """What was said since the last telling, and who is yet to be told; closed with the process (`Kept`)."""

    def __init__(self, db: Database, emit: Callable[..., Awaitable[None]]) -> None:
        self.db = db
        self.emit = emit
        self._said: dict[str, set[str]] = {}  # tenant → conversations
        self._telling: asyncio.Task[None] | None = None

    def said(self, conversation: Conversation) -> None:
        """Note that something was said, so that its row is another one."""
        if conversation.state not in ("waiting", "running"):
            return
        self._said.setdefault(conversation.tenant_id, set()).add(conversation.id)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_later())

    async def close(self) -> None:
        """Tell nobody any more: browsers look at their lists anew when they come back."""
        if self._telling:
            await end([self._telling])

    async def _tell_later(self) -> None:
        while self._said:
            await asyncio.sleep(LATER)
            said, self._said = self._said, {}
            try:
                for tenant_id, ids in said.items():
                    for few in _few_of(ids):
                        await self._tell(await store.conversations(self.db, tenant_id, few))
            except (Problem, PyMongoError) as error:  # best effort, as all telling: the next words tell it
                log.warning("rows.not_told", error=repr(error))

    async def _tell(self, conversations: Iterable[Conversation]) -> None:
        for audience, listed in groupby(sorted(conversations, key=listed_for), key=listed_for):
            items = [row_view(conversation).as_json() for conversation in listed]
            await self.emit("rows", {"items": items}, room=list(audience), namespace="/agent")


def _few_of(ids: Iterable[str]) -> Iterator[list[str]]:
    all_ids = list(ids)
    for begin in range(0, len(all_ids), AT_ONCE):
        yield all_ids[begin : begin + AT_ONCE]
