"""`make run`: stores, web, worker and demo data on this machine, kept alive together and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from core.clock import SystemClock
from core.db import connect
from core.ids import new_secret
from gateway import demo, wiring
from gateway.embedded import Stores, spawn, start_stores, stop_stores

READY_WITHIN = 60.0  # seconds until the web process must answer
CALM = 2.0  # seconds that a restarted child must live before the next restart is immediate again


def say(line: str) -> None:
    """Tell the person at the terminal what happens."""
    sys.stdout.write(f"  {line}\n")
    sys.stdout.flush()


@dataclass
class Process:
    """One of our own processes, started again when it dies."""

    name: str
    arguments: list[str]
    log: Path
    environment: dict[str, str]
    child: subprocess.Popen[bytes] = field(init=False)
    started: float = 0.0

    def start(self) -> None:
        """Start it; it dies with us."""
        self.started = time.monotonic()
        self.child = spawn([sys.executable, "-m", "gateway", *self.arguments], log=self.log, env=self.environment)

    def revive(self) -> None:
        """Start it again if it died."""
        if self.child.poll() is not None and time.monotonic() - self.started > CALM:
            say(f"{self.name} ended with {self.child.returncode}; starting it again (see {self.log}).")
            self.start()

    def stop(self) -> None:
        """Let it finish what it does, for ten seconds."""
        self.child.terminate()
        try:
            self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def run_here(data: Path, *, port: int) -> int:
    """Run everything until Ctrl-C; return the exit status."""
    data = data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    say("Waystation (驿站) starts.")
    stopping = _stop_signals()
    stores: Stores | None = None
    processes: list[Process] = []
    try:
        mongodb_url, redis_url = os.environ.get("WAYSTATION_MONGODB_URL"), os.environ.get("WAYSTATION_REDIS_URL")
        if not (mongodb_url and redis_url):
            stores = start_stores(data, on_progress=say)
            mongodb_url, redis_url = mongodb_url or stores.mongodb_url, redis_url or stores.redis_url
        port = _free_port(port)
        public_url = os.environ.get("WAYSTATION_PUBLIC_URL", f"http://127.0.0.1:{port}")
        environment = {
            "WAYSTATION_MONGODB_URL": mongodb_url,
            "WAYSTATION_REDIS_URL": redis_url,
            "WAYSTATION_SECRET": _secret(data),
            "WAYSTATION_PUBLIC_URL": public_url,
            "WAYSTATION_DEVELOPMENT": os.environ.get("WAYSTATION_DEVELOPMENT", "1"),
        }
        asyncio.run(_prepare(mongodb_url))
        processes = [
            Process("web", ["web", "--port", str(port)], data / "log" / "web.log", environment),
            Process("worker", ["worker"], data / "log" / "worker.log", environment),
        ]
        for process in processes:
            process.start()
        _wait_until_ready(f"http://127.0.0.1:{port}/readyz", processes[0])
        say(demo.greeting(public_url))
        while not select.select([stopping], [], [], 0.5)[0]:
            for process in processes:
                process.revive()
            _revive_stores(stores)
    except KeyboardInterrupt:
        pass
    finally:
        say("Stopping …")
        for process in processes:
            process.stop()
        if stores:
            stop_stores(stores)
    return 0


def _stop_signals() -> socket.socket:
    """Return a socket that becomes readable when the process is told to stop."""
    readable, writable = socket.socketpair()
    writable.setblocking(False)
    signal.set_wakeup_fd(writable.fileno())
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: None)
    _kept.append(writable)
    return readable


_kept: list[socket.socket] = []  # the writing end lives as long as the process


def _revive_stores(stores: Stores | None) -> None:
    for child in (stores.mongod, stores.valkey) if stores else ():
        if not child.alive():
            say(f"{child.name} ended; starting it again.")
            child.restart()


async def _prepare(mongodb_url: str) -> None:
    """Create indexes, and the demo tenant when there is no tenant at all."""
    db = await connect(mongodb_url, clock=SystemClock())
    try:
        await wiring.ensure_all_indexes(db)
        if await demo.is_needed(db):
            say("Loading the demo company …")
            await demo.load(db)
    finally:
        await db.client.close()


def _secret(data: Path) -> str:
    """Return the secret that signs links and visitors' tokens; made once, readable by us alone."""
    path = data / "secret"
    if not path.exists():
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(new_secret())
    return path.read_text(encoding="utf-8").strip()


def _free_port(wanted: int) -> int:
    """Return the wanted port, or the next free one."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit(f"waystation: no free port from {wanted} to {wanted + 49}; choose one with --port.")


def _wait_until_ready(address: str, web: Process) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if web.child.poll() is not None:
            ending = "\n  ".join(web.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
            raise SystemExit(f"waystation: the web process ended while starting. The end of {web.log}:\n  {ending}")
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310  our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"waystation: the web process did not answer within {READY_WITHIN:.0f} s; see {web.log}.")
