"""Any bytes are read or refused in words, in bounded time, and nothing that was written is lost (spec 2.6)."""

from __future__ import annotations

import base64
import time
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.mail import Mail, ReadingLimits, Unreadable, never_answer
from channels.email.reading import read_mail
from channels.email.reading.charset import decode
from channels.email.reading.html import render, unblock_images
from channels.email.reading.trim import Line, trim
from tests.corpus.email.mails import cases
from tests.corpus.email.replies import replies


def mail(body: str = "Hello", **headers: str) -> bytes:
    """Return a mail from Zoe; ``_`` in names of headers is ``-``."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in {"From": "zoe@shop.example", **headers}.items()]
    return ("\n".join(lines) + "\n\n" + body).encode()


def written_lines(text: str) -> Counter[str]:
    """Return the written lines of a text, each as often as it stands there."""
    return Counter(line.rstrip() for line in text.split("\n") if line.strip())


# --- What is no mail ---


@pytest.mark.parametrize(
    ("raw", "why"), [(b"", "empty"), (b"\r\n\r\n", "empty"), (b"\x00\xff\xfe rubbish", "no headers")]
)
def test_what_is_no_mail_is_refused_in_words(raw: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_mail(raw)


def test_a_mail_above_the_limit_is_refused_with_both_sizes() -> None:
    with pytest.raises(Unreadable, match="101 bytes; the limit is 100"):
        read_mail(b"From: a@b.example\n\n".ljust(101, b"x"), limits=ReadingLimits(mail_bytes=100))


# --- Any bytes ---

pieces = st.sampled_from(
    [
        b"From: ", b"Subject: ", b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html", b"\n",
        b"\r\n", b"\n\n",
        b"--b\n", b"--b--\n", b"Content-Transfer-Encoding: base64\n", b"=?utf-8?b?", b"?=", b"=?gb2312?q?=D6",
        b"<a@b.example>",
        b"Content-Type: message/rfc822\n", b"Content-Type: message/delivery-status\n", b"Final-Recipient: rfc822;",
        b"<div><b>",
        b"<blockquote>", b"</", b"> ", b"-- \n", b"On Mon, 2 Mar 2026 at 9:00, X <x@y.example> wrote:\n",
        b"Content-Type: text/calendar\n",
        b"BEGIN:VEVENT\n", b"DTSTART:2026", b"Content-Type: application/ms-tnef\n", "发件人：".encode(),
        "写道：".encode("gb18030"),
        b"\x1b$B", b"Content-Type: text/plain; charset=", b"utf-16", b"format=flowed", b"Date: ", b"References: <",
        b"\x00", b'"', b"(", b";",
        b"Content-Disposition: attachment; filename*=utf-8''%E6",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
    ]
)  # fmt: skip


def is_read_or_refused(raw: bytes) -> Mail | None:
    """Return the mail, or None where it is refused as it should be; anything else fails the test."""
    began = time.process_time()
    try:
        return read_mail(raw)
    except Unreadable:
        return None
    finally:
        assert time.process_time() - began < 1


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    is_read_or_refused(raw)
    is_read_or_refused(b"From: zoe@shop.example\n" + raw)


@settings(max_examples=300)
@given(st.lists(pieces | st.binary(max_size=6), max_size=40))
def test_any_pieces_of_mails_are_read_or_refused(found: list[bytes]) -> None:
    is_read_or_refused(b"From: zoe@shop.example\n" + b"".join(found))


@settings(max_examples=50)
@given(st.data())
def test_a_mail_with_damaged_bytes_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([case.raw for case in cases()])))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=8))
    is_read_or_refused(bytes(raw))


@given(
    st.binary(max_size=200),
    st.sampled_from(["utf-8", "gb2312", "utf-16", "utf-7", "idna", "no such", "", "rot13", "zlib"]),
)
def test_any_bytes_in_any_charset_become_text(raw: bytes, charset: str) -> None:
    text, _ = decode(raw, charset)
    assert "\x00" not in text


# --- Nothing is lost ---

lines = st.sampled_from(
    [
        "", "Hello", "谢谢", "> quoted", ">> deeper", "-- ", "--", "Sent from my iPhone", "发自我的iPhone",
        "On Mon, 2 Mar 2026, X wrote:",
        "From: X <x@y.example>", "Sent: 2 March 2026", "To: Z", "Subject: S", "发件人: X",
        "在 2026-03-02，X <x@y.example> 写道：", "____________________",
        "-----Original Message-----", "## Please reply above this line ##", "zoe@shop.example", "Zoe", "| |",
        "CONFIDENTIALITY NOTICE", "Tel. +44 20 7946",
    ]
)  # fmt: skip


@settings(max_examples=500)
@given(st.lists(lines | st.text(max_size=20).map(lambda text: " ".join(text.split())), max_size=25))
def test_new_quoted_and_signature_are_all_of_the_text_and_no_more(found: list[str]) -> None:
    told = trim([Line(line) for line in found])
    whole = written_lines("\n".join(found))
    assert written_lines(told.new) + written_lines(told.quoted) + written_lines(told.signature) == whole
    assert bool(told.new) == bool(whole), "never cut to empty"


def test_no_mail_of_the_corpus_loses_a_line() -> None:
    for raw in (*(reply.raw for reply in replies()), *(case.raw for case in cases())):
        told = read_mail(raw)
        split = written_lines(told.new_text) + written_lines(told.quoted) + written_lines(told.signature)
        assert split == written_lines(told.text), raw.decode("utf-8", "replace")


def test_the_new_html_says_what_the_new_text_says() -> None:
    told = [read_mail(case.raw) for case in cases() if case.name.startswith("html: ")]
    for one in told:
        words = " ".join(line.text for line in render(one.new_html or "").lines).split()
        assert words == one.new_text.split()


# --- Bombs ---

NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(3_000))
BOMBS: dict[str, Callable[[], bytes]] = {
    "comments": lambda: b"From: " + b"(" * 250_000 + b"\n\nx",
    "commas": lambda: b"From: " + b"a," * 120_000 + b"\n\nx",
    "quotes": lambda: b"To: " + b'"\\' * 30_000 + b"\nCc: " + b"(\\" * 30_000 + b"\n\nx",
    "one large header": lambda: b"Subject: " + b"x" * 5_000_000 + b"\n\nx",
    "many headers": lambda: b"X: y\n" * 200_000 + b"\nx",
    "lines that are no headers": lambda: b"From: a@b.example\n" + b"rubbish\nX: y\n" * 20_000 + b"\nx",
    "encoded words": lambda: b"Subject: " + b"=?utf-8?q?a?=" * 20_000 + b"=?utf-8?q?" * 6_000 + b"\n\nx",
    "recipients": lambda: b"From: a@b.example\nTo: " + b"a@b.example," * 20_000 + b"\n\nx",
    "parameters": lambda: b"Content-Type: multipart/mixed" + b';a="' * 15_000 + b"\n\nx",
    "references": lambda: b"References: " + b"<a@b>" * 40_000 + b"\n\nx",
    "deep parts": lambda: b"From: a@b.example\n" + NESTED,
    "mails in mails": lambda: b"From: a@b.example\n" + b"Content-Type: message/rfc822\n\n" * 5_000,
    "many parts": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 200_000,
    "boundaries within boundaries": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b--b\n" * 400_000,
    "nested HTML": lambda: b"Content-Type: text/html\n\n" + b"<div>" * 90_000,
    "HTML that doubles": lambda: b"Content-Type: text/html\n\n" + b"<p><font a=1>" * 30_000,
    "attributes": lambda: b"Content-Type: text/html\n\n<a " + b"x " * 200_000 + b">",
    "lists": lambda: b"Content-Type: text/html\n\n" + b"<li>From: x" * 40_000,
    "lines": lambda: b"From: a@b.example\n\n" + b"a:\n" * 160_000,
    "attributions": lambda: b"From: a@b.example\n\n" + b"On 1:00 2026 x <a@b.example>\n" * 15_000,
    "one long line": lambda: b"From: a@b.example\n\n" + b"On 2026 " * 60_000,
    "winmail.dat": lambda: b"Content-Type: application/ms-tnef\n\nx\x9f>\"\0\0" + (b"\x01" + bytes(10)) * 500_000,
    "a calendar": lambda: b"Content-Type: text/calendar\n\nBEGIN:VEVENT\n" + b'ATTENDEE;A="x":mailto:a@b\n' * 30_000,
    "a bounce": lambda: b"From: postmaster@x\nSubject: failure notice\n\n" + b"<a@b>:\n550 x\n" * 50_000,
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_no_more_than_its_time(name: str) -> None:
    raw = BOMBS[name]()
    began = time.process_time()
    read_mail(raw)
    assert (
        time.process_time() - began < 2
    )  # seconds of CPU; none takes more than half of it on the machine it was written on


def test_a_mail_with_25_megabytes_of_files_is_read_whole_and_soon() -> None:
    content = bytes(range(256)) * 100_000
    encoded = base64.encodebytes(content)
    raw = (
        b"From: zoe@shop.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the file.\n--b\n"
        b"Content-Type: application/zip; name=logs.zip\nContent-Transfer-Encoding: base64\n\n" + encoded + b"--b--\n"
    )
    began = time.process_time()
    told = read_mail(raw)
    assert time.process_time() - began < 2
    assert told.attachments[0].content == content
    assert told.new_text == "See the file."


# --- Single rules ---


def test_who_was_asked_may_be_answered_and_machines_may_not() -> None:
    assert not never_answer(read_mail(mail()))
    assert never_answer(read_mail(mail(Auto_Submitted="auto-generated")))
    assert never_answer(read_mail(mail(Return_Path="<>")))
    assert never_answer(read_mail(b"Subject: nobody\n\nx"))


def test_images_from_elsewhere_are_shown_when_asked_for() -> None:
    told = read_mail(mail('<p>Hi</p><img src="https://shop.example/a.png" alt="a">', Content_Type="text/html"))
    assert told.remote_images == 1
    assert told.html
    assert 'src="https://shop.example/a.png"' not in told.html.replace("data-remote-src", "")
    assert ' src="https://shop.example/a.png"' in unblock_images(told.html)


def test_a_sender_cannot_unblock_images_in_advance() -> None:
    told = read_mail(mail('<p>Hi</p><img data-remote-src="https://shop.example/a.png">', Content_Type="text/html"))
    assert told.remote_images == 0
    assert told.html
    assert "shop.example" not in unblock_images(told.html)


def test_images_within_the_html_become_files_that_it_shows() -> None:
    data = base64.b64encode(b"\x89PNG" + bytes(300)).decode()
    told = read_mail(mail(f'<p>Hi</p><img src="data:image/png;base64,{data}">', Content_Type="text/html"))
    (image,) = told.attachments
    assert image.inline
    assert image.media_type == "image/png"
    assert image.content.startswith(b"\x89PNG")
    assert f"cid:{image.content_id}" in (told.html or "")


def test_the_same_mail_has_the_same_hash_on_every_way() -> None:
    one = read_mail(mail(Message_ID="<1@x>", Subject="Hi", Received="from a by b; now", X_Spam="no"))
    other = read_mail(
        mail(Message_ID="<1@x>", Subject="Hi", Delivered_To="c@d.example").replace(b"\n", b"\r\n") + b"\r\n"
    )
    third = read_mail(mail("Hello!", Message_ID="<1@x>", Subject="Hi"))
    assert one.content_hash == other.content_hash != third.content_hash


def test_ids_that_a_program_encoded_for_their_length_are_read() -> None:
    long = f"{'A' * 60}@DM6PR11MB1234.namprd11.prod.outlook.com"
    halves = [f"=?utf-8?q?=3C{long[:50]}?=", f" =?utf-8?q?{long[50:]}=3E?="]
    assert read_mail(mail(In_Reply_To="\r\n".join(halves))).in_reply_to == (f"<{long}>",)
