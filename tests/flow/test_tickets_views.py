"""Each view shows exactly what it should, in order, from its index alone (spec 5.8)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import pytest

from core.db import Database
from core.events import Actor
from core.message import Text
from core.model import Reference
from core.paging import PageQuery
from tests.clock import FakeClock
from ticketing import handling, lifecycle, states, store
from ticketing.lifecycle import open_ticket
from ticketing.model import Copied, Draft, State, Ticket
from ticketing.search import typed
from ticketing.views import VIEWS, View, may_see, scope, view_filter

AGENTS = [Actor(kind="agent", id=f"a-{name}", name=name) for name in ("han", "jim", "lucy")]
CUSTOMERS = [Actor(kind="customer", id=f"c-{name}", name=name) for name in ("li", "wu")]
GROUPS = [Reference(id=f"g-{name}", name=name) for name in ("it", "hr", "ops")]
WORKING = ("new", "open", "pending")
LISTED = (*WORKING, "solved", "closed")
WORDS = ["打印机", "VPN", "printer", "密码", "network", "邮箱"]


@dataclass(frozen=True)
class Viewer:
    id: str
    scope: Literal["own", "groups", "all"]
    group_ids: tuple[str, ...]


VIEWERS = [
    Viewer("a-han", "own", ("g-it",)),
    Viewer("a-han", "groups", ("g-it", "g-hr")),
    Viewer("a-jim", "groups", ("g-ops",)),
    Viewer("a-lucy", "all", ("g-it",)),
]


def a_ticket(dice: random.Random, clock: FakeClock, number: int) -> Ticket:
    """A ticket that came to be somehow and had something done to it."""
    opener, agent = dice.choice([*AGENTS, *CUSTOMERS]), dice.choice(AGENTS)
    draft = Draft(
        subject=" ".join(dice.sample(WORDS, 2)),
        customer=Reference(id=dice.choice(CUSTOMERS).id),
        group=dice.choice([*GROUPS, None]),
        cc=(Copied(kind="agent", id=dice.choice(AGENTS).id),) if dice.random() < 0.2 else (),
    )
    now = clock.advance(minutes=dice.randint(0, 1))  # several may change in the same moment
    quarantine: Any = dice.choice([None] * 7 + ["unknown_sender"])
    ticket = open_ticket(draft, tenant_id="acme", actor=opener, now=now, quarantine=quarantine).ticket
    if not quarantine and dice.random() < 0.6:
        handler = Reference(id=agent.id, name=agent.name)
        ticket = handling.take(ticket, agent=handler, actor=agent, now=now, group=GROUPS[0]).ticket
    wanted: State = dice.choice(["new", "open", "pending", "solved", "closed", "deleted"])
    if ticket.state in ("new", "open") and wanted not in ("new", "open"):
        ticket = states.change_state(ticket, "solved" if wanted == "closed" else wanted, actor=agent, now=now).ticket
        if wanted == "closed":
            ticket = states.close(ticket, now=now, after=timedelta()).ticket
    starred = tuple(one.id for one in AGENTS if dice.random() < 0.1)
    return ticket.model_copy(update={"number": number, "starred_by": starred})


@pytest.fixture
async def tickets(db: Database, clock: FakeClock) -> list[Ticket]:
    """Six hundred tickets of all kinds, and some of another company."""
    dice = random.Random(20261121)
    made = [a_ticket(dice, clock, number) for number in range(1, 601)]
    await db["tickets"].insert_many([ticket.to_mongo() for ticket in made])
    others = [{**ticket.to_mongo(), "_id": f"x{ticket.id}", "tenant_id": "globex"} for ticket in made[:200]]
    await db["tickets"].insert_many(others)
    return made


def in_scope(viewer: Viewer, ticket: Ticket) -> bool:
    """Spec 1.2 in plain words, told without the fields that the index uses."""
    mine = (
        (ticket.handler is not None and ticket.handler.id == viewer.id)
        or ticket.created_by.id == viewer.id
        or any(copied.id == viewer.id for copied in ticket.cc)
    )
    my_groups = ticket.group is not None and ticket.group.id in viewer.group_ids
    return viewer.scope == "all" or mine or (viewer.scope == "groups" and my_groups)


def belongs(view: View, viewer: Viewer, ticket: Ticket) -> bool:
    """Spec 5.8 in plain words."""
    told = {
        "todo": ticket.handler is not None and ticket.handler.id == viewer.id and ticket.state in WORKING,
        "starred": viewer.id in ticket.starred_by and ticket.state in LISTED,
        "all": ticket.state in LISTED,
        "mine_created": ticket.created_by.id == viewer.id and ticket.state in LISTED,
        "cc": any(copied.id == viewer.id for copied in ticket.cc) and ticket.state in LISTED,
        "groups": ticket.group is not None and ticket.group.id in viewer.group_ids and ticket.state in WORKING,
        "unassigned": ticket.handler is None and ticket.state in WORKING,
        "quarantine": ticket.state == "quarantined",
    }
    return in_scope(viewer, ticket) and told.get(view, ticket.state == view)


def asked() -> Iterator[tuple[View, Viewer]]:
    for view in VIEWS:
        for viewer in VIEWERS:
            yield view, viewer


def index(view: View) -> str:
    return "stars" if view == "starred" else "views"


async def test_every_view_shows_everybody_exactly_what_belongs_to_it_newest_first(
    db: Database, tickets: list[Ticket]
) -> None:
    for view, viewer in asked():
        expected = [ticket for ticket in tickets if belongs(view, viewer, ticket)]
        expected.sort(key=lambda ticket: (ticket.updated_at, ticket.id), reverse=True)
        found: list[Ticket] = []
        following: str | None = None
        while True:
            page, following = await store.listed(
                db, "acme", view_filter(view, viewer), index=index(view), query=PageQuery(after=following, limit=37)
            )
            found += page
            if following is None:
                break
        assert [ticket.number for ticket in found] == [ticket.number for ticket in expected], (view, viewer)
        count = await store.count(db, "acme", view_filter(view, viewer), index=index(view))
        assert count == len(expected), (view, viewer)


async def test_what_one_may_open_is_what_one_may_list(db: Database, tickets: list[Ticket]) -> None:
    for viewer in VIEWERS:
        assert [may_see(viewer, ticket) for ticket in tickets] == [in_scope(viewer, ticket) for ticket in tickets]


def stages(plan: Any) -> set[str]:
    """The names of all stages of an explained plan."""
    if isinstance(plan, dict):
        inner = set().union(*(stages(value) for value in plan.values())) if plan else set()
        return inner | ({plan["stage"]} if isinstance(plan.get("stage"), str) else set())
    return set().union(*(stages(value) for value in plan)) if isinstance(plan, list) and plan else set()


async def explained(db: Database, command: dict[str, Any]) -> dict[str, Any]:
    return await db.client[db.name].command({"explain": command, "verbosity": "executionStats"})


async def test_no_list_is_sorted_or_scanned_as_a_whole(db: Database, tickets: list[Ticket]) -> None:
    for view, viewer in asked():
        where = {"tenant_id": "acme", **view_filter(view, viewer)}
        plan = await explained(
            db,
            {"find": "tickets", "filter": where, "sort": dict(store.NEWEST_FIRST), "limit": 51, "hint": index(view)},
        )
        used = stages(plan["queryPlanner"]["winningPlan"])
        assert used.isdisjoint({"COLLSCAN", "SORT"}), (view, viewer, used)
        stats = plan["executionStats"]
        if view != "groups" or viewer.scope != "own":
            assert stats["totalDocsExamined"] <= stats["nReturned"] + 5 or view == "starred", (view, viewer)


async def test_no_count_reads_a_ticket(db: Database, tickets: list[Ticket]) -> None:
    for view, viewer in asked():
        if view == "starred" or (view == "groups" and viewer.scope == "own"):
            continue  # few at most: what one agent starred or handles
        where = {"tenant_id": "acme", **view_filter(view, viewer)}
        pipeline = [{"$match": where}, {"$limit": store.COUNT_CAP}, {"$group": {"_id": 1, "n": {"$sum": 1}}}]
        plan = await explained(db, {"aggregate": "tickets", "pipeline": pipeline, "cursor": {}, "hint": "views"})
        assert "FETCH" not in stages(plan), (view, viewer, plan)
        assert "COLLSCAN" not in stages(plan)


async def search(db: Database, viewer: Viewer, text: str) -> list[int]:
    """The numbers of all tickets that a search shows, page by page."""
    asked, view = typed(text, me=viewer.id), view_filter("all", viewer)
    numbers: list[int] = []
    after: str | None = None
    while True:
        page, after = await store.searched(db, "acme", view, asked, query=PageQuery(after=after, limit=40))
        numbers += [ticket.number for ticket in page]
        if after is None:
            return numbers


@pytest.mark.parametrize("rare", [5_000, 100, 1])
async def test_search_finds_words_within_a_scope_the_latest_first(
    db: Database, tickets: list[Ticket], rare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RARE", rare)  # rare and common words take different ways to the same result
    asked = {
        "打印机": ["打印机"], "vpn": ["VPN"], "prin": ["printer"], "密": ["密码"], "p": ["printer"], "x": ["x"],
        "vpn 密": ["VPN", "密码"], "VPN 打印机": ["VPN", "打印机"], "打印机 netw": ["打印机", "network"],
    }  # fmt: skip
    for viewer in VIEWERS:
        for text, words in asked.items():
            expected = [
                t.number for t in tickets if belongs("all", viewer, t) and all(word in t.subject for word in words)
            ]
            assert await search(db, viewer, text) == sorted(expected, reverse=True), (viewer, text)


async def test_search_goes_by_field_and_by_number(db: Database, tickets: list[Ticket]) -> None:
    lucy = VIEWERS[3]
    asked: dict[str, Callable[[Ticket], Any]] = {
        "status:pending handler:me": lambda t: t.state == "pending" and t.handler and t.handler.id == lucy.id,
        "#7": lambda t: t.number == 7,
        "handler:none status:new": lambda t: t.handler is None and t.state == "new",
        "group:hr VPN": lambda t: t.group and t.group.name == "hr" and "VPN" in t.subject,
    }
    for text, matches in asked.items():
        expected = {t.number for t in tickets if t.state in LISTED and matches(t)}
        assert set(await search(db, lucy, text)) == expected, text


@pytest.mark.parametrize("text", ["打印机", "prin"])
async def test_a_word_is_found_through_its_index_alone(db: Database, tickets: list[Ticket], text: str) -> None:
    (word, *_) = typed(text, me="").words
    where = {"tenant_id": "acme", "words": word}
    plan = await explained(
        db, {"find": "tickets", "filter": where, "sort": {"number": -1}, "limit": 600, "hint": "words"}
    )
    stats = plan["executionStats"]
    assert stats["totalKeysExamined"] <= stats["nReturned"] + 3
    pipeline = [{"$match": where}, {"$limit": store.RARE}, {"$group": {"_id": 1, "n": {"$sum": 1}}}]
    plan = await explained(db, {"aggregate": "tickets", "pipeline": pipeline, "cursor": {}, "hint": "words"})
    assert "FETCH" not in stages(plan)


async def test_counting_stops_at_a_thousand_and_one(db: Database, clock: FakeClock) -> None:
    one = a_ticket(random.Random(1), clock, 1).model_copy(update={"state": "pending", "pending_reason": "customer"})
    copies = [{**one.to_mongo(), "_id": f"t{number}", "number": number} for number in range(1, 1_501)]
    await db["tickets"].insert_many(copies)
    assert await store.count(db, "acme", view_filter("pending", VIEWERS[3])) == 1_001


async def test_a_customers_history_is_within_the_agents_scope(db: Database, tickets: list[Ticket]) -> None:
    for viewer in VIEWERS:
        found, _ = await store.of_customer(db, "acme", "c-li", scope=scope(viewer), query=PageQuery(limit=100))
        expected = [
            t for t in tickets if t.customer and t.customer.id == "c-li" and t.state in LISTED and in_scope(viewer, t)
        ]
        expected.sort(key=lambda ticket: (ticket.updated_at, ticket.id), reverse=True)
        assert [ticket.number for ticket in found] == [ticket.number for ticket in expected[:100]]


async def test_a_customer_lists_the_own_tickets_alone(db: Database, tickets: list[Ticket]) -> None:
    found, _ = await store.of_customer_alone(db, "acme", "c-wu", query=PageQuery(limit=100))
    assert found
    assert all(ticket.customer and ticket.customer.id == "c-wu" and ticket.state != "deleted" for ticket in found)


async def test_what_was_said_and_noted_is_found_later(db: Database, clock: FakeClock) -> None:
    ticket = a_ticket(random.Random(3), clock, 1)
    ticket = lifecycle.write_note(ticket, (Text(text="蓝屏 after update"),), actor=AGENTS[0], now=clock.now()).ticket
    await db["tickets"].insert_one(ticket.to_mongo())
    for text in ("蓝屏", "upda", "1"):
        assert await search(db, VIEWERS[3], text) == [1], text
