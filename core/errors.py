"""What can go wrong, in words for people; the gateway renders each as a problem document (RFC 9457)."""

from __future__ import annotations

from typing import Any, ClassVar


def N_(message: str) -> str:  # noqa: N802  gettext's own name for "mark, translate later"
    """Mark a message for the catalogue; the gateway translates it into the reader's language."""
    return message


class Problem(Exception):  # noqa: N818  RFC 9457's own word
    """Something a caller did or met that has a name, a status and a sentence on what to do now.

    ``detail`` is an English message id whose ``{names}`` are filled from ``facts`` after translation; ``facts`` are
    also members of the problem document, so they must be JSON and fit for the caller's eyes.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = N_("Something went wrong")

    def __init__(self, detail: str = "", *, errors: list[dict[str, Any]] | None = None, **facts: Any) -> None:
        super().__init__(detail.format(**facts) if facts and "{" in detail else detail or self.title)
        self.detail = detail
        self.errors = errors or []
        self.facts = facts


class Invalid(Problem):
    """The request cannot be understood or breaks a rule; ``errors`` name the fields."""

    status, code, title = 422, "invalid", N_("Something in the request is not right")


class Unauthenticated(Problem):
    """Nobody is signed in, or the sign-in failed."""

    status, code, title = 401, "unauthenticated", N_("Please sign in")


class Forbidden(Problem):
    """The actor may not do this."""

    status, code, title = 403, "forbidden", N_("You may not do this")


class NotFound(Problem):
    """There is no such thing, or none that the actor may see: both look alike on purpose."""

    status, code, title = 404, "not_found", N_("Not found")


class Conflict(Problem):
    """The thing was changed by somebody else in the meantime."""

    status, code, title = 409, "conflict", N_("Somebody else changed this in the meantime")


class Taken(Conflict):
    """Somebody else was first."""

    code, title = "taken", N_("Somebody else was faster")


class Stale(Conflict):
    """The caller edited an older version than the stored one; the API shows ``stored`` as the problem's ``current``."""

    def __init__(self, stored: Any) -> None:
        super().__init__(N_("Somebody else saved this while you were editing. Compare both and save again."))
        self.stored = stored


class Duplicate(Conflict):
    """A value that must be unique is in use; ``field`` names it."""

    code, title = "duplicate", N_("This exists already")


class TooLarge(Problem):
    """The body or file is larger than allowed."""

    status, code, title = 413, "too_large", N_("This is too large")


class TooMany(Problem):
    """A rate or a limit was exceeded; ``retry_after`` says in how many seconds it may work again."""

    status, code, title = 429, "too_many", N_("Too many attempts")


class Unavailable(Problem):
    """A store cannot be reached right now; trying again is safe."""

    status, code, title = 503, "unavailable", N_("Not available for a moment")


class SendFailed(Problem):
    """A channel could not send. ``retry_after`` in seconds, or None when trying again is of no use."""

    status, code, title = 502, "send_failed", N_("The message could not be sent")

    def __init__(self, detail: str, *, retry_after: float | None = None, **facts: Any) -> None:
        super().__init__(detail, **facts)
        self.retry_after = retry_after
