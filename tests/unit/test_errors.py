"""Problems carry a status, a code that never changes, and words that never fail to be said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import core.journal
from core.errors import (
    Conflict,
    Duplicate,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    SendFailed,
    Taken,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)


def kinds(of: type[Problem] = Problem) -> Iterator[type[Problem]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (Invalid, 422, "invalid"), (Unauthenticated, 401, "unauthenticated"), (Forbidden, 403, "forbidden"),
        (NotFound, 404, "not_found"), (Conflict, 409, "conflict"), (Taken, 409, "taken"),
        (Duplicate, 409, "duplicate"), (TooLarge, 413, "too_large"), (TooMany, 429, "too_many"),
        (Unavailable, 503, "unavailable"), (SendFailed, 502, "send_failed"),
    ],
)  # fmt: skip
def test_codes_and_statuses_are_what_the_wire_promises(kind: type[Problem], status: int, code: str) -> None:
    assert (kind.status, kind.code) == (status, code)


def test_every_kind_of_problem_has_a_title_for_people_and_the_status_of_an_error() -> None:
    for kind in kinds():
        assert kind.title
        assert 400 <= kind.status <= 599


def test_the_detail_is_filled_with_facts_and_the_message_id_is_kept_for_translation() -> None:
    problem = Taken("{host} was faster", host="Lin")
    assert str(problem) == "Lin was faster"
    assert problem.detail == "{host} was faster"
    assert problem.facts == {"host": "Lin"}


def test_without_a_detail_the_title_speaks() -> None:
    assert str(NotFound()) == NotFound.title
    assert NotFound().detail == ""


@given(st.text())
def test_whatever_words_a_problem_is_given_it_can_be_raised(words: str) -> None:
    assert str(Conflict(words)) == (words or Conflict.title)
    assert SendFailed(words).detail == words


@given(st.text(), st.text())
def test_facts_are_said_as_they_are_even_with_braces(name: str, value: str) -> None:
    assert str(Conflict("taken by {who}", who=value)) == f"taken by {value}"


def test_a_number_taken_is_met_like_any_conflict() -> None:
    assert issubclass(core.journal.NumberTaken, Conflict)
    assert issubclass(core.journal.AlreadyStored, Conflict)
