"""Every query of ticketing, the tenant first, and the indexes that keep long lists fast (spec 5.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import pymongo
from bson.regex import Regex
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.collection import ReturnDocument
from pymongo.errors import PyMongoError

from core.db import Change, Database, Insert, Save, Update
from core.errors import N_, Conflict, Invalid, NotFound
from core.paging import PageQuery, Sort, paged
from ticketing.decision import Decision, words
from ticketing.matrix import STANDARD, Matrix
from ticketing.model import LISTED, CatalogNode, Delivery, Ticket, TicketEntry
from ticketing.search import Search
from ticketing.shown import PUBLIC

#: A count stops here and is shown as "1,000+" (spec 5.8).
COUNT_CAP: Final = 1_001

NEWEST_FIRST: Final[Sort] = (("updated_at", -1), ("_id", -1))

#: The order of search results: their index holds still while tickets change.
NUMBER_DOWN: Final[Sort] = (("number", -1),)

RARE: Final = 5_000  # tickets that are few enough to be gathered and sorted: 100 ms
SEARCH_SECONDS: Final = 5.0

#: What lists do not show, the bulk of a ticket: tickets read so are for looking at, never for saving.
LEAN: Final = {"words": 0, "reach": 0}


def _index(*fields: str, **options: Any) -> IndexModel:
    """Return an index; a field with a leading minus is sorted downwards."""
    keys = [(name.removeprefix("-"), DESCENDING if name.startswith("-") else ASCENDING) for name in fields]
    return IndexModel(keys, **options)


INDEXES: Final[dict[str, list[IndexModel]]] = {
    "tickets": [
        # every view, every data scope, in the order it is shown in; counts never leave it
        _index("tenant_id", "reach", "state", "-updated_at", "-_id", name="views"),
        # by number, which never changes: a ticket has a hundred words, and each update would move them all
        _index("tenant_id", "words", "-number", name="words"),
        # partial: most tickets have no star. A ticket without any lacks the field (Ticket.to_mongo)
        _index(
            "tenant_id", "starred_by", "-updated_at", "-_id",
            name="stars", partialFilterExpression={"starred_by": {"$exists": True}},
        ),
        _index("tenant_id", "number", name="number", unique=True),
    ],
    "ticket_entries": [
        _index("tenant_id", "ticket_id", "-_id", name="thread"),
        # what arrives twice is stored once
        _index(
            "tenant_id", "channel_id", "external_id",
            name="arrived", unique=True, partialFilterExpression={"external_id": {"$type": "string"}},
        ),
    ],
    "catalog": [
        # siblings have different names
        _index("tenant_id", "parent_id", "name", name="siblings", unique=True),
    ],
}  # fmt: skip


# --- Changes of a commit ---


@dataclass
class InsertTicket:
    """Store a new ticket with the tenant's next number (spec 5.2: without gaps); put it last in a commit.

    The number is taken inside the transaction, so a commit that fails gives it back.
    """

    ticket: Ticket
    number: int = field(default=0, init=False)  # 0 until the commit

    @property
    def turn(self) -> str:
        """Return what commits of one process take turns at: the tenant's next number."""
        return f"ticket:{self.ticket.tenant_id}"

    @property
    def stored(self) -> Ticket:
        """Return the ticket as it was stored."""
        numbered = self.ticket.model_copy(update={"number": self.number})
        return numbered.model_copy(update={"words": words(numbered)})

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Take the next number and store the ticket with it."""
        tenant_id = self.ticket.tenant_id
        counter = await db["counters"].find_one_and_update(
            {"_id": f"{tenant_id}:ticket", "tenant_id": tenant_id},
            {"$inc": {"value": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        assert counter is not None  # upsert returns what it stored
        self.number = counter["value"]
        await db["tickets"].insert_one(self.stored.to_mongo(), session=session)


@dataclass(frozen=True)
class MoveEntries:
    """A change: lines of a thread belong to another ticket from now on, and its readers may read their files."""

    tenant_id: str
    entry_ids: tuple[str, ...]
    was_in: str
    goes_to: str
    file_ids: tuple[str, ...] = ()

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Move them; it conflicts when somebody moved one meanwhile."""
        mine = {"tenant_id": self.tenant_id, "_id": {"$in": list(self.entry_ids)}, "ticket_id": self.was_in}
        moved = await db["ticket_entries"].update_many(mine, {"$set": {"ticket_id": self.goes_to}}, session=session)
        if moved.matched_count != len(self.entry_ids):
            raise Conflict(subject="ticket_entries")
        if self.file_ids:
            files = {"tenant_id": self.tenant_id, "_id": {"$in": list(self.file_ids)}}
            await db["files"].update_many(files, {"$addToSet": {"used_in": self.goes_to}}, session=session)


def changes(decision: Decision) -> tuple[Change, ...]:
    """Return a decision's changes for a commit; a new ticket's `InsertTicket` is the last of them."""
    entries = tuple(Insert(entry) for entry in decision.entries)
    if decision.was is None:
        return (*entries, InsertTicket(decision.ticket))
    if decision.ticket is decision.was:
        return entries
    return (*entries, Save(decision.ticket, decision.was))


# --- Tickets ---


async def ticket(db: Database, tenant_id: str, ticket_id: str) -> Ticket:
    """Return a ticket, whatever its state."""
    row = await db["tickets"].find_one({"tenant_id": tenant_id, "_id": ticket_id})
    if row is None:
        raise NotFound(N_("There is no such ticket."))
    return Ticket.from_mongo(row)


async def listed(
    db: Database, tenant_id: str, where: Mapping[str, Any], *, index: str = "views", query: PageQuery
) -> tuple[list[Ticket], str | None]:
    """Return a page of tickets, the latest changed first, and the cursor of the next.

    ``where``: of a view. ``index`` leads: naming it keeps the server from trying plans that sort all tickets.
    """
    rows, following = await paged(
        db["tickets"], {"tenant_id": tenant_id, **where}, sort=NEWEST_FIRST, query=query, hint=index, projection=LEAN
    )
    return [Ticket.from_mongo(row) for row in rows], following


async def searched(
    db: Database, tenant_id: str, view: Mapping[str, Any], search: Search, *, index: str = "views", query: PageQuery
) -> tuple[list[Ticket], str | None]:
    """Return a page of the tickets of a view that a search finds, and the cursor of the next.

    With words the latest opened come first, else the latest changed. The rarest leads: a word, or the view itself. If
    even that is common, so are the matches: then the tickets are walked in their order.

    Raises:
        Invalid: it takes too long: two common words that hardly ever meet, a field that hardly ever has this value.
    """
    where, sort = {"$and": [{"tenant_id": tenant_id}, dict(view), dict(search.where)]}, NEWEST_FIRST
    try:
        with pymongo.timeout(SEARCH_SECONDS):
            if search.words:
                leading, index = await _leading(db, tenant_id, view, search.words, index)
                where, sort = {"$and": [*where["$and"], *leading]}, NUMBER_DOWN
            rows, following = await paged(db["tickets"], where, sort=sort, query=query, hint=index, projection=LEAN)
    except PyMongoError as error:
        if not error.timeout:
            raise
        raise Invalid(N_("This search takes too long. Add another word, or a field like status:open.")) from error
    return [Ticket.from_mongo(row) for row in rows], following


async def _leading(
    db: Database, tenant_id: str, view: Mapping[str, Any], words: Sequence[str | Regex[str]], index: str
) -> tuple[list[dict[str, Any]], str]:
    """Return the conditions for the words, and the index that leads to the fewest tickets."""
    counts = [await count(db, tenant_id, {"words": word}, index="words", cap=RARE) for word in words]
    rarest = min(range(len(words)), key=lambda place: (counts[place], isinstance(words[place], Regex)))
    in_view = await count(db, tenant_id, view, index=index, cap=RARE)
    if in_view < RARE and in_view <= counts[rarest]:
        return [{"words": word} for word in words], index
    rest = [_also(word) for place, word in enumerate(words) if place != rarest]
    walked = counts[rarest] >= RARE and isinstance(words[rarest], Regex)
    return [{"words": words[rarest]}, *rest], "number" if walked else "words"


def _also(word: str | Regex[str]) -> dict[str, Any]:
    """Return the condition for a further word, as an expression, so that no plan can lead with it."""
    if isinstance(word, str):
        return {"$expr": {"$in": [word, "$words"]}}
    begins = {"$regexMatch": {"input": "$$word", "regex": word.pattern}}
    return {"$expr": {"$anyElementTrue": {"$map": {"input": "$words", "as": "word", "in": begins}}}}


async def count(
    db: Database, tenant_id: str, where: Mapping[str, Any], *, index: str = "views", cap: int = COUNT_CAP
) -> int:
    """Return how many tickets there are, at most ``cap``; for the built-in views the index alone tells."""
    return await db["tickets"].count_documents({"tenant_id": tenant_id, **where}, limit=cap, hint=index)


async def of_customer(
    db: Database, tenant_id: str, customer_id: str, *, scope: Iterable[str], query: PageQuery
) -> tuple[list[Ticket], str | None]:
    """Return a page of a customer's tickets within an agent's data scope, the latest changed first."""
    where = {
        "$and": [{"reach": f"customer:{customer_id}"}, {"reach": {"$in": list(scope)}}],
        "state": {"$in": list(LISTED)},
    }
    return await listed(db, tenant_id, where, query=query)


async def of_customer_alone(
    db: Database, tenant_id: str, customer_id: str, *, query: PageQuery
) -> tuple[list[Ticket], str | None]:
    """Return a page of what a customer may see of the own tickets' list, the latest changed first (spec 5.7)."""
    where = {"reach": f"customer:{customer_id}", "state": {"$in": [*LISTED, "quarantined"]}}
    return await listed(db, tenant_id, where, query=query)


async def with_conversation(db: Database, tenant_id: str, conversation_id: str) -> list[Ticket]:
    """Return the tickets that a conversation is part of."""
    where = {"tenant_id": tenant_id, "reach": f"conversation:{conversation_id}"}
    return [Ticket.from_mongo(row) async for row in db["tickets"].find(where).sort("_id")]


# --- Threads ---


async def thread(
    db: Database, tenant_id: str, ticket_id: str, *, before: str | None = None, limit: int = 50
) -> tuple[list[TicketEntry], str | None]:
    """Return a ticket's latest lines in the order they were written, and the id to ask for those ``before``."""
    where: dict[str, Any] = {"tenant_id": tenant_id, "ticket_id": ticket_id}
    if before:
        where["_id"] = {"$lt": before}
    rows = await db["ticket_entries"].find(where).sort("_id", -1).limit(limit + 1).to_list()
    entries = [TicketEntry.from_mongo(row) for row in reversed(rows[:limit])]
    return entries, entries[0].id if len(rows) > limit else None


async def said_in(db: Database, tenant_id: str, ticket_id: str) -> list[TicketEntry]:
    """Return all that was said in a ticket, without what happened, in the order it was written."""
    where = {"tenant_id": tenant_id, "ticket_id": ticket_id, "kind": {"$ne": "event"}}
    return [TicketEntry.from_mongo(row) async for row in db["ticket_entries"].find(where).sort("_id", 1)]


async def happened_in(db: Database, tenant_id: str, ticket_id: str, name: str) -> list[TicketEntry]:
    """Return the lines of a thread that tell of something that happened, by its name, the oldest first."""
    where = {"tenant_id": tenant_id, "ticket_id": ticket_id, "kind": "event", "parts.name": name}
    return [TicketEntry.from_mongo(row) async for row in db["ticket_entries"].find(where).sort("_id", 1)]


async def public_reply(db: Database, tenant_id: str, ticket_id: str, entry_id: str) -> TicketEntry:
    """Return one line of a thread that customers may read."""
    where = {"tenant_id": tenant_id, "_id": entry_id, "ticket_id": ticket_id, "kind": {"$in": list(PUBLIC)}}
    row = await db["ticket_entries"].find_one(where)
    if row is None:
        raise NotFound(N_("There is no such message."))
    return TicketEntry.from_mongo(row)


async def reply_of_agent(db: Database, tenant_id: str, entry_id: str) -> TicketEntry:
    """Return a public reply of the desk."""
    row = await db["ticket_entries"].find_one({"tenant_id": tenant_id, "_id": entry_id, "kind": "agent_reply"})
    if row is None:
        raise NotFound(N_("There is no such message."))
    return TicketEntry.from_mongo(row)


async def undelivered(db: Database, tenant_id: str, ticket_id: str, *, failed: bool = False) -> list[TicketEntry]:
    """Return the replies of a ticket that wait to be sent, the oldest first; or those that were given up."""
    states = ["failed"] if failed else ["queued", "sending"]
    where = {"tenant_id": tenant_id, "ticket_id": ticket_id, "delivery.state": {"$in": states}}
    return [TicketEntry.from_mongo(row) async for row in db["ticket_entries"].find(where).sort("_id")]


async def note_sending(db: Database, entry: TicketEntry, now: datetime) -> None:
    """Note that a reply is on its way out this moment."""
    where = {"tenant_id": entry.tenant_id, "_id": entry.id}
    await db["ticket_entries"].update_one(where, {"$set": {"delivery.state": "sending", "delivery.at": now}})


def save_delivery(entry: TicketEntry, delivery: Delivery) -> Change:
    """Return the change that notes how far a reply came."""
    where: dict[str, Any] = {"tenant_id": entry.tenant_id, "_id": entry.id}
    return Update("ticket_entries", where, {"$set": {"delivery": delivery.model_dump()}})


async def ticket_numbered(db: Database, tenant_id: str, number: int) -> Ticket | None:
    """Return the ticket with a number, if there is one."""
    row = await db["tickets"].find_one({"tenant_id": tenant_id, "number": number})
    return Ticket.from_mongo(row) if row else None


async def shows_in_public(db: Database, tenant_id: str, ticket_id: str, file_id: str) -> bool:
    """Return whether a line that customers may read shows the file."""
    where = {"tenant_id": tenant_id, "ticket_id": ticket_id, "kind": {"$in": list(PUBLIC)}, "parts.file_id": file_id}
    return await db["ticket_entries"].find_one(where, {"_id": 1}) is not None


async def arrived(db: Database, tenant_id: str, channel_id: str | None, external_id: str) -> TicketEntry | None:
    """Return the line that a message became which arrived on a channel before."""
    # $type repeats the partial index's filter, without which MongoDB would not use it
    where = {"tenant_id": tenant_id, "channel_id": channel_id, "external_id": {"$eq": external_id, "$type": "string"}}
    row = await db["ticket_entries"].find_one(where)
    return TicketEntry.from_mongo(row) if row else None


# --- The service catalog and the priority matrix ---


async def catalog(db: Database, tenant_id: str) -> list[CatalogNode]:
    """Return the whole catalog, siblings in their order; a company has hundreds of nodes, not thousands."""
    found = db["catalog"].find({"tenant_id": tenant_id}).sort([("order", 1), ("name", 1), ("_id", 1)])
    return [CatalogNode.from_mongo(row) async for row in found]


async def catalog_node(db: Database, tenant_id: str, node_id: str) -> CatalogNode:
    """Return one node."""
    row = await db["catalog"].find_one({"tenant_id": tenant_id, "_id": node_id})
    if row is None:
        raise NotFound(N_("There is no such entry in the catalog."))
    return CatalogNode.from_mongo(row)


async def catalog_shape(db: Database, tenant_id: str) -> int:
    """Return how often the tree was reshaped; read it before the tree that a decision is taken on."""
    row = await db["counters"].find_one({"tenant_id": tenant_id, "_id": f"{tenant_id}:catalog"})
    return int(row["value"]) if row else 0


def reshape(tenant_id: str, shape: int) -> Change:
    """Return the change that goes through only if nobody reshaped the tree since it was read as ``shape``.

    Two moves may each be right and together make a circle: of two at the same time the second decides again.
    """
    where = {"_id": f"{tenant_id}:catalog", "tenant_id": tenant_id, "value": shape}
    return Update("counters", where, {"$inc": {"value": 1}}, upsert=shape == 0)


async def matrix(db: Database, tenant_id: str) -> Matrix:
    """Return the tenant's priority matrix (spec 5.3)."""
    row = await db["matrices"].find_one({"tenant_id": tenant_id, "_id": tenant_id})
    return Matrix(cells=row["cells"]) if row else STANDARD


def save_matrix(tenant_id: str, matrix: Matrix) -> Change:
    """Return the change that stores the tenant's priority matrix."""
    where = {"_id": tenant_id, "tenant_id": tenant_id}
    return Update("matrices", where, {"$set": {"cells": matrix.model_dump()["cells"]}}, upsert=True)
