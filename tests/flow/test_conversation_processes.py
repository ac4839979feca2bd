"""Several processes on the same stores, Redis away, and catching up after a gap (docs/adr/0009, docs/wire.md)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.ids import first_id
from core.jobs import Worker
from gateway import wiring
from gateway.delivery import Delivery
from gateway.embedded import Stores
from tests.world import Browser, Console, Refused, World, words

#: What lists show follows from the journal a moment later and is told by the entries themselves, not by `pushed`.
DERIVED = {"last_seq", "last_message", "waiting_since", "unread", "read", "position"}


def said(entries: list[dict[str, Any]]) -> list[str]:
    return [words(entry) for entry in entries if entry["kind"] == "message"]


@pytest.fixture
async def apart(world: World) -> World:
    """A world whose jobs run in another process than its sockets, as in production."""
    world.worker = await world.second_worker()
    return world


# --- several processes


async def test_the_main_job_with_the_visitor_at_one_process_and_the_agent_at_another(apart: World) -> None:
    world, there = apart, await apart.second_web()
    ann = await world.agent_on_duty("Ann", at=there, limit=1)
    visitor, other = await world.visitor(), await world.visitor(at=there)
    conversation_id = await visitor.asks("Where is my order?")
    await ann.is_given(visitor)
    await visitor.sees_state("running")
    await other.asks("And mine?")
    await other.sees_position(1)
    for number in range(5):
        await asyncio.gather(visitor.says(f"question {number}"), ann.says(conversation_id, f"answer {number}"))
        await ann.sees(f"question {number}")
        await visitor.sees(f"answer {number}")
    await visitor.emits("typing", on=True)
    await ann.heard.wait_for("typing")
    stored = await ann.transcript(conversation_id)
    assert [entry["seq"] for entry in stored] == list(range(1, len(stored) + 1))
    assert said(await visitor.transcript()) == said(stored)
    ticket = (await ann.ends(conversation_id, "solved"))["ticket"]
    await visitor.sees_state("ended")
    await ann.is_given(other)
    await visitor.rates(5)
    await visitor.heard.wait_for("conversation", lambda told: told["ticket_number"] == f"#{ticket['number']}")
    await visitor.says("One more thing")
    assert visitor.id != conversation_id


async def test_the_first_answer_counts_though_another_process_assigned_the_talk(apart: World) -> None:
    """What a process remembers of a conversation may be old; then it looks again before it refuses."""
    world = apart
    ann = await world.agent_on_duty("Ann", limit=1)
    first, second = await world.visitor(), await world.visitor()
    await first.asks("I am served")
    await second.asks("I wait")
    await second.says("and wait")
    await second.says("and wait, which this process remembers")
    await ann.ends(first.id, "solved")
    await ann.is_given(second)
    await ann.says(second.id, "Here I am")
    await second.sees("Here I am")


async def test_what_a_customer_says_tells_how_the_talk_stands_now(apart: World) -> None:
    world = apart
    ann = await world.agent_on_duty("Ann", limit=1)
    first, second = await world.visitor(), await world.visitor()
    await first.asks("I am served")
    await second.asks("I wait")
    await second.says("and wait")
    await ann.ends(first.id, "solved")
    await ann.is_given(second)
    await second.says("Hello?")
    assert second.conversation
    assert (second.conversation["state"], second.conversation["position"]) == ("running", None)
    assert second.conversation["host"]["name"] == "Ann"
    told = [second.conversation["version"], *(one["version"] for one in second.heard.all("conversation"))]
    assert second.conversation["version"] == max(told)


async def test_a_talk_that_ended_elsewhere_is_over_here_too(apart: World) -> None:
    world, there = apart, await apart.second_web()
    ann = await world.agent_on_duty("Ann")
    elsewhere = await (await ann.signs_in_elsewhere(there)).sits_down()
    visitor = await world.visitor()
    conversation_id = await visitor.asks("Hello")
    await ann.is_given(visitor)
    await ann.says(conversation_id, "Hello!")
    await elsewhere.ends(conversation_id, "solved")
    with pytest.raises(Refused, match="ended"):
        await ann.says(conversation_id, "Are you there?")
    await visitor.says("A new question")
    assert visitor.id != conversation_id


async def test_a_visitors_windows_at_two_processes_are_one_talk(apart: World) -> None:
    world, there = apart, await apart.second_web()
    ann = await world.agent_on_duty("Ann")
    visitor = await world.visitor()
    tab = await visitor.opens_second_tab()
    await tab.goes_to(there)
    await tab.opens_widget()
    await asyncio.gather(*(window.says(f"{window.url} {n}") for n in range(5) for window in (visitor, tab)))
    await world.settles()
    assert visitor.id == tab.id
    assert len(said(await ann.transcript(visitor.id))) == 10
    again = await asyncio.gather(*(window.says("same", client_id="the-same-1") for window in (visitor, tab)))
    assert again[0] == again[1]


async def test_a_race_for_one_who_waits_has_one_winner_across_processes(apart: World) -> None:
    world, there = apart, await apart.second_web()
    busy = await world.agent_on_duty("Busy", limit=1)
    await (await world.visitor()).asks("served")
    rivals = [await world.agent(f"Rival {n}", at=url) for n, url in enumerate((world.url, there) * 2)]
    for race in range(5):
        waiting = await world.visitor()
        await waiting.asks(f"I wait {race}")
        answers = await asyncio.gather(*(rival.takes(waiting.id) for rival in rivals), return_exceptions=True)
        assert sum(isinstance(answer, dict) for answer in answers) == 1
        assert {answer.problem["code"] for answer in answers if isinstance(answer, Refused)} == {"taken"}
    assert (await busy.call("GET", "/api/v1/me"))["hosting"] == 1


# --- after a gap


async def test_a_window_that_slept_catches_up_with_what_it_missed(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    before = (await visitor.transcript())[-1]["seq"]
    await visitor.closes_window()
    await ann.says(conversation_id, "Are you there?")
    await ann.says(conversation_id, "a note", private=True)
    await ann.says(conversation_id, "I keep it for you")
    opened = await visitor.reloads()
    assert said(opened["entries"])[-2:] == ["Are you there?", "I keep it for you"]
    missed = await visitor.emits("since", conversation_id=conversation_id, seq=before)
    assert said(missed["entries"]) == ["Are you there?", "I keep it for you"]
    assert missed["through"] == before + 3  # the note counts, but is not shown
    assert missed["conversation"]["state"] == "running"
    nothing = await visitor.emits("since", conversation_id=conversation_id, seq=missed["through"])
    assert (nothing["entries"], nothing["through"]) == ([], missed["through"])


async def test_a_long_gap_is_caught_up_in_pieces(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    for start in range(0, 210, 30):
        await asyncio.gather(*(ann.says(conversation_id, str(start + n)) for n in range(30)))
    for person in (visitor, ann):
        heard: list[dict[str, Any]] = []
        through, complete = 0, False
        while not complete:
            answer = await person.emits("since", conversation_id=conversation_id, seq=through)
            heard += answer["entries"]
            through, complete = answer["through"], answer["complete"]
        assert sorted(int(text) for text in said(heard)[1:]) == list(range(210))


async def test_a_transcript_pages_in_both_directions(world: World) -> None:
    ann, _, conversation_id = await world.talk(about="0")
    for number in range(1, 8):
        await ann.says(conversation_id, str(number))
    path = f"/api/v1/conversations/{conversation_id}/entries"
    latest = await ann.call("GET", path, before=9_999_998, limit=3)
    assert said(latest["items"]) == ["5", "6", "7"]
    assert latest["complete"] is False
    older = await ann.call("GET", path, before=latest["items"][0]["seq"], limit=100)
    assert said(older["items"]) == ["0", "1", "2", "3", "4"]
    assert older["complete"] is True
    after = await ann.call("GET", path, since=latest["items"][0]["seq"])
    assert (said(after["items"]), after["through"]) == (["6", "7"], latest["items"][-1]["seq"])


async def test_events_tell_what_was_pushed_while_nobody_listened(world: World) -> None:
    ann = await world.agent("Ann")
    bob = await world.agent("Bob", groups=[(await world.group("Elsewhere")).id])
    await world.agent_on_duty("Cem", limit=1)
    since = first_id(world.clock.now())
    await world.advance(seconds=20)
    await (await world.visitor()).asks("served")
    visitor = await world.visitor()
    await visitor.asks("I wait")
    missed = await ann.call("GET", "/api/v1/events", since=since)
    [told] = [one["data"] for one in missed["events"] if one["data"]["id"] == visitor.id]
    assert (told["state"], told["desk"]["id"]) == ("waiting", world.desk.id)
    assert missed["complete"] is True
    assert all(
        one["data"]["id"] != visitor.id for one in (await bob.call("GET", "/api/v1/events", since=since))["events"]
    )
    await world.advance(seconds=20)
    later = await ann.call("GET", "/api/v1/events", since=missed["through"])
    assert later["through"] == missed["through"]
    await visitor.leaves_queue()
    [told] = [
        one["data"]
        for one in (await ann.call("GET", "/api/v1/events", since=later["through"]))["events"]
        if one["data"]["id"] == visitor.id
    ]
    assert told["state"] == "ended"


@pytest.mark.parametrize("since", ["", "x", "0" * 25, "I" * 26, "Z" * 26, "8" + "0" * 25, "7" + "Z" * 25, "０" * 26])
async def test_a_since_that_is_none_is_refused(world: World, since: str) -> None:
    ann = await world.agent("Ann")
    status, answer = await ann.tries("GET", "/api/v1/events", params={"since": since})
    assert status in (200, 422), answer
    assert status == 422 or since.startswith("7Z")


class Screen:
    """What a console shows: what it loaded once, and every object that was pushed since; the newest version wins."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.shown: dict[str, dict[str, dict[str, Any]]] = {"conversation": {}, "ticket": {}, "agent": {}}

    async def loads(self) -> None:
        for box in ("waiting", "mine", "group"):
            self.keep("conversation", *await self.console.box(box))
        self.keep("ticket", *(await self.console.call("GET", "/api/v1/tickets"))["items"])
        self.keep("agent", *(await self.console.call("GET", "/api/v1/agents"))["items"])

    def keep(self, name: str, *objects: dict[str, Any]) -> None:
        for one in objects:
            before = self.shown[name].get(one["id"], {})
            if name == "agent" or before.get("version", 0) <= one["version"]:  # a seat is pushed as it is at the moment
                self.shown[name][one["id"]] = before | one

    async def catches_up(self) -> None:
        """Apply everything that was pushed; a last change of one's own tells that nothing is on the way any more."""
        limit = (await self.console.call("GET", "/api/v1/me"))["limit"] + 10
        await self.console.sets_limit(limit)
        await self.console.heard.wait_for(
            "pushed", lambda told: told["name"] == "agent" and told["data"]["limit"] == limit
        )
        for one in self.console.heard.all("pushed"):
            self.keep(one["name"], one["data"])


def plain(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in DERIVED and name != "starred"}


async def test_what_was_shown_and_what_was_pushed_make_what_is_there(world: World) -> None:
    """Zulip's test: old state + events == state fetched anew, for a leader, an agent, and each visitor."""
    ann, bob = await world.agent_on_duty("Ann", limit=1), await world.agent_on_duty("Bob", limit=1)
    leader = await (await world.founder()).sits_down()
    await leader.sets_limit(0)
    visitors = [await world.visitor() for _ in range(5)]
    for visitor in visitors[:3]:
        await visitor.asks("Hello")
    screens = [Screen(console) for console in (ann, bob, leader)]
    for screen in screens:
        await screen.loads()
        screen.console.heard.forget()

    # Busy minutes.
    await visitors[3].asks("I come later")
    hosts = {
        visitor.id: console for console in (ann, bob) for visitor in visitors[:2] if await is_mine(console, visitor.id)
    }
    for conversation_id, console in hosts.items():
        await console.says(conversation_id, "Hello!")
        await console.says(conversation_id, "a note", private=True)
    await visitors[3].leaves_queue()
    ended = await hosts[visitors[0].id].ends(visitors[0].id, "unsolved", note="please look")
    await visitors[0].rates(3, "so so")
    await hosts[visitors[1].id].ends(visitors[1].id, "refused", reason="nonsense")
    ticket = ended["ticket"]
    taken = await bob.call("POST", f"/api/v1/tickets/{ticket['id']}/take")
    await bob.call(
        "PATCH", f"/api/v1/tickets/{ticket['id']}", version=taken["version"], subject="Better words", tags=["a"]
    )
    await visitors[4].asks("Me, too")
    await bob.closes_window()
    await world.advance(minutes=1)
    await bob.sits_down()
    await world.advance(minutes=2)

    for screen in screens:
        if screen.console is bob:  # the window was closed for a minute: it begins anew, as a browser does
            await screen.loads()
        await screen.catches_up()
        fresh = Screen(screen.console)
        await fresh.loads()
        for name in ("conversation", "ticket"):
            for id_, one in fresh.shown[name].items():
                assert plain(screen.shown[name][id_]) == plain(one)
        waiting = {id_ for id_, one in screen.shown["conversation"].items() if one["state"] == "waiting"}
        assert waiting == {one["id"] for one in await screen.console.box("waiting")}
        for id_, one in fresh.shown["agent"].items():
            seen = screen.shown["agent"][id_]
            assert (seen["limit"], seen["status"]) == (one["limit"], one["status"])
        for id_, one in screen.shown["conversation"].items():
            assert plain(one) == plain(await screen.console.call("GET", f"/api/v1/conversations/{id_}"))

    for visitor in visitors:
        told = visitor.heard.all("conversation")
        newest = max((one for one in told if one["id"] == visitor.id), key=lambda one: one["version"])
        heard = {entry["seq"]: entry for entry in visitor.heard.all("entry")}
        there = await visitor.emits("since", conversation_id=visitor.id, seq=0)
        assert plain(newest) | {"position": None} == plain(there["conversation"]) | {"position": None}
        own = [
            entry for entry in there["entries"] if entry["author"]["kind"] == "customer" and entry["kind"] == "message"
        ]
        assert {**heard, **{entry["seq"]: entry for entry in own}} == {
            entry["seq"]: entry for entry in there["entries"]
        }


async def is_mine(console: Console, conversation_id: str) -> bool:
    return conversation_id in [one["id"] for one in await console.box("mine")]


# --- Redis


async def test_redis_restarted_in_the_middle_loses_nothing(apart: World, stores: Stores) -> None:
    world, there = apart, await apart.second_web()
    ann = await world.agent_on_duty("Ann", at=there)
    visitor = await world.visitor()
    conversation_id = await visitor.asks("Before")
    await ann.is_given(visitor)
    await visitor.sees_state("running")
    try:
        await asyncio.to_thread(stores.valkey.kill)
        # Everything is stored and acknowledged as ever; only telling the other process does not work.
        await visitor.says("While it is away")
        await ann.says(conversation_id, "Likewise")
        late = await world.visitor()
        await late.says("I come just now")
        await world.settles()
        assert (await world.stored(late.id)).state == "running"
        assert "While it is away" in said(await ann.transcript(conversation_id))
    finally:
        await asyncio.to_thread(stores.valkey.restart)
    await asyncio.gather(*(person.heard.wait_for("resync") for person in (ann, visitor)))
    caught_up = await ann.emits("since", conversation_id=conversation_id, seq=0)
    assert said(caught_up["entries"]) == ["Before", "While it is away", "Likewise"]
    assert said(await visitor.transcript()) == said(caught_up["entries"])
    assert [one["id"] for one in await ann.box("mine")] == [late.id, conversation_id]
    await visitor.says("After")
    await ann.sees("After")
    await ann.says(conversation_id, "Back again")
    await visitor.sees("Back again")


async def test_a_flushed_redis_is_not_even_noticed(apart: World) -> None:
    world, there = apart, await apart.second_web()
    ann = await world.agent_on_duty("Ann", at=there)
    visitor = await world.visitor()
    conversation_id = await visitor.asks("Before")
    await ann.is_given(visitor)
    assert world.web.redis
    await world.web.redis.flushall()
    await visitor.says("After")
    await ann.sees("After")
    await ann.says(conversation_id, "Yes?")
    await visitor.sees("Yes?")


# --- starting and stopping


async def tells_nobody(*_: Any, **__: Any) -> None:
    """What a process tells that dies before it could."""


async def test_what_a_process_stored_and_died_before_telling_is_told_by_the_others(world: World) -> None:
    ann = await world.agent_on_duty("Ann")
    visitor = await world.visitor()
    mute = world._beside()
    told = Delivery(mute, tells_nobody)
    world.worker = Worker(mute, wiring.job_handlers(wiring.open_door(mute, told, world.settings), told, world.settings))
    conversation_id = await visitor.asks("Is anybody there?")
    assert await is_mine(ann, conversation_id)
    await world.web.delivery.tell_again()
    await ann.heard.wait_for("resync")
    await visitor.sees_state("running")


async def test_a_process_that_stops_says_goodbye_first(world: World) -> None:
    _, visitor, conversation_id = await world.talk()
    there = await world.second_web()
    tab = await visitor.opens_second_tab()
    await tab.goes_to(there)
    await tab.opens_widget()
    stop = world._others.pop()
    world._webs.pop()
    await stop()
    await tab.heard.wait_for("goodbye")
    await tab.goes_to(world.url)
    opened = await tab.opens_widget()
    assert opened["conversation"]["id"] == conversation_id
    await tab.says("I am back")
    await visitor.sees("I am back")


async def test_a_process_that_stops_is_not_ready_but_lives(world: World) -> None:
    stranger = Browser(world, "/visitor")
    assert (await stranger.tries("GET", "/readyz"))[0] == 200
    world.web.stopping = True
    assert (await stranger.tries("GET", "/readyz"))[0] == 503
    assert (await stranger.tries("GET", "/healthz"))[0] == 200
