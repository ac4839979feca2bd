"""Reading a mail: from any bytes to what the mail says. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import unquote

from channels.email.mail import ForwardedMail, Mail, MailFile, MailKind, ReadingLimits, Unreadable
from channels.email.reading.authentication import authentication
from channels.email.reading.automatic import mailing_list, why_automatic
from channels.email.reading.body import Body, body_of
from channels.email.reading.envelope import Envelope, content_hash, envelope_of
from channels.email.reading.forward import forwarded_inline
from channels.email.reading.headers import words
from channels.email.reading.report import Report, report_of
from channels.email.reading.said import Said, said
from channels.email.reading.structure import Budget, parse
from core.errors import N_

_DEFAULT = ReadingLimits()
_CID = re.compile(r"cid:([^\"'\s>)]{1,400})")
_MAX_SHOWN_HEADERS = 300
_MAX_SHOWN_HEADER = 4_000  # characters


def read_mail(raw: bytes, *, limits: ReadingLimits = _DEFAULT, trusted_authserv_ids: Collection[str] = ()) -> Mail:
    """Return what a mail says; ``trusted_authserv_ids`` name the servers whose Authentication-Results count.

    Raises:
        Unreadable: the bytes are no mail at all, or more than ``limits.mail_bytes``.
    """
    if len(raw) > limits.mail_bytes:
        raise Unreadable(N_("The mail has {size} bytes; the limit is {limit}."), size=len(raw), limit=limits.mail_bytes)
    root, budget = parse(bytes(raw), limits)
    if not root.headers:
        raise Unreadable(N_("The mail has no headers.") if raw.strip() else N_("The mail is empty."))
    body = body_of(root, budget)
    envelope = envelope_of(root, budget, body.charset)
    sender = envelope.from_.email if envelope.from_ else ""
    told = said(body, budget, envelope.from_)
    report = report_of(
        root,
        text=told.text,
        subject=envelope.subject,
        sender=sender,
        empty_return_path=envelope.return_path == "",
    )
    reason, answers = why_automatic(root, subject=envelope.subject, sender=sender)
    kind = _kind(report, body, answers=answers)
    is_ours_to_read = kind in ("message", "calendar")
    return Mail(
        **_fields(envelope),
        text=told.text,
        html=told.html,
        new_text=told.trimmed.new,
        new_html=told.new_html,
        quoted=told.trimmed.quoted,
        signature=told.trimmed.signature,
        remote_images=told.remote_images,
        attachments=_files(body, told.html),
        protection=tuple(body.protection),  # type: ignore[arg-type]  # its keys are the literals
        kind=kind,
        automatic=bool(reason) or not is_ours_to_read,
        reason=reason or ("" if is_ours_to_read else f"it is a {kind}"),
        bounce=report.bounce,
        complaint=report.complaint,
        receipt=report.receipt,
        invitation=body.invitation,
        forwarded=_forwarded(body, told, envelope, budget) if is_ours_to_read else None,
        mailing_list=mailing_list(root),
        authentication=authentication(root.every("authentication-results"), trusted_authserv_ids),
        headers=tuple(
            (name, words(value, body.charset)[:_MAX_SHOWN_HEADER]) for name, value in root.headers[:_MAX_SHOWN_HEADERS]
        ),
        problems=tuple(budget.odd),
        content_hash=content_hash(root),
    )


def _fields(envelope: Envelope) -> dict[str, Any]:
    return {name: getattr(envelope, name) for name in Envelope.__dataclass_fields__}


def _kind(report: Report, body: Body, *, answers: bool) -> MailKind:
    if report.bounce:
        return "bounce"
    if report.complaint:
        return "complaint"
    if report.receipt:
        return "receipt"
    if body.invitation and body.invitation.method in ("REQUEST", "REPLY", "CANCEL", "COUNTER", "DECLINECOUNTER", "ADD"):
        return "calendar"
    return "auto_reply" if answers else "message"


def _files(body: Body, html: str | None) -> tuple[MailFile, ...]:
    """Return the files; those that the HTML shows are inline."""
    shown = {unquote(one) for one in _CID.findall(html)} if html else set()
    return tuple(
        file
        if not (file.content_id and file.content_id in shown) or file.inline
        else file.model_copy(update={"inline": True})
        for file in body.files
    )


def _forwarded(body: Body, told: Said, envelope: Envelope, budget: Budget) -> ForwardedMail | None:
    """Return the mail that is handed on: the first attached one, else the one within the text."""
    if not body.mails:
        found = forwarded_inline(told.lines, told.trimmed, envelope.subject, budget.limits.addresses)
        return found.model_copy(update={"attachments": _files(body, told.html)}) if found else None
    inner = body_of(body.mails[0], budget)
    heading = envelope_of(body.mails[0], budget, inner.charset)
    content = said(inner, budget, heading.from_)
    return ForwardedMail(
        way="attached",
        from_=heading.from_,
        to=heading.to,
        cc=heading.cc,
        subject=heading.subject,
        date=words(body.mails[0].first("date") or b"")[:200],
        sent_at=heading.sent_at,
        message_id=heading.message_id,
        text=content.text,
        html=content.html,
        attachments=_files(inner, content.html),
        comment=told.trimmed.comment,
    )
