"""How tickets begin and what is said in them: by customers, by agents, in conversations (spec 4.7, 5.1, 5.4). Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from core.errors import N_, Invalid
from core.events import Actor
from core.ids import new_id
from core.message import Happening, Part, gist
from core.model import Value
from ticketing.decision import Decision, author, happened, line, said, told, unchanged, words
from ticketing.matrix import STANDARD, Matrix
from ticketing.model import (
    MAX_CC,
    MAX_SUBJECT,
    Copied,
    Delivery,
    Draft,
    EntryKind,
    Envelope,
    PendingReason,
    Place,
    State,
    Ticket,
)
from ticketing.states import SOLVED_TO_CLOSED, change_state, refuse, reopen, require_work, solve

Outcome = Literal["solved", "unsolved", "refused"]
QuarantineReason = Literal["unknown_sender", "non_compliant"]

AUTO_ENDED = "auto-ended"  # tag of what ended by silence (spec 4.7)
NOWHERE = Place(id="", path=(), ids=())


class Talk(Value):
    """What a ticket needs to know of the conversation it comes from or takes in."""

    id: str
    text: str = ""  # what was said, for search; the transcript itself stays with the conversation
    ended_by_silence: bool = False


# --- How a ticket begins ---


def open_ticket(
    draft: Draft,
    *,
    tenant_id: str,
    actor: Actor,
    now: datetime,
    parts: tuple[Part, ...] = (),
    external_id: str | None = None,
    quarantine: QuarantineReason | None = None,
    follows: Ticket | None = None,
    talk: Talk | None = None,
    public: bool = True,
    matrix: Matrix = STANDARD,
) -> Decision:
    """Open a ticket; ``parts`` are its first message, from whoever acts (spec 5.4).

    It is new; open if somebody handles it already or it comes from a conversation; quarantined for a reason (spec 3.7).
    ``public``: the customer may know of it.

    Raises:
        Invalid: neither a subject nor words to take it from.
    """
    subject = draft.subject.strip() or gist(parts, limit=80) or (talk.text.strip()[:80] if talk else "")
    if not subject:
        message = N_("Say in a few words what the ticket is about.")
        raise Invalid(message, errors=[{"field": "subject", "message": message}])
    place = draft.place or NOWHERE
    urgency = draft.urgency or place.urgency or "medium"
    impact = draft.impact or place.impact or "medium"
    state: State = "quarantined" if quarantine else "open" if draft.handler or talk else "new"
    ticket = Ticket(
        id=new_id(now),
        tenant_id=tenant_id,
        subject=subject[:MAX_SUBJECT],
        state=state,
        quarantine_reason=quarantine,
        customer=draft.customer,
        organization=draft.organization,
        group=draft.group,
        handler=draft.handler,
        created_by=author(actor),
        type=draft.type or place.type or "question",
        urgency=urgency,
        impact=impact,
        priority=draft.priority or matrix.priority(urgency=urgency, impact=impact),
        catalog_node_id=place.id or None,
        catalog_path=place.path,
        catalog_ids=place.ids,
        tags=tuple(dict.fromkeys(draft.tags)),
        source="conversation" if talk else draft.source,
        channel_id=draft.channel_id,
        conversation_ids=(talk.id,) if talk else (),
        follows_id=follows.id if follows else None,
        cc=draft.cc,
        awaiting="agent",
        waiting_since=now if actor.kind == "customer" or talk else None,
        opened_at=now if state == "open" else None,
        created_at=now,
        updated_at=now,
    )
    opened: dict[str, Any] = {"source": ticket.source, "state": state}
    if follows:
        opened["follows"] = {"ticket_id": follows.id, "number": follows.number}
    lines = [Happening(name="opened", data=opened)]
    if talk:
        lines.append(Happening(name="conversation_joined", data={"conversation_id": talk.id}))
    arrived = {"channel_id": draft.channel_id, "external_id": external_id}
    entries = [line(ticket, "event", tuple(lines), actor=actor, now=now, **({} if parts else arrived))]
    fields: dict[str, Any] = {"words": words(ticket, talk.text if talk else "")}
    if parts:
        kind: EntryKind = "customer_reply" if actor.kind == "customer" else "agent_reply"
        first = line(ticket, kind, parts, actor=actor, now=now, **arrived)
        entries.append(first)
        fields = said(ticket, first)
    event = happened(ticket, "TicketOpened", actor=actor, now=now, public=public).events[0]
    after = told(ticket) | {"source": ticket.source} | ({"acknowledge": True} if draft.acknowledge else {})
    after |= {"quiet": True} if draft.quiet else {}
    event = event.model_copy(update={"after": after})
    return Decision(ticket=ticket.model_copy(update=fields), was=None, entries=tuple(entries), events=(event,))


def open_from_conversation(
    draft: Draft,
    talk: Talk,
    outcome: Outcome,
    *,
    tenant_id: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
    note: tuple[Part, ...] = (),
    close_after: timedelta = SOLVED_TO_CLOSED,
    matrix: Matrix = STANDARD,
) -> Decision:
    """Turn an ended conversation into its ticket, in exactly three ways (spec 4.7).

    Solved → a solved ticket and a rating request; unsolved → an open ticket, with whom ``draft`` assigns it to;
    refused → a deleted ticket with the ``reason``, kept for the auditor.

    Raises:
        Invalid: refused without a reason; no subject, and no words to take it from.
    """
    tags = (*draft.tags, AUTO_ENDED) if talk.ended_by_silence else draft.tags
    decision = open_ticket(
        draft.model_copy(update={"tags": tags}), talk=talk, tenant_id=tenant_id, actor=actor, now=now,
        public=outcome != "refused", matrix=matrix,
    )  # fmt: skip
    if note:
        decision = decision.then(write_note(decision.ticket, note, actor=actor, now=now))
    match outcome:
        case "solved":
            solved = solve(decision.ticket, actor=actor, now=now, close_after=close_after)
            return replace(decision.then(solved), asks_rating=True)
        case "refused":
            return decision.then(refuse(decision.ticket, reason=reason, actor=actor, now=now))
        case _:
            return decision


def join_conversation(
    ticket: Ticket,
    talk: Talk,
    outcome: Outcome | None = None,
    *,
    actor: Actor,
    now: datetime,
    note: tuple[Part, ...] = (),
    close_after: timedelta = SOLVED_TO_CLOSED,
) -> Decision:
    """Make a conversation part of the ticket it is linked to (spec 4.7).

    Its outcome becomes the ticket's where the ticket still lives: solved solves it, unsolved makes it open. A refused
    conversation, and one that joins a closed or deleted ticket, is on record there and changes nothing.
    """
    if talk.id in ticket.conversation_ids:
        decision = unchanged(ticket)
    else:
        joined = Happening(name="conversation_joined", data={"conversation_id": talk.id})
        tags = dict.fromkeys((*ticket.tags, AUTO_ENDED)) if talk.ended_by_silence else ticket.tags
        decision = happened(
            ticket, "ConversationJoined", actor=actor, now=now, lines=(joined,),
            facts={"conversation_id": talk.id}, conversation_ids=(*ticket.conversation_ids, talk.id),
            tags=tuple(tags), words=words(ticket, talk.text),
        )  # fmt: skip
    if note:
        decision = decision.then(write_note(decision.ticket, note, actor=actor, now=now))
    if ticket.state in ("closed", "deleted", "quarantined"):
        return decision
    if outcome == "solved":
        solved = solve(decision.ticket, actor=actor, now=now, close_after=close_after)
        return replace(decision.then(solved), asks_rating=True)
    if outcome == "unsolved":
        return decision.then(reopen(decision.ticket, actor=actor, now=now))
    return decision


# --- What is said in it ---


def reply_as_agent(
    ticket: Ticket,
    parts: tuple[Part, ...],
    *,
    actor: Actor,
    now: datetime,
    state: State | None = None,
    pending_reason: PendingReason | None = None,
    close_after: timedelta = SOLVED_TO_CLOSED,
    channel_id: str | None = None,
    external_id: str | None = None,
    delivery: Delivery | None = None,
    envelope: Envelope | None = None,
) -> Decision:
    """Answer the customer in public; a new ticket becomes open by it (spec 5.1), or what ``state`` says.

    ``channel_id`` and ``external_id``: of an answer that came by a channel. ``delivery``: the customer has it already.

    Raises:
        Invalid: the ticket is quarantined, closed or deleted, or no way leads to ``state``.
    """
    require_work(ticket, "solved")
    entry = line(ticket, "agent_reply", parts, actor=actor, now=now, channel_id=channel_id, external_id=external_id)
    entry = entry.model_copy(update={"delivery": delivery, "envelope": envelope})
    awaiting = None if ticket.state == "solved" else "customer"
    decision = happened(
        ticket, "TicketReplied", actor=actor, now=now, entries=(entry,), public=True,
        facts={"entry_id": entry.id}, awaiting=awaiting, waiting_since=None, **said(ticket, entry),
    )  # fmt: skip
    wanted = state or ("open" if ticket.state == "new" else ticket.state)
    if wanted == ticket.state and wanted != "pending":
        return decision
    moved = change_state(
        decision.ticket, wanted, actor=actor, now=now, pending_reason=pending_reason or ticket.pending_reason,
        close_after=close_after,
    )  # fmt: skip
    if moved.ticket.state == "open":  # it was the desk's turn; with this answer it is the customer's
        moved = replace(moved, ticket=moved.ticket.model_copy(update={"awaiting": awaiting}))
    return decision.then(moved)


def reply_as_customer(
    ticket: Ticket,
    parts: tuple[Part, ...],
    *,
    actor: Actor,
    now: datetime,
    channel_id: str | None = None,
    external_id: str | None = None,
    cc: tuple[Copied, ...] = (),
    matrix: Matrix = STANDARD,
    quiet: bool = False,
) -> Decision:
    """Hear what the customer says: pending and solved become open; closed and deleted stay, and another one opens.

    The decision's ticket is then that other one (``was`` is None), and one of its entries is the old one's (spec 5.1).
    ``cc`` get copies from now on. ``quiet``: agents are not written to about it.
    """
    if ticket.state in ("closed", "deleted"):
        return _follow_up(
            ticket.model_copy(update={"cc": in_copy(ticket, cc)}), parts, actor=actor, now=now, channel_id=channel_id,
            external_id=external_id, matrix=matrix, quiet=quiet,
        )  # fmt: skip
    entry = line(ticket, "customer_reply", parts, actor=actor, now=now, channel_id=channel_id, external_id=external_id)
    decision = happened(
        ticket, "CustomerReplied", actor=actor, now=now, entries=(entry,), public=True,
        facts={"entry_id": entry.id} | ({"quiet": True} if quiet else {}), awaiting="agent",
        waiting_since=ticket.waiting_since or now,
        cc=in_copy(ticket, cc), **said(ticket, entry),
    )  # fmt: skip
    if ticket.state in ("pending", "solved"):
        return decision.then(reopen(decision.ticket, actor=actor, now=now))
    return decision


def in_copy(ticket: Ticket, more: tuple[Copied, ...]) -> tuple[Copied, ...]:
    """Return whom copies of a ticket go to when these join, each once and `MAX_CC` at most."""
    everybody = {(copied.kind, copied.id): copied for copied in (*more, *ticket.cc)}
    known = [(copied.kind, copied.id) for copied in ticket.cc]
    new = [key for key in everybody if key not in known]
    return tuple(everybody[key] for key in [*known, *new][:MAX_CC])


def write_note(
    ticket: Ticket,
    parts: tuple[Part, ...],
    *,
    actor: Actor,
    now: datetime,
    channel_id: str | None = None,
    external_id: str | None = None,
) -> Decision:
    """Write a note that never leaves the desk (spec 5.7); the ticket's state does not matter and does not change."""
    entry = line(ticket, "note", parts, actor=actor, now=now, channel_id=channel_id, external_id=external_id)
    return happened(
        ticket, "TicketNoted", actor=actor, now=now, entries=(entry,), facts={"entry_id": entry.id},
        **said(ticket, entry),
    )  # fmt: skip


def _follow_up(
    ticket: Ticket,
    parts: tuple[Part, ...],
    *,
    actor: Actor,
    now: datetime,
    channel_id: str | None,
    external_id: str | None,
    matrix: Matrix,
    quiet: bool,
) -> Decision:
    place = (
        Place(id=ticket.catalog_node_id, path=ticket.catalog_path, ids=ticket.catalog_ids)
        if ticket.catalog_node_id
        else None
    )
    draft = Draft(
        subject=ticket.subject, customer=ticket.customer, organization=ticket.organization, group=ticket.group,
        type=ticket.type, urgency=ticket.urgency, impact=ticket.impact, place=place, tags=ticket.tags,
        source=ticket.source, channel_id=channel_id or ticket.channel_id, cc=ticket.cc, quiet=quiet,
    )  # fmt: skip
    opened = open_ticket(
        draft, tenant_id=ticket.tenant_id, actor=actor, now=now, parts=parts, external_id=external_id,
        follows=ticket, matrix=matrix,
    )  # fmt: skip
    continued = Happening(name="followed_up", data={"ticket_id": opened.ticket.id})
    return replace(opened, entries=(*opened.entries, line(ticket, "event", (continued,), actor=actor, now=now)))
