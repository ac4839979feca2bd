"""Every query of ticketing, the tenant first, and the indexes that keep long lists fast (spec 5.8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.collection import ReturnDocument

from core.db import Change, Database, Insert, Save
from ticketing.decision import Decision, words
from ticketing.model import Ticket

#: A count stops here and is shown as "1,000+" (spec 5.8).
COUNT_CAP: Final = 1_001

NEWEST_FIRST: Final = (("updated_at", -1), ("_id", -1))


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
