"""Who handles what: indexes of all packages, kinds of jobs and events with their handlers, in one place."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Final

import channels.email.store
import channels.store
import conversation.seat_store
import conversation.store
import core.files
import core.store
import gateway.auth.sessions
import gateway.http
import people.store
import ticketing.store
from channels import CHANNELS, running
from channels.base import Door
from channels.email.telling import WRITE_TO_AGENT, write_to_agent
from channels.running import RUN_CHANNEL
from conversation import desk, handover, presence, waiting, watching, wrapup
from conversation.live import Live
from core.db import Database, Handlers, When
from core.events import Event
from core.jobs import Handler, Job, Lane, enqueue
from core.later import Later
from core.store import ensure_indexes
from gateway import delivery, replies
from gateway.auth.forgotten import FORGOT_PASSWORD, letter_writer
from gateway.delivery import Delivery
from gateway.intake import Intake
from gateway.mail import mail_sender
from gateway.notices import WRITE_TO_CUSTOMER, write_to_customer
from gateway.replies import ACKNOWLEDGE, SEND_TICKET
from gateway.settings import Settings
from gateway.telemetry import measured
from gateway.told_by_mail import SEND_NOTICE, TELL_AGENTS, TELL_SOLVED, send_notice, tell_agents, tell_solved
from people.letters import SEND_MAIL
from ticketing.service import close_ticket

ORPHANED = timedelta(hours=24)  # an upload that no message mentions by then is rubbish
ORPHANS_EVERY = timedelta(hours=1)


def _is_of_conversation(event: Event) -> bool:
    return bool(event.after.get("conversation_ids"))


def _is_acknowledged(event: Event) -> bool:
    return bool(event.after.get("acknowledge"))


def _is_news(event: Event) -> bool:
    return not event.after.get("quiet")


#: event name → kinds of jobs that handle it.
EVENT_HANDLERS: Handlers = {
    "TicketReplied": (WRITE_TO_CUSTOMER,),
    "TicketOpened": (
        When(_is_of_conversation, "tell_ticket"),
        When(_is_acknowledged, ACKNOWLEDGE),
        When(_is_news, TELL_AGENTS),
    ),
    "ConversationJoined": ("tell_ticket",),
    "CustomerReplied": (When(_is_news, TELL_AGENTS),),
    "TicketAssigned": (TELL_AGENTS,),
    "TicketStateChanged": (TELL_SOLVED,),
}

INDEXES = (
    core.store.INDEXES,
    core.files.INDEXES,
    people.store.INDEXES,
    gateway.auth.sessions.INDEXES,
    gateway.http.INDEXES,
    gateway.mail.INDEXES,
    ticketing.store.INDEXES,
    conversation.store.INDEXES,
    conversation.seat_store.INDEXES,
    channels.store.INDEXES,
    channels.email.store.INDEXES,
)


async def ensure_all_indexes(db: Database) -> None:
    """Create every index of every package that is not there yet, and ask for what must recur for ever."""
    await ensure_indexes(db, *INDEXES)
    await enqueue(db, discard_job(db.now() + ORPHANS_EVERY))
    for kind in (kind for kind, adapter in CHANNELS.items() if adapter.can.holds_connection):
        for channel in await channels.store.channels_of_kind_in_any_tenant(db, kind):
            if job := running.run_job(channel, db.now()):
                await enqueue(db, job)


#: Jobs with places of their own in a worker: senders wait for other people's servers, readers never end.
LANES: Final = (
    Lane(frozenset({"send", SEND_TICKET, ACKNOWLEDGE, SEND_NOTICE, TELL_SOLVED, SEND_MAIL, WRITE_TO_AGENT}), places=20),
    Lane(frozenset({RUN_CHANNEL}), places=200, endless=True),
)


def open_door(db: Database, told: Delivery, settings: Settings, live: Live | None = None) -> Door:
    """Return the one way in, for what adapters run in this process."""
    live = live or Live(db, told.said)
    intake = Intake(db, live)
    door = Door(
        db=db,
        live=live,
        accept=intake.accept,
        file=intake.file,
        emit=told.emit,
        secret=settings.secret,
        public_url=settings.public_url,
        messages_per_second=settings.messages_per_second,
        private_servers=settings.private_servers or settings.development,
    )
    door.kept.get("rows", lambda: told.rows)  # closed with the process
    return door


def job_handlers(door: Door, told: Delivery, settings: Settings) -> dict[str, Handler]:
    """Return what a worker does for each kind of job."""
    db = door.db

    async def route(job: Job) -> None:
        desk_id = str(job.payload["desk_id"])
        in_order = await desk.route(db, job.tenant_id, desk_id)
        news = await waiting.foretell(db, job.tenant_id, desk_id, in_order)
        await told.tell_positions(news)
        await waiting.keep_told(db, news)  # afterwards: a worker that dies in between tells twice, not never

    async def watch(job: Job) -> None:
        await watching.look(db, job.tenant_id, str(job.payload["conversation_id"]))

    async def offer(job: Job) -> None:
        await handover.expire(db, job.tenant_id, str(job.payload["conversation_id"]), str(job.payload["offer_id"]))

    async def wait(job: Job) -> None:
        await desk.give_up_waiting(db, job.tenant_id, str(job.payload["conversation_id"]))

    async def look_after(job: Job) -> None:
        await presence.look_after(db, job.tenant_id, str(job.payload["agent_id"]))

    async def tell(job: Job) -> None:
        await wrapup.tell_ticket(db, job.tenant_id, str(job.payload["subject_id"]))

    async def discard(_: Job) -> None:
        for file in await core.files.unused(db, db.now() - ORPHANED):
            await core.files.discard(db, file)
        await enqueue(db, discard_job(db.now() + ORPHANS_EVERY))

    handlers: dict[str, Handler] = {
        "route": route,
        "wait": wait,
        "watch": watch,
        "offer": offer,
        "presence": look_after,
        "send": partial(delivery.send, door),
        SEND_TICKET: partial(replies.send_ticket, door),
        ACKNOWLEDGE: partial(replies.acknowledge, door),
        TELL_AGENTS: partial(tell_agents, db),
        SEND_NOTICE: partial(send_notice, door),
        TELL_SOLVED: partial(tell_solved, door),
        RUN_CHANNEL: partial(running.run, door),
        "close_ticket": partial(close_ticket, db),
        "discard_files": discard,
        "tell_ticket": tell,
        WRITE_TO_CUSTOMER: partial(write_to_customer, db),
        WRITE_TO_AGENT: partial(write_to_agent, door),
        SEND_MAIL: mail_sender(db, settings),
        FORGOT_PASSWORD: letter_writer(db),
    }
    return {kind: measured(kind, handler) for kind, handler in handlers.items()}


def discard_job(due_at: datetime) -> Later:
    """Return the wish to remove files that were uploaded and never sent; it asks for itself again."""
    return Later(key="discard_files", kind="discard_files", tenant_id="", due_at=due_at)
