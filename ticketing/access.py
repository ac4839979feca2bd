"""The only way for an API to get at a ticket: tenant, data scope and permission are checked here (spec 1.2)."""

from __future__ import annotations

from core.db import Database
from core.errors import N_, NotFound
from people.access import AgentActor
from people.permissions import Permission
from ticketing import store
from ticketing.model import Ticket
from ticketing.views import may_see


async def ticket_for(
    db: Database, actor: AgentActor, ticket_id: str, *, permission: Permission = "ticket.read"
) -> Ticket:
    """Return a ticket within the actor's scope, for what ``permission`` allows.

    Raises:
        Forbidden: the actor's role does not allow that.
        NotFound: there is none in this tenant and scope.
    """
    actor.require("ticket.read", permission)
    ticket = await store.ticket(db, actor.tenant_id, ticket_id)
    if not may_see(actor, ticket):
        raise NotFound(N_("There is no such ticket, or it belongs to other groups."))
    return ticket
