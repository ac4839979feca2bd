"""The routes of what our mails say (docs/wire.md): read, preview, change and reset each text."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import cast

from pydantic import Field
from quart import Blueprint, current_app
from quart_schema import tag_blueprint, validate_request, validate_response

from channels.base import Door
from channels.email import facts, letter, store, templates, texts, threads
from channels.email.reading import html
from channels.email.store import MailTemplate
from channels.email.templates import LANGUAGES, PURPOSES, VARIABLES, Wording
from core.errors import N_, NotFound
from core.http import database
from core.model import Value
from core.paging import Page
from core.words import translate
from people.access import AgentActor, acting
from people.api.shared import showing
from people.model import Language
from ticketing.access import ticket_for
from ticketing.model import Purpose

blueprint = Blueprint("mail_templates", __name__, url_prefix="/api/v1")
tag_blueprint(blueprint, ["E-mail"])


class Variable(Value):
    """What a text may show."""

    name: str
    description: str


class Fault(Value):
    """Why the built-in text was used instead."""

    at: datetime
    reason: str


class ShownTemplate(Value):
    """What one kind of mail says in one language."""

    purpose: Purpose
    language: Language
    version: int = Field(description="0: nobody has ever changed it")
    is_changed: bool = Field(description="False: it is the built-in text")
    wording: Wording
    changed_at: datetime | None
    changed_by: str
    fault: Fault | None = Field(description="The first failure since it was saved; the built-in text left instead")
    variables: tuple[Variable, ...]
    needed: str = Field(description="The variable that text and HTML have to show")


class TemplateEdit(Value):
    """Another text in place of the one that was edited."""

    version: int = Field(ge=0, le=2**53, description="The version that was edited")
    wording: Wording


class TemplateReset(Value):
    """Go back to the built-in text."""

    version: int = Field(ge=0, le=2**53, description="The version that is given up")


class PreviewBody(Value):
    """A text to be tried before it is saved; without a ticket, with made-up facts."""

    wording: Wording
    ticket_id: str | None = Field(None, max_length=64)


class Preview(Value):
    """What a text becomes."""

    subject: str
    text: str
    html: str = Field(description="Sanitised, without the page around it")


@blueprint.get("/mail-templates")
@validate_response(Page[ShownTemplate])
async def list_templates() -> Page[ShownTemplate]:
    """List what our mails say

    Every kind of mail in every language, the company's own text or the built-in one.
    """
    actor = acting()
    actor.require("channel.manage")
    own = {(one.purpose, one.language): one for one in await store.mail_templates(database(), actor.tenant_id)}
    items = [
        _shown(own.get((purpose, language)) or texts.unchanged(database(), actor.tenant_id, purpose, language), actor)
        for purpose in PURPOSES
        for language in LANGUAGES
    ]
    return Page(items=items, next=None)


@blueprint.get("/mail-templates/<purpose>/<language>")
@validate_response(ShownTemplate)
async def get_template(purpose: str, language: str) -> ShownTemplate:
    """Show what one kind of mail says, and the variables that it may show"""
    actor = acting()
    actor.require("channel.manage")
    return _shown(await texts.current(database(), actor.tenant_id, *_known(purpose, language)), actor)


@blueprint.put("/mail-templates/<purpose>/<language>")
@validate_request(TemplateEdit)
@validate_response(ShownTemplate)
async def change_template(purpose: str, language: str, data: TemplateEdit) -> ShownTemplate:
    """Change what one kind of mail says

    A text that could not be used is refused (422 `bad_template`) with `part` and `line`; a save over somebody else's
    change (409) shows the text as it is now.
    """
    actor = acting()
    async with _showing(actor):
        changed = await texts.change(
            database(), *_known(purpose, language), data.wording, version=data.version, actor=actor
        )
    return _shown(changed, actor)


@blueprint.post("/mail-templates/<purpose>/<language>/reset")
@validate_request(TemplateReset)
@validate_response(ShownTemplate)
async def reset_template(purpose: str, language: str, data: TemplateReset) -> ShownTemplate:
    """Go back to the built-in text of one kind of mail"""
    actor = acting()
    async with _showing(actor):
        changed = await texts.change(database(), *_known(purpose, language), None, version=data.version, actor=actor)
    return _shown(changed, actor)


@blueprint.post("/mail-templates/<purpose>/<language>/preview")
@validate_request(PreviewBody)
@validate_response(Preview)
async def preview_template(purpose: str, language: str, data: PreviewBody) -> Preview:
    """Show what a text becomes, before it is saved

    With the facts of one of your tickets, or with made-up ones.
    """
    actor = acting()
    actor.require("channel.manage")
    known, spoken = _known(purpose, language)
    if data.ticket_id:
        ticket = await ticket_for(database(), actor, data.ticket_id)
        public_url = cast(Door, current_app.extensions["door"]).public_url
        told = await facts.of_real(database(), public_url, known, spoken, ticket)
    else:
        told = facts.sample(known, spoken)
    rendered = await texts.rendered(data.wording, known, told)
    shown = html.clean(letter.page(rendered.html, spoken)).html
    subject = threads.marked_subject(rendered.subject, told["number"])
    return Preview(subject=subject, text=rendered.text, html=shown)


def _known(purpose: str, language: str) -> tuple[Purpose, Language]:
    if purpose not in PURPOSES or language not in LANGUAGES:
        raise NotFound(N_("There is no such text."))
    return purpose, language


def _showing(actor: AgentActor) -> AbstractAsyncContextManager[None]:
    async def current(stored: MailTemplate) -> ShownTemplate:
        return _shown(stored, actor)

    return showing(current)


def _shown(template: MailTemplate, actor: AgentActor) -> ShownTemplate:
    fault = template.fault
    return ShownTemplate(
        purpose=template.purpose, language=template.language, version=template.version,
        is_changed=template.wording is not None,
        wording=template.wording or templates.built_in(template.purpose, template.language),
        changed_at=template.changed_at if template.version else None, changed_by=template.changed_by,
        fault=Fault(at=fault.at, reason=translate(actor.language, fault.reason, fault.facts)) if fault else None,
        variables=tuple(
            Variable(name=name, description=translate(actor.language, words))
            for name, words in VARIABLES[template.purpose].items()
        ),
        needed=templates.NEEDED[template.purpose],
    )  # fmt: skip
