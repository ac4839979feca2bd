"""A crowd that talks all the time, whatever dies: the load under which the others' words are looked at."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from bench.client import PROGRAM, arguments, compile_client, write_plan
from bench.desk import Company
from core.db import Database

HOSTED = 50  # conversations of each of their agents
SAID_EVERY = 10.0  # seconds between two things that one of them says
FOR_EVER = 86_400.0  # seconds


@contextlib.asynccontextmanager
async def a_crowd(db: Database, visitors: int, *, ports: list[int], secret: bytes, folder: Path) -> AsyncIterator[None]:
    """Let so many visitors of another company talk with its agents while the block runs; none at all is fine too."""
    if not visitors:
        yield
        return
    compile_client()
    company = await Company.founds(db, "crowd", ports=ports, secret=secret)
    talks = await company.talks(agents=-(-visitors // HOSTED), each=HOSTED)
    plan = write_plan(folder / "crowd.tsv", talks)
    words = arguments(ports[0], plan, seconds=FOR_EVER, rate=visitors / SAID_EVERY, again=True)
    with (folder / "crowd.log").open("wb") as log:
        crowd = await asyncio.create_subprocess_exec(str(PROGRAM), *words, stdout=log, stderr=log)
    try:
        yield
        assert crowd.returncode is None, "the crowd went on to the end"
    finally:
        crowd.kill()
        await crowd.wait()
