"""``make bench``: one run, one table (docs/performance.md tells what it means)."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import tickets
from bench.client import (
    WARM_UP,
    BenchFailed,
    Connection,
    Idle,
    Talk,
    compile_client,
    cpu_seconds,
    free_port,
    idle,
    talk,
    write_plan,
)
from bench.desk import environment_is_clean, open_desk
from gateway.embedded import spawn

AGENTS, EACH = 20, 10  # agents, and conversations that each of them hosts
RATES = (100, 500)  # messages per second over all visitors, of the open-loop runs


@dataclass(frozen=True)
class Size:
    """How much of it: a full run takes some six minutes, a quick one says whether the bench works."""

    seconds: float = 10
    idle_visitors: int = 10_000
    idle_seconds: float = 25  # everybody is pinged once
    tickets: int = 100_000


@dataclass(frozen=True)
class Server:
    """A server under load: its port, and the processes whose time it costs."""

    name: str
    port: int
    pid: int
    behind: int | None = None  # the store's process


@dataclass(frozen=True)
class Row:
    """What one server can do."""

    name: str
    full: Talk
    cpu: float  # microseconds of the server process per message
    cpu_behind: float
    at_rate: list[Talk]
    half: Talk  # at half of what it can do
    twice: Talk  # at twice of it
    idle: Idle


def main() -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see that it works, in half a minute")
    size = Size(seconds=2, idle_visitors=200, idle_seconds=1, tickets=2_000) if parser.parse_args().quick else Size()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536) if soft < 65_536 else soft, hard))
    environment_is_clean()
    folder = Path(tempfile.mkdtemp(prefix="waystation-bench-"))
    try:
        compile_client()
        print(asyncio.run(measure(size, folder)))
    except BenchFailed as problem:
        sys.exit(f"bench: {problem}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def measure(size: Size, folder: Path) -> str:
    """Return the table."""
    load = os.getloadavg()[0]
    rows = []
    async with open_desk(folder / "data") as desk:
        say("Waystation: talks …")
        talking = write_plan(folder / "desk.tsv", await desk.talks(agents=AGENTS, each=EACH))
        waiting = write_plan(folder / "idle.tsv", [desk.visitor()[1] for _ in range(size.idle_visitors)])
        server = Server("Waystation, stored first", desk.port, desk.web.pid, desk.stores.mongod.pid)
        rows.append(await run(server, talking, waiting, size))
        say(f"Waystation: {size.tickets:,} tickets …")
        await tickets.seed(desk.db, desk.founded, size.tickets)
        token = await desk.token_of(desk.founded.founder)
        listed = await tickets.listing(desk.port, token, view="all", seconds=size.seconds / 2)
    for kind, name in (("stock", "(a) stock python-socketio relay"), ("raw", "(b) raw WebSocket relay")):
        say(f"{name} …")
        with relay(kind, name, folder) as server:
            rows.append(await run(server, relay_plan(folder), relay_idle_plan(folder, size.idle_visitors), size))
    return report(rows, listed, size, load)


async def run(server: Server, talking: Path, waiting: Path, size: Size) -> Row:
    """Put one server under load: as much as it takes, at fixed rates, and with idle visitors."""
    full, cpu, behind = await asyncio.to_thread(_full, server, talking, size)
    at_rate = [await asyncio.to_thread(talk, server.port, talking, seconds=size.seconds, rate=rate) for rate in RATES]
    half, twice = [
        await asyncio.to_thread(talk, server.port, talking, seconds=size.seconds, rate=full.per_second * share)
        for share in (0.5, 2)
    ]
    held = await asyncio.to_thread(idle, server.port, waiting, pid=server.pid, seconds=size.idle_seconds)
    return Row(server.name, full, cpu, behind, at_rate, half, twice, held)


def _full(server: Server, plan: Path, size: Size) -> tuple[Talk, float, float]:
    """Return what a saturated server does, with the processor time per message of its process and of its store's."""
    pids = [pid for pid in (server.pid, server.behind) if pid]
    before = [cpu_seconds(pid) for pid in pids]
    full = talk(server.port, plan, seconds=size.seconds, window=1)
    used = [cpu_seconds(pid) - was for pid, was in zip(pids, before, strict=True)]
    each = [seconds / max(full.acknowledged_ever, 1) * 1e6 for seconds in used]
    return full, each[0], each[1] if len(each) > 1 else 0.0


@contextlib.contextmanager
def relay(kind: str, name: str, folder: Path) -> Iterator[Server]:
    """Serve one of the relays while the block runs."""
    port = free_port()
    process = spawn([sys.executable, "-m", "bench.relay", kind, str(port)], log=folder / f"{kind}.log")
    try:
        _wait_for(port, process)
        yield Server(name, port, process.pid)
    finally:
        process.terminate()
        process.wait(10)


def relay_plan(folder: Path) -> Path:
    """Return the plan that has the same talks at a relay as at the desk."""
    plan: list[Connection] = []
    for number in range(AGENTS):
        plan.append(Connection("a", {"name": f"agent{number}"}))
        plan += [Connection("v", {"to": f"agent{number}"})] * EACH
    return write_plan(folder / "relay.tsv", plan)


def relay_idle_plan(folder: Path, count: int) -> Path:
    """Return the plan of visitors who say nothing."""
    return write_plan(folder / "relay-idle.tsv", [Connection("v", {"to": "nobody"})] * count)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise BenchFailed("A relay did not start.")


def say(what: str) -> None:
    """Tell what is going on."""
    print(f"· {what}", file=sys.stderr, flush=True)


def report(rows: list[Row], listed: tickets.Listing, size: Size, load: float) -> str:
    """Return what was measured, as people read it."""
    lines = [
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load before the run {load:.1f}; "
        f"{AGENTS} agents × {EACH} visitors, 100-byte messages, one server process",
        "",
        f"{'visitor → agent':<34}{'messages/s':>12}{'CPU µs each':>14}{'ms when full':>24}"
        + "".join(f"{f'ms at {rate:,}/s':>24}" for rate in RATES),
    ]
    for row in rows:
        cpu = f"{row.cpu:,.0f}" + (f" + {row.cpu_behind:,.0f}" if row.cpu_behind else "")
        lines.append(
            f"{row.name:<34}{row.full.per_second:>12,.0f}{cpu:>14}{_times(row.full):>24}"
            + "".join(f"{_times(at) + _missed(at):>24}" for at in row.at_rate)
        )
    lines += [
        "",
        f"{'half of the load, and twice':<34}{'ms at half':>24}{'heard/s of twice':>18}{'refused/s':>12}{'ms':>24}",
    ]
    for row in rows:
        refused = row.twice.refused / (row.twice.seconds + WARM_UP)
        lines.append(
            f"{row.name:<34}{_times(row.half) + _missed(row.half):>24}{row.twice.per_second:>18,.0f}{refused:>12,.0f}"
            f"{_times(row.twice):>24}"
        )
    lines += ["", f"{'connections':<34}{'held':>12}{'connects/s':>12}{'KB per idle visitor':>22}{'CPU when idle':>16}"]
    for row in rows:
        lines.append(
            f"{row.name:<34}{row.idle.connections:>12,}{row.idle.connects_per_second:>12,.0f}"
            f"{row.idle.kilobytes_each:>22,.1f}{row.idle.cpu:>16.1%}"
        )
    p50, p95 = listed.one_at_a_time_ms
    lines += [
        "",
        f"list of {listed.rows} out of {size.tickets:,} tickets at the API: "
        f"p50 {p50:.1f} ms, p95 {p95:.1f} ms one at a time; {listed.per_second:,.0f} requests/s with eight callers",
        "ms: p50 / p95 / p99 from saying to hearing; (−n): not heard within 3 s after the end. "
        "CPU µs each: of the server process, + of mongod, when full.",
    ]
    return "\n".join(lines)


def _times(talked: Talk) -> str:
    return " / ".join(f"{value:,.1f}" if value < 100 else f"{value:,.0f}" for value in talked.delivery_ms)


def _missed(talked: Talk) -> str:
    """Say what did not arrive within three seconds after the end, or was refused."""
    return f" (−{talked.lost:,})" if talked.lost > 0 else ""


if __name__ == "__main__":
    main()
