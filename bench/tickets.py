"""A list of 50 out of many tickets, as the console asks for it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from time import perf_counter
from typing import Any

from bench.client import BenchFailed
from core.db import Database
from core.ids import new_id
from core.message import Author
from core.model import Reference
from people.service.founding import Founded
from ticketing.decision import words
from ticketing.model import WORKING, LastEntry, Ticket

SUBJECTS = (
    "订单还没有到",
    "Where is my parcel",
    "发票抬头写错了",
    "The lamp flickers",
    "想换一个颜色",
    "Refund for order",
)
BATCH = 2_000


@dataclass(frozen=True)
class Listing:
    """What asking for a list costs; times in milliseconds as (p50, p95)."""

    one_at_a_time_ms: tuple[float, float]
    per_second: float  # eight callers at once
    rows: int


async def seed(db: Database, founded: Founded, count: int) -> None:
    """Store tickets straight into MongoDB, made by the real model."""
    made = _tickets(db, founded, count)
    while batch := list(islice(made, BATCH)):
        await db["tickets"].insert_many(batch, ordered=False)


def _tickets(db: Database, founded: Founded, count: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(5)
    present = db.now()
    desk = Reference(id=founded.desk.id, name=founded.desk.name)
    for number in range(1, count + 1):
        at = present - timedelta(minutes=chance.uniform(0, 500_000))
        subject = f"{chance.choice(SUBJECTS)} {number}"
        ticket = Ticket(
            id=new_id(at), tenant_id=founded.tenant.id, number=number, subject=subject,
            state=chance.choice(WORKING) if number % 10 == 0 else "closed",
            customer=Reference(id=f"customer-{number % 5_000}", name=f"Customer {number % 5_000}"),
            group=desk, created_by=Author(kind="system", id="system"), source="conversation",
            last_entry=LastEntry(text=subject, at=at, author_kind="customer"), created_at=at, updated_at=at,
        )  # fmt: skip
        yield ticket.model_copy(update={"words": words(ticket)}).to_mongo()


async def listing(port: int, token: str, *, view: str, seconds: float) -> Listing:
    """Ask for the first page of a view again and again: one caller for the time it takes, then eight for the rate."""
    alone, rows = await _ask(port, token, view, seconds)
    began = perf_counter()
    together = await asyncio.gather(*(_ask(port, token, view, seconds) for _ in range(8)))
    took = perf_counter() - began
    alone.sort()
    times = alone[len(alone) // 2] * 1000, alone[len(alone) * 95 // 100] * 1000
    return Listing(times, sum(len(asked) for asked, _ in together) / took, rows)


async def _ask(port: int, token: str, view: str, seconds: float) -> tuple[list[float], int]:
    """Return how long each request took, and how many tickets came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = (
        f"GET /api/v1/tickets?view={view}&limit=50 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()
    times: list[float] = []
    body = b""
    until = perf_counter() + seconds
    while (began := perf_counter()) < until:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise BenchFailed(f"The list was refused: {body.decode()[:500]}")
        times.append(perf_counter() - began)
    writer.close()
    return times, body.count(b'"number":')
