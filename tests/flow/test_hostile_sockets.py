"""Bad sockets: floods, giants, rubbish and crowds; each refused in words, and the desk goes on (docs/wire.md)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from core import rooms
from core.db import Database
from gateway.embedded import Stores
from gateway.fanout import UNREAD
from gateway.wire import BACKLOG, PATIENCE
from tests.clock import FakeClock
from tests.world import Refused, World, a_world, until, words

TEXT = {"type": "text", "text": "Hi"}
RUBBISH: list[Any] = [
    None, True, 7, 2**80, 1.5, "", "hello", [], [[]], {}, {"a": {"b": {}}}, "x" * 50_000, "\x00", {"$gt": ""},
    [TEXT] * 21,
]  # fmt: skip
SAID: dict[str, dict[str, Any]] = {
    "message": {"client_id": "client-1234", "parts": [TEXT], "visit": {}},
    "choose": {"client_id": "client-1234", "item_id": "a", "label": "", "visit": {}},
    "typing": {"on": True, "conversation_id": ""},
    "read": {"conversation_id": "", "seq": 1},
    "since": {"conversation_id": "", "seq": 1},
    "watch": {"conversation_id": ""},
    "rate": {"conversation_id": "", "score": 5, "comment": ""},
    "leave": {"conversation_id": ""},
}


def is_answered(answer: Any) -> None:
    """Check that an acknowledgement says that it worked, or why not; never that something went wrong with us."""
    assert isinstance(answer, dict)
    if not answer["ok"]:
        assert 400 <= answer["problem"]["status"] < 500, answer
        assert answer["problem"]["code"] != "internal"


@pytest.mark.parametrize("event", SAID)
async def test_rubbish_in_any_field_of_any_event_is_refused_in_words(patient: World, event: str) -> None:
    ann, visitor, conversation_id = await patient.talk()
    right = {**SAID[event], **({"conversation_id": conversation_id} if "conversation_id" in SAID[event] else {})}
    wrong: list[Any] = [{**right, name: rubbish} for name in right for rubbish in RUBBISH]
    wrong += [{**right, "parts": [{"type": kind}]} for kind in ("text", "image", "menu", "event", "rich", "x")]
    wrong += [rubbish for rubbish in RUBBISH if not isinstance(rubbish, list)]
    for person in (visitor, ann):
        if event in ("choose", "rate", "leave") and person is ann:
            continue
        if event == "watch" and person is visitor:
            continue
        assert person.socket
        for payload in wrong:
            sent = (
                {**payload, "conversation_id": conversation_id}
                if is_agents_message(person, ann, event, payload)
                else payload
            )
            is_answered(await person.socket.call(event, sent, namespace=person.namespace))
    if event != "leave":
        await visitor.says("Still there?", client_id="still-there-1")
        await ann.sees("Still there?")


def is_agents_message(person: Any, ann: Any, event: str, payload: Any) -> bool:
    return person is ann and event == "message" and isinstance(payload, dict)


async def test_events_that_do_not_exist_do_nothing(world: World) -> None:
    ann, visitor, _ = await world.talk()
    assert visitor.socket
    for name in ("connect", "disconnect", "entry", "pushed", "__init__", "trigger_event", "door", "x" * 500):
        await visitor.socket.emit(name, {"conversation_id": "x"}, namespace="/visitor")
    await visitor.says("Still there?")
    await ann.sees("Still there?")


async def test_more_arguments_than_one_are_harmless(world: World) -> None:
    ann, visitor, _ = await world.talk()
    assert visitor.socket
    several: list[tuple[Any, ...]] = [(), ({}, {}), ("a", "b", "c")]
    for arguments in several:
        is_answered(await visitor.socket.call("message", arguments, namespace="/visitor"))
    await visitor.socket.emit("message", (b"bytes", b"\x00" * 1_000), namespace="/visitor")
    await visitor.says("Still there?")
    await ann.sees("Still there?")


async def test_a_message_of_ten_megabytes_ends_that_socket_only(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    giant = await visitor.opens_second_tab()
    assert giant.socket
    before = await world.db["entries"].count_documents({}, hint="_id_")
    with contextlib.suppress(Exception):
        await giant.socket.emit(
            "message", {"client_id": "client-1234", "parts": [TEXT], "x": "y" * 10_000_000}, "/visitor"
        )
        await giant.socket.wait()
    assert await world.db["entries"].count_documents({}, hint="_id_") == before
    await visitor.says("Still there?")
    await ann.sees("Still there?")
    giant.socket = None
    opened = await giant.opens_widget()  # and it may come again
    assert opened["conversation"]["id"] == conversation_id


RAW = [
    "4", "42", "42/visitor", "42/visitor,", '42/visitor,["message"', "45/visitor,9999999999-[]",
    '42/visitor,["message",{"client_id":"\\ud800aaaaaaaa"}]',
    "42/visitor," + "[" * 100_000, "42/visitor,[" + "9" * 5_000 + "]", "9", "x", "", "41/visitor,", "40/nowhere,{}",
    "45/visitor,9999999-", '451-/visitor,["message",{"_placeholder":true,"num":0}]', '42/agent,["message",{}]', "4\x00",
    "42/visitor,null", "42/visitor,7", '42/visitor,{"a":1}', "42/visitor,[]", "42/visitor,[null]", "42/visitor,[[]]",
    '42/visitor,99999999999999999999["read",{}]', "40" * 1_000,
    '42/visitor,["message",{"parts":[{"type":"text","text":1e999}]}]',
]  # fmt: skip


@pytest.mark.parametrize("packet", RAW, ids=[f"packet-{n}" for n in range(len(RAW))])
async def test_a_packet_that_is_none_hurts_nobody_else(world: World, packet: str) -> None:
    ann, visitor, _ = await world.talk()
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in visitor.http.cookie_jar)
    headers = {"Origin": world.url, "Cookie": cookies}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.ws_connect(f"{world.url}/socket.io/?EIO=4&transport=websocket") as raw,
    ):
        assert (await raw.receive_str()).startswith("0")
        await raw.send_str("40/visitor," + json.dumps({"channel": visitor.channel_key}))
        assert (await raw.receive_str()).startswith("40/visitor")
        await raw.send_str(packet)
        with contextlib.suppress(ConnectionError):  # it may have hung up already
            await raw.send_str('42/visitor,1["typing",{"on":true}]')
        await raw.close()
    await visitor.says("Still there?")
    await ann.sees("Still there?")


async def test_bytes_instead_of_words_hurt_nobody_else(world: World) -> None:
    ann, visitor, _ = await world.talk()
    async with (
        aiohttp.ClientSession(headers={"Origin": world.url}) as client,
        client.ws_connect(f"{world.url}/socket.io/?EIO=4&transport=websocket") as raw,
    ):
        await raw.receive_str()
        for chunk in (b"", b"\x00", b"\xff" * 10_000):
            with contextlib.suppress(ConnectionError):
                await raw.send_bytes(chunk)
        await raw.close()
    await visitor.says("Still there?")
    await ann.sees("Still there?")


# --- floods


async def test_who_floods_is_told_to_wait_and_nobody_else_is(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    other = await world.visitor()
    await other.asks("I am calm")
    answers = await asyncio.gather(*(visitor.says(f"{n}") for n in range(150)), return_exceptions=True)
    refused = [answer.problem for answer in answers if isinstance(answer, Refused)]
    assert refused
    assert {problem["code"] for problem in refused} == {"too_many"}
    assert all(problem["retry_after"] > 0 for problem in refused)
    stored = [entry for entry in await ann.transcript(conversation_id) if entry["kind"] == "message"]
    assert len(stored) == 1 + 150 - len(refused)
    await other.says("Still calm")
    await ann.sees("Still calm")


async def test_a_flood_through_many_windows_is_one_flood(slow: World) -> None:
    _, visitor, _ = await slow.talk()
    tabs = [visitor, *[await visitor.opens_second_tab() for _ in range(4)]]
    answers = await asyncio.gather(*(tab.says("x") for tab in tabs for _ in range(5)), return_exceptions=True)
    refused = [answer.problem["code"] for answer in answers if isinstance(answer, Refused)]
    assert set(refused) == {"too_many"}
    await visitor.closes_window()
    await visitor.opens_widget()  # and a new window does not make it new
    with pytest.raises(Refused, match="too_many"):
        await asyncio.gather(*(visitor.says("x") for _ in range(6)))


@pytest.mark.parametrize("event", ["typing", "read", "since", "rate", "leave"])
async def test_a_flood_of_anything_else_is_a_flood_too(slow: World, event: str) -> None:
    _, visitor, conversation_id = await slow.talk()
    assert visitor.socket
    payload = {"conversation_id": conversation_id, "seq": 1, "on": True, "score": 5}
    calls = (visitor.socket.call(event, payload, namespace="/visitor", timeout=30) for _ in range(200))
    answers = await asyncio.gather(*calls)
    codes = {answer["problem"]["code"] for answer in answers if not answer["ok"]}
    assert "too_many" in codes


# --- crowds


@pytest.fixture
async def narrow(db: Database, clock: FakeClock, stores: Stores) -> AsyncIterator[World]:
    """A world that takes at most twenty connections from one address."""
    async with a_world(db, clock, stores.redis_url, connections_per_address=20) as made:
        yield made


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_thousand_connections_from_one_address_are_refused_beyond_the_limit(
    narrow: World, transport: str
) -> None:
    world = narrow
    ann, visitor, conversation_id = await world.talk()
    address = f"{world.url}/socket.io/?EIO=4&transport={transport}"
    async with aiohttp.ClientSession(
        headers={"Origin": world.url}, connector=aiohttp.TCPConnector(limit=100)
    ) as client:
        connected = 0
        refused = 0
        held = []
        for _ in range(10):
            tries = await asyncio.gather(*(connects(client, address, transport) for _ in range(100)))
            held += [one for one in tries if not isinstance(one, int)]
            connected += sum(one == 200 or not isinstance(one, int) for one in tries)
            refused += sum(one == 429 for one in tries)
        assert connected + refused == 1_000
        assert connected <= 20
        await visitor.says("Still there?")
        await ann.sees("Still there?")
        for one in held:
            await one.close()
    await ann.says(conversation_id, "Of course")
    await visitor.sees("Of course")


async def connects(client: aiohttp.ClientSession, address: str, transport: str) -> Any:
    """Try to connect; return the open WebSocket, or the status of the answer."""
    if transport == "polling":
        async with client.get(address) as answer:
            await answer.read()
            return answer.status
    try:
        return await client.ws_connect(address)
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status


async def test_who_has_gone_makes_room(narrow: World) -> None:
    world = narrow
    address = f"{world.url}/socket.io/?EIO=4&transport="
    async with aiohttp.ClientSession(headers={"Origin": world.url}) as client:

        async def twenty_come() -> None:
            """Connect twenty at once; those who left a moment ago may still be counted, so try again."""
            while True:
                crowd = await asyncio.gather(*(connects(client, f"{address}websocket", "websocket") for _ in range(20)))
                are_all_in = not any(isinstance(one, int) for one in crowd)
                if are_all_in:
                    assert await connects(client, f"{address}websocket", "websocket") == 429
                    assert await connects(client, f"{address}polling", "polling") == 429
                await asyncio.gather(*(one.close() for one in crowd if not isinstance(one, int)))
                if are_all_in:
                    return

        for _ in range(3):
            await until(twenty_come, "there was room")


async def test_who_reads_nothing_is_let_go_before_memory_grows_and_nobody_else_notices(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    assert visitor.socket
    transport = visitor.socket.eio.ws._response.connection.transport
    transport.pause_reading()
    room = rooms.address(world.channel.id, (await world.stored(conversation_id)).address.value)
    sockets = world.web.sockets.eio.sockets.values()
    most = 0
    for _ in range(2_000):
        await world.web.delivery.emit("typing", {"name": "x" * 10_000}, room=room, namespace="/visitor")
        most = max(most, *(socket.queue.qsize() for socket in sockets))
        await asyncio.sleep(0)
    assert most == UNREAD, "it was full, and no fuller"
    transport.resume_reading()
    late = await world.visitor()
    await late.asks("And me?")
    await ann.is_given(late)
    await ann.says(late.id, "You are served")
    await late.sees("You are served")
    again = await visitor.opens_second_tab()
    assert said_in(await again.transcript()) == ["Where is my order?"]


def said_in(entries: list[dict[str, Any]]) -> list[str]:
    return [words(entry) for entry in entries if entry["kind"] == "message"]


async def test_more_than_the_process_can_do_is_refused_in_words_and_what_is_accepted_is_stored(
    patient: World, stores: Stores
) -> None:
    talks = [
        await patient.talk(name) for name in ("Ann", "Bob", "Cem", "Dan", "Eve", "Flo", "Gus", "Hal", "Ida", "Joe")
    ]
    mongod = stores.mongod.process
    assert mongod
    mongod.send_signal(signal.SIGSTOP)
    saying = [asyncio.create_task(visitor.says(f"{n}")) for _, visitor, _ in talks for n in range(60)]
    backlog = patient.web.sockets.backlog

    async def too_much_waits_for_too_long() -> None:
        while backlog.waiting <= BACKLOG:  # noqa: ASYNC110  nobody tells of it
            await asyncio.sleep(0)
        await asyncio.sleep(2 * PATIENCE)  # the machine's time is what the loop measures

    await until(too_much_waits_for_too_long, "more waits than the process takes")
    mongod.send_signal(signal.SIGCONT)
    answers = await asyncio.gather(*saying, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    accepted = [answer for answer in answers if isinstance(answer, dict)]
    assert refused
    assert {one.problem["code"] for one in refused} == {"unavailable"}
    assert {one.problem["retry_after"] for one in refused} == {1}
    assert len(accepted) + len(refused) == len(answers)
    stored = await patient.db["entries"].count_documents({"kind": "message"})
    assert stored == len(talks) + len(accepted)
    ann, visitor, _ = talks[0]
    await visitor.says("And now?")
    await ann.sees("And now?")
