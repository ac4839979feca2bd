"""The navigation menu: by click, by number, by words, never anything else (spec 2.3). Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from conversation.menu import Choice, NavigationMenu, choice_by_id, choice_by_words, level, path_of, shown, walk

MENU = NavigationMenu(
    prompt="您好，请选择：",
    items=(
        Choice(
            id="orders",
            label="订单 Orders",
            items=(Choice(id="late", label="还没收到", catalog_node_id="n1"), Choice(id="wrong", label="发错了")),
        ),
        Choice(id="tea", label="选茶 Choosing tea", catalog_node_id="n2"),
    ),
)


@pytest.mark.parametrize("typed", ["1", " 1 ", "[1]", "１", "【1】", "订单 Orders", "订单 orders"])
def test_a_number_or_the_label_picks_an_entry(typed: str) -> None:
    choice = choice_by_words(MENU, None, typed)
    assert choice
    assert choice.id == "orders"


@pytest.mark.parametrize("typed", ["0", "3", "99999999999999999999", "-1", "one", "", "1.5", "1 2"])
def test_anything_else_picks_nothing(typed: str) -> None:
    assert choice_by_words(MENU, None, typed) is None


def test_numbers_count_within_the_level_that_is_shown() -> None:
    choice = choice_by_words(MENU, "orders", "2")
    assert choice
    assert choice.id == "wrong"


def test_the_path_tells_what_the_request_is_about() -> None:
    assert path_of(MENU, "late") == ("订单 Orders", "还没收到")


def test_ids_are_unique_and_levels_at_most_five() -> None:
    with pytest.raises(ValidationError):
        NavigationMenu(items=(Choice(id="a", label="x"), Choice(id="a", label="y")))
    deep = Choice(id="6", label="x")
    for number in range(5):
        deep = Choice(id=str(number), label="x", items=(deep,))
    with pytest.raises(ValidationError):
        NavigationMenu(items=(deep,))


menus = st.recursive(st.just(()), lambda below: st.lists(below, max_size=4).map(tuple), max_leaves=20).map(
    lambda tree: NavigationMenu(items=_choices(tree)) if _depth(tree) <= 5 else NavigationMenu()
)


def _depth(tree: tuple[object, ...]) -> int:
    return 0 if not tree else 1 + max(_depth(branch) for branch in tree)  # type: ignore[arg-type]


def _choices(tree: tuple[object, ...], prefix: str = "") -> tuple[Choice, ...]:
    return tuple(
        Choice(id=f"{prefix}{n}", label=f"Entry {prefix}{n}", items=_choices(branch, f"{prefix}{n}."))  # type: ignore[arg-type]
        for n, branch in enumerate(tree)
    )


@given(menus)
def test_every_entry_is_reached_by_its_number_from_its_level(menu: NavigationMenu) -> None:
    for at in [None, *(choice.id for choice, _ in walk(menu.items) if choice.items)]:
        for item in shown(menu, at).items:
            assert choice_by_words(menu, at, str(item.number)) == choice_by_id(menu, item.id)
        assert len(shown(menu, at).items) == len(level(menu, at))


@given(menus, st.text(max_size=30))
def test_whatever_is_typed_it_is_an_entry_of_this_level_or_nothing(menu: NavigationMenu, typed: str) -> None:
    choice = choice_by_words(menu, None, typed)
    assert choice is None or choice in menu.items
