"""The reply formats: from ``replies/*.txt`` to mails and what is new in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, parseaddr
from pathlib import Path

HERE = Path(__file__).parent / "replies"
_SECTION = re.compile(r"\[(new|quote|signature)\]")


@dataclass(frozen=True)
class Reply:
    """One mail: its bytes, and the text that was newly written and the signature."""

    name: str
    raw: bytes
    new: str
    signature: str


def replies() -> Iterator[Reply]:
    """Return every format with every reply of its language."""
    for path in sorted(HERE.glob("*.txt")):
        blocks = list(_blocks(path.read_text("utf-8")))
        texts = [text for kind, _, text in blocks if kind == "reply"]
        originals = [text for kind, _, text in blocks if kind == "original"]
        sender = next(title for kind, title, _ in blocks if kind == "sender")
        formats = [(title, text) for kind, title, text in blocks if kind == "format"]
        for number, (title, form) in enumerate(formats):
            for turn, text in enumerate(texts):
                yield _reply(
                    f"{path.stem}: {title} ({turn + 1})",
                    sender,
                    form,
                    text,
                    originals[(number + turn) % len(originals)],
                )


def _blocks(source: str) -> Iterator[tuple[str, str, str]]:
    for block in re.split(r"(?m)^@", source)[1:]:
        first, _, rest = block.partition("\n")
        kind, _, title = first.partition(" ")
        yield kind, title, rest.strip("\n")


def _reply(name: str, sender: str, form: str, text: str, original: str) -> Reply:
    lines: list[str] = []
    new: list[str] = []
    signature: list[str] = []
    section = "new" if "{reply}" in form.split("[quote]", maxsplit=1)[0] else "quote"
    for line in form.split("\n"):
        if found := _SECTION.fullmatch(line):
            section = found[1]
        elif line == "{reply}":
            lines += text.split("\n")
            new.append(text)
        else:
            filled = _filled(line, original)
            lines += filled
            if section == "signature":
                signature += [row.rstrip() for row in filled]
    return Reply(name, _mail(sender, "\n".join(lines)), "\n".join(new), "\n".join(signature).strip())


def _filled(line: str, original: str) -> list[str]:
    rows = original.split("\n")
    if line == "{> original}":
        return [f"> {row}" if row else ">" for row in rows]
    if "{original}" not in line:
        return [line]
    before, after = line.split("{original}")
    prefix = before if before.strip() in ("", ">") else ""
    return (
        [before + rows[0], *(prefix + row for row in rows[1:-1]), *([prefix + rows[-1]] if len(rows) > 1 else [])]
        if not after
        else [line]
    )


def _mail(sender: str, body: str) -> bytes:
    name, address = parseaddr(sender)
    headers = (
        f"From: {formataddr((str(Header(name, 'utf-8')), address))}\n"
        "To: help@desk.example\n"
        "Subject: Re: [#1042]\n"
        "Date: Mon, 2 Mar 2026 10:00:00 +0000\n"
        "Message-ID: <reply@shop.example>\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n\n"
    )
    return (headers + body + "\n").encode().replace(b"\n", b"\r\n")
