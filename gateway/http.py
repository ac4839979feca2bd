"""What every HTTP request goes through: who calls, problems in words, headers that protect, answers given once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import orjson
import structlog
from pydantic import ValidationError
from pymongo import IndexModel
from pymongo.errors import ConnectionFailure, DuplicateKeyError
from quart import Quart, Request, Response, current_app, g, request
from quart_schema import RequestSchemaValidationError
from quart_schema.validation import QuerystringValidationError
from werkzeug.exceptions import HTTPException

from core.acknowledge import invalid
from core.errors import N_, Conflict, Forbidden, Invalid, Problem, TooLarge, Unauthenticated, Unavailable
from core.http import database
from core.words import best_language, problem_document
from gateway import telemetry
from gateway.auth import cookie, origin
from gateway.auth.sessions import authenticate
from gateway.settings import Settings

log = structlog.get_logger("http")

QUIET = frozenset({"/healthz", "/readyz", "/metrics", "/static/<path:name>"})  # not worth a line in the log
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OURS = "waystation_"  # how the names of our cookies begin
REMEMBERED = timedelta(hours=24)  # how long an Idempotency-Key gives the first answer again
#: What carries passwords or tokens is never kept, not even as a hash; and doing it twice does no harm.
CREDENTIALS = tuple(
    f"/api/v1/{door}" for door in ("sign-", "activate", "password/", "me/password", "invitations/accept")
)
LINKS = "/guests"  # the answer is a key to a conversation: asked for twice, there are two
INDEXES = {
    "answers": [IndexModel([("at", 1)], name="rubbish", expireAfterSeconds=int(REMEMBERED.total_seconds()))],
}

#: Our own pages run our own scripts and styles, and nothing else (OWASP: strict CSP).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self' {sockets}; form-action 'self'; base-uri 'none'; manifest-src 'self'; "
    "worker-src 'self'; frame-src 'self'; frame-ancestors {ancestors}"
)


class MethodProblem(Problem):
    """HTTP's own complaints, in the shape of all others."""

    def __init__(self, status: int, code: str, title: str) -> None:
        super().__init__(title)
        self.status = status  # type: ignore[misc]
        self.code = code  # type: ignore[misc]
        self.title = title  # type: ignore[misc]


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self), display-capture=(self)",
}


def protect(app: Quart, settings: Settings) -> None:
    """Put the common rules before and after every request of the application."""
    sockets = settings.public_url.replace("http", "ws", 1)
    app.request_class = _bounded(settings.body_limit)
    app.json.loads = _shallow(app.json.loads)  # type: ignore[method-assign]

    @app.before_request
    async def _begin() -> Response | None:
        g.began = time.perf_counter()
        g.language = best_language(request.headers.get("Accept-Language"))
        if (request.content_length or 0) > settings.body_limit and not _is_upload():
            raise TooLarge(N_("The request is larger than {limit} bytes."), limit=settings.body_limit)
        if request.method in UNSAFE and _acts_by_cookie():
            origin.require_own(request, settings.public_url)
        await _know_the_caller()
        return await _answered_before()

    @app.after_request
    async def _finish(response: Response) -> Response:
        await _remember_answer(response)
        _measure(response)
        if following := g.get("following"):
            cookie.remember(response, following, settings.public_url)
        elif g.get("forget_session"):
            cookie.forget(response)
        ancestors = g.get("frame_ancestors", "'none'")
        policy = POLICY.format(sockets=sockets, ancestors=ancestors)
        for name, value in {**HEADERS, "Content-Security-Policy": policy}.items():
            response.headers.setdefault(name, value)
        if ancestors == "'none'":
            response.headers.setdefault("X-Frame-Options", "DENY")
        if settings.is_https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if request.path.startswith(("/api/", "/chat/")):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    _tell_problems(app)


def _measure(response: Response) -> None:
    """Count and log the request: its route, never its contents."""
    route = request.url_rule.rule if request.url_rule else "none"
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    telemetry.REQUESTS.labels(request.method, route, response.status_code).observe(seconds)
    if route not in QUIET:
        log.info(
            "http.request", method=request.method, route=route, status=response.status_code, ms=round(seconds * 1000, 1)
        )


def _acts_by_cookie() -> bool:
    """Return whether the request counts on a cookie of ours, an agent's or a visitor's; browsers add it unasked."""
    return not _bearer() and any(name.startswith(OURS) for name in request.cookies)


async def _know_the_caller() -> None:
    """Find out who sent the request; a session that is over is as good as none, and its cookie is taken back."""
    token, from_cookie = _token()
    if not token:
        return
    db = database()
    try:
        actor, following = await authenticate(
            db, token, address=request.remote_addr or "", now=db.now(), rotate=from_cookie
        )
    except Unauthenticated:
        g.forget_session = from_cookie
    else:
        g.actor, g.following, g.language = actor, following, actor.language


def _is_upload() -> bool:
    return _takes_files(request.method, request.path)


def _takes_files(method: str, path: str) -> bool:
    return method == "POST" and path.endswith("/files")


def _bounded(limit: int) -> type[Request]:
    """Return requests that take no more than ``limit`` bytes, said before or not; uploads bound themselves."""

    class Bounded(Request):
        def __init__(self, method: str, scheme: str, path: str, *rest: Any, **more: Any) -> None:
            most = None if _takes_files(method, path) else limit
            super().__init__(method, scheme, path, *rest, **{**more, "max_content_length": most})

    return Bounded


def _shallow(loads: Callable[..., Any]) -> Callable[..., Any]:
    """Return a reader of JSON to which a hundred thousand brackets are a mistake like any other."""

    def read(*args: Any, **more: Any) -> Any:
        try:
            return loads(*args, **more)
        except RecursionError as error:
            raise ValueError(error) from error

    return read


def _token() -> tuple[str | None, bool]:
    """Return the session token of the request, and whether it came by cookie."""
    if token := _bearer():
        return token, False
    return request.cookies.get(cookie.NAME), True


def _bearer() -> str | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip()[:500] if scheme.lower() == "bearer" and value else None


# --- problems


def _tell_problems(app: Quart) -> None:
    @app.errorhandler(Problem)
    async def _problem(problem: Problem) -> Response:
        return answer(problem)

    @app.errorhandler(RequestSchemaValidationError)
    async def _schema(error: RequestSchemaValidationError) -> Response:
        return answer(_explained(error.validation_error))

    @app.errorhandler(QuerystringValidationError)
    async def _query(error: QuerystringValidationError) -> Response:
        return answer(_explained(error.validation_error))

    @app.errorhandler(ValidationError)
    async def _validation(error: ValidationError) -> Response:
        return answer(invalid(error))

    @app.errorhandler(UnicodeDecodeError)
    async def _no_text(_: UnicodeDecodeError) -> Response:
        return answer(_explained(None))  # a body that is no UTF-8 fails before it is parsed

    @app.errorhandler(ConnectionFailure)
    async def _store_away(_: ConnectionFailure) -> Response:
        return answer(Unavailable(N_("Not available for a moment. Please try again.")))

    @app.errorhandler(HTTPException)
    async def _http(error: HTTPException) -> Response:
        codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
        status = error.code or 500
        if status == 400:
            return answer(Invalid(N_("The request could not be understood. It must be valid JSON.")))
        return answer(MethodProblem(status, codes.get(status, "http"), error.name))

    @app.errorhandler(Exception)
    async def _unexpected(error: Exception) -> Response:
        log.error("http.failed", path=request.path, method=request.method, exc_info=error)
        return answer(Problem())


def _explained(error: Any) -> Problem:
    if isinstance(error, ValidationError):
        return invalid(error)
    return Invalid(N_("The request could not be understood. It must be valid JSON."))


def answer(problem: Problem) -> Response:
    """Return a problem as an HTTP response (RFC 9457)."""
    document = problem_document(problem, g.get("language", "en"))
    response = Response(
        orjson.dumps(document, default=str), status=problem.status, content_type="application/problem+json"
    )
    if retry_after := problem.facts.get("retry_after"):
        response.headers["Retry-After"] = str(max(1, round(float(retry_after))))
    return response


# --- answers given once


def _idempotent() -> str | None:
    """Return under which key the answer to this request is kept, if the caller asked for that."""
    key = request.headers.get("Idempotency-Key")
    actor = g.get("actor")
    if not key or request.method != "POST" or actor is None or not request.path.startswith("/api/"):
        return None
    if request.path.startswith(CREDENTIALS) or request.path.endswith(LINKS):
        return None
    return f"{actor.tenant_id}:{actor.id}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


async def _answered_before() -> Response | None:
    """Give the first answer again, when the same key comes a second time; refuse it for another request."""
    key = _idempotent()
    if key is None or _is_upload():
        return None
    db = database()
    body = cast(bytes, await request.get_data())
    asked = hashlib.sha256(request.path.encode() + b"\n" + body).hexdigest()
    try:
        await db["answers"].insert_one(
            {"_id": key, "tenant_id": g.actor.tenant_id, "asked": asked, "at": db.now(), "status": None}
        )
    except DuplicateKeyError:
        known = await db["answers"].find_one({"_id": key, "tenant_id": g.actor.tenant_id})
        if known is None or known["asked"] != asked:
            raise Invalid(N_("This Idempotency-Key was used for another request. Use a new one.")) from None
        if known["status"] is None:
            if db.now() - known["at"] < timedelta(seconds=30):
                raise Conflict(N_("The same request is being worked on. Ask again in a moment.")) from None
            g.answer_key = key  # whoever began has died on the way
            return None
        return Response(known["body"], status=known["status"], content_type=known["content_type"])
    g.answer_key = key
    return None


async def _remember_answer(response: Response) -> None:
    key = g.pop("answer_key", None)
    if key is None:
        return
    db = database()
    where = {"_id": key, "tenant_id": g.actor.tenant_id}
    if response.status_code >= 500 or response.status_code in (409, 429):
        await db["answers"].delete_one(where)  # trying again may go better
        return
    body = await response.get_data()
    kept = {"status": response.status_code, "body": body, "content_type": response.content_type}
    await db["answers"].update_one(where, {"$set": kept})


def require_development() -> None:
    """Go on only where the tools of development are switched on."""
    if not current_app.config["WAYSTATION"].development:
        raise Forbidden
