"""Mail that comes in directly, by SMTP or LMTP, is stored before it is acknowledged, and refused before it costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiosmtplib
import pytest

from channels.email.direct import Receiver
from tests.mailhouse import a_mail
from tests.world import World


@dataclass
class Doorstep:
    """Where mail comes in."""

    world: World
    smtp: int
    lmtp: int
    channel: dict[str, Any]

    async def says(self, *lines: bytes, port: int = 0) -> list[bytes]:
        """Say lines on a raw connection, and return the last lines of what was answered to each."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.smtp)
        heard = [await reader.readline()]
        for line in lines:
            writer.write(line + b"\r\n")
            answer = await reader.readline()
            while answer[3:4] == b"-":
                answer = await reader.readline()
            heard.append(answer)
        writer.close()
        return heard


@pytest.fixture
async def doorstep(world: World) -> AsyncIterator[Doorstep]:
    loop, servers = asyncio.get_running_loop(), []
    for make in ("smtp", "lmtp"):
        receiver = Receiver(world.web.door, "in.desk.test", behind_server=make == "lmtp")
        servers.append(await loop.create_server(getattr(receiver, make), "127.0.0.1", 0))
    founder = await world.founder()
    settings = {"address": "help@desk.test", "size_limit": 50_000, "trusted_servers": ["mx.desk.test"]}
    channel = await founder.call(
        "POST", "/api/v1/channels", kind="email", name="Mail", key="help-desk", settings=settings
    )
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    yield Doorstep(world, ports[0], ports[1], channel)
    for server in servers:
        server.close()


async def send(doorstep: Doorstep, raw: bytes, *to: str) -> Any:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=doorstep.smtp, start_tls=False) as client:
        return await client.sendmail("lin@customer.test", to or ["help-desk@in.desk.test"], raw)


async def test_a_mail_is_a_ticket_when_it_is_acknowledged(doorstep: Doorstep) -> None:
    await send(doorstep, a_mail(subject="Straight in", text="x" * 20_000))  # a line of 20,000 is no reason to refuse
    [ticket] = await doorstep.world.db["tickets"].find().to_list()
    assert (ticket["subject"], ticket["tenant_id"]) == ("Straight in", doorstep.world.tenant_id)


async def test_what_is_too_large_is_refused_before_it_is_sent(doorstep: Doorstep) -> None:
    heard = await doorstep.says(
        b"EHLO customer.test", b"MAIL FROM:<lin@customer.test> SIZE=60000", b"RCPT TO:<help-desk@in.desk.test>"
    )
    assert heard[-1].startswith(b"552")
    with pytest.raises(aiosmtplib.SMTPException):
        await send(doorstep, a_mail(text="x\r\n" * 30_000))


async def test_nobody_elses_address_is_taken(doorstep: Doorstep) -> None:
    for stranger in (b"somebody@in.desk.test", b"help-desk@else.test", b"help@desk.test"):
        heard = await doorstep.says(b"EHLO x", b"MAIL FROM:<>", b"RCPT TO:<" + stranger + b">")
        assert heard[-1].startswith(b"550"), stranger


async def test_lmtp_answers_once_for_each_recipient(doorstep: Doorstep) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", doorstep.lmtp)
    await reader.readline()

    async def say(line: bytes) -> bytes:
        writer.write(line + b"\r\n")
        answer = await reader.readline()
        while answer[3:4] == b"-":
            answer = await reader.readline()
        return answer

    await say(b"LHLO mx.desk.test")
    await say(b"MAIL FROM:<lin@customer.test>")
    await say(b"RCPT TO:<help-desk@in.desk.test>")
    await say(b"RCPT TO:<help-desk+t1.aaaaaaaaaaaaaaaa@in.desk.test>")
    assert (await say(b"DATA")).startswith(b"354")
    assert (await say(a_mail(subject="By LMTP") + b".")).startswith(b"250")
    assert (await reader.readline()).startswith(b"250")
    writer.close()
    assert await doorstep.world.db["tickets"].count_documents({}) == 1


async def test_a_sender_cannot_vouch_for_himself(doorstep: Doorstep) -> None:
    ann = await doorstep.world.agent("Ann")
    forwarded = "---------- Forwarded message ---------\nFrom: Mei Han <han@customer.test>\nSubject: My order\n\nX\n"
    text = f"See below.\n\n{forwarded}"
    proof = "mx.desk.test; dmarc=pass header.from=example.com"
    await send(doorstep, a_mail(sender=ann.email, text=text, Authentication_Results=proof))
    [ticket] = await doorstep.world.db["tickets"].find().to_list()
    assert ticket["customer"]["name"] != "Mei Han"
