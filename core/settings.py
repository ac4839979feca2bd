"""A tenant's settings: every figure of the specification, with its default, its bounds and what it does."""

from __future__ import annotations

from pydantic import Field

from core.errors import N_
from core.model import Value


class TenantSettings(Value):
    """The limits and timers of one tenant; times in seconds unless the name says otherwise."""

    agent_limit: int = Field(
        5,
        ge=0,
        le=100,
        description=N_("Conversations an agent hosts at once, unless the agent sets another limit (spec 3.3)"),
    )
    queue_length: int = Field(
        100,
        ge=0,
        le=10_000,
        description=N_("Customers who may wait at one desk; more are offered the ticket form (spec 3.4)"),
    )
    queue_wait: int = Field(
        1_800,
        ge=10,
        le=86_400,
        description=N_("Seconds a customer waits at most before the ticket form is offered (spec 3.4)"),
    )
    agent_silence: int = Field(
        300,
        ge=10,
        le=7_200,
        description=N_("Seconds until an unanswered customer alarms the group (spec 4.5)"),
    )
    customer_reminder: int = Field(
        300, ge=10, le=7_200, description=N_("Seconds of silence until the customer is reminded (spec 4.5)")
    )
    customer_silence: int = Field(
        480,
        ge=10,
        le=7_200,
        description=N_("Seconds of silence until the conversation ends by itself (spec 4.5)"),
    )
    solved_to_closed: int = Field(
        259_200, ge=0, le=31_536_000, description=N_("Seconds until a solved ticket is closed (spec 5.1)")
    )
    deleted_kept: int = Field(
        2_592_000, ge=0, le=31_536_000, description=N_("Seconds a deleted ticket can be restored (spec 5.1)")
    )
    file_size: int = Field(
        26_214_400, ge=1_024, le=104_857_600, description=N_("Bytes a file may have at most (spec 5.11)")
    )
    invitation_hours: int = Field(72, ge=1, le=720, description=N_("Hours an invitation stays valid (spec 1.3)"))
    open_to_strangers: bool = Field(True, description=N_("Anyone may ask; off: signed-in customers only (spec 1.10)"))
