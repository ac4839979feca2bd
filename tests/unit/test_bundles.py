"""What browsers load at once stays small: a budget for each of our pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

DIST = Path(__file__).parents[2] / "widgets" / "dist"
KIB = 1024


@pytest.mark.parametrize(("page", "most"), [("widget", 4), ("frame", 25), ("guest", 25), ("console", 90)])
def test_the_scripts_that_a_page_needs_at_once_are_within_their_budget(page: str, most: int) -> None:
    entry = json.loads((DIST / "manifest.json").read_text())[page]
    sizes = {name: (DIST / f"{name}.gz").stat().st_size for name in (entry["js"], *entry["preload"])}
    assert sum(sizes.values()) <= most * KIB, sizes
