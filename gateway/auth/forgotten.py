"""A forgotten password: asked for without learning who exists, answered by mail, used once (spec 1.9)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from core.db import Database, retried
from core.errors import N_, Invalid, NotFound
from core.events import Actor
from core.jobs import Handler, Job, enqueue
from core.later import Later
from gateway.auth import passwords
from people import letters, proofs, service, store
from people.model import Agent, normal_email

FORGOT_PASSWORD: Final = "forgot_password"  # noqa: S105  a kind of job
VALID: Final = timedelta(hours=1)


async def forgot(db: Database, email: str, *, now: datetime) -> None:
    """Ask that whoever has this e-mail gets a link; the same work whether somebody has it or not."""
    key = f"forgot:{hashlib.sha256(email.encode()).hexdigest()}"
    await enqueue(db, Later(key=key, kind=FORGOT_PASSWORD, tenant_id="", due_at=now, payload={"email": email}))


def letter_writer(db: Database) -> Handler:
    """Return the handler of the jobs ``forgot_password``: a letter to each account with the e-mail."""

    async def write(job: Job) -> None:
        now = db.now()
        wanted = []
        for agent in await store.agents_with_email_in_any_tenant(db, str(job.payload["email"])):
            tenant = await store.tenant(db, agent.tenant_id)
            letter = letters.password_reset(agent, tenant, expires_at=now + VALID)
            wanted.append(letter.later(agent.tenant_id, now))
        if wanted:
            await db.commit(jobs=wanted)

    return write


@retried
async def reset(db: Database, token: str, password: str, *, secret: bytes, address: str, now: datetime) -> Agent:
    """Set a new password with the link from a mail; all sessions end, and so does the link.

    Raises:
        Invalid: the link is broken, too old or used, or the password too weak.
    """
    tenant_id, agent_id, epoch, expires_at = proofs.read_link_token(secret, "password_reset", token, values=4)
    try:
        agent = await store.agent(db, tenant_id, agent_id)
    except NotFound as gone:
        raise Invalid(proofs.UNREADABLE) from gone
    if proofs.is_over(expires_at, now) or epoch != str(agent.session_epoch) or not agent.active:
        raise Invalid(N_("This link is too old or was used already. Ask for a new one."))
    passwords.check_strength(password, email=normal_email(agent.email))
    hashed = await passwords.hash_password(password)
    actor = Actor(kind="agent", id=agent.id, name=agent.name, address=address)
    return await service.set_password(db, agent, hashed, actor=actor)
