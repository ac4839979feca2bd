"""IMAP: the few typed commands that a mailbox needs (RFC 3501), on a connection that is never out of step.

aioimaplib quotes no names, has no STARTTLS, and after a time-out its stream is one answer behind; so commands go out
one at a time, and whatever breaks one drops the connection.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aioimaplib import aioimaplib as lib

from channels.email.account import AccountTrouble, Security, connected, tls_context
from channels.email.imap_protocol import Protocol
from core.errors import N_
from core.tasks import end

CONNECT: Final = 30.0  # seconds to connect and be greeted
SILENCE: Final = 60.0  # seconds without a byte while a command waits for its answer
_CONTROL: Final = re.compile(r"[\x00\r\n]")
_FETCHED: Final = re.compile(rb"\d+ FETCH \(")


@dataclass(frozen=True)
class Folder:
    """A selected folder: UIDs mean something only together with ``uid_validity`` (RFC 3501 §2.3.1.1)."""

    uid_validity: int
    uid_next: int
    exists: int
    keywords: bool  # new keywords may be made


@dataclass(frozen=True)
class Fetched:
    """A mail of a mailbox; ``size`` in bytes as the server counts it, ``raw`` may be its beginning only."""

    uid: int
    size: int
    raw: bytes = b""


class Imap:
    """A connection to a mailbox. Whatever fails, by time or by the network, drops it: nothing is out of step ever.

    All methods raise `AccountTrouble` in words that say what to do.
    """

    def __init__(self, protocol: Protocol, host: str) -> None:
        self._protocol = protocol
        self._host = host
        self._turn = asyncio.Lock()

    @classmethod
    async def connect(
        cls, host: str, port: int, security: Security, *, certificate: str = "", private: bool = False
    ) -> Imap:
        """Connect, be greeted and encrypt; ``certificate``: PEM of an authority to be trusted beside the usual ones.

        ``private``: the server may be in this installation's own network.
        """
        loop = asyncio.get_running_loop()
        context = tls_context(certificate)
        try:
            async with asyncio.timeout(CONNECT):
                by_tls = security == "tls"
                _, protocol = await loop.create_connection(
                    lambda: Protocol(loop), sock=await connected(host, port, private=private),
                    ssl=context if by_tls else None, server_hostname=host if by_tls else None,
                )  # fmt: skip
                connection = cls(protocol, host)
                try:
                    await protocol.greeted
                    await connection._learn()
                    if security == "starttls":
                        await connection._start_tls(context)
                except BaseException:  # cancelled too: nobody else knows of the connection yet
                    connection.drop()
                    raise
        except (OSError, TimeoutError, lib.AioImapException) as error:
            raise AccountTrouble.unreachable(host, port, error) from error
        return connection

    # --- Signing in ---

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        protocol = self._protocol
        if "STARTTLS" not in protocol.capabilities:
            raise ConnectionError("no STARTTLS")
        await self._done("STARTTLS")
        if protocol.incomplete_line:  # commands that somebody put before the encryption (CVE-2011-0411)
            raise ConnectionError("words before the encryption")
        protocol.transport = await protocol.loop.start_tls(
            protocol.transport, protocol, context, server_hostname=self._host
        )
        await self._learn()

    async def _learn(self) -> None:
        """Ask what the server is able to do: it is more after STARTTLS, and again after signing in."""
        lines = await self._done("CAPABILITY")
        self._protocol.capabilities = {
            word.decode("ascii", "replace").upper()
            for line in lines
            if isinstance(line, bytes) and line.upper().startswith(b"CAPABILITY ")
            for word in line.split()[1:]
        }

    async def login(self, user: str, password: str) -> None:
        """Sign in with a password."""
        if "LOGINDISABLED" in self._protocol.capabilities:
            raise AccountTrouble(N_("{host} does not take passwords on this connection. Choose TLS or STARTTLS."),
                                 host=self._host)  # fmt: skip
        await self._sign_in("LOGIN", quoted(user), quoted(password))

    async def xoauth2(self, user: str, token: str) -> None:
        """Sign in with an access token (Google, Microsoft)."""
        said = b64encode(f"user={user}\1auth=Bearer {token}\1\1".encode()).decode()
        await self._sign_in("AUTHENTICATE", "XOAUTH2", said)

    async def _sign_in(self, command: str, *arguments: str) -> None:
        result, lines = await self._command(command, *arguments)
        if result != "OK":
            raise AccountTrouble.refused(self._host, _text(lines[-1:]))
        self._protocol.state = lib.AUTH
        await self._learn()

    # --- Folders ---

    async def select(self, folder: str) -> Folder:
        """Open a folder."""
        result, lines = await self._command("SELECT", quoted(utf7(folder)))
        if result != "OK":
            raise AccountTrouble(
                N_("There is no folder “{folder}” at {host}. Choose another one in the channel's settings."),
                folder=folder, host=self._host, said=_text(lines[-1:]),
            )  # fmt: skip
        self._protocol.state = lib.SELECTED
        told = _text(lines)
        numbers = {name: re.search(pattern, told) for name, pattern in _SELECTED.items()}
        found = {name: int(match[1]) if match else 0 for name, match in numbers.items()}
        return Folder(**found, keywords=bool(re.search(r"PERMANENTFLAGS \([^)]*\\\*", told)))

    async def create(self, folder: str) -> None:
        """Create a folder unless it is there."""
        await self._command("CREATE", quoted(utf7(folder)))

    async def uids(self, *, above: int = 0) -> list[int]:
        """Return the UIDs above one, upwards; ``n:*`` names the last mail even if its UID is smaller."""
        self._protocol.news.clear()  # what comes from here on was not seen by this look
        lines = await self._done("SEARCH", "UID", f"{above + 1}:*", prefix="UID")
        words = b" ".join(bytes(line)[7:] for line in lines if line.upper().startswith(b"SEARCH ")).split()
        return sorted({int(word) for word in words if word.isdigit() and int(word) > above})

    async def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return UID → size in bytes of those that are still there."""
        lines = await self._done("FETCH", _set(uids), "(UID RFC822.SIZE)", prefix="UID")
        return {one.uid: one.size for one in _fetched(lines) if one.uid in set(uids)}

    async def bodies(self, uids: Sequence[int]) -> list[Fetched]:
        """Return whole mails, without marking them as seen; those that are gone meanwhile are not there."""
        lines = await self._done("FETCH", _set(uids), "(UID RFC822.SIZE BODY.PEEK[])", prefix="UID")
        return [one for one in _fetched(lines) if one.uid in set(uids)]

    async def head(self, uid: int, size: int) -> Fetched | None:
        """Return the first ``size`` bytes of a mail that is too big to be taken."""
        lines = await self._done("FETCH", str(uid), f"(UID RFC822.SIZE BODY.PEEK[]<0.{size}>)", prefix="UID")
        return next((one for one in _fetched(lines) if one.uid == uid), None)

    async def flag(self, uids: Sequence[int], flag: str) -> None:
        """Put a flag or keyword on mails."""
        await self._done("STORE", _set(uids), "+FLAGS.SILENT", f"({flag})", prefix="UID")

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails to a folder; where the server cannot, copy them and take these copies away (RFC 6851 §3.3)."""
        to = quoted(utf7(folder))
        if "MOVE" in self._protocol.capabilities:
            await self._done("MOVE", _set(uids), to, prefix="UID")
            return
        await self._done("COPY", _set(uids), to, prefix="UID")
        await self.flag(uids, r"\Deleted")
        if "UIDPLUS" in self._protocol.capabilities:  # else EXPUNGE would take others' deleted mails along
            await self._done("EXPUNGE", _set(uids), prefix="UID")

    async def append(self, folder: str, raw: bytes) -> None:
        """Put a mail into a folder."""
        self._protocol.literal_data = raw
        await self._done("APPEND", quoted(utf7(folder)), f"{{{len(raw)}}}")

    async def noop(self) -> None:
        """Say that we are still here, and hear what is new."""
        await self._done("NOOP")

    # --- Waiting for news ---

    @property
    def can_idle(self) -> bool:
        """Whether the server tells of new mail by itself (RFC 2177)."""
        return "IDLE" in self._protocol.capabilities

    async def idle(self, seconds: float) -> bool:
        """Wait until there is news since the last `uids`, so many seconds at most; return whether there is.

        Raises:
            AccountTrouble: the connection is gone; it is noticed at once, not at the end of the time.
        """
        protocol = self._protocol
        async with self._turn:
            self._check()
            if protocol.news.is_set():  # told along with another answer: servers do not tell it again
                return True
            command = lib.IdleCommand(protocol.new_tag(), protocol.idle_queue, loop=protocol.loop)
            idling = asyncio.create_task(protocol.execute(command))
            try:
                try:
                    async with asyncio.timeout(seconds):
                        await protocol.news.wait()
                except TimeoutError:
                    pass
                told = protocol.news.is_set()
                self._check()
                protocol.send("DONE")
                async with asyncio.timeout(SILENCE):
                    await idling
            except (lib.AioImapException, TimeoutError) as error:
                self.drop()
                raise self._lost(error) from error
            except BaseException:  # cancelled: the server still idles, and would take the next command for noise
                self.drop()
                raise
            finally:
                await end([idling])  # one that has not begun yet would wait for a connection that is gone
        return told

    # --- Leaving ---

    async def logout(self) -> None:
        """Leave in order, as far as the server takes part."""
        try:
            async with asyncio.timeout(2):
                await self._command("LOGOUT")
        except (AccountTrouble, TimeoutError):
            pass
        finally:
            self.drop()

    def drop(self) -> None:
        """Close the connection at once."""
        if self._protocol.transport is not None:
            self._protocol.transport.abort()
        self._protocol._fail("dropped")

    @property
    def is_open(self) -> bool:
        """Whether the connection still stands."""
        return not self._protocol.lost.done()

    # --- One command at a time ---

    async def _done(self, name: str, *arguments: str, prefix: str = "") -> list[bytes | bytearray]:
        """Run a command that must succeed; return the lines of the answer.

        Raises:
            AccountTrouble: the server says no, or the connection is gone.
        """
        result, lines = await self._command(name, *arguments, prefix=prefix)
        if result != "OK":
            raise AccountTrouble(
                N_("{host} refuses “{command}”: {said}"), host=self._host, command=name, said=_text(lines[-1:])
            )
        return lines

    async def _command(self, name: str, *arguments: str, prefix: str = "") -> tuple[str, list[bytes | bytearray]]:
        protocol = self._protocol
        async with self._turn:
            self._check()
            try:
                command = lib.Command(name, protocol.new_tag(), *arguments, prefix=prefix or None, loop=protocol.loop,
                                      timeout=SILENCE)  # fmt: skip
                response = await protocol.execute(command)
            except lib.AioImapException as error:
                self.drop()
                raise self._lost(error) from error
            except BaseException:  # cancelled: the answer would be taken for the next command's
                self.drop()
                raise
        return response.result, response.lines

    def _check(self) -> None:
        if not self.is_open:
            raise self._lost(ConnectionError(self._protocol.lost.result()))

    def _lost(self, error: Exception) -> AccountTrouble:
        reason = "no answer" if isinstance(error, lib.CommandTimeout | TimeoutError) else str(error)
        return AccountTrouble(
            N_("The connection to {host} was lost ({reason}). It is tried again by itself."),
            host=self._host, reason=reason[:200],
        )  # fmt: skip


_SELECTED: Final = {
    "uid_validity": r"UIDVALIDITY (\d{1,10})",
    "uid_next": r"UIDNEXT (\d{1,10})",
    "exists": r"(\d{1,10}) EXISTS",
}


def quoted(words: str) -> str:
    """Return an argument as a quoted string (RFC 3501 §9).

    Raises:
        AccountTrouble: a line break or NUL would end the command and begin another.
    """
    if _CONTROL.search(words):
        raise AccountTrouble(N_("Names and passwords hold no line breaks. Correct the channel's settings."))
    return str(lib.quoted(words))


def utf7(name: str) -> str:
    """Return a folder's name in the modified UTF-7 of IMAP (RFC 3501 §5.1.3)."""
    out: list[str] = []
    for plain, other in re.findall(r"([\x20-\x7e]+)|([^\x20-\x7e]+)", name):
        if plain:
            out.append(plain.replace("&", "&-"))
        else:
            coded = b64encode(other.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
            out.append(f"&{coded}-")
    return "".join(out)


def _set(uids: Iterable[int]) -> str:
    """Return a set of UIDs, runs of them as ranges: ``1:200,205``."""
    runs: list[list[int]] = []
    for uid in sorted(set(uids)):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def _fetched(lines: Sequence[bytes | bytearray]) -> list[Fetched]:
    """Return the mails of a FETCH: a line, its literal, and attributes on either side of it."""
    found: list[tuple[bytes, bytes]] = []
    for line in lines:
        if isinstance(line, bytearray):
            if found:
                found[-1] = (found[-1][0], bytes(line))
        elif _FETCHED.match(line):
            found.append((line, b""))
        elif found:
            found[-1] = (found[-1][0] + b" " + line, found[-1][1])
    return [one for one in (_one(head, raw) for head, raw in found) if one]


def _one(head: bytes, raw: bytes) -> Fetched | None:
    facts: dict[str, Any] = {}
    for name, pattern in (("uid", rb"\bUID (\d{1,10})"), ("size", rb"RFC822\.SIZE (\d{1,12})")):
        match = re.search(pattern, head)
        if match:
            facts[name] = int(match[1])
    if "uid" not in facts:
        return None  # an unasked FETCH of somebody else's flags
    empty = re.search(rb'BODY\[\](?:<0>)? "((?:[^"\\]|\\.)*)"', head)  # servers may quote what is short
    return Fetched(uid=facts["uid"], size=facts.get("size", len(raw)), raw=raw or (empty[1] if empty else b""))


def _text(lines: Sequence[bytes | bytearray]) -> str:
    return " ".join(bytes(line).decode("utf-8", "replace") for line in lines if isinstance(line, bytes))[:2_000]
