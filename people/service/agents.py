"""Agents: changed, deactivated and activated again, and what each changes of their own (spec 1.2–1.4, 1.9)."""

from __future__ import annotations

from typing import Any

from core import rooms
from core.db import Database, Save, retried
from core.errors import N_, Forbidden, Stale
from core.events import Actor
from people import audit
from people.access import AgentActor, agent_for
from people.changes import relied_on
from people.drafts import AgentEdit, MyEdit
from people.errors import wrong
from people.model import Agent
from people.service.rights import check_above, check_groups, role_to_give


@retried
async def change_agent(db: Database, agent_id: str, edit: AgentEdit, *, actor: AgentActor) -> Agent:
    """Change a colleague's name, role, groups, or whether the colleague works here.

    The founder can be neither deactivated nor demoted (spec 1.1), and nobody raises anybody above themselves.

    Raises:
        Forbidden: the actor may not do this, or not to this colleague.
        NotFound: there is no such agent.
        Stale: somebody else saved in between.
        Invalid: the role or a group does not exist, or the preferred group is not one of the agent's.
    """
    actor.require("people.manage")
    agent = await agent_for(db, actor, agent_id)
    fields = edit.against(agent)
    await check_above(db, actor, agent)
    if agent.founder and (fields.get("role_id", agent.role_id) != agent.role_id or fields.get("active") is False):
        raise Forbidden(N_("The founder can be neither deactivated nor given another role."))
    if agent.id == actor.id and fields.get("active") is False:
        raise Forbidden(N_("You cannot deactivate yourself. Ask another administrator."))
    if fields.get("role_id", agent.role_id) != agent.role_id:
        await role_to_give(db, actor, edit.role_id)
    if "group_ids" in fields:
        fields["group_ids"] = tuple(dict.fromkeys(edit.group_ids))
        await check_groups(db, actor.tenant_id, edit.group_ids)
    became = _with_preferred(agent, fields)
    if agent.active and not became.active:
        became = became.model_copy(update={"session_epoch": agent.session_epoch + 1})
    return await _save(db, agent, became, name=_what_happened(agent, became), actor=actor.actor)


async def deactivate(db: Database, agent_id: str, *, actor: AgentActor) -> Agent:
    """Let an agent work here no more: signed out everywhere, the name stays on what was done.

    Raises:
        Forbidden: the actor may not, or the agent is the founder or the actor.
        NotFound: there is no such agent.
    """
    actor.require("people.manage")
    while True:
        agent = await agent_for(db, actor, agent_id)
        if not agent.active:
            return agent
        try:
            return await change_agent(db, agent_id, AgentEdit(version=agent.version, active=False), actor=actor)
        except Stale:  # somebody saved in between: it is still to be deactivated
            continue


@retried
async def change_me(db: Database, edit: MyEdit, *, actor: AgentActor) -> Agent:
    """Change the actor's own name, language, theme, picture or signature."""
    agent = await agent_for(db, actor, actor.id)
    became = agent.changed(**{name: getattr(edit, name) for name in edit.model_fields_set})
    return await _save(db, agent, became, name="AgentChanged", actor=actor.actor)


async def set_password(db: Database, agent: Agent, password_hash: str, *, actor: Actor) -> Agent:
    """Give an agent another password; all sessions end with the old one (spec 1.9).

    Raises:
        Conflict: the agent was changed since it was loaded.
    """
    became = agent.changed(password_hash=password_hash, session_epoch=agent.session_epoch + 1)
    return await _save(db, agent, became, name="PasswordChanged", actor=actor)


def _with_preferred(agent: Agent, fields: dict[str, Any]) -> Agent:
    """Return the agent with these fields and a preferred group that is one of the agent's groups, or none."""
    became = agent.changed(**fields)
    if became.preferred_group_id and became.preferred_group_id not in became.group_ids:
        if fields.get("preferred_group_id"):
            raise wrong("preferred_group_id", N_("The preferred group must be one of the agent's groups."))
        became = became.model_copy(update={"preferred_group_id": None})
    return became


def _what_happened(was: Agent, became: Agent) -> str:
    if was.active == became.active:
        return "AgentChanged"
    return "AgentReactivated" if became.active else "AgentDeactivated"


async def _save(db: Database, was: Agent, became: Agent, *, name: str, actor: Actor) -> Agent:
    now = db.now()
    became = became.model_copy(update={"updated_at": now})
    added = set(became.group_ids) - set(was.group_ids)
    role = [became.role_id] if became.role_id != was.role_id else []
    told = audit.event(name, was=was, became=became, actor=actor, now=now, audience=(rooms.agents_of(was.tenant_id),))
    await db.commit(
        *relied_on("roles", was.tenant_id, role, now),
        *relied_on("groups", was.tenant_id, added, now),
        Save(became, was=was),
        events=[told],
    )
    return became
