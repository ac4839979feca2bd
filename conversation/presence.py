"""Presence: agents sit down, are seen, set their limit, leave; their seats decide who can be assigned (spec 3.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from conversation import store
from conversation.model import ABSENT_AFTER, Seat
from conversation.routing import Place
from core import rooms
from core.db import Committed, Database, Insert, Save, retried
from core.errors import N_, Invalid
from core.events import Actor, Event
from core.ids import new_id
from core.jobs import enqueue
from core.later import Later
from people import store as people_store
from people.model import Agent

HIGHEST_LIMIT = 100  # conversations


def route_job(tenant_id: str, desk_id: str, now: datetime) -> Later:
    """Return the wish that a desk's queue be looked at now."""
    return Later(key=f"route:{desk_id}", kind="route", tenant_id=tenant_id, due_at=now, payload={"desk_id": desk_id})


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
    seat = await store.seat(db, agent.tenant_id, agent.id)
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
    stored = new.model_dump(exclude={"id", "tenant_id"})
    await db["seats"].update_one({"_id": agent.id, "tenant_id": agent.tenant_id}, {"$setOnInsert": stored}, upsert=True)
    return await store.seat(db, agent.tenant_id, agent.id) or new


async def sit_down(db: Database, agent: Agent, *, process: str) -> Seat:
    """Note that a browser of the agent connected to this web process; the agent's desks look at their queues."""
    now = db.now()
    await seat_of(db, agent)
    await db["seats"].update_one(
        {"_id": agent.id, "tenant_id": agent.tenant_id},
        {
            "$set": {
                f"connections.{process}": {"seen_at": now, "left_at": None},
                "name": agent.name,
                "avatar": agent.avatar,
            }
        },
    )
    await _changed(db, agent, now)
    await enqueue(db, presence_job(agent.tenant_id, agent.id, now + ABSENT_AFTER))
    return await seat_of(db, agent)


async def stand_up(db: Database, agent: Agent, *, process: str) -> None:
    """Note that the agent's last browser left this web process; only when it stays away is the agent off duty."""
    now = db.now()
    await db["seats"].update_one(
        {"_id": agent.id, "tenant_id": agent.tenant_id, f"connections.{process}": {"$exists": True}},
        {"$set": {f"connections.{process}.left_at": now}},
    )
    await _tell(db, agent, now)
    await enqueue(db, presence_job(agent.tenant_id, agent.id, now + ABSENT_AFTER))


async def seen(db: Database, agents: Iterable[tuple[str, str]], *, process: str) -> None:
    """Note that these agents (tenant, id) are still connected to this web process: its heartbeat."""
    now = db.now()
    by_tenant: dict[str, list[str]] = {}
    for tenant_id, agent_id in agents:
        by_tenant.setdefault(tenant_id, []).append(agent_id)
    for tenant_id, ids in by_tenant.items():
        await db["seats"].update_many(
            {"_id": {"$in": ids}, "tenant_id": tenant_id},
            {"$set": {f"connections.{process}": {"seen_at": now, "left_at": None}}},
        )


async def look_after(db: Database, tenant_id: str, agent_id: str) -> None:
    """Look whether an agent is still there: the job ``presence``; asks for itself again while the agent is."""
    now = db.now()
    seat = await store.seat(db, tenant_id, agent_id)
    if seat is None:
        return
    fresh = {
        process: connection
        for process, connection in seat.connections.items()
        if now - max(connection.seen_at, connection.left_at or connection.seen_at) < ABSENT_AFTER
    }
    stale: dict[str, Any] = {f"connections.{process}": "" for process in seat.connections if process not in fresh}
    if stale:
        await db["seats"].update_one({"_id": agent_id, "tenant_id": tenant_id}, {"$unset": stale})
    if fresh:
        latest = max(max(c.seen_at, c.left_at or c.seen_at) for c in fresh.values())
        await enqueue(db, presence_job(tenant_id, agent_id, latest + ABSENT_AFTER))
        return
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
    seat = was.changed(limit=limit)
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
    seats = {seat.id: seat for seat in await store.seats(db, tenant_id, [agent.id for agent in members])}
    here = [seat for seat in seats.values() if seat.limit > 0 and seat.is_connected(now)]
    loads = await store.loads(db, tenant_id, [seat.id for seat in here])
    return [Place(seat.id, max(seat.limit - loads[seat.id], 0), seat.last_assigned_at) for seat in here], seats


async def on_duty(db: Database, tenant_id: str, desk_ids: Iterable[str], now: datetime) -> Collection[str]:
    """Return those of the desks at which somebody serves now."""
    served = set()
    desks = await people_store.groups_with_ids(db, tenant_id, desk_ids)
    for desk_id, desk in desks.items():
        if desk.hours and not desk.hours.is_open(now):
            continue
        members = [agent.id for agent in await people_store.members(db, tenant_id, desk_id) if agent.active]
        if any(seat.is_on_duty(now) for seat in await store.seats(db, tenant_id, members)):
            served.add(desk_id)
    return served


async def _changed(db: Database, agent: Agent, now: datetime) -> None:
    """Let the agent's desks look at their queues, and colleagues see the state."""
    for desk_id in await desks_of(db, agent):
        await enqueue(db, route_job(agent.tenant_id, desk_id, now))
    await _tell(db, agent, now)


async def _tell(db: Database, agent: Agent, now: datetime) -> None:
    """Let colleagues see the agent's state; not stored as an event: presence is not history."""
    event = Event(
        id=new_id(now),
        tenant_id=agent.tenant_id,
        name="PresenceChanged",
        at=now,
        actor=Actor(kind="agent", id=agent.id, name=agent.name),
        subject_kind="seat",
        subject_id=agent.id,
        audience=(rooms.agents_of(agent.tenant_id),),
    )
    seat = await store.seat(db, agent.tenant_id, agent.id)
    if seat:
        await db.tell(Committed((Insert(seat),), (event,), now))
