"""How what agents say in tickets reaches customers on channels of tickets; each reply shows how far it came."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from channels import CHANNELS
from channels import store as channel_store
from channels.base import Adapter, Channel, Door, OutboundMessage
from core.db import Database
from core.errors import N_, NotFound, SendFailed, TooMany
from core.events import Actor, Event
from core.jobs import MAX_ATTEMPTS, Job, enqueue
from core.later import Later
from core.message import Address, Text
from core.words import translate
from people import store as people_store
from people.model import Customer
from ticketing import service as tickets
from ticketing import store as ticket_store
from ticketing.model import Delivery, Ticket, TicketEntry

SEND_TICKET: Final = "send_ticket"
ACKNOWLEDGE: Final = "acknowledge"

#: Seconds until the n-th later try; others' mail servers are away for hours, and the agent sees it all the while.
WAITS: Final = (2, 10, 30, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800)

RECEIPT: Final = N_(
    "Thank you, your message has arrived. Its number is #{number}: {subject}\n\n"
    "We answer as soon as we can. To add something, simply reply to this mail."
)
NO_ADDRESS: Final = N_("The customer has no e-mail address any more. Add one to the customer, then retry.")


async def adapter_of(db: Database, tenant_id: str, channel_id: str | None) -> tuple[Channel, Adapter] | None:
    """Return the channel of tickets that answers leave by; None when the ticket came by another kind of channel."""
    if channel_id is None:
        return None
    try:
        channel = await channel_store.channel(db, tenant_id, channel_id)
    except NotFound:  # the ticket came by a channel that is gone
        return None
    adapter = CHANNELS[channel.kind]
    return (channel, adapter(channel)) if adapter.can.kind_of_work == "ticket" and adapter.can.must_be_sent else None


async def queue(db: Database, tenant_id: str, entry_id: str) -> None:
    """Let a reply wait to be sent; done twice it is the same."""
    entry = await ticket_store.reply_of_agent(db, tenant_id, entry_id)
    if entry.delivery is None:
        await tickets.note_delivery(db, tenant_id, entry_id, Delivery(state="queued", at=db.now()))
    await db.commit(jobs=[out_job(entry, db)])


async def retry(db: Database, ticket: Ticket, entry_id: str, *, actor: Actor) -> TicketEntry:
    """Let a reply that failed or came back be sent once more, now.

    Raises:
        NotFound: there is no such reply in this ticket.
    """
    tenant_id = ticket.tenant_id
    entry = await ticket_store.reply_of_agent(db, tenant_id, entry_id)
    if entry.ticket_id != ticket.id:
        raise NotFound(N_("There is no such message."))
    if entry.delivery and entry.delivery.state in ("failed", "bounced", "queued"):
        await tickets.note_delivery(db, tenant_id, entry_id, Delivery(state="queued", at=db.now()), actor=actor)
        await db["jobs"].update_one(
            {"_id": f"out:{entry.ticket_id}", "tenant_id": tenant_id, "token": None, "attempts": {"$gt": 0}},
            {"$set": {"run_at": db.now(), "due_at": db.now(), "attempts": 0}},  # no back-off for who asks
        )
        await db.commit(jobs=[out_job(entry, db)])
    return await ticket_store.reply_of_agent(db, tenant_id, entry_id)


def out_job(entry: TicketEntry, db: Database) -> Later:
    """Return the wish to send a ticket's replies: one job for a ticket, so that they leave in their order."""
    return Later(
        key=f"out:{entry.ticket_id}", kind=SEND_TICKET, tenant_id=entry.tenant_id, due_at=db.now(),
        payload={"ticket_id": entry.ticket_id},
    )  # fmt: skip


async def send_ticket(door: Door, job: Job) -> None:
    """Send the replies of a ticket that wait, in order; with none waiting, those that were given up: the job.

    Raises:
        SendFailed: one could not be sent; shown on it, and tried again or to be retried by people.
    """
    db, ticket_id = door.db, str(job.payload["ticket_id"])
    ticket = await ticket_store.ticket(db, job.tenant_id, ticket_id)
    found = await adapter_of(db, job.tenant_id, ticket.channel_id)
    waiting = await ticket_store.undelivered(db, job.tenant_id, ticket_id)
    waiting = waiting or await ticket_store.undelivered(db, job.tenant_id, ticket_id, failed=True)
    if found is None or not waiting:
        return
    given_up: SendFailed | None = None
    for entry in waiting:
        try:
            await _send(door, found[1], ticket, entry)
        except TooMany as wait:  # not a failure: the account sends no more for now
            again = out_job(entry, db)
            due_at = db.now() + timedelta(seconds=float(wait.facts["retry_after"]))
            await enqueue(db, Later(again.key, again.kind, again.tenant_id, due_at, again.payload))
            return
        except SendFailed as failed:
            last = failed.retry_after is None or job.attempts + 1 >= MAX_ATTEMPTS
            wait_for = None if last else max(failed.retry_after or 0, WAITS[min(job.attempts, len(WAITS) - 1)])
            await _note_failure(db, entry, failed, wait_for)
            if wait_for is not None:  # those behind it wait, too: an answer does not overtake the one before
                raise SendFailed(failed.detail, retry_after=wait_for, **failed.facts) from failed
            given_up = failed
    if given_up:
        raise given_up


async def _send(door: Door, adapter: Adapter, ticket: Ticket, entry: TicketEntry) -> None:
    chosen = entry.envelope.to if entry.envelope else ()
    to = Address(kind="email", value=chosen[0]) if chosen else await address_of(door.db, ticket)
    await ticket_store.note_sending(door.db, entry, door.db.now())
    message = OutboundMessage(
        id=entry.id, parts=entry.parts, author_name=entry.author.name, author_id=entry.author.id, subject_id=ticket.id,
        ticket=ticket, envelope=entry.envelope,
    )  # fmt: skip
    provider_id = await adapter.send(to, message, door)
    delivery = Delivery(state="sent", at=door.db.now(), provider_id=provider_id)
    await tickets.note_delivery(door.db, ticket.tenant_id, entry.id, delivery)


async def _note_failure(db: Database, entry: TicketEntry, failed: SendFailed, wait: float | None) -> None:
    now = db.now()
    delivery = Delivery(
        state="failed" if wait is None else "queued", at=now, reason=failed.detail,
        facts={name: str(fact)[:300] for name, fact in failed.facts.items()},
        retry_at=None if wait is None else now + timedelta(seconds=wait),
    )  # fmt: skip
    await tickets.note_delivery(db, entry.tenant_id, entry.id, delivery)


async def customer_of(db: Database, ticket: Ticket) -> Customer | None:
    """Return who a ticket is for, if anybody."""
    if ticket.customer is None:
        return None
    return await people_store.customer(db, ticket.tenant_id, ticket.customer.id)


async def address_of(db: Database, ticket: Ticket) -> Address:
    """Return where the customer of a ticket is reached.

    Raises:
        SendFailed: nowhere any more.
    """
    customer = await customer_of(db, ticket)
    email = customer.identity("email") if customer else None
    if customer is None or email is None:
        raise SendFailed(NO_ADDRESS)
    return Address(kind="email", value=email, name=customer.name)


async def acknowledge(door: Door, job: Job) -> None:
    """Tell the customer that a message arrived, and its number, where its channel says that a machine may: a job.

    Sent again after a crash it has the same id, so it is one mail to the customer's program.
    """
    db = door.db
    row = await db["events"].find_one({"_id": job.payload["event_id"], "tenant_id": job.tenant_id})
    if row is None or not Event.from_mongo(row).after.get("acknowledge"):
        return
    ticket = await ticket_store.ticket(db, job.tenant_id, str(job.payload["subject_id"]))
    found = await adapter_of(db, job.tenant_id, ticket.channel_id)
    customer = await customer_of(db, ticket)
    if found is None or customer is None or ticket.state in ("quarantined", "deleted"):
        return
    facts = {"number": ticket.number, "subject": ticket.subject}
    message = OutboundMessage(
        id=f"{ticket.id}.receipt", parts=(Text(text=translate(customer.language, RECEIPT, facts)),), author_name="",
        subject_id=ticket.id, ticket=ticket, automatic=True, purpose="receipt",
    )  # fmt: skip
    try:
        await found[1].send(await address_of(db, ticket), message, door)
    except TooMany as wait:
        raise SendFailed(wait.detail, retry_after=float(wait.facts["retry_after"])) from wait
