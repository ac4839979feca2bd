"""What agents do with tickets (spec 5.5); every use-case goes load → decide → commit."""

from __future__ import annotations

from typing import Any, Literal

from core import rooms
from core.db import Database, Update, retried
from core.errors import N_, Stale
from core.events import Event
from core.files import UseFiles, described
from core.ids import new_id
from core.message import Part, files_of
from people import store as people
from people.access import AgentActor, customer_for
from people.errors import wrong
from people.model import normal_email
from ticketing import handling, lifecycle, states, store
from ticketing.access import ticket_for
from ticketing.decision import Decision, unchanged
from ticketing.drafts import Assignment, NewTicket, Reply, TicketEdit
from ticketing.model import Copied, Delivery, Draft, Ticket
from ticketing.service.shared import (
    Arrived,
    agent_named,
    assigned_to,
    close_after,
    customer_named,
    deleted_kept,
    delivered,
    group_named,
    keep,
    place_at,
)


@retried
async def open_by_hand(db: Database, new: NewTicket, *, actor: AgentActor) -> Ticket:
    """Open a ticket, for a customer or not (spec 5.4).

    Raises:
        Forbidden: the role does not allow it.
        NotFound: there is no such customer within the actor's scope.
        Invalid: something that it names does not exist.
    """
    actor.require("ticket.create")
    tenant_id, now = actor.tenant_id, db.now()
    customer = organization = None
    if new.customer_id:
        customer, organization = await customer_named(db, await customer_for(db, actor, new.customer_id))
    group, handler = await assigned_to(
        db, tenant_id, group_id=new.group_id, handler_id=new.handler_id, now_in=new.group_id
    )
    fields = new.model_dump(include={"subject", "type", "urgency", "impact", "priority", "tags"})
    draft = Draft(
        **fields, customer=customer, organization=organization, group=group, handler=handler,
        place=await place_at(db, tenant_id, new.catalog_node_id), cc=await _copied(db, tenant_id, new.cc),
    )  # fmt: skip
    parts = await described(db, tenant_id, new.parts)
    decision = lifecycle.open_ticket(
        await delivered(db, tenant_id, draft), tenant_id=tenant_id, actor=actor.actor, now=now,
        parts=() if new.private else parts, matrix=await store.matrix(db, tenant_id),
    )  # fmt: skip
    if new.private and parts:
        decision = decision.then(lifecycle.write_note(decision.ticket, parts, actor=actor.actor, now=now))
    return await keep(db, decision, *_uses(decision.ticket, parts))


@retried
async def edit(db: Database, ticket_id: str, changes: TicketEdit, *, actor: AgentActor) -> Ticket:
    """Change a ticket's fields and state.

    Raises:
        Forbidden: the role does not allow it; deleting is a right of its own.
        NotFound: there is no such ticket within the actor's scope.
        Stale: somebody saved in between.
        Invalid: something that it names does not exist, or no way leads to the state.
    """
    given = changes.model_fields_set - {"version", "state", "pending_reason", "reason"}
    wanted = changes.state if "state" in changes.model_fields_set else None
    ticket = await ticket_for(db, actor, ticket_id)
    if given or wanted != "deleted":
        actor.require("ticket.edit")
    if wanted == "deleted":
        actor.require("ticket.delete")
    _check_version(ticket, changes.version)
    now, decision = db.now(), unchanged(ticket)
    if given:
        fields: dict[str, Any] = {name: getattr(changes, name) for name in given}
        if "catalog_node_id" in fields:
            fields["place"] = await place_at(db, actor.tenant_id, fields.pop("catalog_node_id"))
        if "cc" in fields:
            fields["cc"] = await _copied(db, actor.tenant_id, fields["cc"])
        decision = handling.edit(
            ticket, handling.Edit(**fields), actor=actor.actor, now=now, matrix=await store.matrix(db, actor.tenant_id)
        )
    if wanted:
        moved = states.change_state(
            decision.ticket, wanted, pending_reason=changes.pending_reason, reason=changes.reason, actor=actor.actor,
            now=now, close_after=await close_after(db, actor.tenant_id),
        )  # fmt: skip
        decision = decision.then(moved)
    return await keep(db, decision)


@retried
async def reply(
    db: Database,
    ticket_id: str,
    answer: Reply,
    *,
    actor: AgentActor,
    arrived: Arrived | None = None,
    delivery: Delivery | None = None,
) -> Decision:
    """Answer the customer in public; the decision's first entry is the answer.

    ``arrived``: it came by a channel. ``delivery``: the customer has it already.

    Raises:
        Forbidden: the role does not allow it.
        NotFound: there is no such ticket within the actor's scope, or what is quoted is not in it.
        Invalid: the ticket is closed, deleted or in quarantine; a file is not there; an envelope for what is no mail.
    """
    ticket = await ticket_for(db, actor, ticket_id, permission="ticket.reply")
    parts = await described(db, actor.tenant_id, answer.parts)
    if answer.envelope and ticket.source != "email":
        raise wrong("envelope", N_("This ticket is not answered by mail, so nobody else can get the answer."))
    if answer.envelope and answer.envelope.quotes:
        await store.public_reply(db, actor.tenant_id, ticket.id, answer.envelope.quotes)
    decision = lifecycle.reply_as_agent(
        ticket, parts, state=answer.state, pending_reason=answer.pending_reason, actor=actor.actor, now=db.now(),
        close_after=await close_after(db, actor.tenant_id), envelope=answer.envelope, delivery=delivery,
        **_origin(arrived),
    )  # fmt: skip
    await keep(db, decision, *_uses(ticket, parts), *(arrived.along(decision) if arrived else ()))
    return decision


@retried
async def write_note(
    db: Database, ticket_id: str, parts: tuple[Part, ...], *, actor: AgentActor, arrived: Arrived | None = None
) -> Decision:
    """Write a note that never leaves the desk; the decision's first entry is the note. ``arrived``: by a channel.

    Raises:
        Forbidden: the role does not allow it.
        NotFound: there is no such ticket within the actor's scope.
        Invalid: a file is not there.
    """
    ticket = await ticket_for(db, actor, ticket_id, permission="ticket.reply")
    parts = await described(db, actor.tenant_id, parts)
    decision = lifecycle.write_note(ticket, parts, actor=actor.actor, now=db.now(), **_origin(arrived))
    await keep(db, decision, *_uses(ticket, parts), *(arrived.along(decision) if arrived else ()))
    return decision


@retried
async def take(db: Database, ticket_id: str, *, actor: AgentActor) -> Ticket:
    """Become the handler of a ticket that nobody handles; the second who tries is told who was first (spec 3.6).

    Raises:
        Taken: somebody else handles it.
        Forbidden, NotFound, Invalid: as everywhere; it is not a ticket to work on.
    """
    ticket = await ticket_for(db, actor, ticket_id, permission="ticket.assign")
    agent, groups, preferred = await agent_named(db, actor.tenant_id, actor.id)
    group = ticket.group or await group_named(db, actor.tenant_id, preferred or groups[0])
    return await keep(db, handling.take(ticket, agent=agent, group=group, actor=actor.actor, now=db.now()))


@retried
async def assign(db: Database, ticket_id: str, to: Assignment, *, actor: AgentActor) -> Ticket:
    """Give a ticket to a group, and to one of its agents or nobody in particular (spec 3.6).

    Raises:
        Stale: somebody saved in between.
        Forbidden, NotFound: as everywhere.
        Invalid: group or agent do not exist, do not belong together, or it is not a ticket to work on.
    """
    ticket = await ticket_for(db, actor, ticket_id, permission="ticket.assign")
    _check_version(ticket, to.version)
    if not (to.group_id or to.handler_id):
        raise wrong("group_id", N_("Choose a group or an agent."))
    group, handler = await assigned_to(
        db, actor.tenant_id, group_id=to.group_id, handler_id=to.handler_id,
        now_in=ticket.group.id if ticket.group else None,
    )  # fmt: skip
    return await keep(db, handling.assign(ticket, group=group, handler=handler, actor=actor.actor, now=db.now()))


async def star(db: Database, ticket_id: str, *, starred: bool, actor: AgentActor) -> None:
    """Star a ticket or take the star off: a mark for myself, so the ticket gets no new version.

    Raises:
        Forbidden, NotFound: as everywhere.
    """
    ticket = await ticket_for(db, actor, ticket_id)
    if (actor.id in ticket.starred_by) == starred:
        return
    now = db.now()
    told = Event(
        id=new_id(now), tenant_id=actor.tenant_id, name="TicketStarred" if starred else "TicketUnstarred", at=now,
        actor=actor.actor, subject_kind="ticket", subject_id=ticket.id, audience=(rooms.agent(actor.id),),
    )  # fmt: skip
    change = {"$addToSet" if starred else "$pull": {"starred_by": actor.id}}
    await db.commit(Update("tickets", {"tenant_id": actor.tenant_id, "_id": ticket.id}, change), events=[told])


@retried
async def restore(db: Database, ticket_id: str, *, actor: AgentActor) -> Ticket:
    """Bring a deleted ticket back to the state it had, within 30 days (spec 5.1).

    Raises:
        Invalid: it is not deleted, or was deleted too long ago.
        Forbidden, NotFound: as everywhere.
    """
    ticket = await ticket_for(db, actor, ticket_id, permission="ticket.restore")
    decision = states.restore(
        ticket, actor=actor.actor, now=db.now(), kept=await deleted_kept(db, actor.tenant_id),
        close_after=await close_after(db, actor.tenant_id),
    )  # fmt: skip
    return await keep(db, decision)


def _origin(arrived: Arrived | None) -> dict[str, str]:
    return {"channel_id": arrived.channel_id, "external_id": arrived.external_id} if arrived else {}


def _check_version(ticket: Ticket, version: int) -> None:
    if ticket.version != version:
        raise Stale(ticket)


def _uses(ticket: Ticket, parts: tuple[Part, ...]) -> list[UseFiles]:
    """Return the change that keeps the files of the parts and lets the ticket's readers read them."""
    files = files_of(parts)
    return [UseFiles(ticket.tenant_id, files, ticket.id)] if files else []


async def _copied(db: Database, tenant_id: str, cc: tuple[Copied, ...]) -> tuple[Copied, ...]:
    """Return whom copies go to by their names of today, each once.

    Raises:
        Invalid: one does not exist.
    """
    ids: dict[Literal["agent", "customer"], list[str]] = {"agent": [], "customer": []}
    for copied in cc:
        if copied.kind != "email":
            ids[copied.kind].append(copied.id)
    names: dict[tuple[str, str], str] = {}
    names |= {("agent", a.id): a.name for a in (await people.agents_with_ids(db, tenant_id, ids["agent"])).values()}
    found = await people.customers_with_ids(db, tenant_id, ids["customer"])
    names |= {("customer", customer.id): customer.name for customer in found.values()}
    if any(copied.kind != "email" and (copied.kind, copied.id) not in names for copied in cc):
        raise wrong("cc", N_("Somebody in copy does not exist any more. Choose again."))
    for copied in cc:
        if copied.kind == "email":
            try:
                normal_email(copied.id)
            except ValueError as error:
                raise wrong("cc", str(error)) from error
    named = [copied.model_copy(update={"name": names.get((copied.kind, copied.id), copied.name)}) for copied in cc]
    return tuple({(copied.kind, copied.id): copied for copied in named}.values())
