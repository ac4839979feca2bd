"""How a conversation ends: in one of three ways, as part of a ticket, in one commit (spec 3.5, 4.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from conversation import lifecycle, presence, store
from conversation.lifecycle import Decision
from conversation.model import Conversation
from conversation.service import load, store_decision
from conversation.summary import summed_up
from core.db import Change, Database, Insert, Save, retried
from core.errors import N_, Duplicate, Invalid, NotFound
from core.events import SYSTEM, Actor
from core.files import UseFiles
from core.message import Part, Text, files_of, gist
from core.model import Reference
from people import store as people_store
from people.access import AgentActor
from people.model import Customer, Tenant
from ticketing import catalog
from ticketing import lifecycle as tickets
from ticketing import store as ticket_store
from ticketing.decision import Decision as TicketDecision
from ticketing.lifecycle import Outcome, Talk
from ticketing.model import CatalogNode, Draft, Level, Place, Ticket

AUTO_ENDED = "auto-ended"
SEARCHED = 5_000  # characters of the transcript that find the ticket


@dataclass(frozen=True)
class Ending:
    """What an agent says about a conversation that ends."""

    outcome: Outcome
    reason: str = ""
    subject: str = ""
    catalog_node_id: str | None = None
    type: str | None = None
    urgency: Level | None = None
    impact: Level | None = None
    tags: tuple[str, ...] = ()
    group_id: str | None = None
    handler_id: str | None = None
    note: str = ""


@retried
async def wrap_up(
    db: Database, conversation_id: str, ending: Ending, *, actor: AgentActor
) -> tuple[Conversation, Ticket]:
    """End a conversation that the actor hosts: solved, unsolved or refused; the ticket is stored in the same commit.

    Raises:
        Ended: it is over already.
        Invalid: the actor does not host it; a refusal without a reason; a group or agent that does not exist.
    """
    before = await load(db, actor.tenant_id, conversation_id)
    host = before.conversation.host
    if host is None or (host.id != actor.id and not actor.may("conversation.monitor")):
        raise Invalid(N_("Only the agent who serves the customer can end the conversation."))
    return await _end(db, before, ending, host, actor=actor.actor)


async def end_by_silence(db: Database, tenant_id: str, conversation_id: str) -> None:
    """End a conversation whose customer is silent: solved, tagged `auto-ended` (spec 4.5, 4.7).

    Raises:
        Conflict: somebody changed the conversation meanwhile.
    """
    before = await load(db, tenant_id, conversation_id)
    if before.conversation.host:
        ending = Ending(outcome="solved", tags=(AUTO_ENDED,), handler_id=before.conversation.host.id)
        await _end(db, before, ending, before.conversation.host, actor=SYSTEM)


async def _end(
    db: Database, before: Decision, ending: Ending, host: Reference, *, actor: Actor
) -> tuple[Conversation, Ticket]:
    tenant = await people_store.tenant(db, before.conversation.tenant_id)
    now, conversation = db.now(), before.conversation
    talk = await _talk(db, conversation)
    subject = ending.subject.strip() or conversation.subject or await first_words(db, conversation)
    note: tuple[Part, ...] = (Text(text=ending.note.strip()),) if ending.note.strip() else ()
    decided = await _ticket(db, tenant, conversation, ending, talk, subject, note, actor=actor)
    ended = lifecycle.end(
        before,
        ending.outcome,
        now,
        actor=actor,
        ticket_id=decided.ticket.id,
        subject=subject,
        reason=ending.reason,
    )
    changes = ticket_store.changes(decided)
    agent = await people_store.agent(db, tenant.id, host.id)
    desks = set(await presence.desks_of(db, agent)) | ({conversation.desk.id} if conversation.desk else set())
    jobs = [presence.route_job(tenant.id, desk_id, now) for desk_id in desks]
    await db.commit(
        Save(summed_up(ended.conversation, ended.entries), was=conversation),
        *(Insert(entry) for entry in ended.entries),
        *changes,
        events=[*ended.events, *decided.events],
        jobs=[*jobs, *decided.jobs],
    )
    return ended.conversation, _stored(changes, decided)


async def _ticket(
    db: Database,
    tenant: Tenant,
    conversation: Conversation,
    ending: Ending,
    talk: Talk,
    subject: str,
    note: tuple[Part, ...],
    *,
    actor: Actor,
) -> TicketDecision:
    """Decide on the ticket: a new one, or the one that the conversation is linked to already."""
    now = db.now()
    close_after = timedelta(seconds=tenant.settings.solved_to_closed)
    if conversation.ticket_ids:
        linked = await ticket_store.ticket(db, tenant.id, conversation.ticket_ids[-1])
        return tickets.join_conversation(
            linked, talk, ending.outcome, actor=actor, now=now, note=note, close_after=close_after
        )
    nodes = await ticket_store.catalog(db, tenant.id)
    place = catalog.place(nodes, ending.catalog_node_id) if ending.catalog_node_id else _place(nodes, conversation)
    handler_id = ending.handler_id or (actor.id if ending.outcome == "solved" else None)
    group = await _group(db, tenant.id, ending.group_id) or conversation.desk
    draft = Draft(
        subject=subject,
        customer=conversation.customer,
        organization=await _organization(db, conversation),
        group=group,
        handler=await _handler(db, tenant.id, handler_id),
        type=ending.type,
        urgency=ending.urgency,
        impact=ending.impact,
        place=place,
        tags=ending.tags,
        source="conversation",
        channel_id=conversation.channel_id,
    )
    return tickets.open_from_conversation(
        draft,
        talk,
        ending.outcome,
        tenant_id=tenant.id,
        actor=actor,
        now=now,
        reason=ending.reason,
        note=note,
        close_after=close_after,
        matrix=await ticket_store.matrix(db, tenant.id),
    )


def _place(nodes: list[CatalogNode], conversation: Conversation) -> Place | None:
    """Return what the customer chose, unless it was removed from the catalog meanwhile."""
    if conversation.catalog_node_id is None:
        return None
    try:
        return catalog.place(nodes, conversation.catalog_node_id)
    except Invalid:
        return None


async def _group(db: Database, tenant_id: str, group_id: str | None) -> Reference | None:
    if group_id is None:
        return None
    try:
        group = await people_store.group(db, tenant_id, group_id)
    except NotFound as missing:
        message = N_("There is no such group. Choose another one.")
        raise Invalid(message, errors=[{"field": "group_id", "message": message}]) from missing
    return Reference(id=group.id, name=group.name)


async def _handler(db: Database, tenant_id: str, agent_id: str | None) -> Reference | None:
    if agent_id is None:
        return None
    found = (await people_store.agents_with_ids(db, tenant_id, [agent_id])).get(agent_id)
    if found is None or not found.active:
        message = N_("There is no such agent. Choose another one.")
        raise Invalid(message, errors=[{"field": "handler_id", "message": message}])
    return Reference(id=found.id, name=found.name, avatar=found.avatar)


async def _organization(db: Database, conversation: Conversation) -> Reference | None:
    customer = await people_store.customer(db, conversation.tenant_id, conversation.customer.id)
    if customer.organization_id is None:
        return None
    organization = await people_store.organization(db, conversation.tenant_id, customer.organization_id)
    return Reference(id=organization.id, name=organization.name)


async def _talk(db: Database, conversation: Conversation) -> Talk:
    """Return what the ticket needs to know of the conversation; private notes find it too, for agents only."""
    entries = await store.entries(db, conversation.tenant_id, conversation.id, limit=500)
    words = " ".join(gist(entry.parts, limit=500) for entry in entries if entry.kind != "event")
    return Talk(id=conversation.id, text=words[:SEARCHED])


async def first_words(db: Database, conversation: Conversation) -> str:
    """Return the customer's first words as a subject."""
    entries = await store.entries(db, conversation.tenant_id, conversation.id, limit=20)
    said = [gist(e.parts, limit=80) for e in entries if e.author.kind == "customer" and e.kind == "message"]
    return max(said, key=len, default="") or conversation.customer.name or conversation.id


@retried
async def tell_ticket(db: Database, tenant_id: str, ticket_id: str) -> None:
    """Tell the customers of a new ticket's conversations its number, known once the ticket is stored: a job."""
    ticket = await ticket_store.ticket(db, tenant_id, ticket_id)
    if ticket.state in ("deleted", "quarantined"):
        return
    for conversation_id in ticket.conversation_ids:
        before = await load(db, tenant_id, conversation_id)
        decision = lifecycle.tell_ticket(before, ticket_id=ticket.id, number=ticket.number, now=db.now())
        if decision is not before:
            await store_decision(db, decision)


@dataclass(frozen=True)
class LeftBehind:
    """What a customer leaves in a form when nobody can talk."""

    external_id: str
    subject: str
    parts: tuple[Part, ...]


@retried
async def leave_ticket(
    db: Database, customer: Customer, conversation: Conversation | None, left: LeftBehind, *, channel_id: str
) -> int:
    """Open a ticket from the form, with the unserved conversation as part of it, and return its number (spec 3.5).

    Sent twice with the same id, it is one ticket.
    """
    tenant_id, now = customer.tenant_id, db.now()
    known = await _left_before(db, tenant_id, channel_id, left.external_id)
    if known:
        return known
    actor = Actor(kind="customer", id=customer.id, name=customer.name)
    place = _place(await ticket_store.catalog(db, tenant_id), conversation) if conversation else None
    central = await people_store.central_desk(db, tenant_id)
    group = conversation.desk if conversation and conversation.desk else Reference(id=central.id, name=central.name)
    if place and place.group_id:
        group = await _group(db, tenant_id, place.group_id) or group
    draft = Draft(
        subject=left.subject,
        customer=Reference(id=customer.id, name=customer.name, avatar=customer.avatar),
        group=group,
        place=place,
        source="web_form",
        channel_id=channel_id,
    )
    decided = tickets.open_ticket(
        draft,
        tenant_id=tenant_id,
        actor=actor,
        now=now,
        parts=left.parts,
        external_id=left.external_id,
        matrix=await ticket_store.matrix(db, tenant_id),
    )
    also: list[Change] = []
    if conversation and not conversation.ticket_ids and conversation.state == "ended":
        joined = tickets.join_conversation(decided.ticket, await _talk(db, conversation), actor=actor, now=now)
        decided = decided.then(joined)
        linked = conversation.changed(ticket_ids=(decided.ticket.id,))
        also.append(Save(linked, was=conversation))
    changes = ticket_store.changes(decided)
    use = UseFiles(tenant_id, files_of(left.parts), decided.ticket.id)
    try:
        await db.commit(*also, use, *changes, events=decided.events, jobs=decided.jobs)
    except Duplicate:
        known = await _left_before(db, tenant_id, channel_id, left.external_id)
        if known is None:
            raise
        return known
    return _stored(changes, decided).number


async def _left_before(db: Database, tenant_id: str, channel_id: str, external_id: str) -> int | None:
    """Return the number of the ticket that this form became when it arrived before."""
    entry = await ticket_store.arrived(db, tenant_id, channel_id, external_id)
    return (await ticket_store.ticket(db, tenant_id, entry.ticket_id)).number if entry else None


def _stored(changes: tuple[Change, ...], decided: TicketDecision) -> Ticket:
    """Return the ticket as the commit stored it, with its number."""
    inserted = [change for change in changes if isinstance(change, ticket_store.InsertTicket)]
    return inserted[-1].stored if inserted else decided.ticket
