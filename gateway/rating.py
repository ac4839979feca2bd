"""The page that a rating link in a mail opens: for whoever is not signed in, without scripts (spec 6.8)."""

from __future__ import annotations

from typing import Literal, cast

from quart import Blueprint, Response, current_app, g, make_response, render_template, request
from quart_schema import hide

from channels.base import Door
from core.db import Database
from core.errors import NotFound
from core.words import chosen_language, translate
from people import store as people
from people.model import Tenant
from ticketing import satisfaction, service, store
from ticketing.model import Ticket
from ticketing.satisfaction import SCORES, Asked, Rated

blueprint = Blueprint("rating", __name__)

MAX_COMMENT = 2_000  # characters

#: What the page shows: the question, thanks, or why there is nothing to ask.
Shows = Literal["ask", "choose", "thanks", "used", "expired", "unknown"]
STATUS: dict[Shows, int] = {"ask": 200, "choose": 422, "thanks": 200, "used": 410, "expired": 410, "unknown": 404}


def _door() -> Door:
    return cast(Door, current_app.extensions["door"])


@blueprint.get("/rate/<token>")
@hide
async def ask(token: str) -> Response:
    """Ask how it was; a program that only looks at the link rates nothing: that takes the button."""
    shows, found = await _found(token)
    return await _page(token, shows, found)


@blueprint.post("/rate/<token>")
@hide
async def rate(token: str) -> Response:
    """Take the rating, once for each link."""
    shows, found = await _found(token)
    if shows != "ask" or found is None:
        return await _page(token, shows, found)
    form = await request.form
    score, comment = form.get("score", ""), form.get("comment", "").replace("\0", "").strip()[:MAX_COMMENT]
    if score not in {str(one) for one in SCORES}:
        return await _page(token, "choose", found, comment=comment)
    asked, _, ticket = found
    try:
        await service.rate(_door().db, asked, score=int(score), comment=comment)
    except Rated:
        return await _page(token, "used", found)
    except NotFound:
        return await _page(token, "unknown", None)
    return await _page(token, "thanks", (asked, found[1], ticket), score=int(score))


Found = tuple[Asked, Tenant, Ticket]


async def _found(token: str) -> tuple[Shows, Found | None]:
    """Return what a link leads to, and what is to be shown."""
    door = _door()
    asked = satisfaction.known_token(door.secret, token[:1_000])
    if asked is None:
        return "unknown", None
    try:
        tenant, ticket = await _asked(door.db, asked)
    except NotFound:
        return "unknown", None
    if satisfaction.is_answered(ticket, asked):
        return "used", (asked, tenant, ticket)
    return ("expired" if asked.is_over(door.db.now()) else "ask"), (asked, tenant, ticket)


async def _asked(db: Database, asked: Asked) -> tuple[Tenant, Ticket]:
    ticket = await store.ticket(db, asked.tenant_id, asked.ticket_id)
    if ticket.state == "deleted":
        raise NotFound
    return await people.tenant(db, asked.tenant_id), ticket


async def _page(token: str, shows: Shows, found: Found | None, *, score: int = 0, comment: str = "") -> Response:
    language = g.language = chosen_language(request.args.get("lang")) or str(g.get("language", "en"))
    wished = request.args.get("score", "")
    page = await render_template(
        "rate.html",
        language=language,
        shows=shows,
        company=found[1].name if found else "",
        ticket=found[2] if found else None,
        scores=[(one, translate(language, label)) for one, label in SCORES.items()],
        chosen=score or (int(wished) if wished in {"1", "2", "3", "4", "5"} else 0),
        comment=comment,
        longest=MAX_COMMENT,
    )
    response = cast(Response, await make_response(page, STATUS[shows]))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"  # the address is the key; without any, forms have no origin
    return response
