"""Socket.IO for people without an account: who is behind each socket, and how fast they may speak."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from socketio import AsyncNamespace
from socketio.exceptions import ConnectionRefusedError

from core.acknowledge import too_fast
from core.errors import Problem
from core.limit import Bucket, Buckets
from core.words import problem_document

LITTLE = 0.2  # of a message: what everything else costs


def refusal(problem: Problem, language: str = "en") -> ConnectionRefusedError:
    """Return the refusal of a connection, with the problem in words."""
    document = problem_document(problem, language)
    return ConnectionRefusedError(document.get("detail", document["title"]), document)


class Session(Protocol):
    """Who is behind a socket."""

    language: str
    bucket: Bucket


S = TypeVar("S", bound=Session)


class PublicNamespace(AsyncNamespace, Generic[S]):  # type: ignore[misc]  # python-socketio has no types
    """A namespace that anybody may try to enter; what a person says in many windows counts as one flood."""

    words = frozenset({"message"})  # the events that count in full

    def __init__(self, namespace: str, *, per_second: float) -> None:
        super().__init__(namespace)
        self.sessions: dict[str, S] = {}
        self.buckets = Buckets(per_second)  # by person

    def language_of(self, sid: str) -> str:
        """Return the language of the browser at a socket."""
        session = self.sessions.get(sid)
        return session.language if session else "en"

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Hand an event on to its handler, unless whoever says it is too fast."""
        session = self.sessions.get(str(args[0])) if event not in ("connect", "disconnect") else None
        cost = 1.0 if event in self.words else LITTLE
        if session and (refused := too_fast(session.bucket, cost, session.language)):
            return refused
        handler = getattr(self, f"on_{event}", None)
        return await handler(*args) if handler else None

    async def on_disconnect(self, sid: str, reason: str = "") -> None:
        """Forget the socket; what was begun goes on."""
        self.sessions.pop(sid, None)
