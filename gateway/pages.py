"""Pages for people: the console's shell, the demo shop, static files, health and figures for operators."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

from quart import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
)
from quart_schema import hide

import widgets
from core.db import is_ready
from core.errors import NotFound
from core.http import database
from core.words import chosen_language
from gateway import telemetry
from gateway.reference import sections
from people import store as people_store

blueprint = Blueprint("pages", __name__)

DIST = Path(widgets.ROOT) / "dist"
YEAR = "public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


@cache
def _manifest(changed: float) -> dict[str, Any]:
    return json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def assets() -> dict[str, Any] | None:
    """Return which built files belong to which page, or None before `make assets`."""
    try:
        return _manifest((DIST / "manifest.json").stat().st_mtime)
    except OSError:
        return None


@blueprint.app_context_processor
def _assets() -> dict[str, Any]:
    return {"assets": assets() or {}}


@blueprint.before_app_request
async def _assets_are_built() -> Response | None:
    if (
        assets() is None
        and request.method == "GET"
        and not request.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))
    ):
        return cast(Response, await make_response(await render_template("assets_missing.html"), 503))
    return None


@blueprint.get("/")
@hide
async def home() -> Any:
    """Lead to the console."""
    return redirect("/console")


@blueprint.get("/console")
@blueprint.get("/console/<path:page>")
@hide
async def console(page: str = "") -> str:
    """Return the console's shell; the browser finds the page."""
    theme, actor = "system", g.get("actor")
    if actor:
        theme = (await people_store.agent(database(), actor.tenant_id, actor.id)).theme
    return await render_template(
        "console.html", language=_language(), theme=theme, entry="console", stranger=actor is None
    )


@blueprint.get("/design")
@hide
async def design() -> str:
    """Return the page that shows the design language."""
    return await render_template("console.html", language=_language(), theme="system", entry="design")


@blueprint.get("/api/docs")
@hide
async def reference() -> str:
    """Return the API's reference for people."""
    document = current_app.extensions["openapi"].openapi_provider.schema()
    info = document["info"]
    return await render_template(
        "api.html",
        language=_language(),
        title=info["title"],
        words=info["description"],
        sections=sections(document),
    )


@blueprint.get("/demo")
@hide
async def demo() -> Response:
    """Return a made-up shop that embeds the demo channel's widget; only in development."""
    settings = current_app.config["WAYSTATION"]
    if not settings.development:
        raise NotFound
    # The other name of this machine makes the shop a third-party page for real.
    host = request.host
    ours = host.replace("localhost", "127.0.0.1") if "localhost" in host else host.replace("127.0.0.1", "localhost")
    shop = await make_response(
        await render_template(
            "demo.html",
            language=_language(),
            channel_key=request.args.get("channel", "demo"),
            console_url=f"{settings.public_url}/console",
            widget_url=f"{settings.public_url}/widget.js",
        )
    )
    response = cast(Response, shop)
    site = f"{request.scheme}://{ours} {settings.public_url}"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self' {site}; "
        f"frame-src {site}; font-src 'self'; connect-src {site}"
    )
    return response


def _language() -> str:
    return chosen_language(request.args.get("lang")) or str(g.get("language", "en"))


@blueprint.get("/widget.js")
@hide
async def widget() -> Response:
    """Return the loader that sites embed; always fresh, it is small."""
    response = await _static("widget.js")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.get("/static/<path:name>")
@hide
async def static(name: str) -> Response:
    """Return a built file; those with a hash in the name never change."""
    response = await _static(name)
    hashed = "-" in Path(name).stem and Path(name).suffix in (".js", ".css", ".json")
    response.headers["Cache-Control"] = YEAR if hashed else "public, max-age=3600"
    if name.startswith("widget."):  # the loader on another site reads its words
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.get("/favicon.ico")
@hide
async def favicon() -> Response:
    """Return the mark."""
    return await _static("favicon.svg")


async def _static(name: str) -> Response:
    accepted = request.headers.get("Accept-Encoding", "")
    for encoding, suffix in ENCODINGS:
        if encoding in accepted and (DIST / f"{name}{suffix}").is_file():
            response: Response = await send_from_directory(DIST, f"{name}{suffix}", mimetype=_type(name))
            response.headers["Content-Encoding"] = encoding
            response.headers["Vary"] = "Accept-Encoding"
            return response
    return await send_from_directory(DIST, name, mimetype=_type(name))


def _type(name: str) -> str | None:
    types = {".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"}
    return types.get(Path(name).suffix)


@blueprint.get("/healthz")
@hide
async def healthz() -> tuple[dict[str, str], int]:
    """Say that the process lives."""
    return {"status": "alive"}, 200


@blueprint.get("/readyz")
@hide
async def readyz() -> tuple[dict[str, str], int]:
    """Say whether the process can serve: the database answers and it is not stopping."""
    if current_app.extensions["web"].stopping:
        return {"status": "stopping"}, 503
    if not await is_ready(database()):
        return {"status": "database away"}, 503
    return {"status": "ready"}, 200


@blueprint.get("/metrics")
@hide
async def metrics() -> Response:
    """Return figures for Prometheus; the reverse proxy keeps strangers away from it."""
    web = current_app.extensions["web"]
    for namespace in ("/agent", "/visitor", "/guest"):
        rooms = web.sockets.manager.rooms.get(namespace, {}).get(None, {})
        telemetry.SOCKETS.labels(namespace).set(len(rooms))
    return Response(telemetry.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")
