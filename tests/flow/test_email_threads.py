"""A customer's mail becomes a ticket, and every answer finds it again (spec 2.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.mailhouse import Dovecot, a_mail, dovecot
from tests.mailworld import MailDesk, a_mail_desk, said, thread
from tests.world import World

__all__ = ["dovecot"]


@pytest.fixture
async def desk(world: World, dovecot: Dovecot) -> AsyncIterator[MailDesk]:
    async with a_mail_desk(world, dovecot, receipt=False, tagged_replies=True) as opened:
        yield opened


async def test_a_mail_becomes_a_ticket_in_the_customers_name(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("茶壶碎了。", sender="李雷 <Li.Lei@Customer.TEST>", subject="茶壶")
    assert (ticket["subject"], ticket["state"], ticket["source"]) == ("茶壶", "new", "email")
    assert ticket["customer"]["name"] == "李雷"
    assert said(await thread(ann, ticket)) == [("customer_reply", "茶壶碎了。")]
    pushed = await ann.heard.wait_for("pushed", lambda told: told["name"] == "ticket")
    assert pushed["data"]["number"] == ticket["number"]


async def test_an_answer_goes_out_as_a_mail_of_the_thread(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.", subject="Teapot", Message_ID="<first@customer.test>")
    mail = await desk.answers(ann, ticket, "A new one is on its way.\n\nSorry!")
    assert mail.recipients == ["lin@customer.test"]
    assert (mail.mail["From"], mail.mail["To"]) == (f"Lantern & Leaf <{desk.address}>", "lin@customer.test")
    assert mail.mail["Subject"] == f"Re: [#{ticket['number']}] Teapot"
    assert mail.mail["In-Reply-To"] == "<first@customer.test>"
    assert "A new one is on its way." in mail.text()
    assert "Please reply above this line" in mail.text()
    [entry] = [entry for entry in await thread(ann, ticket) if entry["kind"] == "agent_reply"]
    assert mail.mail["Message-ID"] == f"<{entry['id']}@desk.test>"
    assert entry["delivery"]["state"] == "sent"


async def test_a_reply_finds_its_ticket_by_the_mail_that_it_answers(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.", subject="Teapot")
    mail = await desk.answers(ann, ticket, "Which one?")
    again = await desk.hears("The blue one.", subject="something else", In_Reply_To=str(mail.mail["Message-ID"]))
    assert again["id"] == ticket["id"]
    assert again["state"] == "open"
    assert said(await thread(ann, ticket))[1:] == [("agent_reply", "Which one?"), ("customer_reply", "The blue one.")]


async def test_a_reply_finds_its_ticket_by_the_address_that_it_goes_to(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.")
    mail = await desk.answers(ann, ticket, "Which one?")
    tagged = str(mail.mail["Reply-To"])
    assert tagged.startswith(desk.address.split("@")[0] + "+t")
    again = await desk.hears("The blue one.", subject="x", To=tagged, sender="colleague@customer.test")
    assert again["id"] == ticket["id"]
    forged = tagged.replace(f"+t{ticket['number']}.", f"+t{ticket['number'] + 1}.")
    assert (await desk.hears("Let me in.", subject="x", To=forged))["id"] != ticket["id"]


async def test_the_number_in_the_subject_counts_for_those_who_take_part_only(desk: MailDesk) -> None:
    ticket = await desk.hears("It broke.", subject="Teapot", Cc="Han <han@customer.test>")
    subject = f"Re: [#{ticket['number']}] Teapot"
    assert (await desk.hears("And the cup.", subject=subject))["id"] == ticket["id"]
    assert (await desk.hears("I saw it.", subject=subject, sender="han@customer.test"))["id"] == ticket["id"]
    stranger = await desk.hears("Me too!", subject=subject, sender="stranger@else.test")
    assert stranger["id"] != ticket["id"]


async def test_the_same_subject_alone_opens_another_ticket(desk: MailDesk) -> None:
    first = await desk.hears("One.", subject="Teapot")
    assert (await desk.hears("Two.", subject="Re: Teapot"))["id"] != first["id"]


async def test_an_id_that_a_provider_rewrote_is_known_too(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.")
    desk.office.says = "250 2.0.0 OK <AB12@outlook.test> [Hostname=x]"
    await desk.answers(ann, ticket, "Which one?")
    again = await desk.hears("The blue one.", subject="x", In_Reply_To="<AB12@outlook.test>")
    assert again["id"] == ticket["id"]


async def test_whoever_the_customer_put_in_copy_gets_the_answer_too(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    bob = await desk.world.agent("Bob")
    ticket = await desk.hears("It broke.", Cc=f"Han <han@customer.test>, {bob.email}, {desk.address}")
    kinds = {(copied["kind"], copied["id"]) for copied in ticket["cc"]}
    assert kinds == {("email", "han@customer.test"), ("agent", bob.id)}
    mail = await desk.answers(ann, ticket, "Which one?")
    assert sorted(mail.recipients) == ["han@customer.test", "lin@customer.test"]


async def test_a_mail_to_two_of_our_addresses_is_one_ticket(desk: MailDesk) -> None:
    other = f"sales.{desk.address}"
    await desk.sets_up(other, receipt=False)
    await desk.world.settles()
    raw = a_mail(to=f"{desk.address}, {other}", text="Hello both", Message_ID="<both@customer.test>")
    await desk.receives(raw)
    await desk.receives(raw, at=other)
    assert await desk.world.db["tickets"].count_documents({}) == 1


async def test_an_agent_who_hands_a_mail_on_opens_it_in_the_customers_name(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    handed_on = (
        "Please look after her.\n\n---------- Forwarded message ---------\nFrom: Mei Han <han@customer.test>\n"
        "Date: Mon, 2 Mar 2026 at 08:00\nSubject: My order\nTo: <ann@desk.test>\n\nWhere is my order?\n"
    )
    proof = "mx.desk.test; dmarc=pass header.from=example.com; dkim=pass header.d=example.com"
    ticket = await desk.hears(handed_on, sender=ann.email, subject="Fwd: My order", Authentication_Results=proof)
    assert (ticket["customer"]["name"], ticket["subject"]) == ("Mei Han", "My order")
    assert said(await thread(ann, ticket)) == [
        ("customer_reply", "Where is my order?"),
        ("note", "Please look after her."),
    ]


async def test_an_agents_address_without_proof_is_a_stranger(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    for proof in ("mx.desk.test; dmarc=fail header.from=example.com", "mx.evil.test; dmarc=pass"):
        forwarded = (
            "---------- Forwarded message ---------\nFrom: Mei Han <han@customer.test>\nSubject: My order\n\nX\n"
        )
        handed_on = f"See below.\n\n{forwarded}"
        ticket = await desk.hears(handed_on, sender=ann.email, Authentication_Results=proof)
        assert ticket["customer"]["name"] != "Mei Han"
        assert [kind for kind, _ in said(await thread(ann, ticket))] == ["customer_reply"]
