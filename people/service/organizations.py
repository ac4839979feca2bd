"""Organizations: the companies and classes that customers belong to (spec 1.7)."""

from __future__ import annotations

from core import rooms
from core.db import Change, Database, Insert, Remove, Save, retried
from core.errors import N_, Duplicate
from core.events import Event
from core.ids import new_id
from people import audit
from people.access import AgentActor, organization_for
from people.changes import NobodyHas
from people.drafts import OrganizationDraft, OrganizationEdit
from people.model import Organization

NAME_TAKEN = N_("There is an organization with this name already. Choose another name.")
DOMAIN_TAKEN = N_("One of these domains belongs to another organization already. Leave it out here or there.")


async def create_organization(db: Database, draft: OrganizationDraft, *, actor: AgentActor) -> Organization:
    """Create an organization.

    Raises:
        Forbidden: the actor does not manage organizations.
        Duplicate: its name or one of its domains is in use.
    """
    actor.require("organization.manage")
    now = db.now()
    made = Organization(
        id=new_id(now), tenant_id=actor.tenant_id, created_at=now, updated_at=now,
        name=draft.name, domains=tuple(dict.fromkeys(draft.domains)),
        shares_tickets=draft.shares_tickets, priority=draft.priority,
    )  # fmt: skip
    created = audit.event("OrganizationCreated", became=made, actor=actor.actor, now=now, audience=_audience(made))
    await _commit(db, Insert(made), created)
    return made


@retried
async def change_organization(
    db: Database, organization_id: str, edit: OrganizationEdit, *, actor: AgentActor
) -> Organization:
    """Change an organization.

    Raises:
        Forbidden: the actor does not manage organizations.
        NotFound: there is no such organization.
        Stale: somebody else saved in between.
        Duplicate: its name or one of its domains is in use.
    """
    actor.require("organization.manage")
    was = await organization_for(db, actor, organization_id)
    fields = edit.against(was)
    if "domains" in fields:
        fields["domains"] = tuple(dict.fromkeys(edit.domains))
    now = db.now()
    became = was.changed(**fields, updated_at=now)
    changed = audit.event(
        "OrganizationChanged", was=was, became=became, actor=actor.actor, now=now, audience=_audience(was)
    )
    await _commit(db, Save(became, was=was), changed)
    return became


@retried
async def delete_organization(db: Database, organization_id: str, *, actor: AgentActor) -> None:
    """Delete an organization that no customer belongs to.

    Raises:
        Forbidden: the actor does not manage organizations.
        NotFound: there is no such organization.
        InUse: customers belong to it.
    """
    actor.require("organization.manage")
    was = await organization_for(db, actor, organization_id)
    deleted = audit.event("OrganizationDeleted", was=was, actor=actor.actor, now=db.now(), audience=_audience(was))
    here = {"tenant_id": actor.tenant_id, "organization_id": was.id}
    words = N_("Customers belong to this organization. Take them out of it first.")
    await db.commit(NobodyHas("customers", here, words), Remove(was), events=[deleted])


def _audience(organization: Organization) -> tuple[str, ...]:
    return (rooms.agents_of(organization.tenant_id),)


async def _commit(db: Database, change: Change, event: Event) -> None:
    try:
        await db.commit(change, events=[event])
    except Duplicate as taken:
        field, words = ("domains", DOMAIN_TAKEN) if taken.facts.get("field") == "domains" else ("name", NAME_TAKEN)
        raise Duplicate(words, errors=[{"field": field, "message": words}]) from taken
