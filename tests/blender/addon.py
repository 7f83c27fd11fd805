"""Enables the add-on in this Blender, pointed at a stand-in, for tests of forms and operators."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

import tripo_addon
from tests.blender import samples
from tests.blender.command_child import KEY
from tests.standin.service import StandIn
from tripo_addon.blender import settings

PIXELS = 64
_VARIABLES = ("TRIPO_API_KEY", "TRIPO_BASE_URL")


@contextmanager
def enabled(service: StandIn | None = None, *, key: str = KEY) -> Iterator[bpy.types.Context]:
    """Enable the add-on with online access, a key in its preferences, and a stand-in's address."""
    kept = {name: os.environ.pop(name) for name in _VARIABLES if name in os.environ}
    entry = bpy.context.preferences.addons.new()
    entry.module = tripo_addon.__name__
    shutil.rmtree(settings.user_folder())
    tripo_addon.register()
    bpy.context.preferences.system.use_online_access = True
    entry.preferences.api_key = key
    entry.preferences.set_up_done = True
    entry.preferences.base_url = service.base_url if service is not None else ""
    try:
        yield bpy.context
    finally:
        tripo_addon.unregister()
        bpy.context.preferences.system.use_online_access = False
        bpy.context.preferences.addons.remove(entry)
        os.environ.update(kept)


def picture(path: Path, *, pixels: int = PIXELS) -> Path:
    """Write a PNG of one color with so many pixels on each side."""
    image = bpy.data.images.new(path.stem, pixels, pixels)
    image.filepath_raw = str(path)
    image.file_format = "PNG"
    image.save()
    bpy.data.images.remove(image)
    return path


def model_file(folder: Path) -> Path:
    """Write a textured GLB for the stand-in to serve, so that nothing must be forged; a child has
    to prepare it."""
    return samples.glb(folder / "served.glb", samples.detailed)
