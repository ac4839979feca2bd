"""What machines write opens no tickets and is never answered; a bounce is shown on the message that came back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.mailhouse import Dovecot, a_mail, a_post_office, dovecot
from tests.mailworld import MailDesk, a_mail_desk, said, thread
from tests.world import World

__all__ = ["dovecot"]


@pytest.fixture
async def desk(world: World, dovecot: Dovecot) -> AsyncIterator[MailDesk]:
    async with a_mail_desk(world, dovecot) as opened:
        yield opened


def a_bounce(desk: MailDesk, message_id: str, recipient: str = "lin@customer.test") -> bytes:
    """Return a delivery report of RFC 3464, as Postfix writes it."""
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.customer.test\r\nTo: {desk.address}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <bounce-1@mx.customer.test>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.test\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nFrom: {desk.address}\r\n"
        "\r\n--b--\r\n"
    ).encode()


async def test_the_customer_gets_a_receipt_with_the_number_and_can_answer_it(desk: MailDesk) -> None:
    ticket = await desk.hears("It broke.", subject="Teapot")
    await desk.world.settles()
    [receipt] = desk.office.received
    assert receipt.recipients == ["lin@customer.test"]
    assert f"#{ticket['number']}" in receipt.text()
    assert (receipt.mail["Auto-Submitted"], receipt.mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    again = await desk.hears("More.", subject="x", In_Reply_To=str(receipt.mail["Message-ID"]))
    assert again["id"] == ticket["id"]


async def test_machines_and_old_mails_get_no_receipt(desk: MailDesk) -> None:
    await desk.hears("Disk full", sender="monitor@customer.test", Precedence="bulk")
    await desk.hears("From last year.", Date="Mon, 03 Mar 2025 09:00:00 +0000")
    await desk.world.settles()
    assert desk.office.received == []


async def test_one_address_gets_five_receipts_an_hour_at_most(desk: MailDesk) -> None:
    for number in range(7):
        await desk.hears(f"Again {number}")
    await desk.world.settles()
    assert len(desk.office.received) == 5
    await desk.world.advance(minutes=61)
    await desk.hears("Later.", Date=desk.world.clock.now().strftime("%a, %d %b %Y %H:%M:%S +0000"))
    await desk.world.settles()
    assert len(desk.office.received) == 6


async def test_an_automatic_answer_opens_nothing_and_is_noted_where_it_belongs(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.")
    await desk.world.settles()
    mail = await desk.answers(ann, ticket, "Which one?", state="solved")
    away = {"Auto_Submitted": "auto-replied", "Subject": "Out of office"}
    await desk.receives(
        a_mail(to=desk.address, text="I am away.", In_Reply_To=str(mail.mail["Message-ID"]), **away),
        a_mail(to=desk.address, text="I am away, too.", Message_ID="<x@y>", **away),
    )
    assert await desk.world.db["tickets"].count_documents({}) == 1
    assert (await ann.call("GET", f"/api/v1/tickets/{ticket['id']}"))["state"] == "solved"
    [noted] = [
        part["data"]
        for entry in await thread(ann, ticket)
        for part in entry["parts"]
        if part.get("name") == "auto_reply"
    ]
    assert noted["text"] == "I am away."


async def test_a_bounce_is_shown_on_the_message_that_came_back(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.")
    await desk.world.settles()
    mail = await desk.answers(ann, ticket, "Which one?")
    await desk.receives(a_bounce(desk, str(mail.mail["Message-ID"])))
    [reply] = [entry for entry in await thread(ann, ticket) if entry["kind"] == "agent_reply"]
    assert reply["delivery"]["state"] == "bounced"
    assert reply["delivery"]["reason"] == "The address does not exist."
    assert reply["delivery"]["hint"]
    assert reply["delivery"]["facts"]["recipient"] == "lin@customer.test"
    assert await desk.world.db["tickets"].count_documents({}) == 1
    await desk.receives(a_bounce(desk, "<unknown@else.test>").replace(b"bounce-1", b"bounce-2"))
    assert await desk.world.db["tickets"].count_documents({}) == 1


async def test_a_bounced_receipt_is_told_in_the_ticket(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.")
    await desk.world.settles()
    await desk.receives(a_bounce(desk, str(desk.office.received[0].mail["Message-ID"])))
    told = [part["name"] for entry in await thread(ann, ticket) for part in entry["parts"] if part["type"] == "event"]
    assert told[-1] == "bounced"


async def test_our_own_addresses_open_nothing(desk: MailDesk) -> None:
    await desk.sets_up(f"other.{desk.address}")
    await desk.receives(a_mail(sender=f"other.{desk.address}", to=desk.address, text="Loop"))
    await desk.receives(a_mail(sender=desk.address, to=desk.address, text="Loop"))
    assert await desk.world.db["tickets"].count_documents({}) == 0
    form = await desk.hears("A form on our site.", sender=desk.address, Reply_To="han@customer.test")
    customer = await (await desk.world.founder()).call("GET", f"/api/v1/customers/{form['customer']['id']}")
    assert [identity["value"] for identity in customer["identities"]] == ["han@customer.test"], "who filled it in"


async def test_two_companies_that_mail_each_other_stop_after_one_exchange(world: World, dovecot: Dovecot) -> None:
    other_world = await world.another_company()
    async with a_post_office(dovecot.certificate) as office:
        ours = await MailDesk.opens(world, dovecot, office)
        theirs = await MailDesk.opens(other_world, dovecot, office)
        for desk in (ours, theirs):
            office.handed_on[desk.address] = desk.takes
        # our receipt goes to them, as a mail from them reached us
        await ours.receives(a_mail(sender=theirs.address, to=ours.address, text="Hello from the others"))
        await world.settles()
        await theirs.until(theirs.has_taken(1), "our receipt reached them")
        await world.settles()
        await world.advance(minutes=10)
    assert [one.recipients for one in office.received] == [[theirs.address]]
    assert await world.db["tickets"].count_documents({}) == 1


async def test_two_companies_stop_even_if_a_server_between_them_takes_off_what_marks_machines(
    world: World, dovecot: Dovecot
) -> None:
    """Both with receipts on, through real SMTP and IMAP: one mail each way, and then silence."""
    other_world = await world.another_company()
    async with a_post_office(dovecot.certificate) as office:
        ours = await MailDesk.opens(world, dovecot, office, notices=True, solved=True)
        theirs = await MailDesk.opens(other_world, dovecot, office, notices=True, solved=True)

        def hands_on(desk: MailDesk) -> Any:
            async def hand_on(raw: bytes) -> None:
                kept = [line for line in raw.split(b"\r\n") if not line.startswith((b"Auto-Submitted", b"X-Auto"))]
                await desk.takes(b"\r\n".join(kept))

            return hand_on

        for desk in (ours, theirs):
            office.handed_on[desk.address] = hands_on(desk)
        await ours.receives(a_mail(sender=theirs.address, to=ours.address, text="Hello from the others"))
        await world.settles()
        await theirs.until(theirs.has_taken(1), "our receipt reached them")
        await world.settles()
        await ours.until(ours.has_taken(2), "their receipt for it reached us")
        for _ in range(3):
            await world.settles()
            await world.advance(minutes=10)
        between = [mail for mail in office.received if not mail.recipients[0].endswith("@example.com")]
    assert [mail.recipients for mail in between] == [[theirs.address], [ours.address]]
    assert await world.db["tickets"].count_documents({}) == 2, "one on each side"


async def test_what_a_customer_attaches_is_there_and_pictures_in_the_text_too(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    raw = (
        f"From: lin@customer.test\r\nTo: {desk.address}\r\nSubject: Files\r\nMessage-ID: <files@customer.test>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="m"\r\n\r\n'
        '--m\r\nContent-Type: multipart/related; boundary="r"\r\n\r\n'
        '--r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>See <img src="cid:shot@x"></p>\r\n'
        "--r\r\nContent-Type: image/png; name=shot.png\r\nContent-ID: <shot@x>\r\nContent-Disposition: inline\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{picture}\r\n--r--\r\n"
        "--m\r\nContent-Type: text/plain; name=log.txt\r\nContent-Disposition: attachment; filename=log.txt\r\n\r\n"
        "all\r\n"
        "--m\r\nContent-Type: application/octet-stream; name=virus.exe\r\n"
        "Content-Disposition: attachment; filename=virus.exe\r\n\r\nMZ\r\n--m--\r\n"
    ).encode()
    await desk.receives(raw)
    [ticket] = (await ann.call("GET", "/api/v1/tickets"))["items"]
    [entry] = [one for one in await thread(ann, ticket) if one["kind"] == "customer_reply"]
    files = {part["name"]: part for part in entry["parts"] if part["type"] != "text"}
    assert {(name, part["type"]) for name, part in files.items()} == {("shot.png", "image"), ("log.txt", "file")}
    status, body = await ann.reads_file(f"/api/v1/files/{files['log.txt']['file_id']}")
    assert (status, body.strip()) == (200, b"all")
    assert said([entry])[0][0] == "customer_reply"


def a_report(desk: MailDesk, kind: str, told: str, message_id: str) -> bytes:
    """Return a report of a machine about a mail of ours: a receipt (RFC 8098) or a complaint (RFC 5965)."""
    report, media_type = {"read": ("disposition-notification", "message/disposition-notification"),
                          "spam": ("feedback-report", "message/feedback-report")}[kind]  # fmt: skip
    return (
        f"From: lin@customer.test\r\nTo: {desk.address}\r\nSubject: About your mail\r\nMessage-ID: <{kind}@mx.test>\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={report}; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nAbout your mail.\r\n--b\r\nContent-Type: {media_type}\r\n\r\n"
        f"{told}\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n"
        f"From: {desk.address}\r\nTo: lin@customer.test\r\n\r\n--b--\r\n"
    ).encode()


async def test_that_a_mail_was_read_or_reported_as_spam_is_told_in_its_ticket(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.")
    await desk.world.settles()
    id = str((await desk.answers(ann, ticket, "Which one?")).mail["Message-ID"])
    read = (
        f"Final-Recipient: rfc822; lin@customer.test\r\nOriginal-Message-ID: {id}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    spam = "Feedback-Type: abuse\r\nUser-Agent: mx/1\r\nVersion: 1\r\nOriginal-Rcpt-To: lin@customer.test\r\n"
    await desk.receives(a_report(desk, "read", read, id), a_report(desk, "spam", spam, id))
    lines = [part for entry in await thread(ann, ticket) for part in entry["parts"] if part["type"] == "event"]
    assert [(line["name"], line["data"]["recipient"]) for line in lines[-2:]] == [
        ("mail_read", "lin@customer.test"),
        ("complained", "lin@customer.test"),
    ]
    assert lines[-2]["data"]["disposition"] == "displayed"
