"""Reads what Blender has rendered, as its scene shows it.

Main thread only. Blender gives a render to files alone, in the format of its scene, which is as
before afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import settings

if TYPE_CHECKING:
    from bpy.types import Scene

_FORMAT: Final = {
    # Not before Blender 5.0.
    "media_type": "IMAGE",
    "file_format": "PNG",
    "color_mode": "RGBA",
    "color_depth": "8",
}
_RENDERS: Final = "RENDER_RESULT"


def render_result(scene: Scene) -> bytes | None:
    """The last render as a PNG, as `scene` shows it; None where nothing was rendered. Raises
    `OSError`."""
    image = next((each for each in bpy.data.images if each.type == _RENDERS), None)
    if image is None:
        return None
    folder = settings.pictures()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{os.urandom(8).hex()}.part"
    try:
        with _as_png(scene):
            image.save_render(str(path), scene=scene)
        return path.read_bytes()
    except RuntimeError:
        # Blender names no other reason than a missing buffer.
        return None
    finally:
        path.unlink(missing_ok=True)


def render(scene: Scene) -> bytes | None:
    """Render what the scene's camera sees, by the scene's own settings, and return it as a PNG.
    **Blocks**: for scripts and background mode. Raises `RuntimeError` where Blender cannot, and
    `OSError`."""
    bpy.ops.render.render(scene=scene.name)
    return render_result(scene)


@contextmanager
def _as_png(scene: Scene) -> Iterator[None]:
    """Have a scene write PNGs for a moment: its renders are its own, and no other scene's terms
    will do."""
    form: Any = scene.render.image_settings
    # What comes later in the list depends on what comes before.
    names = [name for name in _FORMAT if hasattr(form, name)]
    kept = [(name, getattr(form, name)) for name in names]
    try:
        for name in names:
            setattr(form, name, _FORMAT[name])
        yield
    finally:
        for name, value in kept:
            setattr(form, name, value)
