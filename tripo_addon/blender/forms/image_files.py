"""A picture out of the .blend as a file that can be sent: its own bytes where it has some, else its
pixels.

Main thread only, and quick: nothing is encoded here; a child Blender makes a PNG of the pixels.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    import numpy

_SENT_AS_THEY_ARE: Final = {"PNG": ".png", "JPEG": ".jpg"}


class NoPicture(Exception):
    """The data-block has nothing to send; the text says why, for the artist."""


def picture_file(image: bpy.types.Image, folder: Path) -> Path:
    """A file with the image as it looks now: the one it came from, or one in `folder`, named after
    its content.

    Raises `NoPicture`, and `OSError` where the folder cannot be written.
    """
    if image.type in {"RENDER_RESULT", "COMPOSITING"}:
        raise NoPicture("Save the render as a file first: Blender does not hand its pixels out")
    if image.source not in {"FILE", "GENERATED"}:
        raise NoPicture(f"{image.name} is a film or has tiles: choose a single picture")
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
        raise NoPicture(f"{image.name} has no pixels that can be sent")
    values = numpy.empty(width * height * 4, dtype=numpy.float32)
    image.pixels.foreach_get(values)
    seen = values if image.is_float else _bytes(values)
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.blake2b(seen.tobytes(), digest_size=12).hexdigest()
    target = folder / f"{digest}.npz"
    if not target.exists():
        part = target.with_suffix(".part.npz")
        numpy.savez(part, pixels=seen, size=numpy.array([width, height]))
        part.replace(target)
    return target


def _bytes(values: numpy.ndarray) -> numpy.ndarray:
    """A quarter of the size, and all that a picture of bytes holds."""
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
