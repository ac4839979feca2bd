"""What the use-cases share: storing a decision, looking up whom and what it names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.db import Change, Database
from core.errors import N_, NotFound
from core.model import Reference
from people import store as people
from people.errors import wrong
from people.model import Customer
from ticketing import catalog, store
from ticketing.decision import Decision
from ticketing.model import Draft, Place, Ticket

#: Gives the changes that are stored in one commit with a decision.
Along = Callable[[Decision], Sequence[Change]]


def nothing(_: Decision) -> Sequence[Change]:
    """Store nothing along with a decision."""
    return ()


@dataclass(frozen=True)
class Arrived:
    """By what an agent's words came that were not typed in the console; twice the same ``external_id`` is once."""

    channel_id: str
    external_id: str
    along: Along = nothing


async def keep(db: Database, decision: Decision, *first: Change) -> Ticket:
    """Store a decision in one commit, after the ``first`` changes; return the ticket as stored.

    Raises:
        Conflict: the ticket changed since it was loaded.
    """
    changes = store.changes(decision)
    if not (changes or first or decision.events or decision.jobs):
        return decision.ticket
    await db.commit(*first, *changes, events=decision.events, jobs=decision.jobs)
    last = changes[-1] if changes else None
    return last.stored if isinstance(last, store.InsertTicket) else decision.ticket


async def close_after(db: Database, tenant_id: str) -> timedelta:
    """Return how long a solved ticket waits until it closes (spec 5.1)."""
    return timedelta(seconds=(await people.tenant(db, tenant_id)).settings.solved_to_closed)


async def deleted_kept(db: Database, tenant_id: str) -> timedelta:
    """Return how long a deleted ticket can be restored (spec 5.1)."""
    return timedelta(seconds=(await people.tenant(db, tenant_id)).settings.deleted_kept)


async def place_at(db: Database, tenant_id: str, node_id: str | None) -> Place | None:
    """Return a catalog node as a ticket remembers it; None for none.

    Raises:
        Invalid: there is no such node.
    """
    return catalog.place(await store.catalog(db, tenant_id), node_id) if node_id else None


async def group_named(db: Database, tenant_id: str, group_id: str) -> Reference:
    """Return a group by its name.

    Raises:
        Invalid: there is none.
    """
    try:
        group = await people.group(db, tenant_id, group_id)
    except NotFound as missing:
        raise wrong("group_id", N_("This group does not exist any more. Choose another one.")) from missing
    return Reference(id=group.id, name=group.name)


async def agent_named(db: Database, tenant_id: str, agent_id: str) -> tuple[Reference, tuple[str, ...], str | None]:
    """Return an agent at work by name, the ids of the agent's groups, and that of the preferred one.

    Raises:
        Invalid: there is none, or the account is not active.
    """
    try:
        agent = await people.agent(db, tenant_id, agent_id)
    except NotFound as missing:
        raise wrong("handler_id", N_("This agent does not exist any more. Choose another one.")) from missing
    if not agent.active:
        raise wrong("handler_id", N_("{name} does not work here any more. Choose another agent."), name=agent.name)
    return Reference(id=agent.id, name=agent.name, avatar=agent.avatar), agent.group_ids, agent.preferred_group_id


async def customer_named(db: Database, customer: Customer) -> tuple[Reference, Reference | None]:
    """Return a customer and the customer's organization by name."""
    named = Reference(id=customer.id, name=customer.name, avatar=customer.avatar)
    if customer.organization_id is None:
        return named, None
    found = await people.organizations_with_ids(db, customer.tenant_id, [customer.organization_id])
    organization = found.get(customer.organization_id)
    return named, Reference(id=organization.id, name=organization.name) if organization else None


async def assigned_to(
    db: Database, tenant_id: str, *, group_id: str | None, handler_id: str | None, now_in: str | None
) -> tuple[Reference | None, Reference | None]:
    """Return group and handler for an assignment (spec 3.6) of a ticket that belongs to the group ``now_in``.

    Only a handler: the ticket's group if the handler belongs to it, else the handler's preferred one.

    Raises:
        Invalid: one of them does not exist, or the agent is not in the group.
    """
    if handler_id is None:
        return (await group_named(db, tenant_id, group_id) if group_id else None), None
    handler, groups, preferred = await agent_named(db, tenant_id, handler_id)
    if group_id is None:
        group_id = now_in if now_in in groups else preferred or groups[0]
    elif group_id not in groups:
        raise wrong("handler_id", N_("{name} is not in this group. Choose one of its agents."), name=handler.name)
    return await group_named(db, tenant_id, group_id), handler


async def delivered(db: Database, tenant_id: str, draft: Draft) -> Draft:
    """Return the draft with the group that is responsible (spec 3.2): as said, the catalog's, or the central desk."""
    if draft.group or draft.handler:
        return draft
    group_id = draft.place.group_id if draft.place else None
    found = (await people.groups_with_ids(db, tenant_id, [group_id])).get(group_id) if group_id else None
    desk = found or await people.central_desk(db, tenant_id)
    return draft.model_copy(update={"group": Reference(id=desk.id, name=desk.name)})
