"""A company in full swing: it lived through the main job and has one of everything that the API names."""

from __future__ import annotations

from dataclasses import dataclass

from channels import store
from channels.base import Channel
from channels.email.arriving import Arrival, take_in
from channels.email.reading import read_mail
from channels.email.settings import EmailSettings
from channels.email.store import KeptMail, MailAside
from tests.mailhouse import a_mail
from tests.world import Console, Visitor, World


@dataclass
class Company:
    """A company in full swing: one of everything, by the name that paths have for it."""

    world: World
    founder: Console
    visitor: Visitor
    ids: dict[str, str]


async def in_full_swing(world: World) -> Company:
    """Return a company that lived through the main job and has one of everything."""
    founder = await world.founder()
    await founder.sits_down()
    visitor = await world.visitor()
    photo = await visitor.uploads(f"/chat/{visitor.channel_key}/files", "lamp.txt", b"it flickers", "text/plain")
    conversation_id = await visitor.asks(
        "", parts=[{"type": "text", "text": "Hello"}, {"type": "file", "file_id": photo["id"]}]
    )
    await founder.is_given(visitor)
    await founder.says(conversation_id, "Hello!")
    await founder.says(conversation_id, "a note", private=True)
    for event in ("typing", "read", "watch", "unwatch", "since"):
        await founder.emits(event, conversation_id=conversation_id, seq=1, on=True)
        if event in ("typing", "read", "since"):
            await visitor.emits(event, conversation_id=conversation_id, seq=1, on=True)
    ticket = (await founder.ends(conversation_id, "unsolved", tags=["a"]))["ticket"]
    await visitor.rates(5)
    running = await world.visitor()
    await running.asks("I am being served")
    group = await founder.call("POST", "/api/v1/groups", name="Repairs", is_desk=True)
    role = await founder.call("POST", "/api/v1/roles", name="Helper", permissions=["ticket.read"], scope="own")
    organization = await founder.call("POST", "/api/v1/organizations", name="Palace")
    node = await founder.call("POST", "/api/v1/catalog", name="Lamps", group_id=group["id"])
    invitation = await founder.call(
        "POST", "/api/v1/invitations", email="new@example.com", role_id=role["id"], group_ids=[group["id"]]
    )
    mailbox, mailed, aside = await mails(world, founder)
    await (await founder.signs_in_elsewhere()).http.close()
    sessions = (await founder.call("GET", "/api/v1/sessions"))["items"]
    other = next(session for session in sessions if not session["current"])  # ending it ends nobody's work
    helper = await world.agent("Hal")
    ids = {
        "conversation_id": running.id,
        "offer_id": "an-offer",
        "guest_id": "a-guest",
        "ticket_id": str(mailed.ticket_id),
        "entry_id": str(mailed.entry_id),
        "mail_id": aside.id,
        "customer_id": ticket["customer"]["id"],
        "agent_id": helper.id,
        "group_id": group["id"],
        "role_id": role["id"],
        "organization_id": organization["id"],
        "node_id": node["id"],
        "channel_id": mailbox.id,
        "file_id": photo["id"],
        "invitation_id": invitation["id"],
        "session_id": other["id"],
        "key": await dead_job(world, running.id),
    }
    return Company(world, founder, visitor, ids)


async def mails(world: World, founder: Console) -> tuple[Channel, KeptMail, MailAside]:
    """Return a mailbox, a mail that became a ticket, and one that was put aside."""
    settings = {"address": f"help@{world.tenant_id}.test"}
    key = f"mail-{world.tenant_id.lower()}"
    made = await founder.call("POST", "/api/v1/channels", kind="email", name="Mail", key=key, settings=settings)
    channel = await store.channel(world.db, world.tenant_id, made["id"])
    became = []
    for sender in ("lin@customer.test", ""):
        raw = a_mail(sender=sender, to=settings["address"])
        arrival = Arrival(channel, EmailSettings.model_validate(channel.settings), raw)
        became.append(await take_in(world.web.door, arrival, read_mail(raw)))
    mailed, aside = became
    assert isinstance(mailed, KeptMail)
    assert isinstance(aside, MailAside)
    return channel, mailed, aside


async def dead_job(world: World, conversation_id: str) -> str:
    """Return the key of a job that was given up."""
    key = f"send:{world.tenant_id}"
    dead = {"kind": "send", "tenant_id": world.tenant_id, "dead_at": world.clock.now(), "attempts": 12, "token": None}
    payload = {"conversation_id": conversation_id}
    rest = {"payload": payload, "due_at": None, "run_at": None, "again_at": None, "error": "nobody is there"}
    await world.db["jobs"].insert_one({"_id": key, **dead, **rest})
    return key
