"""Every way in and out, as people take it: sign up, be invited, sign in, forget, leave (spec 1.1, 1.3, 1.9)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.db import Database
from tests.world import PASSWORD, Browser, Console, Refused, World

NEW_PASSWORD = "seven-geese-over-the-pond"


async def mail_to(world: World, email: str) -> dict[str, Any]:
    """Return the latest mail that arrived at an address."""
    await world.settles()
    found = await world.db["mailbox"].find({"to": email}).sort("_id", -1).to_list(1)
    assert found, f"no mail to {email}"
    return found[0]


def link_token(mail: dict[str, Any]) -> str:
    found = re.search(r"token=(\S+)", mail["text"])
    assert found
    return found[1]


def code_in(mail: dict[str, Any]) -> str:
    found = re.search(r"^ +(\d{6})$", mail["text"], re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture(autouse=True)
async def nobody_tried_yet(world: World) -> None:
    """Attempts are counted in Valkey, which outlives a test."""
    assert world.web.redis
    await world.web.redis.flushdb()


@pytest.fixture
async def stranger(world: World) -> Browser:
    browser = Browser(world, "/agent")
    world.people.append(browser)
    return browser


async def signs_up(browser: Browser, *, company: str = "Blue Teapot", email: str = "ming@teapot.example") -> str:
    await browser.call(
        "POST", "/api/v1/sign-up", company=company, name="Ming", email=email, password=PASSWORD, language="zh-CN"
    )
    return str(email)


async def test_a_company_begins_with_a_code_by_mail(world: World, stranger: Browser) -> None:
    email = await signs_up(stranger, email="Ming@Teapot.example")
    mail = await mail_to(world, "ming@teapot.example")
    assert "Blue Teapot" in mail["subject"]
    answer = await stranger.call("POST", "/api/v1/activate", email=email, code=code_in(mail))
    assert answer["session"] is None  # a browser has the cookie
    me = await stranger.call("GET", "/api/v1/me")
    assert (me["name"], me["tenant"]["name"], me["role"]["name"], me["scope"]) == (
        "Ming",
        "Blue Teapot",
        "创始人",
        "all",
    )
    assert me["groups"] == [{"id": me["groups"][0]["id"], "name": "总台", "is_desk": True, "preferred": True}]
    assert (me["limit"], me["status"]) == (5, "away")
    roles = (await stranger.call("GET", "/api/v1/roles"))["items"]
    assert {role["name"] for role in roles} == {"创始人", "管理员", "客服", "审计员"}


async def test_nothing_exists_before_the_code_is_named(world: World, stranger: Browser) -> None:
    email = await signs_up(stranger)
    assert await world.db["tenants"].count_documents({}) == 1  # the world's own
    with pytest.raises(Refused) as refused:
        await stranger.call("POST", "/api/v1/sign-in", email=email, password=PASSWORD)
    assert refused.value.problem["code"] == "unauthenticated"


async def test_a_code_ends_after_five_tries_even_for_the_right_one(world: World, stranger: Browser) -> None:
    email = await signs_up(stranger)
    code = code_in(await mail_to(world, email))
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for guess in [wrong] * 5 + [code]:
        with pytest.raises(Refused) as refused:
            await stranger.call("POST", "/api/v1/activate", email=email, code=guess)
        assert refused.value.problem["errors"][0]["field"] == "code"
    await stranger.call("POST", "/api/v1/activate/resend", email=email)
    renewed = code_in(await mail_to(world, email))
    await stranger.call("POST", "/api/v1/activate", email=email, code=renewed)


async def test_a_code_ends_after_half_an_hour(world: World, stranger: Browser) -> None:
    email = await signs_up(stranger)
    code = code_in(await mail_to(world, email))
    world.clock.advance(minutes=30)
    with pytest.raises(Refused):
        await stranger.call("POST", "/api/v1/activate", email=email, code=code)


async def test_a_code_works_once(world: World, stranger: Browser) -> None:
    email = await signs_up(stranger)
    code = code_in(await mail_to(world, email))
    await stranger.call("POST", "/api/v1/activate", email=email, code=code)
    with pytest.raises(Refused):
        await stranger.call("POST", "/api/v1/activate", email=email, code=code)
    assert await world.db["tenants"].count_documents({}) == 2


async def test_an_email_that_serves_two_companies_chooses(world: World, stranger: Browser) -> None:
    email = world.founded.founder.email
    await signs_up(stranger, company="Second House", email=email)  # welcome, and nobody learns that it is known
    await stranger.call("POST", "/api/v1/activate", email=email, code=code_in(await mail_to(world, email)))
    with pytest.raises(Refused) as refused:
        await stranger.call("POST", "/api/v1/sign-in", email=email, password=PASSWORD)
    assert refused.value.problem["code"] == "choose_tenant"
    assert {tenant["name"] for tenant in refused.value.problem["tenants"]} == {"Lantern & Leaf", "Second House"}
    answer = await stranger.call("POST", "/api/v1/sign-in", email=email, password=PASSWORD, tenant=world.tenant_id)
    assert answer["me"]["tenant"]["name"] == "Lantern & Leaf"


@pytest.mark.parametrize("password", ["short", "Password123", "1234567890", "aaaaaaaaaaaaaa", "ming-teapot"])
async def test_a_weak_password_is_refused_with_what_to_do(stranger: Browser, password: str) -> None:
    with pytest.raises(Refused) as refused:
        await stranger.call(
            "POST", "/api/v1/sign-up", company="Blue", name="Ming", email="ming@teapot.example", password=password
        )
    assert [error["field"] for error in refused.value.problem["errors"]] == ["password"]


# --- Invitations ---


async def founder(world: World) -> Console:
    console = Console(world, "/agent", email=world.founded.founder.email)
    world.people.append(console)
    return await console.signs_in()


async def role_id(console: Console, name: str) -> str:
    roles = (await console.call("GET", "/api/v1/roles"))["items"]
    return str(next(role["id"] for role in roles if role["name"] == name))


async def invites(console: Console, email: str, role: str = "Agent") -> dict[str, Any]:
    return await console.call(  # type: ignore[no-any-return]
        "POST",
        "/api/v1/invitations",
        email=email,
        role_id=await role_id(console, role),
        group_ids=[console.world.desk.id],
    )


async def test_an_invited_person_becomes_an_agent(world: World, stranger: Browser) -> None:
    fay = await founder(world)
    await invites(fay, "Li@Example.com")
    mail = await mail_to(world, "li@example.com")
    assert "Fay Founder" in mail["subject"]
    token = link_token(mail)
    shown = await stranger.call("GET", f"/api/v1/invitations/by-token/{token}")
    assert (shown["email"], shown["company"]) == ("li@example.com", "Lantern & Leaf")
    answer = await stranger.call("POST", "/api/v1/invitations/accept", token=token, name="Li", password=NEW_PASSWORD)
    assert answer["me"]["role"]["name"] == "Agent"
    assert "people.manage" not in answer["me"]["permissions"]
    assert (await fay.call("GET", "/api/v1/invitations"))["items"] == []
    names = {agent["name"] for agent in (await fay.call("GET", "/api/v1/agents"))["items"]}
    assert names == {"Fay Founder", "Li"}
    with pytest.raises(Refused):
        await stranger.call("POST", "/api/v1/invitations/accept", token=token, name="Eve", password=NEW_PASSWORD)


async def test_an_invitation_ends_after_72_hours_when_withdrawn_and_when_renewed(
    world: World, stranger: Browser
) -> None:
    fay = await founder(world)
    await invites(fay, "li@example.com")
    first = link_token(await mail_to(world, "li@example.com"))
    again = await invites(fay, "li@example.com")
    second = link_token(await mail_to(world, "li@example.com"))
    with pytest.raises(Refused):
        await stranger.call("GET", f"/api/v1/invitations/by-token/{first}")
    world.clock.advance(hours=71)
    await stranger.call("GET", f"/api/v1/invitations/by-token/{second}")
    world.clock.advance(hours=1)
    with pytest.raises(Refused) as late:
        await stranger.call("GET", f"/api/v1/invitations/by-token/{second}")
    assert "Fay Founder" in late.value.problem["detail"]
    fay = await founder(world)
    await fay.call("DELETE", f"/api/v1/invitations/{again['id']}")
    with pytest.raises(Refused):
        await stranger.call("GET", f"/api/v1/invitations/by-token/{second}")


async def test_who_works_here_cannot_be_invited_again(world: World) -> None:
    fay = await founder(world)
    ada = await world.agent("Ada")
    with pytest.raises(Refused) as refused:
        await invites(fay, ada.email)
    assert refused.value.problem["code"] == "duplicate"
    assert refused.value.problem["errors"][0]["message"].startswith("Ada works here")


# --- Passwords and sessions ---


async def test_a_program_gets_the_token_and_sends_it_itself(world: World, stranger: Browser) -> None:
    ada = await world.agent("Ada")
    del stranger.http.headers["Origin"]
    answer = await stranger.call("POST", "/api/v1/sign-in", email=ada.email, password=PASSWORD)
    stranger.http.cookie_jar.clear()
    with pytest.raises(Refused):
        await stranger.call("GET", "/api/v1/me")
    me = await stranger.call("GET", "/api/v1/me", headers={"Authorization": f"Bearer {answer['session']}"})
    assert me["name"] == "Ada"


async def test_another_sites_page_cannot_act_with_the_cookie(world: World) -> None:
    ada = await world.agent("Ada")
    for origin in ("https://evil.example", "null"):
        with pytest.raises(Refused) as refused:
            await ada.call("PATCH", "/api/v1/me", name="Eve", headers={"Origin": origin})
        assert refused.value.problem["code"] == "forbidden"
        with pytest.raises(Refused):
            await ada.call("POST", "/api/v1/sign-in", email="e", password="p", headers={"Origin": origin})


async def test_another_sites_page_cannot_sign_a_stranger_in_even_with_the_right_password(
    world: World, stranger: Browser
) -> None:
    ada = await world.agent("Ada")
    right = {"email": ada.email, "password": PASSWORD}
    for origin in ("https://evil.example", "null"):
        with pytest.raises(Refused) as refused:
            await stranger.call("POST", "/api/v1/sign-in", **right, headers={"Origin": origin})
        assert refused.value.problem["code"] == "forbidden"
    await stranger.call("POST", "/api/v1/sign-in", **right)


async def test_five_wrong_passwords_lock_the_account_for_this_address(world: World, stranger: Browser) -> None:
    ada = await world.agent("Ada")
    for _ in range(5):
        with pytest.raises(Refused) as refused:
            await stranger.call("POST", "/api/v1/sign-in", email=ada.email, password="wrong")
        assert refused.value.problem["code"] == "unauthenticated"
    with pytest.raises(Refused) as locked:
        await stranger.call("POST", "/api/v1/sign-in", email=ada.email, password=PASSWORD)
    assert locked.value.problem["code"] == "too_many"
    assert 800 < locked.value.problem["retry_after"] <= 900
    await ada.call("GET", "/api/v1/me")  # who is in stays in


async def test_an_unknown_email_is_refused_in_the_same_words(world: World, stranger: Browser) -> None:
    ada = await world.agent("Ada")
    answers = []
    for email in (ada.email, "nobody@example.com", "not an e-mail"):
        with pytest.raises(Refused) as refused:
            await stranger.call("POST", "/api/v1/sign-in", email=email, password="wrong")
        answers.append(refused.value.problem)
    assert answers[0] == answers[1] == answers[2]


async def test_a_forgotten_password_is_set_anew_and_ends_all_sessions(world: World, stranger: Browser) -> None:
    ada = await world.agent("Ada")
    assert await stranger.call("POST", "/api/v1/password/forgot", email=ada.email) == {"done": True}
    token = link_token(await mail_to(world, ada.email))
    await stranger.call("POST", "/api/v1/password/reset", token=token, password=NEW_PASSWORD)
    with pytest.raises(Refused):
        await ada.call("GET", "/api/v1/me")
    with pytest.raises(Refused):  # once
        await stranger.call("POST", "/api/v1/password/reset", token=token, password="another-fine-long-one")
    await stranger.call("POST", "/api/v1/sign-in", email=ada.email, password=NEW_PASSWORD)


async def test_asking_for_an_unknown_email_looks_the_same_and_mails_nobody(world: World, stranger: Browser) -> None:
    assert await stranger.call("POST", "/api/v1/password/forgot", email="nobody@example.com") == {"done": True}
    await world.settles()
    assert await world.db["mailbox"].count_documents({}) == 0


async def test_changing_the_password_keeps_only_this_browser(world: World) -> None:
    ada = await world.agent("Ada")
    elsewhere = Console(world, "/agent", email=ada.email)
    world.people.append(elsewhere)
    await elsewhere.signs_in()
    with pytest.raises(Refused) as refused:
        await ada.call("POST", "/api/v1/me/password", current="not this one", password=NEW_PASSWORD)
    assert refused.value.problem["errors"][0]["field"] == "current"
    await ada.call("POST", "/api/v1/me/password", current=PASSWORD, password=NEW_PASSWORD)
    assert (await ada.call("GET", "/api/v1/me"))["name"] == "Ada"
    with pytest.raises(Refused):
        await elsewhere.call("GET", "/api/v1/me")
    assert len((await ada.call("GET", "/api/v1/sessions"))["items"]) == 1


async def test_sessions_are_listed_and_ended_one_by_one(world: World) -> None:
    ada = await world.agent("Ada")
    elsewhere = Console(world, "/agent", email=ada.email)
    world.people.append(elsewhere)
    await elsewhere.signs_in()
    listed = (await ada.call("GET", "/api/v1/sessions"))["items"]
    other = next(session for session in listed if not session["current"])
    await ada.call("DELETE", f"/api/v1/sessions/{other['id']}")
    with pytest.raises(Refused):
        await elsewhere.call("GET", "/api/v1/me")
    bob = await world.agent("Bob")
    with pytest.raises(Refused) as refused:
        await bob.call("DELETE", f"/api/v1/sessions/{listed[0]['id']}")
    assert refused.value.problem["code"] == "not_found"


async def test_signing_out_ends_the_session_not_only_the_cookie(world: World, db: Database) -> None:
    ada = await world.agent("Ada")
    cookies = {cookie.key: cookie.value for cookie in ada.http.cookie_jar}
    await ada.call("POST", "/api/v1/sign-out")
    with pytest.raises(Refused):
        await ada.call("GET", "/api/v1/me", headers={"Authorization": f"Bearer {cookies['waystation_session']}"})
    assert await db["sessions"].count_documents({}) == 0
    assert await ada.call("POST", "/api/v1/sign-out") == {"done": True}


async def test_the_mailbox_page_shows_what_was_mailed(world: World, stranger: Browser) -> None:
    email = await signs_up(stranger, company="<script>alert(1)</script>")
    code = code_in(await mail_to(world, email))
    async with stranger.http.get("/mailbox") as answer:
        page = await answer.text()
    assert code in page
    assert "<script>" not in page


# --- Long-lived sessions ---


async def test_the_cookie_changes_hourly_and_an_open_console_stays_connected(world: World) -> None:
    ada = await world.agent_on_duty("Ada")
    before = {cookie.value for cookie in ada.http.cookie_jar}
    world.clock.advance(hours=1)
    await ada.call("GET", "/api/v1/me")
    after = {cookie.value for cookie in ada.http.cookie_jar}
    assert before.isdisjoint(after)
    await ada.call("GET", "/api/v1/me")  # the new token is used, so the old one ends in a minute
    world.clock.advance(minutes=2)
    await world.web.agents.beat_once()
    assert [actor.name for actor in world.web.agents.actors.values()] == ["Ada"]
    assert ada.socket
    assert ada.socket.connected


async def test_a_deactivated_agents_console_is_disconnected(world: World) -> None:
    fay = await founder(world)
    ada = await world.agent_on_duty("Ada")
    await fay.call("DELETE", f"/api/v1/agents/{ada.id}")
    await world.web.agents.beat_once()
    assert world.web.agents.actors == {}


async def test_the_session_cookie_is_out_of_reach_of_scripts(world: World, stranger: Browser) -> None:
    ada = await world.agent("Ada")
    body = {"email": ada.email, "password": PASSWORD}
    async with stranger.http.post("/api/v1/sign-in", json=body) as answer:
        (cookie,) = answer.headers.getall("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


async def test_nothing_of_a_password_is_kept_for_repeated_requests(world: World) -> None:
    ada = await world.agent("Ada")
    headers = {"Idempotency-Key": "once"}
    await ada.call("POST", "/api/v1/me/password", current=PASSWORD, password=NEW_PASSWORD, headers=headers)
    await ada.call("POST", "/api/v1/customers", name="Li", headers=headers)
    kept = await world.db["answers"].find().to_list()
    assert [answer["status"] for answer in kept] == [201]
