"""Writes that keep people and what they rely on together when two administrators act at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from core.db import Change, Database, Update
from people.errors import InUse


def relied_on(collection: str, tenant_id: str, ids: Iterable[str | None], now: datetime) -> list[Change]:
    """Return writes that fail when one of these is deleted at the same time; their version stays."""
    return [
        Update(collection, {"_id": id, "tenant_id": tenant_id}, {"$set": {"relied_on_at": now}})
        for id in sorted({id for id in ids if id})
    ]


@dataclass(frozen=True)
class NobodyHas:
    """Go on only if no document of a collection matches; ``words`` say what to do otherwise.

    Together with `relied_on` at the other side and a removal at this one, no reference is ever left dangling.
    """

    collection: str
    where: Mapping[str, Any]
    words: str

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Look inside the transaction."""
        if await db[self.collection].find_one(self.where, {"_id": 1}, session=session):
            raise InUse(self.words)


@dataclass(frozen=True)
class LeaveGroup:
    """Take a group that goes out of the customers it looked after; those of no group are everybody's."""

    tenant_id: str
    group_id: str

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Pull the group; the customers get their next version."""
        named = {"tenant_id": self.tenant_id, "group_ids": self.group_id}
        pull = {"$pull": {"group_ids": self.group_id}, "$inc": {"version": 1}}
        await db["customers"].update_many(named, pull, session=session)
