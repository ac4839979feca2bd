"""A rating link proves which solution it asks about, cannot be made by others, and is answered once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotFound
from core.events import Actor
from core.message import Author
from core.model import Reference
from ticketing.model import Ticket
from ticketing.satisfaction import VALID, Asked, Rated, is_answered, known_token, rate, token_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET = b"a secret of thirty-two characters or more"
LIN = Actor(kind="customer", id="lin", name="Lin")


def solved(**fields: object) -> Ticket:
    usual = {
        "id": "t1", "tenant_id": "t", "subject": "Teapot", "state": "solved", "customer": Reference(id="lin"),
        "created_by": Author(kind="customer", id="lin"), "created_at": NOW, "updated_at": NOW, "solved_at": NOW,
    }  # fmt: skip
    return Ticket.model_validate(usual | fields)


ASKED = Asked("t", "t1", NOW)


def test_a_link_tells_what_it_was_made_for_and_only_to_us() -> None:
    token = token_of(SECRET, ASKED)
    assert known_token(SECRET, token) == ASKED
    assert known_token(b"another secret that is long enough too", token) is None


@given(st.text(max_size=60), st.integers(0, 80))
def test_no_other_token_proves_anything(rubbish: str, at: int) -> None:
    token = token_of(SECRET, ASKED)
    changed = token[: at % len(token)] + rubbish + token[at % len(token) + 1 :]
    assert known_token(SECRET, changed) in (None, ASKED)
    assert known_token(SECRET, rubbish) is None


def test_one_link_takes_one_rating_and_the_next_solution_another() -> None:
    rated = rate(solved(), ASKED, score=2, comment="Slow", actor=LIN, now=NOW).ticket
    assert rated.rating is not None
    assert (rated.rating.score, rated.rating.comment) == (2, "Slow")
    with pytest.raises(Rated):
        rate(rated, ASKED, score=5, comment="", actor=LIN, now=NOW)
    later = Asked("t", "t1", NOW + timedelta(days=1))
    again = rate(rated, later, score=5, comment="", actor=LIN, now=NOW).ticket
    assert again.rating is not None
    assert again.rating.score == 5
    assert is_answered(again, ASKED)  # the link before it is over


def test_a_rating_is_told_to_agents_and_changes_nothing_else() -> None:
    decision = rate(solved(), ASKED, score=4, comment="", actor=LIN, now=NOW)
    assert decision.ticket.state == "solved"
    assert [event.name for event in decision.events] == ["TicketRated"]
    assert [part.name for entry in decision.entries for part in entry.parts] == ["rated"]  # type: ignore[union-attr]


def test_a_deleted_ticket_is_not_rated_and_old_links_are_over() -> None:
    with pytest.raises(NotFound):
        rate(solved(state="deleted"), ASKED, score=4, comment="", actor=LIN, now=NOW)
    assert not ASKED.is_over(NOW + VALID - timedelta(seconds=1))
    assert ASKED.is_over(NOW + VALID)
