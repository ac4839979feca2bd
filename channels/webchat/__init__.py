"""Web chat: a widget on any page, or a page of its own; customers connect by Socket.IO (spec 2.3)."""

from __future__ import annotations

from typing import ClassVar

from quart import Blueprint
from socketio import AsyncNamespace

from channels.base import Capabilities, Channel, ChannelSettings, Door, OutboundMessage
from channels.webchat.routes import blueprint
from channels.webchat.settings import Settings
from channels.webchat.socket import VisitorNamespace
from core.message import Address


class WebChat:
    """The adapter: browsers are told live and fetch what they missed, so nothing needs to be sent again."""

    kind: ClassVar[str] = "webchat"
    can: ClassVar[Capabilities] = Capabilities(
        kind_of_work="live",
        parts=frozenset(
            {"text", "emoji", "image", "file", "video", "voice", "rich", "card", "location", "menu", "event"}
        ),
        must_be_sent=False,
    )
    Settings: ClassVar[type[ChannelSettings]] = Settings

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    async def send(self, to: Address, message: OutboundMessage, door: Door) -> str:
        """Return our own id: the customer's browser was told when the entry was stored, and asks for what it missed."""
        return message.id

    @classmethod
    def routes(cls, door: Door) -> Blueprint:
        """Return the pages and calls of the widget."""
        return blueprint

    @classmethod
    def sockets(cls, door: Door) -> list[AsyncNamespace]:
        """Return the visitors' namespace."""
        return [VisitorNamespace("/visitor", door)]

    async def run(self, door: Door) -> None:
        """Hold nothing: browsers come to us."""
