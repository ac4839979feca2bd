"""How an answer becomes a mail of its thread and leaves by the channel's own account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from channels.base import Channel, Door, OutboundMessage
from channels.email import facts, letter, smtp, store, texts, threads
from channels.email.letter import Automatic, Enclosed, Outgoing, Written
from channels.email.mail import MailAddress
from channels.email.settings import EmailSettings
from channels.email.smtp import Accepted, Account, Pool
from channels.email.store import KeptMail
from channels.email.tokens import access_token
from core import files
from core.errors import N_, Invalid, NotFound, SendFailed, TooMany
from core.message import Address, Attachment, Happening, Image
from people import store as people
from people.model import Customer, normal_email
from ticketing import service as tickets
from ticketing.model import Envelope, Ticket

REFERENCES: Final = 12  # ids of a thread that a mail names: the first, and the last ones
NO_SERVER: Final = N_("This channel has no server to send through. Enter one in the channel's settings, then retry.")


async def send(door: Door, channel: Channel, settings: EmailSettings, to: Address, message: OutboundMessage) -> str:
    """Send a message as a mail; return its Message-ID.

    The Message-ID is made of the message's id: sent again after an unknown outcome, programs take it for the same.
    An automatic one is left out (and "" returned) where its recipient had enough of them.

    Raises:
        SendFailed: for now or for good.
        TooMany: the account has sent all that it may in this minute.
    """
    if not settings.smtp_host:
        raise SendFailed(NO_SERVER)
    if message.automatic and not await _may_answer(door, channel, settings, to, message):
        return ""
    mail = await _mail(door, channel, settings, to, message)
    accepted = await leave(door, channel, settings, mail, _kept(door, channel, mail, message))
    for recipient, said in accepted.refused.items():
        await _tell_refused(door, channel, message, recipient, said)
    return mail.message_id


async def leave(door: Door, channel: Channel, settings: EmailSettings, mail: Outgoing, kept: KeptMail) -> Accepted:
    """Keep a mail and give it to the channel's server; return what the server said.

    Raises:
        SendFailed: for now or for good.
        TooMany: the account has sent all that it may in this minute.
    """
    try:
        written = letter.write(mail)
    except Invalid as impossible:
        raise SendFailed(impossible.detail, **impossible.facts) from impossible
    if settings.mails_per_minute:
        wait = await store.may_send(door.db, channel, settings.mails_per_minute, door.db.now())
        if wait is not None:
            raise TooMany(N_("This account has sent all that it may for now."), retry_after=wait.total_seconds())
    kept = await store.keep_sent(door.db, kept)
    envelope = smtp.Envelope(
        sender=letter.wire_address(mail.from_),
        recipients=[letter.wire_address(one) for one in mail.recipients],
        size=written.size,
        pieces=partial(pieces, door, channel.tenant_id, written),
        utf8=mail.needs_utf8,
    )
    accepted = await pool(door, channel, settings).send(envelope)
    if given := threads.ids_given(accepted.said):
        await store.add_message_ids(door.db, kept, given)
    return accepted


async def _tell_refused(door: Door, channel: Channel, message: OutboundMessage, recipient: str, said: str) -> None:
    """Tell the desk that one of several recipients was refused: the others have the mail."""
    if message.ticket is None:
        return
    reason = N_("The mail server did not take the mail for this address; the others have it.")
    told = Happening(name="bounced", data={"reason": reason, "hint": "", "recipient": recipient, "diagnostic": said})
    await tickets.remark(door.db, channel.tenant_id, message.ticket.id, told)


def account(door: Door, channel: Channel, settings: EmailSettings) -> Account:
    """Return whom a channel's mails are given to."""

    async def token(refused: str | None) -> str:
        return await access_token(door.db, channel, settings, not_this=refused, private=door.private_servers)

    return Account(
        host=settings.smtp_host, port=settings.smtp_port, security=settings.smtp_security, user=settings.writer,
        password=settings.writer_password, certificate=settings.certificate, private=door.private_servers,
        token=token if settings.sign_in == "xoauth2" else None,
    )  # fmt: skip


def pool(door: Door, channel: Channel, settings: EmailSettings) -> Pool:
    """Return the connections of a channel's account in this process; other settings have others."""
    key = ("smtp", channel.id, channel.version)
    return door.kept.get(key, lambda: Pool(account(door, channel, settings), settings.connections))


async def pieces(door: Door, tenant_id: str, written: Written) -> AsyncIterator[bytes]:
    """Yield a mail's bytes with doubled dots (RFC 5321 §4.5.2); base64 has no dots, so files need none."""
    yield _dotted(written.beginning)
    for head, enclosed in written.files:
        yield head
        file = await files.get(door.db, tenant_id, enclosed.file_id)
        rest = b""
        async for chunk in files.stream(door.db, file):
            rest += chunk
            while len(rest) >= letter.SLICE:
                yield letter.encoded(rest[: letter.SLICE])
                rest = rest[letter.SLICE :]
        yield letter.encoded(rest)
    yield written.end


def _dotted(text: bytes) -> bytes:
    doubled = text.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


async def _may_answer(
    door: Door, channel: Channel, settings: EmailSettings, to: Address, message: OutboundMessage
) -> bool:
    """Return whether a machine may write to an address now: rarely, and never to ourselves (RFC 3834 §2)."""
    own = {address for one in await store.email_channels(door.db, channel.tenant_id)
           for address in EmailSettings.model_validate(one.settings).addresses}  # fmt: skip
    if to.value.lower() in own:
        return False
    if message.purpose == "notice":  # an agent wants to hear of everything
        return True
    limit = settings.automatic_per_hour
    return await store.may_answer(door.db, channel.tenant_id, to.value.lower(), message.id, limit=limit)


async def _mail(
    door: Door, channel: Channel, settings: EmailSettings, to: Address, message: OutboundMessage
) -> Outgoing:
    ticket, envelope = message.ticket, message.envelope or Envelope()
    customer = await _customer(door, channel, ticket)
    thread = await store.thread_of(door.db, channel.tenant_id, ticket.id) if ticket else []
    ids = [mail.message_ids[0] for mail in thread if mail.message_ids and mail.id != message.id]
    heard = [mail for mail in thread if mail.direction == "in"]
    tag = threads.tag(door.secret, channel.tenant_id, channel.id, ticket.number) if ticket else ""
    language = await _language(door, channel, customer, to, message)
    desk = settings.desk(ticket.group.id) if ticket and ticket.group else None
    told = await facts.of(door, channel, message, language=language, recipient=to.name, desk=desk)
    words = await texts.compose(door.db, channel.tenant_id, message.purpose, language, told)
    address = (desk and desk.address) or settings.address
    name = (desk and desk.from_name) or settings.from_name or told["company"]
    recipients = tuple(MailAddress(email=one) for one in envelope.to) or (
        MailAddress(email=to.value, name=to.name) if message.purpose == "notice" else _recipient(to, customer, heard),
    )
    automatic: Automatic = "auto-generated" if message.purpose == "notice" else "auto-replied"
    domain = letter.ascii_domain(address.rpartition("@")[2])
    is_notice = message.purpose == "notice"
    return Outgoing(
        message_id=threads.signed_id(tag, message.id, domain) if tag and is_notice else f"<{message.id}@{domain}>",
        from_=MailAddress(email=address, name=name),
        to=recipients,
        cc=await _copies(door, channel, ticket, envelope) if not message.automatic else (),
        bcc=tuple(MailAddress(email=one) for one in envelope.bcc),
        subject=_subject(envelope.subject or words.subject, ticket, answers=bool(ids)),
        text=words.text,
        html=letter.page(words.html, language),
        date=door.db.now(),
        reply_to=MailAddress(email=threads.tagged(address, tag)) if tag and settings.tagged_replies else None,
        in_reply_to=heard[-1].message_ids[0] if heard and heard[-1].message_ids else (ids[-1] if ids else None),
        references=tuple(dict.fromkeys([*ids[:1], *ids[1:][-REFERENCES:]])),
        automatic=automatic if message.automatic else "",
        enclosed=tuple(_enclosed(part) for part in message.parts if isinstance(part, Attachment)),
        headers=(("X-Waystation-Entry", message.id),),
    )


async def _language(
    door: Door, channel: Channel, customer: Customer | None, to: Address, message: OutboundMessage
) -> str:
    """Return the language of who reads the mail: an agent for a notice, else the customer."""
    if message.purpose == "notice":
        agents = await people.agents_with_emails(door.db, channel.tenant_id, [to.value])
        return agents[to.value].language if to.value in agents else channel.language
    return customer.language if customer else channel.language


def _subject(subject: str, ticket: Ticket | None, *, answers: bool) -> str:
    if ticket is None:
        return subject
    marked = threads.marked_subject(subject, ticket.number)
    return f"Re: {marked}" if answers and not subject.lower().startswith("re:") else marked


def _recipient(to: Address, customer: Customer | None, heard: list[KeptMail]) -> MailAddress:
    """Return where the customer is answered: at the address last written from, if it is the customer's."""
    theirs = {one.value for one in customer.identities if one.kind == "email"} if customer else set()
    last = next((mail.from_.lower() for mail in reversed(heard) if mail.from_.lower() in theirs), to.value)
    return MailAddress(email=last, name=to.name)


async def _customer(door: Door, channel: Channel, ticket: Ticket | None) -> Customer | None:
    if ticket is None or ticket.customer is None:
        return None
    try:
        return await people.customer(door.db, channel.tenant_id, ticket.customer.id)
    except NotFound:
        return None


async def _copies(door: Door, channel: Channel, ticket: Ticket | None, envelope: Envelope) -> tuple[MailAddress, ...]:
    """Return who outside gets a copy; agents are told by notices of their own."""
    if envelope.cc is not None:
        return tuple(MailAddress(email=one) for one in envelope.cc)
    copied = ticket.cc if ticket else ()
    ids = [one.id for one in copied if one.kind == "customer"]
    customers = await people.customers_with_ids(door.db, channel.tenant_id, ids)
    found: list[MailAddress] = []
    for one in copied:
        email = one.id if one.kind == "email" else None
        if one.kind == "customer" and one.id in customers:
            email = customers[one.id].identity("email")
        if email:
            try:
                found.append(MailAddress(email=normal_email(email), name=one.name))
            except ValueError:
                continue
    return tuple(found)


def _enclosed(part: Attachment) -> Enclosed:
    shown = letter.content_id(part.file_id) if isinstance(part, Image) else None
    return Enclosed(part.file_id, part.name or "file", part.media_type, part.size, shown)


def _kept(door: Door, channel: Channel, mail: Outgoing, message: OutboundMessage) -> KeptMail:
    ticket = message.ticket
    return KeptMail(
        id=message.id, tenant_id=channel.tenant_id, channel_id=channel.id, direction="out", at=door.db.now(),
        message_ids=(mail.message_id,), ticket_id=ticket.id if ticket else None,
        entry_id=message.id if ticket and not message.automatic else None, subject=mail.subject,
        from_=mail.from_.email, to=tuple(one.key for one in mail.to), cc=tuple(one.key for one in mail.cc),
        bcc=tuple(one.key for one in mail.bcc), for_agents=message.purpose == "notice",
        automatic=message.automatic, outcome="sent",
        headers=(("Message-ID", mail.message_id), ("References", " ".join(mail.references))),
    )  # fmt: skip
