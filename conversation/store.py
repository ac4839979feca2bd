"""Every query of the conversations; the tenant comes first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne

from conversation.model import Conversation, Entry, Forecast, Mark, Outlook
from conversation.queue import Pace
from conversation.watch import Silence
from core.db import Database
from core.errors import NotFound
from core.journal_id import between, entry_id, number_of
from core.message import Address
from core.paging import PageQuery, paged

MISSED_AT_MOST = 200  # entries in one answer

INDEXES: dict[str, list[IndexModel]] = {
    "conversations": [
        IndexModel(
            [("tenant_id", ASCENDING), ("channel_id", ASCENDING), ("address.value", ASCENDING)],
            name="one_live_per_customer",
            unique=True,
            partialFilterExpression={"live": True},
        ),
        IndexModel(
            [
                ("tenant_id", ASCENDING),
                ("desk.id", ASCENDING),
                ("state", ASCENDING),
                ("priority", DESCENDING),
                ("lift", DESCENDING),
                ("queued_at", ASCENDING),
                ("_id", ASCENDING),
            ],
            name="queue_covered",  # places are counted without a look at the conversations
            partialFilterExpression={"state": "waiting"},
        ),
        IndexModel(
            [("tenant_id", ASCENDING), ("state", ASCENDING), ("host.id", ASCENDING), ("_id", DESCENDING)],
            name="hosted_covered",  # what each agent hosts is counted without a look at the conversations
            partialFilterExpression={"state": "running"},
        ),
        IndexModel(
            [("tenant_id", ASCENDING), ("offer.agent.id", ASCENDING), ("_id", DESCENDING)],
            name="offered",
            partialFilterExpression={"offer.agent.id": {"$type": "string"}},
        ),
        IndexModel(
            [("tenant_id", ASCENDING), ("offer.group.id", ASCENDING), ("_id", DESCENDING)],
            name="offered_to_group",
            partialFilterExpression={"offer.group.id": {"$type": "string"}},
        ),
        IndexModel(
            [("tenant_id", ASCENDING), ("guests.id", ASCENDING), ("_id", DESCENDING)],
            name="guests",
            partialFilterExpression={"guests.id": {"$type": "string"}},
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
    last = await db["entries"].find(where, {"_id": 1}).sort("_id", DESCENDING).limit(1).to_list()
    return number_of(last[0]["_id"]) if last else 0


async def entries(
    db: Database,
    tenant_id: str,
    conversation_id: str,
    *,
    since: int = 0,
    before: int | None = None,
    limit: int = 200,
) -> list[Entry]:
    """Return entries in ascending order: the first ones after ``since``, or the last before ``before``."""
    where: dict[str, Any] = {"tenant_id": tenant_id}
    where |= between(conversation_id, since, before) if before is not None else between(conversation_id, since)
    direction = ASCENDING if before is None else DESCENDING
    found = await db["entries"].find(where).sort("_id", direction).limit(limit).to_list()
    return [Entry.from_mongo(one) for one in (found if before is None else reversed(found))]


class Missed(NamedTuple):
    """What came after a number of a journal."""

    entries: list[Entry]
    through: int  # up to here nothing is missing
    complete: bool  # nothing came after that


async def missed(db: Database, conversation: Conversation, since: int) -> Missed:
    """Return the first entries after a number, a few hundred at most."""
    found = await entries(db, conversation.tenant_id, conversation.id, since=since, limit=MISSED_AT_MOST)
    return Missed(found, found[-1].seq if found else since, len(found) < MISSED_AT_MOST)


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
    found = await db["conversations"].find(where).sort("_id", DESCENDING).limit(1).to_list()
    return Conversation.from_mongo(found[0]) if found else None


async def waiting_at(db: Database, tenant_id: str, desk_id: str, *, limit: int = 0) -> list[Conversation]:
    """Return who waits at a desk, in the order of service."""
    where = {"tenant_id": tenant_id, "desk.id": desk_id, "state": "waiting"}
    order = [("priority", DESCENDING), ("lift", DESCENDING), ("queued_at", ASCENDING), ("_id", ASCENDING)]
    return [Conversation.from_mongo(found) async for found in db["conversations"].find(where).sort(order).limit(limit)]


async def waiting_count(db: Database, tenant_id: str, desk_id: str, *, limit: int) -> int:
    """Return how many wait at a desk, counting no further than ``limit``."""
    where = {"tenant_id": tenant_id, "desk.id": desk_id, "state": "waiting"}
    return await db["conversations"].count_documents(where, limit=max(limit, 1))


async def place_of(db: Database, conversation: Conversation) -> int | None:
    """Return a waiting conversation's place in its queue, 1 = next; None when it does not wait."""
    if conversation.state != "waiting" or conversation.desk is None:
        return None
    same = {"priority": conversation.priority, "lift": conversation.lift}
    ahead = {
        "tenant_id": conversation.tenant_id,
        "desk.id": conversation.desk.id,
        "state": "waiting",
        "$or": [
            {"priority": {"$gt": conversation.priority}},
            {"priority": conversation.priority, "lift": {"$gt": conversation.lift}},
            {**same, "queued_at": {"$lt": conversation.queued_at}},
            {**same, "queued_at": conversation.queued_at, "_id": {"$lt": conversation.id}},
        ],
    }
    return await db["conversations"].count_documents(ahead) + 1


async def forget_told(db: Database, conversation: Conversation, *, unless: int) -> None:
    """Forget what a customer was told about the wait, unless it was this place: then it is told anew."""
    told_otherwise = {"tenant_id": conversation.tenant_id, "_id": conversation.id,
                      "told.position": {"$exists": True, "$ne": unless}}  # fmt: skip
    await db["conversations"].update_one(told_otherwise, {"$set": {"told": None}})


async def keep_told(db: Database, told: Iterable[tuple[Conversation, Outlook]]) -> None:
    """Keep what customers were told about their wait."""
    writes = [
        UpdateOne(
            {"tenant_id": conversation.tenant_id, "_id": conversation.id, "version": conversation.version},
            {"$set": {"told": outlook.model_dump()}},
        )
        for conversation, outlook in told
    ]
    if writes:
        await db["conversations"].bulk_write(writes, ordered=False)


async def loads(db: Database, tenant_id: str, agent_ids: Sequence[str]) -> dict[str, int]:
    """Return how many places each agent has taken, counted from the conversations themselves.

    Those the agent hosts, and those held out to the agent, whose places are kept until the answer.
    """
    ids = list(agent_ids)
    hosted = {"tenant_id": tenant_id, "state": "running", "host.id": {"$in": ids}}
    held_out = {"tenant_id": tenant_id, "offer.agent.id": {"$in": ids, "$type": "string"},
                "offer.kind": {"$ne": "invitation"}}  # fmt: skip
    counts = dict.fromkeys(ids, 0)
    for where, whose in ((hosted, "$host.id"), (held_out, "$offer.agent.id")):
        grouped = await db["conversations"].aggregate(
            [{"$match": where}, {"$group": {"_id": whose, "count": {"$sum": 1}}}]
        )
        async for found in grouped:
            counts[found["_id"]] += int(found["count"])
    return counts


async def hosted_by(db: Database, tenant_id: str, agent_id: str) -> list[Conversation]:
    """Return the running conversations that an agent hosts."""
    where = {"tenant_id": tenant_id, "state": "running", "host.id": agent_id}
    return [Conversation.from_mongo(found) async for found in db["conversations"].find(where)]


async def silence(db: Database, conversation: Conversation) -> Silence:
    """Return who spoke last, from the journal itself: what lists show may be a moment late."""
    said = {"tenant_id": conversation.tenant_id, "kind": "message"}
    by_agents = {**said, **between(conversation.id), "author.kind": "agent"}
    answers = await db["entries"].find(by_agents, {"at": 1}).sort("_id", DESCENDING).limit(1).to_list()
    answered = Mark(seq=number_of(answers[0]["_id"]), at=answers[0]["at"]) if answers else None
    by_customer = {**said, **between(conversation.id, answered.seq if answered else 0), "author.kind": "customer"}
    waits = await db["entries"].find(by_customer, {"at": 1}).sort("_id", ASCENDING).limit(1).to_list()
    return Silence(
        unanswered=Mark(seq=number_of(waits[0]["_id"]), at=waits[0]["at"]) if waits else None, answered=answered
    )


async def ringing(db: Database, tenant_id: str, conversation_ids: Collection[str]) -> list[Conversation]:
    """Return those of the conversations whose alarm rings."""
    where = {"tenant_id": tenant_id, "_id": {"$in": list(conversation_ids)}, "alarm": {"$type": "object"}}
    return [Conversation.from_mongo(found) async for found in db["conversations"].find(where)]


async def last_served(db: Database, tenant_id: str, customer_id: str) -> str | None:
    """Return the id of the agent who served a customer last."""
    where = {"tenant_id": tenant_id, "customer.id": customer_id, "host.id": {"$type": "string"}}
    found = await db["conversations"].find(where, {"host": 1}).sort("_id", DESCENDING).limit(1).to_list()
    return str(found[0]["host"]["id"]) if found else None


async def highest_lift(db: Database, tenant_id: str, desk_id: str) -> int:
    """Return how far anybody who waits at a desk was moved up."""
    where = {"tenant_id": tenant_id, "desk.id": desk_id, "state": "waiting"}
    found = await db["conversations"].find(where, {"lift": 1}).sort("lift", DESCENDING).limit(1).to_list()
    return int(found[0].get("lift", 0)) if found else 0


async def pace(db: Database, tenant_id: str, desk_id: str) -> Pace:
    """Return a desk's pace."""
    found = await db[Pace.collection].find_one({"_id": desk_id, "tenant_id": tenant_id})
    return Pace.from_mongo(found) if found else Pace(id=desk_id, tenant_id=tenant_id)


async def paces(db: Database, tenant_id: str, desk_ids: Iterable[str]) -> dict[str, Pace]:
    """Return the paces of desks that have one."""
    where = {"tenant_id": tenant_id, "_id": {"$in": list(desk_ids)}}
    return {found["_id"]: Pace.from_mongo(found) async for found in db[Pace.collection].find(where)}


class DeskCount(TypedDict, total=False):
    """What is counted at a desk."""

    waiting: int
    running: int
    alarms: int
    longest_since: datetime


async def desks_now(db: Database, tenant_id: str, desk_ids: Iterable[str]) -> dict[str, DeskCount]:
    """Return how many wait and are served at desks, and how many alarms ring that nobody has heeded."""
    where = {"tenant_id": tenant_id, "state": {"$in": ["waiting", "running"]}, "desk.id": {"$in": list(desk_ids)}}
    waits = {"$eq": ["$state", "waiting"]}
    rings = {"$lt": ["$answered_seq", {"$ifNull": ["$alarm.seq", 0]}]}
    counted = await db["conversations"].aggregate(
        [
            {"$match": where},
            {
                "$group": {
                    "_id": "$desk.id",
                    "waiting": {"$sum": {"$cond": [waits, 1, 0]}},
                    "running": {"$sum": {"$cond": [waits, 0, 1]}},
                    "alarms": {"$sum": {"$cond": [rings, 1, 0]}},
                    "longest_since": {"$min": {"$cond": [waits, "$queued_at", None]}},
                }
            },
        ]
    )
    found: dict[str, DeskCount] = {}
    async for row in counted:
        found[row.pop("_id")] = row  # type: ignore[assignment]
    return found


async def keep_pace(db: Database, pace: Pace) -> None:
    """Keep a desk's pace; one that two workers wrote at once is a step poorer, and nothing else."""
    stored = pace.to_mongo()
    await db[Pace.collection].replace_one({"_id": pace.id, "tenant_id": pace.tenant_id}, stored, upsert=True)


async def keep_forecasts(db: Database, forecasts: Iterable[tuple[Conversation, Forecast]]) -> None:
    """Keep what customers were told first about the wait."""
    writes = [
        UpdateOne(
            {"tenant_id": conversation.tenant_id, "_id": conversation.id, "forecast": None},
            {"$set": {"forecast": forecast.model_dump()}},
        )
        for conversation, forecast in forecasts
    ]
    if writes:
        await db["conversations"].bulk_write(writes, ordered=False)


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
