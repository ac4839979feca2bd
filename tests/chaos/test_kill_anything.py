"""Everything at once: whatever is killed, what was acknowledged is there once, in order, for everybody."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis

from channels.base import Channel
from channels.webchat.visitor import new_visitor
from core.clock import SystemClock
from core.db import Database, Insert
from core.ids import new_id, new_secret
from core.tasks import end
from gateway.auth.sessions import open_session
from gateway.embedded import Child, Stores, spawn
from people.model import Agent as AgentRecord
from people.service.founding import found
from tests.chaos.crew import eventually
from tests.chaos.crowd import a_crowd
from tests.chaos.desk_watch import DeskWatch
from tests.chaos.population import Agent, Person, Visitor, until_ok
from tests.chaos.ports import free_port

KILLS = int(os.environ.get("WAYSTATION_KILLS", "12"))
CROWD = int(os.environ.get("WAYSTATION_CROWD", "0"))  # others who talk meanwhile, by the load client in C
SEED = int(os.environ.get("WAYSTATION_SEED", str(random.randrange(10**6))))
VISITORS, AGENTS = 12, 4
TENANT = "acme"
WEIGHTS = {"web1": 3, "web2": 3, "worker1": 2, "worker2": 2, "mongod": 3, "valkey": 2}


@dataclass
class Fleet:
    """Two web processes and two workers on the stores."""

    stores: Stores
    folder: Path
    environment: dict[str, str]
    ports: dict[str, int] = field(default_factory=lambda: {"web1": free_port(), "web2": free_port()})
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    killed: list[str] = field(default_factory=list)

    def start(self, name: str) -> None:
        """Start a process of ours."""
        arguments = ["web", "--port", str(self.ports[name])] if name in self.ports else ["worker"]
        command = [sys.executable, "-m", "gateway", *arguments]
        self.processes[name] = spawn(command, log=self.folder / f"{name}.log", env=self.environment)

    async def kill(self, name: str) -> None:
        """Kill -9 anything, start it again, and return when it serves."""
        self.killed.append(name)
        store = self._store(name)
        if store:
            store.kill()
            await asyncio.to_thread(store.start)
            return
        process = self.processes[name]
        assert process.poll() is None, f"{name} ended by itself:\n{self.log(name)}"
        process.kill()
        process.wait()
        self.start(name)
        await self.serves(name)

    async def serves(self, name: str) -> None:
        """Return when a process is ready."""
        if name in self.ports:
            ready = f"http://127.0.0.1:{self.ports[name]}/readyz"
            await eventually(lambda: asyncio.to_thread(_answers, ready), within=60, what=lambda: self.log(name))

    async def flush_and_restart_redis(self) -> None:
        """Forget everything that Redis knows."""
        with redis.Redis.from_url(self.stores.redis_url) as client:
            client.flushall()
        await asyncio.to_thread(self.stores.valkey.restart)

    def stop(self) -> None:
        """End all processes."""
        for process in self.processes.values():
            process.kill()
            process.wait()

    def log(self, name: str) -> str:
        """Return the end of a process's log."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-3_000:]

    def _store(self, name: str) -> Child | None:
        return {"mongod": self.stores.mongod, "valkey": self.stores.valkey}.get(name)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


SECRET = new_secret()


@pytest.fixture
def real(db: Database) -> Database:
    """The database by the machine's clock."""
    return replace(db, clock=SystemClock(), handlers={}, listeners=[])


@pytest.fixture
async def fleet(real: Database, stores: Stores, tmp_path: Path) -> AsyncIterator[Fleet]:
    environment = {
        "WAYSTATION_MONGODB_URL": stores.mongodb_url,
        "WAYSTATION_REDIS_URL": stores.redis_url,
        "WAYSTATION_SECRET": SECRET,
        "WAYSTATION_CONNECTIONS_PER_ADDRESS": "0",
    }
    fleet = Fleet(stores, tmp_path, environment)
    for name in ("web1", "web2", "worker1", "worker2"):
        fleet.start(name)
    for name in fleet.ports:
        await fleet.serves(name)
    yield fleet
    fleet.stop()


async def people_of(db: Database, ports: list[int]) -> tuple[list[Visitor], list[Agent], DeskWatch]:
    """Found a company, and return its agents, as many visitors as they may serve, and who looks at the desk."""
    now = db.now()
    founded = await found(
        db, tenant_id=TENANT, company="Acme", name="Founder", email="founder@acme.example", password_hash="-",
        language="en", time_zone="UTC", now=now,
    )  # fmt: skip
    channel = Channel(
        id=new_id(now), tenant_id=TENANT, kind="webchat", name="Shop", key="shop", desk_id=founded.desk.id,
        created_at=now, updated_at=now,
    )  # fmt: skip
    await db.commit(Insert(channel))
    role = next(role for role in founded.roles if role.built_in == "agent")
    agents = []
    for number in range(AGENTS):
        record = AgentRecord(
            id=new_id(now), tenant_id=TENANT, name=f"Agent {number}", email=f"agent{number}@acme.example",
            password_hash="-", role_id=role.id, group_ids=(founded.desk.id,), preferred_group_id=founded.desk.id,
            activated_at=now, created_at=now, updated_at=now,
        )  # fmt: skip
        await db.commit(Insert(record))
        token = await open_session(db, record, address="127.0.0.1", browser="", now=now)
        agents.append(Agent(f"agent{number:02}", ports, {"session": token}))

    def visitor(name: str) -> Visitor:
        token = new_visitor(SECRET.encode(), channel).token
        return Visitor(name, ports, {"channel": channel.key, "session": token})

    watch = DeskWatch(db, founded, visitor)
    await watch.set_up()
    return [visitor(f"visitor{number:02}") for number in range(VISITORS)], agents, watch


def victims(chance: random.Random) -> Iterator[str]:
    """Name whom to kill: each kind once, then by weight; ``flush`` in the middle."""
    named = [*WEIGHTS, *chance.choices(list(WEIGHTS), weights=list(WEIGHTS.values()), k=max(KILLS - len(WEIGHTS), 0))]
    chance.shuffle(named)
    named[KILLS // 2 : KILLS // 2] = ["flush"]
    return iter(named)


async def entries_of(db: Database, conversation_id: str) -> list[dict[str, Any]]:
    return await db["entries"].find({"conversation_id": conversation_id}).sort("_id").to_list()


def complete(person: Person, conversation_id: str, entries: list[dict[str, Any]]) -> bool:
    """Whether somebody sees everything that is stored of a conversation."""
    seen = person.seen[conversation_id]
    return [seen.get(entry["seq"], {}).get("id") for entry in entries] == [entry["_id"] for entry in entries]


async def all_get_through(people: Sequence[Person], tasks: Sequence[asyncio.Task[None]]) -> None:
    """Return when everybody had two more things acknowledged."""
    before = [len(person.said) for person in people]

    def through() -> bool:
        for task in tasks:
            if task.done():
                task.result()
        return all(len(person.said) >= was + 2 for person, was in zip(people, before, strict=True))

    def missing() -> object:
        return [
            (
                person.name,
                len(person.said),
                person.wire and person.wire.is_broken,
                person.stale,
                person.problems[-1:],
                person.refusals[-1:],
            )
            for person in people
        ]

    await eventually(through, within=60, what=missing)


@pytest.mark.timeout(300 + 15 * KILLS)
async def test_what_was_acknowledged_is_there_once_and_in_order_for_everybody(real: Database, fleet: Fleet) -> None:
    async with a_crowd(real, CROWD, ports=list(fleet.ports.values()), secret=SECRET.encode(), folder=fleet.folder):
        await everything_is_killed(real, fleet)


async def everything_is_killed(real: Database, fleet: Fleet) -> None:
    sys.stdout.write(f"to see it again: WAYSTATION_SEED={SEED} WAYSTATION_KILLS={KILLS}\n")
    chance = random.Random(SEED)
    visitors, agents, watch = await people_of(real, list(fleet.ports.values()))
    people: list[Visitor | Agent] = [*visitors, *agents]
    enough = asyncio.Event()
    online = [asyncio.create_task(agent.stay_online()) for agent in agents]
    await eventually(lambda: all(agent.wire for agent in agents), within=30)  # else there is only the form
    online += [asyncio.create_task(visitor.stay_online()) for visitor in visitors]
    talks = [asyncio.create_task(person.talk(enough)) for person in people]
    talks.append(asyncio.create_task(watch.newcomers(enough)))
    try:
        await all_get_through(people, [*online, *talks])
        for victim in victims(chance):
            await asyncio.sleep(chance.uniform(0, 1))  # a random moment
            down = real.now()
            if victim == "flush":
                await fleet.flush_and_restart_redis()
            else:
                await fleet.kill(victim)
            watch.outages.append((down, real.now()))
        await all_get_through(people, [*online, *talks])
        enough.set()
        await asyncio.wait_for(asyncio.gather(*talks), 60)
        await watch.check()
        await check(real, visitors, agents)
    finally:
        await end([*online, *talks])
        for person in people:
            if person.wire:
                await person.wire.close()
    assert len(fleet.killed) >= KILLS


async def check(db: Database, visitors: list[Visitor], agents: list[Agent]) -> None:
    """Compare what was acknowledged, what is stored and what everybody sees; then end all talks and look at tickets."""
    theirs = {said.conversation_id for visitor in visitors for said in visitor.said}
    conversations = await db["conversations"].find({"_id": {"$in": list(theirs)}}).to_list()
    how = [(talk["state"], talk["outcome"], talk["form_offered"], talk["created_at"]) for talk in conversations]
    assert len(conversations) == VISITORS, f"every talk was begun once and goes on: {how}"
    people: list[Visitor | Agent] = [*visitors, *agents]
    host_of = {agent.name: agent for agent in agents}
    for conversation in conversations:
        entries = await entries_of(db, conversation["_id"])
        assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1)), "no gap"
        told = [said for person in people for said in person.said if said.conversation_id == conversation["_id"]]
        stored = {entry["client_id"]: entry["seq"] for entry in entries if entry["kind"] == "message"}
        assert stored == {said.client_id: said.seq for said in told}, "what is acknowledged is stored, and nothing else"
        assert len(stored) == len(told), "once"
        for person in people:
            mine = sorted((seq, client_id) for client_id, seq in stored.items() if client_id.startswith(person.name))
            assert [client_id for _, client_id in mine] == sorted(client_id for _, client_id in mine), "in order"
        (visitor,) = (one for one in visitors if any(key.startswith(one.name) for key in stored))
        (host,) = (agent for agent in host_of.values() if conversation["_id"] in agent.hosted)
        for person, shown in ((visitor, [e for e in entries if e["kind"] != "note"]), (host, entries)):
            await eventually(
                lambda: complete(person, conversation["_id"], shown),  # noqa: B023
                within=20,
                what=lambda: (person.name, person.last(conversation["_id"]), len(entries), person.stale),  # noqa: B023
            )
            assert person.twice == [], "nobody saw anything change"
        await check_ticket(db, host, conversation["_id"], entries)
    problems = [(person.name, problem) for person in people for problem in person.problems]
    assert not problems, f"nobody was refused for a reason that is not the stores': {problems}"


async def check_ticket(db: Database, host: Agent, conversation_id: str, entries: list[dict[str, Any]]) -> None:
    """End the talk as solved; its ticket leads to the whole transcript."""
    path = f"/api/v1/conversations/{conversation_id}"
    await until_ok(lambda: host.http("POST", f"{path}/end", {"outcome": "solved"}))
    (ticket,) = await db["tickets"].find({"conversation_ids": conversation_id}).to_list()
    shown = await until_ok(lambda: host.http("GET", f"/api/v1/tickets/{ticket['_id']}"))
    assert shown["conversation_ids"] == [conversation_id]
    read: list[str] = []
    page = {"complete": False}
    while not page["complete"]:
        page = await until_ok(partial(host.http, "GET", f"{path}/entries?since={len(read)}&limit=100"))
        read += [entry["id"] for entry in page["items"]]
    assert read[: len(entries)] == [entry["_id"] for entry in entries]
