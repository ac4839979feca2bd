"""From what a mail says to what the intake door takes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from channels.email.mail import Mail, MailAddress, MailFile
from core.errors import N_, Invalid
from core.message import MAX_ARRIVING_PARTS, MAX_TEXT, Address, InboundMessage, Part, Text
from people.model import normal_email

MOST_TEXTS: Final = 20  # parts of 10,000 characters; the rest is in the mail itself
_MACHINES: Final = ("no-reply", "noreply", "no_reply", "donotreply", "do-not-reply")


def inbound(
    mail: Mail,
    now: datetime,
    *,
    tenant_id: str,
    channel_id: str,
    files: Mapping[int, Part] | None = None,
    sender: MailAddress | None = None,
    own: Collection[str] = (),
    whole: bool = False,
) -> InboundMessage:
    """Return a mail in the one inbound form.

    ``files``: the stored form of `shown_files`, by place. ``sender``: who is meant, when it is not who sent it.
    ``own``: our addresses. ``whole``: with all of the text, for what answers nothing.

    Raises:
        Invalid: nobody is named who could be answered.
    """
    said = sender or customer_of(mail, own)
    return InboundMessage(
        tenant_id=tenant_id,
        channel_id=channel_id,
        external_id=mail.content_hash,
        sender=address_of(said),
        parts=(*texts(words(mail, whole=whole)), *_files(mail, files or {}))[:MAX_ARRIVING_PARTS],
        sent_at=min(mail.sent_at or now, now),
        meta={"subject": mail.subject[:200]},
    )


def words(mail: Mail, *, whole: bool = False) -> str:
    """Return what the mail newly says, or with ``whole`` also what it hands on; never nothing if there is something."""
    new = "" if whole and mail.forwarded else mail.new_text.strip()
    return new or mail.text.strip()


def texts(text: str) -> tuple[Text, ...]:
    """Return a text as parts, each as long as a part may be."""
    clean = text.replace("\0", "").strip() or "—"
    pieces = [clean[at : at + MAX_TEXT] for at in range(0, len(clean), MAX_TEXT)]
    return tuple(Text(text=piece) for piece in pieces[:MOST_TEXTS] if piece)


def customer_of(mail: Mail, own: Collection[str] = ()) -> MailAddress:
    """Return who is to be answered: the sender, or whom a form on our own site names in Reply-To.

    Raises:
        Invalid: nobody is.
    """
    sender, others = mail.from_ or mail.sender, [one for one in mail.reply_to if one.key not in own]
    if sender and sender.email and not (others and (sender.key in own or _is_machine(sender.key))):
        return sender
    if others:
        return others[0]
    if sender and sender.email:
        return sender
    message = N_("The mail names no sender, so nobody could be answered.")
    raise Invalid(message, errors=[{"field": "from", "message": message}])


def _is_machine(address: str) -> bool:
    return address.partition("@")[0] in _MACHINES


def address_of(person: MailAddress) -> Address:
    """Return a person's address as intake knows it.

    Raises:
        Invalid: it is no address.
    """
    try:
        return Address(kind="email", value=normal_email(person.email), name=" ".join(person.name.split())[:100])
    except ValueError as error:
        message = N_("The sender's address is not one that can be answered.")
        raise Invalid(message, errors=[{"field": "from", "message": message}]) from error


def shown_files(mail: Mail) -> dict[int, MailFile]:
    """Return the files that belong to what is newly said, by their place: all but pictures of quotes and signatures."""
    html = mail.new_html or ""
    return {
        place: file
        for place, file in enumerate(mail.attachments)
        if not file.inline or not file.content_id or f"cid:{file.content_id}" in html
    }


def _files(mail: Mail, files: Mapping[int, Part]) -> tuple[Part, ...]:
    return tuple(files[place] for place in sorted(shown_files(mail)) if place in files)


def in_copy(mail: Mail, *, own: Collection[str], sender: str) -> list[MailAddress]:
    """Return who else the mail went to, without us and the sender, each once."""
    found: dict[str, MailAddress] = {}
    for person in (*mail.to, *mail.cc):
        try:
            address = normal_email(person.email)
        except ValueError:
            continue
        if address not in own and address != sender:
            found.setdefault(address, person)
    return list(found.values())[:50]


def handed_on(mail: Mail) -> Mail | None:
    """Return the mail inside a mail that somebody handed on, as if it had come to us; None if there is none."""
    inner = mail.forwarded
    if inner is None or inner.from_ is None or not inner.from_.email:
        return None
    return mail.model_copy(
        update={
            "message_id": inner.message_id, "in_reply_to": (), "references": (), "from_": inner.from_, "sender": None,
            "reply_to": (), "to": inner.to, "cc": inner.cc, "delivered_to": (),
            "subject": inner.subject or mail.subject, "sent_at": inner.sent_at or mail.sent_at, "text": inner.text,
            "new_text": inner.text, "html": inner.html,
            "new_html": inner.html, "quoted": "", "signature": "", "attachments": inner.attachments, "forwarded": None,
        }
    )  # fmt: skip
