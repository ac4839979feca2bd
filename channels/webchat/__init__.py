"""Web chat: a widget on any page, or a page of its own; customers connect by Socket.IO (spec 2.3)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints
from quart import Blueprint
from socketio import AsyncNamespace

from channels.base import Capabilities, Channel, ChannelSettings, Door, OutboundMessage
from channels.webchat.routes import blueprint
from channels.webchat.socket import VisitorNamespace
from core.message import Address

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-zA-Z0-9.*-]{1,253}(:\d{1,5})?$")]


class Settings(ChannelSettings):
    """How a widget looks, greets and where it may be embedded."""

    title: str = Field("", max_length=100, description="Shown on top; empty: the channel's name")
    welcome: str = Field("", max_length=1_000, description="First words to the customer")
    accent: Colour = Field("#0f766e", description="Colour of buttons and the customer's own messages")
    position: Annotated[str, StringConstraints(pattern="^(left|right)$")] = Field(
        "right", description="Corner of the page in which the button sits"
    )
    hours_text: str = Field("", max_length=300, description="Told to customers outside the hours")
    allowed_origins: tuple[Origin, ...] = Field(
        (), max_length=50, description="Sites that may embed the widget; none: any site"
    )


class WebChat:
    """The adapter: browsers are told live and fetch what they missed, so nothing needs to be sent again."""

    kind: ClassVar[str] = "webchat"
    can: ClassVar[Capabilities] = Capabilities(
        kind_of_work="live",
        parts=frozenset({"text", "emoji", "image", "file", "video", "voice", "rich", "card", "location", "menu", "event"}),
        must_be_sent=False,
    )
    Settings: ClassVar[type[ChannelSettings]] = Settings

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    async def send(self, to: Address, message: OutboundMessage) -> str:
        """Return our own id: the customer's browser was told when the entry was stored, and asks for what it missed."""
        return message.id

    @classmethod
    def routes(cls, door: Door) -> Blueprint:
        """Return the pages and calls of the widget."""
        return blueprint(door)

    @classmethod
    def sockets(cls, door: Door) -> list[AsyncNamespace]:
        """Return the visitors' namespace."""
        return [VisitorNamespace("/visitor", door)]

    async def run(self, door: Door) -> None:
        """Hold nothing: browsers come to us."""
