"""What agents and customers are shown of a conversation; pure, and the place where private words stop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import orjson
from pydantic import Field

from conversation.model import (
    Alarm,
    Conversation,
    Entry,
    EntryKind,
    FormReason,
    Guest,
    Offer,
    Outcome,
    Rating,
    Reading,
    Spoken,
    State,
    Visit,
)
from core.message import Attachment, Author, Part
from core.model import Reference, Value


class EntryView(Value):
    """One line of the transcript, as browsers get it."""

    id: str
    conversation_id: str
    seq: int = Field(description="Its number in the conversation's journal, from 1 without gaps")
    kind: EntryKind
    author: Author
    parts: tuple[Part, ...]
    at: datetime
    client_id: str | None = Field(description="What the sender's browser called it")


class Row(Value):
    """What a conversation's row in a list shows of its words."""

    id: str
    last_seq: int
    last_message: Spoken | None
    waiting_since: datetime | None = Field(description="The oldest customer message that no agent has answered")
    unread: int


class ConversationView(Row):
    """A conversation as agents see it."""

    version: int
    channel_id: str
    channel_kind: str
    state: State
    outcome: Outcome | None
    customer: Reference
    desk: Reference | None
    host: Reference | None
    catalog_node_id: str | None
    catalog_path: tuple[str, ...]
    subject: str
    priority: int
    lift: int = Field(description="Moved up by a leader: greater is served earlier within the priority")
    created_at: datetime
    queued_at: datetime | None
    hosted_at: datetime | None
    ended_at: datetime | None
    read: Reading
    ticket_ids: tuple[str, ...]
    rating: Rating | None
    customer_left: bool
    visit: Visit
    skills: tuple[str, ...] = Field(description="What the one who serves must know")
    offer: Offer | None = Field(description="Held out to an agent or a group, who have yet to accept")
    alarm: Alarm | None = Field(description="The host leaves the customer without an answer; gone once there is one")
    guests: tuple[Guest, ...]
    position: int | None = Field(None, description="Place in the queue while waiting; 1 is next")


class Host(Value):
    """What the customer learns of the agent."""

    name: str
    avatar: str | None


class VisitorReading(Value):
    """How far the desk and the customer have read."""

    agent: int
    customer: int


class VisitorConversation(Value):
    """A conversation as its customer sees it: no names of colleagues, no notes, no inner fields."""

    id: str
    version: int
    state: State
    outcome: Outcome | None
    host: Host | None
    desk_name: str | None
    position: int | None
    expected_wait: tuple[int, int] | None
    last_seq: int
    read: VisitorReading
    rating: Rating | None
    ticket_number: str | None
    form_offered: FormReason | None


def entry_view(entry: Entry) -> EntryView:
    """Return an entry for the people who may see it all."""
    return EntryView(
        id=entry.id,
        conversation_id=entry.conversation_id,
        seq=entry.seq,
        kind=entry.kind,
        author=entry.author,
        parts=entry.parts,
        at=entry.at,
        client_id=entry.client_id,
    )


_SHOWN = set(EntryView.model_fields)
_latest: tuple[Entry | None, orjson.Fragment] = (None, orjson.Fragment(b"null"))


def entry_json(entry: Entry) -> orjson.Fragment:
    """Return the JSON of `entry_view`, the short way: every word that is said takes it, to be told and acknowledged."""
    global _latest  # the second comes right after the first
    if _latest[0] is not entry:
        _latest = (entry, orjson.Fragment(entry.model_dump_json(include=_SHOWN)))
    return _latest[1]


def is_shown_whole(entry: Entry) -> bool:
    """Whether the customer sees of an entry all that agents see: the customer's own words."""
    return entry.kind == "message" and entry.author.kind == "customer"


#: What an agent's id or the machinery's words would tell the customer is left out of happenings.
_TOLD_TO_CUSTOMERS = {
    "queued": ("desk_name",),
    "moved": ("desk_name", "reason"),
    "hosted": ("agent_name",),
    "transferred": ("agent_name",),
    "returned": (),
    "reminded": ("minutes_left",),
    "joined": ("agent_name",),
    "guest_left": ("agent_name",),
    "form_offered": ("reason",),
    "left": (),
    "ended": ("outcome",),
    "rated": ("score", "comment"),
    "ticket_opened": ("number",),
}


def visitor_entry(entry: Entry) -> EntryView | None:
    """Return an entry for its customer, or None for what never leaves (spec 4.2)."""
    if not entry.is_public:
        return None
    view = entry_view(entry)
    if entry.kind == "event":
        parts = []
        for part in entry.parts:
            told = _TOLD_TO_CUSTOMERS.get(part.name) if part.type == "event" else None
            if part.type != "event" or told is None:
                return None
            parts.append(part.model_copy(update={"data": {k: v for k, v in part.data.items() if k in told}}))
        view = view.model_copy(update={"parts": tuple(parts)})
    if is_shown_whole(entry):
        return view
    return view.model_copy(update={"author": entry.author.model_copy(update={"id": entry.author.kind})})


def visitor_entries(entries: Iterable[Entry]) -> list[EntryView]:
    """Return what a customer may see of these entries."""
    return [view for entry in entries if (view := visitor_entry(entry))]


class GuestConversation(Value):
    """A conversation as a guest from outside sees it: whose guest one is, and until when."""

    id: str
    version: int
    state: State
    host: Host | None
    guest_id: str = Field(description="Oneself: the author of one's own words")
    name: str
    invited_by: str
    until: datetime
    last_seq: int


def guest_entry(entry: Entry) -> EntryView | None:
    """Return an entry for guests from outside, or None for what never leaves; files are named, not given."""
    view = visitor_entry(entry)
    if view is None:
        return None
    known_as = entry.author.id if entry.author.kind == "guest" else entry.author.kind
    author = view.author.model_copy(update={"id": known_as})
    parts = tuple(
        part.model_copy(update={"file_id": "withheld"}) if isinstance(part, Attachment) else part for part in view.parts
    )
    return view.model_copy(update={"author": author, "parts": parts})


def guest_entries(entries: Iterable[Entry]) -> list[EntryView]:
    """Return what a guest from outside may see of these entries."""
    return [view for entry in entries if (view := guest_entry(entry))]


def guest_view(conversation: Conversation, guest: Guest) -> GuestConversation:
    """Return a conversation for a guest from outside."""
    assert guest.until
    host = conversation.host
    return GuestConversation(
        id=conversation.id,
        version=conversation.version,
        state=conversation.state,
        host=Host(name=host.name, avatar=host.avatar) if host else None,
        guest_id=guest.id,
        name=guest.name,
        invited_by=guest.invited_by,
        until=guest.until,
        last_seq=conversation.last_seq,
    )


def row_view(conversation: Conversation) -> Row:
    """Return what a conversation's row shows of its words, for agents."""
    return Row(
        id=conversation.id,
        last_seq=conversation.last_seq,
        last_message=conversation.last_message,
        waiting_since=conversation.unanswered.at if conversation.unanswered else None,
        unread=sum(seq > conversation.read.agent for seq in conversation.asked),
    )


def conversation_view(conversation: Conversation, *, position: int | None = None) -> ConversationView:
    """Return a conversation for agents."""
    row = row_view(conversation)
    alarm = conversation.alarm
    return ConversationView(
        **{
            name: getattr(conversation, name)
            for name in ConversationView.model_fields
            if name not in ("waiting_since", "unread", "position", "alarm")
        },
        alarm=alarm if alarm and conversation.answered_seq < alarm.seq else None,
        waiting_since=row.waiting_since,
        unread=row.unread,
        position=position,
    )


def visitor_view(
    conversation: Conversation, *, position: int | None = None, wait: tuple[int, int] | None = None
) -> VisitorConversation:
    """Return a conversation for its customer; ``wait``: the least and the most seconds it may take."""
    host = conversation.host
    return VisitorConversation(
        id=conversation.id,
        version=conversation.version,
        state=conversation.state,
        outcome=conversation.outcome,
        host=Host(name=host.name, avatar=host.avatar) if host else None,
        desk_name=conversation.desk.name if conversation.desk else None,
        position=position,
        expected_wait=wait if conversation.state == "waiting" else None,
        last_seq=conversation.last_seq,
        read=VisitorReading(agent=conversation.read.agent, customer=conversation.read.customer),
        rating=conversation.rating,
        ticket_number=f"#{conversation.ticket_number}" if conversation.ticket_number else None,
        form_offered=conversation.form_offered,
    )
