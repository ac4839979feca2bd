"""What those who wait are told, as long as it changes, and the pace of their desk, from which it is foretold (3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from conversation import queue, store
from conversation.model import Conversation, Forecast, Outlook
from conversation.views import VisitorConversation, visitor_view
from core.db import Database


@dataclass(frozen=True)
class Told:
    """What somebody who waits is told: the place, and the least and most seconds it may take."""

    conversation: Conversation
    position: int
    wait: tuple[int, int] | None


async def note_served(db: Database, served: Sequence[Conversation], now: datetime) -> None:
    """Note a desk's pace when somebody was served from its queue; ``served`` are of one desk, in their order."""
    if not served or served[0].desk is None:
        return
    pace = await store.pace(db, served[0].tenant_id, served[0].desk.id)
    for conversation in served:
        arrived = conversation.queued_at or conversation.created_at
        pace = queue.stepped(
            pace,
            now,
            others_waited=pace.served_at is not None and arrived <= pace.served_at,
            true=queue.came_true(conversation.forecast, now) if conversation.forecast else None,
        )
    await store.keep_pace(db, pace)


async def shown_to_customer(db: Database, conversation: Conversation) -> VisitorConversation:
    """Return a conversation as its customer sees it now: who waits learns the place, and how long it may take."""
    position = await store.place_of(db, conversation)
    if position is None:
        return visitor_view(conversation)
    # One window knows this place now; if it is news, the others are told of it too.
    await store.forget_told(db, conversation, unless=position)
    return visitor_view(conversation, position=position, wait=await _wait_at(db, conversation, position))


async def _wait_at(db: Database, conversation: Conversation, position: int) -> tuple[int, int] | None:
    """Return the least and the most seconds that somebody at a place in a queue may wait; None when not known."""
    if conversation.desk is None:
        return None
    pace = await store.pace(db, conversation.tenant_id, conversation.desk.id)
    return queue.expected_wait(pace, position, in_seconds=_since_served(pace, db.now()))


async def foretell(db: Database, tenant_id: str, desk_id: str, waiting: Sequence[Conversation]) -> list[Told]:
    """Return what is news to those who wait at a desk; what the others were told still holds.

    Args:
        waiting: all of them, in the order of service.
    """
    pace = await store.pace(db, tenant_id, desk_id)
    idle = _since_served(pace, db.now())
    news: list[Told] = []
    for position, conversation in enumerate(waiting, start=1):
        wait = queue.expected_wait(pace, position, in_seconds=idle)
        if conversation.told != Outlook.of(position, wait):
            news.append(Told(conversation, position, wait))
    return news


async def keep_told(db: Database, news: Sequence[Told]) -> None:
    """Keep what customers were told; the first wait that each was told is the one that comes true, or does not."""
    now = db.now()
    await store.keep_told(db, [(one.conversation, Outlook.of(one.position, one.wait)) for one in news])
    first = [
        (one.conversation, Forecast(low=one.wait[0], high=one.wait[1], at=now))
        for one in news
        if one.wait and one.conversation.forecast is None
    ]
    await store.keep_forecasts(db, first)


def _since_served(pace: queue.Pace, now: datetime) -> float:
    """Return the seconds since somebody was served from the queue; 0 when nobody was."""
    return (now - pace.served_at).total_seconds() if pace.served_at else 0.0
