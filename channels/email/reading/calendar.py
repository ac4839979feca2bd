"""Invitations: the first event of an iCalendar text, in a form that people read (RFC 5545, RFC 5546). Pure."""

from __future__ import annotations

import re

from channels.email.mail import Invitation

_LINE = re.compile(r"([A-Za-z-]{1,40})((?:;[A-Za-z0-9-]{1,40}=(?:\"[^\"]{0,300}\"|[^\";:]{0,300}))*):(.*)")
_PARAMETER = re.compile(r";([A-Za-z0-9-]+)=(?:\"([^\"]*)\"|([^\";:]*))")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
_MAX_LINES = 5_000
_MAX_ATTENDEES = 100


def invitation(text: str, method: str = "") -> Invitation | None:
    """Return the first event of a calendar; ``method`` is what the mail's part names. None when there is no event."""
    unfolded = re.sub(r"\n[ \t]", "", text[:500_000])
    found: dict[str, str] = {}
    attendees: list[str] = []
    status = ""
    depth: list[str] = []
    for line in unfolded.split("\n")[:_MAX_LINES]:
        parts = _LINE.match(line.strip())
        if not parts:
            continue
        name, value = parts[1].upper(), parts[3].strip()
        told = {key.upper(): quoted or plain for key, quoted, plain in _PARAMETER.findall(parts[2])}
        if name == "BEGIN":
            depth.append(value.upper())
        elif name == "END":
            if depth.pop() == "VEVENT" if depth else False:
                break
        elif name == "METHOD":
            method = method or value
        elif depth[-1:] != ["VEVENT"]:
            continue
        elif name == "ATTENDEE" and len(attendees) < _MAX_ATTENDEES:
            attendees.append(_person(value, told))
            status = status or told.get("PARTSTAT", "")
        elif name == "ORGANIZER":
            found.setdefault(name, _person(value, told))
        elif name in ("DTSTART", "DTEND"):
            found.setdefault(name, _moment(value, told.get("TZID", "")))
        else:
            found.setdefault(name, _plain(value))
    if not found:
        return None
    method = method.upper()[:20]
    return Invitation(
        method=method,
        uid=found.get("UID", "")[:500],
        summary=found.get("SUMMARY", "")[:500],
        starts=found.get("DTSTART", ""),
        ends=found.get("DTEND", ""),
        location=found.get("LOCATION", "")[:500],
        organizer=found.get("ORGANIZER", ""),
        attendees=tuple(attendees),
        status=status.upper()[:20] if method == "REPLY" else "",
        recurring="RRULE" in found,
    )


def as_text(event: Invitation) -> str:
    """Return an invitation as lines of text, for a mail that has no other words."""
    when = " – ".join(filter(None, (event.starts, event.ends)))
    lines = (event.summary, when, event.location, event.organizer, event.status)
    return "\n".join(line for line in lines if line)


def _plain(value: str) -> str:
    return re.sub(r"\\([\\;,nN])", lambda found: "\n" if found[1] in "nN" else found[1], value)


def _person(value: str, told: dict[str, str]) -> str:
    email = re.sub(r"(?i)^mailto:", "", value)[:320]
    name = told.get("CN", "")[:200]
    return f"{name} <{email}>" if name and name != email else email


def _moment(value: str, zone: str) -> str:
    found = _MOMENT.match(value)
    if not found:
        return value[:100]
    day = f"{found[1]}-{found[2]}-{found[3]}"
    if not found[4]:
        return day
    zone = "UTC" if found[7] else zone[:60]
    return f"{day} {found[4]}:{found[5]}" + (f" ({zone})" if zone else "")
