"""The routes of tickets and the service catalog (docs/wire.md); thin: check, call, show."""

from __future__ import annotations

from pydantic import Field
from quart import Blueprint
from quart_schema import tag, tag_blueprint, validate_querystring, validate_request, validate_response

from core.http import database
from core.model import Value
from core.paging import Page, PageQuery
from people.access import acting, customer_for
from people.api.shared import showing
from ticketing import service, store
from ticketing.access import ticket_for
from ticketing.drafts import Assignment, NewTicket, NodeDraft, NodeEdit, Note, Reply, TicketEdit
from ticketing.model import CatalogNode, Level, Ticket
from ticketing.search import typed
from ticketing.shown import ShownEntry, ShownTicket, shown, shown_entry
from ticketing.views import VIEWS, View, scope, view_filter

blueprint = Blueprint("tickets", __name__, url_prefix="/api/v1")
tag_blueprint(blueprint, ["Tickets"])


class TicketQuery(PageQuery):
    """Which tickets to list."""

    view: View = Field("all", description="A built-in view")
    q: str = Field("", max_length=500, description="Words and fields, like `status:open tag:vpn 打印机` or `#9`")


class ThreadQuery(Value):
    """Which lines of a thread: the latest, or those before one."""

    before: str | None = Field(None, max_length=64, description="The `next` of the page before: older lines")
    limit: int = Field(50, ge=1, le=100)


class Count(Value):
    """How many tickets a view has; `capped`: at least so many."""

    count: int
    capped: bool


class ShownNode(Value):
    """An entry of the service catalog."""

    id: str
    version: int
    parent_id: str | None
    name: str
    group_id: str | None
    type: str | None
    urgency: Level | None
    impact: Level | None
    order: int
    skills: tuple[str, ...]


async def _as_seen(ticket: Ticket) -> ShownTicket:
    return shown(ticket, acting().id)


def _page(tickets: tuple[list[Ticket], str | None]) -> Page[ShownTicket]:
    found, following = tickets
    return Page(items=[shown(ticket, acting().id) for ticket in found], next=following)


@blueprint.get("/tickets")
@validate_querystring(TicketQuery)
@validate_response(Page[ShownTicket])
async def list_tickets(query_args: TicketQuery) -> Page[ShownTicket]:
    """List the tickets of a view

    Within your data scope, the latest changed first. `q` searches in the view; words bring the latest opened first.
    """
    actor = acting()
    actor.require("ticket.read")
    view = view_filter(query_args.view, actor)
    index = "stars" if query_args.view == "starred" else "views"
    if not query_args.q.strip():
        return _page(await store.listed(database(), actor.tenant_id, view, index=index, query=query_args))
    search = typed(query_args.q, me=actor.id)
    return _page(await store.searched(database(), actor.tenant_id, view, search, index=index, query=query_args))


@blueprint.get("/tickets/counts")
@validate_response(dict[View, Count])
async def count_tickets() -> dict[View, Count]:
    """Count the tickets of every view

    Each within your data scope; counting stops at 1,001.
    """
    actor = acting()
    actor.require("ticket.read")
    counts: dict[View, Count] = {}
    for view in VIEWS:
        index = "stars" if view == "starred" else "views"
        found = await store.count(database(), actor.tenant_id, view_filter(view, actor), index=index)
        counts[view] = Count(count=min(found, store.COUNT_CAP - 1), capped=found >= store.COUNT_CAP)
    return counts


@blueprint.post("/tickets")
@validate_request(NewTicket)
@validate_response(ShownTicket, 201)
async def open_ticket(data: NewTicket) -> tuple[ShownTicket, int]:
    """Open a ticket by hand

    What is left out comes from the catalog entry; without a group the responsible one gets it.
    """
    ticket = await service.open_by_hand(database(), data, actor=acting())
    return shown(ticket, acting().id), 201


@blueprint.get("/tickets/<ticket_id>")
@validate_response(ShownTicket)
async def get_ticket(ticket_id: str) -> ShownTicket:
    """Show a ticket"""
    return shown(await ticket_for(database(), acting(), ticket_id), acting().id)


@blueprint.patch("/tickets/<ticket_id>")
@validate_request(TicketEdit)
@validate_response(ShownTicket)
async def edit_ticket(ticket_id: str, data: TicketEdit) -> ShownTicket:
    """Change a ticket's fields or state

    A save over somebody else's change is refused (409) and shows the ticket as it is now.
    """
    async with showing(_as_seen):
        return await _as_seen(await service.edit(database(), ticket_id, data, actor=acting()))


@blueprint.get("/tickets/<ticket_id>/entries")
@validate_querystring(ThreadQuery)
@validate_response(Page[ShownEntry])
async def list_entries(ticket_id: str, query_args: ThreadQuery) -> Page[ShownEntry]:
    """Read a ticket's thread

    The latest lines in the order they were written; `next` is the `before` of the older ones.
    """
    actor = acting()
    ticket = await ticket_for(database(), actor, ticket_id)
    entries, older = await store.thread(
        database(), ticket.tenant_id, ticket.id, before=query_args.before, limit=query_args.limit
    )
    return Page(items=[shown_entry(entry, actor.language) for entry in entries], next=older)


@blueprint.post("/tickets/<ticket_id>/replies")
@validate_request(Reply)
@validate_response(ShownEntry, 201)
async def reply_to_ticket(ticket_id: str, data: Reply) -> tuple[ShownEntry, int]:
    """Answer the customer

    A new ticket becomes open by it, or what `state` says.
    """
    decision = await service.reply(database(), ticket_id, data, actor=acting())
    return shown_entry(decision.entries[0], acting().language), 201


@blueprint.post("/tickets/<ticket_id>/notes")
@validate_request(Note)
@validate_response(ShownEntry, 201)
async def write_note(ticket_id: str, data: Note) -> tuple[ShownEntry, int]:
    """Write a note

    Notes never leave the desk.
    """
    decision = await service.write_note(database(), ticket_id, data.parts, actor=acting())
    return shown_entry(decision.entries[0], acting().language), 201


@blueprint.post("/tickets/<ticket_id>/take")
@validate_response(ShownTicket)
async def take_ticket(ticket_id: str) -> ShownTicket:
    """Take a ticket that nobody handles

    Who comes second is told who was first (409 `taken` with `handler`).
    """
    return shown(await service.take(database(), ticket_id, actor=acting()), acting().id)


@blueprint.post("/tickets/<ticket_id>/assign")
@validate_request(Assignment)
@validate_response(ShownTicket)
async def assign_ticket(ticket_id: str, data: Assignment) -> ShownTicket:
    """Assign a ticket to a group or an agent"""
    async with showing(_as_seen):
        return await _as_seen(await service.assign(database(), ticket_id, data, actor=acting()))


@blueprint.put("/tickets/<ticket_id>/star")
async def star_ticket(ticket_id: str) -> tuple[str, int]:
    """Star a ticket

    A mark for yourself; nobody else sees it.
    """
    await service.star(database(), ticket_id, starred=True, actor=acting())
    return "", 204


@blueprint.delete("/tickets/<ticket_id>/star")
async def unstar_ticket(ticket_id: str) -> tuple[str, int]:
    """Take the star off a ticket"""
    await service.star(database(), ticket_id, starred=False, actor=acting())
    return "", 204


@blueprint.post("/tickets/<ticket_id>/restore")
@validate_response(ShownTicket)
async def restore_ticket(ticket_id: str) -> ShownTicket:
    """Restore a deleted ticket

    To the state it had, within 30 days.
    """
    return shown(await service.restore(database(), ticket_id, actor=acting()), acting().id)


@blueprint.get("/customers/<customer_id>/tickets")
@validate_querystring(PageQuery)
@validate_response(Page[ShownTicket])
async def list_tickets_of_customer(customer_id: str, query_args: PageQuery) -> Page[ShownTicket]:
    """List a customer's tickets

    The latest changed first, within your data scope.
    """
    actor = acting()
    actor.require("ticket.read")
    customer = await customer_for(database(), actor, customer_id)
    return _page(
        await store.of_customer(database(), actor.tenant_id, customer.id, scope=scope(actor), query=query_args)
    )


@blueprint.get("/catalog")
@tag(["Service catalog"])
@validate_response(Page[ShownNode])
async def get_catalog() -> Page[ShownNode]:
    """Show the service catalog

    All of it on one page, siblings in their order; `parent_id` makes the tree.
    """
    nodes = await store.catalog(database(), acting().tenant_id)
    return Page(items=[await _shown_node(node) for node in nodes])


@blueprint.post("/catalog")
@tag(["Service catalog"])
@validate_request(NodeDraft)
@validate_response(ShownNode, 201)
async def add_catalog_node(data: NodeDraft) -> tuple[ShownNode, int]:
    """Add an entry to the service catalog"""
    return await _shown_node(await service.add_node(database(), data, actor=acting())), 201


@blueprint.patch("/catalog/<node_id>")
@tag(["Service catalog"])
@validate_request(NodeEdit)
@validate_response(ShownNode)
async def change_catalog_node(node_id: str, data: NodeEdit) -> ShownNode:
    """Change or move an entry of the service catalog"""
    async with showing(_shown_node):
        return await _shown_node(await service.change_node(database(), node_id, data, actor=acting()))


@blueprint.delete("/catalog/<node_id>")
@tag(["Service catalog"])
async def remove_catalog_node(node_id: str) -> tuple[str, int]:
    """Take an entry out of the service catalog

    Tickets that were filed there keep its name.
    """
    await service.remove_node(database(), node_id, actor=acting())
    return "", 204


async def _shown_node(node: CatalogNode) -> ShownNode:
    return ShownNode(**node.model_dump(include=set(ShownNode.model_fields)))
