"""A session stands for one agent until it is idle, old, revoked, or its agent's rights are gone (spec 1.9)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.db import Database, Insert
from core.errors import Unauthenticated
from core.ids import new_id
from core.store import ensure_indexes
from gateway.auth import sessions
from people import store
from people.model import Agent, Role, Tenant
from tests.clock import FakeClock

ACME = "acme"
HERE = "192.0.2.7"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
async def ada(db: Database) -> Agent:
    await ensure_indexes(db, store.INDEXES, sessions.INDEXES)
    now = db.now()
    stamps = {"tenant_id": ACME, "created_at": now, "updated_at": now}
    role = Role.model_validate({"id": "role", "name": "Agent", "built_in": "agent", **stamps})
    agent = Agent.model_validate(
        {
            "id": new_id(now),
            "name": "Ada",
            "email": "ada@acme.example",
            "role_id": "role",
            "group_ids": ["g1"],
            **stamps,
        }
    )
    tenant = Tenant.model_validate({"id": ACME, "name": "Acme", **stamps})
    await db.commit(Insert(tenant), Insert(role), Insert(agent))
    return agent


async def open_one(db: Database, agent: Agent) -> str:
    return await sessions.open_session(db, agent, address=HERE, browser=FIREFOX, now=db.now())


async def who(db: Database, token: str) -> str:
    return (await sessions.authenticate(db, token, address=HERE, now=db.now()))[0].name


async def test_a_token_stands_for_its_agent(db: Database, ada: Agent) -> None:
    actor, following = await sessions.authenticate(db, await open_one(db, ada), address=HERE, now=db.now())
    assert (actor.id, actor.scope, actor.address, following) == (ada.id, "groups", HERE, None)
    assert actor.may("conversation.serve")
    assert not actor.may("people.manage")
    of_group = {
        f"{kind}s:{whose}:g1" for kind in ("conversation", "ticket", "customer") for whose in ("group", "members")
    }
    assert actor.rooms() == {f"agent:{ada.id}", "agents:acme", *of_group}


async def test_the_store_does_not_know_the_token(db: Database, ada: Agent) -> None:
    token = await open_one(db, ada)
    stored = await db["sessions"].find_one({})
    assert token.partition(".")[2] not in str(stored)


@pytest.mark.parametrize("forged", ["", "x", "acme.", "acme.forged", "other.forged", "acme.\ud800", "a" * 10_000])
async def test_a_forged_token_stands_for_nobody(db: Database, ada: Agent, forged: str) -> None:
    await open_one(db, ada)
    with pytest.raises(Unauthenticated):
        await who(db, forged)


async def test_a_token_is_of_no_use_in_another_tenant(db: Database, ada: Agent) -> None:
    secret = (await open_one(db, ada)).partition(".")[2]
    with pytest.raises(Unauthenticated):
        await who(db, f"other.{secret}")


async def test_after_an_hour_all_requests_get_the_same_new_token(db: Database, ada: Agent, clock: FakeClock) -> None:
    old = await open_one(db, ada)
    clock.advance(hours=1)
    answers = await asyncio.gather(*(sessions.authenticate(db, old, address=HERE, now=db.now()) for _ in range(10)))
    (new,) = {following for _, following in answers}
    assert new
    assert new != old
    assert await who(db, new) == "Ada"


async def test_the_old_token_ends_a_minute_after_the_new_one_was_used(
    db: Database, ada: Agent, clock: FakeClock
) -> None:
    old = await open_one(db, ada)
    clock.advance(hours=1)
    _, new = await sessions.authenticate(db, old, address=HERE, now=db.now())
    assert new
    await who(db, new)
    clock.advance(seconds=59)
    assert await who(db, old) == "Ada"
    clock.advance(seconds=1)
    with pytest.raises(Unauthenticated):
        await who(db, old)
    assert await who(db, new) == "Ada"


async def test_a_new_token_that_got_lost_on_the_way_is_given_again(db: Database, ada: Agent, clock: FakeClock) -> None:
    old = await open_one(db, ada)
    clock.advance(hours=1)
    _, lost = await sessions.authenticate(db, old, address=HERE, now=db.now())
    clock.advance(hours=5)
    _, given_again = await sessions.authenticate(db, old, address=HERE, now=db.now())
    assert given_again == lost


async def test_a_socket_keeps_its_token(db: Database, ada: Agent, clock: FakeClock) -> None:
    token = await open_one(db, ada)
    clock.advance(hours=2)
    _, following = await sessions.authenticate(db, token, address=HERE, now=db.now(), rotate=False)
    assert following is None
    assert await who(db, token) == "Ada"


async def test_a_session_ends_after_thirty_idle_days(db: Database, ada: Agent, clock: FakeClock) -> None:
    token = await open_one(db, ada)
    clock.advance(days=29)
    _, token = await sessions.authenticate(db, token, address=HERE, now=db.now())  # type: ignore[assignment]
    clock.advance(days=29)
    assert await who(db, token) == "Ada"
    clock.advance(days=30, seconds=1)
    with pytest.raises(Unauthenticated):
        await who(db, token)


async def test_a_session_in_daily_use_ends_after_ninety_days(db: Database, ada: Agent, clock: FakeClock) -> None:
    token = await open_one(db, ada)
    began = db.now()
    while db.now() - began < timedelta(days=89):
        clock.advance(days=1)
        _, following = await sessions.authenticate(db, token, address=HERE, now=db.now())
        token = following or token
    clock.advance(days=1)
    with pytest.raises(Unauthenticated):
        await who(db, token)


async def test_another_process_learns_of_lost_rights_within_five_seconds(
    db: Database, ada: Agent, clock: FakeClock
) -> None:
    token = await open_one(db, ada)
    await who(db, token)
    await db["agents"].update_one({"_id": ada.id}, {"$set": {"active": False}})  # as another process would
    clock.advance(seconds=5)
    with pytest.raises(Unauthenticated):
        await who(db, token)


async def test_a_revoked_session_is_gone_at_once(db: Database, ada: Agent) -> None:
    token, other = await open_one(db, ada), await open_one(db, ada)
    actor, _ = await sessions.authenticate(db, token, address=HERE, now=db.now())
    mine = await sessions.sessions_of(db, ACME, ada, now=db.now())
    assert [one.browser for one in mine] == ["Firefox · Windows"] * 2
    await sessions.revoke(db, actor.session_id, actor=actor)
    with pytest.raises(Unauthenticated):
        await who(db, token)
    assert await who(db, other) == "Ada"
