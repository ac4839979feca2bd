"""Journals while MongoDB and the writers are killed: what was acknowledged is there once, in order, without a gap."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.db import Database
from core.journal import between, number_of
from gateway.embedded import Stores
from tests.chaos.crew import Crew, eventually
from tests.chaos.postman import noted
from tests.chaos.scribe import TALKS, work

SCRIBES = ("ada", "bo")


@pytest.fixture
def crew(tmp_path: Path, stores: Stores) -> Iterator[Crew]:
    crew = Crew(tmp_path)
    for scribe in SCRIBES:
        crew.programs[scribe] = work, (stores.mongodb_url, tmp_path, scribe)
    yield crew
    crew.kill_all()


def acknowledged(crew: Crew) -> dict[tuple[str, str], list[int]]:
    return {
        (talk, scribe): [int(number) for number in noted(crew.folder, f"{talk}.{scribe}")]
        for talk in TALKS
        for scribe in SCRIBES
    }


async def more_is_acknowledged(crew: Crew) -> None:
    """Return when every scribe got through in every talk since now."""
    before = {key: len(numbers) for key, numbers in acknowledged(crew).items()}
    await eventually(
        lambda: all(len(numbers) > before[key] for key, numbers in acknowledged(crew).items()),
        within=40,
        what=lambda: (before, acknowledged(crew)),
    )


@pytest.mark.timeout(120)
async def test_what_was_acknowledged_is_there_once_and_in_order(db: Database, crew: Crew, stores: Stores) -> None:
    await db["lines"].create_index("external_id", unique=True)
    for scribe in SCRIBES:
        crew.start(scribe)
    await more_is_acknowledged(crew)

    victims = ["mongod"] * 4 + [*SCRIBES] * 3
    random.shuffle(victims)
    for victim in victims:
        await asyncio.sleep(random.uniform(0, 0.3))  # a random moment
        if victim == "mongod":
            stores.mongod.kill()
            await asyncio.to_thread(stores.mongod.start)
        else:
            crew.kill(victim)
            crew.start(victim)
    await more_is_acknowledged(crew)
    (crew.folder / "enough").touch()
    await eventually(crew.all_ended_well, within=40)

    told = acknowledged(crew)
    for talk in TALKS:
        lines = await db["lines"].find(between(talk)).sort("_id").to_list()
        assert [number_of(line["_id"]) for line in lines] == list(range(1, len(lines) + 1)), "no gap"
        for scribe in SCRIBES:
            said = [line["number"] for line in lines if line["scribe"] == scribe]
            assert said == list(range(1, len(said) + 1)), "once and in order"
            assert said == told[talk, scribe], "what is acknowledged is there, and nothing else"
