"""Mails that ended up in the wrong ticket are put where they belong, and what answers them follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.mailhouse import Dovecot, dovecot
from tests.mailworld import MailDesk, a_mail_desk, said, thread
from tests.world import Console, Refused, World

__all__ = ["dovecot"]


@pytest.fixture
async def desk(world: World, dovecot: Dovecot) -> AsyncIterator[MailDesk]:
    async with a_mail_desk(world, dovecot, receipt=False) as opened:
        yield opened


async def entries(agent: Console, ticket: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in await thread(agent, ticket) if one["kind"] != "event"]


async def events(agent: Console, ticket: dict[str, Any]) -> list[str]:
    return [part["name"] for one in await thread(agent, ticket) for part in one["parts"] if part["type"] == "event"]


async def test_a_mail_that_belongs_elsewhere_becomes_a_ticket_of_its_own_and_its_answers_follow(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("My pot broke.", subject="Pot", Message_ID="<pot@customer.test>")
    await desk.hears(
        "By the way, where is my invoice?", subject="x", In_Reply_To="<pot@customer.test>",
        Message_ID="<invoice@customer.test>",
    )  # fmt: skip
    pot, invoice = await entries(ann, ticket)
    path = f"/api/v1/tickets/{ticket['id']}/entries/{invoice['id']}"
    new = await ann.call("POST", f"{path}/split", subject="Invoice")
    assert (new["subject"], new["number"], new["customer"]) == ("Invoice", ticket["number"] + 1, ticket["customer"])
    assert said(await thread(ann, ticket)) == [("customer_reply", "My pot broke.")]
    assert said(await thread(ann, new)) == [("customer_reply", "By the way, where is my invoice?")]
    assert "split_off" in await events(ann, ticket)
    assert "split_from" in await events(ann, new)
    shown = await ann.call("GET", f"/api/v1/tickets/{new['id']}/entries/{invoice['id']}/mail")
    assert shown["subject"] == "x"
    assert (await ann.tries("GET", f"{path}/mail"))[0] == 404
    again = await desk.hears("The invoice, please!", In_Reply_To="<invoice@customer.test>", subject="x")
    assert again["id"] == new["id"]
    assert (await desk.hears("And the lid.", In_Reply_To="<pot@customer.test>", subject="x"))["id"] == ticket["id"]
    mail = await desk.answers(ann, new, "Here it is.")
    assert mail.mail["In-Reply-To"] != "<pot@customer.test>"
    with pytest.raises(Refused, match="at least one message"):
        await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/entries/{pot['id']}/split")


async def test_two_tickets_about_one_thing_become_one_and_it_can_be_taken_back(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    first = await desk.hears("My pot broke.", subject="Pot", Message_ID="<one@customer.test>")
    second = await desk.hears(
        "His pot broke.", subject="The pot", sender="Han <han@customer.test>", Message_ID="<two@customer.test>"
    )
    merged = await ann.call("POST", f"/api/v1/tickets/{second['id']}/merge", into_id=first["id"])
    assert merged["id"] == first["id"]
    assert said(await thread(ann, first)) == [("customer_reply", "My pot broke."), ("customer_reply", "His pot broke.")]
    assert [copied["name"] for copied in merged["cc"]] == ["Han"]
    assert (await ann.call("GET", f"/api/v1/tickets/{second['id']}"))["state"] == "deleted"
    by_id = await desk.hears(
        "Still broken.", sender="han@customer.test", In_Reply_To="<two@customer.test>", subject="x"
    )
    by_number = await desk.hears("Hello?", sender="han@customer.test", subject=f"Re: [#{second['number']}]")
    assert (by_id["id"], by_number["id"]) == (first["id"], first["id"])
    path = f"/api/v1/tickets/{first['id']}/unmerge"
    back = await ann.call("POST", path, ticket_id=second["id"])
    assert (back["id"], back["state"]) == (second["id"], "new")
    assert said(await thread(ann, second)) == [("customer_reply", "His pot broke.")]
    assert [words for _, words in said(await thread(ann, first))] == ["My pot broke.", "Still broken.", "Hello?"]
    assert (await desk.hears("Back.", In_Reply_To="<two@customer.test>", subject="x"))["id"] == second["id"]
    with pytest.raises(Refused, match="taken back already"):
        await ann.call("POST", path, ticket_id=second["id"])


async def test_only_who_may_edit_both_tickets_moves_anything_between_them(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    first, second = await desk.hears("One."), await desk.hears("Two.")
    [entry] = await entries(ann, first)
    auditor = await desk.world.agent("Zoe", role="auditor")
    elsewhere = await desk.world.group("Elsewhere")
    bob = await desk.world.agent("Bob", groups=[elsewhere.id])
    stranger = await (await desk.world.another_company()).founder()
    for who, status in ((auditor, 403), (bob, 404), (stranger, 404)):
        path = f"/api/v1/tickets/{first['id']}"
        assert (await who.tries("POST", f"{path}/merge", json={"into_id": second["id"]}))[0] == status
        assert (await who.tries("POST", f"{path}/entries/{entry['id']}/split", json={}))[0] == status
    with pytest.raises(Refused, match="part of itself"):
        await ann.call("POST", f"/api/v1/tickets/{first['id']}/merge", into_id=first["id"])
    await ann.call("POST", f"/api/v1/tickets/{first['id']}/merge", into_id=second["id"])
    told = str(await (await desk.world.founder()).call("GET", "/api/v1/audit"))
    assert "TicketMerged" in told
