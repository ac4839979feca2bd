"""Lists page by cursor: every row comes once, in order, whatever is added meanwhile, and a forged cursor is refused."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.db import Database
from core.errors import Invalid
from core.paging import PageQuery, Sort, continued, cursor, paged

NEWEST: Sort = [("updated_at", -1), ("_id", -1)]
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)

milliseconds = st.integers(0, 10**12).map(lambda n: MONDAY + timedelta(milliseconds=n))
values = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | milliseconds
rows = st.fixed_dictionaries({"a": values, "b": values, "_id": st.text(min_size=1)})
sorts = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([1, -1])), max_size=2, unique_by=lambda s: s[0])


async def all_pages(db: Database, sort: Sort, *, limit: int) -> list[Any]:
    seen: list[Any] = []
    after: str | None = None
    while True:
        items, after = await paged(
            db["rows"], {"tenant_id": "acme"}, sort=sort, query=PageQuery(after=after, limit=limit)
        )
        assert 0 < len(items) <= limit or not seen
        seen += [row["_id"] for row in items]
        if after is None:
            return seen


async def test_every_row_comes_once_and_in_order_though_many_share_a_time(db: Database) -> None:
    await db["rows"].insert_many(
        {"_id": n, "tenant_id": "acme", "updated_at": MONDAY + timedelta(minutes=n // 7)} for n in range(50)
    )
    await db["rows"].insert_one({"_id": 99, "tenant_id": "umbrella", "updated_at": MONDAY})
    for limit in (1, 7, 49, 50, 100):
        assert await all_pages(db, NEWEST, limit=limit) == list(reversed(range(50)))


async def test_what_is_added_on_top_meanwhile_neither_repeats_nor_hides_a_row(db: Database) -> None:
    await db["rows"].insert_many(
        {"_id": n, "tenant_id": "acme", "updated_at": MONDAY + timedelta(minutes=n)} for n in range(6)
    )
    first, after = await paged(db["rows"], {"tenant_id": "acme"}, sort=NEWEST, query=PageQuery(limit=3))
    await db["rows"].insert_one({"_id": 100, "tenant_id": "acme", "updated_at": MONDAY + timedelta(days=1)})
    rest, end = await paged(db["rows"], {"tenant_id": "acme"}, sort=NEWEST, query=PageQuery(after=after, limit=3))
    assert [row["_id"] for row in first + rest] == [5, 4, 3, 2, 1, 0]
    assert end is None


async def test_a_list_without_rows_is_one_empty_page(db: Database) -> None:
    assert await paged(db["rows"], {"tenant_id": "acme"}, sort=NEWEST, query=PageQuery()) == ([], None)


@pytest.mark.parametrize("direction", [1, -1])
async def test_rows_without_a_value_are_not_lost(db: Database, direction: int) -> None:
    sort: Sort = [("solved_at", direction), ("_id", direction)]
    await db["rows"].insert_many(
        {"_id": n, "tenant_id": "acme", "solved_at": MONDAY + timedelta(minutes=n) if n % 2 else None} for n in range(9)
    )
    in_order = [row["_id"] async for row in db["rows"].find().sort(list(sort))]
    for limit in (1, 2, 4):
        assert await all_pages(db, sort, limit=limit) == in_order


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    table=st.lists(
        st.tuples(st.none() | milliseconds.map(lambda t: t.replace(year=2026, month=3, day=2)), st.integers(0, 2)),
        max_size=12,
    ),
    directions=st.tuples(*[st.sampled_from([1, -1])] * 3),
    limit=st.integers(1, 5),
)
async def test_pages_put_together_are_the_list(
    db: Database,
    table: list[tuple[datetime | None, int]],
    directions: tuple[int, int, int],
    limit: int,
) -> None:
    sort = list(zip(("a", "b", "_id"), directions, strict=True))
    await db["rows"].delete_many({})
    if table:
        await db["rows"].insert_many({"_id": n, "tenant_id": "acme", "a": a, "b": b} for n, (a, b) in enumerate(table))
    assert await all_pages(db, sort, limit=limit) == [row["_id"] async for row in db["rows"].find().sort(sort)]


async def test_a_page_is_read_from_the_index_and_not_by_going_through_the_list(db: Database) -> None:
    await db["rows"].create_index([("tenant_id", 1), ("updated_at", -1), ("_id", -1)])
    await db["rows"].insert_many(
        {"_id": n, "tenant_id": "acme", "updated_at": MONDAY + timedelta(minutes=n // 3)} for n in range(2_000)
    )
    after = cursor({"updated_at": MONDAY + timedelta(minutes=200), "_id": 601}, NEWEST)
    where = {"$and": [{"tenant_id": "acme"}, continued(after, NEWEST)]}
    plan = await db["rows"].find(where).sort(list(NEWEST)).limit(51).explain()
    assert plan["executionStats"]["totalKeysExamined"] < 60
    assert plan["executionStats"]["nReturned"] == 51


@given(rows, sorts)
def test_a_cursor_holds_the_values_it_was_made_of(row: dict[str, Any], by: list[tuple[str, int]]) -> None:
    sort = [*by, ("_id", 1)]
    made = cursor(row, sort)
    assert made.isascii()
    last = continued(made, sort)["$and"][1]["$or"][-1]
    assert last == {**{field: row[field] for field, _ in by}, "_id": {"$gt": row["_id"]}}


@given(rows, st.sampled_from([1, -1]))
def test_a_cursor_of_another_order_is_refused(row: dict[str, Any], direction: int) -> None:
    with pytest.raises(Invalid):
        continued(cursor(row, [("a", direction), ("_id", 1)]), [("_id", 1)])


@given(st.text(max_size=200))
def test_what_is_no_cursor_is_refused(words: str) -> None:
    with pytest.raises(Invalid):
        continued(words, NEWEST)


@pytest.mark.parametrize(
    "forged",
    [
        '[{"$ne": null}, "x"]', '[{"at": null}, "x"]', '[{"at": "yesterday"}, "x"]', '[{"at": "2026-03-02"}, "x"]',
        "[9223372036854775808, 1]", "[[], 1]", '["\\ud800", "x"]', "[NaN, 1]", '{"a": 1}', '"x"', "2", "", "[" * 5_000,
    ],
)  # fmt: skip
def test_a_forged_cursor_is_refused(forged: str) -> None:
    with pytest.raises(Invalid):
        continued(base64.urlsafe_b64encode(forged.encode()).decode(), NEWEST)
