"""What the receiving server found out about the sender: Authentication-Results (RFC 8601) of whom we trust. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import get_args

from channels.email.mail import Authentication, AuthenticationResult, Verdict

_COMMENT = re.compile(r"\(([^()]{0,500})\)")
_RESULT = re.compile(r"([A-Za-z0-9-]{1,30})(?:/\d+)?\s*=\s*([A-Za-z]{1,20})")
_PROPERTY = re.compile(
    r"(header\.d|header\.i|header\.from|smtp\.mailfrom|smtp\.helo|policy\.\w+)\s*=\s*\"?([^\s;\"]{1,320})"
)
_VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_SYNONYMS = {"hardfail": "fail", "bestguesspass": "none", "invalid": "permerror", "error": "temperror"}
_MAX_RESULTS = 50
_MAX_HEADERS = 50


def authentication(headers: list[bytes], trusted: Collection[str]) -> Authentication:
    """Return the results of the topmost header that a trusted server wrote.

    Only that one: a second one of the same name may have come with the mail, just below the first.
    """
    wanted = {name.strip().lower() for name in trusted}
    results: list[AuthenticationResult] = []
    for raw in headers[:_MAX_HEADERS]:
        server, found = _read(raw.decode("utf-8", "replace"))
        if server in wanted:
            results = found[:_MAX_RESULTS]
            break
    return Authentication(
        spf=_verdict(results, "spf"),
        dkim=_verdict(results, "dkim"),
        dmarc=_verdict(results, "dmarc"),
        results=tuple(results),
    )


def _read(value: str) -> tuple[str, list[AuthenticationResult]]:
    comments = _COMMENT.findall(value)
    plain = _COMMENT.sub(" ", value[:20_000])
    server, _, rest = plain.partition(";")
    server = (server.split() or [""])[0].lower()
    results: list[AuthenticationResult] = []
    for number, piece in enumerate(rest.split(";")):
        found = _RESULT.match(piece.strip())
        if not found:
            continue
        told = dict(_PROPERTY.findall(piece))
        method = found[1].lower()
        named = (
            told.get("header.d") or told.get("header.i") or told.get("smtp.mailfrom") or told.get("header.from") or ""
        )
        if method == "dmarc":
            named = told.get("header.from", named)
        results.append(
            AuthenticationResult(
                authserv_id=server,
                method=method,
                result=_SYNONYMS.get(found[2].lower(), found[2].lower()),
                domain=named.rpartition("@")[2].lower(),
                comment=comments[number][:200] if number < len(comments) else "",
            )
        )
    return server, results


def _verdict(results: list[AuthenticationResult], method: str) -> Verdict:
    """Return the best result of a method: one good signature suffices (RFC 6376 §6.1)."""
    found = {one.result for one in results if one.method == method}
    order: tuple[Verdict, ...] = ("pass", "fail", "softfail", "policy", "permerror", "temperror", "neutral", "none")
    return next((verdict for verdict in order if verdict in found and verdict in _VERDICTS), "none")
