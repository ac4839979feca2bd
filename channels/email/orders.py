"""What an agent's mail orders in its first lines: #note, #assign ann, #solve, #priority high (spec 2.6). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, cast

from ticketing.model import Priority

OrderKind = Literal["note", "assign", "solve", "priority"]

#: What people write → what it means; Chinese words may stand right before what they are about: `#指派小王`.
WORDS: Final[dict[str, OrderKind]] = {
    "note": "note", "internal": "note", "private": "note", "内部": "note", "备注": "note", "內部": "note",
    "assign": "assign", "指派": "assign", "分派": "assign", "转给": "assign",
    "solve": "solve", "solved": "solve", "解决": "solve", "已解决": "solve", "解決": "solve",
    "priority": "priority", "优先级": "priority", "優先級": "priority",
}  # fmt: skip
PRIORITIES: Final[dict[str, Priority]] = {
    "highest": "P1", "urgent": "P1", "critical": "P1", "最高": "P1", "紧急": "P1",
    "high": "P2", "高": "P2",
    "normal": "P3", "medium": "P3", "中": "P3", "普通": "P3",
    "low": "P4", "低": "P4",
    "lowest": "P5", "最低": "P5",
    **{f"p{n}": cast(Priority, f"P{n}") for n in range(1, 6)},
}  # fmt: skip
_ORDER: Final = re.compile(r"[#＃]([^\W\d_][\w-]{0,40})[ \t\u3000]*[:：]?(.{0,200})")


@dataclass(frozen=True)
class Order:
    """One line that orders something; ``kind`` is None when nobody knows what."""

    kind: OrderKind | None
    about: str  # what stands behind the word
    line: str


@dataclass(frozen=True)
class Orders:
    """The orders of a mail, and what it says below them."""

    orders: tuple[Order, ...] = ()
    words: str = ""

    @property
    def is_private(self) -> bool:
        """Whether the words are for the desk alone; also when a word was mistyped, for it may have been that."""
        return any(order.kind in ("note", None) for order in self.orders)

    @property
    def solves(self) -> bool:
        """Whether the ticket is to be solved."""
        return any(order.kind == "solve" for order in self.orders)


def orders_of(text: str) -> Orders:
    """Return the orders of the first lines; the first line that is none ends them, empty lines between do not count."""
    lines = text.splitlines()
    found: list[Order] = []
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        order = _order(line.strip())
        if order is None:
            return Orders(tuple(found), "\n".join(lines[place:]).strip())
        found.append(order)
    return Orders(tuple(found))


def _order(line: str) -> Order | None:
    match = _ORDER.fullmatch(line)
    if match is None:
        return None
    word, about = match[1].lower(), match[2].strip()
    if word in WORDS:
        return Order(WORDS[word], about, line)
    for known in sorted(WORDS, key=len, reverse=True):
        if not known.isascii() and word.startswith(known):
            return Order(WORDS[known], f"{match[1][len(known) :]} {about}".strip(), line)
    return Order(None, about, line)
