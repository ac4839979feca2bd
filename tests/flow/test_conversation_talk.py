"""What is said between a customer and an agent: once, in order, to whom it is meant (spec 4.1, 4.2, 4.8)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.world import Console, Refused, Visitor, World, words

SECRET = "between us: this customer never pays"


def said(entries: list[dict[str, Any]]) -> list[str]:
    return [words(entry) for entry in entries if entry["kind"] == "message"]


async def test_everything_is_heard_in_order_and_once_on_both_sides(world: World) -> None:
    ann, visitor, conversation_id = await world.talk(about="0")
    await asyncio.gather(
        *(visitor.says(str(number)) for number in range(1, 11)),
        *(ann.says(conversation_id, str(number)) for number in range(11, 21)),
    )
    stored = await ann.transcript(conversation_id)
    assert [entry["seq"] for entry in stored] == list(range(1, len(stored) + 1))
    assert sorted(said(stored), key=int) == [str(number) for number in range(21)]
    assert said(await visitor.transcript()) == said(stored)
    for number in range(11, 21):
        await visitor.sees(str(number))
    for number in range(1, 11):
        await ann.sees(str(number))
    heard = [words(entry) for entry in visitor.heard.all("entry") if entry["author"]["kind"] == "agent"]
    assert [number for number in said(stored) if int(number) > 10] == heard


async def test_one_who_speaks_fast_is_stored_in_the_order_spoken(world: World) -> None:
    ann, visitor, conversation_id = await world.talk(about="0")
    await asyncio.gather(*(visitor.says(str(number)) for number in range(1, 30)))
    assert said(await ann.transcript(conversation_id)) == [str(number) for number in range(30)]


async def test_the_same_message_twice_is_the_same_entry(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    first = await visitor.says("Hello?", client_id="my-message-1")
    again = await visitor.says("Hello?", client_id="my-message-1")
    assert again == first
    mine = await ann.says(conversation_id, "Yes!", client_id="answer-to-it")
    assert await ann.says(conversation_id, "Yes!", client_id="answer-to-it") == mine
    assert said(await ann.transcript(conversation_id))[1:] == ["Hello?", "Yes!"]


async def test_a_first_message_sent_twice_begins_one_conversation(world: World) -> None:
    await world.agent_on_duty("Ann")
    visitor = await world.visitor()
    tab = await visitor.opens_second_tab()
    first, second = await asyncio.gather(
        visitor.says("Hello?", client_id="my-message-1"), tab.says("Hello?", client_id="my-message-1")
    )
    assert first == second
    assert await world.db["conversations"].count_documents({"tenant_id": world.tenant_id}) == 1


async def test_two_tabs_that_begin_at_once_begin_one_conversation(world: World) -> None:
    await world.agent_on_duty("Ann")
    visitor = await world.visitor()
    tab = await visitor.opens_second_tab()
    await asyncio.gather(*(window.says(f"Words {n}") for n in range(5) for window in (visitor, tab)))
    assert await world.db["conversations"].count_documents({"tenant_id": world.tenant_id}) == 1
    entries = await visitor.transcript()
    assert len(said(entries)) == 10
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))


async def test_a_message_sent_again_from_two_sockets_at_once_is_stored_once(world: World) -> None:
    ann, visitor, conversation_id = await world.talk(about="0")
    tab = await visitor.opens_second_tab()
    for round_ in range(10):
        answers = await asyncio.gather(
            *(window.says("Again", client_id=f"round-{round_}-x") for window in (visitor, tab, visitor, tab))
        )
        assert all(answer == answers[0] for answer in answers)
    assert said(await ann.transcript(conversation_id)) == ["0", *["Again"] * 10]


async def test_a_message_sent_again_after_the_end_is_the_same_entry_and_begins_nothing(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    first = await visitor.says("Thank you", client_id="my-thanks-1")
    await ann.ends(conversation_id, "solved")
    again = await visitor.says("Thank you", client_id="my-thanks-1")
    assert again == first
    assert visitor.id == conversation_id
    assert (visitor.conversation or {})["state"] == "ended"
    assert await world.db["conversations"].count_documents({"tenant_id": world.tenant_id}) == 1


async def test_somebody_elses_client_id_is_not_mine(world: World) -> None:
    _, visitor, _ = await world.talk()
    other = await world.visitor()
    mine = await visitor.says("My secret", client_id="message-1")
    theirs = await other.says("Hello", client_id="message-1")
    assert theirs["id"] != mine["id"]
    assert words(theirs) == "Hello"


async def test_the_customers_second_tab_sees_both_sides(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    tab = await visitor.opens_second_tab()
    assert tab.id == conversation_id
    assert said(tab.opening["entries"]) == ["Where is my order?"]
    await visitor.says("From the first tab")
    await tab.sees("From the first tab")
    await tab.says("From the second tab")
    await visitor.sees("From the second tab")
    await ann.says(conversation_id, "To both")
    await visitor.sees("To both")
    await tab.sees("To both")
    own = [words(entry) for entry in visitor.heard.all("entry")]
    assert "From the first tab" not in own  # its acknowledgement told it already


async def test_the_agents_second_window_sees_what_the_first_one_said(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    elsewhere = await (await ann.signs_in_elsewhere()).sits_down()
    await ann.says(conversation_id, "From the first window")
    await elsewhere.sees("From the first window")
    await elsewhere.says(conversation_id, "From the second window")
    await ann.sees("From the second window")
    await visitor.sees("From the second window")


async def test_a_stranger_hears_nothing(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    stranger = await world.visitor()
    bob = await world.agent_on_duty("Bob", groups=[(await world.group("Elsewhere")).id])
    await visitor.says("Only for Ann")
    await ann.sees("Only for Ann")
    await ann.says(conversation_id, "Only for you")
    await visitor.sees("Only for you")
    for listener in (stranger, bob):
        with pytest.raises(Refused, match="not_found"):
            await listener.emits("since", conversation_id=conversation_id, seq=0)
        assert listener.heard.all("entry") == []
        assert all(told["id"] != conversation_id for told in listener.heard.all("conversation"))
        assert all(told["data"]["id"] != conversation_id for told in listener.heard.all("pushed"))
    for event in ("read", "leave", "rate"):
        with pytest.raises(Refused, match="not_found"):
            await stranger.emits(event, conversation_id=conversation_id, seq=1, score=1)
    for event in ("read", "typing", "watch", "message"):
        with pytest.raises(Refused, match="not_found"):
            await bob.emits(
                event,
                conversation_id=conversation_id,
                client_id="client-of-bob",
                parts=[{"type": "text", "text": "Hi"}],
            )


# --- notes


async def test_a_customer_learns_the_names_of_agents_and_never_their_ids(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    await ann.says(conversation_id, "I am Ann")
    await visitor.sees("I am Ann")
    await visitor.reloads()
    seen = str([*visitor.heard.things, visitor.opening, await visitor.transcript(), visitor.conversation])
    assert "Ann" in seen
    assert ann.id not in seen


async def test_a_note_never_leaves(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    tab = await visitor.opens_second_tab()
    note = await ann.says(conversation_id, SECRET, private=True)
    assert note["kind"] == "note"
    await ann.says(conversation_id, "One moment, please")
    await visitor.sees("One moment, please")
    await tab.sees("One moment, please")
    reopened = await visitor.reloads()
    ended = await ann.ends(conversation_id, "solved", note=SECRET)
    await tab.sees_state("ended")
    everything_told = [
        visitor.heard.things, tab.heard.things, reopened, await visitor.transcript(), await tab.reloads(),
    ]  # fmt: skip
    assert SECRET not in str(everything_told)
    assert said(await visitor.transcript()) == ["Where is my order?", "One moment, please"]
    assert SECRET in str(await ann.transcript(conversation_id))
    assert SECRET in str(await ann.call("GET", f"/api/v1/tickets/{ended['ticket']['id']}/entries"))


async def test_a_note_does_not_answer_the_customer(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    await ann.says(conversation_id, SECRET, private=True)
    assert (await ann.call("GET", f"/api/v1/conversations/{conversation_id}"))["waiting_since"] is not None
    await ann.says(conversation_id, "Soon")
    await visitor.sees("Soon")
    await world.web.live.close()  # what follows from the journal is written a moment later
    assert (await ann.call("GET", f"/api/v1/conversations/{conversation_id}"))["waiting_since"] is None


async def test_a_colleague_who_watches_hears_all_and_may_note_but_not_speak(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    bob = await world.agent_on_duty("Bob")
    await bob.emits("watch", conversation_id=conversation_id)
    await visitor.says("Hello?")
    await bob.sees("Hello?")
    note = await bob.says(conversation_id, SECRET, private=True)
    heard = await ann.sees(SECRET)
    assert (heard["id"], heard["author"]["name"]) == (note["id"], "Bob")
    with pytest.raises(Refused, match="Take the conversation"):
        await bob.says(conversation_id, "I know better")
    await bob.emits("unwatch", conversation_id=conversation_id)
    await visitor.says("Anybody?")
    await ann.sees("Anybody?")
    assert "Anybody?" not in [words(entry) for entry in bob.heard.all("entry")]
    assert "I know better" not in said(await ann.transcript(conversation_id))


async def test_nobody_speaks_before_taking(world: World) -> None:
    ann = await world.agent_on_duty("Ann", limit=0)
    await world.agent_on_duty("Bob", limit=1)
    await (await world.visitor()).asks("Bob serves me")
    visitor = await world.visitor()
    await visitor.asks("I wait")
    with pytest.raises(Refused, match="Take the conversation"):
        await ann.says(visitor.id, "Hello!")
    await ann.says(visitor.id, "a regular", private=True)
    await ann.sets_limit(1)
    await ann.is_given(visitor)
    await ann.says(visitor.id, "Now I may")
    await visitor.sees("Now I may")


async def test_the_auditor_reads_and_is_silent(world: World) -> None:
    _, _, conversation_id = await world.talk()
    auditor = await (await world.agent("Aud", role="auditor")).sits_down()
    assert (await auditor.call("GET", "/api/v1/me"))["status"] == "away"  # no seat at a desk
    assert said(await auditor.transcript(conversation_id)) == ["Where is my order?"]
    for private in (True, False):
        with pytest.raises(Refused, match="forbidden"):
            await auditor.says(conversation_id, "Hm", private=private)
    with pytest.raises(Refused, match="forbidden"):
        await auditor.ends(conversation_id, "solved")


# --- typing and reading


async def test_typing_is_seen_on_the_other_side_and_kept_nowhere(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    before = await world.db["entries"].count_documents({})
    await visitor.emits("typing", on=True)
    told = await ann.heard.wait_for("typing")
    assert (told["conversation_id"], told["on"]) == (conversation_id, True)
    await ann.emits("typing", conversation_id=conversation_id, on=True)
    assert await visitor.heard.wait_for("typing") == {"conversation_id": conversation_id, "name": "Ann", "on": True}
    await ann.emits("typing", conversation_id=conversation_id, on=False)
    await visitor.heard.wait_for("typing", lambda told: told["on"] is False)
    assert await world.db["entries"].count_documents({}) == before


async def test_only_the_host_is_seen_typing_and_reading(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    bob = await world.agent_on_duty("Bob")
    await bob.emits("typing", conversation_id=conversation_id, on=True)
    await bob.emits("read", conversation_id=conversation_id, seq=1)
    await ann.emits("read", conversation_id=conversation_id, seq=2)
    assert await visitor.heard.wait_for("read") == {"conversation_id": conversation_id, "seq": 2}
    assert visitor.heard.all("typing") == []


async def test_read_marks_are_told_kept_and_never_go_back(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    answer = await ann.says(conversation_id, "On its way")
    await visitor.emits("read", conversation_id=conversation_id, seq=answer["seq"])
    await ann.heard.wait_for("read", lambda told: told["seq"] == answer["seq"])
    await visitor.emits("read", conversation_id=conversation_id, seq=1)
    await ann.emits("read", conversation_id=conversation_id, seq=1)
    await world.web.live.close()  # written a moment later
    stored = await ann.call("GET", f"/api/v1/conversations/{conversation_id}")
    assert stored["read"] == {"customer": answer["seq"], "agent": 1}


async def test_nobody_has_read_what_is_not_said_yet(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    await visitor.emits("read", conversation_id=conversation_id, seq=9_999_998)
    await ann.emits("read", conversation_id=conversation_id, seq=9_999_998)
    await visitor.says("Something new")
    await ann.sees("Something new")
    await world.web.live.close()
    stored = await ann.call("GET", f"/api/v1/conversations/{conversation_id}")
    assert max(stored["read"].values()) < stored["last_seq"]
    assert stored["unread"] > 0


async def test_what_nobody_read_is_counted(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    for words_ in ("one", "two"):
        await visitor.says(words_)
        await ann.sees(words_)
    await world.web.live.close()
    unread = await ann.call("GET", f"/api/v1/conversations/{conversation_id}")
    assert unread["unread"] == 3, "what was said, not what happened in between"
    assert unread["last_message"]["text"] == "two"
    await ann.emits("read", conversation_id=conversation_id, seq=unread["last_seq"])
    await world.web.live.close()
    assert (await ann.call("GET", f"/api/v1/conversations/{conversation_id}"))["unread"] == 0


# --- files


async def reads(person: Visitor | Console, file_id: str) -> int:
    """Return the status with which a person's download is answered."""
    key = f"/chat/{person.channel_key}" if isinstance(person, Visitor) else "/api/v1"
    status, _ = await person.reads_file(f"{key}/files/{file_id}")
    return status


async def test_files_go_both_ways_and_only_to_those_in_the_talk(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    photo = await visitor.sends_file("lamp.txt", b"it flickers", "text/plain")
    [part] = photo["parts"]
    assert (part["name"], part["size"], part["media_type"]) == ("lamp.txt", 11, "text/plain")
    heard = await ann.heard.wait_for("entry", lambda entry: entry["id"] == photo["id"])
    assert heard["parts"] == photo["parts"]
    stored = await ann.uploads("/api/v1/files", "manual.txt", b"turn it off and on", "text/plain")
    answer = await ann.emits(
        "message",
        conversation_id=conversation_id,
        client_id="with-a-manual",
        parts=[{"type": "file", "file_id": stored["id"]}],
    )
    await visitor.heard.wait_for("entry", lambda entry: entry["id"] == answer["entry"]["id"])
    status, body = await visitor.reads_file(f"/chat/{visitor.channel_key}/files/{stored['id']}")
    assert (status, body) == (200, b"turn it off and on")

    stranger = await world.visitor()
    other_channel = await world.visitor(channel=await world.web_channel())
    colleague = await world.agent_on_duty("Bob")
    elsewhere = await world.agent_on_duty("Cem", groups=[(await world.group("Elsewhere")).id])
    company = await world.another_company()
    foreigner = await company.agent_on_duty("Dee")
    foreign_visitor = await company.visitor()
    for file_id in (part["file_id"], stored["id"]):
        assert [await reads(one, file_id) for one in (ann, visitor, colleague)] == [200, 200, 200]
        for one in (stranger, other_channel, elsewhere, foreigner, foreign_visitor):
            assert await reads(one, file_id) == 404


async def test_a_file_in_a_note_never_leaves(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    stored = await ann.uploads("/api/v1/files", "margins.txt", b"we pay 3, they pay 30", "text/plain")
    part = {"type": "file", "file_id": stored["id"]}
    await ann.emits("message", conversation_id=conversation_id, client_id="the-note", parts=[part], private=True)
    assert await reads(ann, stored["id"]) == 200
    assert await reads(visitor, stored["id"]) == 404


async def test_a_file_that_was_only_uploaded_is_nobody_elses(world: World) -> None:
    ann, visitor, _ = await world.talk()
    mine = await visitor.uploads(f"/chat/{visitor.channel_key}/files", "draft.txt", b"not sent yet", "text/plain")
    stranger = await world.visitor()
    assert [await reads(one, mine["id"]) for one in (visitor, stranger, ann)] == [200, 404, 404]
    with pytest.raises(Refused, match="not there"):
        await stranger.says("", parts=[{"type": "file", "file_id": mine["id"]}])


async def test_nobody_gets_at_a_file_by_sending_it_on(world: World) -> None:
    """Only who may read a file may say it; else its id alone would be a key."""
    _, visitor, _ = await world.talk()
    photo = await visitor.sends_file("contract.txt", b"secret", "text/plain")
    file_id = photo["parts"][0]["file_id"]
    elsewhere = await world.group("Elsewhere")
    cem = await world.agent_on_duty("Cem", groups=[elsewhere.id])
    other = await world.visitor(channel=await world.web_channel(desk_id=elsewhere.id))
    await other.asks("Hello")
    await cem.is_given(other)
    for private in (True, False):
        with pytest.raises(Refused, match="not there"):
            await cem.emits(
                "message",
                conversation_id=other.id,
                client_id=f"sent-on-{private}",
                parts=[{"type": "file", "file_id": file_id}],
                private=private,
            )
    assert await reads(cem, file_id) == 404


async def test_an_agent_may_send_a_customers_file_on_within_the_talk(world: World) -> None:
    ann, visitor, conversation_id = await world.talk()
    photo = await visitor.sends_file("lamp.txt", b"it flickers", "text/plain")
    again = {"type": "file", "file_id": photo["parts"][0]["file_id"]}
    answer = await ann.emits("message", conversation_id=conversation_id, client_id="sent-back", parts=[again])
    assert answer["entry"]["parts"][0]["name"] == "lamp.txt"


async def test_what_a_sender_claims_of_a_file_does_not_count(world: World) -> None:
    ann, visitor, _ = await world.talk()
    stored = await visitor.uploads(
        f"/chat/{visitor.channel_key}/files", "page.html", b"<script>1</script>", "text/html"
    )
    claimed = {
        "type": "image", "file_id": stored["id"], "name": "cat.png", "media_type": "image/png", "size": 3, "width": 10,
    }  # fmt: skip
    entry = await visitor.says("", parts=[claimed])
    assert entry["parts"][0]["type"] == "file"
    assert entry["parts"][0]["name"] == "page.html"
    assert entry["parts"][0]["size"] == 18
    async with ann.http.get(f"/api/v1/files/{stored['id']}") as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "html" not in response.headers["Content-Type"]


async def test_a_download_can_be_gone_on_with(world: World) -> None:
    ann, visitor, _ = await world.talk()
    photo = await visitor.sends_file("long.txt", b"0123456789", "text/plain")
    path = f"/api/v1/files/{photo['parts'][0]['file_id']}"
    async with ann.http.get(path, headers={"Range": "bytes=4-"}) as response:
        assert (response.status, await response.read()) == (206, b"456789")
        assert response.headers["Content-Range"] == "bytes 4-9/10"
    async with ann.http.get(path, headers={"Range": "bytes=99-"}) as response:
        assert response.status == 416


async def test_the_inbox_finds_a_talk_by_words_in_any_case_and_script(world: World) -> None:
    ann = await world.agent_on_duty("Ann")
    for words_said in ("The TEAPOT is broken", "我的打印机坏了", "a+b (c)"):
        visitor = await world.visitor()
        await visitor.says(words_said)
        await world.settles()
        await ann.is_given(visitor)

    async def finds(query: str) -> list[str]:
        found = await ann.call("GET", "/api/v1/conversations", box="mine", q=query)
        return [row["last_message"]["text"] for row in found["items"]]

    assert await finds("teapot broken") == ["The TEAPOT is broken"]
    assert await finds("打印机") == ["我的打印机坏了"]
    assert await finds("(c)") == ["a+b (c)"]
    assert await finds("teapot 打印机") == []
