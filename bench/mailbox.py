"""``python -m bench.mailbox``: a mailbox of ten thousand mails is caught up while somebody chats.

A real Dovecot, embedded stores, one web process and one worker with its two readers of mails. The mails are what
customers send: plain and HTML, some with a picture, one in five an answer; from two thousand people.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import socketio

from bench.desk import Desk, environment_is_clean, open_desk
from channels.base import Channel
from channels.email.settings import EmailSettings
from channels.running import run_job
from channels.webchat.visitor import new_visitor
from core.db import Insert
from core.ids import new_id
from tests.mailhouse import Dovecot, a_dovecot

PEOPLE = 2_000
_DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADDRESS = "help@bench.test"
TICKS = os.sysconf("SC_CLK_TCK")
SAID = "the lid of my teapot broke and I would like to know whether a new one can be sent before next week"
WORDS = tuple(SAID.split())


def letters(count: int) -> list[bytes]:
    """Return mails of customers, the same ones each time."""
    chance = random.Random(4)
    return [_letter(number, chance) for number in range(count)]


def _letter(number: int, chance: random.Random) -> bytes:
    mail = EmailMessage(policy=SMTP)
    person = chance.randrange(PEOPLE)
    mail["From"] = f"Person {person} <person{person}@customer.test>"
    mail["To"] = ADDRESS
    mail["Subject"] = f"About order {number}"
    mail["Date"] = format_datetime(_DAY)
    mail["Message-ID"] = f"<{number}@customer.test>"
    answers = number % 5 == 4
    if answers:
        mail["In-Reply-To"] = f"<{number - chance.randrange(1, 5)}@customer.test>"
    text = "\n".join(" ".join(chance.choices(WORDS, k=12)) for _ in range(chance.randrange(4, 20)))
    quote = "\n\nOn Mon, 2 Mar 2026 at 09:00, Help <help@bench.test> wrote:\n> " + text.replace("\n", "\n> ")
    mail.set_content(text + (quote if answers else "") + "\n\n-- \nPerson\n+49 30 123456\n")
    if number % 2:
        paragraphs = "".join(f"<p style='margin:0'>{line}</p>" for line in text.splitlines())
        mail.add_alternative(f"<html><body><div>{paragraphs}</div></body></html>", subtype="html")
    if number % 10 == 0:
        mail.add_attachment(chance.randbytes(20_000), maintype="application", subtype="pdf", filename="order.pdf")
    return mail.as_bytes()


@dataclass
class Chat:
    """Somebody at the widget who says something twice a second, and how long each word took to be stored."""

    waits: list[float] = field(default_factory=list)

    async def goes_on(self, desk: Desk) -> None:
        """Talk until cancelled."""
        visitor = new_visitor(desk.secret, desk.channel)
        client = socketio.AsyncClient()
        await client.connect(
            f"http://127.0.0.1:{desk.port}", auth={"channel": desk.channel.key, "session": visitor.token},
            namespaces=["/visitor"], transports=["websocket"],
        )  # fmt: skip
        try:
            number = 0
            while True:
                number += 1
                began = time.perf_counter()
                said = {"client_id": f"client-{number}", "parts": [{"type": "text", "text": f"Hello {number}"}]}
                answer = await client.call("message", said, namespace="/visitor", timeout=60)
                assert answer["ok"], answer
                self.waits.append(time.perf_counter() - began)
                await asyncio.sleep(0.5)
        finally:
            await client.disconnect()

    def told(self) -> str:
        """Return how it went."""
        waits = sorted(self.waits)
        p50, p95 = waits[len(waits) // 2], waits[len(waits) * 95 // 100]
        return (
            f"a chat meanwhile: {len(waits)} messages stored within "
            f"{p50 * 1000:.0f} ms (p50), {p95 * 1000:.0f} ms (p95), {waits[-1] * 1000:.0f} ms (most)"
        )


def cpu(pid: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


async def open_mailbox(desk: Desk, dovecot: Dovecot) -> Channel:
    """Set up the mailbox; the worker begins to read it at once."""
    now = desk.db.now()
    settings = EmailSettings(address=ADDRESS, receipt=False, notices=False, solved=False, **dovecot.account(ADDRESS))
    channel = Channel(
        id=new_id(now), tenant_id=desk.tenant_id, kind="email", name="Mail", key="bench-mail",
        desk_id=desk.founded.desk.id, settings=settings.stored(), created_at=now, updated_at=now,
    )  # fmt: skip
    job = run_job(channel, now)
    assert job
    await desk.db.commit(Insert(channel), jobs=[job])
    return channel


async def measure(mails: int, dovecot: Dovecot, folder: Path) -> None:
    """Catch up, and print what it took."""
    dovecot.lays_down(ADDRESS, letters(mails))
    async with open_desk(folder) as desk:
        mongod = desk.stores.mongod.process
        assert mongod
        pids = {"worker": desk.worker.pid, "web": desk.web.pid, "mongod": mongod.pid}
        before = {name: cpu(pid) for name, pid in pids.items()}
        chat = Chat()
        talking = asyncio.create_task(chat.goes_on(desk))
        began = time.perf_counter()
        channel = await open_mailbox(desk, dovecot)
        taken, largest, where = 0, 0.0, {"_id": channel.id, "tenant_id": channel.tenant_id}
        while taken < mails:
            await asyncio.sleep(1)
            if talking.done():
                talking.result()
            if time.perf_counter() - began > 600:
                raise SystemExit(f"{taken} of {mails} mails after ten minutes; see {folder / 'worker.log'}")
            box = await desk.db["mailboxes"].find_one(where) or {}
            taken, largest = box.get("taken", 0), max(largest, resident(pids["worker"]))
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{taken:,} of {mails:,}")
        took = time.perf_counter() - began
        talking.cancel()
        readers = sum(cpu(child) for child in children(pids["worker"]))
        spent = {name: (cpu(pid) - before[name]) * 1000 / mails for name, pid in pids.items()}
        entries = await desk.db["ticket_entries"].count_documents({"kind": "customer_reply"})
        tickets = await desk.db["tickets"].count_documents({"source": "email"})
        aside = await desk.db["mails_aside"].count_documents({})
        sys.stdout.write(
            f"{mails:,} mails in {took:.0f} s: {mails / took:.0f} mails/s, load {os.getloadavg()[0]:.1f}; "
            f"{entries:,} messages in {tickets:,} tickets, {aside} put aside\n"
            f"CPU ms a mail: worker {spent['worker']:.1f}, reading {readers * 1000 / mails:.1f}, "
            f"mongod {spent['mongod']:.1f}; worker {largest:.0f} MB at most\n{chat.told()}\n"
        )


def main() -> None:
    """Measure, and print three lines."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mails", type=int, default=10_000)
    environment_is_clean()
    os.environ["WAYSTATION_PRIVATE_SERVERS"] = "1"  # Dovecot is on this machine
    with a_dovecot() as dovecot, tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(arguments.parse_args().mails, dovecot, Path(folder)))


if __name__ == "__main__":
    main()
