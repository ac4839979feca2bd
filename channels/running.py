"""Channels that hold a connection to somebody else: one worker at a time runs each, under an endless leased job."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from channels import CHANNELS, store
from channels.base import Channel, Door
from core.db import Database
from core.errors import NotFound
from core.jobs import Job
from core.later import Later
from core.tasks import end

RUN_CHANNEL: Final = "run_channel"
LOOK: Final = 5.0  # seconds after which a change of settings is noticed


def run_job(channel: Channel, now: datetime) -> Later | None:
    """Return the wish that some worker holds the channel's connection; None where there is none to hold."""
    if not channel.active or not CHANNELS[channel.kind].can.holds_connection:
        return None
    return Later(
        key=f"run:{channel.id}", kind=RUN_CHANNEL, tenant_id=channel.tenant_id, due_at=now,
        payload={"channel_id": channel.id},
    )  # fmt: skip


async def run(door: Door, job: Job) -> None:
    """Hold a channel's connection until the channel is switched off; other settings begin anew: the job itself."""
    while channel := await _to_run(door.db, job):
        running = asyncio.create_task(CHANNELS[channel.kind](channel).run(door))
        try:
            while not (await asyncio.wait({running}, timeout=LOOK))[0]:
                now = await _to_run(door.db, job)
                if now is None or now.version != channel.version:
                    break
            if running.done():
                await running
                return
        finally:
            await end([running])


async def _to_run(db: Database, job: Job) -> Channel | None:
    try:
        channel = await store.channel(db, job.tenant_id, str(job.payload["channel_id"]))
    except NotFound:
        return None
    return channel if channel.active else None
