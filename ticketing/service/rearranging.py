"""How what was said moves between tickets: split, merge, and the merge taken back (spec 5.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.db import Change, Database, retried
from core.errors import N_, NotFound
from core.message import Happening, files_of
from people.access import AgentActor
from ticketing import rearranging, store
from ticketing.access import ticket_for
from ticketing.model import Ticket, TicketEntry
from ticketing.rearranging import SAID
from ticketing.store import MoveEntries

#: Gives what a channel moves along: (entries, from, to) → changes for the same commit.
Along = Callable[[Sequence[TicketEntry], Ticket, Ticket], Sequence[Change]]


def nothing(*_: object) -> Sequence[Change]:
    """Move nothing along."""
    return ()


@retried
async def split(
    db: Database,
    ticket_id: str,
    entry_id: str,
    *,
    subject: str = "",
    with_following: bool = True,
    actor: AgentActor,
    along: Along = nothing,
) -> Ticket:
    """Make a message of a ticket, and what was said after it, a ticket of its own; return that.

    Raises:
        Forbidden, NotFound: as everywhere; there is no such message.
        Invalid: nothing would be left.
    """
    ticket = await ticket_for(db, actor, ticket_id, permission="ticket.edit")
    actor.require("ticket.create")
    entries = await store.said_in(db, actor.tenant_id, ticket.id)
    if entry_id not in {entry.id for entry in entries}:
        raise NotFound(N_("There is no such message."))
    moved = [one for one in entries if one.id == entry_id or (with_following and one.id > entry_id)]
    staying = [one for one in entries if one not in moved]
    old, new = rearranging.split(
        ticket, moved, staying, subject=subject.strip(), actor=actor.actor, now=db.now(),
        matrix=await store.matrix(db, actor.tenant_id),
    )  # fmt: skip
    last = store.changes(new)[-1]
    assert isinstance(last, store.InsertTicket)
    await db.commit(
        *_moves(moved, ticket, new.ticket), *along(moved, ticket, new.ticket), *store.changes(old),
        *store.changes(new)[:-1], last, events=(*old.events, *new.events), jobs=(*old.jobs, *new.jobs),
    )  # fmt: skip
    return last.stored


@retried
async def merge(db: Database, ticket_id: str, into_id: str, *, actor: AgentActor, along: Along = nothing) -> Ticket:
    """Make a ticket part of another one; return that.

    Raises:
        Forbidden, NotFound: as everywhere, for both.
        Invalid: one of them is closed, deleted or in quarantine.
    """
    ticket = await ticket_for(db, actor, ticket_id, permission="ticket.edit")
    into = await ticket_for(db, actor, into_id, permission="ticket.edit")
    moved = await store.said_in(db, actor.tenant_id, ticket.id)
    gone, kept = rearranging.merge(ticket, into, moved, actor=actor.actor, now=db.now())
    await db.commit(
        *_moves(moved, ticket, into), *along(moved, ticket, into), *store.changes(gone), *store.changes(kept),
        events=(*gone.events, *kept.events), jobs=(*gone.jobs, *kept.jobs),
    )  # fmt: skip
    return kept.ticket


@retried
async def unmerge(db: Database, into_id: str, ticket_id: str, *, actor: AgentActor, along: Along = nothing) -> Ticket:
    """Take a merge back: what came from the other ticket goes there again; return that one.

    What was said since the merge stays.

    Raises:
        Forbidden, NotFound: as everywhere.
        Invalid: it was taken back already.
    """
    into = await ticket_for(db, actor, into_id, permission="ticket.edit")
    ticket = await store.ticket(db, actor.tenant_id, ticket_id)
    left, back = rearranging.part(into, ticket, actor=actor.actor, now=db.now())
    ids = set(await _merged(db, into, ticket))
    moved = [entry for entry in await store.said_in(db, actor.tenant_id, into.id) if entry.id in ids]
    await db.commit(
        *_moves(moved, into, ticket), *along(moved, into, ticket), *store.changes(left), *store.changes(back),
        events=(*left.events, *back.events), jobs=(*left.jobs, *back.jobs),
    )  # fmt: skip
    return back.ticket


async def _merged(db: Database, into: Ticket, ticket: Ticket) -> Sequence[str]:
    """Return what came with the latest merge of a ticket into another."""
    for line in reversed(await store.happened_in(db, into.tenant_id, into.id, "merged")):
        for part in line.parts:
            if isinstance(part, Happening) and part.name == "merged" and part.data["ticket_id"] == ticket.id:
                return tuple(part.data["entry_ids"])
    return ()


def _moves(moved: Sequence[TicketEntry], was: Ticket, to: Ticket) -> list[Change]:
    files = [file for entry in moved if entry.kind in SAID for file in files_of(entry.parts)]
    return [MoveEntries(was.tenant_id, tuple(entry.id for entry in moved), was.id, to.id, tuple(files))]
