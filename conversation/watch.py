"""Watching over silence: when the group is alarmed, the customer reminded, the conversation ended or given back. Pure.

One timer per running conversation stands at the next moment at which something may have to happen. Words that are said
meanwhile do not touch it: it looks at the journal when it rings, and never sleeps longer than the shortest of the
periods, so whatever is said after it was set is due later than it rings (spec 4.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from conversation.lifecycle import Decision, happened
from conversation.model import Alarm, Conversation, Mark
from core import rooms
from core.events import SYSTEM
from core.settings import TenantSettings

Act = Literal["alarm", "remind", "end", "return"]

LEADERS_FROM = 2  # the alarm that leaders hear too


@dataclass(frozen=True)
class Silence:
    """Who spoke last: ``unanswered`` is the oldest customer's word without an answer, ``answered`` the latest answer.

    Notes and the system's words are neither. Both may be there; then the customer spoke after the answer.
    """

    unanswered: Mark | None
    answered: Mark | None


def next_act(
    conversation: Conversation,
    silence: Silence,
    settings: TenantSettings,
    *,
    away_since: datetime | None,
    now: datetime,
) -> tuple[Act | None, datetime]:
    """Return what must happen now, if anything, and when to look again.

    Who has just become host is given the whole time for an answer, however long the customer waited before.

    Args:
        settings: as they hold at the conversation's desk.
        away_since: from when on its host is away; None while the host is there.
    """
    due = _deadlines(conversation, silence, settings, away_since)
    for act, at in due:
        if at <= now:
            return act, now
    soonest = min((at for _, at in due), default=None)
    longest_sleep = now + horizon(settings)
    return None, min(soonest, longest_sleep) if soonest else longest_sleep


def horizon(settings: TenantSettings) -> timedelta:
    """Return how long a timer may sleep: nothing that is said after it was set can be due earlier."""
    periods = (settings.agent_silence, settings.alarm_again, settings.customer_reminder, settings.customer_silence)
    return timedelta(seconds=min(periods))


def _deadlines(
    conversation: Conversation, silence: Silence, settings: TenantSettings, away_since: datetime | None
) -> list[tuple[Act, datetime]]:
    """Return what may have to happen and when, the most pressing first."""
    waits, answer = silence.unanswered, silence.answered
    if waits:
        raised = conversation.alarm if conversation.alarm and conversation.alarm.seq == waits.seq else None
        alarm = (
            raised.raised_at + timedelta(seconds=settings.alarm_again)
            if raised
            else max(waits.at, conversation.hosted_at or waits.at) + timedelta(seconds=settings.agent_silence)
        )
        due: list[tuple[Act, datetime]] = []
        if away_since and conversation.desk:
            due.append(("return", max(away_since + timedelta(seconds=settings.return_after), waits.at)))
        return [*due, ("alarm", alarm)]
    if answer is None:
        return []
    ends: tuple[Act, datetime] = ("end", answer.at + timedelta(seconds=settings.customer_silence))
    if conversation.reminded_seq >= answer.seq or settings.customer_reminder >= settings.customer_silence:
        return [ends]
    return [ends, ("remind", answer.at + timedelta(seconds=settings.customer_reminder))]


def alarm(before: Decision, waits: Mark, now: datetime) -> Decision:
    """Return the conversation with the alarm raised: the group hears it, from the second time on leaders too."""
    conversation = before.conversation
    known = conversation.alarm if conversation.alarm and conversation.alarm.seq == waits.seq else None
    level = known.level + 1 if known else 1
    raised = Alarm(seq=waits.seq, level=level, since=waits.at, raised_at=now)
    leaders = (rooms.monitors(conversation.tenant_id),) if level >= LEADERS_FROM else ()
    return before.then(
        happened(
            before,
            "ConversationAlarmed",
            now,
            actor=SYSTEM,
            says=None,
            data={"level": level, "silent_since": waits.at.isoformat()},
            audience=leaders,
            alarm=raised,
        )
    )


def heeded(before: Decision, now: datetime) -> Decision:
    """Return the conversation without its alarm: an agent has answered."""
    leaders = (rooms.monitors(before.conversation.tenant_id),)
    return before.then(
        happened(before, "AlarmHeeded", now, actor=SYSTEM, says=None, data={}, audience=leaders, alarm=None)
    )


def remind(before: Decision, answer: Mark, now: datetime, *, minutes_left: int) -> Decision:
    """Return the conversation with the customer reminded, once after these words of the agent."""
    return before.then(
        happened(
            before,
            "CustomerReminded",
            now,
            actor=SYSTEM,
            says="reminded",
            data={"minutes_left": minutes_left},
            reminded_seq=answer.seq,
        )
    )
