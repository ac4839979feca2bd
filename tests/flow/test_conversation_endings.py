"""How a talk ends: in one of three ways, once, as part of a ticket; or with a form (spec 3.5, 4.7, 6.8)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.world import Refused, Visitor, World, words


async def lines_of(console: Any, ticket_id: str) -> list[dict[str, Any]]:
    """Return the events in a ticket's thread."""
    entries = (await console.call("GET", f"/api/v1/tickets/{ticket_id}/entries"))["items"]
    return [part for entry in entries for part in entry["parts"] if part["type"] == "event"]


def happened(entry: dict[str, Any]) -> str | None:
    """Return the name of what an entry says happened."""
    return entry["parts"][0].get("name") if entry["kind"] == "event" else None


# --- the three ways


async def test_solved_is_a_solved_ticket_of_the_agent_with_all_that_was_chosen(world: World) -> None:
    ann, visitor, conversation_id = await world.talk(about="The lamp flickers")
    node = await world.entry_of_catalog("Lamps", type="incident", urgency="high", impact="medium")
    ended = await ann.ends(
        conversation_id, "solved", subject="Flickering lamp", catalog_node_id=node.id, tags=["lamp", "lamp", "电"]
    )
    ticket = ended["ticket"]
    assert {name: ticket[name] for name in ("state", "number", "subject", "type", "urgency", "impact", "priority")} == {
        "state": "solved", "number": 1, "subject": "Flickering lamp", "type": "incident", "urgency": "high",
        "impact": "medium", "priority": "P2",
    }  # fmt: skip
    assert (ticket["handler"]["id"], ticket["group"]["id"]) == (ann.id, world.desk.id)
    assert (ticket["tags"], ticket["catalog_path"], ticket["source"]) == (["lamp", "电"], ["Lamps"], "conversation")
    assert ticket["conversation_ids"] == [conversation_id]
    assert ticket["solved_at"]
    talk = ended["conversation"]
    assert (talk["state"], talk["outcome"], talk["ticket_ids"]) == ("ended", "solved", [ticket["id"]])
    told = await visitor.sees_state("ended")
    assert told["outcome"] == "solved"
    assert {"type": "event", "name": "ended", "data": {"outcome": "solved"}} in [
        part for entry in await visitor.transcript() for part in entry["parts"]
    ]


async def test_not_solvable_online_is_an_open_ticket_assigned_on(world: World) -> None:
    repairs = await world.group("Repairs")
    rhea = await world.agent("Rhea", groups=[repairs.id])
    ann, _, conversation_id = await world.talk(about="It smokes!")
    ended = await ann.ends(
        conversation_id, "unsolved", group_id=repairs.id, handler_id=rhea.id, urgency="high", impact="high",
        note="Please call before noon",
    )  # fmt: skip
    ticket = ended["ticket"]
    assert (ticket["state"], ticket["priority"], ticket["subject"]) == ("open", "P1", "It smokes!")
    assert (ticket["group"]["name"], ticket["handler"]["name"]) == ("Repairs", "Rhea")
    assert (await rhea.call("GET", "/api/v1/tickets", view="todo"))["items"][0]["id"] == ticket["id"]
    entries = (await rhea.call("GET", f"/api/v1/tickets/{ticket['id']}/entries"))["items"]
    assert [(entry["kind"], words(entry)) for entry in entries if entry["kind"] != "event"] == [
        ("note", "Please call before noon")
    ]
    # Who may see the ticket may read the talk it came from, though it was held at another desk.
    transcript = await rhea.transcript(conversation_id)
    assert words(transcript[0]) == "It smokes!"


async def test_an_unsolved_ticket_without_a_handler_waits_for_one_at_the_desk(world: World) -> None:
    ann, _, conversation_id = await world.talk()
    ticket = (await ann.ends(conversation_id, "unsolved"))["ticket"]
    assert (ticket["state"], ticket["handler"], ticket["group"]["id"]) == ("open", None, world.desk.id)


async def test_a_refusal_needs_a_reason_and_is_kept_for_the_auditor(world: World) -> None:
    ann, visitor, conversation_id = await world.talk(about="Buy my pills")
    for reason in ("", "   "):
        with pytest.raises(Refused) as refused:
            await ann.ends(conversation_id, "refused", reason=reason)
        assert refused.value.problem["errors"][0]["field"] == "reason"
    assert (await world.stored(conversation_id)).state == "running"
    assert await world.db["tickets"].count_documents({}) == 0
    ticket = (await ann.ends(conversation_id, "refused", reason="Advertising"))["ticket"]
    assert (ticket["state"], ticket["deleted_reason"]) == ("deleted", "Advertising")
    auditor = await world.agent("Aud", role="auditor")
    found = (await auditor.call("GET", "/api/v1/tickets", view="deleted"))["items"]
    assert [one["id"] for one in found] == [ticket["id"]]
    assert "Advertising" not in str([visitor.heard.things, await visitor.transcript()])


async def test_tickets_are_numbered_without_gaps_however_talks_end(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=20)
    talks = [await (await world.visitor()).asks(f"Question {number}") for number in range(6)]
    outcomes: list[dict[str, str]] = [
        {"outcome": "solved"},
        {"outcome": "refused", "reason": "x"},
        {"outcome": "refused"},
    ]
    answers = await asyncio.gather(
        *(ann.ends(talk, **outcomes[index % 3]) for index, talk in enumerate(talks)), return_exceptions=True
    )
    numbers = sorted(answer["ticket"]["number"] for answer in answers if isinstance(answer, dict))
    assert numbers == [1, 2, 3, 4]
    again = await asyncio.gather(*(ann.ends(talks[index], "solved") for index in (2, 5)))
    assert sorted(answer["ticket"]["number"] for answer in again) == [5, 6]


async def test_the_customers_words_are_the_subject_when_nobody_wrote_one(world: World) -> None:
    ann, visitor, conversation_id = await world.talk(about="hi")
    await visitor.says("My teapot arrived without its lid, order 4711")
    ticket = (await ann.ends(conversation_id, "solved"))["ticket"]
    assert ticket["subject"] == "My teapot arrived without its lid, order 4711"


async def test_the_ticket_is_found_by_what_was_said(world: World) -> None:
    ann, _, conversation_id = await world.talk(about="打印机卡纸了")
    ticket = (await ann.ends(conversation_id, "solved", subject="Paper"))["ticket"]
    found = (await ann.call("GET", "/api/v1/tickets", q="打印机"))["items"]
    assert [one["id"] for one in found] == [ticket["id"]]


@pytest.mark.parametrize(
    "wrong", [{"group_id": "nobody"}, {"handler_id": "nobody"}, {"catalog_node_id": "nowhere"}], ids=str
)
async def test_what_does_not_exist_is_refused_and_the_talk_goes_on(world: World, wrong: dict[str, str]) -> None:
    ann, visitor, conversation_id = await world.talk()
    with pytest.raises(Refused) as refused:
        await ann.ends(conversation_id, "unsolved", **wrong)
    assert [error["field"] for error in refused.value.problem["errors"]] == list(wrong)
    await visitor.says("Still there?")
    assert visitor.id == conversation_id
    assert await world.db["tickets"].count_documents({}) == 0


# --- who, and once


async def test_ending_twice_makes_one_ticket(world: World) -> None:
    ann, _, conversation_id = await world.talk()
    answers = await asyncio.gather(*(ann.ends(conversation_id, "solved") for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert {answer.problem["code"] for answer in answers if isinstance(answer, Refused)} == {"ended"}
    assert await world.db["tickets"].count_documents({"tenant_id": world.tenant_id}) == 1


async def test_the_same_request_sent_again_gets_the_first_answer(world: World) -> None:
    ann, _, conversation_id = await world.talk()
    key = {"Idempotency-Key": "the-end-of-it"}
    first = await ann.ends(conversation_id, "solved", headers=key)
    assert await ann.ends(conversation_id, "solved", headers=key) == first


async def test_only_the_host_or_a_leader_ends_a_talk(world: World) -> None:
    _, _, conversation_id = await world.talk()
    bob = await world.agent_on_duty("Bob")
    with pytest.raises(Refused, match="Only the agent who serves"):
        await bob.ends(conversation_id, "solved")
    leader = await world.founder()
    ended = await leader.ends(conversation_id, "solved")
    assert ended["ticket"]["handler"]["name"] == "Fay Founder"


async def test_a_talk_that_nobody_serves_cannot_be_wrapped_up(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=1)
    await (await world.visitor()).asks("served")
    waiting = await world.visitor()
    await waiting.asks("I wait")
    with pytest.raises(Refused, match="invalid"):
        await ann.ends(waiting.id, "solved")
    assert (await world.stored(waiting.id)).state == "waiting"


async def test_a_customer_who_leaves_a_talk_is_wrapped_up_by_the_agent(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    left = await visitor.leaves_queue()
    assert left["state"] == "running"
    await ann.heard.wait_for("entry", lambda entry: entry["parts"][0].get("name") == "left")
    await visitor.leaves_queue()  # clicked twice
    names = [
        part["name"] for entry in await ann.transcript(conversation_id) for part in entry["parts"] if "name" in part
    ]
    assert names.count("left") == 1
    assert (await ann.ends(conversation_id, "solved"))["ticket"]["state"] == "solved"


async def test_after_the_end_nobody_speaks_and_the_customer_begins_anew(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    await ann.ends(conversation_id, "solved")
    for private in (True, False):
        with pytest.raises(Refused, match="ended"):
            await ann.says(conversation_id, "One more thing", private=private)
    await visitor.asks("I have another question")
    assert visitor.id != conversation_id
    given = await ann.is_given(visitor)
    assert given["state"] == "running"
    opened = await visitor.reloads()
    assert [words(entry) for entry in opened["entries"] if entry["kind"] == "message"] == ["I have another question"]


async def test_a_message_at_the_very_moment_of_the_end_is_before_it_or_begins_anew(patient: World) -> None:
    """There is no third way: never after the end, never lost, never twice (ADR 9)."""
    world = patient
    ann = await world.agent_on_duty("Ann", limit=100)
    visitor = await world.visitor()
    tab = await visitor.opens_second_tab()
    fates = set()
    for race in range(30):
        conversation_id = await visitor.asks(f"Question {race}")
        last, other, _ = await asyncio.gather(
            visitor.says(f"Last words {race}"),
            tab.says(f"From the tab {race}"),
            ann.call("POST", f"/api/v1/conversations/{conversation_id}/end", outcome="solved"),
        )
        ended = await ann.transcript(conversation_id)
        assert [entry["seq"] for entry in ended] == list(range(1, len(ended) + 1))
        after_the_end = [entry["kind"] for entry in ended[[happened(entry) for entry in ended].index("ended") :]]
        assert set(after_the_end) == {"event"}
        for said in (last, other):
            is_before = said["conversation_id"] == conversation_id
            assert is_before == (said["id"] in [entry["id"] for entry in ended])
            fates.add(is_before)
        live = await world.db["conversations"].find({"tenant_id": world.tenant_id, "live": True}).to_list()
        begun_anew = {said["conversation_id"] for said in (last, other)} - {conversation_id}
        assert {row["_id"] for row in live} == begun_anew
        for row in live:
            await world.settles()
            await ann.ends(row["_id"], "solved")
    stored = [row async for row in world.db["entries"].find({"_id": {"$gt": ""}, "kind": "message"})]
    assert len(stored) == len({row["parts"][0]["text"] for row in stored}) == 90  # each sentence, once
    assert fates  # which of the two happens is chance; both are right


# --- rating


async def test_a_talk_is_rated_once_after_its_end(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    with pytest.raises(Refused, match="once it has ended"):
        await visitor.rates(5)
    await ann.ends(conversation_id, "solved")
    for rubbish in ({"score": 0}, {"score": 6}, {"score": "much"}, {"score": 5, "comment": "x" * 2_001}):
        with pytest.raises(Refused, match="invalid"):
            await visitor.emits("rate", **{"conversation_id": conversation_id, "comment": "", **rubbish})
    await visitor.rates(4, "很快")
    with pytest.raises(Refused, match="already"):
        await visitor.rates(1)
    stored = await ann.call("GET", f"/api/v1/conversations/{conversation_id}")
    assert stored["rating"] == {"score": 4, "comment": "很快"}
    assert (await visitor.reloads())["conversation"]["rating"] == {"score": 4, "comment": "很快"}


async def test_an_abandoned_talk_is_not_rated(world: World) -> None:
    visitor = await world.visitor()
    await visitor.says("Hello?")
    with pytest.raises(Refused, match="invalid"):
        await visitor.rates(5)


# --- the form


async def abandoned(world: World, text: str = "My teapot leaks") -> Visitor:
    """Return a visitor who asked when nobody was there."""
    visitor = await world.visitor()
    await visitor.says(text)
    return visitor


async def test_the_form_makes_one_ticket_with_the_talk_though_it_is_sent_twice(world: World) -> None:
    visitor = await abandoned(world)
    founder = await world.founder()
    numbers = await asyncio.gather(
        *(visitor.fills_form("It leaks at the spout", client_id="my-form-1", phone="+86 10 1234") for _ in range(3))
    )
    assert numbers == ["#1"] * 3
    assert await visitor.fills_form("It leaks at the spout", client_id="my-form-1") == "#1"
    [ticket] = (await founder.call("GET", "/api/v1/tickets"))["items"]
    assert (ticket["state"], ticket["source"], ticket["number"]) == ("new", "web_form", 1)
    assert ticket["conversation_ids"] == [visitor.id]
    assert (ticket["group"]["id"], ticket["customer"]["name"]) == (world.desk.id, "Lin")
    assert (await world.stored(visitor.id)).ticket_ids == (ticket["id"],)
    entries = (await founder.call("GET", f"/api/v1/tickets/{ticket['id']}/entries"))["items"]
    assert [words(entry) for entry in entries if entry["kind"] == "customer_reply"] == ["It leaks at the spout"]
    customer = await founder.call("GET", f"/api/v1/customers/{ticket['customer']['id']}")
    assert {identity["kind"]: identity["value"] for identity in customer["identities"]} | {"visitor": ""} == {
        "visitor": "", "email": "lin@example.com", "phone": "+86101234",
    }  # fmt: skip


async def test_the_form_goes_where_the_customers_choice_points(world: World) -> None:
    repairs = await world.group("Repairs")
    node = await world.entry_of_catalog("Lamps", group_id=repairs.id, urgency="high", impact="high")
    menu = {"items": [{"id": "lamps", "label": "Lamps", "catalog_node_id": node.id}]}
    visitor = await world.visitor(channel=await world.web_channel(menu=menu))
    await visitor.chooses("lamps", "Lamps")
    await visitor.fills_form("It flickers")
    founder = await world.founder()
    [ticket] = (await founder.call("GET", "/api/v1/tickets"))["items"]
    assert (ticket["group"]["name"], ticket["catalog_path"], ticket["priority"]) == ("Repairs", ["Lamps"], "P1")


async def test_the_form_takes_files_of_the_visitor_and_of_nobody_else(world: World) -> None:
    visitor, stranger = await abandoned(world), await world.visitor()
    mine = await visitor.uploads(f"/chat/{visitor.channel_key}/files", "spout.txt", b"drip", "text/plain")
    theirs = await stranger.uploads(f"/chat/{visitor.channel_key}/files", "other.txt", b"no", "text/plain")
    with pytest.raises(Refused, match="not there"):
        await visitor.fills_form("It leaks", file_ids=[theirs["id"]])
    await visitor.fills_form("It leaks", file_ids=[mine["id"]])
    founder = await world.founder()
    [ticket] = (await founder.call("GET", "/api/v1/tickets"))["items"]
    entries = (await founder.call("GET", f"/api/v1/tickets/{ticket['id']}/entries"))["items"]
    assert [p["name"] for entry in entries for p in entry["parts"] if p["type"] == "file"] == ["spout.txt"]
    status, body = await founder.reads_file(f"/api/v1/files/{mine['id']}")
    assert (status, body) == (200, b"drip")


async def test_nobody_leaves_a_form_about_somebody_elses_talk(world: World) -> None:
    visitor, stranger = await abandoned(world), await world.visitor()
    stranger.conversation = visitor.conversation
    with pytest.raises(Refused, match="not_found"):
        await stranger.fills_form("It leaks")
    assert await world.db["tickets"].count_documents({}) == 0


async def test_a_form_that_says_nothing_is_refused_by_field(world: World) -> None:
    visitor = await abandoned(world)
    with pytest.raises(Refused) as refused:
        await visitor.fills_form("", name="", email="nobody")
    assert {error["field"] for error in refused.value.problem["errors"]} == {"name", "email", "text"}
    assert await world.db["tickets"].count_documents({}) == 0


async def test_a_form_without_a_talk_is_a_ticket_at_the_central_desk(world: World) -> None:
    visitor = await world.visitor()
    assert await visitor.fills_form("Do you ship to Harbin?") == "#1"
    founder = await world.founder()
    [ticket] = (await founder.call("GET", "/api/v1/tickets"))["items"]
    assert (ticket["group"]["id"], ticket["conversation_ids"]) == (world.desk.id, [])


async def test_the_customer_learns_the_number_of_the_ticket(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    ticket = (await ann.ends(conversation_id, "unsolved"))["ticket"]
    reopened = await visitor.reloads()
    assert reopened["conversation"]["ticket_number"] == f"#{ticket['number']}"
    await ann.closes_window()
    await world.advance(minutes=1)
    other = await abandoned(world)
    number = await other.fills_form("It leaks")
    assert (await other.reloads())["conversation"]["ticket_number"] == number
