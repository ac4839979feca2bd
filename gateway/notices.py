"""Who is written to when something happened: letters that follow from events."""

from __future__ import annotations

from typing import Final

from channels import store as channel_store
from channels.email.notices import notice_job
from channels.email.settings import EmailSettings
from core.db import Database
from core.errors import NotFound
from core.events import Event
from core.jobs import Job
from core.message import Text, gist
from core.model import Reference
from gateway import replies
from people import store as people_store
from people.access import at_work
from people.letters import Letter
from ticketing import store as ticket_store
from ticketing.model import Ticket
from ticketing.service import reply_facts
from ticketing.views import may_see

WRITE_TO_CUSTOMER: Final = "write_to_customer"
TELL_AGENTS: Final = "tell_agents"


async def write_to_customer(db: Database, job: Job) -> None:
    """Write to the customer that an agent answered a ticket: a job (spec 5.7).

    On a channel of tickets the answer itself is sent; else a letter tells of it, if the customer left an e-mail.

    It goes out once however often the job runs: the letter's key is the reply.
    """
    found = await db["events"].find_one({"_id": job.payload["event_id"], "tenant_id": job.tenant_id})
    if found is None:
        return
    event = Event.from_mongo(found)
    reply = await reply_facts(db, job.tenant_id, event.subject_id, str(event.after["entry_id"]))
    if await replies.adapter_of(db, job.tenant_id, reply.channel_id):
        await replies.queue(db, job.tenant_id, reply.entry_id)
        return
    if reply.customer is None or reply.channel_id is None:
        return
    customer = await people_store.customer(db, job.tenant_id, reply.customer.id)
    email = customer.identity("email")
    try:
        channel = await channel_store.channel(db, job.tenant_id, reply.channel_id)
    except NotFound:  # the ticket came by a channel that is gone
        return
    if not email:
        return
    tenant = await people_store.tenant(db, job.tenant_id)
    letter = Letter(
        kind="ticket_replied",
        to=email,
        language=customer.language,
        facts={
            "company": tenant.name,
            "agent": reply.author.name,
            "number": str(reply.number),
            "subject": reply.subject,
            "words": "\n\n".join(part.text if isinstance(part, Text) else gist((part,)) for part in reply.parts),
            "channel_key": channel.key,
        },
    )
    await db.commit(jobs=[letter.later(job.tenant_id, db.now(), key=reply.entry_id)])


async def tell_agents(db: Database, job: Job) -> None:
    """Write to the agents whom something in a ticket of a mailbox concerns, except who did it: a job (spec 5.10)."""
    found = await db["events"].find_one({"_id": job.payload["event_id"], "tenant_id": job.tenant_id})
    if found is None:
        return
    event = Event.from_mongo(found)
    ticket = await ticket_store.ticket(db, job.tenant_id, event.subject_id)
    mailbox = await replies.adapter_of(db, job.tenant_id, ticket.channel_id)
    if mailbox is None or mailbox[0].kind != "email" or ticket.state in ("quarantined", "deleted"):
        return
    settings = EmailSettings.model_validate(mailbox[0].settings)
    if settings.notices == "none" or not settings.smtp_host:
        return
    about = {"id": event.id, "name": event.name, "actor": event.actor.name}
    concerned = await _concerned(db, ticket, event, whole_desk=settings.notices == "desk")
    await db.commit(jobs=[notice_job(db, ticket, agent_id, about) for agent_id in concerned])


async def _concerned(db: Database, ticket: Ticket, event: Event, *, whole_desk: bool) -> list[str]:
    """Return the agents to write to, of those at work who may see the ticket.

    Its new handler; for words whoever handles, stars or gets copies of it; for a new one also the desk, if it wants to.
    """
    handler = event.after.get("handler") if event.name in ("TicketOpened", "TicketAssigned") else ticket.handler
    ids = {Reference.model_validate(handler).id} if handler else set()
    if event.name != "TicketAssigned":
        ids |= {copied.id for copied in ticket.cc if copied.kind == "agent"} | set(ticket.starred_by)
    if event.name == "TicketOpened" and whole_desk and ticket.group:
        ids |= {member.id for member in await people_store.members(db, ticket.tenant_id, ticket.group.id)}
    agents = await people_store.agents_with_ids(db, ticket.tenant_id, ids - {event.actor.id})
    at_desk = [agent for agent in agents.values() if agent.active]
    return [agent.id for agent in at_desk if may_see(await at_work(db, agent, address=""), ticket)]
