"""What every stored thing has: an id, a tenant and a version; immutable, so that change is always explicit."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable part of a document or message, compared by its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reference(Value):
    """A pointer to another document together with the name to show, so that a list needs no second query."""

    id: str
    name: str = ""
    avatar: str | None = None


class Document(BaseModel):
    """One stored thing. ``collection`` is where it lives; ``version`` grows with every change that people may clash over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    collection: ClassVar[str]

    id: str
    tenant_id: str
    version: int = 1

    def changed(self, **fields: Any) -> Self:
        """Return a copy with these fields changed and the next version."""
        return self.model_copy(update={**fields, "version": self.version + 1})

    def to_mongo(self) -> dict[str, Any]:
        """Return the document as MongoDB stores it."""
        stored = self.model_dump()
        stored["_id"] = stored.pop("id")
        return stored

    @classmethod
    def from_mongo(cls, stored: dict[str, Any]) -> Self:
        """Read a stored document back."""
        return cls.model_validate({**stored, "id": stored["_id"]})


class Stamped(Document):
    """A document that knows when it came to be and when it last changed."""

    created_at: datetime
    updated_at: datetime
