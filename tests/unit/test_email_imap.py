"""A mailbox's connection, against a real Dovecot: what it does, and that nothing that breaks ever makes it hang."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.account import AccountTrouble, check_address
from channels.email.imap import Imap, utf7
from channels.email.settings import EmailSettings
from channels.email.tokens import _ask
from tests.mailhouse import PASSWORD, Dovecot, a_dovecot, a_mail, a_token_office, dovecot

__all__ = ["dovecot"]
_users = (f"user{number}@desk.test" for number in itertools.count(1))


@pytest.fixture
def user() -> str:
    return next(_users)


async def test_mails_come_out_as_they_went_in(dovecot: Dovecot, user: str) -> None:
    mails = [
        a_mail(subject="一", text="打印机坏了"),
        "Subject: 裸\r\n\r\nGB 中文\r\n".encode("gb18030"),
        a_mail(text="x" * 70_000),
    ]
    await dovecot.receives(user, *mails)
    box = await dovecot.opened(user)
    assert await box.uids() == [1, 2, 3]
    assert await box.sizes([1, 2, 3]) == {1: len(mails[0]), 2: len(mails[1]), 3: len(mails[2])}
    assert [one.raw for one in await box.bodies([1, 2, 3])] == mails
    head = await box.head(3, 1_000)
    assert head is not None
    assert (head.raw, head.size) == (mails[2][:1_000], len(mails[2]))
    await box.logout()


async def test_only_what_is_above_the_last_uid_is_new(dovecot: Dovecot, user: str) -> None:
    await dovecot.receives(user, *[a_mail()] * 3)
    box = await dovecot.opened(user)
    assert await box.uids(above=2) == [3]
    assert await box.uids(above=3) == []  # `4:*` names the last mail, whatever its UID
    await box.logout()


async def test_what_was_taken_is_moved_or_marked_and_not_seen(dovecot: Dovecot, user: str) -> None:
    await dovecot.receives(user, *[a_mail()] * 3)
    box = await dovecot.opened(user)
    await box.create('已导入 2026 & "more"')
    await box.move([1, 2], '已导入 2026 & "more"')
    await box.flag([3], "$Imported")
    assert await box.uids() == [3]
    assert (await box.select('已导入 2026 & "more"')).exists == 2
    await box.logout()


async def test_starttls_encrypts_and_passwords_with_quotes_are_said_right(dovecot: Dovecot, user: str) -> None:
    box = await Imap.connect("127.0.0.1", dovecot.imap, "starttls", certificate=dovecot.certificate.pem, private=True)
    with pytest.raises(AccountTrouble, match="does not accept"):
        await box.login('o"dd us\\er', 'wr"ong')
    await box.login(user, PASSWORD)
    assert (await box.select("INBOX")).exists == 0
    await box.logout()


async def test_a_password_never_goes_out_in_clear_where_the_server_forbids_it() -> None:
    heard: list[bytes] = []

    async def strict(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n" + line.split()[0] + b" OK\r\n")
        writer.close()

    server = await asyncio.start_server(strict, "127.0.0.1", 0)
    box = await Imap.connect("127.0.0.1", server.sockets[0].getsockname()[1], "none", private=True)
    with pytest.raises(AccountTrouble, match="Choose TLS or STARTTLS"):
        await box.login("help@desk.test", PASSWORD)
    box.drop()
    server.close()
    assert PASSWORD.encode() not in b"".join(heard)


async def test_a_stranger_certificate_is_not_trusted(dovecot: Dovecot) -> None:
    with pytest.raises(AccountTrouble, match="certificate that cannot be trusted"):
        await Imap.connect("127.0.0.1", dovecot.imaps, "tls", private=True)


async def test_wrong_doors_are_told_in_words(dovecot: Dovecot) -> None:
    with pytest.raises(AccountTrouble, match="Nobody answers"):
        await Imap.connect("127.0.0.1", 1, "tls", private=True)
    with pytest.raises(AccountTrouble, match="does not speak TLS"):
        await Imap.connect("127.0.0.1", dovecot.imap, "tls", certificate=dovecot.certificate.pem, private=True)


async def test_tokens_sign_in_and_a_bad_one_is_refused_at_once(dovecot: Dovecot, user: str) -> None:
    async with a_token_office(dovecot.tokens) as office:
        office["user"] = user
        office["good"].add("good")
        box = await Imap.connect("127.0.0.1", dovecot.imaps, "tls", certificate=dovecot.certificate.pem, private=True)
        async with asyncio.timeout(20):
            with pytest.raises(AccountTrouble, match="does not accept"):
                await box.xoauth2(user, "stolen")
        await box.xoauth2(user, "good")
        assert box.can_idle
        await box.select("INBOX")
        await box.logout()


async def test_new_mail_is_noticed_while_idling(dovecot: Dovecot, user: str) -> None:
    box = await dovecot.opened(user)
    assert await box.uids() == []
    idling = asyncio.create_task(box.idle(30))
    await dovecot.receives(user, a_mail())
    assert await idling
    assert await box.uids() == [1]
    assert not await box.idle(0.05)
    assert await box.uids() == [1]  # the connection is in step
    await box.logout()


async def test_thousands_of_lines_at_once_are_read(dovecot: Dovecot, user: str) -> None:
    dovecot.lays_down(user, [a_mail(subject=str(number)) for number in range(3_000)])
    box = await dovecot.opened(user)
    uids = await box.uids()
    assert len(uids) == 3_000
    assert len(await box.sizes(uids)) == 3_000
    await box.logout()


async def test_a_server_that_goes_away_is_noticed_at_once_by_whoever_waits() -> None:
    with a_dovecot() as server:
        box = await server.opened("gone@desk.test")
        await box.uids()
        idling = asyncio.create_task(box.idle(600))
        other = await server.opened("gone@desk.test")
        await asyncio.to_thread(server.stop)
        async with asyncio.timeout(5):
            with pytest.raises(AccountTrouble, match="lost"):
                await idling
            with pytest.raises(AccountTrouble, match="lost"):
                await other.uids()
        assert not box.is_open
        await asyncio.to_thread(server.start)
        again = await server.opened("gone@desk.test")
        await again.logout()


async def test_a_cancelled_command_drops_the_connection_instead_of_leaving_it_out_of_step(
    dovecot: Dovecot, user: str
) -> None:
    await dovecot.receives(user, a_mail(text="x" * 1_000_000))
    box = await dovecot.opened(user)
    fetching = asyncio.create_task(box.bodies([1]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert not box.is_open


async def test_rubbish_from_a_server_ends_the_connection_in_words() -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK hi\r\n* \xff\xfe {99999999999}\r\nzzz\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(10):
        with pytest.raises(AccountTrouble):
            await Imap.connect("127.0.0.1", port, "none", private=True)
    server.close()


@given(st.text(max_size=30))
def test_folder_names_survive_their_spelling(name: str) -> None:
    coded = utf7(name)
    assert coded.isascii()
    assert coded.isprintable() or not coded
    assert read_utf7(coded) == name


def read_utf7(coded: str) -> str:
    """Read modified UTF-7 as a server does (RFC 3501 §5.1.3)."""
    out, rest = "", coded
    while rest:
        plain, ampersand, rest = rest.partition("&")
        out += plain
        if ampersand:
            shifted, _, rest = rest.partition("-")
            out += ("+" + shifted.replace(",", "/") + "-").encode().decode("utf-7") if shifted else "&"
    return out


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
     "fe80::1%lo", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "224.0.0.1", "::"],
)  # fmt: skip
def test_addresses_of_our_own_network_are_none_of_a_mailbox(address: str) -> None:
    with pytest.raises(AccountTrouble, match="own network"):
        check_address("mail.example.com", address, private=False)
    check_address("mail.example.com", address, private=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_open_to_everybody(address: str) -> None:
    check_address("mail.example.com", address, private=False)


async def test_tokens_are_not_asked_for_inside_our_own_network() -> None:
    with pytest.raises(AccountTrouble, match="own network"):
        await _ask(EmailSettings(address="a@b.test", token_url="http://127.0.0.1:1/token"), None, private=False)
