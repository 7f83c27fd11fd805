"""How a camera says that its picture is to be turned, where `imagesize` does not look: PNG, WebP.

Reads headers only, and takes whatever is damaged for an upright picture.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import BinaryIO

UPRIGHT: Final = 1
ORIENTATIONS: Final = range(1, 9)
SIDEWAYS: Final = frozenset({5, 6, 7, 8})
"""Orientations that exchange width and height."""
READ_HERE: Final = {"image/png": (8, ">I4s", b"eXIf", 12), "image/webp": (12, "<4sI", b"EXIF", 8)}
"""By MIME type: where the first chunk begins, its head, the name of the one that is looked for, and
the bytes that a chunk has beside its content."""
_CLOCKWISE: Final = {1: 6, 6: 3, 3: 8, 8: 1, 2: 7, 7: 4, 4: 5, 5: 2}
"""What an orientation becomes by a quarter turn clockwise of the upright picture."""
_MOST_CHUNKS: Final = 100_000
_MOST_BYTES: Final = 65_536
_PREFIX: Final = b"Exif\0\0"
_ORIENTATION: Final = 0x0112


def turned(orientation: int, quarters: int) -> int:
    """The orientation of a picture that is turned further by so many quarters clockwise."""
    for _ in range(quarters % 4):
        orientation = _CLOCKWISE[orientation]
    return orientation


def orientation(path: Path, mime: str) -> int:
    """1 to 8, or 0 where the file does not say it or is of another type. Raises `OSError`."""
    if mime not in READ_HERE:
        return 0
    with path.open("rb") as file:
        block = _block(file, *READ_HERE[mime])
    try:
        return _orientation(block.removeprefix(_PREFIX))
    except struct.error:
        return 0


def _block(file: BinaryIO, first: int, head: str, wanted: bytes, beside: int) -> bytes:
    """The content of the chunk of that name; empty where there is none."""
    at = first
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        read = file.read(8)
        if len(read) < 8:
            break
        one, other = struct.unpack(head, read)
        name, length = (one, other) if isinstance(one, bytes) else (other, one)
        if name == wanted:
            return file.read(min(length, _MOST_BYTES))
        at += beside + length
        # Chunks of RIFF begin at even places.
        at += length % 2 if beside == 8 else 0
    return b""


def _orientation(tiff: bytes) -> int:
    """The field of the first directory; EXIF is laid out as TIFF is. Raises `struct.error`."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 0
    (at,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    for number in range(count):
        tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * number)
        if tag == _ORIENTATION:
            return value if value in ORIENTATIONS else 0
    return 0
