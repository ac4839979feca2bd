"""How words get from and to a browser's WebSocket: the shortest way through python-socketio that keeps its protocol.

The stock way costs two tasks and two timers for every message that is read, and a task switch with a timer for every
one that is written (docs/performance.md). Ours hands the usual event straight to its handler and writes straight to
the connection; whatever is not usual (connecting, pings, long polling, rubbish) goes the stock way.
"""

from __future__ import annotations

import asyncio
import contextlib
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from engineio.async_drivers.asgi import WebSocket
from engineio.async_socket import AsyncSocket
from engineio.exceptions import EngineIOError
from engineio.packet import CLOSE, MESSAGE, Packet
from socketio import AsyncServer

from gateway.packets import encoded_answer, usual_event

Send = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]
Receive = Callable[[], Coroutine[Any, Any, dict[str, Any]]]


def shorten(server: AsyncServer) -> AsyncServer:
    """Let a Socket.IO server serve its WebSockets the short way, and return it."""
    server.eio._async = {**server.eio._async, "websocket": lambda handler, _: Wire(handler.__self__, server)}
    return server


class Wire(WebSocket):  # type: ignore[misc]  # python-engineio has no types
    """The WebSocket of one browser, from its handshake to its end."""

    def __init__(self, socket: AsyncSocket, server: AsyncServer) -> None:
        super().__init__(socket._websocket_handler, server.eio)
        self._socket = socket
        self._server = server
        self._heard_at = 0.0
        self._is_over = False
        self._listening: asyncio.Task[None] | None = None  # while it waits for what the browser says next

    async def __call__(self, environ: dict[str, Any]) -> Any:
        """Serve the connection until it ends."""
        if self._socket.connected:  # by long polling: python-engineio knows how to move over
            return await super().__call__(environ)
        receive, send = environ["asgi.receive"], environ["asgi.send"]
        await send({"type": "websocket.accept"})
        self._socket.connected = self._socket.upgraded = True
        outbox = Outbox(send, hang_up=self._hang_up)
        outbox.replace_queue_of(self._socket)
        try:
            await self._listen(receive, outbox)
        finally:
            outbox.end()
            await self._socket.close(wait=False, abort=True, reason=self._server.reason.TRANSPORT_CLOSE)
        return ""  # nothing is left to answer

    async def _listen(self, receive: Receive, outbox: Outbox) -> None:
        """Take what the browser says, one after the other, until it leaves or is silent for too long."""
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time()
        self._watch(loop)
        try:
            while not self._is_over:
                self._listening = asyncio.current_task()
                event = await receive()
                self._listening = None
                if event["type"] != "websocket.receive":
                    break
                self._heard_at = loop.time()
                await self._hear(event, outbox)
        except asyncio.CancelledError:
            if not self._is_over:
                raise
        finally:
            self._listening = None
            self._timer.cancel()

    async def _hear(self, event: dict[str, Any], outbox: Outbox) -> None:
        text = event.get("text")
        usual = usual_event(text) if text else None
        if usual is None:
            await self._hear_otherwise(text if text is not None else event.get("bytes"))
            return
        manager, namespace = self._server.manager, usual.namespace
        sid = manager.sid_from_eio_sid(self._socket.sid, namespace)
        handler = self._server.namespace_handlers.get(namespace)
        if handler is None or not manager.is_connected(sid, namespace):
            return
        answer = await handler.trigger_event(usual.name, sid, *usual.arguments)
        if usual.id:
            outbox.put_nowait(Packet(MESSAGE, encoded_answer(usual, answer)))

    async def _hear_otherwise(self, packet: str | bytes | None) -> None:
        """Take anything else the stock way."""
        with contextlib.suppress(EngineIOError, ValueError, TypeError):  # rubbish, or too late
            await self._socket.receive(Packet(encoded_packet=packet))

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hang up when nothing was heard for so long that even the answer to a ping is missing; else look again."""
        patience = self._server.eio.ping_interval + self._server.eio.ping_timeout
        silent = loop.time() - self._heard_at
        if silent >= patience:
            self._hang_up()
        else:
            self._timer = loop.call_later(patience - silent, self._watch, loop)

    def _hang_up(self) -> None:
        """Listen no more; what was heard is dealt with to its end."""
        self._is_over = True
        if self._listening:
            self._listening.cancel()


class Outbox:
    """What one browser has yet to be sent, in place of its socket's queue: written at once while it keeps up."""

    def __init__(self, send: Send, *, hang_up: Callable[[], None]) -> None:
        self._send = send
        self._hang_up = hang_up
        self._waiting: deque[Packet] = deque()
        self._writing: asyncio.Task[None] | None = None  # while the connection takes no more

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
        encoded = packet.encode()
        kind = "text" if isinstance(encoded, str) else "bytes"
        try:
            rest = begun(self._send({"type": "websocket.send", kind: encoded}))
            if packet.packet_type == CLOSE:
                return begun(self._send({"type": "websocket.close"})) if rest is None else rest
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
