"""What the thin routes of every package share: the database at hand, files that come and files that go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast
from urllib.parse import unquote

from quart import Response, current_app, request

from core import files, media
from core.db import Database
from core.files import StoredFile
from core.model import Value


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


class Uploaded(Value):
    """A stored file, to be mentioned in a message or reply."""

    id: str
    name: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None


async def received_file(db: Database, tenant_id: str, *, uploaded_by: str, limit: int) -> Uploaded:
    """Store the request's raw body as a file named by ``X-Filename`` (percent-encoded); ``limit`` in bytes.

    Raises:
        TooLarge: it is longer than the limit; nothing of it is kept.
        Invalid: it is empty, or of a type that is not accepted.
    """

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in request.body:
            yield chunk

    stored = await files.put(
        db,
        tenant_id,
        name=unquote(request.headers.get("X-Filename", ""))[:255],
        media_type=request.headers.get("Content-Type", "application/octet-stream")[:127],
        chunks=chunks(),
        limit=limit,
        uploaded_by=uploaded_by,
    )
    return Uploaded(**{name: getattr(stored, name) for name in Uploaded.model_fields})
