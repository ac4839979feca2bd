"""A writing process of the chaos tests.

It says 1, 2, 3 … in several talks that others write to as well, and notes what was acknowledged. What was not, it says
again with the same external id, also after it was killed and started anew.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from pymongo.errors import ConnectionFailure

from core.clock import SystemClock
from core.db import Database, connect
from core.errors import Unavailable
from core.journal import AlreadyStored, Journal, NumberTaken, between, number_of
from tests.chaos.postman import note, noted

TALKS = ("talk1", "talk2", "talk3", "talk4")


async def end_of(db: Database, talk: str) -> int:
    """Return the talk's last number, however long MongoDB is away."""
    while True:
        try:
            last = await db["lines"].find(between(talk)).sort("_id", -1).to_list(1)
            return number_of(last[0]["_id"]) if last else 0
        except ConnectionFailure:
            continue  # each attempt waits by itself


async def say(db: Database, journal: Journal, talk: str, scribe: str, number: int) -> None:
    """Append to the talk until it is stored."""
    entry = {"external_id": f"{talk}-{scribe}-{number}", "scribe": scribe, "number": number}
    end = await end_of(db, talk)
    while True:
        try:
            return await journal.append(talk, end + 1, entry)
        except AlreadyStored:
            return None
        except NumberTaken:
            end = await end_of(db, talk)
        except Unavailable:
            continue


async def write(db: Database, journal: Journal, folder: Path, talk: str, scribe: str) -> None:
    """Say one number after the other, from the first that was not acknowledged to this or an earlier process."""
    name = f"{talk}.{scribe}"
    number = len(noted(folder, name))
    while not (folder / "enough").exists():
        number += 1
        await say(db, journal, talk, scribe, number)
        note(folder, name, str(number))


async def work(url: str, folder: Path, scribe: str) -> None:
    """Write in all talks until it is enough."""
    db = await connect(url, clock=SystemClock())
    journal = Journal(db, "lines")
    await asyncio.gather(*(write(db, journal, folder, talk, scribe) for talk in TALKS))
