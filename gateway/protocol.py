"""uvicorn's side of a browser's WebSocket: whole texts are handed over, frames are made once, and leave together."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Any, cast

from engineio.packet import CLOSE, Packet
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

Hear = Callable[[str], None]

LISTEN = "waystation.listen"  # the ASGI extension: ``listen(hear)`` hands texts over without a queue


class ShortProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket: hands texts to whoever listens, and sends what is written in one turn of the loop as one."""

    _hear: Hear | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve a connection."""
        together = Together(cast(asyncio.Transport, transport), self.loop)
        super().connection_made(cast(asyncio.Transport, together))

    def handle_connect(self, event: Request) -> None:
        """Answer the handshake, and offer the application to listen without a queue."""
        super().handle_connect(event)
        if not self.close_sent:
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[LISTEN] = self._listen

    def _listen(self, hear: Hear) -> tuple[asyncio.Transport, Callable[[Packet], bool]]:
        """Hand texts over from now on; return what may be paused, and what writes a packet at once where possible."""
        self._hear = hear
        return self.transport, self._write_now

    def _write_now(self, packet: Packet) -> bool:
        if self.close_sent or self.disconnected or not self.writable.is_set() or packet.packet_type == CLOSE:
            return False
        self.transport.write(frame_of(packet))
        return True

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message over."""
        if self._hear is None or self.curr_msg_data_type != "text" or self.close_sent:
            super().send_receive_event_to_app()
            return
        try:
            text = b"".join(self.frames).decode()
        except UnicodeDecodeError:
            super().send_receive_event_to_app()
        else:
            self.frames = []
            self._hear(text)


def frame_of(packet: Packet) -> bytes:
    """Return the WebSocket frame of a packet of text, made once for all who get it (RFC 6455, 5.2)."""
    frame: bytes | None = getattr(packet, "frame", None)
    if frame is None:
        text = packet.encode().encode()
        length = len(text)
        if length < 126:
            head = struct.pack("!BB", 0x81, length)
        elif length < 65_536:
            head = struct.pack("!BBH", 0x81, 126, length)
        else:
            head = struct.pack("!BBQ", 0x81, 127, length)
        frame = packet.frame = head + text
    return frame


class Together:
    """A transport that gathers what is written in one turn of the loop: one packet of the network, one system call."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write in a moment."""
        if not self._written:
            self._loop.call_soon(self._flush)
        self._written.append(data)

    def close(self) -> None:
        """Close when all is written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        written, self._written = self._written, []
        if written:
            self._transport.write(b"".join(written))
