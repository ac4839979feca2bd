"""A person's browser: a cookie jar, HTTP, and a socket that notes what it is told, in order; stories wait on that."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import socketio
from yarl import URL

if TYPE_CHECKING:
    from tests.world import World

EVENTS = (
    "entry", "conversation", "typing", "read", "pushed", "assigned", "offered", "alarm", "gone", "rows", "resync",
    "goodbye",
)  # fmt: skip
PATIENCE = 10.0  # seconds of real time that something may take to arrive


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
