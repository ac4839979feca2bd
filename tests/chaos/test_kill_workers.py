"""Jobs while workers and MongoDB are killed: nothing is lost, no key runs twice at once, order is kept."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.db import Database, Insert
from core.errors import Conflict, Unavailable
from core.jobs import Later, enqueue
from gateway.embedded import Stores
from tests.chaos.crew import Crew, eventually
from tests.chaos.postman import LEASE, TENANT, Letter, noted, work

BOXES = [f"box{n:02}" for n in range(12)]
POSTMEN = ("postman1", "postman2", "postman3")


@pytest.fixture
def crew(tmp_path: Path, stores: Stores) -> Iterator[Crew]:
    crew = Crew(tmp_path)
    for name in POSTMEN:
        crew.start(name, work, stores.mongodb_url, tmp_path)
    yield crew
    crew.kill_all()


@pytest.fixture
def post(db: Database) -> Database:
    """The database by the machine's clock."""
    return replace(db, clock=SystemClock())


async def write_letter(post: Database, box: str, number: int) -> None:
    """Store a letter and the job that delivers it, however long MongoDB is away."""
    letter = Letter(id=f"{box}-{number:05}", tenant_id=TENANT, box=box, number=number)
    while True:
        try:
            return await post.commit(Insert(letter), jobs=[Later(box, "deliver", TENANT, post.now())])
        except Unavailable:
            continue  # whether it is stored is not known
        except Conflict:
            return None  # it is


async def write_letters(post: Database, crew: Crew, box: str, enough: asyncio.Event) -> int:
    """Write to a box until it is enough, a few letters ahead of the postmen; return how many letters."""
    for number in itertools.count(1):
        await write_letter(post, box, number)
        await eventually(lambda: enough.is_set() or newest(crew, box) > number - 3, within=60)  # noqa: B023
        if enough.is_set():
            return number
    raise AssertionError("unreachable")


def newest(crew: Crew, box: str) -> int:
    return int((noted(crew.folder, f"{box}.delivered") or ["0"])[-1])


async def deliver_while(post: Database, crew: Crew, kill: list[str], stores: Stores) -> dict[str, int]:
    """Kill what is named, each at a random moment, while letters are written; return how many each box was sent."""
    enough = asyncio.Event()
    writers = [asyncio.create_task(write_letters(post, crew, box, enough)) for box in BOXES]
    await eventually(lambda: len(noted(crew.folder, "started")) == len(POSTMEN), within=20)
    for victim in kill:
        await asyncio.sleep(random.uniform(0, 0.4))  # a random moment
        if victim == "mongod":
            stores.mongod.kill()
            await asyncio.to_thread(stores.mongod.start)
        else:
            started = len(noted(crew.folder, "started"))
            crew.kill(victim)
            crew.start(victim)
            await eventually(lambda: len(noted(crew.folder, "started")) > started, within=20)  # noqa: B023
    enough.set()
    return dict(zip(BOXES, await asyncio.gather(*writers), strict=True))


async def everything_is_delivered(post: Database) -> bool:
    return not await post["jobs"].find_one() and not await post[Letter.collection].find_one({"delivered": 0})


async def check_the_post(post: Database, crew: Crew, sent: dict[str, int]) -> None:
    await eventually(
        lambda: everything_is_delivered(post),
        within=4 * LEASE.total_seconds() + 10,
        what=lambda: {name: crew.last_words(name)[-500:] for name in POSTMEN},
    )
    for box, count in sent.items():
        letters = await post[Letter.collection].find({"box": box}).sort("number").to_list()
        assert [letter["number"] for letter in letters] == list(range(1, count + 1)), "every letter is there"
        assert {letter["delivered"] for letter in letters} == {1}, "each delivery is committed once"
        walked = [int(number) for number in noted(crew.folder, f"{box}.delivered")]
        assert walked == sorted(walked), "in order"
        assert set(walked) == set(range(1, count + 1)), "nothing is committed that did not happen"
        again = Counter(walked).most_common(1)[0][1]
        assert again <= 1 + crew.kills, "and again only after a kill"
    assert noted(crew.folder, "met") == [], "two were never at one box"


@pytest.mark.timeout(120)
async def test_letters_arrive_once_and_in_order_though_thirty_postmen_are_killed(
    post: Database, crew: Crew, stores: Stores
) -> None:
    kill = [random.choice(POSTMEN) for _ in range(30)]
    sent = await deliver_while(post, crew, kill, stores)
    await check_the_post(post, crew, sent)
    assert crew.kills == 30


@pytest.mark.timeout(120)
async def test_letters_arrive_once_and_in_order_though_mongodb_is_killed_too(
    post: Database, crew: Crew, stores: Stores
) -> None:
    kill = ["mongod", "mongod", "postman1", "mongod", "postman2", "mongod", "postman3"]
    random.shuffle(kill)
    sent = await deliver_while(post, crew, kill, stores)
    await check_the_post(post, crew, sent)


@pytest.mark.timeout(60)
async def test_alarms_ring_once_and_within_a_second_whoever_rings_them(post: Database, crew: Crew) -> None:
    await eventually(lambda: len(noted(crew.folder, "started")) == len(POSTMEN), within=20)
    start = post.now()
    alarms = {f"alarm{n:03}": start + timedelta(seconds=random.uniform(0.5, 4)) for n in range(200)}
    await asyncio.gather(*(enqueue(post, Later(key, "ring", TENANT, due_at)) for key, due_at in alarms.items()))

    await eventually(lambda: len(noted(crew.folder, "rung")) >= len(alarms), within=10)

    rung = [line.split() for line in noted(crew.folder, "rung")]
    assert sorted(key for key, _ in rung) == sorted(alarms)
    late = [float(late) for _, late in rung]
    assert min(late) >= 0
    assert max(late) < 1
