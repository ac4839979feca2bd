"""Answers leave without being in each other's way: big ones, many, and more than an account may send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from channels import store as channel_store
from channels.email import sending
from channels.email.settings import EmailSettings
from tests.mailhouse import Dovecot, dovecot
from tests.mailworld import MailDesk, a_mail_desk, thread
from tests.world import World

__all__ = ["dovecot"]


@pytest.fixture
async def desk(world: World, dovecot: Dovecot) -> AsyncIterator[MailDesk]:
    async with a_mail_desk(world, dovecot, receipt=False, connections=2) as opened:
        yield opened


async def test_a_big_file_arrives_whole_and_nothing_else_waits_for_it(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    await desk.world.setting(file_size=30_000_000)
    ticket = await desk.hears("Send me the film.")
    film = b"%PDF-1.7\n" + bytes(range(256)) * 60_000  # 15 MB
    stored = await ann.uploads("/api/v1/files", "film.pdf", film, "application/pdf")
    longest, loop = 0.0, asyncio.get_running_loop()

    async def beat() -> None:
        nonlocal longest
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            longest = max(longest, loop.time() - before)

    parts = [{"type": "text", "text": "Here."}, {"type": "file", "file_id": stored["id"]}]
    await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/replies", parts=parts)
    beating = asyncio.create_task(beat())
    await desk.world.settles()
    beating.cancel()
    [mail] = desk.office.received
    [attached] = mail.mail.iter_attachments()  # type: ignore[attr-defined]
    assert (attached.get_filename(), attached.get_content()) == ("film.pdf", film)
    assert longest < 2.0  # seconds; the server that takes it runs in this very loop, and reads line by line


async def test_one_connection_carries_many_answers(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    tickets = [await desk.hears(f"Question {number}") for number in range(6)]
    for ticket in tickets:
        await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/replies", parts=[{"type": "text", "text": "Yes."}])
    await desk.world.settles()
    assert len(desk.office.received) == 6
    assert desk.office.connections <= 2


async def test_an_account_sends_no_more_in_a_minute_than_it_may_and_nothing_fails(
    world: World, dovecot: Dovecot
) -> None:
    async with a_mail_desk(world, dovecot, receipt=False, mails_per_minute=2) as desk:
        ann = await world.agent_on_duty("Ann")
        tickets = [await desk.hears(f"Question {number}") for number in range(3)]
        for ticket in tickets:
            await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/replies", parts=[{"type": "text", "text": "Yes."}])
        await world.settles()
        assert len(desk.office.received) == 2
        await world.advance(seconds=61)
        assert len(desk.office.received) == 3
        states = [
            one["delivery"]["state"] for ticket in tickets for one in await thread(ann, ticket) if one["delivery"]
        ]
        assert states == ["sent"] * 3


async def test_an_answer_refused_for_one_in_copy_reaches_the_others(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.", Cc="gone@customer.test")
    desk.office.refused_recipients["gone@customer.test"] = "550 5.1.1 no such user"
    mail = await desk.answers(ann, ticket, "Which one?")
    assert mail.recipients == ["lin@customer.test"]
    told = [part["data"] for one in await thread(ann, ticket) for part in one["parts"] if part.get("name") == "bounced"]
    assert [one["recipient"] for one in told] == ["gone@customer.test"]


async def test_whatever_is_corrected_in_the_account_counts_from_the_next_mail_on(desk: MailDesk) -> None:
    door, founder = desk.world.web.door, await desk.world.founder()

    async def connections() -> object:
        channel = await channel_store.channel(desk.world.db, desk.world.tenant_id, desk.channel["id"])
        return sending.pool(door, channel, EmailSettings.model_validate(channel.settings))

    before = await connections()
    assert await connections() is before
    path = f"/api/v1/channels/{desk.channel['id']}"
    await founder.call("PATCH", path, version=desk.channel["version"], settings={"client_secret": "the right one"})
    assert await connections() is not before
