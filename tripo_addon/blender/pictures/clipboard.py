"""Reads the clipboard: an image, or the path or address of one.

Main thread only. Read on a click, never before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ...api.rules import is_web_address
from .. import settings
from ..messages import pictures as messages
from .image_files import NoPicture, image_raster
from .kept_files import keep_raster

if TYPE_CHECKING:
    from bpy.types import Context


def pasted(context: Context) -> str:
    """Return the path of the image on the clipboard, or the path or web address written there.
    Raises `NoPicture`, `OSError`."""
    text = settings.absolute(context.window_manager.clipboard)
    if text and "\n" not in text and (is_web_address(text) or Path(text).is_file()):
        return text
    return str(_pasted_image())


def _pasted_image() -> Path:
    before = {image.session_uid for image in bpy.data.images}
    # In Blender's stubs an operator is a function, which has no `poll`.
    paste: Any = bpy.ops.image.clipboard_paste
    if not paste.poll():
        raise NoPicture(messages.NOTHING_TO_PASTE)
    paste()
    made = [image for image in bpy.data.images if image.session_uid not in before]
    if not made:
        raise NoPicture(messages.NOTHING_TO_PASTE)
    try:
        return keep_raster(image_raster(made[0]), messages.CLIPBOARD)
    finally:
        bpy.data.batch_remove(made)
