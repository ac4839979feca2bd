"""Search in Chinese and English without a search server: the words of a text, and the filter for a query (spec 5.9).

MongoDB's text index does not cut Chinese. A document keeps its words in an indexed array instead: two-character pieces
of Chinese, Japanese and Korean runs, and whole words of everything else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from bson.regex import Regex

MAX_WORDS = 200  # stored per text
MAX_QUERY_WORDS = 12
MAX_WORD = 64  # characters of a word that are kept
MAX_TEXT = 20_000  # characters of a text that are looked at

#: Scripts written without spaces: Han, kana, hangul, and the planes of rare Han characters.
_CJK = "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_EMAIL = rf"(?:(?![{_CJK}])[\w.+-])+@(?:(?![{_CJK}])[\w-])+(?:\.(?:(?![{_CJK}])[\w-])+)+"
_PIECE = re.compile(rf"(?P<email>{_EMAIL})|(?P<cjk>[{_CJK}]+)|(?P<word>(?:(?![{_CJK}_])\w)+)")
_FIELD = re.compile(r"""(?:^|(?<=\s))(?P<name>[a-z_]+)[:：](?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))""")


@dataclass(frozen=True)
class Query:
    """What somebody typed into a search box: values by field, and the rest as words."""

    fields: dict[str, tuple[str, ...]]
    text: str


def fold(text: str) -> str:
    """Return the text as it is compared: full-width forms, ligatures and letter case do not matter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def search_words(text: str) -> list[str]:
    """Return the words to store for a text, each once, in the order of the text, at most 200.

    A run of Chinese gives its pairs of characters and its last character: 打印机 → 打印, 印机, 机. An e-mail address is
    kept whole and in parts; a code like INC-2024-001 in parts.
    """
    found: dict[str, None] = {}
    for kind, piece in _pieces(text):
        match kind:
            case "cjk":
                words = [*_pairs(piece), piece[-1]]
            case "email":
                words = [piece, *(part for part_kind, part in _parts(piece) if part_kind == "word")]
            case _:
                words = [piece]
        found.update(dict.fromkeys(word[:MAX_WORD] for word in words))
        if len(found) >= MAX_WORDS:
            break
    return list(found)[:MAX_WORDS]


def query_words(query: str) -> list[str | Regex[str]]:
    """Return what of the stored words a query asks for, at most 12: whole words, and beginnings as patterns.

    The last word of other scripts may still be typed, so its beginning suffices; so does a single Chinese character.
    """
    pieces = list(_pieces(query))[:MAX_QUERY_WORDS]
    wanted: dict[str, str | Regex[str]] = {}
    for position, (kind, piece) in enumerate(pieces):
        if kind == "cjk" and len(piece) > 1:
            wanted.update({pair: pair for pair in _pairs(piece)})
        elif kind == "cjk" or position == len(pieces) - 1:
            beginning = "^" + re.escape(piece[:MAX_WORD])
            wanted[beginning] = Regex(beginning)  # not re.compile: its flag for Unicode keeps MongoDB from the index
        else:
            wanted[piece[:MAX_WORD]] = piece[:MAX_WORD]
    return list(wanted.values())[:MAX_QUERY_WORDS]


def search_filter(query: str) -> dict[str, Any]:
    """Return the filter on the field ``words`` for texts that contain all of the query's words; {} for no words."""
    wanted = query_words(query)
    return {"words": {"$all": wanted}} if wanted else {}


def parse_query(query: str, *, known: Collection[str]) -> Query:
    """Split ``status:open tag:vpn 打印机`` into fields and words; what is no ``known`` field stays a word.

    A value with spaces stands in quotes: ``group:"IT support"``. The full-width colon of Chinese keyboards counts too.
    """
    fields: dict[str, tuple[str, ...]] = {}

    def take(found: re.Match[str]) -> str:
        name, value = found["name"], found["quoted"] if found["quoted"] is not None else found["plain"]
        if name not in known or not value:
            return found[0]
        fields[name] = (*fields.get(name, ()), value)
        return ""

    rest = _FIELD.sub(take, query)
    return Query(fields=fields, text=" ".join(rest.split()))


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    for found in _PIECE.finditer(fold(text[:MAX_TEXT])):
        yield str(found.lastgroup), found[0]


def _parts(email: str) -> Iterator[tuple[str, str]]:
    """Return the pieces of an e-mail address as if it were none."""
    return _pieces(email.replace("@", " "))


def _pairs(run: str) -> list[str]:
    return [run[index : index + 2] for index in range(len(run) - 1)]
