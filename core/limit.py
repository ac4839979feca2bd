"""A token bucket: how much somebody may do per second, with room for a burst. Pure."""

from __future__ import annotations

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
