"""What goes on at the desk while processes die: somebody new asks again and again, and somebody is never answered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from conversation.model import Connection, Conversation, Seat, entry
from conversation.presence import watch_job
from core.db import Database, Insert, Save
from core.ids import new_id
from core.message import Address, Author, Text
from core.model import Reference
from core.tasks import end
from people.service.founding import Founded
from tests.chaos.population import Visitor

SILENCE = timedelta(seconds=10)  # the shortest that a company can set
STUCK = timedelta(seconds=5)  # the longest that anybody may wait for an agent, once all processes are back
LATE = timedelta(seconds=12)  # an alarm may be by as much: a store that starts again, and the lease of a dead worker
NEVER = timedelta(days=1)


@dataclass
class DeskWatch:
    """A desk that is looked at while processes are killed."""

    db: Database
    founded: Founded
    new_visitor: Callable[[str], Visitor]
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)  # from a kill until all are up again
    came: list[str] = field(default_factory=list)  # conversations of the newcomers
    silent: list[str] = field(default_factory=list)  # conversations whose host never answers

    async def set_up(self) -> None:
        """Shorten the silence that alarms, and let five customers wait for an answer of a host who never gives one."""
        tenant = self.founded.tenant
        settings = tenant.settings.model_copy(
            update={"agent_silence": 10, "alarm_again": 10, "return_after": 7_200, "agent_limit": 100}
        )
        now = self.db.now()
        host = Reference(id=self.founded.founder.id, name="Nobody answers")
        seat = Seat(
            id=host.id, tenant_id=tenant.id, name=host.name, limit=5, shown="free",
            connections={"web": Connection(seen_at=now + NEVER)},
        )  # fmt: skip
        await self.db.commit(Save(tenant.changed(settings=settings), was=tenant), Insert(seat))
        for number in range(5):
            talk = Conversation(
                id=new_id(now), tenant_id=tenant.id, channel_id="elsewhere", channel_kind="webchat",
                address=Address(kind="visitor", value=str(number)), customer=Reference(id=f"c{number}"),
                state="running", desk=Reference(id=self.founded.desk.id), host=host, hosted_at=now, queued_at=now,
                created_at=now, served_by=(host.id,), last_seq=1,
            )  # fmt: skip
            asked = entry(
                talk, 1, kind="message", author=Author(kind="customer", id=f"c{number}"), parts=(Text(text="Hello?"),),
                at=now, external_id=f"silent-{number}",
            )  # fmt: skip
            await self.db.commit(Insert(talk), Insert(asked), jobs=[watch_job(talk, now + SILENCE)])
            self.silent.append(talk.id)

    async def newcomers(self, enough: asyncio.Event) -> None:
        """Let somebody new ask, wait for an agent, and close the window; one after the other until it is enough."""
        number = 0
        while not enough.is_set():
            number += 1
            newcomer = self.new_visitor(f"newcomer{number:04}")
            online = asyncio.create_task(newcomer.stay_online())
            try:
                answer = await newcomer.say(f"{newcomer.name}-000001", "Is anybody there?")
                self.came.append(answer["conversation"]["id"])
                await newcomer.is_served()
            finally:
                await end([online])
                if newcomer.wire:
                    await newcomer.wire.close()
            await asyncio.sleep(random.uniform(0, 2))  # all of them stay, and four agents have 400 places

    async def check(self) -> None:
        """Look whether anybody was stuck, served by two, or alarmed too often or not at all."""
        lines = self.db["entries"].find({"parts.type": "event", "parts.name": "hosted"}, {"conversation_id": 1})
        hosted = [line["conversation_id"] async for line in lines]
        assert len(hosted) == len(set(hosted)), "nobody was given to two agents"
        assert len(self.came) >= len(self.outages) / 2, "somebody came all the time"
        async for found in self.db["conversations"].find({"_id": {"$in": self.came}}):
            talk = Conversation.from_mongo(found)
            assert talk.queued_at
            assert talk.hosted_at
            asked, given = talk.queued_at, talk.hosted_at
            waited = longest_while_all_were_up(asked, given, self.outages)
            assert waited < STUCK, f"{talk.id} was asked at {asked}, given at {given}: {self.outages}"
        now = self.db.now()
        for conversation_id in self.silent:
            alarms = self.db["events"].find({"subject_id": conversation_id, "name": "ConversationAlarmed"})
            rung = sorted([event["at"] async for event in alarms])
            assert rung, "nobody was alarmed"
            assert all(later - earlier >= SILENCE for earlier, later in pairwise(rung)), f"twice: {rung}"
            assert now - rung[-1] < SILENCE + LATE, f"lost after {rung[-1]}, now {now}"


def longest_while_all_were_up(since: datetime, until: datetime, outages: list[tuple[datetime, datetime]]) -> timedelta:
    """Return the longest stretch between two moments in which nothing was down."""
    edges = [since, *(moment for outage in outages for moment in outage if since < moment < until), until]
    quiet = [
        later - earlier
        for earlier, later in pairwise(edges)
        if not any(down <= earlier and later <= back for down, back in outages)
    ]
    return max(quiet, default=timedelta())
