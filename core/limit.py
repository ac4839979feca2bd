"""A token bucket: how much somebody may do per second, with room for a burst. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass
class Bucket:
    """Fills with ``rate`` tokens a second up to ``burst``; each act takes one."""

    rate: float
    burst: float
    tokens: float = -1.0
    at: float = 0.0

    def take(self, now: float, cost: float = 1.0) -> float:
        """Take ``cost`` tokens; return 0, or in how many seconds there will be enough. ``now`` is in seconds."""
        if self.tokens < 0:
            self.tokens, self.at = self.burst, now
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens >= cost:
            self.tokens -= cost
            return 0.0
        return (cost - self.tokens) / self.rate


class Buckets:
    """One bucket for each key, with room for six seconds; of too many the longest unused is forgotten."""

    def __init__(self, rate: float, *, most: int = 20_000) -> None:
        self.rate = rate
        self.most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, key: str) -> Bucket:
        """Return a key's bucket: the same for all windows of one person, and after a reconnect."""
        bucket = self._buckets.setdefault(key, Bucket(self.rate, burst=self.rate * 6))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self.most:
            self._buckets.popitem(last=False)
        return bucket
