"""Thin routes of the conversations: the inbox's boxes, transcripts, taking and ending."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_request, validate_response

from conversation import access, board, desk, handover, store, wrapup
from conversation.board import Board
from conversation.lifecycle import LimitReached
from conversation.model import Stint
from conversation.views import ConversationView, EntryView, conversation_view, entry_view
from conversation.wrapup import Ending
from core.db import Database
from core.http import database
from core.model import Value
from core.paging import Page, PageQuery
from people import store as people_store
from people.access import AgentActor, acting, customer_for
from ticketing.model import Level
from ticketing.shown import ShownTicket, shown

__all__ = ["LimitReached", "blueprint"]

blueprint = Blueprint("conversations", __name__, url_prefix="/api/v1")

Box = Literal["waiting", "mine", "group", "ended"]


class BoxQuery(PageQuery):
    """Which box of the inbox."""

    box: Box = "mine"
    q: str = Field("", max_length=200, description="Words that the name, subject, path or latest message must have")


class Counts(Value):
    """How many conversations are in each box, 1,001 meaning more than a thousand."""

    waiting: int
    mine: int
    group: int


class EntriesQuery(BaseModel):
    """Which part of a transcript."""

    since: int = Field(0, ge=0, le=9_999_998, description="Entries after this number, the earliest first")
    before: int | None = Field(None, ge=1, le=9_999_998, description="The latest entries before this number")
    limit: int = Field(50, ge=1, le=200)


class Transcript(Value):
    """Entries in ascending order."""

    items: list[EntryView]
    through: int = Field(description="The number up to which nothing is missing")
    complete: bool = Field(description="Whether there is nothing beyond the items in the direction asked for")


class EndRequest(BaseModel):
    """How a conversation ends, and what its ticket says (spec 4.7)."""

    model_config = ConfigDict(extra="ignore")

    outcome: Literal["solved", "unsolved", "refused"]
    reason: str = Field("", max_length=1_000, description="Needed for a refusal")
    subject: str = Field("", max_length=200)
    catalog_node_id: str | None = Field(None, max_length=64)
    type: str | None = Field(None, max_length=50)
    urgency: Level | None = None
    impact: Level | None = None
    tags: list[str] = Field(default_factory=list, max_length=30)
    group_id: str | None = Field(None, max_length=64)
    handler_id: str | None = Field(None, max_length=64)
    note: str = Field("", max_length=10_000)


class TransferRequest(BaseModel):
    """To whom a conversation is handed on: a colleague or a group (spec 4.3)."""

    model_config = ConfigDict(extra="ignore")

    agent_id: str | None = Field(None, min_length=1, max_length=64)
    group_id: str | None = Field(None, min_length=1, max_length=64)
    note: str = Field("", max_length=2_000, description="For the colleague; the customer never sees it")
    by_force: bool = Field(False, description="At once and without consent, for leaders (spec 4.6)")


class AssignRequest(BaseModel):
    """Who gets a waiting customer."""

    model_config = ConfigDict(extra="ignore")

    agent_id: str = Field(min_length=1, max_length=64)
    over_limit: bool = Field(False, description="Even though the agent's places are taken")


class InviteRequest(BaseModel):
    """Which colleague is asked to join in."""

    model_config = ConfigDict(extra="ignore")

    agent_id: str = Field(min_length=1, max_length=64)
    note: str = Field("", max_length=2_000)


class TimeLinesQuery(BaseModel):
    """How far back."""

    hours: int = Field(12, ge=1, le=168)


class TimeLines(Value):
    """Agents' states, each from its moment on until the next of the same agent."""

    items: list[Stint]


class Ended(Value):
    """The ended conversation and its ticket."""

    conversation: ConversationView
    ticket: ShownTicket


@blueprint.get("/conversations")
@tag(["conversations"])
@validate_querystring(BoxQuery)
@validate_response(Page[ConversationView])
async def list_conversations(query_args: BoxQuery) -> tuple[Page[ConversationView], int]:
    """Return one box of the inbox: those who wait, mine, my groups', or the ended ones."""
    actor, db = acting(), database()
    actor.require("conversation.read")
    plain_mine = query_args.box == "mine" and not query_args.q
    where = access.mine_and_offered(actor) if plain_mine else access.box_filter(actor, query_args.box, query_args.q)
    rows, following = await store.box(db, actor.tenant_id, where, query_args)
    return Page(items=[conversation_view(row) for row in rows], next=following), 200


@blueprint.get("/conversations/counts")
@tag(["conversations"])
@validate_response(Counts)
async def count_conversations() -> tuple[Counts, int]:
    """Return how many conversations are in each box."""
    actor, db = acting(), database()
    actor.require("conversation.read")
    counts = {
        box: await store.count(db, actor.tenant_id, access.box_filter(actor, box))
        for box in ("waiting", "mine", "group")
    }
    return Counts(**counts), 200


@blueprint.get("/conversations/<conversation_id>")
@tag(["conversations"])
@validate_response(ConversationView)
async def get_conversation(conversation_id: str) -> tuple[ConversationView, int]:
    """Return a conversation."""
    db = database()
    conversation = await access.transcript_for(db, acting(), conversation_id)
    return conversation_view(conversation, position=await store.place_of(db, conversation)), 200


@blueprint.get("/conversations/<conversation_id>/entries")
@tag(["conversations"])
@validate_querystring(EntriesQuery)
@validate_response(Transcript)
async def list_entries(conversation_id: str, query_args: EntriesQuery) -> tuple[Transcript, int]:
    """Return part of a transcript: after a number, or the latest before one."""
    actor, db = acting(), database()
    await access.transcript_for(db, actor, conversation_id)
    limit = query_args.limit
    found = await store.entries(
        db,
        actor.tenant_id,
        conversation_id,
        since=query_args.since,
        before=query_args.before,
        limit=limit,
    )
    through = found[-1].seq if found else query_args.since
    views = [entry_view(entry) for entry in found]
    return Transcript(items=views, through=through, complete=len(found) < limit), 200


@blueprint.post("/conversations/<conversation_id>/take")
@tag(["conversations"])
@validate_response(ConversationView)
async def take_conversation(conversation_id: str) -> tuple[ConversationView, int]:
    """Take a conversation that waits; refused when somebody was faster or the own limit is reached."""
    actor, db = acting(), database()
    actor.require("conversation.serve")
    await access.conversation_for(db, actor, conversation_id)
    agent = await people_store.agent(db, actor.tenant_id, actor.id)
    return conversation_view(await desk.take(db, agent, conversation_id, actor=actor.actor)), 200


@blueprint.post("/conversations/<conversation_id>/end")
@tag(["conversations"])
@validate_request(EndRequest)
@validate_response(Ended)
async def end_conversation(conversation_id: str, data: EndRequest) -> tuple[Ended, int]:
    """End a conversation in one of three ways; it becomes part of a ticket (spec 4.7)."""
    actor, db = acting(), database()
    actor.require("conversation.end")
    await access.conversation_for(db, actor, conversation_id)
    ending = Ending(**{**data.model_dump(), "tags": tuple(data.tags)})
    conversation, ticket = await wrapup.wrap_up(db, conversation_id, ending, actor=actor)
    return Ended(conversation=conversation_view(conversation), ticket=shown(ticket, actor.id)), 200


# --- changing hands, and company


@blueprint.post("/conversations/<conversation_id>/transfer")
@tag(["conversations"])
@validate_request(TransferRequest)
@validate_response(ConversationView)
async def transfer_conversation(conversation_id: str, data: TransferRequest) -> tuple[ConversationView, int]:
    """Hold a conversation out to a colleague or a group; the host stays until somebody accepts (spec 4.3)."""
    actor, db = await _at(conversation_id)
    to = data.model_dump(include={"agent_id", "group_id", "note", "by_force"})
    return conversation_view(await handover.hand_on(db, actor, conversation_id, **to)), 200


@blueprint.post("/conversations/<conversation_id>/offers/<offer_id>/accept")
@tag(["conversations"])
@validate_response(ConversationView)
async def accept_offer(conversation_id: str, offer_id: str) -> tuple[ConversationView, int]:
    """Accept a customer, a transfer or an invitation that was held out to me."""
    actor, db = acting(), database()
    actor.require("conversation.serve")
    return conversation_view(await handover.accept(db, actor, conversation_id, offer_id)), 200


@blueprint.post("/conversations/<conversation_id>/offers/<offer_id>/decline")
@tag(["conversations"])
@validate_response(ConversationView)
async def decline_offer(conversation_id: str, offer_id: str) -> tuple[ConversationView, int]:
    """Decline what was held out to me."""
    actor, db = acting(), database()
    actor.require("conversation.serve")
    return conversation_view(await handover.decline(db, actor, conversation_id, offer_id)), 200


@blueprint.post("/conversations/<conversation_id>/offers/<offer_id>/withdraw")
@tag(["conversations"])
@validate_response(ConversationView)
async def withdraw_offer(conversation_id: str, offer_id: str) -> tuple[ConversationView, int]:
    """Take back what I have held out."""
    actor, db = await _at(conversation_id)
    return conversation_view(await handover.withdraw(db, actor, conversation_id, offer_id)), 200


@blueprint.post("/conversations/<conversation_id>/take-over")
@tag(["conversations"])
@validate_response(ConversationView)
async def take_over_conversation(conversation_id: str) -> tuple[ConversationView, int]:
    """Take a conversation over from its silent host: colleagues after an alarm, leaders always (spec 4.5)."""
    actor, db = await _at(conversation_id)
    return conversation_view(await handover.take_over(db, actor, conversation_id)), 200


@blueprint.post("/conversations/<conversation_id>/assign")
@tag(["conversations"])
@validate_request(AssignRequest)
@validate_response(ConversationView)
async def assign_conversation(conversation_id: str, data: AssignRequest) -> tuple[ConversationView, int]:
    """Give a waiting customer to an agent, as a leader; over the agent's limit only when that is said (spec 4.6)."""
    actor, db = await _at(conversation_id)
    found = await handover.assign(db, actor, conversation_id, data.agent_id, over_limit=data.over_limit)
    return conversation_view(found), 200


@blueprint.post("/conversations/<conversation_id>/move-up")
@tag(["conversations"])
@validate_response(ConversationView)
async def move_up_conversation(conversation_id: str) -> tuple[ConversationView, int]:
    """Move a waiting customer to the front, as a leader (spec 4.6)."""
    actor, db = await _at(conversation_id)
    return conversation_view(await handover.move_up(db, actor, conversation_id)), 200


@blueprint.post("/conversations/<conversation_id>/invite")
@tag(["conversations"])
@validate_request(InviteRequest)
@validate_response(ConversationView)
async def invite_colleague(conversation_id: str, data: InviteRequest) -> tuple[ConversationView, int]:
    """Ask a colleague to join in beside me (spec 4.4)."""
    actor, db = await _at(conversation_id)
    return conversation_view(await handover.invite(db, actor, conversation_id, data.agent_id, note=data.note)), 200


@blueprint.post("/conversations/<conversation_id>/join")
@tag(["conversations"])
@validate_response(ConversationView)
async def join_conversation(conversation_id: str) -> tuple[ConversationView, int]:
    """Join a running conversation beside its host, as a leader (spec 4.6)."""
    actor, db = await _at(conversation_id)
    return conversation_view(await handover.join(db, actor, conversation_id)), 200


@blueprint.delete("/conversations/<conversation_id>/guests/<guest_id>")
@tag(["conversations"])
@validate_response(ConversationView)
async def part_from_guest(conversation_id: str, guest_id: str) -> tuple[ConversationView, int]:
    """Leave as a guest, or remove one as the host (spec 4.4)."""
    actor, db = await _at(conversation_id)
    return conversation_view(await handover.part(db, actor, conversation_id, guest_id)), 200


async def _at(conversation_id: str) -> tuple[AgentActor, Database]:
    """Return who acts, and on what, once it is known that the actor may see the conversation and serve."""
    actor, db = acting(), database()
    actor.require("conversation.serve")
    await access.conversation_for(db, actor, conversation_id)
    return actor, db


# --- the board of leaders


@blueprint.get("/board")
@tag(["board"])
@validate_response(Board)
async def get_board() -> tuple[Board, int]:
    """Return every desk and agent as they are at this moment, for leaders and the wall (spec 4.6, 10.2)."""
    actor, db = acting(), database()
    actor.require("conversation.monitor")
    return await board.board(db, actor), 200


@blueprint.get("/board/conversations")
@tag(["board"])
@validate_querystring(PageQuery)
@validate_response(Page[ConversationView])
async def list_live(query_args: PageQuery) -> tuple[Page[ConversationView], int]:
    """Return all waiting and running conversations within my scope, the newest first (spec 4.6)."""
    actor, db = acting(), database()
    actor.require("conversation.monitor")
    rows, following = await store.box(db, actor.tenant_id, access.live_filter(actor), query_args)
    return Page(items=[conversation_view(row) for row in rows], next=following), 200


@blueprint.get("/board/time-lines")
@tag(["board"])
@validate_querystring(TimeLinesQuery)
@validate_response(TimeLines)
async def list_time_lines(query_args: TimeLinesQuery) -> tuple[TimeLines, int]:
    """Return when each agent was free, busy or away, since a moment (spec 4.6)."""
    actor, db = acting(), database()
    actor.require("conversation.monitor")
    return TimeLines(items=await board.time_lines(db, actor, hours=query_args.hours)), 200


@blueprint.get("/customers/<customer_id>/conversations")
@tag(["customers"])
@validate_querystring(PageQuery)
@validate_response(Page[ConversationView])
async def list_customer_conversations(customer_id: str, query_args: PageQuery) -> tuple[Page[ConversationView], int]:
    """Return a customer's conversations, the newest first."""
    actor, db = acting(), database()
    actor.require("conversation.read")
    await customer_for(db, actor, customer_id)
    rows, following = await store.box(db, actor.tenant_id, {"customer.id": customer_id}, query_args)
    seen = [conversation_view(row) for row in rows if access.is_seen_by(actor, row)]
    return Page(items=seen, next=following), 200
