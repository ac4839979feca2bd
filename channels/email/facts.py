"""What the texts of our mails may tell: the facts of a ticket, an agent and an answer, or made-up ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from channels.base import Channel, Door, OutboundMessage
from channels.email import letter, templates
from channels.email.settings import DeskIdentity
from channels.email.templates import Words
from core.db import Database
from core.errors import N_, NotFound
from core.message import Part, Text
from core.words import translate
from people import store as people
from people.model import Language, Tenant
from ticketing import satisfaction
from ticketing import store as tickets
from ticketing.model import Purpose, Ticket, TicketEntry
from ticketing.satisfaction import SCORES, Asked
from ticketing.shown import PUBLIC

STORY: Final = 20  # lines of a thread that a notice tells
STORY_CHARACTERS: Final = 4_000  # of one of them
_STATES: Final = {
    "quarantined": N_("In quarantine"),
    "new": N_("New"),
    "open": N_("Open"),
    "pending": N_("Pending"),
    "solved": N_("Solved"),
    "closed": N_("Closed"),
    "deleted": N_("Deleted"),
}


def words_of(parts: Iterable[Part]) -> Words:
    """Return what parts say, as plain text and as HTML."""
    return Words(*letter.said(tuple(parts)))


def of_ticket(ticket: Ticket | None, tenant: Tenant, language: str) -> dict[str, Any]:
    """Return what every text may tell."""
    return {
        "company": tenant.name,
        "number": ticket.number if ticket else "",
        "subject": ticket.subject if ticket else "",
        "customer": ticket.customer.name if ticket and ticket.customer else "",
        "desk": ticket.group.name if ticket and ticket.group else "",
        "state": translate(language, _STATES[ticket.state]) if ticket else "",
        "priority": ticket.priority if ticket else "",
        "marker": templates.marker(language),
    }


async def of(
    door: Door,
    channel: Channel,
    message: OutboundMessage,
    *,
    language: str,
    recipient: str,
    desk: DeskIdentity | None,
) -> dict[str, Any]:
    """Return the facts of a message that is about to leave."""
    ticket = message.ticket
    tenant = await people.tenant(door.db, channel.tenant_id)
    facts = of_ticket(ticket, tenant, language)
    match message.purpose:
        case "answer":
            return facts | await _answer(door.db, message, tenant, language, desk)
        case "receipt":
            said = await _said(door.db, ticket, limit=1) if ticket else []
            return facts | {"words": words_of(said[0].parts if said else ())}
        case "notice":
            reason = " ".join(part.text for part in message.parts if isinstance(part, Text))
            link = f"{door.public_url.rstrip('/')}/console/ticket/{ticket.id}" if ticket else door.public_url
            story = await story_of(door.db, ticket, tenant, language) if ticket else []
            return facts | {"agent": recipient, "reason": reason, "story": story, "link": link}
        case "solved":
            return facts | {"rating": rating_links(door.public_url, door.secret, ticket, language)}


async def _answer(
    db: Database, message: OutboundMessage, tenant: Tenant, language: str, identity: DeskIdentity | None
) -> dict[str, Any]:
    quoted = message.envelope.quotes if message.envelope else None
    return {
        "agent": message.author_name,
        "words": words_of(message.parts),
        "signature": await signature(db, message, tenant, identity),
        "quote": await _quote(db, message.ticket, quoted, tenant, language) if message.ticket and quoted else "",
    }


async def signature(
    db: Database, message: OutboundMessage, tenant: Tenant, identity: DeskIdentity | None
) -> Words | str:
    """Return the agent's signature (the name, where there is none) and the desk's below it."""
    own, email = "", ""
    if message.author_id:
        try:
            agent = await people.agent(db, tenant.id, message.author_id)
        except NotFound:
            pass
        else:
            own, email = agent.signature, agent.email
    ticket = message.ticket
    desk = ticket.group.name if ticket and ticket.group else ""
    known = {"name": message.author_name, "company": tenant.name, "desk": desk, "email": email}
    lines = [
        templates.filled(text, known) for text in (own or message.author_name, identity.signature if identity else "")
    ]
    text = "\n".join(line for line in lines if line)
    return Words(text, templates.paragraphs(text)) if text else ""


async def _quote(db: Database, ticket: Ticket, entry_id: str, tenant: Tenant, language: str) -> Words | str:
    try:
        entry = await tickets.public_reply(db, tenant.id, ticket.id, entry_id)
    except NotFound:
        return ""
    said = words_of(entry.parts)
    heading = translate(
        language, N_("{name} wrote on {date}:"),
        {"name": entry.author.name or ticket.subject, "date": moment(entry.at, tenant)},
    )  # fmt: skip
    plain = "\n".join([heading, *(f"> {line}".rstrip() for line in said.rstrip().split("\n"))])
    return Words(plain, letter.quoted(heading, said.html))


def moment(at: datetime, tenant: Tenant) -> str:
    """Return a moment as the company's clocks show it."""
    return at.astimezone(ZoneInfo(tenant.time_zone)).strftime("%Y-%m-%d %H:%M")


async def _said(db: Database, ticket: Ticket, *, limit: int) -> list[TicketEntry]:
    """Return what was said in public, the latest first: never a note, which must not leave the desk (spec 5.7)."""
    entries, _ = await tickets.thread(db, ticket.tenant_id, ticket.id, limit=100)
    return [entry for entry in reversed(entries) if entry.kind in PUBLIC][:limit]


async def story_of(db: Database, ticket: Ticket, tenant: Tenant, language: str) -> list[dict[str, Any]]:
    """Return the story of a ticket for agents, without notes."""
    nobody = translate(language, N_("Customer"))
    return [
        {"author": entry.author.name or nobody, "at": moment(entry.at, tenant), "words": _shortened(entry.parts)}
        for entry in await _said(db, ticket, limit=STORY)
    ]


def _shortened(parts: Sequence[Part]) -> Words:
    said = words_of(parts)
    if len(said) <= STORY_CHARACTERS:
        return said
    text = f"{said[:STORY_CHARACTERS]} […]"
    return Words(text, templates.paragraphs(text))


def rating_links(public_url: str, secret: bytes, ticket: Ticket | None, language: str) -> list[dict[str, Any]]:
    """Return where each of the five scores is given, the best first; empty for a ticket that is not solved."""
    if ticket is None or ticket.solved_at is None:
        return []
    token = satisfaction.token_of(secret, Asked(ticket.tenant_id, ticket.id, ticket.solved_at))
    return _links(f"{public_url.rstrip('/')}/rate/{token}", language)


def _links(address: str, language: str) -> list[dict[str, Any]]:
    return [
        {"score": score, "label": translate(language, label), "link": f"{address}?score={score}&lang={language}"}
        for score, label in SCORES.items()
    ]


def sample(purpose: Purpose, language: Language) -> dict[str, Any]:
    """Return made-up facts for a preview and for checking a text."""
    chinese = language == "zh-CN"
    asked = "壶盖有一道裂纹，可以换新的吗？" if chinese else "The lid has a crack.\nCan it be replaced?"
    answered = "好的，新壶盖今天寄出。" if chinese else "Of course. A new lid leaves today."
    customer, agent = ("林小满", "吴燕") if chinese else ("Lin Xiaoman", "Maya Wu")
    words = words_of((Text(text=answered if purpose == "answer" else asked),))
    signed = f"{agent}\n{'岩茶铺 售后' if chinese else 'Lantern & Leaf, after-sales'}"
    heading = translate(language, N_("{name} wrote on {date}:"), {"name": customer, "date": "2026-03-02 09:00"})
    said = words_of((Text(text=asked),))
    quote = Words("\n".join([heading, *(f"> {line}" for line in said.split("\n"))]), letter.quoted(heading, said.html))
    return {
        "company": "岩茶铺" if chinese else "Lantern & Leaf", "number": 9, "customer": customer, "agent": agent,
        "subject": "茶壶破损" if chinese else "Broken teapot", "desk": "售后" if chinese else "After-sales",
        "marker": templates.marker(language), "words": words, "signature": Words(signed, templates.paragraphs(signed)),
        "quote": quote, "reason": translate(language, N_("A new ticket waits for somebody to take it.")),
        "link": "https://desk.example/console/ticket/9", "state": translate(language, _STATES["open"]),
        "priority": "P3", "rating": _links("https://desk.example/rate/sample", language),
        "story": [{"author": customer, "at": "2026-03-02 09:00", "words": said}],
    }  # fmt: skip


async def of_real(
    db: Database, public_url: str, purpose: Purpose, language: Language, ticket: Ticket
) -> dict[str, Any]:
    """Return the facts of a real ticket for a preview; what it does not have is made up, and links lead nowhere."""
    tenant = await people.tenant(db, ticket.tenant_id)
    facts = sample(purpose, language) | of_ticket(ticket, tenant, language)
    story = await story_of(db, ticket, tenant, language)
    facts |= {"story": story, "link": f"{public_url.rstrip('/')}/console/ticket/{ticket.id}"}
    if purpose == "receipt" and story:
        facts["words"] = story[-1]["words"]
    return facts
