"""The pages and calls of the widget: the frame's document, what it opens with, files, and the ticket form."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, EmailStr, Field
from quart import Blueprint, Response, current_app, g, make_response, render_template, request
from quart_schema import hide, tag, validate_request, validate_response

from channels import store as channel_store
from channels.base import Channel, Door
from channels.webchat.settings import Settings
from channels.webchat.visitor import MAX_AGE, Said, Visitor, cookie_name, known_visitor, new_visitor
from conversation import menu, store, waiting, wrapup
from conversation.views import EntryView, VisitorConversation, visitor_entries
from conversation.wrapup import LeftBehind
from core import files
from core.errors import N_, NotFound, Unauthenticated
from core.events import Actor
from core.http import Uploaded, database, received_file, sent_file
from core.message import Image, Menu, Part, Text
from core.model import Value
from core.paging import PageQuery
from core.words import best_language, chosen_language
from people import store as people_store
from people.model import Customer, identity_of
from people.service.customers import customer_by_identity, learn_contact
from ticketing import store as ticket_store
from ticketing.model import Ticket
from ticketing.service import hear
from ticketing.shown import CustomerTicket, shown_to_customer

SHOWN = 200  # latest entries that a reopened window begins with
TICKETS_SHOWN = 20
THREAD_SHOWN = 100  # latest lines of a ticket


class Colours(Value):
    """The theme that the tenant chose."""

    accent: str


class ShownChannel(Value):
    """What a browser needs to know of the channel."""

    key: str
    name: str
    language: str
    colours: Colours
    position: str
    welcome: str


class Opening(Value):
    """All that a window needs to begin, or to go on where it was."""

    channel: ShownChannel
    menu: Menu | None
    open: bool = Field(description="Whether the channel's hours are on")
    hours_text: str
    conversation: VisitorConversation | None
    entries: list[EntryView]
    through: int
    tickets: list[CustomerTicket] = Field(description="The visitor's own tickets, the latest changed first")
    session: str | None = Field(description="The visitor's token, only when the browser did not send our cookie back")


class TicketForm(BaseModel):
    """What a customer leaves when nobody can talk right now (spec 3.5)."""

    model_config = ConfigDict(extra="ignore")

    client_id: str = Field(min_length=8, max_length=64)
    name: str = Field(min_length=1, max_length=100)
    email: EmailStr
    phone: str = Field("", max_length=40)
    subject: str = Field("", max_length=200)
    text: str = Field(min_length=1, max_length=10_000)
    file_ids: list[str] = Field(default_factory=list, max_length=20)
    conversation_id: str | None = Field(None, max_length=64)


class Receipt(Value):
    """The number of the ticket."""

    number: str


class Forgotten(Value):
    """The browser is nobody we know any more."""

    forgotten: bool = True


@dataclass(frozen=True)
class Caller:
    """The channel that was called, and the visitor who calls if one is known."""

    channel: Channel
    visitor: Visitor | None


blueprint = Blueprint("webchat", __name__, url_prefix="/chat/<key>")


@blueprint.url_value_preprocessor
def _find(_: str | None, values: dict[str, Any] | None) -> None:
    g.channel_key = str((values or {}).pop("key", ""))[:64]


@blueprint.delete("/session")
@tag(["visitors"])
@validate_response(Forgotten)
async def forget_visitor() -> tuple[Forgotten, int, dict[str, str]]:
    """Forget who this browser is: the next message comes from somebody new."""
    channel = (await caller()).channel
    expired = Response()
    expired.delete_cookie(cookie_name(channel), secure=True, httponly=True, samesite="None", partitioned=True)
    return Forgotten(), 200, {"Set-Cookie": expired.headers["Set-Cookie"]}


def _door() -> Door:
    return cast(Door, current_app.extensions["door"])


async def caller() -> Caller:
    """Return whose channel is called, and by whom.

    Raises:
        NotFound: there is no such channel, or it is off.
    """
    door = _door()
    channel = await channel_store.channel_by_key_in_any_tenant(door.db, "webchat", g.channel_key)
    token = request.cookies.get(cookie_name(channel)) or request.headers.get("X-Visitor-Session", "")[:500]
    return Caller(channel, known_visitor(door.secret, channel, token))


async def visitor() -> tuple[Channel, Visitor]:
    """Return the channel and a visitor who proved to be one.

    Raises:
        Unauthenticated: the token is missing, forged or too old.
    """
    called = await caller()
    if called.visitor is None:
        raise Unauthenticated(N_("Open the chat again: this window's session is not valid any more."))
    return called.channel, called.visitor


@blueprint.get("")
@hide
async def frame() -> Response:
    """Return the document of the frame, or of the page of its own; a new visitor gets the cookie."""
    called = await caller()
    channel = called.channel
    settings = _settings(channel)
    accepted = request.headers.get("Accept-Language")
    language = chosen_language(request.args.get("lang")) or best_language(accepted, channel.language)
    page = await render_template(
        "frame.html",
        channel=channel,
        title=settings.title or channel.name,
        accent=settings.accent,
        language=language,
    )
    response = cast(Response, await make_response(page))
    ancestors = " ".join(settings.allowed_origins) if settings.allowed_origins else "*"
    g.frame_ancestors = f"'self' {ancestors}" if ancestors != "*" else "*"
    response.headers["Cache-Control"] = "no-store"
    if called.visitor is None:
        _remember(response, channel, new_visitor(_door().secret, channel), _door().public_url)
    return response


@blueprint.get("/opening")
@tag(["visitors"])
@validate_response(Opening)
async def opening() -> tuple[Opening, int]:
    """Return what the chat window begins with: the channel, the menu, and the conversation so far."""
    called = await caller()
    channel, settings = called.channel, _settings(called.channel)
    known = called.visitor or new_visitor(_door().secret, channel)
    conversation = None
    if called.visitor:
        conversation = await store.latest_conversation(database(), channel.tenant_id, channel.id, known.address)
    entries = []
    if conversation:
        entries = await store.entries(database(), channel.tenant_id, conversation.id, before=10**7 - 1, limit=SHOWN)
    shown = Opening(
        channel=ShownChannel(
            key=channel.key,
            name=settings.title or channel.name,
            language=channel.language,
            colours=Colours(accent=settings.accent),
            position=settings.position,
            welcome=settings.welcome,
        ),
        menu=menu.shown(settings.menu, None) if settings.menu.items else None,
        open=settings.hours is None or settings.hours.is_open(database().now()),
        hours_text=settings.hours_text,
        conversation=await waiting.shown_to_customer(database(), conversation) if conversation else None,
        entries=visitor_entries(entries),
        through=entries[-1].seq if entries else 0,
        tickets=await _tickets(channel, known) if called.visitor else [],
        session=None if called.visitor else known.token,
    )
    return shown, 200


async def _customer(channel: Channel, known: Visitor) -> Customer | None:
    return await people_store.customer_with_identity(database(), channel.tenant_id, identity_of(known.address))


async def _tickets(channel: Channel, known: Visitor) -> list[CustomerTicket]:
    customer = await _customer(channel, known)
    if customer is None:
        return []
    query = PageQuery(limit=TICKETS_SHOWN)
    found, _ = await ticket_store.of_customer_alone(database(), channel.tenant_id, customer.id, query=query)
    return [shown_to_customer(one) for one in found]


async def _own_ticket(channel: Channel, known: Visitor, ticket_id: str) -> Ticket:
    """Return a ticket of the visitor's own.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    customer = await _customer(channel, known)
    found = await ticket_store.ticket(database(), channel.tenant_id, ticket_id)
    if customer is None or found.customer is None or found.customer.id != customer.id:
        raise NotFound(N_("There is no such ticket."))
    return found


@blueprint.post("/files")
@tag(["visitors"])
@validate_response(Uploaded, 201)
async def upload() -> tuple[Uploaded, int]:
    """Store a file (the raw body; its name percent-encoded in `X-Filename`) to mention in a message."""
    channel, known = await visitor()
    tenant = await people_store.tenant(database(), channel.tenant_id)
    limit = tenant.settings.file_size
    return await received_file(database(), channel.tenant_id, uploaded_by=f"visitor:{known.id}", limit=limit), 201


@blueprint.get("/files/<file_id>")
@tag(["visitors"])
async def download(file_id: str) -> Response:
    """Return a file of the visitor's own conversations."""
    channel, known = await visitor()
    stored = await files.get(database(), channel.tenant_id, file_id)
    if stored.uploaded_by != f"visitor:{known.id}":
        used = await store.conversations(database(), channel.tenant_id, stored.used_in)
        mine = [c for c in used if c.channel_id == channel.id and c.address.value == known.id]
        if not any([await store.is_shown_to_customer(database(), one, file_id) for one in mine]):
            await _check_ticket_shows(channel, known, stored)
    return sent_file(database(), stored)


async def _check_ticket_shows(channel: Channel, known: Visitor, file: files.StoredFile) -> None:
    """Go on only if the file was sent in public in one of the visitor's own tickets.

    Raises:
        NotFound: it was not.
    """
    for used_in in file.used_in:
        with contextlib.suppress(NotFound):
            own = await _own_ticket(channel, known, used_in)
            if await ticket_store.shows_in_public(database(), channel.tenant_id, own.id, file.id):
                return
    raise NotFound(N_("There is no such file."))


@blueprint.post("/tickets")
@tag(["visitors"])
@validate_request(TicketForm)
@validate_response(Receipt, 201)
async def ticket(data: TicketForm) -> tuple[Receipt, int]:
    """Leave a ticket when nobody can talk right now; with what was already typed."""
    channel, known = await visitor()
    number = await leave_ticket(_door(), channel, known, data)
    return Receipt(number=f"#{number}"), 201


@blueprint.get("/tickets/<ticket_id>")
@tag(["visitors"])
@validate_response(CustomerTicket)
async def read_ticket(ticket_id: str) -> tuple[CustomerTicket, int]:
    """Return one of the visitor's own tickets with what was said in public."""
    channel, known = await visitor()
    return await _read(channel, await _own_ticket(channel, known, ticket_id)), 200


async def _read(channel: Channel, found: Ticket) -> CustomerTicket:
    entries, _ = await ticket_store.thread(database(), channel.tenant_id, found.id, limit=THREAD_SHOWN)
    return shown_to_customer(found, entries)


@blueprint.post("/tickets/<ticket_id>/replies")
@tag(["visitors"])
@validate_request(Said)
@validate_response(CustomerTicket, 201)
async def reply_to_ticket(ticket_id: str, data: Said) -> tuple[CustomerTicket, int]:
    """Say something in one of the visitor's own tickets; sent twice with the same `client_id`, it is said once."""
    channel, known = await visitor()
    found = await _own_ticket(channel, known, ticket_id)
    assert found.customer
    parts = await files.described(database(), channel.tenant_id, data.parts, uploaded_by=f"visitor:{known.id}")
    heard = await hear(
        database(),
        channel.tenant_id,
        found.id,
        parts,
        actor=Actor(kind="customer", id=found.customer.id, name=found.customer.name),
        channel_id=channel.id,
        external_id=f"{known.id}:{data.client_id}",
    )
    return await _read(channel, heard), 201


def _settings(channel: Channel) -> Settings:
    return Settings.model_validate(channel.settings)


def _remember(response: Response, channel: Channel, visitor: Visitor, public_url: str) -> None:
    """Set the visitor's cookie: only ours to read, and a different one on every site that embeds the frame.

    Partitioned needs Secure; browsers take Secure cookies on loopback addresses too (measured).
    """
    local = public_url.startswith(("http://127.0.0.1", "http://localhost"))
    if public_url.startswith("https://") or local:
        response.set_cookie(
            cookie_name(channel),
            visitor.token,
            max_age=MAX_AGE,
            httponly=True,
            secure=True,
            samesite="None",
            partitioned=True,
        )


async def leave_ticket(door: Door, channel: Channel, visitor: Visitor, form: TicketForm) -> int:
    """Open a ticket from the form and return its number.

    Raises:
        NotFound: the conversation is not the visitor's own.
    """
    db, now = door.db, door.db.now()
    conversation = None
    if form.conversation_id:
        conversation = await store.conversation(db, channel.tenant_id, form.conversation_id)
        if conversation.channel_id != channel.id or conversation.address.value != visitor.id:
            raise NotFound
    customer = await customer_by_identity(db, channel.tenant_id, visitor.address, name=form.name, now=now)
    customer = await learn_contact(
        db,
        channel.tenant_id,
        customer.id,
        name=form.name,
        email=str(form.email),
        phone=form.phone or None,
        now=now,
    )
    pictures_maybe = (
        Image(file_id=file_id) for file_id in form.file_ids
    )  # `described` makes files of those that are not
    parts: tuple[Part, ...] = (Text(text=form.text), *pictures_maybe)
    left = LeftBehind(
        external_id=f"{visitor.id}:{form.client_id}",
        subject=form.subject,
        parts=await files.described(db, channel.tenant_id, parts, uploaded_by=f"visitor:{visitor.id}"),
    )
    return await wrapup.leave_ticket(db, customer, conversation, left, channel_id=channel.id)
