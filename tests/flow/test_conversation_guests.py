"""Somebody from outside comes into a conversation by a link, and goes again: seen and heard only in between (4.4)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.webchat.visitor import new_visitor
from conversation.guests import Pass, known_pass, token_of
from tests.world import Browser, Console, Refused, World, until, words

_numbers = itertools.count(1)


@dataclass
class Outsider(Browser):
    """Somebody with a link and no account."""

    token: str = ""
    id: str = ""
    conversation: dict[str, Any] = field(default_factory=dict)

    async def opens_link(self) -> None:
        """Open the page, and connect as it does."""
        status, page = await self.tries("GET", f"/join/{self.token}")
        assert status == 200, page
        await self.opens_socket({"token": self.token})
        self.conversation = (await self.emits("since", seq=0))["conversation"]

    async def says(self, text: str, *, client_id: str | None = None) -> dict[str, Any]:
        """Say words; return the stored entry."""
        parts = [{"type": "text", "text": text}]
        answer = await self.emits("message", client_id=client_id or f"outside-{next(_numbers)}", parts=parts)
        return answer["entry"]  # type: ignore[no-any-return]

    async def sees(self, text: str) -> dict[str, Any]:
        """Wait until a message with these words is shown."""
        return await self.heard.wait_for("entry", lambda entry: words(entry) == text)  # type: ignore[no-any-return]

    async def transcript(self) -> list[dict[str, Any]]:
        """Return what the page loads."""
        return (await self.emits("since", seq=0))["entries"]  # type: ignore[no-any-return]

    async def link_says(self) -> tuple[int, str]:
        """Return the status of the link's page, and the page."""
        status, page = await self.tries("GET", f"/join/{self.token}")
        return status, bytes(page).decode()


def with_link(world: World, token: str, guest_id: str = "") -> Outsider:
    return Outsider(world, "/guest", token=token, id=guest_id)


async def invited(console: Console, talk: str, name: str = "Gus Plumber") -> Outsider:
    """Return somebody whom an agent has sent a link."""
    made = await console.call("POST", f"/api/v1/conversations/{talk}/guests", name=name)
    return with_link(console.world, made["link"].rpartition("/join/")[2], made["guest"]["id"])


async def in_company(console: Console, talk: str, name: str = "Gus Plumber") -> Outsider:
    """Return somebody who has come by a link."""
    guest = await invited(console, talk, name)
    await guest.opens_link()
    return guest


# --- coming and speaking


async def test_a_guest_comes_by_a_link_and_everybody_hears_the_guest(world: World) -> None:
    ann, visitor, talk = await world.talk()
    made = await ann.call("POST", f"/api/v1/conversations/{talk}/guests", name="  Gus  Plumber ")
    assert made["guest"]["name"] == "Gus Plumber"
    assert made["guest"]["joined_at"] is None
    assert made["link"].startswith(f"{world.settings.public_url}/join/")
    gus = with_link(world, made["link"].rpartition("/")[2], made["guest"]["id"])
    await gus.opens_link()
    told = await visitor.heard.wait_for("entry", lambda entry: entry["parts"][0].get("name") == "joined")
    assert told["parts"][0]["data"] == {"agent_name": "Gus Plumber"}
    assert (gus.conversation["host"]["name"], gus.conversation["invited_by"]) == ("Ann", "Ann")
    await gus.says("I am the plumber")
    heard = await visitor.sees("I am the plumber")
    assert heard["author"] | {"avatar": None} == {"kind": "guest", "id": "guest", "name": "Gus Plumber", "avatar": None}
    assert (await ann.sees("I am the plumber"))["author"]["name"] == "Gus Plumber"
    await visitor.says("It drips")
    assert (await gus.sees("It drips"))["author"]["id"] == "customer"
    await ann.says(talk, "Gus will come")
    assert (await gus.sees("Gus will come"))["author"]["id"] == "agent"
    shown = await ann.conversation(talk)
    assert shown["host"]["name"] == "Ann"
    assert [guest["name"] for guest in shown["guests"]] == ["Gus Plumber"]


async def test_an_invitation_is_for_agents_only_until_the_guest_comes(world: World) -> None:
    ann, visitor, talk = await world.talk()
    gus = await invited(ann, talk)
    assert (await gus.link_says())[0] == 200
    assert "Gus" not in str(await visitor.transcript()), "a preview of the link is no joining"
    names = [entry["parts"][0]["name"] for entry in await ann.transcript(talk) if entry["kind"] == "event"]
    assert names[-1] == "invited"
    await ann.call("DELETE", f"/api/v1/conversations/{talk}/guests/{gus.id}")
    assert "Gus" not in str(await visitor.transcript()), "who never came did not leave either"
    with pytest.raises(Refused, match="guest_gone"):
        await gus.opens_socket({"token": gus.token})


async def test_a_guest_sees_nothing_from_before_joining(world: World) -> None:
    ann, visitor, talk = await world.talk(about="My code is 4711")
    gus = await invited(ann, talk)
    await ann.says(talk, "Said while the link was on its way")
    await gus.opens_link()
    await visitor.says("Hello Gus")
    await gus.sees("Hello Gus")
    assert [words(entry) for entry in await gus.transcript() if entry["kind"] == "message"] == ["Hello Gus"]
    assert "4711" not in str(gus.heard.things)
    assert gus.conversation["name"] == "Gus Plumber"


async def test_guests_see_what_was_said_earlier_where_the_company_wants_it(world: World) -> None:
    await world.setting(guests_see_earlier=True)
    ann, _, talk = await world.talk(about="It drips since Monday")
    gus = await in_company(ann, talk)
    assert "It drips since Monday" in [words(entry) for entry in await gus.transcript()]


async def test_private_words_never_reach_a_guest(world: World) -> None:
    await world.setting(guests_see_earlier=True)
    ann, visitor, talk = await world.talk()
    await ann.says(talk, "secret: from before", private=True)
    gus = await in_company(ann, talk)
    await ann.says(talk, "secret: he is expensive", private=True)
    boss = await (await world.founder()).sits_down()
    await boss.emits("message", conversation_id=talk, client_id="whisper-1", whisper=True,
                     parts=[{"type": "text", "text": "secret: whispered"}])  # fmt: skip
    await visitor.says("Are you there?")
    await gus.sees("Are you there?")
    assert "secret" not in str(gus.heard.things) + str(await gus.transcript())
    assert not gus.heard.all("pushed")


async def test_what_a_guest_says_twice_is_stored_once(world: World) -> None:
    ann, _, talk = await world.talk()
    gus = await in_company(ann, talk)
    first = await gus.says("Once", client_id="the-same-words")
    await gus.closes_window()
    await gus.opens_link()
    assert (await gus.says("Once", client_id="the-same-words"))["id"] == first["id"]
    said = [entry for entry in await ann.transcript(talk) if words(entry) == "Once"]
    assert len(said) == 1
    joined = [entry for entry in await ann.transcript(talk) if entry["parts"][0].get("name") == "joined"]
    assert len(joined) == 1, "who comes back by the same link is the same guest"


async def test_two_guests_hear_each_other_and_nobody_is_one_too_many(world: World) -> None:
    ann, _, talk = await world.talk()
    guests = [await in_company(ann, talk, f"Guest {number}") for number in range(4)]
    await guests[0].says("Hello all")
    for guest in guests[1:]:
        heard = await guest.sees("Hello all")
        assert heard["author"]["id"] == guests[0].id
    assert len((await ann.conversation(talk))["guests"]) == 4


# --- going


async def is_cut_off(guest: Outsider) -> None:
    """Check that a guest can neither hear nor say nor read anything any more."""

    async def is_closed() -> None:
        assert guest.socket
        await guest.socket.wait()

    await until(is_closed, "the guest's socket was closed")
    with pytest.raises(Refused):
        await guest.opens_socket({"token": guest.token})


async def test_a_removed_guest_is_cut_off_at_once(world: World) -> None:
    ann, visitor, talk = await world.talk()
    gus, mia = await in_company(ann, talk), await in_company(ann, talk, "Mia")
    await ann.call("DELETE", f"/api/v1/conversations/{talk}/guests/{gus.id}")
    assert (await gus.heard.wait_for("gone"))["reason"] == "removed"
    await is_cut_off(gus)
    assert (await gus.link_says())[0] == 404
    await visitor.says("Now we are among ourselves")
    await mia.sees("Now we are among ourselves")
    assert "among ourselves" not in str(gus.heard.things)
    left = await visitor.heard.wait_for("entry", lambda entry: entry["parts"][0].get("name") == "guest_left")
    assert left["parts"][0]["data"] == {"agent_name": "Gus Plumber"}


async def test_a_guest_leaves_when_all_is_said(world: World) -> None:
    ann, visitor, talk = await world.talk()
    gus, mia = await in_company(ann, talk), await in_company(ann, talk, "Mia")
    second_window = with_link(world, gus.token, gus.id)
    await second_window.opens_link()
    await gus.emits("leave")
    left = await visitor.heard.wait_for("entry", lambda entry: entry["parts"][0].get("name") == "guest_left")
    assert left["parts"][0]["data"] == {"agent_name": "Gus Plumber"}
    assert (await second_window.heard.wait_for("gone"))["reason"] == "removed"
    with pytest.raises(Refused, match="guest_gone"):
        await gus.says("One more thing")
    assert (await gus.link_says())[0] == 404
    await visitor.says("Good that he was here")
    await mia.sees("Good that he was here")
    assert "Good that" not in str(gus.heard.things)


async def test_everybody_who_may_answer_sees_that_a_guest_types(world: World) -> None:
    ann, visitor, talk = await world.talk()
    gus = await in_company(ann, talk)
    for on in (True, False):
        await gus.emits("typing", on=on)
        told = {"conversation_id": talk, "name": "Gus Plumber", "on": on}
        await ann.heard.wait_for("typing", lambda typing, told=told: typing == told)
        await visitor.heard.wait_for("typing", lambda typing, told=told: typing == told)


async def test_the_link_is_kept_nowhere(world: World) -> None:
    ann, _, talk = await world.talk()
    made = await ann.call(
        "POST", f"/api/v1/conversations/{talk}/guests", name="Gus", headers={"Idempotency-Key": "a-key-for-gus"}
    )
    token = made["link"].rpartition("/join/")[2]
    for name in await world.db.client[world.db.name].list_collection_names():
        async for row in world.db[name].find():
            assert token not in str(row), name


async def test_a_guest_at_another_process_is_cut_off_too(world: World) -> None:
    ann, visitor, talk = await world.talk()
    gus = await invited(ann, talk)
    gus.url = await world.second_web()
    await gus.opens_socket({"token": gus.token})
    await gus.says("Hello from afar")
    await visitor.sees("Hello from afar")
    await ann.call("DELETE", f"/api/v1/conversations/{talk}/guests/{gus.id}")
    with pytest.raises(Refused, match="guest_gone"):
        await gus.says("Still here?")
    with pytest.raises(Refused, match="guest_gone"):
        await gus.transcript()
    await visitor.says("Between us")
    await ann.sees("Between us")
    await world._webs[0].guests.beat_once()
    await is_cut_off(gus)
    assert "Between us" not in str(gus.heard.things)


async def test_a_link_works_for_as_long_as_the_company_says(world: World) -> None:
    await world.setting(guest_hours=1, customer_silence=7_200, customer_reminder=7_200, agent_silence=7_200)
    ann, visitor, talk = await world.talk()
    gus, late = await in_company(ann, talk), await invited(ann, talk, "Late")
    world.clock.advance(minutes=59)
    await gus.says("Still in time")
    world.clock.advance(minutes=1)
    with pytest.raises(Refused, match="guest_gone"):
        await gus.says("Too late")
    with pytest.raises(Refused, match="guest_gone"):
        await gus.transcript()
    await visitor.says("After hours")
    await ann.sees("After hours")
    await world.web.guests.beat_once()
    await is_cut_off(gus)
    assert "After hours" not in str(gus.heard.things)
    for guest in (gus, late):
        assert (await guest.link_says())[0] == 404
        with pytest.raises(Refused, match="guest_gone"):
            await guest.opens_socket({"token": guest.token})


async def test_with_the_conversation_the_guests_part_is_over(world: World) -> None:
    ann, _, talk = await world.talk()
    gus, late = await in_company(ann, talk), await invited(ann, talk, "Late")
    await ann.ends(talk, "solved")
    assert (await gus.heard.wait_for("gone"))["reason"] == "ended"
    await is_cut_off(gus)
    for guest in (gus, late):
        status, page = await guest.link_says()
        assert (status, 'data-why="ended"' in page) == (410, True)
    with pytest.raises(Refused, match="ended"):
        await ann.call("POST", f"/api/v1/conversations/{talk}/guests", name="Nobody")


# --- whoever should not


async def test_only_the_host_or_a_leader_invites_from_outside(world: World) -> None:
    ann, _, talk = await world.talk()
    bo = await world.agent_on_duty("Bo")
    with pytest.raises(Refused, match="invalid"):
        await invited(bo, talk)
    cy = await world.agent_on_duty("Cy", groups=[(await world.group("Elsewhere")).id])
    with pytest.raises(Refused, match="not_found"):
        await invited(cy, talk)
    await invited(await world.founder(), talk)
    for name in ("", "   ", "x" * 101):
        with pytest.raises(Refused, match="invalid"):
            await invited(ann, talk, name)


async def test_forged_links_open_nothing(world: World) -> None:
    ann, _, talk = await world.talk()
    gus = await in_company(ann, talk)
    other = await world.visitor()
    elsewhere = await other.asks("Somebody else's words")
    secret, later = world.settings.secret, datetime(2100, 1, 1, tzinfo=UTC)
    tokens = [
        "", "x", gus.token[:-1], gus.token + "x", "A" + gus.token, gus.token.swapcase(),
        token_of(b"another secret of thirty-two letters", Pass(world.tenant_id, talk, gus.id, later)),
        token_of(secret, Pass(world.tenant_id, elsewhere, gus.id, later)),
        token_of(secret, Pass("another", talk, gus.id, later)),
        token_of(secret, Pass(world.tenant_id, talk, ann.id, later)),
        new_visitor(secret, world.channel).token,
    ]  # fmt: skip
    for token in tokens:
        stranger = with_link(world, token)
        status, _ = await stranger.tries("GET", f"/join/{token}")
        assert status == 404, token
        with pytest.raises(Refused):
            await stranger.opens_socket({"token": token})
    with pytest.raises(Refused):
        await with_link(world, "").opens_socket({})


async def test_a_guest_can_do_nothing_but_talk(world: World) -> None:
    ann, visitor, talk = await world.talk()
    gus = await in_company(ann, talk)
    sent = await visitor.sends_file("pipe.txt", b"it drips", "text/plain")
    heard = await gus.heard.wait_for("entry", lambda entry: entry["parts"][0]["type"] == "file")
    assert heard["parts"][0] | {"name": "pipe.txt", "file_id": "withheld"} == heard["parts"][0]
    file_id = sent["parts"][0]["file_id"]
    bearer = {"Authorization": f"Bearer {gus.token}", "X-Visitor-Session": gus.token}
    for path in (f"/api/v1/files/{file_id}", f"/chat/{visitor.channel_key}/files/{file_id}",
                 f"/api/v1/conversations/{talk}", f"/api/v1/conversations/{talk}/entries"):  # fmt: skip
        status, _ = await gus.tries("GET", path, headers=bearer)
        assert status in (401, 404), path
    for part in ({"type": "file", "file_id": file_id}, {"type": "image", "file_id": file_id},
                 {"type": "card", "title": "Win", "url": "https://example.com"}, {"type": "event", "name": "ended"},
                 {"type": "rich", "html": "<b>x</b>"}):  # fmt: skip
        with pytest.raises(Refused, match="invalid"):
            await gus.emits("message", client_id="not-words", parts=[part])
    for namespace, auth in (("/agent", {"session": gus.token}), ("/visitor", {"session": gus.token})):
        with pytest.raises(Refused):
            await Browser(world, namespace).opens_socket(auth)


async def test_a_flood_is_refused_in_words_and_stops_nobody_else(slow: World) -> None:
    ann, visitor, talk = await slow.talk()
    gus = await in_company(ann, talk)
    assert gus.socket
    answers = [await gus.socket.call("since", {"seq": 0}, namespace="/guest") for _ in range(200)]
    assert {answer["problem"]["code"] for answer in answers if not answer["ok"]} == {"too_many"}
    await visitor.says("Still there?")
    await gus.sees("Still there?")


async def test_rubbish_is_refused_in_words(patient: World) -> None:
    world = patient
    ann, visitor, talk = await world.talk()
    gus = await in_company(ann, talk)
    assert gus.socket
    right = {"client_id": "client-1234", "parts": [{"type": "text", "text": "Hi"}]}
    rubbish: list[Any] = [None, True, 2**80, "", "x" * 20_000, [], {}, {"$gt": ""}, "\x00"]
    wrong = [{**right, name: one} for name in right for one in rubbish if one != "\x00"]
    wrong += [one for one in rubbish if not isinstance(one, list)] + [
        {**right, "parts": [{"type": "text", "text": "Hi"}] * 21}
    ]
    for event in ("message", "since"):
        for payload in wrong if event == "message" else [{"seq": one} for one in rubbish] + rubbish[:4]:
            answer = await gus.socket.call(event, payload, namespace="/guest")
            assert answer["ok"] or 400 <= answer["problem"]["status"] < 500, (event, payload, answer)
    for name in ("entry", "conversation", "gone", "committed", "let_go", "beat", "trigger_event", "read", "watch"):
        await gus.socket.emit(name, {"conversation_id": talk, "on": True}, namespace="/guest")
    await visitor.says("Still there?")
    await gus.sees("Still there?")
    assert not ann.heard.all("read")


async def test_a_name_is_only_words(world: World) -> None:
    ann, visitor, talk = await world.talk()
    name = '<script>alert(1)</script>"'
    gus = await in_company(ann, talk, name)
    assert "<script>alert" not in (await gus.link_says())[1]
    await gus.says("Hi")
    assert (await visitor.sees("Hi"))["author"]["name"] == name, "browsers write it as text"


def test_a_pass_says_what_was_signed_and_nothing_else() -> None:
    now, secret = datetime(2026, 1, 1, tzinfo=UTC), b"a secret of thirty-two characters or more"
    shown = Pass("t", "c", "g", datetime(2026, 1, 2, tzinfo=UTC))
    token = token_of(secret, shown)
    assert known_pass(secret, token, now) == shown
    assert known_pass(secret, token, shown.until) is None
    assert known_pass(b"another secret", token, now) is None
