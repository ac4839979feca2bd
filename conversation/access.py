"""The only ways for an API to get at a conversation: tenant, data scope and permission are checked (spec 1.2)."""

from __future__ import annotations

import re
from typing import Any

from conversation import store
from conversation.model import Conversation, Offer
from core.db import Database
from core.errors import N_, Forbidden, NotFound
from people.access import AgentActor
from ticketing.access import ticket_for

SEARCHED = ("customer.name", "subject", "catalog_path", "last_message.text")
MOST_WORDS = 6


def is_seen_by(actor: AgentActor, conversation: Conversation) -> bool:
    """Return whether the conversation is within the actor's data scope; one's own desks' queues always are."""
    if conversation.tenant_id != actor.tenant_id:
        return False
    if actor.scope == "all" or actor.id in conversation.served_by or conversation.guest(actor.id):
        return True
    if conversation.offer and is_asked(actor, conversation.offer):
        return True
    at_my_desk = conversation.desk is not None and conversation.desk.id in actor.group_ids
    return at_my_desk and (actor.scope == "groups" or conversation.state == "waiting")


def is_asked(actor: AgentActor, offer: Offer) -> bool:
    """Return whether something is held out to the actor, or to a group of the actor."""
    return bool((offer.agent and offer.agent.id == actor.id) or (offer.group and offer.group.id in actor.group_ids))


def is_leader(actor: AgentActor, conversation: Conversation) -> bool:
    """Return whether the actor watches over this conversation."""
    return actor.may("conversation.monitor") and is_seen_by(actor, conversation)


async def conversation_for(db: Database, actor: AgentActor, conversation_id: str) -> Conversation:
    """Return a conversation that the actor may see, and act on as far as the role allows.

    Raises:
        Forbidden: the actor may see no conversations at all.
        NotFound: there is none in this tenant and scope.
    """
    actor.require("conversation.read")
    conversation = await store.conversation(db, actor.tenant_id, conversation_id)
    if not is_seen_by(actor, conversation):
        raise _hidden()
    return conversation


async def transcript_for(db: Database, actor: AgentActor, conversation_id: str) -> Conversation:
    """Return a conversation that the actor may read: within the scope, or part of a ticket that is (spec 4.7).

    Raises:
        Forbidden: the actor may see no conversations at all.
        NotFound: there is none in this tenant that the actor may read.
    """
    actor.require("conversation.read")
    conversation = await store.conversation(db, actor.tenant_id, conversation_id)
    if not is_seen_by(actor, conversation) and not await _has_ticket_seen_by(db, actor, conversation):
        raise _hidden()
    return conversation


async def _has_ticket_seen_by(db: Database, actor: AgentActor, conversation: Conversation) -> bool:
    for ticket_id in conversation.ticket_ids:
        try:
            await ticket_for(db, actor, ticket_id)
        except (NotFound, Forbidden):
            continue
        return True
    return False


def _hidden() -> NotFound:
    return NotFound(N_("There is no such conversation, or it belongs to another desk."))


def box_filter(actor: AgentActor, box: str, words: str = "") -> dict[str, Any]:
    """Return the filter for one of the inbox's boxes: ``waiting``, ``mine``, ``group`` or ``ended``.

    ``words`` must all stand in the customer's name, the subject, the path or the latest message. The indexes of the
    boxes bound what is looked at; everything that was ever said is found through its ticket.
    """
    found = _box(actor, box)
    for word in words.replace("\0", " ").split()[:MOST_WORDS]:  # no regular expression holds a NUL
        pattern = {"$regex": re.escape(word), "$options": "i"}
        found.setdefault("$and", []).append({"$or": [{field: pattern} for field in SEARCHED]})
    return found


def mine_and_offered(actor: AgentActor) -> dict[str, Any]:
    """Return the filter for what an agent serves or sits in, and for what is held out to the agent, wherever it is."""
    me = {"$eq": actor.id, "$type": "string"}  # $type repeats the partial indexes' filters
    mine_groups = {"$in": list(actor.group_ids), "$type": "string"}
    held_out: list[dict[str, Any]] = [{"offer.agent.id": me}, {"offer.group.id": mine_groups}]
    ways: list[dict[str, Any]] = [{"state": "running", "host.id": actor.id}, {"guests.id": me}, *held_out]
    return {"$or": [{"tenant_id": actor.tenant_id, **way} for way in ways]}  # in each: so that each finds its index


def live_filter(actor: AgentActor) -> dict[str, Any]:
    """Return the filter for everything that waits or runs within the actor's scope."""
    desks = {} if actor.scope == "all" else {"desk.id": {"$in": list(actor.group_ids)}}
    return {"state": {"$in": ["waiting", "running"]}, **desks}


def _box(actor: AgentActor, box: str) -> dict[str, Any]:
    desks = {} if actor.scope == "all" else {"desk.id": {"$in": list(actor.group_ids)}}
    match box:
        case "waiting":
            return {"state": "waiting", **desks}
        case "mine":
            return {"state": "running", "host.id": actor.id}
        case "group":
            others = desks if actor.scope != "own" else {"host.id": actor.id}
            return {"state": "running", **others}
        case _:
            mine = {"served_by": actor.id} if actor.scope == "own" else desks
            return {"state": "ended", **mine}
