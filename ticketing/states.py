"""The states of a ticket and the ways between them (spec 5.1). Pure.

``quarantined`` → ``new`` → ``open`` ⇄ ``pending`` → ``solved`` → ``closed``; any may be ``deleted`` and restored to
where it was. Nothing leads back from ``closed``: what comes after opens a ticket that follows it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from core.errors import N_, Invalid
from core.events import SYSTEM, Actor
from core.message import Happening
from core.model import Reference
from ticketing.decision import Decision, closing, happened, unchanged
from ticketing.model import WORKING, PendingReason, State, Ticket

SOLVED_TO_CLOSED = timedelta(days=3)
DELETED_KEPT = timedelta(days=30)

#: state → what people may make of it; leaving ``deleted`` is `restore`'s.
NEXT: dict[State, tuple[State, ...]] = {
    "quarantined": ("new", "deleted"),
    "new": ("open", "pending", "solved", "deleted"),
    "open": ("pending", "solved", "deleted"),
    "pending": ("open", "pending", "solved", "deleted"),
    "solved": ("open", "closed", "deleted"),
    "closed": ("deleted",),
    "deleted": (),
}


def change_state(
    ticket: Ticket,
    state: State,
    *,
    actor: Actor,
    now: datetime,
    pending_reason: PendingReason | None = None,
    reason: str | None = None,
    close_after: timedelta = SOLVED_TO_CLOSED,
) -> Decision:
    """Bring a ticket into the state that somebody chose; nothing happens when it is there already.

    Raises:
        Invalid: no way leads there from the ticket's state.
    """
    match state:
        case "pending":
            return pend(ticket, pending_reason or "customer", actor=actor, now=now)
        case "solved":
            return solve(ticket, actor=actor, now=now, close_after=close_after)
        case "deleted":
            return delete(ticket, reason=reason, actor=actor, now=now)
        case "open":
            return reopen(ticket, actor=actor, now=now)
        case "new":
            return release(ticket, actor=actor, now=now)
        case "closed":
            return moved(ticket, "closed", actor=actor, now=now, closed_at=now)
        case _:
            return moved(ticket, state, actor=actor, now=now)


def reopen(ticket: Ticket, *, actor: Actor, now: datetime) -> Decision:
    """Make a ticket open: somebody works on it, for the first time or again."""
    return moved(
        ticket, "open", actor=actor, now=now, pending_reason=None, opened_at=ticket.opened_at or now,
        awaiting="agent", waiting_since=ticket.waiting_since,
    )  # fmt: skip


def pend(ticket: Ticket, reason: PendingReason, *, actor: Actor, now: datetime) -> Decision:
    """Let a ticket rest until the customer answers or its conditions are met."""
    if ticket.state == "pending" and ticket.pending_reason == reason:
        return unchanged(ticket)
    return moved(
        ticket, "pending", actor=actor, now=now, pending_reason=reason,
        awaiting="customer" if reason == "customer" else ticket.awaiting,
    )  # fmt: skip


def solve(ticket: Ticket, *, actor: Actor, now: datetime, close_after: timedelta = SOLVED_TO_CLOSED) -> Decision:
    """Solve a ticket; 3 days later it closes by itself. Whoever solves what nobody handled becomes its handler."""
    handler = ticket.handler
    if handler is None and actor.kind == "agent":
        handler = Reference(id=actor.id, name=actor.name)
    decision = moved(
        ticket, "solved", actor=actor, now=now, pending_reason=None, handler=handler,
        opened_at=ticket.opened_at or now, solved_at=now, awaiting=None, waiting_since=None,
    )  # fmt: skip
    if decision.ticket is ticket:
        return decision
    return decision.then(
        Decision(ticket=decision.ticket, was=None, jobs=(closing(ticket, solved_at=now, after=close_after),))
    )


def close(ticket: Ticket, *, now: datetime, after: timedelta = SOLVED_TO_CLOSED) -> Decision:
    """Close a ticket that has been solved long enough; one solved anew meanwhile is looked at again in time."""
    if ticket.state != "solved" or ticket.solved_at is None:
        return unchanged(ticket)
    if ticket.solved_at + after > now:
        return Decision(ticket=ticket, was=ticket, jobs=(closing(ticket, solved_at=ticket.solved_at, after=after),))
    return _moved(ticket, "closed", actor=SYSTEM, now=now, closed_at=now)


def release(ticket: Ticket, *, actor: Actor, now: datetime) -> Decision:
    """Let a ticket out of quarantine to the desk (spec 3.7)."""
    return moved(ticket, "new", actor=actor, now=now, quarantine_reason=None)


def delete(ticket: Ticket, *, actor: Actor, now: datetime, reason: str | None = None) -> Decision:
    """Delete a ticket; it can be restored for 30 days."""
    return moved(
        ticket, "deleted", actor=actor, now=now, public=False, deleted_at=now, deleted_reason=reason,
        deleted_from=ticket.state,
    )  # fmt: skip


def refuse(ticket: Ticket, *, reason: str, actor: Actor, now: datetime) -> Decision:
    """Refuse what a customer asked for: the ticket is deleted, and kept with the reason for the auditor (spec 4.7).

    Raises:
        Invalid: no reason was given.
    """
    if not reason.strip():
        message = N_("Say why the request is refused; the auditor will read it.")
        raise Invalid(message, errors=[{"field": "reason", "message": message}])
    return delete(ticket, reason=reason.strip(), actor=actor, now=now)


def restore(
    ticket: Ticket,
    *,
    actor: Actor,
    now: datetime,
    kept: timedelta = DELETED_KEPT,
    close_after: timedelta = SOLVED_TO_CLOSED,
) -> Decision:
    """Bring a deleted ticket back to the state it had.

    Raises:
        Invalid: it is not deleted, or was deleted too long ago.
    """
    if ticket.state != "deleted" or ticket.deleted_at is None:
        raise Invalid(N_("This ticket is not deleted, so there is nothing to restore."))
    if ticket.merged_into_id:
        raise Invalid(N_("This ticket is part of another one. Take the merge back instead."))
    if ticket.deleted_at + kept < now:
        raise Invalid(
            N_("This ticket was deleted more than {days} days ago and cannot be restored. Open a new one instead."),
            days=kept.days,
        )
    state = ticket.deleted_from or "open"
    decision = _moved(ticket, state, actor=actor, now=now, deleted_at=None, deleted_reason=None, deleted_from=None)
    if state != "solved":
        return decision
    solved_at = ticket.solved_at or now
    return decision.then(
        Decision(ticket=decision.ticket, was=None, jobs=(closing(ticket, solved_at=solved_at, after=close_after),))
    )


def require_work(ticket: Ticket, *also: State) -> None:
    """Go on only if the ticket is being worked on, or in one of the other states named.

    Raises:
        Invalid: it is not; says what to do first.
    """
    if ticket.state in WORKING or ticket.state in also:
        return
    raise Invalid(_FIRST[ticket.state], state=ticket.state)


_FIRST: dict[State, str] = {
    "quarantined": N_("This ticket is in quarantine. Release it first."),
    "solved": N_("This ticket is solved. Reopen it first."),
    "closed": N_("This ticket is closed and stays as it is. Open a new one that follows it."),
    "deleted": N_("This ticket is deleted. Restore it first."),
}


def moved(ticket: Ticket, state: State, *, actor: Actor, now: datetime, public: bool = True, **fields: Any) -> Decision:
    """Return the decision for a way that people may go.

    Raises:
        Invalid: no way leads from the ticket's state to this one.
    """
    if state not in NEXT[ticket.state]:
        if state == ticket.state:
            return unchanged(ticket)
        if ticket.state in _FIRST:
            raise Invalid(_FIRST[ticket.state], state=ticket.state)
        raise Invalid(
            N_("A ticket that is {state} cannot become {wanted}. Reload the page to see what can be done."),
            state=ticket.state,
            wanted=state,
        )
    return _moved(ticket, state, actor=actor, now=now, public=public, **fields)


def _moved(
    ticket: Ticket, state: State, *, actor: Actor, now: datetime, public: bool = True, **fields: Any
) -> Decision:
    change: dict[str, Any] = {"before": ticket.state, "after": state}
    if fields.get("pending_reason"):
        change["pending_reason"] = fields["pending_reason"]
    if fields.get("deleted_reason"):
        change["reason"] = fields["deleted_reason"]
    shown = Happening(name="state_changed", data=change)
    return happened(
        ticket, "TicketStateChanged", actor=actor, now=now, lines=(shown,), public=public, state=state, **fields
    )
