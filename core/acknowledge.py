"""Every socket event is acknowledged: with what it did, or with the problem in words; nothing else gets out."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import structlog
from pydantic import ValidationError
from pymongo.errors import ConnectionFailure

from core.errors import N_, Invalid, Problem, Unavailable
from core.words import problem_document

log = structlog.get_logger("sockets")


class Listener(Protocol):
    """A namespace that knows in which language to answer a socket."""

    def language_of(self, sid: str) -> str:
        """Return the language of whoever is at this socket."""
        ...


L = TypeVar("L", bound=Listener)
Handler = Callable[[L, str, Any], Awaitable[dict[str, Any] | None]]


def acknowledged(handler: Handler[L]) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Answer ``{ok: true, …}`` with what the handler returns, or ``{ok: false, problem}``; never a stack trace."""

    @functools.wraps(handler)
    async def answer(self: L, sid: str, payload: Any = None, *_: Any) -> dict[str, Any]:
        try:
            if not isinstance(payload, dict):
                raise Invalid(N_("The message could not be understood."))
            return {"ok": True, **(await handler(self, sid, payload) or {})}
        except Problem as problem:
            told = problem
        except ValidationError as error:
            told = invalid(error)
        except ConnectionFailure:
            told = Unavailable(N_("Not available for a moment. It will be tried again."))
        except Exception:
            log.exception("sockets.failed", handler=handler.__name__)
            told = Problem()
        return {"ok": False, "problem": problem_document(told, self.language_of(sid))}

    return answer


def invalid(error: ValidationError) -> Invalid:
    """Return a validation error in words, one line per field."""
    lines = [
        {"field": ".".join(str(step) for step in found["loc"]), "message": found["msg"]}
        for found in error.errors(include_url=False, include_input=False)[:20]
    ]
    return Invalid(N_("Something in the request is not right. Please correct the fields named."), errors=lines)
