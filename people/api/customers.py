"""Routes of customers and organizations (spec 1.5–1.7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import Field
from quart import Blueprint
from quart_schema import tag_blueprint, validate_querystring, validate_request, validate_response

from core.http import database
from core.model import Value
from core.paging import Page, PageQuery
from people import service, store
from people.access import acting, customer_for, organization_for
from people.api.shared import Done, showing
from people.drafts import CustomerDraft, CustomerEdit, OrganizationDraft, OrganizationEdit
from people.model import Customer, Identity, Language, Organization
from people.service.profile import Called

blueprint = Blueprint("customers", __name__)
tag_blueprint(blueprint, ["customers"])


class SearchQuery(PageQuery):
    """Which to list."""

    q: str = Field("", max_length=200, description="Words that must all occur")


class CustomerView(Value):
    """A customer as agents see one."""

    id: str
    version: int
    name: str
    avatar: str | None
    language: Language
    identities: list[Identity]
    organization: Called | None
    group_ids: list[str]
    fields: dict[str, Any]
    note: str
    blocked: bool
    created_at: datetime
    updated_at: datetime


class OrganizationView(Value):
    """An organization."""

    id: str
    version: int
    name: str
    domains: list[str]
    shares_tickets: bool
    priority: int


@blueprint.get("/customers")
@validate_querystring(SearchQuery)
@validate_response(Page[CustomerView])
async def list_customers(query_args: SearchQuery) -> tuple[Page[CustomerView], int]:
    """Return the customers within my scope, the newest first."""
    actor, db = acting(), database()
    actor.require("customer.read")
    visible = store.visible_customers(everything=actor.scope == "all", group_ids=actor.group_ids)
    found, following = await store.customers(db, actor.tenant_id, visible=visible, words=query_args.q, query=query_args)
    return Page(items=await _customers(actor.tenant_id, found), next=following), 200


@blueprint.post("/customers")
@validate_request(CustomerDraft)
@validate_response(CustomerView, 201)
async def create_customer(data: CustomerDraft) -> tuple[CustomerView, int]:
    """Create a customer; an identity that somebody has already is refused, with who has it."""
    return await _customer(await service.create_customer(database(), data, actor=acting())), 201


@blueprint.get("/customers/<customer_id>")
@validate_response(CustomerView)
async def get_customer(customer_id: str) -> tuple[CustomerView, int]:
    """Return a customer."""
    return await _customer(await customer_for(database(), acting(), customer_id)), 200


@blueprint.patch("/customers/<customer_id>")
@validate_request(CustomerEdit)
@validate_response(CustomerView)
async def change_customer(customer_id: str, data: CustomerEdit) -> tuple[CustomerView, int]:
    """Change what is known of a customer."""
    async with showing(_customer):
        return await _customer(await service.change_customer(database(), customer_id, data, actor=acting())), 200


async def _customer(customer: Customer) -> CustomerView:
    return (await _customers(customer.tenant_id, [customer]))[0]


async def _customers(tenant_id: str, customers: Iterable[Customer]) -> list[CustomerView]:
    """Return customers as agents see them, with the names of their organizations."""
    listed = list(customers)
    ids = [customer.organization_id for customer in listed if customer.organization_id]
    organizations = await store.organizations_with_ids(database(), tenant_id, ids)
    return [customer_view(customer, organizations.get(customer.organization_id or "")) for customer in listed]


def customer_view(customer: Customer, organization: Organization | None) -> CustomerView:
    """Return a customer as agents see one."""
    return CustomerView(
        id=customer.id,
        version=customer.version,
        name=customer.name,
        avatar=customer.avatar,
        language=customer.language,
        identities=list(customer.identities),
        organization=Called(id=organization.id, name=organization.name) if organization else None,
        group_ids=list(customer.group_ids),
        fields=customer.fields,
        note=customer.note,
        blocked=customer.blocked,
        created_at=customer.created_at,
        updated_at=customer.updated_at,
    )


# --- Organizations ---


@blueprint.get("/organizations")
@validate_querystring(SearchQuery)
@validate_response(Page[OrganizationView])
async def list_organizations(query_args: SearchQuery) -> tuple[Page[OrganizationView], int]:
    """Return organizations, by name."""
    actor = acting()
    actor.require("customer.read")
    found, following = await store.organizations(database(), actor.tenant_id, words=query_args.q, query=query_args)
    return Page(items=[organization_view(one) for one in found], next=following), 200


@blueprint.post("/organizations")
@validate_request(OrganizationDraft)
@validate_response(OrganizationView, 201)
async def create_organization(data: OrganizationDraft) -> tuple[OrganizationView, int]:
    """Create an organization."""
    return organization_view(await service.create_organization(database(), data, actor=acting())), 201


@blueprint.get("/organizations/<organization_id>")
@validate_response(OrganizationView)
async def get_organization(organization_id: str) -> tuple[OrganizationView, int]:
    """Return an organization."""
    return organization_view(await organization_for(database(), acting(), organization_id)), 200


@blueprint.patch("/organizations/<organization_id>")
@validate_request(OrganizationEdit)
@validate_response(OrganizationView)
async def change_organization(organization_id: str, data: OrganizationEdit) -> tuple[OrganizationView, int]:
    """Change an organization."""

    async def current(organization: Organization) -> OrganizationView:
        return organization_view(organization)

    async with showing(current):
        changed = await service.change_organization(database(), organization_id, data, actor=acting())
        return organization_view(changed), 200


@blueprint.delete("/organizations/<organization_id>")
@validate_response(Done)
async def delete_organization(organization_id: str) -> tuple[Done, int]:
    """Delete an organization that no customer belongs to."""
    await service.delete_organization(database(), organization_id, actor=acting())
    return Done(), 200


def organization_view(organization: Organization) -> OrganizationView:
    """Return an organization as agents see one."""
    return OrganizationView.model_validate(organization.model_dump(include=set(OrganizationView.model_fields)))
