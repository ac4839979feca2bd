"""Time: the only place that reads a clock; everything else is given ``now``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Shells ask it once and hand ``now`` to pure functions."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC, in whole milliseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, cut to the milliseconds that MongoDB stores."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
