"""Five days of conversations, by what they are about: data in the language of `gateway.demo.script`. Pure."""

from __future__ import annotations

from typing import Final

from gateway.demo.script import Talk
from gateway.demo.talks import english, office, orders, returns, tea

TALKS: Final[tuple[Talk, ...]] = (*tea.TALKS, *orders.TALKS, *returns.TALKS, *office.TALKS, *english.TALKS)
