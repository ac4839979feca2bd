"""A desk with a mailbox: a real Dovecot that customers' mails lie in, and a real SMTP server that answers leave by."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from core.db import Committed
from core.jobs import Worker
from gateway import wiring
from tests.mailhouse import Dovecot, PostOffice, Received, a_mail, a_post_office
from tests.world import Console, World

_numbers = itertools.count(1)
PATIENCE = 60.0  # seconds of real time: mail servers and readers are processes of their own


@dataclass
class MailDesk:
    """A company whose customers write mails."""

    world: World
    dovecot: Dovecot
    office: PostOffice
    address: str
    channel: dict[str, Any] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def opens(cls, world: World, dovecot: Dovecot, office: PostOffice, **settings: Any) -> MailDesk:
        """Return a desk whose founder has set up a mailbox, and whose worker reads it."""
        desk = cls(world, dovecot, office, f"help{next(_numbers)}@desk.test")
        world.db.listeners.append(desk._committed)
        desk.channel = await desk.sets_up(desk.address, **settings)
        await world.settles()
        return desk

    async def sets_up(self, address: str, **settings: Any) -> dict[str, Any]:
        """Return another mailbox that the founder set up."""
        chosen = {
            "address": address, "from_name": "Lantern & Leaf", **self.dovecot.account(address), **self.office.account(),
            "imap_user": address, "trusted_servers": ["mx.desk.test"], "notices": False, "solved": False,
            **settings,
        }  # fmt: skip
        founder = await self.world.founder()
        return await founder.call(  # type: ignore[no-any-return]
            "POST", "/api/v1/channels", kind="email", name=address, key=f"mail-{next(_numbers)}", settings=chosen
        )

    async def _committed(self, _: Committed) -> None:
        self._news.set()

    async def until(self, holds: Callable[[], Any], what: str, *, within: float = PATIENCE) -> Any:
        """Wait until something holds; it is looked at after every commit. ``within``: seconds."""
        try:
            async with asyncio.timeout(within):
                while True:
                    self._news.clear()
                    found = await holds()
                    if found:
                        return found
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._news.wait(), 0.5)
        except TimeoutError:
            raise AssertionError(f"It did not happen: {what}") from None

    async def receives(self, *mails: bytes, at: str = "") -> None:
        """Let mails arrive in the mailbox; return when all are taken in."""
        taken = (await self.mailbox(at)).get("taken", 0)
        await self.dovecot.receives(at or self.address, *mails)

        async def all_taken() -> bool:
            return bool((await self.mailbox(at)).get("taken", 0) >= taken + len(mails))

        await self.until(all_taken, f"{len(mails)} mails were taken in")

    async def begins_anew(self) -> None:
        """Let the reader lose its connection and its worker: another one begins where the mailbox stands."""
        worker = self.world.worker
        worker.stop()
        await worker.run()
        self.world.worker = Worker(
            self.world.db, wiring.job_handlers(self.world.web.door, self.world.web.delivery, self.world.settings),
            lanes=wiring.LANES,
        )  # fmt: skip
        await self.world.settles()

    async def takes(self, raw: bytes) -> None:
        """Let a mail arrive that another server handed on."""
        await self.dovecot.receives(self.address, raw)

    def has_taken(self, mails: int) -> Callable[[], Any]:
        """Return the question whether so many mails were taken in."""

        async def taken() -> bool:
            return bool((await self.mailbox()).get("taken", 0) >= mails)

        return taken

    async def mailbox(self, address: str = "") -> dict[str, Any]:
        """Return how far the mailbox is read."""
        channel = await self.world.db["channels"].find_one(
            {"settings.address": address or self.address, "tenant_id": self.world.tenant_id}
        )
        assert channel
        where = {"_id": channel["_id"], "tenant_id": self.world.tenant_id}
        return await self.world.db["mailboxes"].find_one(where) or {}

    async def hears(self, text: str, **mail: Any) -> dict[str, Any]:
        """Let a customer's mail arrive; return the ticket that it became part of, as an agent sees it."""
        raw = a_mail(to=self.address, text=text, **({"Message_ID": f"<m{next(_numbers)}@customer.test>"} | mail))
        await self.receives(raw)
        aside = await self.world.db["mails_aside"].find().to_list()
        assert not aside, [one["reason"].format(**one["facts"]) for one in aside]
        founder = await self.world.founder()
        [newest] = await self.world.db["mails"].find({"direction": "in"}).sort("_id", -1).limit(1).to_list()
        return await founder.call("GET", f"/api/v1/tickets/{newest['ticket_id']}")  # type: ignore[no-any-return]

    async def answers(self, agent: Console, ticket: dict[str, Any], text: str, **more: Any) -> Received:
        """Let an agent answer; return the mail that the customer gets. Notices to agents go beside it."""
        known = list(self.office.received)
        parts = [{"type": "text", "text": text}, *more.pop("parts", [])]
        await agent.call("POST", f"/api/v1/tickets/{ticket['id']}/replies", parts=parts, **more)
        await self.world.settles()
        left = [mail for mail in self.office.received if mail not in known and not mail.mail["Auto-Submitted"]]
        assert len(left) == 1, "one mail left"
        return left[0]


async def thread(agent: Console, ticket: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a ticket's thread."""
    return (await agent.call("GET", f"/api/v1/tickets/{ticket['id']}/entries"))["items"]  # type: ignore[no-any-return]


def said(entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what was said in a thread: who and what."""
    return [
        (entry["kind"], " ".join(part.get("text", part.get("name", "")) for part in entry["parts"]))
        for entry in entries
        if entry["kind"] != "event"
    ]


@contextlib.asynccontextmanager
async def a_mail_desk(world: World, dovecot: Dovecot, **settings: Any) -> AsyncIterator[MailDesk]:
    """Open a desk with a mailbox."""
    async with a_post_office(dovecot.certificate) as office:
        yield await MailDesk.opens(world, dovecot, office, **settings)
