"""Words to an agent on what of a mail could not be done: sent by the ticket's mailbox, in answer to that mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from channels import store as channel_store
from channels.base import Channel, Door
from channels.email import letter, sending, templates, threads
from channels.email.letter import Outgoing
from channels.email.mail import MailAddress
from channels.email.obeying import Refusal
from channels.email.settings import EmailSettings
from channels.email.store import KeptMail
from core.db import Database
from core.errors import N_, NotFound, SendFailed, TooMany
from core.jobs import Job
from core.later import Later
from core.words import translate
from people import store as people
from people.model import Agent
from ticketing import store as ticket_store
from ticketing.model import Ticket

WRITE_TO_AGENT: Final = "write_to_agent"
WRITTEN: Final = 4_000  # characters of a mail that are told back
NOT_DONE: Final = N_("This could not be done in #{number}: {subject}")
WHOLE: Final = N_("Nothing of your mail was sent to the customer. What you wrote:")
PRIVATE: Final = N_(
    "What you wrote was kept as a note for colleagues only, so that nothing reaches the customer by mistake."
)
REST: Final = N_("Everything else in your mail was done.")


def refusal_job(
    db: Database,
    ticket: Ticket,
    agent: Agent,
    answered: KeptMail,
    refused: Sequence[Refusal],
    *,
    effect: str,
    words: str,
) -> Later:
    """Return the wish to tell an agent what of a mail could not be done; asked for twice it is one mail.

    ``effect``: a sentence on what became of the rest; ``words``: what was written, where it is lost otherwise.
    """
    return Later(
        key=f"refusal:{answered.id}", kind=WRITE_TO_AGENT, tenant_id=ticket.tenant_id, due_at=db.now(),
        payload={
            "id": f"{answered.id}.answer", "ticket_id": ticket.id, "agent_id": agent.id,
            "channel_id": answered.channel_id, "in_reply_to": answered.message_ids[0] if answered.message_ids else None,
            "refused": [{"line": one.line, "reason": one.reason, "facts": one.facts} for one in refused],
            "effect": effect, "words": words[:WRITTEN],
        },
    )  # fmt: skip


async def write_to_agent(door: Door, job: Job) -> None:
    """Write to an agent: a job; sent again it is the same mail.

    Raises:
        SendFailed: for now or for good.
    """
    db, about = door.db, job.payload
    ticket = await ticket_store.ticket(db, job.tenant_id, str(about["ticket_id"]))
    try:
        agent = await people.agent(db, job.tenant_id, str(about["agent_id"]))
        channel = await channel_store.channel(db, job.tenant_id, str(about["channel_id"]))
    except NotFound:
        return
    settings = EmailSettings.model_validate(channel.settings)
    if not agent.active or not settings.smtp_host or agent.email.lower() in settings.addresses:
        return
    mail = await _mail(door, channel, settings, ticket, agent, about)
    kept = KeptMail(
        id=str(about["id"]), tenant_id=job.tenant_id, channel_id=channel.id, direction="out", at=db.now(),
        message_ids=(mail.message_id,), ticket_id=ticket.id, subject=mail.subject, from_=mail.from_.email,
        to=(agent.email,), automatic=True, for_agents=True, outcome="sent",
    )  # fmt: skip
    try:
        await sending.leave(door, channel, settings, mail, kept)
    except TooMany as wait:
        raise SendFailed(wait.detail, retry_after=float(wait.facts["retry_after"])) from wait


async def _mail(
    door: Door, channel: Channel, settings: EmailSettings, ticket: Ticket, agent: Agent, about: Mapping[str, Any]
) -> Outgoing:
    company = (await people.tenant(door.db, channel.tenant_id)).name
    tag = threads.tag(door.secret, channel.tenant_id, channel.id, ticket.number)
    text = f"{templates.marker(agent.language)}\n\n{_words(ticket, agent, about)}\n"
    answered = about["in_reply_to"]
    return Outgoing(
        message_id=threads.signed_id(tag, str(about["id"]), letter.ascii_domain(settings.address.rpartition("@")[2])),
        from_=MailAddress(email=settings.address, name=settings.from_name or company),
        to=(MailAddress(email=agent.email, name=agent.name),),
        subject=threads.marked_subject(ticket.subject, ticket.number),
        text=text,
        html=letter.page(templates.paragraphs(text), agent.language),
        date=door.db.now(),
        reply_to=MailAddress(email=threads.tagged(settings.address, tag)) if settings.tagged_replies else None,
        in_reply_to=answered,
        references=(answered,) if answered else (),
        automatic="auto-replied",
    )


def _words(ticket: Ticket, agent: Agent, about: Mapping[str, Any]) -> str:
    facts = {"number": ticket.number, "subject": ticket.subject}
    lines = [f"{one['line']}\n{Refusal(**one).told(agent.language)}".strip() for one in about["refused"]]
    rest = [translate(agent.language, about["effect"])] if about["effect"] else []
    return "\n\n".join([translate(agent.language, NOT_DONE, facts), *lines, *rest, *filter(None, [about["words"]])])
