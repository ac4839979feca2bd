"""Agents work on tickets through the API, as the console does (docs/wire.md; spec 5)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.world import Console, Refused, World

HELLO = [{"type": "text", "text": "Try turning it off and on"}]
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x04\x08\x02\x00\x00\x00" + bytes(20)


async def opens(console: Console, subject: str = "打印机坏了", **more: Any) -> dict[str, Any]:
    ticket: dict[str, Any] = await console.call("POST", "/api/v1/tickets", subject=subject, **more)
    return ticket


async def lists(console: Console, view: str, **more: Any) -> list[int]:
    page = await console.call("GET", "/api/v1/tickets", view=view, **more)
    return [ticket["number"] for ticket in page["items"]]


async def refused(asking: Any) -> dict[str, Any]:
    with pytest.raises(Refused) as refusal:
        await asking
    return refusal.value.problem


async def test_a_ticket_from_its_opening_to_its_solution(world: World) -> None:
    ann = await world.agent("Ann")
    ticket = await opens(ann, tags=["vpn", "vpn"], urgency="high", impact="high", parts=HELLO, private=True)
    assert (ticket["number"], ticket["state"], ticket["priority"], ticket["tags"]) == (1, "new", "P1", ["vpn"])
    assert ticket["group"] == {"id": world.desk.id, "name": world.desk.name, "avatar": None}
    assert await lists(ann, "unassigned") == await lists(ann, "mine_created") == await lists(ann, "all") == [1]

    taken = await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/take")
    assert (taken["state"], taken["handler"]["name"]) == ("open", "Ann")
    assert await lists(ann, "todo") == [1]
    assert await lists(ann, "unassigned") == []

    answer = await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/replies", parts=HELLO, state="solved")
    assert (answer["kind"], answer["author"]["name"], answer["parts"]) == ("agent_reply", "Ann", HELLO)
    solved = await ann.call("GET", f"/api/v1/tickets/{ticket['id']}")
    assert solved["state"] == "solved"
    assert solved["last_entry"]["text"] == "Try turning it off and on"
    assert await lists(ann, "solved") == [1]

    thread = await ann.call("GET", f"/api/v1/tickets/{ticket['id']}/entries")
    assert [entry["kind"] for entry in thread["items"]] == [
        "event", "note", "event", "event", "agent_reply", "event",
    ]  # fmt: skip
    assert thread["next"] is None


async def test_a_long_thread_is_read_from_its_end_backwards(world: World) -> None:
    ann = await world.agent("Ann")
    path = f"/api/v1/tickets/{(await opens(ann))['id']}"
    for number in range(7):
        await ann.call("POST", f"{path}/notes", parts=[{"type": "text", "text": str(number)}])
    latest = await ann.call("GET", f"{path}/entries", limit=3)
    assert [entry["parts"][0]["text"] for entry in latest["items"]] == ["4", "5", "6"]
    before = await ann.call("GET", f"{path}/entries", limit=3, before=latest["next"])
    assert [entry["parts"][0]["text"] for entry in before["items"]] == ["1", "2", "3"]


async def test_the_first_to_take_it_owns_it_and_the_second_learns_who_was_first(world: World) -> None:
    ann, bob = await world.agent("Ann"), await world.agent("Bob")
    path = f"/api/v1/tickets/{(await opens(ann))['id']}/take"
    outcomes = await asyncio.gather(ann.call("POST", path), bob.call("POST", path), return_exceptions=True)
    (owned,) = [outcome for outcome in outcomes if isinstance(outcome, dict)]
    (late,) = [outcome.problem for outcome in outcomes if isinstance(outcome, Refused)]
    assert (late["status"], late["code"]) == (409, "taken")
    assert late["handler"]["id"] == owned["handler"]["id"]
    assert owned["handler"]["name"] in late["detail"]


async def test_a_save_over_somebody_elses_change_is_refused_with_the_ticket_as_it_is(world: World) -> None:
    ann, bob = await world.agent("Ann"), await world.agent("Bob")
    ticket = await opens(ann)
    path = f"/api/v1/tickets/{ticket['id']}"
    changed = await bob.call("PATCH", path, version=ticket["version"], subject="The printer is on fire")
    problem = await refused(ann.call("PATCH", path, version=ticket["version"], tags=["fire"]))
    assert (problem["status"], problem["code"]) == (409, "conflict")
    assert problem["current"]["version"] == changed["version"]
    assert problem["current"]["subject"] == "The printer is on fire"
    assert "words" not in problem["current"]
    again = await ann.call("PATCH", path, version=changed["version"], tags=["fire"])
    assert (again["subject"], again["tags"]) == ("The printer is on fire", ["fire"])


async def test_ten_saves_of_one_version_let_one_through(world: World) -> None:
    ann = await world.agent("Ann")
    ticket = await opens(ann)
    saves = [
        ann.call("PATCH", f"/api/v1/tickets/{ticket['id']}", version=ticket["version"], subject=f"subject {number}")
        for number in range(10)
    ]
    outcomes = await asyncio.gather(*saves, return_exceptions=True)
    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 1
    assert {outcome.problem["code"] for outcome in outcomes if isinstance(outcome, Refused)} == {"conflict"}


async def test_a_ticket_is_assigned_to_a_group_and_to_one_of_its_agents(world: World) -> None:
    network = await world.group("Network")
    ann, nina = await world.agent("Ann"), await world.agent("Nina", groups=[network.id])
    ticket = await opens(ann)
    path = f"/api/v1/tickets/{ticket['id']}"
    assert (await refused(nina.call("GET", path)))["status"] == 404
    wrong = await refused(
        ann.call("POST", f"{path}/assign", version=ticket["version"], group_id=network.id, handler_id=ann.id)
    )
    assert wrong["errors"][0]["field"] == "handler_id"
    assigned = await ann.call("POST", f"{path}/assign", version=ticket["version"], handler_id=nina.id)
    assert (assigned["group"]["name"], assigned["handler"]["name"], assigned["state"]) == ("Network", "Nina", "open")
    assert await lists(nina, "todo") == [1]
    back = await nina.call("POST", f"{path}/assign", version=assigned["version"], group_id=world.desk.id)
    assert (back["group"]["id"], back["handler"]) == (world.desk.id, None)
    assert await lists(nina, "all") == []


async def test_notes_and_other_groups_tickets_stay_where_they_are(world: World) -> None:
    network = await world.group("Network")
    ann, nina = await world.agent("Ann"), await world.agent("Nina", groups=[network.id])
    path = f"/api/v1/tickets/{(await opens(ann))['id']}"
    for method, below, body in (
        ("GET", "", {}),
        ("GET", "/entries", {}),
        ("PATCH", "", {"version": 1, "subject": "mine"}),
        ("POST", "/replies", {"parts": HELLO}),
        ("POST", "/notes", {"parts": HELLO}),
        ("POST", "/take", {}),
        ("POST", "/assign", {"version": 1, "handler_id": nina.id}),
        ("PUT", "/star", {}),
    ):
        assert (await refused(nina.call(method, path + below, **body)))["status"] == 404, (method, below)


async def test_only_who_may_delete_deletes_and_restores(world: World) -> None:
    ann, boss = await world.agent("Ann"), await world.agent("Boss", role="administrator")
    ticket = await opens(ann)
    path = f"/api/v1/tickets/{ticket['id']}"
    assert (await refused(ann.call("PATCH", path, version=1, state="deleted")))["status"] == 403
    deleted = await boss.call("PATCH", path, version=ticket["version"], state="deleted", reason="spam")
    assert (deleted["state"], deleted["deleted_reason"]) == ("deleted", "spam")
    assert await lists(boss, "deleted") == [1]
    assert (await refused(boss.call("POST", f"{path}/replies", parts=HELLO)))["status"] == 422
    assert (await refused(ann.call("POST", f"{path}/restore")))["status"] == 403
    restored = await boss.call("POST", f"{path}/restore")
    assert restored["state"] == "new"


async def test_a_ticket_is_restorable_for_thirty_days(world: World) -> None:
    boss = await world.agent("Boss", role="administrator")
    ticket = await opens(boss)
    path = f"/api/v1/tickets/{ticket['id']}"
    await boss.call("PATCH", path, version=ticket["version"], state="deleted")
    world.clock.advance(days=31)
    await boss.signs_in()
    assert "30 days" in (await refused(boss.call("POST", f"{path}/restore")))["detail"]


async def test_a_star_is_mine_and_makes_no_version(world: World) -> None:
    ann, bob = await world.agent("Ann"), await world.agent("Bob")
    ticket = await opens(ann)
    path = f"/api/v1/tickets/{ticket['id']}"
    for _ in range(2):
        await ann.call("PUT", f"{path}/star")
    assert await lists(ann, "starred") == [1]
    assert await lists(bob, "starred") == []
    seen = await ann.call("GET", path)
    assert (seen["starred"], seen["version"]) == (True, ticket["version"])
    assert not (await bob.call("GET", path))["starred"]
    await ann.call("DELETE", f"{path}/star")
    assert await lists(ann, "starred") == []


async def test_counts_follow_what_people_do(world: World) -> None:
    ann = await world.agent("Ann")
    first = await opens(ann, "one")
    await opens(ann, "two")
    await ann.call("POST", f"/api/v1/tickets/{first['id']}/take")
    counts = await ann.call("GET", "/api/v1/tickets/counts")
    assert {view: told["count"] for view, told in counts.items() if told["count"]} == {
        "todo": 1, "all": 2, "mine_created": 2, "groups": 2, "unassigned": 1,
    }  # fmt: skip
    assert not any(told["capped"] for told in counts.values())


async def test_search_in_both_languages(world: World) -> None:
    ann = await world.agent("Ann")
    await opens(ann, "三楼打印机卡纸", tags=["hardware"])
    await opens(ann, "VPN cannot connect", parts=[{"type": "text", "text": "错误代码 0x80070005"}])
    for typed, found in {
        "打印机": [1], "卡": [1], "vpn con": [2], "0x8007": [2], "错误": [2], "tag:hardware": [1], "#2": [2],
    }.items():  # fmt: skip
        assert await lists(ann, "all", q=typed) == found, typed
    assert (await refused(lists(ann, "all", q="status:lost")))["status"] == 422


async def test_a_file_in_a_reply_is_kept_for_those_who_see_the_ticket(world: World) -> None:
    ann = await world.agent("Ann")
    ticket = await opens(ann)
    stored = await ann.uploads("/api/v1/files", "shot.png", PNG, "image/png")
    said = [{"type": "image", "file_id": stored["id"], "name": "innocent.pdf", "media_type": "text/html", "size": 1}]
    answer = await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/replies", parts=said)
    part = answer["parts"][0]
    assert (part["name"], part["media_type"], part["size"], part["width"]) == ("shot.png", "image/png", len(PNG), 3)
    kept = await world.db["files"].find_one({"_id": stored["id"]})
    assert kept
    assert (kept["used"], kept["used_in"]) == (True, [ticket["id"]])
    gone = [{"type": "file", "file_id": "01NOSUCHFILE"}]
    assert (await refused(ann.call("POST", f"/api/v1/tickets/{ticket['id']}/notes", parts=gone)))["status"] == 422


async def test_what_a_ticket_names_must_exist(world: World) -> None:
    ann = await world.agent("Ann")
    for field in ("group_id", "handler_id", "catalog_node_id"):
        problem = await refused(opens(ann, **{field: "01NOSUCHTHING"}))
        assert (problem["status"], problem["errors"][0]["field"]) == (422, field)
    assert (await refused(opens(ann, customer_id="01NOSUCHTHING")))["status"] == 404
    cc = [{"kind": "agent", "id": "01NOSUCHTHING"}]
    assert (await refused(opens(ann, cc=cc)))["errors"][0]["field"] == "cc"
    assert (await refused(opens(ann, cc=[{"kind": "email", "id": "nonsense"}])))["errors"][0]["field"] == "cc"
    assert (await refused(opens(ann, subject=" ")))["status"] == 422
    assert await lists(ann, "all") == []


async def test_a_ticket_for_a_customer_is_in_the_customers_history(world: World) -> None:
    ann = await world.agent("Ann")
    customer = await ann.call("POST", "/api/v1/customers", name="李雷")
    ticket = await opens(ann, customer_id=customer["id"], cc=[{"kind": "agent", "id": ann.id}])
    assert ticket["customer"]["name"] == "李雷"
    assert ticket["cc"] == [{"kind": "agent", "id": ann.id, "name": "Ann"}]
    history = await ann.call("GET", f"/api/v1/customers/{customer['id']}/tickets")
    assert [one["number"] for one in history["items"]] == [1]
    assert await lists(ann, "cc") == [1]
    assert await lists(ann, "all", q="李雷") == [1]


# --- The catalog ---


async def test_the_catalog_decides_what_its_tickets_are_and_who_gets_them(world: World) -> None:
    boss = await world.agent("Boss", role="administrator")
    network = await world.group("Network")
    it = await boss.call("POST", "/api/v1/catalog", name="IT", urgency="high", group_id=network.id)
    vpn = await boss.call("POST", "/api/v1/catalog", name="VPN", parent_id=it["id"], type="incident", impact="high")
    ticket = await opens(boss, catalog_node_id=vpn["id"])
    assert (ticket["catalog_path"], ticket["type"], ticket["priority"]) == (["IT", "VPN"], "incident", "P1")
    assert ticket["group"]["name"] == "Network"
    renamed = await boss.call("PATCH", f"/api/v1/catalog/{vpn['id']}", version=vpn["version"], name="Remote access")
    assert renamed["version"] == vpn["version"] + 1
    stale = await refused(boss.call("PATCH", f"/api/v1/catalog/{vpn['id']}", version=vpn["version"], name="X"))
    assert stale["current"]["name"] == "Remote access"
    assert (await boss.call("GET", f"/api/v1/tickets/{ticket['id']}"))["catalog_path"] == ["IT", "VPN"]


async def test_a_catalog_entry_with_others_below_it_stays(world: World) -> None:
    boss, ann = await world.agent("Boss", role="administrator"), await world.agent("Ann")
    it = await boss.call("POST", "/api/v1/catalog", name="IT")
    vpn = await boss.call("POST", "/api/v1/catalog", name="VPN", parent_id=it["id"])
    assert (await refused(boss.call("POST", "/api/v1/catalog", name="VPN", parent_id=it["id"])))["status"] == 422
    assert (await refused(boss.call("DELETE", f"/api/v1/catalog/{it['id']}")))["status"] == 409
    assert (await refused(ann.call("DELETE", f"/api/v1/catalog/{vpn['id']}")))["status"] == 403
    await boss.call("DELETE", f"/api/v1/catalog/{vpn['id']}")
    await boss.call("DELETE", f"/api/v1/catalog/{it['id']}")
    assert (await ann.call("GET", "/api/v1/catalog"))["items"] == []


async def test_two_moves_at_once_never_make_a_circle(world: World) -> None:
    boss = await world.agent("Boss", role="administrator")
    for attempt in range(5):
        one = await boss.call("POST", "/api/v1/catalog", name=f"one {attempt}")
        other = await boss.call("POST", "/api/v1/catalog", name=f"other {attempt}")
        moves = [
            boss.call("PATCH", f"/api/v1/catalog/{a['id']}", version=a["version"], parent_id=b["id"])
            for a, b in ((one, other), (other, one))
        ]
        outcomes = await asyncio.gather(*moves, return_exceptions=True)
        assert sum(isinstance(outcome, dict) for outcome in outcomes) == 1
