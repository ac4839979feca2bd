"""Every query of the conversations; the tenant comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from conversation.model import Conversation, Entry, Seat
from core.db import Database
from core.errors import NotFound
from core.journal_id import between, entry_id, number_of
from core.message import Address
from core.paging import PageQuery, paged

INDEXES: dict[str, list[IndexModel]] = {
    "conversations": [
        IndexModel(
            [("tenant_id", ASCENDING), ("channel_id", ASCENDING), ("address.value", ASCENDING)],
            name="one_live_per_customer",
            unique=True,
            partialFilterExpression={"live": True},
        ),
        IndexModel(
            [("tenant_id", ASCENDING), ("desk.id", ASCENDING), ("priority", DESCENDING), ("queued_at", ASCENDING)],
            name="queue",
            partialFilterExpression={"state": "waiting"},
        ),
        IndexModel(
            [("tenant_id", ASCENDING), ("host.id", ASCENDING)],
            name="hosted",
            partialFilterExpression={"state": "running"},
        ),
        IndexModel([("tenant_id", ASCENDING), ("state", ASCENDING), ("_id", DESCENDING)], name="state"),
        IndexModel([("tenant_id", ASCENDING), ("customer.id", ASCENDING), ("_id", DESCENDING)], name="customer"),
        IndexModel(
            [
                ("tenant_id", ASCENDING),
                ("channel_id", ASCENDING),
                ("address.value", ASCENDING),
                ("_id", DESCENDING),
            ],
            name="address",
        ),
    ],
    "entries": [
        IndexModel(
            [("tenant_id", ASCENDING), ("channel_id", ASCENDING), ("external_id", ASCENDING)],
            name="arrived_once",
            unique=True,
            partialFilterExpression={"external_id": {"$type": "string"}},
        ),
    ],
}


async def conversation(db: Database, tenant_id: str, conversation_id: str) -> Conversation:
    """Return a conversation.

    Raises:
        NotFound: the tenant has none with this id.
    """
    found = await db["conversations"].find_one({"_id": conversation_id, "tenant_id": tenant_id})
    if found is None:
        raise NotFound
    return Conversation.from_mongo(found)


async def conversations(db: Database, tenant_id: str, ids: Iterable[str]) -> list[Conversation]:
    """Return those of the conversations that exist, in the order of their ids."""
    where = {"tenant_id": tenant_id, "_id": {"$in": list(ids)}}
    return [Conversation.from_mongo(found) async for found in db["conversations"].find(where).sort("_id")]


async def last_seq(db: Database, tenant_id: str, conversation_id: str) -> int:
    """Return the last number of a conversation's journal; 0 when it is empty."""
    where = {"tenant_id": tenant_id, **between(conversation_id)}
    last = await db["entries"].find(where, {"_id": 1}).sort("_id", DESCENDING).to_list(1)
    return number_of(last[0]["_id"]) if last else 0


async def entries(
    db: Database,
    tenant_id: str,
    conversation_id: str,
    *,
    since: int = 0,
    before: int | None = None,
    limit: int = 200,
    public_only: bool = False,
) -> list[Entry]:
    """Return entries in ascending order: the first ones after ``since``, or the last before ``before``."""
    where: dict[str, Any] = {"tenant_id": tenant_id}
    where |= between(conversation_id, since, before) if before is not None else between(conversation_id, since)
    if public_only:
        where["kind"] = {"$ne": "note"}
    direction = ASCENDING if before is None else DESCENDING
    found = await db["entries"].find(where).sort("_id", direction).limit(limit).to_list()
    return [Entry.from_mongo(one) for one in (found if before is None else reversed(found))]


async def entry_said(db: Database, tenant_id: str, channel_id: str, external_id: str) -> Entry | None:
    """Return what is stored of a message that may have arrived before."""
    # $type repeats the partial index's filter, without which MongoDB would not use it
    said = {"$eq": external_id, "$type": "string"}
    found = await db["entries"].find_one({"tenant_id": tenant_id, "channel_id": channel_id, "external_id": said})
    return Entry.from_mongo(found) if found else None


async def live_conversation(db: Database, tenant_id: str, channel_id: str, address: Address) -> Conversation | None:
    """Return the customer's live conversation on a channel, if there is one."""
    where = {"tenant_id": tenant_id, "channel_id": channel_id, "address.value": address.value, "live": True}
    found = await db["conversations"].find_one(where)
    return Conversation.from_mongo(found) if found else None


async def latest_conversation(db: Database, tenant_id: str, channel_id: str, address: Address) -> Conversation | None:
    """Return the customer's latest conversation on a channel, live or ended."""
    where = {"tenant_id": tenant_id, "channel_id": channel_id, "address.value": address.value}
    found = await db["conversations"].find(where).sort("_id", DESCENDING).to_list(1)
    return Conversation.from_mongo(found[0]) if found else None


async def waiting_at(db: Database, tenant_id: str, desk_id: str, *, limit: int = 0) -> list[Conversation]:
    """Return who waits at a desk, in the order of service."""
    where = {"tenant_id": tenant_id, "desk.id": desk_id, "state": "waiting"}
    order = [("priority", DESCENDING), ("queued_at", ASCENDING), ("_id", ASCENDING)]
    return [Conversation.from_mongo(found) async for found in db["conversations"].find(where).sort(order).limit(limit)]


async def waiting_count(db: Database, tenant_id: str, desk_id: str, *, limit: int) -> int:
    """Return how many wait at a desk, counting no further than ``limit``."""
    where = {"tenant_id": tenant_id, "desk.id": desk_id, "state": "waiting"}
    return await db["conversations"].count_documents(where, limit=max(limit, 1))


async def place_of(db: Database, conversation: Conversation) -> int | None:
    """Return a waiting conversation's place in its queue, 1 = next; None when it does not wait."""
    if conversation.state != "waiting" or conversation.desk is None:
        return None
    ahead = {
        "tenant_id": conversation.tenant_id,
        "desk.id": conversation.desk.id,
        "state": "waiting",
        "$or": [
            {"priority": {"$gt": conversation.priority}},
            {"priority": conversation.priority, "queued_at": {"$lt": conversation.queued_at}},
            {
                "priority": conversation.priority,
                "queued_at": conversation.queued_at,
                "_id": {"$lt": conversation.id},
            },
        ],
    }
    return await db["conversations"].count_documents(ahead) + 1


async def loads(db: Database, tenant_id: str, agent_ids: Sequence[str]) -> dict[str, int]:
    """Return how many running conversations each agent hosts, counted from the conversations themselves."""
    where = {"tenant_id": tenant_id, "state": "running", "host.id": {"$in": list(agent_ids)}}
    grouped = await db["conversations"].aggregate(
        [{"$match": where}, {"$group": {"_id": "$host.id", "count": {"$sum": 1}}}]
    )
    counts = {found["_id"]: int(found["count"]) async for found in grouped}
    return {agent_id: counts.get(agent_id, 0) for agent_id in agent_ids}


async def seats(db: Database, tenant_id: str, agent_ids: Iterable[str]) -> list[Seat]:
    """Return the seats of those of the agents that have one."""
    where = {"tenant_id": tenant_id, "_id": {"$in": list(agent_ids)}}
    return [Seat.from_mongo(found) async for found in db["seats"].find(where)]


async def seat(db: Database, tenant_id: str, agent_id: str) -> Seat | None:
    """Return an agent's seat, if the agent ever sat down."""
    found = await db["seats"].find_one({"_id": agent_id, "tenant_id": tenant_id})
    return Seat.from_mongo(found) if found else None


async def box(
    db: Database, tenant_id: str, where: dict[str, Any], query: PageQuery
) -> tuple[list[Conversation], str | None]:
    """Return one page of conversations, the newest first, and the cursor of the next."""
    rows, following = await paged(
        db["conversations"], {"tenant_id": tenant_id, **where}, sort=[("_id", DESCENDING)], query=query
    )
    return [Conversation.from_mongo(row) for row in rows], following


async def count(db: Database, tenant_id: str, where: dict[str, Any], *, cap: int = 1_001) -> int:
    """Return how many conversations match, counting no further than ``cap``."""
    return await db["conversations"].count_documents({"tenant_id": tenant_id, **where}, limit=cap)


async def desks_waited_at(db: Database, tenant_id: str) -> list[str]:
    """Return the ids of the desks at which somebody waits."""
    return [
        str(desk)
        for desk in await db["conversations"].distinct("desk.id", {"tenant_id": tenant_id, "state": "waiting"})
    ]


async def unsent(db: Database, conversation: Conversation, *, limit: int) -> list[Entry]:
    """Return what agents and the system said to the customer and the channel has not taken yet, in order."""
    where = {
        "tenant_id": conversation.tenant_id,
        **between(conversation.id, conversation.sent_seq),
        "kind": "message",
        "author.kind": {"$ne": "customer"},
    }
    return [Entry.from_mongo(found) async for found in db["entries"].find(where).sort("_id").limit(limit)]


async def note_sent(db: Database, conversation: Conversation, seq: int, provider_id: str) -> None:
    """Note that the channel took an entry, so that it is not sent again."""
    where = {"tenant_id": conversation.tenant_id, "_id": entry_id(conversation.id, seq)}
    await db["entries"].update_one(where, {"$set": {"provider_id": provider_id}})
    await db["conversations"].update_one(
        {"tenant_id": conversation.tenant_id, "_id": conversation.id}, {"$max": {"sent_seq": seq}}
    )


async def is_shown_to_customer(db: Database, conversation: Conversation, file_id: str) -> bool:
    """Return whether a message of the conversation, not just a private note, shows the file."""
    where = {
        "tenant_id": conversation.tenant_id,
        **between(conversation.id),
        "kind": "message",
        "parts.file_id": file_id,
    }
    return await db["entries"].find_one(where, {"_id": 1}) is not None
