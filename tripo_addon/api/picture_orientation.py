"""Reads the EXIF orientation of PNG and WebP files, which `imagesize` does not read.

Reads headers only; a damaged file counts as upright.
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
"""Orientations that swap width and height."""
READ_HERE: Final = {"image/png": (8, ">I4s", b"eXIf", 12), "image/webp": (12, "<4sI", b"EXIF", 8)}
"""By MIME type: offset of the first chunk, struct format of a chunk's header, name of the EXIF
chunk, and bytes of a chunk beyond its content."""
_CLOCKWISE: Final = {1: 6, 6: 3, 3: 8, 8: 1, 2: 7, 7: 4, 4: 5, 5: 2}
"""The orientation after the upright picture is rotated a quarter turn clockwise."""
_MOST_CHUNKS: Final = 100_000
_MOST_BYTES: Final = 65_536
_PREFIX: Final = b"Exif\0\0"
_ORIENTATION: Final = 0x0112


def turned(orientation: int, quarters: int) -> int:
    """Return the orientation after rotating a picture by `quarters` quarter turns clockwise."""
    for _ in range(quarters % 4):
        orientation = _CLOCKWISE[orientation]
    return orientation


def orientation(path: Path, mime: str) -> int:
    """Return the EXIF orientation, 1 to 8, or 0 if the file has none or is of another type. Raises
    `OSError`."""
    if mime not in READ_HERE:
        return 0
    with path.open("rb") as file:
        block = _block(file, *READ_HERE[mime])
    try:
        return _orientation(block.removeprefix(_PREFIX))
    except struct.error:
        return 0


def _block(file: BinaryIO, first: int, head: str, wanted: bytes, beside: int) -> bytes:
    """Return the content of the first chunk named `wanted`, or b"" if there is none."""
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
        # RIFF chunks are padded to even offsets.
        at += length % 2 if beside == 8 else 0
    return b""


def _orientation(tiff: bytes) -> int:
    """Return the orientation in the first directory of EXIF data, which is a TIFF. Raises
    `struct.error`."""
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
