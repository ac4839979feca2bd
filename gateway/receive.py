"""The process that mail comes in to directly, by SMTP and LMTP (spec 2.6)."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import structlog

from channels.email.direct import Receiver
from core.clock import SystemClock
from core.db import Committed, connect
from gateway import wiring
from gateway.delivery import Delivery
from gateway.fanout import Fanout
from gateway.settings import Settings

log = structlog.get_logger("receive")


def mail_domain(settings: Settings) -> str:
    """Return the domain of the addresses that mail comes in at: as set, or the host that people see."""
    return settings.mail_domain or urlsplit(settings.public_url).hostname or "localhost"


async def receive(settings: Settings, stop: asyncio.Event, *, host: str, smtp_port: int, lmtp_port: int) -> None:
    """Take mails until ``stop`` is set; a port of 0 is not opened."""
    db = await connect(settings.mongodb_url, clock=SystemClock())
    db.handlers = wiring.EVENT_HANDLERS
    fanout = Fanout(settings.redis_url, write_only=True) if settings.redis_url else None
    door = wiring.open_door(db, Delivery(db, fanout.emit if fanout else _to_nobody), settings)

    async def wake(committed: Committed) -> None:
        if committed.due_at and fanout:
            await fanout.wake_workers()

    db.listeners.append(wake)
    loop, servers = asyncio.get_running_loop(), []
    if smtp_port:
        receiver = Receiver(door, mail_domain(settings), behind_server=False, name_server=settings.name_server)
        servers.append(await loop.create_server(receiver.smtp, host, smtp_port))
    if lmtp_port:
        receiver = Receiver(door, mail_domain(settings), behind_server=True)
        servers.append(await loop.create_server(receiver.lmtp, host, lmtp_port))
    log.info("receive.ready", smtp_port=smtp_port, lmtp_port=lmtp_port)
    await stop.wait()
    for server in servers:
        server.close()
    await door.kept.close()
    await door.live.close()
    if fanout:
        await fanout.close()
    await db.client.close()


async def _to_nobody(*_: Any, **__: Any) -> None:
    """Tell nobody: without Redis this process has no browsers; they ask for what they miss."""
