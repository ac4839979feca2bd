"""The rules about who may give which rights to whom, shared by the use-cases of agents and roles (spec 1.2)."""

from __future__ import annotations

from collections.abc import Iterable

from core.db import Database
from core.errors import N_, Forbidden, NotFound
from people import store
from people.access import AgentActor
from people.errors import wrong
from people.model import Agent, Role
from people.permissions import Permission, Scope, covers


def check_gives(actor: AgentActor, permissions: Iterable[Permission], scope: Scope) -> None:
    """Make sure that the actor hands out no more than the actor has.

    Raises:
        Forbidden: it is more.
    """
    if not covers(actor.permissions, actor.scope, frozenset(permissions), scope):
        raise Forbidden(N_("You can only give rights that you have yourself. Ask an administrator for more."))


async def check_above(db: Database, actor: AgentActor, agent: Agent) -> None:
    """Make sure that the actor has at least the rights of the colleague to be changed.

    Raises:
        Forbidden: the colleague has more.
    """
    role = await store.role(db, actor.tenant_id, agent.role_id)
    if not covers(actor.permissions, actor.scope, role.granted, role.reach):
        raise Forbidden(N_("{name} has more rights than you. Ask an administrator to do this."), name=agent.name)


async def role_to_give(db: Database, actor: AgentActor, role_id: str) -> Role:
    """Return a role that the actor may give to somebody.

    Raises:
        Invalid: there is no such role, or it is the founder's.
        Forbidden: it holds more rights than the actor has.
    """
    try:
        role = await store.role(db, actor.tenant_id, role_id)
    except NotFound as missing:
        raise wrong("role_id", N_("This role does not exist any more. Choose another one.")) from missing
    if role.built_in == "founder":
        raise wrong("role_id", N_("Only the person who founded the company is its founder. Choose another role."))
    check_gives(actor, role.granted, role.reach)
    return role


async def check_groups(db: Database, tenant_id: str, group_ids: Iterable[str], *, field: str = "group_ids") -> None:
    """Make sure that groups exist.

    Raises:
        Invalid: one does not.
    """
    wanted = set(group_ids)
    if wanted - (await store.groups_with_ids(db, tenant_id, wanted)).keys():
        raise wrong(field, N_("One of the groups does not exist any more. Choose again."))


async def check_agents(db: Database, tenant_id: str, agent_ids: Iterable[str]) -> dict[str, Agent]:
    """Return these agents by id.

    Raises:
        Invalid: one does not exist.
    """
    wanted = set(agent_ids)
    found = await store.agents_with_ids(db, tenant_id, wanted)
    if wanted - found.keys():
        raise wrong("member_ids", N_("One of the agents does not exist any more. Choose again."))
    return found
