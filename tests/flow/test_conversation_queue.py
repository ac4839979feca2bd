"""Who is served, when and by whom: queue, limits, round robin, leaving (spec 3.3, 3.4, 3.5)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from tests.world import Console, Refused, Visitor, World


async def hosts(world: World) -> list[str]:
    """Return the names of those who host a conversation, the earliest conversation first."""
    found = world.db["conversations"].find({"tenant_id": world.tenant_id, "state": "running"}).sort("_id")
    return [row["host"]["name"] async for row in found]


def places(visitor: Visitor) -> list[int]:
    """Return the places in the queue that a visitor was told, without repetitions."""
    told = [one["position"] for one in visitor.heard.all("conversation") if one["state"] == "waiting"]
    return [place for index, place in enumerate(told) if index == 0 or told[index - 1] != place]


async def test_those_who_wait_are_told_their_place_whenever_it_changes(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    served, *waiting = [await world.visitor() for _ in range(4)]
    for visitor in (served, *waiting):
        await visitor.asks("Hello?")
    for place, visitor in enumerate(waiting, start=1):
        await visitor.sees_position(place)
    await waiting[0].leaves_queue()
    await world.settles()
    await waiting[1].sees_position(1)
    await waiting[2].sees_position(2)
    await ann.ends(served.id, "solved")
    await ann.is_given(waiting[1])
    await waiting[2].sees_position(1)
    assert places(waiting[2]) == [3, 2, 1]


async def test_the_acknowledgement_tells_the_place_at_once(world: World) -> None:
    await world.agent_on_duty("Ann", limit=1)
    first, second, third = [await world.visitor() for _ in range(3)]
    await first.asks("I am first")
    await second.says("I am second")
    await third.says("I am third")
    assert second.conversation
    assert third.conversation
    assert (second.conversation["position"], third.conversation["position"]) == (1, 2)


async def test_a_freed_place_takes_the_next_at_once(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    first, second = await world.visitor(), await world.visitor()
    await first.asks("Me first")
    await second.asks("Then me")
    assert [one["id"] for one in await ann.box("waiting")] == [second.id]
    await ann.ends(first.id, "solved")
    given = await ann.is_given(second)
    assert given["state"] == "running"
    assert await ann.box("waiting") == []


async def test_a_raised_limit_takes_the_next_at_once(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    first, second = await world.visitor(), await world.visitor()
    await first.asks("Me first")
    await second.asks("Then me")
    await ann.sets_limit(2)
    await ann.is_given(second)


async def test_nobody_is_given_more_than_the_own_limit_and_busy_is_given_nothing(world: World) -> None:
    await world.agent_on_duty("Ann", limit=2)
    bob = await world.agent_on_duty("Bob", limit=3)
    await bob.sets_limit(0)
    for _ in range(4):
        await (await world.visitor()).asks("Is anybody there?")
    assert await hosts(world) == ["Ann", "Ann"]
    me = await bob.call("GET", "/api/v1/me")
    assert (me["limit"], me["hosting"], me["status"]) == (0, 0, "busy")
    await bob.sets_limit(1)
    assert await hosts(world) == ["Ann", "Ann", "Bob"]


async def test_a_desks_limit_holds_whatever_the_agents_own_one(world: World) -> None:
    founder = await world.founder()
    path = f"/api/v1/groups/{world.desk.id}"
    desk = await founder.call("GET", path)
    await founder.call("PATCH", path, version=desk["version"], settings={**desk["settings"], "agent_limit": 1})
    ann, bo = await world.agent_on_duty("Ann", limit=5), await world.agent_on_duty("Bo", limit=0)
    first, second = await world.visitor(), await world.visitor()
    talk = await first.asks("Me first")
    await second.asks("Me too")
    await second.sees_position(1)
    with pytest.raises(Refused, match="this desk gives each agent 1 at most"):
        await ann.takes(second.id)
    (shown,) = (await founder.call("GET", "/api/v1/board"))["desks"]
    assert (shown["waiting"], shown["free"]) == (1, 0)
    await bo.sets_limit(5)
    await bo.is_given(second)
    await ann.ends(talk, "solved")
    third = await world.visitor()
    await third.asks("And me")
    await ann.is_given(third)


async def test_only_those_are_told_whose_place_or_wait_has_changed(world: World) -> None:
    await world.agent_on_duty("Ann", limit=1)
    await (await world.visitor()).asks("I am served")
    first, second, third = [await world.visitor() for _ in range(3)]
    await first.asks("I am first")
    await second.asks("I am second")
    await world.settles()
    first.heard.forget()
    second.heard.forget()
    await third.asks("I am third")
    await third.sees_position(3)
    await second.leaves_queue()
    await world.settles()
    await third.sees_position(2)
    assert first.heard.all("conversation") == [], "nothing has changed for the first"
    assert [told["state"] for told in second.heard.all("conversation")] == ["ended"]


async def test_who_read_a_place_in_between_is_told_the_true_one(world: World) -> None:
    """A place that a reload showed is told again when it does not hold, though it was the one told before."""
    await world.agent_on_duty("Ann", limit=1)
    await (await world.visitor()).asks("I am served")
    first, second, third = [await world.visitor() for _ in range(3)]
    for visitor in (first, second, third):
        await visitor.asks("I wait")
    await second.leaves_queue()  # and before the desk looks at its queue,
    assert (await third.reloads())["conversation"]["position"] == 2
    third.heard.forget()
    boss = await world.founder()
    late = await world.visitor()
    await late.says("I come last")
    await boss.does(late.id, "move-up")
    await third.sees_position(3)


async def test_the_agent_who_waits_longest_is_next(world: World) -> None:
    ann, bob, cem = [await world.agent_on_duty(name) for name in ("Ann", "Bob", "Cem")]
    talks: list[str] = []
    for _ in range(5):
        await world.advance(seconds=1)
        talks.append(await (await world.visitor()).asks("Hello"))
    first = await hosts(world)
    assert sorted(first[:3]) == ["Ann", "Bob", "Cem"]
    assert first[3:] == first[:2]
    # An ended talk does not send its agent to the front: the last assignment counts.
    busy_last = next(console for console in (ann, bob, cem) if console.me["name"] == first[4])
    await busy_last.ends(talks[4], "solved")
    await world.advance(seconds=1)
    await (await world.visitor()).asks("Me too")
    assert (await hosts(world))[-1] == first[2]


async def test_a_customer_of_an_important_organization_comes_first(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    await (await world.visitor()).asks("I am served")
    ordinary = await world.visitor()
    await ordinary.asks("I wait")
    important = await world.visitor()
    await important.asks("I was here before")
    await important.leaves_queue()
    founder = await world.founder()
    organization = await founder.call("POST", "/api/v1/organizations", name="Palace", priority=9)
    customer_id = (await world.stored(important.id)).customer.id
    customer = await founder.call("GET", f"/api/v1/customers/{customer_id}")
    await founder.call(
        "PATCH", f"/api/v1/customers/{customer_id}", version=customer["version"], organization_id=organization["id"]
    )
    await important.asks("Now I am important")
    await important.sees_position(1)
    await ordinary.sees_position(2)
    await ann.sets_limit(2)
    await ann.is_given(important)


async def test_an_agent_at_two_desks_is_never_above_the_limit(world: World) -> None:
    repairs = await world.group("Repairs")
    await world.agent_on_duty("Ann", groups=[world.desk.id, repairs.id], limit=2)
    other = await world.web_channel(desk_id=repairs.id)
    visitors = [await world.visitor(channel=channel) for channel in (world.channel, other) * 3]
    await asyncio.gather(*(visitor.says("Hello") for visitor in visitors))
    await world.settles()
    assert await hosts(world) == ["Ann", "Ann"]


async def test_two_workers_and_two_desks_at_once_keep_every_limit(world: World) -> None:
    repairs = await world.group("Repairs")
    both = [world.desk.id, repairs.id]
    limits = {"Ann": 1, "Bob": 2, "Cem": 3}
    consoles = [await world.agent_on_duty(name, groups=both, limit=limit) for name, limit in limits.items()]
    other = await world.web_channel(desk_id=repairs.id)
    visitors = [await world.visitor(channel=channel) for channel in (world.channel, other) * 5]
    second = await world.second_worker()
    for visitor in visitors:
        await visitor.says("Hello")
    await asyncio.gather(world.worker.run_due(), second.run_due())
    running = await hosts(world)
    assert {name: running.count(name) for name in limits} == limits
    # And while places come free and are taken by hand at the same moment:
    for console in consoles:
        hosted = await console.box("mine")
        waiting = await console.box("waiting")
        await asyncio.gather(
            console.call("POST", f"/api/v1/conversations/{hosted[0]['id']}/end", outcome="solved"),
            world.worker.run_due(),
            second.run_due(),
            takes_if_possible(console, waiting[0]["id"]) if waiting else asyncio.sleep(0),
        )
        await asyncio.gather(world.worker.run_due(), second.run_due())
        running = await hosts(world)
        assert all(running.count(name) <= limit for name, limit in limits.items())
    assert len(running) + len(await consoles[0].box("waiting")) == len(visitors) - len(consoles)


async def takes_if_possible(console: Console, conversation_id: str) -> Any:
    with contextlib.suppress(Refused):  # taken meanwhile, or the limit is reached
        return await console.takes(conversation_id)


async def test_who_waited_half_an_hour_is_offered_the_form(world: World) -> None:
    await world.agent_on_duty("Ann", limit=1)
    await (await world.visitor()).asks("I am served")
    first, second = await world.visitor(), await world.visitor()
    await first.asks("I wait")
    await world.advance(minutes=10)
    await second.asks("I wait, too")
    await world.advance(minutes=19, seconds=59)
    assert (await world.stored(first.id)).state == "waiting"
    await world.advance(seconds=1)
    told = await first.is_offered_form("waited_too_long")
    assert (told["state"], told["outcome"]) == ("ended", "abandoned")
    await second.sees_position(1)
    assert (await world.stored(second.id)).state == "waiting"


async def test_the_wait_is_a_setting(world: World) -> None:
    await world.setting(queue_wait=60)
    await world.agent_on_duty("Ann", limit=1)
    await (await world.visitor()).asks("I am served")
    visitor = await world.visitor()
    await visitor.asks("I wait")
    await world.advance(seconds=60)
    await visitor.is_offered_form("waited_too_long")


async def test_who_was_served_in_time_is_not_offered_a_form_later(world: World) -> None:
    _, visitor, conversation_id = await world.talk()
    await world.advance(minutes=31)
    assert (await world.stored(conversation_id)).state == "running"
    assert all(told["form_offered"] is None for told in visitor.heard.all("conversation"))


async def test_a_full_queue_offers_the_form_with_what_was_typed(world: World) -> None:
    await world.setting(queue_length=2)
    await world.agent_on_duty("Ann", limit=1)
    for words in ("served", "waiting", "waiting, too"):
        await (await world.visitor()).asks(words)
    late = await world.visitor()
    await late.says("My teapot leaks")
    assert late.conversation
    assert (late.conversation["state"], late.conversation["form_offered"]) == ("ended", "queue_full")
    again = await late.reloads()
    assert [part["text"] for entry in again["entries"] for part in entry["parts"] if part["type"] == "text"] == [
        "My teapot leaks"
    ]


async def test_a_queue_of_zero_offers_the_form_to_whom_nobody_can_serve_at_once(world: World) -> None:
    await world.setting(queue_length=0)
    ann = await world.agent_on_duty("Ann", limit=1)
    first, second = await world.visitor(), await world.visitor()
    await first.asks("Hello")
    await ann.is_given(first)
    await second.says("Hello")
    assert second.conversation
    assert second.conversation["form_offered"] == "queue_full"


async def test_who_leaves_the_queue_is_offered_the_form_and_the_others_move_up(world: World) -> None:
    await world.agent_on_duty("Ann", limit=1)
    await (await world.visitor()).asks("served")
    first, second = await world.visitor(), await world.visitor()
    await first.asks("My lamp flickers")
    await second.asks("And I wait")
    await second.sees_position(2)
    left = await first.leaves_queue()
    assert (left["state"], left["outcome"], left["form_offered"]) == ("ended", "abandoned", "left")
    await world.settles()
    await second.sees_position(1)
    again = await first.leaves_queue()  # clicked twice
    assert again["form_offered"] == "left"


async def test_an_agent_takes_who_waits_and_the_second_learns_who_was_faster(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    bob = await world.agent_on_duty("Bob", limit=1)
    for _ in range(2):
        await (await world.visitor()).asks("served")
    waiting = await world.visitor()
    await waiting.asks("I wait")
    with pytest.raises(Refused) as full:
        await ann.takes(waiting.id)
    assert (full.value.problem["code"], full.value.problem["limit"]) == ("limit_reached", 1)
    cem = await world.agent("Cem")  # signed in, but not at a seat: nobody is assigned
    dee = await world.agent("Dee")
    answers = await asyncio.gather(cem.takes(waiting.id), dee.takes(waiting.id), return_exceptions=True)
    refused = next(answer for answer in answers if isinstance(answer, Refused))
    taken = next(answer for answer in answers if isinstance(answer, dict))
    assert refused.problem["code"] == "taken"
    assert taken["host"]["name"] in refused.problem["detail"]
    await waiting.sees_state("running")
    assert (await bob.box("waiting")) == []


async def test_taking_respects_a_limit_of_zero(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=0)
    await world.agent_on_duty("Bob", limit=1)
    await (await world.visitor()).asks("served by Bob")
    waiting = await world.visitor()
    await waiting.asks("I wait")
    with pytest.raises(Refused, match="limit_reached"):
        await ann.takes(waiting.id)


async def test_nothing_told_late_puts_an_answered_customer_back_into_the_queue(world: World) -> None:
    """What was told can be put in order by `version`: each step of a conversation is told with a greater one."""
    ann = await world.agent_on_duty("Ann", limit=0)
    await world.agent_on_duty("Bob", limit=1)
    await (await world.visitor()).asks("served by Bob")
    visitor = await world.visitor()
    await visitor.asks("I wait")
    await ann.sets_limit(1)
    await visitor.sees_state("running")
    await ann.ends(visitor.id, "solved")
    await visitor.sees_state("ended")
    told = [visitor.conversation or {}, *visitor.heard.all("conversation")]
    highest = {state: max(one["version"] for one in told if one["state"] == state) for state in ("waiting", "running")}
    lowest = {state: min(one["version"] for one in told if one["state"] == state) for state in ("running", "ended")}
    assert highest["waiting"] < lowest["running"]
    assert highest["running"] < lowest["ended"]
