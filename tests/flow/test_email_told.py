"""Agents hear by mail what they would miss; customers hear that it is solved, and say how it was without signing in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.mailhouse import Dovecot, dovecot
from tests.mailworld import MailDesk, a_mail_desk, thread
from tests.world import World
from ticketing.satisfaction import Asked, token_of

__all__ = ["dovecot"]


@pytest.fixture
async def desk(world: World, dovecot: Dovecot) -> AsyncIterator[MailDesk]:
    async with a_mail_desk(world, dovecot, receipt=False, notices=True, solved=True, connections=1) as opened:
        yield opened


def link(text: str, score: int) -> str:
    found = re.search(rf"http://\S+(/rate/\S+\?score={score}\S*)", text)
    assert found, text
    return found[1]


async def test_a_new_ticket_is_mailed_to_those_of_the_group_who_are_away_with_the_whole_story(desk: MailDesk) -> None:
    here = await desk.world.agent_on_duty("Here")
    away = await desk.world.agent("Away")
    ticket = await desk.hears("The lid broke.\nSee <it>.", subject="Teapot", sender="Lin <lin@customer.test>")
    await desk.world.settles()
    me = await here.call("GET", "/api/v1/me")
    assert not desk.office.to(me["email"])  # whoever is at the console sees it there
    [notice] = desk.office.to(away.email)
    assert notice.mail["To"] == f"Away <{away.email}>"
    assert notice.mail["Auto-Submitted"] == "auto-generated"
    assert "A new ticket waits for somebody to take it." in notice.text()
    assert "The lid broke." in notice.text()
    assert f"/console/ticket/{ticket['id']}" in notice.text()
    html = notice.mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]
    assert "See &lt;it&gt;." in html


async def test_who_handles_a_ticket_is_mailed_what_the_customer_writes_and_never_a_note(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    me = await ann.call("GET", "/api/v1/me")
    first = "<q1@customer.test>"
    ticket = await desk.hears("Where is it?", subject="Tea", sender="Lin <lin@customer.test>", Message_ID=first)
    await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/take")
    await desk.world.settles()
    await desk.answers(ann, ticket, "On its way.")
    await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/notes", parts=[{"type": "text", "text": "He is rude."}])
    await desk.hears("Still not here.", sender="Lin <lin@customer.test>", In_Reply_To=first)
    await desk.world.settles()
    [notice] = desk.office.to(me["email"])
    text = notice.text()
    assert "Lin wrote something new." in text
    assert text.index("Still not here.") < text.index("On its way.") < text.index("Where is it?")
    assert b"rude" not in notice.raw
    answer = await desk.answers(ann, ticket, "It is there now.")
    assert str(notice.mail["Message-ID"]) not in str(answer.mail["References"])  # what agents are told is their own


async def test_an_assignment_is_mailed_to_whom_it_was_given_and_not_to_oneself(desk: MailDesk) -> None:
    ann, bob = await desk.world.agent_on_duty("Ann"), await desk.world.agent("Bob")
    ticket = await desk.hears("Hello")
    await desk.world.settles()
    desk.office.received.clear()
    path = f"/api/v1/tickets/{ticket['id']}/assign"
    await ann.call("POST", path, version=ticket["version"], handler_id=bob.id)
    await desk.world.settles()
    [notice] = desk.office.received
    assert notice.recipients == [bob.email]
    assert "Ann assigned this ticket to you." in notice.text()


async def test_solved_is_told_after_the_answer_and_the_link_takes_one_rating(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("The lid broke.", subject="Teapot", sender="Lin <lin@customer.test>")
    await desk.world.settles()
    mail = await desk.answers(ann, ticket, "A new one is on its way.", state="solved")
    assert "A new one" in mail.text()
    await desk.world.advance(seconds=6)
    solved = desk.office.received[-1]
    assert solved.recipients == ["lin@customer.test"]
    assert "is solved" in solved.text()
    lin = await desk.world.visitor()
    status, page = await lin.reads_file(link(solved.text(), 4))
    assert status == 200
    assert "How was it?" in page.decode()
    assert "Teapot" in page.decode()
    assert re.search(r'value="4" required checked', page.decode())
    shown = await ann.call("GET", f"/api/v1/tickets/{ticket['id']}")
    assert shown["rating"] is None  # a mail program that looks at all links rates nothing
    where = link(solved.text(), 4)
    assert (await lin.tries("POST", where, data={"score": "9"}))[0] == 422
    status, page = await lin.tries("POST", where, data={"score": "4", "comment": "Quick <b>help</b>"})
    assert status == 200
    assert "Thank you!" in page.decode()
    shown = await ann.call("GET", f"/api/v1/tickets/{ticket['id']}")
    assert (shown["rating"]["score"], shown["rating"]["comment"]) == (4, "Quick <b>help</b>")
    [told] = [part for one in await thread(ann, ticket) for part in one["parts"] if part.get("name") == "rated"]
    assert told["data"] == {"score": 4, "comment": "Quick <b>help</b>"}
    for method in ("GET", "POST"):  # used
        status, page = await lin.tries(method, link(solved.text(), 1), data={"score": "1"})
        assert status == 410
        assert "You have rated this already" in page.decode()
    assert (await ann.call("GET", f"/api/v1/tickets/{ticket['id']}"))["rating"]["score"] == 4


async def test_a_link_that_is_forged_or_too_old_says_so_in_the_customers_language(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("壶盖碎了。", subject="茶壶", sender="Lin <lin@customer.test>")
    [lin] = (await ann.call("GET", "/api/v1/customers", q="lin"))["items"]
    await ann.call("PATCH", f"/api/v1/customers/{lin['id']}", version=lin["version"], language="zh-CN")
    await ann.call("PATCH", f"/api/v1/tickets/{ticket['id']}", version=ticket["version"], state="solved")
    await desk.world.settles()
    [solved] = desk.office.to("lin@customer.test")
    assert "已处理完毕" in solved.text()
    where = link(solved.text(), 5)
    visitor = await desk.world.visitor()
    status, page = await visitor.reads_file(where)
    assert "您的评价" in page.decode()
    forged = where.replace("/rate/", "/rate/A")
    for method in ("GET", "POST"):
        status, page = await visitor.tries(method, forged, data={"score": "5"})
        assert (status, "此链接无效" in page.decode()) == (404, True)
    long_ago = Asked(desk.world.tenant_id, ticket["id"], desk.world.db.now() - timedelta(days=31))
    old = f"/rate/{token_of(desk.world.settings.secret, long_ago)}?lang=zh-CN"
    for method in ("GET", "POST"):
        status, page = await visitor.tries(method, old, data={"score": "5"})
        assert (status, "此链接已过期" in page.decode()) == (410, True)


async def test_a_ticket_that_is_solved_again_is_rated_again(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    first = "<q1@customer.test>"
    ticket = await desk.hears("It broke.", sender="Lin <lin@customer.test>", Message_ID=first)
    path = f"/api/v1/tickets/{ticket['id']}"
    await ann.call("PATCH", path, version=ticket["version"], state="solved")
    await desk.world.settles()
    [solved] = desk.office.to("lin@customer.test")
    visitor = await desk.world.visitor()
    await visitor.tries("POST", link(solved.text(), 1), data={"score": "1"})
    await desk.world.advance(minutes=1)
    ticket = await desk.hears("Again.", sender="Lin <lin@customer.test>", In_Reply_To=first)
    assert ticket["state"] == "open"
    await ann.call("PATCH", path, version=ticket["version"], state="solved")
    await desk.world.settles()
    again = desk.office.to("lin@customer.test")[-1]
    assert link(again.text(), 5) != link(solved.text(), 5)
    await visitor.tries("POST", link(again.text(), 5), data={"score": "5"})
    assert (await ann.call("GET", path))["rating"]["score"] == 5
    assert (await visitor.tries("POST", link(solved.text(), 2), data={"score": "2"}))[0] == 410
