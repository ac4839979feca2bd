"""Files: their bytes in GridFS, streamed in and out, and who put them there and where they are used (spec 5.11).

A file's record is written before its bytes and made ready after them, so a file is either whole or not there, and what
a crash left behind is found by `unused`. Bytes are kept under ``<tenant>/<file>``: no read can cross tenants.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import NoFile
from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession

from core.db import Database
from core.errors import N_, Invalid, NotFound, Problem, TooLarge
from core.ids import new_id
from core.media import HEAD, dimensions, headers, media_type_of
from core.message import Attachment, File, Image, Part, Video, Voice, files_of
from core.model import Record

__all__ = [
    "INDEXES",
    "StoredFile",
    "UseFiles",
    "described",
    "discard",
    "get",
    "headers",
    "put",
    "span",
    "stream",
    "unused",
]

INDEXES: Final[dict[str, list[IndexModel]]] = {
    "files": [
        IndexModel([("tenant_id", ASCENDING), ("_id", ASCENDING)], name="tenant"),
        IndexModel([("created_at", ASCENDING)], name="unused", partialFilterExpression={"used": False}),
    ],
    # as GridFS itself would make it; files are found by it alone
    "blobs.chunks": [IndexModel([("files_id", ASCENDING), ("n", ASCENDING)], name="files_id_1_n_1", unique=True)],
    "blobs.files": [IndexModel([("filename", ASCENDING), ("uploadDate", ASCENDING)], name="filename_1_uploadDate_1")],
}


class RangeNotSatisfiable(Problem):
    """The asked range lies behind the file's end (RFC 9110 §14.4)."""

    status, code, title = 416, "range_not_satisfiable", N_("The file is shorter than that")


class StoredFile(Record):
    """A file and what is known of it.

    ``uploaded_by`` is ``<kind>:<id>`` of a person; ``used_in``: ids of the conversations and tickets that show it.
    """

    collection: ClassVar[str] = "files"

    name: str
    media_type: str
    size: int = 0
    sha256: str = ""
    width: int | None = None
    height: int | None = None
    created_at: datetime
    uploaded_by: str
    used_in: tuple[str, ...] = ()
    used: bool = False
    ready: bool = False

    @property
    def blob(self) -> str:
        """Return the name of its bytes in GridFS."""
        return f"{self.tenant_id}/{self.id}"


@dataclass(frozen=True)
class UseFiles:
    """A change: these files are used in a conversation or ticket: they stay, and its readers may read them."""

    tenant_id: str
    file_ids: Sequence[str]
    used_in: str

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        """Note the use; a file that is not there (any more) is `Invalid`."""
        wanted = set(self.file_ids)
        if not wanted:
            return
        found = await db["files"].update_many(
            {"tenant_id": self.tenant_id, "_id": {"$in": list(wanted)}, "ready": True},
            {"$addToSet": {"used_in": self.used_in}, "$set": {"used": True}},
            session=session,
        )
        if found.matched_count != len(wanted):
            raise _missing()


async def put(
    db: Database,
    tenant_id: str,
    *,
    name: str,
    media_type: str,
    chunks: AsyncIterator[bytes],
    limit: int,
    uploaded_by: str,
    as_it_is: bool = False,
) -> StoredFile:
    """Store a file as it streams in; ``limit`` in bytes, ``media_type`` as claimed: what the bytes tell wins.

    ``as_it_is``: nothing is refused, and the type is what we say: for what we keep as evidence, offered as a download.

    Raises:
        TooLarge: it is longer than the limit; nothing of it is kept.
        Invalid: it is empty, or of a type that is not accepted.
    """
    name = _plain_name(name)
    head = bytearray()
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEAD or len(head) > limit:
            break
    if not head:
        raise Invalid(N_("The file “{name}” is empty. Choose another one."), name=name)
    if len(head) > limit:
        raise _too_large(name, limit)
    beginning = bytes(head[:HEAD])
    if not as_it_is:
        media_type = media_type_of(beginning, claimed=media_type, name=name)
    now = db.now()
    pixels = (None if as_it_is else dimensions(beginning)) or (None, None)
    file = StoredFile(
        id=new_id(now), tenant_id=tenant_id, name=name, media_type=media_type, width=pixels[0], height=pixels[1],
        created_at=now, uploaded_by=uploaded_by,
    )  # fmt: skip
    if len(head) < HEAD:  # all of it is here: nobody learns of the file before its bytes are stored, too
        sha256 = hashlib.sha256(head).hexdigest()
        file = file.model_copy(update={"size": len(head), "sha256": sha256, "ready": True})
    await db["files"].insert_one(file.to_mongo())
    try:
        size, sha256 = await _store(db, file, bytes(head), chunks, limit)
    except BaseException:  # also when the sender went away: the task is cancelled
        await discard(db, file)
        raise
    if file.ready:
        return file
    file = file.model_copy(update={"size": size, "sha256": sha256, "ready": True})
    await db["files"].update_one(
        {"tenant_id": tenant_id, "_id": file.id}, {"$set": {"size": size, "sha256": sha256, "ready": True}}
    )
    return file


async def _store(
    db: Database, file: StoredFile, head: bytes, chunks: AsyncIterator[bytes], limit: int
) -> tuple[int, str]:
    """Store the bytes; return their number and their SHA-256."""
    size, digest = len(head), hashlib.sha256(head)
    async with _bucket(db).open_upload_stream_with_id(file.blob, file.name) as blob:
        blob._ensured_index = True  # by `INDEXES`; the library would look at both collections for each file
        await blob.write(head)
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise _too_large(file.name, limit)
            digest.update(chunk)
            await blob.write(chunk)
    return size, digest.hexdigest()


async def get(db: Database, tenant_id: str, file_id: str) -> StoredFile:
    """Return what is known of a file; whether the asker may know is for the caller to check.

    Raises:
        NotFound: there is none in this tenant.
    """
    found = await db["files"].find_one({"tenant_id": tenant_id, "_id": file_id, "ready": True})
    if found is None:
        raise NotFound(N_("There is no such file."))
    return StoredFile.from_mongo(found)


async def stream(db: Database, file: StoredFile, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
    """Yield a file's bytes from ``start`` up to, not including, ``end``, a quarter megabyte at a time.

    Raises:
        NotFound: the file was removed meanwhile.
    """
    left = (file.size if end is None else end) - start
    try:
        blob = await _bucket(db).open_download_stream(file.blob)
    except NoFile as gone:
        raise NotFound(N_("There is no such file.")) from gone
    await blob.seek(start)
    while left > 0 and (chunk := await blob.readchunk()):
        yield bytes(chunk[:left])
        left -= len(chunk)


def span(header: str | None, size: int) -> tuple[int, int] | None:
    """Return start and end (not included) of the one range that a ``Range`` header asks for; None: the whole file.

    Several ranges, and what is not understood, are answered with the whole file (RFC 9110 §14.2).

    Raises:
        RangeNotSatisfiable: the range lies behind the end.
    """
    asked = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", (header or "").replace(" ", ""))
    if not asked or asked.groups() == ("", ""):
        return None
    first, last = asked.groups()
    if not first:  # the last n bytes
        if int(last) == 0:
            raise RangeNotSatisfiable(N_("The file is shorter than that. Ask for the whole file."), size=size)
        return max(size - int(last), 0), size
    if int(first) >= size:
        raise RangeNotSatisfiable(N_("The file is shorter than that. Ask for the whole file."), size=size)
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size


async def described(
    db: Database, tenant_id: str, parts: Sequence[Part], *, uploaded_by: str | None = None
) -> tuple[Part, ...]:
    """Return message parts with what is true of their files (type, size, name), not what the sender claimed.

    ``uploaded_by``: only files from there count, as for visitors; None: any file of the tenant, as for agents.

    Raises:
        Invalid: a file is not there.
    """
    wanted = set(files_of(tuple(parts)))
    if not wanted:
        return tuple(parts)
    where: dict[str, Any] = {"tenant_id": tenant_id, "_id": {"$in": list(wanted)}, "ready": True}
    if uploaded_by is not None:
        where["uploaded_by"] = uploaded_by
    files = {found["_id"]: StoredFile.from_mongo(found) async for found in db["files"].find(where)}
    if len(files) != len(wanted):
        raise _missing()
    return tuple(_true(part, files[part.file_id]) if isinstance(part, Attachment) else part for part in parts)


async def unused(db: Database, before: datetime, *, limit: int = 500) -> list[StoredFile]:
    """Return files of all tenants, stored before then, that nothing ever used, or whose upload broke off; for a job."""
    found = db["files"].find({"used": False, "created_at": {"$lt": before}}).sort("created_at").limit(limit)
    return [StoredFile.from_mongo(row) async for row in found]


async def discard(db: Database, file: StoredFile) -> bool:
    """Remove a file that nothing uses; return whether it was removed: somebody may have used it this moment."""
    mine = {"tenant_id": file.tenant_id, "_id": file.id, "used": False}
    if not await db["files"].find_one_and_update(mine, {"$set": {"ready": False}}):
        return False
    with contextlib.suppress(NoFile):  # the upload broke off before its end; its pieces are gone now
        await _bucket(db).delete(file.blob)
    await db["files"].delete_one(mine)
    return True


def _bucket(db: Database) -> AsyncGridFSBucket:
    return AsyncGridFSBucket(db.client[db.name], bucket_name="blobs")


def _true(part: Attachment, file: StoredFile) -> Part:
    facts: dict[str, Any] = {"file_id": file.id, "name": file.name, "media_type": file.media_type, "size": file.size}
    match part:
        case Image() if file.media_type.startswith("image/") and file.media_type != "image/svg+xml":
            return Image(**facts, width=file.width, height=file.height)
        case Video() if file.media_type.startswith("video/"):
            return Video(**facts)
        case Voice() if file.media_type.startswith(("audio/", "video/")):
            return Voice(**facts, duration=part.duration)
        case _:
            return File(**facts)


def _plain_name(name: str) -> str:
    """Return a file name without folders and control characters, 200 characters at most, its ending kept."""
    name = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", re.split(r"[/\\]", name)[-1]).strip(" .") or "file"
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= 200 else f"{stem[: 199 - len(ending)]}{dot}{ending}"[:200]


def _too_large(name: str, limit: int) -> TooLarge:
    return TooLarge(
        N_("“{name}” is larger than {megabytes} MB. Make it smaller, or send it in parts."),
        name=name, megabytes=round(limit / 1_048_576, 1), limit=limit,
    )  # fmt: skip


def _missing() -> Invalid:
    return Invalid(N_("A file of this message is not there any more. Please add it again."))
