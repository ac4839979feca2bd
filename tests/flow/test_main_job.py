"""The main job: a customer asks, is served by an agent, and the talk becomes a ticket (issue: the ground)."""

from __future__ import annotations

from tests.world import World, words


async def test_a_visitor_asks_is_answered_and_the_talk_becomes_a_solved_ticket(world: World) -> None:
    ann = await world.agent_on_duty("Ann")
    visitor = await world.visitor()
    await visitor.says("Where is my order? 我的订单呢")
    await world.settles()
    given = await ann.is_given(visitor)
    assert given["customer"]
    await visitor.sees_state("running")
    await ann.says(given["id"], "On its way 🚚")
    await visitor.sees("On its way 🚚")
    await visitor.says("Thank you")
    await ann.sees("Thank you")
    ended = await ann.ends(given["id"], "solved")
    assert ended["ticket"]["state"] == "solved"
    assert ended["ticket"]["number"] == 1
    assert ended["ticket"]["conversation_ids"] == [given["id"]]
    await visitor.sees_state("ended")
    await visitor.heard.wait_for("conversation", lambda told: told["ticket_number"] == "#1")
    await visitor.rates(5, "很快")
    said = [words(entry) for entry in await ann.transcript(given["id"]) if entry["kind"] == "message"]
    assert said == ["Where is my order? 我的订单呢", "On its way 🚚", "Thank you"]
