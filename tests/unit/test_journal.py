"""A journal's entries are numbered without gaps, stored once, and acknowledged only when they are on disk."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.db import Database, connect
from core.errors import Invalid, TooLarge, Unavailable
from core.journal import WAITING, AlreadyStored, Journal, NumberTaken, between, entry_id, number_of
from gateway.embedded import PORTS
from tests.clock import FakeClock

numbers = st.integers(1, 9_999_998)
streams = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=1, max_size=26)


@pytest.fixture
async def lines(db: Database) -> Journal:
    """A journal whose external ids are unique per channel."""
    await db["lines"].create_index([("channel", 1), ("external_id", 1)], unique=True)
    return Journal(db, "lines")


def line(words: str, external_id: str | None = None) -> dict[str, Any]:
    return {"channel": "web", "external_id": external_id or words, "words": words}


async def transcript(db: Database, stream: str = "talk") -> list[tuple[int, str]]:
    rows = db["lines"].find(between(stream)).sort("_id")
    return [(number_of(row["_id"]), row["words"]) async for row in rows]


async def end_of(db: Database, stream: str) -> int:
    last = await db["lines"].find(between(stream)).sort("_id", -1).to_list(1)
    return number_of(last[0]["_id"]) if last else 0


async def say(db: Database, journal: Journal, stream: str, words: str, external_id: str | None = None) -> bool:
    """Append at the end of the stream, as a shell does; return whether it was new."""
    while True:
        try:
            await journal.append(stream, await end_of(db, stream) + 1, line(words, external_id))
        except NumberTaken:
            continue
        except AlreadyStored:
            return False
        return True


async def test_entries_are_read_in_the_order_of_their_numbers(db: Database, lines: Journal) -> None:
    for number, words in enumerate(["hello", "你好", "bye"], 1):
        await lines.append("talk", number, line(words))
    await lines.append("talk2", 1, line("elsewhere"))

    assert await transcript(db) == [(1, "hello"), (2, "你好"), (3, "bye")]


async def test_a_part_of_a_stream_is_read_by_number(db: Database, lines: Journal) -> None:
    for number in range(1, 6):
        await lines.append("talk", number, line(str(number)))
    rows = db["lines"].find(between("talk", after=2, before=5)).sort("_id")
    assert [number_of(row["_id"]) async for row in rows] == [3, 4]


async def test_of_two_who_take_one_number_one_is_told(db: Database, lines: Journal) -> None:
    other = Journal(db, "lines")
    outcomes = await asyncio.gather(
        lines.append("talk", 1, line("mine")), other.append("talk", 1, line("yours")), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "NumberTaken"]
    assert len(await transcript(db)) == 1


async def test_what_arrives_twice_is_stored_once_and_leaves_its_number_to_the_next(
    db: Database, lines: Journal
) -> None:
    await lines.append("talk", 1, line("hello", "m1"))
    with pytest.raises(AlreadyStored):
        await lines.append("talk", 2, line("hello", "m1"))
    await lines.append("talk", 2, line("how are you", "m2"))
    assert await transcript(db) == [(1, "hello"), (2, "how are you")]


async def test_the_same_message_in_two_streams_at_once_is_stored_once(db: Database, lines: Journal) -> None:
    outcomes = await asyncio.gather(
        *(lines.append(f"talk{n}", 1, line("hello", "m1")) for n in range(5)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes].count(AlreadyStored) == 4
    assert await db["lines"].count_documents({}) == 1


async def test_a_refusal_in_a_group_is_only_its_callers(db: Database, lines: Journal) -> None:
    await lines.append("talk1", 1, line("first"))
    outcomes = await asyncio.gather(
        lines.append("talk1", 1, line("too late")),
        lines.append("talk2", 1, line("again", "first")),
        lines.append("talk3", 1, line("fine")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [NumberTaken, AlreadyStored, type(None)]


@pytest.mark.parametrize("poison", ["\ud800", 2**70, object()], ids=["half a letter", "too long", "no such type"])
async def test_an_entry_that_cannot_be_stored_harms_nobody_else(db: Database, lines: Journal, poison: Any) -> None:
    outcomes = await asyncio.wait_for(
        asyncio.gather(
            lines.append("talk1", 1, line("before")),
            lines.append("talk2", 1, {**line("poison"), "more": poison}),
            lines.append("talk3", 1, line("after")),
            return_exceptions=True,
        ),
        5,
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], Invalid)
    assert outcomes[2] is None
    assert await db["lines"].count_documents({}) == 2


async def test_an_entry_that_is_too_large_harms_nobody_else(db: Database, lines: Journal) -> None:
    outcomes = await asyncio.gather(
        lines.append("talk1", 1, line("x" * 9_000_000, "huge")),
        lines.append("talk2", 1, line("fine")),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], TooLarge)
    assert outcomes[1] is None


async def test_two_processes_worth_of_writers_leave_no_gap(db: Database, lines: Journal) -> None:
    other = Journal(db, "lines")
    writers = {"a": lines, "b": other}
    await asyncio.gather(
        *(say(db, writers[who], f"talk{n % 3}", f"{who}{n}") for n in range(30) for who in writers),
    )
    for n in range(3):
        assert [number for number, _ in await transcript(db, f"talk{n}")] == list(range(1, 21))


async def test_messages_sent_twice_over_two_ways_are_stored_once_each_without_a_gap(
    db: Database, lines: Journal
) -> None:
    other = Journal(db, "lines")
    new = await asyncio.gather(
        *(say(db, journal, "talk", f"words {n}", f"m{n}") for n in range(15) for journal in (lines, other))
    )
    assert new.count(True) == 15
    assert [number for number, _ in await transcript(db)] == list(range(1, 16))


async def test_a_caller_who_gave_up_before_the_write_is_left_out(db: Database, lines: Journal) -> None:
    given_up = asyncio.create_task(lines.append("talk", 1, line("never mind")))
    await asyncio.sleep(0)  # let it queue
    given_up.cancel()
    await lines.append("talk", 1, line("hello"))
    assert await transcript(db) == [(1, "hello")]


async def test_drain_returns_when_all_that_waits_is_stored(db: Database, lines: Journal) -> None:
    writes = [asyncio.create_task(lines.append(f"talk{n}", 1, line(str(n)))) for n in range(50)]
    await asyncio.sleep(0)  # let them queue
    await lines.drain()
    assert await db["lines"].count_documents({}) == 50
    await asyncio.gather(*writes)


@pytest.fixture
async def store_away(clock: FakeClock) -> Any:
    away = await connect(f"mongodb://127.0.0.1:{PORTS.start - 1}/waystation", clock=clock)
    yield replace(away, patience=0.3)
    await away.client.close()


async def test_a_store_that_is_away_is_told_to_every_caller_and_tells_no_secrets(store_away: Database) -> None:
    lines = Journal(store_away, "lines")
    outcomes = await asyncio.gather(
        *(lines.append(f"talk{n}", 1, line(str(n))) for n in range(3)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
    assert not any("127.0.0.1" in str(outcome) for outcome in outcomes)


async def test_more_than_the_store_can_take_is_refused_at_once(store_away: Database) -> None:
    lines = Journal(store_away, "lines")
    waiting = [asyncio.create_task(lines.append(f"talk{n}", 1, line(str(n)))) for n in range(WAITING)]
    await asyncio.sleep(0)  # let them queue; nothing of it is on its way yet
    with pytest.raises(Unavailable, match="busy"):
        await lines.append("one more", 1, line("one more"))
    await asyncio.gather(*waiting, return_exceptions=True)


@given(streams, numbers, numbers)
def test_ids_of_a_stream_sort_by_number(stream: str, a: int, b: int) -> None:
    assert (entry_id(stream, a) < entry_id(stream, b)) == (a < b)
    assert number_of(entry_id(stream, a)) == a


@given(streams, streams, numbers)
def test_the_range_of_a_stream_holds_its_own_entries_only(mine: str, other: str, number: int) -> None:
    bounds = between(mine)["_id"]
    assert bounds["$gt"] < entry_id(mine, number) < bounds["$lt"]
    if mine != other:
        assert not bounds["$gt"] < entry_id(other, number) < bounds["$lt"]
