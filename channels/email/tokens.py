"""Access tokens of mail accounts (XOAUTH2): kept for all workers, refreshed by one of them at a time."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
from pymongo.errors import DuplicateKeyError

from channels.base import Channel
from channels.email.account import AccountTrouble, check_address
from channels.email.settings import EmailSettings
from core.db import Database
from core.errors import N_
from core.ids import new_secret

EARLY: Final = timedelta(minutes=5)  # a token is renewed so long before its end
LEASE: Final = timedelta(seconds=30)  # of whoever refreshes
LOOK: Final = 0.25  # seconds between two looks of those who wait for it
TIMEOUT: Final = aiohttp.ClientTimeout(total=20)


async def access_token(
    db: Database, channel: Channel, settings: EmailSettings, *, not_this: str | None = None, private: bool = False
) -> str:
    """Return a token that signs in to the account; ``not_this`` was refused by the server.

    ``private``: whoever gives it out may be in this installation's own network.

    Raises:
        AccountTrouble: none is given out.
    """
    where = {"tenant_id": channel.tenant_id, "_id": channel.id, "of": _of(settings)}
    async with asyncio.timeout(LEASE.total_seconds() * 2):
        while True:
            now = db.now()
            kept = await db["mail_tokens"].find_one(where) or {}
            if _serves(kept, now, not_this):
                return str(kept["token"])
            if claim := await _claim(db, where, now):
                return await _refresh(db, where, kept, settings, claim, private=private)
            if kept.get("token") not in (None, not_this) and kept["expires_at"] > now:
                return str(kept["token"])  # somebody renews it; until then this one is good
            await asyncio.sleep(LOOK)


def _of(settings: EmailSettings) -> str:
    """Return what names an account without telling its secrets: other settings, other tokens."""
    told = (settings.token_url, settings.client_id, settings.refresh_token.get_secret_value(), settings.scope)
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def _serves(kept: dict[str, Any], now: datetime, not_this: str | None) -> bool:
    return kept.get("token") not in (None, not_this) and kept["expires_at"] - EARLY > now


async def _claim(db: Database, where: dict[str, Any], now: datetime) -> str | None:
    """Return a mark when it is ours to refresh; None while somebody else does."""
    mark = new_secret()
    free = {**where, "$or": [{"until": None}, {"until": {"$lt": now}}]}
    change = {"$set": {"until": now + LEASE, "mark": mark}}
    if (await db["mail_tokens"].update_one(free, change)).matched_count:
        return mark
    if await db["mail_tokens"].find_one(where, {"_id": 1}):
        return None
    account = {name: where[name] for name in ("tenant_id", "_id")}
    try:  # a new account, or other settings of a known one
        await db["mail_tokens"].update_one(
            {**account, "of": {"$ne": where["of"]}},
            {"$set": {"of": where["of"], "until": now + LEASE, "mark": mark}, "$unset": {"token": "", "refresh": ""}},
            upsert=True,
        )
    except DuplicateKeyError:
        return None
    return mark if await db["mail_tokens"].find_one({**where, "mark": mark}, {"_id": 1}) else None


async def _refresh(
    db: Database, where: dict[str, Any], kept: dict[str, Any], settings: EmailSettings, mark: str, *, private: bool
) -> str:
    mine = {**where, "mark": mark}
    try:
        given = await _ask(settings, kept.get("refresh"), private=private)
    except BaseException:  # cancelled too: others wait for as long as we hold the turn
        await db["mail_tokens"].update_one(mine, {"$set": {"until": None}})
        raise
    expires_at = db.now() + timedelta(seconds=min(max(int(given.get("expires_in") or 3_600), 60), 86_400))
    fields = {"token": given["access_token"], "expires_at": expires_at, "until": None}
    if given.get("refresh_token"):  # Microsoft gives a new one each time, and forgets the old one some day
        fields["refresh"] = given["refresh_token"]
    await db["mail_tokens"].update_one(mine, {"$set": fields})
    return str(given["access_token"])


def _public(url: str, *, private: bool) -> aiohttp.TCPConnector:
    """Return what connects to whoever gives out tokens, after a look at the address that it really connects to."""

    def checked(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        check_address(url, str(address[0]), private=private)
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(socket_factory=checked)


async def _ask(settings: EmailSettings, rotated: str | None, *, private: bool) -> dict[str, Any]:
    """Ask for a token (RFC 6749 §4.4, §6)."""
    refresh = rotated or settings.refresh_token.get_secret_value()
    form = {"client_id": settings.client_id, "client_secret": settings.client_secret.get_secret_value()}
    form |= (
        {"grant_type": "refresh_token", "refresh_token": refresh} if refresh else {"grant_type": "client_credentials"}
    )
    if settings.scope:
        form["scope"] = settings.scope
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT, connector=_public(settings.token_url, private=private)) as client,
            client.post(settings.token_url, data=form, allow_redirects=False) as answer,
        ):
            said = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise AccountTrouble(
            N_("No access token was given out: {url} does not answer as it should ({reason})."),
            url=settings.token_url, reason=str(error)[:200] or type(error).__name__,
        ) from error  # fmt: skip
    if not isinstance(said, dict) or not said.get("access_token"):
        reason = said.get("error_description") or said.get("error") if isinstance(said, dict) else said
        trouble = AccountTrouble(
            N_("No access token was given out ({reason}). Sign in to the account anew, or correct id and secret."),
            reason=" ".join(str(reason).split())[:200],
        )
        trouble.for_good = True
        raise trouble
    return said
