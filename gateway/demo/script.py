"""The language in which the demo's conversations and tickets are written, and its reader. Pure.

One line is one step: ``who: words`` says something, ``who# words`` writes a private note, ``who> act`` does something.
``who`` is ``c`` for the customer, ``a`` for whoever serves, or an agent's key. ``+30m`` in front is how long it takes
until then (s, m, h, d), ``{cup}`` shows a file, and ``han[pending]: words`` answers and sets the state with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core.message import Emoji, Part, Text
from ticketing.model import Level, PendingReason, Source

Way = Literal["solved", "unsolved", "refused", "left", "waited"]
QuarantineReason = Literal["unknown_sender", "non_compliant"]

_LINE = re.compile(
    r"(?:\+(?P<wait>\d+)(?P<unit>[smhd]) )?(?P<who>\w+)(?:\[(?P<state>\w+)\])?(?P<mark>[:#>]) *(?P<words>.+)"
)
_FILE = re.compile(r"\{(\w+)\}")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Step:
    """One line of a script."""

    who: str
    mark: Literal[":", "#", ">"]
    words: str
    state: str | None
    wait: timedelta | None  # None: as long as people take


@dataclass(frozen=True)
class Talk:
    """A conversation. ``at``: ``"5 09:14"`` is five days ago at a quarter past nine in the shop's time zone, ``"40m"``
    forty minutes ago. ``menu``: the key of the chosen service. ``after``: what became of its ticket.
    """

    customer: str
    at: str
    said: str
    host: str | None = None
    menu: str | None = None
    way: Way = "solved"
    channel: str = "demo"
    subject: str = ""
    tags: tuple[str, ...] = ()
    rating: tuple[int, str] | None = None
    note: str = ""
    reason: str = ""
    urgency: Level | None = None
    impact: Level | None = None
    group: str | None = None
    handler: str | None = None
    silence: bool = False  # it ended by itself, because the customer said nothing more
    left_first: bool = False  # the customer closed the window, the agent wrapped up
    form: str = ""  # what an unserved customer left in the form
    after: str = ""


@dataclass(frozen=True)
class Story:
    """A ticket that did not begin as a conversation; ``by``: ``c``, an agent's key, or ``system``."""

    at: str
    source: Source
    subject: str
    said: str
    by: str = "c"
    customer: str | None = None
    node: str | None = None
    group: str | None = None
    handler: str | None = None
    tags: tuple[str, ...] = ()
    urgency: Level | None = None
    impact: Level | None = None
    type: str | None = None
    cc: tuple[str, ...] = ()  # agents' keys, or e-mail addresses
    quarantine: QuarantineReason | None = None


def steps(script: str) -> list[Step]:
    """Return the steps of a script.

    Raises:
        ValueError: a line is none; says which.
    """
    return [_step(line.strip()) for line in script.splitlines() if line.strip()]


def _step(line: str) -> Step:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"This is no step of a script: {line}")
    wait = timedelta(**{_UNITS[found["unit"]]: int(found["wait"])}) if found["wait"] else None
    mark: Literal[":", "#", ">"] = ":" if found["mark"] == ":" else "#" if found["mark"] == "#" else ">"
    return Step(who=found["who"], mark=mark, words=found["words"], state=found["state"], wait=wait)


def parts_of(words: str, files: Mapping[str, Part]) -> tuple[Part, ...]:
    """Return what a line says as message parts."""
    pieces = _FILE.split(words)  # text, name of a file, text, …
    parts: list[Part] = []
    for index, piece in enumerate(pieces):
        if index % 2:
            parts.append(files[piece])
        elif piece.strip():
            parts.append(_said(piece.strip()))
    return tuple(parts)


def shown_files(words: str) -> list[str]:
    """Return the names of the files that a line shows."""
    return _FILE.findall(words)


def _said(words: str) -> Text | Emoji:
    is_emoji = len(words) <= 4 and all(ord(letter) > 0x2190 and not letter.isalnum() for letter in words)
    return Emoji(emoji=words) if is_emoji and words not in ("？", "！", "。") else Text(text=words)


def pending_reason(words: str) -> PendingReason:
    """Return why a ticket rests, as ``customer`` or ``conditions``."""
    return "conditions" if words == "conditions" else "customer"
