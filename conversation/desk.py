"""What a desk does with its queue: give who waits to agents with free places, or guide them to a ticket (3.3-3.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from conversation import lifecycle, presence, routing, store, transfer
from conversation.lifecycle import Decision
from conversation.model import Conversation, Seat
from conversation.routing import Assignment
from conversation.service import load, store_decision, store_decisions, wait_job
from conversation.waiting import note_served
from core.db import Database, Save, retried
from core.errors import N_
from core.events import Actor
from core.jobs import enqueue
from core.model import Reference
from people import store as people_store
from people.model import Agent

TOGETHER = 20  # customers who are assigned, or moved to another desk, in one commit
MOST_ROUTED = 200  # who wait and are looked at in one go; the rest is looked at in the next


@retried
async def route(db: Database, tenant_id: str, desk_id: str) -> list[Conversation]:
    """Give a desk's waiting customers to agents with free places: the job ``route``.

    When nobody is on duty any more, those who wait move to the central desk, or are offered the ticket form; but while
    somebody who was silent when asked may still come back, they keep their places for the grace period.
    Returns who still waits, in the order of service.
    """
    now = db.now()
    places, seats = await presence.places_at(db, tenant_id, desk_id, now)
    if any(place.free for place in places):
        asks = await _acceptance(db, tenant_id, desk_id)
        waiting = await store.waiting_at(db, tenant_id, desk_id, limit=MOST_ROUTED)
        assignments = routing.assign(waiting, places)
        for begin in range(0, len(assignments), TOGETHER):
            given = await _give(db, tenant_id, assignments[begin : begin + TOGETHER], seats, now=now, asks=asks)
            if not asks:
                await note_served(db, given, now)
    elif not any(seat.is_on_duty(now) for seat in seats.values()):
        await _overflow(db, tenant_id, desk_id, now, seats.values())
    return await store.waiting_at(db, tenant_id, desk_id)


async def _acceptance(db: Database, tenant_id: str, desk_id: str) -> timedelta | None:
    """Return how long agents of a desk have to accept a customer; None where nobody is asked."""
    desk = (await people_store.groups_with_ids(db, tenant_id, [desk_id])).get(desk_id)
    if desk is None or not desk.response.accept:
        return None
    return timedelta(seconds=(await people_store.tenant(db, tenant_id)).settings.accept_within)


async def _give(
    db: Database,
    tenant_id: str,
    assignments: Sequence[Assignment],
    seats: dict[str, Seat],
    *,
    now: datetime,
    asks: timedelta | None,
) -> list[Conversation]:
    """Assign waiting conversations, or hold them out for as long as ``asks``, all in one commit.

    Returns those that did wait, as they were; ``seats`` are brought up to date.

    Raises:
        Conflict: somebody was assigned something else since the places were counted; count again.
    """
    befores = await asyncio.gather(*(load(db, tenant_id, one.conversation_id) for one in assignments))
    decisions: list[Decision] = []
    taken: list[Save] = []
    for assignment, before in zip(assignments, befores, strict=True):
        if before.conversation.state != "waiting" or before.conversation.offer:
            continue
        seat = seats[assignment.agent_id]
        agent = Reference(id=seat.id, name=seat.name, avatar=seat.avatar)
        if asks:
            decisions.append(transfer.offer(before, "response", now, now + asks, agent=agent))
        else:
            decisions.append(lifecycle.host(before, agent, now))
        seats[seat.id] = seat.changed(last_assigned_at=now)
        taken.append(Save(seats[seat.id], was=seat))
    if decisions:
        await store_decisions(db, decisions, *taken)
    return [decision.was for decision in decisions if decision.was]


async def _overflow(db: Database, tenant_id: str, desk_id: str, now: datetime, seats: Collection[Seat]) -> None:
    """Move those who wait at a desk without anybody to the central desk, or offer them the ticket form."""
    waiting = await store.waiting_at(db, tenant_id, desk_id)
    if not waiting:
        return
    central = await people_store.central_desk(db, tenant_id)
    helps = central.id != desk_id and central.id in await presence.on_duty(db, tenant_id, [central.id], now)
    if not helps:
        grace = timedelta(seconds=(await people_store.tenant(db, tenant_id)).settings.return_after)
        if hope := max(filter(None, (seat.may_return(now, grace) for seat in seats)), default=None):
            await enqueue(db, presence.route_job(tenant_id, desk_id, hope))
            return
    to = Reference(id=central.id, name=central.name)
    jobs = [presence.route_job(tenant_id, central.id, now)] if helps else []
    for begin in range(0, len(waiting), TOGETHER):
        few = waiting[begin : begin + TOGETHER]
        befores = await asyncio.gather(*(load(db, tenant_id, conversation.id) for conversation in few))
        decisions = [
            lifecycle.queue(before, to, now, overflowed=True)
            if helps
            else lifecycle.offer_form(before, "nobody_on_duty", now)
            for before in befores
            if before.conversation.state == "waiting"
        ]
        if decisions:
            await store_decisions(db, decisions, jobs=jobs)


@retried
async def give_up_waiting(db: Database, tenant_id: str, conversation_id: str) -> None:
    """Offer the ticket form to a customer who has waited too long: the job ``wait`` (spec 3.4)."""
    now = db.now()
    before = await load(db, tenant_id, conversation_id)
    conversation = before.conversation
    if conversation.state != "waiting" or conversation.desk is None:
        return
    desks = await people_store.groups_with_ids(db, tenant_id, [conversation.desk.id])
    settings = (await people_store.tenant(db, tenant_id)).settings
    settings = settings.at_desk(desks[conversation.desk.id].settings) if desks else settings
    until = (conversation.waits_since or conversation.created_at) + timedelta(seconds=settings.queue_wait)
    if until > now:  # was served meanwhile, and waits again
        await enqueue(db, wait_job(conversation, until))
        return
    jobs = [presence.route_job(tenant_id, conversation.desk.id, now)]  # the others move up
    await store_decision(db, lifecycle.offer_form(before, "waited_too_long", now), jobs=jobs)


@retried
async def take(db: Database, agent: Agent, conversation_id: str, *, actor: Actor) -> Conversation:
    """Let an agent take a waiting conversation, within the own limit.

    Raises:
        Taken: somebody else has it; names who.
        LimitReached: the agent hosts as many as the limit allows.
    """
    now = db.now()
    seat = await presence.seat_of(db, agent)
    before = await load(db, agent.tenant_id, conversation_id)
    decision = lifecycle.host(before, Reference(id=agent.id, name=agent.name, avatar=agent.avatar), now, actor=actor)
    await require_place(db, seat, before.conversation)
    jobs = [presence.route_job(agent.tenant_id, d.id, now) for d in (before.conversation.desk,) if d]
    taken = await store_decision(db, decision, Save(seat.changed(last_assigned_at=now), was=seat), jobs=jobs)
    await note_served(db, [before.conversation], now)
    return taken


async def require_place(db: Database, seat: Seat, conversation: Conversation) -> None:
    """Go on only if the agent of this seat has a free place for a conversation of that desk (spec 3.3).

    Raises:
        LimitReached: the agent hosts, or is held out, as many as the limit allows.
    """
    load_now = (await store.loads(db, seat.tenant_id, [seat.id]))[seat.id]
    desk = conversation.desk
    groups = await people_store.groups_with_ids(db, seat.tenant_id, [desk.id]) if desk else {}
    limit = presence.limit_here(seat, groups.get(desk.id) if desk else None)
    if load_now < limit:
        return
    why = N_("You serve {hosting} customers and your limit is {limit}. End one, or raise your limit.")
    if limit < seat.limit:
        why = N_("You serve {hosting} customers, and this desk gives each agent {limit} at most. End one first.")
    raise lifecycle.LimitReached(why, hosting=load_now, limit=limit)
