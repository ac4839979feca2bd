"""What makes a password weak, a request foreign, a link forged, and an account locked (spec 1.9)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from core.errors import Invalid, TooMany
from gateway.auth import passwords
from gateway.auth.attempts import Attempts, network
from gateway.auth.origin import is_ours
from gateway.auth.sessions import browser_name
from gateway.embedded import PORTS, Stores
from people import proofs

SECRET = b"a secret of thirty-two characters or more"
HERE, THERE = "192.0.2.7", "198.51.100.3"

# --- Passwords ---


@pytest.mark.parametrize(
    "password",
    ["password12", "P@ssw0rd2026", "1234567890", "0987654321", "qwertyuiop", "1q2w3e4r5t", "aaaaaaaaaaaa",
     "abababababab", "iloveyou2026", "Admin123456", "welcome!!!1", "20260302090000", "abcdefghij",
     "PasswordPassword", "!!1qaz2wsx!!"],
)  # fmt: skip
def test_the_passwords_that_are_tried_first_are_refused(password: str) -> None:
    assert passwords.is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "seven-geese-over-the-pond",
        "korrekt pferd batterie",
        "V7#kd9!wQm",
        "长城脚下有一只会唱歌的猫",
        "mein hund heißt 42",
    ],
)
def test_a_few_words_that_do_not_belong_together_are_fine(password: str) -> None:
    passwords.check_strength(password, email="ada@example.com")


@pytest.mark.parametrize(
    ("password", "email"),
    [
        ("too short", "a@b.c"),
        ("lovelace-42", "ada.lovelace@example.com"),
        ("x" * 201 + "yz", "a@b.c"),
        ("teapot-9182", "li@teapot.example"),
    ],
)
def test_short_ones_and_those_made_of_the_email_are_refused_with_what_to_do(password: str, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check_strength(password, email=email, field="new")
    assert refused.value.errors[0]["field"] == "new"


@given(st.text(max_size=40))
def test_any_text_is_judged_without_breaking(password: str) -> None:
    passwords.is_common(password)


async def test_a_hash_knows_its_password_alone() -> None:
    hashed = await passwords.hash_password("seven geese")
    assert await passwords.verify(hashed, "seven geese")
    assert not await passwords.verify(hashed, "six geese")
    assert not await passwords.verify(None, "nobody has this password")
    assert not await passwords.verify("not a hash", "seven geese")
    assert not await passwords.verify(hashed, "\ud800")
    assert not passwords.needs_rehash(hashed)
    assert passwords.needs_rehash(PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash("x"))


# --- Where a request comes from ---


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("https://desk.example", True),
        ("https://desk.example:443", True),
        ("https://desk.example/console?x=1", True),  # a Referer
        ("http://10.0.0.5:8000", True),  # the host that was asked
        ("http://desk.example", False),
        ("https://desk.example.evil.example", False),
        ("https://desk.example@evil.example", False),
        ("https://evil.example", False),
        ("http://10.0.0.5:8001", False),
        ("null", False),
        ("", False),
        (None, False),
        ("https://[::1", False),
        ("javascript:alert(1)", False),
        ("https://desk.example:99999", False),
    ],
)
def test_only_the_public_url_and_the_host_that_was_asked_are_ours(origin: str | None, ours: bool) -> None:
    assert is_ours(origin, public_url="https://desk.example", host="10.0.0.5:8000") is ours


@given(st.text(max_size=60))
def test_no_other_text_is_ours(origin: str) -> None:
    assert not is_ours(origin, public_url="https://desk.example", host="desk.example")


# --- Codes and links ---


@given(st.text(max_size=30), st.integers(1, 1_000))
def test_a_code_is_six_digits_of_one_mail(sign_up_id: str, number: int) -> None:
    code = proofs.activation_code(SECRET, sign_up_id, number)
    assert len(code) == 6
    assert code.isdigit()
    assert proofs.is_code(SECRET, sign_up_id, number, f" {code[:3]} {code[3:]} ")
    assert code == proofs.activation_code(SECRET, sign_up_id, number)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_a_link_carries_its_values_for_its_purpose_alone(values: list[str]) -> None:
    token = proofs.link_token(SECRET, "invitation", *values)
    assert proofs.read_link_token(SECRET, "invitation", token, values=len(values)) == values
    with pytest.raises(Invalid):
        proofs.read_link_token(SECRET, "password_reset", token, values=len(values))
    with pytest.raises(Invalid):
        proofs.read_link_token(b"another secret", "invitation", token, values=len(values))
    with pytest.raises(Invalid):
        proofs.read_link_token(SECRET, "invitation", token, values=len(values) + 1)


@given(st.text(max_size=100))
def test_a_forged_link_is_refused(token: str) -> None:
    with pytest.raises(Invalid):
        proofs.read_link_token(SECRET, "invitation", token, values=2)


# --- Attempts ---


@pytest.fixture(params=["Valkey", "no Valkey", "Valkey is away"])
async def counted(request: pytest.FixtureRequest, stores: Stores) -> AsyncIterator[Attempts]:
    if request.param == "no Valkey":
        yield Attempts(None)
        return
    url = stores.redis_url if request.param == "Valkey" else f"redis://127.0.0.1:{PORTS[-1]}"
    async with Redis.from_url(url) as redis:
        if request.param == "Valkey":
            await redis.flushdb()
        yield Attempts(redis)


async def fails(counted: Attempts, times: int = 5) -> None:
    for _ in range(times):
        await counted.begin("ada", HERE)
        await counted.failed("ada", HERE)


async def test_five_failures_lock_one_account_for_one_address(counted: Attempts) -> None:
    await fails(counted)
    with pytest.raises(TooMany) as locked:
        await counted.begin("ada", HERE)
    assert 890 <= locked.value.facts["retry_after"] <= 900
    await counted.begin("ada", THERE)
    await counted.begin("bob", HERE)


async def test_a_second_lock_of_the_day_is_longer(counted: Attempts) -> None:
    await fails(counted)
    await counted.forgive("ada", HERE)
    await fails(counted)
    with pytest.raises(TooMany) as locked:
        await counted.begin("ada", HERE)
    assert 3_590 <= locked.value.facts["retry_after"] <= 3_600


async def test_guessing_in_parallel_gets_no_more_tries(counted: Attempts) -> None:
    begun = await asyncio.gather(*(counted.begin("ada", HERE) for _ in range(30)), return_exceptions=True)
    assert sum(outcome is None for outcome in begun) == 5


async def test_a_right_password_forgets_the_wrong_ones(counted: Attempts) -> None:
    await fails(counted, 4)
    await counted.begin("ada", HERE)
    await counted.succeeded("ada", HERE)
    await fails(counted, 4)


async def test_who_proves_themselves_otherwise_is_forgiven(counted: Attempts) -> None:
    await fails(counted)
    await counted.forgive("ada", HERE)
    await counted.begin("ada", HERE)


async def test_one_address_cannot_try_one_account_after_the_other(counted: Attempts) -> None:
    for number in range(50):
        await counted.begin(f"account-{number}", HERE)
        await counted.failed(f"account-{number}", HERE)
    with pytest.raises(TooMany):
        await counted.begin("one-more", HERE)
    await counted.begin("one-more", THERE)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_customer_counts_as_one_place(address: str, place: str) -> None:
    assert network(address) == place


# --- Browsers ---


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605 Version/18 Safari/605", "Safari · macOS"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/142.0 Safari/537 Edg/142", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) AppleWebKit MicroMessenger/8.0", "WeChat · iPhone"),
        ("curl/8.5.0", "curl"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_called_what_people_call_it(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name
