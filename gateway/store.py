"""What the gateway asks of the events: what was missed, what they tell of, what changed lately."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from conversation.model import Conversation, Seat
from core.db import Database
from core.errors import N_, Invalid
from core.events import Event
from core.ids import earlier, first_id
from core.model import Record
from ticketing.model import Ticket

OVERLAP = timedelta(seconds=15)  # commits end out of order, but never that much
_SUBJECTS: dict[str, type[Record]] = {"conversation": Conversation, "ticket": Ticket, "seat": Seat}


async def events_since(db: Database, tenant_id: str, since: str, *, limit: int) -> list[Event]:
    """Return a tenant's events after one, and those shortly before it that may have been committed later.

    Raises:
        Invalid: it is no event's id.
    """
    try:
        start = earlier(since, OVERLAP)
    except (ValueError, OverflowError) as error:
        raise Invalid(errors=[{"field": "since", "message": N_("This is not the id of an event.")}]) from error
    where = {"tenant_id": tenant_id, "_id": {"$gt": start}}
    return [Event.from_mongo(found) async for found in db["events"].find(where).sort("_id").limit(limit)]


async def subjects_of(db: Database, tenant_id: str, events: Collection[Event]) -> dict[str, Record]:
    """Return by id what these events tell of, as it is now, without what is gone or not for browsers."""
    found: dict[str, Record] = {}
    for name, kind in _SUBJECTS.items():
        if ids := {event.subject_id for event in events if event.subject_kind == name}:
            where = {"tenant_id": tenant_id, "_id": {"$in": list(ids)}}
            found |= {row["_id"]: kind.from_mongo(row) async for row in db[kind.collection].find(where)}
    return found


async def event(db: Database, tenant_id: str, event_id: str) -> Event | None:
    """Return an event, if it is still kept."""
    found = await db["events"].find_one({"_id": event_id, "tenant_id": tenant_id})
    return Event.from_mongo(found) if found else None


async def conversations_changed_in_any_tenant(db: Database, since: datetime) -> dict[str, set[str]]:
    """Return tenant → ids of conversations that something happened to: for telling it again, never for people."""
    changed: dict[str, set[str]] = {}
    for row in await db["events"].find({"_id": {"$gt": first_id(since)}}).sort("_id", -1).limit(1_000).to_list():
        if row["subject_kind"] == "conversation":
            changed.setdefault(row["tenant_id"], set()).add(row["subject_id"])
    return changed
