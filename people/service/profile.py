"""Who somebody is and what they may do, as browsers are told: the shapes of agents in answers."""

from __future__ import annotations

from collections.abc import Iterable

from core.db import Database
from core.model import Value
from people import store
from people.model import Agent, Group, Language, Role, Theme
from people.permissions import Permission, Scope


class Called(Value):
    """Something by its id and name."""

    id: str
    name: str


class Membership(Called):
    """A group as one of an agent's."""

    is_desk: bool
    preferred: bool


class TenantProfile(Called):
    """The company, as its agents see it."""

    language: Language
    time_zone: str


class Profile(Value):
    """Who I am and what I may do; presence is added by those who know it."""

    id: str
    version: int
    name: str
    email: str
    avatar: str | None
    language: Language
    theme: Theme
    signature: str
    founder: bool
    tenant: TenantProfile
    role: Called
    permissions: list[Permission]
    scope: Scope
    groups: list[Membership]


class AgentView(Value):
    """An agent as colleagues see one; presence is added by those who know it."""

    id: str
    version: int
    name: str
    email: str
    avatar: str | None
    active: bool
    founder: bool
    skills: tuple[str, ...]
    role: Called
    groups: list[Membership]


def memberships(agent: Agent, groups: Iterable[Group]) -> list[Membership]:
    """Return the agent's groups in the agent's own order; ``groups`` may hold others as well."""
    by_id = {group.id: group for group in groups}
    return [
        Membership(id=id, name=by_id[id].name, is_desk=by_id[id].is_desk, preferred=id == agent.preferred_group_id)
        for id in agent.group_ids
        if id in by_id
    ]


def agent_view(agent: Agent, role: Role, groups: Iterable[Group]) -> AgentView:
    """Return an agent as colleagues see one; ``groups`` may hold more than the agent's."""
    return AgentView(
        id=agent.id,
        version=agent.version,
        name=agent.name,
        email=agent.email,
        avatar=agent.avatar,
        active=agent.active,
        founder=agent.founder,
        skills=agent.skills,
        role=Called(id=role.id, name=role.name),
        groups=memberships(agent, groups),
    )


async def profile_of(db: Database, agent: Agent) -> Profile:
    """Return who an agent is and may do, as it is now."""
    tenant = await store.tenant(db, agent.tenant_id)
    role = await store.role(db, agent.tenant_id, agent.role_id)
    groups = await store.groups_with_ids(db, agent.tenant_id, agent.group_ids)
    return Profile(
        id=agent.id,
        version=agent.version,
        name=agent.name,
        email=agent.email,
        avatar=agent.avatar,
        language=agent.language,
        theme=agent.theme,
        signature=agent.signature,
        founder=agent.founder,
        tenant=TenantProfile(id=tenant.id, name=tenant.name, language=tenant.language, time_zone=tenant.time_zone),
        role=Called(id=role.id, name=role.name),
        permissions=sorted(role.granted),
        scope=role.reach,
        groups=memberships(agent, groups.values()),
    )
