"""The protocol of aioimaplib, hardened: iterative, and never silent when the connection is gone.

What version 2.0.3 does badly, all measured: more than a thousand lines in one read end in a RecursionError, and the
command waits for ever; a lost connection wakes nobody; a refused XOAUTH2 hangs. So the lines are read here; commands
and their states stay the library's.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

from aioimaplib import aioimaplib as lib

MOST_LITERAL: Final = 200_000_000  # bytes of one literal: no server of a mailbox with a size limit sends more
_LITERAL: Final = re.compile(rb".*\{(\d{1,12})\}$", re.DOTALL)
_CRLF: Final = b"\r\n"


class Protocol(lib.IMAP4ClientProtocol):  # type: ignore[misc]  # the library ships no types
    """The library's protocol, reading lines in a loop, with every waiter failing as soon as the connection is gone."""

    incomplete_line: bytes
    current_command: Any
    pending_sync_command: Any
    pending_async_commands: dict[str, Any]
    transport: Any

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[str] = loop.create_future()  # done with the reason when the connection is gone
        self.news = asyncio.Event()  # something came since the last look
        self.bye = ""

    def data_received(self, data: bytes) -> None:
        """Read lines and literals; what cannot be understood ends the connection instead of a silence for ever."""
        data, self.incomplete_line = self.incomplete_line + data, b""
        try:
            self._read(data)
        except Exception as error:  # noqa: BLE001  a server may send anything
            self._fail(f"{type(error).__name__}: {error}")
            self.transport.abort()

    def _read(self, data: bytes) -> None:
        command, at = self.current_command, 0
        while True:
            if command is not None and command.wait_literal_data():
                missing = command._expected_size - len(command._resp_literal_data)
                command.append_literal_data(data[at : at + missing])
                at += min(missing, len(data) - at)
                if command.wait_literal_data():
                    break
            end = data.find(_CRLF, at)
            if end < 0:
                self.incomplete_line = data[at:]
                break
            line, at = data[at:end], end + 2
            command = self._handle_line(line, command)
            literal = _LITERAL.match(line)
            if literal:
                if int(literal[1]) > MOST_LITERAL:
                    raise ValueError(f"a literal of {int(literal[1])} bytes")
                command = command or lib.Command("NIL", "unused", loop=self.loop)
                command.begin_literal_data(int(literal[1]))
            else:
                command = None  # a line goes on only after a literal (RFC 3501 §4.3)
        self.current_command = command

    def _handle_line(self, line: bytes, current_cmd: lib.Command | None) -> lib.Command | None:
        if self.state == lib.CONNECTED:
            self._greet(line)
            return None
        return super()._handle_line(line, current_cmd)

    def _greet(self, line: bytes) -> None:
        if line.startswith(b"* OK"):
            self.state = lib.NONAUTH
        elif line.startswith(b"* PREAUTH"):
            self.state = lib.AUTH
        else:
            raise ConnectionError(line[:200].decode("ascii", "replace"))
        if not self.greeted.done():
            self.greeted.set_result(None)

    def _untagged_response(self, line: bytes) -> lib.Command | None:
        """Give the line to the one command that waits: commands are sent one at a time here."""
        if line.startswith(b"* BYE"):
            self.bye = line[6:200].decode("utf-8", "replace")
        command = self.pending_sync_command or next(iter(self.pending_async_commands.values()), None)
        if command is not None:
            command.append_to_resp(line.removeprefix(b"* "))
        if line.endswith(b" EXISTS") or (command is not None and command.name == "IDLE"):
            self.news.set()
        return command

    def _continuation(self, line: bytes) -> None:
        if self.pending_sync_command is not None and self.pending_sync_command.name == "AUTHENTICATE":
            self.pending_sync_command.append_to_resp(line)
            self.transport.write(_CRLF)  # the empty answer to a refusal; without it the server waits (RFC 7628 §3.2.3)
            return
        super()._continuation(line)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail every waiter at once."""
        self._fail(self.bye or str(exc or "") or "closed by the server")

    def _fail(self, why: str) -> None:
        if not self.lost.done():
            self.lost.set_result(why)
        if not self.greeted.done():
            self.greeted.set_exception(ConnectionError(why))
        waiting = [*self.pending_async_commands.values(), self.pending_sync_command]
        self.pending_async_commands.clear()
        self.pending_sync_command = None
        for command in waiting:
            if command is not None and not command._event.is_set():
                command._exception = lib.Abort(why)
                command._timer.cancel()
                command._event.set()
        self.state = lib.LOGOUT
        self._idle_event.set()
        self.news.set()
