"""What people and workers do in the simulation, each as a generator that may be interrupted at every ``yield``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from conversation import lifecycle, routing, transfer, watch
from conversation.lifecycle import Decision
from conversation.model import Conversation, Private, Seat, Visit
from core.errors import Problem
from core.events import Actor
from core.message import Address, Author, Text
from core.model import Reference
from tests.simulation.truth import LATE, Broken, Refused, Truth

T = TypeVar("T")
Wish = tuple[str, str, str, datetime]
Lease = tuple[str, int] | None

DESK = Reference(id="desk", name="Desk")
BOSS = Actor(kind="agent", id="boss", name="Boss")
WAIT = timedelta(minutes=30)


def route(now: datetime) -> Wish:
    return ("route", "route", "", now)


def timers(decision: Decision, now: datetime) -> list[Wish]:
    """Return the timers that follow from a decision, as `conversation.service` starts them."""
    was, one = decision.was, decision.conversation
    wishes: list[Wish] = []
    if one.state == "running" and (was is None or was.host != one.host):
        wishes.append((f"watch:{one.id}", "watch", one.id, now + timedelta(seconds=10)))
    if one.offer and (was is None or was.offer != one.offer):
        wishes.append((f"offer:{one.offer.id}", "offer", one.id, one.offer.until))
    return wishes


def actor(agent: str) -> Actor:
    return Actor(kind="agent", id=agent, name=agent)


def person(seat: Seat) -> Reference:
    return Reference(id=seat.id, name=seat.name)


class Desk:
    """The use-cases; ``now`` is the simulation's clock."""

    def __init__(self, truth: Truth, now: Callable[[], datetime], *, asks: bool) -> None:
        self.truth = truth
        self.now = now
        self.asks = asks

    # --- customers

    def arrive(self, key: str, priority: int, skills: tuple[str, ...]) -> Iterator[None]:
        """A customer asks and is queued."""
        now = self.now()
        customer = Reference(id=f"customer-{key}", name=key)
        started = lifecycle.start(
            tenant_id="acme", channel_id="web", channel_kind="webchat", address=Address(kind="visitor", value=key),
            customer=customer, priority=priority, visit=Visit(), now=now,
        )  # fmt: skip
        started = Decision(started.conversation.model_copy(update={"id": key, "skills": skills}), None, 0)
        said = lifecycle.say(
            started, author=Author(kind="customer", id="c"), parts=(Text(text="Hi"),), now=now,
            external_id=key, client_id=None,
        )  # fmt: skip
        queued = lifecycle.queue(said, DESK, now)
        yield
        self.truth.commit(now, queued, wishes=[route(now), (f"wait:{key}", "wait", key, now + WAIT)])
        self.truth.told[key] = next(place for place, one in enumerate(self.truth.waiting(), start=1) if one.id == key)

    def say(self, key: str, kind: str, by: str) -> Iterator[None]:
        """Somebody says something."""
        before = self.truth.load(key)
        yield
        author = Author(kind="customer" if kind == "customer" else "agent", id=by)
        private: Private | None = "note" if kind == "note" else None
        said = lifecycle.say(
            before, author=author, parts=(Text(text="…"),), now=self.now(), external_id=f"{key}-{before.seq}",
            client_id=None, private=private,
        )  # fmt: skip
        self.truth.commit(self.now(), said)

    def leave(self, key: str) -> Iterator[None]:
        """A customer leaves the queue, or the talk."""
        before = self.truth.load(key)
        yield
        left = lifecycle.leave(before, self.now(), actor=Actor(kind="customer", id="c", name="c"))
        self.truth.commit(self.now(), left, wishes=[route(self.now())])

    # --- agents

    def take(self, agent: str, key: str) -> Iterator[None]:
        """Take who waits."""
        yield from self._with_place(agent, key, lambda before, who: lifecycle.host(before, who, self.now()))

    def accept(self, agent: str, key: str) -> Iterator[None]:
        """Accept what is held out."""
        before, seat = self.truth.load(key), self.truth.seats[agent]
        offer = before.conversation.offer
        if offer is None or not offer.agent or offer.agent.id != agent:
            return
        yield
        decision = transfer.accept(before, offer.id, person(seat), self.now(), actor=actor(agent))
        self._commit_seated(decision, seat)

    def decline(self, agent: str, key: str) -> Iterator[None]:
        """Decline what is held out."""
        before = self.truth.load(key)
        offer = before.conversation.offer
        if offer is None or not offer.agent or offer.agent.id != agent:
            return
        yield
        decision = transfer.decline(before, offer.id, self.now(), by=agent, actor=actor(agent))
        self.truth.commit(self.now(), decision, wishes=[route(self.now())])

    def hand_on(self, key: str, to: str) -> Iterator[None]:
        """Hold a conversation out to a colleague."""
        now = self.now()
        until = now + timedelta(seconds=self.truth.settings.transfer_within)
        yield from self._with_place(
            to, key, lambda before, who: transfer.offer(before, "transfer", now, until, agent=who)
        )

    def take_over(self, agent: str, key: str) -> Iterator[None]:
        """Take a conversation over."""
        yield from self._with_place(
            agent, key,
            lambda before, who: transfer.hand_over(before, who, self.now(), name="TakenOver", actor=actor(agent)),
        )  # fmt: skip

    def end(self, key: str) -> Iterator[None]:
        """End a conversation."""
        before = self.truth.load(key)
        yield
        ended = lifecycle.end(before, "solved", self.now(), actor=BOSS, ticket_id="t", subject="s")
        self.truth.commit(self.now(), ended, wishes=[route(self.now())])

    def assign_over_limit(self, key: str, to: str) -> Iterator[None]:
        """A leader gives a waiting customer to an agent, whatever the limit."""
        before, seat = self.truth.load(key), self.truth.seats[to]
        yield
        hosted = lifecycle.host(before, person(seat), self.now(), actor=BOSS)
        self._commit_seated(hosted, seat, over_limit=True)

    def move_up(self, key: str) -> Iterator[None]:
        """A leader moves a customer to the front."""
        before = self.truth.load(key)
        lift = max((one.lift for one in self.truth.waiting()), default=0) + 1
        yield
        moved = transfer.move_up(before, lift, self.now(), actor=BOSS)
        self.truth.commit(self.now(), moved, wishes=[route(self.now())])

    def _with_place(self, agent: str, key: str, decide: Callable[[Decision, Reference], Decision]) -> Iterator[None]:
        """Take a place: the seat is read before the places are counted, and guards the commit."""
        seat = self.truth.seats[agent]
        yield
        before = self.truth.load(key)
        if self.truth.load_of(agent) >= seat.limit or not seat.is_free(self.now()):
            return
        yield
        self._commit_seated(decide(before, person(seat)), seat)

    def _commit_seated(self, decision: Decision, seat: Seat, *, lease: Lease = None, over_limit: bool = False) -> None:
        now = self.now()
        wishes = [*timers(decision, now), route(now)]
        became = seat.changed(last_assigned_at=now)
        self.truth.commit(now, decision, seat=(became, seat), wishes=wishes, lease=lease, over_limit=over_limit)

    # --- workers

    def run(self, kind: str, subject: str, lease: tuple[str, int]) -> Iterator[None]:
        """Do what a job asks for."""
        match kind:
            case "route":
                yield from self._route(lease)
            case "wait":
                yield from self._give_up(subject, lease)
            case "offer":
                yield from self._expire(subject, lease)
            case "watch":
                yield from self._watch(subject, lease)
            case "presence":
                yield from self._presence(subject, lease)

    def _route(self, lease: tuple[str, int]) -> Iterator[None]:
        now = self.now()
        seats, places = dict(self.truth.seats), self.truth.places(now)
        yield
        for assignment in routing.assign(self.truth.waiting(), places):
            before, seat = self.truth.load(assignment.conversation_id), self.truth.seats[assignment.agent_id]
            if before.conversation.state != "waiting" or before.conversation.offer:
                continue
            if seat.version != seats[seat.id].version:
                raise Refused("count again")
            yield
            if self.asks:
                until = self.now() + timedelta(seconds=self.truth.settings.accept_within)
                decision = transfer.offer(before, "response", self.now(), until, agent=person(seat))
            else:
                decision = lifecycle.host(before, person(seat), self.now())
            became = seat.changed(last_assigned_at=self.now())
            self.truth.commit(
                self.now(), decision, seat=(became, seat), wishes=timers(decision, self.now()), lease=lease
            )
            seats[seat.id] = became
        yield
        for position, one in enumerate(self.truth.waiting(), start=1):
            self.truth.told[one.id] = position

    def _give_up(self, key: str, lease: tuple[str, int]) -> Iterator[None]:
        before = self.truth.load(key)
        yield
        if before.conversation.state == "waiting":
            over = lifecycle.offer_form(before, "waited_too_long", self.now())
            self.truth.commit(self.now(), over, wishes=[route(self.now())], lease=lease)

    def _expire(self, key: str, lease: tuple[str, int]) -> Iterator[None]:
        before = self.truth.load(key)
        offer = before.conversation.offer
        if offer is None or f"offer:{offer.id}" != lease[0] or offer.until > self.now():
            return
        yield
        by = offer.agent.id if offer.agent else None
        gone = transfer.decline(before, offer.id, self.now(), by=by, silent=True)
        self.truth.commit(self.now(), gone, wishes=[route(self.now())], lease=lease)
        if offer.kind == "response" and by:
            yield
            seat = self.truth.seats[by]
            self.truth.commit(self.now(), seat=(seat.changed(absence="silent"), seat), wishes=[route(self.now())])

    def _watch(self, key: str, lease: tuple[str, int]) -> Iterator[None]:
        while True:
            before, now = self.truth.load(key), self.now()
            one = before.conversation
            if one.state != "running" or one.host is None:
                return
            silence = self.truth.silence(key)
            away = self.away_since(self.truth.seats[one.host.id])
            act, look_at = watch.next_act(one, silence, self.truth.settings, away_since=away, now=now)
            yield
            if act is None:
                self.truth.enqueue(f"watch:{key}", "watch", key, look_at)
                return
            try:
                self._act(act, before, silence, lease)
            except Refused:
                if lease[0] not in self.truth.jobs or self.truth.jobs[lease[0]].held != lease[1]:
                    raise

    def _act(self, act: watch.Act, before: Decision, silence: watch.Silence, lease: tuple[str, int]) -> None:
        now, one = self.now(), before.conversation
        wishes: list[Wish] = []
        match act:
            case "alarm":
                assert silence.unanswered
                decision = watch.alarm(before, silence.unanswered, now)
                assert one.hosted_at
                heard = max(silence.unanswered.at, one.hosted_at)
                due = heard + timedelta(seconds=self.truth.settings.agent_silence)
                if one.alarm and one.alarm.seq == silence.unanswered.seq:
                    due = one.alarm.raised_at + timedelta(seconds=self.truth.settings.alarm_again)
                self._on_time(lease[0], one, due)
            case "remind":
                assert silence.answered
                if one.reminded_seq >= silence.answered.seq:
                    raise Broken("reminded twice")
                due = silence.answered.at + timedelta(seconds=self.truth.settings.customer_reminder)
                self._on_time(lease[0], one, due)
                decision = watch.remind(before, silence.answered, now, minutes_left=3)
            case "return":
                decision = transfer.give_back(before, now)
                wishes = [route(now), (f"wait:{one.id}", "wait", one.id, now + WAIT)]
            case _:
                decision = lifecycle.end(before, "solved", now, actor=BOSS, ticket_id="t", subject="s")
                wishes = [route(now)]
        self.truth.commit(now, decision, wishes=wishes, lease=lease)

    def _on_time(self, key: str, one: Conversation, due: datetime) -> None:
        """Check that a timer is no later than a second, unless a worker was killed with it."""
        if self.now() - due > LATE and key not in self.truth.killed:
            raise Broken(f"{key} is late by {self.now() - due}")

    def away_since(self, seat: Seat) -> datetime | None:
        """Return from when on an agent is away, as `conversation.presence` tells it."""
        now = self.now()
        if seat.status(now) != "away":
            return None
        if seat.is_connected(now):
            return seat.shown_at or now
        seen = [max(c.seen_at, c.left_at or c.seen_at) for c in seat.connections.values()]
        return max(seen) + timedelta(seconds=30) if seen else now

    def _presence(self, agent: str, lease: tuple[str, int]) -> Iterator[None]:
        yield
        self.truth.enqueue("route", "route", "", self.now())
        for one in list(self.truth.live.values()):
            if one.state == "running" and one.host and one.host.id == agent:
                self.truth.enqueue(f"watch:{one.id}", "watch", one.id, self.now())


Expected = (Refused, Problem)
__all__ = ["Conversation", "Desk", "Expected"]
