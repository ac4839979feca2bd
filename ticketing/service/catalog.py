"""How administrators edit the service catalog and the priority matrix (spec 5.2, 5.3)."""

from __future__ import annotations

from core import rooms
from core.db import Change, Database, Insert, Remove, Save, retried
from core.errors import N_, Duplicate, Stale
from core.events import Event
from core.ids import new_id
from people import audit
from people.access import AgentActor
from people.errors import InUse, wrong
from ticketing import catalog, store
from ticketing.drafts import NodeDraft, NodeEdit
from ticketing.matrix import Matrix
from ticketing.model import CatalogNode, Level, Priority
from ticketing.service.shared import group_named


@retried
async def add_node(db: Database, draft: NodeDraft, *, actor: AgentActor) -> CatalogNode:
    """Add an entry to the catalog.

    Raises:
        Forbidden: the role does not allow it.
        Invalid: the place above or the group does not exist, the name is in use there, or the tree would grow too deep.
    """
    actor.require("catalog.manage")
    node = CatalogNode(id=new_id(db.now()), tenant_id=actor.tenant_id, **draft.model_dump())
    reshape = await _checked(db, node)
    await _commit(db, Insert(node), reshape, _told(db, "CatalogNodeAdded", actor, None, node))
    return node


@retried
async def change_node(db: Database, node_id: str, changes: NodeEdit, *, actor: AgentActor) -> CatalogNode:
    """Change or move an entry; tickets keep the path as it was called when they were filed.

    Raises:
        Stale: somebody saved in between.
        Forbidden, NotFound, Invalid: as in `add_node`.
    """
    actor.require("catalog.manage")
    was = await store.catalog_node(db, actor.tenant_id, node_id)
    if was.version != changes.version:
        raise Stale(was)
    node = was.changed(**{name: getattr(changes, name) for name in changes.model_fields_set - {"version"}})
    reshape = await _checked(db, node)
    await _commit(db, Save(node, was), reshape, _told(db, "CatalogNodeChanged", actor, was, node))
    return node


@retried
async def remove_node(db: Database, node_id: str, *, actor: AgentActor) -> None:
    """Take an entry out of the catalog; tickets that were filed there keep its name.

    Raises:
        InUse: there are entries below it.
        Forbidden, NotFound: as everywhere.
    """
    actor.require("catalog.manage")
    shape = await store.catalog_shape(db, actor.tenant_id)
    node = await store.catalog_node(db, actor.tenant_id, node_id)
    if catalog.below(await store.catalog(db, actor.tenant_id), node.id):
        raise InUse(N_("There are entries below this one. Move or delete them first."))
    told = _told(db, "CatalogNodeRemoved", actor, node, None)
    await _commit(db, Remove(node), store.reshape(actor.tenant_id, shape), told)


@retried
async def set_priority(db: Database, *, urgency: Level, impact: Level, priority: Priority, actor: AgentActor) -> Matrix:
    """Change one cell of the priority matrix (spec 5.3); tickets that exist keep the priority they have.

    Raises:
        Forbidden: the role does not allow it.
    """
    actor.require("settings.manage")
    now = db.now()
    was = await store.matrix(db, actor.tenant_id)
    matrix = was.edited(urgency=urgency, impact=impact, priority=priority)
    told = audit.told(
        "PriorityMatrixChanged", tenant_id=actor.tenant_id, subject=("tenant", actor.tenant_id), actor=actor.actor,
        now=now, audience=(rooms.agents_of(actor.tenant_id),), before=was.model_dump(), after=matrix.model_dump(),
    )  # fmt: skip
    await db.commit(store.save_matrix(actor.tenant_id, matrix), events=[told])
    return matrix


async def _checked(db: Database, node: CatalogNode) -> Change:
    """Return the change that holds the tree as it was when the node was found to fit into it."""
    shape = await store.catalog_shape(db, node.tenant_id)
    catalog.check_fits(await store.catalog(db, node.tenant_id), node)
    if node.group_id:
        await group_named(db, node.tenant_id, node.group_id)
    return store.reshape(node.tenant_id, shape)


async def _commit(db: Database, change: Change, reshape: Change, told: Event) -> None:
    try:
        await db.commit(change, reshape, events=[told])
    except Duplicate as taken:
        raise wrong("name", N_("There is an entry of this name in the same place. Choose another name.")) from taken


def _told(db: Database, name: str, actor: AgentActor, was: CatalogNode | None, became: CatalogNode | None) -> Event:
    return audit.event(
        name, was=was, became=became, actor=actor.actor, now=db.now(), audience=(rooms.agents_of(actor.tenant_id),)
    )
