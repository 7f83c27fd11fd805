"""Why a picture is not sent as it is, and what was done to it."""

from __future__ import annotations

from typing import Final

IS_DAMAGED: Final = "is a damaged image: save it again or choose another"
BLEND_IMAGE_SENT: Final = "The image from the .blend file was sent as PNG"


def not_a_file(name: str) -> str:
    """The path is not a file, for example a folder."""
    return f"{name} cannot be read: it is not a file"


def no_file(name: str) -> str:
    """The file does not exist."""
    return f"The file {name} does not exist: choose the image again"


def not_readable(name: str, reason: str | None) -> str:
    """The system cannot read the file."""
    return f"{name} cannot be read: {reason}"


def empty(name: str) -> str:
    """The file is empty."""
    return f"{name} is empty: choose another image"


def damaged(name: str) -> str:
    """The file begins like a picture but cannot be read as one."""
    return f"{name} {IS_DAMAGED}"


def converted(name: str) -> str:
    """It was sent in another format."""
    return f"{name} was converted to PNG"


def made_plain(name: str) -> str:
    """The image has a palette, 16 bits or CMYK colors, which not every program shows alike."""
    return f"{name} was converted to 8-bit RGB"


def scaled_down(name: str, width: int, height: int) -> str:
    """It was sent with fewer pixels."""
    return f"{name} was scaled down from {width} × {height} pixels"


def compressed(name: str, size: int) -> str:
    """It was sent with fewer bytes than the `size` it had."""
    return f"{name} was reduced from {size / 10**6:.0f} MB"


def turned_upright(name: str) -> str:
    """It was sent rotated by its EXIF orientation."""
    return f"{name} was rotated upright"


def turned(name: str) -> str:
    """It was sent rotated as the user chose."""
    return f"{name} was rotated as you chose"


def rather_small(name: str, sides: tuple[int, int], good: int) -> str:
    """It can be sent, but the result may be poor."""
    return (
        f"{name} has only {sides[0]} × {sides[1]} pixels; "
        f"the service suggests {good} or more on each side"
    )


def too_small(name: str, sides: tuple[int, int], least: float) -> str:
    """A side is too short."""
    return f"{_size(name, sides)}; the service needs {least:g} or more on each side"


def too_narrow(name: str, sides: tuple[int, int]) -> str:
    """If the longer side is scaled down to the limit, the other becomes too short."""
    return f"{_size(name, sides)}, which is too long and narrow for the service"


def _size(name: str, sides: tuple[int, int]) -> str:
    return f"{name} has {sides[0]} × {sides[1]} pixels"
