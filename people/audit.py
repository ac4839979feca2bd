"""The audit log: every change to people, rights and settings as an event with before → after (spec 1.9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from core.db import Database
from core.events import Actor, Event
from core.ids import first_id, new_id
from core.model import Document
from core.paging import PageQuery
from people import store

#: Never told: secrets, and what only follows from the other fields.
UNTOLD: Final = frozenset(
    "password_hash session_epoch version created_at updated_at tenant_id id identity_keys words".split()  # noqa: SIM905  reads better
)


#: An id may carry a slightly later time than its event when one process makes many at once.
SLACK: Final = timedelta(minutes=1)


def changes(was: Document | None, became: Document | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields that differ, before and after; all of them for something new or gone."""
    before = was.model_dump(exclude=set(UNTOLD)) if was else {}
    after = became.model_dump(exclude=set(UNTOLD)) if became else {}
    if was and became:
        differing = {field for field in before.keys() | after.keys() if before.get(field) != after.get(field)}
        before = {field: value for field, value in before.items() if field in differing}
        after = {field: value for field, value in after.items() if field in differing}
    return before, after


def event(
    name: str,
    *,
    was: Document | None = None,
    became: Document | None = None,
    actor: Actor,
    now: datetime,
    audience: tuple[str, ...] = (),
) -> Event:
    """Return the event that tells of a change to one thing; one of ``was`` and ``became`` may be missing."""
    subject = became or was
    assert subject is not None
    before, after = changes(was, became)
    kind = type(subject).__name__.lower()
    return told(
        name,
        tenant_id=subject.tenant_id,
        subject=(kind, subject.id),
        actor=actor,
        now=now,
        audience=audience,
        before=before,
        after=after,
    )


def told(
    name: str,
    *,
    tenant_id: str,
    subject: tuple[str, str],
    actor: Actor,
    now: datetime,
    audience: tuple[str, ...] = (),
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Event:
    """Return the event that tells of something that happened to a subject, given as its kind and id."""
    kind, subject_id = subject
    return Event(
        id=new_id(now),
        tenant_id=tenant_id,
        name=name,
        at=now,
        actor=actor,
        subject_kind=kind,
        subject_id=subject_id,
        audience=audience,
        before=before or {},
        after=after or {},
    )


async def entries(
    db: Database,
    tenant_id: str,
    *,
    actor_id: str | None = None,
    action: str | None = None,
    subject_kind: str | None = None,
    subject_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    query: PageQuery,
) -> tuple[list[Event], str | None]:
    """Return a page of the audit log, the latest first, and the cursor of the next.

    ``action``: an event's name; ``since`` (included) and ``until`` (excluded) bound its time.
    """
    wanted = {"actor.id": actor_id, "name": action, "subject_kind": subject_kind, "subject_id": subject_id}
    where: dict[str, Any] = {field: value for field, value in wanted.items() if value}
    if since or until:
        # the log is read in the order of ids, which begin with the time: bounds on them let the index stop early
        where["at"] = _between(since, until)
        where["_id"] = _between(since and first_id(since - SLACK), until and first_id(until + SLACK))
    return await store.events(db, tenant_id, where=where, query=query)


def _between(least: Any, below: Any) -> dict[str, Any]:
    return {**({"$gte": least} if least else {}), **({"$lt": below} if below else {})}
