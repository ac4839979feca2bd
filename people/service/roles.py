"""Roles made of single permissions; nobody makes one that is mightier than themselves (spec 1.2)."""

from __future__ import annotations

from core import rooms
from core.db import Change, Database, Insert, Remove, Save, retried
from core.errors import N_, Duplicate, Forbidden
from core.events import Event
from core.ids import new_id
from people import audit
from people.access import AgentActor, role_for
from people.changes import NobodyHas
from people.drafts import RoleDraft, RoleEdit
from people.model import Role
from people.permissions import known
from people.service.rights import check_gives

NAME_TAKEN = N_("There is a role with this name already. Choose another name.")


async def create_role(db: Database, draft: RoleDraft, *, actor: AgentActor) -> Role:
    """Create a role.

    Raises:
        Forbidden: the actor does not manage roles, or lacks one of the permissions.
        Duplicate: there is a role with this name.
    """
    actor.require("role.manage")
    check_gives(actor, draft.permissions, draft.scope)
    now = db.now()
    role = Role(
        id=new_id(now), tenant_id=actor.tenant_id, created_at=now, updated_at=now,
        name=draft.name, permissions=tuple(sorted(set(draft.permissions))), scope=draft.scope,
    )  # fmt: skip
    created = audit.event("RoleCreated", became=role, actor=actor.actor, now=now, audience=_audience(role))
    await _commit(db, Insert(role), created)
    return role


@retried
async def change_role(db: Database, role_id: str, edit: RoleEdit, *, actor: AgentActor) -> Role:
    """Change a custom role; who has it gets the new rights within seconds.

    Raises:
        Forbidden: the actor does not manage roles, the role is built in, or it has or would have more than the actor.
        NotFound: there is no such role.
        Stale: somebody else saved in between.
        Duplicate: there is a role with this name.
    """
    actor.require("role.manage")
    role = await role_for(db, actor, role_id)
    fields = edit.against(role)
    _check_custom(role)
    check_gives(actor, role.granted, role.reach)
    if "permissions" in fields:
        fields["permissions"] = tuple(sorted(set(edit.permissions)))
    now = db.now()
    became = role.changed(**fields, updated_at=now)
    check_gives(actor, known(became.permissions), became.scope)
    changed = audit.event("RoleChanged", was=role, became=became, actor=actor.actor, now=now, audience=_audience(role))
    await _commit(db, Save(became, was=role), changed)
    return became


@retried
async def delete_role(db: Database, role_id: str, *, actor: AgentActor) -> None:
    """Delete a custom role that nobody has.

    Raises:
        Forbidden: the actor does not manage roles, or the role is built in.
        NotFound: there is no such role.
        InUse: an agent or an open invitation has it.
    """
    actor.require("role.manage")
    role = await role_for(db, actor, role_id)
    _check_custom(role)
    here = {"tenant_id": actor.tenant_id, "role_id": role.id}
    deleted = audit.event("RoleDeleted", was=role, actor=actor.actor, now=db.now(), audience=_audience(role))
    await db.commit(
        NobodyHas("agents", here, N_("Somebody has this role. Give them another one first.")),
        NobodyHas("invitations", here, N_("An open invitation gives this role. Withdraw it or invite anew first.")),
        Remove(role),
        events=[deleted],
    )


def _check_custom(role: Role) -> None:
    if role.built_in:
        raise Forbidden(N_("Built-in roles stay as they are. Make a new role with the permissions you need."))


def _audience(role: Role) -> tuple[str, ...]:
    return (rooms.agents_of(role.tenant_id),)


async def _commit(db: Database, change: Change, event: Event) -> None:
    try:
        await db.commit(change, events=[event])
    except Duplicate as taken:
        raise Duplicate(NAME_TAKEN, errors=[{"field": "name", "message": NAME_TAKEN}]) from taken
