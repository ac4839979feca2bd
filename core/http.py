"""What the thin routes of every package share: the database at hand, the request's time and paging."""

from __future__ import annotations

from typing import cast

from quart import current_app

from core.db import Database


def database() -> Database:
    """Return the database of the application that serves this request."""
    return cast(Database, current_app.extensions["database"])
