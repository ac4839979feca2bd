"""Use-cases in which a conversation changes hands or gets company: accept, transfer, take over, assign, join.

That the actor may see the conversation is known: `conversation.access` was asked before. Only who answers to an offer
is asked here, whether it was made to the actor: whoever was too late is told so, and not that there is nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from conversation import lifecycle, presence, routing, seat_store, store, transfer
from conversation.access import is_asked, is_leader
from conversation.desk import require_place
from conversation.lifecycle import Decision
from conversation.model import Conversation, Offer, Seat
from conversation.service import load, store_decision
from conversation.waiting import note_served
from core.db import Change, Database, Save, retried
from core.errors import N_, Forbidden, Invalid
from core.events import SYSTEM, Actor, Event
from core.ids import new_id
from core.later import Later
from core.model import Reference
from people import store as people_store
from people.access import AgentActor
from people.model import Agent


@retried
async def accept(db: Database, actor: AgentActor, conversation_id: str, offer_id: str) -> Conversation:
    """Accept what was held out to the actor, or to a group of the actor.

    Raises:
        OfferGone: somebody was faster, or the time is up.
        LimitReached: held out to the group, and the actor's places are taken.
    """
    now = db.now()
    before = await load(db, actor.tenant_id, conversation_id)
    made = transfer.open_offer(before.conversation, offer_id, now)
    _require_addressee(made, actor)
    seat = await presence.seat_of(db, await people_store.agent(db, actor.tenant_id, actor.id))
    if made.kind == "transfer" and made.agent is None:
        await require_place(db, seat, before.conversation)
    decision = transfer.accept(before, offer_id, _person(seat), now, actor=actor.actor)
    conversation = await store_decision(
        db, decision, _assigned(db, seat), jobs=await _freed(db, before.conversation, decision.conversation)
    )
    if made.kind == "response":
        await note_served(db, [before.conversation], now)
    return conversation


@retried
async def decline(db: Database, actor: AgentActor, conversation_id: str, offer_id: str) -> Conversation:
    """Decline what was held out to the actor; the next one is asked, or the host keeps it.

    Raises:
        OfferGone: it was answered already.
    """
    before = await load(db, actor.tenant_id, conversation_id)
    made = transfer.open_offer(before.conversation, offer_id, db.now())
    _require_addressee(made, actor)
    if made.agent is None:
        raise Invalid(N_("This was offered to the whole group: leave it to your colleagues."))
    return await _pass_on(db, before, made, by=actor.id, actor=actor.actor)


@retried
async def withdraw(db: Database, actor: AgentActor, conversation_id: str, offer_id: str) -> Conversation:
    """Take back what the actor, as the host, has held out.

    Raises:
        OfferGone: it was answered already.
    """
    before = await load(db, actor.tenant_id, conversation_id)
    made = transfer.open_offer(before.conversation, offer_id, db.now())
    _require_host(before.conversation, actor)
    return await _pass_on(db, before, made, by=None, actor=actor.actor)


@retried
async def expire(db: Database, tenant_id: str, conversation_id: str, offer_id: str) -> None:
    """Note that nobody answered in time: the job ``offer``. A silent agent counts as away from now on (spec 3.3)."""
    before = await load(db, tenant_id, conversation_id)
    made = before.conversation.offer
    if made is None or made.id != offer_id or made.until > db.now():
        return
    by = made.agent.id if made.agent else None
    seat = await seat_store.seat(db, tenant_id, by) if by and made.kind == "response" else None
    if seat is None or seat.absence:
        await _pass_on(db, before, made, by=by, actor=SYSTEM, silent=True)
        return
    # In one commit, or the desk would ask the silent one again before it knows.
    away, event = presence.absent(seat, "silent", db.now(), actor=SYSTEM)
    told = replace(before, events=(*before.events, event))
    await _pass_on(db, told, made, Save(away, was=seat), by=by, actor=SYSTEM, silent=True)
    await presence.absence_changed(db, tenant_id, seat.id)


async def _pass_on(
    db: Database, before: Decision, made: Offer, *changes: Change, by: str | None, actor: Actor, silent: bool = False
) -> Conversation:
    now = db.now()
    decision = transfer.decline(before, made.id, now, by=by, silent=silent, actor=actor)
    desk = before.conversation.desk
    jobs = [presence.route_job(before.conversation.tenant_id, desk.id, now)] if desk else []
    return await store_decision(db, decision, *changes, jobs=jobs)


@retried
async def hand_on(
    db: Database,
    actor: AgentActor,
    conversation_id: str,
    *,
    agent_id: str | None,
    group_id: str | None,
    note: str,
    by_force: bool = False,
) -> Conversation:
    """Hold a conversation out to a colleague or a group; ``by_force`` (leaders): hand it over at once (spec 4.3, 4.6).

    Raises:
        Invalid: neither or both are named, the colleague is away or full, or nobody of the group is free.
        Forbidden: force without the permission to monitor.
    """
    now = db.now()
    before = await load(db, actor.tenant_id, conversation_id)
    if by_force:
        actor.require("conversation.monitor")
    else:
        _require_host(before.conversation, actor)
    if bool(agent_id) == bool(group_id):
        raise Invalid(N_("Choose a colleague, or a group."))
    seat = await _receiver(db, before.conversation, agent_id, group_id, by_force=by_force)
    group = await people_store.group(db, actor.tenant_id, group_id) if group_id else None
    if by_force:
        assert seat
        decision = transfer.hand_over(before, _person(seat), now, name="ConversationForced", actor=actor.actor)
        jobs = await _freed(db, before.conversation, decision.conversation)
        return await store_decision(db, decision, _assigned(db, seat), jobs=jobs)
    settings = (await people_store.tenant(db, actor.tenant_id)).settings
    decision = transfer.offer(
        before,
        "transfer",
        now,
        now + timedelta(seconds=settings.transfer_within),
        agent=_person(seat) if seat else None,
        group=Reference(id=group.id, name=group.name) if group else None,
        by=Reference(id=actor.id, name=actor.name),
        note=note,
        actor=actor.actor,
    )
    # The receiver's place is kept, so nobody may fill it in the same moment.
    return await store_decision(db, decision, *([_assigned(db, seat)] if seat else []))


async def _receiver(
    db: Database, conversation: Conversation, agent_id: str | None, group_id: str | None, *, by_force: bool
) -> Seat | None:
    """Return the seat of the one who receives; None for a whole group that is asked."""
    now = db.now()
    if agent_id:
        agent = await people_store.agent(db, conversation.tenant_id, agent_id)
        seat = await presence.seat_of(db, agent)
        if not agent.active or not seat.is_connected(now):
            raise Invalid(N_("{name} is away. Choose somebody who is there."), name=agent.name)
        if not by_force:
            await require_place_of(db, seat, conversation)
        return seat
    assert group_id
    places, seats = await presence.places_at(db, conversation.tenant_id, group_id, now)
    others = [place for place in places if not (conversation.host and place.agent_id == conversation.host.id)]
    if not others:
        raise Invalid(N_("Nobody of this group is there. Choose another one."))
    if not by_force:
        return None
    given = routing.assign([conversation.model_copy(update={"offer": None, "declined_by": ()})], others)
    if not given:
        raise Invalid(N_("Nobody of this group is free. Choose a colleague instead."))
    return seats[given[0].agent_id]


async def require_place_of(db: Database, seat: Seat, conversation: Conversation) -> None:
    """Go on only if a colleague has a free place.

    Raises:
        Invalid: says that the colleague is full.
    """
    try:
        await require_place(db, seat, conversation)
    except lifecycle.LimitReached as full:
        raise Invalid(N_("{name} serves as many customers as the limit allows."), name=seat.name) from full


@retried
async def take_over(db: Database, actor: AgentActor, conversation_id: str) -> Conversation:
    """Take a conversation over from its host: any colleague of the desk after an alarm, leaders always (spec 4.5).

    Raises:
        Forbidden: there is no alarm, and the actor is no leader.
        LimitReached: the actor's places are taken.
    """
    now = db.now()
    before = await load(db, actor.tenant_id, conversation_id)
    host = before.conversation.host
    if before.conversation.alarm is None and not actor.may("conversation.monitor"):
        raise Forbidden(N_("{name} serves this customer. You may take over when the alarm rings."),
                        name=host.name if host else "")  # fmt: skip
    seat = await presence.seat_of(db, await people_store.agent(db, actor.tenant_id, actor.id))
    decision = transfer.hand_over(before, _person(seat), now, name="ConversationTakenOver", actor=actor.actor)
    await require_place(db, seat, before.conversation)
    jobs = await _freed(db, before.conversation, decision.conversation)
    return await store_decision(db, decision, _assigned(db, seat), jobs=jobs)


@retried
async def assign(
    db: Database, actor: AgentActor, conversation_id: str, agent_id: str, *, over_limit: bool = False
) -> Conversation:
    """Give a waiting conversation to an agent, as a leader; over the agent's limit when that is said (spec 4.6).

    Raises:
        Invalid: the agent is away, or full and ``over_limit`` was not said.
        Taken: somebody hosts it by now.
    """
    actor.require("conversation.monitor")
    now = db.now()
    before = await load(db, actor.tenant_id, conversation_id)
    agent = await people_store.agent(db, actor.tenant_id, agent_id)
    seat = await presence.seat_of(db, agent)
    if not agent.active or not seat.is_connected(now):
        raise Invalid(N_("{name} is away. Choose somebody who is there."), name=agent.name)
    if not over_limit:
        await require_place_of(db, seat, before.conversation)
    decision = lifecycle.host(before, _person(seat), now, actor=actor.actor)
    desk = before.conversation.desk
    jobs = [presence.route_job(actor.tenant_id, desk.id, now)] if desk else []
    conversation = await store_decision(db, decision, _assigned(db, seat), jobs=jobs)
    await note_served(db, [before.conversation], now)
    return conversation


@retried
async def move_up(db: Database, actor: AgentActor, conversation_id: str) -> Conversation:
    """Move a waiting customer in front of the others of the same priority, as a leader (spec 4.6).

    Raises:
        Conflict: the customer does not wait any more.
    """
    actor.require("conversation.monitor")
    now = db.now()
    before = await load(db, actor.tenant_id, conversation_id)
    desk = before.conversation.desk
    highest = await store.highest_lift(db, actor.tenant_id, desk.id) if desk else 0
    decision = transfer.move_up(before, highest + 1, now, actor=actor.actor)
    jobs = [presence.route_job(actor.tenant_id, desk.id, now)] if desk else []
    return await store_decision(db, decision, jobs=jobs)


@retried
async def invite(db: Database, actor: AgentActor, conversation_id: str, agent_id: str, *, note: str) -> Conversation:
    """Ask a colleague to join in; the actor stays host (spec 4.4).

    Raises:
        Invalid: the actor is not the host, or the colleague is away.
    """
    now = db.now()
    before = await load(db, actor.tenant_id, conversation_id)
    _require_host(before.conversation, actor)
    agent = await people_store.agent(db, actor.tenant_id, agent_id)
    if not (await presence.seat_of(db, agent)).is_connected(now):
        raise Invalid(N_("{name} is away. Choose somebody who is there."), name=agent.name)
    settings = (await people_store.tenant(db, actor.tenant_id)).settings
    until = now + timedelta(seconds=settings.transfer_within)
    me = Reference(id=actor.id, name=actor.name)
    decision = transfer.offer(
        before, "invitation", now, until, agent=_as_reference(agent), by=me, note=note, actor=actor.actor
    )
    return await store_decision(db, decision)


@retried
async def join(db: Database, actor: AgentActor, conversation_id: str) -> Conversation:
    """Join a running conversation as a leader, beside its host (spec 4.6)."""
    actor.require("conversation.monitor")
    before = await load(db, actor.tenant_id, conversation_id)
    me = _as_reference(await people_store.agent(db, actor.tenant_id, actor.id))
    decision = transfer.joined(before, me, db.now(), invited_by=actor.name, actor=actor.actor)
    return before.conversation if decision is before else await store_decision(db, decision)


@retried
async def part(db: Database, actor: AgentActor, conversation_id: str, guest_id: str) -> Conversation:
    """Leave a conversation as a guest, or remove a guest as its host or as a leader (spec 4.4)."""
    before = await load(db, actor.tenant_id, conversation_id)
    if guest_id != actor.id and not actor.may("conversation.monitor"):
        _require_host(before.conversation, actor)
    decision = transfer.left(before, guest_id, db.now(), actor=actor.actor)
    return before.conversation if decision is before else await store_decision(db, decision)


async def listened(db: Database, actor: AgentActor, conversation: Conversation) -> None:
    """Note in the audit log that a leader listens to a conversation unseen (spec 4.6)."""
    now = db.now()
    await db.commit(
        events=[
            Event(
                id=new_id(now),
                tenant_id=actor.tenant_id,
                name="ConversationListened",
                at=now,
                actor=actor.actor,
                subject_kind="conversation",
                subject_id=conversation.id,
            )
        ]
    )


# --- small things


def _person(seat: Seat) -> Reference:
    return Reference(id=seat.id, name=seat.name, avatar=seat.avatar)


def _as_reference(agent: Agent) -> Reference:
    return Reference(id=agent.id, name=agent.name, avatar=agent.avatar)


def _assigned(db: Database, seat: Seat) -> Change:
    """Return the change that keeps everybody else from filling the same place in the same moment."""
    return Save(seat.changed(last_assigned_at=db.now()), was=seat)


def _require_addressee(made: Offer, actor: AgentActor) -> None:
    if not is_asked(actor, made):
        raise transfer.OfferGone(N_("Somebody was faster, or the time is up."))


def _require_host(conversation: Conversation, actor: AgentActor) -> None:
    if conversation.host is None or (conversation.host.id != actor.id and not is_leader(actor, conversation)):
        raise Invalid(N_("Only the agent who serves the customer can do this."))


async def _freed(db: Database, was: Conversation, now: Conversation) -> list[Later]:
    """Return the wish that the desks of a host who gave a conversation away look at their queues."""
    if was.host is None or (now.host and now.host.id == was.host.id):
        return []
    agent = await people_store.agent(db, was.tenant_id, was.host.id)
    return [presence.route_job(was.tenant_id, desk, db.now()) for desk in await presence.desks_of(db, agent)]
