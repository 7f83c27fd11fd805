"""Saves an image data-block to a file of our own: its file or packed bytes, else its pixels.

Main thread only. Does not decode what Blender has not decoded, and changes neither the image nor
its file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..messages import pictures as messages
from .kept_files import keep, keep_raster
from .raster import Raster, from_floats
from .render_results import render, render_result

if TYPE_CHECKING:
    from bpy.types import Context, Image

_SENT_AS_THEY_ARE: Final = {"PNG": ".png", "JPEG": ".jpg"}
_RENDERS: Final = "RENDER_RESULT"
_READABLE: Final = frozenset({"FILE", "GENERATED", "VIEWER"})


class NoPicture(Exception):
    """The image cannot be sent; the text tells the artist why."""


def picture_file(image: Image, context: Context) -> Path:
    """Return a file with the image as it looks now. Raises `NoPicture`, and `OSError` if it cannot
    be written."""
    name = Path(image.name).stem if image.source == "FILE" else image.name
    if image.type == _RENDERS:
        return rendered_file(context)
    if image.source not in _READABLE:
        raise NoPicture(messages.not_single_image(image.name))
    stored = None if image.is_dirty else _stored(image)
    if stored is not None:
        return keep(stored[0], name, stored[1])
    return keep_raster(image_raster(image), name)


def rendered_file(context: Context, *, anew: bool = False) -> Path:
    """Return a file with the last render as its scene shows it. `anew`: render now, which
    **blocks**. Raises as `picture_file`, and `RuntimeError` if Blender cannot render."""
    content = render(context.scene) if anew else render_result(context.scene)
    if content is None:
        raise NoPicture(messages.NOTHING_RENDERED)
    return keep(content, messages.CAMERA if anew else messages.RENDER_RESULT, ".png")


def image_raster(image: Image) -> Raster:
    """Return the pixels of an image as a plain screen shows them. Raises `NoPicture`."""
    import numpy

    width, height = _size(image)
    values = numpy.empty(width * height * image.channels, dtype=numpy.float32)
    image.pixels.foreach_get(values)
    return from_floats(values, width, height, light=image.is_float)


def _size(image: Image) -> tuple[int, int]:
    """Return width and height, after Blender has loaded the image if needed."""
    # `size` loads an image that nothing has shown yet.
    width, height = image.size
    if not width or not height or not image.channels:
        file = bpy.path.abspath(image.filepath_from_user())
        missing = image.source == "FILE" and image.packed_file is None and file
        if missing and not Path(file).is_file():
            raise NoPicture(messages.image_file_gone(image.name, file))
        raise NoPicture(messages.no_pixels(image.name))
    return width, height


def _stored(image: Image) -> tuple[bytes, str] | None:
    """Return the content and extension of the image's file, packed or on disk; None if there is
    none."""
    packed: Any = image.packed_file
    if packed is not None:
        ending = _SENT_AS_THEY_ARE.get(image.file_format)
        return (bytes(packed.data), ending) if ending else None
    path = Path(bpy.path.abspath(image.filepath_from_user()))
    return (path.read_bytes(), path.suffix) if image.filepath and path.is_file() else None
