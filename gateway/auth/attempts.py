"""How often somebody may try: lock-out after wrong passwords, and rates per network address and e-mail (spec 1.9).

Counted in Redis for all processes together; while Redis is away, in this process alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from limits import (
    RateLimitItem,
    RateLimitItemPerDay,
    RateLimitItemPerHour,
    RateLimitItemPerMinute,
    RateLimitItemPerSecond,
)
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import N_, TooMany

log = structlog.get_logger("attempts")
T = TypeVar("T")

PATIENCE: Final = 1.0  # seconds that Redis may take

#: Wrong passwords for one account from one address, until it is locked.
FAILURES: Final = RateLimitItemPerMinute(5, 15, namespace="failures")
STRIKES: Final = RateLimitItemPerDay(1_000, namespace="strikes")
#: Seconds of the first, second … lock of a day.
LOCKS: Final = (900, 3_600, 14_400, 86_400)
_LOCKS: Final = tuple(RateLimitItemPerSecond(1, seconds, namespace="locked") for seconds in LOCKS)

#: From one network address, whatever the account: wrong passwords, wrong codes and broken links.
FAILURES_PER_ADDRESS: Final = RateLimitItemPerMinute(50, 15, namespace="address-failures")
SIGN_UPS_PER_ADDRESS: Final = RateLimitItemPerHour(20, namespace="sign-ups")
#: Mails that anybody can make us send to one e-mail.
MAILS_PER_EMAIL: Final = RateLimitItemPerHour(6, namespace="mails")


class Attempts:
    """Counts attempts; give it None where there is no Redis."""

    def __init__(self, redis: Redis | None) -> None:
        self._here = FixedWindowRateLimiter(MemoryStorage())
        self._everywhere: FixedWindowRateLimiter | None = None
        if redis is not None:
            storage = RedisStorage("async+redis://", implementation="redispy", connection_pool=redis.connection_pool)  # type: ignore[arg-type]  # passed on to redis-py as it is
            self._everywhere = FixedWindowRateLimiter(storage)

    async def take(self, rule: RateLimitItem, *key: str) -> None:
        """Count one attempt.

        Raises:
            TooMany: there were too many; says when it works again.
        """
        if not await self._ask(lambda limiter: limiter.hit(rule, *_hidden(key))):
            raise _too_many(await self._seconds_left(rule, key))

    async def check(self, rule: RateLimitItem, *key: str) -> None:
        """Go on only if one more attempt would be allowed; counts nothing.

        Raises:
            TooMany: there were too many; says when it works again.
        """
        if not await self._ask(lambda limiter: limiter.test(rule, *_hidden(key))):
            raise _too_many(await self._seconds_left(rule, key))

    async def begin(self, account: str, address: str) -> None:
        """Count an attempt at a password before it is judged: guessing in parallel is of no use.

        Raises:
            TooMany: the account is locked for this network address, or the address tried too often; says until when.
        """
        key = (account, network(address))
        locks = [lock for lock in _LOCKS if not await self._is_open(lock, key)]
        if locks:
            raise _too_many(max([await self._seconds_left(lock, key) for lock in locks]))
        await self.check(FAILURES_PER_ADDRESS, network(address))
        await self.take(FAILURES, *key)

    async def failed(self, account: str, address: str) -> None:
        """Note that the password was wrong; the fifth locks the account for this address, longer each time that day."""
        key = (account, network(address))
        await self._ask(lambda limiter: limiter.hit(FAILURES_PER_ADDRESS, *_hidden((network(address),))))
        if await self._left(FAILURES, key) or not all([await self._is_open(lock, key) for lock in _LOCKS]):
            return
        await self._ask(lambda limiter: limiter.hit(STRIKES, *_hidden(key)))
        strike = STRIKES.amount - await self._left(STRIKES, key)
        lock = _LOCKS[min(strike, len(_LOCKS)) - 1]
        await self._ask(lambda limiter: limiter.hit(lock, *_hidden(key)))
        await self._clear(FAILURES, key)
        log.warning("sign_in.locked", address=address, seconds=lock.get_expiry())

    async def succeeded(self, account: str, address: str) -> None:
        """Forget the wrong passwords before a right one."""
        await self._clear(FAILURES, (account, network(address)))

    async def forgive(self, account: str, address: str) -> None:
        """Forget wrong passwords and locks: somebody proved in another way who they are."""
        key = (account, network(address))
        for rule in (FAILURES, *_LOCKS):
            await self._clear(rule, key)

    async def _clear(self, rule: RateLimitItem, key: tuple[str, ...]) -> None:
        await self._ask(lambda limiter: limiter.clear(rule, *_hidden(key)))

    async def _is_open(self, lock: RateLimitItem, key: tuple[str, ...]) -> bool:
        return await self._ask(lambda limiter: limiter.test(lock, *_hidden(key)))

    async def _left(self, rule: RateLimitItem, key: tuple[str, ...]) -> int:
        """Return how many are left."""
        return (await self._ask(lambda limiter: limiter.get_window_stats(rule, *_hidden(key)))).remaining

    async def _seconds_left(self, rule: RateLimitItem, key: tuple[str, ...]) -> int:
        stats = await self._ask(lambda limiter: limiter.get_window_stats(rule, *_hidden(key)))
        return max(1, math.ceil(stats.reset_time - time.time()))

    async def _ask(self, question: Callable[[FixedWindowRateLimiter], Awaitable[T]]) -> T:
        if self._everywhere:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await question(self._everywhere)
            except (RedisError, OSError, TimeoutError) as away:
                log.warning("attempts.redis_away", error=repr(away))
        return await question(self._here)


def network(address: str) -> str:
    """Return what counts as one place: an IPv4 address, or the /64 that one IPv6 customer gets."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped) if ip.ipv4_mapped else str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def _hidden(key: tuple[str, ...]) -> tuple[str, ...]:
    """Return the key as it is stored: no e-mail stands in Redis, and none can break out of its key."""
    return tuple(hashlib.sha256(part.encode("utf-8", "replace")).hexdigest()[:32] for part in key)


def _too_many(seconds: int) -> TooMany:
    return TooMany(N_("Too many attempts. Wait {retry_after} seconds, then try again."), retry_after=seconds)
