"""Company from outside: somebody without an account, known by a link, beside the customer and the host. Pure.

An outsider is invited, arrives by opening the link, and sees what is said from then on (spec 4.4). How one leaves or is
removed is the same as for colleagues: `conversation.transfer.left`.
"""

from __future__ import annotations

from datetime import datetime

from conversation.lifecycle import Decision, Ended, happened
from conversation.model import Conversation, Guest
from core.errors import N_, Forbidden, Invalid
from core.events import Actor
from core.ids import new_id

HAS_ENDED = N_("This conversation has ended.")


class GuestGone(Forbidden):
    """The guest was removed, or the link's time is up."""

    code, title = "guest_gone", N_("This link is not valid any more")


def invite_outsider(
    before: Decision, name: str, now: datetime, until: datetime, *, invited_by: str, actor: Actor
) -> tuple[Decision, Guest]:
    """Return the conversation with somebody from outside invited, not here yet, and who that is.

    Raises:
        Ended: it is over.
        Invalid: nobody serves the customer yet, or no name.
    """
    conversation = before.conversation
    if conversation.state == "ended":
        raise Ended
    if conversation.state != "running":
        raise Invalid(N_("Take the conversation before you invite somebody."))
    name = " ".join(name.split())
    if not name:
        raise Invalid(errors=[{"field": "name", "message": N_("Say who this is: everybody in the talk sees it.")}])
    guest = Guest(id=new_id(now), kind="outsider", name=name, invited_by=invited_by, until=until)
    data = {"guest_id": guest.id, "agent_name": name, "until": until.isoformat()}
    guests = (*conversation.guests, guest)
    return before.then(
        happened(before, "GuestInvited", now, actor=actor, says="invited", data=data, guests=guests)
    ), guest


def arrived(before: Decision, guest_id: str, now: datetime, *, sees_earlier: bool) -> Decision:
    """Return the conversation with an invited outsider in it; who is here already stays as before.

    Raises:
        Ended: it is over.
        GuestGone: removed, or too late.
    """
    guest = expected(before.conversation, guest_id, now)
    if guest.joined_at:
        return before
    here = guest.model_copy(update={"joined_at": now, "sees_after": 0 if sees_earlier else before.seq})
    return before.then(
        happened(
            before,
            "GuestJoined",
            now,
            actor=Actor(kind="guest", id=guest.id, name=guest.name),
            says="joined",
            data={"guest_id": guest.id, "agent_name": guest.name},
            guests=tuple(here if known.id == guest.id else known for known in before.conversation.guests),
        )
    )


def expected(conversation: Conversation, guest_id: str, now: datetime) -> Guest:
    """Return an outsider whose link is good at this moment, here already or not.

    Raises:
        Ended: the conversation is over.
        GuestGone: removed, never invited, or too late.
    """
    if conversation.state == "ended":
        raise Ended(HAS_ENDED)
    guest = conversation.guest(guest_id)
    if guest is None or guest.kind != "outsider" or guest.until is None or guest.until <= now:
        raise GuestGone(N_("Ask whoever invited you for a new link."))
    return guest


def present(conversation: Conversation, guest_id: str, now: datetime) -> Guest:
    """Return an outsider who has come and may read and speak at this moment.

    Raises:
        Ended: the conversation is over.
        GuestGone: removed, not here, or too late.
    """
    guest = expected(conversation, guest_id, now)
    if guest.joined_at is None:
        raise GuestGone(N_("Open the link again."))
    return guest


def is_present(conversation: Conversation, guest_id: str, now: datetime) -> bool:
    """Return whether an outsider has come and may read and speak at this moment."""
    return conversation.state != "ended" and any(guest.id == guest_id for guest in audience(conversation, now))


def audience(conversation: Conversation, now: datetime) -> list[Guest]:
    """Return the outsiders who hear what is said at this moment."""
    here = [guest for guest in conversation.guests if guest.kind == "outsider" and guest.joined_at]
    return [guest for guest in here if guest.until and guest.until > now]


def sent_away(was: Conversation, conversation: Conversation) -> list[Guest]:
    """Return the outsiders who were in it before and are not any more: removed, or it ended."""
    return [guest for guest in was.guests if guest.kind == "outsider" and conversation.guest(guest.id) is None]
