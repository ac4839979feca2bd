"""SMTP: a few connections kept open for each account, and a mail handed over in pieces (RFC 5321)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiosmtplib
from aiosmtplib import SMTPResponseException, SMTPServerDisconnected

from channels.email.account import AccountTrouble, Security, connected, tls_context
from core.errors import N_, SendFailed

CONNECT: Final = 30.0  # seconds to connect, encrypt and sign in
ANSWER: Final = 60.0  # seconds for the answer to a command
TAKEN: Final = 300.0  # seconds for the answer to a whole mail (RFC 5321 §4.5.3.2.6 has ten minutes)
MAILS: Final = 100  # over one connection
IDLE: Final = 60.0  # seconds that a connection is kept for the next mail
FRESH: Final = 1.0  # seconds within which a connection is used again without asking whether it lives
SOON: Final = 0.0  # no time was named for the next try: whoever asked backs off


@dataclass(frozen=True)
class Account:
    """Whom mails are given to, and as whom. ``token``: gives an access token; told the one that was refused."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    certificate: str = field(default="", repr=False)
    private: bool = False  # the server may be in this installation's own network
    token: Callable[[str | None], Awaitable[str]] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Envelope:
    """A mail for the wire: ``pieces`` gives its bytes, anew each time, with CRLF and without doubled dots."""

    sender: str
    recipients: Sequence[str]
    size: int
    pieces: Callable[[], AsyncIterator[bytes]]
    utf8: bool = False


@dataclass(frozen=True)
class Accepted:
    """A mail that the server took: what it said, and whom it would not take it for (address → its words)."""

    said: str
    refused: dict[str, str]


class Connection:
    """A signed-in connection, and how long it may still be used."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self.client = client
        self.sent = 0
        self.used_at = asyncio.get_running_loop().time()
        self.handed_over = False  # the end of a mail was written: the server may have it

    @classmethod
    async def open(cls, account: Account) -> Connection:
        """Connect and sign in.

        Raises:
            AccountTrouble: in words that say what to do.
        """
        client = aiosmtplib.SMTP(
            hostname=account.host, use_tls=account.security == "tls", start_tls=account.security == "starttls",
            tls_context=tls_context(account.certificate), timeout=CONNECT,
        )  # fmt: skip
        try:
            async with asyncio.timeout(CONNECT):
                line = await connected(account.host, account.port, private=account.private)
                await client.connect(sock=line)
                await _sign_in(client, account)
        except aiosmtplib.SMTPAuthenticationError as refused:
            client.close()
            raise AccountTrouble.refused(account.host, f"{refused.code} {refused.message}") from refused
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            client.close()
            raise AccountTrouble.unreachable(account.host, account.port, error) from error
        except BaseException:  # cancelled: nobody else knows of the connection yet
            client.close()
            raise
        client.timeout = ANSWER
        return cls(client)

    async def hand_over(self, mail: Envelope) -> Accepted:
        """Give a mail to the server.

        Raises:
            SMTPResponseException, SMTPRecipientsRefused: the server does not take it; the connection can go on.
            SMTPServerDisconnected, OSError: the connection is gone; `handed_over` tells whether the mail may be there.
        """
        self.handed_over = False
        options = [f"SIZE={mail.size}"] if self.client.supports_extension("size") else []
        encoding = "ascii"
        if mail.utf8:
            if not self.client.supports_extension("smtputf8"):
                raise SMTPResponseException(553, "SMTPUTF8 is not supported by this server")
            options, encoding = [*options, "SMTPUTF8"], "utf-8"
        await self.client.mail(mail.sender, options=options, encoding=encoding)
        refused: dict[str, str] = {}
        refusals: list[aiosmtplib.SMTPRecipientRefused] = []
        for recipient in mail.recipients:
            try:
                await self.client.rcpt(recipient, encoding=encoding)
            except aiosmtplib.SMTPRecipientRefused as refusal:
                refused[recipient] = f"{refusal.code} {refusal.message}"
                refusals.append(refusal)
        if len(refusals) == len(mail.recipients):
            raise aiosmtplib.SMTPRecipientsRefused(refusals)
        said = await self._data(mail)
        self.sent += 1
        self.used_at = asyncio.get_running_loop().time()
        return Accepted(said, refused)

    async def _data(self, mail: Envelope) -> str:
        """Write the mail piece by piece: the library's own way stalls the loop 4 s for 25 MB (measured)."""
        protocol: Any = self.client.protocol
        if protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        start = await self.client.execute_command(b"DATA")
        if start.code != 354:
            raise aiosmtplib.SMTPDataError(start.code, start.message)
        protocol._response_pending = True
        async for piece in mail.pieces():
            protocol.write(piece)
            await protocol._drain_helper()
        self.handed_over = True
        protocol.write(b".\r\n")
        answer = await protocol.read_response(timeout=TAKEN)
        if answer.code != 250:
            self.handed_over = False
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        return str(answer.message)

    async def is_alive(self) -> bool:
        """Return whether it can take another mail."""
        idle = asyncio.get_running_loop().time() - self.used_at
        if self.sent >= MAILS or idle > IDLE or not self.client.is_connected:
            return False
        if idle < FRESH:
            return True
        try:
            return (await self.client.noop(timeout=5)).code == 250
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            return False

    async def reset(self) -> bool:
        """Forget a mail that was refused; return whether the connection can go on."""
        try:
            await self.client.rset(timeout=5)
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Leave, in order if the server takes part."""
        with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await self.client.quit(timeout=2)
        self.client.close()


async def _sign_in(client: aiosmtplib.SMTP, account: Account) -> None:
    if account.token:
        token = await account.token(None)
        try:
            await client.auth_xoauth2(account.user, token)
        except aiosmtplib.SMTPAuthenticationError:
            await client.auth_xoauth2(account.user, await account.token(token))
        return
    await client.ehlo()
    if account.password and client.server_auth_methods:  # a relay of one's own network may want none
        await client.login(account.user, account.password)


class Pool:
    """The connections of one account in this process."""

    def __init__(self, account: Account, connections: int) -> None:
        self.account = account
        self._places = asyncio.Semaphore(connections)
        self._idle: list[Connection] = []
        self._sweeping: asyncio.TimerHandle | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    async def send(self, mail: Envelope) -> Accepted:
        """Hand a mail over; a connection that died meanwhile is replaced once, if the mail cannot have arrived.

        Raises:
            SendFailed: in words, for now or for good.
        """
        async with self._places:
            for last in (False, True):
                connection, used_before = await self._connection()
                try:
                    accepted = await connection.hand_over(mail)
                except (SMTPResponseException, aiosmtplib.SMTPRecipientsRefused) as refused:
                    if await connection.reset():
                        self._keep(connection)
                    else:
                        connection.client.close()
                    raise self._refusal(refused) from refused
                except (aiosmtplib.SMTPException, OSError, TimeoutError) as gone:
                    connection.client.close()
                    if used_before and not connection.handed_over and not last:
                        continue
                    raise SendFailed(
                        N_("The connection to {host} was lost while sending. It is tried again by itself."),
                        retry_after=SOON, host=self.account.host,
                    ) from gone  # fmt: skip
                except BaseException:  # cancelled: the server may stand in the middle of a mail, so nobody uses it on
                    connection.client.close()
                    raise
                self._keep(connection)
                return accepted
        raise AssertionError("unreachable")

    async def _connection(self) -> tuple[Connection, bool]:
        while self._idle:
            connection = self._idle.pop()
            if await connection.is_alive():
                return connection, True
            self._leave(connection)
        try:
            return await Connection.open(self.account), False
        except AccountTrouble as trouble:
            raise SendFailed(trouble.detail, retry_after=SOON, **trouble.facts) from trouble

    def _keep(self, connection: Connection) -> None:
        self._idle.append(connection)
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(IDLE, self._sweep)

    def _sweep(self) -> None:
        """Close what nobody has used for a while."""
        self._sweeping = None
        now = asyncio.get_running_loop().time()
        stale = [one for one in self._idle if now - one.used_at >= IDLE]
        self._idle = [one for one in self._idle if one not in stale]
        for connection in stale:
            self._leave(connection)
        if self._idle:
            self._sweeping = asyncio.get_running_loop().call_later(IDLE, self._sweep)

    def _leave(self, connection: Connection) -> None:
        task = asyncio.create_task(connection.close())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _refusal(self, refused: Exception) -> SendFailed:
        """Return what a reply means: 4xx may work later, 5xx never (RFC 5321 §4.2.1)."""
        if isinstance(refused, aiosmtplib.SMTPRecipientsRefused):
            first = refused.recipients[0]
            return SendFailed(
                N_("{host} does not take mail for {recipient}: {said}"), retry_after=_wait(first.code),
                host=self.account.host, recipient=first.recipient, said=_said(first.code, first.message),
            )  # fmt: skip
        assert isinstance(refused, SMTPResponseException)
        return SendFailed(
            N_("{host} did not take the mail: {said}"), retry_after=_wait(refused.code), host=self.account.host,
            said=_said(refused.code, refused.message),
        )  # fmt: skip

    async def close(self) -> None:
        """Leave all connections."""
        if self._sweeping:
            self._sweeping.cancel()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close() for connection in idle), *self._leaving)


def _wait(code: int) -> float | None:
    return None if 500 <= code < 600 else SOON


def _said(code: int, words: str) -> str:
    return " ".join(f"{code} {words}".split())[:300]
