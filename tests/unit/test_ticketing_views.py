"""Who sees which tickets, and what of them (spec 1.2, 5.3, 5.7, 5.8)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.errors import Invalid, NotFound
from core.events import Actor
from core.message import Author, Happening, Text
from core.model import Reference
from ticketing import lifecycle
from ticketing.catalog import below, check_fits, path, place
from ticketing.lifecycle import open_ticket
from ticketing.matrix import LEVELS, STANDARD, Matrix
from ticketing.model import CatalogNode, Copied, Delivery, Draft, EntryKind, Ticket, TicketEntry
from ticketing.search import typed
from ticketing.shown import shown, shown_entry, shown_to_customer
from ticketing.views import VIEWS, may_see, scope, view_filter

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HAN = Actor(kind="agent", id="a-han", name="韩梅梅")
LI = Actor(kind="customer", id="c-li", name="李雷")


@dataclass(frozen=True)
class Viewer:
    id: str = "a-han"
    scope: Literal["own", "groups", "all"] = "all"
    group_ids: tuple[str, ...] = ("g-it",)


def ticket(by: Actor = LI, **draft: object) -> Ticket:
    return open_ticket(Draft(subject="VPN", **draft), tenant_id="acme", actor=by, now=NOW).ticket  # type: ignore[arg-type]


IT, HR = Reference(id="g-it", name="IT"), Reference(id="g-hr", name="HR")
ME, JIM = Reference(id="a-han", name="韩梅梅"), Reference(id="a-jim", name="Jim")


@pytest.mark.parametrize(
    ("seen", "own", "groups"),
    [
        (ticket(handler=ME), True, True),
        (ticket(by=HAN), True, True),
        (ticket(cc=(Copied(kind="agent", id="a-han"),)), True, True),
        (ticket(cc=(Copied(kind="customer", id="a-han"),)), False, False),
        (ticket(group=IT), False, True),
        (ticket(group=IT, handler=JIM), False, True),
        (ticket(group=HR), False, False),
        (ticket(group=HR, handler=JIM), False, False),
        (ticket(), False, False),
    ],
)
def test_each_data_scope_shows_what_it_should(seen: Ticket, own: bool, groups: bool) -> None:
    assert may_see(Viewer(scope="own"), seen) is own
    assert may_see(Viewer(scope="groups"), seen) is groups
    assert may_see(Viewer(scope="all"), seen)


def test_every_view_lies_within_the_data_scope_or_is_about_me() -> None:
    for view in VIEWS:
        asked = str(view_filter(view, Viewer(scope="own")))
        assert "'all'" not in asked
        assert "a-han" in asked
    assert scope(Viewer(scope="groups")) == ["handler:a-han", "creator:a-han", "cc:a-han", "group:g-it"]


# --- The matrix ---


def test_the_matrix_is_the_one_of_the_specification() -> None:
    told = {u[0] + i[0]: STANDARD.priority(urgency=u, impact=i) for u in LEVELS for i in LEVELS}
    assert told == {
        "hh": "P1", "hm": "P2", "mh": "P2", "hl": "P3", "mm": "P3", "lh": "P3", "ml": "P4", "lm": "P4", "ll": "P5",
    }  # fmt: skip


def test_one_cell_can_be_changed_and_none_left_out() -> None:
    edited = STANDARD.edited(urgency="high", impact="low", priority="P1")
    assert edited.priority(urgency="high", impact="low") == "P1"
    assert edited.priority(urgency="low", impact="high") == "P3"
    assert STANDARD.priority(urgency="high", impact="low") == "P3"
    with pytest.raises(ValidationError, match="every pair"):
        Matrix(cells={"high": {"high": "P1"}})


# --- The catalog ---


def node(id: str, parent: str | None = None, **fields: object) -> CatalogNode:
    return CatalogNode(id=id, tenant_id="acme", parent_id=parent, name=id.upper(), **fields)  # type: ignore[arg-type]


CHAIN = [node("a"), node("b", "a"), node("c", "b"), node("d", "c"), node("e", "d")]


def test_a_place_remembers_its_path_and_takes_from_above_what_it_leaves_open() -> None:
    tree = [node("it", urgency="high", group_id="g-it", type="incident"), node("vpn", "it", type="question")]
    found = place(tree, "vpn")
    assert (found.path, found.ids) == (("IT", "VPN"), ("it", "vpn"))
    assert (found.group_id, found.type, found.urgency, found.impact) == ("g-it", "question", "high", None)
    with pytest.raises(Invalid):
        place(tree, "gone")


def test_the_catalog_has_five_levels_and_no_circles() -> None:
    check_fits(CHAIN[:4], CHAIN[4])
    with pytest.raises(Invalid, match="at most 5 levels"):
        check_fits(CHAIN, node("f", "e"))
    with pytest.raises(Invalid, match="below itself"):
        check_fits(CHAIN, CHAIN[1].changed(parent_id="d"))
    with pytest.raises(Invalid, match="below itself"):
        check_fits(CHAIN, CHAIN[1].changed(parent_id="b"))
    with pytest.raises(Invalid, match="does not exist"):
        check_fits(CHAIN, node("f", "gone"))
    with pytest.raises(Invalid, match="at most 5 levels"):  # a branch is moved with all that is below it
        check_fits([*CHAIN, node("x"), node("y", "x")], CHAIN[1].changed(parent_id="y"))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 9)), max_size=40))
def test_whatever_is_moved_where_the_catalog_stays_a_tree(moves: list[tuple[int, int]]) -> None:
    tree = {f"n{number}": node(f"n{number}") for number in range(10)}
    for child, parent in moves:
        moved = tree[f"n{child}"].changed(parent_id=None if parent < 0 else f"n{parent}")
        try:
            check_fits(list(tree.values()), moved)
        except Invalid:
            continue
        tree[moved.id] = moved
    nodes = list(tree.values())
    for one in nodes:
        assert 1 <= len(path(nodes, one.id)) <= 5
        assert one.id not in below(nodes, one.id)


# --- What people see ---

SECRET = "c9e7-secret"


def told(kind: EntryKind) -> TicketEntry:
    is_secret = kind in ("note", "event")
    return TicketEntry(
        id=f"e-{kind}",
        tenant_id="acme",
        ticket_id="t1",
        kind=kind,
        author=Author(kind="agent", id="a-han", name=SECRET if is_secret else "韩梅梅"),
        parts=(Text(text=SECRET if is_secret else "hello"),),
        at=NOW,
    )


entries = st.lists(st.sampled_from(get_args(EntryKind)).map(told))


@given(entries)
def test_customers_never_see_notes_nor_what_happens_inside(thread: list[TicketEntry]) -> None:
    own = ticket(handler=JIM, tags=("vip-" + SECRET,)).model_copy(update={"id": "t1"})
    if any(entry.kind == "note" for entry in thread):
        own = lifecycle.write_note(own, (Text(text=SECRET),), actor=HAN, now=NOW + timedelta(hours=1)).ticket
    seen = shown_to_customer(own, thread)
    assert SECRET not in seen.model_dump_json()
    assert len(seen.entries) == sum(entry.kind in ("customer_reply", "agent_reply") for entry in thread)
    assert seen.updated_at == NOW, "a note leaves no trace, not even in time"


def test_another_tickets_lines_are_not_shown() -> None:
    stranger = TicketEntry(
        id="e1", tenant_id="acme", ticket_id="t2", kind="agent_reply", author=Author(kind="agent", id="a"),
        parts=(Text(text="for somebody else"),), at=NOW,
    )  # fmt: skip
    assert shown_to_customer(ticket(), [stranger]).entries == ()


def test_quarantine_looks_new_to_the_customer_and_a_deleted_ticket_is_gone() -> None:
    assert shown_to_customer(ticket().model_copy(update={"state": "quarantined"})).state == "new"
    with pytest.raises(NotFound):
        shown_to_customer(ticket().model_copy(update={"state": "deleted"}))


def test_a_star_is_mine_alone() -> None:
    starred = ticket().model_copy(update={"starred_by": ("a-han",)})
    assert shown(starred, "a-han").starred
    assert not shown(starred, "a-jim").starred
    assert "starred_by" not in shown(starred, "a-jim").model_dump()


# --- The search box ---


def test_fields_and_words_are_searched_together() -> None:
    asked = typed("status:open tag:vpn tag:wifi handler:me #9 打印机", me="a-han")
    assert asked.words == ("打印", "印机")
    assert asked.where == {
        "$and": [
            {"state": "open"},
            {"$or": [{"tags": "vpn"}, {"tags": "wifi"}]},
            {"handler.id": "a-han"},
            {"number": 9},
        ]
    }


def test_a_tags_words_lead_to_its_tickets() -> None:
    asked = typed("tag:打印 vpn", me="a-han")
    assert asked.where == {"$and": [{"tags": "打印"}]}
    assert asked.words[0] == "打印"


@pytest.mark.parametrize("wrong", ["status:lost", "number:nine"])
def test_a_value_that_a_field_cannot_have_is_explained(wrong: str) -> None:
    with pytest.raises(Invalid, match=r"no state|not a ticket number"):
        typed(wrong, me="a-han")


@given(st.text(max_size=80))
def test_whatever_is_typed_is_understood_or_explained(text: str) -> None:
    with suppress(Invalid):
        assert isinstance(typed(text, me="a-han").where, dict)


def test_an_agent_reads_in_words_of_their_language_why_an_answer_came_back() -> None:
    reason = "The address does not exist."
    returned = TicketEntry(
        id="e", tenant_id="t", ticket_id="9", kind="agent_reply", author=Author(kind="agent", id="a", name="Ann"),
        parts=(Text(text="Hi"),), at=NOW, delivery=Delivery(state="bounced", at=NOW, reason=reason),
    )  # fmt: skip
    for language, words in (("en", reason), ("zh-CN", "该地址不存在。")):
        seen = shown_entry(returned, language)
        assert seen.delivery
        assert seen.delivery.reason == words
    beside = returned.model_copy(update={"parts": (Happening(name="bounced", data={"reason": reason, "hint": ""}),)})
    [line] = shown_entry(beside, "zh-CN").parts
    assert isinstance(line, Happening)
    assert line.data == {"reason": "该地址不存在。", "hint": ""}
