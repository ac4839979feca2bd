"""Mails to agents: notices that tell the whole story and can be answered, and words on what could not be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from channels import store as channel_store
from channels.base import Channel, Door
from channels.email import letter, sending, threads
from channels.email.inbound import texts
from channels.email.letter import Outgoing
from channels.email.mail import MailAddress
from channels.email.obeying import Refusal
from channels.email.settings import EmailSettings
from channels.email.store import KeptMail
from core.db import Database
from core.errors import N_, NotFound, SendFailed, TooMany
from core.jobs import Job
from core.later import Later
from core.message import Part, gist
from core.words import translate
from people import store as people
from people.model import Agent
from ticketing import store as ticket_store
from ticketing.model import Ticket, TicketEntry
from ticketing.shown import PUBLIC

WRITE_TO_AGENT: Final = "write_to_agent"
STORY: Final = 30  # lines of a thread that a notice tells, the latest
ENTRY: Final = 4_000  # characters of one of them

NEWS: Final[dict[str, str]] = {
    "TicketOpened": N_("A new request, #{number}: {subject}"),
    "TicketAssigned": N_("{actor} assigned #{number} to you: {subject}"),
    "CustomerReplied": N_("{actor} answered in #{number}: {subject}"),
    "TicketReplied": N_("{actor} answered the customer in #{number}: {subject}"),
}
HOW: Final = N_(
    "Answer this mail to answer the customer; your own address is not shown. Begin with the line #note to write a note "
    "for colleagues only. Other first lines: #assign Ann, #solve, #priority high."
)
NOT_DONE: Final = N_("This could not be done in #{number}: {subject}")
WHOLE: Final = N_("Nothing of your mail was sent to the customer. What you wrote:")
PRIVATE: Final = N_(
    "What you wrote was kept as a note for colleagues only, so that nothing reaches the customer by mistake."
)
REST: Final = N_("Everything else in your mail was done.")


def notice_job(db: Database, ticket: Ticket, agent_id: str, event: Mapping[str, Any]) -> Later:
    """Return the wish to tell an agent what happened to a ticket; asked for twice it is one mail."""
    return Later(
        key=f"notice:{event['id']}:{agent_id}", kind=WRITE_TO_AGENT, tenant_id=ticket.tenant_id, due_at=db.now(),
        payload={"ticket_id": ticket.id, "agent_id": agent_id, **event},
    )  # fmt: skip


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
    """Return the wish to tell an agent what of a mail could not be done.

    ``effect``: a sentence on what became of the rest; ``words``: what was written, where it is lost otherwise.
    """
    return Later(
        key=f"notice:{answered.id}:{agent.id}", kind=WRITE_TO_AGENT, tenant_id=ticket.tenant_id, due_at=db.now(),
        payload={
            "id": answered.id, "name": "", "ticket_id": ticket.id, "agent_id": agent.id,
            "channel_id": answered.channel_id, "in_reply_to": answered.message_ids[0] if answered.message_ids else None,
            "refused": [{"line": one.line, "reason": one.reason, "facts": one.facts} for one in refused],
            "effect": effect, "words": words[:ENTRY],
        },
    )  # fmt: skip


async def write_to_agent(door: Door, job: Job) -> None:
    """Write a notice or a refusal to an agent by the ticket's mailbox: a job; sent again it is the same mail."""
    db, payload = door.db, job.payload
    ticket = await ticket_store.ticket(db, job.tenant_id, str(payload["ticket_id"]))
    agent = (await people.agents_with_ids(db, job.tenant_id, [str(payload["agent_id"])])).get(str(payload["agent_id"]))
    try:
        channel = await channel_store.channel(db, job.tenant_id, str(payload.get("channel_id") or ticket.channel_id))
    except NotFound:
        return
    settings = EmailSettings.model_validate(channel.settings)
    if agent is None or not agent.active or not settings.smtp_host or agent.email.lower() in settings.addresses:
        return
    text = _refusal(ticket, agent, payload) if payload.get("refused") else await _news(door, ticket, agent, payload)
    mail = await _mail(door, channel, settings, ticket, agent, text, payload)
    kept = KeptMail(
        id=f"{payload['id']}.{agent.id}", tenant_id=job.tenant_id, channel_id=channel.id, direction="out", at=db.now(),
        message_ids=(mail.message_id,), ticket_id=ticket.id, subject=mail.subject, from_=mail.from_.email,
        to=(agent.email,), automatic=True, outcome="notice",
    )  # fmt: skip
    try:
        await sending.leave(door, channel, settings, mail, kept)
    except TooMany as wait:
        raise SendFailed(wait.detail, retry_after=float(wait.facts["retry_after"])) from wait


async def _mail(
    door: Door,
    channel: Channel,
    settings: EmailSettings,
    ticket: Ticket,
    agent: Agent,
    text: str,
    about: Mapping[str, Any],
) -> Outgoing:
    tag = threads.tag(door.secret, channel.tenant_id, channel.id, ticket.number)
    domain = letter.ascii_domain(settings.address.rpartition("@")[2])
    plain, html = letter.composed(texts(text), language=agent.language, author="")
    answered = about.get("in_reply_to")
    return Outgoing(
        message_id=f"<{tag}.{about['id']}.{agent.id}@{domain}>".lower(),
        from_=MailAddress(
            email=settings.address, name=settings.from_name or (await people.tenant(door.db, channel.tenant_id)).name
        ),
        to=(MailAddress(email=agent.email, name=agent.name),),
        subject=threads.marked_subject(ticket.subject, ticket.number),
        text=plain,
        html=html,
        date=door.db.now(),
        reply_to=MailAddress(email=threads.tagged(settings.address, tag)) if settings.tagged_replies else None,
        in_reply_to=answered,
        references=(answered,)
        if answered
        else (f"<{ticket.id.lower()}.notices@{domain}>",),  # one thread in their program
        automatic="auto-replied" if answered else "auto-generated",
    )


def _refusal(ticket: Ticket, agent: Agent, about: Mapping[str, Any]) -> str:
    facts = {"number": ticket.number, "subject": ticket.subject}
    lines = [f"{one['line']}\n{Refusal(**one).told(agent.language)}".strip() for one in about["refused"]]
    rest = [translate(agent.language, about["effect"])] if about["effect"] else []
    return "\n\n".join([translate(agent.language, NOT_DONE, facts), *lines, *rest, *filter(None, [about["words"]])])


async def _news(door: Door, ticket: Ticket, agent: Agent, about: Mapping[str, Any]) -> str:
    """Return what happened, and the story so far, the latest first; notes are not told: an answer may quote it all."""
    facts = {"number": ticket.number, "subject": ticket.subject, "actor": about.get("actor", "")}
    entries, _ = await ticket_store.thread(door.db, ticket.tenant_id, ticket.id, limit=STORY)
    said = [_told(entry, agent) for entry in reversed(entries) if entry.kind in PUBLIC]
    news = translate(agent.language, NEWS[str(about["name"])], facts)
    return "\n\n".join([news, *said, "—", translate(agent.language, HOW)])


def _told(entry: TicketEntry, agent: Agent) -> str:
    return f"{entry.author.name or '–'} · {entry.at:%Y-%m-%d %H:%M} UTC\n{_words(entry.parts)}"


def _words(parts: tuple[Part, ...]) -> str:
    texts_only = [part.text for part in parts if part.type == "text"]
    return "\n\n".join([*texts_only, *(gist((part,)) for part in parts if part.type not in ("text", "event"))])[:ENTRY]
