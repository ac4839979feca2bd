"""Groups and who belongs to them; an agent always keeps at least one (spec 1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core import rooms
from core.db import Change, Database, Insert, Remove, Save, retried
from core.errors import N_, Duplicate, Forbidden
from core.events import Event
from core.ids import new_id
from people import audit, store
from people.access import AgentActor, group_for
from people.changes import LeaveGroup, NobodyHas
from people.drafts import GroupDraft, GroupEdit
from people.errors import InUse, wrong
from people.model import Agent, Group
from people.service.rights import check_agents

NAME_TAKEN = N_("There is a group with this name already. Choose another name.")


@retried
async def create_group(db: Database, draft: GroupDraft, *, actor: AgentActor) -> Group:
    """Create a group with these members, who keep their other groups.

    Raises:
        Forbidden: the actor does not manage people.
        Duplicate: there is a group with this name.
        Invalid: a member does not exist.
    """
    actor.require("people.manage")
    now = db.now()
    members = await check_agents(db, actor.tenant_id, draft.member_ids)
    group = Group(
        id=new_id(now), tenant_id=actor.tenant_id, created_at=now, updated_at=now,
        name=draft.name, is_desk=draft.is_desk, hours=draft.hours, response=draft.response,
        settings=draft.settings,
    )  # fmt: skip
    joined, told = _joined(members.values(), group.id, actor=actor, now=now)
    created = audit.event("GroupCreated", became=group, actor=actor.actor, now=now, audience=_audience(group))
    await _commit(db, Insert(group), *joined, events=[created, *told])
    return group


@retried
async def change_group(db: Database, group_id: str, edit: GroupEdit, *, actor: AgentActor) -> Group:
    """Change a group's name, hours, whether it is a desk, or who belongs to it.

    Raises:
        Forbidden: the actor does not manage people, or the central desk would be no desk.
        NotFound: there is no such group.
        Stale: somebody else saved in between.
        Duplicate: there is a group with this name.
        Invalid: a member does not exist, or somebody would be left without a group.
    """
    actor.require("people.manage")
    group = await group_for(db, actor, group_id)
    fields = edit.against(group)
    if group.is_central and fields.get("is_desk") is False:
        raise Forbidden(N_("The central desk receives what no other desk does, so it stays a desk."))
    now = db.now()
    changes: list[Change] = []
    events: list[Event] = []
    if fields.pop("member_ids", None) is not None:
        wanted = await check_agents(db, actor.tenant_id, edit.member_ids)
        members = {agent.id: agent for agent in await store.members(db, actor.tenant_id, group.id)}
        gone = [agent for id, agent in members.items() if id not in wanted and agent.active]
        new = [agent for id, agent in wanted.items() if id not in members]
        for moved, told in (_joined(new, group.id, actor=actor, now=now), _left(gone, group.id, actor=actor, now=now)):
            changes += moved
            events += told
    became = group.changed(**fields, updated_at=now)
    changed = audit.event(
        "GroupChanged", was=group, became=became, actor=actor.actor, now=now, audience=_audience(group)
    )
    await _commit(db, Save(became, was=group), *changes, events=[changed, *events])
    return became


@retried
async def delete_group(db: Database, group_id: str, *, actor: AgentActor) -> None:
    """Delete a group; its members keep their other groups, its customers become everybody's.

    Raises:
        Forbidden: the actor does not manage people, or it is the central desk.
        NotFound: there is no such group.
        InUse: somebody belongs to no other group, or an invitation names it.
    """
    actor.require("people.manage")
    group = await group_for(db, actor, group_id)
    if group.is_central:
        raise Forbidden(N_("The central desk receives what no other desk does, so it cannot be deleted."))
    now = db.now()
    members = await store.members(db, actor.tenant_id, group.id)
    left, told = _left(members, group.id, actor=actor, now=now, refusal=InUse)
    here = {"tenant_id": actor.tenant_id, "group_ids": group.id}
    deleted = audit.event("GroupDeleted", was=group, actor=actor.actor, now=now, audience=_audience(group))
    await db.commit(
        *left,
        NobodyHas("agents", here, N_("Somebody joined this group just now. Look again who belongs to it.")),
        NobodyHas("invitations", here, N_("An open invitation names this group. Withdraw it or invite anew first.")),
        LeaveGroup(actor.tenant_id, group.id),
        Remove(group),
        events=[deleted, *told],
    )


def _joined(
    agents: Iterable[Agent], group_id: str, *, actor: AgentActor, now: datetime
) -> tuple[list[Change], list[Event]]:
    """Return the writes and events of agents who join a group."""
    pairs = [
        (agent, agent.changed(group_ids=(*agent.group_ids, group_id), updated_at=now))
        for agent in agents
        if group_id not in agent.group_ids
    ]
    return _told(pairs, actor=actor, now=now)


def _left(
    agents: Iterable[Agent],
    group_id: str,
    *,
    actor: AgentActor,
    now: datetime,
    refusal: type[InUse] | None = None,
) -> tuple[list[Change], list[Event]]:
    """Return the writes and events of agents who leave a group; refuse when it is somebody's only one."""
    pairs = []
    stranded = []
    for agent in agents:
        rest = tuple(id for id in agent.group_ids if id != group_id)
        if not rest:
            stranded.append(agent.name)
        preferred = agent.preferred_group_id if agent.preferred_group_id != group_id else None
        pairs.append((agent, agent.changed(group_ids=rest, preferred_group_id=preferred, updated_at=now)))
    if stranded:
        words = N_("{names} would be left without a group. Put them into another group first.")
        names = ", ".join(stranded[:5]) + (" …" if len(stranded) > 5 else "")
        if refusal:
            raise refusal(words, names=names)
        raise wrong("member_ids", words, names=names)
    return _told(pairs, actor=actor, now=now)


def _told(
    pairs: Iterable[tuple[Agent, Agent]], *, actor: AgentActor, now: datetime
) -> tuple[list[Change], list[Event]]:
    audience = (rooms.agents_of(actor.tenant_id),)
    changes: list[Change] = [Save(became, was=was) for was, became in pairs]
    events = [
        audit.event("AgentChanged", was=was, became=became, actor=actor.actor, now=now, audience=audience)
        for was, became in pairs
    ]
    return changes, events


def _audience(group: Group) -> tuple[str, ...]:
    return (rooms.agents_of(group.tenant_id),)


async def _commit(db: Database, *changes: Change, events: list[Event]) -> None:
    try:
        await db.commit(*changes, events=events)
    except Duplicate as taken:
        raise Duplicate(NAME_TAKEN, errors=[{"field": "name", "message": NAME_TAKEN}]) from taken
