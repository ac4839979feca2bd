"""What headers say: words, addresses, ids, dates, however they were written (RFC 2047, RFC 5322, neither). Pure."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from channels.email.mail import MailAddress
from channels.email.reading.charset import codec, decode
from channels.email.reading.structure import Node, decoded

_WORD_START = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?")
_SPACES = re.compile(r"\s+")
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # turn "gpj.exe" into "exe.jpg" for the eye
_ADDRESS_TOKEN = re.compile(
    r"""=\?[^?\s]{1,80}\?[bBqQ]\?[^?]{0,2000}\?=   # an encoded word; its commas separate nothing
      | "(?:[^"\\]|\\.){0,250}"                    # a quoted string
      | <[^<>]{0,1000}>                              # an address in brackets
      | \((?:[^()\\]|\\.){0,250}\)                 # a comment
      | [,;:]
      | [^\s,;:"<>()=]+ | \s+ | .
    """,
    re.X | re.S,
)
_BARE = re.compile(r"[^\s\"'<>(),;:\[\]]+@[^\s\"'<>(),;:@]+")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,990})>")
_MAX_NAME = 200  # characters of a name that are kept
_MAX_SUBJECT = 1_000


def words(raw: bytes, hint: str | None = None) -> str:
    """Return an unstructured header as people read it; ``hint`` is the charset of the mail's body."""
    text = decode(raw, None, hint=hint)[0]
    text = _words(text, hint)
    if text.startswith("=?"):  # encoded twice, as some web mailers do
        text = _words(text, hint)
    return _SPACES.sub(" ", text).strip()


def subject(raw: bytes, hint: str | None = None) -> str:
    """Return a subject, one line of at most 1,000 characters."""
    return _DIRECTION.sub("", words(raw, hint))[:_MAX_SUBJECT]


def _words(text: str, hint: str | None) -> str:
    """Decode encoded words; neighbours of one charset are joined first, for they may split a character."""
    pieces: list[str] = []
    pending: tuple[str, list[bytes]] | None = None
    position = 0

    def flush() -> None:
        nonlocal pending
        if pending:
            pieces.append(decode(b"".join(pending[1]), pending[0], hint=hint)[0])
        pending = None

    while found := _WORD_START.search(text, position):
        end = text.find("?=", found.end())
        if end < 0:
            break
        between = text[position : found.start()]
        content = text[found.end() : end].encode("utf-8", "surrogateescape")
        if found[2] in "bB":
            content = decoded(content, b"base64")
        else:
            content = decoded(content.replace(b"_", b"=20").replace(b" ", b"=20"), b"quoted-printable")
        if between.strip() or not pending:
            flush()
            pieces.append(between)
        same = pending and codec(pending[0]) == codec(found[1])
        if not same:
            flush()
            pending = (found[1], [])
        assert pending
        pending[1].append(content)
        position = end + 2
    flush()
    return "".join(pieces) + text[position:]


def addresses(raw: bytes, *, limit: int, hint: str | None = None) -> tuple[MailAddress, ...]:
    """Return the addresses of a header, at most ``limit``; what has no address in it is left out.

    Takes what programs write: commas in bare names, semicolons between addresses, encoded words in quotes, groups.
    """
    reader = _AddressReader(hint)
    for token in _ADDRESS_TOKEN.finditer(decode(raw, None, hint=hint)[0]):
        reader.take(token[0])
        if len(reader.found) >= limit:
            break
    reader.flush()
    return tuple(reader.found[:limit])


class _AddressReader:
    """Gathers the tokens of an address header into addresses."""

    def __init__(self, hint: str | None) -> None:
        self.hint = hint
        self.found: list[MailAddress] = []
        self.name: list[str] = []
        self.comment = self.angle = ""

    def take(self, token: str) -> None:
        match token[0]:
            case "," | ";":
                self.flush()
            case ":" if not self.angle and "@" not in "".join(self.name[-8:]):
                self.name = []  # the name of a group
            case "<" if len(token) > 1:
                if self.angle:
                    self.flush()
                self.angle = token[1:-1].strip()
            case "(" if len(token) > 1:
                self.comment = token[1:-1]
            case '"' if len(token) > 1:
                self.name.append(re.sub(r"\\(.)", r"\1", token[1:-1]))
            case _:
                self.name.append(token)

    def flush(self) -> None:
        """End an address; words without one begin the name of the next, after a comma that nobody quoted."""
        del self.name[:-64]  # nobody is called by more words
        spoken = "".join(self.name)[-2_000:]
        email = self.angle
        if not email and (bare := _BARE.search(spoken)):
            email = bare[0]
            spoken = spoken.replace(email, " ", 1)
        if email:
            self.found.extend(_address(email, spoken.strip() or self.comment, self.hint))
            self.name, self.comment, self.angle = [], "", ""
        elif spoken.strip():
            self.name.append(", ")


def _address(email: str, name: str, hint: str | None) -> list[MailAddress]:
    email = _words(email, hint).strip().strip("'\"").removeprefix("mailto:").strip()
    if email.startswith("@") and ":" in email:  # a source route (RFC 5322 §4.4)
        email = email.rpartition(":")[2]
    email = _SPACES.sub("", _DIRECTION.sub("", email))
    local, at, domain = email.rpartition("@")
    domain = domain.rstrip(".>").lower()
    if not at or not local or not domain or len(email) > 320:
        return []
    email = f"{local}@{domain}"
    name = _SPACES.sub(" ", _DIRECTION.sub("", _words(name, hint))).strip(" \t\"',;")
    return [MailAddress(email=email, name="" if name.lower() == email.lower() else name[:_MAX_NAME])]


def message_ids(raw: bytes, limit: int = 200) -> tuple[str, ...]:
    """Return the ids of a Message-ID, In-Reply-To or References header, each once and with its brackets.

    Of more than ``limit`` the first and the last are kept: they name the thread and what is answered.
    """
    text = words(raw) if b"=?" in raw else raw.decode("utf-8", "replace")  # some programs encode what is long
    found = _MESSAGE_ID.findall(text) or _MESSAGE_ID.findall(_SPACES.sub("", text))
    if not found:  # without brackets
        found = [token for token in text.split() if "@" in token and len(token) <= 990]
    ids = list(dict.fromkeys(f"<{one}>" for one in found))
    return tuple(ids if len(ids) <= limit else [ids[0], *ids[-limit + 1 :]])


def date(raw: bytes | str) -> datetime | None:
    """Return a date in UTC; None when it cannot be understood or is no date of our age."""
    text = raw.decode("ascii", "replace") if isinstance(raw, bytes) else raw
    text = re.sub(r"\([^()]{0,100}\)", " ", text[:200]).strip()
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        moment = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1980 <= moment.year <= 2100 else None


def file_name(node: Node, hint: str | None = None) -> str:
    """Return the name that a part gives its file, safe to show and to store; empty when it gives none."""
    for header, key in (("content-disposition", "filename"), ("content-type", "name")):
        if (value := _parameter(node, header, key, hint)) and (name := safe_name(value)):
            return name
    return ""


def _parameter(node: Node, header: str, key: str, hint: str | None) -> str:
    value: Any = node.parameters(header).get(key)
    if not value:
        return ""
    if isinstance(value, tuple):  # RFC 2231: charset, language, text of Latin-1 characters that are bytes
        charset, _, text = value
        return decode(text.encode("latin-1", "replace"), charset or None, hint=hint)[0]
    plain = decode(value.encode("utf-8", "surrogateescape"), None, hint=hint)[0]
    return _words(plain, hint)


def safe_name(name: str) -> str:
    """Return a file name without folders, control characters and direction marks, at most 200 characters."""
    name = unicodedata.normalize("NFC", _DIRECTION.sub("", name))
    name = re.sub(r"[\x00-\x1f\x7f-\x9f]", "", re.sub(r"[\r\n\t]+", " ", name)).replace("\\", "/").rpartition("/")[2]
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    if len(name) <= 200:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: 199 - len(ending)]}.{ending}" if dot and len(ending) <= 20 else name[:200]


def default_name(media_type: str, number: int) -> str:
    """Return a name for a file that has none."""
    known = {"message/rfc822": ".eml", "text/calendar": ".ics", "text/plain": ".txt", "image/jpeg": ".jpg"}
    return f"attachment-{number}{known.get(media_type) or mimetypes.guess_extension(media_type) or '.bin'}"
