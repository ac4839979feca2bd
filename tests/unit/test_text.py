"""Search words: what is written is found by what people type, in Chinese and in English (spec 5.9)."""

from __future__ import annotations

import re

import pytest
from bson.regex import Regex
from hypothesis import given
from hypothesis import strategies as st

from core.text import MAX_QUERY_WORDS, MAX_WORDS, parse_query, query_words, search_filter, search_words


def finds(query: str, text: str) -> bool:
    """Whether MongoDB would find the text's words by the query's filter."""
    words = search_words(text)
    wanted = search_filter(query).get("words", {"$all": []})["$all"]
    return all(
        any(re.search(one.pattern, word) if isinstance(one, Regex) else one == word for word in words) for one in wanted
    )


def test_chinese_is_cut_into_pairs_and_the_last_character() -> None:
    assert search_words("打印机") == ["打印", "印机", "机"]
    assert search_words("机") == ["机"]


def test_scripts_that_touch_are_told_apart() -> None:
    assert search_words("VPN连不上") == ["vpn", "连不", "不上", "上"]


def test_full_width_letters_and_ligatures_and_case_do_not_matter() -> None:
    assert search_words("ＶＰＮ ﬁle STRASSE Straße") == ["vpn", "file", "strasse"]


def test_an_address_is_found_whole_and_by_its_parts() -> None:
    words = search_words("Li.Ming@example.com")
    assert words == ["li.ming@example.com", "li", "ming", "example", "com"]
    for query in ("li.ming@example.com", "Li.Ming@exam", "ming", "example.com", "li.ming"):
        assert finds(query, "from Li.Ming@example.com yesterday"), query


def test_codes_are_found_by_their_parts() -> None:
    for query in ("INC-2024-001", "inc-2024", "2024", "0x80070005", "10.0.1", "snake", "case"):
        assert finds(query, "INC-2024-001 error 0x80070005 on 10.0.1 snake_case"), query


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("打印机", "三楼打印机卡纸", True),
        ("印机", "三楼打印机卡纸", True),
        ("打", "三楼打印机卡纸", True),
        ("纸", "三楼打印机卡纸", True),
        ("卡机", "三楼打印机卡纸", False),
        ("pri", "printer jam", True),
        ("pri jam", "printer jam", False),
        ("printer ja", "printer jam", True),
        ("打印机 vpn", "VPN 和打印机", True),
        ("打印机 scanner", "打印机", False),
    ],
)
def test_words_are_found_as_they_are_typed(query: str, text: str, found: bool) -> None:
    assert finds(query, text) is found


def test_a_query_without_words_asks_for_nothing() -> None:
    assert search_filter(" !? …") == {}


def test_what_is_typed_is_never_a_pattern() -> None:
    assert not finds("a.c", "abc")
    assert search_filter("(((") == {}


def test_beginnings_carry_no_flag_that_would_keep_mongodb_from_the_index() -> None:
    (beginning,) = query_words("vp")
    assert isinstance(beginning, Regex)
    assert (beginning.pattern, beginning.flags) == ("^vp", 0)


def test_a_long_text_and_a_long_query_are_bounded() -> None:
    text = " ".join(f"word{number}" for number in range(1_000))
    assert len(search_words(text)) == MAX_WORDS
    assert len(search_filter(text)["words"]["$all"]) == MAX_QUERY_WORDS
    assert len(search_filter("打印机" * 50)["words"]["$all"]) <= MAX_QUERY_WORDS
    assert max(map(len, search_words("x" * 10_000))) <= 64


def test_fields_are_told_from_words() -> None:
    query = parse_query(
        'status:open tag:vpn tag：网络 group:"IT support" 打印机 http://x error:500', known={"status", "tag", "group"}
    )
    assert query.fields == {"status": ("open",), "tag": ("vpn", "网络"), "group": ("IT support",)}
    assert query.text == "打印机 http://x error:500"


#: Words and runs as people write them, without what is folded to nothing.
latin = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzABC0123456789éß"), min_size=1, max_size=10)
chinese = st.text(st.sampled_from("打印机坏了连不上网络密码错误邮件"), min_size=1, max_size=8)
texts = st.lists(latin | chinese, min_size=1, max_size=12)


@given(texts, st.data())
def test_any_stretch_of_a_text_finds_the_text(words: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    stretch = words[first : last + 1]
    cut = data.draw(st.integers(1, len(stretch[-1])))
    assert finds(" ".join([*stretch[:-1], stretch[-1][:cut]]), " ".join(words))


@given(chinese, st.data())
def test_any_piece_of_a_chinese_run_finds_the_run(run: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(run) - 1))
    end = data.draw(st.integers(start + 1, len(run)))
    assert finds(run[start:end], f"前言{run}后记")


@given(st.text())
def test_any_text_has_few_short_words_and_each_once(text: str) -> None:
    words = search_words(text)
    assert len(words) == len(set(words)) <= MAX_WORDS
    assert all(0 < len(word) <= 64 for word in words)


@given(st.text())
def test_any_query_is_harmless(text: str) -> None:
    for word in search_filter(text).get("words", {"$all": []})["$all"]:
        assert isinstance(word, str | Regex)
    parsed = parse_query(text, known={"status"})
    assert set(parsed.fields) <= {"status"}


@given(texts)
def test_words_of_words_are_the_same_words(words: list[str]) -> None:
    once = search_words(" ".join(word for word in words if word.isascii()))
    assert search_words(" ".join(once)) == once
