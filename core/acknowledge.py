"""Every socket event is acknowledged: with what it did, or with the problem in words; nothing else gets out."""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import structlog
from pydantic import ValidationError
from pymongo.errors import ConnectionFailure

from core.errors import N_, Invalid, Problem, TooMany, Unavailable
from core.limit import Bucket
from core.words import problem_document

log = structlog.get_logger("sockets")


class Listener(Protocol):
    """A namespace that knows in which language to answer a socket."""

    def language_of(self, sid: str) -> str:
        """Return the language of whoever is at this socket."""
        ...


def too_fast(bucket: Bucket, cost: float, language: str) -> dict[str, Any] | None:
    """Take ``cost`` out of somebody's bucket; return the refusal when there was not enough."""
    wait = bucket.take(time.monotonic(), cost)
    if not wait:
        return None
    refused = TooMany(N_("That was very fast. Please wait a moment."), retry_after=round(wait, 2) or 0.01)
    return {"ok": False, "problem": problem_document(refused, language)}


def too_busy(listener: Listener, sid: str) -> dict[str, Any]:
    """Return the refusal of what waited too long to be dealt with: saying it again in a moment is safe."""
    return _busy(listener.language_of(sid))


@functools.cache
def _busy(language: str) -> dict[str, Any]:
    refused = Unavailable(N_("The desk is very busy. Please send it again in a moment."), retry_after=1)
    return {"ok": False, "problem": problem_document(refused, language)}


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
        except Exception:  # a fault of ours: the log has it, whoever spoke is told, and the socket goes on
            log.exception("sockets.failed", handler=handler.__name__)
            told = Problem()
        return {"ok": False, "problem": problem_document(told, self.language_of(sid))}

    return answer


def invalid(error: ValidationError) -> Invalid:
    """Return a validation error in words, one line per field."""
    lines = [
        {
            "field": ".".join(str(step) for step in found["loc"]),
            **_sentence(found["type"], found["msg"], found.get("ctx")),
        }
        for found in error.errors(include_url=False, include_input=False)[:20]
    ]
    return Invalid(N_("Something in the request is not right. Please correct the fields named."), errors=lines)


#: What the commonest complaints of the types mean, in words that can be translated.
_SENTENCES = {
    "missing": N_("This is needed."),
    "string_too_short": N_("Write at least {min_length} characters."),
    "string_too_long": N_("Write at most {max_length} characters."),
    "string_pattern_mismatch": N_("This does not have the right form."),
    "string_type": N_("This must be text."),
    "int_type": N_("This must be a whole number."),
    "int_parsing": N_("This must be a whole number."),
    "int_from_float": N_("This must be a whole number."),
    "float_parsing": N_("This must be a number."),
    "bool_parsing": N_("This must be true or false."),
    "bool_type": N_("This must be true or false."),
    "greater_than_equal": N_("This must be at least {ge}."),
    "less_than_equal": N_("This must be at most {le}."),
    "literal_error": N_("Choose one of {expected}."),
    "enum": N_("Choose one of {expected}."),
    "too_short": N_("Give at least {min_length}."),
    "too_long": N_("Give at most {max_length}."),
    "list_type": N_("This must be a list."),
    "dict_type": N_("This must be an object."),
    "model_type": N_("This must be an object."),
    "extra_forbidden": N_("This is not known here."),
}


def _sentence(kind: str, message: str, context: dict[str, Any] | None) -> dict[str, Any]:
    """Return the sentence for one complaint, with the facts that fill it once it is translated."""
    facts = {name: value for name, value in (context or {}).items() if isinstance(value, str | int | float)}
    if kind == "value_error" and context:  # our own validators speak for people already
        return {"message": str(context.get("error", message))}
    return {"message": _SENTENCES.get(kind, message), "facts": facts}
