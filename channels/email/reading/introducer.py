"""Where a quote begins: lines like "On …, X wrote:", header blocks and delimiters, in many languages. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from channels.email.reading import words

_MAIL = re.compile(r"[^\s<>()\[\]:;,\"'：，]+@[^\s<>()\[\]:;,\"'：，]+")
_DATE = re.compile(
    r"\d{1,2}[:.hH：]\d{2}(?!\d)|\b(?:19|20)\d\d\b|(?:19|20)\d\d[-/.年]|\d{1,2} ?[月월]"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2} ?de [a-z]{3}",
    re.I,
)
_DAY = re.compile(r"\b(?:19|20)\d\d|\d[-/.]\d|\d ?[月월]")
_END = re.compile(r"(?:[:：]|(?:wrote|撰写|撰寫|schrieb|a écrit|написал) ?-{2,})[\s*_>\"”»]*$", re.I)
_LATIN_VERB = re.compile(rf"(?<![\w@.])(?:{words.WROTE})(?![\w@])", re.I)
_CJK_VERB = re.compile(
    r"写道|寫道|写到|来信|來信|撰写|撰寫|さん(?:は|が)書きました|書きました|のメール|작성|썼습니다|เขียนว่า"
)
_OPENER = re.compile(rf"(?:-+ ?)?[\"“(]?(?:(?:{words.OPENERS})(?![^\W\d_])|[在于於]|{words.QUOTING})", re.I)
_DATE_FIRST = re.compile(rf"[\"“(\[]?(?:\d|(?:{words.DAYS_AND_MONTHS})[^\W\d_]{{0,10}}[.,]?[\s,(（\d])", re.I)
_QUOTING = re.compile(rf"(?:{words.QUOTING})\b.{{2,200}}[:：]\s*$", re.I)
_MUTT = re.compile(r"\* .{2,150}\[.*\d.*\]\s*:\s*$")
_GROUPWISE = re.compile(r">{3} .{2,150}\d.* >{3}$")
_OLD_GMAIL = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?: \d{1,2}:\d{2} GMT[+-]\d{1,2}:\d{2} [^:]{2,100}| [^:]{2,80} <[^<>\s]+@[^<>\s]+>)$"
)
_BY_WHOM = re.compile(r"(?:<[^<>\s]+@[^<>\s]+>|\([^()\s]+@[^()\s]+\)|[^\s<>]+@[^\s<>]+?)\s*\)?\s*[:：]\s*$")
_AUTHOR = re.compile(
    r"(?:\"(?P<quoted>[^\"<>]{1,80})\""
    r"|(?P<plain>[^\s\d,，、;:\"<>(][^,，、;:\"<>(]{0,60}))?\s*[<(]{1,2}(?P<email>[^\s<>()]+@[^\s<>()]+)[>)]"
)
_RIGHT_AFTER = re.compile(
    rf"(?:{words.OPENERS}|[在于於]).{{4,200}}(?:<[^<>\s]{{1,100}}@[^<>\s]{{1,100}}>"
    rf"|\d{{1,2}}:\d\d).{{0,120}}?(?:{words.WROTE})\s*[:：]\s*\S",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!?。！？…]$")
RULE_CHARACTER = r"[-_=*~—–─━＿－]"
_DELIMITER = re.compile(
    rf"(?:{RULE_CHARACTER}\s?){{2,}}\s*(?P<what>(?P<forward>{words.FORWARDED})"
    rf"|{words.ORIGINAL})\s*[:：]?\s*(?:(?:{RULE_CHARACTER}\s?){{2,}}(?P<rest>.*))?$",
    re.I,
)
_DELIMITER_PLAIN = re.compile(
    rf"(?P<what>(?P<forward>Begin [Ff]orwarded [Mm]essage|Anfang der weitergeleiteten .{{4,12}}"
    rf"|Début du message .{{5,12}}|Inicio del mensaje reenviado"
    rf"|Início da mensagem .{{5,14}}|Inizio messaggio inoltrato|Begin doorgestuurd bericht"
    rf"|Начало переадресованного .{{5,12}}|Vidarebefordrat brev"
    rf"|开始转发的邮件|開始轉寄郵件|以下是转发的邮件|转发的邮件|已转发邮件|轉寄郵件|転送されたメッセージ"
    rf"|転送されたメール|{words.FORWARDED})|{words.ORIGINAL})\s*[:：]\s*$",
    re.I,
)
_MAY_DELIMIT = re.compile(rf"{RULE_CHARACTER}\s?{RULE_CHARACTER}")
_RULED = re.compile(rf"{RULE_CHARACTER}{{3,}}[^\n]{{0,80}}{RULE_CHARACTER}{{3,}}$|(?:{RULE_CHARACTER}\s?){{5,}}$")
RULE = re.compile(rf"(?:{RULE_CHARACTER}\s?){{3,}}$|[|\s]+$")
_HEADERS = {
    kind: re.compile(rf"[|*_\s•]*(?P<name>{names})[*_]*\s*(?:[:：]|\|)[*_]*\s*(?P<value>.*)", re.I)
    for kind, names in words.HEADER_NAMES.items()
}
_ANY_HEADER = re.compile(rf"[|*_\s•]*(?P<name>{'|'.join(words.HEADER_NAMES.values())})[*_]*\s*(?:[:：]|\|)", re.I)
_INLINE_HEADER = re.compile(
    rf"(?:^|[\s;>]|(?<=\d))\*?(?P<name>{'|'.join(words.HEADER_NAMES.values())})\*?\s*[:：]", re.I
)
_WIDE = re.compile("[\u3000 ](?=[\u4e00-\u9fff])")
_CJK_BREAK = re.compile(r"(?<=[\u3040-\u30ff\u4e00-\u9fff，。：、]) (?=[\u3040-\u30ff\u4e00-\u9fff，。：、])")
_MAX_ATTRIBUTION = 600  # characters
_MAX_ATTRIBUTION_LINES = 6
_MAX_BLOCK = 60  # lines of a header block


@dataclass(frozen=True)
class Introducer:
    """Lines ``start`` to ``end`` (exclusive) that introduce a quote; a header block carries its fields."""

    start: int
    end: int
    kind: Literal["attribution", "delimiter", "headers"]
    forward: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    with_text: bool = False  # the quote begins on its own line


def header_of(line: str) -> tuple[str, str] | None:
    """Return the kind and value of a quoted header line: ("from", "Li <li@x.cn>"); None when it is none."""
    if not _ANY_HEADER.match(line):
        line = _WIDE.sub("", line)  # 主　题, 发 件 人
        if not _ANY_HEADER.match(line):
            return None
    for kind, pattern in _HEADERS.items():
        if found := pattern.match(line):
            return kind, found["value"].strip(" |*_\t")
    return None


def header_block(lines: Sequence[str], start: int, *, delimited: bool = False) -> Introducer | None:
    """Return the header block that begins at a line; after a delimiter less of it is enough."""
    fields: list[tuple[str, str]] = []
    end = start
    spare = 0  # lines since the last header
    for position in range(start, min(start + _MAX_BLOCK, len(lines))):
        line = lines[position].strip()
        following = _next_written(lines, position)
        if found := header_of(line):
            fields.append(found)
            spare = 0
        elif not fields:
            return None
        elif not line.strip("| "):
            if not (following and header_of(following)):
                break
            continue
        elif _continues(lines, position, fields[-1], spare):
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line.strip(' |')}".strip())
            spare += 1
        else:
            break
        end = position + 1
    if len(fields) == 1:
        fields = _flattened(lines[start]) or fields
    return Introducer(start, end, "headers", fields=tuple(fields)) if _is_convincing(fields, delimited) else None


def _continues(lines: Sequence[str], position: int, last: tuple[str, str], spare: int) -> bool:
    """Whether a line goes on with the header above it: a list of people, an indented rest, a value on its own line."""
    line, above = lines[position], lines[position - 1].strip()
    kind, value = last
    if not above or RULE.match(line.strip()) or spare >= (1 if kind in ("from", "date") and value else 6):
        return False
    if not value or (
        kind in ("to", "cc", "from") and (above.endswith((",", ";", "<")) or line.lstrip().startswith("<"))
    ):
        return True
    following = _next_written(lines, position)
    return line[:1] in (" ", "\t") or bool(following and header_of(following) and kind != "date")


def _next_written(lines: Sequence[str], position: int) -> str | None:
    for line in lines[position + 1 : position + 6]:
        if line.strip("| \t"):
            return line.strip()
    return None


def _flattened(line: str) -> list[tuple[str, str]]:
    """Return the headers that some program put on one line: ``From: X Sent: Y To: Z Subject: S``."""
    found = list(_INLINE_HEADER.finditer(line[:2_000]))
    if len(found) < 3:
        return []
    ends = [one.start() for one in found[1:]] + [len(line)]
    pieces = [header_of(line[one.start("name") : end]) for one, end in zip(found, ends, strict=True)]
    return [piece for piece in pieces if piece]


def _is_convincing(fields: list[tuple[str, str]], delimited: bool) -> bool:
    kinds = {kind for kind, _ in fields}
    told = dict(reversed(fields))
    has_mail = any(_MAIL.search(value) for kind, value in fields if kind in ("from", "to", "cc"))
    has_date = bool(re.search(r"\d", told.get("date", "")))
    main = kinds & {"from", "date", "to", "subject"}
    if "from" in kinds and len(main) >= 3:
        in_order = [kind for kind, _ in fields[:2]] == ["from", "date"]  # a journey goes from, to, and then has a date
        has_time = bool(re.search(r"\d[:.：]\d\d", told.get("date", "")))
        return has_mail or (has_date and "subject" in kinds) or (in_order and has_time)
    if "from" in kinds and len(main) == 2:
        return delimited or (has_mail and has_date)
    return (len(main) == 3 and has_mail and has_date) or (delimited and len(main) >= 2)


def delimiter(lines: Sequence[str], at: int) -> Introducer | None:
    """Return the delimiter line ("-----Original Message-----"), together with the header block below it."""
    line = lines[at].strip()
    if not _MAY_DELIMIT.match(line) and not line.endswith((":", "：")):
        return None
    found = _DELIMITER.match(line) or _DELIMITER_PLAIN.match(line)
    below = next((i for i in range(at + 1, min(at + 4, len(lines))) if lines[i].strip("| \t")), None)
    if not found:
        if not _RULED.match(line) or below is None:
            return None
        block = header_block(lines, below)
        return Introducer(at, block.end, "headers", fields=block.fields) if block else None
    rest = _flattened(found.groupdict().get("rest") or "")
    block = header_block(lines, below, delimited=True) if below is not None and not rest else None
    return Introducer(
        at,
        block.end if block else at + 1,
        "delimiter",
        forward=bool(found["forward"]),
        fields=block.fields if block else tuple(rest),
    )


def attribution(lines: Sequence[str], at: int, *, quote_follows: bool) -> Introducer | None:
    """Return the attribution that ends at a line, with as many lines above as belong to it."""
    if not _END.search(lines[at]):
        return _right_after(lines, at)
    best: int | None = None
    joined = found = ""
    for start in range(at, max(-1, at - _MAX_ATTRIBUTION_LINES), -1):
        line = lines[start].strip()
        if not line or (start < at and (_SENTENCE_END.search(line) or _END.search(line)) and not _leads(line)):
            break
        joined = _joined(line, joined)
        if len(joined) > _MAX_ATTRIBUTION:
            break
        if is_attribution(joined, quote_follows=quote_follows) and (best is None or _goes_on(line, found)):
            best, found = start, joined
        if best is not None and _OPENER.match(found) and _DAY.search(found):
            break
    return Introducer(best, at + 1, "attribution", fields=_author(found)) if best is not None else None


def _author(line: str) -> tuple[tuple[str, str], ...]:
    """Return whom an attribution names with an address, as a header block would."""
    found = _AUTHOR.search(line)
    return (("from", f'"{(found["quoted"] or found["plain"] or "").strip()}" <{found["email"]}>'),) if found else ()


def _goes_on(line: str, found: str) -> bool:
    """Whether a line begins the attribution of which ``found`` is the rest."""
    if _OPENER.match(line) or _DATE_FIRST.match(line):
        return bool(re.search(r"\d", line)) and not _SENTENCE_END.search(line)
    return bool(_MAIL.search(line)) and not _MAIL.search(found)


def _leads(line: str) -> bool:
    return bool(_OPENER.match(line) or (_MAIL.search(line) and not line.endswith((":", "："))))


def _joined(line: str, rest: str) -> str:
    """Join the lines of an attribution; programs break them within brackets and within Chinese words."""
    joined = _CJK_BREAK.sub("", f"{line} {rest}".strip())
    return re.sub(r"\s+>", ">", re.sub(r"<\s+", "<", joined)).replace("<mailto:", "<")


def is_attribution(line: str, *, quote_follows: bool) -> bool:
    """Whether a line says who wrote what follows; bare names are believed only if a quote follows."""
    if _MUTT.match(line):
        return True
    line = line.strip(" *_\t")
    if not _END.search(line) or len(line) > _MAX_ATTRIBUTION:
        return False
    has_mail, has_date = bool(_MAIL.search(line)), bool(_DATE.search(line))
    cjk_verb = _CJK_VERB.search(line)
    verb = cjk_verb or _LATIN_VERB.search(line)
    if verb and not cjk_verb and len(line) - verb.end() > 160:
        verb = None
    if verb and (has_date or has_mail) and (_OPENER.match(line) or _DATE_FIRST.match(line)):
        return True
    if verb and _DAY.search(line, verb.end()) and len(line) <= 120:
        return True  # "X wrote on 2 March 2026, 9:00:"
    if verb and (has_mail or (has_date and (cjk_verb or quote_follows))):
        return True
    if _QUOTING.match(line) and (has_mail or quote_follows):
        return True
    if has_date and has_mail and _BY_WHOM.search(line) and (_DATE_FIRST.match(line) or _OPENER.match(line)):
        return True
    return bool(verb and quote_follows and len(line) <= 80 and len(line) - verb.end() <= 3)


def _right_after(lines: Sequence[str], at: int) -> Introducer | None:
    """Return an attribution with the quote's first words on its line, as programs write that drop line breaks."""
    line = lines[at].strip()
    if _GROUPWISE.match(line) or _OLD_GMAIL.match(line):
        return Introducer(at, at + 1, "attribution")
    if len(line) > 20 and _RIGHT_AFTER.match(line[:600]):
        return Introducer(at, at + 1, "attribution", with_text=True)
    return None
