"""Routes that need more than one package: me with my seat, colleagues, files, what was pushed, dead jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import tag, validate_querystring, validate_request, validate_response

from conversation import presence, seat_store, store
from conversation.access import is_seen_by
from conversation.model import Conversation
from core import jobs
from core.events import Event
from core.http import Uploaded, database, received_file, sent_file
from core.model import Record, Value
from core.paging import Page, PageQuery
from gateway import replies
from gateway.delivery import shown_to_agents
from gateway.reading import file_for
from gateway.store import events_since, subjects_of
from people import store as people_store
from people.access import AgentActor, acting
from people.api import AgentView, agent_view
from people.service import profile as profiles
from people.service.profile import Profile
from ticketing.access import ticket_for
from ticketing.model import Ticket
from ticketing.shown import ShownEntry, shown_entry
from ticketing.views import may_see

blueprint = Blueprint("gateway", __name__, url_prefix="/api/v1")

EVENTS_AT_MOST = 500


class Me(Profile):
    """Who is signed in, with the seat at the desks."""

    limit: int
    hosting: int
    status: str
    absence: str | None = Field(None, description="Why I am away though connected: chosen, silent or idle")


class Colleague(AgentView):
    """An agent with the state that colleagues see."""

    limit: int
    hosting: int
    status: str


class Limit(BaseModel):
    """How many conversations an agent wants to host at once."""

    model_config = ConfigDict(extra="ignore")

    limit: int = Field(description="0 = busy")


class Away(BaseModel):
    """Whether an agent is away."""

    model_config = ConfigDict(extra="ignore")

    away: bool


class Pushed(Value):
    """An object as it is now, as live events bring it."""

    id: str = Field(description="The event's id: the next `since`")
    name: str
    data: dict[str, Any]


class Missed(Value):
    """What was pushed to me since an event."""

    events: list[Pushed]
    through: str
    complete: bool = Field(description="False: too much happened; load the lists again")


class Since(BaseModel):
    """From where on."""

    since: str = Field(min_length=26, max_length=26, pattern="^[0-9A-HJKMNP-TV-Z]{26}$")


class DeadJob(Value):
    """Background work that was given up, with the reason."""

    key: str
    kind: str
    due_at: datetime | None
    dead_at: datetime
    attempts: int
    error: str


async def me(actor: AgentActor) -> Me:
    """Return the signed-in agent with the seat."""
    db = database()
    agent = await people_store.agent(db, actor.tenant_id, actor.id)
    profile = await profiles.profile_of(db, agent)
    seat = await presence.seat_of(db, agent)
    loads = await store.loads(db, actor.tenant_id, [actor.id])
    return Me(**profile.model_dump(), limit=seat.limit, hosting=loads[actor.id], status=seat.status(db.now()),
              absence=seat.absence)  # fmt: skip


@blueprint.get("/me")
@tag(["me"])
@validate_response(Me)
async def get_me() -> tuple[Me, int]:
    """Return who is signed in, what the role allows, and the seat at the desks."""
    return await me(acting()), 200


@blueprint.put("/me/limit")
@tag(["me"])
@validate_request(Limit)
@validate_response(Me)
async def set_limit(data: Limit) -> tuple[Me, int]:
    """Set how many conversations I host at once; 0 = busy (spec 3.3)."""
    actor, db = acting(), database()
    agent = await people_store.agent(db, actor.tenant_id, actor.id)
    await presence.set_limit(db, agent, data.limit, actor=actor.actor)
    return await me(actor), 200


@blueprint.put("/me/away")
@tag(["me"])
@validate_request(Away)
@validate_response(Me)
async def set_away(data: Away) -> tuple[Me, int]:
    """Be away, or back: who is away is given nobody, and keeps those already served (spec 3.3)."""
    actor, db = acting(), database()
    await presence.be_away(db, actor.tenant_id, actor.id, "chosen" if data.away else None, actor=actor.actor)
    return await me(actor), 200


async def colleagues(actor: AgentActor, agent_id: str | None = None) -> list[Colleague]:
    """Return one or all agents with role, groups and the state that colleagues see."""
    db = database()
    if agent_id:
        agents = [await people_store.agent(db, actor.tenant_id, agent_id)]
    else:
        agents = await people_store.agents(db, actor.tenant_id)
    roles = {role.id: role for role in await people_store.roles(db, actor.tenant_id)}
    groups = {group.id: group for group in await people_store.groups(db, actor.tenant_id)}
    ids = [agent.id for agent in agents]
    seats = {seat.id: seat for seat in await seat_store.seats(db, actor.tenant_id, ids)}
    loads = await store.loads(db, actor.tenant_id, ids)
    usual = (await people_store.tenant(db, actor.tenant_id)).settings.agent_limit  # of who has not sat down yet
    shown = []
    for agent in agents:
        seat = seats.get(agent.id)
        view = agent_view(agent, roles[agent.role_id], [groups[id] for id in agent.group_ids if id in groups])
        state = seat.status(db.now()) if seat else "away"
        limit = seat.limit if seat else usual
        shown.append(Colleague(**view.model_dump(), limit=limit, hosting=loads[agent.id], status=state))
    return shown


@blueprint.get("/agents")
@tag(["people"])
@validate_response(Page[Colleague])
async def list_agents() -> tuple[Page[Colleague], int]:
    """Return all agents, by name."""
    return Page(items=await colleagues(acting())), 200


@blueprint.get("/agents/<agent_id>")
@tag(["people"])
@validate_response(Colleague)
async def get_agent(agent_id: str) -> tuple[Colleague, int]:
    """Return an agent."""
    return (await colleagues(acting(), agent_id))[0], 200


# --- files


@blueprint.post("/files")
@tag(["files"])
@validate_response(Uploaded, 201)
async def upload() -> tuple[Uploaded, int]:
    """Store a file (the raw body; its name percent-encoded in `X-Filename`) to mention in a message or reply."""
    actor, db = acting(), database()
    tenant = await people_store.tenant(db, actor.tenant_id)
    limit = tenant.settings.file_size
    return await received_file(db, actor.tenant_id, uploaded_by=f"agent:{actor.id}", limit=limit), 201


@blueprint.get("/files/<file_id>")
@tag(["files"])
async def download(file_id: str) -> Response:
    """Return a file of a conversation or ticket that the agent may see, or a part of it (`Range`)."""
    actor, db = acting(), database()
    return sent_file(db, await file_for(db, actor, file_id))


# --- what was missed


@blueprint.get("/events")
@tag(["me"])
@validate_querystring(Since)
@validate_response(Missed)
async def missed(query_args: Since) -> tuple[Missed, int]:
    """Return what was pushed to me after an event, each object once, as it is now."""
    actor, db = acting(), database()
    events = await events_since(db, actor.tenant_id, query_args.since, limit=EVENTS_AT_MOST)
    mine = actor.rooms()
    latest: dict[str, Event] = {event.subject_id: event for event in events if mine & set(event.audience)}
    subjects = await subjects_of(db, actor.tenant_id, latest.values())
    pushed = []
    for event in latest.values():
        subject = subjects.get(event.subject_id)
        shown = shown_to_agents(subject, db) if subject and _is_seen_by(actor, subject) else None
        if shown:
            pushed.append(Pushed(id=event.id, name=shown[0], data=shown[1]))
    through = events[-1].id if events else query_args.since
    return Missed(events=pushed, through=max(through, query_args.since), complete=len(events) < EVENTS_AT_MOST), 200


def _is_seen_by(actor: AgentActor, subject: Record) -> bool:
    """Return whether something lies within the actor's rights and scope now: what moved away is not told any more."""
    match subject:
        case Conversation():
            return actor.may("conversation.read") and is_seen_by(actor, subject)
        case Ticket():
            return actor.may("ticket.read") and may_see(actor, subject)
        case _:
            return True


# --- answers that did not get through


@blueprint.post("/tickets/<ticket_id>/entries/<entry_id>/retry")
@tag(["Tickets"])
@validate_response(ShownEntry)
async def retry_reply(ticket_id: str, entry_id: str) -> tuple[ShownEntry, int]:
    """Send an answer once more that failed or came back."""
    actor, db = acting(), database()
    ticket = await ticket_for(db, actor, ticket_id, permission="ticket.reply")
    return shown_entry(await replies.retry(db, ticket, entry_id, actor=actor.actor), actor.language), 200


# --- dead jobs


@blueprint.get("/jobs/dead")
@tag(["jobs"])
@validate_querystring(PageQuery)
@validate_response(Page[DeadJob])
async def list_dead_jobs(query_args: PageQuery) -> tuple[Page[DeadJob], int]:
    """Return background work that was given up, with the reason."""
    actor = acting()
    actor.require("job.manage")
    limit = query_args.limit
    found = await jobs.dead(database(), actor.tenant_id, after=query_args.after, limit=limit + 1)
    items = [
        DeadJob(
            key=row["_id"],
            kind=row["kind"],
            due_at=row.get("due_at"),
            dead_at=row["dead_at"],
            attempts=row["attempts"],
            error=row.get("error", ""),
        )
        for row in found[:limit]
    ]
    return Page(items=items, next=items[-1].key if len(found) > limit else None), 200


@blueprint.post("/jobs/<path:key>/retry")
@tag(["jobs"])
async def retry_job(key: str) -> tuple[dict[str, bool], int]:
    """Try a dead job again, now."""
    actor = acting()
    actor.require("job.manage")
    await jobs.retry(database(), actor.tenant_id, key)
    return {"retried": True}, 200
