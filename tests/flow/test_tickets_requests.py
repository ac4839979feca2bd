"""What reaches tickets from outside: customers who write once or twice, and the clock (spec 5.1, 5.4)."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from core.db import Database
from core.errors import Invalid, NotFound
from core.events import Actor
from core.ids import new_id
from core.jobs import Worker
from core.message import Image, Text
from core.model import Reference
from people.service.founding import Founded, found
from tests.clock import FakeClock
from ticketing import lifecycle, service, states, store
from ticketing.model import Draft, Ticket
from ticketing.service.shared import keep

LI = Actor(kind="customer", id="c-li", name="李雷")
HAN = Actor(kind="agent", id="a-han", name="韩梅梅")
HELLO = (Text(text="VPN 连不上"),)


@pytest.fixture
async def company(db: Database) -> Founded:
    return await found(
        db, tenant_id=new_id(db.now()), company="Acme", name="Fay", email="fay@example.com", password_hash="x",
        language="zh-CN", time_zone="Asia/Shanghai", now=db.now(),
    )  # fmt: skip


@pytest.fixture
def worker(db: Database) -> Worker:
    return Worker(db, {"close_ticket": partial(service.close_ticket, db)})


async def writes(db: Database, company: Founded, external_id: str = "<1@example.com>") -> Ticket:
    draft = Draft(customer=Reference(id=LI.id, name=LI.name), source="email", channel_id="mail")
    return await service.submit(db, company.tenant.id, draft, HELLO, actor=LI, external_id=external_id)


async def solved(db: Database, ticket: Ticket) -> Ticket:
    return await keep(db, states.solve(ticket, actor=HAN, now=db.now()))


async def test_a_mail_becomes_a_ticket_of_the_central_desk(db: Database, company: Founded) -> None:
    ticket = await writes(db, company)
    assert (ticket.number, ticket.subject, ticket.state) == (1, "VPN 连不上", "new")
    assert ticket.group == Reference(id=company.desk.id, name=company.desk.name)
    assert await store.ticket(db, company.tenant.id, ticket.id) == ticket


async def test_a_mail_that_arrives_thrice_is_one_ticket(db: Database, company: Founded) -> None:
    tickets = await asyncio.gather(*(writes(db, company) for _ in range(3)))
    assert {ticket.id for ticket in tickets} == {tickets[0].id}
    assert {ticket.number for ticket in tickets} == {1}
    assert (await writes(db, company, "<2@example.com>")).number == 2


async def test_a_reply_that_arrives_twice_is_said_once(db: Database, company: Founded) -> None:
    ticket = await writes(db, company)
    hear = partial(service.hear, db, company.tenant.id, ticket.id, HELLO, actor=LI, external_id="<2@example.com>")
    heard = await asyncio.gather(hear(), hear(), hear())
    assert {one.id for one in heard} == {ticket.id}
    thread, _ = await store.thread(db, company.tenant.id, ticket.id)
    assert [entry.kind for entry in thread] == ["event", "customer_reply", "customer_reply"]


async def test_ten_replies_at_once_are_all_said(db: Database, company: Founded) -> None:
    ticket = await writes(db, company)
    await asyncio.gather(
        *(service.hear(db, company.tenant.id, ticket.id, (Text(text=str(n)),), actor=LI) for n in range(10))
    )
    thread, _ = await store.thread(db, company.tenant.id, ticket.id)
    said = {entry.parts[0].text for entry in thread if isinstance(entry.parts[0], Text)}
    assert said == {"VPN 连不上", *map(str, range(10))}


async def test_a_reply_to_a_closed_ticket_opens_one_that_follows_even_when_it_arrives_twice(
    db: Database, company: Founded, clock: FakeClock, worker: Worker
) -> None:
    ticket = await solved(db, await writes(db, company))
    clock.advance(days=3)
    assert await worker.run_due() == 1
    hear = partial(service.hear, db, company.tenant.id, ticket.id, HELLO, actor=LI, external_id="<9@example.com>")
    first, second = await hear(), await hear()
    assert first.id == second.id != ticket.id
    assert (first.number, first.follows_id, first.state) == (2, ticket.id, "new")
    old, _ = await store.thread(db, company.tenant.id, ticket.id)
    assert old[-1].parts[0].model_dump()["name"] == "followed_up"
    assert (await store.ticket(db, company.tenant.id, ticket.id)).state == "closed"


async def test_a_solved_ticket_closes_after_three_days_and_not_before(
    db: Database, company: Founded, clock: FakeClock, worker: Worker
) -> None:
    ticket = await solved(db, await writes(db, company))
    clock.advance(days=3, seconds=-1)
    assert await worker.run_due() == 0
    clock.advance(seconds=1)
    await worker.run_due()
    closed = await store.ticket(db, company.tenant.id, ticket.id)
    assert (closed.state, closed.closed_at) == ("closed", db.now())


async def test_a_ticket_solved_anew_waits_three_days_again(
    db: Database, company: Founded, clock: FakeClock, worker: Worker
) -> None:
    ticket = await solved(db, await writes(db, company))
    clock.advance(days=2)
    reopened = await service.hear(db, company.tenant.id, ticket.id, HELLO, actor=LI)
    assert reopened.state == "open"
    await solved(db, reopened)
    clock.advance(days=1)
    await worker.run_due()  # the first time's job
    assert (await store.ticket(db, company.tenant.id, ticket.id)).state == "solved"
    clock.advance(days=2)
    await worker.run_due()
    assert (await store.ticket(db, company.tenant.id, ticket.id)).state == "closed"


async def test_a_reopened_ticket_does_not_close(
    db: Database, company: Founded, clock: FakeClock, worker: Worker
) -> None:
    ticket = await solved(db, await writes(db, company))
    await service.hear(db, company.tenant.id, ticket.id, HELLO, actor=LI)
    clock.advance(days=9)
    await worker.run_due()
    assert (await store.ticket(db, company.tenant.id, ticket.id)).state == "open"


async def test_a_letter_tells_of_public_replies_only(db: Database, company: Founded) -> None:
    ticket = await writes(db, company)
    answer = lifecycle.reply_as_agent(ticket, HELLO, actor=HAN, now=db.now())
    await keep(db, answer)
    told = answer.events[0]
    assert told.name == "TicketReplied"
    facts = await service.reply_facts(db, company.tenant.id, ticket.id, told.after["entry_id"])
    assert (facts.number, facts.parts, facts.author.name) == (1, HELLO, "韩梅梅")
    note = lifecycle.write_note(answer.ticket, HELLO, actor=HAN, now=db.now())
    await keep(db, note)
    with pytest.raises(NotFound):
        await service.reply_facts(db, company.tenant.id, ticket.id, note.entries[0].id)


async def test_a_missing_file_leaves_no_ticket_and_no_gap(db: Database, company: Founded) -> None:
    with pytest.raises(Invalid, match="not there any more"):
        await service.submit(db, company.tenant.id, Draft(subject="x"), (Image(file_id="01NOSUCHFILE"),), actor=LI)
    assert await db["tickets"].count_documents({}) == 0
    assert (await writes(db, company)).number == 1


async def test_another_companys_ticket_does_not_exist(db: Database, company: Founded) -> None:
    ticket = await writes(db, company)
    with pytest.raises(NotFound):
        await service.hear(db, "globex", ticket.id, HELLO, actor=LI)
