"""What the routes of this package share: the stored object beside a refusal, and the answer to what is gone."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic import BaseModel

from core.errors import Stale
from core.model import Value


class Done(Value):
    """It is done."""

    done: bool = True


@contextlib.asynccontextmanager
async def showing(view: Callable[[Any], Awaitable[BaseModel]]) -> AsyncIterator[None]:
    """Put the stored object, as browsers see it, beside the refusal of a save over somebody else's change."""
    try:
        yield
    except Stale as stale:
        stale.facts["current"] = (await view(stale.stored)).model_dump(mode="json")
        raise
