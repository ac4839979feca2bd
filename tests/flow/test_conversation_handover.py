"""A conversation changes hands; the customer is never without somebody, and notices no more than a name (spec 4.3)."""

from __future__ import annotations

import re

import pytest

from conversation import access
from tests.world import Refused, World

# --- transfer (spec 4.3)


async def test_the_host_stays_until_the_colleague_accepts(world: World) -> None:
    ann, visitor, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    await ann.does(talk, "transfer", agent_id=bo.id, note="Knows the invoices")
    offer = await bo.is_offered(talk)
    assert (offer["by"]["name"], offer["note"]) == ("Ann", "Knows the invoices")
    await ann.says(talk, "One moment")
    await visitor.sees("One moment")
    assert await ann.host_of(talk) == "Ann"
    await bo.answers(talk, offer, "accept")
    await bo.says(talk, "I am Bo")
    await visitor.sees("I am Bo")
    told = await visitor.heard.wait_for("entry", lambda entry: entry["parts"][0].get("name") == "transferred")
    assert told["parts"][0]["data"] == {"agent_name": "Bo"}
    with pytest.raises(Refused):
        await ann.says(talk, "And me?")
    assert "Knows the invoices" not in str(visitor.heard.things)


@pytest.mark.parametrize("how", ["declined", "unanswered", "withdrawn"])
async def test_a_transfer_that_is_not_accepted_changes_nothing(world: World, how: str) -> None:
    ann, visitor, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    await ann.does(talk, "transfer", agent_id=bo.id)
    offer = await bo.is_offered(talk)
    match how:
        case "declined":
            await bo.answers(talk, offer, "decline")
        case "withdrawn":
            await ann.answers(talk, offer, "withdraw")
        case _:
            await world.advance(seconds=30)
    shown = await ann.conversation(talk)
    assert (shown["host"]["name"], shown["offer"]) == ("Ann", None)
    happened = [entry["parts"][0]["name"] for entry in await ann.transcript(talk) if entry["kind"] == "event"]
    assert happened[-1] == how
    with pytest.raises(Refused, match="offer_gone"):
        await bo.answers(talk, offer, "accept")
    assert (await bo.call("GET", "/api/v1/me"))["status"] == "free"
    await ann.says(talk, "I am still here")
    await visitor.sees("I am still here")


async def test_a_group_is_asked_and_the_first_who_accepts_hosts(world: World) -> None:
    ann, _, talk = await world.talk()
    billing = await world.group("Billing")
    bo, cy = [await world.agent_on_duty(name, groups=[billing.id]) for name in ("Bo", "Cy")]
    await ann.does(talk, "transfer", group_id=billing.id)
    offers = [await agent.is_offered(talk) for agent in (bo, cy)]
    for agent in (bo, cy):
        assert [one["id"] for one in await agent.box("mine")] == [talk], "after a reload it is still there"
    await cy.answers(talk, offers[1], "accept")
    with pytest.raises(Refused, match="offer_gone"):
        await bo.answers(talk, offers[0], "accept")
    assert await cy.host_of(talk) == "Cy"


async def test_the_box_of_what_is_mine_is_found_by_indexes(world: World) -> None:
    ann, _, _ = await world.talk()
    actor = next(iter(world.web.agents.actors.values()))
    assert actor.id == ann.id
    over = [
        {"_id": f"old-{n}", "tenant_id": world.tenant_id, "state": "ended", "address": {"value": str(n)}}
        for n in range(500)
    ]
    await world.db["conversations"].insert_many(over)
    where = {"tenant_id": world.tenant_id, **access.mine_and_offered(actor)}
    plan = await world.db["conversations"].find(where).sort("_id", -1).limit(51).explain()
    used = set(re.findall(r"'indexName': '(\w+)'", str(plan["queryPlanner"]["winningPlan"])))
    assert used == {"hosted_covered", "guests", "offered", "offered_to_group"}, plan["queryPlanner"]["winningPlan"]


async def test_nobody_can_hand_on_to_who_is_away_or_full(world: World) -> None:
    ann, _, talk = await world.talk()
    away, full = await world.agent("Ed"), await world.agent_on_duty("Flo", limit=0)
    for console in (away, full):
        with pytest.raises(Refused, match="invalid"):
            await ann.does(talk, "transfer", agent_id=console.id)
    empty = await world.group("Nobody")
    with pytest.raises(Refused, match="invalid"):
        await ann.does(talk, "transfer", group_id=empty.id)


async def test_only_the_host_hands_on(world: World) -> None:
    _, _, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    with pytest.raises(Refused, match="invalid"):
        await bo.does(talk, "transfer", agent_id=bo.id)
    with pytest.raises(Refused, match="forbidden"):
        await bo.does(talk, "transfer", agent_id=bo.id, by_force=True)


# --- company (spec 4.4)


async def test_an_invited_colleague_speaks_and_the_inviter_stays_host(world: World) -> None:
    ann, visitor, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    with pytest.raises(Refused):
        await bo.says(talk, "May I?")
    await ann.does(talk, "invite", agent_id=bo.id, note="Please help")
    await bo.answers(talk, await bo.is_offered(talk), "accept")
    await bo.says(talk, "I help")
    await visitor.sees("I help")
    await visitor.says("Thank you both")
    await bo.sees("Thank you both")
    assert await ann.host_of(talk) == "Ann"
    await ann.call("DELETE", f"/api/v1/conversations/{talk}/guests/{bo.id}")
    with pytest.raises(Refused):
        await bo.says(talk, "Still here?")
