"""Presence: agents sit down, are seen, set their limit, leave; their seats decide who can be assigned (spec 3.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from conversation import seat_store, store
from conversation.model import ABSENT_AFTER, Absence, Conversation, Seat, Stint
from conversation.routing import Place
from core import rooms
from core.db import Committed, Database, Insert, Save, retried
from core.errors import N_, Invalid
from core.events import SYSTEM, Actor, Event
from core.ids import new_id
from core.jobs import enqueue
from core.later import Later
from people import store as people_store
from people.model import Agent, Group

HIGHEST_LIMIT = 100  # conversations


def route_job(tenant_id: str, desk_id: str, now: datetime) -> Later:
    """Return the wish that a desk's queue be looked at now."""
    return Later(key=f"route:{desk_id}", kind="route", tenant_id=tenant_id, due_at=now, payload={"desk_id": desk_id})


def watch_job(conversation: Conversation, due_at: datetime) -> Later:
    """Return the wish that somebody looks whether customer or agent are silent (spec 4.5)."""
    return Later(
        key=f"watch:{conversation.id}",
        kind="watch",
        tenant_id=conversation.tenant_id,
        due_at=due_at,
        payload={"conversation_id": conversation.id},
    )


def presence_job(tenant_id: str, agent_id: str, due_at: datetime) -> Later:
    """Return the wish that somebody looks whether the agent is still there."""
    return Later(
        key=f"presence:{agent_id}", kind="presence", tenant_id=tenant_id, due_at=due_at, payload={"agent_id": agent_id}
    )


async def desks_of(db: Database, agent: Agent) -> list[str]:
    """Return the ids of the desks that the agent belongs to."""
    groups = await people_store.groups_with_ids(db, agent.tenant_id, agent.group_ids)
    return [group.id for group in groups.values() if group.is_desk]


async def seat_of(db: Database, agent: Agent) -> Seat:
    """Return the agent's seat, made at first need with the tenant's default limit."""
    seat = await seat_store.seat(db, agent.tenant_id, agent.id)
    if seat:
        return seat
    tenant = await people_store.tenant(db, agent.tenant_id)
    new = Seat(
        id=agent.id,
        tenant_id=agent.tenant_id,
        name=agent.name,
        avatar=agent.avatar,
        limit=tenant.settings.agent_limit,
    )
    return await seat_store.seat_made(db, new)


async def sit_down(db: Database, agent: Agent, *, process: str) -> Seat:
    """Note that a browser of the agent connected to this web process; the agent's desks look at their queues."""
    now = db.now()
    await seat_of(db, agent)
    await seat_store.note_connected(
        db, agent.tenant_id, [agent.id], process, now, name=agent.name, avatar=agent.avatar, active_at=now
    )
    await _changed(db, agent, now)
    await enqueue(db, presence_job(agent.tenant_id, agent.id, now + ABSENT_AFTER))
    return await seat_of(db, agent)


async def stand_up(db: Database, agent: Agent, *, process: str) -> None:
    """Note that the agent's last browser left this web process; only when it stays away is the agent off duty."""
    now = db.now()
    await seat_store.note_left(db, agent.tenant_id, agent.id, process, now)
    await _tell(db, agent.tenant_id, agent.id, now)
    await enqueue(db, presence_job(agent.tenant_id, agent.id, now + ABSENT_AFTER))


async def seen(db: Database, agents: Iterable[tuple[str, str]], *, process: str) -> None:
    """Note that these agents (tenant, id) are still connected to this web process: its heartbeat."""
    now = db.now()
    by_tenant: dict[str, list[str]] = {}
    for tenant_id, agent_id in agents:
        by_tenant.setdefault(tenant_id, []).append(agent_id)
    for tenant_id, ids in by_tenant.items():
        await seat_store.note_connected(db, tenant_id, ids, process, now)


@retried
async def be_away(db: Database, tenant_id: str, agent_id: str, reason: Absence | None, *, actor: Actor) -> Seat | None:
    """Note that a connected agent does not serve, and why; None: the agent is back (spec 3.3)."""
    was = await seat_store.seat(db, tenant_id, agent_id)
    if was is None or was.absence == reason:
        return was
    seat, event = absent(was, reason, db.now(), actor=actor)
    await db.commit(Save(seat, was=was), events=[event])
    await absence_changed(db, tenant_id, agent_id)
    return seat


def absent(was: Seat, reason: Absence | None, now: datetime, *, actor: Actor) -> tuple[Seat, Event]:
    """Return an agent's seat with another absence, and the event that tells of it; `absence_changed` follows."""
    event = Event(
        id=new_id(now),
        tenant_id=was.tenant_id,
        name="AbsenceSet",
        at=now,
        actor=actor,
        subject_kind="seat",
        subject_id=was.id,
        before={"absence": was.absence},
        after={"absence": reason},
    )
    return was.changed(absence=reason, absent_at=now if reason else None, active_at=now), event


async def absence_changed(db: Database, tenant_id: str, agent_id: str) -> None:
    """Let desks and colleagues know of an absence that was committed."""
    await _changed(db, await people_store.agent(db, tenant_id, agent_id), db.now())


async def active(db: Database, tenant_id: str, agent_id: str) -> None:
    """Note that the agent pressed a key or a button; who was away for not doing so is back."""
    seat = await seat_store.note_active(db, tenant_id, agent_id, db.now())
    if seat and seat.absence == "idle":
        await be_away(db, tenant_id, agent_id, None, actor=SYSTEM)


async def away_since(db: Database, tenant_id: str, agent_id: str) -> datetime | None:
    """Return from when on an agent is away: a moment to come while it may only be a reload; None while connected."""
    now = db.now()
    seat = await seat_store.seat(db, tenant_id, agent_id)
    if seat is None or seat.status(now) != "away":
        return None
    if seat.is_connected(now):
        return seat.shown_at or now
    seen = [max(c.seen_at, c.left_at or c.seen_at) for c in seat.connections.values()]
    return max(seen) + ABSENT_AFTER if seen else (seat.shown_at or now) + ABSENT_AFTER


async def look_after(db: Database, tenant_id: str, agent_id: str) -> None:
    """Look whether an agent is still there: the job ``presence``; asks for itself again while the agent is."""
    now = db.now()
    seat = await seat_store.seat(db, tenant_id, agent_id)
    if seat is None:
        return
    idle_after = (await people_store.tenant(db, tenant_id)).settings.agent_idle
    idle_at = seat.active_at + timedelta(seconds=idle_after) if idle_after and seat.active_at else None
    if idle_at and idle_at <= now and seat.absence is None and seat.is_connected(now):
        await be_away(db, tenant_id, agent_id, "idle", actor=SYSTEM)
    fresh = {
        process: connection
        for process, connection in seat.connections.items()
        if now - max(connection.seen_at, connection.left_at or connection.seen_at) < ABSENT_AFTER
    }
    if stale := seat.connections.keys() - fresh:
        await seat_store.forget_connections(db, tenant_id, agent_id, stale)
    if fresh:
        latest = max(max(c.seen_at, c.left_at or c.seen_at) for c in fresh.values()) + ABSENT_AFTER
        await enqueue(
            db, presence_job(tenant_id, agent_id, min(latest, idle_at) if idle_at and idle_at > now else latest)
        )
        return
    if seat.absence == "idle":  # who comes back is there again
        await be_away(db, tenant_id, agent_id, None, actor=SYSTEM)
    await _changed(db, await people_store.agent(db, tenant_id, agent_id), now)


@retried
async def set_limit(db: Database, agent: Agent, limit: int, *, actor: Actor) -> Seat:
    """Set how many conversations the agent hosts at once; 0 = busy (spec 3.3).

    Raises:
        Invalid: the number is out of range.
    """
    if not 0 <= limit <= HIGHEST_LIMIT:
        raise Invalid(
            errors=[{"field": "limit", "message": N_("Choose a number from 0 (busy) to 100.")}], highest=HIGHEST_LIMIT
        )
    was = await seat_of(db, agent)
    now = db.now()
    seat = was.changed(limit=limit, absence=None, absent_at=None, active_at=now)  # who sets a limit is there
    event = Event(
        id=new_id(now),
        tenant_id=agent.tenant_id,
        name="LimitSet",
        at=now,
        actor=actor,
        subject_kind="seat",
        subject_id=agent.id,
        audience=(rooms.agents_of(agent.tenant_id),),
        before={"limit": was.limit},
        after={"limit": limit},
    )
    desks = await desks_of(db, agent)
    await db.commit(Save(seat, was=was), events=[event], jobs=[route_job(agent.tenant_id, d, now) for d in desks])
    return seat


async def places_at(db: Database, tenant_id: str, desk_id: str, now: datetime) -> tuple[list[Place], dict[str, Seat]]:
    """Return the places of the desk's connected agents, and their seats as they were before the loads were counted."""
    members = [agent for agent in await people_store.members(db, tenant_id, desk_id) if agent.active]
    seats = {seat.id: seat for seat in await seat_store.seats(db, tenant_id, [agent.id for agent in members])}
    here = [seat for seat in seats.values() if seat.is_free(now)]
    loads = await store.loads(db, tenant_id, [seat.id for seat in here])
    skills = {agent.id: frozenset(agent.skills) for agent in members}
    desk = (await people_store.groups_with_ids(db, tenant_id, [desk_id])).get(desk_id)
    free = {seat.id: max(limit_here(seat, desk) - loads[seat.id], 0) for seat in here}
    places = [Place(seat.id, free[seat.id], seat.last_assigned_at, skills[seat.id]) for seat in here]
    return places, seats


def limit_here(seat: Seat, desk: Group | None) -> int:
    """Return how many conversations an agent serves at once before this desk gives no more: own limit or desk's."""
    most = desk.settings.agent_limit if desk else None
    return seat.limit if most is None else min(seat.limit, most)


async def on_duty(db: Database, tenant_id: str, desk_ids: Iterable[str], now: datetime) -> Collection[str]:
    """Return those of the desks at which somebody serves now."""
    desks = (await people_store.groups_with_ids(db, tenant_id, desk_ids)).values()
    work = {desk.id for desk in desks if desk.hours is None or desk.hours.is_open(now)}
    members = {agent.id: agent for agent in await people_store.members(db, tenant_id, *work) if agent.active}
    here = [seat.id for seat in await seat_store.seats(db, tenant_id, members) if seat.is_on_duty(now)]
    return work.intersection(*[{group for id in here for group in members[id].group_ids}])


async def _changed(db: Database, agent: Agent, now: datetime) -> None:
    """Let the agent's desks look at their queues, and colleagues see the state."""
    for desk_id in await desks_of(db, agent):
        await enqueue(db, route_job(agent.tenant_id, desk_id, now))
    await _tell(db, agent.tenant_id, agent.id, now)


async def _tell(db: Database, tenant_id: str, agent_id: str, now: datetime) -> None:
    """Let colleagues see the agent's state, and note it in the time line when it is another one (spec 4.6)."""
    seat = await seat_store.seat(db, tenant_id, agent_id)
    if seat is None:
        return
    status = seat.status(now)
    stint = Stint(id=new_id(now), tenant_id=tenant_id, agent_id=agent_id, status=status, reason=seat.absence, at=now)
    if await seat_store.note_shown(db, stint) and status == "away":
        await _look_at_conversations(db, tenant_id, agent_id, now)
    event = Event(
        id=new_id(now),
        tenant_id=tenant_id,
        name="PresenceChanged",
        at=now,
        actor=Actor(kind="agent", id=agent_id, name=seat.name),
        subject_kind="seat",
        subject_id=agent_id,
        audience=(rooms.agents_of(tenant_id),),
    )
    await db.tell(Committed((Insert(seat),), (event,), now))


async def _look_at_conversations(db: Database, tenant_id: str, agent_id: str, now: datetime) -> None:
    """Let those who watch look at an absent agent's conversations when the grace is over (spec 3.3)."""
    settings = (await people_store.tenant(db, tenant_id)).settings
    for conversation in await store.hosted_by(db, tenant_id, agent_id):
        await enqueue(db, watch_job(conversation, now + ABSENT_AFTER + timedelta(seconds=settings.return_after)))
