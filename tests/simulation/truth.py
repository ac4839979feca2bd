"""What MongoDB is in the simulation: documents with versions, journals with numbers, jobs with keys, all in memory.

It refuses what MongoDB would refuse (an old version, a number that is taken, a lost lease) and checks at each commit,
and whenever nothing is left to do, what must hold at a desk. Flow and chaos tests show the same on the real stores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from conversation import routing
from conversation.lifecycle import Decision
from conversation.model import Conversation, Entry, Mark, Seat
from conversation.routing import Place
from conversation.watch import Silence
from core.settings import TenantSettings

LEASE = timedelta(seconds=5)
LATE = timedelta(seconds=1)


class Refused(Exception):  # noqa: N818
    """Somebody else changed it: load again and decide again."""


class Broken(AssertionError):  # noqa: N818
    """Something happened that never may."""


@dataclass
class Job:
    """One job: its key runs at most once at a time."""

    key: str
    kind: str
    subject: str
    due: datetime
    held: int | None = None  # by which run of a worker
    again: datetime | None = None


@dataclass
class Truth:
    """All that is stored of one desk."""

    settings: TenantSettings
    conversations: dict[str, Conversation] = field(default_factory=dict)
    live: dict[str, Conversation] = field(default_factory=dict)
    journals: dict[str, list[Entry]] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    skills: dict[str, frozenset[str]] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    killed: set[str] = field(default_factory=set)  # keys of jobs with which a worker was killed

    # --- reading

    def load(self, key: str) -> Decision:
        """Return a conversation, ready to decide on."""
        conversation = self.conversations[key]
        return Decision(conversation, conversation, len(self.journals[key]))

    def waiting(self) -> list[Conversation]:
        """Return who waits, in the order of service."""
        return routing.in_order(one for one in self.live.values() if one.state == "waiting")

    def load_of(self, agent: str) -> int:
        """Return how many places of an agent are taken: counted, never remembered."""
        return sum(
            (one.state == "running" and one.host is not None and one.host.id == agent)
            or (
                one.offer is not None
                and one.offer.kind != "invitation"
                and one.offer.agent is not None
                and one.offer.agent.id == agent
            )
            for one in self.live.values()
        )

    def places(self, now: datetime) -> list[Place]:
        """Return the places of those who are free."""
        return [
            Place(seat.id, max(seat.limit - self.load_of(seat.id), 0), seat.last_assigned_at, self.skills[seat.id])
            for seat in self.seats.values()
            if seat.is_free(now)
        ]

    def silence(self, key: str) -> Silence:
        """Return who spoke last."""
        unanswered = answered = None
        for line in self.journals[key]:
            if line.kind != "message":
                continue
            if line.author.kind == "agent":
                unanswered, answered = None, Mark(seq=line.seq, at=line.at)
            elif line.author.kind == "customer":
                unanswered = unanswered or Mark(seq=line.seq, at=line.at)
        return Silence(unanswered, answered)

    # --- writing

    def commit(
        self,
        now: datetime,
        decision: Decision | None = None,
        *,
        seat: tuple[Seat, Seat] | None = None,
        wishes: Iterable[tuple[str, str, str, datetime]] = (),
        lease: tuple[str, int] | None = None,
        over_limit: bool = False,
    ) -> None:
        """Store it all, or refuse it all."""
        if lease and (lease[0] not in self.jobs or self.jobs[lease[0]].held != lease[1]):
            raise Refused("the lease is lost")
        if decision:
            stored = self.conversations.get(decision.conversation.id)
            if (stored.version if stored else None) != (decision.was.version if decision.was else None):
                raise Refused("another version")
            journal = self.journals.setdefault(decision.conversation.id, [])
            if decision.entries and decision.entries[0].seq != len(journal) + 1:
                raise Refused("the number is taken")
        if seat and self.seats[seat[0].id].version != seat[1].version:
            raise Refused("the seat was used")
        if seat:
            self.seats[seat[0].id] = seat[0]
        if decision:
            self._store(decision, over_limit=over_limit)
        for wish in wishes:
            self.enqueue(*wish)
        if decision:
            for event in decision.events:
                self.counts[event.name] += 1

    def _store(self, decision: Decision, *, over_limit: bool) -> None:
        conversation, was = decision.conversation, decision.was
        before = Counter(self._takers(was))
        self.conversations[conversation.id] = conversation
        self.live[conversation.id] = conversation
        if conversation.state == "ended":
            del self.live[conversation.id]
        self.journals[conversation.id].extend(decision.entries)
        for agent, more in (Counter(self._takers(conversation)) - before).items():
            if more > 0 and self.load_of(agent) > self.seats[agent].limit and not over_limit:
                raise Broken(f"{agent} serves {self.load_of(agent)}, the limit is {self.seats[agent].limit}")
        if was and was.state == "ended" and (conversation != was or decision.entries):
            raise Broken("something happened after the end")

    @staticmethod
    def _takers(conversation: Conversation | None) -> list[str]:
        if conversation is None:
            return []
        takers = [conversation.host.id] if conversation.host and conversation.state == "running" else []
        offer = conversation.offer
        return [*takers, offer.agent.id] if offer and offer.agent and offer.kind != "invitation" else takers

    def enqueue(self, key: str, kind: str, subject: str, due: datetime) -> None:
        """Ask for a job: a new key is stored, a waiting one comes no later, a running one runs again."""
        job = self.jobs.get(key)
        if job is None:
            self.jobs[key] = Job(key, kind, subject, due)
        elif job.held is not None:
            job.again = min(job.again or due, due)
        else:
            job.due = min(job.due, due)

    def finish(self, key: str, held: int) -> None:
        """Forget a job that ran, or let it wait for what was asked meanwhile."""
        job = self.jobs.get(key)
        if job is None or job.held != held:
            return
        if job.again is None:
            del self.jobs[key]
        else:
            job.due, job.again, job.held = job.again, None, None

    # --- what must hold

    def check(self, now: datetime) -> None:
        """At every step: whatever lives, somebody or some timer will move."""
        for one in self.live.values():
            if one.state == "waiting" and f"wait:{one.id}" not in self.jobs:
                raise Broken(f"{one.id} may wait for ever")
            if one.state == "running" and f"watch:{one.id}" not in self.jobs:
                raise Broken(f"nobody watches over {one.id}")
            if one.offer and f"offer:{one.offer.id}" not in self.jobs:
                raise Broken(f"what was held out of {one.id} is held out for ever")
            if (one.state == "running") != (one.host is not None):
                raise Broken(f"{one.id} is {one.state} with host {one.host}")

    def check_at_rest(self, now: datetime) -> None:
        """When nothing is due and nobody acts: the queue is drained, places are true, timers are not late."""
        for job in self.jobs.values():
            if job.held is None and job.due + LATE < now:
                raise Broken(f"{job.key} is late by {now - job.due}")
        waiting, places = self.waiting(), self.places(now)
        if given := routing.assign(waiting, places):
            raise Broken(f"{given} should have been given")
        free = [place.agent_id for place in places if place.free]
        plain = [one for one in waiting if not one.offer and not one.skills]
        forgotten = [one.id for one in plain if set(free).difference(one.declined_by)]  # who declined is not asked soon
        if forgotten:
            raise Broken(f"{forgotten} wait though {free} are free")
        for position, one in enumerate(waiting, start=1):
            if self.told.get(one.id) != position:
                raise Broken(f"{one.id} was told {self.told.get(one.id)} and is {position}")
        for key, journal in self.journals.items():
            if [line.seq for line in journal] != list(range(1, len(journal) + 1)):
                raise Broken(f"{key}: a gap")
