"""Whatever breaks in between, each mail is there exactly once, and nothing stops the mailbox."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.email.mailbox import pause
from channels.running import RUN_CHANNEL
from core.clock import SystemClock
from core.jobs import Lane, Worker
from gateway import wiring
from gateway.delivery import Delivery
from tests.mailhouse import Dovecot, a_dovecot, a_mail, a_post_office, dovecot
from tests.mailworld import MailDesk, a_mail_desk, said, thread
from tests.world import World

__all__ = ["dovecot"]


@pytest.fixture
async def desk(world: World, dovecot: Dovecot) -> AsyncIterator[MailDesk]:
    async with a_mail_desk(world, dovecot, receipt=False) as opened:
        yield opened


def numbered(desk: MailDesk, *numbers: int) -> list[bytes]:
    return [a_mail(to=desk.address, subject=f"Mail {n}", Message_ID=f"<{n}@customer.test>") for n in numbers]


async def subjects(desk: MailDesk) -> list[str]:
    found = await desk.world.db["tickets"].find({"tenant_id": desk.world.tenant_id}).sort("number", 1).to_list()
    return [ticket["subject"] for ticket in found]


async def test_a_mail_that_lies_there_twice_is_one_ticket(desk: MailDesk) -> None:
    [raw] = numbered(desk, 1)
    await desk.receives(raw, raw, b"Received: from elsewhere\r\n" + raw)
    assert await subjects(desk) == ["Mail 1"]


async def test_the_same_id_with_other_words_is_another_mail(desk: MailDesk) -> None:
    await desk.receives(*(a_mail(to=desk.address, text=text, Message_ID="<same@scanner.test>") for text in "ab"))
    assert len(await subjects(desk)) == 2


async def test_uids_that_mean_something_else_are_read_anew_and_nothing_is_doubled(
    desk: MailDesk, dovecot: Dovecot
) -> None:
    await desk.receives(*numbered(desk, 1, 2, 3))
    before = await desk.mailbox()
    await asyncio.to_thread(dovecot.changes_uid_validity, desk.address, before["uid_validity"] + 7)
    await dovecot.receives(desk.address, *numbered(desk, 4))
    await desk.begins_anew()

    async def all_there() -> bool:
        return len(await subjects(desk)) == 4

    await desk.until(all_there, "the new mail was taken in")
    assert await subjects(desk) == ["Mail 1", "Mail 2", "Mail 3", "Mail 4"]
    assert (await desk.mailbox())["uid_validity"] == before["uid_validity"] + 7


async def test_a_mail_server_that_restarts_loses_nothing_and_is_told_in_words(world: World) -> None:
    with a_dovecot() as server:
        async with a_post_office(server.certificate) as office:
            desk = await MailDesk.opens(world, server, office, receipt=False)
            await desk.receives(*numbered(desk, 1))
            await asyncio.to_thread(server.stop)

            async def unwell() -> bool:
                return bool((await desk.mailbox()).get("trouble"))

            await desk.until(unwell, "the trouble was noted")
            told = await desk.mailbox()
            assert told["trouble"].format(**told["trouble_facts"]).startswith(("The connection to", "Nobody answers"))
            await asyncio.to_thread(server.start)
            await server.receives(desk.address, *numbered(desk, 2))

            async def well() -> bool:
                return len(await subjects(desk)) == 2 and not (await desk.mailbox())["trouble"]

            await desk.until(well, "the mailbox was read again")
        assert await subjects(desk) == ["Mail 1", "Mail 2"]


async def test_a_mail_that_cannot_be_taken_in_is_put_aside_with_its_reason_and_stops_nothing(desk: MailDesk) -> None:
    nobody = a_mail(to=desk.address, sender="", subject="From nobody")
    await desk.receives(*numbered(desk, 1), nobody, *numbered(desk, 2))
    assert await subjects(desk) == ["Mail 1", "Mail 2"]
    [aside] = await desk.world.db["mails_aside"].find().to_list()
    assert aside["reason"] == "The mail names no sender, so nobody could be answered."


async def test_a_mail_that_is_too_large_stays_in_the_mailbox_until_it_may_come_in(desk: MailDesk) -> None:
    founder = await desk.world.founder()
    path = f"/api/v1/channels/{desk.channel['id']}"
    desk.channel = await founder.call("PATCH", path, version=1, settings={"size_limit": 20_000})
    await desk.begins_anew()
    large = a_mail(to=desk.address, subject="Large", text="x" * 30_000)
    await desk.receives(large, *numbered(desk, 1))
    assert await subjects(desk) == ["Mail 1"]
    [aside] = await desk.world.db["mails_aside"].find().to_list()
    assert "0.0 MB" in aside["reason"].format(**aside["facts"])


async def test_what_is_taken_in_is_moved_away_even_after_a_crash(world: World, dovecot: Dovecot) -> None:
    async with a_mail_desk(world, dovecot, receipt=False, after_import="move", move_to="已导入") as desk:
        await desk.receives(*numbered(desk, 1, 2))
        await desk.begins_anew()

        async def moved() -> bool:
            box = await dovecot.opened(desk.address)
            left, there = await box.uids(), (await box.select("已导入")).exists
            await box.logout()
            return not left and there == 2

        await desk.until(moved, "both were moved")


async def test_a_full_mailbox_is_caught_up_in_order_while_the_desk_goes_on(world: World, dovecot: Dovecot) -> None:
    async with a_post_office(dovecot.certificate) as office:
        desk = MailDesk(world, dovecot, office, "full@desk.test")
        dovecot.lays_down(desk.address, numbered(desk, *range(200)))
        world.db.listeners.append(desk._committed)
        desk.channel = await desk.sets_up(desk.address)
        await world.settles()
        await desk.until(desk.has_taken(20), "it began")
        told = await (await world.founder()).call("GET", f"/api/v1/channels/{desk.channel['id']}/mailbox")
        assert told["backlog_at_first"] == 200
        assert 0 < told["backlog"] <= 200
        ann, visitor, conversation_id = await world.talk()  # the desk serves others meanwhile
        await ann.says(conversation_id, "Hello!")
        await visitor.sees("Hello!")
        await desk.until(desk.has_taken(200), "all were taken in")
    mails = [subject for subject in await subjects(desk) if subject.startswith("Mail")]
    assert mails == [f"Mail {n}" for n in range(200)]


async def test_mails_from_before_are_left_alone_where_the_desk_wants_it(world: World, dovecot: Dovecot) -> None:
    address = "old@desk.test"
    await dovecot.receives(address, a_mail(to=address, subject="Old"))
    async with a_post_office(dovecot.certificate) as office:
        desk = MailDesk(world, dovecot, office, address)
        world.db.listeners.append(desk._committed)
        desk.channel = await desk.sets_up(address, existing="skip", receipt=False)
        await world.settles()

        async def begun() -> bool:
            return bool((await desk.mailbox()).get("succeeded_at"))

        await desk.until(begun, "the mailbox was looked at")
        await desk.receives(*numbered(desk, 1))
        assert await subjects(desk) == ["Mail 1"]


async def test_two_workers_never_read_one_mailbox_and_the_second_goes_on_where_the_first_died(
    world: World, dovecot: Dovecot
) -> None:
    """Real time: the lease of a worker that died ends, and the other one takes the mailbox over."""
    world.worker.stop()
    await world.worker.run()
    real = replace(world.db, clock=SystemClock(), listeners=list(world.db.listeners))
    mails = 120
    async with a_post_office(dovecot.certificate) as office:
        desk = MailDesk(world, dovecot, office, "crowd@desk.test")
        dovecot.lays_down(desk.address, numbered(desk, *range(mails)))
        workers = []
        for _ in range(2):
            told = Delivery(real, world.web.delivery.emit)
            door = wiring.open_door(real, told, world.settings)
            handlers = {RUN_CHANNEL: wiring.job_handlers(door, told, world.settings)[RUN_CHANNEL]}
            lanes = [Lane(frozenset({RUN_CHANNEL}), 5, endless=True)]
            workers.append((Worker(real, handlers, lanes=lanes, lease=timedelta(seconds=1)), door))
        real.listeners.append(desk._committed)
        desk.channel = await desk.sets_up(desk.address, receipt=False)
        running = [asyncio.create_task(worker.run()) for worker, _ in workers]
        await desk.until(desk.has_taken(10), "some are taken in")
        [reader] = [worker for worker, _ in workers if worker._held]  # one reads, the other does not
        for held in reader._held.values():
            held.task.cancel()  # as if it died: its lease stays until it ends
        await desk.until(desk.has_taken(mails), "all are taken in")
        for worker, _ in workers:
            worker.stop()
        await asyncio.gather(*running)
        for _, door in workers:
            await door.kept.close()
    assert sorted(await subjects(desk)) == sorted(f"Mail {n}" for n in range(mails))


async def test_an_answer_whose_fate_is_unknown_is_sent_again_as_the_same_mail(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.")
    desk.office.hang_up_after_data = 1
    await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/replies", parts=[{"type": "text", "text": "Which one?"}])
    await desk.world.settles()
    [entry] = [one for one in await thread(ann, ticket) if one["kind"] == "agent_reply"]
    assert (entry["delivery"]["state"], bool(entry["delivery"]["retry_at"])) == ("queued", True)
    await desk.world.advance(seconds=5)
    first, second = desk.office.received
    assert first.mail["Message-ID"] == second.mail["Message-ID"]
    assert said(await thread(ann, ticket))[-1] == ("agent_reply", "Which one?")


async def test_an_answer_that_is_refused_shows_why_and_can_be_sent_again(desk: MailDesk) -> None:
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.")
    desk.office.refused_recipients["lin@customer.test"] = "550 5.1.1 no such user"
    await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/replies", parts=[{"type": "text", "text": "Which one?"}])
    await desk.world.settles()
    [entry] = [one for one in await thread(ann, ticket) if one["kind"] == "agent_reply"]
    delivery = entry["delivery"]
    assert delivery["state"] == "failed"
    assert "no such user" in delivery["reason"].format(**delivery["facts"])
    desk.office.refused_recipients.clear()
    await ann.call("POST", f"/api/v1/tickets/{ticket['id']}/entries/{entry['id']}/retry")
    await desk.world.settles()
    [entry] = [one for one in await thread(ann, ticket) if one["kind"] == "agent_reply"]
    assert entry["delivery"]["state"] == "sent"
    assert len(desk.office.received) == 1


def test_pauses_grow_to_five_minutes_and_differ() -> None:
    assert 0.75 <= pause(1) <= 1.25
    assert 225 <= pause(50) <= 375
    assert len({pause(5) for _ in range(20)}) > 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root can lay down what the mail server may not read")
async def test_a_mail_that_the_server_lists_and_does_not_hand_over_is_put_aside_and_can_be_had_later(
    desk: MailDesk,
) -> None:
    folder = desk.dovecot.root / "mail" / desk.address
    await desk.receives(*numbered(desk, 1))
    locked = folder / "new" / "1.locked.test"
    (folder / "tmp" / locked.name).write_bytes(numbered(desk, 2)[0])
    (folder / "tmp" / locked.name).chmod(0o600)  # of root, so Dovecot may not read it
    (folder / "tmp" / locked.name).rename(locked)
    await desk.dovecot.receives(desk.address, *numbered(desk, 3))

    async def aside() -> list[dict[str, Any]]:
        return await desk.world.db["mails_aside"].find().to_list()

    [one] = await desk.until(aside, "it was put aside")
    await desk.until(desk.has_taken(3), "the others are taken in")
    assert await subjects(desk) == ["Mail 1", "Mail 3"]
    [found] = list(folder.glob("*/1.locked.test*"))
    shutil.chown(found, "mail", "mail")
    founder = await desk.world.founder()
    became = await founder.call("POST", f"/api/v1/mails-aside/{one['_id']}/retry")
    assert became["ticket_id"]
    assert await subjects(desk) == ["Mail 1", "Mail 3", "Mail 2"]
