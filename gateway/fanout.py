"""Live events between processes, over Redis: best effort, one publication per turn of the loop.

The stock manager publishes one by one over as many connections (2 ms each, measured in docs/performance.md), encodes an
event for Redis and once more in every process, and starts a task for each receiver. Ours encodes once, hands the same
text to the sockets here and, behind a line that says for whom it is, to Redis, all of one turn of the loop as one
publication; the other processes pass the text on as it is. When Redis was away, whoever listens is told to ask again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import engineio.packet
import orjson
import redis.asyncio
import structlog
from redis.exceptions import RedisError
from socketio.async_pubsub_manager import AsyncPubSubManager

from core.tasks import end
from gateway.packets import encoded_event

log = structlog.get_logger("fanout")

CHANNEL = "waystation:live"
WAKE_UP = "waystation:jobs"
WAITING = 20_000  # messages kept for Redis while it is slow; more are dropped, browsers ask again
RETRY = 0.5  # seconds between attempts to reach Redis
UNREAD = 1_000  # messages that wait for one socket; a browser that reads no faster is let go, and asks again
OURS = b">"  # begins what Fanout publishes; everything else is python-socketio's


class Json:
    """orjson in the shape of the standard library's module, as python-socketio wants it."""

    @staticmethod
    def dumps(value: Any, *_: Any, **__: Any) -> str:
        """Return JSON text."""
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, *_: Any, **__: Any) -> Any:
        """Return what the JSON text says."""
        return orjson.loads(text)


class Fanout(AsyncPubSubManager):  # type: ignore[misc]  # python-socketio has no types
    """Tells the sockets of all processes; ``after_gap`` is called when messages of others may have been missed."""

    name = "fanout"

    def __init__(self, url: str, *, write_only: bool = False) -> None:
        super().__init__(channel=CHANNEL, write_only=write_only, json=Json)
        self.after_gap: Callable[[], Awaitable[None]] | None = None
        self.on_wake_up: Callable[[], None] | None = None
        self._redis = redis.asyncio.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)
        self._listening = redis.asyncio.Redis.from_url(url, socket_connect_timeout=2, health_check_interval=10)
        self._events: deque[bytes] = deque(maxlen=WAITING)  # for whom, and on a second line the event
        self._others: deque[tuple[str, bytes]] = deque(maxlen=WAITING)
        self._sending: asyncio.Task[None] | None = None
        self._own = OURS + self.host_id.encode()
        self._leaving: set[asyncio.Task[None]] = set()
        self._entered: dict[tuple[str, str], set[str | None]] = {}  # by namespace and socket

    async def wake_workers(self) -> None:
        """Tell all workers that a job is due now."""
        self._send(WAKE_UP, b"1")

    async def emit(
        self, event: str, data: Any, namespace: str = "/", room: Any = None, skip_sid: Any = None, callback: Any = None,
        to: Any = None, *, ignore_queue: bool = False, **_: Any,
    ) -> None:  # fmt: skip
        """Tell an event to the sockets of a room (or rooms) in all processes; ``ignore_queue``: in this one alone."""
        if callback is not None:
            raise ValueError("what is told to many cannot be acknowledged")
        rooms = to or room
        text = encoded_event(namespace, event, data)
        if self.server:
            self._tell(namespace, rooms, skip_sid, text)
        if not ignore_queue:
            self._events.append(b"%b\n%b" % (orjson.dumps([namespace, rooms, skip_sid]), text.encode()))
            self._flush_soon()

    def _tell(self, namespace: str, rooms: Any, skip_sid: str | None, text: str) -> None:
        """Put an encoded event into the queue of every socket of the rooms, at once."""
        sessions = self._sessions(namespace, rooms, skip_sid)
        if not sessions:
            return
        packet = engineio.packet.Packet(engineio.packet.MESSAGE, text)
        for session in sessions:
            socket = self.server.eio.sockets.get(session)
            if socket is None or socket.closed or socket.closing:
                continue
            if socket.queue.qsize() < UNREAD:
                socket.queue.put_nowait(packet)
            else:
                self._let_go(socket)

    def _sessions(self, namespace: str, rooms: Any, skip_sid: str | None) -> set[str]:
        """Return the Engine.IO sessions in any of the rooms."""
        here = self.rooms.get(namespace, {})
        names = (rooms,) if rooms is None or isinstance(rooms, str) else rooms
        sessions: set[str] = set()
        for name in names:
            if room := here.get(name):
                sessions.update(session for sid, session in room.items() if sid != skip_sid)
        return sessions

    # --- rooms: who leaves is looked for in the own rooms, not in everybody's

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        """Let a socket into a room."""
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        self._entered.setdefault((namespace, sid), set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Let a socket out of a room."""
        super().basic_leave_room(sid, namespace, room)
        self._entered.get((namespace, sid), set()).discard(room)

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        """Forget a socket; the stock way looks through all rooms of all people, which takes minutes when many leave."""
        for room in self._entered.pop((namespace, sid), set()):
            super().basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]

    # --- telling

    def _let_go(self, socket: Any) -> None:
        """Close a socket whose browser does not read: its memory must not grow, and it can catch up later."""
        log.warning("fanout.slow_reader", session=socket.sid)
        leaving = asyncio.create_task(self._close(socket))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _close(self, socket: Any) -> None:
        await socket.close(wait=False, abort=True)
        socket.queue.put_nowait(None)

    def _hear(self, published: bytes) -> None:
        """Tell what another process has published to the sockets here."""
        _, *lines = published.split(b"\n")
        for whom, text in zip(lines[::2], lines[1::2], strict=True):
            namespace, rooms, skip_sid = orjson.loads(whom)
            self._tell(namespace, rooms, skip_sid, text.decode())

    async def _publish(self, data: Any) -> None:
        self._send(self.channel, orjson.dumps(data))

    def _send(self, channel: str, message: bytes) -> None:
        self._others.append((channel, message))
        self._flush_soon()

    def _flush_soon(self) -> None:
        if self._sending is None:
            self._sending = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        """Publish what waits: all events of a turn of the loop as one, a line for whom and a line for what."""
        try:
            while self._events or self._others:
                pipe = self._redis.pipeline(transaction=False)
                if self._events:
                    pipe.publish(self.channel, b"\n".join((self._own, *self._events)))
                for channel, message in self._others:
                    pipe.publish(channel, message)
                count = len(self._events) + len(self._others)
                self._events.clear()
                self._others.clear()
                try:
                    await pipe.execute()
                except (RedisError, OSError) as error:
                    log.warning("fanout.not_told", count=count, error=str(error))
        finally:
            self._sending = None

    async def _listen(self, *channels: str) -> AsyncIterator[bytes]:
        """Yield what other processes publish; after an interruption, report the gap first."""
        interrupted = False
        while True:
            pubsub = self._listening.pubsub(ignore_subscribe_messages=True)
            try:
                await pubsub.subscribe(*channels or (self.channel,))
                if interrupted and self.after_gap:
                    await self.after_gap()
                interrupted = False
                async for message in pubsub.listen():
                    if message["channel"] == WAKE_UP.encode():
                        if self.on_wake_up:
                            self.on_wake_up()
                    elif not message["data"].startswith(OURS):
                        yield message["data"]
                    elif self.server and not message["data"].startswith(self._own):  # our own words come back
                        self._hear(message["data"])
            except (RedisError, OSError) as error:
                if not interrupted:
                    log.warning("fanout.interrupted", error=str(error))
                interrupted = True
                await asyncio.sleep(RETRY)
            finally:
                with contextlib.suppress(RedisError, OSError):
                    await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def listen_for_wake_ups(self) -> None:
        """Listen without serving sockets, for workers; runs until cancelled."""
        async for _ in self._listen(WAKE_UP):
            pass

    async def close(self) -> None:
        """Send what waits and let go of Redis."""
        if self._sending:
            await self._sending
        listening = getattr(self, "thread", None)  # the base class's name for its listening task
        if listening:
            await end([listening])
        await self._redis.aclose()
        await self._listening.aclose()
