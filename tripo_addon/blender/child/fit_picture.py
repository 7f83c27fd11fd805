"""Converts an image that Blender can read into one that a service accepts; for a second Blender.

Writes into the order's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from . import messages

if TYPE_CHECKING:
    import numpy

_QUALITY: Final = 92
_STEP: Final = 0.8
_LAYS_DOWN: Final = frozenset({5, 6, 7, 8})
"""Orientations that swap width and height."""
_CLOCKWISE: Final = 6
"""The orientation of an image that has to be rotated by 90 degrees."""


def work(order: dict[str, Any]) -> dict[str, object]:
    """Write the image as PNG, or as JPEG if it was one, within the order's limits.

    The order: source and folder (paths), stem (of the file to write), keep_jpeg, shortest and
    longest (pixels of a side), most_bytes, orientation (1 to 8, as in EXIF, which Blender ignores).
    A source ending in `.npz` holds the pixels of a data-block: `pixels` (bytes or floats, four
    channels, bottom row first) and `size`. With `each_turn`, the image is also written rotated
    clockwise by 90, 180 and 270 degrees, as `stem-1` to `stem-3`. Returns {"ok": true, "path"} or
    {"ok": false, "sentence"}.
    """
    source, folder = Path(order["source"]), Path(order["folder"])
    _show_as_standard(bpy.context.scene, keep_jpeg=order["keep_jpeg"])
    image = _pixels(source) if source.suffix == ".npz" else load(source, folder)
    if image is None or not all(image.size):
        return {"ok": False, "sentence": messages.NOT_A_PICTURE}
    if image.source == "MOVIE" and image.frame_duration > 1:
        return {"ok": False, "sentence": messages.IS_A_MOVIE}
    if min(image.size) < order["shortest"]:
        width, height = image.size
        return {"ok": False, "sentence": messages.too_few_pixels(width, height)}
    _scale(image, min(1.0, order["longest"] / max(image.size)))
    image = _upright(image, order["orientation"])
    target = folder / (order["stem"] + (".jpg" if order["keep_jpeg"] else ".png"))
    _write(image, target)
    while target.stat().st_size > order["most_bytes"]:
        _scale(image, _STEP)
        _write(image, target)
    if order.get("each_turn"):
        for turn in (1, 2, 3):
            image = _upright(image, _CLOCKWISE)
            _write(image, target.with_name(f"{target.stem}-{turn}{target.suffix}"))
    return {"ok": True, "path": str(target)}


def _show_as_standard(scene: bpy.types.Scene, *, keep_jpeg: bool) -> None:
    """Write what a standard display shows: values above white are clipped."""
    view, settings = scene.view_settings, scene.render.image_settings
    scene.display_settings.display_device = "sRGB"
    view.view_transform, view.look, view.exposure, view.gamma = "Standard", "None", 0.0, 1.0
    settings.file_format = "JPEG" if keep_jpeg else "PNG"
    settings.quality = _QUALITY
    if not keep_jpeg:
        settings.color_depth = "8"


def _write(image: bpy.types.Image, target: Path) -> None:
    """Save with the scene's color management: `Image.save` writes linear values into a PNG
    unchanged, which is too dark."""
    settings = bpy.context.scene.render.image_settings
    settings.color_mode = "RGB" if settings.file_format == "JPEG" else _color_mode(image)
    image.save_render(str(target), scene=bpy.context.scene)


def _color_mode(image: bpy.types.Image) -> str:
    """RGBA if the image has an alpha channel, or may have one (several layers, unknown depth)."""
    return "RGB" if image.depth in {8, 24, 96} else "RGBA"


def load(source: Path, folder: Path) -> bpy.types.Image | None:
    """Load an image; of several layers the first one, written into `folder`. None if it is none."""
    try:
        image = bpy.data.images.load(str(source))
        if not all(image.size) and image.type == "MULTILAYER":
            # Blender gives no pixels of a multilayer image; saving writes the first layer.
            flat = folder / "layer.png"
            _write(image, flat)
            image = bpy.data.images.load(str(flat))
    except RuntimeError:
        return None
    return image


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


def _upright(image: bpy.types.Image, orientation: int) -> bpy.types.Image:
    """The image rotated by its EXIF orientation; the same image if that changes nothing."""
    if orientation not in range(2, 9):
        return image
    import numpy

    width, height = image.size
    pixels = numpy.empty(width * height * 4, dtype=numpy.float32)
    image.pixels.foreach_get(pixels)
    # One channel at a time, to save memory.
    for channel in range(4):
        plane = pixels[channel::4]
        plane[:] = _turned(plane.reshape(height, width), orientation).ravel()
    sides = (height, width) if orientation in _LAYS_DOWN else (width, height)
    alpha = _color_mode(image) == "RGBA"
    turned = bpy.data.images.new("Upright", *sides, alpha=alpha, float_buffer=image.is_float)
    turned.pixels.foreach_set(pixels)
    bpy.data.images.remove(image)
    return turned


def _turned(plane: numpy.ndarray, orientation: int) -> numpy.ndarray:
    """One channel, bottom row first, rotated upright."""
    if orientation in _LAYS_DOWN:
        # With the bottom row first, transposing mirrors along the other diagonal.
        plane = plane[::-1].T[::-1]
    across = orientation in {2, 3, 6, 7}
    upside_down = orientation in {3, 4, 7, 8}
    plane = plane[:, ::-1] if across else plane
    return plane[::-1] if upside_down else plane
