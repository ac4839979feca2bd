"""A crowd that talks all the time, whatever dies: the load under which the others' words are looked at."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

from bench.client import PROGRAM, arguments, compile_client, write_plan
from bench.desk import Company
from core.db import Database

TENANT = "crowd"
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
    company = await Company.founds(db, TENANT, ports=ports, secret=secret)
    talks = await company.talks(agents=-(-visitors // HOSTED), each=HOSTED)
    plan = write_plan(folder / "crowd.tsv", talks)
    words = arguments(ports[0], plan, seconds=FOR_EVER, rate=visitors / SAID_EVERY, again=True)
    crowd = await asyncio.create_subprocess_exec(str(PROGRAM), *words, stdout=PIPE)
    try:
        assert crowd.stdout
        connected = await asyncio.wait_for(crowd.stdout.readline(), 180)
        assert connected == b"UP %d\n" % len(talks), connected
        yield
        assert crowd.returncode is None, "the crowd went on to the end"
    finally:
        crowd.kill()
        await crowd.wait()
    await check(db, visitors)


async def check(db: Database, visitors: int) -> None:
    """Look whether all of them had their say, and nothing is missing or doubled in what is stored."""
    numbers = {"_id": "$conversation_id", "said": {"$sum": 1}, "last": {"$max": "$seq"}}
    talks = await (await db["entries"].aggregate([{"$match": {"tenant_id": TENANT}}, {"$group": numbers}])).to_list()
    sys.stdout.write(f"the crowd: {sum(talk['said'] for talk in talks):,} messages of {len(talks):,} visitors\n")
    assert len(talks) > visitors * 0.9
    assert [talk for talk in talks if talk["said"] != talk["last"]] == [], "no gap"
