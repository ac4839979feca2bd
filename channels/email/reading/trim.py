"""What of a text is newly written, what is quoted, and what is a signature; nothing is dropped. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby

from channels.email.mail import REPLY_MARKERS, MailAddress
from channels.email.reading import introducer, words
from channels.email.reading.introducer import RULE, Introducer


class Role(Enum):
    """What a line is to the reader."""

    NEW = "new"
    QUOTE = "quote"
    SIGNATURE = "signature"


@dataclass(frozen=True)
class Line:
    """One line, and what the HTML around it said of it."""

    text: str
    role: Role | None = None
    begins_quote: bool = False  # from here on everything is the mail that is answered


@dataclass(frozen=True)
class Trimmed:
    """The lines' roles, and the texts that they make; ``comment`` is empty when nothing new was written at all."""

    roles: tuple[Role, ...]
    new: str
    quoted: str
    signature: str
    comment: str
    introducer: Introducer | None  # of the quote that ends the mail


_PREFIX = re.compile(r"(?:[ \t\xa0]{0,3}[>＞])+[ \t\xa0]?")
_INVISIBLE = re.compile("[\u1427\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad]")
_MARKER = re.compile(
    "|".join([*(re.escape(marker.strip("# ")) for marker in REPLY_MARKERS.values()), words.REPLY_ABOVE]), re.I
)
_MAY_INTRODUCE = re.compile(rf"{introducer.RULE_CHARACTER}{{2}}|[>\d]|.{{0,60}}[:：|]|.{{0,300}}@", re.S)
_DASHES = re.compile(r"(?:--|—|——|–|-- ?—)\s*$")
_SENT_FROM = re.compile(rf"{words.SENT_FROM}$", re.I)
_SENT_LINK = re.compile(r"\s*[<\[(]\s*(?:https?|mailto):[^\s>\])]*\s*[>\])]|[*_]{1,2}")
_VIRUS_FREE = re.compile(rf"(?:{words.VIRUS_FREE})$", re.I)
_DISCLAIMER = re.compile(rf"[*_\[(【\s]*(?:{words.DISCLAIMER})", re.I)
_LIST_FOOTER = re.compile(r"_{20,}\s*$")
_LIST_WORDS = re.compile(r"mailing list|unsubscribe|mailman|listinfo|退订|You received this message because", re.I)
_GROUPS_FOOTER = re.compile(
    r"You received this message because you are subscribed|To unsubscribe from this (?:group|list|topic)", re.I
)
_ARMOR = re.compile(r"-----(BEGIN|END) PGP (?:SIGNED MESSAGE|SIGNATURE)-----$")
_EMAIL_ONLY = re.compile(
    r"[|\s<(]*(?:(?:e-?mail|邮箱|电子邮件|邮件)\s*[:：]\s*)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+[|\s>)]*$", re.I
)
_CONTACT = re.compile(
    r"\S@\S+\.\w|\+\d[\d ()-]{6,}|(?:tel|phone|mobile|fax|电话|手机|電話|携帯)\W{0,3}\d|\bwww\.", re.I
)
_MAX_SIGNATURE = 25  # written lines after "-- "
_LAST_LINES = 80  # that may hold a signature with all its small print
_MAX_AFTER_SENT_FROM = 5
_MAX_LINES = 5_000  # looked at for the beginning of a quote
_PICKED_OUT = 3  # lines at the top without an introducer that are taken for a quote to be answered, and kept


def trim(lines: Sequence[Line], sender: MailAddress | None = None) -> Trimmed:
    """Return which lines are new, quoted or a signature.

    ``sender`` is who wrote the mail: programs put name and address below the text. Where nothing would be left as
    new, the quote is.
    """
    bare = [
        _INVISIBLE.sub("", line.text).replace("\xa0", " ").replace("&nbsp;", " ").replace("&gt;", ">") for line in lines
    ]
    depths = [0] * len(bare)
    for at, text in enumerate(bare):
        if at and text.startswith(">") and _closes_bracket(bare[at - 1], text):
            continue
        if (found := _PREFIX.match(text)) and not re.match(r">{3} .* >{3}$", text):
            depths[at] = found[0].count(">") + found[0].count("＞")
            bare[at] = text[found.end() :]
        bare[at] = bare[at].rstrip()
    story = _Story(lines, bare, depths)
    story.mark_quotes()
    story.mark_signatures(sender)
    story.settle_inner_quotes()
    return story.result()


def _closes_bracket(above: str, text: str) -> bool:
    """Whether a line begins with the bracket of the address above: ``On …, X <x@example.com`` / ``> wrote:``."""
    return (
        above.rfind("<") > above.rfind(">") and "@" in above[above.rfind("<") :] and text.rstrip().endswith((":", "："))
    )


class _Story:
    """A text on its way to being understood: its lines without prefixes, how deep each is quoted, and its role."""

    def __init__(self, lines: Sequence[Line], bare: list[str], depths: list[int]) -> None:
        self.lines = lines
        self.bare = bare
        self.depths = depths
        self.roles = [
            line.role or (Role.QUOTE if depth else Role.NEW) for line, depth in zip(lines, depths, strict=True)
        ]
        self.introduced: set[int] = set()  # lines that introduce a quote, and no quote themselves
        self.last: Introducer | None = None

    # --- Quotes ---

    def mark_quotes(self) -> None:
        """Find introducers from the top; one without prefixed lines below begins the rest of the mail."""
        self._mark_orphans()
        self._mark_until_the_last()
        if not self.last:
            self.last = self._within_quote()

    def _mark_until_the_last(self) -> None:
        at = 0
        while at < min(len(self.bare), _MAX_LINES):
            if self.lines[at].begins_quote or (not self.depths[at] and _MARKER.search(self.bare[at])):
                self.last = self.last or next(iter(self._introducers(at)), None)
                self._quote_from(at)
                return
            found = self._introducer(at) if self._may_introduce(at) else None
            if not found:
                at += 1
                continue
            below = self._next_written(found.end)
            if found.kind == "attribution" and not found.with_text and below is not None and self.depths[below]:
                self._introduce(found)
                at = found.end
                continue
            self.last = found = self._with_heading(found)
            self._quote_from(found.start)
            self.introduced.update(range(found.start, found.end))
            return

    def _within_quote(self) -> Introducer | None:
        """Return what introduces a quote from within: Apple sets its prefix before the introduction, too."""
        first = next((at for at, depth in enumerate(self.depths) if depth and self.bare[at].strip()), None)
        if first is None or (found := self._introducer(first)):
            return found if first is not None else None
        below = self._next_written(first + 1)
        if below is None or not self.bare[first].rstrip().endswith(":"):
            return None
        return introducer.header_block(self.bare, below)  # below "Begin forwarded message:" in any language

    def _may_introduce(self, at: int) -> bool:
        return not self.depths[at] and bool(self.bare[at].strip()) and self.roles[at] is not Role.SIGNATURE

    def _introducers(self, at: int) -> list[Introducer]:
        """Return what introduces the quote just below a marker or a program's own mark."""
        for position in range(at, min(at + 8, len(self.bare))):
            if self.bare[position].strip() and (found := self._introducer(position)):
                return [found]
        return []

    def _introducer(self, at: int) -> Introducer | None:
        text = self.bare[at].strip()
        if not _MAY_INTRODUCE.match(text) and text[-1] not in ":：*_>-":
            return None  # most lines: the patterns below are many
        below = self._next_written(at + 1)
        quote_follows = below is not None and self.depths[below] > self.depths[at]
        return (
            introducer.delimiter(self.bare, at)
            or introducer.header_block(self.bare, at)
            or introducer.attribution(self.bare, at, quote_follows=quote_follows)
        )

    def _introduce(self, found: Introducer) -> None:
        found = self._with_heading(found)
        for position in range(found.start, found.end):
            self.roles[position] = Role.QUOTE
            self.introduced.add(position)

    def _with_heading(self, found: Introducer) -> Introducer:
        """Add the headers above an attribution that Yandex sets between a rule and the attribution."""
        start = found.start
        while found.kind == "attribution" and start > 0 and introducer.header_of(self.bare[start - 1].strip()):
            start -= 1
        is_headed = 0 < start < found.start and RULE.match(self.bare[start - 1].strip())
        return replace(found, start=start - 1) if is_headed else found

    def _quote_from(self, start: int) -> None:
        """Make a line and all below it a quote, and above it the rules and attributions that lead to it."""
        while start > 0:
            above = next((i for i in range(start - 1, -1, -1) if self.bare[i].strip()), None)
            if above is None or self.depths[above]:
                break
            if RULE.match(self.bare[above].strip()) and len(self.bare[above].strip()) > 2:
                start = above
            elif self.lines[start].begins_quote or _MARKER.search(self.bare[start]):
                found = introducer.attribution(self.bare, above, quote_follows=True)
                if not found:
                    break
                start = found.start
            else:
                break
        self.roles[start:] = [Role.QUOTE] * (len(self.roles) - start)

    def _mark_orphans(self) -> None:
        """Take the end of a long quoted line, broken off by a program on the way, for the quote that it is."""
        for at in range(1, len(self.bare) - 1):
            if (
                not self.depths[at]
                and self.depths[at - 1]
                and self.depths[at + 1]
                and len(self.bare[at - 1]) >= 60
                and 0 < len(self.bare[at].strip()) <= 30
                and not re.search(r"[.!?。！？:：]$", self.bare[at - 1])
            ):
                self.roles[at] = Role.QUOTE
                self.depths[at] = self.depths[at - 1]

    def _next_written(self, start: int) -> int | None:
        return next((at for at in range(start, len(self.bare)) if self.bare[at].strip()), None)

    # --- Signatures ---

    def mark_signatures(self, sender: MailAddress | None) -> None:
        """Find signatures at the end of each stretch of new lines."""
        at = 0
        before = False  # whether anything new stands above
        for role, stretch in groupby(list(self.roles)):
            size = len(list(stretch))
            if role is Role.NEW:
                start = self._signature_in(at, at + size, sender, before)
                for position in range(start, at + size):
                    self.roles[position] = Role.SIGNATURE
                before = before or any(self.bare[i].strip() for i in range(at, start))
            at += size
        for position, text in enumerate(self.bare):
            is_armor = _ARMOR.match(text) or (
                position and text.startswith("Hash: ") and _ARMOR.match(self.bare[position - 1])
            )
            if self.roles[position] is Role.NEW and is_armor:
                self.roles[position] = Role.SIGNATURE

    def _signature_in(self, start: int, end: int, sender: MailAddress | None, before: bool) -> int:
        """Return where the signature of a stretch begins; its end when there is none."""
        written = [at for at in range(start, end) if self.bare[at].strip()]
        first = max(0, len(written) - _LAST_LINES)
        for number, at in enumerate(written[first:], first):
            if (number or before) and self._begins_signature(at, written[number + 1 :]):
                end = at
                written = written[:number]
                break
        while (
            written
            and (len(written) > 1 or before)
            and RULE.match(self.bare[written[-1]].strip())
            and end < len(self.bare)
        ):
            end = written.pop()
        return self._card_in(written, end, sender)

    def _begins_signature(self, at: int, below: list[int]) -> bool:
        text = self.bare[at].strip()
        if _DASHES.match(text):
            return 0 < len(below) <= _MAX_SIGNATURE
        if self._is_sent_from(at):
            below = [i for i in below if not self._is_sent_from(i)]
            return len(below) <= _MAX_AFTER_SENT_FROM or all(self._is_small_print(i) for i in below[:1])
        if len(text) >= 3 and RULE.match(text) and self._is_contact(below):
            return True
        if _LIST_FOOTER.match(text):
            return (
                bool(below) and any(_LIST_WORDS.search(self.bare[i]) for i in below[:3])
            ) or self._is_small_print_below(below)
        if text.startswith("-----BEGIN PGP SIGNATURE"):
            return True
        return (_DISCLAIMER.match(text) is not None and len(below) <= _MAX_SIGNATURE) or bool(
            _GROUPS_FOOTER.match(text)
        )

    def _is_sent_from(self, at: int) -> bool:
        text = self.bare[at].strip()
        return len(text) <= 200 and bool(_SENT_FROM.match(_SENT_LINK.sub("", text).strip()) or _VIRUS_FREE.match(text))

    def _is_small_print(self, at: int) -> bool:
        return bool(_DISCLAIMER.match(self.bare[at].strip()) or _VIRUS_FREE.match(self.bare[at].strip()))

    def _is_contact(self, below: list[int]) -> bool:
        """Whether a few short lines with an address or a phone number end the text."""
        lines = [self.bare[at].strip() for at in below]
        return (
            2 <= len(lines) <= 8
            and all(len(line) <= 70 for line in lines)
            and any(_CONTACT.search(line) for line in lines[1:])
        )

    def _is_small_print_below(self, below: list[int]) -> bool:
        return bool(below) and self._is_small_print(below[0])

    def _card_in(self, written: list[int], end: int, sender: MailAddress | None) -> int:
        """Return where name and address of the sender begin that QQ, Foxmail and NetEase put below a text."""
        name = sender.name.strip().lower() if sender else ""
        card: int | None = None
        for at in reversed(written[1:]):
            text = self.bare[at].strip(" |")
            if _EMAIL_ONLY.match(text):
                card = at
            elif text:
                if card is not None and self._adjoins(at, card) and (text.lower() == name or self._is_alone(at)):
                    card = at
                break
        while card and "|" in self.bare[card - 1] and not self.bare[card - 1].strip(" |"):
            card -= 1
        return end if card is None else card

    def _adjoins(self, at: int, below: int) -> bool:
        """Whether nothing but table bars stands between two lines."""
        return all("|" in self.bare[position] for position in range(at + 1, below))

    def _is_alone(self, at: int) -> bool:
        """Whether a short line stands alone above an address: a nickname."""
        text = self.bare[at].strip(" |")
        alone = at > 0 and not self.bare[at - 1].strip(" |")
        return alone and len(text) <= 20 and not re.search(r"[,.!?:;，。！？：；~、]", text)

    # --- Answers between quotes ---

    def settle_inner_quotes(self) -> None:
        """Keep quotes that are answered point by point: without them the answers say nothing."""
        blocks = self._blocks()
        last_new = max((number for number, (role, _, _) in enumerate(blocks) if role is Role.NEW), default=-1)
        inner = [
            (start, end) for number, (role, start, end) in enumerate(blocks) if role is Role.QUOTE and number < last_new
        ]
        first_new = next((number for number, (role, _, _) in enumerate(blocks) if role is Role.NEW), 0)
        if len(inner) == 1 and self._is_answered_below(*inner[0], leads=first_new > 0):
            return
        for start, end in inner:
            for at in range(start, end):
                if at not in self.introduced and self.lines[at].role is not Role.SIGNATURE:
                    self.roles[at] = Role.NEW

    def _is_answered_below(self, start: int, end: int, *, leads: bool) -> bool:
        """Whether a quote is the whole mail that is answered below it, and not a line that is picked out."""
        if any(at in self.introduced for at in range(start, end)):
            return True
        if introducer.is_attribution(self.bare[start], quote_follows=True):
            return True
        return leads and end - start > _PICKED_OUT

    def _blocks(self) -> list[tuple[Role, int, int]]:
        """Return the stretches of written lines of one role; blank lines belong to the stretch above."""
        blocks: list[tuple[Role, int, int]] = []
        for at, role in enumerate(self.roles):
            if not self.bare[at].strip() and not self.depths[at]:
                continue
            if blocks and blocks[-1][0] is role:
                blocks[-1] = (role, blocks[-1][1], at + 1)
            else:
                blocks.append((role, at, at + 1))
        return blocks

    # --- The result ---

    def result(self) -> Trimmed:
        comment = self._text(Role.NEW)
        if not comment:  # nothing new: better the quote than nothing
            is_rest = any(text.strip() and at not in self.introduced for at, text in enumerate(self.bare))
            self.roles = [
                Role.QUOTE if is_rest and at in self.introduced else Role.NEW for at in range(len(self.roles))
            ]
        return Trimmed(
            roles=tuple(self.roles),
            new=comment or self._text(Role.NEW),
            quoted=self._text(Role.QUOTE),
            signature=self._text(Role.SIGNATURE),
            comment=comment,
            introducer=self.last,
        )

    def _text(self, wanted: Role) -> str:
        """Return the lines of a role; where others stood between them, one blank line does."""
        kept: list[str] = []
        gap = False
        for line, role in zip(self.lines, self.roles, strict=True):
            if role is not wanted:
                gap = bool(kept)
                continue
            if gap:
                while kept and not kept[-1].strip():
                    kept.pop()
                kept.append("")
                gap = False
                if not line.text.strip():
                    continue
            kept.append(line.text.rstrip())
        while kept and not kept[-1].strip():
            kept.pop()
        return "\n".join(kept).lstrip("\n").rstrip()
