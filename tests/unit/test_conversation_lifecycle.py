"""A conversation's life under any sequence of acts: gap-free journal, one host, one way out (spec 4.7). Pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation import company, lifecycle, transfer, watch
from conversation.lifecycle import Decision
from conversation.menu import Choice, NavigationMenu
from conversation.model import Mark, OfferKind, Outcome, Private, Rating, Visit
from conversation.summary import summed_up
from conversation.views import guest_entries, visitor_entries, visitor_view
from core.errors import Problem
from core.events import Actor
from core.message import Address, Author, Text, gist
from core.model import Reference

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DESK, CENTRAL = Reference(id="desk", name="Sales"), Reference(id="central", name="Central")
ANN, BO = Reference(id="ann", name="Ann"), Reference(id="bo", name="Bo")
MENU = NavigationMenu(items=(Choice(id="orders", label="Orders"),))
CUSTOMER = Actor(kind="customer", id="p", name="Li Lei")
AGENT = Actor(kind="agent", id="ann", name="Ann")
SECRET = "between us: never ship to them again"


def begun() -> Decision:
    """Return a conversation that has just begun."""
    return lifecycle.start(
        tenant_id="t",
        channel_id="ch",
        channel_kind="webchat",
        address=Address(kind="visitor", value="v"),
        customer=Reference(id="p", name="Li Lei"),
        priority=0,
        visit=Visit(),
        now=START,
    )


def said(before: Decision, now: datetime, *, by: str = "customer", private: Private | None = None) -> Decision:
    """Return the conversation with words added by somebody."""
    author = Author(kind=by, id=by, name=by)  # type: ignore[arg-type]
    text = SECRET if private else f"{by} says something"
    return lifecycle.say(
        before,
        author=author,
        parts=(Text(text=text),),
        now=now,
        external_id=f"{by}-{before.seq}",
        client_id=None,
        private=private,
    )


def ended(before: Decision, outcome: Outcome, now: datetime, reason: str = "") -> Decision:
    """Return the conversation ended by its agent."""
    return lifecycle.end(
        before,
        outcome,
        now,
        actor=AGENT,
        ticket_id="ticket",
        subject="s",
        reason=reason,
    )


ACTS: dict[str, Callable[[Decision, datetime], Decision]] = {
    "customer speaks": said,
    "agent speaks": lambda d, now: said(d, now, by="agent"),
    "agent notes": lambda d, now: said(d, now, by="agent", private="note"),
    "sees the menu": lambda d, now: lifecycle.show_menu(d, MENU, now, at=None) if d.conversation.state == "menu" else d,
    "queue at desk": lambda d, now: lifecycle.queue(d, DESK, now),
    "move to central": lambda d, now: (
        lifecycle.queue(d, CENTRAL, now, overflowed=True) if d.conversation.state == "waiting" else d
    ),
    "ann takes": lambda d, now: lifecycle.host(d, ANN, now),
    "bo takes": lambda d, now: lifecycle.host(d, BO, now),
    "customer leaves": lambda d, now: lifecycle.leave(d, now, actor=CUSTOMER),
    "waited too long": lambda d, now: lifecycle.offer_form(d, "waited_too_long", now),
    "solved": lambda d, now: ended(d, "solved", now),
    "unsolved": lambda d, now: ended(d, "unsolved", now),
    "refused": lambda d, now: ended(d, "refused", now, "spam"),
    "rates": lambda d, now: lifecycle.rate(d, Rating(score=5), now, actor=CUSTOMER),
}
#: Queueing is the service's own act, only ever on conversations that are not hosted or over.
ALLOWED_TO_QUEUE = ("menu", "waiting")

lives = st.lists(st.sampled_from(sorted(ACTS)), max_size=40)


def lived(acts: list[str]) -> list[Decision]:
    """Return every state of a conversation to which these acts happened, leaving out what was refused."""
    decision = begun()
    steps = [decision]
    for minute, act in enumerate(acts):
        if act.startswith("queue") and decision.conversation.state not in ALLOWED_TO_QUEUE:
            continue
        try:
            decision = (ACTS | HANDED)[act](decision, START + timedelta(minutes=minute))
        except Problem:
            continue
        steps.append(decision)
    return steps


@given(lives)
def test_the_journal_counts_from_one_without_gaps(acts: list[str]) -> None:
    last = lived(acts)[-1]
    assert [entry.seq for entry in last.entries] == list(range(1, last.seq + 1))


@given(lives)
def test_it_ends_once_in_exactly_one_way_and_nothing_leaves_the_end(acts: list[str]) -> None:
    conversations = [step.conversation for step in lived(acts)]
    endings = [c for before, c in itertools.pairwise(conversations) if c.live < before.live]
    assert len(endings) <= 1
    for conversation in conversations:
        over = conversation.state == "ended"
        assert (
            over == (conversation.outcome is not None) == (conversation.ended_at is not None) == (not conversation.live)
        )
        if over:
            assert conversation.outcome == endings[0].outcome


@given(lives)
def test_there_is_never_a_second_host_and_a_host_is_never_lost(acts: list[str]) -> None:
    hosts = [step.conversation.host for step in lived(acts)]
    seen = [host.id for host in hosts if host]
    assert len(set(seen)) <= 1
    assert all(later is not None for earlier, later in itertools.pairwise(hosts) if earlier)


@given(lives)
def test_whoever_runs_has_a_host_and_whoever_waits_has_a_desk(acts: list[str]) -> None:
    for step in lived(acts):
        conversation = step.conversation
        if conversation.state == "running":
            assert conversation.host
        if conversation.state == "waiting":
            assert conversation.desk
            assert conversation.queued_at
            assert conversation.host is None


#: What changes hands, and what is said behind the customer's back; every note is the secret.
HANDED: dict[str, Callable[[Decision, datetime], Decision]] = {
    "boss whispers": lambda d, now: said(d, now, by="agent", private="whisper"),
    "offered to bo": lambda d, now: offered(d, now, "response" if d.conversation.state == "waiting" else "transfer"),
    "bo is invited": lambda d, now: offered(d, now, "invitation"),
    "bo accepts": lambda d, now: transfer.accept(d, offer_of(d), BO, now, actor=AGENT),
    "bo declines": lambda d, now: transfer.decline(d, offer_of(d), now, by="bo", actor=AGENT),
    "time is up": lambda d, now: transfer.decline(d, offer_of(d), now, silent=True),
    "bo takes over": lambda d, now: transfer.hand_over(d, BO, now, name="ConversationTakenOver", actor=AGENT),
    "bo joins": lambda d, now: transfer.joined(d, BO, now, invited_by="Ann", actor=AGENT),
    "bo leaves": lambda d, now: transfer.left(d, "bo", now, actor=AGENT),
    "gus is invited": lambda d, now: company.invite_outsider(
        d, "Gus", now, now + timedelta(hours=1), invited_by="Ann", actor=AGENT
    )[0],
    "gus comes": lambda d, now: company.arrived(d, outsider_of(d), now, sees_earlier=False),
    "gus is removed": lambda d, now: transfer.left(d, outsider_of(d), now, actor=AGENT),
    "agent is gone": transfer.give_back,
    "moved up": lambda d, now: transfer.move_up(d, 1, now, actor=AGENT) if d.conversation.state == "waiting" else d,
    "alarm": lambda d, now: watch.alarm(d, Mark(seq=1, at=START), now) if d.conversation.state == "running" else d,
    "reminder": lambda d, now: (
        watch.remind(d, Mark(seq=1, at=START), now, minutes_left=3) if d.conversation.state == "running" else d
    ),
}
busy_lives = st.lists(st.sampled_from(sorted(ACTS | HANDED)), max_size=60)


def offered(before: Decision, now: datetime, kind: OfferKind) -> Decision:
    """Return the conversation held out to Bo."""
    until = now + timedelta(minutes=2)
    return transfer.offer(before, kind, now, until, agent=BO, by=ANN, note=SECRET, actor=AGENT)


def offer_of(before: Decision) -> str:
    return before.conversation.offer.id if before.conversation.offer else "none"


def outsider_of(before: Decision) -> str:
    """Return the id of the first guest from outside."""
    return next((guest.id for guest in before.conversation.guests if guest.kind == "outsider"), "none")


@given(busy_lives)
def test_a_guest_from_outside_sees_from_joining_on_and_nothing_private(acts: list[str]) -> None:
    for before, after in itertools.pairwise(lived(acts)):
        was = {guest.id: guest for guest in before.conversation.guests}
        for guest in after.conversation.guests:
            if guest.kind == "outsider" and guest.joined_at and not was[guest.id].joined_at:
                assert guest.sees_after == before.seq
                assert after.entries[-1].seq == before.seq + 1
        if after.conversation.state == "ended":
            assert not after.conversation.guests
        assert SECRET not in "".join(view.model_dump_json() for view in guest_entries(after.entries))


def test_a_guest_is_here_from_opening_the_link_until_its_time_is_up_or_removal() -> None:
    hosted = said(lifecycle.host(lifecycle.queue(begun(), DESK, START), ANN, START), START)
    until = START + timedelta(hours=1)
    invited, guest = company.invite_outsider(hosted, " Gus  P ", START, until, invited_by="Ann", actor=AGENT)
    assert (guest.name, guest.kind, guest.joined_at, guest.until) == ("Gus P", "outsider", None, until)
    with pytest.raises(company.GuestGone):
        company.present(invited.conversation, guest.id, START)
    assert "Gus" not in "".join(view.model_dump_json() for view in visitor_entries(invited.entries))
    here = company.arrived(invited, guest.id, START, sees_earlier=False)
    assert company.arrived(here, guest.id, START, sees_earlier=True) is here
    assert company.present(here.conversation, guest.id, START).sees_after == invited.seq
    assert company.arrived(invited, guest.id, START, sees_earlier=True).conversation.guests[0].sees_after == 0
    assert [one.id for one in company.audience(here.conversation, START)] == [guest.id]
    assert company.audience(here.conversation, until) == []
    with pytest.raises(company.GuestGone):
        company.present(here.conversation, guest.id, until)
    gone = transfer.left(here, guest.id, START, actor=AGENT)
    with pytest.raises(company.GuestGone):
        company.present(gone.conversation, guest.id, START)
    over = ended(here, "solved", START)
    assert [one.id for one in company.sent_away(here.conversation, over.conversation)] == [guest.id]
    with pytest.raises(lifecycle.Ended):
        company.expected(over.conversation, guest.id, START)


@given(busy_lives)
def test_whatever_changes_hands_there_is_one_host_or_a_place_in_the_queue(acts: list[str]) -> None:
    for step in lived(acts):
        conversation = step.conversation
        assert (conversation.state == "running") <= (conversation.host is not None)
        assert (conversation.state == "waiting") <= (conversation.host is None and conversation.desk is not None)
        if conversation.offer:
            assert conversation.state in ("waiting", "running")
            assert (conversation.offer.kind == "response") == (conversation.state == "waiting")
        if conversation.host and conversation.state == "running":
            assert conversation.host.id in conversation.served_by
            assert conversation.guest(conversation.host.id) is None
        assert [entry.seq for entry in step.entries] == list(range(1, step.seq + 1))


@given(busy_lives)
def test_private_words_never_reach_the_customer(acts: list[str]) -> None:
    last = lived(acts)[-1]
    shown = [view.model_dump_json() for view in visitor_entries(last.entries)]
    shown.append(visitor_view(last.conversation).model_dump_json())
    assert SECRET not in "".join(shown)
    assert "ticket" not in visitor_view(last.conversation).model_dump_json().replace("ticket_number", "")


@given(lives)
def test_every_change_of_state_is_told_as_an_event_and_stands_in_the_journal(acts: list[str]) -> None:
    steps = lived(acts)
    for before, after in itertools.pairwise(steps):
        if before.conversation.state != after.conversation.state:
            assert len(after.events) > len(before.events)
            assert after.entries[-1].kind == "event"


def test_a_refusal_needs_a_reason() -> None:
    hosted = lifecycle.host(lifecycle.queue(begun(), DESK, START), ANN, START)
    with pytest.raises(Problem):
        ended(hosted, "refused", START, "  ")


def test_a_place_in_the_queue_survives_a_move_to_another_desk() -> None:
    queued = lifecycle.queue(begun(), DESK, START)
    moved = lifecycle.queue(queued, CENTRAL, START + timedelta(minutes=20), overflowed=True)
    assert moved.conversation.queued_at == START
    assert moved.conversation.desk == CENTRAL


@given(lives)
def test_the_summary_follows_from_the_journal(acts: list[str]) -> None:
    last = lived(acts)[-1]
    summary = summed_up(last.conversation, last.entries)
    said = [entry for entry in last.entries if entry.kind == "message"]
    assert summary.last_seq == last.seq
    assert (summary.last_message.text if summary.last_message else None) == (gist(said[-1].parts) if said else None)
    answered = max((entry.seq for entry in said if entry.author.kind == "agent"), default=0)
    open_questions = [entry.seq for entry in said if entry.author.kind == "customer" and entry.seq > answered]
    assert (summary.unanswered.seq if summary.unanswered else None) == (open_questions[0] if open_questions else None)
