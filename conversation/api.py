"""Thin routes of the conversations: the inbox's boxes, transcripts, taking and ending."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_request, validate_response

from conversation import access, service, store, wrapup
from conversation.lifecycle import LimitReached
from conversation.views import ConversationView, EntryView, conversation_view, entry_view
from conversation.wrapup import Ending
from core.http import database
from core.model import Value
from core.paging import Page, PageQuery
from people import store as people_store
from people.access import acting, customer_for
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
    where = access.box_filter(actor, query_args.box, query_args.q)
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
    return conversation_view(await service.take(db, agent, conversation_id, actor=actor.actor)), 200


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
