"""Who gets it: the delivery rule (which desk) and the response rule (which agent), spec 3.2 and 3.3. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversation.model import Conversation


@dataclass(frozen=True)
class Place:
    """An agent who could take conversations now: ``free`` more, and when the last one was assigned."""

    agent_id: str
    free: int
    last_assigned_at: datetime | None = None
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Assignment:
    """One conversation goes to one agent."""

    conversation_id: str
    agent_id: str


@dataclass(frozen=True)
class Destination:
    """The desk that gets a request; None when nobody is on duty anywhere, so the ticket form is offered."""

    desk_id: str | None
    overflowed: bool = False  # to the central desk, because nobody of the responsible one is on duty


def destination(
    *, responsible: str | None, channel_desk: str | None, central_desk: str, on_duty: Collection[str]
) -> Destination:
    """Return where a request goes: by function, else by channel, else the central desk (spec 3.2).

    Args:
        responsible: the group responsible for the chosen catalog node, if any.
        channel_desk: the channel's desk, if any.
        central_desk: the tenant's central desk.
        on_duty: the desks at which somebody serves now.
    """
    first = responsible or channel_desk or central_desk
    if first in on_duty:
        return Destination(first)
    if central_desk in on_duty:
        return Destination(central_desk, overflowed=True)
    return Destination(None)


def in_order(waiting: Iterable[Conversation]) -> list[Conversation]:
    """Return who waits in the order of service: priority class, then arrival (spec 3.4)."""
    return sorted(waiting, key=lambda conversation: conversation.order)


def assign(waiting: Iterable[Conversation], places: Sequence[Place]) -> list[Assignment]:
    """Give the waiting, in order, to the agents with free places (spec 3.3).

    Whose turn it is: longest since an assignment first. Before the turn comes the agent who is known to the customer;
    those who lack a skill are left out, and so are those who have declined, as long as there is anybody else. A
    customer for whom nobody is free does not hold up the ones behind. What is held out to somebody is not given away.
    """
    free = {place.agent_id: place.free for place in places if place.free > 0}
    turn = [place for place in sorted(places, key=_turn) if place.agent_id in free]
    assignments: list[Assignment] = []
    for conversation in in_order(waiting):
        if not turn:
            break
        if conversation.offer:
            continue
        place = _chosen(conversation, turn, places)
        if place is None:
            continue
        assignments.append(Assignment(conversation.id, place.agent_id))
        free[place.agent_id] -= 1
        turn.remove(place)
        if free[place.agent_id]:
            turn.append(place)
    return assignments


def _turn(place: Place) -> tuple[bool, float, str]:
    last = place.last_assigned_at
    return (last is not None, last.timestamp() if last else 0.0, place.agent_id)


def _chosen(conversation: Conversation, turn: Sequence[Place], places: Sequence[Place]) -> Place | None:
    """Return whose turn it is for this customer; ``places`` are all who are connected, full or not."""
    # Where nobody here has the skill, anybody is better than nobody.
    able = qualified(conversation, places) or frozenset(place.agent_id for place in places)
    # Where all have declined, they are asked once more, in turn.
    asked = able - set(conversation.declined_by) or able
    turn = [place for place in turn if place.agent_id in asked]
    if conversation.known_agent_id:
        turn = sorted(turn, key=lambda place: place.agent_id != conversation.known_agent_id)
    return turn[0] if turn else None


def qualified(conversation: Conversation, places: Iterable[Place]) -> frozenset[str]:
    """Return the agents who have all the skills that the conversation asks for."""
    return frozenset(place.agent_id for place in places if place.skills.issuperset(conversation.skills))


def positions(waiting: Iterable[Conversation]) -> dict[str, int]:
    """Return each waiting conversation's place in the queue; 1 is next."""
    return {conversation.id: place for place, conversation in enumerate(in_order(waiting), start=1)}
