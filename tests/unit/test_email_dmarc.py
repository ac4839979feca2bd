"""Whose domain may speak for whose: DMARC and its walk up the tree of names."""

from __future__ import annotations

import pytest

from channels.email.dmarc import evaluated, organization, policy, walk

ZONE = {
    "_dmarc.shop.example": ["v=DMARC1; p=reject"],
    "_dmarc.strict.example": ["v=DMARC1; p=reject; adkim=s; aspf=s"],
    "_dmarc.own.shop.example": ["v=DMARC1; p=none; psd=n"],
    "_dmarc.registry": ["v=DMARC1; p=reject; psd=y"],
    "_dmarc.twice.example": ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
}


def texts(name: str) -> list[str]:
    return ZONE.get(name, [])


@pytest.mark.parametrize(
    ("author", "dkim", "spf", "verdict"),
    [
        ("shop.example", ["shop.example"], None, "pass"),
        ("shop.example", ["mail.shop.example"], None, "pass"),
        ("news.shop.example", [], "shop.example", "pass"),
        ("shop.example", ["evil.example"], "evil.example", "fail"),
        ("shop.example", ["shop.example.evil.test"], None, "fail"),
        ("shop.example", [], None, "fail"),
        ("strict.example", ["mail.strict.example"], None, "fail"),
        ("strict.example", [], "strict.example", "pass"),
        ("own.shop.example", ["shop.example"], None, "fail"),  # says of itself that it is an organization
        ("one.registry", ["two.registry"], None, "fail"),  # neighbours below a registry
        ("a.one.registry", ["one.registry"], None, "pass"),
        ("nothing.example", ["nothing.example"], None, "none"),
        ("twice.example", ["twice.example"], None, "none"),
    ],
)
def test_who_may_write_under_an_address(author: str, dkim: list[str], spf: str | None, verdict: str) -> None:
    assert evaluated(author, dkim=dkim, spf=spf, texts=texts) == verdict


def test_long_names_are_asked_about_by_their_last_seven_labels() -> None:
    asked: list[str] = []

    def note(name: str) -> list[str]:
        asked.append(name)
        return []

    walk("a.b.c.d.e.f.g.h.i.j.example", note)
    assert len(asked) == 8
    assert asked[1] == "_dmarc.e.f.g.h.i.j.example"


def test_what_is_no_record_says_nothing() -> None:
    assert policy("x", ["v=spf1 -all", "v=DMARC10; p=none"]) is None
    assert organization("a.b", []) == "a.b"
