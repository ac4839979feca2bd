"""The job ``watch``: looks at a running conversation's silence, does what is due, and sets its own next timer."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from datetime import timedelta

from conversation import presence, store, transfer, watch
from conversation.lifecycle import Decision
from conversation.model import Conversation
from conversation.service import load, store_decision, wait_job
from conversation.wrapup import end_by_silence
from core.db import Database, retried
from core.errors import Conflict
from core.jobs import enqueue
from core.settings import TenantSettings
from people import store as people_store


async def look(db: Database, tenant_id: str, conversation_id: str) -> None:
    """Do what silence makes necessary, and look again at the next moment at which something may be (spec 4.5)."""
    while True:
        before = await load(db, tenant_id, conversation_id)
        conversation = before.conversation
        if conversation.state != "running" or conversation.host is None:
            return
        settings = await _settings(db, conversation)
        silence = await store.silence(db, conversation)
        if silence.answered is None and silence.unanswered is None:
            return  # nothing was said at all, so nobody can be late
        if conversation.alarm and _has_answer(conversation, silence):  # and the process that told of it died
            await _heed(db, conversation)
            continue
        act, look_at = watch.next_act(
            conversation,
            silence,
            settings,
            away_since=await presence.away_since(db, tenant_id, conversation.host.id),
            now=db.now(),
        )
        if act is None:
            await enqueue(db, presence.watch_job(conversation, look_at))
            return
        with contextlib.suppress(Conflict):  # then what is due is judged anew
            await _do(db, act, before, silence, settings)


async def heed(db: Database, tenant_id: str, conversation_ids: Collection[str]) -> None:
    """End the alarms of conversations in which an agent has answered: whoever was called is called no more."""
    for conversation in await store.ringing(db, tenant_id, conversation_ids):
        await _heed(db, conversation)


@retried
async def _heed(db: Database, conversation: Conversation) -> None:
    before = await load(db, conversation.tenant_id, conversation.id)
    if _has_answer(before.conversation, await store.silence(db, conversation)):
        await store_decision(db, watch.heeded(before, db.now()))


def _has_answer(conversation: Conversation, silence: watch.Silence) -> bool:
    rung, answer = conversation.alarm, silence.answered
    return bool(conversation.state == "running" and rung and answer and answer.seq > rung.seq)


async def _do(db: Database, act: watch.Act, before: Decision, silence: watch.Silence, settings: TenantSettings) -> None:
    """Do one thing, once.

    Raises:
        Conflict: somebody changed the conversation meanwhile.
    """
    now, conversation = db.now(), before.conversation
    match act:
        case "alarm":
            assert silence.unanswered
            await store_decision(db, watch.alarm(before, silence.unanswered, now))
        case "remind":
            assert silence.answered
            left = (settings.customer_silence - settings.customer_reminder + 59) // 60
            await store_decision(db, watch.remind(before, silence.answered, now, minutes_left=left))
        case "return":
            jobs = [wait_job(conversation, now + timedelta(seconds=settings.queue_wait))]
            if conversation.desk:
                jobs.append(presence.route_job(conversation.tenant_id, conversation.desk.id, now))
            await store_decision(db, transfer.give_back(before, now), jobs=jobs)
        case "end":
            await end_by_silence(db, conversation.tenant_id, conversation.id)


async def _settings(db: Database, conversation: Conversation) -> TenantSettings:
    settings = (await people_store.tenant(db, conversation.tenant_id)).settings
    if conversation.desk is None:
        return settings
    desks = await people_store.groups_with_ids(db, conversation.tenant_id, [conversation.desk.id])
    desk = desks.get(conversation.desk.id)
    return settings.at_desk(desk.settings) if desk else settings
