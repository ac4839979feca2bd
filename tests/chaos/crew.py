"""Processes to kill, and the patience to wait for what must come true all the same."""

from __future__ import annotations

import asyncio
import ctypes
import inspect
import multiprocessing
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

Program = Callable[..., Coroutine[Any, Any, None]]

# Forked from a server that has imported everything: a process every 50 ms instead of one per second.
_fork = multiprocessing.get_context("forkserver")
_fork.set_forkserver_preload(["tests.chaos.postman", "tests.chaos.scribe", "tests.chaos.mail_reader"])


@dataclass
class Crew:
    """Named processes that can be killed and replaced."""

    folder: Path
    programs: dict[str, tuple[Program, tuple[Any, ...]]] = field(default_factory=dict)
    processes: dict[str, BaseProcess] = field(default_factory=dict)
    kills: int = 0

    def start(self, name: str, program: Program | None = None, *arguments: Any) -> None:
        """Start a process that runs ``program(*arguments)``; without a program, the one it ran before."""
        if program:
            self.programs[name] = program, arguments
        program, arguments = self.programs[name]
        self.processes[name] = _fork.Process(
            target=_run, args=(str(self.folder / f"{name}.log"), program, arguments), daemon=True
        )
        self.processes[name].start()

    def kill(self, name: str) -> None:
        """Kill -9, and return when the process is gone."""
        process = self.processes[name]
        assert process.is_alive(), f"{name} ended by itself: {self.last_words(name)}"
        process.kill()
        process.join()
        self.kills += 1

    def kill_all(self) -> None:
        """End whatever still runs."""
        for process in self.processes.values():
            process.kill()
            process.join()

    def all_ended_well(self) -> bool:
        return all(process.exitcode == 0 for process in self.processes.values())

    def last_words(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-3_000:]


def _run(log: str, program: Program, arguments: tuple[Any, ...]) -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL.value)  # PR_SET_PDEATHSIG: die with the fork server, it dies with us
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    asyncio.run(program(*arguments))


async def eventually(
    true: Callable[[], bool | Awaitable[bool]], *, within: float, what: Callable[[], object] = lambda: ""
) -> None:
    """Return when something is true; fail after ``within`` seconds with what is there instead."""
    deadline = time.monotonic() + within
    while True:
        found = true()
        if await found if inspect.isawaitable(found) else found:
            return
        assert time.monotonic() < deadline, f"not within {within} s: {what()}"
        await asyncio.sleep(0.02)  # what other processes do, and die of, nobody tells
