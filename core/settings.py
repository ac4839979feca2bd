"""A tenant's settings: every figure of the specification, with its default, its bounds and what it does."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.errors import N_
from core.model import Value

Places = Annotated[int, Field(ge=0, le=100)]  # conversations at once
QueueLength = Annotated[int, Field(ge=0, le=10_000)]  # customers
QueueWait = Annotated[int, Field(ge=10, le=86_400)]  # seconds
Silence = Annotated[int, Field(ge=10, le=7_200)]  # seconds: 10 s to 2 h (spec 4.5)
Answer = Annotated[int, Field(ge=10, le=600)]  # seconds that somebody who is asked has


class DeskSettings(Value):
    """What a desk sets otherwise than its tenant; None follows the tenant (spec 3.4, 4.5)."""

    agent_limit: Places | None = None  # that each agent is given here at most, whatever the own limit
    queue_length: QueueLength | None = None
    queue_wait: QueueWait | None = None
    agent_silence: Silence | None = None
    customer_reminder: Silence | None = None
    customer_silence: Silence | None = None


class TenantSettings(Value):
    """The limits and timers of one tenant; times in seconds unless the name says otherwise."""

    agent_limit: Places = Field(
        5, description=N_("Conversations an agent hosts at once, unless the agent sets another limit (spec 3.3)")
    )
    queue_length: QueueLength = Field(
        100, description=N_("Customers who may wait at one desk; more are offered the ticket form (spec 3.4)")
    )
    queue_wait: QueueWait = Field(
        1_800, description=N_("Seconds a customer waits at most before the ticket form is offered (spec 3.4)")
    )
    accept_within: Answer = Field(
        30, description=N_("Seconds an agent has to accept a customer, where a desk asks for it (spec 3.3)")
    )
    transfer_within: Answer = Field(30, description=N_("Seconds a colleague has to accept a transfer (spec 4.3)"))
    agent_idle: int = Field(
        900,
        ge=0,
        le=86_400,
        description=N_("Seconds without a key or a click until an agent counts as away; 0 = never (spec 3.3)"),
    )
    return_after: int = Field(
        60,
        ge=0,
        le=7_200,
        description=N_("Seconds an agent is away until unanswered customers go back to the queue (spec 3.3)"),
    )
    agent_silence: Silence = Field(
        300, description=N_("Seconds until an unanswered customer alarms the group (spec 4.5)")
    )
    alarm_again: Silence = Field(300, description=N_("Seconds until an alarm that nobody heeds is repeated (spec 4.5)"))
    guest_hours: int = Field(24, ge=1, le=720, description=N_("Hours a guest's link stays valid (spec 4.4)"))
    guests_see_earlier: bool = Field(False, description=N_("Guests see what was said before they joined (spec 4.4)"))
    customer_reminder: Silence = Field(
        300, description=N_("Seconds of silence until the customer is reminded (spec 4.5)")
    )
    customer_silence: Silence = Field(
        480, description=N_("Seconds of silence until the conversation ends by itself (spec 4.5)")
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

    def at_desk(self, desk: DeskSettings) -> TenantSettings:
        """Return the settings that hold at a desk."""
        return self.model_copy(update=desk.model_dump(exclude_none=True))
