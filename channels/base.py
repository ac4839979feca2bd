"""What every channel is: a stored configuration, an adapter of its kind, and the door it is handed (spec 2.1, 2.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar, cast

from pydantic import BaseModel, Field, PlainSerializer, SecretStr, SerializationInfo, StringConstraints
from quart import Blueprint
from socketio import AsyncNamespace

from conversation.live import Heard, Live
from conversation.menu import NavigationMenu
from core.calendar import BusinessHours
from core.db import Change, Database
from core.events import Actor
from core.message import Address, InboundMessage, Part
from core.model import Document, Value
from ticketing.model import Copied, Envelope, Purpose, Ticket, TicketEntry

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$")]


def _nothing(*_: Any) -> Sequence[Change]:
    return ()


class Closing(Protocol):
    """Something that has to be closed."""

    async def close(self) -> None:
        """Close it."""
        ...


C = TypeVar("C", bound=Closing)


class Capabilities(Value):
    """What a kind of channel can do, so that nobody offers what it cannot carry."""

    kind_of_work: Literal["live", "ticket"]  # conversations, or tickets at once (spec 2.2)
    parts: frozenset[str]  # types of parts that it can show to the customer
    text_limit: int = 10_000  # characters of one text
    reply_window: int | None = None  # seconds after a customer's message in which an answer can be sent
    reply_quota: int | None = None  # answers per customer's message
    must_be_sent: bool = True  # False: the customer's browser fetches by itself what it missed
    knows_duplicates: bool = True  # sending the same message id twice shows it once
    holds_connection: bool = False  # one worker at a time runs it: `Adapter.run`


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
    """What is sent out: the entry's id as the key against doubling, its parts, and who says it.

    ``subject_id``: the conversation it is said in, or the ticket, of which it may say more than its parts. ``purpose``:
    an answer to the customer, that a message arrived or the ticket is solved, or a notice to an agent of the desk.
    """

    id: str
    parts: tuple[Part, ...]
    author_name: str
    subject_id: str
    ticket: Ticket | None = None
    automatic: bool = False  # no person said it: it may be left out where machines must be silent
    purpose: Purpose = "answer"
    author_id: str = ""  # the agent who says it
    envelope: Envelope | None = None  # to whom it goes besides, where somebody chose


@dataclass(frozen=True)
class Filed:
    """What became of an inbound message on a channel of tickets: its entry, and the ticket it is part of."""

    ticket: Ticket
    entry: TicketEntry


class Kept:
    """What adapters keep open between calls (pools of connections, processes), until the process leaves."""

    def __init__(self) -> None:
        self._open: dict[Hashable, Closing] = {}

    def get(self, key: Hashable, make: Callable[[], C]) -> C:
        """Return what is kept under a key, made now if there is none."""
        if key not in self._open:
            self._open[key] = make()
        return cast(C, self._open[key])

    async def close(self) -> None:
        """Close everything."""
        while self._open:
            _, kept = self._open.popitem()
            await kept.close()


#: What is stored in one commit with what arrived, given the ticket and the entry that it became.
Along = Callable[[Ticket, TicketEntry], Sequence[Change]]


@dataclass(frozen=True)
class Filing:
    """What a channel of tickets knows of a message beside its words: its subject, where it belongs, who is in copy.

    ``message.thread`` is the ticket that it answers, if it answers one; who may is for the channel to know.
    """

    subject: str = ""
    cc: tuple[Copied, ...] = ()
    note: tuple[Part, ...] = ()  # from whoever handed it on: for the desk alone
    handed_on_by: Actor | None = None  # whose note it is
    answers_by_itself: bool = False  # the customer may be told by a machine that it arrived
    quiet: bool = False  # nobody at the desk is written to about it: it is from long ago, or nobody wants to be
    channel: Channel | None = None  # by which it came, where whoever files it has just loaded it
    along: Along = _nothing


@dataclass(frozen=True)
class Door:
    """What an adapter is handed: the one way in, and what is behind it."""

    db: Database
    live: Live
    accept: Callable[[InboundMessage], Awaitable[Heard]]  # channels of conversations
    file: Callable[[InboundMessage, Filing], Awaitable[Filed]]  # channels of tickets
    emit: Callable[..., Awaitable[None]]  # (event, data, *, room, namespace)
    secret: bytes
    public_url: str
    messages_per_second: float
    private_servers: bool = False  # what tenants name may be in this installation's own network
    kept: Kept = field(default_factory=Kept)


class Adapter(Protocol):
    """One kind of channel: turns what arrives into `InboundMessage` and sends what goes out."""

    kind: ClassVar[str]
    can: ClassVar[Capabilities]
    Settings: ClassVar[type[ChannelSettings]]  # the console's form is generated from it

    def __init__(self, channel: Channel) -> None: ...

    async def send(self, to: Address, message: OutboundMessage, door: Door) -> str:
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
