"""What people see of a ticket: agents all but its innards, customers what was said in public (spec 5.7). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from core.errors import N_, NotFound
from core.message import Author, Happening, Part
from core.model import Reference, Value
from core.words import translate
from ticketing.model import (
    Copied,
    Delivery,
    EntryKind,
    Envelope,
    LastEntry,
    Level,
    PendingReason,
    Priority,
    Source,
    State,
    Ticket,
    TicketEntry,
    TicketRating,
)

PUBLIC: tuple[EntryKind, ...] = ("customer_reply", "agent_reply")


class ShownTicket(Value):
    """A ticket as one agent sees it."""

    id: str
    version: int
    number: int
    subject: str
    state: State
    pending_reason: PendingReason | None
    quarantine_reason: str | None
    customer: Reference | None
    organization: Reference | None
    group: Reference | None
    handler: Reference | None
    created_by: Author
    type: str
    urgency: Level
    impact: Level
    priority: Priority
    catalog_node_id: str | None
    catalog_path: tuple[str, ...]
    tags: tuple[str, ...]
    source: Source
    conversation_ids: tuple[str, ...]
    follows_id: str | None
    merged_into_id: str | None
    cc: tuple[Copied, ...]
    created_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    solved_at: datetime | None
    closed_at: datetime | None
    deleted_at: datetime | None
    deleted_reason: str | None
    last_entry: LastEntry | None
    rating: TicketRating | None
    starred: bool


class ShownEntry(Value):
    """One line of a ticket's thread as agents see it."""

    id: str
    ticket_id: str
    kind: EntryKind
    author: Author
    parts: tuple[Part, ...]
    at: datetime
    channel_id: str | None = None
    delivery: Delivery | None = None
    envelope: Envelope | None = None


class CustomerEntry(Value):
    """Something that the customer said or was told."""

    id: str
    author: Author
    parts: tuple[Part, ...]
    at: datetime


class CustomerTicket(Value):
    """A ticket as its customer sees it; ``entries`` are empty in lists."""

    id: str
    number: int
    subject: str
    state: Literal["new", "open", "pending", "solved", "closed"]
    created_at: datetime
    updated_at: datetime
    entries: tuple[CustomerEntry, ...] = ()


def shown(ticket: Ticket, agent_id: str) -> ShownTicket:
    """Return a ticket as an agent sees it."""
    fields = {name: getattr(ticket, name) for name in ShownTicket.model_fields if name != "starred"}
    return ShownTicket(**fields, starred=agent_id in ticket.starred_by)


def shown_entry(entry: TicketEntry, language: str) -> ShownEntry:
    """Return a line of the thread as agents see it, with what became of it in words of their language."""
    fields = {name: getattr(entry, name) for name in ShownEntry.model_fields}
    if entry.delivery:
        fields["delivery"] = _told(entry.delivery, language)
    fields["parts"] = tuple(_told_happening(part, language) for part in entry.parts)
    return ShownEntry(**fields)


def _told(delivery: Delivery, language: str) -> Delivery:
    words = {name: translate(language, getattr(delivery, name), delivery.facts) for name in ("reason", "hint")}
    return delivery.model_copy(update=words)


def _told_happening(part: Part, language: str) -> Part:
    """Return what happened to a mail in words of the catalogue; other lines are worded by the browser."""
    if not isinstance(part, Happening):
        return part
    if part.name == "orders_refused":
        lines = [
            {"line": one["line"], "reason": translate(language, one["reason"], one["facts"])}
            for one in part.data["lines"]
        ]
        return part.model_copy(update={"data": {**part.data, "lines": lines}})
    if part.name != "bounced":
        return part
    words = {name: translate(language, str(part.data.get(name, "")), part.data) for name in ("reason", "hint")}
    return part.model_copy(update={"data": {**part.data, **words}})


def shown_to_customer(ticket: Ticket, entries: Iterable[TicketEntry] = ()) -> CustomerTicket:
    """Return a ticket as its customer sees it: never a note, never what happened inside the desk.

    One in quarantine looks new. Times are those of what was said in public, so that notes leave no trace.

    Raises:
        NotFound: it is deleted, so for the customer it does not exist.
    """
    if ticket.state == "deleted":
        raise NotFound(N_("There is no such ticket."))
    public = [entry for entry in entries if entry.kind in PUBLIC and entry.ticket_id == ticket.id]
    moments = [ticket.created_at, *(entry.at for entry in public)]
    moments += [moment for moment in (ticket.solved_at, ticket.closed_at) if moment]
    return CustomerTicket(
        id=ticket.id,
        number=ticket.number,
        subject=ticket.subject,
        state="new" if ticket.state == "quarantined" else ticket.state,
        created_at=ticket.created_at,
        updated_at=max(moments),
        entries=tuple(
            CustomerEntry(id=entry.id, author=entry.author, parts=entry.parts, at=entry.at) for entry in public
        ),
    )
