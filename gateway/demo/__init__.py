"""The demo company: a tea shop with its agents, customers, and five days of talks and tickets, stored in one commit."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Iterable
from typing import Final

from conversation.summary import summed_up
from core import files
from core.db import Change, Database, Insert
from core.errors import Conflict
from core.later import Later
from core.message import File, Image, Part, files_of
from core.model import Record
from gateway.auth.passwords import hash_password
from gateway.demo import pictures, play
from gateway.demo.company import FOUNDER, PEOPLE, TENANT, found_company, seats
from gateway.demo.stage import InsertAll, Ledger, MovedClock, Stage
from gateway.demo.stage import play as played
from gateway.demo.talks import TALKS
from gateway.demo.tickets import TICKETS
from people.model import Agent
from ticketing.store import InsertTicket

__all__ = ["greeting", "is_needed", "load"]

PASSWORD: Final = "lantern-leaf-2026"  # noqa: S105  everybody may know it: it opens a made-up shop
PATIENCE: Final = 55.0  # seconds for the one big commit; the server ends a transaction after 60


async def is_needed(db: Database) -> bool:
    """Return whether there is no company at all."""
    return await db["tenants"].find_one({}, {"_id": 1}) is None


async def load(db: Database) -> None:
    """Store the demo company, all of it or, when something goes wrong, nothing but some unused files.

    Loading it again changes nothing. Its past is played through the desk's own functions in the order of time.
    """
    if await db["tenants"].find_one({"_id": TENANT}, {"_id": 1}):
        return
    present = db.now()
    clock = MovedClock(present)
    ledger = Ledger(client=db.client, name=db.name, clock=clock)
    stage = await found_company(ledger, clock, password_hash=await hash_password(PASSWORD), present=present)
    stage.files.update(await _files(db, stage.founder))
    talks = (play.conversation(stage, talk) for talk in TALKS)
    tickets = (play.ticket(stage, story) for story in TICKETS)
    played(stage, (*talks, *tickets))
    await _store(db, ledger, stage)


async def _files(db: Database, founder: Agent) -> dict[str, Part]:
    """Store what people show each other; if the load breaks off, the job that removes unused files finds them."""
    shown: dict[str, Part] = {}
    for key, (name, media_type, content) in pictures.files().items():
        file = await files.put(
            db, TENANT, name=name, media_type=media_type, chunks=_once(content), limit=len(content),
            uploaded_by=f"agent:{founder.id}",
        )  # fmt: skip
        part = Image if media_type.startswith("image/") else File
        shown[key] = (await files.described(db, TENANT, [part(file_id=file.id)]))[0]
    return shown


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _store(db: Database, ledger: Ledger, stage: Stage) -> None:
    """Store everything in one commit, so that the company is there or not; the tickets get their numbers in it."""
    records: list[Record] = [change.document for change in ledger.changes if isinstance(change, Insert)]
    changes: list[Change] = [change for change in ledger.changes if not isinstance(change, Insert)]
    events, jobs = list(ledger.events), list[Later]()
    records += seats(stage)
    for talk in stage.talks:
        conversation = summed_up(talk.decision.conversation, talk.decision.entries)
        records += [conversation, *talk.decision.entries]
        events += talk.decision.events
        changes.append(_use(stage, talk.files, conversation.id))
    for ticket in stage.tickets:
        records += ticket.decision.entries
        events += ticket.decision.events
        jobs += [job for job in ticket.decision.jobs if job.due_at > stage.present]  # the others have been done
        changes.append(_use(stage, ticket.files, ticket.decision.ticket.id))
    numbered = [InsertTicket(ticket.decision.ticket) for ticket in stage.tickets]
    quiet = Database(client=db.client, name=db.name, clock=db.clock, patience=PATIENCE)  # nobody is mailed about it
    try:
        await quiet.commit(
            *_together(records), *changes, *numbered, events=sorted(events, key=lambda event: event.id), jobs=jobs
        )
    except Conflict:  # another process loaded it in the meantime
        if not await db["tenants"].find_one({"_id": TENANT}, {"_id": 1}):
            raise


def _use(stage: Stage, shown: Iterable[str], used_in: str) -> files.UseFiles:
    ids = files_of(tuple(stage.files[key] for key in shown))
    return files.UseFiles(TENANT, ids, used_in)


def _together(records: Iterable[Record]) -> list[InsertAll]:
    """Return one change per collection."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.collection, []).append(record)
    return [InsertAll(documents) for documents in found.values()]


def greeting(public_url: str) -> str:
    """Return what the person at the terminal is told: where everything is, and who can sign in."""
    site = public_url.rstrip("/")
    places = [
        ("Console", "工作台", f"{site}/console"),
        ("Demo shop", "演示商店", f"{site}/demo"),
        ("Chat page", "聊天页", f"{site}/chat/demo"),
        ("Mailbox", "邮箱", f"{site}/mailbox"),
        ("API", "接口文档", f"{site}/api/docs"),
    ]
    people = [FOUNDER, *(person for person in PEOPLE if person.key in ("ann", "zhou", "lin", "han", "ben"))]
    roles = {
        "founder": ("founder", "创始人"),
        "administrator": ("administrator", "管理员"),
        "leader": ("leader", "组长"),
        "agent": ("agent", "客服"),
    }
    rows = [f"{_wide(english, 14)}{_wide(chinese, 10)}{address}" for english, chinese, address in places]
    rows += ["", f"Sign in 登录 · password for all 统一密码: {PASSWORD}", ""]
    for person in people:
        english, chinese = roles[person.role]
        rows.append(f"{_wide(english, 14)}{_wide(chinese, 10)}{_wide(person.email, 34)}{person.name}")
    rows += ["", "Stop with Ctrl-C. 按 Ctrl-C 停止。"]
    return "\n" + "\n".join(f"  {row}".rstrip() for row in ["Waystation (驿站) is ready. 已就绪。", "", *rows]) + "\n"


def _wide(words: str, columns: int) -> str:
    """Return words filled up to so many columns; Chinese characters take two."""
    taken = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)
    return words + " " * max(columns - taken, 1)
