"""Finds pictures that many programs decode wrongly: CMYK, 16 bits, a palette.

Reads headers only. A common decoder makes white of 16-bit gray, and drops the transparency of a
palette; of what services do nothing is published.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import BinaryIO

_PNG_DEPTH: Final = 24
"""Offset of the bit depth, which the color type follows."""
_PALETTE: Final = 3
_DEEP: Final = 16
_CMYK: Final = 4
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers of a frame, which says how many channels there are."""
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG's markers that nothing follows."""
_MOST_SEGMENTS: Final = 10_000


def is_plain(path: Path, mime: str) -> bool:
    """Whether any program shows a PNG or JPEG alike; True for other types, and for damaged files,
    which others find. Raises `OSError`."""
    if mime not in {"image/png", "image/jpeg"}:
        return True
    with path.open("rb") as file:
        return _is_plain_png(file) if mime == "image/png" else _channels(file) != _CMYK


def _is_plain_png(file: BinaryIO) -> bool:
    file.seek(_PNG_DEPTH)
    head = file.read(2)
    return len(head) < 2 or (head[0] != _DEEP and head[1] != _PALETTE)


def _channels(file: BinaryIO) -> int:
    """The channels of a JPEG; 0 where no frame is found."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[0] != 0xFF:
            return 0
        if head[1] in _FRAMES:
            return head[9]
        if head[1] == 0xFF:
            at += 1
        else:
            at += 2 if head[1] in _BARE else 2 + int.from_bytes(head[2:4], "big")
    return 0
