"""Whether a file on disk is a picture that a service takes.

Reads a few bytes of the header and decodes nothing: it runs when a person presses the button,
before anything is sent.
"""

from __future__ import annotations

from pathlib import Path
from stat import S_ISREG

import imagesize  # pyright: ignore[reportMissingTypeStubs] - it has none

from .catalog.records import PictureLimits, Window
from .rules import Refusal

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
}


def mime_type(path: Path) -> tuple[str, str] | None:
    """The MIME type and usual extension of a PNG, JPEG or WebP, by its first bytes; None for
    others.

    Raises `OSError` where the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp", "webp"
    return next((kind for magic, kind in _SIGNATURES.items() if head.startswith(magic)), None)


def refuse_picture(field: str, path: Path, limits: PictureLimits) -> Refusal | None:
    """Why this file cannot be sent as a picture, or None."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            return Refusal(field, f"{path.name} cannot be read: it is not a file")
        size = status.st_size
        kind = mime_type(path)
        width, height = _sides(path) if kind else (-1, -1)
    except FileNotFoundError:
        return Refusal(field, f"There is no file {path.name}: choose the picture again")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a picture"
        return Refusal(field, f"{path.name} cannot be read: {reason}")
    if kind is None or kind[0] not in limits.types or width < 0:
        known = " or ".join(mime.rpartition("/")[2].upper() for mime in limits.types)
        return Refusal(field, f"{path.name} is not a {known} picture, or it is damaged")
    if size > limits.most_bytes:
        megabytes = limits.most_bytes // 10**6
        return Refusal(
            field, f"{path.name} has {size / 10**6:.1f} MB; the service takes {megabytes} MB"
        )
    return _refuse_sides(field, path, (width, height), limits.side)


def _sides(path: Path) -> tuple[int, int]:
    """Width and height in pixels; −1 for what imagesize does not know."""
    sides = imagesize.get(path)  # pyright: ignore[reportUnknownMemberType] - as above
    return int(sides[0]), int(sides[1])


def _refuse_sides(field: str, path: Path, sides: tuple[int, int], window: Window) -> Refusal | None:
    shown = f"{path.name} has {sides[0]} × {sides[1]} pixels"
    if min(sides) < window.low:
        return Refusal(field, f"{shown}; the service needs {window.low} or more on each side")
    if max(sides) > window.high:
        return Refusal(field, f"{shown}; the service takes {window.high} at most on each side")
    return None
