"""What the thin routes of every package share: the database at hand, and a stored file as an answer."""

from __future__ import annotations

from typing import cast

from quart import Response, current_app, request

from core import files, media
from core.db import Database
from core.files import StoredFile


def database() -> Database:
    """Return the database of the application that serves this request."""
    return cast(Database, current_app.extensions["database"])


def sent_file(db: Database, file: StoredFile) -> Response:
    """Return a stored file, or the range asked for, under headers that keep it from acting (spec 5.11)."""
    headers = media.headers(
        file.media_type, file.name, sha256=file.sha256, download=request.args.get("download") == "1"
    )
    headers["Accept-Ranges"] = "bytes"
    span = files.span(request.headers.get("Range"), file.size)
    start, end = span or (0, file.size)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    response = Response(files.stream(db, file, start, end), status=206 if span else 200, headers=headers)
    response.timeout = None  # a slow phone may take its time
    return response
