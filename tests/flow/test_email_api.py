"""What administrators and agents see of mailboxes and mails: tests, health, what was put aside, the original."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.db import Database
from gateway.embedded import Stores
from tests.clock import FakeClock
from tests.mailhouse import Dovecot, a_mail, a_post_office, a_token_office, dovecot
from tests.mailworld import MailDesk, a_mail_desk, thread
from tests.world import Refused, World, a_world

__all__ = ["dovecot"]


@pytest.fixture
async def desk(world: World, dovecot: Dovecot) -> AsyncIterator[MailDesk]:
    async with a_mail_desk(world, dovecot, receipt=False) as opened:
        yield opened


async def test_a_mail_account_is_tried_in_both_directions_and_told_in_words(desk: MailDesk) -> None:
    founder = await desk.world.founder()
    path = f"/api/v1/channels/{desk.channel['id']}/test"
    tried = await founder.call("POST", path)
    assert tried["incoming"] == {"ok": True, "message": "The mailbox can be read. There are 0 mails in it."}
    assert tried["outgoing"] == {"ok": True, "message": "Mails can be sent."}
    wrong = {"imap_password": "wrong", "smtp_port": 1, "imap_user": "••••••••"}
    tried = await founder.call("POST", path, settings=wrong)
    assert not tried["incoming"]["ok"]
    assert "does not accept user name and password" in tried["incoming"]["message"]
    assert "Nobody answers at 127.0.0.1, port 1" in tried["outgoing"]["message"]
    tried = await founder.call("POST", path, settings={"folder": "Nirgends"})
    assert "no folder “Nirgends”" in tried["incoming"]["message"]
    chinese = await founder.call("PATCH", "/api/v1/me", language="zh-CN") and await founder.call("POST", path)
    assert chinese["outgoing"]["message"] == "可以发送邮件。"


async def test_the_health_of_a_mailbox_is_told(desk: MailDesk) -> None:
    await desk.hears("Hello")
    founder = await desk.world.founder()
    health = await founder.call("GET", f"/api/v1/channels/{desk.channel['id']}/mailbox")
    assert (health["connected"], health["idles"], health["taken"], health["trouble"]) == (True, True, 1, "")
    broken = await desk.sets_up("broken@desk.test", imap_password="wrong")
    await desk.world.settles()

    async def noticed() -> str:
        told = await founder.call("GET", f"/api/v1/channels/{broken['id']}/mailbox")
        return str(told["trouble"])

    assert "Enter them anew" in await desk.until(noticed, "the wrong password was noticed")


async def test_agents_see_the_original_of_a_mail_they_may_see_and_no_other(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    proof = "mx.desk.test; spf=fail smtp.mailfrom=customer.test; dmarc=fail header.from=customer.test"
    text = "New words\n\nOn Mon, 2 Mar 2026 at 09:00, Help <help@desk.test> wrote:\n> Old words\n"
    ticket = await desk.hears(text, subject="Source", Authentication_Results=proof)
    [entry] = [one for one in await thread(ann, ticket) if one["kind"] == "customer_reply"]
    path = f"/api/v1/tickets/{ticket['id']}/entries/{entry['id']}"
    mail = await ann.call("GET", f"{path}/mail")
    assert "Old words" in mail["quoted"]
    assert (mail["authentication"]["dmarc"], mail["is_proven"]) == ("fail", False)
    assert ["Subject", "Source"] in mail["headers"]
    status, raw = await ann.reads_file(mail["source"])
    assert status == 200
    assert b"Subject: Source" in raw
    other = await desk.world.group("Elsewhere")
    bob = await desk.world.agent("Bob", groups=[other.id])
    assert (await bob.tries("GET", f"{path}/source"))[0] == 404
    stranger = await (await desk.world.another_company()).founder()
    assert (await stranger.tries("GET", f"{path}/mail"))[0] == 404


async def test_pictures_from_elsewhere_are_shown_when_somebody_asks_and_only_then(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    html = '<p>See <img src="https://shop.test/cup.png"> the cup</p><script>alert(1)</script>'
    ticket = await desk.hears(html, Content_Type="text/html; charset=utf-8")
    [entry] = [one for one in await thread(ann, ticket) if one["kind"] == "customer_reply"]
    path = f"/api/v1/tickets/{ticket['id']}/entries/{entry['id']}/html"
    async with ann.http.get(path) as blocked, ann.http.get(path, params={"images": "1"}) as asked:
        for answer in (blocked, asked):
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "sandbox" in policy
            assert "script" not in policy + await answer.text()
        assert ' src="https://shop.test/cup.png"' not in await blocked.text()
        assert "https:" not in blocked.headers["Content-Security-Policy"]
        assert ' src="https://shop.test/cup.png"' in await asked.text()
        assert "https:" in asked.headers["Content-Security-Policy"]
        assert asked.headers["Referrer-Policy"] == "no-referrer"
    other = await desk.world.group("Elsewhere")
    bob = await desk.world.agent("Bob", groups=[other.id])
    assert (await bob.tries("GET", path))[0] == 404


async def test_what_was_put_aside_is_listed_with_its_reason_and_can_be_tried_again(desk: MailDesk) -> None:
    founder = await desk.world.founder()
    channel = f"/api/v1/channels/{desk.channel['id']}"
    await founder.call("PATCH", channel, version=1, settings={"size_limit": 20_000})
    await desk.begins_anew()
    nobody = a_mail(to=desk.address, sender="", subject="From nobody")
    large = a_mail(to=desk.address, subject="Large", text="x" * 30_000)
    await desk.receives(large, nobody)
    [first, second] = (await founder.call("GET", "/api/v1/mails-aside", channel_id=desk.channel["id"]))["items"]
    assert first["reason"] == "The mail names no sender, so nobody could be answered."
    assert second["beginning_only"]
    assert (await founder.reads_file(first["source"]))[1].endswith(b"Hi there\r\n")
    assert (await founder.call("POST", f"/api/v1/mails-aside/{first['id']}/retry"))["ticket_id"] is None
    with pytest.raises(Refused, match="more than this channel takes"):
        await founder.call("POST", f"/api/v1/mails-aside/{second['id']}/retry")
    await founder.call("PATCH", channel, version=2, settings={"size_limit": 100_000})
    became = await founder.call("POST", f"/api/v1/mails-aside/{second['id']}/retry")
    ticket = await founder.call("GET", f"/api/v1/tickets/{became['ticket_id']}")
    assert ticket["subject"] == "Large"
    [left] = (await founder.call("GET", "/api/v1/mails-aside"))["items"]
    assert (await founder.tries("DELETE", f"/api/v1/mails-aside/{left['id']}"))[0] == 204
    told = str(await founder.call("GET", "/api/v1/audit"))
    assert "MailRetried" in told
    assert "MailDropped" in told


async def test_only_those_who_set_up_channels_see_mailboxes(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    for method, path in (
        ("POST", f"/api/v1/channels/{desk.channel['id']}/test"),
        ("GET", f"/api/v1/channels/{desk.channel['id']}/mailbox"),
        ("GET", "/api/v1/mails-aside"),
    ):
        assert (await ann.tries(method, path, **({"json": {}} if method == "POST" else {})))[0] == 403
    stranger = await (await desk.world.another_company()).founder()
    assert (await stranger.tries("GET", f"/api/v1/channels/{desk.channel['id']}/mailbox"))[0] == 404


async def test_an_account_with_a_token_is_refreshed_once_for_all(world: World, dovecot: Dovecot) -> None:
    async with a_token_office(dovecot.tokens) as office, a_post_office(dovecot.certificate) as post:
        desk = MailDesk(world, dovecot, post, "token@desk.test")
        world.db.listeners.append(desk._committed)
        office["user"] = desk.address
        desk.channel = await desk.sets_up(
            desk.address, sign_in="xoauth2", token_url=office["url"], client_id="us", client_secret="hush",
            refresh_token="refresh-1", imap_password="", smtp_host="",
        )  # fmt: skip
        await world.settles()
        await desk.receives(a_mail(to=desk.address, subject="By token"))
        founder = await world.founder()
        tried = await founder.call("POST", f"/api/v1/channels/{desk.channel['id']}/test")
        assert tried["incoming"]["ok"], tried
        assert office["given"] == 1
        office["good"].clear()  # the provider withdrew it: it is asked for another one
        tried = await founder.call("POST", f"/api/v1/channels/{desk.channel['id']}/test")
        assert tried["incoming"]["ok"], tried
        assert office["given"] == 2


async def test_a_switched_off_mailbox_is_left_alone(desk: MailDesk, dovecot: Dovecot) -> None:
    founder = await desk.world.founder()
    await founder.call("PATCH", f"/api/v1/channels/{desk.channel['id']}", version=1, active=False)

    async def let_go() -> bool:
        return not desk.world.worker._held

    await desk.until(let_go, "the reader went away")
    assert await desk.world.db["jobs"].count_documents({"kind": "run_channel"}) == 0
    await dovecot.receives(desk.address, a_mail(to=desk.address))
    await founder.call("PATCH", f"/api/v1/channels/{desk.channel['id']}", version=2, active=True)
    await desk.world.settles()
    await desk.until(desk.has_taken(1), "it is read again")


async def test_nobody_looks_around_in_our_own_network_through_a_mailbox(
    db: Database, clock: FakeClock, stores: Stores, dovecot: Dovecot
) -> None:
    async with (
        a_world(db, clock, stores.redis_url, development=False) as world,
        a_post_office(dovecot.certificate) as office,
    ):
        desk = MailDesk(world, dovecot, office, "inside@desk.test")
        founder = await world.founder()
        channel = await desk.sets_up(desk.address)
        for host in ("127.0.0.1", "localhost", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254"):
            tried = await founder.call(
                "POST", f"/api/v1/channels/{channel['id']}/test", settings={"imap_host": host, "smtp_host": host}
            )
            for direction in ("incoming", "outgoing"):
                assert not tried[direction]["ok"]
                assert "own network" in tried[direction]["message"], tried
        by_token = {"sign_in": "xoauth2", "token_url": f"http://127.0.0.1:{dovecot.tokens}/token", "client_id": "us"}
        tried = await founder.call("POST", f"/api/v1/channels/{channel['id']}/test", settings=by_token)
        assert not tried["incoming"]["ok"]
        assert office.connections == 0
