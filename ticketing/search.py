"""What an agent types into the search box of tickets, as a filter (spec 5.9). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bson.regex import Regex

from core.errors import N_, Invalid
from core.text import parse_query, query_words
from ticketing.model import LISTED

Condition = dict[str, Any]


def _named(field: str) -> Callable[[str, str], Condition]:
    """Return the condition on a reference: ``me``, ``none``, an id, or the beginning of a name."""

    def condition(value: str, me: str) -> Condition:
        match value:
            case "me":
                return {f"{field}.id": me}
            case "none":
                return {field: None}
            case _:
                name = re.compile("^" + re.escape(value), re.IGNORECASE)
                return {"$or": [{f"{field}.id": value}, {f"{field}.name": name}]}

    return condition


def _one_of(field: str) -> Callable[[str, str], Condition]:
    return lambda value, me: {field: value.lower()}


def _exactly(field: str) -> Callable[[str, str], Condition]:
    return lambda value, me: {field: value}


def _state(value: str, me: str) -> Condition:
    state = "quarantined" if value.lower() == "quarantine" else value.lower()
    if state not in (*LISTED, "deleted", "quarantined"):
        states = ", ".join((*LISTED, "deleted", "quarantined"))
        raise Invalid(N_("There is no state “{value}”. The states are: {states}."), value=value[:50], states=states)
    return {"state": state}


def _number(value: str, me: str) -> Condition:
    digits = value.removeprefix("#")
    if not re.fullmatch(r"[0-9]{1,12}", digits):
        raise Invalid(N_("“{value}” is not a ticket number. Write it like #9."), value=value[:50])
    return {"number": int(digits)}


#: field → the condition for one of its values.
FIELDS: dict[str, Callable[[str, str], Condition]] = {
    "status": _state,
    "state": _state,
    "tag": _exactly("tags"),
    "type": _exactly("type"),
    "priority": lambda value, me: {"priority": value.upper()},
    "urgency": _one_of("urgency"),
    "impact": _one_of("impact"),
    "source": _one_of("source"),
    "catalog": _exactly("catalog_path"),
    "handler": _named("handler"),
    "group": _named("group"),
    "customer": _named("customer"),
    "organization": _named("organization"),
    "number": _number,
}


@dataclass(frozen=True)
class Search:
    """What was typed: a filter for the fields, and the words to be found (`ticketing.store.searched`)."""

    where: Condition
    words: tuple[str | Regex[str], ...]


def typed(query: str, *, me: str) -> Search:
    """Return what ``status:open tag:vpn 打印机`` or ``#9`` asks for; several values of one field: any of them.

    Raises:
        Invalid: a value that its field cannot have.
    """
    asked = parse_query(re.sub(r"(?<!\S)#(?=[0-9]+(?!\S))", "number:", query), known=FIELDS)
    conditions: list[Condition] = []
    text = asked.text
    for name, values in asked.fields.items():
        alternatives = [FIELDS[name](value, me) for value in values]
        conditions.append(alternatives[0] if len(alternatives) == 1 else {"$or": alternatives})
        if name == "tag" and len(values) == 1:  # a tag's words are among the ticket's and lead to it
            text = f"{values[0]} {text}"
    return Search(where={"$and": conditions} if conditions else {}, words=tuple(query_words(text)))


def ticket_filter(query: str, *, me: str) -> Condition:
    """Return what was typed as one filter, for counting; lists go the way of `ticketing.store.searched`.

    Raises:
        Invalid: a value that its field cannot have.
    """
    asked = typed(query, me=me)
    return {**asked.where, **({"words": {"$all": list(asked.words)}} if asked.words else {})}
