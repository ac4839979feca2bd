"""Whom an answer by mail goes to, in whose name it leaves, how it is signed; and what nobody else may learn."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.mailhouse import Dovecot, Received, dovecot
from tests.mailworld import MailDesk, a_mail_desk, thread
from tests.world import Refused, World

__all__ = ["dovecot"]

BOSS, LAWYER, BO = "boss@elsewhere.test", "lawyer@elsewhere.test", "bo@customer.test"


def words(mail: Received) -> str:
    return mail.text().replace("\r\n", "\n")


@pytest.fixture
async def desk(world: World, dovecot: Dovecot) -> AsyncIterator[MailDesk]:
    async with a_mail_desk(world, dovecot, receipt=False, connections=1) as opened:
        yield opened


async def test_an_answer_goes_to_whom_the_agent_chose_with_subject_and_quote(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("The lid broke.\nWhat now?", subject="Teapot", sender="Lin <lin@customer.test>", Cc=BO)
    [asked] = [one for one in await thread(ann, ticket) if one["kind"] == "customer_reply"]
    envelope = {"to": ["Lin@Customer.test", BOSS], "cc": [LAWYER], "subject": "A new lid", "quotes": asked["id"]}
    mail = await desk.answers(ann, ticket, "We send one.", envelope=envelope)
    assert mail.mail["To"] == f"lin@customer.test, {BOSS}"
    assert mail.mail["Cc"] == LAWYER  # and not who gets copies otherwise
    assert mail.mail["Subject"] == "Re: [#1] A new lid"
    assert "> The lid broke.\n> What now?" in words(mail)
    assert "Lin wrote on " in mail.text()
    assert mail.text().index("We send one.") < mail.text().index("> The lid broke.")
    html = mail.mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]
    assert '<blockquote class="gmail_quote"' in html
    usual = await desk.answers(ann, ticket, "It left.")
    assert (usual.mail["Cc"], usual.mail["Subject"]) == (BO, "Re: [#1] Teapot")
    assert "> The lid" not in usual.text()


async def test_a_blind_copy_is_seen_by_agents_and_by_nobody_else(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("The lid broke.", Cc=BO)
    mail = await desk.answers(ann, ticket, "We send one.", envelope={"bcc": [LAWYER]})
    assert sorted(mail.recipients) == [BO, LAWYER, "lin@customer.test"]
    assert LAWYER.encode() not in mail.raw
    assert b"Bcc" not in mail.raw
    [answer] = [one for one in await thread(ann, ticket) if one["kind"] == "agent_reply"]
    shown = await ann.call("GET", f"/api/v1/tickets/{ticket['id']}/entries/{answer['id']}/mail")
    assert (answer["envelope"]["bcc"], shown["bcc"]) == ([LAWYER], [LAWYER])
    # The next answer, its quote, a notice and the customer's own view know nothing of it.
    again = await desk.answers(ann, ticket, "It left.", envelope={"quotes": answer["id"]})
    assert LAWYER not in again.recipients
    assert LAWYER.encode() not in again.raw
    stored = await desk.world.db["tickets"].find_one({"_id": ticket["id"], "tenant_id": desk.world.tenant_id})
    assert LAWYER not in str(stored)


async def test_whoever_has_no_address_any_more_is_answered_at_another_one(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("Hello", sender="Lin <lin@customer.test>")
    [lin] = (await ann.call("GET", "/api/v1/customers", q="lin"))["items"]
    await ann.call("PATCH", f"/api/v1/customers/{lin['id']}", version=lin["version"], identities=[])
    mail = await desk.answers(ann, ticket, "Hi", envelope={"to": [BOSS]})
    assert mail.recipients == [BOSS]


@pytest.mark.parametrize(
    "envelope", [{"to": ["nobody"]}, {"bcc": ["a@b.test\r\nRCPT TO:<x@y.test>"]}, {"quotes": "01X"}]
)
async def test_what_is_no_address_and_no_line_of_the_thread_is_refused(
    desk: MailDesk, envelope: dict[str, object]
) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("Hello")
    with pytest.raises(Refused) as refused:
        await desk.answers(ann, ticket, "Hi", envelope=envelope)
    assert refused.value.problem["status"] in (404, 422)
    assert not desk.office.received


async def test_a_note_cannot_be_quoted_to_the_customer(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("Hello")
    note = await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/notes", parts=[{"type": "text", "text": "He lies."}])
    with pytest.raises(Refused) as refused:
        await desk.answers(ann, ticket, "Hi", envelope={"quotes": note["id"]})
    assert refused.value.problem["status"] == 404


async def test_what_did_not_come_by_mail_has_no_envelope(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await ann.call("POST", "/api/v1/tickets", subject="By telephone")
    with pytest.raises(Refused) as refused:
        await desk.answers(ann, ticket, "Hi", envelope={"bcc": [LAWYER]})
    assert refused.value.problem["errors"][0]["field"] == "envelope"


async def test_agents_and_desks_sign_and_a_desk_writes_in_its_own_name(desk: MailDesk) -> None:
    founder = await desk.world.founder()
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("Hello", subject="Order")
    group, alias = ticket["group"], "care@desk.test"
    path = f"/api/v1/channels/{desk.channel['id']}"
    identity = {
        "group_id": group["id"],
        "from_name": "Tea care",
        "address": alias,
        "signature": "{{ desk }}, {{ company }}",
    }
    with pytest.raises(Refused) as refused:
        await founder.call("PATCH", path, version=1, settings={"desks": [identity]})
    [wrong] = refused.value.problem["errors"]
    assert wrong["field"].startswith("desks")
    assert "address of this mailbox" in wrong["message"]
    await founder.call("PATCH", path, version=1, settings={"desks": [identity], "aliases": [alias]})
    await ann.call("PATCH", "/api/v1/me", signature="{{ name }}\nTea master <{{ email }}>")
    mail = await desk.answers(ann, ticket, "Hi")
    assert mail.mail["From"] == f"Tea care <{alias}>"
    assert mail.sender == alias
    company = (await founder.call("GET", "/api/v1/me"))["tenant"]["name"]
    me = await ann.call("GET", "/api/v1/me")
    signed = f"-- \nAnn\nTea master <{me['email']}>\n{group['name']}, {company}"
    assert signed in words(mail)
    html = mail.mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]
    assert f"Tea master &lt;{me['email']}&gt;" in html
