"""Customers: found or created at first contact, created and changed by agents (spec 1.5, 1.6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core import rooms
from core.db import Database, Insert, Save, retried
from core.errors import N_, Conflict, Duplicate, Invalid, NotFound
from core.events import SYSTEM, Actor, Event
from core.ids import new_id
from core.message import Address
from people import audit, store
from people.access import AgentActor, customer_for
from people.changes import relied_on
from people.drafts import CustomerDraft, CustomerEdit
from people.errors import wrong
from people.model import Customer, Identity, KnownAs, Language, identity_of
from people.service.rights import check_groups

FIRST_CONTACTS = 5  # attempts when several messages of a new customer arrive at once


async def customer_by_identity(
    db: Database, tenant_id: str, address: Address, *, name: str = "", language: Language = "en", now: datetime
) -> Customer:
    """Return the customer who is known at this address, created now if nobody is (spec 1.5).

    Two first contacts at once give one customer: the unique index on identities decides, and the loser reads.

    Raises:
        Invalid: the address is not one of its kind, for instance an e-mail without an @.
    """
    try:
        identity = identity_of(address)
    except ValueError as error:
        raise Invalid(N_("Nobody can be reached at this address ({kind})."), kind=address.kind) from error
    for _ in range(FIRST_CONTACTS):
        known = await store.customer_with_identity(db, tenant_id, identity)
        if known:
            return known
        stranger = Customer(
            id=new_id(now),
            tenant_id=tenant_id,
            name=(name or address.name).strip()[:100],
            language=language,
            identities=(identity,),
            created_at=now,
            updated_at=now,
        )
        try:
            await db.commit(Insert(stranger), events=[_told("CustomerCreated", None, stranger, SYSTEM, now)])
        except Duplicate:
            continue
        return stranger
    raise Conflict  # created and gone again each time: as good as somebody else's change


@retried
async def learn_contact(
    db: Database,
    tenant_id: str,
    customer_id: str,
    *,
    name: str = "",
    email: str | None = None,
    phone: str | None = None,
    now: datetime,
) -> Customer:
    """Keep what a customer told about themselves, in a form for instance: a missing name, unverified identities.

    An identity that somebody else has is left to them: a claim proves nothing and never joins two customers.
    """
    customer = await store.customer(db, tenant_id, customer_id)
    claimed = [identity for identity in _claims(email=email, phone=phone) if identity.key not in customer.identity_keys]
    free = [identity for identity in claimed if not await store.customer_with_identity(db, tenant_id, identity)]
    wiser = customer.changed(
        name=customer.name or name.strip()[:100], identities=(*customer.identities, *free)[:50], updated_at=now
    )
    if (wiser.name, wiser.identities) == (customer.name, customer.identities):
        return customer
    speaker = Actor(kind="customer", id=customer.id, name=wiser.name)
    try:
        await db.commit(Save(wiser, was=customer), events=[_told("CustomerChanged", customer, wiser, speaker, now)])
    except Duplicate as taken:  # somebody else claimed it in this very moment: look again
        raise Conflict from taken
    return wiser


def _claims(**values: str | None) -> list[Identity]:
    """Return as unverified identities what makes sense of what was typed."""
    claims = []
    for kind, value in values.items():
        try:
            claims.append(Identity.model_validate({"kind": kind, "value": value or ""}))
        except ValueError:
            continue
    return claims


async def create_customer(db: Database, draft: CustomerDraft, *, actor: AgentActor) -> Customer:
    """Create a customer by hand (spec 1.5).

    Raises:
        Forbidden: the actor may not edit customers.
        Duplicate: an identity belongs to another customer; the problem says whose it is.
        Invalid: the organization or a group does not exist.
    """
    actor.require("customer.edit")
    now = db.now()
    identities = tuple(Identity(kind=known.kind, value=known.value) for known in draft.identities)
    customer = Customer(
        id=new_id(now),
        tenant_id=actor.tenant_id,
        created_at=now,
        updated_at=now,
        identities=identities,
        **draft.model_dump(exclude={"identities"}),
    )
    await _check_places(db, actor, customer.organization_id, customer.group_ids)
    if customer.organization_id is None:
        customer = customer.model_copy(update={"organization_id": await _by_domain(db, customer)})
    await _commit(db, actor, None, customer)
    return customer


@retried
async def change_customer(db: Database, customer_id: str, edit: CustomerEdit, *, actor: AgentActor) -> Customer:
    """Change what is known of a customer.

    Raises:
        Forbidden: the actor may not edit customers.
        NotFound: there is none in the actor's scope.
        Stale: somebody else saved in between.
        Duplicate: an identity belongs to another customer; the problem says whose it is.
        Invalid: the organization or a group does not exist.
    """
    actor.require("customer.edit")
    customer = await customer_for(db, actor, customer_id)
    fields = edit.against(customer)
    if "identities" in fields:
        proven = {identity.key: identity for identity in customer.identities}
        fields["identities"] = tuple(
            proven.get(known.key) or Identity(kind=known.kind, value=known.value) for known in edit.identities
        )
    await _check_places(db, actor, fields.get("organization_id"), fields.get("group_ids", ()))
    became = customer.changed(**fields, updated_at=db.now())
    await _commit(db, actor, customer, became)
    return became


async def _check_places(db: Database, actor: AgentActor, organization_id: str | None, group_ids: Iterable[str]) -> None:
    """Make sure that what a customer is put into exists in this tenant."""
    if organization_id:
        try:
            await store.organization(db, actor.tenant_id, organization_id)
        except NotFound as missing:
            raise wrong("organization_id", N_("There is no such organization. Choose another one.")) from missing
    await check_groups(db, actor.tenant_id, group_ids)


async def _by_domain(db: Database, customer: Customer) -> str | None:
    """Return the organization that the customer's e-mail belongs to (spec 1.7)."""
    email = customer.identity("email")
    if not email:
        return None
    organization = await store.organization_of_domain(db, customer.tenant_id, email.partition("@")[2])
    return organization.id if organization else None


async def _commit(db: Database, actor: AgentActor, was: Customer | None, became: Customer) -> None:
    """Store a customer; say whose identity it is when one is taken."""
    name, change = ("CustomerChanged", Save(became, was=was)) if was else ("CustomerCreated", Insert(became))
    try:
        await db.commit(
            change,
            *relied_on("organizations", actor.tenant_id, [became.organization_id], became.updated_at),
            *relied_on("groups", actor.tenant_id, became.group_ids, became.updated_at),
            events=[_told(name, was, became, actor.actor, became.updated_at)],
        )
    except Duplicate as duplicate:
        await _say_whose(db, actor, became)
        raise Conflict from duplicate  # it is free again: try once more


async def _say_whose(db: Database, actor: AgentActor, customer: Customer) -> None:
    for index, identity in enumerate(customer.identities):
        owner = await store.customer_with_identity(
            db, customer.tenant_id, KnownAs(kind=identity.kind, value=identity.value)
        )
        if owner and owner.id != customer.id:
            mine = actor.sees(owner.group_ids)
            message = N_("{value} belongs to another customer already. Open that customer instead, or leave it out.")
            raise Duplicate(
                message,
                errors=[{"field": f"identities.{index}.value", "message": message}],
                value=identity.value,
                customer={"id": owner.id, "name": owner.name} if mine else None,
            )


def _told(name: str, was: Customer | None, became: Customer, actor: Actor, now: datetime) -> Event:
    if was is None:  # the list is read again when somebody looks; a first contact rings elsewhere
        return audit.event(name, became=became, actor=actor, now=now)
    groups = dict.fromkeys((*was.group_ids, *became.group_ids))
    audience = (
        rooms.everyone("customer", became.tenant_id),
        *(rooms.members("customer", id) for id in groups),
    )
    if not became.group_ids:
        audience = (rooms.agents_of(became.tenant_id),)
    return audit.event(name, was=was, became=became, actor=actor, now=now, audience=audience)
