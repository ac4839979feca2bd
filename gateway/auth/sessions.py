"""Sessions of agents: kept in MongoDB, known by the SHA-256 of a token that changes hourly, revocable (spec 1.9).

A token is ``<tenant id>.<secret>``, so that even finding its session stays inside one tenant. The next token is derived
from the present one and a salt that only the store knows: many requests at once all get the same new one, and an answer
that is lost on the way costs nothing. The old token ends a minute after the new one was first used.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from pymongo import ASCENDING, IndexModel

from core.db import Committed, Database, Insert, Remove
from core.errors import N_, NotFound, Unauthenticated
from core.events import Actor
from core.ids import new_id, new_secret
from core.model import Document
from people import audit, store
from people.access import AgentActor, at_work
from people.model import Agent

COOKIE: Final = "waystation_session"
IDLE: Final = timedelta(days=30)
ABSOLUTE: Final = timedelta(days=90)
ROTATION: Final = timedelta(hours=1)
OVERLAP: Final = timedelta(seconds=60)  # that an old token still works once the new one was used
SEEN: Final = timedelta(minutes=1)  # how exact `seen_at` is
FRESH: Final = timedelta(seconds=5)  # that rights may be out of date when another process changed them
REMEMBERED: Final = 10_000  # sessions kept in memory for that long

INDEXES: Final[dict[str, list[IndexModel]]] = {
    "sessions": [
        IndexModel([("tenant_id", ASCENDING), ("token_hash", ASCENDING)], name="token", unique=True),
        IndexModel(
            [("tenant_id", ASCENDING), ("previous_hash", ASCENDING)],
            name="previous_token",
            partialFilterExpression={"previous_hash": {"$type": "string"}},
        ),
        IndexModel([("tenant_id", ASCENDING), ("agent_id", ASCENDING), ("_id", ASCENDING)], name="agent"),
        IndexModel([("expires_at", ASCENDING)], name="rubbish", expireAfterSeconds=0),
    ]
}


class Session(Document):
    """One browser or program where an agent is signed in."""

    collection: ClassVar[str] = "sessions"

    agent_id: str
    epoch: int  # of the agent when the session began; another one there voids the session
    token_hash: str
    previous_hash: str | None = None
    previous_until: datetime | None = None  # unset until the new token is used
    salt: str
    created_at: datetime
    seen_at: datetime
    rotated_at: datetime
    expires_at: datetime
    address: str
    browser: str


@dataclass(frozen=True)
class _Known:
    """What this process saw of a session a moment ago."""

    actor: AgentActor
    at: datetime


#: hash of a token → whom it stood for; tokens are unguessable, so one table serves all databases of a process.
_known: OrderedDict[str, _Known] = OrderedDict()


async def open_session(
    db: Database, agent: Agent, *, address: str, browser: str, now: datetime, by: str = "password"
) -> str:
    """Begin a session for somebody whose identity was proved, and return its token.

    This is the one door from a proof (password, activation, invitation, single sign-on) to a session; ``by`` names the
    proof in the audit log. ``browser`` is the User-Agent header.
    """
    token = f"{agent.tenant_id}.{new_secret()}"
    session = Session(
        id=new_id(now),
        tenant_id=agent.tenant_id,
        agent_id=agent.id,
        epoch=agent.session_epoch,
        token_hash=_digest(token),
        salt=new_secret(),
        created_at=now,
        seen_at=now,
        rotated_at=now,
        expires_at=now + IDLE,
        address=address,
        browser=browser_name(browser),
    )
    told = audit.told(
        "AgentSignedIn", tenant_id=agent.tenant_id, subject=("agent", agent.id), actor=_actor(agent, address), now=now,
        after={"by": by, "session_id": session.id, "browser": session.browser},
    )  # fmt: skip
    await db.commit(Insert(session), events=[told])
    return token


async def authenticate(
    db: Database, token: str, *, address: str, now: datetime, rotate: bool = True
) -> tuple[AgentActor, str | None]:
    """Return whom a token stands for, and the token to use from now on when it is time for a new one.

    Rights are at most `FRESH` old. ``rotate`` is off where the caller could not hand the new token over (sockets,
    programs that send the token themselves). ``address`` is the network address, for the audit log.

    Raises:
        Unauthenticated: the token is unknown, expired, revoked or its agent was deactivated.
    """
    digest = _digest(token)
    known = _known.get(digest)
    if known and timedelta() <= now - known.at < FRESH:
        return replace(known.actor, address=address), None
    tenant_id = token.partition(".")[0]
    session = await _session(db, tenant_id, digest, now)
    actor = await _actor_of(db, session, address)
    following = None
    if rotate and (session.token_hash != digest or now - session.rotated_at >= ROTATION):
        following = _following(token, session)
    await _note(db, session, digest, following, now)
    if following is None:
        _remember(digest, actor, now)
    return actor, following


async def renewed(db: Database, actor: AgentActor, *, now: datetime) -> AgentActor:
    """Return the actor with the rights of this moment, for what outlives many tokens, such as a socket.

    Raises:
        Unauthenticated: the session ended or the agent was deactivated.
    """
    found = await db["sessions"].find_one(
        {"_id": actor.session_id, "tenant_id": actor.tenant_id, "expires_at": {"$gt": now}}
    )
    if found is None:
        raise _ended()
    session = Session.from_mongo(found)
    await _note(db, session, "", None, now)
    return await _actor_of(db, session, actor.address)


async def sessions_of(db: Database, tenant_id: str, agent: Agent, *, now: datetime) -> list[Session]:
    """Return where an agent is signed in, the latest use first."""
    where = {"tenant_id": tenant_id, "agent_id": agent.id, "epoch": agent.session_epoch, "expires_at": {"$gt": now}}
    found = await db["sessions"].find(where).sort("_id", -1).limit(200).to_list()
    return sorted((Session.from_mongo(one) for one in found), key=lambda session: session.seen_at, reverse=True)


async def revoke(db: Database, session_id: str, *, actor: AgentActor, name: str = "SessionRevoked") -> None:
    """End one of the actor's own sessions.

    Raises:
        NotFound: the actor has no such session.
    """
    where = {"_id": session_id, "tenant_id": actor.tenant_id, "agent_id": actor.id}
    found = await db["sessions"].find_one(where)
    if found is None:
        raise NotFound(N_("This session has ended already."))
    now = db.now()
    told = audit.told(
        name, tenant_id=actor.tenant_id, subject=("agent", actor.id), actor=actor.actor, now=now,
        before={"session_id": session_id, "browser": found["browser"]},
    )  # fmt: skip
    await db.commit(Remove(Session.from_mongo(found)), events=[told])
    _forget(lambda known: known.session_id == session_id)


def watch(db: Database) -> None:
    """Let changes of people and rights that this process commits take effect at once."""

    async def changed(committed: Committed) -> None:
        tenants = {event.tenant_id for event in committed.events if event.subject_kind in {"agent", "role", "tenant"}}
        if tenants:
            _forget(lambda known: known.tenant_id in tenants)

    db.listeners.append(changed)


async def _session(db: Database, tenant_id: str, digest: str, now: datetime) -> Session:
    """Return the live session of a present or just replaced token."""
    live = {"tenant_id": tenant_id, "expires_at": {"$gt": now}}
    found = await db["sessions"].find_one({**live, "token_hash": digest}) or await db["sessions"].find_one(
        {**live, "previous_hash": digest, "$or": [{"previous_until": None}, {"previous_until": {"$gt": now}}]}
    )
    if found is None:
        raise _ended()
    return Session.from_mongo(found)


async def _actor_of(db: Database, session: Session, address: str) -> AgentActor:
    try:
        agent, tenant = await asyncio.gather(
            store.agent(db, session.tenant_id, session.agent_id), store.tenant(db, session.tenant_id)
        )
        actor = await at_work(db, agent, address=address, session_id=session.id)
    except NotFound as gone:
        raise _ended() from gone
    if not (agent.active and tenant.active and agent.session_epoch == session.epoch):
        raise _ended()
    return actor


async def _note(db: Database, session: Session, digest: str, following: str | None, now: datetime) -> None:
    """Store that the session was used, and which token comes next; two who do so at once write the same."""
    where: dict[str, Any] = {"_id": session.id, "tenant_id": session.tenant_id}
    fields: dict[str, Any] = {}
    if now - session.seen_at >= SEEN:
        fields |= {"seen_at": now, "expires_at": min(now + IDLE, session.created_at + ABSOLUTE)}
    if session.token_hash == digest:
        where["token_hash"] = digest
        if following:
            fields |= {"token_hash": _digest(following), "previous_hash": digest, "previous_until": None}
            fields["rotated_at"] = now
        elif session.previous_hash and session.previous_until is None:
            fields["previous_until"] = now + OVERLAP
    if fields:
        await db["sessions"].update_one(where, {"$set": fields})


def _following(token: str, session: Session) -> str:
    """Return the token after this one."""
    secret = hmac.digest(session.salt.encode(), token.encode(), "sha256")
    return f"{session.tenant_id}.{urlsafe_b64encode(secret).decode().rstrip('=')}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _actor(agent: Agent, address: str) -> Actor:
    return Actor(kind="agent", id=agent.id, name=agent.name, address=address)


def _ended() -> Unauthenticated:
    return Unauthenticated(N_("Your session has ended. Sign in again."))


def _remember(digest: str, actor: AgentActor, now: datetime) -> None:
    _known[digest] = _Known(actor, now)
    _known.move_to_end(digest)
    while len(_known) > REMEMBERED:
        _known.popitem(last=False)


def _forget(concerned: Callable[[AgentActor], bool]) -> None:
    for digest in [digest for digest, known in _known.items() if concerned(known.actor)]:
        del _known[digest]


#: What to look for in a User-Agent header → what people call it; the first hit counts.
_BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Return what people call a browser: `Firefox · Windows`, or the first word a program says of itself."""
    program = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    named = " · ".join(filter(None, (program, system)))
    return named or re.split(r"[\s/;(]", user_agent.strip(), maxsplit=1)[0][:60]
