"""The Socket.IO server and the agents' side of it; visitors' namespaces come from the channels."""

from __future__ import annotations

import asyncio
from http.cookies import SimpleCookie
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field
from pymongo.errors import PyMongoError
from socketio import AsyncNamespace, AsyncServer

from channels.base import Door
from conversation import handover, presence, service, store
from conversation.access import conversation_for, transcript_for
from conversation.model import Conversation
from conversation.views import conversation_view, entry_json
from core import rooms
from core.acknowledge import acknowledged
from core.errors import Problem, Unauthenticated
from core.message import MAX_PARTS, Sayable, files_of
from core.sockets import refusal
from gateway import telemetry
from gateway.auth.sessions import COOKIE, authenticate, renewed
from gateway.delivery import out_job
from gateway.fanout import Fanout, Json
from gateway.packets import Packet
from gateway.reading import require_files
from gateway.wire import shorten
from people import store as people_store
from people.access import AgentActor

log = structlog.get_logger("sockets")

HEARTBEAT = 10.0  # seconds between two words on who is connected; three missed ones mean away
LARGEST = 1_000_000  # bytes of one socket message


def socket_server(manager: Fanout | None) -> AsyncServer:
    """Return a Socket.IO server with the settings that docs/performance.md measured."""
    server = AsyncServer(
        async_mode="asgi",
        client_manager=manager,
        serializer=Packet,
        json=Json,
        async_handlers=False,  # keeps the order of what one client says
        cors_allowed_origins=None,  # our own origin only
        max_http_buffer_size=LARGEST,
        ping_interval=25,
        ping_timeout=20,
        http_compression=False,
        logger=False,
        engineio_logger=False,
        monitor_clients=False,  # it looks at one socket every few milliseconds; `wire.sweep` at all every 20 s
    )
    return shorten(server)


class Which(BaseModel):
    """A conversation, and a number in its journal."""

    model_config = ConfigDict(extra="ignore")

    conversation_id: str = Field(max_length=64)
    seq: int = Field(0, ge=0, le=9_999_998)
    on: bool = False


class AgentSays(BaseModel):
    """What an agent's browser sends as a message or note."""

    model_config = ConfigDict(extra="ignore")

    conversation_id: str = Field(max_length=64)
    client_id: str = Field(min_length=8, max_length=64)
    parts: tuple[Sayable, ...] = Field(min_length=1, max_length=MAX_PARTS)
    private: bool = False
    whisper: bool = False


class AgentNamespace(AsyncNamespace):  # type: ignore[misc]  # python-socketio has no types
    """Agents in the console."""

    def __init__(self, namespace: str, door: Door, *, process: str) -> None:
        super().__init__(namespace)
        self.door = door
        self.process = process
        self.actors: dict[str, AgentActor] = {}

    def language_of(self, sid: str) -> str:
        """Return the agent's language."""
        actor = self.actors.get(sid)
        return actor.language if actor else "en"

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Let an agent in who has a session, and seat the agent.

        Raises:
            ConnectionRefusedError: nobody is signed in.
        """
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(COOKIE)
        given = auth.get("session") if isinstance(auth, dict) else None
        token = cookie.value if cookie else str(given or "")[:500]
        db = self.door.db
        try:
            actor, _ = await authenticate(db, token, address=environ.get("REMOTE_ADDR", ""), now=db.now(), rotate=False)
            agent = await people_store.agent(db, actor.tenant_id, actor.id)
        except Problem as problem:
            raise refusal(problem) from problem
        self.actors[sid] = actor
        for room in actor.rooms():
            await self.enter_room(sid, room)
        if actor.may("conversation.serve"):
            await presence.sit_down(db, agent, process=self.process)

    async def on_disconnect(self, sid: str, reason: str = "") -> None:
        """Note that the browser left; the agent stands up when it was the last one here."""
        actor = self.actors.pop(sid, None)
        if actor is None or any(other.id == actor.id for other in self.actors.values()):
            return
        try:
            agent = await people_store.agent(self.door.db, actor.tenant_id, actor.id)
            await presence.stand_up(self.door.db, agent, process=self.process)
        except (Problem, PyMongoError) as error:  # the missing heartbeat says the same half a minute later
            log.warning("sockets.stand_up_failed", error=repr(error))

    async def beat(self) -> None:
        """Say every few seconds who is connected here, and let go of those who were signed out; runs for ever."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            try:
                await self.beat_once()
            except (Problem, PyMongoError) as error:  # the store may be away; the next beat tells again
                log.warning("sockets.heartbeat_failed", error=repr(error))

    async def beat_once(self) -> None:
        """Say who is connected here."""
        await self._let_go_of_signed_out()
        agents = {(actor.tenant_id, actor.id) for actor in self.actors.values()}
        await presence.seen(self.door.db, agents, process=self.process)

    async def _let_go_of_signed_out(self) -> None:
        db = self.door.db
        for sid, known in list(self.actors.items()):
            try:
                actor = await renewed(db, known, now=db.now())  # by the session: tokens change hourly, sockets stay
            except Unauthenticated:
                await self.disconnect(sid)
                continue
            if sid in self.actors:
                await self._follow_rights(sid, actor)

    async def _follow_rights(self, sid: str, actor: AgentActor) -> None:
        """Move a socket into the rooms of its agent's present rights."""
        before, after = self.actors[sid].rooms(), actor.rooms()
        self.actors[sid] = actor
        for room in after - before:
            await self.enter_room(sid, room)
        for room in before - after:
            await self.leave_room(sid, room)

    @acknowledged
    async def on_message(self, sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Say something to the customer, or write a private note; stored before it is acknowledged."""
        actor = self.actors[sid]
        actor.require("conversation.serve")
        says = AgentSays.model_validate(payload)
        db = self.door.db
        await self._seen(actor, says.conversation_id)
        await require_files(db, actor, files_of(says.parts))
        entry = await service.speak(
            self.door.live,
            actor,
            says.conversation_id,
            says.parts,
            client_id=says.client_id,
            private="whisper" if says.whisper else "note" if says.private else None,
            outward=lambda conversation: out_job(conversation, db),
            heard_by=sid,
        )
        telemetry.BY_AGENTS.inc()
        return {"entry": entry_json(entry)}

    @acknowledged
    async def on_active(self, sid: str, payload: dict[str, Any]) -> None:
        """Note that the agent does something at the console (spec 3.3)."""
        actor = self.actors[sid]
        await presence.active(self.door.db, actor.tenant_id, actor.id)

    @acknowledged
    async def on_typing(self, sid: str, payload: dict[str, Any]) -> None:
        """Tell the customer that the agent types; kept nowhere."""
        actor, which = self.actors[sid], Which.model_validate(payload)
        conversation = await self._seen(actor, which.conversation_id)
        if conversation.speaks(actor.id):
            typing = {"conversation_id": conversation.id, "name": actor.name, "on": which.on}
            room = rooms.address(conversation.channel_id, conversation.address.value)
            await self.door.emit("typing", typing, room=room, namespace="/visitor")

    @acknowledged
    async def on_read(self, sid: str, payload: dict[str, Any]) -> None:
        """Note how far the host has read, and tell the customer."""
        actor, which = self.actors[sid], Which.model_validate(payload)
        conversation = await self._seen(actor, which.conversation_id)
        if conversation.host and conversation.host.id == actor.id:
            seq = await self.door.live.read(actor.tenant_id, conversation.id, "agent", which.seq)
            read = {"conversation_id": conversation.id, "seq": seq}
            room = rooms.address(conversation.channel_id, conversation.address.value)
            await self.door.emit("read", read, room=room, namespace="/visitor")

    @acknowledged
    async def on_watch(self, sid: str, payload: dict[str, Any]) -> None:
        """Follow the transcript of a conversation that somebody else hosts; unseen, and in the audit log (spec 4.6)."""
        actor, which = self.actors[sid], Which.model_validate(payload)
        conversation = await conversation_for(self.door.db, actor, which.conversation_id)
        await self.enter_room(sid, rooms.transcript(which.conversation_id))
        if conversation.state == "running" and not conversation.speaks(actor.id):
            await handover.listened(self.door.db, actor, conversation)

    @acknowledged
    async def on_unwatch(self, sid: str, payload: dict[str, Any]) -> None:
        """Follow it no longer."""
        which = Which.model_validate(payload)
        await self.leave_room(sid, rooms.transcript(which.conversation_id))

    @acknowledged
    async def on_since(self, sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return what the browser missed of a conversation after a number."""
        actor, which = self.actors[sid], Which.model_validate(payload)
        db = self.door.db
        conversation = await transcript_for(db, actor, which.conversation_id)
        missed = await store.missed(db, conversation, which.seq)
        return {
            "entries": [entry_json(entry) for entry in missed.entries],
            "through": missed.through,
            "complete": missed.complete,
            "conversation": conversation_view(conversation).as_json(),
        }

    async def _seen(self, actor: AgentActor, conversation_id: str) -> Conversation:
        """Return a conversation that the actor may see, from memory when the actor hosts it: the hot path."""
        conversation = await self.door.live.look(actor.tenant_id, conversation_id)
        if conversation.host and conversation.host.id == actor.id:
            return conversation
        return await conversation_for(self.door.db, actor, conversation_id)
