"""The priority matrix: how urgency and impact make a priority (spec 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from pydantic import model_validator

from core.errors import N_
from core.model import Value
from ticketing.model import Level, Priority

LEVELS: tuple[Level, ...] = get_args(Level)

_START: dict[Level, dict[Level, Priority]] = {
    "high": {"high": "P1", "medium": "P2", "low": "P3"},
    "medium": {"high": "P2", "medium": "P3", "low": "P4"},
    "low": {"high": "P3", "medium": "P4", "low": "P5"},
}


class Matrix(Value):
    """One tenant's matrix: ``cells[urgency][impact]``; every cell is filled, any may be edited."""

    cells: Mapping[Level, Mapping[Level, Priority]] = _START

    @model_validator(mode="after")
    def _complete(self) -> Matrix:
        if any(impact not in self.cells.get(urgency, {}) for urgency in LEVELS for impact in LEVELS):
            raise ValueError(N_("Give a priority for every pair of urgency and impact."))
        return self

    def priority(self, *, urgency: Level, impact: Level) -> Priority:
        """Return the priority of a ticket with this urgency and impact."""
        return self.cells[urgency][impact]

    def edited(self, *, urgency: Level, impact: Level, priority: Priority) -> Matrix:
        """Return the matrix with one cell changed."""
        return Matrix(cells={**self.cells, urgency: {**self.cells[urgency], impact: priority}})


STANDARD = Matrix()
