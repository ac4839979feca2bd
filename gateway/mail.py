"""Mail in Waystation's own name: letters become mails when they leave, by SMTP or into the mailbox page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import aiosmtplib
from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pymongo import DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError
from quart import Blueprint, Response
from quart_schema import hide

from core.db import Database
from core.errors import SendFailed
from core.http import database
from core.jobs import Handler, Job, back_off
from core.model import Record
from gateway.settings import Settings
from people import proofs
from people.letters import Letter

MAILS: Final = Path(__file__).parent / "mails"
CONSOLE: Final = "/console/"  # where the agents' console is mounted
#: Mails bring their styles along, and nothing else.
MAILBOX_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'self'"
TIMEOUT: Final = 30.0  # seconds for one word with the mail server

INDEXES: Final[dict[str, list[IndexModel]]] = {
    "mailbox": [IndexModel([("at", DESCENDING)], name="rubbish", expireAfterSeconds=7 * 86_400)]
}


def _environment(loader: BaseLoader, *, html: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=loader, autoescape=html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


_html: Final = _environment(FileSystemLoader(MAILS), html=True)
_text: Final = _environment(FileSystemLoader(MAILS), html=False)


@dataclass(frozen=True)
class Mail:
    """A mail ready to leave."""

    to: str
    subject: str
    text: str
    html: str


class MailboxMail(Record):
    """A mail that went nowhere: development has no mail server, so the mailbox page shows it."""

    collection: ClassVar[str] = "mailbox"

    to: str
    subject: str
    text: str
    html: str
    at: datetime


def render(letter: Letter, *, public_url: str, secret: bytes) -> Mail:
    """Return the mail that a letter becomes, with the code or link that proves who reads it."""
    folder = letter.language.replace("-", "_")
    words = {**letter.facts, "language": letter.language, **_proof(letter, public_url=public_url, secret=secret)}
    name = f"{folder}/{letter.kind}.jinja"
    html = _html.get_template(name, globals={"layout": "layout.html"})
    text = _text.get_template(name, globals={"layout": "layout.txt"})
    return Mail(
        to=letter.to,
        subject=" ".join(_block(text, "subject", words).split()),
        text=text.render(words).strip() + "\n",
        html=html.render(words),
    )


def _block(template: Template, block: str, words: dict[str, str]) -> str:
    return "".join(template.blocks[block](template.new_context(words)))


def _proof(letter: Letter, *, public_url: str, secret: bytes) -> dict[str, str]:
    """Return the code or link of a letter; neither is stored anywhere."""
    facts = letter.facts
    match letter.kind:
        case "activation_code":
            code = proofs.activation_code(secret, facts["sign_up_id"], int(facts["round"]))
            return {"code": code, "link": _link(public_url, "activate", email=letter.to, code=code)}
        case "invitation":
            token = proofs.link_token(secret, "invitation", facts["tenant_id"], facts["invitation_id"])
            return {"link": _link(public_url, "invitation", token=token)}
        case "ticket_replied":
            return {"link": f"{public_url}/chat/{facts['channel_key']}"}
        case "password_reset":
            values = (facts[name] for name in ("tenant_id", "agent_id", "epoch", "expires_at"))
            return {"link": _link(public_url, "reset", token=proofs.link_token(secret, "password_reset", *values))}


def _link(public_url: str, page: str, **query: str) -> str:
    return f"{public_url.rstrip('/')}{CONSOLE}{page}?{urlencode(query)}"


def message_of(mail: Mail, *, id: str, mail_from: str, public_url: str, now: datetime) -> EmailMessage:
    """Return the mail as it goes over the wire (RFC 5322).

    The Message-ID is the same at every attempt, so that a mailbox which got it twice can show it once.
    """
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(mail_from)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{id.replace(':', '.')}@{urlsplit(public_url).hostname or 'waystation'}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def mail_sender(db: Database, settings: Settings) -> Handler:
    """Return the handler of the jobs ``send_mail``: by SMTP, or in development without a server into the mailbox page.

    The SMTP URL is ``smtp://user:password@host:587`` (STARTTLS when the server has it, always with a password) or
    ``smtps://…:465`` (TLS from the start).
    """

    async def send(job: Job) -> None:
        letter = Letter.model_validate(dict(job.payload))
        mail = render(letter, public_url=settings.public_url, secret=settings.secret)
        if settings.smtp_url is None and settings.development:
            await _keep(db, job, mail)
            return
        if settings.smtp_url is None:
            raise SendFailed("No mail server is configured. Set WAYSTATION_SMTP_URL, then retry.")
        message = message_of(
            mail, id=job.key, mail_from=settings.mail_from, public_url=settings.public_url, now=db.now()
        )
        await deliver(message, settings.smtp_url, attempts=job.attempts)

    return send


async def deliver(message: EmailMessage, smtp_url: str, *, attempts: int = 0) -> None:
    """Hand a mail to the server.

    Raises:
        SendFailed: the server did not take it; for good when it says so (5xx), else to be tried again.
    """
    try:
        await aiosmtplib.send(message, timeout=TIMEOUT, **_way(smtp_url))
    except aiosmtplib.SMTPRecipientsRefused as refused:
        first = refused.recipients[0]
        raise _refused(first.code, first.message, attempts) from refused
    except aiosmtplib.SMTPAuthenticationError as unknown:  # somebody will mend the settings; the mail can wait
        raise _refused(450, unknown.message, attempts) from unknown
    except aiosmtplib.SMTPResponseException as refused:
        raise _refused(refused.code, refused.message, attempts) from refused
    except (aiosmtplib.SMTPException, OSError) as away:
        raise _refused(421, str(away) or repr(away), attempts) from away
    except (UnicodeError, ValueError) as impossible:  # an address that no server takes
        raise SendFailed(str(impossible)) from impossible


def _refused(code: int, words: str, attempts: int) -> SendFailed:
    """Return what an SMTP reply means: 4xx may work later, 5xx never (RFC 5321 §4.2.1)."""
    wait = None if code >= 500 else back_off(attempts + 1).total_seconds()
    return SendFailed(f"{code} {words}", retry_after=wait)


def _way(smtp_url: str) -> dict[str, Any]:
    """Return how to reach the server that a URL names, in the words of aiosmtplib."""
    url = urlsplit(smtp_url)
    host = url.hostname or "localhost"
    tls = url.scheme == "smtps"
    secure = parse_qs(url.query).get("starttls", ["required" if url.username and not _is_here(host) else "offered"])[0]
    return {
        "hostname": host,
        "port": url.port or (465 if tls else 25),
        "use_tls": tls,
        "start_tls": False if tls else {"required": True, "never": False}.get(secure),  # None: when it is offered
        "username": unquote(url.username) if url.username else None,
        "password": unquote(url.password) if url.password else None,
    }


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def _keep(db: Database, job: Job, mail: Mail) -> None:
    """Put a mail into the mailbox of development, once."""
    kept = MailboxMail(
        id=job.key, tenant_id=job.tenant_id, to=mail.to, subject=mail.subject, text=mail.text, html=mail.html,
        at=db.now(),
    )  # fmt: skip
    try:
        await db["mailbox"].insert_one(kept.to_mongo())
    except DuplicateKeyError:
        return


blueprint = Blueprint("mailbox", __name__)  # development only


@blueprint.get("/mailbox")
@hide
async def mailbox_page() -> Response:
    """Return the page that shows what was mailed, the latest first."""
    found = await database()["mailbox"].find().sort("_id", DESCENDING).limit(50).to_list()
    page = _html.get_template("mailbox.html").render(mails=[MailboxMail.from_mongo(one) for one in found])
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = MAILBOX_POLICY
    return response
