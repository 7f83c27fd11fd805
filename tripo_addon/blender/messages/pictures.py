"""What an artist reads about the pictures that are to be sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

NOT_THERE: Final = "File not found"
SWAP: Final = "Swap Left and Right"
ROTATE: Final = "Rotate"
CLEAR: Final = "Clear"
FORM_GONE: Final = "This form is gone"
NO_FREE_VIEW: Final = "All four views have an image: clear one first"


def dropped(filled: Iterable[tuple[str, str]]) -> str:
    """Which slots have which files now."""
    return ", ".join(f"{slot}: {name}" for slot, name in filled)


def sides(width: int, height: int) -> str:
    """The size of a picture in pixels."""
    return f"{width:,} × {height:,}"


def choose_another(path: str) -> str:
    """The tooltip of a file's name, which says where it lies."""
    return f"Choose another image file than {path}"


def same_picture(one: str, other: str) -> str:
    """Two views show the same picture."""
    return f"{one} and {other} are the same picture"


def other_shape(one: str, other: str) -> str:
    """Two views have sides of another proportion."""
    return f"{one} and {other} differ in their proportions"


def other_size(one: str, other: str) -> str:
    """Two views have another size."""
    return f"{one} and {other} differ in size"
