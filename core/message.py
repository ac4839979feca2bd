"""Message parts: the one form in which every channel says and hears things (spec 2.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from core.model import Value

MAX_TEXT = 10_000  # characters in one text part
MAX_PARTS = 20  # that somebody says at once
MAX_ARRIVING_PARTS = 200  # a mail may bring many files


class Text(Value):
    """Plain words."""

    type: Literal["text"] = "text"
    text: str = Field(min_length=1, max_length=MAX_TEXT)


class Emoji(Value):
    """One emoji sent on its own, shown large."""

    type: Literal["emoji"] = "emoji"
    emoji: str = Field(min_length=1, max_length=32)


class Attachment(Value):
    """What all parts with a stored file share; sizes in bytes."""

    file_id: str = Field(min_length=1, max_length=64)
    name: str = Field(default="", max_length=255)
    media_type: str = Field(default="application/octet-stream", max_length=127)
    size: int = Field(default=0, ge=0)


class Image(Attachment):
    """A picture; width and height in pixels, so that a page does not jump when it loads."""

    type: Literal["image"] = "image"
    width: int | None = Field(default=None, ge=1, le=100_000)
    height: int | None = Field(default=None, ge=1, le=100_000)


class File(Attachment):
    """Any file, offered as a download."""

    type: Literal["file"] = "file"


class Video(Attachment):
    """A film."""

    type: Literal["video"] = "video"


class Voice(Attachment):
    """A spoken note; duration in seconds."""

    type: Literal["voice"] = "voice"
    duration: float | None = Field(default=None, ge=0, le=86_400)


class Rich(Value):
    """Sanitised HTML."""

    type: Literal["rich"] = "rich"
    html: str = Field(max_length=200_000)


class Card(Value):
    """A news card with a link."""

    type: Literal["card"] = "card"
    title: str = Field(max_length=200)
    description: str = Field(default="", max_length=1_000)
    url: str = Field(max_length=2_000, pattern=r"^https?://")
    image_url: str | None = Field(default=None, max_length=2_000, pattern=r"^https?://")


class Location(Value):
    """A place in WGS-84 degrees."""

    type: Literal["location"] = "location"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    label: str = Field(default="", max_length=200)


class MenuItem(Value):
    """One numbered choice."""

    number: int
    id: str
    label: str


class Menu(Value):
    """A navigation menu as shown to the customer (spec 2.3)."""

    type: Literal["menu"] = "menu"
    prompt: str
    items: tuple[MenuItem, ...]


class Happening(Value):
    """Something that happened in a conversation or ticket, shown as a line of its own."""

    type: Literal["event"] = "event"
    name: str
    data: dict[str, Any] = {}


Part = Annotated[
    Text | Emoji | Image | File | Video | Voice | Rich | Card | Location | Menu | Happening,
    Field(discriminator="type"),
]

#: What people may send; menus and happenings are the system's own words.
Sayable = Annotated[Text | Emoji | Image | File | Video | Voice | Card | Location, Field(discriminator="type")]


class Author(Value):
    """Who said it, with the name to show."""

    kind: Literal["customer", "agent", "system", "guest"]
    id: str
    name: str = ""
    avatar: str | None = None


class Address(Value):
    """Where somebody is reached on a channel: an identity's kind and value (spec 1.6)."""

    kind: Literal["visitor", "email", "phone", "openid", "unionid", "external"]
    value: str = Field(min_length=1, max_length=320)
    name: str = Field(default="", max_length=100)


class InboundMessage(Value):
    """Whatever arrived, in the one form the intake door takes (architecture)."""

    tenant_id: str
    channel_id: str
    external_id: str = Field(min_length=1, max_length=200)  # unique per channel: arriving twice is stored once
    sender: Address
    thread: str | None = None
    parts: tuple[Part, ...] = Field(min_length=1, max_length=MAX_ARRIVING_PARTS)
    sent_at: datetime
    meta: dict[str, Any] = {}


def gist(parts: tuple[Part, ...], limit: int = 140) -> str:
    """Return the first ``limit`` characters of what the parts say, for previews, notices and search."""
    words: list[str] = []
    for part in parts:
        match part:
            case Text():
                words.append(part.text)
            case Emoji():
                words.append(part.emoji)
            case Attachment():
                words.append(f"[{part.name or part.media_type}]")
            case Card():
                words.append(part.title)
            case Location():
                words.append(part.label or f"{part.latitude:.5f}, {part.longitude:.5f}")
            case Menu():
                words.append(part.prompt)
            case _:
                pass
    return " ".join(" ".join(words).split())[:limit]


def files_of(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Return the ids of the stored files that the parts mention."""
    return tuple(part.file_id for part in parts if isinstance(part, Attachment))
