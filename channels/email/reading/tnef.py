"""Outlook's winmail.dat: the text and the files in it. Pure."""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass

from tnefparse import TNEF

from channels.email.mail import MailFile
from channels.email.reading.charset import decode
from channels.email.reading.headers import default_name, safe_name

logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it reports every odd byte
_MAX_COPIED = 4_000_000_000  # bytes: the library copies the rest of the stream for each object in it
_OBJECT = struct.Struct("<BHHI")


@dataclass(frozen=True)
class Winmail:
    """What was in it."""

    text: str | None
    html: str | None
    files: tuple[MailFile, ...]


def open_winmail(content: bytes) -> Winmail | None:
    """Return what a TNEF stream holds; None when it cannot be opened."""
    if _objects(content) * len(content) > _MAX_COPIED:
        return None
    try:
        opened = TNEF(content, do_checksum=False)
        files = [(one.long_filename() or one.name or "", bytes(one.data or b"")) for one in opened.attachments]
        text, html = opened.body, opened.htmlbody
    except Exception:  # noqa: BLE001  the library raises whatever a broken stream leads it to
        return None
    return Winmail(
        text=_text(text),
        html=_text(html),
        files=tuple(
            MailFile(
                name=safe_name(name.strip("\x00")) or default_name("application/octet-stream", number),
                media_type="application/octet-stream",
                content=data,
            )
            for number, (name, data) in enumerate(files, 1)
        ),
    )


def _objects(content: bytes) -> int:
    """Return how many objects a stream says that it has."""
    at, count = 6, 0
    while at + _OBJECT.size <= len(content):
        at += _OBJECT.unpack_from(content, at)[3] + 11
        count += 1
    return count


def _text(value: object) -> str | None:
    """Return a property as text; the library gives strings, bytes, and lists of either."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bytes):
        return decode(value)[0] or None
    return value.replace("\x00", "") or None if isinstance(value, str) else None
