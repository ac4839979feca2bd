"""The visitors' side of Socket.IO: what a customer's browser says, and who is behind each socket."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from channels import store as channel_store
from channels.base import Channel, Door
from channels.webchat.visitor import Visitor, cookie_name, inbound, known_visitor
from conversation import service, store, waiting
from conversation.model import Conversation, Rating
from conversation.views import entry_json, visitor_entries, visitor_view
from core import files, rooms
from core.acknowledge import acknowledged
from core.errors import N_, NotFound, Problem, Unauthenticated
from core.events import Actor
from core.limit import Bucket
from core.message import files_of
from core.sockets import PublicNamespace, refusal
from core.words import best_language


@dataclass
class Session:
    """Who is behind a socket."""

    channel: Channel
    visitor: Visitor
    language: str
    bucket: Bucket
    shown: tuple[Conversation, orjson.Fragment] | None = None


class Which(BaseModel):
    """A conversation, and a number in its journal."""

    model_config = ConfigDict(extra="ignore")

    conversation_id: str = Field(max_length=64)
    seq: int = Field(0, ge=0, le=9_999_998)


class Rated(Rating):
    """A rating for a conversation."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    conversation_id: str = Field(max_length=64)


class VisitorNamespace(PublicNamespace[Session]):
    """Customers on the widget; everything a visitor names is looked up among the visitor's own."""

    words = frozenset({"message", "choose"})

    def __init__(self, namespace: str, door: Door) -> None:
        super().__init__(namespace, per_second=door.messages_per_second)
        self.door = door

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Let a visitor in who has a token of this channel.

        Raises:
            ConnectionRefusedError: the channel is unknown or off, or the token is missing, forged or too old.
        """
        asked = auth if isinstance(auth, dict) else {}
        language = best_language(environ.get("HTTP_ACCEPT_LANGUAGE"))
        try:
            channel = await channel_store.channel_by_key_in_any_tenant(
                self.door.db, "webchat", str(asked.get("channel", ""))[:64]
            )
            cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
            cookie = cookies.get(cookie_name(channel))
            token = cookie.value if cookie else str(asked.get("session") or "")[:500]
            visitor = known_visitor(self.door.secret, channel, token)
            if visitor is None:
                raise Unauthenticated(N_("Open the chat again: this window's session is not valid any more."))
        except Problem as problem:
            raise refusal(problem, language) from problem
        self.sessions[sid] = Session(channel, visitor, language, self.buckets.of(visitor.id))
        await self.enter_room(sid, rooms.address(channel.id, visitor.id))

    @acknowledged
    async def on_message(self, sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Take words, files, a location, or a choice from the navigation menu; stored before it is acknowledged."""
        session = self.sessions[sid]
        message = inbound(session.channel, session.visitor, payload, self.door.db.now())
        if files_of(message.parts):
            uploader = f"visitor:{session.visitor.id}"
            parts = await files.described(self.door.db, message.tenant_id, message.parts, uploaded_by=uploader)
            message = message.model_copy(update={"parts": parts})
        message.meta["heard_by"] = sid
        heard = await self.door.accept(message)
        conversation = await self._shown(session, heard.conversation)
        return {"entry": entry_json(heard.entry), "conversation": conversation}

    on_choose = on_message

    async def _shown(self, session: Session, conversation: Conversation) -> orjson.Fragment:
        """Return a conversation for its customer; while it runs and does not change, what was made before."""
        if session.shown and session.shown[0] is conversation:
            return session.shown[1]
        shown = (await waiting.shown_to_customer(self.door.db, conversation)).as_json()
        session.shown = (conversation, shown) if conversation.state == "running" else None
        return shown

    @acknowledged
    async def on_typing(self, sid: str, payload: dict[str, Any]) -> None:
        """Tell the host that the customer types; kept nowhere."""
        session = self.sessions[sid]
        conversation = await self._live(session)
        if conversation and conversation.host:
            typing = {
                "conversation_id": conversation.id,
                "name": conversation.customer.name,
                "on": bool(payload.get("on")),
            }
            await self.door.emit("typing", typing, room=rooms.agent(conversation.host.id), namespace="/agent")

    @acknowledged
    async def on_read(self, sid: str, payload: dict[str, Any]) -> None:
        """Note how far the customer has read, and tell the host."""
        conversation, which = await self._own(sid, payload)
        seq = await self.door.live.read(conversation.tenant_id, conversation.id, "customer", which.seq)
        if conversation.host:
            read = {"conversation_id": conversation.id, "seq": seq}
            await self.door.emit("read", read, room=rooms.agent(conversation.host.id), namespace="/agent")

    @acknowledged
    async def on_since(self, sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return what the browser missed of a conversation after a number."""
        conversation, which = await self._own(sid, payload)
        db = self.door.db
        missed = await store.missed(db, conversation, which.seq)
        return {
            "entries": [view.as_json() for view in visitor_entries(missed.entries)],
            "through": missed.through,
            "complete": missed.complete,
            "conversation": (await waiting.shown_to_customer(db, conversation)).as_json(),
        }

    @acknowledged
    async def on_leave(self, sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Leave the queue, or the talk."""
        conversation, _ = await self._own(sid, payload)
        left = await service.leave(self.door.db, conversation.tenant_id, conversation.id, actor=_customer(conversation))
        return {"conversation": visitor_view(left).as_json()}

    @acknowledged
    async def on_rate(self, sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Keep the customer's rating of an ended conversation."""
        conversation, _ = await self._own(sid, payload)
        rating = Rating.model_validate(Rated.model_validate(payload).model_dump(exclude={"conversation_id"}))
        rated = await service.rate(
            self.door.db, conversation.tenant_id, conversation.id, rating, actor=_customer(conversation)
        )
        return {"conversation": visitor_view(rated).as_json()}

    async def _live(self, session: Session) -> Conversation | None:
        return await store.live_conversation(
            self.door.db, session.channel.tenant_id, session.channel.id, session.visitor.address
        )

    async def _own(self, sid: str, payload: dict[str, Any]) -> tuple[Conversation, Which]:
        """Return the conversation that the visitor names, if it is the visitor's own."""
        session = self.sessions[sid]
        which = Which.model_validate(payload)
        conversation = await store.conversation(self.door.db, session.channel.tenant_id, which.conversation_id)
        if conversation.channel_id != session.channel.id or conversation.address.value != session.visitor.id:
            raise NotFound
        return conversation, which


def _customer(conversation: Conversation) -> Actor:
    return Actor(kind="customer", id=conversation.customer.id, name=conversation.customer.name)
