"""Mail that comes in directly, by SMTP or LMTP: acknowledged when it is stored, refused before its data if too large.

The address is the channel's key at the installation's mail domain, ``help-desk@in.example.com``: the key decides the
tenant, so nobody can claim another company's address. One's own mail server hands help@… on to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from pymongo.errors import PyMongoError

from channels import store as channel_store
from channels.base import Channel, Door
from channels.email.arriving import Arrival, read, take_in
from channels.email.mail import Peer
from channels.email.mailbox import own_addresses
from channels.email.settings import EmailSettings
from core.errors import Conflict, NotFound, Unavailable

log = structlog.get_logger("direct")

LARGEST: Final = 100_000_000  # bytes; each channel has a limit of its own below it
LINE: Final = (
    1_000_000  # bytes of one line: real mails break the 1,000 of RFC 5321, and nothing is gained by refusing them
)
RECIPIENTS: Final = 100
_SIZE: Final = re.compile(r"SIZE=(\d{1,15})", re.IGNORECASE)


class _Smtp(SMTP):
    line_length_limit = LINE


class _Lmtp(LMTP):
    line_length_limit = LINE


@dataclass
class Receiver:
    """Takes mails for the channels of all tenants.

    ``behind_server``: who hands them on has checked the sender; else we do, asking ``name_server`` (``host:port``).
    """

    door: Door
    domain: str
    behind_server: bool
    name_server: str = ""  # empty: the machine's

    def smtp(self) -> SMTP:
        """Return what answers one SMTP connection."""
        return _Smtp(self, hostname=self.domain, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="Waystation")

    def lmtp(self) -> SMTP:
        """Return what answers one LMTP connection (RFC 2033): once for each recipient."""
        return _Lmtp(self, hostname=self.domain, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="Waystation")

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a channel's address, if the mail is not larger than the channel takes."""
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            channel = await self._channel(address)
        except NotFound:
            return "550 5.1.1 There is no such address here"
        except PyMongoError:
            return "451 4.3.0 Not available for a moment, try again later"
        declared = _SIZE.search(" ".join(envelope.mail_options))
        if declared and int(declared[1]) > EmailSettings.model_validate(channel.settings).size_limit:
            return "552 5.3.4 The mail is larger than this address takes"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Store the mail for each recipient, and only then say so."""
        peer = None if self.behind_server else self._peer(session, envelope)
        answers = [await self._store(envelope, address, peer) for address in envelope.rcpt_tos]
        if isinstance(server, LMTP):
            return "\r\n".join(answers)
        return next((answer for answer in answers if not answer.startswith("250")), answers[0])

    def _peer(self, session: Session, envelope: Envelope) -> Peer:
        """Return who hands us a mail."""
        return Peer(
            address=str(session.peer[0]) if session.peer else "", helo=str(session.host_name or "")[:253],
            sender=(envelope.mail_from or "")[:320], verified_by=self.domain, name_server=self.name_server,
        )  # fmt: skip

    async def _store(self, envelope: Envelope, address: str, peer: Peer | None) -> str:
        try:
            channel = await self._channel(address)
            settings = EmailSettings.model_validate(channel.settings)
            content = envelope.original_content or b""
            if len(content) > settings.size_limit:
                return "552 5.3.4 The mail is larger than this address takes"
            traced = f"Return-Path: <{envelope.mail_from or ''}>\r\nDelivered-To: {address}\r\n".encode() + content
            own = await own_addresses(self.door, channel)
            arrival = Arrival(channel, settings, traced, own=own, peer=peer)
            await take_in(self.door, arrival, await read(self.door, arrival))
        except NotFound:
            return "550 5.1.1 There is no such address here"
        except (Unavailable, Conflict, PyMongoError) as error:
            log.warning("direct.not_stored", error=repr(error))
            return "451 4.3.0 Not stored, try again later"
        return "250 2.0.0 Stored"

    async def handle_exception(self, error: Exception) -> str:
        """Let the other side try again, whatever happened here."""
        log.error("direct.failed", error=repr(error))
        return "451 4.3.0 Not stored, try again later"

    async def _channel(self, address: str) -> Channel:
        """Return the channel that an address names; a tag behind a plus is for the ticket, not for us.

        Raises:
            NotFound: there is none.
        """
        local, _, domain = address.rpartition("@")
        if domain.lower() != self.domain.lower():
            raise NotFound
        key = local.partition("+")[0].lower()
        return await channel_store.channel_by_key_in_any_tenant(self.door.db, "email", key)
