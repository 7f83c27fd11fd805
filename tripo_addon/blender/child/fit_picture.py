"""Makes a picture that a service takes of one that Blender reads; for a child Blender.

Writes one file into the folder that the order names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy

_QUALITY: Final = 92
_STEP: Final = 0.8


def work(order: dict[str, Any]) -> dict[str, object]:
    """Write the picture as the order asks: PNG, or JPEG where it was one, within its limits.

    The order: source and folder (paths), stem (of the file to make), keep_jpeg, shortest and
    longest (pixels of a side), most_bytes. A source ending in `.npz` holds the pixels of a
    data-block: `pixels`, bytes or floats of four channels from below, and `size`. Gives {"ok":
    true, "path"} or {"ok": false, "sentence"}.
    """
    source = Path(order["source"])
    image = _pixels(source) if source.suffix == ".npz" else _picture(source)
    if image is None or not all(image.size):
        return {"ok": False, "sentence": "Blender cannot read this picture"}
    if min(image.size) < order["shortest"]:
        width, height = image.size
        return {"ok": False, "sentence": f"it has only {width} × {height} pixels"}
    _scale(image, min(1.0, order["longest"] / max(image.size)))
    ending, image.file_format = (".jpg", "JPEG") if order["keep_jpeg"] else (".png", "PNG")
    target = Path(order["folder"]) / (order["stem"] + ending)
    image.filepath_raw = str(target)
    image.save(quality=_QUALITY)
    while target.stat().st_size > order["most_bytes"]:
        _scale(image, _STEP)
        image.save(quality=_QUALITY)
    return {"ok": True, "path": str(target)}


def _picture(source: Path) -> bpy.types.Image | None:
    try:
        return bpy.data.images.load(str(source))
    except RuntimeError:
        return None


def _pixels(source: Path) -> bpy.types.Image:
    import numpy

    with numpy.load(source) as held:
        width, height = (int(side) for side in held["size"])
        pixels = held["pixels"]
        light = pixels.dtype != numpy.uint8
        image = bpy.data.images.new("Picture", width, height, alpha=True, float_buffer=light)
        image.pixels.foreach_set(pixels if light else pixels.astype(numpy.float32) / 255.0)
    return image


def _scale(image: bpy.types.Image, factor: float) -> None:
    if factor < 1.0:
        width, height = image.size
        image.scale(max(1, round(width * factor)), max(1, round(height * factor)))
