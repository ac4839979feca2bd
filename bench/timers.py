"""``python -m bench.timers``: how late alarms are with ten thousand open conversations (spec 4.5).

Every conversation waits for an answer; its alarm is due at some moment of the next five minutes, so that some 33 timers
ring each second, as they do all day at a desk of this size. One worker, for one minute; lateness is counted to the
decision, which the same commit stores.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from conversation.model import Connection, Conversation, Seat, entry
from conversation.presence import watch_job
from core.clock import SystemClock
from core.db import Insert, connect
from core.ids import new_id, new_secret
from core.message import Address, Author, Text
from core.model import Reference
from gateway.embedded import spawn, start_stores, stop_stores
from gateway.wiring import ensure_all_indexes
from people.service.founding import found

OPEN = 10_000
SILENCE = 300  # seconds, the default
WATCHED = 60  # seconds


async def measure(mongodb_url: str, redis_url: str, folder: Path) -> list[float]:
    """Return how late each alarm of one minute was, in seconds."""
    db = await connect(mongodb_url, clock=SystemClock())
    await ensure_all_indexes(db)
    start = db.now() + timedelta(seconds=20)
    founded = await found(
        db, tenant_id="bench", company="Bench", name="Ann", email="ann@bench.example", password_hash="-",
        language="en", time_zone="UTC", now=start,
    )  # fmt: skip
    desk = Reference(id=founded.desk.id, name=founded.desk.name)
    host = Reference(id=founded.founder.id, name="Ann")
    here = Connection(seen_at=start + timedelta(hours=1))
    seat = Seat(id=host.id, tenant_id="bench", name="Ann", limit=100, connections={"web": here}, shown="free")
    await db.commit(Insert(seat))
    conversations, entries, jobs = [], [], []
    for number in range(OPEN):
        due = start + timedelta(seconds=SILENCE * number / OPEN)
        said = due - timedelta(seconds=SILENCE)
        conversation = Conversation(
            id=new_id(said), tenant_id="bench", channel_id="web", channel_kind="webchat",
            address=Address(kind="visitor", value=str(number)), customer=Reference(id=f"c{number}"), state="running",
            desk=desk, host=host, hosted_at=said, queued_at=said, created_at=said, served_by=(host.id,), last_seq=1,
        )  # fmt: skip
        author = Author(kind="customer", id="c")
        line = entry(conversation, 1, kind="message", author=author, parts=(Text(text="Hello?"),), at=said,
                     external_id=f"x{number}")  # fmt: skip
        conversations.append(conversation.to_mongo())
        entries.append(line.to_mongo())
        wish = watch_job(conversation, due)
        jobs.append({
            "_id": wish.key, "kind": wish.kind, "tenant_id": "bench", "payload": dict(wish.payload), "attempts": 0,
            "deaths": 0, "due_at": due, "run_at": due, "again_at": None, "token": None, "dead_at": None,
        })  # fmt: skip
    for collection, documents in (("conversations", conversations), ("entries", entries), ("jobs", jobs)):
        await db[collection].insert_many(documents)
    environment = {
        "WAYSTATION_MONGODB_URL": mongodb_url, "WAYSTATION_REDIS_URL": redis_url, "WAYSTATION_SECRET": new_secret(),
    }  # fmt: skip
    worker = spawn([sys.executable, "-m", "gateway", "worker"], log=folder / "worker.log", env=environment)
    try:
        await asyncio.sleep((start - db.now()).total_seconds() + WATCHED + 2)
    finally:
        worker.kill()
        worker.wait()
    rung = await db["conversations"].find({"alarm": {"$ne": None}}, {"alarm": 1}).to_list()
    expected = OPEN * WATCHED // SILENCE
    if len(rung) < expected:
        raise SystemExit(f"{len(rung)} alarms rang, {expected} were due; see {folder / 'worker.log'}")
    late = [(row["alarm"]["raised_at"] - row["alarm"]["since"]).total_seconds() - SILENCE for row in rung]
    await db.client.close()
    return sorted(late)


def main() -> None:
    """Measure, and print one line."""
    with tempfile.TemporaryDirectory() as folder:
        stores = start_stores(Path(folder), on_progress=lambda _: None)
        try:
            late = asyncio.run(measure(stores.mongodb_url, stores.redis_url, Path(folder)))
        finally:
            stop_stores(stores)
    p50, p99 = late[len(late) // 2], late[len(late) * 99 // 100]
    load = os.getloadavg()[0]
    sys.stdout.write(
        f"{OPEN:,} open conversations, load {load:.1f}: {len(late):,} alarms in {WATCHED} s; "
        f"late by {p50 * 1000:.0f} ms (p50), {p99 * 1000:.0f} ms (p99), {late[-1] * 1000:.0f} ms (most)\n"
    )


if __name__ == "__main__":
    main()
