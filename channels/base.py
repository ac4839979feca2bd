"""What every channel is: a stored configuration, an adapter of its kind, and the door it is handed (spec 2.1, 2.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, Field, PlainSerializer, SecretStr, SerializationInfo, StringConstraints
from quart import Blueprint
from socketio import AsyncNamespace

from conversation.live import Heard, Live
from conversation.menu import NavigationMenu
from core.calendar import BusinessHours
from core.db import Database
from core.message import Address, InboundMessage, Part
from core.model import Document, Value

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$")]


class Capabilities(Value):
    """What a kind of channel can do, so that nobody offers what it cannot carry."""

    kind_of_work: Literal["live", "ticket"]  # conversations, or tickets at once (spec 2.2)
    parts: frozenset[str]  # types of parts that it can show to the customer
    text_limit: int = 10_000  # characters of one text
    reply_window: int | None = None  # seconds after a customer's message in which an answer can be sent
    reply_quota: int | None = None  # answers per customer's message
    must_be_sent: bool = True  # False: the customer's browser fetches by itself what it missed
    knows_duplicates: bool = True  # sending the same message id twice shows it once


MASK = "••••••••"  # what people see of a secret; sent back, it means "as it was"


def _shown(secret: SecretStr, info: SerializationInfo) -> str:
    value = secret.get_secret_value()
    return value if info.context == "stored" else MASK if value else ""


#: A password, key or token among the settings: stored as it is, never shown again.
Secret = Annotated[SecretStr, PlainSerializer(_shown, return_type=str)]


class ChannelSettings(BaseModel):
    """What every kind of channel lets the tenant set; each kind adds its own."""

    menu: NavigationMenu = Field(NavigationMenu(), description="Numbered menu that the customer picks from (spec 2.3)")
    hours: BusinessHours | None = Field(None, description="When the channel serves live; none: always")

    def stored(self) -> dict[str, Any]:
        """Return the settings as the channel keeps them, secrets included."""
        return self.model_dump(mode="json", context="stored")

    def shown(self) -> dict[str, Any]:
        """Return the settings as people see them, secrets masked."""
        return self.model_dump(mode="json")


class Channel(Document):
    """One configured way in (渠道): a widget, a mailbox, an account; many of each kind (spec 2.2)."""

    collection: ClassVar[str] = "channels"

    kind: str
    name: str = Field(min_length=1, max_length=100)
    key: Key  # public, unique over all tenants: it stands in addresses
    active: bool = True
    desk_id: str | None = None
    language: Literal["en", "zh-CN"] = "en"
    settings: dict[str, Any] = Field(default_factory=dict)
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class OutboundMessage:
    """What is sent out: the entry's id as the key against doubling, its parts, and who says it."""

    id: str
    parts: tuple[Part, ...]
    author_name: str
    conversation_id: str


@dataclass(frozen=True)
class Door:
    """What an adapter is handed: the one way in, and what is behind it."""

    db: Database
    live: Live
    accept: Callable[[InboundMessage], Awaitable[Heard]]
    emit: Callable[..., Awaitable[None]]  # (event, data, *, room, namespace)
    secret: bytes
    public_url: str
    messages_per_second: float


class Adapter(Protocol):
    """One kind of channel: turns what arrives into `InboundMessage` and sends what goes out."""

    kind: ClassVar[str]
    can: ClassVar[Capabilities]
    Settings: ClassVar[type[ChannelSettings]]  # the console's form is generated from it

    def __init__(self, channel: Channel) -> None: ...

    async def send(self, to: Address, message: OutboundMessage) -> str:
        """Send, and return the provider's id. Raises `core.errors.SendFailed`."""
        ...

    @classmethod
    def routes(cls, door: Door) -> Blueprint | None:
        """Return the HTTP routes of channels that are called."""
        ...

    @classmethod
    def sockets(cls, door: Door) -> list[AsyncNamespace]:
        """Return the Socket.IO namespaces that its customers connect to."""
        ...

    async def run(self, door: Door) -> None:
        """Hold a connection, for channels that do; owned by one worker through a leased job."""
        ...
