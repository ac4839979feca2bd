"""Compiles and runs the load client (load.c)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("load.c")
PROGRAM = SOURCE.parent / "bin" / "load"
WARM_UP = 2.0  # seconds of every run that are not counted
LONGEST = 240.0  # seconds that one run may take, whatever happens


class BenchFailed(Exception):  # noqa: N818  says what happened
    """The bench cannot go on; the message says why."""


@dataclass(frozen=True)
class Connection:
    """One connection of a plan: a visitor ("v") or an agent ("a"), where it connects and how it proves itself."""

    role: str
    auth: dict[str, Any]
    headers: str = ""
    port: int | None = None  # another than the run's

    def __str__(self) -> str:
        namespace = "/visitor" if self.role == "v" else "/agent"
        headers = self.headers.replace("\r\n", r"\r\n")
        fields = [self.role, namespace, json.dumps(self.auth, separators=(",", ":")), headers]
        return "\t".join(fields + ([str(self.port)] if self.port else []))


@dataclass(frozen=True)
class Talk:
    """What a run measured; times in milliseconds as (p50, p95, p99)."""

    connections: int
    dead: int
    connecting_seconds: float
    seconds: float
    sent: int
    delivered: int
    lost: int
    acknowledged_ever: int
    refused: int
    delivery_ms: tuple[float, float, float]
    acknowledgement_ms: tuple[float, float, float]
    client_cpu: float  # share of one core
    hosted: int
    hosting_ms: tuple[float, float, float]

    @property
    def per_second(self) -> float:
        """Messages that arrived per second."""
        return self.delivered / self.seconds

    @property
    def connects_per_second(self) -> float:
        """Connections per second, from the first SYN to the answer of the namespace."""
        return self.connections / self.connecting_seconds


def compile_client() -> None:
    """Compile the load client if its source is newer.

    Raises:
        BenchFailed: there is no C compiler.
    """
    if PROGRAM.exists() and PROGRAM.stat().st_mtime > SOURCE.stat().st_mtime:
        return
    PROGRAM.parent.mkdir(exist_ok=True)
    try:
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", str(PROGRAM), str(SOURCE)], check=True)
    except FileNotFoundError:
        raise BenchFailed("The load client is written in C; please install a C compiler (cc).") from None


def write_plan(path: Path, connections: Sequence[Connection]) -> Path:
    """Write the plan of a run."""
    path.write_text("".join(f"{connection}\n" for connection in connections), encoding="utf-8")
    return path


def talk(port: int, plan: Path, *, seconds: float, window: int = 0, rate: float = 0) -> Talk:
    """Let visitors talk: in turn (``window`` messages each on their way) or at a fixed rate per second over all."""
    command = [str(PROGRAM), *arguments(port, plan, seconds=seconds, window=window, rate=rate)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=LONGEST)
    return read_talk(done.stdout)


def arguments(
    port: int, plan: Path, *, seconds: float, window: int = 0, rate: float = 0, ask: float = 0, again: bool = False
) -> list[str]:
    """Return the words of a run's command line.

    ``ask``: visitors a second who look for a host before the talk; ``again``: whoever loses the connection comes back.
    """
    named = {"port": port, "plan": plan, "seconds": seconds, "warm-up": WARM_UP, "window": window, "rate": rate}
    words = [word for name, value in {**named, "ask": ask}.items() for word in (f"--{name}", str(value))]
    return [*words, "--again"] if again else words


def read_talk(told: bytes) -> Talk:
    """Read what a run printed."""
    return Talk(**json.loads(told))


@dataclass(frozen=True)
class Idle:
    """What connections cost that do nothing."""

    connections: int
    connects_per_second: float
    kilobytes_each: float
    cpu: float  # share of one core while nobody says anything


def idle(port: int, plan: Path, *, pid: int, seconds: float) -> Idle:
    """Open the connections of a plan at a server process, look what they weigh and cost, and close them."""
    before = resident_kilobytes(pid)
    command = [str(PROGRAM), "--port", str(port), "--plan", str(plan), "--hold"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        connected = int(client.stdout.readline().split()[1])
        growth = resident_kilobytes(pid) - before
        used = cpu_seconds(pid)
        time.sleep(seconds)
        used = cpu_seconds(pid) - used
        told, _ = client.communicate(timeout=60)
    talked = read_talk(told)
    return Idle(connected, talked.connects_per_second, growth / connected, used / seconds)


def free_port() -> int:
    """Return a port on loopback that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def resident_kilobytes(pid: int) -> int:
    """Return a process's resident memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
