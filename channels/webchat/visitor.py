"""Who a visitor is: a random id in a signed token, kept in a cookie that only our frame can send. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels.base import Channel
from conversation.model import Visit
from core.acknowledge import invalid
from core.ids import new_secret
from core.message import MAX_PARTS, Address, InboundMessage, Sayable, Text

MAX_AGE = 365 * 24 * 3600  # seconds


@dataclass(frozen=True)
class Visitor:
    """A browser that we know again; ``token`` proves it."""

    id: str
    token: str

    @cached_property
    def address(self) -> Address:
        """Where the visitor is reached on the channel."""
        return Address(kind="visitor", value=self.id)


def _signer(secret: bytes, channel_id: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=f"visitor:{channel_id}")


def cookie_name(channel: Channel) -> str:
    """Return the name of the cookie that holds the visitor's token for a channel."""
    return f"waystation_visitor_{channel.key}"


def new_visitor(secret: bytes, channel: Channel) -> Visitor:
    """Return a visitor never seen before; nothing is stored until the visitor says something."""
    visitor_id = new_secret()
    return Visitor(visitor_id, str(_signer(secret, channel.id).dumps(visitor_id)))


def known_visitor(secret: bytes, channel: Channel, token: str | None) -> Visitor | None:
    """Return whom a token proves, or None when it is missing, forged, too old, or another channel's."""
    if not token:
        return None
    try:
        visitor_id = _signer(secret, channel.id).loads(token, max_age=MAX_AGE)
    except BadData:
        return None
    return Visitor(visitor_id, token) if isinstance(visitor_id, str) else None


class Said(BaseModel):
    """What a visitor's browser sends as a message."""

    model_config = ConfigDict(extra="ignore")

    client_id: str = Field(min_length=8, max_length=64)
    parts: tuple[Sayable, ...] = Field(min_length=1, max_length=MAX_PARTS)
    visit: Visit | None = None


class Chosen(BaseModel):
    """What a visitor's browser sends as a menu choice."""

    model_config = ConfigDict(extra="ignore")

    client_id: str = Field(min_length=8, max_length=64)
    item_id: str = Field(min_length=1, max_length=64)
    label: str = Field("", max_length=200)
    visit: Visit | None = None


def inbound(channel: Channel, visitor: Visitor, payload: Any, now: datetime) -> InboundMessage:
    """Return what a visitor's browser sent as a message or choice, in the one inbound form.

    Raises:
        Invalid: it is not a message; names the fields.
    """
    chosen = isinstance(payload, dict) and "item_id" in payload
    try:
        said = Chosen.model_validate(payload) if chosen else Said.model_validate(payload)
    except ValidationError as error:
        raise invalid(error) from error
    meta: dict[str, Any] = {"client_id": said.client_id}
    if said.visit:
        meta["visit"] = said.visit.model_dump()
    if isinstance(said, Chosen):
        meta["item_id"] = said.item_id
    parts = (Text(text=said.label or said.item_id),) if isinstance(said, Chosen) else said.parts
    return InboundMessage(
        tenant_id=channel.tenant_id,
        channel_id=channel.id,
        external_id=f"{visitor.id}:{said.client_id}",  # a visitor cannot name another's message
        sender=visitor.address,
        parts=parts,
        sent_at=now,
        meta=meta,
    )
