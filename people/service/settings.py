"""A company's own name, language and settings (spec 1, and every figure of the specification)."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from core import rooms
from core.db import Database, Save, retried
from core.errors import N_, Invalid
from core.settings import TenantSettings
from people import audit, store
from people.access import AgentActor
from people.drafts import TenantEdit
from people.model import Tenant


@retried
async def change_settings(db: Database, edit: TenantEdit, *, actor: AgentActor) -> Tenant:
    """Change the company's name, language, time zone or settings.

    Raises:
        Forbidden: the actor may not change settings.
        Stale: somebody else saved in between.
        Invalid: a setting does not exist or is out of its bounds; the problem names each.
    """
    actor.require("settings.manage")
    tenant = await store.tenant(db, actor.tenant_id)
    fields = edit.against(tenant)
    if "settings" in fields:
        fields["settings"] = _chosen(tenant.settings, edit.settings)
    now = db.now()
    became = tenant.changed(**fields, updated_at=now)
    before, after = audit.changes(tenant, became)
    if tenant.settings != became.settings:
        before["settings"], after["settings"] = _differing(tenant.settings, became.settings)
    told = audit.told(
        "SettingsChanged", tenant_id=tenant.id, subject=("tenant", tenant.id), actor=actor.actor, now=now,
        audience=(rooms.agents_of(tenant.id),), before=before, after=after,
    )  # fmt: skip
    await db.commit(Save(became, was=tenant), events=[told])
    return became


def _chosen(settings: TenantSettings, wanted: dict[str, int | bool | None]) -> TenantSettings:
    """Return the settings with the wanted ones changed; null is the default."""
    values = {**settings.model_dump(exclude_defaults=True), **wanted}
    try:
        return TenantSettings.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as refused:
        raise Invalid(
            N_("Some settings are not possible. Look at the ones that are marked."),
            errors=[
                {"field": f"settings.{error['loc'][0] if error['loc'] else ''}", "message": error["msg"]}
                for error in refused.errors()
            ],
        ) from refused


def _differing(was: TenantSettings, became: TenantSettings) -> tuple[dict[str, Any], dict[str, Any]]:
    before, after = was.model_dump(), became.model_dump()
    names = [name for name in before if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}
