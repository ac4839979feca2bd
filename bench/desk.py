"""The real application for the bench: embedded stores, one web process, one worker, a company with running talks."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Self

from bench.client import BenchFailed, Connection, free_port
from channels.base import Channel
from channels.webchat.visitor import Visitor, new_visitor
from conversation.model import Conversation, Seat
from core.clock import SystemClock
from core.db import Database, Insert, Save, connect
from core.ids import new_id, new_secret
from core.model import Record, Reference
from gateway import wiring
from gateway.auth.sessions import open_session
from gateway.embedded import Stores, spawn, start_stores, stop_stores
from people.model import Agent, Customer, identity_of
from people.service.founding import Founded, found

READY_WITHIN = 60.0  # seconds


@dataclass
class Company:
    """A company with a chat channel, whose people connect to the web processes at ``ports``."""

    db: Database
    ports: list[int]
    secret: bytes
    channel: Channel
    founded: Founded

    @classmethod
    async def founds(cls, db: Database, tenant_id: str, *, ports: list[int], secret: bytes) -> Self:
        """Found it."""
        founded = await found(
            db, tenant_id=tenant_id, company="Bench", name="Founder", email=f"founder@{tenant_id}.example",
            password_hash="-", language="en", time_zone="UTC", now=db.now(),
        )  # fmt: skip
        now = db.now()
        channel = Channel(
            id=new_id(now), tenant_id=tenant_id, kind="webchat", name="Bench", key=tenant_id, desk_id=founded.desk.id,
            created_at=now, updated_at=now,
        )  # fmt: skip
        await db.commit(Insert(channel))
        return cls(db, ports, secret, channel, founded)

    @property
    def tenant_id(self) -> str:
        """Its tenant."""
        return self.founded.tenant.id

    def visitor(self, port: int | None = None) -> tuple[Visitor, Connection]:
        """Return somebody at the widget who has not said anything yet."""
        visitor = new_visitor(self.secret, self.channel)
        return visitor, Connection("v", {"channel": self.channel.key, "session": visitor.token}, port=port)

    async def crowd(self, *, visitors: int, agents: int, places: int) -> list[Connection]:
        """Return agents with so many places each, and visitors who have yet to ask, spread over the web processes."""
        connections: list[Connection] = []
        for number in range(agents):
            agent = _agent(self, number)
            seat = Seat(id=agent.id, tenant_id=self.tenant_id, name=agent.name, limit=places)
            await self.db.commit(Insert(agent), Insert(seat))
            port = self.ports[number % len(self.ports)]
            connections.append(Connection("a", {"session": await self.token_of(agent)}, port=port))
        return connections + [self.visitor(self.ports[number % len(self.ports)])[1] for number in range(visitors)]

    async def talks(self, *, agents: int, each: int) -> list[Connection]:
        """Let agents host ``each`` conversations, and return the connections of everybody in them."""
        connections: list[Connection] = []
        for number in range(agents):
            agent = _agent(self, number)
            records: list[Record] = [agent]
            port = self.ports[number % len(self.ports)]
            connections.append(Connection("a", {"session": await self.token_of(agent)}, port=port))
            for place in range(each):
                visitor, connection = self.visitor(self.ports[place % len(self.ports)])
                customer = _customer(self, visitor)
                records += [customer, _conversation(self, visitor, customer, agent)]
                connections.append(connection)
            await self.db.commit(*(Insert(record) for record in records))
        return connections

    async def token_of(self, agent: Agent) -> str:
        """Return the token of a new session."""
        return await open_session(self.db, agent, address="127.0.0.1", browser="bench", now=self.db.now())


@dataclass
class Desk(Company):
    """A company on stores and processes of its own."""

    stores: Stores
    webs: list[subprocess.Popen[bytes]]
    worker: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        """Where the first web process serves."""
        return self.ports[0]

    @property
    def web(self) -> subprocess.Popen[bytes]:
        """The first web process."""
        return self.webs[0]


@contextlib.asynccontextmanager
async def open_desk(data: Path, *, webs: int = 1, queue_length: int | None = None) -> AsyncIterator[Desk]:
    """Start everything on an empty data folder, with so many web processes; stop it in the end."""
    stores = start_stores(data, on_progress=lambda _: None)
    secret = new_secret()
    environment = {
        "WAYSTATION_MONGODB_URL": stores.mongodb_url,
        "WAYSTATION_REDIS_URL": stores.redis_url,
        "WAYSTATION_SECRET": secret,
        "WAYSTATION_MESSAGES_PER_SECOND": "1000000",  # one load client stands for many people
        "WAYSTATION_CONNECTIONS_PER_ADDRESS": "0",
    }
    db = await connect(stores.mongodb_url, clock=SystemClock())
    await wiring.ensure_all_indexes(db)
    ports = [free_port() for _ in range(webs)]
    company = await Company.founds(db, "bench", ports=ports, secret=secret.encode())
    if queue_length:
        tenant = company.founded.tenant
        settings = tenant.settings.model_copy(update={"queue_length": queue_length})
        await db.commit(Save(tenant.changed(settings=settings), was=tenant))
    gateway = [sys.executable, "-m", "gateway"]
    processes = [
        spawn([*gateway, "web", "--port", str(port)], log=data / f"{port}.log", env=environment) for port in ports
    ]
    worker = spawn([*gateway, "worker"], log=data / "worker.log", env=environment)
    try:
        for port in ports:
            _wait_until_ready(port, data / f"{port}.log")
        yield Desk(**vars(company), stores=stores, webs=processes, worker=worker)
    finally:
        for process in (*processes, worker):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):  # what was measured is measured
                process.wait(30)
            process.kill()
        await db.client.close()
        stop_stores(stores)


def environment_is_clean() -> None:
    """Make sure that nothing but the bench's own stores is ever used."""
    for name in [name for name in os.environ if name.startswith("WAYSTATION_")]:
        del os.environ[name]


def _wait_until_ready(port: int, log: Path) -> None:
    deadline = monotonic() + READY_WITHIN
    while monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            sleep(0.1)
    raise BenchFailed(f"The web process did not answer:\n{log.read_text(encoding='utf-8')[-2_000:]}")


def _agent(company: Company, number: int) -> Agent:
    founded, now = company.founded, company.db.now()
    role = next(role for role in founded.roles if role.built_in == "agent")
    return Agent(
        id=new_id(now), tenant_id=company.tenant_id, name=f"Agent {number}",
        email=f"agent{number}@{company.tenant_id}.example", password_hash="-", role_id=role.id,
        group_ids=(founded.desk.id,), preferred_group_id=founded.desk.id, activated_at=now, created_at=now,
        updated_at=now,
    )  # fmt: skip


def _customer(company: Company, visitor: Visitor) -> Customer:
    now = company.db.now()
    return Customer(
        id=new_id(now), tenant_id=company.tenant_id, identities=(identity_of(visitor.address),), created_at=now,
        updated_at=now,
    )  # fmt: skip


def _conversation(company: Company, visitor: Visitor, customer: Customer, agent: Agent) -> Conversation:
    now, channel = company.db.now(), company.channel
    return Conversation(
        id=new_id(now), tenant_id=company.tenant_id, channel_id=channel.id, channel_kind="webchat",
        address=visitor.address, customer=Reference(id=customer.id), state="running",
        desk=Reference(id=company.founded.desk.id), host=Reference(id=agent.id, name=agent.name), created_at=now,
        queued_at=now, hosted_at=now, served_by=(agent.id,),
    )  # fmt: skip
