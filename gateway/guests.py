"""Guests from outside: the link that invites them, the page that it opens, and their side of Socket.IO (spec 4.4)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, cast

import structlog
from pydantic import BaseModel, ConfigDict, Field
from pymongo.errors import PyMongoError
from quart import Blueprint, Response, current_app, g, make_response, render_template, request
from quart_schema import hide, tag, validate_request, validate_response

from channels import store as channel_store
from channels.base import Door
from channels.webchat.settings import Settings as WebSettings
from conversation import company, guests, store
from conversation.access import conversation_for
from conversation.guests import Pass, known_pass, token_of
from conversation.lifecycle import Ended
from conversation.model import Conversation, Guest
from conversation.views import guest_entries, guest_entry, guest_view
from core import rooms
from core.acknowledge import acknowledged
from core.db import Committed, Database, Save
from core.errors import N_, NotFound, Problem
from core.limit import Bucket
from core.message import MAX_PARTS, Emoji, Text
from core.model import Value
from core.sockets import PublicNamespace, refusal
from core.words import best_language, chosen_language
from gateway import telemetry
from gateway.delivery import out_job, sent_away
from people.access import acting

log = structlog.get_logger("guests")

HEARTBEAT = 10.0  # seconds between two looks whether everybody who is connected may still be here
ACCENT = "#3d4fc9"

blueprint = Blueprint("guests", __name__)


class OutsiderRequest(BaseModel):
    """Who is invited, by the name that everybody in the talk will see."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field(min_length=1, max_length=100)


class InvitedOutsider(Value):
    """The guest, and the link that lets that guest in; shown this once."""

    guest: Guest
    link: str


class GuestSays(BaseModel):
    """What a guest's browser sends as a message: words and emoji, no files."""

    model_config = ConfigDict(extra="ignore")

    client_id: str = Field(min_length=8, max_length=64)
    parts: tuple[Annotated[Text | Emoji, Field(discriminator="type")], ...] = Field(min_length=1, max_length=MAX_PARTS)


class Since(BaseModel):
    """A number in the journal."""

    model_config = ConfigDict(extra="ignore")

    seq: int = Field(0, ge=0, le=9_999_998)


def _door() -> Door:
    return cast(Door, current_app.extensions["door"])


@blueprint.post("/api/v1/conversations/<conversation_id>/guests")
@tag(["conversations"])
@validate_request(OutsiderRequest)
@validate_response(InvitedOutsider, 201)
async def invite_outsider(conversation_id: str, data: OutsiderRequest) -> tuple[InvitedOutsider, int]:
    """Invite somebody from outside by a link (spec 4.4); remove the guest with DELETE, as any other."""
    actor, door = acting(), _door()
    actor.require("conversation.serve")
    await conversation_for(door.db, actor, conversation_id)
    conversation, guest = await guests.invite(door.db, actor, conversation_id, data.name)
    assert guest.until
    token = token_of(door.secret, Pass(conversation.tenant_id, conversation.id, guest.id, guest.until))
    return InvitedOutsider(guest=guest, link=f"{door.public_url}/join/{token}"), 201


@blueprint.get("/join/<token>")
@hide
async def join(token: str) -> Response:
    """Return the guest's page; a preview of the link joins nobody: only the page's socket does."""
    door, status, accent, why = _door(), 200, ACCENT, ""
    language = chosen_language(request.args.get("lang")) or str(g.get("language", "en"))
    shown = known_pass(door.secret, token, door.db.now())
    try:
        if shown is None:
            raise NotFound
        conversation = await store.conversation(door.db, shown.tenant_id, shown.conversation_id)
        company.expected(conversation, shown.guest_id, door.db.now())
        accent = await _accent(door.db, conversation)
    except Ended:
        status, why = 410, "ended"
    except (NotFound, company.GuestGone):
        status, why = 404, "gone"
    page = await render_template("guest.html", language=language, accent=accent, why=why)
    response = cast(Response, await make_response(page, status))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


async def _accent(db: Database, conversation: Conversation) -> str:
    """Return the colour of the channel that the customer came by, where it has one."""
    if conversation.channel_kind != "webchat":
        return ACCENT
    channel = await channel_store.channel(db, conversation.tenant_id, conversation.channel_id)
    return WebSettings.model_validate(channel.settings).accent


@dataclass
class Session:
    """Who is behind a socket."""

    shown: Pass
    language: str
    bucket: Bucket


class GuestNamespace(PublicNamespace[Session]):
    """Guests from outside; whether they may is asked of the store at every word, not only when they come."""

    def __init__(self, namespace: str, door: Door) -> None:
        super().__init__(namespace, per_second=door.messages_per_second)
        self.door = door
        door.db.listeners.append(self._committed)

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Let a guest in whose link is good; the first time, everybody in the talk is told.

        Raises:
            ConnectionRefusedError: the link is forged or too old, the guest was removed, or the conversation is over.
        """
        asked = auth if isinstance(auth, dict) else {}
        language = chosen_language(str(asked.get("language"))) or best_language(environ.get("HTTP_ACCEPT_LANGUAGE"))
        db = self.door.db
        try:
            shown = known_pass(self.door.secret, str(asked.get("token") or "")[:1_000], db.now())
            if shown is None:
                raise company.GuestGone(N_("Ask whoever invited you for a new link."))
            await guests.arrive(db, shown)
        except Problem as problem:
            raise refusal(problem, language) from problem
        self.sessions[sid] = Session(shown, language, self.buckets.of(shown.guest_id))
        await self.enter_room(sid, rooms.outsider(shown.guest_id))

    @acknowledged
    async def on_message(self, sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Take words; stored before it is acknowledged."""
        shown = self._shown(sid)
        says = GuestSays.model_validate(payload)
        entry = await guests.speak(
            self.door.live,
            shown,
            says.parts,
            client_id=says.client_id,
            outward=lambda conversation: out_job(conversation, self.door.db),
            heard_by=sid,
        )
        telemetry.BY_GUESTS.inc()
        view = guest_entry(entry)
        assert view  # one's own words are public
        return {"entry": view.as_json()}

    @acknowledged
    async def on_since(self, sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return what the guest missed after a number; never anything from before joining."""
        shown, db = self._shown(sid), self.door.db
        conversation, guest = await guests.here(db, shown)
        missed = await store.missed(db, conversation, max(Since.model_validate(payload).seq, guest.sees_after))
        return {
            "entries": [view.as_json() for view in guest_entries(missed.entries)],
            "through": missed.through,
            "complete": missed.complete,
            "conversation": guest_view(conversation, guest).as_json(),
        }

    @acknowledged
    async def on_typing(self, sid: str, payload: dict[str, Any]) -> None:
        """Tell the host and the customer that the guest types; kept nowhere."""
        conversation, guest = await guests.here(self.door.db, self._shown(sid))
        typing = {"conversation_id": conversation.id, "name": guest.name, "on": bool(payload.get("on"))}
        customer = rooms.address(conversation.channel_id, conversation.address.value)
        await self.door.emit("typing", typing, room=customer, namespace="/visitor")
        if conversation.host:
            await self.door.emit("typing", typing, room=rooms.agent(conversation.host.id), namespace="/agent")

    @acknowledged
    async def on_leave(self, sid: str, payload: dict[str, Any]) -> None:
        """Let the guest go; the other windows of the guest are told so, and closed."""
        shown, session = self._shown(sid), self.sessions.pop(sid)  # out already, so that the answer still arrives
        try:
            await guests.leave(self.door.db, shown)
        except Problem:
            self.sessions[sid] = session
            raise

    def _shown(self, sid: str) -> Pass:
        session = self.sessions.get(sid)
        if session is None:  # let go of in this moment
            raise company.GuestGone(N_("Ask whoever invited you for a new link."))
        return session.shown

    async def _committed(self, committed: Committed) -> None:
        """Let go at once of those whom this process saw leave; other processes do at their next look."""
        for change in committed.changes:
            if isinstance(change, Save) and isinstance(change.document, Conversation):
                await self._let_go({guest.id for guest in sent_away(committed, change.document)})

    async def _let_go(self, gone: set[str]) -> None:
        for sid, session in list(self.sessions.items()) if gone else ():
            if session.shown.guest_id in gone:
                self.sessions.pop(sid, None)
                await self.disconnect(sid)

    async def beat(self) -> None:
        """Let go every few seconds of those who may not be here any more; runs for ever."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            try:
                await self.beat_once()
            except (Problem, PyMongoError) as error:  # the store may be away; every word is checked all the same
                log.warning("guests.not_looked", error=repr(error))

    async def beat_once(self) -> None:
        """Let go of guests whose time is up, or whom another process saw leave."""
        passes = {session.shown for session in self.sessions.values()}
        for shown, reason in (await guests.gone(self.door.db, passes)).items():
            room = rooms.outsider(shown.guest_id)
            await self.door.emit("gone", {"reason": reason}, room=room, namespace=self.namespace)
            await self._let_go({shown.guest_id})
