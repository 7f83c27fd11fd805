"""What an artist reads about the pictures that are to be sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

NOT_THERE: Final = "File not found"
SWAP: Final = "Swap Left and Right"
ROTATE: Final = "Rotate"
CLEAR: Final = "Clear"
FORM_GONE: Final = "This form no longer exists"
NO_FREE_VIEW: Final = "All four views have an image: clear one first"
VIEWPORT: Final = "Viewport"
CAMERA: Final = "Camera View"
RENDER_RESULT: Final = "Render Result"
CLIPBOARD: Final = "Clipboard"
NOTHING_RENDERED: Final = "Nothing has been rendered yet. Press F12 first"
NOTHING_TO_PASTE: Final = "The clipboard has no image, and no path or URL of one"
NEEDS_VIEWPORT: Final = "Open a 3D viewport first"
NO_CAMERA: Final = "The scene has no camera. Add one first"
NO_IMAGES: Final = "This file has no such image"
STROKES_NEED_WINDOW: Final = "Grease Pencil needs a window to be seen. Convert it to curves first"
TAKES_ADDRESSES_ONLY: Final = "This service takes web addresses of images only"


def dropped(filled: Iterable[tuple[str, str]]) -> str:
    """Which slots have which files now."""
    return ", ".join(f"{slot}: {name}" for slot, name in filled)


def sides(width: int, height: int) -> str:
    """The size of a picture in pixels."""
    return f"{width:,} × {height:,}"


def in_place_of(name: str) -> str:
    """The switch by which a model replaces what its views were taken of."""
    return f"In Place of “{name}”"


def no_extent(name: str) -> str:
    """What is selected is a single point."""
    return f"{name} has no visible size"


def not_kept(reason: str) -> str:
    """The file of a picture that was taken cannot be written or read."""
    return f"The picture cannot be saved: {reason}"


def not_drawn(detail: str) -> str:
    """Blender could not draw or render a picture."""
    return f"Blender could not make the picture: {detail}"


def not_single_image(name: str) -> str:
    """A movie, or an image in tiles."""
    return f"{name} is a movie or a tiled image. Choose a single image"


def no_pixels(name: str) -> str:
    """An image without content."""
    return f"{name} has no pixels to send"


def image_file_gone(name: str, path: str) -> str:
    """An image whose file is not where it was."""
    return f"The file of {name} is missing: {path}"


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
