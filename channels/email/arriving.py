"""What becomes of a mail that arrived, by whatever way: whose it is, where it belongs, and that it is there once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from channels.base import Channel, Door, Filing
from channels.email import by_agent, inbound, store, threads
from channels.email.apart import Readers
from channels.email.mail import Mail, MailFile, Peer, Unreadable, never_answer
from channels.email.settings import EmailSettings
from channels.email.store import KeptMail, MailAside
from core import files
from core.db import Change, Insert
from core.errors import N_, Conflict, Duplicate, Forbidden, Invalid, NotFound, Problem, Unavailable
from core.events import Actor
from core.files import UseFiles
from core.ids import new_id
from core.message import File, Happening, Image, Part, Video, Voice, gist
from people import store as people
from people.model import Agent, KnownAs
from ticketing import service as tickets
from ticketing import store as ticket_store
from ticketing.model import Copied, Delivery, Ticket, TicketEntry

VERIFIERS: Final = 8  # processes at most that verify senders
RECENT: Final = timedelta(days=1)  # older mails are imported without a receipt, and without notices to agents
MERGES: Final = 20  # of a ticket into another and another that are followed
UNKNOWN: Final = N_("This mail could not be taken in ({reason}). Open the original, and report it.")


@dataclass(frozen=True)
class Arrival:
    """A mail that came in, and what must be stored together with whatever becomes of it (``seen``)."""

    channel: Channel
    settings: EmailSettings
    raw: bytes
    seen: Sequence[Change] = ()
    uid_validity: int = 0
    uid: int = 0
    own: dict[str, str] = field(default_factory=dict)  # our addresses → the channel that they belong to
    source: str | None = None  # the file that it is kept as already
    peer: Peer | None = None  # who handed it to us directly, so that we verify the sender


def readers(door: Door) -> Readers:
    """Return the processes in which mails are read."""
    return door.kept.get("email-readers", Readers)


def verifiers(door: Door) -> Readers:
    """Return the processes in which mails are read that came in directly: they may wait for names."""
    return door.kept.get("email-verifiers", lambda: Readers(VERIFIERS))


async def read(door: Door, arrival: Arrival) -> Mail | Unreadable:
    """Return what the mail says, or why it cannot be read."""
    try:
        if arrival.peer:
            return await verifiers(door).read(arrival.raw, peer=arrival.peer)
        return await readers(door).read(arrival.raw, trusted=arrival.settings.trusted_servers)
    except Unreadable as unreadable:
        return unreadable


async def take_in(door: Door, arrival: Arrival, mail: Mail | Unreadable) -> KeptMail | MailAside:
    """Make a mail part of a ticket, or note why not; it never raises for what is wrong with the mail.

    Raises:
        Unavailable, Conflict: nothing is known to be stored; taking it in again is safe.
    """
    if isinstance(mail, Unreadable):
        return await _put_aside(door, arrival, mail)
    known = None
    if arrival.source is None:  # else somebody looked a moment ago
        known = await store.arrived(door.db, arrival.channel.tenant_id, mail.content_hash)
    if known is None:
        try:
            return await Taking(door, arrival, mail).take()
        except Duplicate:
            known = await store.arrived(door.db, arrival.channel.tenant_id, mail.content_hash)
        except (Unavailable, Conflict):
            raise
        except Problem as problem:
            return await _put_aside(door, arrival, problem)
    if known is None:  # the same message, not quite the same mail: its ticket has it
        return await _put_aside(door, arrival, Invalid(UNKNOWN, reason="doubled"))
    if arrival.seen:
        await door.db.commit(*arrival.seen)
    return known


async def _put_aside(door: Door, arrival: Arrival, why: Problem) -> MailAside:
    source = await keep_source(door, arrival)
    mail = aside(door, arrival, why, source_id=source)
    uses = UseFiles(arrival.channel.tenant_id, [source], arrival.channel.id)
    await door.db.commit(Insert(mail), uses, *arrival.seen)
    return mail


def aside(door: Door, arrival: Arrival, why: Problem, **fields: Any) -> MailAside:
    """Return a mail as it is put aside, with the reason."""
    now = door.db.now()
    return MailAside(
        id=new_id(now), tenant_id=arrival.channel.tenant_id, channel_id=arrival.channel.id, at=now,
        reason=why.detail or why.title, facts={name: str(fact)[:300] for name, fact in why.facts.items()},
        uid_validity=arrival.uid_validity, uid=arrival.uid, **({"size": len(arrival.raw)} | fields),
    )  # fmt: skip


async def keep_source(door: Door, arrival: Arrival, name: str = "mail") -> str:
    """Store the mail as it came, unless it is; return the file's id."""
    if arrival.source:
        return arrival.source
    return (await _keep(door, arrival.channel, f"{name[:80]}.eml", "message/rfc822", arrival.raw, as_it_is=True)).id


async def _keep(
    door: Door, channel: Channel, name: str, media_type: str, content: bytes, *, as_it_is: bool = False
) -> files.StoredFile:
    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(content), 1_048_576):
            yield content[at : at + 1_048_576]

    return await files.put(
        door.db, channel.tenant_id, name=name, media_type=media_type, chunks=chunks(), limit=max(len(content), 1),
        uploaded_by=f"channel:{channel.id}", as_it_is=as_it_is,
    )  # fmt: skip


class Taking:
    """One mail on its way into the desk."""

    def __init__(self, door: Door, arrival: Arrival, mail: Mail) -> None:
        self.door, self.arrival, self.mail = door, arrival, mail
        self.db, self.channel = door.db, arrival.channel
        self.tenant_id = arrival.channel.tenant_id
        self.own = set(arrival.own) | arrival.settings.addresses
        self.refused: list[str] = []
        self.inline: dict[str, str] = {}

    async def take(self) -> KeptMail:
        """Decide what the mail is, and store what follows from it."""
        mail = self.mail
        if mail.bounce is not None:
            return await self._bounce()
        if mail.kind in ("auto_reply", "bounce", "receipt", "complaint"):
            return await self._machine()
        if mail.from_ and mail.from_.key in self.own and not any(one.key not in self.own for one in mail.reply_to):
            return await self._ignore("own", N_("It comes from an address of this desk."))
        agent = await self._agent()
        address = inbound.address_of(inbound.customer_of(mail, self.own)).value
        ticket = await self._thread(address, is_agent=agent is not None)
        if ticket and not await self._is_customer(address, ticket):
            if agent:
                return await by_agent.answer(self, agent, ticket)
            if pretended := await self._pretended():
                return await by_agent.put_beside(self, pretended, ticket)
        inner = inbound.handed_on(mail) if agent else None
        if agent and not ticket and inner and inner.from_ and inner.from_.key not in self.own:
            return await self._file(inner, None, agent=agent)
        return await self._file(mail, ticket)

    # --- Into a ticket ---

    async def _file(self, mail: Mail, ticket: Ticket | None, *, agent: Agent | None = None) -> KeptMail:
        """Hand the mail to the door; ``agent``: who handed it on, so that it opens a ticket in its writer's name."""
        sender = inbound.customer_of(mail, self.own)
        address = inbound.address_of(sender)
        parts = await self.files(mail)
        message = inbound.inbound(
            mail,
            self.db.now(),
            tenant_id=self.tenant_id,
            channel_id=self.channel.id,
            files=parts,
            sender=sender,
            own=self.own,
            whole=ticket is None,
        )
        message = message.model_copy(update={"thread": ticket.id if ticket else None})
        source = await self.source()
        kept = self.kept(source, outcome="heard" if ticket else "opened")
        filing = Filing(
            subject=mail.subject[:200],
            cc=await self._copied(mail, address.value, ticket),
            note=inbound.texts(self.mail.new_text) if agent and self.mail.new_text.strip() else (),
            handed_on_by=Actor(kind="agent", id=agent.id, name=agent.name) if agent else None,
            answers_by_itself=self._may_be_answered(),
            quiet=not (self.arrival.settings.notices and self._is_recent()),
            channel=self.channel,
        )
        stored: list[KeptMail] = []

        def along(ticket: Ticket, entry: TicketEntry) -> Sequence[Change]:
            mine = kept.model_copy(update={"ticket_id": ticket.id, "entry_id": entry.id})
            stored[:] = [mine]
            uses = UseFiles(self.tenant_id, [source, *self.inline.values()], ticket.id)
            return [Insert(mine), uses, *self.arrival.seen]

        try:
            filed = await self.door.file(message, replace(filing, along=along))
        except Forbidden as blocked:
            return await self._ignore("ignored", blocked.detail)
        if not stored or stored[0].entry_id != filed.entry.id:  # somebody else stored it this very moment
            raise Duplicate
        return stored[0]

    def _may_be_answered(self) -> bool:
        """Return whether a machine may answer it: RFC 3834, and it is not from long ago."""
        return self.arrival.settings.receipt and not never_answer(self.mail) and self._is_recent()

    def _is_recent(self) -> bool:
        return self.db.now() - (self.mail.sent_at or self.db.now()) < RECENT

    async def _thread(self, sender: str, *, is_agent: bool) -> Ticket | None:
        """Return the ticket that the mail answers (spec 2.6): by ids, a signed tag, or a participant's subject tag."""
        named = threads.named_ids(self.mail)
        found = await store.mails_named(self.db, self.tenant_id, named)
        for id in named:
            if id in found:
                with contextlib.suppress(NotFound):
                    return await self._where_it_is(
                        await ticket_store.ticket(self.db, self.tenant_id, str(found[id].ticket_id))
                    )
        channels = {self.channel.id, *self.arrival.own.values()}
        number = threads.tagged_number(
            self.mail, secret=self.door.secret, tenant_id=self.tenant_id, channel_ids=channels
        )
        if number is not None and (ticket := await ticket_store.ticket_numbered(self.db, self.tenant_id, number)):
            return await self._where_it_is(ticket)
        for number in threads.subject_numbers(self.mail.subject):
            ticket = await ticket_store.ticket_numbered(self.db, self.tenant_id, number)
            if ticket and (is_agent or await self._takes_part(sender, ticket)):
                return await self._where_it_is(ticket)
        return None

    async def _where_it_is(self, ticket: Ticket) -> Ticket:
        """Return the ticket that a merged one is part of now."""
        for _ in range(MERGES):
            if ticket.merged_into_id is None:
                break
            ticket = await ticket_store.ticket(self.db, self.tenant_id, ticket.merged_into_id)
        return ticket

    async def _is_customer(self, sender: str, ticket: Ticket) -> bool:
        """Return whether somebody is the ticket's customer: agents may be customers, too."""
        customer = await people.customer_with_identity(self.db, self.tenant_id, KnownAs(kind="email", value=sender))
        return customer is not None and ticket.customer is not None and customer.id == ticket.customer.id

    async def _takes_part(self, sender: str, ticket: Ticket) -> bool:
        """Return whether somebody is the ticket's customer or in copy: the number in a subject is no secret."""
        if any(copied.kind == "email" and copied.id.lower() == sender for copied in ticket.cc):
            return True
        customer = await people.customer_with_identity(self.db, self.tenant_id, KnownAs(kind="email", value=sender))
        if customer is None:
            return False
        copied = {one.id for one in ticket.cc if one.kind == "customer"}
        return customer.id in copied or (ticket.customer is not None and ticket.customer.id == customer.id)

    async def _agent(self) -> Agent | None:
        """Return the agent who wrote it, if that is proven: one whose proof is missing is a stranger."""
        if not self.mail.authentication.is_proven:
            return None
        return await self._pretended()

    async def _pretended(self) -> Agent | None:
        """Return the agent whose address stands in From, whoever wrote it there."""
        sender = self.mail.from_.key if self.mail.from_ else ""
        return (await people.agents_with_emails(self.db, self.tenant_id, [sender])).get(sender)

    async def _copied(self, mail: Mail, sender: str, ticket: Ticket | None) -> tuple[Copied, ...]:
        """Return who gets copies from now on: whoever the mail went to; strangers bring nobody into a ticket."""
        others = {one.key: one for one in inbound.in_copy(mail, own=self.own, sender=sender)}
        if not others or (ticket and not await self._takes_part(sender, ticket)):
            return ()
        agents = await people.agents_with_emails(self.db, self.tenant_id, others)
        return tuple(
            Copied(kind="agent", id=agents[key].id, name=agents[key].name)
            if key in agents
            else Copied(kind="email", id=key, name=one.name[:100])
            for key, one in others.items()
        )

    async def files(self, mail: Mail) -> dict[int, Part]:
        """Store the attachments; return those that are shown, by place. What is not accepted stays in the original."""
        shown = inbound.shown_files(mail)
        stored: dict[int, Part] = {}

        async def keep(place: int, file: MailFile) -> None:
            try:
                kept = await _keep(self.door, self.channel, file.name or "file", file.media_type, file.content)
            except Invalid:
                self.refused.append(file.name[:200])
                return
            if file.content_id:
                self.inline[file.content_id] = kept.id
            if place in shown:
                stored[place] = _part(kept)

        for at in range(0, len(mail.attachments), 8):
            batch = list(enumerate(mail.attachments))[at : at + 8]
            await asyncio.gather(*(keep(place, file) for place, file in batch))
        return stored

    # --- Not into a ticket, or only beside it ---

    async def _bounce(self) -> KeptMail:
        """Mark the message that came back (spec 2.6); a bounce of something unknown is only kept."""
        bounce = self.mail.bounce
        assert bounce is not None
        named = [bounce.original_message_id] if bounce.original_message_id else []
        sent = await self._ours([*named, *threads.named_ids(self.mail)])
        if sent is None:
            return await self._ignore("bounce", N_("It tells that a mail came back which this desk did not send."))
        recipient = bounce.original_recipient or next((one.email for one in bounce.recipients), "")
        facts = {"recipient": recipient, "diagnostic": bounce.diagnostic[:500]}
        source, kept = await self._keep_beside(sent, "bounce", bounce.reason)
        changes = self._beside(kept, source, str(sent.ticket_id))
        if sent.entry_id:
            delivery = Delivery(
                state="bounced" if bounce.permanent else "sent", at=self.db.now(), reason=bounce.reason,
                hint=bounce.hint, facts=facts,
            )  # fmt: skip
            await tickets.note_delivery(self.db, self.tenant_id, sent.entry_id, delivery, *changes)
            return kept
        told = Happening(name="bounced", data={"reason": bounce.reason, "hint": bounce.hint, **facts})
        await tickets.remark(self.db, self.tenant_id, str(sent.ticket_id), told, along=lambda _: changes)
        return kept

    async def _machine(self) -> KeptMail:
        """Note an automatic answer in the ticket that it belongs to, for agents; it opens and reopens nothing."""
        about = self.mail.receipt or self.mail.complaint
        named = [about.original_message_id] if about and about.original_message_id else []
        sent = await self._ours([*named, *threads.named_ids(self.mail)])
        if sent is None or sent.for_agents:  # an agent who is away is no news for the ticket
            return await self._ignore("auto_reply", self.mail.reason or N_("A machine wrote it, in answer to nothing."))
        source, kept = await self._keep_beside(sent, "auto_reply", self.mail.reason)
        changes = self._beside(kept, source, str(sent.ticket_id))
        told = _told_by_machine(self.mail, sent)
        await tickets.remark(self.db, self.tenant_id, str(sent.ticket_id), told, along=lambda _: changes)
        return kept

    async def _ours(self, ids: Sequence[str]) -> KeptMail | None:
        """Return the mail of ours that one of these ids names, the first first."""
        found = await store.mails_named(self.db, self.tenant_id, ids)
        return next((found[id] for id in ids if id in found and found[id].direction == "out"), None)

    async def source(self) -> str:
        """Store the mail as it came, unless it is; return the file's id."""
        return await keep_source(self.door, self.arrival, self.mail.subject or "mail")

    async def _keep_beside(self, sent: KeptMail, outcome: Any, reason: str) -> tuple[str, KeptMail]:
        source = await self.source()
        kept = self.kept(source, outcome=outcome, reason=reason)
        return source, kept.model_copy(update={"ticket_id": sent.ticket_id})

    def _beside(self, kept: KeptMail, source: str, used_in: str) -> list[Change]:
        return [Insert(kept), UseFiles(self.tenant_id, [source], used_in), *self.arrival.seen]

    async def _ignore(self, outcome: Any, reason: str) -> KeptMail:
        """Keep the mail, and do nothing else."""
        source = await self.source()
        kept = self.kept(source, outcome=outcome, reason=reason)
        await self.db.commit(*self._beside(kept, source, self.channel.id))
        return kept

    def kept(self, source: str, **fields: Any) -> KeptMail:
        mail, now = self.mail, self.db.now()
        inner = mail.forwarded.message_id if mail.forwarded else None
        return KeptMail(
            id=new_id(now), tenant_id=self.tenant_id, channel_id=self.channel.id, direction="in", at=now,
            message_ids=tuple(id[:500] for id in (mail.message_id, inner) if id), fingerprint=mail.content_hash,
            source_id=source, subject=mail.subject[:500], from_=mail.from_.email[:320] if mail.from_ else "",
            to=tuple(one.email[:320] for one in mail.to[:100]), cc=tuple(one.email[:320] for one in mail.cc[:100]),
            automatic=False, html=mail.html, new_html=mail.new_html, quoted=mail.quoted, signature=mail.signature,
            remote_images=mail.remote_images, inline=self.inline, headers=mail.headers[:500],
            authentication=mail.authentication, problems=mail.problems, refused_files=tuple(self.refused), **fields,
        )  # fmt: skip


def _told_by_machine(mail: Mail, sent: KeptMail) -> Happening:
    """Return what a machine tells of a mail of ours: that it was read (MDN), reported as spam (ARF), or an answer."""
    sender = mail.from_.email if mail.from_ else ""
    if mail.receipt:
        return Happening(name="mail_read", data={"recipient": sender, "disposition": mail.receipt.disposition})
    if mail.complaint:
        recipient = mail.complaint.original_recipient or next(iter(sent.to), "")
        return Happening(name="complained", data={"recipient": recipient, "type": mail.complaint.feedback_type})
    text = gist(inbound.texts(inbound.words(mail)), limit=500)
    said = {"from": sender, "subject": mail.subject[:200], "text": text, "kind": mail.kind}
    return Happening(name="auto_reply", data=said)


def _part(file: files.StoredFile) -> Part:
    facts: dict[str, Any] = {"file_id": file.id, "name": file.name, "media_type": file.media_type, "size": file.size}
    match file.media_type.partition("/")[0]:
        case "image" if file.media_type != "image/svg+xml":
            return Image(**facts, width=file.width, height=file.height)
        case "video":
            return Video(**facts)
        case "audio":
            return Voice(**facts)
        case _:
            return File(**facts)
