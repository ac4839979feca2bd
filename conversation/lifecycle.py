"""What can happen to a conversation, each as a decision: the next state, the entries and events that tell of it. Pure.

Every state change takes the next numbers of the conversation's journal, so a message cannot slip past it. The states:
``menu`` → ``waiting`` → ``running`` → ``ended``; any of the first three may end, nothing leaves ``ended``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from conversation import menu as menus
from conversation.menu import Choice, NavigationMenu
from conversation.model import Conversation, Entry, FormReason, Outcome, Private, Rating, Visit, entry
from core import rooms
from core.errors import N_, Conflict, Invalid, Taken
from core.events import SYSTEM, Actor, Event
from core.ids import new_id
from core.message import Address, Author, Happening, Part
from core.model import Reference

Speaker = Literal["customer", "agent", "system"]

SYSTEM_AUTHOR = Author(kind="system", id="system")


class Ended(Conflict):
    """The conversation is over; nothing can be said in it any more."""

    code, title = "ended", N_("This conversation has ended")


class LimitReached(Conflict):
    """The agent hosts as many conversations as the own limit allows."""

    code, title = "limit_reached", N_("You serve as many conversations as your limit allows")


@dataclass(frozen=True)
class Decision:
    """A conversation after something happened, with what tells of it; ``seq`` is the journal's last number after it."""

    conversation: Conversation
    was: Conversation | None
    seq: int
    entries: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()

    def then(self, following: Decision) -> Decision:
        """Return both decisions as one; ``following`` was decided on this one's conversation and tells only its own."""
        return Decision(
            conversation=following.conversation,
            was=self.was,
            seq=following.seq,
            entries=self.entries + following.entries,
            events=self.events + following.events,
        )


def told_of(conversation: Conversation) -> tuple[str, ...]:
    """Return the rooms that are told when the conversation changes."""
    told = [*listed_for(conversation)]
    if conversation.offer and conversation.offer.agent:
        told.append(rooms.agent(conversation.offer.agent.id))
    if conversation.offer and conversation.offer.group:
        told.append(rooms.members("conversation", conversation.offer.group.id))
    told += [rooms.agent(guest.id) for guest in conversation.guests if guest.kind == "agent"]
    if conversation.host:
        told.append(rooms.agent(conversation.host.id))
    return tuple(told)


def listed_for(conversation: Conversation) -> tuple[str, ...]:
    """Return the rooms of those whose lists show the conversation, in it or not (`access.is_seen_by`)."""
    everyone, desk = rooms.everyone("conversation", conversation.tenant_id), conversation.desk
    if desk is None:
        return (everyone,)
    at_desk = rooms.members if conversation.state == "waiting" else rooms.group
    return (everyone, at_desk("conversation", desk.id))


def happened(
    before: Decision,
    name: str,
    now: datetime,
    *,
    actor: Actor,
    says: str | None,
    data: dict[str, Any],
    note: str = "",
    audience: tuple[str, ...] = (),
    **fields: Any,
) -> Decision:
    """Return the decision that something happened: changed fields, an event, a line in the journal if it ``says``.

    ``note`` stands in the journal's line alone: events hold no words of people.
    ``audience`` hears it beside those who hear every change of the conversation.
    """
    was = before.conversation
    conversation = was.changed(told=None, **fields)  # each change is told with the place as it is then
    entries: tuple[Entry, ...] = ()
    if says:
        author = Author(kind=actor.kind, id=actor.id, name=actor.name)
        line = Happening(name=says, data=data | ({"note": note} if note else {}))
        entries = (entry(conversation, before.seq + 1, kind="event", author=author, parts=(line,), at=now),)
    event = Event(
        id=new_id(now),
        tenant_id=was.tenant_id,
        name=name,
        at=now,
        actor=actor,
        subject_kind="conversation",
        subject_id=was.id,
        audience=tuple(dict.fromkeys((*told_of(was), *told_of(conversation), *audience))),
        before=_where(was),
        after={**_where(conversation), **data},
    )
    return Decision(conversation, was, before.seq + len(entries), entries, (event,))


def _where(conversation: Conversation) -> dict[str, Any]:
    host, desk = conversation.host, conversation.desk
    return {"state": conversation.state, "host": host and host.id, "desk": desk and desk.id}


def at(conversation: Conversation, seq: int) -> Decision:
    """Return the conversation as it stands, from which further decisions start."""
    return Decision(conversation, conversation, seq)


def start(
    *,
    tenant_id: str,
    channel_id: str,
    channel_kind: str,
    address: Address,
    customer: Reference,
    priority: int,
    visit: Visit,
    now: datetime,
) -> Decision:
    """Return a new conversation, at the start of the menu, with nothing said yet."""
    conversation = Conversation(
        id=new_id(now),
        tenant_id=tenant_id,
        channel_id=channel_id,
        channel_kind=channel_kind,
        address=address,
        customer=customer,
        state="menu",
        priority=priority,
        visit=visit,
        created_at=now,
    )
    event = Event(
        id=new_id(now),
        tenant_id=tenant_id,
        name="ConversationStarted",
        at=now,
        actor=Actor(kind="customer", id=customer.id, name=customer.name),
        subject_kind="conversation",
        subject_id=conversation.id,
        audience=(),
    )
    return Decision(conversation, None, 0, (), (event,))


def customer_of(conversation: Conversation) -> Author:
    """Return the customer as the author of words."""
    customer = conversation.customer
    return Author(kind="customer", id=customer.id, name=customer.name, avatar=customer.avatar)


def say(
    before: Decision,
    *,
    author: Author,
    parts: tuple[Part, ...],
    now: datetime,
    external_id: str,
    client_id: str | None,
    private: Private | None = None,
) -> Decision:
    """Return the conversation with one more message or note.

    Raises:
        Ended: it is over.
    """
    conversation = before.conversation
    if conversation.state == "ended":
        raise Ended(N_("This conversation has ended. A new message starts a new one."))
    line = entry(
        conversation,
        before.seq + 1,
        kind=private or "message",
        author=author,
        parts=parts,
        at=now,
        external_id=external_id,
        client_id=client_id,
    )
    return Decision(conversation, before.was, line.seq, (*before.entries, line), before.events)


def show_menu(before: Decision, menu: NavigationMenu, now: datetime, *, at: str | None) -> Decision:
    """Return the conversation with a level of the navigation menu shown to the customer."""
    conversation = before.conversation.changed(menu_item_id=at)
    line = entry(
        conversation, before.seq + 1, kind="message", author=SYSTEM_AUTHOR, parts=(menus.shown(menu, at),), at=now
    )
    return before.then(Decision(conversation, before.conversation, line.seq, (line,)))


def choose(before: Decision, menu: NavigationMenu, choice: Choice) -> Decision:
    """Return the conversation with a leaf of the menu chosen: what it is about is known."""
    return replace(
        before,
        conversation=before.conversation.changed(
            menu_item_id=choice.id,
            catalog_node_id=choice.catalog_node_id,
            catalog_path=menus.path_of(menu, choice.id),
        ),
    )


def queue(before: Decision, desk: Reference, now: datetime, *, overflowed: bool = False) -> Decision:
    """Return the conversation waiting at a desk; one that waits already keeps its time of arrival."""
    conversation = before.conversation
    moved = conversation.state == "waiting"
    return before.then(
        happened(
            before,
            "ConversationMoved" if moved else "ConversationQueued",
            now,
            actor=SYSTEM,
            says="moved" if moved else "queued",
            data={"desk_id": desk.id, "desk_name": desk.name} | ({"reason": "nobody_on_duty"} if overflowed else {}),
            state="waiting",
            desk=desk,
            queued_at=conversation.queued_at if moved else now,
            waits_since=conversation.waits_since if moved else now,
            offer=None,
            declined_by=(),
        )
    )


def host(before: Decision, agent: Reference, now: datetime, *, actor: Actor = SYSTEM) -> Decision:
    """Return the conversation in the hands of an agent.

    Raises:
        Taken: somebody else hosts it.
        Ended: it is over.
    """
    conversation = before.conversation
    if conversation.state == "ended":
        raise Ended
    if conversation.host:
        raise Taken(N_("{name} serves this customer already."), name=conversation.host.name, host=conversation.host.id)
    return before.then(
        happened(
            before,
            "ConversationHosted",
            now,
            actor=actor,
            says="hosted",
            data={"agent_id": agent.id, "agent_name": agent.name},
            state="running",
            host=agent,
            hosted_at=now,
            offer=None,
            declined_by=(),
            guests=tuple(guest for guest in conversation.guests if guest.id != agent.id),
            served_by=tuple(dict.fromkeys((*conversation.served_by, agent.id))),
        )
    )


def offer_form(before: Decision, reason: FormReason, now: datetime, *, actor: Actor = SYSTEM) -> Decision:
    """Return the conversation ended without an agent; the customer is guided to a ticket (spec 3.5)."""
    if before.conversation.state not in ("menu", "waiting"):
        raise Conflict
    return before.then(
        happened(
            before,
            "FormOffered",
            now,
            actor=actor,
            says="form_offered",
            data={"reason": reason},
            state="ended",
            outcome="abandoned",
            live=False,
            form_offered=reason,
            offer=None,
            guests=(),
            ended_at=now,
        )
    )


def leave(before: Decision, now: datetime, *, actor: Actor) -> Decision:
    """Return the conversation that the customer left: out of the queue, or told to the agent, who wraps it up."""
    conversation = before.conversation
    if conversation.state in ("menu", "waiting"):
        return offer_form(before, "left", now, actor=actor)
    if conversation.state == "ended" or conversation.customer_left:
        return before
    return before.then(happened(before, "CustomerLeft", now, actor=actor, says="left", data={}, customer_left=True))


def end(
    before: Decision,
    outcome: Outcome,
    now: datetime,
    *,
    actor: Actor,
    ticket_id: str,
    subject: str,
    reason: str = "",
) -> Decision:
    """Return the conversation ended in one of the three ways (spec 4.7), as part of a ticket.

    Raises:
        Ended: it was over already.
        Invalid: nobody hosts it, or a refusal without a reason.
    """
    conversation = before.conversation
    if conversation.state == "ended":
        raise Ended
    if conversation.state != "running":
        raise Invalid(N_("Take the conversation before you end it."))
    if outcome == "refused" and not reason.strip():
        raise Invalid(errors=[{"field": "reason", "message": N_("Say why this request is refused.")}])
    return before.then(
        happened(
            before,
            "ConversationEnded",
            now,
            actor=actor,
            says="ended",
            data={"outcome": outcome, "by": actor.name},
            state="ended",
            outcome=outcome,
            live=False,
            offer=None,
            alarm=None,
            guests=(),
            ended_at=now,
            subject=subject,
            ticket_ids=tuple(dict.fromkeys((*conversation.ticket_ids, ticket_id))),
        )
    )


def rate(before: Decision, rating: Rating, now: datetime, *, actor: Actor) -> Decision:
    """Return the ended conversation with the customer's rating; the first one counts.

    Raises:
        Conflict: it goes on, or is rated already.
    """
    conversation = before.conversation
    if conversation.state != "ended" or conversation.host is None:
        raise Invalid(N_("You can rate the conversation once it has ended."))
    if conversation.rating:
        raise Taken(N_("You rated this conversation already. Thank you."))
    return before.then(
        happened(
            before,
            "ConversationRated",
            now,
            actor=actor,
            says="rated",
            data={"score": rating.score, "comment": rating.comment},
            rating=rating,
        )
    )


def tell_ticket(before: Decision, *, ticket_id: str, number: int, now: datetime) -> Decision:
    """Return the conversation with the number of its ticket told to the customer; told once."""
    if before.conversation.ticket_number == number:
        return before
    return before.then(
        happened(
            before,
            "TicketTold",
            now,
            actor=SYSTEM,
            says="ticket_opened",
            data={"ticket_id": ticket_id, "number": number},
            ticket_number=number,
        )
    )
