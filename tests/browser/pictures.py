"""Pictures of what a story shows, where somebody asked for them: `PICTURES=/some/folder pytest tests/browser`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES: tuple[ViewportSize, ...] = ({"width": 1280, "height": 800}, {"width": 390, "height": 844})


def look(page: Page, name: str) -> None:
    """Keep how a page looks by day and by night, on a desk and on a phone; it goes on as it was."""
    folder = os.environ.get("PICTURES")
    if not folder:
        return
    usual = page.viewport_size
    for size in SIZES:
        page.set_viewport_size(size)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{size['width']}-{scheme}.png", animations="disabled")
    page.emulate_media(color_scheme="null")
    if usual:
        page.set_viewport_size(usual)
