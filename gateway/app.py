"""The application: everything wired by hand in one place, as one ASGI application (architecture)."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import redis.asyncio
import socketio
import structlog
from pymongo.errors import PyMongoError
from quart import Quart
from quart_schema import APIKeySecurityScheme, HttpSecurityScheme, Info, QuartSchema

import channels.api
import channels.email.api
import channels.email.texts_api
import channels.email.threads_api
import conversation.api
import gateway.api
import gateway.auth.api
import people.api
import ticketing.api
import widgets
from channels import CHANNELS
from channels.base import Door
from conversation import watching
from conversation.live import Live
from conversation.model import Conversation, Entry
from core.clock import Clock, SystemClock
from core.db import Committed, Database, connect
from core.errors import Problem
from core.ids import new_secret
from core.tasks import end
from core.words import translate
from gateway import guests, http, mail, pages, rating, telemetry, wiring
from gateway.auth import sessions
from gateway.delivery import Delivery
from gateway.fanout import Fanout
from gateway.openapi import Document
from gateway.settings import Settings
from gateway.sockets import AgentNamespace, socket_server
from gateway.wire import sweep

log = structlog.get_logger("app")

HEEDED_EVERY = 0.5  # seconds
GOODBYE = 0.5  # seconds at most that browsers get to hear the goodbye and to leave by themselves

Scope = dict[str, Any]
Asgi = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


@dataclass
class Web:
    """A web process: the ASGI application and what is behind it; started and stopped in stages."""

    settings: Settings
    db: Database
    fanout: Fanout | None
    redis: redis.asyncio.Redis | None
    process: str
    asgi: Asgi = field(init=False)
    quart: Quart = field(init=False)
    live: Live = field(init=False)
    delivery: Delivery = field(init=False)
    door: Door = field(init=False)
    sockets: socketio.AsyncServer = field(init=False)
    stopping: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _answered: dict[str, set[str]] = field(default_factory=dict)  # tenant → conversations, since the last look

    def __post_init__(self) -> None:
        self.sockets = socket_server(self.fanout)
        self.live = Live(self.db, self._told)
        emit = self.fanout.emit if self.fanout else self.sockets.emit
        self.delivery = Delivery(self.db, emit)
        door = self.door = wiring.open_door(self.db, self.delivery, self.settings, self.live)
        sessions.watch(self.db)
        self.quart = application(self.settings, self.db, self.redis, door, self)
        self.agents = AgentNamespace("/agent", door, process=self.process)
        self.sockets.register_namespace(self.agents)
        self.guests = guests.GuestNamespace("/guest", door)
        self.sockets.register_namespace(self.guests)
        for adapter in CHANNELS.values():
            for namespace in adapter.sockets(door):
                self.sockets.register_namespace(namespace)
        bounded = BoundedConnections(self.settings.connections_per_address)
        self.asgi = bounded.around(socketio.ASGIApp(self.sockets, self.quart), self.sockets)
        if self.fanout:
            self.db.listeners.append(self._wake_workers)
            self.fanout.after_gap = self._after_gap

    async def _told(self, conversation: Conversation, entry: Entry, heard_by: str | None) -> None:
        await self.delivery.said(conversation, entry, heard_by)
        if entry.kind == "message" and entry.author.kind == "agent":
            self._answered.setdefault(entry.tenant_id, set()).add(conversation.id)

    async def heed(self) -> None:
        """End alarms twice a second, so that answers themselves cost nothing; runs for ever."""
        while True:
            await asyncio.sleep(HEEDED_EVERY)
            try:
                await self.heed_once()
            except (Problem, PyMongoError) as error:  # the timer over the conversation does it later
                log.warning("web.not_heeded", error=repr(error))

    async def heed_once(self) -> None:
        """End the alarms of what was answered here since the last look."""
        answered, self._answered = self._answered, {}
        for tenant_id, ids in answered.items():
            await watching.heed(self.db, tenant_id, ids)

    async def _wake_workers(self, committed: Committed) -> None:
        if committed.due_at and self.fanout:
            await self.fanout.wake_workers()

    async def _after_gap(self) -> None:
        """Ask every browser at this process to look again: Redis was away, others' words may be missed."""
        for namespace in ("/agent", "/visitor", "/guest"):
            await self.sockets.emit("resync", {}, namespace=namespace, ignore_queue=True)

    async def start(self) -> None:
        """Begin to beat, and tell again what may not have been told when a process died."""
        self._tasks.append(asyncio.create_task(self.agents.beat()))
        self._tasks.append(asyncio.create_task(self.guests.beat()))
        self._tasks.append(asyncio.create_task(self.delivery.tell_again()))
        self._tasks.append(asyncio.create_task(self.heed()))
        self._tasks.append(asyncio.create_task(sweep(self.sockets)))

    async def stop(self) -> None:
        """Stop in stages: say goodbye, let go of sockets, write what waits, close the stores."""
        self.stopping = True
        for namespace in ("/agent", "/visitor", "/guest"):
            await self.sockets.emit("goodbye", {}, namespace=namespace, ignore_queue=True)
        for _ in range(25):
            if all(socket.closed for socket in self.sockets.eio.sockets.values()):
                break
            await asyncio.sleep(GOODBYE / 25)
        await end(self._tasks)
        await self.live.close()
        await self.door.kept.close()
        if self.fanout:
            await self.fanout.close()
        if self.redis:
            await self.redis.aclose()


@dataclass
class _Handshake:
    """A request that may begin a session of Engine.IO by long polling."""

    address: str
    session: str | None = None


_handshake: ContextVar[_Handshake | None] = ContextVar("_handshake", default=None)


class BoundedConnections:
    """Refuses sockets, and sessions by long polling, beyond a number per network address, before they cost anything."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.open: Counter[str] = Counter()
        self._polling: dict[str, str] = {}  # session → address

    def around(self, app: Asgi, sockets: socketio.AsyncServer) -> Asgi:
        """Return the application behind the limit."""
        self._follow(sockets.eio)

        async def bounded(scope: Scope, receive: Any, send: Any) -> None:
            if not self.most or not (scope["type"] == "websocket" or _begins_polling(scope)):
                await app(scope, receive, send)
                return
            address = (scope.get("client") or ("",))[0]
            if self.open[address] >= self.most:
                telemetry.REFUSED.inc()
                await _refuse(scope, receive, send)
                return
            self.open[address] += 1
            handshake = _Handshake(address)
            if scope["type"] != "websocket":
                _handshake.set(handshake)
            try:
                await app(scope, receive, send)
            finally:
                if handshake.session is None:  # a session is longer than the request that began it
                    self._left(address)

        return bounded

    def _follow(self, server: Any) -> None:
        """Hear when sessions begin and end."""
        began, ended = server.handlers["connect"], server.handlers["disconnect"]

        async def begin(session: str, environ: dict[str, Any]) -> Any:
            handshake = _handshake.get()
            if handshake:
                handshake.session = session
                self._polling[session] = handshake.address
            return await began(session, environ)

        async def end(session: str, reason: Any) -> Any:
            if address := self._polling.pop(session, None):
                self._left(address)
            return await ended(session, reason)

        server.on("connect", begin)
        server.on("disconnect", end)

    def _left(self, address: str) -> None:
        self.open[address] -= 1
        if not self.open[address]:
            del self.open[address]


def _begins_polling(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["path"].startswith("/socket.io/") and b"sid=" not in scope["query_string"]


async def _refuse(scope: Scope, receive: Any, send: Any) -> None:
    """Answer the handshake with 429 and a problem document, where the server can; else just close."""
    await receive()
    kind = "http.response" if scope["type"] == "http" else "websocket.http.response"
    if scope["type"] == "websocket" and kind not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1013})
        return
    problem = {"type": "/problems/too_many", "title": "Too many connections", "status": 429, "code": "too_many",
               "detail": "Too many connections from this address. Close some windows, or try again later."}  # fmt: skip
    headers = [(b"content-type", b"application/problem+json"), (b"retry-after", b"30")]
    await send({"type": f"{kind}.start", "status": 429, "headers": headers})
    await send({"type": f"{kind}.body", "body": orjson.dumps(problem)})


def application(
    settings: Settings, db: Database, redis_client: redis.asyncio.Redis | None, door: Door, web: Web
) -> Quart:
    """Return the HTTP side: API, visitors' calls, pages."""
    app = Quart("gateway", template_folder=str(Path(widgets.ROOT) / "templates"), static_folder=None)
    app.config["WAYSTATION"] = settings
    app.config["QUART_SCHEMA_CONVERSION_PREFERENCE"] = "pydantic"
    app.extensions["database"] = db
    app.extensions["redis"] = redis_client
    app.extensions["web"] = web
    app.extensions["door"] = door
    app.jinja_env.globals["_"] = translate_page
    app.extensions["openapi"] = QuartSchema(
        app,
        openapi_path="/api/v1/openapi.json",
        redoc_ui_path=None,
        scalar_ui_path=None,
        swagger_ui_path=None,
        info=Info(
            title="Waystation",
            version="1",
            description="Everything the console does, for programs. Errors are RFC 9457 problem documents; lists page "
            "by cursor (`after`, `next`); a POST with an `Idempotency-Key` is done once.",
        ),
        security_schemes={
            "session": HttpSecurityScheme(scheme="bearer"),
            "cookie": APIKeySecurityScheme(in_="cookie", name="waystation_session"),
        },
        security=[{"session": []}, {"cookie": []}],
        openapi_provider_class=Document,
    )
    http.protect(app, settings)
    for blueprint in (
        gateway.auth.api.blueprint,
        people.api.blueprint,
        ticketing.api.blueprint,
        conversation.api.blueprint,
        guests.blueprint,
        channels.api.blueprint,
        channels.email.api.blueprint,
        channels.email.threads_api.blueprint,
        channels.email.texts_api.blueprint,
        gateway.api.blueprint,
        pages.blueprint,
        rating.blueprint,
    ):
        app.register_blueprint(blueprint)
    if settings.development:
        app.register_blueprint(mail.blueprint)
    for adapter in CHANNELS.values():
        routes = adapter.routes(door)
        if routes is not None:
            app.register_blueprint(routes)
    return app


def translate_page(sentence: str) -> str:
    """Translate a template's sentence into the language of the request."""
    from quart import g

    return translate(g.get("language", "en"), sentence)


async def open_web(settings: Settings, *, clock: Clock | None = None, db: Database | None = None) -> Web:
    """Return a web process's application, connected to its stores."""
    db = db or await connect(settings.mongodb_url, clock=clock or SystemClock())
    db.handlers = wiring.EVENT_HANDLERS
    fanout = Fanout(settings.redis_url) if settings.redis_url else None
    client = (
        redis.asyncio.Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2)
        if settings.redis_url
        else None
    )
    return Web(settings=settings, db=db, fanout=fanout, redis=client, process=new_secret()[:12].replace("-", "0"))


@contextlib.asynccontextmanager
async def serving(web: Web) -> Any:
    """Start the application for as long as the block runs."""
    await web.start()
    try:
        yield web
    finally:
        await web.stop()
