"""What every test may ask for: real stores (one mongod and one Valkey per test process), an empty database, a clock."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from core.db import Database, connect
from gateway.embedded import Stores, start_stores, stop_stores
from gateway.wiring import ensure_all_indexes
from tests.clock import FakeClock

if TYPE_CHECKING:
    from tests.world import World


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    """A real MongoDB replica set and a real Valkey on loopback, for this test process alone.

    Their files lie in memory where that is possible: they survive kills all the same, and no test waits for a disk.
    """
    memory = Path("/dev/shm")
    with TemporaryDirectory(prefix="waystation-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        started = start_stores(Path(folder), on_progress=lambda _: None)
        yield started
        stop_stores(started)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that only the test moves."""
    return FakeClock()


@pytest.fixture(scope="session")
async def _database(stores: Stores) -> AsyncIterator[Database]:
    """The process's one database, with all indexes: creating them for every test would cost a second each."""
    db = await connect(stores.mongodb_url, clock=FakeClock())
    await ensure_all_indexes(db)
    # By the machine's clock everything in a story has expired long ago: MongoDB would sign people out as rubbish.
    await db.client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
    yield db
    await db.client.close()


@pytest.fixture
async def db(_database: Database, clock: FakeClock) -> Database:
    """An empty database on a real mongod, told the time by ``clock``."""
    names = await _database.client[_database.name].list_collection_names()
    await asyncio.gather(*(_database[name].delete_many({}) for name in names if not name.startswith("system.")))
    return Database(client=_database.client, name=_database.name, clock=clock)


@pytest.fixture
async def world(db: Database, clock: FakeClock, stores: Stores) -> AsyncIterator[World]:
    """A company with a real server, whose people the story calls in."""
    from tests.world import a_world  # only stories need the whole application

    async with a_world(db, clock, stores.redis_url) as made:
        yield made


@pytest.fixture
async def patient(db: Database, clock: FakeClock, stores: Stores) -> AsyncIterator[World]:
    """A world that does not mind how fast somebody talks."""
    from tests.world import a_world

    async with a_world(db, clock, stores.redis_url, messages_per_second=100_000.0) as made:
        yield made


@pytest.fixture
async def slow(db: Database, clock: FakeClock, stores: Stores) -> AsyncIterator[World]:
    """A world that takes one message a second from each visitor, and six at once."""
    from tests.world import a_world

    async with a_world(db, clock, stores.redis_url, messages_per_second=1.0) as made:
        yield made
