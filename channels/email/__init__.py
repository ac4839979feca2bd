"""E-mail: mailboxes that are read by IMAP, mails that come in directly, and answers that leave by SMTP (spec 2.6)."""

from __future__ import annotations

from typing import ClassVar

from quart import Blueprint
from socketio import AsyncNamespace

from channels.base import Capabilities, Channel, ChannelSettings, Door, OutboundMessage
from channels.email import sending
from channels.email.mailbox import Reader
from channels.email.settings import EmailSettings
from core.message import Address


class Email:
    """The adapter: one channel per mailbox."""

    kind: ClassVar[str] = "email"
    can: ClassVar[Capabilities] = Capabilities(
        kind_of_work="ticket",
        parts=frozenset({"text", "emoji", "image", "file", "video", "voice", "rich", "card", "location"}),
        holds_connection=True,
    )
    Settings: ClassVar[type[ChannelSettings]] = EmailSettings

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.settings = EmailSettings.model_validate(channel.settings)

    async def send(self, to: Address, message: OutboundMessage, door: Door) -> str:
        """Send a mail; its Message-ID is made of the message's id."""
        return await sending.send(door, self.channel, self.settings, to, message)

    @classmethod
    def routes(cls, door: Door) -> Blueprint | None:
        """Return none: nobody calls a mailbox."""
        return None

    @classmethod
    def sockets(cls, door: Door) -> list[AsyncNamespace]:
        """Return none."""
        return []

    async def run(self, door: Door) -> None:
        """Read the mailbox."""
        await Reader(self.channel, self.settings, door).run()
