"""Whether somebody who is proven may write under an address: DMARC (RFC 9989), given what names say. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from channels.email.mail import Verdict

MOST_LABELS: Final = 8  # of a name that is asked about; longer ones are asked about by their last seven (§4.10)
_TAG: Final = re.compile(r"\s*([a-z]+)\s*=\s*([^;]*?)\s*", re.IGNORECASE)

#: Gives the TXT records of a name, none where there is no such name.
Texts = Callable[[str], list[str]]


@dataclass(frozen=True)
class Policy:
    """A domain's DMARC record, as far as it says who is aligned."""

    domain: str
    psd: str = "u"  # y: a registry, whose domains are others' organizations; n: an organization of its own
    strict_dkim: bool = False
    strict_spf: bool = False


def policy(domain: str, records: Iterable[str]) -> Policy | None:
    """Return what a domain's record says; none, or several, say nothing (RFC 9989 §4.10)."""
    ours = [record for record in records if re.match(r"v\s*=\s*DMARC1\s*(;|$)", record)]
    if len(ours) != 1:
        return None
    tags = {found[1].lower(): found[2].lower() for piece in ours[0].split(";") if (found := _TAG.fullmatch(piece))}
    return Policy(domain, tags.get("psd", "u"), tags.get("adkim") == "s", tags.get("aspf") == "s")


def walk(domain: str, texts: Texts) -> list[Policy]:
    """Return the policies of a domain and of those above it, from below, until one says that there it ends."""
    labels = domain.lower().rstrip(".").split(".")
    found: list[Policy] = []
    names = [labels, *(labels[at:] for at in range(1, len(labels)) if len(labels) - at < MOST_LABELS)]
    for some in names:
        name = ".".join(some)
        here = policy(name, texts(f"_dmarc.{name}"))
        if here:
            found.append(here)
            if here.psd in ("y", "n"):
                break
    return found


def organization(domain: str, policies: list[Policy]) -> str:
    """Return the organization's domain that a domain belongs to, given what `walk` found."""
    domain = domain.lower().rstrip(".")
    if not policies:
        return domain
    top = policies[-1]
    if top.psd == "y" and top.domain != domain:  # one label below the registry
        below = domain.removesuffix(f".{top.domain}").rpartition(".")[2]
        return f"{below}.{top.domain}"
    return top.domain


def evaluated(author: str, *, dkim: Iterable[str], spf: str | None, texts: Texts) -> Verdict:
    """Return the verdict on the author's domain.

    ``dkim``: the domains of good signatures; ``spf``: the domain that the sending host may send for, if it may.
    """
    policies = walk(author, texts)
    if not policies:
        return "none"
    home = organization(author, policies)
    told = {one.domain: one for one in policies}
    chosen = told.get(author.lower().rstrip(".")) or told.get(home) or policies[-1]

    def is_aligned(domain: str, *, strict: bool) -> bool:
        domain = domain.lower().rstrip(".")
        if domain == author.lower().rstrip("."):
            return True
        return not strict and organization(domain, walk(domain, texts)) == home

    if any(is_aligned(domain, strict=chosen.strict_dkim) for domain in dkim):
        return "pass"
    return "pass" if spf and is_aligned(spf, strict=chosen.strict_spf) else "fail"
