"""Every query of ticketing, the tenant first, and the indexes that keep long lists fast (spec 5.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.collection import ReturnDocument

from core.db import Change, Database, Insert, Save, Update
from core.errors import N_, NotFound
from core.paging import PageQuery, paged
from ticketing.decision import Decision, words
from ticketing.matrix import STANDARD, Matrix
from ticketing.model import LISTED, CatalogNode, Ticket, TicketEntry
from ticketing.shown import PUBLIC

#: A count stops here and is shown as "1,000+" (spec 5.8).
COUNT_CAP: Final = 1_001

NEWEST_FIRST: Final = (("updated_at", -1), ("_id", -1))

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
        _index("tenant_id", "words", "-updated_at", "-_id", name="search"),
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

    The number is taken inside the transaction, so a commit that fails gives it back; commits of one tenant that open
    tickets wait for each other from here to their end.
    """

    ticket: Ticket
    number: int = field(default=0, init=False)  # 0 until the commit

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
    found = await db["tickets"].find_one({"tenant_id": tenant_id, "_id": ticket_id})
    if found is None:
        raise NotFound(N_("There is no such ticket."))
    return Ticket.from_mongo(found)


async def listed(
    db: Database, tenant_id: str, where: Mapping[str, Any], *, index: str = "views", query: PageQuery
) -> tuple[list[Ticket], str | None]:
    """Return a page of tickets, the latest changed first, and the cursor of the next.

    ``where``: of a view and a search. ``index`` leads: naming it keeps the server from trying plans that walk 1,000,000
    tickets for a rare word, or sort them all for a common one.
    """
    rows, following = await paged(
        db["tickets"], {"tenant_id": tenant_id, **where}, sort=NEWEST_FIRST, query=query, hint=index, projection=LEAN
    )
    return [Ticket.from_mongo(row) for row in rows], following


async def count(db: Database, tenant_id: str, where: Mapping[str, Any], *, index: str = "views") -> int:
    """Return how many tickets there are, 1,001 at most; answered from the index alone for the built-in views."""
    return await db["tickets"].count_documents({"tenant_id": tenant_id, **where}, limit=COUNT_CAP, hint=index)


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


async def public_reply(db: Database, tenant_id: str, ticket_id: str, entry_id: str) -> TicketEntry:
    """Return one line of a thread that customers may read."""
    where = {"tenant_id": tenant_id, "_id": entry_id, "ticket_id": ticket_id, "kind": {"$in": list(PUBLIC)}}
    found = await db["ticket_entries"].find_one(where)
    if found is None:
        raise NotFound(N_("There is no such message."))
    return TicketEntry.from_mongo(found)


async def shows_in_public(db: Database, tenant_id: str, ticket_id: str, file_id: str) -> bool:
    """Return whether a line that customers may read shows the file."""
    where = {"tenant_id": tenant_id, "ticket_id": ticket_id, "kind": {"$in": list(PUBLIC)}, "parts.file_id": file_id}
    return await db["ticket_entries"].find_one(where, {"_id": 1}) is not None


async def arrived(db: Database, tenant_id: str, channel_id: str | None, external_id: str) -> TicketEntry | None:
    """Return the line that a message became which arrived on a channel before."""
    # $type repeats the partial index's filter, without which MongoDB would not use it
    where = {"tenant_id": tenant_id, "channel_id": channel_id, "external_id": {"$eq": external_id, "$type": "string"}}
    found = await db["ticket_entries"].find_one(where)
    return TicketEntry.from_mongo(found) if found else None


# --- The service catalog and the priority matrix ---


async def catalog(db: Database, tenant_id: str) -> list[CatalogNode]:
    """Return the whole catalog, siblings in their order; a company has hundreds of nodes, not thousands."""
    found = db["catalog"].find({"tenant_id": tenant_id}).sort([("order", 1), ("name", 1), ("_id", 1)])
    return [CatalogNode.from_mongo(row) async for row in found]


async def catalog_node(db: Database, tenant_id: str, node_id: str) -> CatalogNode:
    """Return one node."""
    found = await db["catalog"].find_one({"tenant_id": tenant_id, "_id": node_id})
    if found is None:
        raise NotFound(N_("There is no such entry in the catalog."))
    return CatalogNode.from_mongo(found)


async def catalog_shape(db: Database, tenant_id: str) -> int:
    """Return how often the tree was reshaped; read it before the tree that a decision is taken on."""
    found = await db["counters"].find_one({"tenant_id": tenant_id, "_id": f"{tenant_id}:catalog"})
    return int(found["value"]) if found else 0


def reshape(tenant_id: str, shape: int) -> Change:
    """Return the change that goes through only if nobody reshaped the tree since it was read as ``shape``.

    Two moves may each be right and together make a circle: of two at the same time the second decides again.
    """
    where = {"_id": f"{tenant_id}:catalog", "tenant_id": tenant_id, "value": shape}
    return Update("counters", where, {"$inc": {"value": 1}}, upsert=shape == 0)


async def matrix(db: Database, tenant_id: str) -> Matrix:
    """Return the tenant's priority matrix (spec 5.3)."""
    found = await db["matrices"].find_one({"tenant_id": tenant_id, "_id": tenant_id})
    return Matrix(cells=found["cells"]) if found else STANDARD


def save_matrix(tenant_id: str, matrix: Matrix) -> Change:
    """Return the change that stores the tenant's priority matrix."""
    where = {"_id": tenant_id, "tenant_id": tenant_id}
    return Update("matrices", where, {"$set": {"cells": matrix.model_dump()["cells"]}}, upsert=True)
