"""Who wrote a mail, to whom, when, and in which thread. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from channels.email.mail import MailAddress
from channels.email.reading.headers import addresses, date, message_ids, subject, words
from channels.email.reading.structure import Budget, Node
from channels.email.reading.words import Oddity

_DELIVERED = (
    "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "apparently-to",
    "x-forwarded-to",
)  # fmt: skip
_IDENTITY = ("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "content-type")


@dataclass(frozen=True)
class Envelope:
    """The headers that people see, and those that find the ticket."""

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    from_: MailAddress | None
    sender: MailAddress | None
    reply_to: tuple[MailAddress, ...]
    to: tuple[MailAddress, ...]
    cc: tuple[MailAddress, ...]
    delivered_to: tuple[str, ...]
    return_path: str | None
    subject: str
    sent_at: datetime | None


class _Headers:
    def __init__(self, root: Node, budget: Budget, charset: str | None) -> None:
        self.root, self.budget, self.charset = root, budget, charset
        self.left = budget.limits.addresses

    def people(self, *names: str) -> tuple[MailAddress, ...]:
        """Return the addresses of all headers of these names; all headers of a mail share one limit."""
        found: list[MailAddress] = []
        for name in names:
            for value in self.root.every(name):
                found.extend(addresses(value, limit=self.left + 1, hint=self.charset))
                if len(found) > self.left:
                    self.budget.note(Oddity.TOO_MANY_ADDRESSES)
                    del found[self.left :]
        self.left -= len(found)
        return tuple(found)

    def ids(self, name: str) -> tuple[str, ...]:
        """Return the message ids of all headers of a name, each once."""
        return tuple(dict.fromkeys(one for value in self.root.every(name) for one in message_ids(value)))


def envelope_of(root: Node, budget: Budget, charset: str | None) -> Envelope:
    """Return a mail's envelope; ``charset`` is its body's, for headers that name none.

    A mail without From is its Sender's, or else its return path's.
    """
    headers = _Headers(root, budget, charset)
    authors = headers.people("from")
    sender = headers.people("sender")
    return_path = root.first("return-path")
    returned = headers.people("return-path")
    if not authors:
        budget.note(Oddity.NO_FROM)
    elif len(authors) > 1:
        budget.note(Oddity.SEVERAL_FROM)
    return Envelope(
        message_id=next(iter(headers.ids("message-id")), None),
        in_reply_to=headers.ids("in-reply-to"),
        references=headers.ids("references"),
        from_=next(iter((*authors, *sender, *returned)), None),
        sender=next(iter(sender), None),
        reply_to=headers.people("reply-to", "mail-reply-to"),
        to=headers.people("to"),
        cc=headers.people("cc"),
        delivered_to=tuple(dict.fromkeys(one.key for one in headers.people(*_DELIVERED))),
        return_path=None if return_path is None else returned[0].email if returned else "",
        subject=subject(root.first("subject") or b"", charset),
        sent_at=_sent_at(root, budget),
    )


def _sent_at(root: Node, budget: Budget) -> datetime | None:
    """Return the Date, or when the last server received the mail if the date is missing or nonsense."""
    if written := root.first("date"):
        if moment := date(written):
            return moment
        budget.note(Oddity.DATE_WRONG)
    received = root.first("received")
    return date(received.rpartition(b";")[2]) if received else None


def content_hash(root: Node) -> str:
    """Return a SHA-256 of what the sender wrote: the same on every way that the mail took."""
    digest = hashlib.sha256()
    for name in _IDENTITY:
        value = words(b" ".join(root.every(name))[:8_192])
        digest.update(f"{name}:{value}\n".encode("utf-8", "surrogatepass"))
    body = root.body
    digest.update(body.replace(b"\r\n", b"\n").rstrip() if b"\r" in body else body.rstrip())
    return digest.hexdigest()
