"""What those who wait are told: their place, and how long it may take by the desk's own pace (spec 3.4). Pure.

The pace is how long the desk took, lately, from one customer who left the front of the queue to the next. The wait of
the n-th is the sum of n such steps; the range holds four of five if the steps go on as they did.
"""

from __future__ import annotations

import math
from datetime import datetime
from statistics import fmean, pstdev
from typing import ClassVar

from conversation.model import Forecast
from core.model import Record
from ticketing.matrix import Matrix
from ticketing.model import Place, Priority

STEPS = 50  # kept of a desk's pace
FEWEST = 5  # steps, before which nothing is foretold
WIDTH = 1.28  # standard deviations either way: four of five
LEAST = 0.2  # of the wait either way: a desk that was regular so far need not stay it
ROUND = ((120, 30), (600, 60), (3_600, 300))  # seconds up to which a wait is told, and in which steps
COARSE = 900
#: What a catalog entry's priority is worth among the classes of organizations.
CLASSES: dict[Priority, int] = {"P1": 9, "P2": 6, "P3": 0, "P4": 0, "P5": 0}


def priority_class(own: int, place: Place, matrix: Matrix) -> int:
    """Return the class in which somebody waits, the greater the earlier (spec 3.4).

    Args:
        own: the class of the customer's organization, 0 to 9.
        place: what was chosen from the catalog; where it says how urgent that is, it may be served earlier.
        matrix: how urgency and impact make a priority.
    """
    if not (place.urgency or place.impact):
        return own
    return max(own, CLASSES[matrix.priority(urgency=place.urgency or "medium", impact=place.impact or "medium")])


class Pace(Record):
    """A desk's pace: seconds between one customer served from the queue and the next, and how forecasts came true."""

    collection: ClassVar[str] = "paces"

    steps: tuple[float, ...] = ()
    served_at: datetime | None = None
    foretold: int = 0
    came_true: int = 0

    @property
    def hit_rate(self) -> float | None:
        """Return the share of forecasts that came true."""
        return self.came_true / self.foretold if self.foretold else None


def expected_wait(pace: Pace, position: int, *, in_seconds: float = 0.0) -> tuple[int, int] | None:
    """Return the least and the most seconds that the n-th customer is likely to wait; None when nothing is known.

    Args:
        pace: the desk's.
        position: 1 = next.
        in_seconds: since the last one was served; that much of the next step is over.
    """
    if len(pace.steps) < FEWEST or position < 1:
        return None
    mean, spread = fmean(pace.steps), pstdev(pace.steps)
    middle = max(position * mean - min(in_seconds, mean), 0.0)
    reach = max(WIDTH * spread * math.sqrt(position), LEAST * middle)
    low, high = max(middle - reach, 0.0), middle + reach
    grain = next((step for limit, step in ROUND if high <= limit), COARSE)
    return int(low // grain) * grain, (int(high // grain) + 1) * grain


def came_true(forecast: Forecast, served_at: datetime) -> bool:
    """Return whether the customer was served within the range that was told."""
    waited = (served_at - forecast.at).total_seconds()
    return forecast.low <= waited <= forecast.high


def stepped(pace: Pace, at: datetime, *, others_waited: bool, true: bool | None) -> Pace:
    """Return the pace after a customer was served from the queue.

    Args:
        at: when.
        others_waited: whether the desk was busy since the one before; only then is the time between them a step.
        true: whether the customer's forecast came true; None without one.
    """
    steps = pace.steps
    if pace.served_at and others_waited:
        steps = (*steps, (at - pace.served_at).total_seconds())[-STEPS:]
    return pace.model_copy(
        update={
            "steps": steps,
            "served_at": at,
            "foretold": pace.foretold + (true is not None),
            "came_true": pace.came_true + bool(true),
        }
    )
