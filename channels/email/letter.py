"""A mail that leaves: its headers and words as bytes, with room for files that never pass through memory whole. Pure.

The `email` package takes seconds for 25 MB (measured), so it writes only what is small; files stream.
"""

from __future__ import annotations

import binascii
import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Final, Literal

from channels.email.mail import MailAddress
from core.errors import N_, Invalid
from core.message import Attachment, Card, Emoji, Image, Location, Part, Rich, Text

LINE: Final = 57  # bytes of a file that make one line of 76 characters (RFC 2045 §6.8)
SLICE: Final = LINE * 4_096  # bytes of a file that are encoded at a time: some milliseconds
_CRLF: Final = b"\r\n"
_OF_IDS: Final = frozenset({"Message-ID", "In-Reply-To", "References"})


#: Why no person wrote a mail (RFC 3834 §5); empty: a person did.
Automatic = Literal["", "auto-replied", "auto-generated"]


@dataclass(frozen=True)
class Enclosed:
    """A file that goes along; ``content_id``: the HTML shows it."""

    file_id: str
    name: str
    media_type: str
    size: int
    content_id: str | None = None


@dataclass(frozen=True)
class Outgoing:
    """A mail that is to leave. ``automatic``: no person wrote it (RFC 3834)."""

    message_id: str
    from_: MailAddress
    to: tuple[MailAddress, ...]
    subject: str
    text: str
    html: str
    date: datetime
    cc: tuple[MailAddress, ...] = ()
    bcc: tuple[MailAddress, ...] = ()
    reply_to: MailAddress | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    automatic: Automatic = ""
    enclosed: tuple[Enclosed, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def recipients(self) -> tuple[MailAddress, ...]:
        """Return everybody it goes to, each once."""
        return tuple({one.key: one for one in (*self.to, *self.cc, *self.bcc)}.values())

    @property
    def needs_utf8(self) -> bool:
        """Whether an address can only be written with SMTPUTF8 (RFC 6531): its local part is not ASCII."""
        everybody = (self.from_, *self.recipients, *((self.reply_to,) if self.reply_to else ()))
        return not all(one.email.rpartition("@")[0].isascii() for one in everybody)


@dataclass(frozen=True)
class Written:
    """A mail as it goes over the wire: ``beginning``, then each file behind its head, then ``end``; CRLF all over."""

    beginning: bytes
    files: tuple[tuple[bytes, Enclosed], ...]
    end: bytes

    @property
    def size(self) -> int:
        """Bytes of the whole mail, for SIZE (RFC 1870)."""
        return (
            len(self.beginning) + len(self.end) + sum(len(head) + encoded_size(file.size) for head, file in self.files)
        )


def write(mail: Outgoing) -> Written:
    """Write a mail (RFC 5322).

    Raises:
        Invalid: an address or header cannot be written, such as one with a line break.
    """
    policy = SMTPUTF8 if mail.needs_utf8 else SMTP
    try:
        head, words = EmailMessage(policy=policy), EmailMessage(policy=policy)
        for name, value in _headers(mail):
            head[name] = value
        _say(words, mail)
        return _assembled(_header_lines(head), words.as_bytes(), mail)
    except (ValueError, IndexError, UnicodeError) as impossible:
        raise Invalid(N_("This mail cannot be written: {reason}"), reason=str(impossible)[:200]) from impossible


def _assembled(head: bytes, words: bytes, mail: Outgoing) -> Written:
    """Return the words with what goes along: pictures that they show beside them, other files behind both."""
    shown = [file for file in mail.enclosed if file.content_id]
    others = [file for file in mail.enclosed if not file.content_id]
    name = mail.message_id.strip("<>").partition("@")[0].encode()
    related, mixed = b"=_r_" + name, b"=_m_" + name
    files: list[tuple[bytes, Enclosed]] = []
    end = b""
    if shown:
        opening = b'Content-Type: multipart/related; type="multipart/alternative"; boundary="' + related + b'"\r\n\r\n'
        words = opening + b"--" + related + _CRLF + words.rstrip(b"\r\n") + _CRLF
        files = [(b"--" + related + _CRLF + _file_head(file), file) for file in shown]
        end = b"--" + related + b"--" + _CRLF
    if others:
        opening = b'Content-Type: multipart/mixed; boundary="' + mixed + b'"\r\n\r\n'
        words = opening + b"--" + mixed + _CRLF + words.rstrip(b"\r\n") + _CRLF
        for file in others:
            files.append((end + b"--" + mixed + _CRLF + _file_head(file), file))
            end = b""
        end = b"--" + mixed + b"--" + _CRLF
    version = b"" if not files else b"MIME-Version: 1.0\r\n"  # the words bring their own
    return Written(head + version + words, tuple(files), end)


def _header_lines(message: EmailMessage) -> bytes:
    return b"".join(
        _ids_line(name, value) if name in _OF_IDS else message.policy.fold_binary(name, value)
        for name, value in message.raw_items()
    )


def _ids_line(name: str, ids: str) -> bytes:
    """Return a header of message ids, one a line: the package would encode what is longer than that."""
    return f"{name}: ".encode() + b"\r\n ".join(id.encode("utf-8") for id in ids.split()) + _CRLF


def _headers(mail: Outgoing) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [("From", _spelled(mail.from_)), ("To", [_spelled(one) for one in mail.to])]
    if mail.cc:
        found.append(("Cc", [_spelled(one) for one in mail.cc]))
    if mail.reply_to:
        found.append(("Reply-To", _spelled(mail.reply_to)))
    found += [("Subject", _line(mail.subject)), ("Date", format_datetime(mail.date)), ("Message-ID", mail.message_id)]
    if mail.in_reply_to:
        found.append(("In-Reply-To", _id(mail.in_reply_to)))
    if mail.references:
        found.append(("References", " ".join(_id(one) for one in mail.references)))
    if mail.automatic:
        found += [("Auto-Submitted", mail.automatic), ("X-Auto-Response-Suppress", "All")]
    return [*found, *((name, _line(value)) for name, value in mail.headers)]


def _spelled(person: MailAddress) -> HeaderAddress:
    local, _, domain = person.email.rpartition("@")
    if not local or not domain or _line(person.email) != person.email:
        raise ValueError(f"“{person.email}” is not an address")
    return HeaderAddress(display_name=_line(person.name), username=local, domain=ascii_domain(domain))


def ascii_domain(domain: str) -> str:
    """Return a domain as it stands on the wire: 例子.中国 as xn--…"""
    return domain if domain.isascii() else domain.encode("idna").decode("ascii")


def wire_address(person: MailAddress) -> str:
    """Return an address for the envelope."""
    local, _, domain = person.email.rpartition("@")
    return f"{local}@{ascii_domain(domain)}"


def _line(words: str) -> str:
    """Return words on one line: a line break in a header would begin another header."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())


def _id(message_id: str) -> str:
    """Return an id of another program's mail; what is not ASCII would be encoded, and find nothing."""
    return "".join(letter for letter in message_id if "!" <= letter <= "~")


def _say(message: EmailMessage, mail: Outgoing) -> None:
    message.set_content(mail.text.replace("\0", ""))
    message.add_alternative(mail.html.replace("\0", ""), subtype="html")


def _file_head(file: Enclosed) -> bytes:
    head = EmailMessage(policy=SMTP)
    kind, _, sub = file.media_type.partition("/")
    head["Content-Type"] = (
        f"{kind}/{sub}" if kind and sub and kind not in ("multipart", "message") else "application/octet-stream"
    )
    head["Content-Transfer-Encoding"] = "base64"
    disposition = "inline" if file.content_id else "attachment"
    head.add_header("Content-Disposition", disposition, filename=_line(file.name) or "file")
    if file.content_id:
        head["Content-ID"] = f"<{file.content_id}>"
    return _header_lines(head) + _CRLF


def encoded(piece: bytes) -> bytes:
    """Return a piece of a file in lines of base64; all pieces but the last are multiples of `LINE` long."""
    return b"".join(
        binascii.b2a_base64(piece[at : at + LINE], newline=False) + _CRLF for at in range(0, len(piece), LINE)
    )


def encoded_size(size: int) -> int:
    """Return how many bytes a file of this size becomes in base64."""
    lines, rest = divmod(size, LINE)
    return lines * 78 + ((rest + 2) // 3 * 4 + 2 if rest else 0)


# --- What it says ---


def said(parts: Sequence[Part]) -> tuple[str, str]:
    """Return the plain text and the HTML of what somebody says."""
    plain = [words for words in map(_plain, parts) if words]
    return "\n\n".join(plain), "".join(words for words in map(_rich, parts) if words)


def quoted(heading: str, rich: str) -> str:
    """Return the HTML of what somebody said before, as mail programs fold it; ``rich`` is HTML already."""
    rich = rich.replace('src="cid:', 'data-cid="')  # its pictures do not come along
    style = "margin:0 0 0 6px;padding-left:12px;border-left:2px solid #c9cdd6;color:#5b616e"
    return (
        f'<div class="gmail_quote"><div class="gmail_attr">{html.escape(heading)}</div>'
        f'<blockquote class="gmail_quote" style="{style}">{rich}</blockquote></div>'
    )


def page(body: str, language: str) -> str:
    """Return the HTML of a mail around its words."""
    look = "font:15px/1.6 -apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',sans-serif;color:#1a1c21"
    return f'<html lang="{html.escape(language)}"><body style="{html.escape(look)}">{body}</body></html>'


def content_id(file_id: str) -> str:
    """Return the id by which the HTML names a picture that goes along."""
    return f"{file_id}@inline"


def _plain(part: Part) -> str:
    match part:
        case Text():
            return part.text
        case Emoji():
            return part.emoji
        case Card():
            return f"{part.title}\n{part.description}\n{part.url}".replace("\n\n", "\n")
        case Location():
            return f"{part.label} ({part.latitude:.5f}, {part.longitude:.5f})".strip()
        case Attachment():
            return f"[{part.name or part.media_type}]"
        case _:
            return ""


def _rich(part: Part) -> str:
    match part:
        case Image():
            name = html.escape(part.name)
            return f'<p><img src="cid:{content_id(part.file_id)}" alt="{name}" style="max-width:100%"></p>'
        case Rich():
            return part.html
        case Card():
            title, about, url = (html.escape(words) for words in (part.title, part.description, part.url))
            return f'<p><a href="{url}">{title}</a><br>{about}</p>'
        case Attachment():
            return ""
        case _:
            said = html.escape(_plain(part)).replace("\r\n", "\n")
            paragraphs = (block.replace("\n", "<br>") for block in said.split("\n\n") if block.strip())
            return "".join(f"<p>{block}</p>" for block in paragraphs)
