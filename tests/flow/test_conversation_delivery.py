"""Which desk a request goes to: by menu, by channel, to the central one, or to a form (spec 2.3, 3.2, 3.5)."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from channels.base import Channel
from core.calendar import BusinessHours
from tests.world import Console, Visitor, World

#: Monday morning in the world's clock is 17:00 in Shanghai.
NINE_TO_FIVE = BusinessHours.weekly([[(time(9), time(17))]] * 5 + [[], []], time_zone="Asia/Shanghai")
ROUND_THE_CLOCK = BusinessHours.weekly([[(time(9), time(18))]] * 5 + [[], []], time_zone="Asia/Shanghai")


async def shop(world: World) -> tuple[Channel, Console]:
    """Return a channel whose menu leads to repairs and to other things, and the agent who repairs."""
    repairs = await world.group("Repairs")
    node = await world.entry_of_catalog("Lamps", group_id=repairs.id)
    bulbs = await world.entry_of_catalog("Bulbs", parent_id=node.id)  # the level above is responsible for it
    gifts = await world.entry_of_catalog("Gifts")  # nobody in particular is
    menu = {
        "prompt": "What is it about?",
        "items": [
            {
                "id": "lamps",
                "label": "Lamps",
                "items": [
                    {"id": "oil", "label": "Oil lamps", "catalog_node_id": node.id},
                    {
                        "id": "electric",
                        "label": "Electric lamps",
                        "items": [{"id": "bulb", "label": "Light bulbs", "catalog_node_id": bulbs.id}],
                    },
                ],
            },
            {"id": "gifts", "label": "Gifts", "catalog_node_id": gifts.id},
            {"id": "else", "label": "Something else"},
        ],
    }
    channel = await world.web_channel(menu=menu)
    return channel, await world.agent_on_duty("Rhea", groups=[repairs.id])


def shown_menu(entry: dict[str, Any]) -> list[tuple[int, str]]:
    menus = [part for part in entry["parts"] if part["type"] == "menu"]
    return [(item["number"], item["label"]) for menu in menus for item in menu["items"]]


async def sees_menu(visitor: Visitor, *labels: str) -> None:
    """Wait until a level of the menu is shown."""
    wanted = list(enumerate(labels, start=1))
    await visitor.heard.wait_for("entry", lambda entry: shown_menu(entry) == wanted)


async def test_clicking_through_the_menu_leads_to_the_responsible_desk(world: World) -> None:
    channel, rhea = await shop(world)
    await world.agent_on_duty("Ann")
    visitor = await world.visitor(channel=channel)
    assert [item["label"] for item in visitor.opening["menu"]["items"]] == ["Lamps", "Gifts", "Something else"]
    await visitor.chooses("lamps", "Lamps")
    await sees_menu(visitor, "Oil lamps", "Electric lamps")
    assert (visitor.conversation or {})["state"] == "menu"
    await visitor.chooses("oil", "Oil lamps")
    await world.settles()
    given = await rhea.is_given(visitor)
    assert given["desk"]["name"] == "Repairs"
    assert given["catalog_path"] == ["Lamps", "Oil lamps"]
    assert [one["parts"][0].get("text") for one in await rhea.transcript(visitor.id) if one["kind"] == "message"] == [
        "Lamps",
        None,  # the menu
        "Oil lamps",
    ]


async def test_typing_numbers_does_the_same_through_every_level(world: World) -> None:
    channel, rhea = await shop(world)
    visitor = await world.visitor(channel=channel)
    await visitor.says("1")
    await sees_menu(visitor, "Oil lamps", "Electric lamps")
    await visitor.says("【2】")
    await sees_menu(visitor, "Light bulbs")
    await visitor.says("１")  # a full-width keyboard
    await world.settles()
    given = await rhea.is_given(visitor)
    assert given["catalog_path"] == ["Lamps", "Electric lamps", "Light bulbs"]
    assert given["desk"]["name"] == "Repairs"  # of the level above: the nearest that says so


async def test_the_menu_goes_on_where_it_was_after_a_reload(world: World) -> None:
    channel, rhea = await shop(world)
    visitor = await world.visitor(channel=channel)
    await visitor.says("1")
    again = await visitor.reloads()
    assert again["conversation"]["state"] == "menu"
    assert shown_menu(again["entries"][-1]) == [(1, "Oil lamps"), (2, "Electric lamps")]
    await visitor.says("1")
    await world.settles()
    assert (await rhea.is_given(visitor))["catalog_path"] == ["Lamps", "Oil lamps"]


@pytest.mark.parametrize("words", ["My parcel is wet", "99", "0", "-1", "9" * 400])
async def test_free_words_go_to_the_channels_desk(world: World, words: str) -> None:
    sales = await world.group("Sales")
    channel, _ = await shop(world)
    await world.db["channels"].update_one(
        {"_id": channel.id, "tenant_id": world.tenant_id}, {"$set": {"desk_id": sales.id}}
    )
    sid = await world.agent_on_duty("Sid", groups=[sales.id])
    visitor = await world.visitor(channel=channel)
    await visitor.asks(words)
    given = await sid.is_given(visitor)
    assert (given["desk"]["name"], given["catalog_path"]) == ("Sales", [])


async def test_without_a_desk_of_its_own_a_channel_delivers_to_the_central_desk(world: World) -> None:
    channel, _ = await shop(world)
    ann = await world.agent_on_duty("Ann")
    for choice in ("gifts", "else"):
        visitor = await world.visitor(channel=channel)
        await visitor.chooses(choice)
        await world.settles()
        assert (await ann.is_given(visitor))["desk"]["id"] == world.desk.id


async def test_a_choice_that_does_not_exist_is_taken_as_words(world: World) -> None:
    channel, _ = await shop(world)
    ann = await world.agent_on_duty("Ann")
    visitor = await world.visitor(channel=channel)
    await visitor.chooses("a-forged-choice", "Let me in")
    await world.settles()
    assert (await ann.is_given(visitor))["catalog_path"] == []


async def test_when_nobody_of_the_responsible_desk_is_there_the_central_desk_helps(world: World) -> None:
    channel, rhea = await shop(world)
    await rhea.sets_limit(0)
    ann = await world.agent_on_duty("Ann")
    visitor = await world.visitor(channel=channel)
    await visitor.chooses("lamps")
    await visitor.chooses("oil")
    await world.settles()
    given = await ann.is_given(visitor)
    assert given["catalog_path"] == ["Lamps", "Oil lamps"]  # what it is about is not forgotten
    lines = [part for entry in await ann.transcript(visitor.id) for part in entry["parts"] if part["type"] == "event"]
    assert lines[0] == {
        "type": "event",
        "name": "queued",
        "data": {"desk_id": world.desk.id, "desk_name": world.desk.name, "reason": "nobody_on_duty"},
    }


async def test_when_nobody_is_there_at_all_the_form_is_offered_with_what_was_typed(world: World) -> None:
    await world.agent("Ann")  # signed in, but no console is open
    visitor = await world.visitor()
    await visitor.says("My teapot arrived broken")
    assert visitor.conversation
    assert (visitor.conversation["form_offered"], visitor.conversation["outcome"]) == ("nobody_on_duty", "abandoned")
    again = await visitor.reloads()
    assert again["conversation"]["form_offered"] == "nobody_on_duty"
    assert again["entries"][0]["parts"] == [{"type": "text", "text": "My teapot arrived broken"}]


async def test_outside_the_channels_hours_the_form_is_offered_though_somebody_is_there(world: World) -> None:
    await world.agent_on_duty("Ann")
    closed = await world.web_channel(hours=NINE_TO_FIVE.model_dump(mode="json"), hours_text="9 to 5")
    visitor = await world.visitor(channel=closed)
    assert (visitor.opening["open"], visitor.opening["hours_text"]) == (False, "9 to 5")
    await visitor.says("Hello?")
    assert visitor.conversation
    assert visitor.conversation["form_offered"] == "closed"


async def test_within_the_channels_hours_the_desk_answers(world: World) -> None:
    ann = await world.agent_on_duty("Ann")
    channel = await world.web_channel(hours=ROUND_THE_CLOCK.model_dump(mode="json"))
    visitor = await world.visitor(channel=channel)
    assert visitor.opening["open"] is True
    await visitor.asks("Hello?")
    await ann.is_given(visitor)


async def test_a_talk_goes_on_after_closing_time(world: World) -> None:
    ann = await world.agent_on_duty("Ann")
    channel = await world.web_channel(hours=ROUND_THE_CLOCK.model_dump(mode="json"))
    visitor = await world.visitor(channel=channel)
    conversation_id = await visitor.asks("Hello?")
    await ann.is_given(visitor)
    await world.advance(hours=1)
    await visitor.says("Still there?")
    await ann.sees("Still there?")
    assert visitor.id == conversation_id


async def test_an_agents_reload_changes_nothing(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    served, waiting = await world.visitor(), await world.visitor()
    await served.asks("I am served")
    await waiting.asks("I wait")
    await ann.closes_window()
    await world.advance(seconds=5)
    newcomer = await world.visitor()
    await newcomer.asks("And me?")  # nobody is sent away because of a reload
    await newcomer.sees_position(2)
    await ann.sits_down()
    await world.advance(minutes=1)
    assert [(await world.stored(one.id)).state for one in (served, waiting, newcomer)] == [
        "running",
        "waiting",
        "waiting",
    ]
    assert (await world.stored(served.id)).host


async def test_nobody_is_given_to_an_agent_who_reloads_until_the_agent_is_back(world: World) -> None:
    ann = await world.agent_on_duty("Ann")
    await ann.closes_window()
    await world.advance(seconds=5)
    visitor = await world.visitor()
    await visitor.asks("Hello?")
    assert (await world.stored(visitor.id)).state == "waiting"
    await ann.sits_down()
    await ann.is_given(visitor)


async def test_one_closed_window_of_two_is_no_absence(world: World) -> None:
    ann = await world.agent_on_duty("Ann")
    elsewhere = await (await ann.signs_in_elsewhere()).sits_down()
    await ann.closes_window()
    await world.advance(minutes=2)
    visitor = await world.visitor()
    await visitor.asks("Hello?")
    await elsewhere.is_given(visitor)


async def test_when_the_last_agent_has_gone_for_half_a_minute_those_who_wait_are_offered_the_form(
    world: World,
) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    served, waiting = await world.visitor(), await world.visitor()
    await served.asks("I am served")
    await waiting.asks("I wait")
    await ann.closes_window()
    await world.advance(seconds=29)
    assert (await world.stored(waiting.id)).state == "waiting"
    await world.advance(seconds=2)
    await waiting.is_offered_form("nobody_on_duty")
    assert (await world.stored(served.id)).state == "running"  # a talk is never ended by an absence


async def test_when_a_desk_loses_its_last_agent_those_who_wait_move_to_the_central_desk(world: World) -> None:
    channel, rhea = await shop(world)
    await rhea.sets_limit(1)
    ann = await world.agent_on_duty("Ann", limit=1)
    await (await world.visitor()).asks("Ann serves me")
    first, second = await world.visitor(channel=channel), await world.visitor(channel=channel)
    for visitor in (first, second):
        await visitor.chooses("lamps")
        await visitor.chooses("oil")
        await world.settles()
    assert (await world.stored(second.id)).state == "waiting"
    arrived = (await world.stored(second.id)).queued_at
    await rhea.closes_window()
    await world.advance(seconds=31)
    moved = await world.stored(second.id)
    assert (moved.state, moved.desk and moved.desk.id) == ("waiting", world.desk.id)
    assert moved.queued_at == arrived  # the wait counts from the beginning
    await second.heard.wait_for("entry", lambda entry: entry["parts"][0].get("name") == "moved")
    await ann.sets_limit(2)
    await ann.is_given(second)


async def test_a_web_process_that_dies_takes_its_agents_off_duty_after_half_a_minute(world: World) -> None:
    await world.agent_on_duty("Ann", limit=1)
    await (await world.visitor()).asks("I am served")
    waiting = await world.visitor()
    await waiting.asks("I wait")
    await world.advance(seconds=31, beating=False)
    await waiting.is_offered_form("nobody_on_duty")


async def test_all_agents_busy_is_as_good_as_nobody(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    await (await world.visitor()).asks("I am served")
    waiting = await world.visitor()
    await waiting.asks("I wait")
    await ann.sets_limit(0)
    await waiting.is_offered_form("nobody_on_duty")


async def test_a_menu_that_points_at_a_removed_service_still_delivers(world: World) -> None:
    channel, _ = await shop(world)
    ann = await world.agent_on_duty("Ann")
    await world.db["catalog"].delete_many({"tenant_id": world.tenant_id})
    visitor = await world.visitor(channel=channel)
    await visitor.chooses("lamps")
    await visitor.chooses("oil")
    await world.settles()
    given = await ann.is_given(visitor)
    assert given["catalog_path"] == ["Lamps", "Oil lamps"]
    ended = await ann.ends(given["id"], "solved")
    assert ended["ticket"]["state"] == "solved"


async def test_a_channel_that_is_switched_off_begins_no_new_talk_and_ends_none(world: World) -> None:
    founder = await world.founder()
    ann, visitor, conversation_id = await world.talk()
    newcomer = await world.visitor()
    channel = await founder.call("GET", f"/api/v1/channels/{world.channel.id}")
    await founder.call("PATCH", f"/api/v1/channels/{world.channel.id}", version=channel["version"], active=False)
    await visitor.says("Still there?")
    await ann.sees("Still there?")
    assert visitor.id == conversation_id
    status, _ = await newcomer.tries("GET", f"/chat/{world.channel.key}/opening")
    assert status == 404
    with pytest.raises(AssertionError, match="not_found"):
        await newcomer.says("Hello?")
    assert await world.db["conversations"].count_documents({"tenant_id": world.tenant_id}) == 1
