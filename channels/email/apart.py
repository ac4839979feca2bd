"""Mails are read in a process apart, with limits on time and memory: what is wrong with one mail harms nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import resource
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from channels.email.mail import Mail, Peer, ReadingLimits, Unreadable
from core.errors import N_

SECONDS: Final = 120.0  # of one mail, by the clock: on a busy machine even a harmless one may take a while
CPU_SECONDS: Final = 15  # of one mail; the kernel ends what takes longer
MEMORY: Final = 1_500_000_000  # bytes of address space
MAILS: Final = 5_000  # after so many the process is replaced
_LENGTH: Final = struct.Struct(">Q")
_ROOT: Final = Path(__file__).resolve().parents[2]  # where our packages are, wherever we were started
#: Our packages without what they import for their doors: a reader that needs none of it starts seven times faster.
_PROGRAM: Final = """
import sys, types
for name in ("channels", "channels.email"):
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [name.replace(".", "/")]
from channels.email.apart import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""
_COMMAND: Final = (sys.executable, "-c", _PROGRAM)


class Readers:
    """A few processes that read mails; a mail that is too much for one of them is `Unreadable`."""

    def __init__(self, processes: int = 2) -> None:
        self._free: asyncio.LifoQueue[_Child | None] = asyncio.LifoQueue()
        for _ in range(processes):
            self._free.put_nowait(None)
        self._children: set[_Child] = set()

    async def read(
        self,
        raw: bytes,
        *,
        trusted: Sequence[str] = (),
        peer: Peer | None = None,
        limits: ReadingLimits | None = None,
    ) -> Mail:
        """Return what a mail says; ``trusted`` servers' Authentication-Results are believed.

        ``peer``: who handed it to us; then nobody is believed, and the sender is verified here.

        Raises:
            Unreadable: says why.
        """
        child = await self._free.get()
        try:
            if child is None or not child.is_alive:
                child = await _Child.start()
                self._children.add(child)
            async with asyncio.timeout(SECONDS):
                answer = await child.ask((raw, tuple(trusted), peer, limits or ReadingLimits()))
        except TimeoutError:
            raise _too_much() from None
        except (EOFError, BrokenPipeError, ConnectionError, asyncio.IncompleteReadError) as died:
            raise _too_much() from died
        else:
            if child.asked >= MAILS:
                await self._end(child)
            if isinstance(answer, Mail):
                return answer
            raise answer
        finally:
            if child is not None and (child.busy or not child.is_alive):  # out of step: it is not asked again
                await self._end(child)
            self._free.put_nowait(child if child is not None and child in self._children else None)

    async def _end(self, child: _Child) -> None:
        self._children.discard(child)
        await child.end()

    async def close(self) -> None:
        """End all processes."""
        for child in list(self._children):
            await self._end(child)


def _too_much() -> Unreadable:
    return Unreadable(N_("Reading this mail took too long or too much memory. Open the original to see what is in it."))


class _Child:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.asked = 0
        self.busy = False

    @classmethod
    async def start(cls) -> _Child:
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(*_COMMAND, stdin=pipe, stdout=pipe, cwd=_ROOT))

    @property
    def is_alive(self) -> bool:
        return self.process.returncode is None

    async def ask(self, question: tuple[Any, ...]) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.busy = True
        self.asked += 1
        said = pickle.dumps(question, protocol=5)
        self.process.stdin.write(_LENGTH.pack(len(said)) + said)
        await self.process.stdin.drain()
        (length,) = _LENGTH.unpack(await self.process.stdout.readexactly(_LENGTH.size))
        answer = pickle.loads(await self.process.stdout.readexactly(length))  # noqa: S301  from a process of ours
        self.busy = False
        return answer

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        self.process._transport.close()  # type: ignore[attr-defined]  # closes the pipes, which wait() leaves open


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Read mails as they come until there are no more: what the process apart does."""
    from channels.email.reading import read_mail

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while head := questions.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(head)
        raw, trusted, peer, limits = pickle.loads(questions.read(length))  # noqa: S301  from our parent
        spent = resource.getrusage(resource.RUSAGE_SELF)
        cpu = int(spent.ru_utime + spent.ru_stime) + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        answer: Mail | Unreadable
        try:
            answer = read_mail(raw, limits=limits, trusted_authserv_ids=() if peer else trusted)
            if peer:
                from channels.email.verifying import verified  # most readers never need it

                answer = answer.model_copy(update={"authentication": verified(raw, answer, peer)})
        except Unreadable as unreadable:
            answer = unreadable
        except MemoryError:
            answer = _too_much()
        except Exception as error:  # noqa: BLE001  whatever a mail does to its reader, it is only this mail
            answer = Unreadable(
                N_("This mail could not be read ({reason}). Open the original, and report it."),
                reason=f"{type(error).__name__}: {error}"[:200],
            )
        said = pickle.dumps(answer, protocol=5)
        try:
            answers.write(_LENGTH.pack(len(said)) + said)
            answers.flush()
        except BrokenPipeError:  # our parent was killed
            os._exit(0)
