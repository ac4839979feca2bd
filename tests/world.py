"""A small world with people in it: agents at their consoles, visitors at the widget, one real server, one moved clock.

Everybody acts through the public face: HTTP and Socket.IO. The server, MongoDB and Valkey are real; only time is ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import uvicorn

from channels.base import Channel
from channels.running import RUN_CHANNEL
from conversation.model import Conversation
from core.db import Database, Insert, Save
from core.ids import new_id
from core.jobs import Worker
from gateway import wiring
from gateway.app import Web, open_web
from gateway.auth import passwords
from gateway.delivery import Delivery
from gateway.fanout import Fanout
from gateway.protocol import ShortProtocol
from gateway.settings import Settings
from people import store as people_store
from people.model import Agent, Group
from people.service.founding import Founded, found
from tests.browsers import PATIENCE, Browser, Refused, until
from tests.clock import FakeClock
from tests.people import PASSWORD, Console, Visitor, words
from ticketing.model import CatalogNode

__all__ = ["PASSWORD", "PATIENCE", "Browser", "Console", "Refused", "Visitor", "World", "a_world", "until", "words"]

BEAT = timedelta(seconds=25)  # at most between two heartbeats: half a minute without one means away
_numbers = itertools.count(1)
_hashed: list[str] = []


@dataclass
class World:
    """One company with a server, and the people around it."""

    db: Database
    clock: FakeClock
    web: Web
    worker: Worker
    url: str
    founded: Founded
    channel: Channel
    settings: Settings
    people: list[Browser] = field(default_factory=list)
    _settling: asyncio.Lock = field(default_factory=asyncio.Lock)
    _webs: list[Web] = field(default_factory=list)
    _others: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    @property
    def tenant_id(self) -> str:
        """The company's id."""
        return self.founded.tenant.id

    @property
    def desk(self) -> Group:
        """The central desk, where everybody is unless the story says otherwise."""
        return self.founded.desk

    async def settles(self) -> None:
        """Let everything that is due happen."""
        async with self._settling:
            await self.worker.run_due()

    async def advance(self, *, beating: bool = True, **by: float) -> datetime:
        """Let time pass: each job runs at its due time; web processes beat unless they are ``beating=False``.

        Agents who sit at the console use it all the time, unless they are ``asleep``.
        """
        end = self.clock.now() + timedelta(**by)
        while self.clock.now() < end:
            waiting = {"run_at": {"$type": "date"}, "kind": {"$ne": RUN_CHANNEL}}  # readers run all the time
            following = await self.db["jobs"].find(waiting).sort("run_at").to_list(1)
            due = following[0]["run_at"] if following else end
            step = min(end, max(due, self.clock.now() + timedelta(milliseconds=1)), self.clock.now() + BEAT)
            self.clock.advance(seconds=(step - self.clock.now()).total_seconds())
            if beating:
                await asyncio.gather(*(person.stirs() for person in self.people))
                await asyncio.gather(*(web.agents.beat_once() for web in (self.web, *self._webs)))
            await self.settles()
        return self.clock.now()

    async def agent(
        self, name: str, *, groups: list[str] | None = None, role: str = "agent", limit: int = 5, at: str = ""
    ) -> Console:
        """Return a new agent, signed in but not sitting down yet."""
        now = self.db.now()
        email = f"{name.lower().replace(' ', '.')}.{next(_numbers)}@example.com"
        made = Agent(
            id=new_id(now),
            tenant_id=self.tenant_id,
            name=name,
            email=email,
            password_hash=await hashed(),
            role_id=next(r.id for r in self.founded.roles if r.built_in == role),
            group_ids=tuple(groups or [self.desk.id]),
            activated_at=now,
            created_at=now,
            updated_at=now,
        )
        await self.db.commit(Insert(made))
        console = await Console(self, "/agent", url=at, email=email).signs_in()
        if limit != 5:
            await console.sets_limit(limit)
        return console

    async def agent_on_duty(self, name: str, **more: Any) -> Console:
        """Return a new agent who sits at the console."""
        return await (await self.agent(name, **more)).sits_down()

    async def founder(self) -> Console:
        """Return the founder, who may do everything, signed in."""
        return await Console(self, "/agent", email=self.founded.founder.email).signs_in()

    async def visitor(self, *, language: str = "en", channel: Channel | None = None, at: str = "") -> Visitor:
        """Return a new visitor with the widget open."""
        visitor = Visitor(self, "/visitor", language, at, channel_key=(channel or self.channel).key)
        await visitor.opens_widget()
        return visitor

    async def talk(self, name: str = "Ann", *, about: str = "Where is my order?") -> tuple[Console, Visitor, str]:
        """Return an agent and a visitor who are in a conversation, and its id."""
        agent = await self.agent_on_duty(name)
        visitor = await self.visitor()
        conversation_id = await visitor.asks(about)
        await agent.is_given(visitor)
        return agent, visitor, conversation_id

    async def setting(self, **settings: Any) -> None:
        """Change the company's settings."""
        tenant = await people_store.tenant(self.db, self.tenant_id)
        changed = tenant.settings.model_copy(update=settings)
        await self.db.commit(Save(tenant.changed(settings=changed), was=tenant))

    async def entry_of_catalog(self, name: str, **fields: Any) -> CatalogNode:
        """Return a new entry of the service catalog."""
        made = CatalogNode(id=new_id(self.db.now()), tenant_id=self.tenant_id, name=name, **fields)
        await self.db.commit(Insert(made))
        return made

    async def second_web(self) -> str:
        """Start another web process on the same stores, and return its address."""
        web, url, stop = await _serve(self._beside(), self.settings)
        self._others.append(stop)
        self._webs.append(web)
        return url

    async def second_worker(self) -> Worker:
        """Return another worker process on the same stores: it tells browsers through Valkey alone."""
        db, fanout = self._beside(), Fanout(str(self.settings.redis_url), write_only=True)
        self._others.append(fanout.close)
        told = Delivery(db, fanout.emit)
        door = wiring.open_door(db, told, self.settings)
        self._others.append(door.kept.close)
        return Worker(db, wiring.job_handlers(door, told, self.settings), lanes=wiring.LANES)

    def _beside(self) -> Database:
        """Return the database as another process has it: nothing is heard of others' commits."""
        return Database(self.db.client, self.db.name, self.clock, handlers=wiring.EVENT_HANDLERS)

    async def another_company(self, name: str = "Blue Teapot") -> World:
        """Return another company on the same server, a world of its own."""
        founded = await _found(self.db, name)
        other = replace(self, founded=founded)
        other.channel = await other.web_channel()
        return other

    async def group(self, name: str, *, is_desk: bool = True) -> Group:
        """Return a new desk."""
        now = self.db.now()
        made = Group(
            id=new_id(now), tenant_id=self.tenant_id, name=name, is_desk=is_desk, created_at=now, updated_at=now
        )
        await self.db.commit(Insert(made))
        return made

    async def web_channel(
        self, key: str = "", *, desk_id: str | None = None, language: Literal["en", "zh-CN"] = "en", **settings: Any
    ) -> Channel:
        """Return a new web chat channel."""
        now = self.db.now()
        made = Channel(
            id=new_id(now),
            tenant_id=self.tenant_id,
            kind="webchat",
            name="Web",
            key=key or f"shop-{next(_numbers)}",
            desk_id=desk_id,
            language=language,
            settings=settings,
            created_at=now,
            updated_at=now,
        )
        await self.db.commit(Insert(made))
        return made

    async def stored(self, conversation_id: str) -> Conversation:
        """Return a conversation as it is stored."""
        found = await self.db["conversations"].find_one({"_id": conversation_id, "tenant_id": self.tenant_id})
        assert found
        return Conversation.from_mongo(found)

    async def colleague(self, console: Console) -> Agent:
        """Return the stored agent behind a console."""
        return await people_store.agent(self.db, self.tenant_id, console.id)


async def hashed() -> str:
    """Return the hash of everybody's password, made once per test process."""
    if not _hashed:
        _hashed.append(await passwords.hash_password(PASSWORD))
    return _hashed[0]


async def _found(db: Database, company: str) -> Founded:
    now = db.now()
    return await found(
        db,
        tenant_id=new_id(now),
        company=company,
        name="Fay Founder",
        email=f"fay.{next(_numbers)}@example.com",
        password_hash=await hashed(),
        language="en",
        time_zone="Asia/Shanghai",
        now=now,
    )


async def _serve(db: Database, settings: Settings) -> tuple[Web, str, Callable[[], Awaitable[None]]]:
    """Serve a web process on a free port of loopback; return it, its address, and how to stop it."""
    web = await open_web(settings, db=db)
    config = uvicorn.Config(
        web.asgi, port=0, lifespan="off", log_config=None, ws=ShortProtocol, ws_ping_interval=0,
        ws_max_size=2_000_000, access_log=False, timeout_graceful_shutdown=5, timeout_keep_alive=75,
    )  # fmt: skip
    # Listens from here on, so nobody needs to wait. asyncio knows by the protocol that it may switch Nagle off: without
    # it, every second word that is told waits 40 ms for the acknowledgement of the first.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(100)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # signals are pytest's
    serving = asyncio.create_task(server.serve(sockets=[listening]))

    async def stop() -> None:
        await web.stop()
        server.should_exit = True
        await serving
        listening.close()

    return web, f"http://127.0.0.1:{listening.getsockname()[1]}", stop


@contextlib.asynccontextmanager
async def a_world(db: Database, clock: FakeClock, redis_url: str, **settings: Any) -> AsyncIterator[World]:
    """Found a company on an empty database and serve it; ``settings`` are the web process's, where they matter."""
    usual: dict[str, Any] = {
        "mongodb_url": "",
        "redis_url": redis_url,
        "secret": b"a secret of thirty-two characters or more",
        "public_url": "http://127.0.0.1:0",
        "development": True,
        "connections_per_address": 0,
    }
    chosen = Settings(**(usual | settings))
    web, url, stop = await _serve(db, chosen)
    founded = await _found(db, "Lantern & Leaf")
    worker = Worker(db, wiring.job_handlers(web.door, web.delivery, chosen), lanes=wiring.LANES)
    world = World(db, clock, web, worker, url, founded, channel=None, settings=chosen)  # type: ignore[arg-type]
    world.channel = await world.web_channel()
    try:
        yield world
    finally:
        everybody = {id(person): person for person in world.people}.values()
        await _within_patience(*(person.leaves() for person in everybody))
        world.worker.stop()
        await _within_patience(world.worker.run())
        await _within_patience(stop(), *(other() for other in world._others))


async def _within_patience(*endings: Awaitable[None]) -> None:
    """Wait for all of them; when one does not end, fail with what everybody waits for."""
    try:
        async with asyncio.timeout(30):
            await asyncio.gather(*endings)
    except TimeoutError:
        for task in asyncio.all_tasks():
            task.print_stack(file=sys.stdout)
        raise
