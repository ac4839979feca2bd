"""A small world with people in it: agents at their consoles, visitors at the widget, one real server, one moved clock.

Everybody acts through the public face: HTTP and Socket.IO. The server, MongoDB and Valkey are real; only time is ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

import aiohttp
import socketio
import uvicorn
from yarl import URL

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
from tests.clock import FakeClock
from ticketing.model import CatalogNode

PASSWORD = "a-long-walk-to-the-lantern"
STIRS = timedelta(minutes=1)
EVENTS = (
    "entry", "conversation", "typing", "read", "pushed", "assigned", "offered", "alarm", "gone", "resync", "goodbye",
)  # fmt: skip
BEAT = timedelta(seconds=25)  # at most between two heartbeats: half a minute without one means away
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

    def forget(self) -> None:
        """Begin anew: what was told until now does not count."""
        self.things.clear()

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
    """A person's browser: a cookie jar, and a socket. ``url`` is the web process that it reaches."""

    world: World
    namespace: str
    language: str = "en"
    url: str = ""
    heard: Heard = field(default_factory=Heard)
    http: aiohttp.ClientSession = field(init=False)
    socket: socketio.AsyncClient | None = None

    def __post_init__(self) -> None:
        self.url = self.url or self.world.url
        self.http = aiohttp.ClientSession(
            base_url=self.url,
            # Browsers send Secure cookies to loopback; so does this one.
            cookie_jar=aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=self.url),
            headers={"Origin": self.url, "Accept-Language": self.language},
        )
        self.world.people.append(self)

    async def call(self, method: str, path: str, **fields: Any) -> Any:
        """Call the API; return the JSON of the answer, or raise `Refused` with the problem."""
        headers = fields.pop("headers", None)
        arguments: dict[str, Any] = {"params": fields} if method == "GET" else {"json": fields}
        status, answer = await self.tries(method, path, headers=headers, **arguments)
        if status >= 400:
            raise Refused(answer)
        return answer

    async def tries(self, method: str, path: str, **arguments: Any) -> tuple[int, Any]:
        """Send a request, whatever comes of it; return the status, and the JSON of the answer if it is JSON."""
        async with self.http.request(method, path, **arguments) as response:
            body = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            return response.status, json.loads(body) if is_json and body else body

    async def reads_file(self, path: str) -> tuple[int, bytes]:
        """Download a file; return the status and the bytes."""
        async with self.http.get(path) as response:
            return response.status, await response.read()

    async def uploads(self, path: str, name: str, body: bytes, media_type: str) -> Any:
        """Upload a file and return what is known of it."""
        headers = {"Content-Type": media_type, "X-Filename": name}
        async with self.http.post(path, data=io.BytesIO(body), headers=headers) as response:
            answer = await response.json(content_type=None)
            if response.status >= 400:
                raise Refused(answer)
            return answer

    async def opens_socket(self, auth: dict[str, Any]) -> None:
        """Connect the socket, or raise `Refused` with the problem; everything told is noted in order."""
        client = socketio.AsyncClient(reconnection=False)
        for name in EVENTS:
            client.on(name, self._noting(name), namespace=self.namespace)
        refusals: list[dict[str, Any]] = []
        client.on("connect_error", refusals.append, namespace=self.namespace)
        cookies = "; ".join(f"{c.key}={c.value}" for c in self.http.cookie_jar)
        headers = {"Cookie": cookies, "Origin": self.url, "Accept-Language": self.language}
        try:
            await client.connect(
                self.url, headers=headers, auth=auth, namespaces=[self.namespace], transports=["websocket"],
                wait_timeout=PATIENCE,
            )  # fmt: skip
        except socketio.exceptions.ConnectionError:
            if client.eio.http:
                await client.eio.http.close()
            if refusals and "data" in refusals[-1]:
                raise Refused(refusals[-1]["data"]) from None
            raise
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

    async def goes_to(self, url: str) -> None:
        """Reach another web process from now on, with the cookies of this one."""
        await self.closes_window()
        cookies = self.http.cookie_jar
        await self.http.close()
        self.url = url
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=url)
        jar.update_cookies({cookie.key: cookie for cookie in cookies}, URL(url))
        headers = {"Origin": url, "Accept-Language": self.language}
        self.http = aiohttp.ClientSession(base_url=url, cookie_jar=jar, headers=headers)

    async def closes_window(self) -> None:
        """Close the socket as a closed window does."""
        if self.socket:
            await self.socket.disconnect()
            self.socket = None

    async def stirs(self) -> None:
        """Move the mouse, as far as anybody notices."""

    async def leaves(self) -> None:
        """Close everything; nobody looks any more."""
        await Browser.closes_window(self)
        await self.http.close()


@dataclass
class Visitor(Browser):
    """A customer on the widget."""

    channel_key: str = ""
    opening: dict[str, Any] = field(default_factory=dict)
    conversation: dict[str, Any] | None = None

    async def opens_widget(self) -> dict[str, Any]:
        """Open the chat window: the cookie, what it begins with, and the socket."""
        await self.loads_widget()
        await self.opens_socket({"channel": self.channel_key, "session": self.opening["session"]})
        return self.opening

    async def loads_widget(self) -> dict[str, Any]:
        """Load the frame and what it begins with, without a socket yet."""
        async with self.http.get(f"/chat/{self.channel_key}") as frame:
            assert frame.status == 200, await frame.text()
        self.opening = await self.call("GET", f"/chat/{self.channel_key}/opening")
        assert self.opening["session"] is None, "the cookie came back"
        self.conversation = self.opening["conversation"]
        return self.opening

    async def reloads(self) -> dict[str, Any]:
        """Reload the page."""
        await self.closes_window()
        return await self.opens_widget()

    async def opens_second_tab(self) -> Visitor:
        """Return the same customer's second window."""
        tab = Visitor(self.world, self.namespace, self.language, self.url, channel_key=self.channel_key)
        tab.http.cookie_jar.update_cookies({cookie.key: cookie for cookie in self.http.cookie_jar}, URL(self.url))
        await tab.opens_widget()
        return tab

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

    @property
    def id(self) -> str:
        """The id of the conversation that the window shows."""
        assert self.conversation
        return str(self.conversation["id"])

    async def asks(self, text: str, **more: Any) -> str:
        """Say the first words and let the desk act on them; return the conversation's id."""
        await self.says(text, **more)
        await self.world.settles()
        return self.id

    async def is_offered_form(self, reason: str) -> dict[str, Any]:
        """Wait until the ticket form is offered, and return how the conversation stands."""
        return await self.heard.wait_for("conversation", lambda told: told["form_offered"] == reason)  # type: ignore[no-any-return]

    async def fills_form(self, text: str, *, client_id: str | None = None, **more: Any) -> str:
        """Leave a ticket with the form; return its number."""
        fields = {"name": "Lin", "email": "lin@example.com", "subject": "", **more}
        answer = await self.call(
            "POST",
            f"/chat/{self.channel_key}/tickets",
            client_id=client_id or f"client-{next(_numbers)}",
            text=text,
            conversation_id=self.conversation and self.conversation["id"],
            **fields,
        )
        await self.world.settles()
        return str(answer["number"])

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
    asleep: bool = False
    _stirred_at: datetime | None = None

    async def stirs(self) -> None:
        """Press a key now and then, as a console tells once a minute."""
        now = self.world.clock.now()
        if self.socket and not self.asleep and (not self._stirred_at or now - self._stirred_at >= STIRS):
            self._stirred_at = now
            await self.emits("active")

    async def goes_away(self) -> None:
        """Say that nobody is to be given for now."""
        await self.call("PUT", "/api/v1/me/away", away=True)
        await self.world.settles()

    async def comes_back(self) -> None:
        """Be there again."""
        await self.call("PUT", "/api/v1/me/away", away=False)
        await self.world.settles()

    async def conversation(self, conversation_id: str) -> dict[str, Any]:
        """Return a conversation as it is now."""
        return await self.call("GET", f"/api/v1/conversations/{conversation_id}")  # type: ignore[no-any-return]

    async def does(self, conversation_id: str, what: str, **more: Any) -> dict[str, Any]:
        """Do something with a conversation: transfer, take-over, assign, move-up, invite, join; return it."""
        done = await self.call("POST", f"/api/v1/conversations/{conversation_id}/{what}", **more)
        await self.world.settles()
        return done  # type: ignore[no-any-return]

    async def is_offered(self, conversation_id: str) -> dict[str, Any]:
        """Wait until the conversation is held out to this agent, and return the offer."""
        told = await self.heard.wait_for("offered", lambda told: told["conversation_id"] == conversation_id)
        return told["offer"]  # type: ignore[no-any-return]

    async def answers(self, conversation_id: str, offer: dict[str, Any], how: str) -> dict[str, Any]:
        """Accept, decline or withdraw what was held out."""
        return await self.does(conversation_id, f"offers/{offer['id']}/{how}")

    async def signs_in(self) -> Self:
        """Sign in with the password, without sitting down yet."""
        await self.call("POST", "/api/v1/sign-in", email=self.email, password=PASSWORD)
        self.me = await self.call("GET", "/api/v1/me")
        self.id = self.me["id"]
        return self

    async def signs_in_elsewhere(self, url: str = "") -> Console:
        """Return the same agent's console in another browser."""
        other = Console(self.world, self.namespace, self.language, url, email=self.email)
        return await other.signs_in()

    async def sits_down(self) -> Self:
        """Connect the console's socket: the agent is there now."""
        await self.opens_socket({})
        await self.world.settles()
        return self

    async def closes_window(self) -> None:
        """Close the console; return when the desk has noticed that the agent's last window is gone."""
        await super().closes_window()
        windows = [one for one in self.world.people if isinstance(one, Console) and one.email == self.email]
        if any(window.socket for window in windows):
            return

        async def is_noticed() -> None:
            with contextlib.suppress(Refused):  # signed out, too
                while (await self.call("GET", "/api/v1/me"))["status"] != "away":
                    pass

        await until(is_noticed, "the absence was noticed")

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
        ws_max_size=2_000_000, access_log=False, timeout_graceful_shutdown=5,
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
