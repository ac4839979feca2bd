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

EntryKind = Literal["message", "note", "whisper", "event"]  # a whisper is a leader's note to the host
Private = Literal["note", "whisper"]
OfferKind = Literal["response", "transfer", "invitation"]
Absence = Literal["chosen", "silent", "idle"]

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
    author_kind: Literal["customer", "agent", "system", "guest"]


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


class Offer(Value):
    """A conversation held out to somebody who has yet to accept: one at a time, until its time is up.

    ``response``: a waiting customer, held out to an agent (spec 3.3). ``transfer``: a running one, to an agent or to
    everybody of a group; the host stays until somebody accepts (spec 4.3). ``invitation``: to join in (spec 4.4).
    """

    id: str
    kind: OfferKind
    agent: Reference | None = None
    group: Reference | None = None
    by: Reference | None = None
    note: str = ""
    made_at: datetime
    until: datetime


class Alarm(Value):
    """The host leaves the customer's words without an answer (spec 4.5)."""

    seq: int  # of the words
    level: int  # how often it was raised: from the second on, leaders hear it too
    since: datetime
    raised_at: datetime


class Guest(Value):
    """Somebody in the conversation beside the customer and the host (spec 4.4).

    An agent is known by the own id; an outsider by a link that is valid ``until``.
    """

    id: str
    kind: Literal["agent", "outsider"]
    name: str
    avatar: str | None = None
    invited_by: str
    joined_at: datetime | None = None  # none: invited, not here yet
    sees_after: int = 0  # entries up to this number are not shown
    until: datetime | None = None


class Forecast(Value):
    """How long the customer was told to wait, in seconds, and when: to see how often it was right (spec 3.4)."""

    low: int
    high: int
    at: datetime


class Outlook(Value):
    """What somebody who waits was told last: the place, and the least and most seconds it may take (spec 3.4)."""

    position: int
    low: int | None = None
    high: int | None = None

    @classmethod
    def of(cls, position: int, wait: tuple[int, int] | None) -> Outlook:
        """Return a place and the wait there; None where nothing is known of it."""
        low, high = wait or (None, None)
        return cls(position=position, low=low, high=high)


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
    queued_at: datetime | None = None  # its arrival, which it keeps when it has to wait again
    waits_since: datetime | None = None  # this time
    hosted_at: datetime | None = None  # since when its present host serves it
    ended_at: datetime | None = None
    form_offered: FormReason | None = None
    customer_left: bool = False
    skills: tuple[str, ...] = ()  # what the one who serves must have, where the desk asks for it
    known_agent_id: str | None = None  # who served the customer last, where the desk prefers it
    lift: int = 0  # moved up by a leader: greater is served earlier within the priority
    offer: Offer | None = None
    declined_by: tuple[str, ...] = ()  # ids of agents who did not accept; the others come first
    alarm: Alarm | None = None
    reminded_seq: int = 0  # the agent's words after which the customer was reminded
    guests: tuple[Guest, ...] = ()
    forecast: Forecast | None = None
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
    asked: tuple[int, ...] = ()  # numbers of the customer's messages since the last answer, the latest ones
    read: Reading = Reading()
    told: Outlook | None = None  # none: what the customer knows may be old
    sent_seq: int = 0  # up to here the channel took what agents said

    @property
    def order(self) -> tuple[int, int, datetime, str]:
        """Its place among those who wait: priority class, those moved up, then arrival (spec 3.4)."""
        return (-self.priority, -self.lift, self.queued_at or self.created_at, self.id)

    def guest(self, guest_id: str) -> Guest | None:
        """Return somebody who was invited or has joined."""
        return next((guest for guest in self.guests if guest.id == guest_id), None)

    def speaks(self, agent_id: str) -> bool:
        """Whether an agent may say something to the customer: the host, and guests who have joined."""
        guest = self.guest(agent_id)
        return bool((self.host and self.host.id == agent_id) or (guest and guest.joined_at))


class Entry(Record):
    """One line of a conversation's journal; ``seq`` counts from 1 without gaps."""

    collection: ClassVar[str] = "entries"

    conversation_id: str
    seq: int
    kind: EntryKind
    author: Author
    parts: tuple[Part, ...]
    at: datetime
    channel_id: str
    external_id: str | None = None  # unique per channel
    client_id: str | None = None  # what the sender's own browser calls it

    @property
    def is_public(self) -> bool:
        """Whether the customer may see it: notes and whispers never leave (spec 4.2, 4.6)."""
        return self.kind in ("message", "event")


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


class Stint(Record):
    """From when on an agent was free, busy or away: the time line that leaders see (spec 4.6)."""

    collection: ClassVar[str] = "stints"

    agent_id: str
    status: Literal["free", "busy", "away"]
    reason: Absence | None = None
    at: datetime


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
    absence: Absence | None = None  # connected, and away all the same
    absent_at: datetime | None = None  # since when
    active_at: datetime | None = None  # the latest key or click that a browser told of
    shown: Literal["free", "busy", "away"] = "away"  # what colleagues were told last, and since when
    shown_at: datetime | None = None

    def is_connected(self, now: datetime) -> bool:
        """Whether a browser of the agent is connected at this moment."""
        return any(c.left_at is None and now - c.seen_at < ABSENT_AFTER for c in self.connections.values())

    def is_on_duty(self, now: datetime) -> bool:
        """Whether the agent serves: not busy, and connected or gone so briefly that it may be a reload."""
        seen = any(now - max(c.seen_at, c.left_at or c.seen_at) < ABSENT_AFTER for c in self.connections.values())
        return self.limit > 0 and seen and self.absence is None

    def may_return(self, now: datetime, grace: timedelta) -> datetime | None:
        """Return until when somebody who was silent when asked, and is still connected, may yet come back."""
        if self.absence != "silent" or self.absent_at is None or not self.is_connected(now):
            return None
        until = self.absent_at + grace
        return until if until > now else None

    def is_free(self, now: datetime) -> bool:
        """Whether the agent may be given conversations at this moment."""
        return self.status(now) == "free"

    def status(self, now: datetime) -> Literal["free", "busy", "away"]:
        """What colleagues see."""
        if self.absence or not self.is_connected(now):
            return "away"
        return "free" if self.limit > 0 else "busy"
