"""Customers and organizations as agents keep them, and mails as servers take them (spec 1.5–1.7, 1.3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from core.errors import SendFailed
from core.jobs import Worker
from gateway.mail import mail_sender
from gateway.settings import Settings
from people.letters import Letter
from tests.world import Console, Refused, World


@pytest.fixture
async def fay(world: World) -> Console:
    console = Console(world, "/agent", email=world.founded.founder.email)
    world.people.append(console)
    return await console.signs_in()


async def refused(console: Console, method: str, path: str, **fields: Any) -> dict[str, Any]:
    with pytest.raises(Refused) as told:
        await console.call(method, f"/api/v1{path}", **fields)
    return told.value.problem


# --- Customers ---


async def test_an_agent_creates_a_customer_and_finds_it_by_any_of_its_words(world: World) -> None:
    ada = await world.agent("Ada")
    identities = [{"kind": "email", "value": "Li.Wei@Example.com"}, {"kind": "phone", "value": "+86 10 1234-5678"}]
    made = await ada.call(
        "POST", "/api/v1/customers", name="李伟", identities=identities, fields={"floor": 4, "vip": True}, note="打印机"
    )
    assert [(known["value"], known["verified"]) for known in made["identities"]] == [
        ("li.wei@example.com", False),
        ("+861012345678", False),
    ]
    for words in ("李伟", "wei", "li.wei@example.com", "8610123", "打印机", "李 example"):
        found = (await ada.call("GET", "/api/v1/customers", q=words))["items"]
        assert [customer["id"] for customer in found] == [made["id"]], words
    assert (await ada.call("GET", "/api/v1/customers", q="nobody"))["items"] == []


async def test_an_identity_that_somebody_has_is_refused_with_who_has_it(world: World) -> None:
    ada = await world.agent("Ada")
    first = await ada.call(
        "POST", "/api/v1/customers", name="Li", identities=[{"kind": "email", "value": "li@example.com"}]
    )
    problem = await refused(
        ada, "POST", "/customers", name="Wei", identities=[{"kind": "email", "value": "LI@example.com"}]
    )
    assert (problem["code"], problem["customer"]) == ("duplicate", {"id": first["id"], "name": "Li"})
    assert problem["errors"][0]["message"].startswith("li@example.com belongs to")


async def test_identities_that_stay_keep_their_proof(world: World) -> None:
    ada = await world.agent("Ada")
    visitor = await world.visitor()
    await visitor.says("hello")
    (customer,) = (await ada.call("GET", "/api/v1/customers"))["items"]
    (known,) = customer["identities"]
    assert known["verified"] is True
    changed = await ada.call(
        "PATCH",
        f"/api/v1/customers/{customer['id']}",
        version=customer["version"],
        name="Mei",
        identities=[
            {"kind": known["kind"], "value": known["value"]},
            {"kind": "external", "value": "A-7", "verified": True},
        ],
    )
    assert [one["verified"] for one in changed["identities"]] == [True, False]
    stale = await refused(ada, "PATCH", f"/customers/{customer['id']}", version=customer["version"], name="May")
    assert stale["current"]["name"] == "Mei"


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "x", "identities": [{"kind": "email", "value": "no"}]}, {"name": "x", "language": "xx"},
     {"name": "x", "fields": {"a.b": 1}}, {"name": "x", "fields": {"a": {"b": 1}}},
     {"name": "x", "fields": {"n": float("inf")}},
     {"name": "x", "identities": [{"kind": "phone", "value": "()"}]}, {"name": "x", "surprise": 1}],
)  # fmt: skip
async def test_what_is_no_customer_is_refused(world: World, wrong: dict[str, Any]) -> None:
    ada = await world.agent("Ada")
    assert (await refused(ada, "POST", "/customers", **wrong))["code"] == "invalid"
    assert (await ada.call("GET", "/api/v1/customers"))["items"] == []


# --- Organizations ---


async def test_a_customer_joins_the_organization_of_the_domain(fay: Console) -> None:
    tea = await fay.call("POST", "/api/v1/organizations", name="Blue Teapot", domains=["Teapot.example"], priority=3)
    assert tea["domains"] == ["teapot.example"]
    identity = {"kind": "email", "value": "li@teapot.example"}
    customer = await fay.call("POST", "/api/v1/customers", name="Li", identities=[identity])
    assert customer["organization"] == {"id": tea["id"], "name": "Blue Teapot"}
    assert (await refused(fay, "DELETE", f"/organizations/{tea['id']}"))["code"] == "in_use"
    await fay.call("PATCH", f"/api/v1/customers/{customer['id']}", version=customer["version"], organization_id=None)
    await fay.call("DELETE", f"/api/v1/organizations/{tea['id']}")


async def test_a_domain_belongs_to_one_organization(fay: Console) -> None:
    await fay.call("POST", "/api/v1/organizations", name="Blue Teapot", domains=["teapot.example"])
    problem = await refused(fay, "POST", "/organizations", name="Red Teapot", domains=["teapot.example"])
    assert (problem["code"], problem["errors"][0]["field"]) == ("duplicate", "domains")
    problem = await refused(fay, "POST", "/organizations", name="BLUE teapot")
    assert problem["errors"][0]["field"] == "name"
    red = await fay.call("POST", "/api/v1/organizations", name="Red Teapot", shares_tickets=True)
    names = [one["name"] for one in (await fay.call("GET", "/api/v1/organizations"))["items"]]
    assert names == ["Blue Teapot", "Red Teapot"]
    found = (await fay.call("GET", "/api/v1/organizations", q="red"))["items"]
    assert [one["id"] for one in found] == [red["id"]]


async def test_an_agent_sees_organizations_but_does_not_make_them(world: World) -> None:
    ada = await world.agent("Ada")
    assert (await refused(ada, "POST", "/organizations", name="Mine"))["permission"] == "organization.manage"
    assert (await ada.call("GET", "/api/v1/organizations"))["items"] == []


# --- Mail ---


class Postbox:
    """A mail server that keeps what it takes and refuses what a story wants refused."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.answer = "250 OK"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: Any, session: Any, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802  likewise
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
async def postbox() -> AsyncIterator[tuple[Postbox, str]]:
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    yield box, f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()


async def sends(world: World, smtp_url: str | None, *, development: bool = False) -> Worker:
    """Ask for an invitation letter and let a worker with this server send it."""
    settings = Settings(
        "", None, b"s" * 32, public_url="https://desk.example", smtp_url=smtp_url, development=development
    )
    facts = {"company": "Lantern & Leaf", "inviter": "费", "tenant_id": "t", "invitation_id": "i", "hours": "72"}
    letter = Letter(kind="invitation", to="li@example.com", language="zh-CN", facts=facts)
    await world.db.commit(jobs=[letter.later(world.tenant_id, world.db.now())])
    worker = Worker(world.db, {"send_mail": mail_sender(world.db, settings)})
    await worker.run_due()
    return worker


async def test_a_mail_is_readable_says_who_it_is_from_and_is_never_answered_by_a_robot(
    world: World, postbox: tuple[Postbox, str]
) -> None:
    box, url = postbox
    await sends(world, url)
    (taken,) = box.taken
    assert isinstance(taken.content, bytes)
    mail = message_from_bytes(taken.content, policy=policy.default)
    assert (mail["To"], mail["Auto-Submitted"]) == ("li@example.com", "auto-generated")
    assert mail["Subject"] == "费 邀请您加入 Lantern & Leaf 的服务台"
    assert mail["Message-ID"].endswith("@desk.example>")
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text
    assert html
    assert "https://desk.example/console/invitation?token=" in text.get_content()
    assert "Lantern &amp; Leaf" in html.get_content()
    assert await world.db["jobs"].count_documents({"kind": "send_mail"}) == 0


async def test_a_refused_mail_is_dead_with_the_servers_words(world: World, postbox: tuple[Postbox, str]) -> None:
    box, url = postbox
    box.answer = "550 no such person"
    await sends(world, url)
    dead = await world.db["jobs"].find_one({"kind": "send_mail"})
    assert dead
    assert dead["dead_at"]
    assert "550 no such person" in dead["error"]


async def test_a_server_that_is_busy_or_away_is_tried_again(world: World, postbox: tuple[Postbox, str]) -> None:
    box, url = postbox
    box.answer = "451 later"
    worker = await sends(world, url)
    waiting = await world.db["jobs"].find_one({"kind": "send_mail"})
    assert waiting
    assert waiting["dead_at"] is None
    box.answer = "250 OK"
    world.clock.advance(seconds=5)
    await worker.run_due()
    assert len(box.taken) == 1


async def test_without_a_server_a_mail_is_dead_and_says_what_to_do(world: World) -> None:
    await sends(world, None)
    dead = await world.db["jobs"].find_one({"kind": "send_mail"})
    assert dead
    assert "WAYSTATION_SMTP_URL" in dead["error"]
    assert SendFailed.__name__ in dead["error"]


async def test_no_job_carries_a_secret(world: World, fay: Console) -> None:
    await fay.call(
        "POST", "/api/v1/invitations", email="li@example.com", role_id=world.founded.roles[2].id,
        group_ids=[world.desk.id],
    )  # fmt: skip
    await fay.call("POST", "/api/v1/password/forgot", email=fay.email)
    jobs = await world.db["jobs"].find({"kind": {"$in": ["send_mail", "forgot_password"]}}).to_list()
    await world.settles()
    mails = await world.db["mailbox"].find().to_list()
    tokens = [mail["text"].partition("token=")[2].split()[0] for mail in mails]
    assert len(tokens) == 2
    assert not any(token in str(jobs) for token in tokens)
