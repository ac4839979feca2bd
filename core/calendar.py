"""Business time: when a desk is open, and time counted only while it is (spec 6.4). Pure.

Hours are wall-clock times in a time zone. A wall-clock time means the first moment at which the clocks on the wall have
reached it, so a change to or from summer time neither loses nor doubles a moment, nor puts two in the wrong order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_serializer, field_validator, model_validator

from core.errors import N_
from core.model import Value

DAY = timedelta(days=1)
MIDNIGHT = time()
HORIZON = 400  # days that are searched for an open moment: no holiday is longer


class NeverOpen(ValueError):  # noqa: N818  says what is the matter
    """There is no open moment within the next 400 days, so business time does not pass."""


class Span(Value):
    """Open from one time of day to another; an end of 00:00 is midnight after."""

    start: time
    end: time

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end != MIDNIGHT and self.end <= self.start:
            raise ValueError(N_("Working hours end after they start. Split those that pass midnight at 00:00."))
        return self

    @field_serializer("start", "end")
    def _as_words(self, moment: time) -> str:
        """Write times as `09:00:00`: MongoDB knows no time of day."""
        return moment.isoformat()


class Holiday(Value):
    """Days on which nobody works, the first and the last included."""

    name: str = Field(max_length=100)
    first: date
    last: date

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.last < self.first:
            raise ValueError(N_("A holiday's last day is not before its first."))
        return self

    @field_serializer("first", "last")
    def _as_words(self, day: date) -> str:
        return day.isoformat()


class WorkingDay(Value):
    """A day with its own hours, whatever weekday or holiday it is: China's working Saturdays."""

    name: str = Field(default="", max_length=100)
    day: date
    spans: tuple[Span, ...]

    @field_serializer("day")
    def _as_words(self, day: date) -> str:
        return day.isoformat()

    @field_validator("spans")
    @classmethod
    def _in_order(cls, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return in_order(spans)


class BusinessHours(Value):
    """When a desk works: a week's hours (Monday first) in a time zone, holidays, and extra working days."""

    time_zone: str = "UTC"
    week: tuple[tuple[Span, ...], ...] = Field(min_length=7, max_length=7)
    holidays: tuple[Holiday, ...] = ()
    working_days: tuple[WorkingDay, ...] = ()

    @field_validator("week")
    @classmethod
    def _in_order(cls, week: tuple[tuple[Span, ...], ...]) -> tuple[tuple[Span, ...], ...]:
        return tuple(in_order(spans) for spans in week)

    @classmethod
    def always(cls) -> BusinessHours:
        """Return the hours of a desk that never closes."""
        return cls(week=((Span(start=MIDNIGHT, end=MIDNIGHT),),) * 7)

    @classmethod
    def weekly(cls, week: Iterable[Iterable[tuple[time, time]]], *, time_zone: str) -> BusinessHours:
        """Return plain weekly hours from pairs of start and end for each day, Monday first."""
        days = tuple(tuple(Span(start=start, end=end) for start, end in day) for day in week)
        return cls(time_zone=time_zone, week=days)

    def is_open(self, at: datetime) -> bool:
        """Return whether the desk works at this moment; at the moment it closes it does not."""
        return any(start <= at < end for start, end in self._open_from(at, days=1))

    def next_open(self, at: datetime) -> datetime | None:
        """Return this moment if the desk works, else the next at which it does; None within 400 days."""
        return next((max(start, at) for start, _ in self._open_from(at)), None)

    def closes(self, at: datetime) -> datetime | None:
        """Return when the desk closes, if it is open at this moment; None if it is closed, or open all the week."""
        end = at
        for opens, closes in self._open_from(at, days=7):
            if opens > end:
                break
            end = closes
        return end if at < end < at + 7 * DAY else None

    def holiday(self, at: datetime) -> str | None:
        """Return the name of the holiday that keeps the desk closed on this day, if one does."""
        day = at.astimezone(ZoneInfo(self.time_zone)).date()
        if any(extra.day == day for extra in self.working_days):
            return None
        return next((holiday.name for holiday in self.holidays if holiday.first <= day <= holiday.last), None)

    def add(self, at: datetime, seconds: float) -> datetime:
        """Return the moment at which so much business time has passed since ``at``.

        Raises:
            NeverOpen: the desk does not open any more.
        """
        left = timedelta(seconds=seconds)
        if left < timedelta():
            raise ValueError(seconds)
        if not left:
            return at
        reached = at
        while True:
            opened = False
            for start, end in self._open_from(reached):
                opened = True
                reached = max(start, reached)
                if end - reached >= left:
                    return reached + left
                left -= end - reached
                reached = end
            if not opened:
                raise NeverOpen

    def between(self, start: datetime, end: datetime) -> float:
        """Return the seconds of business time from one moment to a later one; 0 if it is earlier."""
        if end <= start:
            return 0.0
        passed = timedelta()
        for opens, closes in self._open_from(start, days=(end - start).days + 2):
            if opens >= end:
                break
            passed += min(closes, end) - max(opens, start)
        return passed.total_seconds()

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """Return a day's hours: as an extra working day, none on a holiday, else those of its weekday."""
        for extra in self.working_days:
            if extra.day == day:
                return extra.spans
        if any(holiday.first <= day <= holiday.last for holiday in self.holidays):
            return ()
        return self.week[day.weekday()]

    def _open_from(self, at: datetime, days: int = HORIZON) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open stretches that end after ``at``, in order, for so many days."""
        zone = ZoneInfo(self.time_zone)
        first = at.astimezone(zone).date() - DAY  # clocks may be put back over midnight
        for offset in range(days + 2):
            day = first + offset * DAY
            for span in self.spans_on(day):
                start = _moment(day, span.start, zone)
                end = _moment(day + DAY, MIDNIGHT, zone) if span.end == MIDNIGHT else _moment(day, span.end, zone)
                if end > max(at, start):
                    yield start, end


def in_order(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return a day's hours in order.

    Raises:
        ValueError: two of them overlap.
    """
    ordered = tuple(sorted(spans, key=lambda span: span.start))
    if any(one.end == MIDNIGHT or one.end > other.start for one, other in pairwise(ordered)):
        raise ValueError(N_("Working hours of one day must not overlap."))
    return ordered


def _moment(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the first moment at which the clocks on the wall have reached this time of this day."""
    told = datetime.combine(day, wall, zone)
    moment = told.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == told.replace(tzinfo=None):
        return moment
    # the clocks jump over it: find the jump, between what it would be by the later and by the earlier offset
    before, after = told.replace(fold=1).astimezone(UTC), moment
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
