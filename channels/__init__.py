"""Adapters to the outside: each turns what arrives into one form and sends one form; a line here adds a channel."""

from __future__ import annotations

from channels.base import Adapter
from channels.email import Email
from channels.webchat import WebChat

CHANNELS: dict[str, type[Adapter]] = {
    "webchat": WebChat,
    "email": Email,
}
