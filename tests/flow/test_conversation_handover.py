"""A conversation changes hands; the customer is never without somebody, and notices no more than a name (spec 4.3)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conversation import access
from core.db import Save
from people import store as people_store
from people.model import ResponseRule
from tests.world import Console, Refused, World


async def hosted_by(console: Console, conversation_id: str) -> str | None:
    host = (await console.conversation(conversation_id))["host"]
    return host["name"] if host else None


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
    assert await hosted_by(ann, talk) == "Ann"


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
    assert await hosted_by(bo, talk) == "Bo"


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
        assert await hosted_by(ann, talk) == "Ann"
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
    assert await hosted_by(ann, first.id) == "Bo"
    assert (await ann.conversation(second.id))["state"] == "waiting", "Ann is free and does not know it"
    await third.chooses("tea")
    await world.settles()
    assert await hosted_by(ann, third.id) == "Ann", "who waits for Bo holds up nobody"


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
    assert await hosted_by(ann, first.id) == "Ann"
    await patient.chooses("tea")
    await world.settles()
    await patient.sees_position(1)
    await urgent.chooses("phones")
    await world.settles()
    await urgent.sees_position(1)
    await patient.sees_position(2)
    await ann.ends(first.id, "solved")
    await world.settles()
    assert await hosted_by(ann, urgent.id) == "Ann"


async def test_only_those_who_speak_the_customers_language_are_given_the_customer(world: World) -> None:
    await set_rule(world, matches_language=True)
    ann, bo = await world.agent_on_duty("Ann"), await world.agent_on_duty("Bo")
    await set_skills(world, ann, "en")
    await set_skills(world, bo, "zh-cn", "en")
    for _ in range(3):
        lin = await world.visitor()
        await lin.asks("茶叶到哪里了？", visit={"language": "zh-CN"})
        assert await hosted_by(ann, lin.id) == "Bo"
    mia = await world.visitor()
    await mia.asks("Where is my tea?", visit={"language": "en"})
    assert await hosted_by(ann, mia.id) == "Ann", "by turns among those who speak it"


# --- transfer (spec 4.3)


async def test_the_host_stays_until_the_colleague_accepts(world: World) -> None:
    ann, visitor, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    await ann.does(talk, "transfer", agent_id=bo.id, note="Knows the invoices")
    offer = await bo.is_offered(talk)
    assert (offer["by"]["name"], offer["note"]) == ("Ann", "Knows the invoices")
    await ann.says(talk, "One moment")
    await visitor.sees("One moment")
    assert await hosted_by(ann, talk) == "Ann"
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
    assert await hosted_by(cy, talk) == "Cy"


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
    assert await hosted_by(ann, talk) == "Ann"
    await ann.call("DELETE", f"/api/v1/conversations/{talk}/guests/{bo.id}")
    with pytest.raises(Refused):
        await bo.says(talk, "Still here?")


# --- leaders (spec 4.6)


async def leader(world: World) -> Console:
    return await (await world.founder()).sits_down()


async def test_a_leader_assigns_over_the_limit_and_it_is_in_the_audit_log(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    first, second = await world.visitor(), await world.visitor()
    await first.asks("Me first")
    talk = await second.asks("Me too")
    boss = await world.founder()
    with pytest.raises(Refused, match="invalid"):
        await boss.does(talk, "assign", agent_id=ann.id)
    await boss.does(talk, "assign", agent_id=ann.id, over_limit=True)
    await ann.is_given(second)
    log = (await boss.call("GET", "/api/v1/audit"))["items"]
    assert any(line["subject_id"] == talk and "Hosted" in line["action"] for line in log), log[:3]


async def test_a_leader_moves_a_customer_to_the_front(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    visitors = [await world.visitor() for _ in range(4)]
    for visitor in visitors:
        await visitor.asks("Hello?")
    boss = await world.founder()
    await boss.does(visitors[3].id, "move-up")
    await visitors[3].sees_position(1)
    await visitors[1].sees_position(2)
    await ann.ends(visitors[0].id, "solved")
    await ann.is_given(visitors[3])


async def test_a_leader_listens_unseen_whispers_and_joins(world: World) -> None:
    ann, visitor, talk = await world.talk()
    boss = await leader(world)
    before = list(visitor.heard.things), list(ann.heard.things), await ann.transcript(talk)
    await boss.emits("watch", conversation_id=talk)
    assert (visitor.heard.things, ann.heard.things, await ann.transcript(talk)) == before, "nobody notices"
    await visitor.says("Where is my order?")
    await boss.sees("Where is my order?")
    await boss.emits(
        "message", conversation_id=talk, client_id="whisper-1", parts=said("Offer a voucher"), whisper=True
    )
    whisper = await ann.sees("Offer a voucher")
    assert whisper["kind"] == "whisper"
    with pytest.raises(Refused):
        await ann.emits("message", conversation_id=talk, client_id="whisper-2", parts=said("To whom?"), whisper=True)
    await boss.does(talk, "join")
    await boss.says(talk, "Hello, I am the boss")
    await visitor.sees("Hello, I am the boss")
    assert "voucher" not in str(visitor.heard.things) + str(await visitor.transcript())
    assert await hosted_by(ann, talk) == "Ann"
    log = (await boss.call("GET", "/api/v1/audit"))["items"]
    assert any("Listened" in line["action"] for line in log)


async def test_a_leader_forces_a_transfer(world: World) -> None:
    ann, visitor, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    boss = await world.founder()
    await boss.does(talk, "transfer", agent_id=bo.id, by_force=True)
    await bo.is_given(visitor)
    billing = await world.group("Billing")
    cy = await world.agent_on_duty("Cy", groups=[billing.id])
    await boss.does(talk, "transfer", group_id=billing.id, by_force=True)
    await cy.is_given(visitor)
    await cy.says(talk, "Here is billing")
    await visitor.sees("Here is billing")
    assert ann.id in (await world.stored(talk)).served_by


async def test_a_freed_host_takes_the_next_who_waits(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    first, second = await world.visitor(), await world.visitor()
    talk = await first.asks("Me first")
    await second.asks("Me too")
    bo = await world.agent_on_duty("Bo", limit=0)
    boss = await world.founder()
    await boss.does(talk, "transfer", agent_id=bo.id, by_force=True)
    await ann.is_given(second)


async def test_an_agent_cannot_do_what_leaders_do(world: World) -> None:
    _, _, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    for what, more in (("assign", {"agent_id": bo.id}), ("move-up", {}), ("join", {}), ("take-over", {})):
        with pytest.raises(Refused, match="forbidden"):
            await bo.does(talk, what, **more)
    for path in ("/api/v1/board", "/api/v1/board/conversations", "/api/v1/board/time-lines"):
        with pytest.raises(Refused, match="forbidden"):
            await bo.call("GET", path)


async def test_no_private_word_leaves_by_any_way_out(world: World) -> None:
    """Sockets, catching up, reload, the customer's page of the ticket, mail: whatever is said behind the back."""
    secret = "between us"
    ann, visitor, talk = await world.talk()
    bo, boss = await world.agent_on_duty("Bo"), await leader(world)
    await ann.says(talk, f"{secret} 1", private=True)
    await boss.emits("message", conversation_id=talk, client_id="whisper-9", parts=said(f"{secret} 2"), whisper=True)
    await ann.does(talk, "invite", agent_id=bo.id, note=f"{secret} 3")
    await bo.answers(talk, await bo.is_offered(talk), "accept")
    await bo.says(talk, f"{secret} 4", private=True)
    await ann.does(talk, "transfer", agent_id=boss.id, note=f"{secret} 5")
    await boss.answers(talk, (await boss.conversation(talk))["offer"], "accept")
    await boss.says(talk, "Goodbye")
    await boss.ends(talk, "solved", note=f"{secret} 6")
    reloaded = await visitor.reloads()
    number = reloaded["tickets"][0]["id"]
    outs = [
        visitor.heard.things, reloaded, await visitor.transcript(),
        await visitor.emits("since", conversation_id=talk, seq=0),
        await visitor.call("GET", f"/chat/{visitor.channel_key}/tickets/{number}"),
        await world.db["mailbox"].find().to_list(),
    ]  # fmt: skip
    assert "Goodbye" in str(outs)
    assert secret not in str(outs)
    assert secret not in str(await world.db["events"].find().to_list()), "nor do words stand in the audit log"
    inside = str(await boss.transcript(talk)) + str(
        (await boss.call("GET", f"/api/v1/tickets/{number}/entries"))["items"]
    )
    assert [n for n in range(1, 7) if f"{secret} {n}" not in inside] == []


# --- the board (spec 4.6, 10.2)


async def test_the_board_shows_desks_and_agents_as_they_are(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    visitors = [await world.visitor() for _ in range(3)]
    for visitor in visitors:
        await visitor.asks("Hello?")
    await world.agent_on_duty("Bo", limit=0)
    boss = await world.founder()
    shown = await boss.call("GET", "/api/v1/board")
    (desk,) = shown["desks"]
    assert (desk["waiting"], desk["running"], desk["alarms"], desk["free"]) == (2, 1, 0, 0)
    states = {agent["name"]: (agent["status"], agent["hosting"]) for agent in shown["agents"]}
    assert (states["Ann"], states["Bo"], states["Fay Founder"]) == (("free", 1), ("busy", 0), ("away", 0))
    assert len((await boss.call("GET", "/api/v1/board/conversations"))["items"]) == 3
    await world.advance(minutes=5)
    await ann.goes_away()
    lines = (await boss.call("GET", "/api/v1/board/time-lines"))["items"]
    assert [line["status"] for line in lines if line["agent_id"] == ann.id] == ["free", "away"]


async def test_the_board_says_when_a_desk_opens_and_what_keeps_it_closed(world: World) -> None:
    boss = await world.founder()
    path = f"/api/v1/groups/{world.desk.id}"

    async def keeps(**more: Any) -> dict[str, Any]:
        week = [[{"start": "09:00:00", "end": "18:00:00"}]] * 5 + [[], []]
        desk = await boss.call("GET", path)
        hours = {"time_zone": "Asia/Shanghai", "week": week, **more}
        await boss.call("PATCH", path, version=desk["version"], hours=hours)
        (shown,) = (await boss.call("GET", "/api/v1/board"))["desks"]
        return {name: shown[name] for name in ("is_open", "changes_at", "holiday")}

    # It is Monday, five in the afternoon.
    assert await keeps() == {"is_open": True, "changes_at": "2026-03-02T10:00:00Z", "holiday": None}
    await world.advance(hours=1)
    assert await keeps() == {"is_open": False, "changes_at": "2026-03-03T01:00:00Z", "holiday": None}
    await world.advance(hours=12)
    feast = {"name": "Lantern Festival", "first": "2026-03-03", "last": "2026-03-04"}
    closed = {"is_open": False, "changes_at": "2026-03-05T01:00:00Z", "holiday": "Lantern Festival"}
    assert await keeps(holidays=[feast]) == closed


def said(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text}]
