"""Ids sort by the moment they were made, differ always, and secrets cannot be guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.ids import new_id, new_secret

YEAR_2020 = datetime(2020, 1, 1, tzinfo=UTC)
moments = st.integers(0, 10**12).map(lambda milliseconds: YEAR_2020 + timedelta(milliseconds=milliseconds))


@given(st.lists(moments, min_size=2, max_size=20, unique=True))
def test_ids_sort_by_the_moment_they_were_made_for(made_for: list[datetime]) -> None:
    ids = {moment: new_id(moment) for moment in made_for}
    assert sorted(made_for) == sorted(made_for, key=ids.__getitem__)


@given(moments)
def test_a_millisecond_is_enough_to_sort_by(moment: datetime) -> None:
    after = new_id(moment + timedelta(milliseconds=1))
    assert new_id(moment) < after


@given(moments, st.integers(2, 200))
def test_ids_of_one_moment_sort_in_the_order_they_were_made(moment: datetime, count: int) -> None:
    ids = [new_id(moment) for _ in range(count)]
    assert ids == sorted(set(ids))


@given(moments)
def test_an_id_is_26_characters_that_need_no_escaping(moment: datetime) -> None:
    made = new_id(moment)
    assert len(made) == 26
    assert made.isalnum()
    assert made.isascii()


def test_secrets_are_long_safe_in_urls_and_never_the_same() -> None:
    secrets = {new_secret() for _ in range(1_000)}
    assert len(secrets) == 1_000
    assert all(len(secret) == 43 and set(secret) <= set(URL_SAFE) for secret in secrets)


URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
