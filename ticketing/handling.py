"""Who handles a ticket, and its fields: take, assign, edit (spec 5.2, 5.5). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.errors import N_, Taken
from core.events import Actor
from core.message import Happening
from core.model import Reference, Value
from ticketing.decision import Decision, happened, unchanged, words
from ticketing.matrix import STANDARD, Matrix
from ticketing.model import Copied, Level, Place, Priority, Ticket
from ticketing.states import reopen, require_work


class Edit(Value):
    """Fields to change: only those that were given count (`model_fields_set`); a ``place`` of None takes it off."""

    subject: str = ""
    type: str = ""
    urgency: Level = "medium"
    impact: Level = "medium"
    priority: Priority = "P3"
    place: Place | None = None
    tags: tuple[str, ...] = ()
    cc: tuple[Copied, ...] = ()


def take(ticket: Ticket, *, agent: Reference, actor: Actor, now: datetime, group: Reference | None = None) -> Decision:
    """Make the agent the handler, if nobody is: the first to take it owns it (spec 3.6); taking one's own is harmless.

    ``group``: where it belongs if it has no group yet.

    Raises:
        Taken: somebody else handles it; says who.
        Invalid: it is not a ticket to work on.
    """
    require_work(ticket)
    if ticket.handler and ticket.handler.id == agent.id:
        return unchanged(ticket)
    if ticket.handler:
        raise Taken(
            N_("{name} was faster and handles this ticket now."),
            name=ticket.handler.name,
            handler=ticket.handler.model_dump(mode="json"),
        )
    return _assigned(ticket, "TicketTaken", group=ticket.group or group, handler=agent, actor=actor, now=now)


def assign(
    ticket: Ticket, *, group: Reference | None, handler: Reference | None, actor: Actor, now: datetime
) -> Decision:
    """Give a ticket to a group, and to one of its agents or to nobody in particular (spec 3.6).

    Raises:
        Invalid: it is not a ticket to work on.
    """
    require_work(ticket)
    if _ids(group, handler) == _ids(ticket.group, ticket.handler):
        return unchanged(ticket)
    return _assigned(ticket, "TicketAssigned", group=group, handler=handler, actor=actor, now=now)


def edit(ticket: Ticket, changes: Edit, *, actor: Actor, now: datetime, matrix: Matrix = STANDARD) -> Decision:
    """Change a ticket's fields; each that differs is a line in its thread.

    A catalog node brings its presets, urgency and impact make the priority (spec 5.3); what the same edit says wins.

    Raises:
        Invalid: the ticket is closed or deleted.
    """
    require_work(ticket, "solved", "quarantined")
    given = {name: getattr(changes, name) for name in changes.model_fields_set}
    if "place" in given:
        place: Place | None = given.pop("place")
        if (place.id if place else None) != ticket.catalog_node_id:
            given |= {
                "catalog_node_id": place.id if place else None,
                "catalog_path": place.path if place else (),
                "catalog_ids": place.ids if place else (),
            }
            presets = {name: getattr(place, name) for name in ("type", "urgency", "impact")} if place else {}
            given = {name: value for name, value in presets.items() if value} | given
    if "tags" in given:
        given["tags"] = tuple(dict.fromkeys(given["tags"]))
    urgency, impact = given.get("urgency", ticket.urgency), given.get("impact", ticket.impact)
    if "priority" not in given and (urgency, impact) != (ticket.urgency, ticket.impact):
        given["priority"] = matrix.priority(urgency=urgency, impact=impact)
    fields = {name: value for name, value in given.items() if getattr(ticket, name) != value}
    if not fields:
        return unchanged(ticket)
    edited = ticket.model_copy(update=fields)
    before, after = (seen.model_dump(mode="json", include=set(fields)) for seen in (ticket, edited))
    lines = tuple(
        Happening(name="field_changed", data={"field": name, "before": before[name], "after": after[name]})
        for name in fields
        if name not in ("catalog_node_id", "catalog_ids")  # people read the path
    )
    return happened(ticket, "TicketEdited", actor=actor, now=now, lines=lines, words=words(edited), **fields)


def _assigned(
    ticket: Ticket,
    name: str,
    *,
    group: Reference | None,
    handler: Reference | None,
    actor: Actor,
    now: datetime,
) -> Decision:
    data: dict[str, Any] = {
        "group": group.model_dump(mode="json") if group else None,
        "handler": handler.model_dump(mode="json") if handler else None,
    }
    shown = Happening(name="assigned", data=data)
    decision = happened(ticket, name, actor=actor, now=now, lines=(shown,), group=group, handler=handler)
    if handler and ticket.state == "new":  # 未分派 means that nobody has it
        return decision.then(reopen(decision.ticket, actor=actor, now=now))
    return decision


def _ids(group: Reference | None, handler: Reference | None) -> tuple[str | None, str | None]:
    return (group.id if group else None, handler.id if handler else None)
