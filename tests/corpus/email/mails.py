"""The other mails: ``mails/*.txt`` holds mails as they are sent, each below what is to be read in it; and the charsets.

A mail begins with ``===== name``; then a JSON object of expectations, a line ``-----``, and the mail. Expectations are
fields of ``Mail``, of which objects may name only some; ``quoted_has`` and ``signature_has`` are words that have to be
there, ``attachments`` and ``inline`` are names of files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.email.mail import Mail

HERE = Path(__file__).parent
TRUSTED = ("mx.desk.example",)


@dataclass(frozen=True)
class Case:
    """One mail and what is to be read in it."""

    name: str
    raw: bytes
    expected: dict[str, Any]


def cases() -> Iterator[Case]:
    """Return the mails of all files, and one for each line of the charsets."""
    for path in sorted((HERE / "mails").glob("*.txt")):
        for block in re.split(r"(?m)^===== ", path.read_text("utf-8"))[1:]:
            name, _, rest = block.partition("\n")
            expected, _, mail = rest.partition("\n-----\n")
            raw = mail.rstrip("\n").replace("\n", "\r\n").encode() + b"\r\n"
            yield Case(f"{path.stem}: {name}", raw, json.loads(expected))
    for line in (HERE / "charsets.txt").read_text("utf-8").splitlines()[1:]:
        named, real, text = line.split("|")
        yield Case(
            f"charsets: {named or 'none'} that is {real}: {text[:20]}", _in_charset(named, real, text), {"text": text}
        )


def _in_charset(named: str, real: str, text: str) -> bytes:
    charset = f"; charset={named}" if named else ""
    head = f"From: a@b.example\r\nSubject: x\r\nContent-Type: text/plain{charset}\r\n\r\n"
    return head.encode() + text.encode(real)


def differences(mail: Mail, expected: dict[str, Any]) -> list[str]:
    """Return where a mail says something else than expected, in words."""
    told = mail.model_dump(mode="json", exclude={"attachments": {"__all__": {"content"}}, "forwarded": {"attachments"}})
    told["attachments"] = [file.name for file in mail.attachments]
    told["inline"] = [file.name for file in mail.attachments if file.inline]
    found: list[str] = []
    for key, want in expected.items():
        if key in ("quoted_has", "signature_has"):
            text = told[key.removesuffix("_has")]
            if want not in text:
                found.append(f"{key}: {want!r} is not in {text!r}")
        elif not _fits(told[key], want):
            found.append(f"{key}: {told[key]!r} instead of {want!r}")
    return found


def _fits(told: Any, want: Any) -> bool:
    if isinstance(want, dict):
        return isinstance(told, dict) and all(_fits(told.get(key), value) for key, value in want.items())
    if isinstance(want, list):
        return len(told) == len(want) and all(_fits(one, other) for one, other in zip(told, want, strict=True))
    return bool(told == want)
