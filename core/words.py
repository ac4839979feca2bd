"""Words for people: the gettext catalogue of the server's sentences, and problems told in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from core.errors import Problem

CATALOGUES = Path(__file__).resolve().parent.parent / "widgets" / "i18n"
LANGUAGES = ("en", "zh-CN")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return English sentence → sentence in the language; empty for English and for languages we do not have."""
    path = CATALOGUES / f"{language.replace('-', '_')}.po"
    if language == "en" or not path.exists():
        return {}
    with path.open("rb") as file:
        return {
            message.id: message.string
            for message in read_po(file)
            if isinstance(message.id, str) and message.id and isinstance(message.string, str) and message.string
        }


def translate(language: str, sentence: str, facts: Mapping[str, Any] | None = None) -> str:
    """Return a sentence in the language, its ``{names}`` filled from the facts."""
    words = catalogue(language).get(sentence, sentence)
    try:
        return words.format(**facts) if facts else words
    except (KeyError, IndexError, ValueError):  # a brace that was meant as one
        return words


def chosen_language(wish: str | None) -> str | None:
    """Return the language of ours that a ``?lang=`` names, if it names one."""
    return wish if wish in LANGUAGES else None


def best_language(accepted: str | None, default: str = "en") -> str:
    """Return the language of ours that an ``Accept-Language`` header asks for first."""
    for wish in (accepted or "").split(","):
        tag = wish.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return default


def problem_document(problem: Problem, language: str = "en") -> dict[str, Any]:
    """Return a problem as RFC 9457 wants it, with the facts as members and words in the reader's language."""
    document: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": translate(language, problem.title),
        "status": problem.status,
        "code": problem.code,
        **problem.facts,
    }
    if problem.detail:
        document["detail"] = translate(language, problem.detail, problem.facts)
    if problem.errors:
        document["errors"] = [
            {
                "field": error.get("field", ""),
                "message": translate(language, error.get("message", ""), {**problem.facts, **error.get("facts", {})}),
            }
            for error in problem.errors
        ]
    return document
