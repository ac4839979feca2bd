"""The routes of mailboxes and mails (docs/wire.md): is it well, what was put aside, what did the mail itself say."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, cast

from pydantic import BaseModel, Field, ValidationError
from quart import Blueprint, Response, current_app
from quart_schema import tag_blueprint, validate_querystring, validate_request, validate_response

from channels import store as channel_store
from channels.base import MASK, Channel, Door
from channels.email import arriving, mailbox, sending, store
from channels.email.account import AccountTrouble
from channels.email.mail import Authentication
from channels.email.reading.html import page
from channels.email.settings import EmailSettings
from channels.email.smtp import Connection
from channels.email.store import KeptMail, MailAside
from core import files
from core.acknowledge import invalid
from core.errors import N_, NotFound, Problem
from core.events import Event
from core.http import database, sent_file
from core.ids import new_id
from core.model import Value
from core.paging import Page, PageQuery
from core.words import translate
from people.access import AgentActor, acting
from ticketing.access import ticket_for

#: A mail's page runs nothing, sends nothing anywhere, and is shown by our own pages only; links open elsewhere.
PAGE_POLICY: Final = (
    "default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)

blueprint = Blueprint("mails", __name__, url_prefix="/api/v1")
tag_blueprint(blueprint, ["E-mail"])


class Tried(Value):
    """How one direction of a mail account did."""

    ok: bool
    message: str = Field(description="What was found, or what to do")


class Tested(Value):
    """How both directions of a mail account did."""

    incoming: Tried
    outgoing: Tried


class TestBody(BaseModel):
    """Settings to try before they are saved; what is not mentioned, and masked secrets, are as stored."""

    settings: dict[str, Any] = Field(default_factory=dict)


class Health(Value):
    """How a mailbox is."""

    reads: bool = Field(description="Whether there is a mailbox to read")
    connected: bool
    idles: bool = Field(description="The server tells of new mail by itself")
    succeeded_at: datetime | None
    failed_at: datetime | None
    failures: int = Field(description="One after the other")
    trouble: str = Field(description="What is wrong, and what to do; empty: nothing")
    backlog: int = Field(description="Mails that wait to be read")
    backlog_at_first: int = Field(description="As many waited when this catching up began")
    taken: int
    aside: int = Field(description="Mails put aside; 1,001: more than a thousand")


class ShownAside(Value):
    """A mail that was put aside."""

    id: str
    channel_id: str
    at: datetime
    reason: str
    size: int
    beginning_only: bool = Field(description="The rest is still in the mailbox")
    source: str | None = Field(description="Where the original is")


class Again(Value):
    """What became of a mail that was tried again."""

    ticket_id: str | None
    reason: str = Field(description="Why it is not in a ticket; empty: it is")


class PageOfMail(BaseModel):
    """How a mail's HTML is to be shown."""

    images: bool = Field(False, description="Fetch pictures from elsewhere: whoever sent the mail may learn of it")
    whole: bool = Field(False, description="With quote and signature")


class AsideQuery(PageQuery):
    """Which mails that were put aside to list."""

    channel_id: str | None = Field(None, max_length=64)


class ShownMail(Value):
    """The mail that a message came or went by, beyond what the thread shows."""

    subject: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    html: str | None = Field(description="All of it, sanitised; pictures as `cid:` of `inline`")
    new_html: str | None
    quoted: str
    signature: str
    remote_images: int
    inline: dict[str, str] = Field(description="Content id → address of the file")
    headers: tuple[tuple[str, ...], ...] = Field(description="Names and values, in their order")
    authentication: Authentication
    is_proven: bool
    problems: tuple[str, ...]
    refused_files: tuple[str, ...]
    source: str | None = Field(description="Where the original (.eml) is")


def _door() -> Door:
    return cast(Door, current_app.extensions["door"])


async def _channel(actor: AgentActor, channel_id: str) -> Channel:
    """Return an e-mail channel to somebody who sets up channels."""
    actor.require("channel.manage")
    channel = await channel_store.channel(database(), actor.tenant_id, channel_id)
    if channel.kind != "email":
        raise NotFound(N_("There is no such channel."))
    return channel


def _told(problem: Problem, language: str) -> str:
    return translate(language, problem.detail or problem.title, problem.facts)


@blueprint.post("/channels/<channel_id>/test")
@validate_request(TestBody)
@validate_response(Tested)
async def test_mailbox(channel_id: str, data: TestBody) -> Tested:
    """Try a mail account in both directions

    Signs in, opens the folder, and signs in to send; no mail is read or sent.
    """
    actor = acting()
    channel = await _channel(actor, channel_id)
    said = {name: value for name, value in data.settings.items() if value != MASK}
    try:
        settings = EmailSettings.model_validate({**channel.settings, **said})
    except ValidationError as error:
        raise invalid(error) from error
    return Tested(
        incoming=await _try_incoming(channel, settings, actor.language),
        outgoing=await _try_outgoing(channel, settings, actor.language),
    )


async def _try_incoming(channel: Channel, settings: EmailSettings, language: str) -> Tried:
    if not settings.reads:
        return Tried(ok=True, message=translate(language, N_("No mailbox is read: mail only comes in directly.")))
    try:
        imap = await mailbox.connect(_door(), channel, settings)
        try:
            folder = await imap.select(settings.folder)
        finally:
            await imap.logout()
    except AccountTrouble as trouble:
        return Tried(ok=False, message=_told(trouble, language))
    found = N_("The mailbox can be read. There are {count} mails in it.")
    return Tried(ok=True, message=translate(language, found, {"count": folder.exists}))


async def _try_outgoing(channel: Channel, settings: EmailSettings, language: str) -> Tried:
    if not settings.smtp_host:
        return Tried(ok=False, message=translate(language, sending.NO_SERVER))
    try:
        connection = await Connection.open(sending.account(_door(), channel, settings))
    except AccountTrouble as trouble:
        return Tried(ok=False, message=_told(trouble, language))
    await connection.close()
    return Tried(ok=True, message=translate(language, N_("Mails can be sent.")))


@blueprint.get("/channels/<channel_id>/mailbox")
@validate_response(Health)
async def get_health(channel_id: str) -> Health:
    """Show how a mailbox is

    With what went wrong last in words that say what to do, and how far catching up is.
    """
    actor = acting()
    channel = await _channel(actor, channel_id)
    box = await store.mailbox(database(), channel)
    fields = box.model_dump(include=set(Health.model_fields) - {"trouble"})
    return Health(
        **fields,
        reads=EmailSettings.model_validate(channel.settings).reads,
        trouble=translate(actor.language, box.trouble, box.trouble_facts) if box.trouble else "",
        aside=await store.count_aside(database(), actor.tenant_id, channel.id),
    )


@blueprint.get("/mails-aside")
@validate_querystring(AsideQuery)
@validate_response(Page[ShownAside])
async def list_aside(query_args: AsideQuery) -> Page[ShownAside]:
    """List the mails that were put aside

    Each with the reason why it is not in a ticket; the latest first.
    """
    actor = acting()
    actor.require("channel.manage")
    found, following = await store.aside(
        database(), actor.tenant_id, channel_id=query_args.channel_id, query=query_args
    )
    return Page(items=[_shown_aside(one, actor.language) for one in found], next=following)


def _shown_aside(mail: MailAside, language: str) -> ShownAside:
    fields = mail.model_dump(include={"id", "channel_id", "at", "size", "beginning_only"})
    source = f"/api/v1/mails-aside/{mail.id}/source" if mail.source_id else None
    return ShownAside(**fields, reason=translate(language, mail.reason, mail.facts), source=source)


@blueprint.get("/mails-aside/<mail_id>/source")
async def get_aside_source(mail_id: str) -> Response:
    """Download a mail that was put aside, as it came"""
    actor = acting()
    actor.require("channel.manage")
    mail = await store.one_aside(database(), actor.tenant_id, mail_id)
    return await _source(actor, mail.source_id)


@blueprint.post("/mails-aside/<mail_id>/retry")
@validate_response(Again)
async def retry_aside(mail_id: str) -> Again:
    """Try once more to take in a mail that was put aside"""
    actor = acting()
    actor.require("channel.manage")
    mail = await store.one_aside(database(), actor.tenant_id, mail_id)
    channel = await _channel(actor, mail.channel_id)
    settings = EmailSettings.model_validate(channel.settings)
    door = _door()
    if mail.beginning_only:
        raw = await mailbox.fetch_again(door, channel, settings, mail)
    else:
        file = await files.get(database(), actor.tenant_id, str(mail.source_id))
        raw = b"".join([chunk async for chunk in files.stream(database(), file)])
    own = await mailbox.own_addresses(door, channel)
    seen = [store.take_off(mail)]
    arrival = arriving.Arrival(channel, settings, raw, seen, mail.uid_validity, mail.uid, own)
    became = await arriving.take_in(door, arrival, await arriving.read(door, arrival))
    await database().commit(events=[_event("MailRetried", mail, actor)])
    if isinstance(became, MailAside):
        return Again(ticket_id=None, reason=translate(actor.language, became.reason, became.facts))
    return Again(ticket_id=became.ticket_id, reason=translate(actor.language, became.reason) if became.reason else "")


@blueprint.delete("/mails-aside/<mail_id>")
async def drop_aside(mail_id: str) -> tuple[str, int]:
    """Take a mail off the list of those put aside

    The mail itself stays in the mailbox, if it is there.
    """
    actor = acting()
    actor.require("channel.manage")
    mail = await store.one_aside(database(), actor.tenant_id, mail_id)
    await database().commit(store.take_off(mail), events=[_event("MailDropped", mail, actor)])
    return "", 204


@blueprint.get("/tickets/<ticket_id>/entries/<entry_id>/mail")
@validate_response(ShownMail)
async def get_mail(ticket_id: str, entry_id: str) -> ShownMail:
    """Show the mail that a message came or went by

    With headers, quote, signature, the whole HTML, and what is known of the sender.
    """
    actor = acting()
    mail = await _mail(actor, ticket_id, entry_id)
    fields = mail.model_dump(
        include=set(ShownMail.model_fields) - {"sender", "inline", "authentication", "is_proven", "source"}
    )
    inline = {content_id: f"/api/v1/files/{file_id}" for content_id, file_id in mail.inline.items()}
    fields["problems"] = tuple(translate(actor.language, problem) for problem in mail.problems)
    source = f"/api/v1/tickets/{ticket_id}/entries/{entry_id}/source" if mail.source_id else None
    return ShownMail(
        **fields, sender=mail.from_, inline=inline, authentication=mail.authentication,
        is_proven=mail.authentication.is_proven, source=source,
    )  # fmt: skip


@blueprint.get("/tickets/<ticket_id>/entries/<entry_id>/html")
@validate_querystring(PageOfMail)
async def get_mail_page(ticket_id: str, entry_id: str, query_args: PageOfMail) -> Response:
    """Show a mail's HTML as a page of its own, for a frame

    Nothing in it runs, and nothing is fetched from elsewhere unless `images` are asked for.
    """
    mail = await _mail(acting(), ticket_id, entry_id)
    html = (mail.html if query_args.whole else mail.new_html) or ""
    inline = {content_id: f"/api/v1/files/{file_id}" for content_id, file_id in mail.inline.items()}
    response = Response(page(html, inline, images=query_args.images), content_type="text/html; charset=utf-8")
    pictures = "'self' data: https: http:" if query_args.images else "'self' data:"
    response.headers["Content-Security-Policy"] = PAGE_POLICY.format(pictures=pictures)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/tickets/<ticket_id>/entries/<entry_id>/source")
async def get_source(ticket_id: str, entry_id: str) -> Response:
    """Download the mail that a message came by, as it came (.eml)"""
    actor = acting()
    return await _source(actor, (await _mail(actor, ticket_id, entry_id)).source_id)


async def _mail(actor: AgentActor, ticket_id: str, entry_id: str) -> KeptMail:
    """Return a mail of a ticket that the actor may see.

    Raises:
        NotFound: there is no such ticket, or the message was no mail of it.
    """
    ticket = await ticket_for(database(), actor, ticket_id)
    mail = await store.mail_of_entry(database(), actor.tenant_id, entry_id)
    if mail.ticket_id != ticket.id:
        raise NotFound(N_("This message was not a mail."))
    return mail


async def _source(actor: AgentActor, file_id: str | None) -> Response:
    if file_id is None:
        raise NotFound(N_("The original of this mail was not kept."))
    return sent_file(database(), await files.get(database(), actor.tenant_id, file_id))


def _event(name: str, mail: MailAside, actor: AgentActor) -> Event:
    now = database().now()
    return Event(
        id=new_id(now), tenant_id=mail.tenant_id, name=name, at=now, actor=actor.actor, subject_kind="mail_aside",
        subject_id=mail.id, before={"reason": mail.reason, "channel_id": mail.channel_id},
    )  # fmt: skip
