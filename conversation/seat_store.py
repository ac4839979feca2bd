"""Every query of the agents' seats and their time lines; the tenant comes first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from conversation.model import Seat, Stint
from core.db import Database

INDEXES: dict[str, list[IndexModel]] = {
    "stints": [
        IndexModel([("tenant_id", ASCENDING), ("agent_id", ASCENDING), ("at", DESCENDING)], name="time_line"),
        IndexModel([("at", ASCENDING)], name="kept_for_a_quarter", expireAfterSeconds=90 * 86_400),
    ],
}


async def stints(db: Database, tenant_id: str, agent_ids: Iterable[str], since: datetime) -> list[Stint]:
    """Return agents' time lines since a moment, and what each was at that moment, in their order."""
    ids = list(agent_ids)
    where = {"tenant_id": tenant_id, "agent_id": {"$in": ids}, "at": {"$gte": since}}
    found = await db[Stint.collection].find(where).sort([("agent_id", ASCENDING), ("at", ASCENDING)]).to_list(5_000)
    before = await db[Stint.collection].aggregate(
        [
            {"$match": {"tenant_id": tenant_id, "agent_id": {"$in": ids}, "at": {"$lt": since}}},
            {"$sort": {"agent_id": ASCENDING, "at": DESCENDING}},  # as the index: one document is read for each agent
            {"$group": {"_id": "$agent_id", "latest": {"$first": "$$ROOT"}}},
        ]
    )
    found += [row["latest"] async for row in before]
    return sorted((Stint.from_mongo(row) for row in found), key=lambda stint: (stint.agent_id, stint.at))


async def seats(db: Database, tenant_id: str, agent_ids: Iterable[str]) -> list[Seat]:
    """Return the seats of those of the agents that have one."""
    where = {"tenant_id": tenant_id, "_id": {"$in": list(agent_ids)}}
    return [Seat.from_mongo(found) async for found in db["seats"].find(where)]


async def seat(db: Database, tenant_id: str, agent_id: str) -> Seat | None:
    """Return an agent's seat, if the agent ever sat down."""
    found = await db["seats"].find_one({"_id": agent_id, "tenant_id": tenant_id})
    return Seat.from_mongo(found) if found else None


async def seat_made(db: Database, new: Seat) -> Seat:
    """Return an agent's seat as it is stored: this one, unless somebody was faster."""
    stored = new.model_dump(exclude={"id", "tenant_id"})
    await db["seats"].update_one({"_id": new.id, "tenant_id": new.tenant_id}, {"$setOnInsert": stored}, upsert=True)
    return await seat(db, new.tenant_id, new.id) or new


async def note_connected(
    db: Database, tenant_id: str, agent_ids: Iterable[str], process: str, now: datetime, **more: Any
) -> None:
    """Note that agents are connected to a web process; ``more``: other fields of their seats."""
    connection = {f"connections.{process}": {"seen_at": now, "left_at": None}}
    where = {"_id": {"$in": list(agent_ids)}, "tenant_id": tenant_id}
    await db["seats"].update_many(where, {"$set": {**connection, **more}})


async def note_left(db: Database, tenant_id: str, agent_id: str, process: str, now: datetime) -> None:
    """Note that an agent's last browser left a web process."""
    where = {"_id": agent_id, "tenant_id": tenant_id, f"connections.{process}": {"$exists": True}}
    await db["seats"].update_one(where, {"$set": {f"connections.{process}.left_at": now}})


async def note_active(db: Database, tenant_id: str, agent_id: str, now: datetime) -> Seat | None:
    """Note that an agent did something; return the seat."""
    where, change = {"_id": agent_id, "tenant_id": tenant_id}, {"$set": {"active_at": now}}
    found = await db["seats"].find_one_and_update(where, change, return_document=ReturnDocument.AFTER)
    return Seat.from_mongo(found) if found else None


async def forget_connections(db: Database, tenant_id: str, agent_id: str, processes: Iterable[str]) -> None:
    """Forget what web processes said of an agent that have not been heard of for long."""
    gone = {f"connections.{process}": "" for process in processes}
    await db["seats"].update_one({"_id": agent_id, "tenant_id": tenant_id}, {"$unset": gone})


async def note_shown(db: Database, stint: Stint) -> bool:
    """Note in an agent's time line what colleagues are shown; return whether it is something else than before."""
    where = {"_id": stint.agent_id, "tenant_id": stint.tenant_id, "shown": {"$ne": stint.status}}
    noted = await db["seats"].update_one(where, {"$set": {"shown": stint.status, "shown_at": stint.at}})
    if noted.modified_count:
        await db[Stint.collection].insert_one(stint.to_mongo())
    return bool(noted.modified_count)
