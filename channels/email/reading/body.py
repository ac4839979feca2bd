"""What of a mail's parts is its text, its HTML, and its files (RFC 2046, and what programs make of it). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from channels.email.mail import Invitation, MailFile
from channels.email.reading import calendar, html
from channels.email.reading.charset import codec, decode
from channels.email.reading.headers import default_name, file_name, safe_name
from channels.email.reading.headers import words as header_words
from channels.email.reading.structure import Budget, Node, decoded
from channels.email.reading.tnef import open_winmail
from channels.email.reading.words import Oddity

_MAILS = ("message/rfc822", "message/global")
_NO_HTML_SHOWN = re.compile(r"\b(?:HTML|html)\b")
_CHARSET_IN_HTML = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w:.-]{1,40})""", re.I)
_WINMAIL = {"application/ms-tnef", "application/vnd.ms-tnef"}
_QUIET = {"text/x-amp-html", "text/watch-html", "text/rfc822-headers"}  # other ways to say the same


@dataclass
class Segment:
    """A stretch of the body: as text, as HTML, or as both."""

    text: str | None = None
    html: str | None = None


@dataclass
class Body:
    """Everything that the parts of a mail hold."""

    segments: list[Segment] = field(default_factory=list)
    files: list[MailFile] = field(default_factory=list)
    mails: list[Node] = field(default_factory=list)  # mails within the mail
    protection: dict[str, None] = field(default_factory=dict)
    invitation: Invitation | None = None
    locations: dict[str, str] = field(default_factory=dict)  # Content-Location of an image → its Content-ID
    charset: str | None = None


def body_of(root: Node, budget: Budget) -> Body:
    """Return what the parts of a mail hold; a part that is not understood becomes a file."""
    body = Body(charset=_named_charset(root))
    _Reader(body, budget).read(root, alternative=False)
    return body


def _named_charset(root: Node) -> str | None:
    """Return the first charset that a text part names: a good guess for headers that name none."""
    for node in root.walk():
        if node.media_type.startswith("text/") and (name := node.parameter("content-type", "charset")):
            return codec(name)
    return None


class _Reader:
    """Walks the tree; as deep as the limits let it be, which is less than Python's stack."""

    def __init__(self, body: Body, budget: Budget) -> None:
        self.body = body
        self.budget = budget

    def read(self, node: Node, *, alternative: bool) -> None:
        kind = node.media_type
        if kind.startswith("multipart/") and node.children:
            self.multipart(node)
        elif kind in _MAILS and node.children:
            self.mail(node)
        elif kind.startswith("multipart/"):
            self.body.segments.append(Segment(text=self.decoded_text(node)))
        elif self.is_text(node):
            self.text(node)
        elif kind == "text/calendar" or (kind == "application/ics" and not self.body.invitation):
            self.calendar(node)
        elif kind in _WINMAIL or file_name(node).lower() == "winmail.dat":
            self.winmail(node)
        elif not (alternative and kind in _QUIET):
            self.file(node)

    def multipart(self, node: Node) -> None:
        kind = node.media_type.partition("/")[2]
        match kind:
            case "alternative":
                self.alternative(node)
            case "signed":
                protocol = (node.parameter("content-type", "protocol") or "").lower()
                self.body.protection["pgp_signed" if "pgp" in protocol else "smime_signed"] = None
                for child in node.children:
                    self.read(child, alternative=False)
            case "encrypted":
                self.body.protection["pgp_encrypted"] = None
                self.budget.note(Oddity.ENCRYPTED)
                for child in node.children:
                    self.file(child)
            case _:
                for child in node.children:
                    self.read(child, alternative=False)

    def alternative(self, node: Node) -> None:
        """Of several ways to say the same take the plain text and the HTML; what is neither is read as well."""
        before = len(self.body.segments)
        for child in node.children:
            self.read(child, alternative=True)
        made = self.body.segments[before:]
        text = "\n".join(segment.text for segment in made if segment.text and segment.html is None)
        rich = [segment for segment in made if segment.html is not None]
        whole = "".join(segment.html or "" for segment in rich)
        self.body.segments[before:] = [Segment(text=text or None, html=whole if rich else None)] if made else []

    def mail(self, node: Node) -> None:
        inner = node.children[0]
        self.body.mails.append(inner)
        subject = header_words(inner.first("subject") or b"", self.body.charset)[:80]
        name = file_name(node, self.body.charset) or safe_name(f"{subject or 'mail'}.eml")
        self.add(MailFile(name=name, media_type="message/rfc822", content=node.content()))

    def is_text(self, node: Node) -> bool:
        """Whether a part is shown as text: not an attachment, and no named file but the body itself."""
        if node.media_type not in ("text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"):
            return False
        if node.disposition == "attachment":
            return False
        return not file_name(node) or (node.disposition != "inline" and not self.body.segments)

    def decoded_text(self, node: Node) -> str:
        raw = node.content()
        limit = self.budget.limits.text_characters * 4
        if len(raw) > limit:
            raw = raw[:limit]
            self.budget.note(Oddity.TEXT_CUT)
        named = node.parameter("content-type", "charset")
        if node.media_type == "text/html" and codec(named or "") in (None, "cp1252"):
            found = _CHARSET_IN_HTML.search(raw[:4_096])
            named = found[1].decode("ascii") if found else named
        text, used = decode(raw, named, hint=self.body.charset)
        if named and not raw.isascii() and codec(named) not in (used, "cp1252"):
            self.budget.note(Oddity.CHARSET_WRONG)
        return text

    def text(self, node: Node) -> None:
        text = self.decoded_text(node)
        if node.media_type == "text/html":
            self.body.segments.append(Segment(html=self.without_images(text)))
            return
        if node.media_type in ("text/enriched", "text/richtext"):
            text = re.sub(r"<(?!<)[^<>]{0,60}>", "", re.sub(r"(?s)<param>.{0,500}?</param>", "", text)).replace(
                "<<", "<"
            )
        if (node.parameter("content-type", "format") or "").lower() == "flowed":
            text = unflowed(text, delete_space=(node.parameter("content-type", "delsp") or "").lower() == "yes")
        if re.match(r"\s*<(?:!DOCTYPE html|html)\b", text[:200], re.I) and "</" in text:
            self.body.segments.append(Segment(html=self.without_images(text)))  # HTML that says it is plain
            return
        if "-----BEGIN PGP MESSAGE-----" in text:
            self.body.protection["pgp_encrypted"] = None
            self.budget.note(Oddity.ENCRYPTED)
        elif "-----BEGIN PGP SIGNED MESSAGE-----" in text:
            self.body.protection["pgp_signed"] = None
        self.body.segments.append(Segment(text=text))

    def without_images(self, text: str) -> str:
        text, images = html.without_image_data(text)
        for number, (kind, data) in enumerate(images, 1):
            content = decoded(data.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=").encode(), b"base64")
            name = f"image-{number}.{'jpg' if kind.startswith('jp') else kind}"
            content_id = f"embedded-{number}@waystation"
            self.add(
                MailFile(name=name, media_type=f"image/{kind}", content=content, content_id=content_id, inline=True)
            )
        return text

    def calendar(self, node: Node) -> None:
        content = node.content()
        found = calendar.invitation(self.decoded_text(node), node.parameter("content-type", "method") or "")
        self.body.invitation = self.body.invitation or found
        self.add(MailFile(name=file_name(node) or "invite.ics", media_type="text/calendar", content=content))

    def winmail(self, node: Node) -> None:
        opened = open_winmail(node.content())
        if not opened:
            self.budget.note(Oddity.TNEF_BROKEN)
            self.file(node)
            return
        if not any((segment.text or segment.html or "").strip() for segment in self.body.segments):
            self.body.segments.append(Segment(text=opened.text, html=opened.html))
        for file in opened.files:
            self.add(file)

    def file(self, node: Node) -> None:
        kind = node.media_type
        if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            way = (node.parameter("content-type", "smime-type") or "enveloped-data").lower()
            self.body.protection["smime_signed" if "signed" in way else "smime_encrypted"] = None
            if "signed" not in way:
                self.budget.note(Oddity.ENCRYPTED)
        content_id = _content_id(node)
        location = header_words(node.first("content-location") or b"")
        if location and kind.startswith("image/"):
            content_id = content_id or f"located-{len(self.body.files) + 1}@waystation"
            self.body.locations[location[:500]] = content_id
        name = file_name(node, self.body.charset) or default_name(kind, len(self.body.files) + 1)
        self.add(MailFile(name=name, media_type=kind, content=node.content(), content_id=content_id))

    def add(self, file: MailFile) -> None:
        self.body.files.append(file)


def _content_id(node: Node) -> str | None:
    value = header_words(node.first("content-id") or b"").strip().strip("<>").strip()
    return value[:250] or None


def unflowed(text: str, *, delete_space: bool) -> str:
    """Return ``format=flowed`` text with its paragraphs on one line each (RFC 3676 §4)."""
    lines: list[str] = []
    depth_above, flows = -1, False
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")  # space-stuffing
        if flows and depth == depth_above and content != "-- ":
            lines[-1] += content
        else:
            lines.append((">" * depth + " " if depth else "") + content)
        flows = content.endswith(" ") and content != "-- "
        if flows and delete_space:
            lines[-1] = lines[-1][:-1]
        depth_above = depth
    return "\n".join(lines)


def is_stub(text: str, rendered: str) -> bool:
    """Whether plain text only says that the mail is HTML, or nothing."""
    return not text.strip() or (
        len(text) < 400
        and len(rendered) > len(text)
        and bool(_NO_HTML_SHOWN.search(text))
        and "html" not in rendered.lower()
    )
