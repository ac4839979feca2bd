"""From bytes to a tree of parts, in bounded time and memory. Pure.

The standard library's parser reads line by line, recurses once a level and makes an object of every part: 25 MB take it
seconds, 100,000 parts 12 s, 3,000 levels a RecursionError (measured). Here a part is a slice, found by its boundary.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.policy import compat32

from channels.email.mail import ReadingLimits
from channels.email.reading.words import Oddity

_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]?(.*)", re.S)
_KNOWN = re.compile(
    rb"(?i)(?:from|to|cc|bcc|subject|date|sender|reply-to|message-id|in-reply-to|references|received|return-path"
    rb"|mime-version|content-[a-z-]+|delivered-to|x-[a-z0-9-]+|list-[a-z-]+|auto-submitted|precedence|dkim-signature"
    rb"|authentication-results|resent-[a-z-]+|status|lines|priority|importance|thread-[a-z]+)[ \t]*:"
)
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))[ \t]*(?:\r\n|\n|\r)")  # CRLF is one line end, not two
_LINE_END = re.compile(rb"\r\n|\n|\r")
_FIRST_BOUNDARY = re.compile(rb"^--([^\r\n-][^\r\n]{0,199}?)[ \t]*\r?$", re.M)
_MAX_HEADERS = 5_000
_NOT_BASE64 = bytes(sorted(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")))
#: Bytes that may be searched for boundaries, as a multiple of the mail: nested 50 deep, 34 MB would be read 50 times.
_SEARCHES = 12


@dataclass(eq=False)
class Node:
    """One MIME part: its headers, the slice of bytes that is its body, and the parts in it."""

    headers: list[tuple[str, bytes]]
    source: bytes
    start: int
    end: int
    media_type: str = "text/plain"
    children: list[Node] = field(default_factory=list)

    def first(self, name: str) -> bytes | None:
        """Return the raw value of the first header of that name (in lower case), unfolded."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def every(self, name: str) -> list[bytes]:
        """Return the raw values of all headers of that name (in lower case), unfolded."""
        return [value for key, value in self.headers if key.lower() == name]

    def parameters(self, name: str) -> dict[str, str | tuple[str, str, str]]:
        """Return the parameters of a structured header, still encoded (RFC 2231 as the library's triples)."""
        value = self.first(name)
        if not value or b";" not in value:
            return {}
        message = Message(policy=compat32)
        message[name] = value[:8_192].decode("ascii", "surrogateescape")  # the library is quadratic in semicolons
        try:
            found = message.get_params(header=name, unquote=True) or []
        except (ValueError, TypeError, IndexError, KeyError, AttributeError, LookupError):
            return {}  # RFC 2231 continuations that contradict each other
        return {key.lower(): value for key, value in reversed(found[1:])}

    def parameter(self, name: str, key: str) -> str | None:
        """Return one parameter as plain text."""
        value = self.parameters(name).get(key)
        return (value[2] if isinstance(value, tuple) else value) if value else None

    @property
    def body(self) -> bytes:
        """The bytes of the part, still encoded."""
        return self.source[self.start : self.end]

    @property
    def disposition(self) -> str:
        """``inline``, ``attachment`` or empty."""
        return (self.first("content-disposition") or b"").split(b";")[0].strip().decode("ascii", "replace").lower()

    @property
    def is_multipart(self) -> bool:
        """Whether parts were found in it."""
        return bool(self.children)

    def content(self) -> bytes:
        """Return the body without its transfer encoding (RFC 2045 §6); broken encodings give what can be had."""
        return decoded(self.body, self.first("content-transfer-encoding") or b"")

    def walk(self) -> Iterator[Node]:
        """Return this part and all parts in it, outermost first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


@dataclass
class Budget:
    """What is left of the limits while one mail is read, and what was odd about it."""

    limits: ReadingLimits
    parts: int
    bytes: int
    odd: dict[Oddity, None] = field(default_factory=dict)

    def note(self, oddity: Oddity) -> None:
        """Remember that something was odd, once."""
        self.odd[oddity] = None


def parse(raw: bytes, limits: ReadingLimits) -> tuple[Node, Budget]:
    """Return the tree of a mail and what was odd; the root has no headers when there are none."""
    budget = Budget(limits, limits.parts, max(len(raw), 1_000_000) * _SEARCHES)
    root = _node(raw, _after_envelope(raw, 0), len(raw), budget, "text/plain")
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        _find_children(node, depth, budget)
        waiting.extend((child, depth + 1) for child in node.children)
    return root, budget


def _after_envelope(raw: bytes, start: int) -> int:
    """Return where the headers begin: after blank lines, a byte order mark, and mbox's ``From `` line."""
    if raw.startswith(b"\xef\xbb\xbf", start):
        start += 3
    while raw[start : start + 1] in (b"\r", b"\n"):
        start += 1
    while raw.startswith((b"From ", b">From "), start):
        start = raw.find(b"\n", start) + 1 or len(raw)
    return start


def _node(source: bytes, start: int, end: int, budget: Budget, default_type: str) -> Node:
    block_end, body = _header_block(source, start, end, budget)
    headers, wrong_at = _headers(source[start:block_end], budget)
    node = Node(headers, source, body if wrong_at is None else start + wrong_at, end)
    node.media_type = _media_type(node.first("content-type"), default_type)
    return node


def _header_block(source: bytes, start: int, end: int, budget: Budget) -> tuple[int, int]:
    """Return where the headers end and where the body begins; a block beyond its limit is cut."""
    limit = min(start + budget.limits.header_block_bytes, end)
    if source[start : start + 1] in (b"\r", b"\n"):
        return start, _after_line_end(source, start)
    if found := _BLANK_LINE.search(source, start, limit):
        return found.start(), found.end()
    if limit == end:
        return end, end
    budget.note(Oddity.HEADERS_CUT)
    blanks = [at + len(blank) for blank in (b"\n\n", b"\r\n\r\n") if (at := source.find(blank, limit, end)) >= 0]
    return limit, min(blanks, default=end)


def _headers(block: bytes, budget: Budget) -> tuple[list[tuple[str, bytes]], int | None]:
    """Return the headers of a block, unfolded, and where the body begins if the blank line before it is missing."""
    folded: list[tuple[str, list[bytes]]] = []
    wrong_at: int | None = None
    position = 0
    for line in block.splitlines(keepends=True):
        content = line.rstrip(b"\r\n")
        if content[:1] in (b" ", b"\t") and folded:
            folded[-1][1].append(content)
        elif (found := _HEADER.match(content)) and len(found[1]) <= 200 and len(folded) < _MAX_HEADERS:
            folded.append((found[1].decode("ascii"), [found[2]]))
        elif content.strip() and Oddity.HEADERS_BROKEN not in budget.odd:
            budget.note(Oddity.HEADERS_BROKEN)
            if not any(_KNOWN.match(rest) for rest in block[position + len(line) :].splitlines()):
                wrong_at = position
                break
        position += len(line)
    limit = budget.limits.header_bytes
    headers = [(name, b"".join(lines).strip()) for name, lines in folded]
    if any(len(value) > limit for _, value in headers):
        budget.note(Oddity.HEADERS_CUT)
    return [(name, value[:limit]) for name, value in headers], wrong_at


def _media_type(value: bytes | None, default: str) -> str:
    if not value:
        return default
    name = value.split(b";")[0].strip().decode("ascii", "replace").lower()
    if re.fullmatch(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", name):
        return name
    return {"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}.get(name, "text/plain")


def _find_children(node: Node, depth: int, budget: Budget) -> None:
    is_mail = node.media_type in ("message/rfc822", "message/global")
    if not is_mail and not node.media_type.startswith("multipart/"):
        return
    if depth >= budget.limits.depth or budget.parts <= 0 or budget.bytes <= 0:
        budget.note(Oddity.TOO_MANY_PARTS)
        return
    if (node.first("content-transfer-encoding") or b"").strip().lower() in (b"base64", b"quoted-printable"):
        node.source = node.content()  # RFC 2045 §6.4 forbids it, programs do it
        node.start, node.end = 0, len(node.source)
        node.headers = [(key, value) for key, value in node.headers if key.lower() != "content-transfer-encoding"]
    if is_mail:
        budget.parts -= 1
        budget.bytes -= node.end - node.start
        start = min(_after_envelope(node.source, node.start), node.end)
        node.children = [_node(node.source, start, node.end, budget, "text/plain")]
        return
    default = "message/rfc822" if node.media_type == "multipart/digest" else "text/plain"
    for start, end in _pieces(node, budget):
        if budget.parts <= 0:
            budget.note(Oddity.TOO_MANY_PARTS)
            break
        budget.parts -= 1
        node.children.append(_node(node.source, start, end, budget, default))


def _pieces(node: Node, budget: Budget) -> list[tuple[int, int]]:
    """Return where the bodies between the boundary lines are; a boundary not named or not found is looked for."""
    named = node.parameter("content-type", "boundary")
    pieces = _between(node, named.rstrip().encode("utf-8", "surrogateescape"), budget) if named else []
    if not pieces:
        budget.note(Oddity.BOUNDARY_WRONG)
        if guess := _FIRST_BOUNDARY.search(node.source, node.start, min(node.end, node.start + 65_536)):
            pieces = _between(node, guess[1].rstrip(), budget)
    return pieces


def _between(node: Node, boundary: bytes, budget: Budget) -> list[tuple[int, int]]:
    source, end = node.source, node.end
    budget.bytes -= end - node.start
    line = b"--" + boundary
    pieces: list[tuple[int, int]] = []
    inside: int | None = None
    at = source.find(line, node.start, end)
    while at >= 0 and len(pieces) <= budget.parts:
        after = at + len(line)
        closes = source.startswith(b"--", after)
        rest = source[after + 2 * closes : after + 2 * closes + 80].lstrip(b" \t")[:1]
        if (at == node.start or source[at - 1 : at] in (b"\n", b"\r")) and (not rest or rest in b"\r\n"):
            if inside is not None:
                pieces.append((inside, max(inside, _before_line_end(source, at))))
            inside = None if closes else min(_after_line_end(source, source.find(rest, after) if rest else end), end)
            if closes:
                break
        at = source.find(line, after, end)
    if inside is not None:  # the closing line is missing
        pieces.append((inside, end))
    return pieces


def _after_line_end(source: bytes, at: int) -> int:
    return at + 2 if source.startswith(b"\r\n", at) else at + 1 if source[at : at + 1] in (b"\n", b"\r") else at


def _before_line_end(source: bytes, at: int) -> int:
    return at - 2 if source[at - 2 : at] == b"\r\n" else at - 1


def decoded(body: bytes, encoding: bytes) -> bytes:
    """Return bytes without their transfer encoding; an encoding that nobody knows is none."""
    match encoding.split(b";")[0].strip().lower():
        case b"base64" | b"b":
            return _base64(body)
        case b"quoted-printable" | b"q" | b"quoted_printable":
            return binascii.a2b_qp(body)
        case b"x-uuencode" | b"uuencode" | b"x-uue" | b"uue":
            return _uuencoded(body)
        case _:
            return body


def _base64(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(body + b"==")
    except binascii.Error:
        kept = body.translate(None, _NOT_BASE64)
        return binascii.a2b_base64(kept[: len(kept) - (len(kept) % 4 == 1)] + b"==")


def _uuencoded(body: bytes) -> bytes:
    found: list[bytes] = []
    for line in body.partition(b"begin ")[2].split(b"\n")[1:]:
        if line.strip() in (b"end", b"`", b""):
            continue
        try:
            found.append(binascii.a2b_uu(line.rstrip(b"\r")))
        except binascii.Error:
            with_length = ((line[0] - 32) & 63) * 4 + 5
            try:
                found.append(binascii.a2b_uu(line[: with_length // 3]))
            except binascii.Error:
                continue
    return b"".join(found)
