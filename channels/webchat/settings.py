"""How a widget looks, greets and where it may be embedded. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from channels.base import ChannelSettings

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-zA-Z0-9.*-]{1,253}(:\d{1,5})?$")]


class Settings(ChannelSettings):
    """How a widget looks, greets and where it may be embedded."""

    title: str = Field("", max_length=100, description="Shown on top; empty: the channel's name")
    welcome: str = Field("", max_length=1_000, description="First words to the customer")
    accent: Colour = Field("#0f766e", description="Colour of buttons and the customer's own messages")
    position: Annotated[str, StringConstraints(pattern="^(left|right)$")] = Field(
        "right", description="Corner of the page in which the button sits"
    )
    hours_text: str = Field("", max_length=300, description="Told to customers outside the hours")
    allowed_origins: tuple[Origin, ...] = Field(
        (), max_length=50, description="Sites that may embed the widget; none: any site"
    )
