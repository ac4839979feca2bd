"""A mailbox whose readers are killed: every mail is there exactly once, whatever dies and whatever comes twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.base import Channel
from channels.email.settings import EmailSettings
from channels.running import run_job
from core.clock import SystemClock
from core.db import Database, Insert
from core.ids import new_id
from gateway.embedded import Stores
from gateway.wiring import ensure_all_indexes
from people.service.founding import found
from tests.chaos.crew import Crew, eventually
from tests.chaos.mail_reader import read
from tests.mailhouse import Dovecot, a_dovecot, a_mail

READERS = ("reader1", "reader2")
MAILS = 240
KILLS = 10
ADDRESS = "help@desk.test"


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with a_dovecot() as running:
        yield running


@pytest.fixture
def crew(tmp_path: Path, stores: Stores, db: Database) -> Iterator[Crew]:
    crew = Crew(tmp_path)
    for name in READERS:
        crew.start(name, read, stores.mongodb_url, db.name)
    yield crew
    crew.kill_all()


async def opens_mailbox(db: Database, dovecot: Dovecot) -> Channel:
    await ensure_all_indexes(db)
    now = db.now()
    founded = await found(
        db, tenant_id="post", company="Post", name="Ann", email="ann@desk.test", password_hash="-", language="en",
        time_zone="UTC", now=now,
    )  # fmt: skip
    channel = Channel(
        id=new_id(now), tenant_id="post", kind="email", name="Mail", key="post-mail", desk_id=founded.desk.id,
        settings=EmailSettings(address=ADDRESS, receipt=False, **dovecot.account(ADDRESS)).stored(),
        created_at=now, updated_at=now,
    )  # fmt: skip
    job = run_job(channel, now)
    assert job
    await db.commit(Insert(channel), jobs=[job])
    return channel


async def delivers(dovecot: Dovecot, numbers: list[int]) -> None:
    """Deliver mails at random moments; one in six comes twice, as from servers that were not sure."""
    while numbers:
        some, numbers = numbers[:10], numbers[10:]
        mails = [
            a_mail(
                to=ADDRESS, sender=f"p{n % 40}@customer.test", subject=f"Mail {n}", Message_ID=f"<{n}@customer.test>"
            )
            for n in some
        ]
        again = [mail for mail in mails if random.random() < 1 / 6]
        await asyncio.to_thread(dovecot.lays_down, ADDRESS, [*mails, *again])
        await asyncio.sleep(random.uniform(0, 0.4))


@pytest.mark.timeout(240)
async def test_each_mail_is_there_once_though_readers_are_killed_and_the_server_starts_anew(
    db: Database, crew: Crew, dovecot: Dovecot
) -> None:
    db = replace(db, clock=SystemClock(), handlers={}, listeners=[])
    await opens_mailbox(db, dovecot)
    await asyncio.to_thread(dovecot.lays_down, ADDRESS, [a_mail(to=ADDRESS, subject="Mail -1")])

    async def has(mails: int) -> bool:
        return await db["tickets"].count_documents({}) >= mails

    await eventually(lambda: has(1), within=60, what=lambda: last_words(crew))
    delivering = asyncio.create_task(delivers(dovecot, list(range(MAILS))))
    troubles = ["kill"] * KILLS + ["restart", "uid_validity"]
    random.shuffle(troubles)
    for place, trouble in enumerate(troubles):
        await asyncio.sleep(random.uniform(0.1, 1.5))  # a random moment
        match trouble:
            case "restart":
                await asyncio.to_thread(dovecot.stop)
                await asyncio.to_thread(dovecot.start)
            case "uid_validity":
                await asyncio.to_thread(dovecot.changes_uid_validity, ADDRESS, 1_000_000 + place)
            case _:
                victim = random.choice(READERS)
                crew.kill(victim)
                crew.start(victim)
    await delivering

    async def all_there() -> bool:
        missing.difference_update([row["subject"] async for row in db["tickets"].find({}, {"subject": 1})])
        return not missing

    missing = {f"Mail {n}" for n in range(-1, MAILS)}
    await eventually(all_there, within=120, what=lambda: (sorted(missing), last_words(crew)))
    subjects = Counter([row["subject"] async for row in db["tickets"].find({}, {"subject": 1})])
    assert subjects == {f"Mail {n}": 1 for n in range(-1, MAILS)}
    said = await db["ticket_entries"].count_documents({"kind": "customer_reply"})
    assert said == MAILS + 1, "nothing is said twice in a ticket"
    assert await db["mails_aside"].count_documents({}) == 0
    assert crew.kills == KILLS


def last_words(crew: Crew) -> dict[str, str]:
    return {name: crew.last_words(name)[-1_500:] for name in READERS}
