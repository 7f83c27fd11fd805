"""Makes a picture that a service takes of one that Blender reads; a child Blender runs this file by
its path.

Imports the standard library and bpy only, nothing of ours.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, Final

import bpy

_QUALITY: Final = 92
_STEP: Final = 0.8


def fit(order: dict[str, Any]) -> dict[str, object]:
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


def main(arguments: list[str]) -> None:
    """Carry out the order whose path follows "--"; the result is written last, to its `result`."""
    try:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        order = json.loads(Path(arguments[arguments.index("--") + 1]).read_text(encoding="utf-8"))
        report = json.dumps(fit(order), ensure_ascii=False)
        result = Path(order["result"])
        unfinished = result.with_name(result.name + ".part")
        unfinished.write_text(report, encoding="utf-8")
        unfinished.replace(result)
    except Exception:  # noqa: BLE001 - the bpy module may hang or crash while Python quits
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(3)


if __name__ == "__main__":
    main(sys.argv)
