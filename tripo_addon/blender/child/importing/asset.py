"""Makes a model an asset: marked, described, with a thumbnail; stored in a library on request.

An asset stays marked when it is appended.
"""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any, Final

import bpy

CATALOG: Final = "b36f7a52-4f0e-4f5c-9a63-1d3f7c1e6a90"
"""The UUID of our catalog, the same in every library."""
_CATALOGS: Final = "blender_assets.cats.txt"
_HEADER: Final = "# This is an Asset Catalog Definition file for Blender.\n\nVERSION 1\n\n"
_NAME: Final = "Tripo"
_PREVIEW_PIXELS: Final = 256


def mark(collection: bpy.types.Collection, asset: dict[str, Any]) -> None:
    """Mark the model as an asset: `description`, `author`, `tags`, and `preview`, the path of an
    image or "". A single object is marked itself, several as their collection."""
    objects = collection.objects
    obj = objects[0] if len(objects) == 1 else collection
    obj.asset_mark()
    data = obj.asset_data
    data.catalog_id, data.author = CATALOG, asset["author"]
    data.description = asset["description"]
    for tag in asset["tags"]:
        data.tags.new(tag, skip_if_exists=True)
    if asset["preview"]:
        _show(obj, asset["preview"])


def _show(obj: bpy.types.ID, picture: str) -> None:
    """Load the asset's thumbnail from disk. Blender's operator for it needs `temp_override`, in
    which a Python thread can crash Blender up to 5.0."""
    image = bpy.data.images.load(picture)
    try:
        width, height = image.size
        if not width or not height:
            return
        scale = min(1.0, _PREVIEW_PIXELS / max(width, height))
        image.scale(max(1, round(width * scale)), max(1, round(height * scale)))
        preview = obj.preview_ensure()
        preview.image_size = image.size
        width, height = image.size
        pixels = array("f", bytes(4 * 4 * width * height))
        image.pixels.foreach_get(pixels)
        preview.image_pixels_float.foreach_set(pixels)
    finally:
        bpy.data.images.remove(image)


def keep(collection: bpy.types.Collection, library: Path, name: str) -> None:
    """Write the marked model into an asset library, as a .blend of its own."""
    library.mkdir(parents=True, exist_ok=True)
    target = library / f"{name}.blend"
    number = 1
    while target.exists():
        number += 1
        target = library / f"{name} {number}.blend"
    unfinished = target.with_suffix(".part")
    bpy.data.libraries.write(str(unfinished), {collection}, fake_user=True, compress=True)
    unfinished.replace(target)
    name_catalog(library)


def name_catalog(folder: Path) -> None:
    """Add our catalog to a folder of .blend files; its other catalogs stay."""
    file = folder / _CATALOGS
    text = file.read_text(encoding="utf-8") if file.exists() else _HEADER
    if CATALOG in text:
        return
    lines = text if text.endswith("\n") else f"{text}\n"
    unfinished = file.with_name(f"{file.name}.part")
    unfinished.write_text(f"{lines}{CATALOG}:{_NAME}:{_NAME}\n", encoding="utf-8")
    unfinished.replace(file)
