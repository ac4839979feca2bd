"""A small world with people in it: agents at their consoles, visitors at the widget, one real server, one moved clock.

Everybody acts through the public face: HTTP and Socket.IO. The server, MongoDB and Valkey are real; only time is ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import aiohttp
import socketio
import uvicorn

from channels.base import Channel
from conversation.model import Conversation
from core.db import Database, Insert
from core.ids import new_id
from core.jobs import Worker
from gateway import wiring
from gateway.app import Web, open_web
from gateway.auth import passwords
from gateway.settings import Settings
from people import store as people_store
from people.model import Agent, Group
from people.service.founding import Founded, found
from tests.clock import FakeClock

PASSWORD = "a-long-walk-to-the-lantern"
BEAT = timedelta(seconds=10)  # of the web process's heartbeat
PATIENCE = 10.0  # seconds of real time that something may take to arrive
_numbers = itertools.count(1)
_hashed: list[str] = []


class Refused(AssertionError):  # noqa: N818  says what happened
    """The server refused something that the story expected to work; carries the problem."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(str(problem))
        self.problem = problem


async def until(condition: Any, what: str) -> None:
    """Wait until a condition about what was heard holds; it is looked at whenever something is heard."""
    try:
        await asyncio.wait_for(condition(), PATIENCE)
    except TimeoutError:
        raise AssertionError(f"It did not happen: {what}") from None


@dataclass
class Heard:
    """What a browser was told, in order; stories wait on it."""

    things: list[tuple[str, Any]] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def note(self, name: str, data: Any) -> None:
        """Keep what was told."""
        async with self._news:
            self.things.append((name, data))
            self._news.notify_all()

    def all(self, name: str) -> list[Any]:
        """Return everything told under a name so far."""
        return [data for told, data in self.things if told == name]

    async def wait_for(self, name: str, matches: Any = lambda _: True) -> Any:
        """Return the first thing told under the name that matches, waiting for it if need be."""

        async def find() -> Any:
            async with self._news:
                while True:
                    for told, data in self.things:
                        if told == name and matches(data):
                            return data
                    await self._news.wait()

        try:
            return await asyncio.wait_for(find(), PATIENCE)
        except TimeoutError:
            raise AssertionError(f"never heard {name}; heard {[told for told, _ in self.things]}") from None


@dataclass
class Browser:
    """A person's browser: a cookie jar, and a socket."""

    world: World
    namespace: str
    language: str = "en"
    heard: Heard = field(default_factory=Heard)
    http: aiohttp.ClientSession = field(init=False)
    socket: socketio.AsyncClient | None = None

    def __post_init__(self) -> None:
        self.http = aiohttp.ClientSession(
            base_url=self.world.url,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"Origin": self.world.url, "Accept-Language": self.language},
        )

    async def call(self, method: str, path: str, **fields: Any) -> Any:
        """Call the API; return the JSON of the answer, or raise `Refused` with the problem."""
        headers = fields.pop("headers", None)
        arguments: dict[str, Any] = {"params": fields} if method == "GET" else {"json": fields}
        async with self.http.request(method, path, headers=headers, **arguments) as response:
            answer = await response.json(content_type=None)
            if response.status >= 400:
                raise Refused(answer)
            return answer

    async def uploads(self, path: str, name: str, body: bytes, media_type: str) -> Any:
        """Upload a file and return what is known of it."""
        headers = {"Content-Type": media_type, "X-Filename": name}
        async with self.http.post(path, data=body, headers=headers) as response:
            answer = await response.json(content_type=None)
            if response.status >= 400:
                raise Refused(answer)
            return answer

    async def opens_socket(self, auth: dict[str, Any]) -> None:
        """Connect the socket; everything told is noted in order."""
        client = socketio.AsyncClient(reconnection=False)
        for name in ("entry", "conversation", "typing", "read", "pushed", "assigned", "resync", "goodbye"):
            client.on(name, self._noting(name), namespace=self.namespace)
        cookies = "; ".join(f"{c.key}={c.value}" for c in self.http.cookie_jar)
        headers = {"Cookie": cookies, "Origin": self.world.url, "Accept-Language": self.language}
        await client.connect(
            self.world.url, headers=headers, auth=auth, namespaces=[self.namespace], transports=["websocket"]
        )
        self.socket = client

    def _noting(self, name: str) -> Any:
        async def note(data: Any) -> None:
            await self.heard.note(name, data)

        return note

    async def emits(self, event: str, **payload: Any) -> dict[str, Any]:
        """Say something on the socket; return the acknowledgement, or raise `Refused` with the problem."""
        assert self.socket is not None, "not connected"
        answer = await self.socket.call(event, payload, namespace=self.namespace, timeout=PATIENCE)
        if not answer["ok"]:
            raise Refused(answer["problem"])
        return answer  # type: ignore[no-any-return]

    async def closes_window(self) -> None:
        """Close the socket as a closed window does."""
        if self.socket:
            await self.socket.disconnect()
            self.socket = None

    async def leaves(self) -> None:
        """Close everything."""
        await self.closes_window()
        await self.http.close()


@dataclass
class Visitor(Browser):
    """A customer on the widget."""

    channel_key: str = ""
    opening: dict[str, Any] = field(default_factory=dict)
    conversation: dict[str, Any] | None = None

    async def opens_widget(self) -> dict[str, Any]:
        """Open the chat window: the cookie, what it begins with, and the socket."""
        async with self.http.get(f"/chat/{self.channel_key}") as frame:
            assert frame.status == 200, await frame.text()
        self.opening = await self.call("GET", f"/chat/{self.channel_key}/opening")
        self.conversation = self.opening["conversation"]
        await self.opens_socket({"channel": self.channel_key, "session": self.opening["session"]})
        return self.opening

    async def says(self, text: str, *, client_id: str | None = None, **more: Any) -> dict[str, Any]:
        """Say words; return the stored entry."""
        parts = more.pop("parts", None) or [{"type": "text", "text": text}]
        answer = await self.emits("message", client_id=client_id or f"client-{next(_numbers)}", parts=parts, **more)
        self.conversation = answer["conversation"]
        return answer["entry"]  # type: ignore[no-any-return]

    async def chooses(self, item_id: str, label: str = "") -> dict[str, Any]:
        """Click an entry of the navigation menu."""
        answer = await self.emits("choose", client_id=f"client-{next(_numbers)}", item_id=item_id, label=label)
        self.conversation = answer["conversation"]
        return answer["entry"]  # type: ignore[no-any-return]

    async def sends_file(self, name: str, body: bytes, media_type: str, *, kind: str = "file") -> dict[str, Any]:
        """Upload a file and send it as a message."""
        stored = await self.uploads(f"/chat/{self.channel_key}/files", name, body, media_type)
        return await self.says("", parts=[{"type": kind, "file_id": stored["id"], "name": name}])

    async def sees(self, text: str) -> dict[str, Any]:
        """Wait until a message with these words is shown."""
        return await self.heard.wait_for("entry", lambda entry: words(entry) == text)  # type: ignore[no-any-return]

    async def sees_state(self, state: str) -> dict[str, Any]:
        """Wait until the conversation is told to be in a state."""
        return await self.heard.wait_for("conversation", lambda told: told["state"] == state)  # type: ignore[no-any-return]

    async def sees_position(self, position: int) -> None:
        """Wait until this place in the queue is told."""
        await self.heard.wait_for("conversation", lambda told: told["position"] == position)

    async def rates(self, score: int, comment: str = "") -> None:
        """Rate the conversation."""
        assert self.conversation
        await self.emits("rate", conversation_id=self.conversation["id"], score=score, comment=comment)

    async def leaves_queue(self) -> dict[str, Any]:
        """Leave the queue, or the talk."""
        assert self.conversation
        answer = await self.emits("leave", conversation_id=self.conversation["id"])
        return answer["conversation"]  # type: ignore[no-any-return]

    async def transcript(self, since: int = 0) -> list[dict[str, Any]]:
        """Return what the widget would load after a gap."""
        assert self.conversation
        answer = await self.emits("since", conversation_id=self.conversation["id"], seq=since)
        return answer["entries"]  # type: ignore[no-any-return]


@dataclass
class Console(Browser):
    """An agent in the console."""

    email: str = ""
    id: str = ""
    me: dict[str, Any] = field(default_factory=dict)

    async def signs_in(self) -> Self:
        """Sign in with the password, without sitting down yet."""
        await self.call("POST", "/api/v1/sign-in", email=self.email, password=PASSWORD)
        self.me = await self.call("GET", "/api/v1/me")
        self.id = self.me["id"]
        return self

    async def sits_down(self) -> Self:
        """Connect the console's socket: the agent is there now."""
        await self.opens_socket({})
        await self.world.settles()
        return self

    async def sets_limit(self, limit: int) -> None:
        """Serve at most so many customers at once."""
        await self.call("PUT", "/api/v1/me/limit", limit=limit)
        await self.world.settles()

    async def is_given(self, visitor: Visitor) -> dict[str, Any]:
        """Wait until the visitor's conversation is assigned to this agent, and return it."""
        assert visitor.conversation
        wanted = visitor.conversation["id"]

        def mine(told: dict[str, Any]) -> bool:
            return (
                told["name"] == "conversation"
                and told["data"]["id"] == wanted
                and (told["data"]["host"] or {}).get("id") == self.id
            )

        pushed = await self.heard.wait_for("pushed", mine)
        return pushed["data"]  # type: ignore[no-any-return]

    async def says(
        self, conversation_id: str, text: str, *, private: bool = False, client_id: str | None = None
    ) -> dict[str, Any]:
        """Answer the customer, or write a private note."""
        answer = await self.emits(
            "message",
            conversation_id=conversation_id,
            client_id=client_id or f"client-{next(_numbers)}",
            parts=[{"type": "text", "text": text}],
            private=private,
        )
        return answer["entry"]  # type: ignore[no-any-return]

    async def sees(self, text: str) -> dict[str, Any]:
        """Wait until a message with these words is shown."""
        return await self.heard.wait_for("entry", lambda entry: words(entry) == text)  # type: ignore[no-any-return]

    async def takes(self, conversation_id: str) -> dict[str, Any]:
        """Take a waiting conversation."""
        return await self.call("POST", f"/api/v1/conversations/{conversation_id}/take")  # type: ignore[no-any-return]

    async def ends(self, conversation_id: str, outcome: str, **more: Any) -> dict[str, Any]:
        """End a conversation; return it with its ticket."""
        ended = await self.call("POST", f"/api/v1/conversations/{conversation_id}/end", outcome=outcome, **more)
        await self.world.settles()
        return ended  # type: ignore[no-any-return]

    async def box(self, box: str) -> list[dict[str, Any]]:
        """Return one box of the inbox."""
        return (await self.call("GET", "/api/v1/conversations", box=box))["items"]  # type: ignore[no-any-return]

    async def transcript(self, conversation_id: str) -> list[dict[str, Any]]:
        """Return the transcript as the console loads it."""
        path = f"/api/v1/conversations/{conversation_id}/entries"
        return (await self.call("GET", path, limit=200))["items"]  # type: ignore[no-any-return]


def words(entry: dict[str, Any]) -> str:
    """Return the plain words of an entry."""
    return " ".join(part["text"] for part in entry["parts"] if part["type"] == "text")


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
    people: list[Browser] = field(default_factory=list)

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
        await self.worker.run_due()

    async def advance(self, *, beating: bool = True, **by: float) -> datetime:
        """Let time pass: each job runs at its due time; web processes beat unless they are ``beating=False``."""
        end = self.clock.now() + timedelta(**by)
        while self.clock.now() < end:
            following = await self.db["jobs"].find({"run_at": {"$type": "date"}}).sort("run_at").to_list(1)
            due = following[0]["run_at"] if following else end
            step = min(end, max(due, self.clock.now() + timedelta(milliseconds=1)), self.clock.now() + BEAT)
            self.clock.advance(seconds=(step - self.clock.now()).total_seconds())
            if beating:
                await self.web.agents.beat_once()
            await self.settles()
        return self.clock.now()

    async def agent(
        self, name: str, *, groups: list[str] | None = None, role: str = "agent", limit: int = 5
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
        console = Console(self, "/agent", email=email)
        self.people.append(console)
        await console.signs_in()
        if limit != 5:
            await console.sets_limit(limit)
        return console

    async def agent_on_duty(self, name: str, **more: Any) -> Console:
        """Return a new agent who sits at the console."""
        return await (await self.agent(name, **more)).sits_down()

    async def visitor(self, *, language: str = "en", channel: Channel | None = None) -> Visitor:
        """Return a new visitor with the widget open."""
        visitor = Visitor(self, "/visitor", language=language, channel_key=(channel or self.channel).key)
        self.people.append(visitor)
        await visitor.opens_widget()
        return visitor

    async def group(self, name: str, *, is_desk: bool = True) -> Group:
        """Return a new desk."""
        now = self.db.now()
        made = Group(
            id=new_id(now), tenant_id=self.tenant_id, name=name, is_desk=is_desk, created_at=now, updated_at=now
        )
        await self.db.commit(Insert(made))
        return made

    async def web_channel(self, key: str = "", *, desk_id: str | None = None, **settings: Any) -> Channel:
        """Return a new web chat channel."""
        now = self.db.now()
        made = Channel(
            id=new_id(now),
            tenant_id=self.tenant_id,
            kind="webchat",
            name="Web",
            key=key or f"shop-{next(_numbers)}",
            desk_id=desk_id,
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


@contextlib.asynccontextmanager
async def a_world(db: Database, clock: FakeClock, redis_url: str) -> AsyncIterator[World]:
    """Found a company on an empty database and serve it on a free port of loopback."""
    url_of_later = "http://127.0.0.1:0"
    settings = Settings(
        mongodb_url="",
        redis_url=redis_url,
        secret=b"a secret of thirty-two characters or more",
        public_url=url_of_later,
        development=True,
        connections_per_address=0,
    )
    web = await open_web(settings, db=db)
    config = uvicorn.Config(
        web.asgi, port=0, lifespan="off", log_config=None, ws="websockets-sansio", ws_ping_interval=0, access_log=False
    )
    listening = socket.create_server(("127.0.0.1", 0))  # listens from here on, so nobody needs to wait
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # signals are pytest's
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    now = clock.now()
    founded = await found(
        db,
        tenant_id=new_id(now),
        company="Lantern & Leaf",
        name="Fay Founder",
        email=f"fay.{next(_numbers)}@example.com",
        password_hash=await hashed(),
        language="en",
        time_zone="Asia/Shanghai",
        now=now,
    )
    worker = Worker(db, wiring.job_handlers(db, web.delivery, settings))
    world = World(db, clock, web, worker, url, founded, channel=None)  # type: ignore[arg-type]
    world.channel = await world.web_channel()
    try:
        yield world
    finally:
        await asyncio.gather(*(person.leaves() for person in world.people))
        await web.stop()
        server.should_exit = True
        await serving
