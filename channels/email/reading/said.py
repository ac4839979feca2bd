"""What a mail says: its text and its HTML, each whole and only what is new. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from channels.email.mail import MailAddress
from channels.email.reading import calendar, html
from channels.email.reading.body import Body, is_stub
from channels.email.reading.headers import words
from channels.email.reading.structure import Budget
from channels.email.reading.trim import Line, Role, Trimmed, trim
from channels.email.reading.words import Oddity

_NOT_WORDS = re.compile(r"[\s>*_|\u200b\ufeff\xa0-]+")


@dataclass(frozen=True)
class Said:
    """The text with what is new in it, and the same as HTML where the mail has any."""

    text: str
    lines: tuple[Line, ...]
    trimmed: Trimmed
    html: str | None = None
    new_html: str | None = None
    remote_images: int = 0


def said(body: Body, budget: Budget, sender: MailAddress | None) -> Said:
    """Return what the segments of a mail say; text is made from HTML where there is none."""
    texts = [segment.text for segment in body.segments]
    cleaned = _cleaned(body, budget)
    if cleaned is None:
        plain = _joined(
            text or html.stripped(segment.html or "") for segment, text in zip(body.segments, texts, strict=True)
        )
        lines = _lines(plain or _instead(body), budget)
        return Said("\n".join(line.text for line in lines), lines, trim(lines, sender))
    rendering = html.render(cleaned.html)
    plain = _joined(text or "" for text in texts)
    rendered = tuple(rendering.lines)
    if any(
        not (text or "").strip() and segment.html for segment, text in zip(body.segments, texts, strict=True)
    ) or is_stub(plain, rendering.text):
        trimmed = trim(rendered, sender)
        return Said(
            rendering.text, rendered, trimmed, cleaned.html, html.cut(rendering, trimmed.roles), cleaned.remote_images
        )
    lines = _lines(plain, budget)
    by_text, by_html = trim(lines, sender), trim(rendered, sender)
    if by_html.quoted and not by_text.quoted:
        by_text = _alike(lines, by_html, by_text)
    elif by_text.quoted and not by_html.quoted:
        by_html = _alike(rendered, by_text, by_html)
    new_html = html.cut(rendering, by_html.roles)
    return Said("\n".join(line.text for line in lines), lines, by_text, cleaned.html, new_html, cleaned.remote_images)


def _cleaned(body: Body, budget: Budget) -> html.Clean | None:
    if not any(segment.html is not None for segment in body.segments):
        return None
    whole = "".join(
        segment.html if segment.html is not None else html.from_text(segment.text or "") for segment in body.segments
    )
    if len(whole) > budget.limits.html_characters or not html.is_reasonable(whole):
        budget.note(Oddity.HTML_CUT)
        return None
    return html.clean(whole, body.locations)


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(text.strip("\n") for text in texts if text.strip())


def _lines(text: str, budget: Budget) -> tuple[Line, ...]:
    if len(text) > budget.limits.text_characters:
        budget.note(Oddity.TEXT_CUT)
        text = text[: budget.limits.text_characters]
    return tuple(Line(line.rstrip()) for line in text.rstrip().split("\n"))


def _instead(body: Body) -> str:
    """Return words for a mail that has none: its invitation, or the subjects of the mails in it."""
    if body.invitation:
        return calendar.as_text(body.invitation)
    subjects = (words(mail.first("subject") or b"", body.charset) for mail in body.mails)
    return "\n".join(subject for subject in subjects if subject)


def _alike(lines: Sequence[Line], model: Trimmed, own: Trimmed) -> Trimmed:
    """Return the lines trimmed where their sister part is: a program may tell the beginning of a quote in one only."""
    wanted = _NOT_WORDS.sub("", model.new)
    seen = 0
    for at, line in enumerate(lines):
        words_here = _NOT_WORDS.sub("", line.text)
        if not wanted.startswith(words_here, seen):
            return own
        seen += len(words_here)
        if seen and seen == len(wanted):
            rest = [Line(one.text, Role.QUOTE) for one in lines[at + 1 :]]
            return trim([*(Line(one.text, role) for one, role in zip(lines[: at + 1], own.roles, strict=False)), *rest])
    return own
