"""The people of a tenant and what is known of them: pure types and the rules that need nothing but them (spec 1)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    computed_field,
    field_serializer,
    field_validator,
)

from core.calendar import BusinessHours
from core.errors import N_
from core.message import Address
from core.model import Document, Stamped, Value
from core.settings import DeskSettings, TenantSettings
from core.text import search_words
from people.permissions import BUILT_IN, BuiltIn, Permission, Scope, known

Language = Literal["en", "zh-CN"]
Theme = Literal["light", "dark", "system"]
IdentityKind = Literal["visitor", "email", "phone", "openid", "unionid", "external"]

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@(?:[\w-]{1,63}\.)*[\w-]{1,63}")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.)+[\w-]{1,63}")
_PHONE_NOISE = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]+")


def normal_email(address: str) -> str:
    """Return an e-mail address as it is compared: trimmed and lower-cased.

    Names inside a company's own network (`it@desk.local`) are addresses too, so no public suffix is asked for.

    Raises:
        ValueError: it is not an e-mail address.
    """
    email = address.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise ValueError(N_("This is not an e-mail address. Write it like name@example.com."))
    return email


def normal_phone(number: str) -> str:
    """Return a telephone number as it is compared: without spaces and punctuation, `00` as `+`."""
    digits = _PHONE_NOISE.sub("", number)
    return "+" + digits[2:] if digits.startswith("00") else digits


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:  # unknown; a folder like "Asia"; not a path inside the database
        raise ValueError(N_("There is no such time zone. Choose one like Asia/Shanghai.")) from error
    return name


def _hours(hours: BusinessHours) -> BusinessHours:
    _time_zone(hours.time_zone)
    if len(hours.holidays) > 400 or len(hours.working_days) > 400 or any(len(day) > 24 for day in hours.week):
        raise ValueError(N_("These are too many entries for working hours. Remove the ones that have passed."))
    return hours


def _skill(name: str) -> str:
    skill = " ".join(name.split()).lower()
    if not skill:
        raise ValueError(N_("This must not be empty."))
    return skill


def _domain(name: str) -> str:
    domain = name.strip().lower().removeprefix("@")
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(N_("This is not a domain. Write it like example.com."))
    return domain


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Email = Annotated[str, AfterValidator(normal_email), Field(max_length=320, json_schema_extra={"format": "email"})]
TimeZone = Annotated[str, AfterValidator(_time_zone), Field(max_length=64, examples=["Asia/Shanghai"])]
Domain = Annotated[str, AfterValidator(_domain), Field(max_length=255, examples=["example.com"])]
Signature = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")
]
Hours = Annotated[BusinessHours, AfterValidator(_hours)]
Id = Annotated[str, Field(min_length=1, max_length=64)]
Note = Annotated[str, Field(max_length=10_000)]
Skill = Annotated[str, AfterValidator(_skill), Field(max_length=50)]
Skills = Annotated[tuple[Skill, ...], Field(max_length=50)]
FieldKey = Annotated[str, Field(pattern=r"^[^.$\x00]{1,64}$")]
FieldValue = (
    Annotated[str, Field(max_length=2_000)]
    | bool
    | Annotated[int, Field(ge=-(2**53), le=2**53)]
    | Annotated[float, Field(allow_inf_nan=False)]
    | Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)]
    | None
)
Fields = Annotated[dict[FieldKey, FieldValue], Field(max_length=100)]


class Tenant(Stamped):
    """A company that runs a desk here; its id is the ``tenant_id`` of everything it owns."""

    collection: ClassVar[str] = "tenants"

    name: Name
    language: Language = "en"
    time_zone: TimeZone = "UTC"
    logo_file_id: str | None = None
    settings: TenantSettings = TenantSettings()
    active: bool = True

    @field_serializer("settings")
    def _only_what_differs(self, settings: TenantSettings) -> dict[str, Any]:
        """Store what the tenant chose; everything else follows the defaults of the release."""
        return settings.model_dump(exclude_defaults=True)


class SignUp(Document):
    """A company that has not been activated yet; nothing else of it exists (spec 1.1).

    ``tenant_id`` is the id that the tenant will have. Several may wait for one e-mail; the code tells which is meant.
    """

    collection: ClassVar[str] = "sign_ups"

    company: Name
    name: Name
    email: Email
    password_hash: str
    language: Language
    time_zone: TimeZone
    round: int = 1  # of the code: each resend makes a new one
    tries: int = 0
    created_at: datetime
    expires_at: datetime


class Agent(Stamped):
    """A person who serves; has one role and at least one group (spec 1.3, 1.4)."""

    collection: ClassVar[str] = "agents"

    name: Name
    email: Email
    password_hash: str | None = None  # none: signs in elsewhere
    active: bool = True
    founder: bool = False
    role_id: str
    group_ids: tuple[str, ...] = Field(min_length=1)
    preferred_group_id: str | None = None
    language: Language = "en"
    theme: Theme = "system"
    avatar_file_id: str | None = None
    skills: Skills = ()
    signature: Signature = ""  # below what the agent writes by mail; {{ name }}, {{ desk }} … stand for themselves
    activated_at: datetime | None = None
    session_epoch: int = 0  # sessions of another epoch are void: one step here signs out everywhere

    @property
    def avatar(self) -> str | None:
        """Return where the picture is, if there is one."""
        return f"/api/v1/files/{self.avatar_file_id}" if self.avatar_file_id else None


class ResponseRule(Value):
    """How a desk chooses who gets a conversation, beside whose turn it is (spec 3.3)."""

    accept: bool = False  # the agent is asked first, with a countdown
    prefers_known: bool = False  # the agent who served the customer last comes first
    matches_skills: bool = False  # only agents who have the skills that the service asks for
    matches_language: bool = False  # only agents who speak the customer's language: a skill like `en`, `zh-cn`


class Group(Stamped):
    """Agents who share work; a desk is a group that receives requests, one is the central desk (spec 1.4, 3.2)."""

    collection: ClassVar[str] = "groups"

    name: Name
    is_desk: bool = False
    is_central: bool = False
    hours: Hours | None = None  # none: whenever somebody is there
    response: ResponseRule = ResponseRule()
    settings: DeskSettings = DeskSettings()


class Role(Stamped):
    """A set of permissions and a data scope (spec 1.2). Built-in ones follow the release."""

    collection: ClassVar[str] = "roles"

    name: Name
    built_in: BuiltIn | None = None
    permissions: tuple[str, ...] = ()
    scope: Scope = "groups"

    @property
    def granted(self) -> frozenset[Permission]:
        """Return what the role allows in this release."""
        return BUILT_IN[self.built_in][0] if self.built_in else known(self.permissions)

    @property
    def reach(self) -> Scope:
        """Return the data scope of the role in this release."""
        return BUILT_IN[self.built_in][1] if self.built_in else self.scope


class Invitation(Document):
    """An open invitation; an accepted or revoked one is gone, the audit log tells of it (spec 1.3)."""

    collection: ClassVar[str] = "invitations"

    email: Email
    role_id: str
    group_ids: tuple[str, ...] = Field(min_length=1)
    invited_by: str  # agent id
    invited_by_name: str
    language: Language
    created_at: datetime
    expires_at: datetime


class KnownAs(Value):
    """One way in which a customer is known, as somebody says it: a kind and its value in normal form (spec 1.6)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: IdentityKind
    value: str = Field(min_length=1, max_length=320)

    @field_validator("value")
    @classmethod
    def _normal(cls, value: str, info: ValidationInfo) -> str:
        match info.data.get("kind"):
            case "email":
                return normal_email(value)
            case "phone":
                value = normal_phone(value)
            case _:
                value = value.strip()
        if not value:
            raise ValueError(N_("This must not be empty."))
        return value

    @property
    def key(self) -> str:
        """Return the text that must be unique among a tenant's customers."""
        return f"{self.kind}:{self.value}"


class Identity(KnownAs):
    """One way in which a customer is known; ``verified``: proved by the channel or by a link."""

    verified: bool = False


class Customer(Stamped):
    """A person who is served (spec 1.5); every identity belongs to one customer per tenant."""

    collection: ClassVar[str] = "customers"

    name: Annotated[str, Field(max_length=100)] = ""  # a visitor may stay nameless
    language: Language = "en"
    avatar: str | None = None
    identities: tuple[Identity, ...] = Field((), max_length=50)
    organization_id: str | None = None
    group_ids: tuple[str, ...] = ()  # of the agents who look after this customer; none: everybody's
    fields: dict[str, Any] = Field(default_factory=dict)
    note: str = ""
    blocked: bool = False

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def identity_keys(self) -> list[str]:
        """Return what the unique index guards."""
        return list(dict.fromkeys(identity.key for identity in self.identities))

    @computed_field  # type: ignore[prop-decorator]  # likewise
    @property
    def words(self) -> list[str]:
        """Return what the customer is found by (core.text)."""
        return search_words(" ".join((self.name, *(identity.value for identity in self.identities), self.note)))

    def identity(self, kind: IdentityKind) -> str | None:
        """Return the value of the first identity of this kind, the verified ones first."""
        found = sorted((i for i in self.identities if i.kind == kind), key=lambda i: not i.verified)
        return found[0].value if found else None


class Organization(Stamped):
    """A company or class that customers belong to; its members may see each other's tickets (spec 1.7)."""

    collection: ClassVar[str] = "organizations"

    name: Name
    domains: tuple[Domain, ...] = Field((), max_length=100)
    shares_tickets: bool = False
    priority: int = Field(0, ge=0, le=9)  # greater is served earlier (spec 3.4)


#: Channels that prove who writes; an e-mail's sender is what the mail claims, a visitor id only marks a browser.
_PROVEN: frozenset[str] = frozenset({"visitor", "openid", "unionid"})


def identity_of(address: Address) -> Identity:
    """Return the identity under which a customer is known who writes from this address.

    Raises:
        ValueError: the address is not one of its kind (pydantic's ValidationError is one).
    """
    return Identity(kind=address.kind, value=address.value, verified=address.kind in _PROVEN)
