"""Texts of mails: whatever a leader types, it says where it is wrong, or becomes a mail of bounded size at once."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.facts import sample, words_of
from channels.email.templates import (
    LANGUAGES,
    PURPOSES,
    VARIABLES,
    BadTemplate,
    Wording,
    built_in,
    filled,
    render,
)
from core.message import Text
from people.model import Language
from ticketing.model import Purpose


def answer(text: str = "{{ words }}", *, subject: str = "{{ subject }}", html: str = "") -> Wording:
    return Wording(subject=subject, text=text, html=html)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_built_in_text_says_all_that_it_should(purpose: Purpose, language: Language) -> None:
    mail = render(built_in(purpose, language), purpose, sample(purpose, language))
    assert mail.text.startswith("## ")
    assert "{" not in mail.subject + mail.text + mail.html
    assert "\n\n\n" not in mail.text
    if purpose == "solved":
        for score in range(1, 6):
            assert f"score={score}" in mail.text
            assert f"score={score}" in mail.html


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("{{ words }}\n{{ nobody }}", 2, "nobody"),
        ("{{ words }}\n\n{% if signature %}", 3, "{{ number }}"),
        ("{{ words }} {{ words.__class__ }}", 1, "__class__"),
        ("{{ words }}{{ ''.join(['a']) }}", 1, "cannot be used"),
        ("{{ words }}{% set a = 'a' %}", 1, "cannot be used"),
        ("{{ words }}{{ 9 * 9 }}", 1, "cannot be used"),
        ("{{ words }}\n{% for a in words %}{{ a }}{% endfor %}", 2, "a loop looks like"),
        ("{{ words }}{% include 'passwd' %}", 1, "cannot be used"),
        ("{{ words }}{{ number|attr('a') }}", 1, "attr"),
        ("{{ words }}{% macro a() %}{% endmacro %}", 1, "cannot be used"),
        ("Dear {{ customer }}", 1, "{{ words }}"),
        ("{{ words }}" + "{{ (" * 400, 1, "Line"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        render(answer(text), "answer", sample("answer", "en"))
    assert (refused.value.facts["part"], refused.value.facts["line"]) == ("text", line)
    assert says in str(refused.value)


def test_the_part_that_is_wrong_is_named() -> None:
    with pytest.raises(BadTemplate) as refused:
        render(answer(html="<p>{{ words }}</p>\n<p>{{ wordz }}</p>"), "answer", sample("answer", "en"))
    assert (refused.value.facts["part"], refused.value.facts["line"]) == ("html", 2)
    assert [error["field"] for error in refused.value.errors] == ["html"]


def test_what_customers_wrote_stays_words_in_html() -> None:
    facts = sample("answer", "en") | {"customer": "<script>alert(1)</script>", "words": words_of((Text(text="<b>"),))}
    mail = render(answer("{{ words }} {{ customer }}", html="{{ words }} {{ customer }}"), "answer", facts)
    assert "<script>alert(1)</script>" in mail.text
    assert "<script>" not in mail.html
    assert "<p>&lt;b&gt;</p>" in mail.html


def test_an_empty_html_is_made_from_the_text() -> None:
    mail = render(answer("Dear {{ customer }},\n\n{{ words }}"), "answer", sample("answer", "en") | {"customer": "A&B"})
    assert mail.html.startswith("<p>Dear A&amp;B,</p>")


def test_the_facts_of_the_day_may_fail_a_text_and_the_line_is_told() -> None:
    text = "{{ link }}\n{{ story }}\n{{ (story|first).words }}"
    facts = sample("notice", "en")
    render(Wording(subject="x", text=text), "notice", facts)
    with pytest.raises(BadTemplate) as refused:
        render(Wording(subject="x", text=text), "notice", facts | {"story": []})
    assert refused.value.facts["line"] == 3


@pytest.mark.parametrize(
    "text",
    [
        "{{ words }}" * 1_800,
        "{% for each in story %}{% if (story|join|urlize|upper|lower|title) %}{% endif %}{% endfor %}" * 200
        + "{{ story }}",
        "{{ story }}" + "{{ story|join|urlize }}" * 500,
    ],
)
def test_no_text_takes_long_or_grows_without_end(text: str) -> None:
    long = words_of((Text(text="www.example.com " * 600),))
    story = [{"author": "A", "at": "B", "words": long}] * 20
    purpose: Purpose = "notice" if "story" in text else "answer"
    facts = sample(purpose, "en") | {"words": long, "story": story}
    began = time.process_time()
    with pytest.raises(BadTemplate) as refused:
        render(Wording(subject="x", text=text[:20_000]), purpose, facts)
    assert "too long" in str(refused.value) or "Line" in str(refused.value)
    assert time.process_time() - began < 3.0  # seconds of CPU


@given(st.text(alphabet=st.sampled_from(list("{}%|.()[]'\" \nabwords=~+*-_#")), max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_typed_rubbish_is_a_mail_or_a_refusal(text: str) -> None:
    try:
        mail = render(answer("{{ words }}" + text), "answer", sample("answer", "en"))
    except BadTemplate:
        return
    assert "A new lid" in mail.text


@given(st.text(max_size=200))
def test_a_signature_fills_its_few_names_and_leaves_the_rest(text: str) -> None:
    assert filled("{{ name }}, {{desk}} {{ other }}", {"name": text, "desk": "Help"}).endswith("Help {{ other }}")


def test_every_variable_that_is_promised_is_there() -> None:
    for purpose in PURPOSES:
        assert set(VARIABLES[purpose]) <= set(sample(purpose, "en"))
