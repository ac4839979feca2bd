"""Every query of this package; each takes the tenant first, and other tenants' ids are simply not found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from core.db import Database
from core.errors import N_, NotFound
from core.events import Event
from core.model import Document
from core.paging import PageQuery, paged
from core.text import search_filter
from people.model import Agent, Customer, Group, Invitation, KnownAs, Organization, Role, SignUp, Tenant
from people.permissions import BuiltIn

D = TypeVar("D", bound=Document)

#: Names that differ only in case are the same name to people.
_CASELESS: Final = {"locale": "en", "strength": 2}


def _index(*fields: str, **options: Any) -> IndexModel:
    """Return an index; a field with a leading minus is sorted downwards."""
    keys = [(field.removeprefix("-"), DESCENDING if field.startswith("-") else ASCENDING) for field in fields]
    return IndexModel(keys, **options)


INDEXES: Final[dict[str, list[IndexModel]]] = {
    "sign_ups": [_index("email"), _index("expires_at", expireAfterSeconds=86_400)],
    "agents": [
        _index("tenant_id", "email", unique=True),
        _index("tenant_id", "name", "_id"),
        _index("tenant_id", "group_ids"),
        _index("tenant_id", "role_id"),
        _index("email"),
    ],
    "groups": [
        _index("tenant_id", "name", unique=True, collation=_CASELESS),
        _index("tenant_id", "is_central", unique=True, partialFilterExpression={"is_central": True}),
    ],
    "roles": [
        _index("tenant_id", "name", unique=True, collation=_CASELESS),
        _index("tenant_id", "built_in", unique=True, partialFilterExpression={"built_in": {"$type": "string"}}),
    ],
    "invitations": [_index("tenant_id", "email", unique=True), _index("tenant_id", "role_id")],
    "customers": [
        # $type: a customer without identities must not take the one place of "no identity"
        _index(
            "tenant_id", "identity_keys", unique=True, partialFilterExpression={"identity_keys": {"$type": "string"}}
        ),
        _index("tenant_id", "-_id"),
        _index("tenant_id", "words", "-_id"),
        _index("tenant_id", "organization_id"),
    ],
    "organizations": [
        _index("tenant_id", "name", "_id"),
        _index("tenant_id", "name", unique=True, collation=_CASELESS),
        _index("tenant_id", "domains", unique=True, partialFilterExpression={"domains": {"$type": "string"}}),
    ],
}


async def _one(db: Database, kind: type[D], where: Mapping[str, Any]) -> D | None:
    found = await db[kind.collection].find_one(where)
    return kind.from_mongo(found) if found else None


async def _by_id(db: Database, kind: type[D], tenant_id: str, id: str, missing: str) -> D:
    found = await _one(db, kind, {"_id": id, "tenant_id": tenant_id})
    if found is None:
        raise NotFound(missing)
    return found


async def _named(db: Database, kind: type[D], tenant_id: str) -> list[D]:
    found = db[kind.collection].find({"tenant_id": tenant_id}).sort([("name", 1), ("_id", 1)])
    return [kind.from_mongo(row) async for row in found]


async def _with_ids(db: Database, kind: type[D], tenant_id: str, ids: Iterable[str]) -> dict[str, D]:
    wanted = list(set(ids))
    if not wanted:
        return {}
    found = db[kind.collection].find({"tenant_id": tenant_id, "_id": {"$in": wanted}})
    return {row["_id"]: kind.from_mongo(row) async for row in found}


# --- Tenants and sign-ups ---


async def tenant(db: Database, tenant_id: str) -> Tenant:
    """Return a tenant."""
    return await _by_id(db, Tenant, tenant_id, tenant_id, N_("There is no such company."))


async def sign_ups_in_no_tenant_yet(db: Database, email: str) -> list[SignUp]:
    """Return what waits for its activation code at this e-mail, the latest first: no tenant exists to ask in."""
    found = db["sign_ups"].find({"email": email}).sort("_id", -1).limit(20)
    return [SignUp.from_mongo(row) async for row in found]


async def count_try(db: Database, sign_up_id: str, *, at_most: int, now: datetime) -> bool:
    """Use up one of the attempts to name a sign-up's code; return whether there was one left and the code is young."""
    counted = await db["sign_ups"].update_one(
        {"_id": sign_up_id, "tries": {"$lt": at_most}, "expires_at": {"$gt": now}}, {"$inc": {"tries": 1}}
    )
    return bool(counted.matched_count)


# --- Agents ---


async def agent(db: Database, tenant_id: str, agent_id: str) -> Agent:
    """Return an agent, active or not."""
    return await _by_id(db, Agent, tenant_id, agent_id, N_("There is no such agent."))


async def agents(db: Database, tenant_id: str) -> list[Agent]:
    """Return all agents in the order of their names."""
    return await _named(db, Agent, tenant_id)


async def agents_with_ids(db: Database, tenant_id: str, ids: Iterable[str]) -> dict[str, Agent]:
    """Return these agents by id, without those that do not exist."""
    return await _with_ids(db, Agent, tenant_id, ids)


async def members(db: Database, tenant_id: str, *group_ids: str) -> list[Agent]:
    """Return the agents of a group, or of any of several, active or not."""
    where = {"tenant_id": tenant_id, "group_ids": {"$in": group_ids}}
    found = db["agents"].find(where).sort([("name", 1), ("_id", 1)])
    return [Agent.from_mongo(row) async for row in found]


async def member_ids(db: Database, tenant_id: str) -> dict[str, list[str]]:
    """Return group id → ids of its active members, for all groups at once."""
    ids: dict[str, list[str]] = {}
    where = {"tenant_id": tenant_id, "active": True}
    async for row in db["agents"].find(where, {"group_ids": 1}).sort("_id", 1):
        for group_id in row["group_ids"]:
            ids.setdefault(group_id, []).append(row["_id"])
    return ids


async def agent_with_email(db: Database, tenant_id: str, email: str) -> Agent | None:
    """Return the agent who signs in with this e-mail."""
    return await _one(db, Agent, {"tenant_id": tenant_id, "email": email})


async def agents_with_emails(db: Database, tenant_id: str, emails: Iterable[str]) -> dict[str, Agent]:
    """Return the active agents with these e-mails, by e-mail."""
    where = {"tenant_id": tenant_id, "email": {"$in": list(emails)}, "active": True}
    return {row["email"]: Agent.from_mongo(row) async for row in db["agents"].find(where)}


async def agents_with_email_in_any_tenant(db: Database, email: str) -> list[Agent]:
    """Return who may be meant by an e-mail alone: the one query of sign-in that crosses tenants by its nature."""
    found = db["agents"].find({"email": email, "active": True}).sort("_id", 1).limit(50)
    return [Agent.from_mongo(row) async for row in found]


async def replace_hash(db: Database, tenant_id: str, agent_id: str, *, was: str, became: str) -> None:
    """Store the same password hashed more strongly, unless it was changed meanwhile."""
    where = {"_id": agent_id, "tenant_id": tenant_id, "password_hash": was}
    await db["agents"].update_one(where, {"$set": {"password_hash": became}})


# --- Groups, roles, invitations ---


async def group(db: Database, tenant_id: str, group_id: str) -> Group:
    """Return a group."""
    return await _by_id(db, Group, tenant_id, group_id, N_("There is no such group."))


async def groups(db: Database, tenant_id: str) -> list[Group]:
    """Return all groups in the order of their names."""
    return await _named(db, Group, tenant_id)


async def groups_with_ids(db: Database, tenant_id: str, ids: Iterable[str]) -> dict[str, Group]:
    """Return these groups by id, without those that do not exist."""
    return await _with_ids(db, Group, tenant_id, ids)


async def central_desk(db: Database, tenant_id: str) -> Group:
    """Return the tenant's central desk (总台)."""
    found = await _one(db, Group, {"tenant_id": tenant_id, "is_central": True})
    if found is None:
        raise NotFound(N_("There is no such company."))
    return found


async def role(db: Database, tenant_id: str, role_id: str) -> Role:
    """Return a role."""
    return await _by_id(db, Role, tenant_id, role_id, N_("There is no such role."))


async def roles(db: Database, tenant_id: str) -> list[Role]:
    """Return all roles in the order of their names."""
    return await _named(db, Role, tenant_id)


async def built_in_role(db: Database, tenant_id: str, built_in: BuiltIn) -> Role:
    """Return one of the roles that every tenant has."""
    found = await _one(db, Role, {"tenant_id": tenant_id, "built_in": built_in})
    if found is None:
        raise NotFound(N_("There is no such role."))
    return found


async def invitation(db: Database, tenant_id: str, invitation_id: str) -> Invitation:
    """Return an open invitation."""
    return await _by_id(
        db, Invitation, tenant_id, invitation_id, N_("This invitation was accepted or withdrawn already.")
    )


async def invitations(db: Database, tenant_id: str) -> list[Invitation]:
    """Return the open invitations, the latest first."""
    found = db["invitations"].find({"tenant_id": tenant_id}).sort("_id", -1)
    return [Invitation.from_mongo(row) async for row in found]


async def invitation_to(db: Database, tenant_id: str, email: str) -> Invitation | None:
    """Return the open invitation to this e-mail."""
    return await _one(db, Invitation, {"tenant_id": tenant_id, "email": email})


# --- Customers and organizations ---


async def customer(db: Database, tenant_id: str, customer_id: str) -> Customer:
    """Return a customer."""
    return await _by_id(db, Customer, tenant_id, customer_id, N_("There is no such customer."))


async def customers_with_ids(db: Database, tenant_id: str, ids: Iterable[str]) -> dict[str, Customer]:
    """Return these customers by id, without those that do not exist."""
    return await _with_ids(db, Customer, tenant_id, ids)


async def customer_with_identity(db: Database, tenant_id: str, identity: KnownAs) -> Customer | None:
    """Return the one customer to whom an identity belongs."""
    # $type repeats the partial index's filter, without which MongoDB would not use it
    where = {"tenant_id": tenant_id, "identity_keys": {"$eq": identity.key, "$type": "string"}}
    return await _one(db, Customer, where)


async def customers(
    db: Database, tenant_id: str, *, visible: Mapping[str, Any], words: str, query: PageQuery
) -> tuple[list[Customer], str | None]:
    """Return a page of the customers within a scope (`visible`), newest first, and the cursor of the next.

    ``words`` must all occur in the name, the note or an identity.
    """
    where: dict[str, Any] = {"tenant_id": tenant_id, **visible, **search_filter(words)}
    rows, following = await paged(db["customers"], where, sort=[("_id", -1)], query=query)
    return [Customer.from_mongo(row) for row in rows], following


def visible_customers(*, everything: bool, group_ids: Iterable[str]) -> dict[str, Any]:
    """Return the filter for a data scope: all, or those of the groups together with those of none."""
    return {} if everything else {"$or": [{"group_ids": {"$in": list(group_ids)}}, {"group_ids": []}]}


def _contains(word: str) -> dict[str, str]:
    return {"$regex": re.escape(word.replace("\0", "")), "$options": "i"}  # no regular expression holds a NUL


async def organization(db: Database, tenant_id: str, organization_id: str) -> Organization:
    """Return an organization."""
    return await _by_id(db, Organization, tenant_id, organization_id, N_("There is no such organization."))


async def organizations(
    db: Database, tenant_id: str, *, words: str, query: PageQuery
) -> tuple[list[Organization], str | None]:
    """Return a page of organizations in the order of their names, and the cursor of the next."""
    where: dict[str, Any] = {"tenant_id": tenant_id}
    if words.strip():
        where["name"] = _contains(words.strip())
    rows, following = await paged(db["organizations"], where, sort=[("name", 1), ("_id", 1)], query=query)
    return [Organization.from_mongo(row) for row in rows], following


async def organizations_with_ids(db: Database, tenant_id: str, ids: Iterable[str]) -> dict[str, Organization]:
    """Return these organizations by id, without those that do not exist."""
    return await _with_ids(db, Organization, tenant_id, ids)


async def organization_of_domain(db: Database, tenant_id: str, domain: str) -> Organization | None:
    """Return the organization whose people have e-mail addresses of this domain (spec 1.7)."""
    return await _one(db, Organization, {"tenant_id": tenant_id, "domains": {"$eq": domain, "$type": "string"}})


# --- Audit log ---


async def events(
    db: Database, tenant_id: str, *, where: Mapping[str, Any], query: PageQuery
) -> tuple[list[Event], str | None]:
    """Return a page of what happened, the latest first, and the cursor of the next (spec 1.9)."""
    rows, following = await paged(db["events"], {"tenant_id": tenant_id, **where}, sort=[("_id", -1)], query=query)
    return [Event.from_mongo(row) for row in rows], following
