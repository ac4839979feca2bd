"""The one door: whatever a customer says on any channel enters here and finds its conversation or ticket."""

from __future__ import annotations

import time
from collections import OrderedDict

from channels import CHANNELS
from channels import store as channel_store
from channels.base import Channel
from conversation import service, store
from conversation.lifecycle import Ended
from conversation.live import Heard, Live
from conversation.service import Origin
from core.db import Database
from core.errors import N_, NotFound
from core.message import InboundMessage
from gateway import telemetry
from gateway.delivery import out_job
from people.service.customers import customer_by_identity

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

    async def _receive(self, message: InboundMessage) -> Heard:
        """Take what does not belong to a conversation that is known here."""
        channel = await channel_store.channel(self.db, message.tenant_id, message.channel_id)
        if not channel.active and not await store.live_conversation(
            self.db, message.tenant_id, message.channel_id, message.sender
        ):
            raise NotFound(N_("There is no such channel, or it is switched off."))  # what was begun goes on
        customer = await customer_by_identity(
            self.db,
            message.tenant_id,
            message.sender,
            name=message.sender.name,
            language=channel.language,
            now=message.sent_at,
        )
        heard = await service.receive(self.live, message, origin_of(channel, message, self.db), customer)
        if heard.conversation.state in ("waiting", "running"):
            who = (message.channel_id, message.sender.value)
            self._talking[who] = heard.conversation.id
            self._talking.move_to_end(who)
            if len(self._talking) > REMEMBERED:
                self._talking.popitem(last=False)
        return heard


def origin_of(channel: Channel, message: InboundMessage, db: Database) -> Origin:
    """Return what a conversation needs to know of the channel that a message came by."""
    settings = CHANNELS[channel.kind].Settings.model_validate(channel.settings)
    return Origin(
        channel_id=channel.id,
        kind=channel.kind,
        desk_id=channel.desk_id,
        menu=settings.menu,
        is_open=settings.hours is None or settings.hours.is_open(message.sent_at),
        outward=lambda conversation: out_job(conversation, db),
    )
