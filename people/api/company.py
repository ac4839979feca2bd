"""Routes of the company itself: its settings and its audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, Field
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_request, validate_response

from core.errors import N_
from core.events import Actor, Event
from core.http import database
from core.model import Value
from core.paging import Page, PageQuery
from core.settings import TenantSettings
from core.words import translate
from people import audit, service, store
from people.access import acting
from people.api.shared import showing
from people.drafts import TenantEdit
from people.model import Language, Tenant

blueprint = Blueprint("company", __name__)


def _plausible(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 9_000:
        raise ValueError(N_("Choose a day after 1970."))
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]


class SettingView(Value):
    """One setting: what it is, what it would be by default, what it may be, and what it does."""

    value: int | bool
    default: int | bool
    minimum: int | None = None
    maximum: int | None = None
    description: str


class SettingsView(Value):
    """The company and all its settings."""

    version: int
    name: str
    language: Language
    time_zone: str
    logo_file_id: str | None
    settings: dict[str, SettingView]


class AuditQuery(PageQuery):
    """Which part of the audit log."""

    actor: str | None = Field(None, max_length=64, description="Id of who did it")
    action: str | None = Field(None, max_length=64, description="Name of what was done, like `AgentChanged`")
    subject_kind: str | None = Field(None, max_length=64, description="Kind of thing, like `agent`")
    subject: str | None = Field(None, max_length=64, description="Id of the thing")
    since: Moment | None = Field(None, description="From this moment on")
    until: Moment | None = Field(None, description="Before this moment")


class AuditEntry(Value):
    """Something that was done: who, when, from where, before → after."""

    id: str
    at: datetime
    action: str
    actor: Actor
    subject_kind: str
    subject_id: str
    before: dict[str, Any]
    after: dict[str, Any]


@blueprint.get("/settings")
@tag(["settings"])
@validate_response(SettingsView)
async def get_settings() -> tuple[SettingsView, int]:
    """Return the company and its settings, each with its default and what it does."""
    actor = acting()
    return settings_view(await store.tenant(database(), actor.tenant_id), actor.language), 200


@blueprint.patch("/settings")
@tag(["settings"])
@validate_request(TenantEdit)
@validate_response(SettingsView)
async def change_settings(data: TenantEdit) -> tuple[SettingsView, int]:
    """Change the company's name, language, time zone or settings."""
    actor = acting()

    async def current(tenant: Tenant) -> SettingsView:
        return settings_view(tenant, actor.language)

    async with showing(current):
        return settings_view(await service.change_settings(database(), data, actor=actor), actor.language), 200


@blueprint.get("/audit")
@tag(["settings"])
@validate_querystring(AuditQuery)
@validate_response(Page[AuditEntry])
async def list_audit(query_args: AuditQuery) -> tuple[Page[AuditEntry], int]:
    """Return what was done, the latest first (spec 1.9)."""
    actor = acting()
    actor.require("audit.read")
    found, following = await audit.entries(
        database(),
        actor.tenant_id,
        actor_id=query_args.actor,
        action=query_args.action,
        subject_kind=query_args.subject_kind,
        subject_id=query_args.subject,
        since=query_args.since,
        until=query_args.until,
        query=query_args,
    )
    return Page(items=[audit_entry(event) for event in found], next=following), 200


def settings_view(tenant: Tenant, language: str) -> SettingsView:
    """Return the company and its settings in the reader's words."""
    values = tenant.settings.model_dump()
    return SettingsView(
        version=tenant.version,
        name=tenant.name,
        language=tenant.language,
        time_zone=tenant.time_zone,
        logo_file_id=tenant.logo_file_id,
        settings={name: _setting(name, values[name], language) for name in TenantSettings.model_fields},
    )


def _setting(name: str, value: int | bool, language: str) -> SettingView:
    field = TenantSettings.model_fields[name]
    bounds = {
        bound: int(getattr(rule, short))
        for rule in field.metadata
        for short, bound in (("ge", "minimum"), ("le", "maximum"))
        if getattr(rule, short, None) is not None
    }
    return SettingView(
        value=value, default=field.default, description=translate(language, field.description or ""), **bounds
    )


def audit_entry(event: Event) -> AuditEntry:
    """Return an event as the audit log shows it."""
    return AuditEntry(
        id=event.id,
        at=event.at,
        action=event.name,
        actor=event.actor,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        before=event.before,
        after=event.after,
    )
