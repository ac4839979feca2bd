"""The mail inside a mail that somebody handed on: written below their words, or attached (spec 2.6). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.email.mail import ForwardedMail, MailAddress
from channels.email.reading import words
from channels.email.reading.headers import addresses, date
from channels.email.reading.introducer import Introducer
from channels.email.reading.trim import Line, Trimmed

_SUBJECT = re.compile(rf"\s*(?:{words.FORWARD_SUBJECT})\s*[:：]", re.I)
_PREFIX = re.compile(r"^(?:[ \t]{0,3}>[ \t]?)")
_ADDRESS_LINK = re.compile(r"\[mailto:([^\]\s]{1,320})\]|<mailto:([^>\s]{1,320})>")


def forwarded_inline(lines: Sequence[Line], trimmed: Trimmed, subject: str, limit: int) -> ForwardedMail | None:
    """Return the mail that is forwarded within the text; None when the text is no forward.

    A program's delimiter says so, or a header block or attribution under a subject that begins with "Fwd:" in any
    language.
    """
    found = trimmed.introducer
    if not found or not (found.forward or (found.fields and _SUBJECT.match(subject))):
        return None
    told = _told(found)
    if "from" not in told:
        return None
    body = [line.text for line in lines[found.end :]]
    written = [line for line in body if line.strip()]
    if sum(1 for line in written if _PREFIX.match(line)) * 2 > len(written):
        body = [_PREFIX.sub("", line) for line in body]
    told_date = told.get("date", "")
    return ForwardedMail(
        way="inline",
        from_=_person(told["from"]),
        to=_people(told.get("to", ""), limit),
        cc=_people(told.get("cc", ""), limit),
        subject=told.get("subject", "")[:1_000],
        date=told_date[:200],
        sent_at=date(told_date) if re.search(r"[+-]\d{4}|GMT|UTC", told_date) else None,
        text="\n".join(body).strip("\ufeff \n"),
        comment=trimmed.comment,
    )


def _told(found: Introducer) -> dict[str, str]:
    told: dict[str, str] = {}
    for kind, value in found.fields:
        told.setdefault(kind, value)
    return told


def _people(value: str, limit: int) -> tuple[MailAddress, ...]:
    plain = _ADDRESS_LINK.sub(lambda found: f"<{found[1] or found[2]}>", value).replace("；", ";").replace("，", ",")
    return addresses(plain.encode("utf-8", "replace"), limit=limit)


def _person(value: str) -> MailAddress | None:
    """Return whom a header names; a bare name has an empty address."""
    people = _people(value, 1)
    if people:
        return people[0]
    name = value.strip(" \"'<>")[:200]
    return MailAddress(email="", name=name) if name else None
