"""Whether a file on disk is a picture that can be sent, and what has to be done to it first.

Reads a few bytes of the header and decodes nothing: it runs when a person presses the button,
before anything is sent. What a service does not take as it is, a child Blender makes fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Final

import imagesize  # pyright: ignore[reportMissingTypeStubs] - it has none

from .catalog.records import PictureLimits
from .rules import Refusal

# First bytes, MIME type, usual extension; all of them formats that Blender reads.
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"BM", "image/bmp", "bmp"),
    (b"II*\x00", "image/tiff", "tif"),
    (b"MM\x00*", "image/tiff", "tif"),
    (b"\x00\x00\x00\x0cjP  ", "image/jp2", "jp2"),
    (b"v/1\x01", "image/x-exr", "exr"),
    (b"#?RADIANCE", "image/vnd.radiance", "hdr"),
    (b"8BPS", "image/vnd.adobe.photoshop", "psd"),
)
_UNKNOWN: Final = (-1, -1)
PIXELS: Final = ".npz"
"""What the pixels of an image that has no file are written as."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture's header says: sides in pixels, (-1, -1) where they are not to be seen
    there."""

    mime: str
    extension: str
    sides: tuple[int, int]
    size: int


def mime_type(path: Path) -> tuple[str, str] | None:
    """The MIME type and usual extension of a picture that Blender reads, by its first bytes; None
    for other files.

    Raises `OSError` where the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp", "webp"
    if path.suffix == PIXELS and head.startswith(b"PK"):
        return "application/x-npz", "npz"
    found = (row for row in _SIGNATURES if head.startswith(row[0]))
    return next(((mime, extension) for _magic, mime, extension in found), None)


def refuse_picture(field: str, path: Path, limits: PictureLimits) -> Refusal | None:
    """Why this file cannot be sent as a picture, however it were made to fit, or None."""
    try:
        if not S_ISREG(path.stat().st_mode):
            return Refusal(field, f"{path.name} cannot be read: it is not a file")
        look = _look_at(path)
    except FileNotFoundError:
        return Refusal(field, f"There is no file {path.name}: choose the picture again")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a picture"
        return Refusal(field, f"{path.name} cannot be read: {reason}")
    if look is None or (look.mime in limits.types and look.sides == _UNKNOWN):
        return Refusal(field, f"{path.name} is not a picture that Blender reads, or it is damaged")
    return _refuse_sides(field, path, look.sides, limits) if look.sides != _UNKNOWN else None


def remedy(path: Path, limits: PictureLimits) -> str:
    """What must be done to the picture before the service takes it, as words for the job's row; ""
    where it is sent as it is. Raises `OSError` where it cannot be read."""
    look = _look_at(path)
    if path.suffix == PIXELS:
        return "The image of the .blend was sent as PNG"
    if look is None or look.mime not in limits.types:
        return f"{path.name} was converted to PNG"
    if max(look.sides) > limits.side.high:
        width, height = look.sides
        return f"{path.name} was scaled down from {width} × {height} pixels"
    if look.size > limits.most_bytes:
        return f"{path.name} was made smaller: it had {look.size / 10**6:.0f} MB"
    return ""


def _look_at(path: Path) -> Look | None:
    kind = mime_type(path)
    if kind is None:
        return None
    sides = imagesize.get(path)  # pyright: ignore[reportUnknownMemberType] - as above
    return Look(*kind, (int(sides[0]), int(sides[1])), path.stat().st_size)


def _refuse_sides(
    field: str, path: Path, sides: tuple[int, int], limits: PictureLimits
) -> Refusal | None:
    """A picture may be too small as it is, or so narrow that scaling it down makes it too small."""
    shown = f"{path.name} has {sides[0]} × {sides[1]} pixels"
    low, high = limits.side.low, limits.side.high
    if min(sides) < low:
        return Refusal(field, f"{shown}; the service needs {low} or more on each side")
    if min(sides) * high < low * max(sides):
        return Refusal(field, f"{shown}, which is too long and narrow for the service")
    return None
