"""What a mail says, in the words of the desk: what reading gives and the rest of the channel takes. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from core.errors import N_, Invalid
from core.message import Address
from core.model import Value

#: What a mail is. Only a ``message`` was written to be read by people; ``automatic`` may still be true for it.
MailKind = Literal["message", "auto_reply", "bounce", "complaint", "receipt", "calendar"]

#: Results of RFC 8601 that matter here; ``none`` means that nothing was checked.
Verdict = Literal["pass", "fail", "softfail", "neutral", "policy", "temperror", "permerror", "none"]


#: A mail of ours carries one of these lines above the quoted story; what stands above it in an answer is new.
REPLY_MARKERS = {"en": "## Please reply above this line ##", "zh-CN": "## 请在此行上方回复 ##"}


class Unreadable(Invalid):
    """The bytes are no mail at all, or break a limit; the message says which, for the list of mails put aside."""

    code, title = "unreadable_mail", N_("This mail cannot be read")


class ReadingLimits(Value):
    """How much of a mail is looked at; what is larger is read as far as they go, except for ``mail_bytes``."""

    mail_bytes: int = Field(40_000_000, ge=1)  # 25 MB of files are 34 MB in base64
    header_block_bytes: int = Field(256 * 1024, ge=1)
    header_bytes: int = Field(64 * 1024, ge=1)
    addresses: int = Field(1_000, ge=1)
    parts: int = Field(1_000, ge=1)
    depth: int = Field(50, ge=1)
    text_characters: int = Field(300_000, ge=1)
    html_characters: int = Field(400_000, ge=1)


class MailAddress(Value):
    """One mailbox of a header; ``email`` is lower case in its domain only, as RFC 5321 §2.4 has it."""

    email: str
    name: str = ""

    @property
    def key(self) -> str:
        """The address as it is compared: nobody tells two people apart by the case of their letters."""
        return self.email.lower()

    @property
    def address(self) -> Address:
        """The address as intake and delivery know it; its value is the ``key``."""
        return Address(kind="email", value=self.key[:320], name=self.name[:100])


class MailFile(Value):
    """A file that came with a mail; ``content_id`` without its brackets is what ``cid:`` links of the HTML name."""

    name: str
    media_type: str
    content: bytes = Field(repr=False)
    content_id: str | None = None
    inline: bool = False  # the HTML shows it, so it needs no place in the list of files

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self.content)


class BouncedRecipient(Value):
    """One recipient of a delivery report (RFC 3464)."""

    email: str
    action: Literal["failed", "delayed", "delivered", "relayed", "expanded"] = "failed"
    status: str | None = None  # enhanced status code of RFC 3463, "5.1.1"
    diagnostic: str = ""  # what the other server said
    permanent: bool = True


class Bounce(Value):
    """What became of a mail of ours: returned for good, or not delivered so far."""

    original_message_id: str | None = None
    original_recipient: str | None = None
    recipients: tuple[BouncedRecipient, ...] = ()
    permanent: bool = True  # False: a server still tries, or a later try may succeed
    reason: str = ""  # a sentence of the catalogue: what happened
    hint: str = ""  # a sentence of the catalogue: what to do now
    diagnostic: str = ""  # the other server's own words


class Complaint(Value):
    """Somebody pressed "this is spam" (ARF, RFC 5965)."""

    feedback_type: str = "abuse"
    original_message_id: str | None = None
    original_recipient: str | None = None


class Receipt(Value):
    """Somebody's program tells that a mail of ours was shown or delivered (MDN, RFC 8098; positive DSN)."""

    original_message_id: str | None = None
    disposition: str = ""  # displayed, deleted, delivered …


class Invitation(Value):
    """The first event of an iCalendar part (RFC 5545)."""

    method: str = ""  # REQUEST, REPLY, CANCEL … (RFC 5546); empty: just a file
    uid: str = ""
    summary: str = ""
    starts: str = ""  # as written, with the zone's name: "2026-03-01 09:00 (Asia/Shanghai)"
    ends: str = ""
    location: str = ""
    organizer: str = ""
    attendees: tuple[str, ...] = ()
    status: str = ""  # of the one who replies: ACCEPTED, DECLINED, TENTATIVE
    recurring: bool = False


class MailingList(Value):
    """The headers of RFC 2369, RFC 2919 and RFC 8058."""

    id: str = ""
    post: str = ""
    unsubscribe: str = ""
    precedence: str = ""


class Peer(Value):
    """Who handed us a mail by SMTP, as the connection showed."""

    address: str  # of the network
    helo: str = ""
    sender: str = ""  # MAIL FROM; empty for what bounces
    verified_by: str = ""  # our own name, for the result
    name_server: str = ""  # ``host:port`` to ask; empty: the machine's


class AuthenticationResult(Value):
    """One result of a trusted Authentication-Results header (RFC 8601)."""

    authserv_id: str
    method: str  # spf, dkim, dmarc, arc …
    result: str
    domain: str = ""  # whom it vouches for: header.d, smtp.mailfrom, header.from
    comment: str = ""


class Authentication(Value):
    """What the receiving server found out about the sender; all ``none`` when nobody we trust has looked."""

    spf: Verdict = "none"
    dkim: Verdict = "none"
    dmarc: Verdict = "none"
    results: tuple[AuthenticationResult, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether the From address is proven: DMARC passed; only then may an agent's address count as the agent."""
        return self.dmarc == "pass"

    @property
    def has_failed(self) -> bool:
        """Whether somebody checked and said no."""
        return self.dmarc == "fail" or (
            self.dmarc == "none" and self.dkim != "pass" and self.spf in ("fail", "softfail")
        )


class ForwardedMail(Value):
    """The mail inside a mail that somebody handed on; a bare name in ``from_`` has an empty address."""

    way: Literal["inline", "attached"]
    from_: MailAddress | None = None
    to: tuple[MailAddress, ...] = ()
    cc: tuple[MailAddress, ...] = ()
    subject: str = ""
    date: str = ""  # as written
    sent_at: datetime | None = None  # where the date could be understood
    message_id: str | None = None
    text: str = ""
    html: str | None = None
    attachments: tuple[MailFile, ...] = ()
    comment: str = ""  # what the one who forwards wrote above it; empty: nothing


class Mail(Value):
    """A mail as people understand it; nothing of the text is lost: new + quoted + signature is all of it."""

    # Who, to whom, when
    message_id: str | None = None  # with its angle brackets, as sent
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    from_: MailAddress | None = None
    sender: MailAddress | None = None
    reply_to: tuple[MailAddress, ...] = ()
    to: tuple[MailAddress, ...] = ()
    cc: tuple[MailAddress, ...] = ()
    delivered_to: tuple[str, ...] = ()  # where it really came in: Delivered-To, X-Original-To, Envelope-To …
    return_path: str | None = None  # "" is the empty path of RFC 5321 §4.5.5; None: no such header
    subject: str = ""
    sent_at: datetime | None = None  # in UTC

    # What it says
    text: str = ""
    html: str | None = None  # sanitised; remote images blocked (reading.html.unblock_images shows them)
    new_text: str = ""
    new_html: str | None = None
    quoted: str = ""
    signature: str = ""
    remote_images: int = 0
    attachments: tuple[MailFile, ...] = ()
    protection: tuple[Literal["smime_signed", "smime_encrypted", "pgp_signed", "pgp_encrypted"], ...] = ()

    # What it is
    kind: MailKind = "message"
    automatic: bool = False  # written by a machine or to a crowd: never answer it by a machine
    reason: str = ""  # why it is taken for automatic, for the log
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    receipt: Receipt | None = None
    invitation: Invitation | None = None
    forwarded: ForwardedMail | None = None
    mailing_list: MailingList | None = None
    authentication: Authentication = Authentication()

    # For the record
    headers: tuple[tuple[str, str], ...] = ()  # decoded, in their order
    problems: tuple[str, ...] = ()  # sentences of the catalogue: what was odd
    content_hash: str = ""  # SHA-256 without what transport adds: the same mail on two ways has the same

    def header(self, name: str) -> str | None:
        """Return the first header of that name, decoded; None when there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


def never_answer(mail: Mail) -> bool:
    """Whether no machine may ever answer this mail (RFC 3834 §2): it is automatic, or there is nobody to answer."""
    return mail.automatic or mail.kind != "message" or mail.return_path == "" or not (mail.reply_to or mail.from_)
