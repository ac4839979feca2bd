"""What is said at the doors: the bodies of requests and answers of gateway.auth.api."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from core.model import Value
from gateway.api import Me
from people.model import Email, Language, Name, TimeZone

Password = Annotated[str, Field(min_length=1, max_length=1_000, json_schema_extra={"format": "password"})]


class Body(Value):
    """What is sent to a door; unknown members are ignored, so that older servers understand newer pages."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SignUpRequest(Body):
    """A company that wants to begin, and its founder."""

    company: Name
    name: Name
    email: Email
    password: Password
    language: Language = "en"
    time_zone: TimeZone = "UTC"


class EmailRequest(Body):
    """Whose it is about."""

    email: Email


class ActivationRequest(Body):
    """The code from the mail."""

    email: Email
    code: str = Field(min_length=1, max_length=20)


class SignInRequest(Body):
    """Who wants in; `tenant` when the e-mail serves several companies."""

    email: str = Field(min_length=1, max_length=320)
    password: Password
    tenant: str | None = Field(None, max_length=64)


class ResetRequest(Body):
    """A new password with the token of the mail's link."""

    token: str = Field(min_length=1, max_length=1_000)
    password: Password


class ChangePasswordRequest(Body):
    """A new password, and the present one as proof."""

    current: Password
    password: Password


class AcceptRequest(Body):
    """Become an agent with the token of the invitation's link."""

    token: str = Field(min_length=1, max_length=1_000)
    name: Name
    password: Password


class Done(Value):
    """It is done, or on its way."""

    done: bool = True


class SignedIn(Value):
    """Who is signed in now. Browsers got the session as a cookie; programs send `session` as a bearer token."""

    me: Me
    session: str | None


class Invited(Value):
    """What somebody is invited to."""

    email: str
    company: str
    invited_by_name: str
    language: Language
    expires_at: datetime


class SessionView(Value):
    """A place where I am signed in."""

    id: str
    created_at: datetime
    seen_at: datetime
    address: str
    browser: str
    current: bool


class Sessions(Value):
    """All places where I am signed in, the latest use first."""

    items: list[SessionView]
    next: None = None
