"""The chat's window: what it begins with, whom it knows again, and where it may stand (spec 2.3)."""

from __future__ import annotations

import time

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from core.ids import new_secret
from tests.world import Browser, Refused, Visitor, World, words

YEAR = 365 * 24 * 3600  # seconds


class LongAgo(TimestampSigner):
    """Signs as we did a year and a day ago."""

    def get_timestamp(self) -> int:
        return int(time.time()) - YEAR - 24 * 3600


def window(world: World) -> Visitor:
    """Return a browser that has not opened anything yet."""
    return Visitor(world, "/visitor", channel_key=world.channel.key)


async def test_a_new_visitor_is_greeted_and_nothing_is_stored_until_words_are_said(world: World) -> None:
    menu = {"prompt": "What about?", "items": [{"id": "lamps", "label": "Lamps"}, {"id": "gifts", "label": "Gifts"}]}
    channel = await world.web_channel(welcome="欢迎!", accent="#112233", title="Tea", menu=menu, hours_text="always")
    visitor = await world.visitor(channel=channel)
    opening = visitor.opening
    assert opening["channel"] | {"key": ""} == {
        "key": "", "name": "Tea", "language": "en", "colours": {"accent": "#112233"}, "position": "right",
        "welcome": "欢迎!",
    }  # fmt: skip
    assert [(item["number"], item["label"]) for item in opening["menu"]["items"]] == [(1, "Lamps"), (2, "Gifts")]
    assert (opening["open"], opening["conversation"], opening["entries"]) == (True, None, [])
    assert await world.db["customers"].count_documents({"tenant_id": world.tenant_id}) == 0


async def test_a_talk_survives_a_reload(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    await ann.says(conversation_id, "On its way")
    opening = await visitor.reloads()
    assert opening["conversation"]["id"] == conversation_id
    assert opening["conversation"]["host"] == {"name": "Ann", "avatar": None}
    assert [words(entry) for entry in opening["entries"] if entry["kind"] == "message"] == [
        "Where is my order?",
        "On its way",
    ]
    assert opening["through"] == opening["entries"][-1]["seq"]
    await visitor.says("Thank you")
    await ann.sees("Thank you")


async def test_where_cookies_do_not_come_back_the_session_lives_in_memory(world: World) -> None:
    ann = await world.agent_on_duty("Ann")
    visitor = window(world)
    key = visitor.channel_key
    opening = await visitor.call("GET", f"/chat/{key}/opening")
    headers = {"X-Visitor-Session": opening["session"]}
    await visitor.opens_socket({"channel": key, "session": opening["session"]})
    await visitor.asks("No cookies here")
    await ann.is_given(visitor)
    again = await visitor.call("GET", f"/chat/{key}/opening", headers=headers)
    assert again["conversation"]["id"] == visitor.id
    status, stored = await visitor.tries("POST", f"/chat/{key}/files", data=b"hello", headers=headers)
    assert status == 201
    assert (await visitor.tries("GET", f"/chat/{key}/files/{stored['id']}", headers=headers))[0] == 200
    assert (await visitor.tries("GET", f"/chat/{key}/files/{stored['id']}"))[0] == 401


async def test_who_wants_to_be_forgotten_is_somebody_new(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    await ann.ends(conversation_id, "solved")
    await visitor.call("DELETE", f"/chat/{visitor.channel_key}/session")
    opening = await visitor.reloads()
    assert (opening["conversation"], opening["tickets"]) == (None, [])


async def test_a_token_of_last_year_is_too_old(world: World) -> None:
    def token(signer: type[TimestampSigner]) -> str:
        salt = f"visitor:{world.channel.id}"
        return str(URLSafeTimedSerializer(world.settings.secret, salt=salt, signer=signer).dumps(new_secret()))

    visitor = window(world)
    for signer, is_good in ((LongAgo, False), (TimestampSigner, True)):
        headers = {"X-Visitor-Session": token(signer)}
        status, _ = await visitor.tries("POST", f"/chat/{visitor.channel_key}/files", data=b"hello", headers=headers)
        assert status == (201 if is_good else 401)
    with pytest.raises(Refused, match="unauthenticated"):
        await visitor.opens_socket({"channel": visitor.channel_key, "session": token(LongAgo)})


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    visitor = window(world)
    async with visitor.http.get(f"/chat/{visitor.channel_key}") as frame:
        [cookie] = frame.headers.getall("Set-Cookie")
    said = {part.strip().split("=")[0].lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "secure", "samesite", "partitioned"} <= said
    async with visitor.http.get(f"/chat/{visitor.channel_key}") as again:
        assert "Set-Cookie" not in again.headers  # who is known stays the same


@pytest.mark.parametrize(
    ("allowed", "told"),
    [([], "frame-ancestors *"), (["https://tea.example"], "frame-ancestors 'self' https://tea.example")],
)
async def test_the_window_stands_only_where_it_is_allowed(world: World, allowed: list[str], told: str) -> None:
    channel = await world.web_channel(allowed_origins=allowed)
    async with Browser(world, "/visitor").http.get(f"/chat/{channel.key}") as frame:
        assert frame.headers["Content-Security-Policy"].endswith(told)
        assert "X-Frame-Options" not in frame.headers
    async with Browser(world, "/visitor").http.get("/console") as console:
        assert console.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
        assert console.headers["X-Frame-Options"] == "DENY"


async def test_a_chat_that_does_not_exist_says_so(world: World) -> None:
    stranger = Browser(world, "/visitor")
    for path in ("/chat/nowhere", "/chat/nowhere/opening"):
        status, answer = await stranger.tries("GET", path)
        assert (status, answer["code"]) == (404, "not_found")
