"""What people do with conversations: ask, choose, leave, rate, speak; each loads, decides and commits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from conversation import lifecycle, menu, presence, queue, routing, store
from conversation.lifecycle import Decision
from conversation.live import Heard, Live
from conversation.menu import NavigationMenu
from conversation.model import Conversation, Entry, Offer, Private, Rating, Visit
from conversation.summary import summed_up
from core.db import Change, Database, Insert, Save, retried
from core.errors import N_, Conflict, Duplicate, Invalid
from core.events import Actor
from core.files import UseFiles, described
from core.later import Later
from core.message import Author, InboundMessage, Part, Text, files_of
from core.model import Reference
from people import store as people_store
from people.access import AgentActor
from people.model import Customer, Group
from ticketing import catalog
from ticketing import store as ticket_store
from ticketing.model import Place

SHORTEST_SILENCE = timedelta(seconds=10)  # no setting of spec 4.5 is shorter


@dataclass(frozen=True)
class Origin:
    """What a conversation needs to know of the channel it came by."""

    channel_id: str
    kind: str
    desk_id: str | None
    menu: NavigationMenu
    is_open: bool
    language: str = "en"
    #: names the job that sends what the desk says, on channels that must be called.
    outward: Callable[[Conversation], Later | None] = lambda _: None


async def store_decision(
    db: Database, decision: Decision, *changes: Change, jobs: Sequence[Later] = ()
) -> Conversation:
    """Commit a decision on a conversation together with what goes along."""
    return (await store_decisions(db, [decision], *changes, jobs=jobs))[0]


async def store_decisions(
    db: Database, decisions: Sequence[Decision], *changes: Change, jobs: Sequence[Later] = ()
) -> list[Conversation]:
    """Commit decisions on several conversations, all or none, together with what goes along."""
    conversations: list[Conversation] = []
    own: list[Change] = []
    entries: list[Change] = []  # side by side, so that they are stored together
    follow = list(jobs)
    for decision in decisions:
        conversation = summed_up(decision.conversation, decision.entries)
        conversations.append(conversation)
        if decision.was is None:
            own.append(Insert(conversation))
        elif conversation != decision.was:
            own.append(Save(conversation, was=decision.was))
        entries += [Insert(entry) for entry in decision.entries]
        follow += _timers(decision, db.now())
    events = [event for decision in decisions for event in decision.events]
    await db.commit(*own, *entries, *changes, events=events, jobs=follow)
    return conversations


def _timers(decision: Decision, now: datetime) -> list[Later]:
    """Return the timers that a decision starts: over the silence of a new pair, and over what is held out."""
    was, conversation = decision.was, decision.conversation
    timers = []
    if conversation.state == "running" and (was is None or was.host != conversation.host):
        timers.append(presence.watch_job(conversation, now + SHORTEST_SILENCE))
    if conversation.offer and (was is None or was.offer != conversation.offer):
        timers.append(offer_job(conversation, conversation.offer))
    return timers


def offer_job(conversation: Conversation, offer: Offer) -> Later:
    """Return the wish that somebody looks whether what was held out was accepted in time."""
    return Later(
        key=f"offer:{offer.id}",
        kind="offer",
        tenant_id=conversation.tenant_id,
        due_at=offer.until,
        payload={"conversation_id": conversation.id, "offer_id": offer.id},
    )


async def load(db: Database, tenant_id: str, conversation_id: str) -> Decision:
    """Return a conversation with its journal's last number, ready to decide on."""
    seq = await store.last_seq(db, tenant_id, conversation_id)
    return lifecycle.at(await store.conversation(db, tenant_id, conversation_id), seq)


# --- the customer


async def receive(live: Live, message: InboundMessage, origin: Origin, customer: Customer) -> Heard:
    """Take what a customer said: into the live conversation, or into a new one that is delivered to a desk.

    Arriving twice is stored once: the second time the same entry comes back.
    """
    db = live.db
    for _ in range(5):
        current = await store.live_conversation(db, message.tenant_id, message.channel_id, message.sender)
        try:
            if current is None:
                return await _start(live, message, origin, customer)
            if current.state == "menu":
                return await _navigate(live, message, origin, current)
            return await say(live, message, current.id)
        except (Duplicate, lifecycle.Ended):
            # The message arrived before, the customer's other window was faster, or it ended this very moment.
            said = await live.said_before(message.tenant_id, message.channel_id, message.external_id)
            if said:
                return Heard(await store.conversation(db, message.tenant_id, said.conversation_id), said)
        except Conflict as conflict:
            if type(conflict) is not Conflict:
                raise
    raise Conflict


async def say(live: Live, message: InboundMessage, conversation_id: str) -> Heard:
    """Take what a customer said in a conversation that is known to be live: the shortest way.

    Raises:
        Ended: it is over; `receive` finds where the words belong.
    """
    return await live.say(
        message.tenant_id,
        conversation_id,
        author=None,
        parts=message.parts,
        external_id=message.external_id,
        client_id=message.meta.get("client_id"),
        now=message.sent_at,
        heard_by=message.meta.get("heard_by"),
    )


def _words(message: InboundMessage) -> str:
    return " ".join(part.text for part in message.parts if isinstance(part, Text))


async def _start(live: Live, message: InboundMessage, origin: Origin, customer: Customer) -> Heard:
    """Begin a conversation with this message."""
    db, now = live.db, message.sent_at
    organization = None
    if customer.organization_id:
        organization = await people_store.organization(db, message.tenant_id, customer.organization_id)
    opening = lifecycle.start(
        tenant_id=message.tenant_id,
        channel_id=message.channel_id,
        channel_kind=origin.kind,
        address=message.sender,
        customer=Reference(id=customer.id, name=customer.name, avatar=customer.avatar),
        priority=organization.priority if organization else 0,
        visit=Visit.model_validate(message.meta.get("visit") or {}),
        now=now,
    )
    return await _navigated(live, message, origin, opening)


@retried
async def _navigate(live: Live, message: InboundMessage, origin: Origin, conversation: Conversation) -> Heard:
    """Take a customer's choice, or words, in a conversation that is still in the menu."""
    before = await load(live.db, message.tenant_id, conversation.id)
    if before.conversation.state != "menu":
        return await say(live, message, before.conversation.id)
    return await _navigated(live, message, origin, before)


async def _navigated(live: Live, message: InboundMessage, origin: Origin, before: Decision) -> Heard:
    """Commit the message, and what the menu makes of it: a deeper level, or delivery to a desk."""
    db, now = live.db, message.sent_at
    at = before.conversation.menu_item_id
    decision = lifecycle.say(
        before,
        author=lifecycle.customer_of(before.conversation),
        parts=message.parts,
        now=now,
        external_id=message.external_id,
        client_id=message.meta.get("client_id"),
    )
    heard = decision.entries[-1]
    choice = menu.choice_by_id(origin.menu, message.meta["item_id"]) if message.meta.get("item_id") else None
    choice = choice or menu.choice_by_words(origin.menu, at, _words(message))
    jobs: Sequence[Later] = ()
    if choice and choice.items:
        decision = lifecycle.show_menu(decision, origin.menu, now, at=choice.id)
        out = origin.outward(decision.conversation)
        jobs = [out] if out else []
    else:
        if choice:
            decision = lifecycle.choose(decision, origin.menu, choice)
        decision, jobs = await _deliver(db, decision, origin, now)
    use = UseFiles(message.tenant_id, files_of(message.parts), decision.conversation.id)
    conversation = await store_decision(db, decision, use, jobs=jobs)
    return Heard(conversation, heard)


async def _deliver(db: Database, decision: Decision, origin: Origin, now: datetime) -> tuple[Decision, Sequence[Later]]:
    """Deliver a request to a desk, or offer the ticket form when nobody can serve it (spec 3.2, 3.5)."""
    conversation = decision.conversation
    if not origin.is_open:
        return lifecycle.offer_form(decision, "closed", now), ()
    central = await people_store.central_desk(db, conversation.tenant_id)
    chosen = await _chosen(db, conversation)
    responsible = chosen.place.group_id if chosen else None
    candidates = [desk for desk in (responsible, origin.desk_id, central.id) if desk]
    destination = routing.destination(
        responsible=responsible,
        channel_desk=origin.desk_id,
        central_desk=central.id,
        on_duty=await presence.on_duty(db, conversation.tenant_id, candidates, now),
    )
    if destination.desk_id is None:
        return lifecycle.offer_form(decision, "nobody_on_duty", now), ()
    desk = await people_store.group(db, conversation.tenant_id, destination.desk_id)
    settings = (await people_store.tenant(db, conversation.tenant_id)).settings.at_desk(desk.settings)
    longest = settings.queue_length
    if await store.waiting_count(db, conversation.tenant_id, destination.desk_id, limit=longest + 1) >= longest:
        places, _ = await presence.places_at(db, conversation.tenant_id, destination.desk_id, now)
        if not any(place.free for place in places):
            return lifecycle.offer_form(decision, "queue_full", now), ()
    asked_for = replace(decision, conversation=await _asking_for(db, conversation, chosen, desk, origin.language))
    queued = lifecycle.queue(asked_for, Reference(id=desk.id, name=desk.name), now, overflowed=destination.overflowed)
    jobs = [
        presence.route_job(conversation.tenant_id, desk.id, now),
        wait_job(conversation, now + timedelta(seconds=settings.queue_wait)),
    ]
    return queued, jobs


@dataclass(frozen=True)
class Chosen:
    """What a customer chose from the catalog, and the skills that it asks for."""

    place: Place
    skills: frozenset[str]


async def _chosen(db: Database, conversation: Conversation) -> Chosen | None:
    if conversation.catalog_node_id is None:
        return None
    nodes = await ticket_store.catalog(db, conversation.tenant_id)
    try:
        steps = catalog.path(nodes, conversation.catalog_node_id)
        place = catalog.place(nodes, conversation.catalog_node_id)
    except Invalid:  # the node was removed while the menu still points at it: it asks for nothing
        return None
    return Chosen(place, frozenset(skill for step in steps for skill in step.skills))


async def _asking_for(
    db: Database, conversation: Conversation, chosen: Chosen | None, desk: Group, language: str
) -> Conversation:
    """Return the conversation with what the desk looks at: class, skills, language, who is known (spec 3.3, 3.4)."""
    rule, skills = desk.response, set[str]()
    known, priority = None, conversation.priority
    if chosen:
        if rule.matches_skills:
            skills.update(chosen.skills)
        matrix = await ticket_store.matrix(db, conversation.tenant_id)
        priority = queue.priority_class(priority, chosen.place, matrix)
    if rule.matches_language:
        skills.add((conversation.visit.language or language).lower())
    if rule.prefers_known:
        known = await store.last_served(db, conversation.tenant_id, conversation.customer.id)
    return conversation.model_copy(
        update={"skills": tuple(sorted(skills)), "known_agent_id": known, "priority": priority}
    )


def wait_job(conversation: Conversation, due_at: datetime) -> Later:
    """Return the wish to look whether the customer has waited too long."""
    return Later(
        key=f"wait:{conversation.id}",
        kind="wait",
        tenant_id=conversation.tenant_id,
        due_at=due_at,
        payload={"conversation_id": conversation.id},
    )


@retried
async def leave(db: Database, tenant_id: str, conversation_id: str, *, actor: Actor) -> Conversation:
    """Let the customer leave: the queue, with the ticket form offered, or the talk, which the agent wraps up."""
    now = db.now()
    before = await load(db, tenant_id, conversation_id)
    decision = lifecycle.leave(before, now, actor=actor)
    if decision is before:
        return before.conversation
    desk = before.conversation.desk
    jobs = [presence.route_job(tenant_id, desk.id, now)] if desk else []
    return await store_decision(db, decision, jobs=jobs)


@retried
async def rate(db: Database, tenant_id: str, conversation_id: str, rating: Rating, *, actor: Actor) -> Conversation:
    """Keep what the customer thought of an ended conversation (spec 6.8)."""
    before = await load(db, tenant_id, conversation_id)
    return await store_decision(db, lifecycle.rate(before, rating, db.now(), actor=actor))


# --- the agent


async def speak(
    live: Live,
    agent: AgentActor,
    conversation_id: str,
    parts: tuple[Part, ...],
    *,
    client_id: str,
    private: Private | None,
    outward: Callable[[Conversation], Later | None],
    heard_by: str | None = None,
) -> Entry:
    """Say something to the customer as the host, or write a private note that never leaves (spec 4.2).

    Raises:
        Invalid: the actor does not host the conversation, or a file is not there.
        Ended: it is over.
    """

    def is_host(conversation: Conversation) -> None:
        if private == "whisper" and not agent.may("conversation.monitor"):
            raise Invalid(N_("Only leaders whisper. Write a private note instead."))
        if not private and not conversation.speaks(agent.id):
            raise Invalid(N_("Take the conversation before you answer. A private note is possible at any time."))

    host = (await live.look(agent.tenant_id, conversation_id)).host
    me = host if host and host.id == agent.id else await people_store.agent(live.db, agent.tenant_id, agent.id)
    heard = await live.say(
        agent.tenant_id,
        conversation_id,
        author=Author(kind="agent", id=agent.id, name=agent.name, avatar=me.avatar),
        parts=await described(live.db, agent.tenant_id, parts),
        external_id=f"agent:{agent.id}:{client_id}",
        client_id=client_id,
        now=live.db.now(),
        private=private,
        outward=(lambda _: None) if private else outward,
        allowed=is_host,
        heard_by=heard_by,
    )
    return heard.entry
