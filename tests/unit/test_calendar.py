"""Business time: what counts while a desk is open, and never while it is not (spec 6.4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.calendar import BusinessHours, Holiday, NeverOpen, Span, WorkingDay

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = Span(start=time(9), end=time(12))
AFTERNOON = Span(start=time(13), end=time(18))
OFFICE = BusinessHours(time_zone="Asia/Shanghai", week=((MORNING, AFTERNOON),) * 5 + ((), ()))


def shanghai(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    """March 2026: the 2nd is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ((2, 9), True),
        ((2, 8, 59), False),
        ((2, 12), False),
        ((2, 12, 30), False),
        ((2, 17, 59), True),
        ((7, 10), False),
    ],
)
def test_the_desk_is_open_in_its_hours_and_closed_at_lunch_and_at_weekends(at: tuple[int, ...], is_open: bool) -> None:
    assert OFFICE.is_open(shanghai(*at)) is is_open


def test_time_stands_still_over_lunch_and_over_the_weekend() -> None:
    assert OFFICE.add(shanghai(2, 11), 2 * 3600) == shanghai(2, 14)
    assert OFFICE.add(shanghai(6, 17), 2 * 3600) == shanghai(9, 10)
    assert OFFICE.between(shanghai(6, 17), shanghai(9, 10)) == 2 * 3600


def test_the_next_opening_is_now_while_it_is_open() -> None:
    assert OFFICE.next_open(shanghai(2, 10)) == shanghai(2, 10)
    assert OFFICE.next_open(shanghai(6, 18)) == shanghai(9, 9)


def test_nobody_works_on_holidays_but_on_working_saturdays() -> None:
    festival = Holiday(name="春节", first=date(2026, 2, 15), last=date(2026, 2, 23))
    saturday = WorkingDay(name="调休", day=date(2026, 2, 28), spans=(MORNING,))
    china = OFFICE.model_copy(update={"holidays": (festival,), "working_days": (saturday,)})
    assert china.add(shanghai(13, 17, month=2), 2 * 3600) == shanghai(24, 10, month=2)
    assert china.is_open(shanghai(28, 10, month=2))
    assert not china.is_open(shanghai(28, 14, month=2))


def test_a_night_without_an_hour_and_a_night_with_one_twice_count_as_long_as_they_last() -> None:
    berlin = BusinessHours.weekly([[(time(0), time(0))]] * 7, time_zone="Europe/Berlin")
    zone = ZoneInfo("Europe/Berlin")
    assert berlin.between(datetime(2026, 3, 29, tzinfo=zone), datetime(2026, 3, 30, tzinfo=zone)) == 23 * 3600
    assert berlin.between(datetime(2026, 10, 25, tzinfo=zone), datetime(2026, 10, 26, tzinfo=zone)) == 25 * 3600


def test_hours_that_begin_when_the_clocks_jump_begin_with_the_jump() -> None:
    night = BusinessHours.weekly([[(time(2, 30), time(4))]] * 7, time_zone="Europe/Berlin")
    day = datetime(2026, 3, 29, tzinfo=ZoneInfo("Europe/Berlin"))
    assert night.next_open(day) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert night.between(day, day + timedelta(hours=12)) == 3600


def test_a_desk_without_hours_never_opens() -> None:
    closed = BusinessHours(week=((),) * 7)
    assert closed.next_open(shanghai(2, 9)) is None
    with pytest.raises(NeverOpen):
        closed.add(shanghai(2, 9), 1)


@pytest.mark.parametrize("ends", [time(9), time(8)])
def test_hours_end_after_they_start(ends: time) -> None:
    with pytest.raises(ValidationError, match="end after they start"):
        Span(start=time(9), end=ends)


def test_hours_of_one_day_do_not_overlap() -> None:
    with pytest.raises(ValidationError, match="overlap"):
        BusinessHours(week=((MORNING, Span(start=time(11), end=time(0))), *((),) * 6))


def test_hours_survive_the_store() -> None:
    assert BusinessHours.model_validate(OFFICE.model_dump()) == OFFICE


@st.composite
def day_spans(draw: st.DrawFn) -> tuple[Span, ...]:
    minutes = sorted(draw(st.sets(st.integers(0, 24 * 60), max_size=6)))
    bounds = [time(minute // 60 % 24, minute % 60) for minute in minutes]
    return tuple(Span(start=a, end=b) for a, b in zip(bounds[::2], bounds[1::2], strict=False))


@st.composite
def business_hours(draw: st.DrawFn) -> BusinessHours:
    week = (*(draw(day_spans()) for _ in range(6)), (MORNING,))  # open some time in any week
    first = draw(st.dates(date(2026, 3, 1), date(2026, 11, 1)))
    holiday = Holiday(name="holiday", first=first, last=first + timedelta(days=draw(st.integers(0, 12))))
    extra = WorkingDay(day=draw(st.dates(date(2026, 3, 1), date(2026, 11, 1))), spans=draw(day_spans()))
    zone = draw(st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                                 "Asia/Kathmandu", "Africa/Casablanca"]))  # fmt: skip
    return BusinessHours(time_zone=zone, week=week, holidays=(holiday,), working_days=(extra,))


moments = st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 5), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


@given(business_hours(), moments, st.integers(0, 400_000))
def test_what_was_added_has_passed(hours: BusinessHours, at: datetime, seconds: int) -> None:
    assert hours.between(at, hours.add(at, seconds)) == seconds


@given(business_hours(), moments, moments)
def test_adding_what_passed_leads_back_to_the_last_open_moment(
    hours: BusinessHours, one: datetime, other: datetime
) -> None:
    start, end = min(one, other), max(one, other)
    passed = hours.between(start, end)
    back = hours.add(start, passed)
    assert back <= end
    assert hours.between(back, end) == 0
    if hours.is_open(end):
        assert back == end or passed == 0


@given(business_hours(), moments, st.integers(0, 200_000), st.integers(0, 200_000))
def test_more_time_never_ends_earlier(hours: BusinessHours, at: datetime, less: int, more: int) -> None:
    less, more = sorted((less, more))
    assert hours.add(at, less) <= hours.add(at, more)


@given(business_hours(), moments, moments, moments)
def test_business_time_adds_up(hours: BusinessHours, a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    assert hours.between(a, b) + hours.between(b, c) == hours.between(a, c)
    assert hours.between(a, c) <= (c - a).total_seconds()


@given(business_hours(), moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: BusinessHours, at: datetime) -> None:
    opening = hours.next_open(at)
    assert opening is not None
    assert hours.is_open(opening)
    assert opening >= at
    assert hours.between(at, opening) == 0
