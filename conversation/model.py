"""Conversations, their entries and the seats of agents: what they are, not what happens to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field

from core.journal_id import entry_id
from core.message import Address, Author, Part
from core.model import Document, Record, Reference, Value

State = Literal["menu", "waiting", "running", "ended"]
Outcome = Literal["solved", "unsolved", "refused", "abandoned"]
FormReason = Literal["closed", "nobody_on_duty", "queue_full", "waited_too_long", "left"]

NORMAL_PRIORITY = 0  # greater is served earlier, as an organization's priority
ABSENT_AFTER = timedelta(seconds=30)  # a lost heartbeat this old means away (spec 3.3)


class Visit(Value):
    """What the customer's browser tells about itself (spec 4.1); claimed, not trusted."""

    page: str = Field("", max_length=2_000)
    title: str = Field("", max_length=300)
    referrer: str = Field("", max_length=2_000)
    browser: str = Field("", max_length=400)
    language: str = Field("", max_length=40)
    time_zone: str = Field("", max_length=64)


class Spoken(Value):
    """The latest words of a conversation, for lists."""

    text: str
    at: datetime
    author_kind: Literal["customer", "agent", "system"]


class Mark(Value):
    """A place in the journal and its time."""

    seq: int
    at: datetime


class Reading(Value):
    """The highest entry number that each side has read."""

    customer: int = 0
    agent: int = 0


class Rating(Value):
    """What the customer thought of it (spec 6.8)."""

    score: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=2_000)


class Conversation(Document):
    """A live session between a customer and the desk.

    The fields below the line follow from the journal; they are written apart from state changes, a moment later, and
    never decide who may do what.
    """

    collection: ClassVar[str] = "conversations"

    channel_id: str
    channel_kind: str
    address: Address  # where the customer is reached on the channel
    customer: Reference
    state: State
    outcome: Outcome | None = None
    live: bool = True  # a customer has at most one live conversation per channel: a unique index holds it
    desk: Reference | None = None
    host: Reference | None = None
    catalog_node_id: str | None = None
    catalog_path: tuple[str, ...] = ()
    menu_item_id: str | None = None  # where in the navigation menu the customer is
    subject: str = ""
    priority: int = NORMAL_PRIORITY
    created_at: datetime
    queued_at: datetime | None = None
    hosted_at: datetime | None = None
    ended_at: datetime | None = None
    form_offered: FormReason | None = None
    customer_left: bool = False
    served_by: tuple[str, ...] = ()  # ids of agents who hosted it
    ticket_ids: tuple[str, ...] = ()
    ticket_number: int | None = None
    rating: Rating | None = None
    visit: Visit = Visit()

    # ---
    last_seq: int = 0
    last_message: Spoken | None = None
    last_customer: Mark | None = None
    answered_seq: int = 0
    unanswered: Mark | None = None  # oldest customer message that no agent has answered
    read: Reading = Reading()
    sent_seq: int = 0  # up to here the channel took what agents said

    @property
    def order(self) -> tuple[int, datetime, str]:
        """Its place among those who wait: priority class, then arrival (spec 3.4)."""
        return (-self.priority, self.queued_at or self.created_at, self.id)


class Entry(Record):
    """One line of a conversation's journal; ``seq`` counts from 1 without gaps."""

    collection: ClassVar[str] = "entries"

    conversation_id: str
    seq: int
    kind: Literal["message", "note", "event"]
    author: Author
    parts: tuple[Part, ...]
    at: datetime
    channel_id: str
    external_id: str | None = None  # unique per channel
    client_id: str | None = None  # what the sender's own browser calls it

    @property
    def is_public(self) -> bool:
        """Whether the customer may see it: notes never leave (spec 4.2)."""
        return self.kind != "note"


def entry(conversation: Conversation, seq: int, **fields: Any) -> Entry:
    """Return the entry that takes the given number in the conversation's journal."""
    return Entry(
        id=entry_id(conversation.id, seq),
        tenant_id=conversation.tenant_id,
        conversation_id=conversation.id,
        channel_id=conversation.channel_id,
        seq=seq,
        **fields,
    )


class Connection(Value):
    """One web process's word on whether the agent's browser is connected to it."""

    seen_at: datetime
    left_at: datetime | None = None


class Seat(Document):
    """An agent's place at the desks: limit, connections, and when a conversation was last assigned.

    The version guards assignment: whoever assigns a conversation to the agent counts the open ones and takes the next
    version in the same commit, so two desks cannot fill the same place.
    """

    collection: ClassVar[str] = "seats"

    name: str
    avatar: str | None = None
    limit: int  # 0 = busy (spec 3.3)
    connections: dict[str, Connection] = Field(default_factory=dict)
    last_assigned_at: datetime | None = None

    def is_connected(self, now: datetime) -> bool:
        """Whether a browser of the agent is connected at this moment."""
        return any(c.left_at is None and now - c.seen_at < ABSENT_AFTER for c in self.connections.values())

    def is_on_duty(self, now: datetime) -> bool:
        """Whether the agent serves: not busy, and connected or gone so briefly that it may be a reload."""
        seen = any(now - max(c.seen_at, c.left_at or c.seen_at) < ABSENT_AFTER for c in self.connections.values())
        return self.limit > 0 and seen

    def status(self, now: datetime) -> Literal["free", "busy", "away"]:
        """What colleagues see."""
        if not self.is_connected(now):
            return "away"
        return "free" if self.limit > 0 else "busy"
