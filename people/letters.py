"""The mails that this package asks the gateway to send; secrets are put in when they leave, so none is ever stored."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from core.ids import new_id
from core.later import Later
from core.model import Value
from people.model import Agent, Invitation, Language, SignUp, Tenant

SEND_MAIL = "send_mail"


class Letter(Value):
    """What one mail says to whom; ``kind`` names its template, ``facts`` fill it."""

    kind: Literal["activation_code", "invitation", "password_reset", "ticket_replied"]
    to: str
    language: Language
    facts: dict[str, str]

    def later(self, tenant_id: str, now: datetime, *, key: str | None = None) -> Later:
        """Return the job that sends it; letters of one ``key`` that are asked for twice are one."""
        return Later(
            key=f"mail-out:{key or new_id(now)}",
            kind=SEND_MAIL,
            tenant_id=tenant_id,
            due_at=now,
            payload=self.model_dump(),
        )


def activation_code(sign_up: SignUp) -> Letter:
    """Return the mail with the code that activates a company (spec 1.1)."""
    facts = {"company": sign_up.company, "name": sign_up.name, "sign_up_id": sign_up.id, "round": str(sign_up.round)}
    return Letter(kind="activation_code", to=sign_up.email, language=sign_up.language, facts=facts)


def invitation(invitation: Invitation, tenant: Tenant) -> Letter:
    """Return the mail with the link to become an agent (spec 1.3)."""
    facts = {
        "company": tenant.name,
        "inviter": invitation.invited_by_name,
        "tenant_id": tenant.id,
        "invitation_id": invitation.id,
        "hours": str(round((invitation.expires_at - invitation.created_at).total_seconds() / 3600)),
    }
    return Letter(kind="invitation", to=invitation.email, language=invitation.language, facts=facts)


def password_reset(agent: Agent, tenant: Tenant, *, expires_at: datetime) -> Letter:
    """Return the mail with the link to set a new password; a change of password in between voids it."""
    facts = {
        "company": tenant.name,
        "name": agent.name,
        "tenant_id": agent.tenant_id,
        "agent_id": agent.id,
        "epoch": str(agent.session_epoch),
        "expires_at": expires_at.isoformat(),
    }
    return Letter(kind="password_reset", to=agent.email, language=agent.language, facts=facts)
