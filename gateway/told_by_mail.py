"""Who is told by mail what happened to a ticket: agents of new words (spec 5.10), customers that it is solved (6.8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from channels.base import Adapter, Channel, Door, OutboundMessage
from channels.email.settings import EmailSettings
from conversation import seat_store
from core.db import Database
from core.errors import N_, NotFound, SendFailed, TooMany
from core.events import Event
from core.jobs import Job, enqueue
from core.later import Later
from core.message import Address, Text
from core.words import translate
from gateway import replies
from people import store as people
from people.model import Agent
from ticketing import store as tickets
from ticketing.model import Purpose, Ticket

TELL_AGENTS: Final = "tell_agents"
SEND_NOTICE: Final = "send_notice"
TELL_SOLVED: Final = "tell_solved"
AFTER_THE_ANSWER: Final = timedelta(seconds=5)  # between two looks whether the answer before it has left

OPENED: Final = N_("A new ticket waits for somebody to take it.")
OPENED_FOR_YOU: Final = N_("A new ticket is yours.")
SAID: Final = N_("{name} wrote something new.")
ASSIGNED: Final = N_("{name} assigned this ticket to you.")
SOLVED: Final = N_("Your request #{number} is solved: {subject}")


async def _event(db: Database, job: Job) -> Event | None:
    row = await db["events"].find_one({"_id": job.payload["event_id"], "tenant_id": job.tenant_id})
    return Event.from_mongo(row) if row else None


async def _mailbox(db: Database, ticket: Ticket) -> tuple[Channel, Adapter, EmailSettings] | None:
    """Return the mailbox that a ticket came by, if it came by one that can send."""
    found = await replies.adapter_of(db, ticket.tenant_id, ticket.channel_id)
    if found is None or found[0].kind != "email" or ticket.state in ("quarantined", "deleted"):
        return None
    settings = EmailSettings.model_validate(found[0].settings)
    return (*found, settings) if settings.smtp_host else None


async def tell_agents(db: Database, job: Job) -> None:
    """Let a notice go to every agent who should hear of what happened to a ticket that came by mail: a job."""
    event = await _event(db, job)
    if event is None:
        return
    ticket = await tickets.ticket(db, job.tenant_id, event.subject_id)
    mailbox = await _mailbox(db, ticket)
    if mailbox is None or not mailbox[2].notices:
        return
    notices = [
        Later(
            key=f"notice:{event.id}:{agent.id}", kind=SEND_NOTICE, tenant_id=job.tenant_id, due_at=db.now(),
            payload={"event_id": event.id, "ticket_id": ticket.id, "agent_id": agent.id},
        )
        for agent in await _concerned(db, ticket, event)
        if agent.active and agent.id != event.actor.id
    ]  # fmt: skip
    if notices:
        await db.commit(jobs=notices)


async def _concerned(db: Database, ticket: Ticket, event: Event) -> Iterable[Agent]:
    """Return whoever handles, stars or gets copies of the ticket; while nobody handles it, its group's who are away.

    Whoever is at the console sees it there.
    """
    if event.name == "TicketOpened" and ticket.handler and not event.after.get("handler"):
        return ()  # somebody took it meanwhile, or was told of the assignment
    copied = [*(one.id for one in ticket.cc if one.kind == "agent"), *ticket.starred_by]
    copied = copied if event.name != "TicketAssigned" else []
    handler = [ticket.handler.id] if ticket.handler else []
    found = await people.agents_with_ids(db, ticket.tenant_id, [*handler, *copied])
    if event.name != "TicketAssigned" and not handler and ticket.group:
        members = {agent.id: agent for agent in await people.members(db, ticket.tenant_id, ticket.group.id)}
        seats = await seat_store.seats(db, ticket.tenant_id, members)
        here = {seat.id for seat in seats if seat.status(db.now()) != "away"}
        found |= {id: agent for id, agent in members.items() if id not in here}
    return found.values()


def _reason(event: Event, ticket: Ticket, agent: Agent) -> str:
    facts = {"name": event.actor.name or (ticket.customer.name if ticket.customer else "")}
    match event.name:
        case "TicketAssigned":
            return translate(agent.language, ASSIGNED, facts)
        case "CustomerReplied":
            return translate(agent.language, SAID, facts)
        case _:
            mine = ticket.handler is not None and ticket.handler.id == agent.id
            return translate(agent.language, OPENED_FOR_YOU if mine else OPENED)


async def send_notice(door: Door, job: Job) -> None:
    """Send one agent the whole story of a ticket, to be answered by mail: a job.

    Raises:
        SendFailed: for now or for good.
    """
    db = door.db
    event = await _event(db, job)
    ticket = await tickets.ticket(db, job.tenant_id, str(job.payload["ticket_id"]))
    mailbox = await _mailbox(db, ticket)
    try:
        agent = await people.agent(db, job.tenant_id, str(job.payload["agent_id"]))
    except NotFound:
        return
    if event is None or mailbox is None or not agent.active:
        return
    message = _automatic(ticket, "notice", id=f"{event.id}.{agent.id}", words=_reason(event, ticket, agent))
    await _send(door, mailbox[1], Address(kind="email", value=agent.email, name=agent.name), message)


async def tell_solved(door: Door, job: Job) -> None:
    """Tell the customer that the ticket is solved, and ask how it was, once what was answered has left: a job.

    Raises:
        SendFailed: for now or for good.
    """
    db = door.db
    event = await _event(db, job)
    if event is None or event.after.get("state") != "solved":
        return
    ticket = await tickets.ticket(db, job.tenant_id, event.subject_id)
    mailbox = await _mailbox(db, ticket)
    customer = await replies.customer_of(db, ticket)
    if mailbox is None or not mailbox[2].solved or ticket.state != "solved" or customer is None:
        return
    if await _is_on_its_way(db, ticket):
        due_at = db.now() + AFTER_THE_ANSWER
        await enqueue(db, Later(f"solved:{event.id}", TELL_SOLVED, job.tenant_id, due_at, dict(job.payload)))
        return
    words = translate(customer.language, SOLVED, {"number": ticket.number, "subject": ticket.subject})
    message = _automatic(ticket, "solved", id=f"{event.id}.solved", words=words)
    await _send(door, mailbox[1], await replies.address_of(db, ticket), message)


async def _is_on_its_way(db: Database, ticket: Ticket) -> bool:
    """Return whether an answer has still to leave: the mail that it is solved does not overtake it."""
    entries, _ = await tickets.thread(db, ticket.tenant_id, ticket.id)
    latest = next((entry for entry in reversed(entries) if entry.kind == "agent_reply"), None)
    return latest is not None and (latest.delivery is None or latest.delivery.state in ("queued", "sending"))


def _automatic(ticket: Ticket, purpose: Purpose, *, id: str, words: str) -> OutboundMessage:
    return OutboundMessage(
        id=id, parts=(Text(text=words),), author_name="", subject_id=ticket.id, ticket=ticket, automatic=True,
        purpose=purpose,
    )  # fmt: skip


async def _send(door: Door, adapter: Adapter, to: Address, message: OutboundMessage) -> None:
    try:
        await adapter.send(to, message, door)
    except TooMany as wait:
        raise SendFailed(wait.detail, retry_after=float(wait.facts["retry_after"])) from wait
