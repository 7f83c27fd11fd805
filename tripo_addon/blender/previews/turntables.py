"""The images of compared models as they turn, all in memory, so that another side is shown at once.

Blender loads an icon from a file only once it is drawn, and shows nothing until then. So a worker
reads the pixels of all sides, and Blender gets them before they are drawn. Main thread only.
"""

from __future__ import annotations

import zlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy.utils.previews

from ..session import composition, redraw, timer
from . import kept_pictures

if TYPE_CHECKING:
    from ...jobs.engine.workers import Pending

MOST: Final = 16
"""Maximum number of models in memory; each takes two megabytes."""
_SOON: Final = 0.05
_SIDES: Final = (kept_pictures.SIDE, kept_pictures.SIDE)
_BYTES: Final = 4 * kept_pictures.SIDE**2


class Turntables:
    """The icons of models by the file of their images, least recently drawn first."""

    def __init__(self) -> None:
        """Create it empty; Blender's preview collection is created with the first model."""
        self._icons: dict[Path, tuple[int, ...]] = {}
        self._wanted: dict[Path, Pending[tuple[bytes, ...]] | None] = {}
        # Any: the stub does not know that an ImagePreviewCollection is a dict.
        self._collection: Any = None

    def icon(self, file: Path, side: int) -> int:
        """Return the icon_id of one side, 0 while there is none. For draw(): reads nothing from
        disk, but has it read."""
        icons = self._icons.pop(file, None)
        if icons is not None:
            self._icons[file] = icons
            return icons[side] if side < len(icons) else 0
        if file not in self._wanted:
            self._wanted[file] = None
            timer.arm()
        return 0

    def tick(self) -> float | None:
        """Collect images from workers. Returns seconds until the next call, or None if none is
        needed."""
        for file, reading in tuple(self._wanted.items()):
            if reading is None:
                self._wanted[file] = composition.workers().ask("look", partial(_read, file))
                continue
            images = reading.value()
            if images is not None:
                del self._wanted[file]
                self._icons[file] = self._load(file, images)
                redraw.panels()
        for old in list(self._icons)[: max(0, len(self._icons) - MOST)]:
            for number in range(len(self._icons.pop(old))):
                del self._collection[_name(old, number)]
        return _SOON if self._wanted else None

    def clear(self) -> None:
        """Remove all images and free Blender's memory."""
        self._icons.clear()
        self._wanted.clear()
        if self._collection is not None:
            bpy.utils.previews.remove(self._collection)
            self._collection = None

    def _load(self, file: Path, images: tuple[bytes, ...]) -> tuple[int, ...]:
        import numpy as np

        if self._collection is None:
            self._collection = bpy.utils.previews.new()
        icons: list[int] = []
        for number, image in enumerate(images):
            preview = self._collection.new(_name(file, number))
            preview.image_size = _SIDES
            preview.image_pixels.foreach_set(np.frombuffer(image, dtype=np.int32))
            icons.append(preview.icon_id)
        return tuple(icons)


def _name(file: Path, number: int) -> str:
    return f"{file} {number}"


def _read(file: Path) -> tuple[bytes, ...]:
    """Return the pixels of each side; none if the file is gone or damaged. For workers."""
    try:
        pixels = zlib.decompress(file.read_bytes())
    except (OSError, zlib.error):
        return ()
    return tuple(pixels[at : at + _BYTES] for at in range(0, len(pixels) - _BYTES + 1, _BYTES))


TURNTABLES: Final = Turntables()


def unregister() -> None:
    """Release every image."""
    TURNTABLES.clear()
