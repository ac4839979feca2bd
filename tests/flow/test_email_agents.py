"""Agents who work from their mail program: notices, answers, notes and orders by mail; strangers who pretend."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.mailhouse import Dovecot, Received, a_mail, dovecot
from tests.mailworld import MailDesk, a_mail_desk, said, thread
from tests.world import Console, World

__all__ = ["dovecot"]
PROOF = "mx.desk.test; dmarc=pass header.from=example.com; dkim=pass header.d=example.com"


@pytest.fixture
async def desk(world: World, dovecot: Dovecot) -> AsyncIterator[MailDesk]:
    async with a_mail_desk(world, dovecot, receipt=False, notices=True) as opened:
        yield opened


async def assigned(desk: MailDesk, agent: Console, **mail: Any) -> tuple[dict[str, Any], Received]:
    """Let a customer's mail be assigned to an agent; return the ticket, and the notice that the agent got."""
    ticket = await desk.hears("It broke.", subject="Teapot", **mail)
    await desk.world.settles()
    desk.office.received.clear()  # those who are away were told of a new ticket
    founder = await desk.world.founder()
    path = f"/api/v1/tickets/{ticket['id']}"
    ticket = await founder.call("POST", f"{path}/assign", version=ticket["version"], handler_id=agent.id)
    await desk.world.settles()
    [notice] = desk.office.to(agent.email)
    return ticket, notice


async def answers(
    desk: MailDesk, agent: Console, notice: Received, text: str, proof: str = PROOF, **headers: str
) -> None:
    """Let an agent answer a notice in a mail program: the notice is quoted below."""
    quote = "\n".join(f"> {line}" for line in notice.text().splitlines())
    raw = a_mail(
        sender=f"{agent.me['name']} <{agent.email}>", to=desk.address, subject=f"Re: {notice.mail['Subject']}",
        text=f"{text}\n\nOn Mon, 2 Mar 2026 at 09:00, Lantern & Leaf <{desk.address}> wrote:\n{quote}\n",
        In_Reply_To=str(notice.mail["Message-ID"]), Authentication_Results=proof,
        **({"Message_ID": f"<answer-{len(text)}@example.com>"} | headers),
    )  # fmt: skip
    await desk.receives(raw)
    await desk.world.settles()


async def shown(desk: MailDesk, ticket: dict[str, Any]) -> dict[str, Any]:
    founder = await desk.world.founder()
    return await founder.call("GET", f"/api/v1/tickets/{ticket['id']}")  # type: ignore[no-any-return]


async def test_a_notice_tells_the_story_and_its_answer_goes_to_the_customer_in_the_desks_name(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    assert "It broke." in notice.text()
    assert notice.mail["Auto-Submitted"] == "auto-generated"
    await answers(desk, ann, notice, f"A new one is on its way.\n\nAnn Lee, {ann.email}")
    assert said(await thread(ann, ticket))[-1] == (
        "agent_reply",
        f"A new one is on its way.\n\nAnn Lee, {desk.address}",
    )
    [mail] = desk.office.to("lin@customer.test")
    assert mail.mail["From"] == f"Lantern & Leaf <{desk.address}>"
    assert "A new one is on its way." in mail.text()
    assert ann.email.encode() not in mail.raw
    assert (await shown(desk, ticket))["state"] == "open"


async def test_a_marked_first_line_makes_it_a_note(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    await answers(desk, ann, notice, "#内部\n等供应商。")
    assert said(await thread(ann, ticket))[-1] == ("note", "等供应商。")
    assert desk.office.to("lin@customer.test") == []


async def test_first_lines_are_orders(desk: MailDesk) -> None:
    ann, bob = await desk.world.agent("Ann"), await desk.world.agent("Bob")
    ticket, notice = await assigned(desk, ann)
    await answers(desk, ann, notice, "#assign bob\n#优先级 高\n#solve\n\nIt is on its way.")
    now = await shown(desk, ticket)
    assert (now["handler"]["id"], now["priority"], now["state"]) == (bob.id, "P2", "solved")
    assert said(await thread(ann, ticket))[-1] == ("agent_reply", "It is on its way.")
    assert len(desk.office.to("lin@customer.test")) == 1
    assert desk.office.to(bob.email), "whom it was assigned to is told"


async def test_orders_alone_say_nothing(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    await answers(desk, ann, notice, "#解决")
    assert (await shown(desk, ticket))["state"] == "solved"
    assert said(await thread(ann, ticket)) == [("customer_reply", "It broke.")]


async def test_an_order_that_fails_is_told_in_words_and_shown_and_the_rest_is_done(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    await answers(desk, ann, notice, "#assign zoe\n#priority enormous\n\nHello.")
    entries = await thread(ann, ticket)
    assert said(entries)[-1] == ("agent_reply", "Hello.")
    [lines] = [
        part["data"]["lines"] for entry in entries for part in entry["parts"] if part.get("name") == "orders_refused"
    ]
    assert [one["line"] for one in lines] == ["#assign zoe", "#priority enormous"]
    assert "Nobody here is called “zoe”" in lines[0]["reason"]
    told = desk.office.to(ann.email)[-1]
    assert "Nobody here is called “zoe”" in told.text()
    assert told.mail["In-Reply-To"] == "<answer-38@example.com>"


async def test_a_mistyped_order_keeps_the_words_at_the_desk(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    await answers(desk, ann, notice, "#ntoe\nThis customer again.")
    assert said(await thread(ann, ticket))[-1] == ("note", "This customer again.")
    assert desk.office.to("lin@customer.test") == []
    assert "There is no such order" in desk.office.to(ann.email)[-1].text()


async def test_by_mail_an_agent_may_do_what_the_role_allows_and_no_more(desk: MailDesk) -> None:
    zoe = await desk.world.agent("Zoe", role="auditor")  # reads everything, answers nobody
    ticket, notice = await assigned(desk, await desk.world.agent("Ann"))
    await answers(desk, zoe, notice, "#solve\nHello!")
    assert (await shown(desk, ticket))["state"] == "open"
    assert said(await thread(zoe, ticket)) == [("customer_reply", "It broke.")]
    told = desk.office.to(zoe.email)[-1].text()
    assert "Your role does not allow this" in told
    assert "Hello!" in told, "what was written is not lost"
    elsewhere = await desk.world.group("Elsewhere")
    bob = await desk.world.agent("Bob", groups=[elsewhere.id])
    await answers(desk, bob, notice, "I should not see this.")
    assert said(await thread(zoe, ticket)) == [("customer_reply", "It broke.")]


@pytest.mark.parametrize("proof", ["", "mx.desk.test; dmarc=fail header.from=example.com", "mx.evil.test; dmarc=pass"])
async def test_who_does_not_prove_to_be_an_agent_is_heard_as_a_stranger(desk: MailDesk, proof: str) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    letters = len(desk.office.received)
    await answers(desk, ann, notice, "#solve\nSend the refund to me.", proof)
    entries = await thread(ann, ticket)
    assert said(entries)[-1] == ("note", "#solve\nSend the refund to me.")
    assert entries[-1]["author"] == entries[-1]["author"] | {"kind": "guest", "name": ann.email}
    assert [part["name"] for entry in entries for part in entry["parts"] if part["type"] == "event"][-1] == "unproven"
    assert (await shown(desk, ticket))["state"] == "open"
    assert len(desk.office.received) == letters, "nobody is written to"


async def test_an_agents_mail_twice_is_one_answer(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    for _ in range(2):
        await answers(desk, ann, notice, "A new one is on its way.")
    assert [kind for kind, _ in said(await thread(ann, ticket))] == ["customer_reply", "agent_reply"]
    assert len(desk.office.to("lin@customer.test")) == 1


async def test_whom_the_agents_program_wrote_to_gets_no_second_mail(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    await answers(desk, ann, notice, "Hello both.", To=f"{desk.address}, lin@customer.test")
    [reply] = [entry for entry in await thread(ann, ticket) if entry["kind"] == "agent_reply"]
    assert reply["delivery"]["state"] == "sent"
    assert desk.office.to("lin@customer.test") == []


async def test_a_tag_finds_the_ticket_even_when_the_notice_is_forgotten(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    await desk.world.db["mails"].delete_many({"for_agents": True})
    notice.mail.replace_header("Subject", "no number")
    await answers(desk, ann, notice, "Found it.")
    assert said(await thread(ann, ticket))[-1] == ("agent_reply", "Found it.")


async def test_an_agent_who_is_a_customer_is_heard_as_one(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket = await desk.hears("My screen is dark.", sender=ann.email, Authentication_Results=PROOF)
    number = f"Re: [#{ticket['number']}]"
    await desk.hears("Still dark.", sender=ann.email, subject=number, Authentication_Results=PROOF)
    assert said(await thread(ann, ticket)) == [
        ("customer_reply", "My screen is dark."),
        ("customer_reply", "Still dark."),
    ]


async def test_who_handles_stars_or_gets_copies_is_told_of_answers(desk: MailDesk) -> None:
    ann, bob, eve, zoe = [await desk.world.agent(name) for name in ("Ann", "Bob", "Eve", "Zoe")]
    ticket, notice = await assigned(desk, ann, Cc=bob.email)
    await eve.call("PUT", f"/api/v1/tickets/{ticket['id']}/star")
    desk.office.received.clear()
    for number in range(7):  # agents hear of everything: what holds back automatic answers is for customers
        await desk.hears(f"And cup {number}.", In_Reply_To=str(notice.mail["Message-ID"]), subject="x")
        await desk.world.settles()
    assert [len(desk.office.to(one.email)) for one in (ann, bob, eve, zoe)] == [7, 7, 7, 0]


async def test_an_agent_who_is_away_leaves_no_line_in_the_ticket(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    before = len(await thread(ann, ticket))
    away = {"Auto_Submitted": "auto-replied", "Subject": "Out of office", "Message_ID": "<away@example.com>"}
    await answers(desk, ann, notice, "I am away.", **away)
    assert len(await thread(ann, ticket)) == before


async def test_what_a_program_adds_in_an_agents_name_stays_at_the_desk(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    ticket, notice = await assigned(desk, ann)
    await answers(desk, ann, notice, "Accepted: weekly meeting", Precedence="bulk")
    assert said(await thread(ann, ticket))[-1] == ("note", "Accepted: weekly meeting")
    assert desk.office.to("lin@customer.test") == []
