"""How somebody becomes an agent: invited by mail, accepted with a password (spec 1.3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from core import rooms
from core.db import Database, Insert, Remove, retried
from core.errors import N_, Conflict, Duplicate, Invalid, NotFound
from core.events import Actor
from core.ids import new_id
from people import audit, letters, proofs, store
from people.access import AgentActor, invitation_for
from people.changes import relied_on
from people.drafts import InvitationDraft
from people.model import Agent, Invitation, Tenant
from people.service.rights import check_groups, role_to_give


@retried
async def invite(db: Database, draft: InvitationDraft, *, actor: AgentActor) -> Invitation:
    """Invite somebody by mail; an open invitation to the same e-mail is replaced, its link ends.

    Raises:
        Forbidden: the actor does not manage people, or the role holds more rights than the actor has.
        Duplicate: the e-mail belongs to an agent of this company already.
        Invalid: the role or a group does not exist.
    """
    actor.require("people.manage")
    await role_to_give(db, actor, draft.role_id)
    await check_groups(db, actor.tenant_id, draft.group_ids)
    colleague = await store.agent_with_email(db, actor.tenant_id, draft.email)
    if colleague:
        raise _is_agent(colleague)
    tenant = await store.tenant(db, actor.tenant_id)
    now = db.now()
    invitation = Invitation(
        id=new_id(now),
        tenant_id=tenant.id,
        email=draft.email,
        role_id=draft.role_id,
        group_ids=tuple(dict.fromkeys(draft.group_ids)),
        invited_by=actor.id,
        invited_by_name=actor.name,
        language=tenant.language,
        created_at=now,
        expires_at=now + timedelta(hours=tenant.settings.invitation_hours),
    )
    earlier = await store.invitation_to(db, tenant.id, draft.email)
    try:
        await db.commit(
            *([Remove(earlier)] if earlier else []),
            *relied_on("roles", tenant.id, [invitation.role_id], now),
            *relied_on("groups", tenant.id, invitation.group_ids, now),
            Insert(invitation),
            events=[audit.event("AgentInvited", was=earlier, became=invitation, actor=actor.actor, now=now)],
            jobs=[letters.invitation(invitation, tenant).later(tenant.id, now)],
        )
    except Duplicate as twice:  # somebody else invites the same person in this very moment
        raise Conflict from twice
    return invitation


@retried
async def withdraw_invitation(db: Database, invitation_id: str, *, actor: AgentActor) -> None:
    """Take an invitation back; its link ends.

    Raises:
        Forbidden: the actor does not manage people.
        NotFound: it was accepted or withdrawn already.
    """
    invitation = await invitation_for(db, actor, invitation_id)
    told = audit.event("InvitationWithdrawn", was=invitation, actor=actor.actor, now=db.now())
    await db.commit(Remove(invitation), events=[told])


async def invitation_by_token(db: Database, token: str, *, secret: bytes, now: datetime) -> tuple[Invitation, Tenant]:
    """Return the invitation whose link somebody opened, and who invites.

    Raises:
        Invalid: the link is broken, too old, or was used or withdrawn.
    """
    tenant_id, invitation_id = proofs.read_link_token(secret, "invitation", token, values=2)
    try:
        invitation = await store.invitation(db, tenant_id, invitation_id)
    except NotFound as gone:
        raise Invalid(N_("This invitation was used or withdrawn. Sign in, or ask for a new one.")) from gone
    if invitation.expires_at <= now:
        raise Invalid(
            N_("This invitation is too old. Ask {name} to invite you again."), name=invitation.invited_by_name
        )
    return invitation, await store.tenant(db, tenant_id)


@retried
async def accept_invitation(
    db: Database, token: str, *, name: str, password_hash: str, secret: bytes, address: str, now: datetime
) -> Agent:
    """Become an agent.

    Raises:
        Invalid: the link is broken, too old, or was used or withdrawn.
    """
    invitation, tenant = await invitation_by_token(db, token, secret=secret, now=now)
    there = await store.groups_with_ids(db, tenant.id, invitation.group_ids)
    group_ids = tuple(id for id in invitation.group_ids if id in there)
    if not group_ids:  # all its groups went since
        group_ids = ((await store.central_desk(db, tenant.id)).id,)
    agent = Agent(
        id=new_id(now),
        tenant_id=tenant.id,
        name=name,
        email=invitation.email,
        password_hash=password_hash,
        role_id=invitation.role_id,
        group_ids=group_ids,
        preferred_group_id=group_ids[0],
        language=invitation.language,
        activated_at=now,
        created_at=now,
        updated_at=now,
    )
    told = audit.event(
        "AgentActivated",
        became=agent,
        actor=Actor(kind="agent", id=agent.id, name=agent.name, address=address),
        now=now,
        audience=(rooms.agents_of(tenant.id),),
    )
    await db.commit(
        Remove(invitation),
        *relied_on("groups", tenant.id, group_ids, now),
        *relied_on("roles", tenant.id, [agent.role_id], now),
        Insert(agent),
        events=[told],
    )
    return agent


def _is_agent(colleague: Agent) -> Duplicate:
    if colleague.active:
        message = N_("{name} works here already with this e-mail.")
    else:
        message = N_("{name} worked here with this e-mail and is deactivated. Activate that account again instead.")
    return Duplicate(
        message, errors=[{"field": "email", "message": message}], name=colleague.name, agent_id=colleague.id
    )
