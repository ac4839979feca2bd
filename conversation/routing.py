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
    """Give the waiting, in order, to the agents with free places: longest since an assignment first (spec 3.3)."""
    free = {place.agent_id: place.free for place in places if place.free > 0}
    never = [place for place in places if place.last_assigned_at is None]
    served = [place for place in places if place.last_assigned_at is not None]
    turn = [p.agent_id for p in sorted(never, key=lambda p: p.agent_id)]
    turn += [p.agent_id for p in sorted(served, key=lambda p: (p.last_assigned_at, p.agent_id))]
    turn = [agent_id for agent_id in turn if agent_id in free]
    assignments: list[Assignment] = []
    for conversation in in_order(waiting):
        if not turn:
            break
        agent_id = turn.pop(0)
        assignments.append(Assignment(conversation.id, agent_id))
        free[agent_id] -= 1
        if free[agent_id]:
            turn.append(agent_id)
    return assignments


def positions(waiting: Iterable[Conversation]) -> dict[str, int]:
    """Return each waiting conversation's place in the queue; 1 is next."""
    return {conversation.id: place for place, conversation in enumerate(in_order(waiting), start=1)}
