"""Tasks that run until they are ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

AGAIN: Final = 1.0  # seconds until a task that goes on is cancelled once more


async def end(tasks: Iterable[asyncio.Task[Any]], *, within: float = float("inf")) -> None:
    """Cancel tasks and wait until they have ended, however they did; ``within``: seconds to wait at most.

    Cancels more than once: before Python 3.12 `asyncio.wait_for`, which PyMongo sends with, loses a cancellation that
    comes together with the result (python/cpython#86296), and its task would run for ever.
    """
    tasks, loop = list(tasks), asyncio.get_running_loop()
    until = loop.time() + within
    try:
        while (running := _cancelled(tasks)) and loop.time() < until:
            await asyncio.wait(running, timeout=min(AGAIN, until - loop.time()))
    except asyncio.CancelledError:
        _cancelled(tasks)
        raise
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # seen, so asyncio does not complain that nobody looked


def _cancelled(tasks: Iterable[asyncio.Task[Any]]) -> list[asyncio.Task[Any]]:
    """Cancel those that run, and return them."""
    return [task for task in tasks if task.cancel()]
