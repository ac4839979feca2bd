"""A job runs when it is due and once at a time per key; slow ones keep no others waiting."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from core.clock import SystemClock
from core.db import Database
from core.jobs import (
    MAX_DEATHS,
    Job,
    Lane,
    Later,
    Worker,
    cancel,
    enqueue,
)
from tests.clock import FakeClock
from tests.jobs import ACME, Door, Sender, at_work, later, waiting, worker

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
