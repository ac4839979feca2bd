"""What every stored thing has: an id, a tenant and a version; immutable, so that change is always explicit."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

import orjson
from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable part of a document or message, compared by its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def as_json(self) -> orjson.Fragment:
        """Return the value as JSON that goes into a larger text as it is: encoded once, for however many read it."""
        return orjson.Fragment(self.model_dump_json())


class Reference(Value):
    """A pointer to another document together with the name to show, so that a list needs no second query."""

    id: str
    name: str = ""
    avatar: str | None = None


class Record(BaseModel):
    """One stored thing of a tenant that is written once. ``collection`` is where it lives."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    collection: ClassVar[str]

    id: str
    tenant_id: str

    def to_mongo(self) -> dict[str, Any]:
        """Return the record as MongoDB stores it."""
        stored = self.model_dump()
        stored["_id"] = stored.pop("id")
        return stored

    @classmethod
    def from_mongo(cls, stored: dict[str, Any]) -> Self:
        """Read a stored record back."""
        return cls.model_validate({**stored, "id": stored["_id"]})


class Document(Record):
    """One stored thing that people may change at once; ``version`` grows with every change."""

    version: int = 1

    def changed(self, **fields: Any) -> Self:
        """Return a copy with these fields changed and the next version."""
        return self.model_copy(update={**fields, "version": self.version + 1})


class Stamped(Document):
    """A document that knows when it came to be and when it last changed."""

    created_at: datetime
    updated_at: datetime
