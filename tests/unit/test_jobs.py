"""A job runs when it is due, once at a time per key, and is never forgotten: not by failure, not by death."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import SystemClock
from core.db import Database, Update
from core.errors import Conflict, NotFound, SendFailed
from core.jobs import (
    MAX_ATTEMPTS,
    MAX_BACK_OFF,
    MAX_DEATHS,
    Job,
    Lane,
    Later,
    Worker,
    back_off,
    cancel,
    dead,
    enqueue,
    retry,
    running,
)
from tests.clock import FakeClock

ACME = "acme"
Handler = Callable[[Job], Awaitable[None]]


def later(db: Database, key: str = "out:1", *, payload: dict[str, Any] | None = None, **wait: float) -> Later:
    return Later(key, "send", ACME, db.now() + timedelta(**wait), payload or {})


def worker(db: Database, send: Handler, **settings: Any) -> Worker:
    return Worker(db, {"send": send}, **settings)


async def waiting(db: Database, key: str = "out:1") -> dict[str, Any]:
    found = await db["jobs"].find_one({"_id": key})
    assert found, f"there is no job {key}"
    return found


class Sender:
    """Notes what it was asked to do, and fails as long as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.sent: list[Job] = []
        self.failures = list(failures)
        self.done = asyncio.Event()

    async def __call__(self, job: Job) -> None:
        self.sent.append(job)
        self.done.set()
        if self.failures:
            raise self.failures.pop(0)


class Door:
    """A handler that stands still in the middle until the test lets it go on."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.may_leave = asyncio.Event()
        self.runs = 0

    async def __call__(self, _: Job) -> None:
        self.runs += 1
        self.entered.set()
        await self.may_leave.wait()


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


@asynccontextmanager
async def at_work(worker: Worker) -> AsyncIterator[Worker]:
    task = asyncio.create_task(worker.run())
    yield worker
    worker.stop()
    await task


# --- When ---


async def test_a_job_runs_when_it_is_due_and_not_before(db: Database, clock: FakeClock) -> None:
    sender = Sender()
    await enqueue(db, later(db, minutes=5, payload={"to": "Lin", "$odd.key": "$value"}))

    clock.advance(minutes=4, seconds=59)
    assert await worker(db, sender).run_due() == 0
    clock.advance(seconds=1)
    assert await worker(db, sender).run_due() == 1

    (job,) = sender.sent
    assert (job.key, job.kind, job.tenant_id, job.due_at) == ("out:1", "send", ACME, clock.now())
    assert job.payload == {"to": "Lin", "$odd.key": "$value"}
    assert await db["jobs"].count_documents({}) == 0


async def test_wishes_for_one_key_become_one_run_at_the_earliest_time_with_the_latest_word(
    db: Database, clock: FakeClock
) -> None:
    sender = Sender()
    for minutes, word in ((10, "first"), (5, "second"), (20, "third")):
        await enqueue(db, later(db, minutes=minutes, payload={"word": word}))

    clock.advance(minutes=5)
    assert await worker(db, sender).run_due() == 1
    assert sender.sent[0].payload == {"word": "third"}
    clock.advance(hours=1)
    assert await worker(db, sender).run_due() == 0


async def test_a_cancelled_job_does_not_run(db: Database) -> None:
    sender = Sender()
    await enqueue(db, later(db))
    await cancel(db, "out:1")
    assert await worker(db, sender).run_due() == 0


async def test_jobs_nobody_here_can_do_are_left_to_those_who_can(db: Database) -> None:
    await enqueue(db, later(db))
    assert await Worker(db, {"print": Sender()}).run_due() == 0
    assert await worker(db, Sender()).run_due() == 1


async def test_timers_fire_within_a_second_of_being_due_even_when_nobody_wakes_the_worker(db: Database) -> None:
    real = replace(db, clock=SystemClock())
    fired: dict[str, timedelta] = {}
    all_fired = asyncio.Event()

    async def fire(job: Job) -> None:
        fired[job.key] = real.now() - job.due_at
        if len(fired) == 20:
            all_fired.set()

    async with at_work(worker(real, fire)):
        for n in range(20):
            await enqueue(real, later(real, f"timer:{n}", milliseconds=20 * n))
        await asyncio.wait_for(all_fired.wait(), 3)

    assert max(fired.values()) < timedelta(seconds=1)
    assert min(fired.values()) >= timedelta(0)


async def test_a_woken_worker_does_not_wait_for_its_next_look(db: Database) -> None:
    real = replace(db, clock=SystemClock())
    sent = asyncio.Event()

    async def send(_: Job) -> None:
        sent.set()

    async with at_work(worker(real, send)) as awake:
        for _ in range(5):
            await enqueue(real, later(real))
            awake.wake()
            await asyncio.wait_for(sent.wait(), 0.5)
            sent.clear()


# --- Side by side ---


def lane(kind: str, places: int, *, endless: bool = False) -> Lane:
    return Lane(frozenset({kind}), places, endless=endless)


async def test_slow_jobs_have_places_of_their_own_and_keep_no_others_waiting(db: Database) -> None:
    door, sender = Door(), Sender()
    for n in range(50):
        await enqueue(db, Later(f"slow:{n}", "post", ACME, db.now() - timedelta(hours=1)))
    await enqueue(db, later(db))
    at_it = Worker(db, {"post": door, "send": sender}, places=1, lanes=[lane("post", 3)])
    assert await at_it.claim() == 4
    await sender.done.wait()
    await door.entered.wait()
    assert door.runs == 3
    await enqueue(db, later(db, "out:2"))
    claimed = 0
    while not claimed:  # the first has done its work, and leaves its place in a moment
        await asyncio.sleep(0)
        claimed = await at_it.claim()
    assert claimed == 1  # the slow lane is full, and only that

    door.may_leave.set()
    await at_it.run_due()
    assert door.runs == 50
    assert len(sender.sent) == 2


async def test_an_endless_job_goes_to_another_worker_at_once_when_its_own_leaves(db: Database) -> None:
    real = replace(db, clock=SystemClock())
    first, second = Door(), Door()
    await enqueue(real, later(real))
    async with at_work(Worker(real, {"send": first}, lanes=[lane("send", 1, endless=True)])):
        await asyncio.wait_for(first.entered.wait(), 3)
    async with at_work(Worker(real, {"send": second}, lanes=[lane("send", 1, endless=True)])):
        await asyncio.wait_for(second.entered.wait(), 3)  # its lease was for half a minute
    assert (first.runs, second.runs) == (1, 1)


async def test_an_endless_job_is_not_waited_for(db: Database) -> None:
    door, sender = Door(), Sender()
    await enqueue(db, later(db, "run:1"))
    await enqueue(db, Later("other", "print", ACME, db.now()))
    both = Worker(db, {"send": door, "print": sender}, lanes=[lane("send", 5, endless=True)])
    assert await both.run_due() == 2
    assert len(sender.sent) == 1
    both.stop()
    await both.run()
    assert (await waiting(db, "run:1"))["token"] is None


async def test_an_endless_job_does_not_die_of_the_workers_that_it_outlived(db: Database) -> None:
    real = replace(db, clock=SystemClock())
    await enqueue(real, later(real))
    await db["jobs"].update_one({"_id": "out:1"}, {"$set": {"deaths": MAX_DEATHS - 1}})
    door = Door()
    endless = Worker(real, {"send": door}, lanes=[lane("send", 1, endless=True)], lease=timedelta(seconds=0.6))
    async with at_work(endless):
        await asyncio.wait_for(door.entered.wait(), 3)

        async def is_prolonged() -> None:
            while (await waiting(db))["deaths"]:
                pass

        await asyncio.wait_for(is_prolonged(), 3)


# --- Once at a time ---


async def test_a_key_that_runs_is_nobody_elses(db: Database) -> None:
    door, other = Door(), Sender()
    await enqueue(db, later(db))
    first = worker(db, door)
    await first.claim()
    await door.entered.wait()
    await enqueue(db, later(db))

    assert await worker(db, other).run_due() == 0

    door.may_leave.set()
    await first.run_due()
    assert other.sent == []


async def test_what_is_asked_for_during_a_run_runs_again_afterwards(db: Database, clock: FakeClock) -> None:
    door = Door()
    await enqueue(db, later(db))
    work = worker(db, door)
    await work.claim()
    await door.entered.wait()
    await enqueue(db, later(db, minutes=9))
    await enqueue(db, later(db, minutes=5))
    door.may_leave.set()
    await work.run_due()
    assert door.runs == 1

    clock.advance(minutes=5)
    assert await work.run_due() == 1
    assert await db["jobs"].count_documents({}) == 0


async def test_of_many_claimers_each_job_has_one(db: Database) -> None:
    sender = Sender()
    keys = [f"out:{n}" for n in range(60)]
    for key in keys:
        await enqueue(db, later(db, key))

    claimed = await asyncio.gather(*(worker(db, sender).run_due() for _ in range(5)))

    assert sum(claimed) == 60
    assert sorted(job.key for job in sender.sent) == sorted(keys)


async def test_a_worker_has_only_so_many_places(db: Database) -> None:
    door = Door()
    for n in range(5):
        await enqueue(db, later(db, f"out:{n}"))
    work = worker(db, door, places=3)

    assert await work.claim() == 3
    assert await work.claim() == 0

    door.may_leave.set()
    await work.run_due()
    assert door.runs == 5


async def test_the_longest_due_is_claimed_first(db: Database, clock: FakeClock) -> None:
    sender = Sender()
    for n, wait in enumerate((30, 10, 20)):
        await enqueue(db, later(db, f"out:{n}", seconds=wait))
    clock.advance(minutes=1)
    await worker(db, sender, places=1).run_due()
    assert [job.key for job in sender.sent] == ["out:1", "out:2", "out:0"]


async def test_a_worker_does_not_start_a_key_that_it_still_runs_though_the_lease_ended(
    db: Database, clock: FakeClock
) -> None:
    door = Door()
    await enqueue(db, later(db))
    work = worker(db, door)
    await work.claim()
    await door.entered.wait()
    clock.advance(minutes=5)

    assert await work.claim() == 0

    door.may_leave.set()
    await work.run_due()
    assert door.runs == 1


# --- Death and leases ---


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
