"""``python -m bench.crowd``: ten thousand visitors and two hundred agents at two web processes and one worker.

Step by step the crowd doubles. In each step everybody connects, every visitor asks and is given to an agent, and then
all talk for a while; the table tells how long each took, and what the processes used for it. Each step has stores of
its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.__main__ import say
from bench.client import (
    PROGRAM,
    BenchFailed,
    Talk,
    arguments,
    compile_client,
    cpu_seconds,
    read_talk,
    resident_kilobytes,
    write_plan,
)
from bench.desk import Desk, environment_is_clean, open_desk

PLACES = 50  # conversations that each agent hosts
STEPS = (1_250, 2_500, 5_000, 10_000)  # visitors
ASKED = 25.0  # visitors who come with a question, per second
SAID = 0.1  # messages per second and visitor: one in ten seconds
SECONDS = 20.0  # of talk
LONGEST = 600.0  # seconds that one step may take, whatever happens


@dataclass(frozen=True)
class Step:
    """What one size of crowd measured: memory and processor time over all of it, by process."""

    visitors: int
    agents: int
    talk: Talk
    megabytes: tuple[float, ...]
    cpu_seconds: tuple[float, ...]


async def measure(visitors: int, folder: Path) -> Step:
    """Let a crowd come, ask and talk."""
    agents = -(-visitors // PLACES)
    async with open_desk(folder, webs=2, queue_length=visitors) as desk:
        plan = write_plan(folder / "crowd.tsv", await desk.crowd(visitors=visitors, agents=agents, places=PLACES))
        pids = [*(web.pid for web in desk.webs), desk.worker.pid, desk.stores.mongod.pid, desk.stores.valkey.pid]
        before = [cpu_seconds(pid) for pid in pids]
        talk = await asyncio.to_thread(_run, desk, plan, visitors)
        used = [cpu_seconds(pid) - was for pid, was in zip(pids, before, strict=True)]
        weight = [resident_kilobytes(pid) / 1_024 for pid in pids]
        return Step(visitors, agents, talk, tuple(weight), tuple(used))


def _run(desk: Desk, plan: Path, visitors: int) -> Talk:
    command = [str(PROGRAM), *arguments(desk.port, plan, seconds=SECONDS, rate=visitors * SAID, ask=ASKED)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=LONGEST)
    return read_talk(done.stdout)


def report(steps: list[Step]) -> str:
    """Return the table."""
    lines = [
        f"{os.cpu_count()} cores; 2 web processes, 1 worker, mongod, Valkey and the load client on them; "
        f"{ASKED:.0f} visitors ask per second, then each says something every {1 / SAID:.0f} s for {SECONDS:.0f} s",
        "",
        f"{'visitors':>9}{'agents':>8}{'connects/s':>12}{'hosted':>9}{'s to a host':>20}{'heard/s':>9}"
        f"{'ms to hearing':>22}{'MB web':>14}{'MB worker':>11}{'CPU s web':>14}{'worker':>8}{'mongod':>8}",
    ]
    for step in steps:
        talk = step.talk
        host = " / ".join(f"{value / 1_000:.2f}" for value in talk.hosting_ms)
        heard = " / ".join(f"{value:.1f}" for value in talk.delivery_ms)
        first, second, worker, *_ = step.megabytes
        one, other, work, mongod, _ = step.cpu_seconds
        lines.append(
            f"{step.visitors:>9,}{step.agents:>8}{talk.connects_per_second:>12,.0f}{talk.hosted:>9,}{host:>20}"
            f"{talk.per_second:>9,.0f}{heard:>22}{f'{first:.0f} + {second:.0f}':>14}{worker:>11.0f}"
            f"{f'{one:.0f} + {other:.0f}':>14}{work:>8.0f}{mongod:>8.0f}"
        )
        if talk.lost or talk.refused or talk.dead:
            lines.append(f"          lost {talk.lost:,}, refused {talk.refused:,}, connections that died {talk.dead:,}")
    lines += [
        "",
        "times: p50 / p95 / p99; from asking to hearing that somebody serves; from saying to the agent's socket",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the steps and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.crowd", description=__doc__)
    parser.add_argument("--visitors", type=int, help="one step of this size alone")
    chosen = parser.parse_args().visitors
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    environment_is_clean()
    try:
        compile_client()
        steps = []
        for visitors in (chosen,) if chosen else STEPS:
            say(f"{visitors:,} visitors …")
            folder = Path(tempfile.mkdtemp(prefix="waystation-crowd-"))
            try:
                steps.append(asyncio.run(measure(visitors, folder)))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        print(report(steps))
    except BenchFailed as problem:
        sys.exit(f"bench: {problem}")


if __name__ == "__main__":
    main()
