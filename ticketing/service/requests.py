"""What reaches tickets from outside (customers, the clock), and what leaves them: facts for mail (spec 5.1, 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.db import Change, Database, Insert, retried
from core.errors import Duplicate
from core.events import SYSTEM, Actor, Event
from core.files import UseFiles
from core.ids import new_id
from core.jobs import Job
from core.later import Later
from core.message import Author, Happening, Part, files_of
from core.model import Reference, Value
from ticketing import lifecycle, satisfaction, states, store
from ticketing.decision import audience, line
from ticketing.lifecycle import QuarantineReason
from ticketing.model import Copied, Delivery, Draft, Ticket, TicketEntry
from ticketing.satisfaction import Asked
from ticketing.service.shared import Along, Arrived, close_after, delivered, keep, nothing


class ReplyFacts(Value):
    """All that a letter about a public reply tells; nothing in it is for the desk alone."""

    tenant_id: str
    ticket_id: str
    number: int
    subject: str
    customer: Reference | None
    channel_id: str | None
    entry_id: str
    author: Author
    parts: tuple[Part, ...]
    solved: bool


@retried
async def submit(
    db: Database,
    tenant_id: str,
    draft: Draft,
    parts: tuple[Part, ...],
    *,
    actor: Actor,
    external_id: str | None = None,
    quarantine: QuarantineReason | None = None,
    note: tuple[Part, ...] = (),
    noted_by: Actor | None = None,
    along: Along = nothing,
) -> Ticket:
    """Open a ticket for what somebody sent: a form, a mail, a call of the API (spec 5.4).

    ``parts`` come with the truth about their files (`core.files.described`). What arrives twice, by ``external_id`` on
    the draft's channel, is the same ticket. ``note``: what ``noted_by``, who handed it on, tells the desk.
    ``along`` gives changes for the same commit.

    Raises:
        Invalid: neither a subject nor words to take it from; a file is not there.
    """
    decision = lifecycle.open_ticket(
        await delivered(db, tenant_id, draft), tenant_id=tenant_id, actor=actor, now=db.now(), parts=parts,
        external_id=external_id, quarantine=quarantine, matrix=await store.matrix(db, tenant_id),
    )  # fmt: skip
    if note and noted_by:
        decision = decision.then(lifecycle.write_note(decision.ticket, note, actor=noted_by, now=db.now()))
    try:
        return await keep(db, decision, UseFiles(tenant_id, files_of(parts), decision.ticket.id), *along(decision))
    except Duplicate:
        return await _known(db, tenant_id, draft.channel_id, external_id)


@retried
async def hear(
    db: Database,
    tenant_id: str,
    ticket_id: str,
    parts: tuple[Part, ...],
    *,
    actor: Actor,
    channel_id: str | None = None,
    external_id: str | None = None,
    cc: tuple[Copied, ...] = (),
    along: Along = nothing,
    quiet: bool = False,
) -> Ticket:
    """Add what a customer said to a ticket, or to a new one that follows it when it is closed (spec 5.1).

    Who may say something here is for the caller to know: a mail's thread, a signed link, the customer's session.
    ``cc`` get copies from now on. ``along`` gives changes for the same commit. ``quiet``: agents are not written to.

    Raises:
        NotFound: there is no such ticket.
        Invalid: a file is not there.
    """
    ticket = await store.ticket(db, tenant_id, ticket_id)
    channel_id = channel_id or ticket.channel_id
    decision = lifecycle.reply_as_customer(
        ticket, parts, actor=actor, now=db.now(), channel_id=channel_id, external_id=external_id, cc=cc,
        matrix=await store.matrix(db, tenant_id), quiet=quiet,
    )  # fmt: skip
    try:
        return await keep(db, decision, UseFiles(tenant_id, files_of(parts), decision.ticket.id), *along(decision))
    except Duplicate:
        return await _known(db, tenant_id, channel_id, external_id)


async def remark(
    db: Database,
    tenant_id: str,
    ticket_id: str,
    happening: Happening,
    *,
    actor: Actor = SYSTEM,
    along: Callable[[TicketEntry], Sequence[Change]] = lambda _: (),
    jobs: Sequence[Later] = (),
) -> TicketEntry:
    """Put a line about something that happened into a ticket's thread, for agents: nothing else changes.

    Raises:
        NotFound: there is no such ticket.
    """
    ticket = await store.ticket(db, tenant_id, ticket_id)
    entry = line(ticket, "event", (happening,), actor=actor, now=db.now())
    told = _told(ticket, "TicketRemarked", entry, actor, now=entry.at)
    await db.commit(Insert(entry), *along(entry), events=[told], jobs=jobs)
    return entry


@retried
async def put_note(
    db: Database,
    tenant_id: str,
    ticket_id: str,
    parts: tuple[Part, ...],
    warning: Happening,
    *,
    actor: Actor,
    arrived: Arrived,
) -> TicketEntry:
    """Put what somebody unknown wrote into a ticket as a note, with a warning before it; nothing else follows from it.

    Raises:
        NotFound: there is no such ticket.
    """
    ticket, now = await store.ticket(db, tenant_id, ticket_id), db.now()
    warned = line(ticket, "event", (warning,), actor=SYSTEM, now=now)
    noted = lifecycle.write_note(
        ticket, parts, actor=actor, now=now, channel_id=arrived.channel_id, external_id=arrived.external_id
    )
    decision = replace(noted, entries=(warned, *noted.entries))
    await keep(db, decision, UseFiles(tenant_id, files_of(parts), ticket.id), *arrived.along(noted))
    return noted.entries[0]


@retried
async def rate(db: Database, asked: Asked, *, score: int, comment: str) -> Ticket:
    """Take the customer's rating of a solution, once for each link (spec 6.8); ``asked`` is what the link proves.

    Raises:
        NotFound: there is no such ticket, or it is deleted.
        Rated: the link was answered before.
    """
    ticket = await store.ticket(db, asked.tenant_id, asked.ticket_id)
    who = Actor(kind="customer", id=ticket.customer.id, name=ticket.customer.name) if ticket.customer else SYSTEM
    return await keep(db, satisfaction.rate(ticket, asked, score=score, comment=comment, actor=who, now=db.now()))


async def note_delivery(
    db: Database, tenant_id: str, entry_id: str, delivery: Delivery, *also: Change, actor: Actor = SYSTEM
) -> None:
    """Note how far a public reply came on its way to the customer (spec 2.1); everybody who sees the ticket is told.

    Raises:
        NotFound: there is no such reply.
    """
    entry = await store.reply_of_agent(db, tenant_id, entry_id)
    ticket = await store.ticket(db, tenant_id, entry.ticket_id)
    told = _told(ticket, "ReplyDelivered", entry, actor, now=delivery.at, delivery=delivery.model_dump(mode="json"))
    await db.commit(store.save_delivery(entry, delivery), *also, events=[told])


def _told(ticket: Ticket, name: str, entry: TicketEntry, actor: Actor, *, now: datetime, **facts: Any) -> Event:
    return Event(
        id=new_id(now), tenant_id=ticket.tenant_id, name=name, at=now, actor=actor, subject_kind="ticket",
        subject_id=ticket.id, audience=audience(ticket), after={"entry_id": entry.id, **facts},
    )  # fmt: skip


async def _known(db: Database, tenant_id: str, channel_id: str | None, external_id: str | None) -> Ticket:
    """Return the ticket that a message belongs to which has arrived before.

    Raises:
        Duplicate: none has; something else was not unique.
    """
    entry = await store.arrived(db, tenant_id, channel_id, external_id) if external_id else None
    if entry is None:
        raise Duplicate
    return await store.ticket(db, tenant_id, entry.ticket_id)


@retried
async def close_ticket(db: Database, job: Job) -> None:
    """Close a ticket that has been solved long enough (spec 5.1); the job kind ``close_ticket``."""
    ticket = await store.ticket(db, job.tenant_id, job.payload["ticket_id"])
    await keep(db, states.close(ticket, now=db.now(), after=await close_after(db, job.tenant_id)))


async def reply_facts(db: Database, tenant_id: str, ticket_id: str, entry_id: str) -> ReplyFacts:
    """Return what a letter about a public reply tells; ``entry_id`` is in the event's ``after`` (`TicketReplied`).

    Raises:
        NotFound: there is no such ticket, or no such public reply in it.
    """
    ticket = await store.ticket(db, tenant_id, ticket_id)
    entry = await store.public_reply(db, tenant_id, ticket_id, entry_id)
    return ReplyFacts(
        tenant_id=tenant_id,
        ticket_id=ticket.id,
        number=ticket.number,
        subject=ticket.subject,
        customer=ticket.customer,
        channel_id=ticket.channel_id,
        entry_id=entry.id,
        author=entry.author,
        parts=entry.parts,
        solved=ticket.state in ("solved", "closed"),
    )
