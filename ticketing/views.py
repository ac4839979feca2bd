"""The built-in views (spec 5.8) and data scopes (spec 1.2), as filters on what a ticket is found through. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Protocol, get_args

from ticketing.model import LISTED, WORKING, Ticket, reach

View = Literal[
    "todo",
    "starred",
    "all",
    "mine_created",
    "cc",
    "groups",
    "pending",
    "unassigned",
    "solved",
    "closed",
    "deleted",
    "quarantine",
]

VIEWS: tuple[View, ...] = get_args(View)


class Viewer(Protocol):
    """Who looks: an agent with a data scope (`people.access.AgentActor`)."""

    @property
    def id(self) -> str: ...
    @property
    def scope(self) -> Literal["own", "groups", "all"]: ...
    @property
    def group_ids(self) -> tuple[str, ...]: ...


def scope(viewer: Viewer) -> list[str]:
    """Return what tickets within the viewer's data scope are found through (`ticketing.model.reach`).

    Own: what I handle, opened, or get copies of. Groups: that, and what belongs to my groups, handled or not. All: all.
    """
    if viewer.scope == "all":
        return ["all"]
    mine = [f"{part}:{viewer.id}" for part in ("handler", "creator", "cc")]
    return mine if viewer.scope == "own" else [*mine, *_groups(viewer)]


def may_see(viewer: Viewer, ticket: Ticket) -> bool:
    """Return whether a ticket lies within the viewer's data scope."""
    return not set(scope(viewer)).isdisjoint(reach(ticket))


def view_filter(view: View, viewer: Viewer) -> dict[str, Any]:
    """Return the filter of a view within the viewer's data scope.

    Views of what is mine lie within every scope, so they do not name it: their counts stay within one index.
    """
    match view:
        case "todo":
            return {"reach": f"handler:{viewer.id}", "state": _any(WORKING)}
        case "mine_created":
            return {"reach": f"creator:{viewer.id}", "state": _any(LISTED)}
        case "cc":
            return {"reach": f"cc:{viewer.id}", "state": _any(LISTED)}
        case "starred":
            return {"starred_by": viewer.id, "reach": _any(scope(viewer)), "state": _any(LISTED)}
        case "all":
            return {"reach": _any(scope(viewer)), "state": _any(LISTED)}
        case "groups" if viewer.scope == "own":
            both = [{"reach": _any(scope(viewer))}, {"reach": _any(_groups(viewer))}]
            return {"$and": both, "state": _any(WORKING)}
        case "groups":
            return {"reach": _any(_groups(viewer)), "state": _any(WORKING)}
        case "unassigned":
            return {"reach": _any([f"free/{token}" for token in scope(viewer)]), "state": _any(WORKING)}
        case "quarantine":
            return {"reach": _any(scope(viewer)), "state": "quarantined"}
        case "pending" | "solved" | "closed" | "deleted":
            return {"reach": _any(scope(viewer)), "state": view}


def _groups(viewer: Viewer) -> list[str]:
    return [f"group:{group}" for group in viewer.group_ids]


def _any(values: Iterable[str]) -> Any:
    """Return the condition that a field is one of the values."""
    wanted = list(values)
    return wanted[0] if len(wanted) == 1 else {"$in": wanted}
