"""Events: what happened, told in the past tense; stored with the change itself, they are also the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from core.model import Record, Value


class Actor(Value):
    """Who did it: a person, the system itself, and from where."""

    kind: Literal["agent", "customer", "system", "guest"]
    id: str
    name: str = ""
    address: str = ""  # network address, for the audit log


SYSTEM = Actor(kind="system", id="system", name="Waystation")


class Event(Record):
    """Something that happened to one subject.

    ``audience`` lists the rooms whose members are told live (`core.rooms`); ``before`` and ``after`` hold the fields
    that changed, for the audit log (spec 1.9). Never put message bodies or secrets here.
    """

    collection: ClassVar[str] = "events"

    name: str
    at: datetime
    actor: Actor
    subject_kind: str
    subject_id: str
    audience: tuple[str, ...] = ()
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
