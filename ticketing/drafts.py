"""What people say when they create or change tickets and the catalog: bodies of requests, before any rule."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from core.message import MAX_PARTS, Sayable
from core.model import Value
from ticketing.model import MAX_SUBJECT, MAX_TAGS, Copied, Envelope, Level, PendingReason, Priority

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Version = Annotated[int, Field(ge=1, le=2**53, description="The version that was edited")]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_SUBJECT)]
Type = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=MAX_TAGS)]
Copies = Annotated[tuple[Copied, ...], Field(max_length=50)]
Parts = Annotated[tuple[Sayable, ...], Field(min_length=1, max_length=MAX_PARTS)]
Skills = Annotated[
    tuple[Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=50)], ...],
    Field(max_length=20),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


def _unsaid() -> Any:
    """Stand in for what an edit does not mention; it is never read, and null is refused where null means nothing."""
    return None


class NewTicket(Value):
    """Open a ticket by hand (spec 5.4); what is left out comes from the catalog entry or the defaults."""

    subject: Subject
    parts: Annotated[tuple[Sayable, ...], Field(max_length=MAX_PARTS, description="What it is about")] = ()
    private: bool = Field(default=False, description="`parts` are a note, not for the customer")
    customer_id: Id | None = None
    group_id: Id | None = None
    handler_id: Id | None = None
    type: Type | None = None
    urgency: Level | None = None
    impact: Level | None = None
    priority: Priority | None = Field(default=None, description="Wins over what urgency and impact make")
    catalog_node_id: Id | None = None
    tags: Tags = ()
    cc: Copies = ()


class TicketEdit(Value):
    """Change a ticket that was ``version`` when the person looked at it; what is not mentioned stays."""

    version: Version
    subject: Subject = Field(default_factory=_unsaid)
    type: Type = Field(default_factory=_unsaid)
    urgency: Level = Field(default_factory=_unsaid)
    impact: Level = Field(default_factory=_unsaid)
    priority: Priority = Field(default_factory=_unsaid)
    tags: Tags = Field(default_factory=_unsaid)
    cc: Copies = Field(default_factory=_unsaid)
    catalog_node_id: Id | None = None
    state: Literal["new", "open", "pending", "solved", "closed", "deleted"] = Field(default_factory=_unsaid)
    pending_reason: PendingReason | None = None
    reason: str | None = Field(default=None, max_length=500, description="Why it is deleted")


class Reply(Value):
    """Answer the customer; ``state`` is what the ticket becomes with it."""

    parts: Parts
    state: Literal["open", "pending", "solved"] | None = None
    pending_reason: PendingReason | None = None
    envelope: Envelope | None = Field(None, description="Of a ticket that came by mail: to whom it goes, and how")


class Note(Value):
    """Write a note that never leaves the desk."""

    parts: Parts


class Assignment(Value):
    """Give a ticket to a group, an agent, or both.

    Only a group: nobody in particular of it. Only an agent: the ticket's group, if the agent belongs to it, else one of
    the agent's.
    """

    version: Version
    group_id: Id | None = None
    handler_id: Id | None = None


class NodeDraft(Value):
    """Add an entry to the service catalog (at most 5 levels)."""

    parent_id: Id | None = None
    name: Name
    group_id: Id | None = Field(default=None, description="The group that is responsible")
    type: Type | None = None
    urgency: Level | None = None
    impact: Level | None = None
    order: int = Field(default=0, ge=-(2**31), le=2**31)
    skills: Skills = Field(default=(), description="What an agent must know to serve it, where a desk asks for skills")


class NodeEdit(Value):
    """Change or move an entry of the catalog; what is not mentioned stays, null takes it off."""

    version: Version
    parent_id: Id | None = None
    name: Name = Field(default_factory=_unsaid)
    group_id: Id | None = None
    type: Type | None = None
    urgency: Level | None = None
    impact: Level | None = None
    order: int = Field(default_factory=_unsaid, ge=-(2**31), le=2**31)
    skills: Skills = Field(default_factory=_unsaid)
