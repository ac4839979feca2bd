"""Pictures and files that the demo's customers send: drawn here, so that nothing has to be shipped. Pure."""

from __future__ import annotations

import struct
import zlib
from math import sqrt
from typing import Final

Colour = tuple[int, int, int]

PAPER: Final[Colour] = (244, 239, 228)
WOOD: Final[Colour] = (150, 108, 74)
LEAF: Final[Colour] = (47, 107, 79)
INK: Final[Colour] = (45, 48, 46)


class Canvas:
    """Rows of pixels to draw on; what lies outside is cut off."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self.width, self.height = width, height
        self._rows = [bytearray(bytes(ground) * width) for _ in range(height)]

    def box(self, left: int, top: int, right: int, bottom: int, colour: Colour) -> None:
        """Fill a rectangle."""
        left, right = max(left, 0), min(right, self.width)
        for row in self._rows[max(top, 0) : max(bottom, 0)]:
            row[left * 3 : right * 3] = bytes(colour) * (right - left)

    def oval(self, x: int, y: int, wide: int, high: int, colour: Colour) -> None:
        """Fill an ellipse around a point."""
        for dy in range(-high, high + 1):
            half = _half(wide, high, dy)
            self.box(x - half, y + dy, x + half, y + dy + 1, colour)

    def slope(self, x: int, y: int, length: int, rise: int, thick: int, colour: Colour) -> None:
        """Draw a thick line that falls by ``rise`` over its length."""
        for step in range(length):
            down = y + rise * step // length
            self.box(x + step, down, x + step + 2, down + thick, colour)

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        pixels = b"".join(b"\0" + row for row in self._rows)
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(pixels, 6)), _chunk(b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _half(wide: int, high: int, dy: int) -> int:
    """Return half the width of an ellipse so many rows from its middle."""
    return round(wide * sqrt(1 - (dy / high) ** 2))


def cup() -> bytes:
    """Return a photo of a cup of white tea on a table, seen from above."""
    canvas = Canvas(640, 420, WOOD)
    for top in range(0, 420, 70):
        canvas.box(0, top, 640, top + 2, (128, 90, 60))
    canvas.oval(330, 225, 190, 170, (124, 87, 58))
    canvas.oval(315, 210, 190, 170, (250, 249, 245))
    canvas.oval(315, 210, 165, 146, (226, 222, 210))
    canvas.oval(315, 210, 158, 139, (214, 170, 88))
    canvas.oval(290, 190, 110, 92, (222, 182, 104))
    for x, y in ((370, 250), (340, 290), (250, 275), (400, 200)):
        canvas.oval(x, y, 22, 7, LEAF)
    return canvas.png()


def parcel() -> bytes:
    """Return a photo of a parcel with a crushed corner and a wet stain."""
    canvas = Canvas(640, 420, (196, 199, 198))
    canvas.box(90, 80, 550, 350, (193, 152, 105))
    canvas.box(90, 195, 550, 228, (222, 205, 170))
    canvas.oval(360, 292, 96, 44, (158, 118, 76))
    canvas.oval(352, 288, 66, 28, (142, 104, 66))
    for row in range(110):  # the corner that is gone, and the folds beside it
        canvas.box(550 - (110 - row), 80 + row, 550, 81 + row, (196, 199, 198))
    for fold in range(4):
        canvas.slope(424 - fold * 22, 92 + fold * 8, 108, 104, 3, (140, 104, 66))
    canvas.box(130, 110, 280, 175, PAPER)
    for top in (122, 136, 150):
        canvas.box(142, top, 262, top + 5, INK)
    return canvas.png()


def lamp() -> bytes:
    """Return a photo of a paper lantern of which one half stays dark."""
    canvas = Canvas(420, 520, (38, 44, 52))
    canvas.oval(210, 250, 150, 190, (70, 66, 54))
    for dy in range(-190, 191, 2):
        half = _half(150, 190, dy)
        glow = 255 - abs(dy) // 3
        canvas.box(210 - half, 250 + dy, 210, 252 + dy, (glow, glow - 32, glow - 110))
    for dy in range(-160, 161, 40):
        half = _half(150, 190, dy)
        canvas.box(210 - half, 250 + dy, 210 + half, 252 + dy, (96, 84, 60))
    canvas.box(150, 440, 270, 462, (110, 82, 58))
    return canvas.png()


def screen() -> bytes:
    """Return a picture of a screen with the dialog of a failed connection."""
    canvas = Canvas(760, 460, (58, 92, 134))
    canvas.box(0, 424, 760, 460, (28, 34, 44))
    canvas.box(150, 90, 610, 340, (247, 248, 250))
    canvas.box(150, 90, 610, 126, (226, 230, 236))
    canvas.box(166, 103, 300, 113, (120, 128, 140))
    canvas.oval(215, 205, 34, 34, (196, 60, 54))
    canvas.slope(200, 188, 30, 30, 6, (255, 255, 255))
    canvas.slope(200, 218, 30, -30, 6, (255, 255, 255))
    for top, right in ((180, 560), (204, 530), (228, 440)):
        canvas.box(275, top, right, top + 9, (86, 94, 106))
    canvas.box(480, 284, 590, 316, LEAF)
    return canvas.png()


LOG: Final = """\
08:57:41 INFO  vpn-client 4.8.2 starts (Windows 11 26H1)
08:57:42 INFO  connecting to vpn.lanternleaf.example:443
08:57:42 INFO  TLS 1.3 handshake done, certificate CN=vpn.lanternleaf.example
08:57:43 INFO  sign-in as yan.dong
08:57:43 ERROR code 809: the server closed the tunnel: device certificate expired
08:57:43 INFO  next attempt in 30 s
08:58:13 ERROR code 809: the server closed the tunnel: device certificate expired
"""

ORDERS: Final = """\
order,item,quantity,price
LL-20931,Mountain White Peony 100 g,120,24.00
LL-20931,Wuyi Cinnamon Rock 100 g,80,32.00
LL-20931,Indigo Tea Cloth,40,13.00
"""


def files() -> dict[str, tuple[str, str, bytes]]:
    """Return key → name, media type and bytes of everything that is shown in the demo."""
    return {
        "cup": ("IMG_2214.png", "image/png", cup()),
        "parcel": ("包裹破损.png", "image/png", parcel()),
        "lamp": ("lantern-half-dark.png", "image/png", lamp()),
        "screen": ("VPN 809.png", "image/png", screen()),
        "log": ("vpn-client.log", "text/plain", LOG.encode()),
        "orders": ("LL-20931.csv", "text/csv", ORDERS.encode()),
    }
