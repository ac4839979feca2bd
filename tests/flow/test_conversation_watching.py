"""Silence has consequences, on time and once: alarm, take-over, reminder, end, back to the queue (spec 4.5, 3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from core.db import Save
from core.settings import DeskSettings
from people import store as people_store
from tests.world import Console, Refused, World


def alarms(console: Console) -> list[int]:
    """Return the levels of the alarms that rang at a console."""
    return [told["alarm"]["level"] for told in console.heard.all("alarm")]


def happenings(transcript: list[dict[str, Any]]) -> list[str]:
    return [entry["parts"][0]["name"] for entry in transcript if entry["kind"] == "event"]


async def test_five_minutes_of_an_agents_silence_alarm_the_group_and_leaders_the_second_time(world: World) -> None:
    ann, _, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    boss = await (await world.founder()).sits_down()
    await boss.call("PUT", "/api/v1/me/limit", limit=0)
    elsewhere = await world.agent_on_duty("Eve", groups=[(await world.group("Other")).id])
    await world.advance(seconds=299)
    assert alarms(bo) == []
    await world.advance(seconds=1)
    await bo.heard.wait_for("alarm")
    assert (await bo.conversation(talk))["alarm"]["level"] == 1
    await world.advance(seconds=299)
    assert alarms(bo) == [1]
    await world.advance(seconds=1)
    await bo.heard.wait_for("alarm", lambda told: told["alarm"]["level"] == 2)
    await boss.heard.wait_for("alarm", lambda told: told["alarm"]["level"] == 2)
    assert alarms(elsewhere) == []
    await ann.says(talk, "Sorry, here I am")
    await world.advance(minutes=4)
    assert (alarms(bo), (await bo.conversation(talk))["alarm"]) == ([1, 2], None)


async def test_colleagues_who_hear_nothing_of_a_talk_see_in_their_lists_who_waits_for_an_answer(world: World) -> None:
    ann, visitor, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    elsewhere = await world.agent_on_duty("Eve", groups=[(await world.group("Other")).id])

    async def shown(words: str) -> dict[str, Any]:
        told = await bo.heard.wait_for("rows", lambda told: told["items"][0]["last_message"]["text"] == words)
        (row,) = told["items"]
        return row  # type: ignore[no-any-return]

    await ann.says(talk, "It is on its way")
    answered = await shown("It is on its way")
    assert (answered["id"], answered["waiting_since"], answered["unread"]) == (talk, None, 0)
    for words in ("Still nothing", "Hello?"):
        await visitor.says(words)
    waits = await shown("Hello?")
    assert (waits["waiting_since"] is not None, waits["unread"]) == (True, 2)
    assert bo.heard.all("entry") == []
    assert elsewhere.heard.all("rows") == []


async def test_an_answer_ends_the_alarm_for_everybody_who_was_called(world: World) -> None:
    ann, _, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    await world.advance(minutes=5)
    await bo.heard.wait_for("alarm")
    bo.heard.forget()
    await ann.says(talk, "Private: I am on it", private=True)
    await world.web.heed_once()
    assert bo.heard.all("pushed") == []
    await ann.says(talk, "Sorry, here I am")
    await world.web.heed_once()
    told = await bo.heard.wait_for("pushed", lambda told: told["name"] == "conversation" and told["data"]["id"] == talk)
    assert told["data"]["alarm"] is None


async def test_notes_and_whispers_are_no_answer(world: World) -> None:
    ann, _, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    await world.advance(minutes=2)
    await ann.says(talk, "What does she mean?", private=True)
    await world.advance(minutes=3)
    await bo.heard.wait_for("alarm")


async def test_the_oldest_word_without_an_answer_counts(world: World) -> None:
    ann, visitor, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    await ann.says(talk, "Hello")
    await world.advance(minutes=1)
    await visitor.says("Where is it?")
    for _ in range(4):
        await world.advance(minutes=1)
        await visitor.says("Hello??")
    assert alarms(bo) == []
    await world.advance(minutes=1)
    await bo.heard.wait_for("alarm")


async def test_any_colleague_takes_over_after_an_alarm_and_nobody_before(world: World) -> None:
    ann, visitor, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    with pytest.raises(Refused, match="forbidden"):
        await bo.does(talk, "take-over")
    await world.advance(minutes=5)
    await bo.does(talk, "take-over")
    await bo.says(talk, "Ann is gone, I help you")
    await visitor.sees("Ann is gone, I help you")
    with pytest.raises(Refused):
        await ann.says(talk, "I am back")


async def test_a_silent_customer_is_reminded_after_five_minutes_and_released_after_eight(world: World) -> None:
    ann, visitor, talk = await world.talk()
    await ann.says(talk, "Is there anything else?")
    await world.advance(seconds=299)
    assert "reminded" not in happenings(await ann.transcript(talk))
    await world.advance(seconds=1)
    told = await visitor.heard.wait_for("entry", lambda entry: entry["parts"][0].get("name") == "reminded")
    assert told["parts"][0]["data"] == {"minutes_left": 3}
    await world.advance(seconds=179)
    assert (await ann.conversation(talk))["state"] == "running"
    await world.advance(seconds=1)
    await visitor.sees_state("ended")
    ended = await ann.conversation(talk)
    assert (ended["outcome"], happenings(await ann.transcript(talk)).count("reminded")) == ("solved", 1)
    ticket = await ann.call("GET", f"/api/v1/tickets/{ended['ticket_ids'][0]}")
    assert (ticket["state"], ticket["tags"]) == ("solved", ["auto-ended"])


async def test_a_customer_who_speaks_again_is_not_released(world: World) -> None:
    ann, visitor, talk = await world.talk()
    await ann.says(talk, "Is there anything else?")
    await world.advance(minutes=6)
    await visitor.says("Wait, I look it up")
    await ann.says(talk, "Take your time")
    await world.advance(minutes=7)
    assert (await ann.conversation(talk))["state"] == "running"
    assert happenings(await ann.transcript(talk)).count("reminded") == 2
    await world.advance(minutes=1)
    assert (await ann.conversation(talk))["state"] == "ended"


async def test_a_desk_may_have_its_own_periods(world: World) -> None:
    desk = await people_store.group(world.db, world.tenant_id, world.desk.id)
    own = DeskSettings(agent_silence=10, customer_reminder=20, customer_silence=7_200)
    await world.db.commit(Save(desk.changed(settings=own), was=desk))
    ann, visitor, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    await world.advance(seconds=10)
    await bo.heard.wait_for("alarm")
    await ann.says(talk, "Here")
    await world.advance(seconds=20)
    await visitor.heard.wait_for("entry", lambda entry: entry["parts"][0].get("name") == "reminded")
    await world.advance(minutes=10)
    assert (await ann.conversation(talk))["state"] == "running"


async def test_a_timer_survives_that_every_worker_dies(world: World) -> None:
    await world.talk()
    bo = await world.agent_on_duty("Bo")
    await world.advance(minutes=4)
    world.worker = await world.second_worker()
    await world.advance(minutes=1)
    await bo.heard.wait_for("alarm")
    await world.advance(seconds=30)
    assert alarms(bo) == [1]


async def test_unanswered_customers_of_an_agent_who_is_gone_wait_again_in_front(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=2)
    answered, unanswered, other, behind = [await world.visitor() for _ in range(4)]
    kept, talk = await answered.asks("Answered"), await unanswered.asks("Unanswered")
    await ann.says(kept, "There you are")
    bo = await world.agent_on_duty("Bo", limit=1)
    await other.asks("With Bo")
    await behind.asks("I came later")
    await behind.sees_position(1)
    await ann.closes_window()
    await world.advance(seconds=89)
    assert (await bo.conversation(talk))["host"]["name"] == "Ann"
    await world.advance(seconds=1)
    await unanswered.sees_position(1)
    await behind.sees_position(2)
    assert (await bo.conversation(kept))["host"]["name"] == "Ann", "nobody waits for an answer there"
    await bo.ends(other.id, "solved")
    await bo.is_given(unanswered)


async def test_who_waits_again_may_wait_the_whole_time_again(world: World) -> None:
    await world.setting(queue_wait=120)
    ann = await world.agent_on_duty("Ann", limit=1)
    unanswered, other = await world.visitor(), await world.visitor()
    talk = await unanswered.asks("Unanswered")
    bo = await world.agent_on_duty("Bo", limit=1)
    await other.asks("With Bo")
    await ann.closes_window()
    await world.advance(seconds=90)
    assert (await bo.conversation(talk))["state"] == "waiting"
    await world.advance(seconds=119)
    assert (await bo.conversation(talk))["state"] == "waiting"
    await world.advance(seconds=1)
    await unanswered.is_offered_form("waited_too_long")


async def test_an_agent_who_touches_nothing_for_a_quarter_of_an_hour_is_given_nobody(world: World) -> None:
    ann = await world.agent_on_duty("Ann")
    bo = await world.agent_on_duty("Bo", limit=0)
    ann.asleep = True
    await world.advance(minutes=16)
    me = await ann.call("GET", "/api/v1/me")
    assert (me["status"], me["absence"]) == ("away", "idle")
    await ann.emits("active")
    assert (await ann.call("GET", "/api/v1/me"))["status"] == "free"
    assert (await bo.call("GET", "/api/v1/me"))["status"] == "busy"


async def test_an_agent_may_be_away_and_come_back(world: World) -> None:
    ann, bo = await world.agent_on_duty("Ann"), await world.agent_on_duty("Bo")
    await ann.goes_away()
    for _ in range(3):
        visitor = await world.visitor()
        await visitor.asks("Hello?")
        await bo.is_given(visitor)
    await ann.comes_back()
    visitor = await world.visitor()
    await visitor.asks("Hello?")
    await ann.is_given(visitor)


# --- the expected wait (spec 3.4)


async def test_who_waits_is_told_how_long_it_may_take_by_the_desks_own_pace(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    visitors = [await world.visitor() for _ in range(10)]
    for visitor in visitors:
        await visitor.asks("Hello?")
    for visitor in visitors[:7]:
        await world.advance(minutes=2)
        await ann.ends(visitor.id, "solved")
    told = await visitors[8].heard.wait_for("conversation", lambda told: told["expected_wait"] is not None)
    low, high = told["expected_wait"]
    assert 180 <= low <= 360 < high <= 600, "three steps of two minutes"
    await visitors[8].says("I am still here")
    assert visitors[8].conversation
    assert visitors[8].conversation["expected_wait"], "the acknowledgement tells it too"
    caught_up = await visitors[8].emits("since", conversation_id=visitors[8].id, seq=0)
    assert caught_up["conversation"]["expected_wait"], "and so does catching up after a reconnect"
    boss = await world.founder()
    (desk,) = (await boss.call("GET", "/api/v1/board"))["desks"]
    assert desk["expected_wait"]
    for visitor in visitors[7:9]:
        await world.advance(minutes=2)
        await ann.ends(visitor.id, "solved")
    (desk,) = (await boss.call("GET", "/api/v1/board"))["desks"]
    assert desk["hit_rate"] is not None
