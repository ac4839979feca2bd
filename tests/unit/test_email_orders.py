"""What an agent's mail orders in its first lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.orders import orders_of


@pytest.mark.parametrize(
    ("line", "kind", "about"),
    [
        ("#note", "note", ""),
        ("#内部", "note", ""),
        ("＃内部：", "note", ""),
        ("#assign ann", "assign", "ann"),
        ("#Assign: Ann Lee", "assign", "Ann Lee"),
        ("#指派 小王", "assign", "小王"),
        ("#指派小王", "assign", "小王"),
        ("#solve", "solve", ""),
        ("#已解决", "solve", ""),
        ("#priority high", "priority", "high"),
        ("#优先级高", "priority", "高"),
        ("#asign ann", None, "ann"),
    ],
)
def test_a_first_line_orders_something_in_either_language(line: str, kind: str | None, about: str) -> None:
    [order] = orders_of(f"{line}\n\nHello").orders
    assert (order.kind, order.about) == (kind, about)


def test_orders_end_where_the_words_begin() -> None:
    found = orders_of("\n#assign ann\n\n#solve\nHello,\n#note is not an order here\n")
    assert [order.kind for order in found.orders] == ["assign", "solve"]
    assert found.words == "Hello,\n#note is not an order here"
    assert not found.is_private


@pytest.mark.parametrize("text", ["#12 is the one", "# A title", "#", "Hello #note", "##twice"])
def test_what_is_no_order_is_said(text: str) -> None:
    found = orders_of(text)
    assert (found.orders, found.words) == ((), text)


def test_a_mistyped_order_keeps_the_words_at_the_desk() -> None:
    assert orders_of("#ntoe\nThe customer is difficult.").is_private


@given(st.text(max_size=200))
def test_nothing_that_is_written_is_lost(text: str) -> None:
    found = orders_of(text)
    said = " ".join([*(order.line for order in found.orders), found.words]).split()
    assert said == " ".join(text.splitlines()).split()
