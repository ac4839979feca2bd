"""What every channel promises, proved for each entry of `channels.CHANNELS` (docs/add-a-channel.md).

A channel brings its own captured payloads: its folder has a package ``fixtures`` with

- ``*.json``: one case each, ``{about, arrives, becomes | refused}``: what was captured; what of the `InboundMessage` it
  must give, as far as it is written there; or the fields for which it must be refused;
- ``SETTINGS``: the fewest settings that make a channel of this kind;
- ``read(channel, captured, now) -> InboundMessage``: the channel's own pure function, given one captured payload;
- ``other_side()``, for channels that call: a real server on loopback with ``settings``, ``received``, ``failures``.

Web chat calls nobody and cannot fail, so a second, made-up channel lives in tests/fakes and keeps the same promises.
"""

from __future__ import annotations

import ast
import copy
import importlib
import itertools
import json
import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from quart import Quart

from channels import CHANNELS
from channels.base import MASK, Adapter, Channel, Filed, Filing
from conversation.live import Heard
from conversation.model import Conversation
from core.db import Database
from core.errors import Invalid
from core.message import InboundMessage, Part
from gateway.embedded import Stores
from tests.clock import FakeClock
from tests.fakes.pigeon import Pigeon
from tests.world import Console, Refused, World, a_world
from ticketing.model import Ticket

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KINDS: dict[str, type[Adapter]] = {**CHANNELS, "pigeon": Pigeon}
PART_TYPES = {part.model_fields["type"].default for part in get_args(get_args(Part)[0])}
_numbers = itertools.count(1)
LARGE = settings(max_examples=150, deadline=None)


@dataclass(frozen=True)
class Case:
    """One captured payload, and what must come of it."""

    kind: str
    name: str
    about: str
    arrives: Any
    becomes: dict[str, Any] | None = None
    refused: list[str] | None = None

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}"


def brought(kind: str) -> ModuleType:
    """Return what a channel's folder brings for this suite."""
    package = KINDS[kind].__module__
    return importlib.import_module(f"{package}.fixtures")


def cases(kind: str) -> list[Case]:
    folder = Path(str(brought(kind).__file__)).parent
    return [Case(kind, path.stem, **json.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.json"))]


def a_channel(kind: str, tenant_id: str = "t", **settings_: Any) -> Channel:
    chosen = brought(kind).SETTINGS | settings_
    return Channel(
        id=f"channel-{kind}", tenant_id=tenant_id, kind=kind, name=kind, key=f"the-{kind}", settings=chosen,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def read(kind: str, captured: Any, now: datetime = NOW) -> InboundMessage:
    message = brought(kind).read(a_channel(kind), captured, now)
    assert isinstance(message, InboundMessage)
    return message


every_kind = pytest.mark.parametrize("kind", KINDS)
every_case = pytest.mark.parametrize("case", [case for kind in KINDS for case in cases(kind)], ids=str)


# --- what it says of itself


@every_kind
def test_its_capabilities_fit_together(kind: str) -> None:
    can = KINDS[kind].can
    assert KINDS[kind].kind == kind
    assert re.fullmatch(r"[a-z][a-z0-9_]{1,30}", kind)
    assert can.parts <= PART_TYPES
    assert "text" in can.parts
    assert can.text_limit > 0
    assert can.reply_window is None or can.reply_window > 0
    assert can.reply_quota is None or (can.reply_quota > 0 and can.reply_window)
    assert can.must_be_sent or can.knows_duplicates  # what is fetched is fetched by id


@every_kind
def test_its_settings_are_a_form_that_explains_itself(kind: str) -> None:
    schema = KINDS[kind].Settings.model_json_schema()
    assert schema["type"] == "object"
    for name, shown in schema["properties"].items():
        assert shown.get("description"), f"{name} says nothing to the person who fills it in"


@every_kind
def test_its_settings_survive_being_stored(kind: str) -> None:
    chosen = KINDS[kind].Settings.model_validate(brought(kind).SETTINGS)
    stored = json.loads(json.dumps(chosen.stored()))
    assert KINDS[kind].Settings.model_validate(stored) == chosen
    assert brought(kind).SETTINGS.items() <= stored.items()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@every_kind
@LARGE
@given(data=st.data())
def test_its_settings_refuse_rubbish_by_field(kind: str, data: st.DataObject) -> None:
    kinds_settings = KINDS[kind].Settings
    field = data.draw(st.sampled_from(sorted(kinds_settings.model_fields)))
    rubbish = data.draw(json_values)
    wrong: set[Any] = {field}
    try:
        chosen = kinds_settings.model_validate(brought(kind).SETTINGS | {field: rubbish})
    except ValidationError as refused:
        wrong = {error["loc"][0] for error in refused.errors()}
    else:
        assert kinds_settings.model_validate(chosen.stored()) == chosen
    assert wrong == {field}


@every_kind
def test_it_knows_nothing_of_other_channels_nor_of_what_is_above(kind: str) -> None:
    if kind not in CHANNELS:
        return
    package = Path(str(importlib.import_module(KINDS[kind].__module__).__file__))
    others = {other for other in CHANNELS if other != kind}
    for source in package.parent.rglob("*.py") if package.name == "__init__.py" else [package]:
        tree = ast.parse(source.read_text("utf-8"))
        named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        named += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        for name in named:
            top, *rest = name.split(".")
            assert top not in ("gateway", "phone", "tests"), f"{source} imports {name}"
            assert top != "channels" or not rest or rest[0] not in others, f"{source} imports {name}"


# --- arriving


@every_kind
def test_it_brings_what_was_captured(kind: str) -> None:
    known = cases(kind)
    assert any(case.becomes for case in known), "a plain text, at least"
    assert any(case.refused is not None for case in known), "something broken, at least"


@every_case
def test_what_was_captured_becomes_what_it_means(case: Case) -> None:
    if case.refused is not None:
        with pytest.raises(Invalid) as refused:
            read(case.kind, case.arrives)
        assert {error["field"] for error in refused.value.errors} >= set(case.refused)
    else:
        assert case.becomes
        contains(read(case.kind, case.arrives).model_dump(mode="json"), case.becomes)


def contains(whole: Any, part: Any, where: str = "message") -> None:
    """Check that everything written in ``part`` is in ``whole``."""
    if isinstance(part, dict):
        for name, value in part.items():
            contains(whole[name], value, f"{where}.{name}")
    elif isinstance(part, list):
        assert len(whole) == len(part), where
        for index, value in enumerate(part):
            contains(whole[index], value, f"{where}[{index}]")
    else:
        assert whole == part, where


@every_case
def test_the_same_thing_again_has_the_same_id(case: Case) -> None:
    if case.becomes:
        later = read(case.kind, copy.deepcopy(case.arrives), NOW + timedelta(hours=1))
        assert later.external_id == read(case.kind, case.arrives).external_id


@every_kind
@LARGE
@given(data=st.data())
def test_hostile_payloads_are_refused_in_words(kind: str, data: st.DataObject) -> None:
    """Anything at all, or a captured payload with one thing in it changed: a message, or `Invalid`; nothing else."""
    captured = data.draw(st.sampled_from([case.arrives for case in cases(kind)]))
    payload = data.draw(st.just(captured) | json_values)
    hostile = spoilt(payload, data.draw(json_values), random.Random(data.draw(st.integers(0, 10**6))))
    try:
        message = read(kind, hostile)
    except Invalid:
        return
    assert message.tenant_id == "t"
    assert message.model_dump_json()  # can be stored and sent


def spoilt(payload: Any, rubbish: Any, chance: random.Random) -> Any:
    """Return a copy of the payload with one thing in it replaced, wherever it is."""
    if chance.random() < 0.3 or not isinstance(payload, dict | list) or not payload:
        return rubbish
    copied = copy.copy(payload)
    at = chance.choice(list(copied) if isinstance(copied, dict) else range(len(copied)))
    copied[at] = spoilt(copied[at], rubbish, chance)
    return copied


# --- through the real door


@pytest.fixture
async def world(
    db: Database, clock: FakeClock, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """A world in which pigeons fly."""
    monkeypatch.setitem(CHANNELS, "pigeon", Pigeon)
    async with a_world(db, clock, stores.redis_url) as made:
        yield made


async def set_up(world: World, kind: str, **settings_: Any) -> tuple[Console, Channel]:
    """Return the founder, and a channel of this kind that the founder made in the console."""
    founder = await world.founder()
    made = await founder.call(
        "POST",
        "/api/v1/channels",
        kind=kind,
        name="New",
        key=f"new-{kind}",
        settings=brought(kind).SETTINGS | settings_,
    )
    stored = await world.db["channels"].find_one({"_id": made["id"], "tenant_id": world.tenant_id})
    assert stored
    return founder, Channel.from_mongo(stored)


@every_kind
async def test_arriving_twice_is_stored_once(world: World, kind: str) -> None:
    await world.agent_on_duty("Ann", limit=10)
    _, channel = await set_up(world, kind)
    [first, *_] = [case for case in cases(kind) if case.becomes and not has_files(case)]
    heard = []
    for _ in range(3):
        heard.append(await arrives(world, channel, first))
        await world.advance(seconds=1)
    assert {one.entry.id for one in heard} == {heard[0].entry.id}
    collection = "entries" if is_live(kind) else "ticket_entries"
    entries = world.db[collection].find({"_id": {"$gt": ""}, "external_id": heard[0].entry.external_id})
    assert len(await entries.to_list()) == 1
    assert subject(heard[0]).channel_id == channel.id


def is_live(kind: str) -> bool:
    return KINDS[kind].can.kind_of_work == "live"


def subject(heard: Heard | Filed) -> Conversation | Ticket:
    return heard.ticket if isinstance(heard, Filed) else heard.conversation


async def arrives(world: World, channel: Channel, case: Case) -> Heard | Filed:
    """Hand a captured payload to the door."""
    message = brought(channel.kind).read(channel, case.arrives, world.clock.now())
    return await (world.web.door.accept(message) if is_live(channel.kind) else world.web.door.file(message, Filing()))


def has_files(case: Case) -> bool:
    return "file_id" in json.dumps(case.arrives)


@every_kind
async def test_what_came_in_order_is_stored_in_order(world: World, kind: str) -> None:
    await world.agent_on_duty("Ann", limit=10)
    _, channel = await set_up(world, kind)
    captured = [case for case in cases(kind) if case.becomes and not has_files(case)]
    heard = [await arrives(world, channel, case) for case in captured for _ in range(2)]
    order = [one.entry.id if isinstance(one, Filed) else one.entry.seq for one in heard]
    assert order == sorted(order)
    assert len(set(order)) == len(captured)


@every_kind
async def test_its_routes_and_namespaces_are_its_own(world: World, kind: str) -> None:
    door = world.web.quart.extensions["door"]
    namespaces = [namespace.namespace for namespace in KINDS[kind].sockets(door)]
    assert all(re.fullmatch(r"/[a-z]+", name) and name != "/agent" for name in namespaces)
    others = [one.namespace for other in KINDS if other != kind for one in KINDS[other].sockets(door)]
    assert not set(namespaces) & set(others)
    blueprint = KINDS[kind].routes(door)
    if blueprint is None:
        return
    app = Quart(__name__)
    app.register_blueprint(blueprint)
    assert blueprint.name == kind
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    assert rules
    for rule in rules:
        assert "<key>" in rule, "an address names the channel by its public key"
        assert not rule.startswith(("/api/", "/console", "/static", "/healthz", "/readyz", "/metrics"))


@every_kind
async def test_its_secrets_are_kept_and_never_shown(world: World, kind: str) -> None:
    founder, channel = await set_up(world, kind)
    schema = KINDS[kind].Settings.model_json_schema()["properties"]
    secrets = {name for name, shown in schema.items() if shown.get("writeOnly")}
    shown = await founder.call("GET", f"/api/v1/channels/{channel.id}")
    assert {shown["settings"][name] for name in secrets} <= {MASK}
    edited = await founder.call(
        "PATCH", f"/api/v1/channels/{channel.id}", version=1, settings={**shown["settings"], "menu": {"prompt": "Hm?"}}
    )
    stored = (await world.db["channels"].find_one({"_id": channel.id, "tenant_id": world.tenant_id}) or {})["settings"]
    told = [edited, shown, await founder.call("GET", "/api/v1/audit")]
    for name in secrets:
        assert stored[name] == brought(kind).SETTINGS[name]
        assert stored[name] not in str(told)
    assert stored["menu"]["prompt"] == "Hm?"


@every_kind
async def test_the_console_refuses_settings_by_field(world: World, kind: str) -> None:
    founder = await world.founder()
    rubbish = brought(kind).SETTINGS | {"hours": {"week": "always"}}
    with pytest.raises(Refused) as refused:
        await founder.call("POST", "/api/v1/channels", kind=kind, name="New", key="new-one", settings=rubbish)
    assert {error["field"].split(".")[0] for error in refused.value.problem["errors"]} == {"hours"}
    assert await world.db["channels"].count_documents({"tenant_id": world.tenant_id}) == 1  # the world's own


# --- leaving


@pytest.fixture(params=[kind for kind in KINDS if KINDS[kind].can.must_be_sent])
async def other_side(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    async with brought(request.param).other_side() as side:
        side.kind = request.param
        yield side


async def talk(world: World, side: Any, **settings_: Any) -> tuple[Console, str]:
    """Return an agent and the conversation of a customer who wrote on the channel."""
    ann = await world.agent_on_duty("Ann")
    _, channel = await set_up(world, side.kind, **(side.settings | settings_))
    [first, *_] = [case for case in cases(side.kind) if case.becomes and not has_files(case)]
    heard = await arrives(world, channel, first)
    await world.settles()
    return ann, subject(heard).id


async def says(ann: Console, side: Any, id: str, text: str, client_id: str = "", *, private: bool = False) -> None:
    """Let the agent answer, or note something: in the conversation, or in the ticket."""
    client_id = client_id or f"client-{next(_numbers)}"
    if is_live(side.kind):
        await ann.says(id, text, client_id=client_id, private=private)
        return
    said = {"parts": [{"type": "text", "text": text}], "headers": {"Idempotency-Key": client_id}}
    await ann.call("POST", f"/api/v1/tickets/{id}/{'notes' if private else 'replies'}", **said)


async def test_what_an_agent_says_arrives_once_and_in_order(world: World, other_side: Any) -> None:
    ann, conversation_id = await talk(world, other_side)
    for number in range(5):
        await says(ann, other_side, conversation_id, f"answer {number}", client_id=f"answer-{number}")
        await says(ann, other_side, conversation_id, f"answer {number}", client_id=f"answer-{number}")
        await says(ann, other_side, conversation_id, "between us", private=True)
    await world.settles()
    await world.settles()
    assert [words for _, words in other_side.received] == [f"answer {number}" for number in range(5)]


async def test_the_navigation_menu_arrives_too(world: World, other_side: Any) -> None:
    if not is_live(other_side.kind):
        return  # nobody navigates by mail
    menu = {"prompt": "老地方?", "items": [{"id": "old", "label": "老地方见", "items": [{"id": "a", "label": "A"}]}]}
    await talk(world, other_side, menu=menu)
    assert [words for _, words in other_side.received] == ["老地方?"]


async def test_a_refusal_for_now_is_tried_again_and_keeps_the_order(world: World, other_side: Any) -> None:
    ann, conversation_id = await talk(world, other_side)
    other_side.failures.extend([30.0, 30.0])
    await says(ann, other_side, conversation_id, "one")
    await world.settles()
    await says(ann, other_side, conversation_id, "two")
    await world.settles()
    assert other_side.received == []  # the other side asked for patience and gets it, whatever else is said
    await world.advance(seconds=61)
    assert [words for _, words in other_side.received] == ["one", "two"]


async def test_a_refusal_for_good_is_shown_and_can_be_tried_again(world: World, other_side: Any) -> None:
    ann, conversation_id = await talk(world, other_side)
    other_side.failures.append(None)
    await says(ann, other_side, conversation_id, "one")
    await world.settles()
    founder = await world.founder()
    [dead] = (await founder.call("GET", "/api/v1/jobs/dead"))["items"]
    assert dead["key"] == f"out:{conversation_id}"
    assert dead["error"]
    await founder.call("POST", f"/api/v1/jobs/{dead['key']}/retry")
    await world.settles()
    assert [words for _, words in other_side.received] == ["one"]
    assert (await founder.call("GET", "/api/v1/jobs/dead"))["items"] == []


async def test_a_long_silence_of_the_other_side_loses_nothing(world: World, other_side: Any) -> None:
    ann, conversation_id = await talk(world, other_side)
    other_side.failures.append(60.0)
    for number in range(120):
        await says(ann, other_side, conversation_id, str(number))
        if number == 0:
            await world.settles()
    await world.advance(seconds=61)
    assert [words for _, words in other_side.received] == [str(number) for number in range(120)]
