"""The routes that put mails where they belong: split off, merged, and the merge taken back (docs/wire.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from quart import Blueprint
from quart_schema import tag_blueprint, validate_request, validate_response

from channels.email import store
from core.db import Change
from core.http import database
from people.access import acting
from ticketing import service as tickets
from ticketing.model import MAX_SUBJECT, Ticket, TicketEntry
from ticketing.shown import ShownTicket, shown

blueprint = Blueprint("mail_threads", __name__, url_prefix="/api/v1")
tag_blueprint(blueprint, ["Tickets"])

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class SplitBody(BaseModel):
    """What the new ticket is called, and what goes there."""

    subject: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_SUBJECT)] = Field(
        "", description="Empty: the beginning of the message"
    )
    with_following: bool = Field(True, description="Also everything that was said after it")


class MergeBody(BaseModel):
    """Where a ticket goes."""

    into_id: Id = Field(description="The ticket that it becomes part of")


class UnmergeBody(BaseModel):
    """What is taken back."""

    ticket_id: Id = Field(description="The ticket that was merged into this one")


def _mails_of(moved: Sequence[TicketEntry], was: Ticket, to: Ticket) -> Sequence[Change]:
    return [store.move_mails(was.tenant_id, was.id, to.id, entry_ids=[entry.id for entry in moved])]


def _all_mails(_: Sequence[TicketEntry], was: Ticket, to: Ticket) -> Sequence[Change]:
    return [store.move_mails(was.tenant_id, was.id, to.id)]


@blueprint.post("/tickets/<ticket_id>/entries/<entry_id>/split")
@validate_request(SplitBody)
@validate_response(ShownTicket, 201)
async def split_ticket(ticket_id: str, entry_id: str, data: SplitBody) -> tuple[ShownTicket, int]:
    """Make a message, and what follows it, a ticket of its own

    Mails that answer what went there follow it.
    """
    actor = acting()
    new = await tickets.split(
        database(), ticket_id, entry_id, subject=data.subject, with_following=data.with_following, actor=actor,
        along=_mails_of,
    )  # fmt: skip
    return shown(new, actor.id), 201


@blueprint.post("/tickets/<ticket_id>/merge")
@validate_request(MergeBody)
@validate_response(ShownTicket)
async def merge_ticket(ticket_id: str, data: MergeBody) -> ShownTicket:
    """Make a ticket part of another one

    Its messages move there, and mails that answer them follow; it can be taken back. The answer is the other ticket.
    """
    actor = acting()
    return shown(await tickets.merge(database(), ticket_id, data.into_id, actor=actor, along=_all_mails), actor.id)


@blueprint.post("/tickets/<ticket_id>/unmerge")
@validate_request(UnmergeBody)
@validate_response(ShownTicket)
async def unmerge_ticket(ticket_id: str, data: UnmergeBody) -> ShownTicket:
    """Take back that another ticket was merged into this one

    What was said since then stays. The answer is the ticket that is there again.
    """
    actor = acting()
    back = await tickets.unmerge(database(), ticket_id, data.ticket_id, actor=actor, along=_mails_of)
    return shown(back, actor.id)
