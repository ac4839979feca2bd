"""Tasks that run for ever end when they are told to."""

from __future__ import annotations

import asyncio

from core import tasks


async def test_a_task_ends_although_a_library_loses_the_first_cancellation() -> None:
    answers: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    async def asks_for_ever() -> None:
        while True:
            answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            await answers.put(answer)
            await asyncio.wait_for(answer, 30)

    asking = asyncio.create_task(asks_for_ever())
    (await answers.get()).set_result(None)  # the answer comes in the same moment as the end
    await tasks.end([asking])
    assert asking.cancelled()


async def test_how_a_task_ended_is_not_told() -> None:
    async def fails() -> None:
        raise ValueError("too late")

    failing = asyncio.create_task(fails())
    await tasks.end([failing])
    assert failing.done()


async def test_whoever_does_not_end_is_left_behind_in_time() -> None:
    leave = asyncio.Event()

    async def stays() -> None:
        while not leave.is_set():
            try:
                await leave.wait()
            except asyncio.CancelledError:
                continue

    staying = asyncio.create_task(stays())
    await asyncio.sleep(0)
    await tasks.end([staying], within=0.01)
    assert not staying.done()
    leave.set()
    await staying


async def test_whoever_ends_others_and_is_ended_meanwhile_has_cancelled_them() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def takes_its_time() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()  # until it is cancelled again

    slow = asyncio.create_task(takes_its_time())
    slow.add_done_callback(lambda _: cancelled.set())
    await begun.wait()
    ending = asyncio.create_task(tasks.end([slow]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await tasks.end([ending])
    await cancelled.wait()
