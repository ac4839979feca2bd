"""The demo company is there as a whole or not at all, once, and its past is like a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.db import Database, connect
from core.errors import Conflict
from core.journal_id import number_of
from gateway import demo
from gateway.auth.passwords import verify
from gateway.demo.company import FOUNDER, PEOPLE, TENANT
from gateway.embedded import Stores
from gateway.wiring import ensure_all_indexes
from people.permissions import PERMISSIONS
from tests.clock import FakeClock
from ticketing.search import ticket_filter
from ticketing.states import SOLVED_TO_CLOSED

PASSWORD = "lantern-leaf-2026"
AHEAD = {"jobs"}  # what is to happen


@pytest.fixture(scope="module")
async def shop(stores: Stores) -> AsyncIterator[Database]:
    """A database of its own with the demo company, for those who only look."""
    db = await connect(stores.mongodb_url, clock=FakeClock(), name="demo")
    await ensure_all_indexes(db)
    await demo.load(db)
    yield db
    await db.client.drop_database(db.name)
    await db.client.close()


async def counts(db: Database) -> dict[str, int]:
    names = await db.client[db.name].list_collection_names()
    return {name: await db[name].count_documents({"used": {"$ne": False}}) for name in names if "." not in name}


async def rows(db: Database, collection: str) -> list[dict[str, Any]]:
    return await db[collection].find({}).sort("_id").to_list()


def moments(value: Any) -> Iterator[datetime]:
    match value:
        case datetime():
            yield value
        case dict():
            for inner in value.values():
                yield from moments(inner)
        case list():
            for inner in value:
                yield from moments(inner)


async def test_it_is_needed_until_there_is_a_company(db: Database) -> None:
    assert await demo.is_needed(db)
    await demo.load(db)
    assert not await demo.is_needed(db)


async def test_loading_it_again_changes_nothing(shop: Database) -> None:
    before = await counts(shop)
    await demo.load(shop)
    assert await counts(shop) == before  # files too: nothing was stored in vain
    assert before["conversations"] >= 60
    assert before["tickets"] >= 90
    assert before["customers"] >= 40


async def test_two_who_load_it_at_once_make_one_company(db: Database) -> None:
    await asyncio.gather(demo.load(db), demo.load(db))
    assert await db["tenants"].count_documents({}) == 1
    assert await db["agents"].count_documents({}) == 1 + len(PEOPLE)
    assert {row["tenant_id"] for row in await rows(db, "tickets")} == {TENANT}


async def test_what_cannot_be_stored_whole_is_not_stored_at_all(db: Database) -> None:
    await db["channels"].insert_one({"_id": "c", "tenant_id": "other", "key": "demo", "kind": "webchat"})
    with pytest.raises(Conflict):
        await demo.load(db)
    assert {name: count for name, count in (await counts(db)).items() if count} == {"channels": 1}
    await db["channels"].delete_many({})
    await demo.load(db)
    assert await db["channels"].count_documents({}) == 2


async def test_nothing_lies_in_the_future_and_everything_to_do_does(shop: Database) -> None:
    now = shop.now()
    for name in await shop.client[shop.name].list_collection_names():
        if "." not in name and name not in AHEAD:
            assert all(at <= now for row in await rows(shop, name) for at in moments(row)), name
    jobs = [job for job in await rows(shop, "jobs") if job["tenant_id"] == TENANT]
    assert {job["kind"] for job in jobs} == {"close_ticket"}
    assert all(now < job["due_at"] <= now + SOLVED_TO_CLOSED for job in jobs)
    waiting = {job["payload"]["ticket_id"] for job in jobs}
    solved = {ticket["_id"]: ticket for ticket in await rows(shop, "tickets") if ticket["state"] == "solved"}
    assert solved.keys() <= waiting
    assert all(ticket["solved_at"] + SOLVED_TO_CLOSED > now for ticket in solved.values())


async def test_tickets_are_numbered_in_the_order_of_time(shop: Database) -> None:
    tickets = sorted(await rows(shop, "tickets"), key=lambda ticket: ticket["number"])
    assert [ticket["number"] for ticket in tickets] == list(range(1, len(tickets) + 1))
    assert tickets == sorted(tickets, key=lambda ticket: ticket["created_at"])
    counter = await shop["counters"].find_one({"_id": f"{TENANT}:ticket"})
    assert counter
    assert counter["value"] == len(tickets)
    followed = {ticket["follows_id"]: ticket for ticket in tickets if ticket["follows_id"]}
    lines = [line for line in await rows(shop, "ticket_entries") for part in line["parts"] if part.get("name")]
    told = [
        part["data"]["follows"]
        for line in lines
        for part in line["parts"]
        if part.get("name") == "opened" and "follows" in part["data"]
    ]
    numbers = {ticket["_id"]: ticket["number"] for ticket in tickets}
    assert told
    assert all(numbers[one["ticket_id"]] == one["number"] and one["ticket_id"] in followed for one in told)


async def test_tickets_are_in_every_state_and_from_every_source(shop: Database) -> None:
    tickets = await rows(shop, "tickets")
    assert {t["state"] for t in tickets} == {"quarantined", "new", "open", "pending", "solved", "closed", "deleted"}
    assert {t["source"] for t in tickets} == {"conversation", "web_form", "agent", "api", "email", "wechat", "phone"}
    assert {t["priority"] for t in tickets} == {"P1", "P2", "P3", "P4", "P5"}
    assert {t["pending_reason"] for t in tickets if t["state"] == "pending"} == {"customer", "conditions"}
    assert any(t.get("starred_by") for t in tickets)
    late = shop.now() - timedelta(days=1)
    assert any(t["waiting_since"] and t["waiting_since"] < late for t in tickets)


async def test_every_conversation_has_ended_and_is_part_of_a_ticket_or_was_abandoned(shop: Database) -> None:
    talks = await rows(shop, "conversations")
    assert {talk["state"] for talk in talks} == {"ended"}
    assert {talk["outcome"] for talk in talks} == {"solved", "unsolved", "refused", "abandoned"}
    parts = {talk_id: t["_id"] for t in await rows(shop, "tickets") for talk_id in t["conversation_ids"]}
    for talk in talks:
        assert not talk["live"]
        assert talk["ticket_ids"] == ([parts[talk["_id"]]] if talk["_id"] in parts else [])
        assert talk["ticket_ids"] or talk["outcome"] == "abandoned"


async def test_every_journal_counts_from_one_without_gaps_and_in_time(shop: Database) -> None:
    journals: dict[str, list[dict[str, Any]]] = {}
    for entry in await rows(shop, "entries"):
        journals.setdefault(entry["conversation_id"], []).append(entry)
    talks = {talk["_id"]: talk for talk in await rows(shop, "conversations")}
    assert journals.keys() == talks.keys()
    for talk_id, entries in journals.items():
        assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
        assert [number_of(entry["_id"]) for entry in entries] == [entry["seq"] for entry in entries]
        assert entries == sorted(entries, key=lambda entry: (entry["at"], entry["seq"]))
        assert talks[talk_id]["last_seq"] == len(entries)
        said = [entry for entry in entries if entry["kind"] == "message"]
        assert talks[talk_id]["last_message"]["at"] == said[-1]["at"]
    kinds = {part["type"] for entries in journals.values() for entry in entries for part in entry["parts"]}
    assert {"text", "emoji", "image", "file", "menu", "event"} <= kinds
    assert any(entry["kind"] == "note" for entries in journals.values() for entry in entries)


async def test_whoever_serves_or_handles_belongs_to_the_group(shop: Database) -> None:
    groups = {agent["_id"]: agent["group_ids"] for agent in await rows(shop, "agents")}
    for talk in await rows(shop, "conversations"):
        assert not talk["host"] or talk["desk"]["id"] in groups[talk["host"]["id"]], talk["subject"]
    for ticket in await rows(shop, "tickets"):
        assert not ticket["handler"] or ticket["group"]["id"] in groups[ticket["handler"]["id"]], ticket["subject"]


async def test_events_tell_of_everything_in_the_order_of_their_ids(shop: Database) -> None:
    events = await rows(shop, "events")
    assert events == sorted(events, key=lambda event: event["at"])
    for name, kind in (("tickets", "TicketOpened"), ("conversations", "ConversationStarted")):
        told = {event["subject_id"] for event in events if event["name"] == kind}
        assert told == {row["_id"] for row in await rows(shop, name)}


async def test_tickets_are_found_in_both_languages(shop: Database) -> None:
    for words, number in (("打印机 卡纸", 1), ("cold brew", 1), ("证书", 2)):
        found = await shop["tickets"].count_documents({"tenant_id": TENANT, **ticket_filter(words, me="")})
        assert found >= number, words


async def test_everybody_can_sign_in_with_the_password_that_is_told(shop: Database) -> None:
    agents = await rows(shop, "agents")
    assert {agent["email"] for agent in agents} == {FOUNDER.email, *(person.email for person in PEOPLE)}
    (password_hash,) = {agent["password_hash"] for agent in agents}
    assert await verify(password_hash, PASSWORD)
    roles = {role["_id"]: role for role in await rows(shop, "roles")}
    founder = next(agent for agent in agents if agent["founder"])
    assert set(roles[founder["role_id"]]["permissions"]) == set(PERMISSIONS)


def test_the_greeting_says_where_everything_is_and_who_may_enter() -> None:
    told = demo.greeting("http://127.0.0.1:8000/")
    for page in ("/console", "/demo", "/chat/demo", "/mailbox", "/api/docs"):
        assert f"http://127.0.0.1:8000{page}\n" in told
    assert PASSWORD in told
    assert told.count("@lanternleaf.example") >= 5
