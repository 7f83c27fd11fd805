"""Saves an image data-block as a file to send: its own file or packed bytes, else its pixels.

Main thread only. Nothing is encoded here: the second Blender makes a PNG of the pixels.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..messages import forms as messages

if TYPE_CHECKING:
    import numpy

_SENT_AS_THEY_ARE: Final = {"PNG": ".png", "JPEG": ".jpg"}


class NoPicture(Exception):
    """The image cannot be sent; the text tells the artist why."""


def picture_file(image: bpy.types.Image, folder: Path) -> Path:
    """A file with the image as it looks now: the one it was loaded from, or one in `folder` that is
    named after its content.

    Raises `NoPicture`, and `OSError` if the folder cannot be written.
    """
    if image.type in {"RENDER_RESULT", "COMPOSITING"}:
        raise NoPicture(messages.RENDER_RESULT)
    if image.source not in {"FILE", "GENERATED"}:
        raise NoPicture(messages.not_single_image(image.name))
    packed: Any = image.packed_file
    if not image.is_dirty and packed is not None and image.file_format in _SENT_AS_THEY_ARE:
        return _written(bytes(packed.data), folder, _SENT_AS_THEY_ARE[image.file_format])
    path = Path(bpy.path.abspath(image.filepath_from_user()))
    if not image.is_dirty and packed is None and image.filepath and path.is_file():
        return path
    return _pixels(image, folder)


def _pixels(image: bpy.types.Image, folder: Path) -> Path:
    import numpy

    if not image.has_data:
        image.update()
    width, height = image.size
    if not width or not height or image.channels != 4:
        raise NoPicture(messages.no_pixels(image.name))
    values = numpy.empty(width * height * 4, dtype=numpy.float32)
    image.pixels.foreach_get(values)
    pixels = values if image.is_float else _bytes(values)
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.blake2b(pixels.tobytes(), digest_size=12).hexdigest()
    target = folder / f"{digest}.npz"
    if not target.exists():
        part = target.with_suffix(".part.npz")
        numpy.savez(part, pixels=pixels, size=numpy.array([width, height]))
        part.replace(target)
    return target


def _bytes(values: numpy.ndarray) -> numpy.ndarray:
    """The pixels as bytes: a quarter of the size, and without loss for an 8-bit image."""
    import numpy

    return (values * 255.0 + 0.5).astype(numpy.uint8)


def _written(content: bytes, folder: Path, ending: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (hashlib.blake2b(content, digest_size=12).hexdigest() + ending)
    if not target.exists():
        part = target.with_name(target.name + ".part")
        part.write_bytes(content)
        part.replace(target)
    return target
