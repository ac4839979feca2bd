"""What the demo plays on: its clock, its people and places by their keys, and everything that comes to be in it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pymongo.asynchronous.client_session import AsyncClientSession

from channels.base import Channel
from conversation.lifecycle import Decision as TalkDecision
from conversation.menu import NavigationMenu
from core.db import Change, Database
from core.events import Actor, Event
from core.later import Later
from core.message import Part
from core.model import Record, Reference
from people.model import Agent, Customer, Group, Organization
from ticketing import catalog
from ticketing.decision import Decision as TicketDecision
from ticketing.model import CatalogNode, Place

TIME_ZONE = "Asia/Shanghai"


@dataclass
class MovedClock:
    """A clock that the load moves through the past."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment that the story has reached."""
        return self.moment


@dataclass(frozen=True)
class InsertAll:
    """A change: store new documents of one collection with one word to the server."""

    documents: Sequence[Record]

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Insert all of them."""
        if self.documents:
            rows = [document.to_mongo() for document in self.documents]
            await db[self.documents[0].collection].insert_many(rows, session=session)


@dataclass
class Ledger(Database):
    """A database that notes what is committed instead of storing it, so that all of it can be stored at once."""

    changes: list[Change] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    async def commit(self, *changes: Change, events: Sequence[Event] = (), jobs: Sequence[Later] = ()) -> None:
        """Note the changes and events; nobody is written to and nothing is to be done because of a demo."""
        self.changes += changes
        self.events += events


@dataclass
class TicketStory:
    """A ticket as it came to be: all that was decided about it, as one decision."""

    decision: TicketDecision
    files: list[str] = field(default_factory=list)


@dataclass
class TalkStory:
    """A conversation as it came to be."""

    decision: TalkDecision
    files: list[str] = field(default_factory=list)


@dataclass
class Stage:
    """Everything by its key in the scripts."""

    tenant_id: str
    present: datetime  # the moment of the load: nothing happens after it
    clock: MovedClock
    founder: Agent
    agents: dict[str, Agent] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    nodes: dict[str, CatalogNode] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    menus: dict[str, NavigationMenu] = field(default_factory=dict)
    files: dict[str, Part] = field(default_factory=dict)
    talks: list[TalkStory] = field(default_factory=list)
    tickets: list[TicketStory] = field(default_factory=list)  # in the order of their numbers
    assigned: dict[str, datetime] = field(default_factory=dict)  # agent's key → when a conversation was last given

    def moment(self, at: str) -> datetime:
        """Return a moment of the past: ``"5 09:14"`` (days ago, time of the day there) or ``"40m"`` (ago)."""
        if at.endswith("m"):
            return self.present - timedelta(minutes=int(at[:-1]))
        days, _, hour = at.partition(" ")
        zone = ZoneInfo(TIME_ZONE)
        day = self.present.astimezone(zone).date() - timedelta(days=int(days))
        return datetime.combine(day, time.fromisoformat(hour), zone).astimezone(self.present.tzinfo)

    def agent(self, key: str) -> Actor:
        """Return an agent as the one who acts."""
        agent = self.agents[key]
        return Actor(kind="agent", id=agent.id, name=agent.name, address="192.0.2.17")

    def handler(self, key: str) -> Reference:
        """Return an agent by name."""
        return Reference(id=self.agents[key].id, name=self.agents[key].name)

    def group(self, key: str) -> Reference:
        """Return a group by name."""
        return Reference(id=self.groups[key].id, name=self.groups[key].name)

    def customer(self, key: str) -> Reference:
        """Return a customer by name."""
        return Reference(id=self.customers[key].id, name=self.customers[key].name)

    def organization_of(self, key: str) -> Organization | None:
        """Return the organization of a customer."""
        wanted = self.customers[key].organization_id
        return next((one for one in self.organizations.values() if one.id == wanted), None)

    def place(self, key: str) -> Place:
        """Return an entry of the catalog as a ticket remembers it."""
        return catalog.place(self.nodes.values(), self.nodes[key].id)


def play(stage: Stage, stories: Iterable[Iterator[datetime]]) -> None:
    """Play stories side by side in the order of time; each yields when it goes on. What lies ahead has not happened."""
    waiting: list[tuple[datetime, int, Iterator[datetime]]] = []
    for order, story in enumerate(stories):
        heapq.heappush(waiting, (next(story), order, story))
    while waiting and waiting[0][0] <= stage.present:
        at, order, story = heapq.heappop(waiting)
        stage.clock.moment = at
        following = next(story, None)
        if following:
            heapq.heappush(waiting, (max(following, at), order, story))
