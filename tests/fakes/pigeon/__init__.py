"""Carrier pigeons: a whole channel in one folder, as the recipe has it (docs/add-a-channel.md); it lives in tests only.

It is everything that web chat is not: it is called, it must call, and what it sends can fail.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any, ClassVar, cast

import aiohttp
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from quart import Blueprint, request
from quart_schema import hide
from socketio import AsyncNamespace

from channels import store
from channels.base import Capabilities, Channel, ChannelSettings, Door, OutboundMessage, Secret
from core.acknowledge import invalid
from core.errors import N_, Invalid, SendFailed, Unauthenticated
from core.message import Address, InboundMessage, Text, gist


class Letter(BaseModel):
    """What a loft sends when a pigeon has landed."""

    model_config = ConfigDict(extra="ignore")

    ring: str = Field(min_length=1, max_length=100, description="The number on the pigeon's ring")
    sender: str = Field(min_length=1, max_length=100)
    words: str = Field(min_length=1, max_length=1_000)


class PigeonSettings(ChannelSettings):
    """Where the loft is."""

    loft: str = Field(max_length=500, pattern="^https?://", description="Address that pigeons fly to")
    key: Secret = Field(description="Signs letters both ways")


def inbound(channel: Channel, captured: Any, now: datetime) -> InboundMessage:
    """Return a letter in the one inbound form.

    Raises:
        Invalid: it is no letter; names the fields.
    """
    try:
        letter = Letter.model_validate(captured)
    except ValidationError as error:
        raise invalid(error) from error
    return InboundMessage(
        tenant_id=channel.tenant_id,
        channel_id=channel.id,
        external_id=letter.ring,
        sender=Address(kind="external", value=letter.sender),
        parts=(Text(text=letter.words),),
        sent_at=now,
    )


def signature(key: str, body: bytes) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


class Pigeon:
    """Carrier pigeons: one channel per loft."""

    kind: ClassVar[str] = "pigeon"
    can: ClassVar[Capabilities] = Capabilities(kind_of_work="live", parts=frozenset({"text"}), text_limit=200)
    Settings: ClassVar[type[ChannelSettings]] = PigeonSettings

    def __init__(self, channel: Channel) -> None:
        self.settings = PigeonSettings.model_validate(channel.settings)

    async def send(self, to: Address, message: OutboundMessage, door: Door) -> str:
        """Let a pigeon fly; the message's id is on its ring."""
        key = self.settings.key.get_secret_value()
        body = orjson.dumps(
            {"ring": message.id, "to": to.value, "words": gist(message.parts, limit=self.can.text_limit)}
        )
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as client,
                client.post(self.settings.loft, data=body, headers={"X-Signature": signature(key, body)}) as answer,
            ):
                if answer.status == 200:
                    return str((await answer.json())["landed"])
                wait = answer.headers.get("Retry-After")
                raise SendFailed(N_("The loft refused the pigeon."), retry_after=float(wait) if wait else None)
        except aiohttp.ClientError as error:
            raise SendFailed(N_("The loft cannot be reached."), retry_after=60) from error

    @classmethod
    def routes(cls, door: Door) -> Blueprint:
        """Return the landing: the signature is checked, the letter stored, then it is acknowledged."""
        blueprint = Blueprint("pigeon", __name__, url_prefix="/pigeons/<key>")

        @blueprint.post("")
        @hide
        async def landed(key: str) -> tuple[dict[str, bool], int]:
            channel = await store.channel_by_key_in_any_tenant(door.db, "pigeon", key)
            secret = PigeonSettings.model_validate(channel.settings).key.get_secret_value()
            body = cast(bytes, await request.get_data(as_text=False))
            if not hmac.compare_digest(signature(secret, body), request.headers.get("X-Signature", "")):
                raise Unauthenticated(N_("The signature is not right."))
            try:
                captured = orjson.loads(body)
            except orjson.JSONDecodeError as error:
                raise Invalid from error
            await door.accept(inbound(channel, captured, door.db.now()))
            return {"stored": True}, 200

        return blueprint

    @classmethod
    def sockets(cls, door: Door) -> list[AsyncNamespace]:
        """Return none: pigeons hold no connection."""
        return []

    async def run(self, door: Door) -> None:
        """Hold nothing: the loft comes to us."""
