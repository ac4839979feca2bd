"""Every query of the e-mail channel, the tenant first: mailboxes, mails kept and put aside, what our mails say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from channels.base import Channel
from channels.email.mail import Authentication
from channels.email.templates import Wording
from core.db import Change, Database, Insert, Update
from core.errors import N_, Duplicate, NotFound
from core.model import Document, Record, Value
from core.paging import PageQuery, paged
from people.model import Language
from ticketing.model import Purpose

HOUR: Final = timedelta(hours=1)

#: What became of a mail. Of agents: ``answered``, ``refused`` (their role or the ticket did not allow it), ``unproven``
#: (somebody who may only pretend to be one).
Outcome = Literal[
    "opened", "heard", "bounce", "auto_reply", "own", "ignored", "sent", "answered", "refused", "unproven"
]

INDEXES: Final[dict[str, list[IndexModel]]] = {
    "mails": [
        # what a mail answers is found by the ids that it names
        IndexModel([("tenant_id", ASCENDING), ("message_ids", ASCENDING)], name="thread"),
        # the same mail on two ways is one
        IndexModel(
            [("tenant_id", ASCENDING), ("fingerprint", ASCENDING)], name="arrived", unique=True,
            partialFilterExpression={"fingerprint": {"$type": "string"}},
        ),
        IndexModel([("tenant_id", ASCENDING), ("entry_id", ASCENDING)], name="entry"),
        IndexModel([("tenant_id", ASCENDING), ("ticket_id", ASCENDING), ("_id", ASCENDING)], name="ticket"),
    ],
    "automatic_mails": [IndexModel([("at", ASCENDING)], name="rubbish", expireAfterSeconds=7_200)],
    "mails_aside": [IndexModel([("tenant_id", ASCENDING), ("channel_id", ASCENDING), ("_id", ASCENDING)], name="list")],
    "mail_templates": [
        IndexModel(
            [("tenant_id", ASCENDING), ("purpose", ASCENDING), ("language", ASCENDING)], name="one", unique=True
        ),
    ],
    "mailboxes": [IndexModel([("tenant_id", ASCENDING), ("_id", ASCENDING)], name="tenant")],
}  # fmt: skip


class Mailbox(Record):
    """How far a mailbox is read, and how it is. Its id is the channel's."""

    collection: ClassVar[str] = "mailboxes"

    folder: str = ""
    uid_validity: int = 0
    began_uid: int = 0  # mails up to this one were there before us, and are none of our business
    last_uid: int = 0
    taken: int = 0
    connected: bool = False
    idles: bool = False
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failures: int = 0  # one after the other
    trouble: str = ""
    trouble_facts: dict[str, Any] = {}
    backlog: int = 0  # mails that wait to be read
    backlog_at_first: int = 0  # as many waited when this catching up began


class KeptMail(Record):
    """A mail that came or went; the whole of it is the file ``source_id`` (.eml).

    ``message_ids``: its own, and what providers made of it. ``fingerprint``: of what came, unique in the tenant.
    """

    collection: ClassVar[str] = "mails"

    channel_id: str
    direction: Literal["in", "out"]
    at: datetime
    message_ids: tuple[str, ...] = ()
    fingerprint: str | None = None
    ticket_id: str | None = None
    entry_id: str | None = None
    source_id: str | None = None
    subject: str = ""
    from_: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()  # of what left; nobody but agents may know
    for_agents: bool = False  # a notice: no part of what the customer reads
    automatic: bool = False
    outcome: Outcome = "opened"
    reason: str = ""  # why it was not opened or heard
    html: str | None = None
    new_html: str | None = None
    quoted: str = ""
    signature: str = ""
    remote_images: int = 0
    inline: dict[str, str] = {}  # content id → file id, for `cid:` links of the HTML
    headers: tuple[tuple[str, str], ...] = ()
    authentication: Authentication = Authentication()
    problems: tuple[str, ...] = ()
    refused_files: tuple[str, ...] = ()  # names of attachments that are only in the original

    def to_mongo(self) -> dict[str, Any]:
        """Return the mail as stored, without an absent fingerprint: its unique index is partial."""
        stored = super().to_mongo()
        if self.fingerprint is None:
            del stored["fingerprint"]
        stored["inline"] = [list(pair) for pair in self.inline.items()]  # a content id may hold dots and dollars
        return stored

    @classmethod
    def from_mongo(cls, stored: dict[str, Any]) -> KeptMail:
        """Read a stored mail back."""
        return super().from_mongo({**stored, "inline": dict(stored.get("inline") or [])})


class MailAside(Record):
    """A mail that could not become part of a ticket, with the reason; ``source_id`` has what there is of it."""

    collection: ClassVar[str] = "mails_aside"

    channel_id: str
    at: datetime
    reason: str  # a sentence of the catalogue
    facts: dict[str, Any] = {}
    source_id: str | None = None
    size: int = 0
    uid_validity: int = 0
    uid: int = 0
    beginning_only: bool = False  # the rest is still in the mailbox only


# --- Mailboxes ---


async def mailbox(db: Database, channel: Channel) -> Mailbox:
    """Return how far a channel's mailbox is read; it has never been read at first."""
    row = await db["mailboxes"].find_one({"tenant_id": channel.tenant_id, "_id": channel.id})
    return Mailbox.from_mongo(row) if row else Mailbox(id=channel.id, tenant_id=channel.tenant_id)


def save_position(channel: Channel, folder: str, uid_validity: int, began_uid: int, last_uid: int) -> Change:
    """Return the change that begins a folder, anew or for the first time."""
    where = {"tenant_id": channel.tenant_id, "_id": channel.id}
    position = {"folder": folder, "uid_validity": uid_validity, "began_uid": began_uid, "last_uid": last_uid}
    return Update("mailboxes", where, {"$set": position}, upsert=True)


def save_taken(channel: Channel, uid_validity: int, uid: int, *, count: int = 1) -> Change:
    """Return the change that all mails up to ``uid`` are taken; it conflicts when the folder was begun anew."""
    where = {"tenant_id": channel.tenant_id, "_id": channel.id, "uid_validity": uid_validity}
    return Update("mailboxes", where, {"$max": {"last_uid": uid}, "$inc": {"taken": count}})


async def note_health(db: Database, channel: Channel, **fields: Any) -> None:
    """Note how a mailbox is."""
    where = {"tenant_id": channel.tenant_id, "_id": channel.id}
    await db["mailboxes"].update_one(where, {"$set": fields}, upsert=True)


# --- Mails kept ---


async def arrived(db: Database, tenant_id: str, fingerprint: str) -> KeptMail | None:
    """Return the mail that came with this fingerprint before."""
    where = {"tenant_id": tenant_id, "fingerprint": {"$eq": fingerprint, "$type": "string"}}
    row = await db["mails"].find_one(where)
    return KeptMail.from_mongo(row) if row else None


async def known(db: Database, tenant_id: str, fingerprints: Iterable[str]) -> set[str]:
    """Return those of the fingerprints that have come before."""
    where = {"tenant_id": tenant_id, "fingerprint": {"$in": list(fingerprints), "$type": "string"}}
    return {row["fingerprint"] async for row in db["mails"].find(where, {"fingerprint": 1})}


async def mails_named(db: Database, tenant_id: str, message_ids: Iterable[str]) -> dict[str, KeptMail]:
    """Return the mails that go by these ids, by id; only those that belong to a ticket."""
    wanted = list(dict.fromkeys(message_ids))
    if not wanted:
        return {}
    where = {"tenant_id": tenant_id, "message_ids": {"$in": wanted}, "ticket_id": {"$type": "string"}}
    found = [KeptMail.from_mongo(row) async for row in db["mails"].find(where).sort("_id", 1).limit(200)]
    return {id: mail for mail in found for id in mail.message_ids if id in wanted}


async def mail_of_entry(db: Database, tenant_id: str, entry_id: str) -> KeptMail:
    """Return the mail that an entry of a ticket came or went by; of an agent's answer by mail what the customer got.

    Raises:
        NotFound: it was no mail.
    """
    where = {"tenant_id": tenant_id, "entry_id": entry_id}
    rows = await db["mails"].find(where).sort("_id", 1).to_list()
    if not rows:
        raise NotFound(N_("This message was not a mail."))
    mails = [KeptMail.from_mongo(row) for row in rows]
    gone = next((mail for mail in mails if mail.direction == "out"), None)
    if gone is None:
        return mails[0]
    came = next((mail for mail in mails if mail.direction == "in"), None)
    return (
        gone.model_copy(update={"source_id": came.source_id, "authentication": came.authentication}) if came else gone
    )


async def mails_of_entries(db: Database, tenant_id: str, entry_ids: Iterable[str]) -> list[KeptMail]:
    """Return the mails that these entries came or went by."""
    where = {"tenant_id": tenant_id, "entry_id": {"$in": list(entry_ids)}}
    return [KeptMail.from_mongo(row) async for row in db["mails"].find(where).sort("_id", 1)]


def move_mails(tenant_id: str, was_in: str, goes_to: str, *, entry_ids: Iterable[str] | None = None) -> Change:
    """Return the change that a ticket's mails belong to another one: those of some entries, or all of them.

    What answers them follows.
    """
    only = {} if entry_ids is None else {"entry_id": {"$in": list(entry_ids)}}
    return MoveMails({"tenant_id": tenant_id, "ticket_id": was_in, **only}, goes_to)


@dataclass(frozen=True)
class MoveMails:
    """A change: mails belong to another ticket."""

    where: Mapping[str, Any]
    goes_to: str

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Move them, however many there are."""
        await db["mails"].update_many(self.where, {"$set": {"ticket_id": self.goes_to}}, session=session)


async def thread_of(db: Database, tenant_id: str, ticket_id: str, *, limit: int = 20) -> list[KeptMail]:
    """Return a ticket's latest mails, the oldest of them first."""
    where: dict[str, Any] = {
        "tenant_id": tenant_id,
        "ticket_id": ticket_id,
        "outcome": {"$in": ["opened", "heard", "sent"]},
    }
    where["for_agents"] = {"$ne": True}
    light = {"html": 0, "new_html": 0, "quoted": 0, "headers": 0}
    rows = await db["mails"].find(where, light).sort("_id", -1).limit(limit).to_list()
    return [KeptMail.from_mongo(row) for row in reversed(rows)]


async def add_message_ids(db: Database, mail: KeptMail, ids: Iterable[str]) -> None:
    """Note further ids that a mail of ours goes by."""
    where = {"tenant_id": mail.tenant_id, "_id": mail.id}
    await db["mails"].update_one(where, {"$addToSet": {"message_ids": {"$each": list(ids)}}})


async def keep_sent(db: Database, mail: KeptMail) -> KeptMail:
    """Keep a mail that is about to leave, once: its id is known before anybody can answer; return it as it is kept."""
    try:
        await db["mails"].insert_one(mail.to_mongo())
    except DuplicateKeyError:
        row = await db["mails"].find_one({"tenant_id": mail.tenant_id, "_id": mail.id})
        return KeptMail.from_mongo(row) if row else mail
    return mail


async def may_answer(db: Database, tenant_id: str, address: str, message_id: str, *, limit: int) -> bool:
    """Take one of the automatic mails that an address may get in an hour; the same mail takes no second one.

    One conditional write: receipts of many mails that come at once are sent side by side.
    """
    now = db.now()
    recent = {"$filter": {"input": {"$ifNull": ["$sent", []]}, "cond": {"$gt": ["$$this.at", now - HOUR]}}}
    known = {"$in": [message_id, "$sent.id"]}
    room = {"$lt": [{"$size": "$sent"}, limit]}
    one = {"$concatArrays": ["$sent", [{"id": {"$literal": message_id}, "at": now}]]}
    row = await db["automatic_mails"].find_one_and_update(
        {"tenant_id": tenant_id, "_id": f"{tenant_id}:{address}"},
        [
            {"$set": {"sent": recent, "at": now}},
            {"$set": {"known": known, "let": {"$or": [known, room]}}},
            {"$set": {"sent": {"$cond": [{"$and": ["$let", {"$not": ["$known"]}]}, one, "$sent"]}}},
        ],
        upsert=True,
        return_document=True,
    )
    return bool(row and row["let"])


# --- Mails put aside ---


def put_aside(mail: MailAside) -> Change:
    """Return the change that puts a mail aside."""
    return Insert(mail)


async def aside(
    db: Database, tenant_id: str, *, channel_id: str | None, query: PageQuery
) -> tuple[list[MailAside], str | None]:
    """Return a page of the mails put aside, the latest first, and the cursor of the next."""
    where: dict[str, Any] = {"tenant_id": tenant_id, **({"channel_id": channel_id} if channel_id else {})}
    rows, following = await paged(db["mails_aside"], where, sort=[("_id", -1)], query=query)
    return [MailAside.from_mongo(row) for row in rows], following


async def one_aside(db: Database, tenant_id: str, id: str) -> MailAside:
    """Return a mail that was put aside.

    Raises:
        NotFound: there is none.
    """
    row = await db["mails_aside"].find_one({"tenant_id": tenant_id, "_id": id})
    if row is None:
        raise NotFound(N_("This mail is not among those put aside any more."))
    return MailAside.from_mongo(row)


async def beginnings(db: Database, channel: Channel, uid_validity: int) -> list[MailAside]:
    """Return the mails of which only the beginning was put aside: the rest must stay in the mailbox."""
    where = {"tenant_id": channel.tenant_id, "channel_id": channel.id, "beginning_only": True}
    rows = db["mails_aside"].find({**where, "uid_validity": uid_validity})
    return [MailAside.from_mongo(row) async for row in rows]


@dataclass(frozen=True)
class TakeOff:
    """A change: a mail is not put aside any more."""

    mail: MailAside

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Take it off the list; it conflicts when somebody else did."""
        where = {"tenant_id": self.mail.tenant_id, "_id": self.mail.id}
        if not (await db["mails_aside"].delete_one(where, session=session)).deleted_count:
            raise Duplicate(field="mail")


def take_off(mail: MailAside) -> Change:
    """Return the change that takes a mail off the list of those put aside."""
    return TakeOff(mail)


async def count_aside(db: Database, tenant_id: str, channel_id: str) -> int:
    """Return how many mails of a channel were put aside, 1,001 at most."""
    return await db["mails_aside"].count_documents({"tenant_id": tenant_id, "channel_id": channel_id}, limit=1_001)


# --- How much an account may send ---


async def may_send(db: Database, channel: Channel, limit: int, now: datetime) -> timedelta | None:
    """Take one of the mails that an account may send in this minute, over all workers.

    Returns None, or how long to wait when there is none left.
    """
    minute = now.replace(second=0, microsecond=0)
    where = {"tenant_id": channel.tenant_id, "_id": channel.id}
    fresh = {"$eq": ["$sent_minute", minute]}
    count = {"$cond": [fresh, {"$add": ["$sent_in_minute", 1]}, 1]}
    row = await db["mailboxes"].find_one_and_update(
        where, [{"$set": {"sent_in_minute": count, "sent_minute": minute}}], upsert=True, return_document=True
    )
    assert row is not None  # upsert returns what it stored
    return None if row["sent_in_minute"] <= limit else minute + timedelta(minutes=1) - now


# --- All mailboxes of a tenant ---


async def email_channels(db: Database, tenant_id: str) -> list[Channel]:
    """Return a tenant's e-mail channels."""
    where = {"tenant_id": tenant_id, "kind": "email"}
    return [Channel.from_mongo(row) async for row in db["channels"].find(where).sort("_id", 1)]


# --- What our mails say ---


class TemplateFault(Value):
    """What went wrong when a mail was written with a tenant's text; the built-in one left instead."""

    at: datetime
    reason: str  # a sentence of the catalogue
    facts: dict[str, str | int] = {}


class MailTemplate(Document):
    """A tenant's own text for one kind of mail in one language; ``wording`` of None: the built-in one again."""

    collection: ClassVar[str] = "mail_templates"

    purpose: Purpose
    language: Language
    wording: Wording | None = None
    changed_at: datetime
    changed_by: str = ""  # the agent's name
    fault: TemplateFault | None = None


async def mail_template(db: Database, tenant_id: str, purpose: Purpose, language: Language) -> MailTemplate | None:
    """Return a tenant's own text, if it ever had one."""
    where = {"tenant_id": tenant_id, "purpose": purpose, "language": language}
    row = await db["mail_templates"].find_one(where)
    return MailTemplate.from_mongo(row) if row else None


async def mail_templates(db: Database, tenant_id: str) -> list[MailTemplate]:
    """Return all of a tenant's own texts."""
    return [MailTemplate.from_mongo(row) async for row in db["mail_templates"].find({"tenant_id": tenant_id})]


def note_fault(template: MailTemplate, fault: TemplateFault) -> Change:
    """Return the change that notes the first fault of a text as it stands; it conflicts when one is known."""
    where = {"tenant_id": template.tenant_id, "_id": template.id, "version": template.version, "fault": None}
    return Update("mail_templates", where, {"$set": {"fault": fault.model_dump()}})
