"""HTML of mails: made harmless, turned into lines of text, and cut where the quote begins. Pure.

Cleaning comes first, so that what is looked at afterwards is small, well nested and harmless; nh3 writes attributes in
one way only, which is why tags may be found by a pattern here.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

import nh3

from channels.email.reading.trim import Line, Role

_TAGS = nh3.ALLOWED_TAGS - {"map", "area", "nav", "data"} | {"font", "center", "big"}
_GLOBAL = {"class", "id", "style", "dir", "lang", "align", "title"}
_CELL = {"width", "height", "colspan", "rowspan", "valign", "bgcolor"}
_ATTRIBUTES = {
    "*": _GLOBAL,
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
    "blockquote": {"type", "cite"},
    "table": {"width", "border", "cellpadding", "cellspacing", "bgcolor"},
    "td": _CELL,
    "th": _CELL,
    "tr": {"valign", "bgcolor", "height"},
    "col": {"width", "span"},
    "ol": {"start", "type"},
    "li": {"value"},
    "hr": {"width", "size", "color"},
}
_STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left", "border-radius",
    "border-right",
    "border-spacing", "border-style", "border-top", "border-width", "color", "direction", "display", "font",
    "font-family", "font-size",
    "font-style", "font-variant", "font-weight", "height", "letter-spacing", "line-height", "list-style-type",
    "margin", "margin-bottom",
    "margin-left", "margin-right", "margin-top", "max-width", "min-width", "padding", "padding-bottom",
    "padding-left", "padding-right",
    "padding-top", "text-align", "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space",
    "width",
    "word-break", "word-wrap",
}  # fmt: skip
_DROPPED = {
    "script",
    "style",
    "title",
    "svg",
    "math",
    "template",
    "object",
    "iframe",
    "noembed",
    "noframes",
    "textarea",
    "select",
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "data"}
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*$")
_UNSAFE_STYLE = re.compile(r"url\s*\(|expression|@import|position\s*:|\\", re.I)
_REMOTE = re.compile(r'(<img(?: [a-z-]+="[^"]*")*?) src="((?:https?:)?//[^"]*)"')
_BLOCKED = re.compile(r'(<img(?: [a-z-]+="[^"]*")*?) data-remote-src="([^"]*)"')

_OPENING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_SELF_CLOSING = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "p", "li", "td", "tr", "th", "dt", "dd", "option", "tbody", "thead", "html", "body", "head",
}  # fmt: skip
_MAX_DEPTH = 400  # 20,000 nested elements take nh3 1.2 s (measured), and time grows with the square
_MAX_TAG = 8_000  # characters; a tag of 100,000 attributes takes minutes
_MAX_ENTITIES = 50_000  # 400,000 take 1.8 s
_LONG_TAG = re.compile(rf"<[a-zA-Z/][^<>]{{{_MAX_TAG}}}")
_IMAGE_DATA = re.compile(r"""(["'])data:image/(png|jpe?g|gif|webp);base64,([A-Za-z0-9+/=\s%]{200,})\1""")


@dataclass(frozen=True)
class Clean:
    """HTML that is safe to show in a sandbox; images from elsewhere wait in ``data-remote-src``."""

    html: str
    remote_images: int


def is_reasonable(html: str) -> bool:
    """Whether HTML can be cleaned in reasonable time: no bomb of nested elements or of attributes."""
    if html.count("&") > _MAX_ENTITIES or _LONG_TAG.search(html):
        return False
    open_now: dict[str, int] = {}
    total = 0
    for found in _OPENING.finditer(html):
        name = found[2].lower()
        if name in _SELF_CLOSING:
            continue
        if found[1]:
            if open_now.get(name):
                open_now[name] -= 1
                total -= 1
        else:
            open_now[name] = open_now.get(name, 0) + 1
            total += 1
            if total > _MAX_DEPTH:
                return False
    return True


def without_image_data(html: str) -> tuple[str, list[tuple[str, str]]]:
    """Take images out that are written into the HTML; return it with ``cid:`` links, and (subtype, base64) of each."""
    images: list[tuple[str, str]] = []

    def take(found: re.Match[str]) -> str:
        images.append((found[2], found[3]))
        return f"{found[1]}cid:embedded-{len(images)}@waystation{found[1]}"

    return _IMAGE_DATA.sub(take, html), images


def clean(html: str, locations: Mapping[str, str] | None = None) -> Clean:
    """Return HTML without anything active; ``locations`` maps Content-Locations of images to their Content-IDs."""
    known = locations or {}

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return None if _UNSAFE_STYLE.search(value) else value
        if name == "src":
            if value in known:
                return f"cid:{known[value]}"
            if value.startswith("data:"):
                return value if _DATA_IMAGE.match(value) else None
            return value.strip()
        if name == "href" and value.strip().lower().startswith(("data:", "cid:")):
            return None
        return value

    safe = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes=_SCHEMES,
        filter_style_properties=_STYLES,
    )
    blocked, count = _REMOTE.subn(r'\1 data-remote-src="\2"', safe)
    return Clean(blocked.strip(), count)


_OWN_PICTURE = re.compile(r' src="cid:([^"]{1,400})"')
_LOOKS = (
    ":root{color-scheme:light;background:#fff;color:#1b1d22;overflow:auto hidden;"
    'font:15px/1.6 -apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans SC",sans-serif}'
    "body{margin:0;padding:14px 16px;overflow-wrap:anywhere}img{max-width:100%;height:auto}pre{white-space:pre-wrap}"
    "a{color:#3343b0}blockquote{margin:8px 0 8px 2px;padding-inline-start:12px;border-inline-start:3px solid #d5d9e3}"
)


def unblock_images(html: str) -> str:
    """Return cleaned HTML with its remote images: for a reader who asked for them."""
    return _BLOCKED.sub(r'\1 src="\2"', html)


def page(html: str, inline: Mapping[str, str], *, images: bool) -> str:
    """Return a page that shows cleaned HTML; ``inline``: content id → address of the mail's own pictures.

    ``images``: those from elsewhere are fetched when it is shown, so their senders learn of it.
    """

    def own(found: re.Match[str]) -> str:
        return f' src="{entities.escape(inline.get(unquote(entities.unescape(found[1])), ""))}"'

    shown = _OWN_PICTURE.sub(own, html)
    body = unblock_images(shown) if images else shown
    return (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        '<base target="_blank"><style>'
        f"{_LOOKS}</style></head><body>{body}</body></html>"
    )


def from_text(text: str) -> str:
    """Return plain text as HTML, for parts of a mail that stand beside HTML parts."""
    return f'<div style="white-space:pre-wrap">{entities.escape(text)}</div>' if text.strip() else ""


def stripped(html: str) -> str:
    """Return the words of HTML that is too large or too nested to be cleaned; rough, but in linear time."""
    text = re.sub(r"(?is)<(script|style|title)\b[^>]{0,1000}>.{0,200000}?</\1", " ", html[:2_000_000])
    text = re.sub(r"(?i)<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^>]{0,1000}>", "\n", text)
    text = entities.unescape(re.sub(r"<[^>]{0,10000}>", " ", text))
    return re.sub(r"[ \t]*\n\s*", "\n", re.sub(r"[ \t\xa0]+", " ", text)).strip()


# --- Lines ---

_TOKEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)\s*/?>|([^<]+|<)')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_BLOCKS = {
    "address", "article", "aside", "blockquote", "center", "caption", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "summary", "table", "tr", "ul",
}  # fmt: skip
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote"}
_VOID = {"br", "hr", "img", "wbr", "col"}
_SPACES = re.compile(r"[ \t\n\r\f]+")


def _one_of(marks: str) -> re.Pattern[str]:
    """Return what finds one of the marks, separated by ``|``, among the classes and the id of an element."""
    return re.compile(rf"(?:^|\s)(?:{marks})(?:\s|$)")


#: Elements that mail programs put around quotes and attributions, around signatures, and before quotes.
_QUOTE_MARKS = _one_of(
    r"(?:x_)?(?:gmail_attr|yahoo_quoted|protonmail_quote|tutanota_quote|moz-cite-prefix|zmail_extra"
    r"|ntes-mailmaster-quote|isReplyContent"
    r"|lark-mail-quote|history-quote-wrapper|adit-html-block|alimail-quote|__aliyun_previous\S*|mail-quote-card"
    r"|skiff-quote|hey-quote)"
)
_SIGNATURE_MARKS = _one_of(
    r"gmail_signature|gmail_signature_prefix|moz-signature|AppleMailSignature"
    r"|ms-outlook-mobile-signature|protonmail_signature_block"
    r"|ntes-pcmac-signature|ntes-mobile-signature|ntes_signature|__aliyun_signature_wrap|ymail_android_signature"
    r"|lark-signature|lark-mail-signature"
    r"|tutanota_signature|mailmaster_signature|foxmail_signature|FoxmailSignature|qqmail_sign|mail_signature"
    r"|Signature"
)
_BEGIN_MARKS = _one_of(
    r"divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|OutlookMessageHeader"
    r"|mail-editor-reference-message-container|ms-outlook-mobile-reference-message"
    r"|original-content|includetail|stopSpelling|ydp[a-z0-9]+yahoo_quoted|reply-intro|replyIntro|QQMailBgQuote"
)


@dataclass
class _Element:
    name: str
    role: Role | None
    quoted: bool
    spaced: bool
    preformatted: bool


@dataclass
class Rendering:
    """HTML as lines of text, and for each of its tokens the line that it belongs to."""

    lines: list[Line] = field(default_factory=list)
    tokens: list[tuple[re.Match[str], int]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All lines; no more than one blank line between two others."""
        return "\n".join(line.text for line in self.lines)


class _Renderer:
    def __init__(self) -> None:
        self.result = Rendering()
        self.stack: list[_Element] = []
        self.words: list[str] = []
        self.role: Role | None = None
        self.begins = False
        self.preformatted = 0
        self.blank_wanted = False
        self.line_quoted = 0

    def render(self, html: str) -> Rendering:
        for token in _TOKEN.finditer(html):
            closing, name, attributes, text = token.groups()
            if text is not None:
                self.say(text)
                self.note(token)
            elif closing:
                self.note(token)
                self.close(name)
            else:
                self.open(name, attributes)
                self.note(token)
        self.end_line()
        while self.result.lines and not self.result.lines[-1].text.strip(" >"):
            self.result.lines.pop()
        return self.result

    def note(self, token: re.Match[str]) -> None:
        self.result.tokens.append((token, len(self.result.lines)))

    def say(self, text: str) -> None:
        text = entities.unescape(text)
        if self.preformatted:
            first, *rest = text.split("\n")
            self.add(first)
            for line in rest:
                self.end_line(keep_blank=True)
                self.add(line)
        else:
            text = _SPACES.sub(" ", text)
            if text == " " and not self.words:
                return
            self.add(text if self.words and not self.words[-1].endswith(" ") else text.lstrip(" "))

    def add(self, text: str) -> None:
        if not text:
            return
        if text.strip() and self.blank_wanted and not any(self.words):
            lines = self.result.lines
            if lines and lines[-1].text.strip(" >"):
                lines.append(Line("", lines[-1].role))
            self.blank_wanted = False
        if not self.words:
            self.line_quoted = sum(element.quoted for element in self.stack)
            self.role = next((element.role for element in reversed(self.stack) if element.role), None)
        self.words.append(text)

    def open(self, name: str, attributes: str) -> None:
        told = dict(_ATTRIBUTE.findall(attributes)) if attributes else {}
        if name == "br":
            self.end_line(keep_blank=True)
            return
        spaced = name in _SPACED and self.has_space(name, told)
        if name in _BLOCKS:
            self.end_line()
            self.blank_wanted = self.blank_wanted or spaced
        if name in ("td", "th") and self.words:
            self.words.append(" ")
        marks = f"{told.get('class', '')} {told.get('id', '')}".strip() if told else ""
        if marks and _BEGIN_MARKS.search(marks):
            self.end_line()
            self.begins = True
        if name in _VOID:
            return
        role = None
        if marks:
            role = (
                Role.QUOTE if _QUOTE_MARKS.search(marks) else Role.SIGNATURE if _SIGNATURE_MARKS.search(marks) else None
            )
        if role and name not in _BLOCKS and name != "span":
            self.end_line()
        preformatted = name == "pre" or "pre-wrap" in told.get("style", "") or "pre-line" in told.get("style", "")
        self.stack.append(_Element(name, role, name == "blockquote" and _is_quote(told), spaced, preformatted))
        self.preformatted += preformatted
        if name == "li":
            self.add("- ")

    def has_space(self, name: str, told: dict[str, str]) -> bool:
        """Whether a paragraph stands apart: Outlook's and Word's have no margin."""
        if name == "p":
            return not (
                "MsoNormal" in told.get("class", "")
                or re.search(r"margin(?:-top|-bottom)?:\s*0", told.get("style", ""))
            )
        return not any(element.name in ("li", "td", "th") for element in self.stack)

    def close(self, name: str) -> None:
        if not self.stack or self.stack[-1].name != name:
            return
        element = self.stack.pop()
        self.preformatted -= element.preformatted
        if name in _BLOCKS:
            self.end_line()
            self.blank_wanted = self.blank_wanted or element.spaced
        elif element.role:
            self.end_line()

    def end_line(self, *, keep_blank: bool = False) -> None:
        words = "".join(self.words)
        text = words.rstrip() if self.preformatted else words.replace("\xa0", " ").strip()
        was_said = bool(self.words)
        self.words = []
        if not text and not (keep_blank or was_said):
            return
        if not text and not self.result.lines:
            return
        prefix = ">" * self.line_quoted + " " if was_said and self.line_quoted else ""
        lines = self.result.lines
        role = self.role if was_said else None
        lines.append(Line(prefix + text if text else prefix.strip(), role, begins_quote=self.begins and bool(text)))
        if text:
            self.begins = False


def _is_quote(told: Mapping[str, str]) -> bool:
    """Whether a blockquote quotes, or only indents as the editors of Gmail and Word do."""
    return told.get("type") == "cite" or "border:none" not in told.get("style", "").replace(" ", "")


def render(html: str) -> Rendering:
    """Return cleaned HTML as lines of text, quotes with ``>`` before them."""
    return _Renderer().render(html)


def cut(rendering: Rendering, roles: Sequence[Role]) -> str:
    """Return the HTML with only the new lines in it; elements that are left with nothing go too."""
    output: list[str] = []
    opened: list[tuple[int, str]] = []  # where in the output an element begins
    filled: list[bool] = []
    for token, line in rendering.tokens:
        closing, name, _, text = token.groups()
        is_new = line >= len(roles) or roles[line] is Role.NEW
        if text is not None or name in _VOID:
            if is_new and line < len(roles):
                output.append(token[0])
                if (text is None and name == "img") or (text and text.strip()):
                    filled[:] = [True] * len(filled)
        elif not closing:
            opened.append((len(output), name))
            filled.append(False)
            output.append(token[0])
        elif opened and opened[-1][1] == name:
            start, _ = opened.pop()
            if filled.pop() or name in ("td", "th"):
                output.append(token[0])
            else:
                del output[start:]
    return "".join(output).strip()
