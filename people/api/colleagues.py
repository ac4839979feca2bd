"""Routes of agents, invitations, groups and roles; lists of agents are the gateway's, who knows their presence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from quart import Blueprint
from quart_schema import tag_blueprint, validate_request, validate_response

from core.http import database
from core.model import Value
from core.settings import DeskSettings
from core.words import translate
from people import service, store
from people.access import acting, group_for, role_for
from people.api.shared import Done, showing
from people.drafts import AgentEdit, GroupDraft, GroupEdit, InvitationDraft, MyEdit, RoleDraft, RoleEdit
from people.model import Agent, Group, Hours, Invitation, ResponseRule, Role
from people.permissions import PERMISSIONS, Scope
from people.service.profile import AgentView, Called, Profile, agent_view, profile_of

blueprint = Blueprint("colleagues", __name__)
tag_blueprint(blueprint, ["people"])


class InvitationView(Value):
    """An open invitation."""

    id: str
    email: str
    role: Called
    groups: list[Called]
    invited_by: Called
    created_at: datetime
    expires_at: datetime


class InvitationList(Value):
    """All open invitations, the latest first."""

    items: list[InvitationView]
    next: None = None


class GroupView(Value):
    """A group and who belongs to it."""

    id: str
    version: int
    name: str
    is_desk: bool
    is_central: bool
    member_ids: list[str]
    hours: Hours | None
    response: ResponseRule
    settings: DeskSettings


class GroupList(Value):
    """All groups, by name."""

    items: list[GroupView]
    next: None = None


class RoleView(Value):
    """A role and what it allows."""

    id: str
    version: int
    name: str
    built_in: bool
    permissions: list[str]
    scope: Scope


class RoleList(Value):
    """All roles, by name."""

    items: list[RoleView]
    next: None = None


class PermissionView(Value):
    """Something that a role can allow, in the reader's words."""

    name: str
    description: str


class PermissionList(Value):
    """All permissions."""

    items: list[PermissionView]
    next: None = None


# --- Me and my colleagues ---


@blueprint.patch("/me")
@validate_request(MyEdit)
@validate_response(Profile)
async def change_me(data: MyEdit) -> tuple[Profile, int]:
    """Change my own name, language, theme, picture or signature."""
    db = database()
    return await profile_of(db, await service.change_me(db, data, actor=acting())), 200


@blueprint.patch("/agents/<agent_id>")
@validate_request(AgentEdit)
@validate_response(AgentView)
async def change_agent(agent_id: str, data: AgentEdit) -> tuple[AgentView, int]:
    """Change an agent's name, role, groups, or whether the agent works here."""
    async with showing(_agent):
        return await _agent(await service.change_agent(database(), agent_id, data, actor=acting())), 200


@blueprint.delete("/agents/<agent_id>")
@validate_response(AgentView)
async def deactivate_agent(agent_id: str) -> tuple[AgentView, int]:
    """Deactivate an agent: signed out everywhere; the name stays on what was done."""
    return await _agent(await service.deactivate(database(), agent_id, actor=acting())), 200


async def _agent(agent: Agent) -> AgentView:
    db = database()
    role = await store.role(db, agent.tenant_id, agent.role_id)
    groups = await store.groups_with_ids(db, agent.tenant_id, agent.group_ids)
    return agent_view(agent, role, groups.values())


# --- Invitations ---


@blueprint.get("/invitations")
@validate_response(InvitationList)
async def list_invitations() -> tuple[InvitationList, int]:
    """Return the open invitations."""
    actor = acting()
    actor.require("people.manage")
    found = await store.invitations(database(), actor.tenant_id)
    return InvitationList(items=[await _invitation(one) for one in found]), 200


@blueprint.post("/invitations")
@validate_request(InvitationDraft)
@validate_response(InvitationView, 201)
async def invite(data: InvitationDraft) -> tuple[InvitationView, int]:
    """Invite somebody to become an agent; the link goes out by mail."""
    return await _invitation(await service.invite(database(), data, actor=acting())), 201


@blueprint.delete("/invitations/<invitation_id>")
@validate_response(Done)
async def withdraw_invitation(invitation_id: str) -> tuple[Done, int]:
    """Take an invitation back; its link ends."""
    await service.withdraw_invitation(database(), invitation_id, actor=acting())
    return Done(), 200


async def _invitation(invitation: Invitation) -> InvitationView:
    db = database()
    role = await store.role(db, invitation.tenant_id, invitation.role_id)
    groups = await store.groups_with_ids(db, invitation.tenant_id, invitation.group_ids)
    return InvitationView(
        id=invitation.id,
        email=invitation.email,
        role=Called(id=role.id, name=role.name),
        groups=[Called(id=id, name=groups[id].name) for id in invitation.group_ids if id in groups],
        invited_by=Called(id=invitation.invited_by, name=invitation.invited_by_name),
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )


# --- Groups ---


@blueprint.get("/groups")
@validate_response(GroupList)
async def list_groups() -> tuple[GroupList, int]:
    """Return all groups with the ids of their active members."""
    actor, db = acting(), database()
    members = await store.member_ids(db, actor.tenant_id)
    found = await store.groups(db, actor.tenant_id)
    return GroupList(items=[group_view(group, members.get(group.id, [])) for group in found]), 200


@blueprint.post("/groups")
@validate_request(GroupDraft)
@validate_response(GroupView, 201)
async def create_group(data: GroupDraft) -> tuple[GroupView, int]:
    """Create a group."""
    return await _group(await service.create_group(database(), data, actor=acting())), 201


@blueprint.get("/groups/<group_id>")
@validate_response(GroupView)
async def get_group(group_id: str) -> tuple[GroupView, int]:
    """Return a group."""
    return await _group(await group_for(database(), acting(), group_id)), 200


@blueprint.patch("/groups/<group_id>")
@validate_request(GroupEdit)
@validate_response(GroupView)
async def change_group(group_id: str, data: GroupEdit) -> tuple[GroupView, int]:
    """Change a group or who belongs to it."""
    async with showing(_group):
        return await _group(await service.change_group(database(), group_id, data, actor=acting())), 200


@blueprint.delete("/groups/<group_id>")
@validate_response(Done)
async def delete_group(group_id: str) -> tuple[Done, int]:
    """Delete a group; refused while it is somebody's only one."""
    await service.delete_group(database(), group_id, actor=acting())
    return Done(), 200


def group_view(group: Group, member_ids: list[str]) -> GroupView:
    """Return a group as browsers see it."""
    shown: dict[str, Any] = group.model_dump(include={"id", "version", "name", "is_desk", "is_central"})
    return GroupView(
        **shown, hours=group.hours, response=group.response, settings=group.settings, member_ids=member_ids
    )


async def _group(group: Group) -> GroupView:
    members = await store.members(database(), group.tenant_id, group.id)
    return group_view(group, [agent.id for agent in members if agent.active])


# --- Roles ---


@blueprint.get("/permissions")
@validate_response(PermissionList)
async def list_permissions() -> tuple[PermissionList, int]:
    """Return everything that a role can allow."""
    language = acting().language
    items = [PermissionView(name=name, description=translate(language, words)) for name, words in PERMISSIONS.items()]
    return PermissionList(items=items), 200


@blueprint.get("/roles")
@validate_response(RoleList)
async def list_roles() -> tuple[RoleList, int]:
    """Return all roles."""
    actor = acting()
    return RoleList(items=[role_view(role) for role in await store.roles(database(), actor.tenant_id)]), 200


@blueprint.post("/roles")
@validate_request(RoleDraft)
@validate_response(RoleView, 201)
async def create_role(data: RoleDraft) -> tuple[RoleView, int]:
    """Create a role made of single permissions."""
    return role_view(await service.create_role(database(), data, actor=acting())), 201


@blueprint.get("/roles/<role_id>")
@validate_response(RoleView)
async def get_role(role_id: str) -> tuple[RoleView, int]:
    """Return a role."""
    return role_view(await role_for(database(), acting(), role_id)), 200


@blueprint.patch("/roles/<role_id>")
@validate_request(RoleEdit)
@validate_response(RoleView)
async def change_role(role_id: str, data: RoleEdit) -> tuple[RoleView, int]:
    """Change a custom role; who has it gets the new rights within seconds."""

    async def current(role: Role) -> RoleView:
        return role_view(role)

    async with showing(current):
        return role_view(await service.change_role(database(), role_id, data, actor=acting())), 200


@blueprint.delete("/roles/<role_id>")
@validate_response(Done)
async def delete_role(role_id: str) -> tuple[Done, int]:
    """Delete a custom role that nobody has."""
    await service.delete_role(database(), role_id, actor=acting())
    return Done(), 200


def role_view(role: Role) -> RoleView:
    """Return a role as browsers see it."""
    return RoleView(
        id=role.id,
        version=role.version,
        name=role.name,
        built_in=role.built_in is not None,
        permissions=sorted(role.granted),
        scope=role.reach,
    )
