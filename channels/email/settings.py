"""How a mailbox is read and how its mails leave. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, ValidationInfo, field_validator

from channels.base import ChannelSettings, Secret
from channels.email.account import Security
from core.errors import N_
from core.model import Value
from people.model import Email

Host = Annotated[str, StringConstraints(strip_whitespace=True, max_length=253, pattern=r"^[^\s/@\x00-\x1f]*$")]
Port = Annotated[int, Field(ge=1, le=65_535)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Hidden = Annotated[Secret, Field(max_length=8_000)]
TokenUrl = Annotated[
    str, StringConstraints(max_length=500, pattern=r"^(https://\S+|http://(127\.0\.0\.1|localhost)[:/]\S*)?$")
]
NO_SECRET = SecretStr("")


class DeskIdentity(Value):
    """How one desk's answers are sent from this mailbox: in whose name, from which address, signed how."""

    group_id: str = Field(min_length=1, max_length=64)
    from_name: Line = ""  # empty: the channel's
    address: Email | None = None  # one of the mailbox's; None: the channel's
    signature: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)] = ""


class EmailSettings(ChannelSettings):
    """How a mailbox is read and how its mails leave."""

    address: Email = Field(description="The address that customers write to, and that answers come from")
    from_name: Line = Field("", description="Name beside the address; empty: the company's name")
    aliases: tuple[Email, ...] = Field(
        (), max_length=100, description="Other addresses of this mailbox: what comes from them is never a customer's"
    )
    desks: tuple[DeskIdentity, ...] = Field(
        (),
        max_length=200,
        description="Name, address and signature of single desks; an address is one of the mailbox's",
    )

    sign_in: Literal["password", "xoauth2"] = Field(
        "password", description="How to sign in: with the passwords below, or with a token (Microsoft 365, Google)"
    )
    imap_host: Host = Field("", description="Server that the mailbox is read from; empty: mail only comes in directly")
    imap_port: Port = Field(993, description="Its port: 993 with TLS, 143 with STARTTLS")
    imap_security: Security = Field("tls", description="How the connection is encrypted")
    imap_user: Line = Field("", description="User name; empty: the address")
    imap_password: Hidden = Field(NO_SECRET, description="Password, or app password")
    folder: Line = Field("INBOX", min_length=1, description="Folder that is read")
    existing: Literal["import", "skip"] = Field(
        "import", description="What to do with mails that are in the folder when the channel begins"
    )
    after_import: Literal["leave", "keyword", "move"] = Field(
        "leave", description="What to do with a mail once it is a ticket: leave it, mark it, or move it"
    )
    move_to: Line = Field("Imported", min_length=1, description="Folder that imported mails are moved to")
    keyword: Annotated[str, StringConstraints(pattern=r"^\$?[A-Za-z0-9_-]{1,40}$")] = Field(
        "$Imported", description="Keyword that marks imported mails"
    )
    poll_seconds: int = Field(
        60, ge=10, le=3_600, description="How often to look where the server cannot tell us (IDLE)"
    )
    size_limit: int = Field(
        36_000_000, ge=10_000, le=100_000_000, description="Bytes of the largest mail; larger ones are put aside"
    )
    trusted_servers: tuple[Line, ...] = Field(
        (), max_length=20,
        description="Names (authserv-id) of your mail servers whose Authentication-Results are believed",
    )  # fmt: skip

    smtp_host: Host = Field("", description="Server that mails are sent through; empty: this channel cannot answer")
    smtp_port: Port = Field(587, description="Its port: 587 with STARTTLS, 465 with TLS")
    smtp_security: Security = Field("starttls", description="How the connection is encrypted")
    smtp_user: Line = Field("", description="User name; empty: the one for reading")
    smtp_password: Hidden = Field(NO_SECRET, description="Password; empty: the one for reading")
    connections: int = Field(3, ge=1, le=10, description="Connections to the server at the same time, per worker")
    mails_per_minute: int = Field(0, ge=0, le=10_000, description="Mails a minute at most; 0: as many as there are")
    tagged_replies: bool = Field(
        False,
        description="Let answers come to address+tag@…, which finds the ticket even when a program drops all headers; "
        "only if your server delivers such addresses",
    )
    receipt: bool = Field(True, description="Tell the customer the number of a new ticket")
    solved: bool = Field(True, description="Tell the customer that the ticket is solved, and ask how it was")
    notices: bool = Field(
        True,
        description="Tell agents by mail: the handler of what customers write, and those of the group who are away of "
        "a ticket that nobody handles",
    )
    automatic_per_hour: int = Field(5, ge=0, le=1_000, description="Automatic mails to one address in an hour at most")

    token_url: TokenUrl = Field("", description="Where access tokens are given out, for signing in with a token")
    client_id: Line = Field("", description="Application (client) id")
    client_secret: Hidden = Field(NO_SECRET, description="Application (client) secret")
    refresh_token: Hidden = Field(NO_SECRET, description="Refresh token; empty: the application signs in for itself")
    scope: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        "", description="Scope, such as https://outlook.office365.com/.default"
    )
    certificate: Annotated[str, StringConstraints(max_length=20_000)] = Field(
        "", description="Certificate authority of your own servers (PEM), if no public one signed their certificates"
    )

    @field_validator("desks")
    @classmethod
    def _desks_write_from_here(cls, desks: tuple[DeskIdentity, ...], info: ValidationInfo) -> tuple[DeskIdentity, ...]:
        ours = {info.data.get("address"), *info.data.get("aliases", ())}
        if any(desk.address and desk.address not in ours for desk in desks):
            raise ValueError(
                N_("A desk can only write from an address of this mailbox. Add it there first.")
            )  # fmt: skip
        return desks

    def desk(self, group_id: str | None) -> DeskIdentity | None:
        """Return how a desk writes, where it does otherwise than the channel."""
        return next((desk for desk in self.desks if desk.group_id == group_id), None)

    @property
    def addresses(self) -> frozenset[str]:
        """All addresses of this mailbox."""
        return frozenset({self.address, *self.aliases})

    @property
    def reads(self) -> bool:
        """Whether there is a mailbox to read."""
        return bool(self.imap_host)

    @property
    def reader(self) -> str:
        """The user name for reading."""
        return self.imap_user or self.address

    @property
    def writer(self) -> str:
        """The user name for sending."""
        return self.smtp_user or self.reader

    @property
    def writer_password(self) -> str:
        """The password for sending; empty: the server wants none."""
        return self.smtp_password.get_secret_value() or self.imap_password.get_secret_value()
