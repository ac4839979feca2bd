"""A company comes to be: sign-up, the code by mail, the founder and the first desk (spec 1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.db import Change, Database, Insert, Remove, Save, retried
from core.errors import N_, Invalid
from core.events import Actor
from core.ids import new_id
from people import audit, letters, proofs, store
from people.model import Agent, Group, Language, Role, SignUp, Tenant
from people.permissions import BUILT_IN, BuiltIn

CODE_VALID: Final = timedelta(minutes=30)
TRIES: Final = 5
RESENT: Final = 3  # of several sign-ups with one e-mail, the latest this many get a new code

#: What the first desk is called; the founder may rename it.
CENTRAL_DESK: Final[dict[Language, str]] = {"en": "Service desk", "zh-CN": "总台"}


#: What the built-in roles are called in a company that speaks the language.
ROLE_NAMES: Final[dict[Language, dict[BuiltIn, str]]] = {
    "en": {"founder": "Founder", "administrator": "Administrator", "agent": "Agent", "auditor": "Auditor"},
    "zh-CN": {"founder": "创始人", "administrator": "管理员", "agent": "客服", "auditor": "审计员"},
}


@dataclass(frozen=True)
class Founded:
    """A new company with those who make it work."""

    tenant: Tenant
    founder: Agent
    desk: Group  # the central one
    roles: tuple[Role, ...]


async def sign_up(
    db: Database,
    *,
    company: str,
    name: str,
    email: str,
    password_hash: str,
    language: Language,
    time_zone: str = "UTC",
    now: datetime,
) -> SignUp:
    """Note that a company wants to begin, and mail the code that activates it.

    Nothing else is created yet, and an e-mail that serves another company already is welcome: nobody learns of it.
    """
    wish = SignUp(
        id=new_id(now),
        tenant_id=new_id(now),
        company=company,
        name=name,
        email=email,
        password_hash=password_hash,
        language=language,
        time_zone=time_zone,
        created_at=now,
        expires_at=now + CODE_VALID,
    )
    await db.commit(Insert(wish), jobs=[letters.activation_code(wish).later(wish.tenant_id, now)])
    return wish


@retried
async def resend_code(db: Database, email: str, *, now: datetime) -> None:
    """Mail a new code to everybody who waits for one at this e-mail; says nothing when nobody does."""
    for wish in (await store.sign_ups_in_no_tenant_yet(db, email))[:RESENT]:
        await _renew(db, wish, now=now)


async def _renew(db: Database, wish: SignUp, *, now: datetime) -> None:
    renewed = wish.changed(round=wish.round + 1, tries=0, expires_at=now + CODE_VALID)
    await db.commit(Save(renewed, was=wish), jobs=[letters.activation_code(renewed).later(wish.tenant_id, now)])


@retried
async def activate(db: Database, *, email: str, code: str, secret: bytes, address: str, now: datetime) -> Founded:
    """Found the company whose code was mailed to this e-mail.

    Each attempt is counted before it is judged, so that guessing in parallel is of no use either.

    Raises:
        Invalid: the code is wrong, too old, or was tried too often.
    """
    for wish in await store.sign_ups_in_no_tenant_yet(db, email):
        counted = await store.count_try(db, wish.id, at_most=TRIES, now=now)
        if counted and proofs.is_code(secret, wish.id, wish.round, code):
            return await found(
                db,
                Remove(wish),
                tenant_id=wish.tenant_id,
                company=wish.company,
                name=wish.name,
                email=wish.email,
                password_hash=wish.password_hash,
                language=wish.language,
                time_zone=wish.time_zone,
                address=address,
                now=now,
            )
    message = N_("This code is not right, or it is older than 30 minutes. Check the mail, or ask for a new code.")
    raise Invalid(message, errors=[{"field": "code", "message": message}])


async def found(
    db: Database,
    *also: Change,
    tenant_id: str,
    company: str,
    name: str,
    email: str,
    password_hash: str,
    language: Language,
    time_zone: str,
    address: str = "",
    now: datetime,
) -> Founded:
    """Create a company, its built-in roles, its central desk and the founder in it (spec 1.1, 1.2)."""
    tenant = Tenant(
        id=tenant_id, tenant_id=tenant_id, name=company, language=language, time_zone=time_zone,
        created_at=now, updated_at=now,
    )  # fmt: skip
    roles = tuple(
        Role(
            id=new_id(now), tenant_id=tenant_id, name=ROLE_NAMES[language][built_in], built_in=built_in,
            permissions=tuple(sorted(permissions)), scope=scope, created_at=now, updated_at=now,
        )
        for built_in, (permissions, scope) in BUILT_IN.items()
    )  # fmt: skip
    desk = Group(
        id=new_id(now), tenant_id=tenant_id, name=CENTRAL_DESK[language], is_desk=True, is_central=True,
        created_at=now, updated_at=now,
    )  # fmt: skip
    founder = Agent(
        id=new_id(now), tenant_id=tenant_id, name=name, email=email, password_hash=password_hash, founder=True,
        role_id=next(role.id for role in roles if role.built_in == "founder"), group_ids=(desk.id,),
        preferred_group_id=desk.id, language=language, activated_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    actor = Actor(kind="agent", id=founder.id, name=founder.name, address=address)
    await db.commit(
        *also,
        *(Insert(document) for document in (tenant, *roles, desk, founder)),
        events=[
            audit.event("TenantFounded", became=tenant, actor=actor, now=now),
            audit.event("GroupCreated", became=desk, actor=actor, now=now),
            audit.event("AgentActivated", became=founder, actor=actor, now=now),
        ],
    )
    return Founded(tenant, founder, desk, roles)
