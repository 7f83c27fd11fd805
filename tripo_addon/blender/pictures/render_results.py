"""Reads what Blender has rendered, as its scene shows it.

Main thread only. Blender only saves a render to a file, in the format of its scene, which is
restored afterwards.
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
    """Return the last render as a PNG, as `scene` shows it; None if nothing was rendered. Raises
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
        # A missing buffer is the only reason that Blender names.
        return None
    finally:
        path.unlink(missing_ok=True)


def render(scene: Scene) -> bytes | None:
    """Render what the scene's camera sees, with the scene's own settings, and return it as a PNG.
    **Blocks**: for scripts and background mode. Raises `RuntimeError` if Blender cannot, and
    `OSError`."""
    bpy.ops.render.render(scene=scene.name)
    return render_result(scene)


@contextmanager
def _as_png(scene: Scene) -> Iterator[None]:
    """Let a scene write PNGs temporarily. A render belongs to its scene, so another scene's
    settings would not do."""
    form: Any = scene.render.image_settings
    # Later settings in the list depend on earlier ones.
    names = [name for name in _FORMAT if hasattr(form, name)]
    kept = [(name, getattr(form, name)) for name in names]
    try:
        for name in names:
            setattr(form, name, _FORMAT[name])
        yield
    finally:
        for name, value in kept:
            setattr(form, name, value)
