"""Checks whether a file on disk is a picture that can be sent, and how it must be changed first.

Reads a few bytes of the header and decodes nothing: it runs when the button is pressed, before
anything is sent. A second Blender converts what the service does not accept, and finally decides
whether a file is a picture.
"""

from __future__ import annotations

from pathlib import Path
from stat import S_ISREG
from typing import Final

import imagesize  # pyright: ignore[reportMissingTypeStubs] - it has none

from . import picture_orientation
from .catalog.service_types import PictureLimits
from .messages import pictures as messages
from .picture_encoding import is_plain
from .record import record
from .rules import Refusal

# First bytes, MIME type, usual extension, of formats that Blender reads.
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
"""File extension for the pixels of a Blender image without a file."""


@record
class Header:
    """Data from a picture's header. `kind`: MIME type and usual extension, None if unknown.
    `sides`: upright width and height in pixels, (-1, -1) if unknown. `orientation`: EXIF
    orientation, 1 to 8. `size`: the file's size in bytes. `plain`: any program shows it alike."""

    kind: tuple[str, str] | None
    sides: tuple[int, int]
    orientation: int
    size: int
    plain: bool = True

    @property
    def mime(self) -> str:
        """The MIME type, or "" for an unknown one."""
        return self.kind[0] if self.kind is not None else ""


def mime_type(path: Path) -> tuple[str, str] | None:
    """Return MIME type and usual extension of a picture by its first bytes, or None if unknown.

    Raises `OSError` if the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp", "webp"
    if path.suffix == PIXELS and head.startswith(b"PK"):
        return "application/x-npz", "npz"
    found = (row for row in _SIGNATURES if head.startswith(row[0]))
    return next(((mime, extension) for _magic, mime, extension in found), None)


def read_header(path: Path) -> Header:
    """Read a picture's header. Raises `OSError` if the file cannot be read."""
    kind, size = mime_type(path), path.stat().st_size
    if kind is None or path.suffix == PIXELS:
        return Header(kind, _UNKNOWN, picture_orientation.UPRIGHT, size)
    try:
        info = imagesize.get_info(path)  # pyright: ignore[reportUnknownMemberType] - as above
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - the library may raise anything for a damaged file
        return Header(kind, _UNKNOWN, picture_orientation.UPRIGHT, size)
    # A BMP stored top row first has a negative height.
    sides = (int(info.width), abs(int(info.height)) if int(info.height) != -1 else -1)
    orientation = picture_orientation.orientation(path, kind[0]) or int(info.rotation)
    if orientation not in picture_orientation.ORIENTATIONS:
        orientation = picture_orientation.UPRIGHT
    # For JPEG and TIFF the library already returns the upright sides.
    if kind[0] in picture_orientation.READ_HERE and orientation in picture_orientation.SIDEWAYS:
        sides = (sides[1], sides[0])
    return Header(kind, sides, orientation, size, plain=is_plain(path, kind[0]))


def refuse_picture(field: str, path: Path, limits: PictureLimits) -> Refusal | None:
    """Return why this file cannot be sent as an image, even after conversion, or None. A format not
    known by its first bytes passes: a second Blender tries to read it before anything is sent."""
    try:
        if not S_ISREG(path.stat().st_mode):
            return Refusal(field, messages.not_a_file(path.name))
        header = read_header(path)
    except FileNotFoundError:
        return Refusal(field, messages.no_file(path.name))
    except OSError as error:
        return Refusal(field, messages.not_readable(path.name, error.strerror))
    if header.size == 0:
        return Refusal(field, messages.empty(path.name))
    if is_damaged(header, limits):
        return Refusal(field, messages.damaged(path.name))
    return _refuse_sides(field, path, header.sides, limits) if header.sides != _UNKNOWN else None


def is_damaged(header: Header, limits: PictureLimits) -> bool:
    """Whether it begins like an image of an accepted type but cannot be read as one."""
    return header.mime in limits.types and header.sides == _UNKNOWN


def remedy(path: Path, header: Header, limits: PictureLimits) -> str:
    """Return how the image has to be changed before it is sent, for the job's row; "" if it is sent
    unchanged."""
    if path.suffix == PIXELS:
        return messages.BLEND_IMAGE_SENT
    if header.mime not in limits.types:
        return messages.converted(path.name)
    if not header.plain:
        return messages.made_plain(path.name)
    if max(header.sides) > limits.side.high:
        return messages.scaled_down(path.name, *header.sides)
    if header.size > limits.max_bytes:
        return messages.compressed(path.name, header.size)
    # It is not known whether services read the EXIF orientation; upright pixels need none.
    return (
        messages.turned_upright(path.name)
        if header.orientation != picture_orientation.UPRIGHT
        else ""
    )


def advice(name: str, sides: tuple[int, int], limits: PictureLimits) -> str:
    """Return a warning about an image that is accepted but small, or "". Images that are refused
    for their size get none."""
    if not limits.side.low <= min(sides) < limits.good_side:
        return ""
    return messages.rather_small(name, sides, limits.good_side)


def _refuse_sides(
    field: str, path: Path, sides: tuple[int, int], limits: PictureLimits
) -> Refusal | None:
    """An image may be too small, or so narrow that scaling it down makes it too small."""
    low, high = limits.side.low, limits.side.high
    if min(sides) < low:
        return Refusal(field, messages.too_small(path.name, sides, low))
    if min(sides) * high < low * max(sides):
        return Refusal(field, messages.too_narrow(path.name, sides))
    return None
