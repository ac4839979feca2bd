"""The OpenAPI document, fuzzed: whoever asks whatever, the server never fails (spec 11.1)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.company import Company, in_full_swing
from tests.fuzz.schemathesis import fuzz
from tests.world import World

SECONDS = float(os.environ.get("FUZZ_SECONDS", "30"))  # for each of the three


@pytest.fixture
async def company(world: World) -> Company:
    return await in_full_swing(world)


def session(company: Company) -> dict[str, str]:
    [token] = [cookie.value for cookie in company.founder.http.cookie_jar]
    return {"Authorization": f"Bearer {token}"}


async def settled(company: Company) -> None:
    """Let all jobs run that the requests asked for, and check that none failed."""
    await company.world.settles()
    failed = (
        await company.world.db["jobs"].find({"_id": {"$gt": ""}, "attempts": {"$gt": 0}, "dead_at": None}).to_list()
    )
    assert failed == []


@pytest.mark.timeout(300)
async def test_a_founder_who_may_do_everything_breaks_nothing(company: Company, tmp_path: Path) -> None:
    told = await fuzz(company, tmp_path, seconds=SECONDS, headers=session(company))
    assert not told
    await settled(company)


@pytest.mark.timeout(300)
async def test_a_visitor_breaks_nothing(company: Company, tmp_path: Path) -> None:
    key = company.visitor.channel_key
    [token] = [cookie.value for cookie in company.visitor.http.cookie_jar if key in cookie.key]
    company.ids["key"] = key
    headers = {"X-Visitor-Session": token}
    told = await fuzz(company, tmp_path, seconds=SECONDS, headers=headers, only="^/chat/")
    assert not told
    await settled(company)


@pytest.mark.timeout(300)
async def test_a_stranger_breaks_nothing(company: Company, tmp_path: Path) -> None:
    told = await fuzz(company, tmp_path, seconds=SECONDS, headers={})
    assert not told
    await settled(company)
