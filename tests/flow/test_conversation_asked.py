"""Who is asked and who is chosen: held out, accepted or not; known faces, skills, languages, urgency (spec 3.3)."""

from __future__ import annotations

import pytest

from core.db import Save
from people import store as people_store
from people.model import ResponseRule
from tests.world import Console, Refused, World


async def set_rule(world: World, **rule: bool) -> None:
    """Change how the central desk chooses."""
    desk = await people_store.group(world.db, world.tenant_id, world.desk.id)
    await world.db.commit(Save(desk.changed(response=ResponseRule(**rule)), was=desk))


async def set_skills(world: World, console: Console, *skills: str) -> None:
    agent = await people_store.agent(world.db, world.tenant_id, console.id)
    await world.db.commit(Save(agent.changed(skills=skills), was=agent))


# --- asked first (spec 3.3)


@pytest.fixture
async def asking(world: World) -> World:
    """A desk that asks its agents whether they take a customer."""
    await set_rule(world, accept=True)
    return world


async def test_an_agent_is_asked_and_hosts_after_accepting(asking: World) -> None:
    ann = await asking.agent_on_duty("Ann")
    visitor = await asking.visitor()
    talk = await visitor.asks("Is anybody there?")
    offer = await ann.is_offered(talk)
    assert offer["kind"] == "response"
    assert (await ann.conversation(talk))["state"] == "waiting"
    await ann.answers(talk, offer, "accept")
    await visitor.sees_state("running")
    assert await ann.host_of(talk) == "Ann"


async def test_who_does_not_answer_in_time_is_away_and_the_next_is_asked(asking: World) -> None:
    ann = await asking.agent_on_duty("Ann")
    visitor = await asking.visitor()
    talk = await visitor.asks("Is anybody there?")
    offer = await ann.is_offered(talk)
    bo = await asking.agent_on_duty("Bo")
    await asking.advance(seconds=29)
    assert (await ann.conversation(talk))["offer"]["agent"]["name"] == "Ann"
    await asking.advance(seconds=1)
    await bo.answers(talk, await bo.is_offered(talk), "accept")
    me = await ann.call("GET", "/api/v1/me")
    assert (me["status"], me["absence"]) == ("away", "silent")
    with pytest.raises(Refused, match="offer_gone"):
        await ann.answers(talk, offer, "accept")
    assert await bo.host_of(talk) == "Bo"


async def test_who_declines_stays_free_and_is_asked_again_only_when_nobody_else_is_left(asking: World) -> None:
    ann, bo = await asking.agent_on_duty("Ann"), await asking.agent_on_duty("Bo")
    visitor = await asking.visitor()
    talk = await visitor.asks("Is anybody there?")
    first, second = (ann, bo) if (await ann.conversation(talk))["offer"]["agent"]["name"] == "Ann" else (bo, ann)
    await first.answers(talk, await first.is_offered(talk), "decline")
    await second.answers(talk, await second.is_offered(talk), "decline")
    assert (await ann.conversation(talk))["offer"]["agent"]["name"] in ("Ann", "Bo")
    assert (await ann.call("GET", "/api/v1/me"))["status"] == "free"


async def test_while_the_only_agent_may_come_back_the_customer_keeps_the_place_and_is_held_out_again(
    asking: World,
) -> None:
    ann = await asking.agent_on_duty("Ann")
    visitor = await asking.visitor()
    talk = await visitor.asks("Is anybody there?")
    missed = await ann.is_offered(talk)
    await asking.advance(seconds=30)
    assert (await ann.call("GET", "/api/v1/me"))["absence"] == "silent"
    await asking.advance(seconds=59)
    assert (await ann.conversation(talk))["state"] == "waiting"
    await ann.comes_back()
    again = await ann.heard.wait_for("offered", lambda told: told["offer"]["id"] != missed["id"])
    await ann.answers(talk, again["offer"], "accept")
    await visitor.sees_state("running")


async def test_when_the_only_agent_does_not_come_back_within_the_grace_the_form_is_offered(asking: World) -> None:
    ann = await asking.agent_on_duty("Ann")
    visitor = await asking.visitor()
    talk = await visitor.asks("Is anybody there?")
    await asking.advance(seconds=89)
    assert (await ann.conversation(talk))["state"] == "waiting"
    await asking.advance(seconds=1)
    await visitor.is_offered_form("nobody_on_duty")


async def test_the_silent_ones_customer_goes_to_a_colleague_of_the_central_desk_at_once(world: World) -> None:
    repairs = await world.group("Repairs")
    await world.db.commit(Save(repairs.changed(response=ResponseRule(accept=True)), was=repairs))
    ann = await world.agent_on_duty("Ann", groups=[repairs.id])
    cy = await world.agent_on_duty("Cy")
    visitor = await world.visitor(channel=await world.web_channel(desk_id=repairs.id))
    await ann.is_offered(await visitor.asks("My kettle leaks"))
    await world.advance(seconds=30)
    await cy.is_given(visitor)


async def test_a_place_that_is_held_out_is_taken(asking: World) -> None:
    ann = await asking.agent_on_duty("Ann", limit=1)
    first, second = await asking.visitor(), await asking.visitor()
    one, two = await first.asks("Me first"), await second.asks("Me too")
    assert (await ann.conversation(one))["offer"]
    assert (await ann.conversation(two))["offer"] is None
    with pytest.raises(Refused, match="limit_reached"):
        await ann.takes(two)


# --- who is chosen (spec 3.3)


async def test_the_agent_who_served_the_customer_last_comes_first(world: World) -> None:
    await set_rule(world, prefers_known=True)
    ann = await world.agent_on_duty("Ann")
    visitor = await world.visitor()
    await ann.ends(await visitor.asks("My lamp is broken"), "solved")
    await world.agent_on_duty("Bo")
    for number in range(3):
        talk = await visitor.asks(f"Still broken {number}")
        assert await ann.host_of(talk) == "Ann"
        await ann.ends(talk, "solved")


async def test_only_those_who_know_the_service_are_given_its_customers(world: World) -> None:
    await set_rule(world, matches_skills=True)
    vpn = await world.entry_of_catalog("VPN", skills=("vpn",))
    items = [{"id": "vpn", "label": "VPN", "catalog_node_id": vpn.id}, {"id": "tea", "label": "Tea"}]
    channel = await world.web_channel(menu={"prompt": "?", "items": items})
    ann, bo = await world.agent_on_duty("Ann"), await world.agent_on_duty("Bo", limit=1)
    await set_skills(world, bo, "vpn", "wifi")
    first, second, third = [await world.visitor(channel=channel) for _ in range(3)]
    for visitor in (first, second):
        await visitor.chooses("vpn")
        await world.settles()
    assert await ann.host_of(first.id) == "Bo"
    assert (await ann.conversation(second.id))["state"] == "waiting", "Ann is free and does not know it"
    await third.chooses("tea")
    await world.settles()
    assert await ann.host_of(third.id) == "Ann", "who waits for Bo holds up nobody"


async def test_what_is_urgent_by_the_catalog_is_served_before_what_is_not(world: World) -> None:
    outage = await world.entry_of_catalog("Outage", urgency="high", impact="high")
    phones = await world.entry_of_catalog("Telephones", parent_id=outage.id)
    items = [
        {"id": "phones", "label": "Telephones are dead", "catalog_node_id": phones.id},
        {"id": "tea", "label": "Tea"},
    ]
    channel = await world.web_channel(menu={"prompt": "?", "items": items})
    ann = await world.agent_on_duty("Ann", limit=1)
    first, patient, urgent = [await world.visitor(channel=channel) for _ in range(3)]
    await first.chooses("tea")
    await world.settles()
    assert await ann.host_of(first.id) == "Ann"
    await patient.chooses("tea")
    await world.settles()
    await patient.sees_position(1)
    await urgent.chooses("phones")
    await world.settles()
    await urgent.sees_position(1)
    await patient.sees_position(2)
    await ann.ends(first.id, "solved")
    await world.settles()
    assert await ann.host_of(urgent.id) == "Ann"


async def test_only_those_who_speak_the_customers_language_are_given_the_customer(world: World) -> None:
    await set_rule(world, matches_language=True)
    ann, bo = await world.agent_on_duty("Ann"), await world.agent_on_duty("Bo")
    await set_skills(world, ann, "en")
    await set_skills(world, bo, "zh-cn", "en")
    for _ in range(3):
        lin = await world.visitor()
        await lin.asks("茶叶到哪里了？", visit={"language": "zh-CN"})
        assert await ann.host_of(lin.id) == "Bo"
    mia = await world.visitor()
    await mia.asks("Where is my tea?", visit={"language": "en"})
    assert await ann.host_of(mia.id) == "Ann", "by turns among those who speak it"


async def test_whose_browser_tells_no_language_speaks_the_channels(world: World) -> None:
    await set_rule(world, matches_language=True)
    ann, bo = await world.agent_on_duty("Ann"), await world.agent_on_duty("Bo")
    await set_skills(world, ann, "en")
    await set_skills(world, bo, "zh-cn")
    for _ in range(2):
        lin = await world.visitor(channel=await world.web_channel(language="zh-CN"))
        await lin.asks("茶叶到哪里了？")
        assert await ann.host_of(lin.id) == "Bo"
