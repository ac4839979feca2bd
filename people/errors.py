"""What can go wrong with people and rights beyond what goes wrong everywhere."""

from __future__ import annotations

from typing import Any

from core.errors import N_, Conflict, Invalid


class InUse(Conflict):
    """It cannot go while others rely on it."""

    code, title = "in_use", N_("This is still in use")


def wrong(field: str, message: str, **facts: Any) -> Invalid:
    """Return the refusal of one field; ``facts`` fill the message."""
    return Invalid(message, errors=[{"field": field, "message": message}], **facts)
