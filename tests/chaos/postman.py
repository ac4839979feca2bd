"""A worker process of the chaos tests.

It delivers letters, one box at a time and in order, and writes down outside of MongoDB what it did, so that a test can
compare what happened with what is stored.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from core.clock import SystemClock
from core.db import Database, Update, connect
from core.jobs import Job, Later, Worker
from core.model import Record

LEASE = timedelta(seconds=3)
TENANT = "acme"


class Letter(Record):
    """The n-th letter for a box; ``delivered`` counts how often its delivery was committed."""

    collection: ClassVar[str] = "letters"

    box: str
    number: int
    delivered: int = 0


class Postman:
    """Handles the jobs."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self.folder = folder

    async def deliver(self, job: Job) -> None:
        """Deliver the first letter that a box waits for, and ask for the next."""
        box = job.key
        with self._alone_at(box):
            letters = self.db[Letter.collection].find({"box": box, "delivered": 0}).sort("number")
            for found in await letters.to_list(1):
                self._note(f"{box}.delivered", str(found["number"]))
                await asyncio.sleep(random.uniform(0, 0.02))  # the way to the box
                await self.db.commit(
                    Update(Letter.collection, {"_id": found["_id"], "tenant_id": TENANT}, {"$inc": {"delivered": 1}}),
                    jobs=[Later(box, "deliver", TENANT, self.db.now())],
                )

    async def ring(self, job: Job) -> None:
        """Note by how many seconds an alarm is late."""
        self._note("rung", f"{job.key} {(self.db.now() - job.due_at).total_seconds()}")

    @contextmanager
    def _alone_at(self, box: str) -> Iterator[None]:
        """Note when somebody else is at the box; the kernel lets go of a killed process's lock."""
        with (self.folder / f"{box}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._note("met", box)
            yield

    def _note(self, name: str, words: str) -> None:
        note(self.folder, name, words)


def note(folder: Path, name: str, words: str) -> None:
    """Append a line that survives the killing of this process."""
    with (folder / name).open("ab", buffering=0) as file:
        file.write(f"{words}\n".encode())


def noted(folder: Path, name: str) -> list[str]:
    """Return the lines noted so far."""
    path = folder / name
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


async def work(url: str, folder: Path) -> None:
    """Deliver and ring until killed."""
    db = await connect(url, clock=SystemClock())
    postman = Postman(db, folder)
    note(folder, "started", str(os.getpid()))
    await Worker(db, {"deliver": postman.deliver, "ring": postman.ring}, lease=LEASE).run()
