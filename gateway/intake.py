"""The one door: whatever a customer says on any channel enters here and finds its conversation or ticket."""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, cast, get_args

from channels import CHANNELS
from channels import store as channel_store
from channels.base import Channel, Filed, Filing
from conversation import service, store
from conversation.lifecycle import Ended
from conversation.live import Heard, Live
from conversation.service import Origin
from core.db import Change, Database
from core.errors import N_, Forbidden, NotFound
from core.events import Actor
from core.message import InboundMessage
from core.model import Reference
from gateway import telemetry
from gateway.delivery import out_job
from people import store as people_store
from people.model import Customer
from people.service.customers import customer_by_identity
from ticketing import service as tickets
from ticketing import store as ticket_store
from ticketing.decision import Decision
from ticketing.model import Draft, Source, TicketEntry

TALKING = frozenset({"waiting", "running"})  # states in which words only wait for whoever serves
REMEMBERED = 20_000  # customers whose live conversation is known without asking the store


class Intake:
    """Accepts inbound messages; remembers which conversation a customer is in, and asks again when that has ended."""

    def __init__(self, db: Database, live: Live) -> None:
        self.db = db
        self.live = live
        self._talking: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def accept(self, message: InboundMessage) -> Heard:
        """Store what arrived and hand it to whom it concerns; acknowledge the sender only when this returns.

        Raises:
            Problem: it was not stored; sending it again with the same external id is safe.
        """
        began = time.perf_counter()
        heard = None
        if conversation_id := self._talking.get((message.channel_id, message.sender.value)):
            try:
                heard = await service.say(self.live, message, conversation_id)
            except (Ended, NotFound):
                self._talking.pop((message.channel_id, message.sender.value), None)
        heard = heard or await self._receive(message)
        telemetry.STORED.observe(time.perf_counter() - began)
        telemetry.BY_CUSTOMERS.inc()
        return heard

    async def file(self, message: InboundMessage, filing: Filing) -> Filed:
        """Put what arrived on a channel of tickets into the ticket that it answers, or into a new one (spec 2.2).

        Raises:
            Forbidden: the customer is blocked.
            Problem: it was not stored; sending it again with the same external id is safe.
        """
        channel = filing.channel or await channel_store.channel(self.db, message.tenant_id, message.channel_id)
        customer = await self._customer(message, channel)
        if customer.blocked:
            raise Forbidden(N_("The sender is blocked."))
        actor = Actor(kind="customer", id=customer.id, name=customer.name or message.sender.value[:100])

        opened: list[TicketEntry] = []

        def along(decision: Decision) -> Sequence[Change]:
            said = next(entry for entry in decision.entries if entry.external_id == message.external_id)
            opened[:] = [said]
            return filing.along(decision.ticket, said)

        facts: dict[str, Any] = {"actor": actor, "external_id": message.external_id, "along": along}
        if message.thread:
            ticket = await tickets.hear(
                self.db,
                message.tenant_id,
                message.thread,
                message.parts,
                channel_id=channel.id,
                cc=filing.cc,
                quiet=filing.quiet,
                **facts,
            )
        else:
            draft = await self._draft(channel, customer, filing)
            facts |= {"note": filing.note, "noted_by": filing.handed_on_by}
            ticket = await tickets.submit(self.db, message.tenant_id, draft, message.parts, **facts)
        telemetry.BY_CUSTOMERS.inc()
        if not message.thread and opened[0].ticket_id == ticket.id:  # else it had arrived before
            return Filed(ticket, opened[0])
        entry = await ticket_store.arrived(self.db, message.tenant_id, channel.id, message.external_id)
        assert entry is not None  # it was stored a moment ago, or before
        return Filed(ticket, entry)

    async def _draft(self, channel: Channel, customer: Customer, filing: Filing) -> Draft:
        """Return what is known of a ticket that a channel opens: it goes to the channel's desk (spec 3.2)."""
        named, organization = await tickets.customer_named(self.db, customer)
        desks = await people_store.groups_with_ids(self.db, channel.tenant_id, filter(None, [channel.desk_id]))
        desk = desks.get(channel.desk_id or "")
        return Draft(
            subject=filing.subject, customer=named, organization=organization, channel_id=channel.id, cc=filing.cc,
            group=Reference(id=desk.id, name=desk.name) if desk else None,
            source=cast(Source, channel.kind if channel.kind in get_args(Source) else "api"),
            acknowledge=filing.answers_by_itself, quiet=filing.quiet,
        )  # fmt: skip

    async def _customer(self, message: InboundMessage, channel: Channel) -> Customer:
        return await customer_by_identity(
            self.db,
            message.tenant_id,
            message.sender,
            name=message.sender.name,
            language=channel.language,
            now=self.db.now(),
        )

    async def _receive(self, message: InboundMessage) -> Heard:
        """Take what does not belong to a conversation that is known here."""
        current = await store.live_conversation(self.db, message.tenant_id, message.channel_id, message.sender)
        if current and current.state in TALKING:  # after a restart everybody comes at once: this way is short
            self._remember(message, current.id)
            with contextlib.suppress(Ended):
                return await service.say(self.live, message, current.id)
        channel = await channel_store.channel(self.db, message.tenant_id, message.channel_id)
        if not channel.active and not current:
            raise NotFound(N_("There is no such channel, or it is switched off."))  # what was begun goes on
        customer = await self._customer(message, channel)
        heard = await service.receive(self.live, message, origin_of(channel, message, self.db), customer)
        if heard.conversation.state in TALKING:
            self._remember(message, heard.conversation.id)
        return heard

    def _remember(self, message: InboundMessage, conversation_id: str) -> None:
        who = (message.channel_id, message.sender.value)
        self._talking[who] = conversation_id
        self._talking.move_to_end(who)
        if len(self._talking) > REMEMBERED:
            self._talking.popitem(last=False)


def origin_of(channel: Channel, message: InboundMessage, db: Database) -> Origin:
    """Return what a conversation needs to know of the channel that a message came by."""
    settings = CHANNELS[channel.kind].Settings.model_validate(channel.settings)
    return Origin(
        channel_id=channel.id,
        kind=channel.kind,
        desk_id=channel.desk_id,
        menu=settings.menu,
        is_open=settings.hours is None or settings.hours.is_open(message.sent_at),
        language=channel.language,
        outward=lambda conversation: out_job(conversation, db),
    )
