"""How a conversation changes hands: held out and accepted, taken over, assigned, given back to the queue. Pure.

The customer is never without somebody: the host stays until another one has accepted (spec 3.3, 4.3, 4.5, 4.6).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conversation.lifecycle import Decision, Ended, happened, host
from conversation.model import Conversation, Guest, Offer, OfferKind
from core import rooms
from core.errors import N_, Conflict, Invalid, Taken
from core.events import SYSTEM, Actor
from core.ids import new_id
from core.model import Reference


class OfferGone(Conflict):
    """What was held out is answered already, or its time is up."""

    code, title = "offer_gone", N_("This is not open any more")


def offer(
    before: Decision,
    kind: OfferKind,
    now: datetime,
    until: datetime,
    *,
    agent: Reference | None = None,
    group: Reference | None = None,
    by: Reference | None = None,
    note: str = "",
    actor: Actor = SYSTEM,
) -> Decision:
    """Return the conversation held out to an agent, or to everybody of a group, until a moment.

    Raises:
        Ended: it is over.
        Invalid: it is not in a state for this; to the host itself.
        Taken: it is held out to somebody else at this moment.
    """
    conversation = before.conversation
    if conversation.state == "ended":
        raise Ended
    if (conversation.state == "waiting") != (kind == "response") or conversation.state == "menu":
        raise Invalid(N_("Take the conversation before you hand it on."))
    if agent and conversation.host and agent.id == conversation.host.id:
        raise Invalid(N_("{name} serves this customer already."), name=agent.name)
    if conversation.offer:
        to = conversation.offer.agent or conversation.offer.group
        raise Taken(N_("Wait for the answer of {name}, or withdraw what you asked."), name=to.name if to else "")
    made = Offer(
        id=new_id(now), kind=kind, agent=agent, group=group, by=by, note=note.strip(), made_at=now, until=until
    )
    to = agent or group
    data = {"kind": kind, "offer_id": made.id, "to": to and to.id, "to_name": to and to.name}
    says = None if kind == "response" else "offered"
    return before.then(
        happened(before, "ConversationOffered", now, actor=actor, says=says, data=data, note=made.note, offer=made)
    )


def accept(before: Decision, offer_id: str, agent: Reference, now: datetime, *, actor: Actor) -> Decision:
    """Return the conversation in the hands of the one who accepts what was held out, or with that one joined in.

    Raises:
        OfferGone: it was answered already, or the time is up.
    """
    made = open_offer(before.conversation, offer_id, now)
    if made.kind == "response":
        return host(before, agent, now, actor=actor)
    if made.kind == "invitation":
        return joined(before, agent, now, invited_by=made.by.name if made.by else "", actor=actor)
    return hand_over(before, agent, now, name="ConversationTransferred", actor=actor)


def decline(
    before: Decision,
    offer_id: str,
    now: datetime,
    *,
    by: str | None = None,
    silent: bool = False,
    actor: Actor = SYSTEM,
) -> Decision:
    """Return the conversation as it was before it was held out: declined, withdrawn, or left unanswered (``silent``).

    Args:
        by: the id of the agent who did not want it, who is asked again only when there is nobody else.
        silent: the time went by without an answer.

    Raises:
        OfferGone: it was answered already.
    """
    conversation = before.conversation
    made = conversation.offer
    if made is None or made.id != offer_id or conversation.state == "ended":
        raise OfferGone(N_("Somebody was faster, or the time is up."))
    to = made.agent or made.group
    data = {"kind": made.kind, "offer_id": made.id, "to": to and to.id, "to_name": to and to.name, "silent": silent}
    fields: dict[str, Any] = {"offer": None}
    if by:
        fields["declined_by"] = tuple(dict.fromkeys((*conversation.declined_by, by)))
    says = None if made.kind == "response" else "unanswered" if silent else "declined" if by else "withdrawn"
    back = (rooms.agent(made.by.id),) if made.by else ()
    return before.then(
        happened(before, "OfferDeclined", now, actor=actor, says=says, data=data, audience=back, **fields)
    )


def open_offer(conversation: Conversation, offer_id: str, now: datetime) -> Offer:
    """Return what is held out.

    Raises:
        OfferGone: something else, nothing, or the time is up.
    """
    made = conversation.offer
    if made is None or made.id != offer_id or made.until <= now or conversation.state == "ended":
        raise OfferGone(N_("Somebody was faster, or the time is up."))
    return made


def hand_over(before: Decision, agent: Reference, now: datetime, *, name: str, actor: Actor) -> Decision:
    """Return the running conversation with another host: transferred, taken over or forced; ``name`` says which.

    Raises:
        Ended: it is over.
        Invalid: nobody hosts it yet.
        Taken: that agent hosts it already.
    """
    conversation = before.conversation
    if conversation.state == "ended":
        raise Ended
    if conversation.host is None:
        raise Invalid(N_("This customer still waits: assign the conversation instead."))
    if conversation.host.id == agent.id:
        raise Taken(N_("{name} serves this customer already."), name=agent.name, host=agent.id)
    data = {"agent_id": agent.id, "agent_name": agent.name, "from_id": conversation.host.id,
            "from_name": conversation.host.name}  # fmt: skip
    return before.then(
        happened(
            before,
            name,
            now,
            actor=actor,
            says="transferred",
            data=data,
            host=agent,
            hosted_at=now,
            offer=None,
            alarm=None,
            guests=tuple(guest for guest in conversation.guests if guest.id != agent.id),
            served_by=tuple(dict.fromkeys((*conversation.served_by, agent.id))),
        )
    )


def give_back(before: Decision, now: datetime, *, actor: Actor = SYSTEM) -> Decision:
    """Return the conversation waiting again: its agent is gone. It keeps its arrival, so it stands in front (3.3)."""
    conversation = before.conversation
    if conversation.state != "running" or conversation.host is None or conversation.desk is None:
        return before  # without a desk there is no queue to stand in
    data = {"from_id": conversation.host.id, "from_name": conversation.host.name}
    return before.then(
        happened(
            before,
            "ConversationReturned",
            now,
            actor=actor,
            says="returned",
            data=data,
            state="waiting",
            waits_since=now,
            host=None,
            offer=None,
            alarm=None,
            declined_by=(conversation.host.id,),
        )
    )


def move_up(before: Decision, lift: int, now: datetime, *, actor: Actor) -> Decision:
    """Return a waiting conversation in front of the others of its priority (spec 4.6).

    Raises:
        Conflict: it does not wait any more.
    """
    if before.conversation.state != "waiting":
        raise Conflict(N_("This customer does not wait any more."))
    return before.then(happened(before, "ConversationMovedUp", now, actor=actor, says=None, data={}, lift=lift))


def joined(before: Decision, agent: Reference, now: datetime, *, invited_by: str, actor: Actor) -> Decision:
    """Return the conversation with one more agent in it, who may speak; the host stays (spec 4.4, 4.6).

    Raises:
        Ended: it is over.
        Invalid: nobody hosts it yet.
    """
    conversation = before.conversation
    if conversation.state == "ended":
        raise Ended
    if conversation.state != "running":
        raise Invalid(N_("This customer still waits: assign the conversation instead."))
    offered = conversation.offer
    answered = offered and offered.kind == "invitation" and offered.agent and offered.agent.id == agent.id
    if conversation.speaks(agent.id):
        return before
    guest = Guest(id=agent.id, kind="agent", name=agent.name, avatar=agent.avatar, invited_by=invited_by, joined_at=now)
    others = tuple(known for known in conversation.guests if known.id != agent.id)
    return before.then(
        happened(
            before,
            "GuestJoined",
            now,
            actor=actor,
            says="joined",
            data={"agent_id": agent.id, "agent_name": agent.name},
            guests=(*others, guest),
            offer=None if answered else offered,
        )
    )


def left(before: Decision, guest_id: str, now: datetime, *, actor: Actor) -> Decision:
    """Return the conversation without a guest, who left or was removed; not there is as good as gone."""
    guest = before.conversation.guest(guest_id)
    if guest is None:
        return before
    others = tuple(known for known in before.conversation.guests if known.id != guest_id)
    gone = (rooms.agent(guest.id),) if guest.kind == "agent" else ()
    data: dict[str, Any] = {"guest_id": guest.id, "agent_name": guest.name}
    says = "guest_left"
    if guest.joined_at is None:  # nobody saw this guest come, so nobody is told that the guest left
        says, data = "withdrawn", {"kind": "invitation", "guest_id": guest.id, "to_name": guest.name}
    return before.then(
        happened(before, "GuestLeft", now, actor=actor, says=says, data=data, audience=gone, guests=others)
    )
