"""The service catalog as a tree: paths, presets, and what keeps it a tree of at most 5 levels (spec 5.2, 5.3). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from core.errors import N_, Invalid
from ticketing.model import CATALOG_LEVELS, CatalogNode, Place


def path(nodes: Iterable[CatalogNode], node_id: str) -> list[CatalogNode]:
    """Return the nodes from the root down to this one.

    Raises:
        Invalid: there is no such node.
    """
    known = {node.id: node for node in nodes}
    found: list[CatalogNode] = []
    wanted: str | None = node_id
    while wanted is not None:
        node = known.pop(wanted, None)  # popped: a circle, should one ever be stored, ends here too
        if node is None:
            message = N_("This entry of the catalog does not exist any more. Choose another one.")
            raise Invalid(message, errors=[{"field": "catalog_node_id", "message": message}])
        found.append(node)
        wanted = node.parent_id
    return found[::-1]


def place(nodes: Iterable[CatalogNode], node_id: str) -> Place:
    """Return a node as a ticket remembers it; what a node leaves open, the nearest one above it decides.

    Raises:
        Invalid: there is no such node.
    """
    steps = path(nodes, node_id)
    nearest = steps[::-1]
    return Place(
        id=node_id,
        path=tuple(step.name for step in steps),
        ids=tuple(step.id for step in steps),
        group_id=next((step.group_id for step in nearest if step.group_id), None),
        type=next((step.type for step in nearest if step.type), None),
        urgency=next((step.urgency for step in nearest if step.urgency), None),
        impact=next((step.impact for step in nearest if step.impact), None),
    )


def below(nodes: Iterable[CatalogNode], node_id: str) -> set[str]:
    """Return the ids of all nodes below a node."""
    children: dict[str | None, list[str]] = {}
    for node in nodes:
        children.setdefault(node.parent_id, []).append(node.id)
    found: set[str] = set()
    waiting = [node_id]
    while waiting:
        for child in children.get(waiting.pop(), []):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def check_fits(nodes: list[CatalogNode], node: CatalogNode) -> None:
    """Make sure that a new, changed or moved node leaves the catalog a tree of at most 5 levels.

    Raises:
        Invalid: its parent does not exist or lies below it, or the tree would grow too deep.
    """
    if node.parent_id is None:
        above = 0
    elif node.parent_id == node.id or node.parent_id in below(nodes, node.id):
        raise _wrong(N_("An entry cannot be moved below itself. Choose another place for it."))
    else:
        try:
            above = len(path(nodes, node.parent_id))
        except Invalid as missing:
            raise _wrong(N_("The entry above it does not exist any more. Choose another place for it.")) from missing
    if above + _height(nodes, node.id) > CATALOG_LEVELS:
        raise _wrong(N_("The catalog has at most {levels} levels. Choose a place higher up."), levels=CATALOG_LEVELS)


def _height(nodes: list[CatalogNode], node_id: str) -> int:
    """Return how many levels a node takes: itself and those below it."""
    inside = below(nodes, node_id)
    known = [node for node in nodes if node.id in inside]
    height, level = 1, {node_id}
    while level := {node.id for node in known if node.parent_id in level}:
        height += 1
    return height


def _wrong(message: str, **facts: object) -> Invalid:
    return Invalid(message, errors=[{"field": "parent_id", "message": message}], **facts)
