"""How words get from and to a browser's WebSocket: the shortest way through python-socketio that keeps its protocol.

The stock way costs, for every message, two tasks, two timers and four switches between tasks, and a system call for
each write (docs/performance.md). Ours hands the usual event straight from the connection to its handler, and writes
straight to the connection; whatever is not usual (connecting, pings, long polling, rubbish) goes the stock way.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any

import structlog
from engineio.async_drivers.asgi import WebSocket
from engineio.async_socket import AsyncSocket
from engineio.exceptions import EngineIOError
from engineio.packet import CLOSE, MESSAGE, PING, PONG, Packet
from socketio import AsyncServer

from core.acknowledge import too_busy
from gateway import telemetry
from gateway.packets import encoded_answer, usual_event
from gateway.protocol import LISTEN

log = structlog.get_logger("wire")

Send = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]
Receive = Callable[[], Coroutine[Any, Any, dict[str, Any]]]

PLACES = 256  # messages that this process deals with at a time: behind more of them, storing would wait for reading
BACKLOG = 400  # messages that wait in this process; with more of them it is overloaded,
PATIENCE = 0.1  # and what has waited for so many seconds is refused: who comes next must not wait even longer
UNHEARD = 50  # messages of one browser that wait; it is not read on before they are dealt with
BEAT, ANSWER = Packet(PING), str(PONG)  # Engine.IO's own, every 25 s (protocol 4)


def shorten(server: AsyncServer) -> AsyncServer:
    """Let a Socket.IO server serve its WebSockets the short way, and return it."""
    server.backlog = Backlog()
    server.eio._async = {**server.eio._async, "websocket": lambda handler, _: Wire(handler.__self__, server)}
    return server


async def sweep(server: AsyncServer) -> None:
    """Forget long-polling sockets that have gone, and let go of those that are silent; runs for ever."""
    engine = server.eio
    while True:
        await asyncio.sleep(engine.ping_timeout)
        for socket in list(engine.sockets.values()):
            if socket.closed:
                engine.sockets.pop(socket.sid, None)
            elif not socket.closing and not isinstance(socket.queue, Outbox):  # a `Wire` looks after itself
                await socket.check_ping_timeout()


@dataclass
class Backlog:
    """What waits to be dealt with, over all connections of this process, and the places to deal with it."""

    waiting: int = 0  # messages
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PLACES))


class Wire(WebSocket):  # type: ignore[misc]  # python-engineio has no types
    """The WebSocket of one browser, from its handshake to its end."""

    def __init__(self, socket: AsyncSocket, server: AsyncServer) -> None:
        super().__init__(socket._websocket_handler, server.eio)
        self._socket = socket
        self._server = server
        self._backlog: Backlog = server.backlog
        self._loop = asyncio.get_running_loop()
        self._heard_at = time.monotonic()
        self._unheard: deque[tuple[float, str | bytes]] = deque()  # since when each waits
        self._hearing: asyncio.Task[None] | None = None  # while something that the browser said is dealt with
        self._waiting: asyncio.Task[None] | None = None  # while it is waited for the end
        self._is_over = False
        self._transport: asyncio.Transport | None = None  # where the texts come from without a queue

    async def __call__(self, environ: dict[str, Any]) -> Any:
        """Serve the connection until it ends."""
        if self._socket.connected:  # by long polling: python-engineio knows how to move over
            return await super().__call__(environ)
        receive, send = environ["asgi.receive"], environ["asgi.send"]
        await send({"type": "websocket.accept"})
        self._socket.connected = self._socket.upgraded = True
        self._outbox = Outbox(send, hang_up=self._hang_up)
        self._outbox.replace_queue_of(self._socket)
        self._socket.schedule_ping = _nothing  # one timer is enough for both pings and silence
        if listen := environ["asgi.scope"].get("extensions", {}).get(LISTEN):
            self._transport, self._outbox.write_now = listen(self.hear)
        try:
            await self._wait(receive)
        finally:
            self._backlog.waiting -= len(self._unheard)
            self._unheard.clear()
            self._outbox.end()
            await self._socket.close(wait=False, abort=True, reason=self._server.reason.TRANSPORT_CLOSE)
        return ""  # nothing is left to answer

    async def _wait(self, receive: Receive) -> None:
        """Return when the browser has left or was silent for too long, and all it said is dealt with."""
        self._timer = self._loop.call_later(2 * self._server.eio.ping_interval, self._beat)  # the stock way has begun
        try:
            self._waiting = asyncio.current_task()
            while not self._is_over and (event := await receive())["type"] == "websocket.receive":
                self.hear(event["text"] if event.get("text") is not None else event["bytes"])
                while self._hearing:  # it comes through a queue: nothing more is taken until this is dealt with
                    await asyncio.wait([self._hearing])
        except asyncio.CancelledError:
            if not self._is_over:
                raise
        finally:
            self._timer.cancel()
            self._waiting = None
        if self._hearing:
            await asyncio.wait([self._hearing])

    def hear(self, said: str | bytes) -> None:
        """Deal with what the browser says, one after the other."""
        self._heard_at = time.monotonic()
        if said == ANSWER:
            self._socket.last_ping = None  # nobody waits for it any more
            return
        self._unheard.append((self._heard_at, said))
        self._backlog.waiting += 1
        if self._hearing is None:
            self._hearing = self._loop.create_task(self._hear_all())
        elif self._transport and len(self._unheard) == UNHEARD:
            self._transport.pause_reading()

    async def _hear_all(self) -> None:
        try:
            while self._unheard and not self._is_over:
                async with self._backlog.places:
                    await self._hear_next()
        except Exception:
            log.exception("wire.failed")
        finally:
            self._hearing = None

    async def _hear_next(self) -> None:
        if self._transport and len(self._unheard) == UNHEARD:
            self._transport.resume_reading()
        if self._unheard:  # else it ended while this waited
            self._backlog.waiting -= 1
            await self._hear(*self._unheard.popleft())

    async def _hear(self, at: float, said: str | bytes) -> None:
        usual = usual_event(said) if isinstance(said, str) else None
        if usual is None:
            with contextlib.suppress(EngineIOError, ValueError, TypeError):  # rubbish, or too late
                await self._socket.receive(Packet(encoded_packet=said))
            return
        manager, namespace = self._server.manager, usual.namespace
        sid = manager.sid_from_eio_sid(self._socket.sid, namespace)
        handler = self._server.namespace_handlers.get(namespace)
        if handler is None or not manager.is_connected(sid, namespace):
            return
        if self._backlog.waiting > BACKLOG and time.monotonic() - at > PATIENCE and usual.id:
            telemetry.SHED.inc()
            answer = too_busy(handler, sid)
        else:
            answer = await handler.trigger_event(usual.name, sid, *usual.arguments)
        if usual.id:
            self._outbox.put_nowait(Packet(MESSAGE, encoded_answer(usual, answer)))

    def _beat(self) -> None:
        """Ping; or hang up when nothing was heard for so long that even the answer to a ping is missing."""
        interval, patience = self._server.eio.ping_interval, self._server.eio.ping_timeout
        if time.monotonic() - self._heard_at >= interval + patience:
            self._hang_up()
        else:
            self._outbox.put_nowait(BEAT)
            self._timer = self._loop.call_later(interval, self._beat)

    def _hang_up(self) -> None:
        """Listen no more; what is being dealt with comes to its end."""
        self._is_over = True
        if self._waiting:
            self._waiting.cancel()


class Outbox:
    """What one browser has yet to be sent, in place of its socket's queue: written at once while it keeps up."""

    def __init__(self, send: Send, *, hang_up: Callable[[], None]) -> None:
        self._send = send
        self._hang_up = hang_up
        self._waiting: deque[Packet] = deque()
        self._writing: asyncio.Task[None] | None = None  # while the connection takes no more
        self.write_now: Callable[[Packet], bool] = lambda _: False  # without ASGI, where the server can

    def replace_queue_of(self, socket: AsyncSocket) -> None:
        """Take over what waits in a socket's queue, and whatever comes."""
        queue, socket.queue = socket.queue, self
        while not queue.empty():
            self.put_nowait(queue.get_nowait())

    def qsize(self) -> int:
        """Return how many packets wait."""
        return len(self._waiting)

    async def put(self, packet: Packet | None) -> None:
        """Do as `put_nowait`."""
        self.put_nowait(packet)

    def put_nowait(self, packet: Packet | None) -> None:
        """Write a packet, or keep it until the connection takes it; None: write nothing more, and hang up."""
        if packet is None:
            self.end()
        elif self._writing:
            self._waiting.append(packet)
        else:
            rest = self._write(packet)
            if rest:
                self._writing = asyncio.create_task(self._write_on(rest))

    async def join(self) -> None:
        """Return when nothing waits."""
        if self._writing:
            await asyncio.wait([self._writing])

    def end(self) -> None:
        """Forget what waits, and hang up."""
        self._waiting.clear()
        if self._writing:
            self._writing.cancel()
        self._hang_up()

    def _write(self, packet: Packet) -> Coroutine[Any, Any, None] | None:
        """Write a packet without a task switch; return what is left to do when the connection takes no more."""
        if self.write_now(packet):
            return None
        encoded = packet.encode()
        kind = "text" if isinstance(encoded, str) else "bytes"
        try:
            rest = begun(self._send({"type": "websocket.send", kind: encoded}))
            if packet.packet_type == CLOSE and rest is None:
                return begun(self._send({"type": "websocket.close"}))
        except (OSError, RuntimeError):  # it has gone; whoever listens to it hears so
            return None
        return rest

    async def _write_on(self, rest: Coroutine[Any, Any, None]) -> None:
        """Write what waits as fast as the connection takes it."""
        try:
            await rest
            while self._waiting:
                following = self._write(self._waiting.popleft())
                if following:
                    await following
        except (OSError, RuntimeError):
            self._waiting.clear()
        finally:
            self._writing = None


def _nothing() -> None:
    """Leave it to somebody else."""


def begun(work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None] | None:
    """Run a coroutine up to its first wait, here and now; return the rest of it, or None when it is done."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return _rest(work, waits_for)


@types.coroutine
def _rest(work: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    yield waits_for  # as the coroutine itself would have: the task that runs this waits for it
    yield from work
