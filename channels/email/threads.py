"""How a mail finds its ticket: by the ids it answers, a signed tag in the address, the number in the subject. Pure.

In this order (spec 2.6), and never by a bare subject.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Final

from channels.email.mail import Mail

NAMED_AT_MOST: Final = 50  # ids that are looked up: the nearest of a long thread
MAC_BYTES: Final = 10  # 80 bits, as 16 characters that survive being lower-cased
_TAG: Final = re.compile(r"\+t(\d{1,10})\.([a-z2-7]{16})@", re.IGNORECASE)
_ID_TAG: Final = re.compile(r"^<t(\d{1,10})\.([a-z2-7]{16})\.", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\[#(\d{1,10})\]")
_ID: Final = re.compile(r"<[^<>\s]{1,500}>")
_SES: Final = re.compile(r"@(?:[a-z0-9-]+\.)?amazonses\.com>$", re.IGNORECASE)


def named_ids(mail: Mail) -> list[str]:
    """Return the ids of the mails that this one answers, the nearest first."""
    return _with_tokens([*mail.in_reply_to, *reversed(mail.references)])


def _with_tokens(ids: Iterable[str]) -> list[str]:
    """Return ids, each followed by the bare token that Amazon's servers answer a sent mail with."""
    found: list[str] = []
    for id in ids:
        found.append(id[:500])
        if _SES.search(id):
            found.append(id.strip("<>").partition("@")[0])
    return list(dict.fromkeys(found))[:NAMED_AT_MOST]


def ids_given(response: str) -> list[str]:
    """Return what a server's answer to a sent mail tells of the id that it gave to it.

    Microsoft 365 and others rewrite Message-ID and say so: ``250 2.0.0 OK <…@…prod.outlook.com> [Hostname=…]``;
    Amazon SES: ``250 Ok 0102…-000000``, and the mail's id becomes ``<0102…-000000@….amazonses.com>``.
    """
    token = re.fullmatch(r"(?:2\.\d\.\d )?Ok ([0-9a-f-]{40,80})", response.strip(), re.IGNORECASE)
    return [*_ID.findall(response)[:3], *([token[1]] if token else [])]


def tag(secret: bytes, tenant_id: str, channel_id: str, number: int) -> str:
    """Return the signed tag of a ticket for an address: ``t123.`` and 16 characters that nobody can guess."""
    said = f"mail-tag\0{tenant_id}\0{channel_id}\0{number}".encode()
    mac = hmac.new(secret, said, hashlib.sha256).digest()[:MAC_BYTES]
    return f"t{number}.{base64.b32encode(mac).decode().lower()}"


def signed_id(tag: str, id: str, domain: str) -> str:
    """Return the Message-ID of a mail to an agent: an answer finds the ticket by the tag in it, come what may."""
    return f"<{tag}.{id}@{domain}>".lower()


def tagged(address: str, tag: str) -> str:
    """Return an address with a tag (RFC 5233): ``help+t123.…@desk.example``."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{tag}@{domain}"


def untagged(address: str) -> str:
    """Return an address without a tag of ours."""
    return _TAG.sub("@", address)


def tagged_number(mail: Mail, *, secret: bytes, tenant_id: str, channel_ids: Iterable[str]) -> int | None:
    """Return the number of the ticket that a signed tag names: of a recipient, or of a notice of ours it answers."""
    recipients = [*(one.email for one in (*mail.to, *mail.cc)), *mail.delivered_to]
    channels = list(channel_ids)
    tags = [*map(_TAG.search, recipients), *map(_ID_TAG.match, named_ids(mail))]
    for found in tags:
        if found is None:
            continue
        number, said = int(found[1]), f"t{int(found[1])}.{found[2].lower()}"
        if any(hmac.compare_digest(tag(secret, tenant_id, one, number), said) for one in channels):
            return number
    return None


def subject_numbers(subject: str) -> list[int]:
    """Return the numbers of tickets that a subject names, like ``[#123]``."""
    return [int(number) for number in _NUMBER.findall(subject)][:5]


def marked_subject(subject: str, number: int) -> str:
    """Return the subject of a mail about a ticket, with its number once."""
    mark = f"[#{number}]"
    return subject if mark in subject else f"{mark} {subject}".strip()
