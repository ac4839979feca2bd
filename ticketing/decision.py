"""What every decision about a ticket is made of: the ticket before and after, its lines, events and jobs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import rooms
from core.events import Actor, Event
from core.ids import new_id
from core.later import Later
from core.message import Author, Happening, Part, gist
from core.text import MAX_WORDS, search_words
from ticketing.model import EntryKind, LastEntry, Ticket, TicketEntry

#: What the audit log tells of a ticket, before → after (spec 1.9).
AUDITED = frozenset(
    {"subject", "state", "pending_reason", "customer", "organization", "group", "handler", "type", "urgency", "impact",
     "priority", "catalog_path", "tags", "cc", "conversation_ids", "deleted_reason"}
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """A ticket after something happened, with what tells of it and what follows from it.

    ``was`` is the ticket it was decided on, None for a new one. `ticketing.store.changes` makes it the changes of a
    commit; events and jobs go into the same commit.
    """

    ticket: Ticket
    was: Ticket | None
    entries: tuple[TicketEntry, ...] = ()
    events: tuple[Event, ...] = ()
    jobs: tuple[Later, ...] = ()
    asks_rating: bool = False  # the customer is to be asked how it was (spec 4.7)

    def then(self, following: Decision) -> Decision:
        """Return both decisions as one; ``following`` was decided on this one's ticket."""
        return Decision(
            ticket=following.ticket,
            was=self.was,
            entries=self.entries + following.entries,
            events=self.events + following.events,
            jobs=self.jobs + following.jobs,
            asks_rating=self.asks_rating or following.asks_rating,
        )


def unchanged(ticket: Ticket) -> Decision:
    """Return the decision that nothing is to be done."""
    return Decision(ticket=ticket, was=ticket)


def audience(ticket: Ticket, was: Ticket | None = None, *, public: bool = False) -> tuple[str, ...]:
    """Return the rooms that learn of a change: whoever sees the ticket now or saw it before (spec 5.7).

    ``public``: the customer may know. Never for notes, nor for what concerns the desk alone.
    """
    told = {rooms.everyone("ticket", ticket.tenant_id): None}
    for seen in (ticket, was) if was else (ticket,):
        if seen.group:
            told[rooms.group("ticket", seen.group.id)] = None
        if seen.handler:
            told[rooms.agent(seen.handler.id)] = None
        if seen.created_by.kind == "agent":
            told[rooms.agent(seen.created_by.id)] = None
        told.update({rooms.agent(copied.id): None for copied in seen.cc if copied.kind == "agent"})
        if public and seen.customer and seen.state not in ("deleted", "quarantined"):
            told[rooms.customer(seen.customer.id)] = None
    return tuple(told)


def happened(
    was: Ticket,
    name: str,
    *,
    actor: Actor,
    now: datetime,
    lines: tuple[Happening, ...] = (),
    entries: tuple[TicketEntry, ...] = (),
    public: bool = False,
    facts: dict[str, Any] | None = None,
    **fields: Any,
) -> Decision:
    """Return the decision that something happened to a ticket.

    ``fields`` change, the event ``name`` tells of it with the fields before and after, and ``lines`` become one line of
    the thread for agents. ``facts`` are added to the event's ``after``.
    """
    ticket = was.changed(**fields, updated_at=now)
    before, after = told(was), told(ticket)
    differing = [field for field in after if before[field] != after[field]]
    event = Event(
        id=new_id(now),
        tenant_id=ticket.tenant_id,
        name=name,
        at=now,
        actor=actor,
        subject_kind="ticket",
        subject_id=ticket.id,
        audience=audience(ticket, was, public=public),
        before={field: before[field] for field in differing},
        after={field: after[field] for field in differing} | (facts or {}),
    )
    if lines:
        entries = (*entries, line(ticket, "event", lines, actor=actor, now=now))
    return Decision(ticket=ticket, was=was, entries=entries, events=(event,))


def told(ticket: Ticket) -> dict[str, Any]:
    """Return what the audit log tells of a ticket, as JSON."""
    return ticket.model_dump(include=set(AUDITED), mode="json")


def line(
    ticket: Ticket,
    kind: EntryKind,
    parts: tuple[Part, ...],
    *,
    actor: Actor,
    now: datetime,
    channel_id: str | None = None,
    external_id: str | None = None,
) -> TicketEntry:
    """Return a new line of a ticket's thread."""
    return TicketEntry(
        id=new_id(now),
        tenant_id=ticket.tenant_id,
        ticket_id=ticket.id,
        kind=kind,
        author=author(actor),
        parts=parts,
        at=now,
        channel_id=channel_id,
        external_id=external_id,
    )


def author(actor: Actor) -> Author:
    """Return who acts as the author of a line."""
    return Author(kind=actor.kind, id=actor.id, name=actor.name)


def said(ticket: Ticket, entry: TicketEntry) -> dict[str, Any]:
    """Return the fields that follow from something that was said: the newest words, and the words for search."""
    text = gist(entry.parts, limit=4_000)
    return {
        "last_entry": LastEntry(text=text[:140], at=entry.at, author_kind=entry.author.kind),
        "words": words(ticket, text),
    }


def words(ticket: Ticket, *texts: str) -> tuple[str, ...]:
    """Return a ticket's words for search (spec 5.9): number, subject, tags, names, then what was said; 200 at most."""
    head = [str(ticket.number) if ticket.number else "", ticket.subject, *ticket.tags]
    head += [named.name for named in (ticket.customer, ticket.organization) if named]
    found = dict.fromkeys(search_words(" ".join(head)))
    found.update(dict.fromkeys(ticket.words))
    for text in texts:
        found.update(dict.fromkeys(search_words(text)))
    return tuple(found)[:MAX_WORDS]


def closing(ticket: Ticket, solved_at: datetime, after: timedelta) -> Later:
    """Return the wish to close a solved ticket (spec 5.1)."""
    return Later(
        key=f"close:{ticket.id}",
        kind="close_ticket",
        tenant_id=ticket.tenant_id,
        due_at=solved_at + after,
        payload={"ticket_id": ticket.id},
    )
