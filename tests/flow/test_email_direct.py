"""Mail that comes in directly, by SMTP or LMTP, is stored before it is acknowledged, and refused before it costs."""

from __future__ import annotations

import asyncio
import base64
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import aiosmtplib
import dkim
import pytest

from channels.email.direct import Receiver
from tests.mailhouse import a_mail
from tests.mailworld import said, thread
from tests.nameserver import NameServer, a_name_server
from tests.world import World


@dataclass
class Doorstep:
    """Where mail comes in."""

    world: World
    smtp: int
    lmtp: int
    channel: dict[str, Any]
    names: NameServer

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
    async with a_name_server() as names:
        async for opened in opens(world, names):
            yield opened


async def opens(world: World, names: NameServer) -> AsyncIterator[Doorstep]:
    loop, servers = asyncio.get_running_loop(), []
    for make in ("smtp", "lmtp"):
        receiver = Receiver(world.web.door, "in.desk.test", behind_server=make == "lmtp", name_server=names.address)
        servers.append(await loop.create_server(getattr(receiver, make), "127.0.0.1", 0))
    founder = await world.founder()
    settings = {"address": "help@desk.test", "size_limit": 50_000, "trusted_servers": ["mx.desk.test"]}
    channel = await founder.call(
        "POST", "/api/v1/channels", kind="email", name="Mail", key="help-desk", settings=settings
    )
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    yield Doorstep(world, ports[0], ports[1], channel, names)
    for server in servers:
        server.close()


async def send(doorstep: Doorstep, raw: bytes, *to: str, sender: str = "lin@customer.test") -> Any:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=doorstep.smtp, start_tls=False) as client:
        return await client.sendmail(sender, to or ["help-desk@in.desk.test"], raw)


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


# --- Who sends it is verified here ---


@cache
def key_pair() -> tuple[bytes, str]:
    """Return a private key as PEM, and the public one as a record tells it."""
    made = subprocess.run(["openssl", "genrsa", "-traditional", "2048"], check=True, capture_output=True).stdout
    told = ["openssl", "rsa", "-pubout", "-outform", "DER"]
    public = subprocess.run(told, input=made, check=True, capture_output=True).stdout
    return made, base64.b64encode(public).decode()


def publishes(names: NameServer, domain: str, *, host: str = "127.0.0.1") -> None:
    """Let a domain say who may send for it, how it signs, and that both has to be so."""
    names.tells(domain, "TXT", f"v=spf1 ip4:{host} -all")
    names.tells(f"post._domainkey.{domain}", "TXT", f"v=DKIM1; k=rsa; p={key_pair()[1]}")
    names.tells(f"_dmarc.{domain}", "TXT", "v=DMARC1; p=reject")


def signed(raw: bytes, domain: str, **more: Any) -> bytes:
    return bytes(dkim.sign(raw, b"post", domain.encode(), key_pair()[0], **more)) + raw


async def found(doorstep: Doorstep) -> dict[str, Any]:
    """Return what was found out about the sender of the newest mail."""
    [mail] = await doorstep.world.db["mails"].find({"direction": "in"}).sort("_id", -1).limit(1).to_list()
    return {method: mail["authentication"][method] for method in ("spf", "dkim", "dmarc")}


async def test_a_sender_who_may_send_and_signs_is_proven(doorstep: Doorstep) -> None:
    publishes(doorstep.names, "customer.test")
    await send(doorstep, signed(a_mail(), "customer.test"))
    assert await found(doorstep) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
    founder = await doorstep.world.founder()
    [ticket] = (await founder.call("GET", "/api/v1/tickets"))["items"]
    [entry] = [one for one in await thread(founder, ticket) if one["kind"] == "customer_reply"]
    shown = await founder.call("GET", f"/api/v1/tickets/{ticket['id']}/entries/{entry['id']}/mail")
    assert (shown["is_proven"], shown["authentication"]["results"][0]["authserv_id"]) == (True, "in.desk.test")


async def test_who_sends_from_elsewhere_without_a_signature_fails(doorstep: Doorstep) -> None:
    publishes(doorstep.names, "customer.test", host="192.0.2.7")
    await send(doorstep, a_mail())
    assert await found(doorstep) == {"spf": "fail", "dkim": "none", "dmarc": "fail"}


async def test_a_mail_that_was_changed_on_its_way_fails(doorstep: Doorstep) -> None:
    publishes(doorstep.names, "customer.test", host="192.0.2.7")
    await send(doorstep, signed(a_mail(text="Pay 10."), "customer.test").replace(b"Pay 10.", b"Pay 99."))
    assert await found(doorstep) == {"spf": "fail", "dkim": "fail", "dmarc": "fail"}


async def test_somebody_elses_good_signature_proves_nothing(doorstep: Doorstep) -> None:
    for domain in ("customer.test", "evil.test"):
        publishes(doorstep.names, domain)
    await send(doorstep, signed(a_mail(), "evil.test"), sender="x@evil.test")
    assert await found(doorstep) == {"spf": "pass", "dkim": "pass", "dmarc": "fail"}


async def test_a_signature_of_a_part_of_the_body_proves_nothing(doorstep: Doorstep) -> None:
    publishes(doorstep.names, "customer.test", host="192.0.2.7")
    await send(doorstep, signed(a_mail(), "customer.test", length=True) + b"and more\r\n")
    assert await found(doorstep) == {"spf": "fail", "dkim": "policy", "dmarc": "fail"}


async def test_two_senders_in_from_are_nobody(doorstep: Doorstep) -> None:
    publishes(doorstep.names, "customer.test")
    await send(doorstep, a_mail(sender="ann@desk.test, lin@customer.test"))
    assert (await found(doorstep))["dmarc"] == "permerror"


async def test_names_that_say_nothing_prove_nothing_and_stop_nothing(doorstep: Doorstep) -> None:
    await send(doorstep, a_mail())
    assert await found(doorstep) == {"spf": "none", "dkim": "none", "dmarc": "none"}


async def test_a_name_server_that_is_silent_proves_nothing_and_the_mail_is_taken(doorstep: Doorstep) -> None:
    doorstep.names.is_silent = True
    await send(doorstep, a_mail())
    assert (await found(doorstep))["dmarc"] == "temperror"


async def test_an_agent_whose_sender_is_verified_here_answers_by_mail(doorstep: Doorstep) -> None:
    world = doorstep.world
    publishes(doorstep.names, "example.com")
    ann = await world.agent("Ann")
    await send(doorstep, a_mail(subject="Teapot"))
    [ticket] = (await ann.call("GET", "/api/v1/tickets"))["items"]
    subject = f"Re: [#{ticket['number']}] Teapot"
    await send(doorstep, a_mail(sender=ann.email, subject=subject, text="#note\nMine."), sender=ann.email)
    assert said(await thread(ann, ticket))[-1] == ("note", "Mine.")
    publishes(doorstep.names, "example.com", host="192.0.2.7")
    await send(doorstep, a_mail(sender=ann.email, subject=subject, text="Let me in."), sender=ann.email)
    assert [kind for kind, _ in said(await thread(ann, ticket))] == ["customer_reply", "note"]
