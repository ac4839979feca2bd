"""Every query of the channels; a key finds its channel in any tenant, everything else starts with the tenant."""

from __future__ import annotations

from pymongo import ASCENDING, IndexModel

from channels.base import Channel
from core.db import Database
from core.errors import N_, NotFound

INDEXES: dict[str, list[IndexModel]] = {
    "channels": [
        IndexModel([("key", ASCENDING)], name="key", unique=True),
        IndexModel([("tenant_id", ASCENDING), ("name", ASCENDING), ("_id", ASCENDING)], name="name"),
    ]
}


async def channel_by_key_in_any_tenant(db: Database, kind: str, key: str) -> Channel:
    """Return the active channel that a public address names: the key decides the tenant.

    Raises:
        NotFound: there is none, or it is switched off.
    """
    found = await db["channels"].find_one({"key": key, "kind": kind, "active": True})
    if found is None:
        raise NotFound(N_("There is no such channel, or it is switched off."))
    return Channel.from_mongo(found)


async def channels_of_kind_in_any_tenant(db: Database, kind: str) -> list[Channel]:
    """Return all active channels of a kind: for what must go on for every tenant, never for people."""
    found = db["channels"].find({"kind": kind, "active": True}).sort("_id", 1)
    return [Channel.from_mongo(row) async for row in found]


async def channel(db: Database, tenant_id: str, channel_id: str) -> Channel:
    """Return a channel.

    Raises:
        NotFound: the tenant has none with this id.
    """
    found = await db["channels"].find_one({"_id": channel_id, "tenant_id": tenant_id})
    if found is None:
        raise NotFound(N_("There is no such channel."))
    return Channel.from_mongo(found)


async def channels(db: Database, tenant_id: str) -> list[Channel]:
    """Return all channels of a tenant, by name."""
    where = {"tenant_id": tenant_id}
    return [Channel.from_mongo(found) async for found in db["channels"].find(where).sort([("name", 1), ("_id", 1)])]
