"""What becomes of a mail that an agent wrote into a ticket, and of one by somebody who only pretends (spec 2.6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from pymongo.asynchronous.client_session import AsyncClientSession

from channels.email import inbound
from channels.email.obeying import Refusal, obey
from channels.email.orders import Orders, orders_of
from channels.email.store import KeptMail
from channels.email.telling import PRIVATE, REST, WHOLE, refusal_job
from core.db import Change, Database, Insert
from core.errors import Forbidden, Invalid, NotFound
from core.events import Actor
from core.files import UseFiles
from core.jobs import enqueue
from core.later import Later
from core.message import Happening, Part
from people import store as people
from people.access import AgentActor, at_work
from people.model import Agent
from ticketing import service as tickets
from ticketing.decision import Decision, line
from ticketing.drafts import Parts, Reply
from ticketing.model import Delivery, Ticket
from ticketing.service import Arrived

if TYPE_CHECKING:
    from channels.email.arriving import Taking

BY_MAIL: Final = "e-mail"  # where an agent acted from, in the audit log


@dataclass(frozen=True)
class Ask:
    """A change: ask for a job in the same commit."""

    job: Later

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Ask for it."""
        await enqueue(db, self.job, session=session)


async def answer(taking: Taking, agent: Agent, ticket: Ticket) -> KeptMail:
    """Do what an agent's mail says: carry out its orders, then put its words into the ticket, public or as a note.

    What fails is shown in the ticket and told to the agent by mail; it never stops the rest.
    """
    actor = await at_work(taking.db, agent, address=BY_MAIL)
    orders = orders_of(_without_address(taking, agent))
    files = await taking.files(taking.mail)
    parts = (*(inbound.texts(orders.words) if orders.words else ()), *files.values())
    is_private = (
        orders.is_private or taking.mail.automatic
    )  # what a calendar or a list adds is nothing for the customer
    with_reply = bool(parts) and not is_private  # then solving goes along with the answer, as in the console
    now_done = [order for order in orders.orders if not (with_reply and order.kind == "solve")]
    refused = await obey(taking.db, ticket.id, now_done, actor=actor)
    source = await taking.source()
    if parts:
        try:
            return await _say(taking, agent, ticket, orders, parts, refused, source, actor, is_private=is_private)
        except (Forbidden, NotFound, Invalid) as problem:
            why = [*refused, Refusal.of("", problem)]
            return await _store(taking, agent, ticket, why, taking.kept(source, outcome="refused"), actor, orders.words)
    return await _store(taking, agent, ticket, refused, taking.kept(source, outcome="answered"), actor)


async def _say(
    taking: Taking,
    agent: Agent,
    ticket: Ticket,
    orders: Orders,
    parts: tuple[Part, ...],
    refused: Sequence[Refusal],
    source: str,
    actor: AgentActor,
    *,
    is_private: bool,
) -> KeptMail:
    stored: list[KeptMail] = []
    kept = taking.kept(source, outcome="answered")

    def along(decision: Decision) -> Sequence[Change]:
        mine = kept.model_copy(update={"ticket_id": ticket.id, "entry_id": decision.entries[0].id})
        stored[:] = [mine]
        uses = UseFiles(taking.tenant_id, [source, *taking.inline.values()], ticket.id)
        mistyped = any(order.kind is None for order in orders.orders)
        failures = _failures(taking, agent, ticket, mine, refused, actor, effect=PRIVATE if mistyped else REST)
        return [Insert(mine), uses, *taking.arrival.seen, *failures]

    arrived = Arrived(taking.channel.id, taking.mail.content_hash, along)
    if is_private:
        await tickets.write_note(taking.db, ticket.id, parts, actor=actor, arrived=arrived)
    else:
        delivery = await _had_already(taking, ticket)
        # not validated: a mail may bring more parts than somebody types at once
        said = Reply.model_construct(
            parts=cast(Parts, parts), state="solved" if orders.solves else None, pending_reason=None
        )
        await tickets.reply(taking.db, ticket.id, said, actor=actor, arrived=arrived, delivery=delivery)
    return stored[0]


async def _store(
    taking: Taking,
    agent: Agent,
    ticket: Ticket,
    refused: Sequence[Refusal],
    kept: KeptMail,
    actor: AgentActor,
    words: str = "",
) -> KeptMail:
    """Keep a mail that said nothing, or whose words were refused, with what of it failed."""
    mine = kept.model_copy(update={"ticket_id": ticket.id})
    uses = UseFiles(taking.tenant_id, [mine.source_id] if mine.source_id else [], ticket.id)
    failures = _failures(taking, agent, ticket, mine, refused, actor, effect=WHOLE if words else "", words=words)
    await taking.db.commit(Insert(mine), uses, *taking.arrival.seen, *failures)
    return mine


def _failures(
    taking: Taking,
    agent: Agent,
    ticket: Ticket,
    kept: KeptMail,
    refused: Sequence[Refusal],
    actor: AgentActor,
    **told: Any,
) -> list[Change]:
    if not refused:
        return []
    told = {"words": "", **told}
    data = {"lines": [{"line": one.line, "reason": one.reason, "facts": one.facts} for one in refused]}
    shown = line(
        ticket, "event", (Happening(name="orders_refused", data=data),), actor=actor.actor, now=taking.db.now()
    )
    return [Insert(shown), Ask(refusal_job(taking.db, ticket, agent, kept, refused, **told))]


async def put_beside(taking: Taking, pretended: Agent, ticket: Ticket) -> KeptMail:
    """Put a mail that claims to be an agent's without proof into the ticket as a stranger's note, with a warning.

    It is neither the agent's word nor the customer's, and none of its orders is carried out.
    """
    mail = taking.mail
    address = mail.from_.email if mail.from_ else ""
    found = mail.authentication
    warning = Happening(
        name="unproven",
        data={"address": address, "name": pretended.name, "spf": found.spf, "dkim": found.dkim, "dmarc": found.dmarc},
    )
    files = await taking.files(mail)
    parts = (*inbound.texts(inbound.words(mail)), *files.values())
    source = await taking.source()
    kept = taking.kept(source, outcome="unproven")
    stored: list[KeptMail] = []

    def along(decision: Decision) -> Sequence[Change]:
        mine = kept.model_copy(update={"ticket_id": ticket.id, "entry_id": decision.entries[0].id})
        stored[:] = [mine]
        uses = UseFiles(taking.tenant_id, [source, *taking.inline.values()], ticket.id)
        return [Insert(mine), uses, *taking.arrival.seen]

    await tickets.put_note(
        taking.db, taking.tenant_id, ticket.id, parts, warning,
        actor=Actor(kind="guest", id=address[:320], name=address[:100]),
        arrived=Arrived(taking.channel.id, mail.content_hash, along),
    )  # fmt: skip
    return stored[0]


def _without_address(taking: Taking, agent: Agent) -> str:
    """Return what the agent newly wrote, with the desk's address where a signature told the own one."""
    text, own = taking.mail.new_text, taking.arrival.settings.address
    told = {agent.email, taking.mail.from_.email if taking.mail.from_ else agent.email}
    return re.sub("|".join(map(re.escape, told)), lambda _: own, text, flags=re.IGNORECASE)


async def _had_already(taking: Taking, ticket: Ticket) -> Delivery | None:
    """Return that the customer has it, where the agent's own program sent it to the customer as well: no second one."""
    if ticket.customer is None:
        return None
    found = await people.customers_with_ids(taking.db, taking.tenant_id, [ticket.customer.id])
    theirs = {one.value for customer in found.values() for one in customer.identities if one.kind == "email"}
    went_to = {one.key for one in (*taking.mail.to, *taking.mail.cc)}
    return Delivery(state="sent", at=taking.db.now()) if theirs & went_to else None
