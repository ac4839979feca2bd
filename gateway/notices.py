"""Who is written to when something happened: letters that follow from events."""

from __future__ import annotations

from channels import store as channel_store
from core.db import Database
from core.errors import NotFound
from core.jobs import Job
from core.message import Text, gist
from gateway import replies, store
from people import store as people_store
from people.letters import Letter
from ticketing.service import reply_facts

WRITE_TO_CUSTOMER = "write_to_customer"


async def write_to_customer(db: Database, job: Job) -> None:
    """Write to the customer that an agent answered a ticket: a job (spec 5.7).

    On a channel of tickets the answer itself is sent; else a letter tells of it, if the customer left an e-mail.

    It goes out once however often the job runs: the letter's key is the reply.
    """
    event = await store.event(db, job.tenant_id, str(job.payload["event_id"]))
    if event is None:
        return
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
