"""Who lives in the small world: visitors at the widget and agents at their consoles, each with a browser."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from yarl import URL

from tests.browsers import Browser, Refused, until

PASSWORD = "a-long-walk-to-the-lantern"
STIRS = timedelta(minutes=1)
_numbers = itertools.count(1)


def words(entry: dict[str, Any]) -> str:
    """Return the plain words of an entry."""
    return " ".join(part["text"] for part in entry["parts"] if part["type"] == "text")


@dataclass
class Visitor(Browser):
    """A customer on the widget."""

    channel_key: str = ""
    opening: dict[str, Any] = field(default_factory=dict)
    conversation: dict[str, Any] | None = None

    async def opens_widget(self) -> dict[str, Any]:
        """Open the chat window: the cookie, what it begins with, and the socket."""
        await self.loads_widget()
        await self.opens_socket({"channel": self.channel_key, "session": self.opening["session"]})
        return self.opening

    async def loads_widget(self) -> dict[str, Any]:
        """Load the frame and what it begins with, without a socket yet."""
        async with self.http.get(f"/chat/{self.channel_key}") as frame:
            assert frame.status == 200, await frame.text()
        self.opening = await self.call("GET", f"/chat/{self.channel_key}/opening")
        assert self.opening["session"] is None, "the cookie came back"
        self.conversation = self.opening["conversation"]
        return self.opening

    async def reloads(self) -> dict[str, Any]:
        """Reload the page."""
        await self.closes_window()
        return await self.opens_widget()

    async def opens_second_tab(self) -> Visitor:
        """Return the same customer's second window."""
        tab = Visitor(self.world, self.namespace, self.language, self.url, channel_key=self.channel_key)
        tab.http.cookie_jar.update_cookies({cookie.key: cookie for cookie in self.http.cookie_jar}, URL(self.url))
        await tab.opens_widget()
        return tab

    async def says(self, text: str, *, client_id: str | None = None, **more: Any) -> dict[str, Any]:
        """Say words; return the stored entry."""
        parts = more.pop("parts", None) or [{"type": "text", "text": text}]
        answer = await self.emits("message", client_id=client_id or f"client-{next(_numbers)}", parts=parts, **more)
        self.conversation = answer["conversation"]
        return answer["entry"]  # type: ignore[no-any-return]

    async def chooses(self, item_id: str, label: str = "") -> dict[str, Any]:
        """Click an entry of the navigation menu."""
        answer = await self.emits("choose", client_id=f"client-{next(_numbers)}", item_id=item_id, label=label)
        self.conversation = answer["conversation"]
        return answer["entry"]  # type: ignore[no-any-return]

    async def sends_file(self, name: str, body: bytes, media_type: str, *, kind: str = "file") -> dict[str, Any]:
        """Upload a file and send it as a message."""
        stored = await self.uploads(f"/chat/{self.channel_key}/files", name, body, media_type)
        return await self.says("", parts=[{"type": kind, "file_id": stored["id"], "name": name}])

    async def sees(self, text: str) -> dict[str, Any]:
        """Wait until a message with these words is shown."""
        return await self.heard.wait_for("entry", lambda entry: words(entry) == text)  # type: ignore[no-any-return]

    async def sees_state(self, state: str) -> dict[str, Any]:
        """Wait until the conversation is told to be in a state."""
        return await self.heard.wait_for("conversation", lambda told: told["state"] == state)  # type: ignore[no-any-return]

    @property
    def id(self) -> str:
        """The id of the conversation that the window shows."""
        assert self.conversation
        return str(self.conversation["id"])

    async def asks(self, text: str, **more: Any) -> str:
        """Say the first words and let the desk act on them; return the conversation's id."""
        await self.says(text, **more)
        await self.world.settles()
        return self.id

    async def is_offered_form(self, reason: str) -> dict[str, Any]:
        """Wait until the ticket form is offered, and return how the conversation stands."""
        return await self.heard.wait_for("conversation", lambda told: told["form_offered"] == reason)  # type: ignore[no-any-return]

    async def fills_form(self, text: str, *, client_id: str | None = None, **more: Any) -> str:
        """Leave a ticket with the form; return its number."""
        fields = {"name": "Lin", "email": "lin@example.com", "subject": "", **more}
        answer = await self.call(
            "POST",
            f"/chat/{self.channel_key}/tickets",
            client_id=client_id or f"client-{next(_numbers)}",
            text=text,
            conversation_id=self.conversation and self.conversation["id"],
            **fields,
        )
        await self.world.settles()
        return str(answer["number"])

    async def sees_position(self, position: int) -> None:
        """Wait until this place in the queue is told."""
        await self.heard.wait_for("conversation", lambda told: told["position"] == position)

    async def rates(self, score: int, comment: str = "") -> None:
        """Rate the conversation."""
        assert self.conversation
        await self.emits("rate", conversation_id=self.conversation["id"], score=score, comment=comment)

    async def leaves_queue(self) -> dict[str, Any]:
        """Leave the queue, or the talk."""
        assert self.conversation
        answer = await self.emits("leave", conversation_id=self.conversation["id"])
        return answer["conversation"]  # type: ignore[no-any-return]

    async def transcript(self, since: int = 0) -> list[dict[str, Any]]:
        """Return what the widget would load after a gap."""
        assert self.conversation
        answer = await self.emits("since", conversation_id=self.conversation["id"], seq=since)
        return answer["entries"]  # type: ignore[no-any-return]


@dataclass
class Console(Browser):
    """An agent in the console."""

    email: str = ""
    id: str = ""
    me: dict[str, Any] = field(default_factory=dict)
    asleep: bool = False
    _stirred_at: datetime | None = None

    async def stirs(self) -> None:
        """Press a key now and then, as a console tells once a minute."""
        now = self.world.clock.now()
        if self.socket and not self.asleep and (not self._stirred_at or now - self._stirred_at >= STIRS):
            self._stirred_at = now
            await self.emits("active")

    async def goes_away(self) -> None:
        """Say that nobody is to be given for now."""
        await self.call("PUT", "/api/v1/me/away", away=True)
        await self.world.settles()

    async def comes_back(self) -> None:
        """Be there again."""
        await self.call("PUT", "/api/v1/me/away", away=False)
        await self.world.settles()

    async def conversation(self, conversation_id: str) -> dict[str, Any]:
        """Return a conversation as it is now."""
        return await self.call("GET", f"/api/v1/conversations/{conversation_id}")  # type: ignore[no-any-return]

    async def host_of(self, conversation_id: str) -> str | None:
        """Return the name of who hosts a conversation; None while nobody does."""
        host = (await self.conversation(conversation_id))["host"]
        return host["name"] if host else None

    async def does(self, conversation_id: str, what: str, **more: Any) -> dict[str, Any]:
        """Do something with a conversation: transfer, take-over, assign, move-up, invite, join; return it."""
        done = await self.call("POST", f"/api/v1/conversations/{conversation_id}/{what}", **more)
        await self.world.settles()
        return done  # type: ignore[no-any-return]

    async def is_offered(self, conversation_id: str) -> dict[str, Any]:
        """Wait until the conversation is held out to this agent, and return the offer."""
        told = await self.heard.wait_for("offered", lambda told: told["conversation_id"] == conversation_id)
        return told["offer"]  # type: ignore[no-any-return]

    async def answers(self, conversation_id: str, offer: dict[str, Any], how: str) -> dict[str, Any]:
        """Accept, decline or withdraw what was held out."""
        return await self.does(conversation_id, f"offers/{offer['id']}/{how}")

    async def signs_in(self) -> Self:
        """Sign in with the password, without sitting down yet."""
        await self.call("POST", "/api/v1/sign-in", email=self.email, password=PASSWORD)
        self.me = await self.call("GET", "/api/v1/me")
        self.id = self.me["id"]
        return self

    async def signs_in_elsewhere(self, url: str = "") -> Console:
        """Return the same agent's console in another browser."""
        other = Console(self.world, self.namespace, self.language, url, email=self.email)
        return await other.signs_in()

    async def sits_down(self) -> Self:
        """Connect the console's socket: the agent is there now."""
        await self.opens_socket({})
        await self.world.settles()
        return self

    async def closes_window(self) -> None:
        """Close the console; return when the desk has noticed that the agent's last window is gone."""
        await super().closes_window()
        windows = [one for one in self.world.people if isinstance(one, Console) and one.email == self.email]
        if any(window.socket for window in windows):
            return

        async def is_noticed() -> None:
            with contextlib.suppress(Refused):  # signed out, too
                while (await self.call("GET", "/api/v1/me"))["status"] != "away":
                    pass

        await until(is_noticed, "the absence was noticed")

    async def sets_limit(self, limit: int) -> None:
        """Serve at most so many customers at once."""
        await self.call("PUT", "/api/v1/me/limit", limit=limit)
        await self.world.settles()

    async def is_given(self, visitor: Visitor) -> dict[str, Any]:
        """Wait until the visitor's conversation is assigned to this agent, and return it."""
        assert visitor.conversation
        wanted = visitor.conversation["id"]

        def mine(told: dict[str, Any]) -> bool:
            return (
                told["name"] == "conversation"
                and told["data"]["id"] == wanted
                and (told["data"]["host"] or {}).get("id") == self.id
            )

        pushed = await self.heard.wait_for("pushed", mine)
        return pushed["data"]  # type: ignore[no-any-return]

    async def says(
        self, conversation_id: str, text: str, *, private: bool = False, client_id: str | None = None
    ) -> dict[str, Any]:
        """Answer the customer, or write a private note."""
        answer = await self.emits(
            "message",
            conversation_id=conversation_id,
            client_id=client_id or f"client-{next(_numbers)}",
            parts=[{"type": "text", "text": text}],
            private=private,
        )
        return answer["entry"]  # type: ignore[no-any-return]

    async def sees(self, text: str) -> dict[str, Any]:
        """Wait until a message with these words is shown."""
        return await self.heard.wait_for("entry", lambda entry: words(entry) == text)  # type: ignore[no-any-return]

    async def takes(self, conversation_id: str) -> dict[str, Any]:
        """Take a waiting conversation."""
        return await self.call("POST", f"/api/v1/conversations/{conversation_id}/take")  # type: ignore[no-any-return]

    async def ends(self, conversation_id: str, outcome: str, **more: Any) -> dict[str, Any]:
        """End a conversation; return it with its ticket."""
        ended = await self.call("POST", f"/api/v1/conversations/{conversation_id}/end", outcome=outcome, **more)
        await self.world.settles()
        return ended  # type: ignore[no-any-return]

    async def box(self, box: str) -> list[dict[str, Any]]:
        """Return one box of the inbox."""
        return (await self.call("GET", "/api/v1/conversations", box=box))["items"]  # type: ignore[no-any-return]

    async def transcript(self, conversation_id: str) -> list[dict[str, Any]]:
        """Return the transcript as the console loads it."""
        path = f"/api/v1/conversations/{conversation_id}/entries"
        return (await self.call("GET", path, limit=200))["items"]  # type: ignore[no-any-return]
