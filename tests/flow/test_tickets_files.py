"""Files stream in and out, whole or not at all, and stay while somebody uses them (spec 5.11)."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core import files
from core.db import Database
from core.errors import Invalid, NotFound, TooLarge
from core.files import StoredFile, UseFiles
from core.message import File, Image, Text, Voice
from tests.clock import FakeClock

MEGABYTE = 1_048_576
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    + (640).to_bytes(4, "big")
    + (480).to_bytes(4, "big")
    + b"\x08\x02\0\0\0"
    + bytes(9)
)


async def pieces(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def put(
    db: Database, content: bytes, *, name: str = "photo.png", media_type: str = "image/png", tenant_id: str = "acme"
) -> StoredFile:
    return await files.put(
        db,
        tenant_id,
        name=name,
        media_type=media_type,
        chunks=pieces(content),
        limit=2 * MEGABYTE,
        uploaded_by="visitor:v1",
    )


async def read(db: Database, file: StoredFile, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in files.stream(db, file, start, end)])


async def is_empty(db: Database) -> bool:
    return not any([await db[name].count_documents({}) for name in ("files", "blobs.files", "blobs.chunks")])


async def test_a_picture_is_stored_and_read_back(db: Database) -> None:
    content = PNG + random.randbytes(700_000)
    stored = await put(db, content, name="../../etc/照片.png")
    assert (stored.name, stored.media_type, stored.size) == ("照片.png", "image/png", len(content))
    assert (stored.width, stored.height) == (640, 480)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert await files.get(db, "acme", stored.id) == stored
    assert await read(db, stored) == content


async def test_any_range_of_it_can_be_read(db: Database) -> None:
    content = PNG + random.randbytes(700_000)
    stored = await put(db, content)
    for _ in range(20):
        start, end = sorted(random.sample(range(len(content) + 1), 2))
        assert await read(db, stored, start, end) == content[start:end]


async def test_too_large_a_file_leaves_nothing_behind(db: Database) -> None:
    with pytest.raises(TooLarge, match=r"larger than 2.0 MB"):
        await put(db, PNG + bytes(2 * MEGABYTE))
    assert await is_empty(db)


async def test_a_small_limit_is_kept_before_anything_is_stored(db: Database) -> None:
    with pytest.raises(TooLarge):
        await files.put(db, "acme", name="a.png", media_type="", chunks=pieces(PNG), limit=10, uploaded_by="x")
    assert await is_empty(db)


async def test_a_file_that_is_not_accepted_leaves_nothing_behind(db: Database) -> None:
    with pytest.raises(Invalid, match="not accepted"):
        await put(db, b"MZ\x90\x00" + bytes(100_000))
    with pytest.raises(Invalid, match="empty"):
        await put(db, b"")
    assert await is_empty(db)


async def test_a_sender_who_goes_away_leaves_nothing_behind(db: Database) -> None:
    arrived = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield PNG + bytes(800_000)
        arrived.set()
        await asyncio.Event().wait()

    upload = asyncio.create_task(
        files.put(db, "acme", name="a.png", media_type="", chunks=stalls(), limit=2 * MEGABYTE, uploaded_by="x")
    )
    await arrived.wait()
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert await is_empty(db)


async def test_what_is_not_whole_is_not_there(db: Database) -> None:
    stored = await put(db, PNG)
    await db["files"].update_one({"_id": stored.id}, {"$set": {"ready": False}})  # as if the process died in between
    with pytest.raises(NotFound):
        await files.get(db, "acme", stored.id)
    with pytest.raises(Invalid):
        await db.commit(UseFiles("acme", [stored.id], "t1"))


async def test_another_companys_file_does_not_exist(db: Database) -> None:
    stored = await put(db, PNG, tenant_id="globex")
    with pytest.raises(NotFound):
        await files.get(db, "acme", stored.id)
    with pytest.raises(Invalid, match="not there any more"):
        await db.commit(UseFiles("acme", [stored.id], "t1"))
    with pytest.raises(Invalid, match="not there any more"):
        await files.described(db, "acme", [Image(file_id=stored.id)])


async def test_what_nobody_used_for_a_day_is_removed_and_what_is_used_stays(db: Database, clock: FakeClock) -> None:
    forgotten, sent = await put(db, PNG), await put(db, PNG)
    await db.commit(UseFiles("acme", [sent.id, sent.id], "t1"))
    clock.advance(hours=25)
    fresh = await put(db, PNG)
    old = await files.unused(db, db.now() - timedelta(hours=24))
    assert [file.id for file in old] == [forgotten.id]
    assert await files.discard(db, old[0])
    assert not await files.discard(db, sent)
    assert await read(db, sent) == await read(db, fresh) == PNG
    assert (await files.get(db, "acme", sent.id)).used_in == ("t1",)
    assert await db["blobs.chunks"].count_documents({}) == 2


async def test_a_file_used_at_the_last_moment_is_either_kept_or_refused(db: Database) -> None:
    for _ in range(10):
        stored = await put(db, PNG)
        used, removed = await asyncio.gather(
            db.commit(UseFiles("acme", [stored.id], "t1")), files.discard(db, stored), return_exceptions=True
        )
        if removed is True:
            assert isinstance(used, Invalid)
        else:
            assert used is None
            assert await read(db, await files.get(db, "acme", stored.id)) == PNG


async def test_parts_tell_what_is_true_of_their_files(db: Database) -> None:
    picture = await put(db, PNG, name="a.png")
    page = await put(db, b"<html><script>x</script></html>", name="photo.png")
    voice = await put(db, b"\x1a\x45\xdf\xa3" + bytes(60), name="v.weba", media_type="audio/webm")
    said = await files.described(
        db, "acme",
        [
            Text(text="hi"), Image(file_id=picture.id, name="x", size=1, media_type="text/html", width=9, height=9),
            Image(file_id=page.id, media_type="image/png"), Voice(file_id=voice.id, duration=3.5),
        ],
    )  # fmt: skip
    assert said[0] == Text(text="hi")
    assert said[1] == Image(
        file_id=picture.id, name="a.png", media_type="image/png", size=len(PNG), width=640, height=480
    )
    assert said[2] == File(file_id=page.id, name="photo.png", media_type="text/html", size=page.size)
    assert said[3] == Voice(file_id=voice.id, name="v.weba", media_type="audio/webm", size=voice.size, duration=3.5)


async def test_visitors_send_only_their_own_files(db: Database) -> None:
    stored = await put(db, PNG)
    assert await files.described(db, "acme", [Image(file_id=stored.id)], uploaded_by="visitor:v1")
    with pytest.raises(Invalid):
        await files.described(db, "acme", [Image(file_id=stored.id)], uploaded_by="visitor:v2")
