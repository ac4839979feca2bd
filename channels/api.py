"""Thin routes of the channels: list, make, change."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from quart import Blueprint, current_app
from quart_schema import tag, validate_request, validate_response

from channels import CHANNELS, store
from channels.base import MASK, Channel, ChannelSettings, Key
from channels.running import run_job
from core import rooms
from core.acknowledge import invalid
from core.db import Insert, Save
from core.errors import N_, Conflict, Invalid
from core.events import Event
from core.http import database
from core.ids import new_id
from core.later import Later
from core.model import Value
from core.paging import Page
from people.access import AgentActor, acting, group_for

blueprint = Blueprint("channels", __name__, url_prefix="/api/v1")


def _known(kind: str) -> str:
    if kind not in CHANNELS:
        raise ValueError(N_("There is no such kind of channel."))
    return kind


Kind = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(CHANNELS)})]


class ChannelView(Value):
    """A channel as the console shows it; links are ready to be copied."""

    id: str
    version: int
    kind: str
    name: str
    key: str
    active: bool
    desk_id: str | None
    language: str
    settings: dict[str, Any]
    link: str = Field(description="The page that opens the chat")
    snippet: str = Field(description="The script tag for a site")


class NewChannel(BaseModel):
    """A channel to be made."""

    model_config = ConfigDict(extra="ignore")

    kind: Kind = "webchat"
    name: str = Field(min_length=1, max_length=100)
    key: Key
    desk_id: str | None = Field(None, max_length=64)
    language: Literal["en", "zh-CN"] = "en"
    settings: dict[str, Any] = Field(default_factory=dict)


class ChannelEdit(BaseModel):
    """What changes about a channel; ``version`` is the one that the editor saw."""

    model_config = ConfigDict(extra="ignore")

    version: int
    name: str | None = Field(None, min_length=1, max_length=100)
    active: bool | None = None
    desk_id: str | None = Field(None, max_length=64)
    language: Literal["en", "zh-CN"] | None = None
    settings: dict[str, Any] | None = None


def channel_view(channel: Channel) -> ChannelView:
    """Return a channel for the console."""
    site = current_app.config["WAYSTATION"].public_url
    return ChannelView(
        **{
            name: getattr(channel, name)
            for name in ("id", "version", "kind", "name", "key", "active", "desk_id", "language")
        },
        settings=_settings(channel).shown(),
        link=f"{site}/chat/{channel.key}",
        snippet=f'<script src="{site}/widget.js" data-channel="{channel.key}" async></script>',
    )


def _settings(channel: Channel) -> ChannelSettings:
    return CHANNELS[channel.kind].Settings.model_validate(channel.settings)


def _checked(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings as the kind of channel understands them.

    Raises:
        Invalid: names the fields that it does not understand.
    """
    try:
        return CHANNELS[kind].Settings.model_validate(settings).stored()
    except ValidationError as error:
        raise invalid(error) from error


def _event(name: str, channel: Channel, was: Channel | None, actor: AgentActor) -> Event:
    def told(one: Channel | None) -> dict[str, Any]:
        if one is None:
            return {}
        fields = one.model_dump(mode="json", exclude={"created_at", "updated_at", "version", "settings"})
        return fields | {"settings": _settings(one).shown()}  # no secrets in the audit log

    before, after = told(was), told(channel)
    return Event(
        id=new_id(channel.updated_at),
        tenant_id=channel.tenant_id,
        name=name,
        at=channel.updated_at,
        actor=actor.actor,
        subject_kind="channel",
        subject_id=channel.id,
        audience=(rooms.agents_of(channel.tenant_id),),
        before={key: value for key, value in before.items() if after.get(key) != value},
        after={key: value for key, value in after.items() if before.get(key) != value},
    )


@blueprint.get("/channels")
@tag(["channels"])
@validate_response(Page[ChannelView])
async def list_channels() -> tuple[Page[ChannelView], int]:
    """Return all channels."""
    actor = acting()
    return Page(items=[channel_view(found) for found in await store.channels(database(), actor.tenant_id)]), 200


@blueprint.get("/channels/<channel_id>")
@tag(["channels"])
@validate_response(ChannelView)
async def get_channel(channel_id: str) -> tuple[ChannelView, int]:
    """Return a channel."""
    return channel_view(await store.channel(database(), acting().tenant_id, channel_id)), 200


@blueprint.post("/channels")
@tag(["channels"])
@validate_request(NewChannel)
@validate_response(ChannelView, 201)
async def create_channel(data: NewChannel) -> tuple[ChannelView, int]:
    """Make a channel; its key stands in addresses and must be free."""
    actor, db = acting(), database()
    actor.require("channel.manage")
    if data.desk_id:
        await _desk(actor, data.desk_id)
    now = db.now()
    channel = Channel(
        id=new_id(now),
        tenant_id=actor.tenant_id,
        kind=data.kind,
        name=data.name,
        key=data.key,
        desk_id=data.desk_id,
        language=data.language,
        settings=_checked(data.kind, data.settings),
        created_at=now,
        updated_at=now,
    )
    await db.commit(Insert(channel), events=[_event("ChannelCreated", channel, None, actor)], jobs=_jobs(channel))
    return channel_view(channel), 201


@blueprint.patch("/channels/<channel_id>")
@tag(["channels"])
@validate_request(ChannelEdit)
@validate_response(ChannelView)
async def change_channel(channel_id: str, data: ChannelEdit) -> tuple[ChannelView, int]:
    """Change a channel; a save over somebody else's change is refused with what is stored."""
    actor, db = acting(), database()
    actor.require("channel.manage")
    was = await store.channel(db, actor.tenant_id, channel_id)
    if was.version != data.version:
        raise Conflict(current=channel_view(was).model_dump(mode="json"))
    fields: dict[str, Any] = data.model_dump(include=data.model_fields_set - {"version", "settings"})
    if any(fields.get(name, "") is None for name in ("name", "active", "language")):
        raise Invalid(N_("A name, a language and whether it is on are always needed."))
    if fields.get("desk_id"):
        await _desk(actor, fields["desk_id"])
    if data.settings is not None:
        said = {name: value for name, value in data.settings.items() if value != MASK}
        fields["settings"] = _checked(was.kind, {**was.settings, **said})
    channel = was.changed(**fields, updated_at=db.now())
    await db.commit(Save(channel, was=was), events=[_event("ChannelChanged", channel, was, actor)], jobs=_jobs(channel))
    return channel_view(channel), 200


def _jobs(channel: Channel) -> list[Later]:
    job = run_job(channel, channel.updated_at)
    return [job] if job else []


async def _desk(actor: AgentActor, group_id: str) -> None:
    group = await group_for(database(), actor, group_id)
    if not group.is_desk:
        raise Invalid(errors=[{"field": "desk_id", "message": N_("Choose a group that is a desk.")}])
