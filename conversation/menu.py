"""The navigation menu: numbered choices, by click or by typing the number (spec 2.3). Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from pydantic import Field, model_validator

from core.errors import N_
from core.message import Menu, MenuItem
from core.model import Value

DEEPEST = 5  # levels, as the catalog (spec "catalog")
LONGEST = 100  # entries of one level: [1] … [100]


class Choice(Value):
    """One entry: a leaf that points at a catalog node, or a level of its own."""

    id: str = Field(min_length=1, max_length=64)
    label: str = Field(min_length=1, max_length=200)
    catalog_node_id: str | None = None
    items: tuple[Choice, ...] = Field((), max_length=LONGEST)


class NavigationMenu(Value):
    """A channel's whole menu."""

    prompt: str = Field("", max_length=500)
    items: tuple[Choice, ...] = Field((), max_length=LONGEST)

    @model_validator(mode="after")
    def _has_distinct_ids_and_few_levels(self) -> NavigationMenu:
        ids = [choice.id for choice, _ in walk(self.items)]
        if len(ids) != len(set(ids)):
            raise ValueError("menu ids must differ")
        if any(depth > DEEPEST for _, depth in walk(self.items)):
            raise ValueError(f"a menu has at most {DEEPEST} levels")
        return self


def walk(items: tuple[Choice, ...], depth: int = 1) -> Iterator[tuple[Choice, int]]:
    """Yield every choice with its level."""
    for choice in items:
        yield choice, depth
        yield from walk(choice.items, depth + 1)


def choice_by_id(menu: NavigationMenu, item_id: str) -> Choice | None:
    """Return the choice with this id, wherever it is."""
    return next((choice for choice, _ in walk(menu.items) if choice.id == item_id), None)


def level(menu: NavigationMenu, at: str | None) -> tuple[Choice, ...]:
    """Return the choices that the customer sees after picking ``at`` (None = at the start)."""
    chosen = choice_by_id(menu, at) if at else None
    return chosen.items if chosen else menu.items


def choice_by_words(menu: NavigationMenu, at: str | None, words: str) -> Choice | None:
    """Return what the customer means by typing a number, or the label itself, at this level."""
    said = unicodedata.normalize("NFKC", words).strip().strip("[]【】().、。 ")
    shown = level(menu, at)
    if said.isascii() and said.isdigit() and 1 <= int(said[:4]) <= len(shown):
        return shown[int(said[:4]) - 1]
    return next((choice for choice in shown if choice.label.casefold() == said.casefold()), None)


def shown(menu: NavigationMenu, at: str | None) -> Menu:
    """Return the level as a message part."""
    items = tuple(
        MenuItem(number=number, id=choice.id, label=choice.label) for number, choice in enumerate(level(menu, at), 1)
    )
    return Menu(prompt=menu.prompt or N_("Please choose:"), items=items)


def path_of(menu: NavigationMenu, item_id: str) -> tuple[str, ...]:
    """Return the labels from the top down to the choice."""

    def search(items: tuple[Choice, ...], labels: tuple[str, ...]) -> tuple[str, ...]:
        for choice in items:
            here = (*labels, choice.label)
            if choice.id == item_id:
                return here
            if found := search(choice.items, here):
                return found
        return ()

    return search(menu.items, ())


def as_settings(menu: NavigationMenu) -> dict[str, Any]:
    """Return the menu as a channel's settings hold it."""
    return menu.model_dump()
