"""Whether a mail that came in directly is from whom it says: SPF, DKIM and DMARC, asked of the domain name system.

This blocks, so it runs where mails are read: in the process apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast, get_args

import dkim
import dns.exception
import dns.resolver
import spf

from channels.email import dmarc
from channels.email.mail import Authentication, AuthenticationResult, Mail, Peer, Verdict
from channels.email.reading.words import Oddity
from core.errors import N_

SECONDS: Final = 8.0  # of all questions about one mail together
MOST_SIGNATURES: Final = 5  # of one mail that are checked
MOST_BYTES: Final = 12_000_000  # of a mail whose signatures are checked: more takes seconds
AWAY: Final = N_("The domain name system did not answer.")


class Away(Exception):  # noqa: N818  says what happened
    """The domain name system does not answer, or not in time."""


@dataclass
class Names:
    """Answers questions about names for as long as there is time, each once."""

    server: str = ""
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)
    failed: bool = False  # a question stayed without an answer
    _known: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._resolver = dns.resolver.Resolver(configure=not self.server)
        if self.server:
            host, _, port = self.server.rpartition(":")
            self._resolver.nameservers, self._resolver.port = [host.strip("[]")], int(port)

    def ask(self, name: str, kind: str) -> list[Any]:
        """Return the records of a name; none where there is no such name.

        Raises:
            Away: nobody says.
        """
        asked = (name.lower().rstrip("."), kind)
        if asked not in self._known:
            self._known[asked] = self._ask(*asked)
        return self._known[asked]

    def _ask(self, name: str, kind: str) -> list[Any]:
        left = self.until - time.monotonic()
        try:
            if left <= 0:
                raise Away
            return list(self._resolver.resolve(name, kind, lifetime=left, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError, Away) as error:
            self.failed = True
            raise Away from error

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each in one piece."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self.ask(name, "TXT")]


def verified(raw: bytes, mail: Mail, peer: Peer) -> Authentication:
    """Return what SPF, DKIM and DMARC say of a mail that a peer handed us."""
    names = Names(peer.name_server)
    results = [_spf(names, peer), *_dkim(names, raw)]
    author = mail.from_.email.rpartition("@")[2] if mail.from_ else ""
    results.append(_dmarc(names, author, mail, results))
    return Authentication(
        spf=_best(results, "spf"), dkim=_best(results, "dkim"), dmarc=_best(results, "dmarc"),
        results=tuple(one.model_copy(update={"authserv_id": peer.verified_by}) for one in results),
    )  # fmt: skip


def _best(results: list[AuthenticationResult], method: str) -> Verdict:
    order: tuple[Verdict, ...] = ("pass", "fail", "softfail", "policy", "temperror", "permerror", "neutral", "none")
    found = {one.result for one in results if one.method == method}
    return next((verdict for verdict in order if verdict in found), "none")


def _result(method: str, result: str, domain: str = "", comment: str = "") -> AuthenticationResult:
    known = result if result in get_args(Verdict) else "permerror"
    return AuthenticationResult(authserv_id="", method=method, result=known, domain=domain[:253], comment=comment[:200])


# --- SPF (RFC 7208) ---


def _spf(names: Names, peer: Peer) -> AuthenticationResult:
    domain = peer.sender.rpartition("@")[2] or peer.helo
    spf.DNSLookup = _spf_lookup(names)  # the library's own seam: it is one for the whole process
    try:
        result, why = spf.check2(i=peer.address, s=peer.sender, h=peer.helo or "unknown", querytime=SECONDS)
    except (ValueError, UnicodeError, IndexError, TypeError) as odd:  # what it was made of cannot be a name
        result, why = "permerror", str(odd)
    return _result("spf", result, domain.lower(), why or "")


def _spf_lookup(names: Names) -> Callable[..., list[tuple[tuple[str, str], Any]]]:
    def look(name: str, kind: str, _tcp: object = None, _timeout: float = 0) -> list[tuple[tuple[str, str], Any]]:
        try:
            records = names.ask(name, kind)
        except Away:
            raise spf.TempError(AWAY) from None
        match kind:
            case "A" | "AAAA":
                values = [record.address for record in records]
            case "MX":
                values = [(record.preference, record.exchange.to_text(True)) for record in records]
            case "PTR":
                values = [record.target.to_text(True) for record in records]
            case "TXT":
                values = [record.strings for record in records]
            case _:
                values = []
        return [((name, kind), value) for value in values]

    return look


# --- DKIM (RFC 6376) ---


def _dkim(names: Names, raw: bytes) -> list[AuthenticationResult]:
    if len(raw) > MOST_BYTES:
        return [_result("dkim", "none", comment="too large to check")]
    try:
        checked = dkim.DKIM(raw, timeout=int(SECONDS))
        signed = sum(name.lower() == b"dkim-signature" for name, _ in checked.headers)
    except dkim.DKIMException as odd:
        return [_result("dkim", "permerror", comment=str(odd))]
    return [_signature(names, checked, place) for place in range(min(signed, MOST_SIGNATURES))]


def _signature(names: Names, checked: Any, place: int) -> AuthenticationResult:
    def key(name: bytes, timeout: int = 0) -> bytes | None:
        try:
            return next((text.encode() for text in names.texts(name.decode("ascii"))), None)
        except (Away, UnicodeError):
            raise dkim.DnsTimeoutError(AWAY) from None

    names.failed, checked.domain = False, b""
    try:
        is_good = checked.verify(idx=place, dnsfunc=key)
        result = "pass" if is_good else "temperror" if names.failed else "fail"
        why = ""
        if is_good and b"l" in checked.signature_fields:  # anything may stand below what is signed (RFC 6376 §8.2)
            result, why = "policy", "only a part of the body is signed"
    except dkim.ValidationError as refused:  # the body is another one, it is too old, From is not signed
        result, why = "fail", str(refused)
    except (dkim.DKIMException, ValueError, KeyError, IndexError, UnicodeError) as odd:
        result, why = "temperror" if names.failed else "permerror", str(odd)
    domain = cast(bytes, checked.domain or b"").decode("ascii", "replace").lower()
    return _result("dkim", result, domain, why)


# --- DMARC ---


def _dmarc(names: Names, author: str, mail: Mail, results: list[AuthenticationResult]) -> AuthenticationResult:
    if not author or Oddity.NO_FROM in mail.problems:
        return _result("dmarc", "none", comment="nobody is named in From")
    if Oddity.SEVERAL_FROM in mail.problems:
        return _result("dmarc", "permerror", author, "several people are named in From")
    good = [one for one in results if one.result == "pass"]
    try:
        domain = author.encode("idna").decode("ascii")
        verdict = dmarc.evaluated(
            domain,
            dkim=[one.domain for one in good if one.method == "dkim"],
            spf=next((one.domain for one in good if one.method == "spf"), None),
            texts=names.texts,
        )
    except Away:
        return _result("dmarc", "temperror", author, AWAY)
    except UnicodeError:
        return _result("dmarc", "permerror", author)
    if verdict == "fail" and any(one.result == "temperror" for one in results):
        verdict = "temperror"
    return _result("dmarc", verdict, author)
