"""What people say when they create or change something: the bodies of requests, checked, before any rule is applied."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from core.errors import Stale
from core.model import Document, Value
from core.settings import DeskSettings
from people.model import (
    Domain,
    Email,
    Fields,
    Hours,
    Id,
    KnownAs,
    Language,
    Name,
    Note,
    ResponseRule,
    Signature,
    Skills,
    Theme,
    TimeZone,
)
from people.permissions import Permission, Scope


def _unsaid() -> Any:
    """Stand in for what an edit does not mention; it is never read, and null is refused where null means nothing."""
    return None


class Edit(Value):
    """A change of what was ``version`` when the person looked at it; what is not mentioned stays."""

    version: int = Field(ge=1, le=2**53, description="The version that was edited")

    def against(self, stored: Document) -> dict[str, Any]:
        """Return the mentioned fields, if ``stored`` is still what was edited.

        Raises:
            Stale: somebody saved in between.
        """
        if stored.version != self.version:
            raise Stale(stored)
        return {name: getattr(self, name) for name in self.model_fields_set if name != "version"}


Ids = Annotated[tuple[Id, ...], Field(max_length=1_000)]
SomeIds = Annotated[tuple[Id, ...], Field(min_length=1, max_length=1_000)]


class AgentEdit(Edit):
    """Change an agent (spec 1.3, 1.4)."""

    name: Name = Field(default_factory=_unsaid)
    role_id: Id = Field(default_factory=_unsaid)
    group_ids: SomeIds = Field(default_factory=_unsaid)
    preferred_group_id: Id | None = None
    skills: Skills = Field(default_factory=_unsaid)
    active: bool = Field(default_factory=_unsaid)


class MyEdit(Value):
    """Change my own name, language, looks and signature."""

    name: Name = Field(default_factory=_unsaid)
    language: Language = Field(default_factory=_unsaid)
    theme: Theme = Field(default_factory=_unsaid)
    avatar_file_id: Id | None = None
    signature: Signature = Field(default_factory=_unsaid, description="Below what I write by mail")


class InvitationDraft(Value):
    """Invite an agent (spec 1.3)."""

    email: Email
    role_id: Id
    group_ids: SomeIds


class GroupDraft(Value):
    """A new group."""

    name: Name
    is_desk: bool = False
    hours: Hours | None = None
    response: ResponseRule = ResponseRule()
    settings: DeskSettings = DeskSettings()
    member_ids: Ids = ()


class GroupEdit(Edit):
    """Change a group; ``member_ids`` are all its members from now on."""

    name: Name = Field(default_factory=_unsaid)
    is_desk: bool = Field(default_factory=_unsaid)
    hours: Hours | None = None
    response: ResponseRule = Field(default_factory=_unsaid)
    settings: DeskSettings = Field(default_factory=_unsaid)
    member_ids: Ids = Field(default_factory=_unsaid)


class RoleDraft(Value):
    """A new role made of single permissions (spec 1.2)."""

    name: Name
    permissions: tuple[Permission, ...] = Field((), max_length=200)
    scope: Scope = "groups"


class RoleEdit(Edit):
    """Change a role."""

    name: Name = Field(default_factory=_unsaid)
    permissions: Annotated[tuple[Permission, ...], Field(max_length=200)] = Field(default_factory=_unsaid)
    scope: Scope = Field(default_factory=_unsaid)


CustomerName = Annotated[str, Field(max_length=100)]
Identities = Annotated[tuple[KnownAs, ...], Field(max_length=50)]


class CustomerDraft(Value):
    """A new customer (spec 1.5)."""

    name: Name
    language: Language = "en"
    identities: Identities = ()
    organization_id: Id | None = None
    group_ids: Ids = ()
    fields: Fields = Field(default_factory=dict)
    note: Note = ""


class CustomerEdit(Edit):
    """Change a customer; ``identities`` are all of them from now on, those that stay keep their proof."""

    name: CustomerName = Field(default_factory=_unsaid)
    language: Language = Field(default_factory=_unsaid)
    identities: Identities = Field(default_factory=_unsaid)
    organization_id: Id | None = None
    group_ids: Ids = Field(default_factory=_unsaid)
    fields: Fields = Field(default_factory=_unsaid)
    note: Note = Field(default_factory=_unsaid)
    blocked: bool = Field(default_factory=_unsaid)


class OrganizationDraft(Value):
    """A new organization (spec 1.7)."""

    name: Name
    domains: tuple[Domain, ...] = Field((), max_length=100)
    shares_tickets: bool = False
    priority: int = Field(0, ge=0, le=9)


class OrganizationEdit(Edit):
    """Change an organization."""

    name: Name = Field(default_factory=_unsaid)
    domains: Annotated[tuple[Domain, ...], Field(max_length=100)] = Field(default_factory=_unsaid)
    shares_tickets: bool = Field(default_factory=_unsaid)
    priority: Annotated[int, Field(ge=0, le=9)] = Field(default_factory=_unsaid)


class TenantEdit(Edit):
    """Change the company itself and its settings; a setting of null goes back to its default."""

    name: Name = Field(default_factory=_unsaid)
    language: Language = Field(default_factory=_unsaid)
    time_zone: TimeZone = Field(default_factory=_unsaid)
    logo_file_id: Id | None = None
    settings: dict[str, int | bool | None] = Field(default_factory=_unsaid, max_length=200)
