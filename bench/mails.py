"""``python -m bench.mails``: how many answers leave by mail in a second, and whether one of 25 MB is in the way.

The SMTP server is a process of its own that throws everything away (aiosmtpd), so a large part of what is measured is
that server: the first line says what it takes from four plain clients that do nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import smtplib
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.client import free_port
from channels.base import Channel, Door
from channels.email.settings import EmailSettings
from conversation.live import Live
from core import files
from core.clock import SystemClock
from core.db import Database, Insert, connect
from core.ids import new_id
from core.jobs import Job, Worker
from core.message import Author, File, Text
from core.model import Reference
from gateway import replies
from gateway.embedded import spawn, start_stores, stop_stores
from gateway.telemetry import measured
from gateway.wiring import LANES, ensure_all_indexes
from people.model import Customer, Identity
from people.service.founding import found
from ticketing.model import Delivery, Ticket, TicketEntry

TENANT = "bench"
CONNECTIONS = 4
WORDS = "Thank you for writing. The lid leaves our shop today, and you hear from the carrier tomorrow.\n\n" * 10
BIG = 25_000_000  # bytes of one attachment
APART = 0.05  # seconds between two small mails while a big one leaves


class Sink:
    """Takes every mail."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Forget it."""
        return "250 kept"


async def sink(port: int) -> None:
    """Run the SMTP server until it is killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Sink(), hostname="sink.test", data_size_limit=60_000_000), "127.0.0.1", port
    )
    async with server:
        await server.serve_forever()


def blast(port: int, mails: int) -> float:
    """Return how many mails a second four plain clients hand over."""
    mail = f"From: a@b.test\r\nTo: c@d.test\r\nSubject: x\r\n\r\n{WORDS}".replace("\n", "\r\n").encode() * 2

    def hand_over() -> None:
        with smtplib.SMTP("127.0.0.1", port) as client:
            for _ in range(mails // CONNECTIONS):
                client.sendmail("a@b.test", ["c@d.test"], mail)

    threads = [threading.Thread(target=hand_over) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return mails // CONNECTIONS * CONNECTIONS / (time.perf_counter() - began)


@dataclass
class Post:
    """A desk with one mailbox, and the worker that sends its answers."""

    db: Database
    channel: Channel
    worker: Worker
    desk: Reference
    left: int = 0  # answers that wait to be sent
    _none_left: asyncio.Event = field(default_factory=asyncio.Event)

    def one_sent(self) -> None:
        """Note that a job is done."""
        self.left -= 1
        if not self.left:
            self._none_left.set()

    async def all_sent(self) -> None:
        """Wait until every answer has left."""
        await asyncio.wait_for(self._none_left.wait(), 600)

    async def answers(self, count: int, *, file: File | None = None) -> list[str]:
        """Let so many tickets have an answer that waits to be sent; return the entries' ids."""
        now, known = self.db.now(), await self.db["tickets"].estimated_document_count()
        rows: dict[str, list[dict[str, object]]] = {"customers": [], "tickets": [], "ticket_entries": [], "jobs": []}
        ids = []
        for number in range(count):
            email = f"customer-{new_id(now).lower()}@shop.test"
            customer = Customer(
                id=new_id(now), tenant_id=TENANT, name=f"Customer {number}", created_at=now, updated_at=now,
                identities=(Identity(kind="email", value=email),),
            )  # fmt: skip
            ticket = Ticket(
                id=new_id(now), tenant_id=TENANT, number=known + number + 1,
                subject="Broken teapot", state="open", customer=Reference(id=customer.id, name=customer.name),
                group=self.desk, created_by=Author(kind="customer", id=customer.id), source="email",
                channel_id=self.channel.id, created_at=now, updated_at=now,
            )  # fmt: skip
            entry = TicketEntry(
                id=new_id(now), tenant_id=TENANT, ticket_id=ticket.id, kind="agent_reply", at=now,
                author=Author(kind="agent", id="a", name="Ann"), parts=(Text(text=WORDS), *((file,) if file else ())),
                delivery=Delivery(state="queued", at=now),
            )  # fmt: skip
            wish = replies.out_job(entry, self.db)
            ids.append(entry.id)
            rows["customers"].append(customer.to_mongo())
            rows["tickets"].append(ticket.to_mongo())
            rows["ticket_entries"].append(entry.to_mongo())
            rows["jobs"].append({
                "_id": wish.key, "kind": wish.kind, "tenant_id": TENANT, "payload": dict(wish.payload), "attempts": 0,
                "deaths": 0, "due_at": now, "run_at": now, "again_at": None, "token": None, "dead_at": None,
            })  # fmt: skip
        for collection, documents in rows.items():
            await self.db[collection].insert_many(documents)
        self.left += count
        self._none_left.clear()
        self.worker.wake()
        return ids

    async def sent(self, ids: list[str]) -> list[float]:
        """Return after how many seconds each of the answers was sent; all of them have to be."""
        rows = await self.db["ticket_entries"].find({"_id": {"$in": ids}, "tenant_id": TENANT}).to_list()
        waiting = [row["delivery"] for row in rows if row["delivery"]["state"] != "sent"]
        if waiting or len(rows) != len(ids):
            raise SystemExit(f"{len(waiting)} answers were not sent: {waiting[:1]}")
        return sorted((row["delivery"]["at"] - row["at"]).total_seconds() for row in rows)


@asynccontextmanager
async def a_post(mongodb_url: str, port: int) -> AsyncIterator[Post]:
    """Open a desk whose mailbox sends over four connections."""
    db = await connect(mongodb_url, clock=SystemClock())
    await ensure_all_indexes(db)
    founded = await found(
        db, tenant_id=TENANT, company="Bench", name="Ann", email="ann@bench.example", password_hash="-",
        language="en", time_zone="UTC", now=db.now(),
    )  # fmt: skip
    settings = EmailSettings(
        address="help@bench.test", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", connections=CONNECTIONS
    )
    now = db.now()
    channel = Channel(
        id=new_id(now), tenant_id=TENANT, kind="email", name="Bench", key="bench-mails", settings=settings.stored(),
        created_at=now, updated_at=now,
    )  # fmt: skip
    await db.commit(Insert(channel))

    async def nothing(*_: object, **__: object) -> None:
        return None

    async def nobody(*_: object) -> object:
        raise NotImplementedError

    door = Door(
        db=db, live=Live(db, nothing), accept=nobody, file=nobody, emit=nothing, secret=b"-" * 32,  # type: ignore[arg-type]
        public_url="http://127.0.0.1", messages_per_second=1,
    )  # fmt: skip

    async def send(job: Job) -> None:
        await replies.send_ticket(door, job)
        post.one_sent()

    worker = Worker(db, {replies.SEND_TICKET: measured(replies.SEND_TICKET, send)}, lanes=LANES)
    post = Post(db, channel, worker, Reference(id=founded.desk.id, name=founded.desk.name))
    running = asyncio.create_task(worker.run())
    try:
        yield post
    finally:
        worker.stop()
        await running
        await door.kept.close()
        await db.client.close()


async def measure(mongodb_url: str, port: int, mails: int) -> None:
    """Measure both, and print a line for each."""
    async with a_post(mongodb_url, port) as post:
        await post.answers(40)  # warm up
        await post.all_sent()
        ids = await post.answers(mails)
        began, busy = time.perf_counter(), time.process_time()
        await post.all_sent()
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
        await post.sent(ids)
        print(
            f"desk                      {mails / seconds:6.0f} mails/s, {busy / mails * 1000:.1f} ms of worker CPU each"
        )
        alone = await trickle(post, 100)
        film = await a_film(post.db)
        [big] = await post.answers(1, file=film)
        beside = await trickle(post, 100)
        [took] = await post.sent([big])
        print(f"small mails alone          {spread(alone)} until sent")
        print(f"  while {BIG // 1_000_000} MB leave         {spread(beside)} until sent; the big one took {took:.1f} s")


async def trickle(post: Post, count: int) -> list[float]:
    """Return how long small mails take that come one after the other."""
    ids = []
    for _ in range(count):
        ids += await post.answers(1)
        await asyncio.sleep(APART)
    await post.all_sent()
    return await post.sent(ids)


async def a_film(db: Database) -> File:
    """Return a stored file of 25 MB."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7\n"
        for _ in range(BIG // 250_000):
            yield os.urandom(250_000)

    kept = await files.put(
        db, TENANT, name="film.pdf", media_type="application/pdf", chunks=chunks(), limit=2 * BIG, uploaded_by="bench"
    )
    return File(file_id=kept.id, name="film.pdf", media_type="application/pdf", size=kept.size)


def spread(seconds: list[float]) -> str:
    """Return half, nearly all, and the longest."""
    p50, p99 = seconds[len(seconds) // 2], seconds[len(seconds) * 99 // 100]
    return f"{p50 * 1000:4.0f} ms (p50), {p99 * 1000:4.0f} ms (p99), {seconds[-1] * 1000:4.0f} ms (most)"


def main() -> None:
    """Measure, and print three lines."""
    parser = argparse.ArgumentParser(prog="python -m bench.mails", description=__doc__)
    parser.add_argument("--mails", type=int, default=2_000)
    parser.add_argument("--sink", type=int, help="only run the SMTP server, at this port")
    asked = parser.parse_args()
    if asked.sink:
        asyncio.run(sink(asked.sink))
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        stores = start_stores(Path(folder), on_progress=lambda _: None)
        server = spawn([sys.executable, "-m", "bench.mails", "--sink", str(port)], log=Path(folder) / "sink.log")
        try:
            wait_until_answered(port)
            print(f"load {os.getloadavg()[0]:.1f}")
            print(f"plain clients              {blast(port, asked.mails):6.0f} mails/s over {CONNECTIONS} connections")
            asyncio.run(measure(stores.mongodb_url, port, asked.mails))
        finally:
            server.kill()
            server.wait()
            stop_stores(stores)


def wait_until_answered(port: int) -> None:
    """Wait until the SMTP server answers."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("The SMTP server did not start.")


if __name__ == "__main__":
    main()
