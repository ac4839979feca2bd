"""Use-cases of what our mails say: to read, change, preview and reset a text, and to write a mail with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from channels.email import store, templates
from channels.email.facts import sample
from channels.email.store import MailTemplate, TemplateFault
from channels.email.templates import BadTemplate, Rendered, Wording
from core import rooms
from core.db import Change, Database, Insert, Save
from core.errors import Conflict, Duplicate, Stale
from core.events import SYSTEM
from core.ids import new_id
from people import audit
from people.access import AgentActor
from people.model import Language
from ticketing.model import Purpose

log = structlog.get_logger("mail.texts")

UNCHANGED = 0  # the version of a built-in text that nobody has ever changed


async def current(db: Database, tenant_id: str, purpose: Purpose, language: Language) -> MailTemplate:
    """Return a tenant's text for one kind of mail, which may be the built-in one."""
    found = await store.mail_template(db, tenant_id, purpose, language)
    return found or unchanged(db, tenant_id, purpose, language)


def unchanged(db: Database, tenant_id: str, purpose: Purpose, language: Language) -> MailTemplate:
    """Return the built-in text of one kind of mail as a tenant has it that never changed it."""
    now = db.now()
    return MailTemplate(
        id=new_id(now), tenant_id=tenant_id, version=UNCHANGED, purpose=purpose, language=language, changed_at=now
    )


async def change(
    db: Database, purpose: Purpose, language: Language, wording: Wording | None, *, version: int, actor: AgentActor
) -> MailTemplate:
    """Replace a text, or go back to the built-in one (None).

    Raises:
        Forbidden: the role does not allow it.
        BadTemplate: it could not be used; names part and line.
        Stale: somebody saved in between.
    """
    actor.require("channel.manage")
    if wording is not None:
        # with sample words: what fails with them would fail with a customer's
        await rendered(wording, purpose, sample(purpose, language))
    was = await current(db, actor.tenant_id, purpose, language)
    if was.version != version:
        raise Stale(was)
    now = db.now()
    became = was.changed(wording=wording, fault=None, changed_at=now, changed_by=actor.name)
    stored: Change = Insert(became) if was.version == UNCHANGED else Save(became, was)
    name = "MailTemplateChanged" if wording else "MailTemplateReset"
    told = audit.event(
        name, was=was, became=became, actor=actor.actor, now=now, audience=(rooms.agents_of(actor.tenant_id),)
    )
    try:
        await db.commit(stored, events=[told])
    except (Duplicate, Conflict) as first:  # somebody else saved this very moment
        raise Stale(await current(db, actor.tenant_id, purpose, language)) from first
    return became


async def rendered(wording: Wording, purpose: Purpose, facts: Mapping[str, Any]) -> Rendered:
    """Return what a text becomes; in a thread, for a long one takes its time.

    Raises:
        BadTemplate: it cannot be used, or not with these facts.
    """
    return await asyncio.to_thread(templates.render, wording, purpose, facts)


async def compose(db: Database, tenant_id: str, purpose: Purpose, language: str, facts: Mapping[str, Any]) -> Rendered:
    """Write a mail with the tenant's text; one that fails is noted for the leaders, and the built-in text is used."""
    known: Language = "zh-CN" if language == "zh-CN" else "en"
    template = await store.mail_template(db, tenant_id, purpose, known)
    if template and template.wording:
        try:
            return await rendered(template.wording, purpose, facts)
        except BadTemplate as bad:
            await _note(db, template, bad)
    return templates.render(templates.built_in(purpose, known), purpose, facts)


async def _note(db: Database, template: MailTemplate, bad: BadTemplate) -> None:
    log.warning("mail.template_failed", tenant=template.tenant_id, purpose=template.purpose, reason=str(bad))
    if template.fault:
        return
    now = db.now()
    fault = TemplateFault(at=now, reason=bad.detail, facts={name: fact if isinstance(fact, int) else str(fact)[:300]
                                                            for name, fact in bad.facts.items()})  # fmt: skip
    told = audit.told(
        "MailTemplateFailed", tenant_id=template.tenant_id, subject=("mailtemplate", template.id), actor=SYSTEM,
        now=now, audience=(rooms.agents_of(template.tenant_id),),
        after={"purpose": template.purpose, "language": template.language, "reason": str(bad)},
    )  # fmt: skip
    try:
        await db.commit(store.note_fault(template, fault), events=[told])
    except Conflict:  # another mail met it at the same time, or it was mended
        return
