"""What mails say: hundreds of them, as programs of many languages write them (spec 2.6)."""

from __future__ import annotations

import time
from collections.abc import Iterable

from channels.email.reading import read_mail
from tests.corpus.email.mails import TRUSTED, cases, differences
from tests.corpus.email.replies import replies

GOAL = 0.97  # of the replies, told exactly


def share(wrong: Iterable[str], of: int) -> str:
    """Say how much was told exactly, and what was not."""
    named = list(wrong)
    exact = of - len(named)
    return "\n".join([f"{exact} of {of} exact ({exact / of:.1%})", *(f"not exact: {one}" for one in named)])


def test_what_is_new_in_replies_of_all_programs_is_told() -> None:
    known = list(replies())
    began = time.process_time()
    told = [(reply, read_mail(reply.raw)) for reply in known]
    each = (time.process_time() - began) / len(told) * 1_000
    wrong = [reply.name for reply, mail in told if mail.new_text != reply.new]
    report = f"{each:.2f} ms each; {share(wrong, len(told))}"
    print(report)  # noqa: T201  `-s` shows the share
    assert len(told) >= 400
    assert len(wrong) <= len(told) * (1 - GOAL), report


def test_what_programs_put_below_a_text_is_its_signature() -> None:
    told = [(reply, read_mail(reply.raw).signature) for reply in replies() if reply.signature]
    wrong = [f"{reply.name}: {signature!r}" for reply, signature in told if signature != reply.signature]
    assert not wrong, share(wrong, len(told))


def test_forwards_reports_robots_charsets_and_broken_mails_are_told() -> None:
    wrong: list[str] = []
    count = 0
    for case in cases():
        count += 1
        found = differences(read_mail(case.raw, trusted_authserv_ids=TRUSTED), case.expected)
        if found:
            wrong.append("\n  ".join([case.name, *found]))
    report = share(wrong, count)
    print(report)  # noqa: T201
    assert count >= 200
    assert not wrong, report
