"""What was said moves to where it belongs: a part becomes a ticket of its own, or two become one (spec 5.5). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.errors import N_, Invalid
from core.events import Actor
from core.message import Happening, gist
from ticketing.decision import Decision, happened, words
from ticketing.lifecycle import in_copy, open_ticket
from ticketing.matrix import STANDARD, Matrix
from ticketing.model import Copied, Draft, LastEntry, Place, Ticket, TicketEntry
from ticketing.states import require_work

SAID = ("customer_reply", "agent_reply", "note")


def split(
    ticket: Ticket,
    moved: Sequence[TicketEntry],
    staying: Sequence[TicketEntry],
    *,
    subject: str,
    actor: Actor,
    now: datetime,
    matrix: Matrix = STANDARD,
) -> tuple[Decision, Decision]:
    """Make a part of what was said in a ticket a new one; return what becomes of the old ticket, and the new one.

    Raises:
        Invalid: nothing would be left, or nothing goes.
    """
    if not moved or not any(entry.kind in SAID for entry in staying):
        raise Invalid(N_("A ticket keeps at least one message. Choose a later one to split from."))
    place = Place(id=ticket.catalog_node_id or "", path=ticket.catalog_path, ids=ticket.catalog_ids)
    draft = Draft(
        subject=subject or gist(moved[0].parts, limit=80) or ticket.subject, customer=ticket.customer,
        organization=ticket.organization, group=ticket.group, handler=ticket.handler, type=ticket.type,
        urgency=ticket.urgency, impact=ticket.impact, priority=ticket.priority, tags=ticket.tags, source=ticket.source,
        place=place if ticket.catalog_node_id else None, channel_id=ticket.channel_id, cc=ticket.cc, quiet=True,
    )  # fmt: skip
    opened = open_ticket(draft, tenant_id=ticket.tenant_id, actor=actor, now=now, matrix=matrix, public=False)
    came = Happening(name="split_from", data={"ticket_id": ticket.id, "number": ticket.number})
    first = opened.entries[0].model_copy(update={"parts": (*opened.entries[0].parts, came)})
    texts = [gist(entry.parts, limit=4_000) for entry in moved]
    fields = _standing(moved) | {"words": words(opened.ticket, *texts)}
    new = replace(opened, ticket=opened.ticket.model_copy(update=fields), entries=(first,))
    went = Happening(name="split_off", data={"ticket_id": new.ticket.id, "count": len(moved)})
    old = happened(ticket, "TicketSplit", actor=actor, now=now, lines=(went,), facts={"new": new.ticket.id},
                   **_standing(staying))  # fmt: skip
    return old, new


def merge(
    ticket: Ticket, into: Ticket, moved: Sequence[TicketEntry], *, actor: Actor, now: datetime
) -> tuple[Decision, Decision]:
    """Make a ticket part of another one; return what becomes of both. The merged one is deleted, and can be taken back.

    Raises:
        Invalid: it is the same, or one of them is closed, deleted or in quarantine.
    """
    if ticket.id == into.id:
        raise Invalid(N_("A ticket cannot become part of itself. Choose another one."))
    require_work(ticket, "solved")
    require_work(into, "solved")
    told = {"ticket_id": ticket.id, "number": ticket.number, "subject": ticket.subject,
            "entry_ids": [entry.id for entry in moved], "state": ticket.state}  # fmt: skip
    gone = happened(
        ticket, "TicketMerged", actor=actor, now=now, state="deleted", deleted_at=now, deleted_from=ticket.state,
        merged_into_id=into.id, facts={"into": into.id, "number": into.number},
        lines=(Happening(name="merged_into", data={"ticket_id": into.id, "number": into.number}),),
    )  # fmt: skip
    also = (Copied(kind="customer", id=ticket.customer.id, name=ticket.customer.name),) if ticket.customer else ()
    others = tuple(one for one in (*also, *ticket.cc) if into.customer is None or one.id != into.customer.id)
    waits = [moment for moment in (ticket.waiting_since, into.waiting_since) if moment]
    texts = [gist(entry.parts, limit=4_000) for entry in moved]
    kept = happened(
        into, "TicketJoined", actor=actor, now=now, lines=(Happening(name="merged", data=told),),
        cc=in_copy(into, others), words=words(into, *texts), waiting_since=min(waits) if waits else None,
        awaiting="agent" if waits else into.awaiting, facts={"merged": ticket.id},
    )  # fmt: skip
    return gone, kept


def part(into: Ticket, ticket: Ticket, *, actor: Actor, now: datetime) -> tuple[Decision, Decision]:
    """Take a merge back; return what becomes of the ticket that was merged into, and of the other one.

    Raises:
        Invalid: it is not merged into this one, or not any more.
    """
    if ticket.merged_into_id != into.id or ticket.state != "deleted":
        raise Invalid(N_("This merge was taken back already."))
    left = happened(
        into, "TicketParted", actor=actor, now=now, facts={"parted": ticket.id},
        lines=(Happening(name="parted", data={"ticket_id": ticket.id, "number": ticket.number}),),
    )  # fmt: skip
    back = happened(
        ticket, "TicketParted", actor=actor, now=now, state=ticket.deleted_from or "open", deleted_at=None,
        deleted_from=None, merged_into_id=None, facts={"from": into.id},
        lines=(Happening(name="parted_from", data={"ticket_id": into.id, "number": into.number}),),
    )  # fmt: skip
    return left, back


def _standing(entries: Sequence[TicketEntry]) -> dict[str, Any]:
    """Return who has to say something next, and the newest words, given what is said."""
    spoken = [entry for entry in entries if entry.kind in SAID]
    public = [entry for entry in spoken if entry.kind != "note"]
    fields: dict[str, Any] = {"awaiting": "agent", "waiting_since": None}
    if public and public[-1].kind == "agent_reply":
        fields["awaiting"] = "customer"
    elif public:
        since = next((at for at in range(len(public), 0, -1) if public[at - 1].kind == "agent_reply"), 0)
        fields["waiting_since"] = public[since].at
    if spoken:
        last = spoken[-1]
        fields["last_entry"] = LastEntry(text=gist(last.parts), at=last.at, author_kind=last.author.kind)
    return fields
