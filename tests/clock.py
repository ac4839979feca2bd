"""A clock that a test moves by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Stands still until `advance`: a Monday morning at first."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the moment the test has reached."""
        return self._now

    def advance(self, **by: float) -> datetime:
        """Let time pass: ``advance(minutes=5)``."""
        self._now += timedelta(**by)
        return self._now
