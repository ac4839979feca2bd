"""How the orders in an agent's mail are carried out: with the agent's rights, and what fails is told in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from channels.email.orders import PRIORITIES, Order
from core.db import Database
from core.errors import N_, Invalid, Problem, Unavailable
from core.words import translate
from people import store as people
from people.access import AgentActor
from people.model import Agent
from ticketing import service as tickets
from ticketing import store as ticket_store
from ticketing.drafts import Assignment, TicketEdit

MYSELF: Final = frozenset({"me", "myself", "我", "自己"})
UNKNOWN: Final = N_("There is no such order. There are #note, #assign, #solve and #priority.")
NOBODY: Final = N_("Nobody here is called “{name}”. Write the whole name, the e-mail address, or a group's name.")
SEVERAL: Final = N_("Several people here are called “{name}”. Write the e-mail address.")
NO_PRIORITY: Final = N_("“{name}” is no priority. Write P1 to P5, or highest, high, normal, low, lowest.")


@dataclass(frozen=True)
class Refusal:
    """An order that was not carried out, and why: a sentence of the catalogue with its facts."""

    line: str
    reason: str
    facts: dict[str, str]

    @classmethod
    def of(cls, line: str, why: Problem) -> Refusal:
        """Return why a line was refused."""
        facts = {name: str(fact)[:300] for name, fact in why.facts.items()}
        return cls(line[:200], (why.errors[0].get("message") if why.errors else None) or why.detail or why.title, facts)

    def told(self, language: str) -> str:
        """Return the reason in words."""
        return translate(language, self.reason, self.facts)


async def obey(db: Database, ticket_id: str, orders: Sequence[Order], *, actor: AgentActor) -> list[Refusal]:
    """Carry out orders one after the other; return those that failed.

    Each is such that doing it again changes nothing: the mail may be taken in once more after a crash.

    Raises:
        Unavailable: the store is away.
    """
    refused: list[Refusal] = []
    for order in orders:
        try:
            await _obey(db, ticket_id, order, actor)
        except Unavailable:
            raise
        except Problem as problem:
            refused.append(Refusal.of(order.line, problem))
    return refused


async def _obey(db: Database, ticket_id: str, order: Order, actor: AgentActor) -> None:
    match order.kind:
        case "assign":
            await _assign(db, ticket_id, order.about, actor)
        case "priority":
            priority = PRIORITIES.get(order.about.lower())
            if priority is None:
                raise Invalid(NO_PRIORITY, name=order.about)
            version = (await ticket_store.ticket(db, actor.tenant_id, ticket_id)).version
            await tickets.edit(db, ticket_id, TicketEdit(version=version, priority=priority), actor=actor)
        case "solve":
            version = (await ticket_store.ticket(db, actor.tenant_id, ticket_id)).version
            await tickets.edit(db, ticket_id, TicketEdit(version=version, state="solved"), actor=actor)
        case None:
            raise Invalid(UNKNOWN)


async def _assign(db: Database, ticket_id: str, whom: str, actor: AgentActor) -> None:
    handler_id, group_id = (actor.id, None) if whom.lower() in MYSELF else await _named(db, actor.tenant_id, whom)
    version = (await ticket_store.ticket(db, actor.tenant_id, ticket_id)).version
    to = Assignment(version=version, handler_id=handler_id, group_id=group_id)
    await tickets.assign(db, ticket_id, to, actor=actor)


async def _named(db: Database, tenant_id: str, whom: str) -> tuple[str | None, str | None]:
    """Return the agent or the group that is meant: by address, name, or the beginning of either.

    Raises:
        Invalid: nobody is, or several are.
    """
    wanted = whom.strip().lstrip("@").casefold()
    agents = [agent for agent in await people.agents(db, tenant_id) if agent.active]
    ways: tuple[Callable[[Agent], bool], ...] = (
        lambda agent: agent.email.casefold() == wanted,
        lambda agent: agent.name.casefold() == wanted,
        lambda agent: agent.email.partition("@")[0].casefold() == wanted,
        lambda agent: agent.name.casefold().split()[:1] == [wanted],
    )
    for is_meant in ways:
        found = [agent for agent in agents if wanted and is_meant(agent)]
        if len(found) > 1:
            raise Invalid(SEVERAL, name=whom)
        if found:
            return found[0].id, None
    groups = [group for group in await people.groups(db, tenant_id) if group.name.casefold() == wanted]
    if not groups:
        raise Invalid(NOBODY, name=whom)
    return None, groups[0].id
