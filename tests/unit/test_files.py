"""What a file is, is told by its bytes; and nothing that was stored can act in our pages (spec 5.11)."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.files import RangeNotSatisfiable, span
from core.media import dimensions, headers, media_type_of


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII5B", 13, b"IHDR", width, height, 8, 2, 0, 0, 0) + bytes(8)


def jpeg(width: int, height: int) -> bytes:
    exif = b"\xff\xe1" + struct.pack(">H", 300) + bytes(298)
    frame = b"\xff\xc0" + struct.pack(">HBHH", 17, 8, height, width) + bytes(10)
    return b"\xff\xd8" + exif + b"\xff" + frame


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(20)


def webp(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + bytes(4) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + size


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return packed.getvalue()


EXE = b"MZ\x90\x00\x03" + bytes(200)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj" * 20


@pytest.mark.parametrize("image", [png, jpeg, gif, webp])
@pytest.mark.parametrize("size", [(1, 1), (640, 480), (16_000, 3)])
def test_pictures_say_how_large_they_are(image: object, size: tuple[int, int]) -> None:
    assert callable(image)
    assert dimensions(image(*size)) == size


@given(st.binary(max_size=400))
def test_broken_pictures_say_nothing_and_break_nothing(noise: bytes) -> None:
    for image in (png, jpeg, gif, webp):
        for head in (image(3, 4)[:20] + noise, noise):
            size = dimensions(head)
            assert size is None or min(size) > 0


@pytest.mark.parametrize(
    ("content", "claimed", "name", "real"),
    [
        (png(1, 1), "text/html", "page.html", "image/png"),
        (jpeg(1, 1), "image/png", "photo.png", "image/jpeg"),
        (PDF, "image/png", "photo.png", "application/pdf"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "image/png", "photo.png", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "image/png", "photo.png", "image/svg+xml"),
        (b"hello <img src=x onerror=alert(1)>", "text/plain", "a.txt", "text/html"),
        ("打印机坏了".encode(), "text/plain", "a.txt", "text/plain"),
        ("打印机坏了".encode("gb18030"), "text/plain", "a.log", "text/plain"),
        (b"a,b\n1,2\n", "application/octet-stream", "list.csv", "text/csv"),
        (b"a,b\n1,2\n", "image/png", "photo.png", "text/plain"),
        (zipped("a.txt"), "application/zip", "a.zip", "application/zip"),
        (zipped("word/document.xml"), "application/octet-stream", "报告.docx",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"\x1a\x45\xdf\xa3" + bytes(60), "audio/webm;codecs=opus", "voice.weba", "audio/webm"),
        (b"\x1a\x45\xdf\xa3" + bytes(60), "text/html", "x", "video/webm"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(60), "audio/mp4", "voice", "audio/mp4"),
        (b"#!AMR\n" + bytes(40), "application/octet-stream", "voice.amr", "audio/amr"),
        (b"OggS\x00\x02" + bytes(40), "audio/ogg", "voice.ogg", "audio/ogg"),
    ],
)  # fmt: skip
def test_the_bytes_win_over_the_claim(content: bytes, claimed: str, name: str, real: str) -> None:
    assert media_type_of(content, claimed=claimed, name=name) == real


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (EXE, "setup.exe"),
        (EXE, "photo.png"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "tool"),
        (zipped("classes.dex"), "app.apk"),
        (zipped("META-INF/MANIFEST.MF"), "tool.JAR"),
        (b"@echo off\r\ndel *", "run.bat"),
        (b"alert(1)", "x.js"),
        (bytes(range(256)), "noise.png"),
    ],
)
def test_what_a_machine_would_run_is_refused_under_any_name(content: bytes, name: str) -> None:
    with pytest.raises(Invalid, match="not accepted"):
        media_type_of(content, claimed="image/png", name=name)


@given(
    st.binary(min_size=1, max_size=300), st.sampled_from(["image/png", "text/html", "audio/webm", "application/pdf"])
)
def test_any_bytes_have_a_type_or_are_refused(content: bytes, claimed: str) -> None:
    try:
        media = media_type_of(content, claimed=claimed, name="x.png")
    except Invalid:
        return
    assert media != "image/png" or content.startswith(b"\x89PNG")


@pytest.mark.parametrize("active", ["text/html", "image/svg+xml", "application/xml", "application/pdf", "text/plain"])
def test_what_could_act_is_only_ever_a_download(active: str) -> None:
    leaving = headers(active, "page.html", sha256="00")
    assert leaving["Content-Disposition"].startswith("attachment;")
    assert leaving["Content-Type"] not in ("text/html", "image/svg+xml", "application/xml")


@pytest.mark.parametrize("media", ["image/png", "text/html", "video/mp4"])
def test_every_file_leaves_in_a_sandbox(media: str) -> None:
    leaving = headers(media, "x", sha256="00")
    assert leaving["X-Content-Type-Options"] == "nosniff"
    assert leaving["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_pictures_are_shown_unless_a_download_is_asked_for() -> None:
    assert headers("image/png", "a.png", sha256="00")["Content-Disposition"].startswith("inline;")
    assert headers("image/png", "a.png", sha256="00", download=True)["Content-Disposition"].startswith("attachment;")


@given(st.text(max_size=60))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    told = headers("image/png", name.encode("utf-8", "ignore").decode(), sha256="00")["Content-Disposition"]
    assert told.isascii()
    assert told.count('"') == 2
    assert not set(told) & {"\r", "\n", "\x00"}


@pytest.mark.parametrize(
    ("asked", "given_"),
    [
        (None, None), ("bytes=0-", (0, 100)), ("bytes=10-19", (10, 20)), ("bytes=90-200", (90, 100)),
        ("bytes=-5", (95, 100)), ("bytes=-500", (0, 100)), ("bytes=5-3", None),
        ("bytes=0-1,5-6", None), ("lines=1-2", None), ("bytes=-", None),
    ],
)  # fmt: skip
def test_a_range_is_understood_or_ignored(asked: str | None, given_: tuple[int, int] | None) -> None:
    assert span(asked, 100) == given_


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(asked: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        span(asked, 100)


@given(st.text("bytes=-,0123456789 x", max_size=25), st.integers(1, 10**6))
def test_any_range_lies_within_the_file(asked: str, size: int) -> None:
    try:
        found = span(asked, size)
    except RangeNotSatisfiable:
        return
    assert found is None or (0 <= found[0] < found[1] <= size)
