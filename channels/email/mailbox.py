"""The reader of a mailbox: everything in it becomes part of a ticket once, whatever breaks in between."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog
from pymongo.errors import PyMongoError

from channels.base import Channel, Door
from channels.email import store
from channels.email.account import AccountTrouble
from channels.email.arriving import Arrival, aside, keep_source, read, take_in
from channels.email.imap import Fetched, Folder, Imap
from channels.email.mail import Mail, Unreadable
from channels.email.settings import EmailSettings
from channels.email.store import MailAside, Mailbox
from channels.email.tokens import access_token
from core.db import Insert
from core.errors import N_, Conflict, Invalid, Problem, TooLarge, Unavailable
from core.files import UseFiles

log = structlog.get_logger("mailbox")

BATCH: Final = 50  # mails that are fetched, read and stored in one go
BATCH_BYTES: Final = 8_000_000  # of mails in memory at once, one larger mail excepted
IDLE: Final = (240.0, 540.0)  # seconds between two looks although the server tells of news; firewalls forget sooner
LONGEST_PAUSE: Final = 300.0  # seconds between two attempts
TRIES: Final = 3  # at a mail over which the server hangs up
BEGINNING: Final = 65_536  # bytes that are kept of a mail that is too large
TOO_LARGE: Final = N_("The mail has {megabytes} MB, more than this channel takes. Raise its limit, then try again.")
NOT_HANDED_OVER: Final = N_(
    "The mail server lists this mail, but does not hand it over. Ask whoever runs the server, then try again."
)
UNWELL: Final = N_("Something went wrong while reading the mailbox ({reason}). It is tried again by itself.")


class Reader:
    """Reads one mailbox until it is cancelled; what fails is told as the mailbox's health and tried again."""

    def __init__(self, channel: Channel, settings: EmailSettings, door: Door) -> None:
        self.channel, self.settings, self.door = channel, settings, door
        self._well = False  # something was achieved since the last failure
        self._keeping = asyncio.Semaphore(8)
        self._lost_over: Counter[int] = Counter()  # UIDs → how often the connection was lost when they were asked for

    async def run(self) -> None:
        """Connect, read, wait for news; after a failure wait longer each time, 5 min at most."""
        if not self.settings.reads:
            return  # mail only comes in directly
        failures = 0
        while True:
            self._well = False
            try:
                await self._session()
            except (AccountTrouble, Unavailable, Conflict, PyMongoError, OSError, TimeoutError) as error:
                failures = 1 if self._well else failures + 1
                log.warning("mailbox.failed", channel=self.channel.id, failures=failures, error=repr(error))
                await self._note_failure(error, failures)
            await asyncio.sleep(pause(failures))

    async def _note_failure(self, error: Exception, failures: int) -> None:
        trouble = error if isinstance(error, Problem) else Problem(UNWELL, reason=str(error)[:200] or repr(error))
        facts = {name: fact for name, fact in trouble.facts.items() if isinstance(fact, str | int | float)}
        try:
            await store.note_health(
                self.door.db, self.channel, connected=False, failed_at=self.door.db.now(), failures=failures,
                trouble=trouble.detail or trouble.title, trouble_facts=facts,
            )  # fmt: skip
        except PyMongoError:
            log.warning("mailbox.health_not_noted", channel=self.channel.id)

    async def _session(self) -> None:
        """Read over one connection for as long as it lasts."""
        imap = await connect(self.door, self.channel, self.settings)
        try:
            folder = await imap.select(self.settings.folder)
            if self.settings.after_import == "move":
                await imap.create(self.settings.move_to)
            await store.note_health(self.door.db, self.channel, connected=True, idles=imap.can_idle)
            mailbox = await self._position(folder)
            await self._tidy(imap, mailbox)
            while True:
                await self._catch_up(imap, mailbox.uid_validity)
                self._well = True
                await store.note_health(
                    self.door.db, self.channel, succeeded_at=self.door.db.now(), failures=0, trouble="",
                    trouble_facts={}, backlog=0, backlog_at_first=0,
                )  # fmt: skip
                await self._wait(imap)
        finally:
            imap.drop()

    async def _wait(self, imap: Imap) -> None:
        if imap.can_idle:
            await imap.idle(random.uniform(*IDLE))
        else:
            await asyncio.sleep(self.settings.poll_seconds)
        await imap.noop()

    async def _position(self, folder: Folder) -> Mailbox:
        """Return how far the folder is read; begun anew if its UIDs mean something else than they did (RFC 3501)."""
        mailbox = await store.mailbox(self.door.db, self.channel)
        if (mailbox.uid_validity, mailbox.folder) == (folder.uid_validity, self.settings.folder):
            return mailbox
        skips = self.settings.existing == "skip" and mailbox.uid_validity == 0
        began = max(folder.uid_next - 1, 0) if skips else 0
        await self.door.db.commit(
            store.save_position(self.channel, self.settings.folder, folder.uid_validity, began, began)
        )
        return await store.mailbox(self.door.db, self.channel)

    async def _tidy(self, imap: Imap, mailbox: Mailbox) -> None:
        """Do after the import what a crash left undone."""
        if self.settings.after_import == "move":
            kept = {mail.uid for mail in await store.beginnings(self.door.db, self.channel, mailbox.uid_validity)}
            left = [uid for uid in await imap.uids(above=mailbox.began_uid) if uid <= mailbox.last_uid]
            await self._after_import(imap, [uid for uid in left if uid not in kept])

    async def _after_import(self, imap: Imap, uids: Sequence[int]) -> None:
        for some in chunks(uids, 500):
            if self.settings.after_import == "move":
                await imap.move(some, self.settings.move_to)
            elif self.settings.after_import == "keyword":
                await imap.flag(some, self.settings.keyword)

    # --- Reading ---

    async def _catch_up(self, imap: Imap, uid_validity: int) -> None:
        """Take in all that is new, in batches; each mail is stored together with how far the folder is read."""
        own = await own_addresses(self.door, self.channel)
        last = (await store.mailbox(self.door.db, self.channel)).last_uid
        while uids := await imap.uids(above=last):
            for batch, left in _counted(uids):
                await store.note_health(self.door.db, self.channel, backlog=left, backlog_at_first=len(uids))
                done = [uid for some in self._pieces(batch) for uid in await self._piece(imap, some, uid_validity, own)]
                await self._after_import(imap, done)
                last = batch[-1]
                await self.door.db.commit(store.save_taken(self.channel, uid_validity, last, count=0))

    def _pieces(self, batch: Sequence[int]) -> list[Sequence[int]]:
        """Return what is asked for at once: one by one, where the connection was lost over one of them."""
        return [[uid] for uid in batch] if any(uid in self._lost_over for uid in batch) else [batch]

    async def _piece(self, imap: Imap, uids: Sequence[int], uid_validity: int, own: dict[str, str]) -> list[int]:
        """Take in some mails; return the UIDs of those that are whole here.

        Servers hang up over a mail that they cannot read themselves: tried often enough, it is put aside.
        """
        done: list[int] = []
        handed_over: set[int] = set()
        if self._lost_over[uids[0]] < TRIES:
            try:
                async for mails in self._fetched(imap, uids, await imap.sizes(uids)):
                    handed_over.update(mail.uid for mail in mails)
                    done += await self._take(imap, mails, uid_validity, own)
            except AccountTrouble:
                self._lost_over.update(uid for uid in uids if uid not in handed_over)
                raise
        await self._miss(imap, [uid for uid in uids if uid not in handed_over], uid_validity)
        for uid in uids:
            self._lost_over.pop(uid, None)
        return done

    async def _fetched(self, imap: Imap, uids: Sequence[int], sizes: dict[int, int]) -> AsyncIterator[list[Fetched]]:
        """Yield the mails in their order, some megabytes at a time; one that is too large comes without its bytes."""
        some: list[int] = []
        for uid in (uid for uid in uids if uid in sizes):
            if sizes[uid] > self.settings.size_limit or sum(sizes[one] for one in some) + sizes[uid] > BATCH_BYTES:
                if some:
                    yield await imap.bodies(some)
                some = []
            if sizes[uid] > self.settings.size_limit:
                yield [Fetched(uid, sizes[uid])]
            else:
                some.append(uid)
        if some:
            yield await imap.bodies(some)

    async def _take(self, imap: Imap, mails: list[Fetched], uid_validity: int, own: dict[str, str]) -> list[int]:
        """Take mails in, in their order; return the UIDs of those that are whole here."""
        done: list[int] = []
        arrivals = [self._arrival(mail, uid_validity, own) for mail in mails]
        says = await asyncio.gather(*(read(self.door, one) if one.raw else _nothing() for one in arrivals))
        for arrival, mail, said in zip(await self._kept(arrivals, says), mails, says, strict=True):
            if said is None:
                await self._put_aside(imap, arrival, mail)
            else:
                await take_in(self.door, arrival, said)
                done.append(mail.uid)
        return done

    async def _kept(self, arrivals: list[Arrival], says: list[Mail | Unreadable | None]) -> list[Arrival]:
        """Keep the originals of those that are new, side by side; tickets are opened one after the other."""
        fingerprints = [said.content_hash for said in says if isinstance(said, Mail)]
        known = await store.known(self.door.db, self.channel.tenant_id, fingerprints)

        async def keep(arrival: Arrival, said: Mail | Unreadable | None) -> Arrival:
            if not isinstance(said, Mail) or said.content_hash in known:
                return arrival
            async with self._keeping:
                return replace(arrival, source=await keep_source(self.door, arrival, said.subject or "mail"))

        return await asyncio.gather(*map(keep, arrivals, says))

    def _arrival(self, mail: Fetched, uid_validity: int, own: dict[str, str]) -> Arrival:
        seen = [store.save_taken(self.channel, uid_validity, mail.uid)]
        return Arrival(self.channel, self.settings, mail.raw, seen, uid_validity, mail.uid, own)

    async def _put_aside(self, imap: Imap, arrival: Arrival, mail: Fetched) -> None:
        """Put the beginning of a mail aside that is too large; the mail itself stays where it is."""
        head = await imap.head(mail.uid, BEGINNING)
        beginning = Arrival(self.channel, self.settings, head.raw if head else b"")
        source = await keep_source(self.door, beginning) if head and head.raw else None
        why = TooLarge(TOO_LARGE, megabytes=str(round(mail.size / 1_000_000, 1)))
        kept = aside(self.door, arrival, why, source_id=source, size=mail.size, beginning_only=True)
        uses = UseFiles(self.channel.tenant_id, [source] if source else [], self.channel.id)
        await self.door.db.commit(Insert(kept), uses, *arrival.seen)

    async def _miss(self, imap: Imap, uids: Sequence[int], uid_validity: int) -> None:
        """Put aside the mails that the server lists and does not hand over; those that somebody deleted are gone."""
        if not uids:
            return
        listed = set(await imap.uids(above=uids[0] - 1))
        for uid in (uid for uid in uids if uid in listed):
            arrival = self._arrival(Fetched(uid, 0), uid_validity, {})
            kept = aside(self.door, arrival, Unavailable(NOT_HANDED_OVER), size=0, beginning_only=True)
            await self.door.db.commit(Insert(kept), *arrival.seen)


async def connect(door: Door, channel: Channel, settings: EmailSettings) -> Imap:
    """Return a signed-in connection to a channel's mailbox.

    Raises:
        AccountTrouble: in words that say what to do.
    """
    private = door.private_servers
    imap = await Imap.connect(
        settings.imap_host, settings.imap_port, settings.imap_security, certificate=settings.certificate,
        private=private,
    )  # fmt: skip
    try:
        if settings.sign_in == "password":
            await imap.login(settings.reader, settings.imap_password.get_secret_value())
            return imap
        token = await access_token(door.db, channel, settings, private=private)
        try:
            await imap.xoauth2(settings.reader, token)
        except AccountTrouble as refused:
            if not refused.for_good:
                raise
            another = await access_token(door.db, channel, settings, not_this=token, private=private)
            await imap.xoauth2(settings.reader, another)
    except BaseException:  # cancelled too: nobody else knows of the connection yet
        imap.drop()
        raise
    return imap


async def own_addresses(door: Door, channel: Channel) -> dict[str, str]:
    """Return all addresses of the tenant's mailboxes, each with its channel."""
    found: dict[str, str] = {}
    for one in await store.email_channels(door.db, channel.tenant_id):
        found |= dict.fromkeys(EmailSettings.model_validate(one.settings).addresses, one.id)
    return found


async def fetch_again(door: Door, channel: Channel, settings: EmailSettings, aside: MailAside) -> bytes:
    """Return a mail of which only the beginning was put aside, from the mailbox that it still lies in.

    Raises:
        Invalid: it is gone, or still too large.
        AccountTrouble: the mailbox cannot be reached.
    """
    imap = await connect(door, channel, settings)
    try:
        folder = await imap.select(settings.folder)
        size = (await imap.sizes([aside.uid])).get(aside.uid)
        if size is None or folder.uid_validity != aside.uid_validity:
            raise Invalid(N_("The mail is not in the mailbox any more."))
        if size > settings.size_limit:
            raise Invalid(TOO_LARGE, megabytes=str(round(size / 1_000_000, 1)))
        return (await imap.bodies([aside.uid]))[0].raw
    finally:
        await imap.logout()


def pause(failures: int) -> float:
    """Return the seconds until the next attempt: 1 s doubling to 5 min, spread by a quarter."""
    return min(2.0 ** max(failures - 1, 0), LONGEST_PAUSE) * random.uniform(0.75, 1.25)


async def _nothing() -> None:
    """Read nothing: the mail is too large to be here."""


def chunks(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Return the items in pieces of a size."""
    return [items[at : at + size] for at in range(0, len(items), size)]


def _counted(uids: Sequence[int]) -> list[tuple[Sequence[int], int]]:
    """Return batches of UIDs, each with how many mails are left when it begins."""
    return [(batch, len(uids) - place * BATCH) for place, batch in enumerate(chunks(uids, BATCH))]
