"""An agent's public reply reaches a customer who left an e-mail, once; a note never does (spec 5.7)."""

from __future__ import annotations

from tests.world import World


async def test_a_reply_is_mailed_once_and_a_note_never(world: World) -> None:
    visitor = await world.visitor()
    await visitor.says("My teapot arrived broken")
    form = {"client_id": "form-0001", "name": "Li Lei", "email": "lilei@example.com", "text": "It is the blue one."}
    number = (await visitor.call("POST", f"/chat/{visitor.channel_key}/tickets", **form))["number"]
    again = (await visitor.call("POST", f"/chat/{visitor.channel_key}/tickets", **form))["number"]
    assert number == again == "#1"
    ann = await world.agent_on_duty("Ann")
    ticket = (await ann.call("GET", "/api/v1/tickets", view="unassigned"))["items"][0]
    say = {"parts": [{"type": "text", "text": "A new one is on its way."}]}
    whisper = {"parts": [{"type": "text", "text": "second time this month"}]}
    await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/notes", **whisper)
    await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/replies", **say)
    await world.settles()
    mails = await world.db["mailbox"].find().to_list()
    assert [mail["to"] for mail in mails] == ["lilei@example.com"]
    assert "A new one is on its way." in mails[0]["text"]
    assert "second time" not in str(mails)
    mine = (await visitor.call("GET", f"/chat/{visitor.channel_key}/opening"))["tickets"]
    read = await visitor.call("GET", f"/chat/{visitor.channel_key}/tickets/{mine[0]['id']}")
    assert [entry["parts"][0]["text"] for entry in read["entries"]][-1] == "A new one is on its way."
    assert "second time" not in str(read)
