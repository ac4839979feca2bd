"""What a file really is, told by its bytes, and how it may be shown to people (spec 5.11). Pure."""

from __future__ import annotations

import re
import struct
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

import puremagic

from core.errors import N_, Invalid

HEAD: Final = 65_536  # bytes of a file that are looked at

#: What may be stored: ending → media type. Nothing that a machine would run.
ALLOWED: Final[dict[str, str]] = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".avif": "image/avif",
    ".svg": "image/svg+xml",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
    ".amr": "audio/amr",
    ".flac": "audio/flac",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".weba": "audio/webm",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".ogv": "video/ogg",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo",
    ".3gp": "video/3gpp",
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
    ".msg": "application/vnd.ms-outlook",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".zip": "application/zip",
    ".rar": "application/vnd.rar",
    ".7z": "application/x-7z-compressed",
    ".gz": "application/gzip",
    ".tgz": "application/gzip",
    ".tar": "application/x-tar",
    ".txt": "text/plain",
    ".log": "text/plain",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".ini": "text/plain",
    ".conf": "text/plain",
    ".yaml": "text/plain",
    ".yml": "text/plain",
    ".rtf": "application/rtf",
    ".json": "application/json",
    ".xml": "application/xml",
    ".html": "text/html",
    ".htm": "text/html",
    ".eml": "message/rfc822",
    ".ics": "text/calendar",
    ".vcf": "text/vcard",
}

#: Bytes that only one family of formats begins with; within it the name or the claimed type tells which one.
_FAMILIES: Final[tuple[tuple[re.Pattern[bytes], tuple[str, ...]], ...]] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ("image/png",)),
    (re.compile(rb"\xff\xd8\xff"), ("image/jpeg",)),
    (re.compile(rb"GIF8[79]a"), ("image/gif",)),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ("image/webp",)),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), ("audio/wav",)),
    (re.compile(rb"%PDF-"), ("application/pdf",)),
    (re.compile(rb"\x1a\x45\xdf\xa3"), ("video/webm", "audio/webm", "video/x-matroska")),
    (re.compile(rb"OggS"), ("audio/ogg", "video/ogg")),
    (re.compile(rb"....ftyp(?:heic|heix|mif1|hevc)", re.DOTALL), ("image/heic", "image/heif")),
    (re.compile(rb"....ftypavif", re.DOTALL), ("image/avif",)),
    (re.compile(rb"....ftypqt", re.DOTALL), ("video/quicktime",)),
    (re.compile(rb"....ftyp3g", re.DOTALL), ("video/3gpp", "video/mp4")),
    (re.compile(rb"....ftyp", re.DOTALL), ("video/mp4", "audio/mp4")),
    (re.compile(rb"ID3|\xff[\xfb\xf3\xf2\xfa]"), ("audio/mpeg",)),
    (re.compile(rb"#!AMR"), ("audio/amr",)),
    (
        re.compile(rb"PK\x03\x04|PK\x05\x06"),
        ("application/zip", *(ALLOWED[ending] for ending in (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"))),
    ),
    (
        re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        tuple(ALLOWED[ending] for ending in (".doc", ".xls", ".ppt", ".msg")),
    ),
)

#: What browsers may show in place; everything else is offered as a download.
INLINE: Final = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"}
    | {media for media in ALLOWED.values() if media.startswith(("audio/", "video/"))}
)

#: Endings that a double click would run, whatever the bytes are.
_RUN: Final = re.compile(
    r"\.(?:exe|dll|com|scr|msix?|bat|cmd|ps1|vb[se]|jse?|mjs|wsf|hta|lnk|reg|jar|apk|app|dmg|pif|cpl|iso|img|sh|desktop"
    r"|docm|xlsm|pptm|xll)"
)

#: Types that a browser would run as a page; they leave as bytes.
_ACTIVE: Final = frozenset({"text/html", "image/svg+xml", "application/xml"})

_MARKUP: Final = re.compile(
    rb"<\s*(?P<svg>svg)\b|<!doctype\s+html|<\s*(?:html|head|body|script|iframe|object|embed|img|meta|link|style|form|table|div|a)\b",
    re.IGNORECASE,
)


def media_type_of(head: bytes, *, claimed: str, name: str) -> str:
    """Return the media type that a file's first bytes tell; ``claimed`` and ``name`` decide only between relatives.

    Raises:
        Invalid: files of this type are not accepted.
    """
    ending = PurePosixPath(name.lower()).suffix
    if _RUN.fullmatch(ending):
        raise _refused(name)
    hints = [claimed.partition(";")[0].strip().lower(), ALLOWED.get(ending, "")]
    for pattern, family in _FAMILIES:
        if pattern.match(head):
            return next((hint for hint in hints if hint in family), family[0])
    if text := _text_type(head, hints):
        return text
    try:
        guesses = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):  # unknown; empty
        raise _refused(name) from None
    surest = max(guess.confidence for guess in guesses)
    endings = [guess.extension.lower() for guess in guesses if guess.confidence == surest]
    found = [ALLOWED[ending] for ending in endings if ending in ALLOWED and not ALLOWED[ending].startswith("text/")]
    if not found:
        raise _refused(name)
    return next((hint for hint in hints if hint in found), found[0])


def dimensions(head: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels of a PNG, JPEG, GIF or WebP from its first bytes, or None."""
    size: tuple[int, int] | None = None
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        size = struct.unpack(">II", head[16:24])
    elif head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        size = struct.unpack("<HH", head[6:10])
    elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        size = _webp(head)
    elif head.startswith(b"\xff\xd8"):
        size = _jpeg(head)
    return size if size and min(size) > 0 and max(size) <= 100_000 else None


def _webp(head: bytes) -> tuple[int, int] | None:
    """RFC 9649 §2.4–2.7: lossy, lossless, extended."""
    if len(head) < 30:
        return None
    match head[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", head[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case _:
            return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    """ITU-T T.81 §B.2: walk the segments up to the frame header."""
    position = 2
    while position + 9 <= len(head):
        if head[position] != 0xFF:
            return None
        marker = head[position + 1]
        if marker == 0xFF:  # filling
            position += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[position + 5 : position + 9])
            return width, height
        else:
            position += 2 + int.from_bytes(head[position + 2 : position + 4], "big")
    return None


def headers(media_type: str, name: str, *, sha256: str, download: bool = False) -> dict[str, str]:
    """Return the headers under which a stored file may leave: never as a page of ours that can act (spec 5.11)."""
    shown = media_type in INLINE and not download
    plain = re.sub(r'[^\w.() -]|["\\]', "_", name, flags=re.ASCII).strip() or "file"
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return {
        "Content-Type": media_type + charset if shown or media_type not in _ACTIVE else "application/octet-stream",
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''"
        + quote(name or "file", safe=""),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{sha256}"',
        "Accept-Ranges": "bytes",
    }


def _text_type(head: bytes, hints: list[str]) -> str | None:
    """Return the type of what people can read; None for other bytes. Markup is called so whatever its name says."""
    if not head:
        return "text/plain"
    encodings = ("utf-16",) if head.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8", "gb18030")
    if not any(_decodes(head, encoding) for encoding in encodings):
        return None
    if markup := _MARKUP.search(head):
        return "image/svg+xml" if markup["svg"] else "text/html"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        return "application/xml"
    texts = ("text/", "application/json", "message/", "application/rtf")
    return next((hint for hint in hints if hint.startswith(texts) and hint in ALLOWED.values()), "text/plain")


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        text = head.decode(encoding)
    except UnicodeDecodeError as error:
        if error.end < len(head) - 4:  # cut in the middle of a character
            return False
        text = head[: error.start].decode(encoding)
    return not any(ord(letter) < 32 and letter not in "\t\n\r\f\x1b" for letter in text)


def _refused(name: str) -> Invalid:
    return Invalid(
        N_("Files like “{name}” are not accepted. Put it into a zip archive and send that."), name=name[:100]
    )
