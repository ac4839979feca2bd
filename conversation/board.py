"""The board of leaders: every desk and every agent as they are at this moment (spec 4.6, 10.2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from conversation import presence, queue, seat_store, store
from conversation.model import Absence, Seat, Stint
from core.db import Database
from core.model import Value
from people import store as people_store
from people.access import AgentActor
from people.model import Agent, Group


class DeskNow(Value):
    """A desk at this moment."""

    id: str
    name: str
    waiting: int
    longest_since: datetime | None = Field(description="When the one who waits longest arrived")
    running: int
    alarms: int
    free: int = Field(description="Places that are free")
    expected_wait: tuple[int, int] | None = Field(description="Seconds that somebody who comes now is likely to wait")
    hit_rate: float | None = Field(description="The share of customers who were served within the wait they were told")
    is_open: bool = Field(description="Whether it is within the desk's hours")
    changes_at: datetime | None = Field(description="When it closes, or opens next; none: it never does")
    holiday: str | None = Field(description="What keeps it closed today")


class AgentNow(Value):
    """An agent at this moment."""

    id: str
    name: str
    avatar: str | None
    group_ids: list[str]
    status: Literal["free", "busy", "away"]
    absence: Absence | None
    since: datetime | None
    hosting: int
    limit: int


class Board(Value):
    """Desks and agents within the reader's scope, by name."""

    at: datetime
    desks: list[DeskNow]
    agents: list[AgentNow]


async def board(db: Database, actor: AgentActor) -> Board:
    """Return what a leader sees."""
    now = db.now()
    groups = [
        group
        for group in await people_store.groups(db, actor.tenant_id)
        if group.is_desk and (actor.scope == "all" or group.id in actor.group_ids)
    ]
    seen = {group.id for group in groups}
    agents = [
        agent
        for agent in await people_store.agents(db, actor.tenant_id)
        if agent.active and (actor.scope == "all" or seen.intersection(agent.group_ids))
    ]
    seats = {seat.id: seat for seat in await seat_store.seats(db, actor.tenant_id, [agent.id for agent in agents])}
    loads = await store.loads(db, actor.tenant_id, list(seats))
    desks = await store.desks_now(db, actor.tenant_id, [group.id for group in groups])
    paces = await store.paces(db, actor.tenant_id, [group.id for group in groups])
    return Board(
        at=now,
        desks=[
            _desk(group, desks.get(group.id, {}), paces.get(group.id), _free(group, agents, seats, loads, now), now)
            for group in groups
        ],
        agents=[_agent(agent, seats.get(agent.id), loads.get(agent.id, 0), now) for agent in agents],
    )


def _free(group: Group, agents: list[Agent], seats: dict[str, Seat], loads: dict[str, int], now: datetime) -> int:
    here = [seats[agent.id] for agent in agents if group.id in agent.group_ids and agent.id in seats]
    return sum(max(presence.limit_here(seat, group) - loads[seat.id], 0) for seat in here if seat.is_free(now))


def _desk(group: Group, counted: store.DeskCount, pace: queue.Pace | None, free: int, now: datetime) -> DeskNow:
    waiting = counted.get("waiting", 0)
    hours = group.hours
    is_open = hours is None or hours.is_open(now)
    idle = (now - pace.served_at).total_seconds() if pace and pace.served_at else 0.0
    return DeskNow(
        id=group.id,
        name=group.name,
        waiting=waiting,
        longest_since=counted.get("longest_since"),
        running=counted.get("running", 0),
        alarms=counted.get("alarms", 0),
        free=free,
        expected_wait=queue.expected_wait(pace, waiting + 1, in_seconds=idle) if pace and not free else None,
        hit_rate=pace.hit_rate if pace else None,
        is_open=is_open,
        changes_at=(hours.closes(now) if is_open else hours.next_open(now)) if hours else None,
        holiday=hours.holiday(now) if hours else None,
    )


def _agent(agent: Agent, seat: Seat | None, hosting: int, now: datetime) -> AgentNow:
    return AgentNow(
        id=agent.id,
        name=agent.name,
        avatar=agent.avatar,
        group_ids=list(agent.group_ids),
        status=seat.status(now) if seat else "away",
        absence=seat.absence if seat else None,
        since=seat.shown_at if seat else None,
        hosting=hosting,
        limit=seat.limit if seat else 0,
    )


async def time_lines(db: Database, actor: AgentActor, *, hours: int) -> list[Stint]:
    """Return when each agent within the reader's scope was free, busy or away."""
    agents = await people_store.agents(db, actor.tenant_id)
    seen = [agent.id for agent in agents if actor.scope == "all" or set(agent.group_ids) & set(actor.group_ids)]
    return await seat_store.stints(db, actor.tenant_id, seen, db.now() - timedelta(hours=hours))
