"""What an artist reads about the pictures that are to be sent."""

from __future__ import annotations

from typing import Final

NOT_THERE: Final = "File not found"
SWAP: Final = "Swap Left and Right"
ROTATE: Final = "Rotate"
CLEAR: Final = "Clear"
FORM_GONE: Final = "This form is gone"


def sides(width: int, height: int) -> str:
    """The size of a picture in pixels."""
    return f"{width:,} × {height:,}"


def about_file(path: str, size: str) -> str:
    """A file in a tooltip: where it lies, and its size if that is known."""
    return f"{path}\n{size}" if size else path


def same_picture(one: str, other: str) -> str:
    """Two views show the same picture."""
    return f"{one} and {other} are the same picture"


def other_shape(one: str, other: str) -> str:
    """Two views have sides of another proportion."""
    return f"{one} and {other} differ in their proportions"


def other_size(one: str, other: str) -> str:
    """Two views have another size."""
    return f"{one} and {other} differ in size"
