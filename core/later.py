"""The wish that something be done later: what pure decisions return, and `core.jobs` keeps and honours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Later:
    """A wish: run the handler of ``kind`` once at ``due_at`` for this ``key``; wishes for one key are joined."""

    key: str
    kind: str
    tenant_id: str
    due_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
