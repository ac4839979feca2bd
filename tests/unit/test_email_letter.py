"""A mail that leaves says what it should to every program, whatever was typed; tags and ids find their ticket."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import threads
from channels.email.facts import sample, words_of
from channels.email.letter import LINE, Enclosed, Outgoing, encoded, encoded_size, write
from channels.email.mail import Mail, MailAddress
from channels.email.templates import built_in, render
from core.errors import Invalid
from core.message import Text

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET = b"a secret of thirty-two characters or more"


def outgoing(**more: Any) -> Outgoing:
    usual: dict[str, Any] = {
        "message_id": "<01ENTRY@desk.test>", "from_": MailAddress(email="help@desk.test", name="Lantern"),
        "to": (MailAddress(email="lin@customer.test"),), "subject": "Teapot", "text": "Hi\n", "html": "<p>Hi</p>",
        "date": NOW,
    }  # fmt: skip
    return Outgoing(**(usual | more))


def read(mail: Outgoing, *files: bytes) -> EmailMessage:
    written = write(mail)
    raw = written.beginning
    for (head, _), content in zip(written.files, files, strict=True):
        raw += head + encoded(content)
    raw += written.end
    assert len(raw) == written.size
    assert b"\n" not in raw.replace(b"\r\n", b"")
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


@given(name=st.text(max_size=40), subject=st.text(max_size=300))
def test_no_words_become_a_header_of_their_own(name: str, subject: str) -> None:
    message = read(
        outgoing(subject=subject + "\r\nBcc: all@desk.test", from_=MailAddress(email="a@desk.test", name=name))
    )
    assert set(message.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "Content-Type", "MIME-Version", "Content-Transfer-Encoding",
    }  # fmt: skip
    assert message["Bcc"] is None


@pytest.mark.parametrize("address", ["a@b\r\nRCPT TO:<x@y>", "no address", ""])
def test_what_is_no_address_is_refused_in_words(address: str) -> None:
    with pytest.raises(Invalid, match="cannot be written"):
        write(outgoing(to=(MailAddress(email=address),)))


@given(st.text(max_size=2_000))
def test_the_words_arrive_as_they_were_said(text: str) -> None:
    clean = "\n".join("".join(c for c in text if c >= " " or c == "\n").splitlines())
    body = read(outgoing(text=clean + "\n")).get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip("\n") == clean.rstrip("\n")


@given(st.binary(max_size=5 * LINE))
def test_a_file_is_as_long_as_foretold_and_comes_out_as_it_went_in(content: bytes) -> None:
    assert len(encoded(content)) == encoded_size(len(content))
    assert base64.b64decode(encoded(content)) == content


def test_files_and_pictures_go_along() -> None:
    files = (
        Enclosed("1", "报价.pdf", "application/pdf", 4),
        Enclosed("2", "shot.png", "image/png", 3, content_id="2@inline"),
    )
    message = read(
        outgoing(enclosed=files, cc=(MailAddress(email="han@例子.中国"),)), b"PNG", b"%PDF"
    )  # pictures stand beside the words
    related, first = message.iter_parts()
    [second] = related.iter_attachments()
    assert (first.get_filename(), first.get_content()) == ("报价.pdf", b"%PDF")
    assert (second["Content-ID"], second.get_content()) == ("<2@inline>", b"PNG")
    assert message["Cc"] == "han@xn--fsqu00a.xn--fiqs8s"


def test_what_a_machine_sends_says_so() -> None:
    message = read(outgoing(automatic="auto-replied"))
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-replied", "All")


def test_an_answer_stands_below_our_line_in_the_customers_language() -> None:
    facts = sample("answer", "zh-CN") | {"words": words_of((Text(text="<b>你好</b>"),))}
    mail = render(built_in("answer", "zh-CN"), "answer", facts)
    assert mail.text.splitlines()[0] == "## 请在此行上方回复 ##"
    assert "&lt;b&gt;你好&lt;/b&gt;" in mail.html


def test_a_thread_of_many_ids_is_folded_and_still_whole() -> None:
    ids = tuple(f"<{n}.{'x' * 60}@customer.test>" for n in range(12))
    message = read(outgoing(in_reply_to=ids[-1], references=ids))
    assert tuple(str(message["References"]).split()) == ids


@given(number=st.integers(1, 10**9), other=st.integers(1, 10**9))
def test_a_tag_names_its_own_ticket_and_no_other(number: int, other: int) -> None:
    tag = threads.tag(SECRET, "t", "c", number)
    known = {"secret": SECRET, "tenant_id": "t", "channel_ids": ["c"]}

    def named(tag: str, **more: Any) -> int | None:
        address = threads.tagged("help@desk.test", tag).upper()  # programs change the case of addresses
        return threads.tagged_number(Mail(to=(MailAddress(email=address),)), **(known | more))

    assert named(tag) == number
    assert named(tag, tenant_id="other") is None
    assert named(tag, channel_ids=["d"]) is None
    if other != number:
        assert named(tag.replace(f"t{number}.", f"t{other}.")) is None


@pytest.mark.parametrize(
    ("response", "ids"),
    [
        ("2.0.0 OK <AB@prod.outlook.com> [Hostname=x]", ["<AB@prod.outlook.com>"]),
        ("Ok 0102018f3c0d6a5e-1b1b1b1b-2c2c-4d4d-8e8e-9f9f9f9f9f9f-000000",
         ["0102018f3c0d6a5e-1b1b1b1b-2c2c-4d4d-8e8e-9f9f9f9f9f9f-000000"]),
        ("2.0.0 Ok: queued as 4ABC", []),
    ],
)  # fmt: skip
def test_what_a_provider_calls_our_mail_is_learnt_from_its_answer(response: str, ids: list[str]) -> None:
    assert threads.ids_given(response) == ids


def test_an_answer_to_a_mail_that_amazon_renamed_is_found() -> None:
    mail = Mail(in_reply_to=("<0102-abc@eu-west-1.amazonses.com>",), references=("<a@b>", "<c@d>"))
    assert threads.named_ids(mail) == ["<0102-abc@eu-west-1.amazonses.com>", "0102-abc", "<c@d>", "<a@b>"]


def test_ids_longer_than_a_line_stay_as_they_are() -> None:
    """The `email` package would write them as encoded words, and no program of a customer would find its thread."""
    long = f"<{'A' * 60}@DM6PR11MB1234.namprd11.prod.outlook.com>"
    raw = write(outgoing(message_id=long, in_reply_to=long, references=(long, "<b@c>"))).beginning
    assert f"In-Reply-To: {long}\r\nReferences: {long}\r\n <b@c>\r\n".encode() in raw
    assert f"Message-ID: {long}\r\n".encode() in raw
