"""What a ticket, its thread and the service catalog consist of (spec 5.1, 5.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from core.message import Author, Part
from core.model import Document, Record, Reference, Stamped, Value
from people.model import Email

State = Literal["quarantined", "new", "open", "pending", "solved", "closed", "deleted"]
PendingReason = Literal["customer", "conditions"]  # waiting for the customer; conditions missing
Level = Literal["high", "medium", "low"]
Priority = Literal["P1", "P2", "P3", "P4", "P5"]
Source = Literal["conversation", "web_form", "agent", "api", "email", "wechat", "phone"]
EntryKind = Literal["customer_reply", "agent_reply", "note", "event"]
#: What a message about a ticket is for: a channel may have a text of its own around it.
Purpose = Literal["receipt", "notice", "answer", "solved"]
Kind = Literal["agent", "customer", "system", "guest"]

#: States in which somebody still has to work on the ticket.
WORKING: tuple[State, ...] = ("new", "open", "pending")
#: States of tickets that count as the desk's records: all but rubbish and strangers.
LISTED: tuple[State, ...] = (*WORKING, "solved", "closed")

#: The list a tenant starts with; the stored value is any word, because the list is editable (spec 5.2).
TYPES = ("incident", "problem", "question", "task", "request", "business", "maintenance", "other")

MAX_SUBJECT = 200  # characters
MAX_TAGS = 30
MAX_CC = 50
CATALOG_LEVELS = 5


Addresses = Annotated[tuple[Email, ...], Field(max_length=MAX_CC)]


class Copied(Value):
    """Somebody who gets copies: an agent, a customer, or an outside address (spec 5.2)."""

    kind: Literal["agent", "customer", "email"]
    id: str = Field(min_length=1, max_length=320)  # the address itself for `email`
    name: str = Field(default="", max_length=100)


class Delivery(Value):
    """How far a reply came on its way to the customer, on channels where it can fail (spec 2.1).

    ``reason`` and ``hint`` are sentences of the catalogue, filled from ``facts``; ``retry_at``: when it is tried again.
    """

    state: Literal["queued", "sending", "sent", "failed", "bounced"]
    at: datetime
    reason: str = ""
    hint: str = ""
    facts: dict[str, str] = {}
    retry_at: datetime | None = None
    provider_id: str | None = None


class Envelope(Value):
    """To whom one answer goes by mail, and how, where the agent chose (spec 2.6); for agents' eyes alone.

    Empty ``to``: the customer. ``cc`` of None: whoever gets copies of the ticket. ``quotes``: the line of the thread
    that stands below the answer.
    """

    to: Addresses = Field((), description="Instead of the customer")
    cc: Addresses | None = Field(None, description="Instead of whoever gets copies of the ticket")
    bcc: Addresses = Field((), description="Who gets it unseen by everybody else")
    subject: str = Field("", max_length=MAX_SUBJECT, description="Instead of the ticket's")
    quotes: str | None = Field(None, max_length=64, description="The line of the thread that is quoted below")


class TicketRating(Value):
    """What a customer thinks of how a ticket was solved (spec 6.8); ``solved_at``: of the solution that was rated."""

    score: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=2_000)
    at: datetime
    solved_at: datetime


class LastEntry(Value):
    """The newest thing said, for lists; it may be a note, so it is for agents only."""

    text: str
    at: datetime
    author_kind: Kind


class Place(Value):
    """A catalog node as a ticket remembers it: the path as it was called then, and what the node presets."""

    id: str
    path: tuple[str, ...]  # names, from the root to the node
    ids: tuple[str, ...]  # the same nodes by id, for filters, SLA and reports on whole branches
    group_id: str | None = None
    type: str | None = None
    urgency: Level | None = None
    impact: Level | None = None


class Draft(Value):
    """What is known of a ticket before it exists; what is left out comes from the catalog node or the defaults."""

    subject: str = Field(default="", max_length=MAX_SUBJECT)  # empty: the beginning of the first message
    customer: Reference | None = None
    organization: Reference | None = None
    group: Reference | None = None
    handler: Reference | None = None
    type: str | None = None
    urgency: Level | None = None
    impact: Level | None = None
    priority: Priority | None = None
    place: Place | None = None
    tags: tuple[str, ...] = ()
    source: Source = "agent"
    channel_id: str | None = None
    cc: tuple[Copied, ...] = ()
    acknowledge: bool = False  # the customer is told that it arrived
    quiet: bool = False  # agents are not written to about it


class Ticket(Stamped):
    """The durable record of work, from customer back to customer.

    ``number`` is 0 until the commit gives it one (`ticketing.store.InsertTicket`). ``words`` serve the search of
    agents: they include those of notes.
    """

    collection: ClassVar[str] = "tickets"

    number: int = 0
    subject: str
    state: State
    pending_reason: PendingReason | None = None
    quarantine_reason: Literal["unknown_sender", "non_compliant"] | None = None
    customer: Reference | None = None
    organization: Reference | None = None
    group: Reference | None = None
    handler: Reference | None = None
    created_by: Author
    type: str = "question"
    urgency: Level = "medium"
    impact: Level = "medium"
    priority: Priority = "P3"
    catalog_node_id: str | None = None
    catalog_path: tuple[str, ...] = ()
    catalog_ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    source: Source = "agent"
    channel_id: str | None = None
    conversation_ids: tuple[str, ...] = ()
    merged_into_id: str | None = None  # the ticket that this one became part of
    follows_id: str | None = None  # the closed ticket that this one continues (spec 5.1)
    cc: tuple[Copied, ...] = ()
    starred_by: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    last_entry: LastEntry | None = None
    awaiting: Literal["agent", "customer"] | None = None  # who has to say something next
    waiting_since: datetime | None = None  # the oldest thing the customer said that nobody has answered
    opened_at: datetime | None = None  # first time open: response time ends here (spec 6.2)
    solved_at: datetime | None = None  # last time solved: handling time ends here (spec 6.2)
    closed_at: datetime | None = None
    rating: TicketRating | None = None
    deleted_at: datetime | None = None
    deleted_reason: str | None = None
    deleted_from: State | None = None  # where `restore` leads back to

    def to_mongo(self) -> dict[str, Any]:
        """Return the ticket as stored: with ``reach``, and without an empty ``starred_by`` (its index is partial)."""
        stored = super().to_mongo()
        stored["reach"] = reach(self)
        if not self.starred_by:
            del stored["starred_by"]
        return stored


class TicketEntry(Record):
    """One line of a ticket's thread. Only replies are for the customer's eyes; notes never leave (spec 5.7)."""

    collection: ClassVar[str] = "ticket_entries"

    ticket_id: str
    kind: EntryKind
    author: Author
    parts: tuple[Part, ...]
    at: datetime
    channel_id: str | None = None
    external_id: str | None = None  # unique per channel: what arrives twice is stored once
    delivery: Delivery | None = None  # of what leaves by a channel that has to be called
    envelope: Envelope | None = None  # of an answer by mail; never for customers

    def to_mongo(self) -> dict[str, Any]:
        """Return the entry as stored, without an absent ``external_id`` (its unique index is partial)."""
        stored = super().to_mongo()
        if self.external_id is None:
            del stored["external_id"]
        return stored


class CatalogNode(Document):
    """One service in the catalog's tree (at most 5 levels), with the group that is responsible for it.

    ``type``, ``urgency`` and ``impact`` are presets for its tickets (spec 5.3); None leaves the choice open.
    """

    collection: ClassVar[str] = "catalog"

    parent_id: str | None = None
    name: str = Field(min_length=1, max_length=100)
    group_id: str | None = None
    type: str | None = Field(default=None, max_length=50)
    urgency: Level | None = None
    impact: Level | None = None
    order: int = 0
    skills: tuple[str, ...] = ()  # what an agent must know to serve it, where the desk asks for skills (spec 3.3)


def reach(ticket: Ticket) -> list[str]:
    """Return through what a ticket is found: one index over this list serves every view and every data scope.

    ``all``; ``group:<id>``; an agent's part in it as ``handler:<id>``, ``creator:<id>``, ``cc:<id>``. While nobody
    handles it each of these is there a second time as ``free/…``. Besides: ``customer:<id>``, ``organization:<id>``,
    ``conversation:<id>`` and ``follows:<ticket id>``.
    """
    scopes = ["all"]
    if ticket.group:
        scopes.append(f"group:{ticket.group.id}")
    if ticket.handler:
        scopes.append(f"handler:{ticket.handler.id}")
    if ticket.created_by.kind == "agent":
        scopes.append(f"creator:{ticket.created_by.id}")
    scopes += [f"cc:{copied.id}" for copied in ticket.cc if copied.kind == "agent"]
    found = list(scopes)
    if ticket.handler is None and ticket.state in WORKING:
        found += [f"free/{token}" for token in scopes]
    if ticket.customer:
        found.append(f"customer:{ticket.customer.id}")
    if ticket.organization:
        found.append(f"organization:{ticket.organization.id}")
    if ticket.follows_id:
        found.append(f"follows:{ticket.follows_id}")
    return found + [f"conversation:{conversation}" for conversation in ticket.conversation_ids]
