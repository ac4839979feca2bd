"""What our mails say: a text for each purpose and language, which tenants may replace, in a small language. Pure.

The language is a part of Jinja2's that cannot run for long: no calls, no arithmetic, no loop inside another, loops over
short lists alone, and what filters work on and what is written is counted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, get_args

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from pydantic import Field

from channels.email.mail import REPLY_MARKERS
from core.errors import N_, Invalid
from core.model import Value
from people.model import Language
from ticketing.model import Purpose

WORDING: Final = Path(__file__).parent / "wording"
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
MAX_SUBJECT: Final = 300  # characters of a template
MAX_TEXT: Final = 20_000
MAX_RENDERED: Final = 500_000  # characters of what becomes of it
MAX_FILTERED: Final = 2_000_000  # characters that its filters may work on: a tenth of a second

_EVERYWHERE: Final = {
    "company": N_("Name of the company"),
    "number": N_("Number of the ticket"),
    "subject": N_("Subject of the ticket"),
    "customer": N_("Name of the customer"),
    "desk": N_("Group that the ticket belongs to; empty: none"),
    "marker": N_("The line that people reply above"),
}
_SAID: Final = N_("Everything said in public, the latest first: each has author, at and words")

#: purpose → variable → what it is, for the editor.
VARIABLES: Final[dict[Purpose, dict[str, str]]] = {
    "receipt": {**_EVERYWHERE, "words": N_("What the customer wrote")},
    "notice": {
        **_EVERYWHERE,
        "agent": N_("Name of the agent who is told"),
        "reason": N_("What happened, in a sentence"),
        "story": _SAID,
        "link": N_("Address of the ticket in the console"),
        "state": N_("State of the ticket"),
        "priority": N_("Priority of the ticket, P1 to P5"),
    },
    "answer": {
        **_EVERYWHERE,
        "agent": N_("Name of the agent who answers"),
        "words": N_("The answer itself"),
        "signature": N_("Signatures of the agent and of the desk"),
        "quote": N_("The message that is answered, as a quote; empty: left out"),
    },
    "solved": {**_EVERYWHERE, "rating": N_("The five links to rate: each has score, label and link")},
}
#: Without these a mail would not say what it is for.
NEEDED: Final[dict[Purpose, str]] = {"answer": "words", "notice": "story", "receipt": "number", "solved": "rating"}

_FIELDS: Final = frozenset(
    ("author", "at", "words", "score", "label", "link", "first", "last", "index", "index0", "length")
)
_FILTERS: Final = frozenset(
    ("capitalize", "default", "e", "escape", "first", "join", "last", "length", "lower", "striptags", "title", "trim",
     "truncate", "upper", "urlize")
)  # fmt: skip
_LISTS: Final = frozenset(("story", "rating"))
_TESTS: Final = frozenset(("defined", "undefined", "none"))
_NODES: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.For, nodes.If, nodes.Filter,
    nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Const, nodes.CondExpr,
    nodes.Keyword,
)  # fmt: skip


class BadTemplate(Invalid):
    """A template that cannot be used; the facts name the ``part`` (subject, text, html) and the ``line`` in it."""

    code, title = "bad_template", N_("This text cannot be used")

    def __init__(self, detail: str, *, part: str, line: int, **facts: Any) -> None:
        place = {"part": part, "line": line, **facts}
        super().__init__(detail, errors=[{"field": part, "message": detail, "facts": place}], **place)


class Wording(Value):
    """What one kind of mail says. An empty ``html`` is made from the ``text``."""

    PARTS: ClassVar[tuple[str, ...]] = ("subject", "text", "html")

    subject: str = Field(min_length=1, max_length=MAX_SUBJECT)
    text: str = Field(min_length=1, max_length=MAX_TEXT)
    html: str = Field("", max_length=MAX_TEXT)


@dataclass(frozen=True)
class Rendered:
    """A mail's subject, plain text, and HTML without the page around it."""

    subject: str
    text: str
    html: str


class Words(str):
    """Words that have a form of their own in HTML: a template's text shows the one, its HTML the other."""

    html: str

    def __new__(cls, text: str, html: str) -> Words:
        """Return both forms; ``html`` is safe."""
        words = super().__new__(cls, text)
        words.html = html
        return words

    def __html__(self) -> str:
        return self.html


_left: ContextVar[list[int]] = ContextVar("_left")  # characters that the filters of this rendering may still work on


def _counted(apply: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that pays for what it works on."""

    @functools.wraps(apply)  # with Jinja2's own marks: whether it wants the context
    def paying(*args: Any, **options: Any) -> Any:
        result = apply(*args, **options)
        left = _left.get()
        left[0] -= 100 + len(str(result))
        if left[0] < 0:
            raise ValueError("this becomes too long")
        return result

    return paying


def _environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.clear()  # no range, no lipsum
    environment.filters = {name: _counted(environment.filters[name]) for name in _FILTERS}
    return environment


_plain: Final = _environment(html=False)
_markup: Final = _environment(html=True)


@functools.cache
def built_in(purpose: Purpose, language: Language) -> Wording:
    """Return the text that comes with the release."""
    folder = WORDING / language.replace("-", "_")
    head, _, text = (folder / f"{purpose}.txt").read_text("utf-8").partition("\n\n")
    html = (folder / f"{purpose}.html").read_text("utf-8")
    return Wording(subject=head.removeprefix("Subject: "), text=text, html=html)


def marker(language: str) -> str:
    """Return the line that people reply above."""
    return REPLY_MARKERS.get(language, REPLY_MARKERS["en"])


@functools.lru_cache(maxsize=512)
def check(wording: Wording, purpose: Purpose) -> None:
    """Refuse a text that could not be used; what it does with real facts is for a preview to tell.

    Raises:
        BadTemplate: names the part, the line, and what to do.
    """
    for part in Wording.PARTS:
        used = _names(getattr(wording, part), part, purpose)
        needed = NEEDED[purpose]
        if needed not in used and part != "subject" and getattr(wording, part).strip():
            raise BadTemplate(
                N_("Line {line}: this mail has to say {name} somewhere. Add it and save again."),
                part=part, line=1, name="{{ " + needed + " }}",
            )  # fmt: skip


def _names(source: str, part: str, purpose: Purpose) -> set[str]:
    """Return the names that a source uses, all of them known."""
    try:
        tree = _plain.parse(source)
    except TemplateSyntaxError as wrong:
        raise _syntax(wrong, part) from wrong
    except RecursionError as deep:
        raise BadTemplate(N_("Line {line}: this is nested too deeply."), part=part, line=1) from deep
    used: set[str] = set()
    _walk(tree, part, purpose, frozenset(VARIABLES[purpose]), used)
    _compiled(source, part)
    return used


def _syntax(wrong: TemplateSyntaxError, part: str) -> BadTemplate:
    return BadTemplate(
        N_("Line {line}: {said}. Write variables like {example}."), part=part, line=wrong.lineno,
        said=str(wrong.message).rstrip("."), example="{{ number }}",
    )  # fmt: skip


def _walk(node: nodes.Node, part: str, purpose: Purpose, known: frozenset[str], used: set[str]) -> None:
    match node:
        case nodes.Name() if node.name not in known:
            names = ", ".join(sorted(VARIABLES[purpose]))
            raise BadTemplate(
                N_("Line {line}: there is no “{name}” here. There is: {names}."), part=part, line=node.lineno,
                name=node.name, names=names,
            )  # fmt: skip
        case nodes.Name():
            used.add(node.name)
        case nodes.For() if "loop" in known or node.recursive:
            raise BadTemplate(N_("Line {line}: a loop cannot stand inside another one."), part=part, line=node.lineno)
        case nodes.For():
            if not isinstance(node.target, nodes.Name) or getattr(node.iter, "name", "") not in _LISTS:
                raise BadTemplate(
                    N_("Line {line}: a loop looks like {example}."), part=part, line=node.lineno,
                    example="{% for each in story %}",
                )  # fmt: skip
            _walk(node.iter, part, purpose, known, used)
            inside = known | {node.target.name, "loop"}
            for below in (*node.body, *node.else_, *([node.test] if node.test else [])):
                _walk(below, part, purpose, inside, used)
            return
        case _ if not isinstance(node, _NODES) or not _is_harmless(node):
            raise BadTemplate(
                N_("Line {line}: “{what}” cannot be used here. There are variables, if, for, and a few filters."),
                part=part, line=node.lineno, what=str(getattr(node, "name", None) or getattr(node, "attr", None)
                                                    or type(node).__name__.lower()),
            )  # fmt: skip
    for below in node.iter_child_nodes():
        _walk(below, part, purpose, known, used)


def _is_harmless(node: nodes.Node) -> bool:
    match node:
        case nodes.Getattr():
            return node.attr in _FIELDS
        case nodes.Filter():
            return node.name in _FILTERS
        case nodes.Test():
            return node.name in _TESTS
        case _:
            return True


@functools.lru_cache(maxsize=512)
def _compiled(source: str, part: str) -> Template:
    try:
        return (_markup if part == "html" else _plain).from_string(source)
    except TemplateSyntaxError as wrong:
        raise _syntax(wrong, part) from wrong
    except (SyntaxError, RecursionError, MemoryError) as deep:
        raise BadTemplate(N_("Line {line}: this is nested too deeply."), part=part, line=1) from deep


def render(wording: Wording, purpose: Purpose, facts: Mapping[str, Any]) -> Rendered:
    """Return what a text becomes with these facts, which are of the purpose's `VARIABLES`.

    Raises:
        BadTemplate: it cannot be used, or not with these facts; or becomes too long.
    """
    check(wording, purpose)
    subject, text, html = (_rendered(getattr(wording, part), part, facts) for part in Wording.PARTS)
    return Rendered(" ".join(subject.split()), _spaced(text), html if wording.html.strip() else paragraphs(text))


def _rendered(source: str, part: str, facts: Mapping[str, Any]) -> str:
    pieces: list[str] = []
    length = 0
    _left.set([MAX_FILTERED])
    try:
        for piece in _compiled(source, part).generate(**facts):
            pieces.append(piece)
            length += len(piece)
            if length > MAX_RENDERED:
                raise BadTemplate(N_("Line {line}: this becomes too long."), part=part, line=1)
    except BadTemplate:
        raise
    except Exception as wrong:
        raise BadTemplate(
            N_("Line {line}: {said}"), part=part, line=_line_of(wrong), said=str(wrong)[:300]
        ) from wrong  # fmt: skip
    return "".join(pieces)


def _line_of(error: Exception) -> int:
    """Return the line of the template in which it failed: Jinja2 puts its lines into the traceback."""
    line, trace = 1, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _spaced(text: str) -> str:
    """Return a text with no more than one empty line between two others, which conditions leave behind."""
    lines: list[str] = []
    for line in text.strip("\n").split("\n"):
        if line.strip() or (lines and lines[-1].strip()):
            lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"


def paragraphs(text: str) -> str:
    """Return plain text as HTML."""
    blocks = (block for block in text.replace("\r\n", "\n").split("\n\n") if block.strip())
    return "".join(
        Markup("<p>{}</p>").format(Markup("<br>").join(block.strip("\n").split("\n"))) for block in blocks
    )  # fmt: skip


def filled(signature: str, facts: Mapping[str, str]) -> str:
    """Return a signature with its few variables, such as ``{{ name }}``; anything else in it stays as it is."""
    for name, value in facts.items():
        for spelled in ("{{ " + name + " }}", "{{" + name + "}}"):
            signature = signature.replace(spelled, value)
    return signature.strip()
