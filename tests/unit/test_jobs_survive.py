"""A job is never forgotten: not by failure, not by the death of its worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.db import Database, Update
from core.errors import Conflict, NotFound, SendFailed
from core.jobs import (
    MAX_ATTEMPTS,
    MAX_BACK_OFF,
    MAX_DEATHS,
    Job,
    Worker,
    back_off,
    dead,
    enqueue,
    retry,
    running,
)
from tests.clock import FakeClock
from tests.jobs import ACME, Door, Sender, at_work, later, waiting, worker

# --- Death and leases ---


@pytest.fixture
async def die_with_the_job(db: Database) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Lets a worker claim what is due and never finish it, as kill -9 does."""
    dead: list[tuple[Worker, Door]] = []

    async def die() -> None:
        door = Door()
        dead.append((worker(db, door), door))
        assert await dead[-1][0].claim()

    yield die
    for corpse, door in dead:
        door.may_leave.set()
        corpse.stop()
        await corpse.run()


async def test_a_job_whose_worker_died_runs_again_when_its_lease_ends(
    db: Database, clock: FakeClock, die_with_the_job: Callable[[], Awaitable[None]]
) -> None:
    survivor = Sender()
    await enqueue(db, later(db))
    await die_with_the_job()

    clock.advance(seconds=29)
    assert await worker(db, survivor).run_due() == 0
    clock.advance(seconds=1)
    assert await worker(db, survivor).run_due() == 1
    assert await db["jobs"].count_documents({}) == 0


async def test_the_survivors_owner_is_told_of_a_death_and_of_nothing_else(
    db: Database, clock: FakeClock, die_with_the_job: Callable[[], Awaitable[None]]
) -> None:
    told: list[str] = []
    survivor = worker(db, Sender())
    survivor.after_death = lambda: told.append("a death")
    await enqueue(db, later(db))
    await survivor.run_due()
    assert told == []

    await enqueue(db, later(db))
    await die_with_the_job()
    clock.advance(seconds=30)
    await survivor.run_due()
    assert told == ["a death"]


async def test_a_job_that_kills_every_worker_is_dead_in_the_end(
    db: Database, clock: FakeClock, die_with_the_job: Callable[[], Awaitable[None]]
) -> None:
    bystander = Sender()
    await enqueue(db, later(db))
    for _ in range(MAX_DEATHS):
        await die_with_the_job()
        clock.advance(minutes=1)
    await worker(db, bystander).run_due()

    assert bystander.sent == []
    (job,) = await dead(db, ACME)
    assert "WorkerDied" in job["error"]


async def test_a_commit_of_a_job_whose_lease_was_lost_does_not_happen(db: Database, clock: FakeClock) -> None:
    door = Door()
    committed: list[str] = []

    async def write(job: Job) -> None:
        slow = not door.entered.is_set()
        if slow:
            await door(job)
        word = "slow" if slow else "fast"
        await db.commit(Update("words", {"_id": word, "tenant_id": ACME}, {"$set": {"at": db.now()}}, upsert=True))
        committed.append(word)

    await enqueue(db, later(db))
    slow, fast = worker(db, write), worker(db, write)
    await slow.claim()
    await door.entered.wait()
    clock.advance(minutes=1)
    await fast.run_due()
    door.may_leave.set()
    await slow.run_due()

    assert committed == ["fast"]
    assert [row["_id"] async for row in db["words"].find()] == ["fast"]
    assert await db["jobs"].count_documents({}) == 0


async def test_the_loser_of_a_lease_does_not_disturb_the_job_of_the_winner(db: Database, clock: FakeClock) -> None:
    slow_door, fast_door = Door(), Door()
    await enqueue(db, later(db))
    slow, fast = worker(db, slow_door), worker(db, fast_door)
    await slow.claim()
    await slow_door.entered.wait()
    clock.advance(minutes=1)
    await fast.claim()
    await fast_door.entered.wait()
    held = await waiting(db)

    slow_door.may_leave.set()
    await slow.run_due()

    assert await waiting(db) == held
    fast_door.may_leave.set()
    await fast.run_due()


async def test_a_commit_prolongs_the_lease_of_its_job(db: Database, clock: FakeClock) -> None:
    door = Door()

    async def write(job: Job) -> None:
        clock.advance(seconds=20)
        await db.commit(Update("words", {"_id": "x", "tenant_id": ACME}, {"$inc": {"n": 1}}, upsert=True))
        await door(job)

    await enqueue(db, later(db))
    work = worker(db, write)
    await work.claim()
    await door.entered.wait()

    clock.advance(seconds=29)
    assert await worker(db, Sender()).run_due() == 0
    door.may_leave.set()
    await work.run_due()


async def test_a_stopping_worker_lets_its_jobs_end(db: Database) -> None:
    door = Door()
    await enqueue(db, later(db))
    async with at_work(worker(db, door)) as work:
        await door.entered.wait()
        work.stop()
        await enqueue(db, later(db, "out:2"))
        door.may_leave.set()
    assert [job["_id"] async for job in db["jobs"].find()] == ["out:2"]


async def test_outside_of_jobs_no_lease_is_asked_for(db: Database) -> None:
    assert running.get() is None
    await enqueue(db, later(db))
    await worker(db, Sender()).run_due()
    assert running.get() is None


async def test_a_job_locked_by_a_transaction_that_nobody_ends_does_not_hold_up_the_others(db: Database) -> None:
    sender = Sender()
    for key in ("out:1", "out:2", "out:3"):
        await enqueue(db, later(db, key))
    async with db.client.start_session() as session, await session.start_transaction():
        await db["jobs"].update_one({"_id": "out:2"}, {"$set": {"payload": {"text": "half said"}}}, session=session)
        work = worker(db, sender)
        assert await work.claim() == 2
        await session.abort_transaction()

    await work.run_due()
    assert sorted(job.key for job in sender.sent) == ["out:1", "out:2", "out:3"]


# --- Failure ---


async def test_a_failed_job_is_tried_again_later_and_later(db: Database, clock: FakeClock) -> None:
    sender = Sender(*(Conflict() for _ in range(5)))
    await enqueue(db, later(db))
    waits = []
    for _ in range(5):
        await worker(db, sender).run_due()
        job = await waiting(db)
        waits.append((job["run_at"] - clock.now()).total_seconds())
        clock.advance(seconds=waits[-1])

    assert [round(wait / 2**n) for n, wait in enumerate(waits)] == [1] * 5
    assert await worker(db, sender).run_due() == 1
    assert [job.attempts for job in sender.sent] == [0, 1, 2, 3, 4, 5]
    assert await db["jobs"].count_documents({}) == 0


async def test_a_job_that_never_works_is_dead_visible_and_alive_again_when_retried(
    db: Database, clock: FakeClock
) -> None:
    sender = Sender(*(ValueError("no such address") for _ in range(MAX_ATTEMPTS)))
    await enqueue(db, later(db, payload={"to": "Lin"}))
    for _ in range(MAX_ATTEMPTS):
        assert await worker(db, sender).run_due() == 1
        clock.advance(hours=1)
    assert await worker(db, sender).run_due() == 0

    (job,) = await dead(db, ACME)
    assert (job["_id"], job["error"]) == ("out:1", "ValueError: no such address")
    assert await dead(db, "umbrella") == []

    with pytest.raises(NotFound):
        await retry(db, "umbrella", "out:1")
    await retry(db, ACME, "out:1")
    assert await dead(db, ACME) == []
    assert await worker(db, sender).run_due() == 1
    assert sender.sent[-1].payload == {"to": "Lin"}
    with pytest.raises(NotFound):
        await retry(db, ACME, "out:1")


async def test_dead_jobs_are_listed_in_pages(db: Database) -> None:
    for n in range(5):
        await enqueue(db, later(db, f"out:{n}"))
    await worker(db, Sender(*(SendFailed("refused") for _ in range(5)))).run_due()

    first = [job["_id"] for job in await dead(db, ACME, limit=3)]
    rest = [job["_id"] for job in await dead(db, ACME, after=first[-1], limit=3)]
    assert (first, rest) == (["out:0", "out:1", "out:2"], ["out:3", "out:4"])


async def test_what_can_never_be_sent_is_dead_at_once(db: Database) -> None:
    await enqueue(db, later(db))
    await worker(db, Sender(SendFailed("no such address"))).run_due()
    assert [job["error"] for job in await dead(db, ACME)] == ["SendFailed: no such address"]


async def test_a_provider_that_asks_for_patience_gets_it_however_much_else_is_sent(
    db: Database, clock: FakeClock
) -> None:
    sender = Sender(SendFailed("slow down", retry_after=90))
    await enqueue(db, later(db))
    await worker(db, sender).run_due()
    await enqueue(db, later(db))

    clock.advance(seconds=89)
    assert await worker(db, sender).run_due() == 0
    clock.advance(seconds=1)
    assert await worker(db, sender).run_due() == 1


async def test_a_new_wish_brings_a_dead_job_to_life(db: Database) -> None:
    sender = Sender(SendFailed("refused"))
    await enqueue(db, later(db))
    await worker(db, sender).run_due()
    await enqueue(db, later(db, payload={"to": "Lin"}))

    assert await dead(db, ACME) == []
    assert await worker(db, sender).run_due() == 1
    assert (sender.sent[-1].attempts, sender.sent[-1].payload) == (0, {"to": "Lin"})


async def test_a_wish_made_during_the_last_attempt_does_not_die_with_it(db: Database) -> None:
    sent: list[Any] = []

    async def send(job: Job) -> None:
        sent.append(job.payload["text"])
        if job.payload["text"] == "bad":
            await enqueue(db, later(db, payload={"text": "good"}))
            raise SendFailed("refused")

    await enqueue(db, later(db, payload={"text": "bad"}))
    await worker(db, send).run_due()
    assert sent == ["bad", "good"]
    assert await db["jobs"].count_documents({}) == 0


@given(attempts=st.integers(1, 10_000))
def test_back_off_is_at_least_most_of_a_second_and_never_much_above_its_maximum(attempts: int) -> None:
    assert timedelta(seconds=0.75) <= back_off(attempts) <= MAX_BACK_OFF * 1.25
