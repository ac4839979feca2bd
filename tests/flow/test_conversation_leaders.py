"""Leaders listen, whisper, join in, assign and force, and see every desk as it is (spec 4.6, 10.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import Console, Refused, World

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
    assert await ann.host_of(talk) == "Ann"
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
