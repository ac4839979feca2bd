"""Who is acting, what they may do, and the only way for an API to get at the people they may see (spec 1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from quart import g

from core import rooms
from core.db import Database
from core.errors import N_, Forbidden, NotFound, Unauthenticated
from core.events import Actor
from people import store
from people.model import Agent, Customer, Group, Invitation, Language, Organization, Role
from people.permissions import PERMISSIONS, Permission, Scope

READ: Final[dict[rooms.Kind, Permission]] = {
    "conversation": "conversation.read", "ticket": "ticket.read", "customer": "customer.read",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AgentActor:
    """An agent at work: the rights of one session, as of a few seconds ago at most."""

    tenant_id: str
    id: str
    name: str
    address: str  # network address, for the audit log
    permissions: frozenset[Permission]
    scope: Scope
    group_ids: tuple[str, ...]
    founder: bool
    session_id: str
    language: Language

    def may(self, permission: Permission) -> bool:
        """Return whether the agent's role allows this."""
        return permission in self.permissions

    def require(self, *permissions: Permission) -> None:
        """Go on only if the agent's role allows all of this.

        Raises:
            Forbidden: it does not; names the missing permission.
        """
        for permission in permissions:
            if permission not in self.permissions:
                raise Forbidden(
                    N_("Your role does not allow this ({permission}). Ask an administrator for it."),
                    permission=permission,
                    means=PERMISSIONS[permission],
                )

    @property
    def actor(self) -> Actor:
        """Return who did it, for events."""
        return Actor(kind="agent", id=self.id, name=self.name, address=self.address)

    def rooms(self) -> frozenset[str]:
        """Return the live rooms (core.rooms) that the agent's browsers belong to."""
        mine = {rooms.agent(self.id), rooms.agents_of(self.tenant_id)}
        for kind in READ:
            if not self.may(READ[kind]):
                continue
            mine.update(rooms.members(kind, group_id) for group_id in self.group_ids)
            if self.scope != "own":
                mine.update(rooms.group(kind, group_id) for group_id in self.group_ids)
            if self.scope == "all":
                mine.add(rooms.everyone(kind, self.tenant_id))
        if self.may("conversation.monitor"):
            mine.add(rooms.monitors(self.tenant_id))
        return frozenset(mine)

    def sees(self, group_ids: tuple[str, ...]) -> bool:
        """Return whether the agent's scope includes something that belongs to these groups; to none: everybody's."""
        return self.scope == "all" or not group_ids or not set(group_ids).isdisjoint(self.group_ids)


async def at_work(db: Database, agent: Agent, *, address: str, session_id: str = "") -> AgentActor:
    """Return an agent with the rights of this moment; ``address``: from where, for the audit log.

    Raises:
        NotFound: the agent's role is gone.
    """
    role = await store.role(db, agent.tenant_id, agent.role_id)
    return AgentActor(
        tenant_id=agent.tenant_id,
        id=agent.id,
        name=agent.name,
        address=address,
        permissions=role.granted,
        scope=role.reach,
        group_ids=agent.group_ids,
        founder=agent.founder,
        session_id=session_id,
        language=agent.language,
    )


def acting() -> AgentActor:
    """Return the agent who sent this request.

    Raises:
        Unauthenticated: nobody is signed in.
    """
    actor = cast(AgentActor | None, g.get("actor"))
    if actor is None:
        raise Unauthenticated(N_("Sign in to go on."))
    return actor


async def agent_for(db: Database, actor: AgentActor, agent_id: str) -> Agent:
    """Return a colleague; everybody of a tenant knows everybody.

    Raises:
        NotFound: there is none in this tenant.
    """
    return await store.agent(db, actor.tenant_id, agent_id)


async def group_for(db: Database, actor: AgentActor, group_id: str) -> Group:
    """Return a group of the tenant.

    Raises:
        NotFound: there is none in this tenant.
    """
    return await store.group(db, actor.tenant_id, group_id)


async def role_for(db: Database, actor: AgentActor, role_id: str) -> Role:
    """Return a role of the tenant.

    Raises:
        NotFound: there is none in this tenant.
    """
    return await store.role(db, actor.tenant_id, role_id)


async def invitation_for(db: Database, actor: AgentActor, invitation_id: str) -> Invitation:
    """Return an open invitation to somebody who manages people.

    Raises:
        Forbidden: the actor does not.
        NotFound: there is none in this tenant.
    """
    actor.require("people.manage")
    return await store.invitation(db, actor.tenant_id, invitation_id)


async def customer_for(db: Database, actor: AgentActor, customer_id: str) -> Customer:
    """Return a customer within the actor's scope: those of the actor's groups, and those of no group.

    Raises:
        Forbidden: the actor may not see customers at all.
        NotFound: there is none in this tenant and scope.
    """
    actor.require("customer.read")
    customer = await store.customer(db, actor.tenant_id, customer_id)
    if not actor.sees(customer.group_ids):
        raise NotFound(N_("There is no such customer, or it belongs to other groups."))
    return customer


async def organization_for(db: Database, actor: AgentActor, organization_id: str) -> Organization:
    """Return an organization.

    Raises:
        Forbidden: the actor may not see customers at all.
        NotFound: there is none in this tenant.
    """
    actor.require("customer.read")
    return await store.organization(db, actor.tenant_id, organization_id)
