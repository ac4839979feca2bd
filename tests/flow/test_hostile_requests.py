"""Bad requests: each a clear refusal in words, never an error of ours, and nothing stored half (spec 11.1)."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

import widgets
from tests.world import PASSWORD, Browser, Console, Refused, Visitor, World

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"&{{7*7}}"


def is_clear(status: int, answer: Any, *codes: str) -> bool:
    """Return whether an answer is a refusal that a person can act on."""
    assert 400 <= status < 500, (status, answer)
    assert answer["status"] == status
    assert answer["title"]
    assert answer["type"] == f"/problems/{answer['code']}"
    return not codes or answer["code"] in codes


async def counted(world: World) -> dict[str, int]:
    """Return how much is stored of everything but sessions."""
    names = await world.db.client[world.db.name].list_collection_names()
    owned = (name for name in names if name not in ("sessions", "answers") and not name.startswith("system."))
    return {name: await world.db[name].count_documents({}, hint="_id_") for name in owned}


async def posts(browser: Browser, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
    """Post raw bytes as if they were JSON."""
    sent = {"Content-Type": "application/json", **headers}
    return await browser.tries("POST", path, data=io.BytesIO(body), headers=sent)


@pytest.fixture
async def doors(world: World) -> list[tuple[Browser, str]]:
    """Calls that take JSON: of a stranger, a visitor, and an agent."""
    ann, visitor, conversation_id = await world.talk()
    founder = await world.founder()
    return [
        (Browser(world, "/agent"), "/api/v1/sign-in"),
        (visitor, f"/chat/{visitor.channel_key}/tickets"),
        (ann, f"/api/v1/conversations/{conversation_id}/end"),
        (ann, "/api/v1/tickets"),
        (founder, "/api/v1/channels"),
        (founder, "/api/v1/customers"),
    ]


MALFORMED = {
    "nothing": b"",
    "half": b'{"name": "x"',
    "no JSON": b"name=x",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "deep list": b"[" * 200_000,
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a list": b"[1, 2]",
    "a word": b'"hello"',
    "null": b"null",
    "not a number": b'{"version": NaN, "limit": Infinity}',
    "a huge number": b'{"version": 1' + b"0" * 5_000 + b"}",
    "lone surrogate": rb'{"name": "\ud800", "subject": "\udfff", "text": "\ud800", "outcome": "\ud800"}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_no_json_is_refused_everywhere(
    world: World, doors: list[tuple[Browser, str]], body: bytes
) -> None:
    before = await counted(world)
    for browser, path in doors:
        assert is_clear(*await posts(browser, path, body)), path
    assert await counted(world) == before


RUBBISH: list[Any] = [
    None, True, 0, -1, 2**31, 2**63, 10**400, 1.5, 1e308, "", "x" * 20_000, "\x00", "a\x00b", "\u202e", "\ufdd0", [],
    [[]], {}, {"$gt": ""}, {"$where": "sleep(1000)"}, ["a"] * 1_000, SCRIPT,
]  # fmt: skip
FIELDS: dict[str, dict[str, Any]] = {
    "end": {
        "outcome": "solved", "reason": "r", "subject": "s", "catalog_node_id": None, "type": "question",
        "urgency": "high", "impact": "low", "tags": ["a"], "group_id": None, "handler_id": None, "note": "n",
    },
    "tickets": {"subject": "s", "parts": [], "customer_id": None, "tags": ["a"], "urgency": "high", "cc": []},
    "form": {
        "client_id": "client-1234", "name": "Lin", "email": "lin@example.com", "phone": "1", "subject": "s",
        "text": "t", "file_ids": [], "conversation_id": None,
    },
    "channels": {"kind": "webchat", "name": "n", "key": "a-key", "desk_id": None, "language": "en", "settings": {}},
    "settings": {"welcome": "w", "menu": {}, "hours": None, "accent": "#000000", "allowed_origins": [], "title": "t"},
}  # fmt: skip


@pytest.mark.parametrize("form", FIELDS)
async def test_a_wrong_type_in_any_field_is_named_or_harmless(world: World, form: str) -> None:
    """Each field gets every kind of rubbish: a refusal, or success where it happens to be allowed; never a 500."""
    founder, visitor = await world.founder(), await world.visitor()
    await founder.sits_down()
    await founder.sets_limit(100)
    calls = 0
    for name, rubbish in itertools.product(FIELDS[form], RUBBISH):
        body = {**FIELDS[form], name: rubbish}
        match form:
            case "end":
                if visitor.conversation is None or visitor.conversation["state"] == "ended":
                    await visitor.asks("Hello")
                path: str = f"/api/v1/conversations/{visitor.id}/end"
            case "form":
                path = f"/chat/{visitor.channel_key}/tickets"
                body = {**body, "client_id": body["client_id"] if name == "client_id" else f"client-{calls:04}"}
            case "settings":
                path, body = "/api/v1/channels", {"name": "n", "key": f"key-{calls}", "settings": body}
            case "channels":
                path, body = "/api/v1/channels", {**body, "key": body["key"] if name == "key" else f"key-{calls}"}
            case _:
                path = "/api/v1/tickets"
        calls += 1
        browser: Browser = visitor if form == "form" else founder
        status, answer = await posts(browser, path, json.dumps(body).encode())
        if status in (200, 201):
            visitor.conversation = None if form == "end" else visitor.conversation
            continue
        assert is_clear(status, answer), (name, rubbish)
        if answer["code"] == "invalid" and answer.get("errors"):
            assert any(name in error["field"] for error in answer["errors"]), (name, rubbish, answer)


# --- too much


async def test_a_body_that_is_too_large_is_refused_however_it_is_sent(
    world: World, doors: list[tuple[Browser, str]]
) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        yield b'{"name": "'
        for _ in range(40):
            yield b"x" * 262_144
        yield b'"}'

    for browser, path in doors:
        whole = json.dumps({"name": "x" * 2_000_000}).encode()
        assert is_clear(*await posts(browser, path, whole), "too_large"), path
        status, answer = await told_early(browser, path, in_pieces())
        assert status is None or is_clear(status, answer, "too_large"), path


async def told_early(browser: Browser, path: str, body: AsyncIterator[bytes]) -> tuple[int | None, Any]:
    """Post in pieces without saying how many; a server that hangs up in the middle has refused as well."""
    try:
        return await browser.tries("POST", path, data=body, headers={"Content-Type": "application/json"})
    except aiohttp.ClientConnectionError:
        return None, None


async def test_a_file_that_is_too_large_leaves_nothing_behind(world: World) -> None:
    await world.setting(file_size=200_000)
    ann, visitor, _ = await world.talk()
    before = await counted(world)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 65_536

    for browser, path in ((visitor, f"/chat/{visitor.channel_key}/files"), (ann, "/api/v1/files")):
        for body in (b"x" * 300_000, endless()):
            headers = {"Content-Type": "text/plain", "X-Filename": "big.txt"}
            try:
                status, answer = await browser.tries("POST", path, data=body, headers=headers)
            except aiohttp.ClientConnectionError:
                continue
            assert is_clear(status, answer, "too_large")
            assert "big.txt" in answer["detail"]
    assert await counted(world) == before


async def test_an_empty_file_and_a_stranger_upload_nothing(world: World) -> None:
    ann, _, _ = await world.talk()
    before = await counted(world)
    assert is_clear(*await ann.tries("POST", "/api/v1/files", data=b""), "invalid")
    stranger = Browser(world, "/visitor")
    path = f"/chat/{world.channel.key}/files"
    assert is_clear(*await stranger.tries("POST", path, data=b"hello"), "unauthenticated")
    assert is_clear(*await stranger.tries("POST", "/api/v1/files", data=b"hello"), "unauthenticated")
    assert await counted(world) == before


# --- who says so


async def test_forged_old_and_foreign_tokens_of_visitors_prove_nothing(world: World) -> None:
    _, visitor, _ = await world.talk()
    other = await world.web_channel()
    [good] = [cookie.value for cookie in visitor.http.cookie_jar]
    payload, stamp, signature = good.split(".")
    forged = [
        "", "x", f"{payload}.{stamp}.{signature[::-1]}", f"{payload}.{stamp}", f"{payload}x.{stamp}.{signature}",
        f"{payload}.{stamp}.", "..", "~" * 600, f"{'A' * 43}.{stamp}.{signature}",
    ]  # fmt: skip
    stranger = Visitor(world, "/visitor", channel_key=world.channel.key)
    for token in forged:
        headers = {"X-Visitor-Session": token}
        opening = await stranger.call("GET", f"/chat/{world.channel.key}/opening", headers=headers)
        assert opening["conversation"] is None
        status, answer = await stranger.tries("POST", f"/chat/{world.channel.key}/files", data=b"x", headers=headers)
        assert is_clear(status, answer, "unauthenticated")
        with pytest.raises(Refused, match="unauthenticated"):
            await stranger.opens_socket({"channel": world.channel.key, "session": token})
    with pytest.raises(Refused, match="unauthenticated"):  # good, but for another channel
        await stranger.opens_socket({"channel": other.key, "session": good})
    for channel in ("", "nowhere", "x" * 500, None, {"$gt": ""}, 7):
        with pytest.raises(Refused, match="not_found"):
            await stranger.opens_socket({"channel": channel, "session": good})
    await stranger.opens_socket({"channel": world.channel.key, "session": good})  # and where it is good, it is


async def test_forged_and_ended_sessions_of_agents_open_nothing(world: World) -> None:
    ann = await world.agent("Ann")
    [good] = [cookie.value for cookie in ann.http.cookie_jar]
    tenant, _, secret = good.partition(".")
    company = await world.another_company()
    forged = [
        "x",
        "",
        f"{tenant}.",
        f".{secret}",
        f"{company.tenant_id}.{secret}",
        good + "x",
        "é" * 300,
        f"{tenant}.{secret[::-1]}",
    ]
    stranger = Console(world, "/agent")
    for token in forged:
        header = {"Authorization": f"Bearer {token}"} if token.isascii() else {}
        assert is_clear(*await stranger.tries("GET", "/api/v1/me", headers=header), "unauthenticated")
        with pytest.raises(Refused, match="unauthenticated"):
            await stranger.opens_socket({"session": token})
    status, _ = await stranger.tries("GET", "/api/v1/me", headers={"Authorization": f"Bearer {good}"})
    assert status == 200
    await ann.call("POST", "/api/v1/sign-out")
    assert is_clear(
        *await stranger.tries("GET", "/api/v1/me", headers={"Authorization": f"Bearer {good}"}), "unauthenticated"
    )
    with pytest.raises(Refused, match="unauthenticated"):
        await stranger.opens_socket({"session": good})


FOREIGN = ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://user@127.0.0.1", "file://", ""]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_another_sites_page_cannot_act_with_our_cookies(world: World, origin: str) -> None:
    ann, visitor, conversation_id = await world.talk()
    before = await counted(world)
    headers = {"Origin": origin, "Content-Type": "text/plain"}
    form = {
        "client_id": "client-1234", "name": "Lin", "email": "lin@example.com", "text": "t",
        "conversation_id": conversation_id,
    }  # fmt: skip
    for browser, path, body in (
        (ann, f"/api/v1/conversations/{conversation_id}/end", {"outcome": "solved"}),
        (ann, "/api/v1/tickets", {"subject": "forged"}),
        (ann, "/api/v1/files", {"a": "file"}),
        (visitor, f"/chat/{visitor.channel_key}/tickets", form),
        (visitor, f"/chat/{visitor.channel_key}/files", {"a": "file"}),
    ):
        for media_type in ("text/plain", "application/json"):
            sent = {**headers, "Content-Type": media_type}
            status, answer = await browser.tries("POST", path, data=json.dumps(body).encode(), headers=sent)
            assert is_clear(status, answer, "forbidden"), path
    assert await counted(world) == before


async def test_another_sites_page_opens_no_socket(world: World) -> None:
    ann, visitor, _ = await world.talk()
    for browser, auth in ((ann, {}), (visitor, {"channel": visitor.channel_key})):
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in browser.http.cookie_jar)
        for origin in FOREIGN[:-1]:
            for query in ("transport=websocket&EIO=4", "transport=polling&EIO=4"):
                headers = {"Origin": origin, "Cookie": cookies}
                if "websocket" in query:
                    headers |= {
                        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
                    }  # fmt: skip
                async with (
                    aiohttp.ClientSession() as client,
                    client.get(f"{world.url}/socket.io/?{query}", headers=headers) as answer,
                ):
                    assert 400 <= answer.status < 500, (origin, query, auth)


# --- words come back as words


async def test_markup_in_any_text_comes_back_as_text(world: World) -> None:
    founder = await world.founder()
    settings = {
        "title": SCRIPT[:100],
        "welcome": SCRIPT,
        "menu": {"prompt": SCRIPT, "items": [{"id": "a", "label": SCRIPT}]},
    }
    made = await founder.call("POST", "/api/v1/channels", name=SCRIPT, key="hostile", settings=settings)
    assert made["name"] == SCRIPT
    visitor = Visitor(world, "/visitor", channel_key="hostile")
    status, page = await visitor.reads_file("/chat/hostile")
    assert status == 200
    assert b"<script>alert" not in page
    assert b"<img src=x" not in page
    opening = await visitor.opens_widget()
    assert opening["channel"]["welcome"] == SCRIPT
    await founder.sits_down()
    await visitor.says(SCRIPT, visit={"page": SCRIPT, "title": SCRIPT, "browser": SCRIPT})
    await world.settles()
    given = await founder.is_given(visitor)
    assert given["visit"]["title"] == SCRIPT
    assert given["last_message"]["text"] == " ".join(SCRIPT.split())
    ended = await founder.ends(visitor.id, "unsolved", subject=SCRIPT, tags=[SCRIPT[:50]], note=SCRIPT)
    assert (ended["ticket"]["subject"], ended["ticket"]["tags"]) == (SCRIPT, [SCRIPT[:50]])
    await visitor.rates(1, SCRIPT)
    assert (await visitor.reloads())["conversation"]["rating"]["comment"] == SCRIPT
    for path in ("/console", "/console/tickets", "/design", "/chat/hostile"):
        async with founder.http.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    ["a%0d%0aSet-Cookie:%20x=1", "a%00b.txt", "..%2f..%2fetc%2fpasswd", "%e4%b8%ad%e6%96%87.txt", '"; x="y', "%ff%fe",
     "a" * 4_000, "CON", "%e2%80%aegnp.txt", ".", "", "%2e%2e", "<script>.svg"],
)  # fmt: skip
async def test_a_file_name_cannot_say_more_than_a_name(world: World, name: str) -> None:
    ann, visitor, _ = await world.talk()
    stored = await visitor.uploads(f"/chat/{visitor.channel_key}/files", name, b"hello", "text/plain")
    assert not set(stored["name"]) & set("/\\\r\n\x00\u202e")
    assert 0 < len(stored["name"]) <= 255
    await visitor.says("", parts=[{"type": "file", "file_id": stored["id"]}])
    for download in ("", "?download=1"):
        async with ann.http.get(f"/api/v1/files/{stored['id']}{download}") as answer:
            assert answer.status == 200
            assert "Set-Cookie" not in answer.headers
            assert answer.headers["Content-Disposition"].count("\n") == 0
            assert "sandbox" in answer.headers["Content-Security-Policy"]


# --- paths


TRAVERSALS = [
    "/static/../app.py", "/static/..%2f..%2fgateway%2fapp.py", "/static/%2e%2e/%2e%2e/pyproject.toml",
    "/static/..%5c..%5capp.py", "/static//etc/passwd",
    "/static/%2fetc%2fpasswd", "/static/....//....//etc/passwd", "/static/\x00", "/static/%00",
    "/static/" + "a/" * 2_000, "/static/%ff", "/static/.", "/static/", "/chat/..%2f..%2fconsole", "/chat/%00/opening",
    "/chat/" + "k" * 5_000 + "/opening", "/api/v1/files/..%2f..%2fetc%2fpasswd", "/api/v1/conversations/%00",
    "/api/v1/tickets/%ff%fe", "/api/v1/conversations/" + "a" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
async def test_no_path_leads_out(world: World, path: str) -> None:
    ann = await world.agent("Ann")
    async with ann.http.get(
        URL(world.url + path.replace("\x00", "%00"), encoded=True), allow_redirects=False
    ) as answer:
        body = await answer.read()
        assert 300 < answer.status < 500, answer.status
        assert b"root:" not in body
        assert b"waystation" not in body.lower() or answer.status in (401, 404)


async def test_static_files_are_only_what_was_built(world: World) -> None:
    stranger = Browser(world, "/visitor")
    manifest = json.loads((Path(widgets.ROOT) / "dist" / "manifest.json").read_text("utf-8"))
    assert manifest
    assert (await stranger.tries("GET", "/widget.js"))[0] == 200
    for name in ("__init__.py", "package.json", "node_modules", "../__init__.py"):
        assert (await stranger.tries("GET", f"/static/{name}"))[0] == 404


# --- floods


async def test_who_guesses_passwords_is_slowed_down(world: World) -> None:
    ann = await world.agent("Ann")
    assert world.web.redis
    await world.web.redis.flushdb()
    stranger = Browser(world, "/agent")
    body = {"email": ann.email, "password": "wrong-" + PASSWORD}
    answers = [await stranger.tries("POST", "/api/v1/sign-in", json=body) for _ in range(12)]
    assert answers[0][0] == 401
    status, answer = answers[-1]
    assert is_clear(status, answer, "too_many")
    assert answer["retry_after"] > 0
    await world.web.redis.flushdb()


async def test_a_hundred_bad_requests_at_once_leave_the_desk_working(world: World) -> None:
    ann, visitor, _ = await world.talk()
    stranger = Browser(world, "/agent")
    bodies = list(MALFORMED.values())
    await asyncio.gather(*(posts(stranger, "/api/v1/sign-in", bodies[n % len(bodies)]) for n in range(100)))
    await visitor.says("Still there?")
    await ann.sees("Still there?")


@pytest.mark.parametrize("path", ["conversations", "tickets", "customers", "organizations", "agents"])
async def test_a_nul_in_a_search_finds_nothing_and_breaks_nothing(world: World, path: str) -> None:
    founder = await world.founder()
    for words in ("\0", "a\0b", "tag:\0", "\0\0 x"):
        assert (await founder.tries("GET", f"/api/v1/{path}", params={"q": words}))[0] in (200, 422)
