"""Visitors and agents who talk through real sockets, whatever dies around them, and remember what they saw.

They do what docs/wire.md asks of a browser: say it again with the same ``client_id`` until it is acknowledged, and ask
``since`` after a reconnect, a ``resync``, a gap, or when a conversation turns out to be longer than what they have.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.chaos.wire import Broken, Wire


@dataclass
class Said:
    """What somebody was told is stored."""

    conversation_id: str
    client_id: str
    seq: int
    text: str


@dataclass
class Person:
    """Somebody at a browser."""

    name: str
    ports: list[int]
    auth: dict[str, Any]
    wire: Wire | None = None
    seen: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    said: list[Said] = field(default_factory=list)
    stale: set[str] = field(default_factory=set)  # conversations to ask `since` for
    twice: list[str] = field(default_factory=list)  # entries that were shown in two ways
    problems: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)  # by which the server did not let us in
    has_looked: bool = False  # since the last gap
    _look: asyncio.Event = field(default_factory=asyncio.Event)

    namespace = ""

    def see(self, entry: dict[str, Any]) -> None:
        """Show an entry."""
        entries = self.seen[entry["conversation_id"]]
        known = entries.setdefault(entry["seq"], entry)
        if known["id"] != entry["id"] or known["parts"] != entry["parts"]:
            self.twice.append(entry["id"])

    def hear(self, event: str, payload: Any) -> None:
        """Take what the server pushes."""
        if event == "entry":
            self.see(payload)
            self.check(payload["conversation_id"], payload["seq"])
        elif event in ("resync", "goodbye"):
            self.has_looked = False
            self.doubt(*self.seen)
        else:
            self.hear_more(event, payload)

    def hear_more(self, event: str, payload: Any) -> None:
        """Take what only this kind of person is told."""

    def last(self, conversation_id: str) -> int:
        """Return up to which number nothing is missing."""
        seq = 0
        while seq + 1 in self.seen[conversation_id]:
            seq += 1
        return seq

    def check(self, conversation_id: str, last_seq: int) -> None:
        """Ask for what is missing up to a number."""
        if self.last(conversation_id) < last_seq:
            self.doubt(conversation_id)

    def doubt(self, *conversation_ids: str) -> None:
        """Remember to ask what is new."""
        self.stale.update(conversation_ids)
        self._look.set()

    async def stay_online(self) -> None:
        """Connect to one of the web processes, again and again, and ask for what was missed."""
        while True:
            try:
                if self.wire is None or self.wire.is_broken:
                    self.wire = await Wire.connect(random.choice(self.ports), self.namespace, self.auth, self.hear)
                    self.has_looked = False
                    self.doubt(*self.seen)
                if not self.has_looked:
                    self.has_looked = await self.look()
                await self.catch_up()
            except Broken as broken:
                self.refusals += broken.args
                await asyncio.sleep(random.uniform(0.1, 0.5))  # as a browser waits before it tries again
            self._look.clear()
            if self.has_looked and not self.stale:
                try:
                    await asyncio.wait_for(self._look.wait(), 0.5)
                except TimeoutError:
                    continue

    async def look(self) -> bool:
        """Look for what may have been missed, besides the words of known conversations; return whether that worked."""
        return True

    async def catch_up(self) -> None:
        """Ask `since` for what may be missing."""
        while self.stale:
            conversation_id = next(iter(self.stale))
            answer = await self._call("since", {"conversation_id": conversation_id, "seq": self.last(conversation_id)})
            for entry in answer["entries"] if answer else ():
                self.see(entry)
            if answer:
                self.hear_more("conversation", answer["conversation"])
            if answer and answer["complete"]:
                self.stale.discard(conversation_id)

    async def say(self, client_id: str, text: str, **more: Any) -> dict[str, Any]:
        """Say something until it is acknowledged; return the acknowledgement."""
        payload = {"client_id": client_id, "parts": [{"type": "text", "text": text}], **more}
        while True:
            try:
                answer = await self._call("message", payload)
                if answer:
                    entry = answer["entry"]
                    self.said.append(Said(entry["conversation_id"], client_id, entry["seq"], text))
                    self.see(entry)
                    if "conversation" in answer:  # said again after a kill, it may tell that an agent is there already
                        self.hear_more("conversation", answer["conversation"])
                    return answer
            except Broken:
                pass
            await asyncio.sleep(0.1)  # as a browser waits before it tries again

    async def _call(self, event: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Call; return None when it is refused for the moment."""
        if self.wire is None or self.wire.is_broken:
            raise Broken
        answer = await self.wire.call(event, payload)
        if answer["ok"]:
            return answer
        if answer["problem"]["code"] != "unavailable":
            self.problems.append({"event": event, **answer["problem"]})
        await asyncio.sleep(0.1)
        return None


@dataclass
class Visitor(Person):
    """A customer, who asks one thing after the other until it is enough."""

    namespace = "/visitor"
    _served: asyncio.Event = field(default_factory=asyncio.Event)

    async def is_served(self) -> None:
        """Wait until it is told that an agent is there."""
        await self._served.wait()

    async def talk(self, enough: asyncio.Event) -> None:
        """Ask and ask."""
        number = 0
        while not enough.is_set():
            number += 1
            await self.say(f"{self.name}-{number:06}", f"{self.name} asks {number}")
            await asyncio.sleep(random.uniform(0, 0.2))  # people think

    def hear_more(self, event: str, payload: Any) -> None:
        if event == "conversation":
            self.check(payload["id"], payload["last_seq"])
            if payload["state"] == "running":
                self._served.set()


@dataclass
class Agent(Person):
    """Somebody who answers what is asked in the own conversations."""

    hosted: set[str] = field(default_factory=set)
    _answered: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    namespace = "/agent"

    def hear_more(self, event: str, payload: Any) -> None:
        if event == "assigned":
            self.hosted.add(payload["conversation_id"])
            self.doubt(payload["conversation_id"])
        elif event == "pushed" and payload["name"] == "conversation":
            conversation = payload["data"]
            if conversation["id"] in self.seen:
                self.check(conversation["id"], conversation["last_seq"])

    async def look(self) -> bool:
        """Look into the inbox for what was assigned meanwhile."""
        status, inbox = await self.http("GET", "/api/v1/conversations?box=mine&limit=100")
        if status == 200:
            self.hosted |= {conversation["id"] for conversation in inbox["items"]}
            self.doubt(*self.hosted)
        return status == 200

    async def talk(self, enough: asyncio.Event) -> None:
        """Answer now and then what was asked since the last answer."""
        number = 0
        while not enough.is_set():
            for conversation_id in list(self.hosted):
                last = self.last(conversation_id)
                if last > self._answered[conversation_id]:
                    number += 1
                    answer = await self.say(
                        f"{self.name}-{number:06}", f"{self.name} answers {number}", conversation_id=conversation_id
                    )
                    self._answered[conversation_id] = answer["entry"]["seq"]
            await asyncio.sleep(random.uniform(0, 0.3))  # people think

    async def http(self, method: str, path: str, json: Any = None) -> tuple[int, Any]:
        """Call the API at one of the web processes; status 0 when nobody is there."""
        url = f"http://127.0.0.1:{random.choice(self.ports)}{path}"
        headers = {"Authorization": f"Bearer {self.auth['session']}"}
        try:
            async with (
                aiohttp.ClientSession(headers=headers) as http,
                http.request(method, url, json=json, timeout=aiohttp.ClientTimeout(20)) as response,
            ):
                return response.status, await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return 0, None


async def until_ok(ask: Callable[[], Any]) -> Any:
    """Ask until the answer is a success."""
    while True:
        status, answer = await ask()
        if 200 <= status < 300:
            return answer
        assert status in (0, 409, 500, 503), answer
        await asyncio.sleep(0.2)
