"""What browsers are told when something was stored, and what channels are sent; telling is best effort."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from channels import CHANNELS
from channels import store as channel_store
from channels.base import Door, OutboundMessage
from conversation import company, store, waiting
from conversation.model import Conversation, Entry, Guest, Seat
from conversation.views import (
    VisitorConversation,
    conversation_view,
    entry_json,
    guest_entry,
    guest_view,
    is_shown_whole,
    visitor_entry,
    visitor_view,
)
from core import rooms
from core.db import Committed, Database, Insert, Save
from core.errors import Problem
from core.events import Event
from core.jobs import Job
from core.later import Later
from core.model import Record
from gateway.rows import Rows
from gateway.store import conversations_changed_in_any_tenant
from ticketing import store as ticket_store
from ticketing.model import Ticket
from ticketing.shown import shown
from ticketing.store import InsertTicket

log = structlog.get_logger("delivery")

#: ``emit(event, data, room=…, namespace=…, skip_sid=…)`` of a Socket.IO server or of a write-only manager.
Emit = Callable[..., Awaitable[None]]

MESSAGES_AT_ONCE = 100
TOLD_AGAIN = timedelta(seconds=60)  # of commits are told once more after a process died


class Delivery:
    """Tells browsers what a commit changed and what was said."""

    def __init__(self, db: Database, emit: Emit) -> None:
        self.db = db
        self.emit = emit
        self.rows = Rows(db, emit)
        db.listeners.append(self.committed)

    async def committed(self, committed: Committed) -> None:
        """Tell everybody concerned what changed: the object as it is now, to the rooms that the event names."""
        documents = {document.id: document for document in _documents(committed)}
        for document in documents.values():
            if isinstance(document, Entry):
                conversation = documents.get(document.conversation_id)
                if not isinstance(conversation, Conversation):
                    conversation = await store.conversation(self.db, document.tenant_id, document.conversation_id)
                await self.said(conversation, document)
        for document in documents.values():
            if isinstance(document, Conversation):
                await self.tell_customer(document)
                await self.tell_outsiders(document)
                await self._send_away(committed, document)
        for event in committed.events:
            subject = documents.get(event.subject_id) or await self._beside(event)
            if subject is not None:
                await self._push(event, subject)

    async def _beside(self, event: Event) -> Record | None:
        """Return the ticket of whose thread alone an event tells."""
        if event.name not in ("TicketRemarked", "ReplyDelivered"):
            return None
        return await ticket_store.ticket(self.db, event.tenant_id, event.subject_id)

    async def said(self, conversation: Conversation, entry: Entry, heard_by: str | None = None) -> None:
        """Tell an entry to the customer, if it is for customers, and to the agents in the talk.

        ``heard_by`` is the socket that said it: its acknowledgement tells it already.
        """
        whole = entry_json(entry)
        await self.emit("entry", whole, room=_agents_in(conversation), namespace="/agent", skip_sid=heard_by)
        public = visitor_entry(entry) if not is_shown_whole(entry) else None
        told = public.as_json() if public else whole if is_shown_whole(entry) else None
        if told:
            room = rooms.address(conversation.channel_id, conversation.address.value)
            await self.emit("entry", told, room=room, namespace="/visitor", skip_sid=heard_by)
        await self._tell_outsiders_entry(conversation, entry, heard_by)
        if entry.kind == "message":
            self.rows.said(conversation)

    async def _tell_outsiders_entry(self, conversation: Conversation, entry: Entry, heard_by: str | None) -> None:
        """Tell an entry to the guests from outside who are here, from their joining on (spec 4.4)."""
        if not conversation.guests:
            return
        here = company.audience(conversation, self.db.now())
        room = [rooms.outsider(guest.id) for guest in here if entry.seq > guest.sees_after]
        public = guest_entry(entry) if room else None
        if public:  # no room would mean everybody
            await self.emit("entry", public.as_json(), room=room, namespace="/guest", skip_sid=heard_by)

    async def tell_outsiders(self, conversation: Conversation) -> None:
        """Tell guests from outside how the conversation stands."""
        for guest in company.audience(conversation, self.db.now()):
            view = guest_view(conversation, guest).as_json()
            await self.emit("conversation", view, room=rooms.outsider(guest.id), namespace="/guest")

    async def _send_away(self, committed: Committed, conversation: Conversation) -> None:
        """Tell guests from outside that they are not in it any more."""
        reason = "ended" if conversation.state == "ended" else "removed"
        for guest in sent_away(committed, conversation):
            await self.emit("gone", {"reason": reason}, room=rooms.outsider(guest.id), namespace="/guest")

    async def tell_customer(self, conversation: Conversation) -> None:
        """Tell the customer how the conversation stands."""
        await self._tell_customer(conversation, await waiting.shown_to_customer(self.db, conversation))

    async def _tell_customer(self, conversation: Conversation, view: VisitorConversation) -> None:
        room = rooms.address(conversation.channel_id, conversation.address.value)
        await self.emit("conversation", view.as_json(), room=room, namespace="/visitor")

    async def tell_positions(self, told: Iterable[waiting.Told]) -> None:
        """Tell those who wait at a desk their places, and how long it may take."""
        for one in told:
            view = visitor_view(one.conversation, position=one.position, wait=one.wait)
            await self._tell_customer(one.conversation, view)

    async def tell_again(self) -> None:
        """Tell what was committed lately once more, and ask agents' browsers to look again.

        For the moment after a process died: between a commit and the telling it told nobody.
        """
        try:
            for talk in await self._changed_lately():
                await self.tell_customer(talk)
                await self.tell_outsiders(talk)
            await self.emit("resync", {}, namespace="/agent")
        except (Problem, PyMongoError) as error:  # best effort, as all telling
            log.warning("delivery.not_told_again", error=repr(error))

    async def _changed_lately(self) -> list[Conversation]:
        """Return conversations of all tenants: only for telling again, never for people."""
        changed = await conversations_changed_in_any_tenant(self.db, self.db.now() - TOLD_AGAIN)
        found = [await store.conversations(self.db, tenant_id, ids) for tenant_id, ids in changed.items()]
        return [conversation for conversations in found for conversation in conversations]

    async def _push(self, event: Event, subject: Record) -> None:
        shown = shown_to_agents(subject, self.db)
        if shown is None or not event.audience:  # no room would mean everybody
            return
        name, data = shown
        pushed = {"id": event.id, "name": name, "data": data}
        await self.emit("pushed", pushed, room=list(event.audience), namespace="/agent")
        if isinstance(subject, Conversation):
            await self._ring(event, subject)

    async def _ring(self, event: Event, conversation: Conversation) -> None:
        """Let the browsers ring of those who must act now: the new host, the asked, the group of a silent agent."""
        ring: dict[str, Any] = {"conversation_id": conversation.id}
        to: list[str] = []
        match event.name:
            case "ConversationHosted" | "ConversationTransferred" | "ConversationTakenOver" | "ConversationForced":
                name, to = "assigned", [rooms.agent(conversation.host.id)] if conversation.host else []
            case "ConversationOffered" if conversation.offer:
                offer, name = conversation.offer, "offered"
                ring |= {"offer": offer.as_json()}
                to = [rooms.agent(offer.agent.id)] if offer.agent else []
                to += [rooms.members("conversation", offer.group.id)] if offer.group else []
            case "ConversationAlarmed" if conversation.alarm:
                name = "alarm"
                ring |= {"alarm": conversation.alarm.as_json()}
                leaders_too = rooms.everyone("conversation", conversation.tenant_id)  # who are called from level 2 on
                to = [room for room in event.audience if room != leaders_too]
            case _:
                return
        if to:
            await self.emit(name, ring, room=to, namespace="/agent")


def shown_to_agents(subject: Record, db: Database) -> tuple[str, dict[str, Any]] | None:
    """Return the name and the JSON under which agents' browsers get an object; None for what they need not know."""
    match subject:
        case Conversation():
            return "conversation", conversation_view(subject).model_dump(mode="json")
        case Ticket():
            return "ticket", shown(subject, "").model_dump(mode="json", exclude={"starred"})
        case Seat():
            return "agent", {
                "id": subject.id,
                "name": subject.name,
                "avatar": subject.avatar,
                "limit": subject.limit,
                "absence": subject.absence,
                "status": subject.status(db.now()),
            }
        case _:
            return None


def sent_away(committed: Committed, conversation: Conversation) -> list[Guest]:
    """Return the guests from outside whom a commit made leave a conversation."""
    saves = [change for change in committed.changes if isinstance(change, Save) and change.document is conversation]
    before = [save.was for save in saves if isinstance(save.was, Conversation)]
    return [guest for was in before for guest in company.sent_away(was, conversation)]


def _documents(committed: Committed) -> Iterable[Record]:
    for change in committed.changes:
        if isinstance(change, Insert | Save):
            yield change.document
        elif isinstance(change, InsertTicket):
            yield change.stored


def _agents_in(conversation: Conversation) -> list[str]:
    """Return the rooms of the agents who follow the talk, private words included."""
    here = [conversation.host.id] if conversation.host else []
    here += [guest.id for guest in conversation.guests if guest.kind == "agent" and guest.joined_at]
    return [*(rooms.agent(agent_id) for agent_id in here), rooms.transcript(conversation.id)]


def out_job(conversation: Conversation, db: Database) -> Later | None:
    """Return the wish to send what agents say, on channels whose customers do not fetch it by themselves."""
    if not CHANNELS[conversation.channel_kind].can.must_be_sent:
        return None
    return Later(
        key=f"out:{conversation.id}",
        kind="send",
        tenant_id=conversation.tenant_id,
        due_at=db.now(),
        payload={"conversation_id": conversation.id},
    )


async def send(door: Door, job: Job) -> None:
    """Send what agents said in a conversation and the channel has not taken yet, in order: the job ``send``.

    Raises:
        SendFailed: the channel refused; the job is tried again, or is dead and shown with Retry.
    """
    db = door.db
    conversation = await store.conversation(db, job.tenant_id, str(job.payload["conversation_id"]))
    channel = await channel_store.channel(db, job.tenant_id, conversation.channel_id)
    adapter = CHANNELS[channel.kind](channel)
    while waiting := await store.unsent(db, conversation, limit=MESSAGES_AT_ONCE):
        for entry in waiting:
            message = OutboundMessage(
                id=entry.id, parts=entry.parts, author_name=entry.author.name, subject_id=conversation.id
            )
            provider_id = await adapter.send(conversation.address, message, door)
            await store.note_sent(db, conversation, entry.seq, provider_id)
        conversation = await store.conversation(db, job.tenant_id, conversation.id)
