"""Ticket numbers have no gaps and no doubles, whatever else happens at the same time (spec 5.2)."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from pymongo.asynchronous.client_session import AsyncClientSession

from core.db import Database, retried
from core.events import Actor
from core.message import Text
from core.model import Reference
from ticketing import store
from ticketing.lifecycle import open_ticket
from ticketing.model import Draft, Ticket

LI = Actor(kind="customer", id="c-li", name="李雷")


class PowerCut(Exception):  # noqa: N818  it is one
    """Something goes wrong in the middle of a commit."""


@dataclass(frozen=True)
class Fails:
    """A change that never succeeds."""

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        raise PowerCut


@retried
async def ask(db: Database, tenant_id: str, subject: str, *, fails: bool = False) -> store.InsertTicket:
    draft = Draft(subject=subject, customer=Reference(id=LI.id, name=LI.name))
    decision = open_ticket(draft, tenant_id=tenant_id, actor=LI, now=db.now(), parts=(Text(text=subject),))
    changes = store.changes(decision)
    await db.commit(*changes, *([Fails()] if fails else []), events=decision.events, jobs=decision.jobs)
    last = changes[-1]
    assert isinstance(last, store.InsertTicket)
    return last


async def numbers(db: Database, tenant_id: str) -> list[int]:
    return sorted([row["number"] async for row in db["tickets"].find({"tenant_id": tenant_id}, {"number": 1})])


async def test_a_hundred_people_ask_at_once_and_a_third_of_the_commits_fail(db: Database) -> None:
    failing = [random.random() < 0.34 for _ in range(100)]
    outcomes = await asyncio.gather(
        *(ask(db, "acme", f"打印机 {index}", fails=fails) for index, fails in enumerate(failing)),
        return_exceptions=True,
    )
    kept = [outcome.number for outcome in outcomes if isinstance(outcome, store.InsertTicket)]
    assert [outcome for outcome in outcomes if not isinstance(outcome, store.InsertTicket | PowerCut)] == []
    assert len(kept) == failing.count(False)
    assert sorted(kept) == list(range(1, len(kept) + 1))
    assert await numbers(db, "acme") == sorted(kept)
    assert await db["events"].count_documents({"tenant_id": "acme"}) == len(kept)
    assert await db["ticket_entries"].count_documents({"tenant_id": "acme"}) == 2 * len(kept)


async def test_processes_that_open_tickets_at_once_leave_no_gap(db: Database) -> None:
    processes = [db, *(Database(client=db.client, name=db.name, clock=db.clock) for _ in range(3))]
    await asyncio.gather(*(ask(process, "acme", f"{n}") for process in processes for n in range(10)))
    assert await numbers(db, "acme") == list(range(1, 41))


async def test_every_company_counts_for_itself(db: Database) -> None:
    for tenant_id in ("acme", "globex", "acme"):
        await ask(db, tenant_id, "VPN")
    assert await numbers(db, "acme") == [1, 2]
    assert await numbers(db, "globex") == [1]


async def test_the_number_is_known_after_the_commit_and_found_by_search(db: Database) -> None:
    inserted = await ask(db, "acme", "VPN")
    assert inserted.number == 1
    stored = await db["tickets"].find_one({"tenant_id": "acme"})
    assert stored
    assert Ticket.from_mongo(stored) == inserted.stored
    assert "1" in inserted.stored.words


async def test_a_mail_that_arrives_twice_opens_one_ticket(db: Database) -> None:
    async def arrive() -> None:
        draft = Draft(subject="VPN", channel_id="mail-1")
        decision = open_ticket(
            draft, tenant_id="acme", actor=LI, now=db.now(), parts=(Text(text="hi"),), external_id="<1@example>"
        )
        await db.commit(*store.changes(decision), events=decision.events)

    outcomes = await asyncio.gather(arrive(), arrive(), arrive(), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert await numbers(db, "acme") == [1]
    await ask(db, "acme", "next")
    assert await numbers(db, "acme") == [1, 2]
