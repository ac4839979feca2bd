"""Use-cases of guests from outside: invited by a link, they come, read and speak; the link itself is a signed pass."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer

from conversation import company, store, transfer
from conversation.access import is_leader
from conversation.lifecycle import Ended
from conversation.live import Live
from conversation.model import Conversation, Entry, Guest
from conversation.service import load, store_decision
from core.db import Database, retried
from core.errors import N_, Invalid
from core.events import Actor
from core.later import Later
from core.message import Author, Part
from people import store as people_store
from people.access import AgentActor


@dataclass(frozen=True)
class Pass:
    """What a link proves: who may come, into which conversation, until when."""

    tenant_id: str
    conversation_id: str
    guest_id: str
    until: datetime


def _signer(secret: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="guest")


def token_of(secret: bytes, shown: Pass) -> str:
    """Return the pass as it stands in a link, signed."""
    until = int(shown.until.timestamp() * 1000)
    return str(_signer(secret).dumps([shown.tenant_id, shown.conversation_id, shown.guest_id, until]))


def known_pass(secret: bytes, token: str, now: datetime) -> Pass | None:
    """Return what a token proves, or None when it is forged or too old; signatures are compared in constant time."""
    try:
        tenant_id, conversation_id, guest_id, until = _signer(secret).loads(token)
        shown = Pass(str(tenant_id), str(conversation_id), str(guest_id), datetime.fromtimestamp(until / 1000, UTC))
    except (BadData, TypeError, ValueError, OverflowError):
        return None
    return shown if shown.until > now else None


@retried
async def invite(db: Database, actor: AgentActor, conversation_id: str, name: str) -> tuple[Conversation, Guest]:
    """Invite somebody from outside as the host or a leader; the host stays host (spec 4.4).

    Raises:
        Invalid: the actor is neither; nobody serves the customer; no name.
        Ended: it is over.
    """
    now = db.now()
    before = await load(db, actor.tenant_id, conversation_id)
    host = before.conversation.host
    if not (host and host.id == actor.id) and not is_leader(actor, before.conversation):
        raise Invalid(N_("Only the agent who serves the customer can do this."))
    settings = (await people_store.tenant(db, actor.tenant_id)).settings
    until = now + timedelta(hours=settings.guest_hours)
    decision, guest = company.invite_outsider(before, name, now, until, invited_by=actor.name, actor=actor.actor)
    return await store_decision(db, decision), guest


@retried
async def arrive(db: Database, shown: Pass) -> tuple[Conversation, Guest]:
    """Let a guest in who opened the link; opened again, it is the same guest.

    Raises:
        NotFound: there is no such conversation.
        Ended: it is over.
        GuestGone: removed, or too late.
    """
    now = db.now()
    before = await load(db, shown.tenant_id, shown.conversation_id)
    settings = (await people_store.tenant(db, shown.tenant_id)).settings
    decision = company.arrived(before, shown.guest_id, now, sees_earlier=settings.guests_see_earlier)
    conversation = before.conversation if decision is before else await store_decision(db, decision)
    return conversation, company.present(conversation, shown.guest_id, now)


@retried
async def leave(db: Database, shown: Pass) -> None:
    """Let a guest go who does not want to stay; the link is not valid any more then. Gone already is as good.

    Raises:
        Ended: it is over.
    """
    before = await load(db, shown.tenant_id, shown.conversation_id)
    guest = before.conversation.guest(shown.guest_id)
    if guest is None:
        return
    me = Actor(kind="guest", id=guest.id, name=guest.name)
    await store_decision(db, transfer.left(before, guest.id, db.now(), actor=me))


async def here(db: Database, shown: Pass) -> tuple[Conversation, Guest]:
    """Return the conversation as it is stored, and the guest, who may read it at this moment.

    Raises:
        Ended: it is over.
        GuestGone: removed, or too late.
    """
    conversation = await store.conversation(db, shown.tenant_id, shown.conversation_id)
    return conversation, company.present(conversation, shown.guest_id, db.now())


async def gone(db: Database, passes: Collection[Pass]) -> dict[Pass, Literal["ended", "removed"]]:
    """Return those of the guests who may not be here at this moment any more, and why."""
    away: dict[Pass, Literal["ended", "removed"]] = {}
    for tenant_id in {shown.tenant_id for shown in passes}:
        theirs = [shown for shown in passes if shown.tenant_id == tenant_id]
        found = await store.conversations(db, tenant_id, {shown.conversation_id for shown in theirs})
        known = {conversation.id: conversation for conversation in found}
        for shown in theirs:
            conversation = known.get(shown.conversation_id)
            if conversation is None or not company.is_present(conversation, shown.guest_id, db.now()):
                away[shown] = "ended" if conversation and conversation.state == "ended" else "removed"
    return away


async def speak(
    live: Live,
    shown: Pass,
    parts: tuple[Part, ...],
    *,
    client_id: str,
    outward: Callable[[Conversation], Later | None],
    heard_by: str | None = None,
) -> Entry:
    """Say something as a guest; said twice with one id, it is stored once.

    Raises:
        Ended: it is over.
        GuestGone: removed, or too late.
    """
    external_id = f"guest:{shown.guest_id}:{client_id}"
    try:
        conversation, guest = await here(live.db, shown)
    except (Ended, company.GuestGone):
        # What was stored before the guest had to go is stored: that is the answer to saying it again.
        channel_id = (await store.conversation(live.db, shown.tenant_id, shown.conversation_id)).channel_id
        said = await live.said_before(shown.tenant_id, channel_id, external_id)
        if said:
            return said
        raise

    def is_here(at_that_number: Conversation) -> None:
        company.present(at_that_number, shown.guest_id, live.db.now())

    heard = await live.say(
        conversation.tenant_id,
        conversation.id,
        author=Author(kind="guest", id=guest.id, name=guest.name),
        parts=parts,
        external_id=external_id,
        client_id=client_id,
        now=live.db.now(),
        outward=outward,
        allowed=is_here,
        heard_by=heard_by,
    )
    return heard.entry
