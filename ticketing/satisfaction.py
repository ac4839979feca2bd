"""What customers think of how a ticket was solved: the link that asks, and one answer to it (spec 6.8). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from core.errors import N_, Conflict, NotFound
from core.events import Actor
from core.message import Happening
from ticketing.decision import Decision, happened
from ticketing.model import Ticket, TicketRating

VALID: Final = timedelta(days=30)  # that a link can be answered

#: score → what it means, the best first.
SCORES: Final = {
    5: N_("Very good"),
    4: N_("Good"),
    3: N_("Fair"),
    2: N_("Poor"),
    1: N_("Very poor"),
}


class Rated(Conflict):
    """The link was answered before: one answer per link."""

    code, title = "rated", N_("You have rated this already")


@dataclass(frozen=True)
class Asked:
    """What a link proves: which solution of which ticket is rated."""

    tenant_id: str
    ticket_id: str
    solved_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Return whether it is too late to answer."""
        return self.solved_at + VALID <= now


def _signer(secret: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="ticket.rating")


def token_of(secret: bytes, asked: Asked) -> str:
    """Return what stands in the link, signed."""
    moment = int(asked.solved_at.timestamp() * 1000)
    return str(_signer(secret).dumps([asked.tenant_id, asked.ticket_id, moment]))


def known_token(secret: bytes, token: str) -> Asked | None:
    """Return what a token proves, or None when we did not make it."""
    try:
        tenant_id, ticket_id, moment = _signer(secret).loads(token)
        return Asked(str(tenant_id), str(ticket_id), datetime.fromtimestamp(moment / 1000, UTC))
    except (BadData, TypeError, ValueError, OverflowError):
        return None


def rate(ticket: Ticket, asked: Asked, *, score: int, comment: str, actor: Actor, now: datetime) -> Decision:
    """Take the customer's answer to a link; one that was solved again since can be rated again.

    Raises:
        NotFound: the ticket is deleted.
        Rated: this link was answered before.
    """
    if ticket.state == "deleted":
        raise NotFound(N_("There is no such ticket."))
    if is_answered(ticket, asked):
        raise Rated(N_("Thank you, we have your rating already. One link is answered once."))
    rating = TicketRating(score=score, comment=comment, at=now, solved_at=asked.solved_at)
    told = {"score": score, "comment": comment}
    line = Happening(name="rated", data=told)
    return happened(ticket, "TicketRated", actor=actor, now=now, lines=(line,), facts=told, rating=rating)


def is_answered(ticket: Ticket, asked: Asked) -> bool:
    """Return whether this link, or one of a later solution, was answered."""
    return ticket.rating is not None and ticket.rating.solved_at >= asked.solved_at
