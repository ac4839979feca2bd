"""A taste of the fuzzing that `make fuzz` does for longer: every call of the OpenAPI document, with rubbish."""

from __future__ import annotations

from pathlib import Path

from tests.company import in_full_swing
from tests.fuzz.schemathesis import fuzz
from tests.world import World


async def test_ten_seconds_of_requests_made_from_the_document_break_nothing(world: World, tmp_path: Path) -> None:
    company = await in_full_swing(world)
    [token] = [cookie.value for cookie in company.founder.http.cookie_jar]
    headers = {"Authorization": f"Bearer {token}"}
    broken = await fuzz(company, tmp_path, seconds=10, headers=headers, phases="coverage")
    assert not broken
