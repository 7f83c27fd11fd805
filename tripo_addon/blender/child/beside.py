"""What is heavy of a model, laid beside the .blend: importer.py fetches it from there, bit by bit.

Writes into one folder and takes out of the model what lies there.
"""

from __future__ import annotations

import json
import shutil
from array import array
from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from pathlib import Path

LAYERS_KEY: Final = "tripo_addon_layers"
"""Property of a mesh in the child's .blend: JSON that tells which of its layers lie beside it."""
ONTO_KEY: Final = "tripo_addon_onto"
"""Property of a mesh that only carries materials: JSON that tells whose they are, and what else
goes with them."""
LAYER_CODES: Final = {"FLOAT2": ("vector", "f"), "INT16_2D": ("value", "h")}
"""How such a layer is read and written: by data type, the field of an element, and its `array`
code."""
HEAVY_BYTES: Final = 1_000_000
"""Layers and textures from this size on travel beside the .blend."""


def lay_beside(model: bpy.types.Collection, folder: Path) -> None:
    """Move heavy textures and layers from the model into files in `folder`.

    Reading a .blend costs the artist's Blender what is in it at one go: page after page of fresh
    memory.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    meshes: set[Any] = {thing.data for thing in model.objects if thing.type == "MESH"}
    for number, mesh in enumerate(sorted(meshes, key=lambda mesh: mesh.name)):
        _drop_defaults(mesh)
        _unload_layers(mesh, folder, number)
    for number, image in enumerate(bpy.data.images):
        if image.source == "FILE" and len(image.packed_files) == 1:
            _unload_picture(image, folder, number)


def _drop_defaults(mesh: bpy.types.Mesh) -> None:
    """Remove layers that say everywhere what no layer says, too."""
    for name in ("sharp_edge", "sharp_face", "material_index"):
        layer: Any = mesh.attributes.get(name)
        if layer is not None:
            values = array("i", bytes(array("i").itemsize * len(layer.data)))
            layer.data.foreach_get("value", values)
            if not any(values):
                mesh.attributes.remove(layer)


def _unload_layers(mesh: bpy.types.Mesh, folder: Path, number: int) -> None:
    told: list[tuple[str, str, str]] = []
    maps: Any = mesh.uv_layers
    shown = [maps.active_index, next((i for i, uv in enumerate(maps) if uv.active_render), 0)]
    heavy = [layer for layer in mesh.attributes if _is_heavy(layer)]
    for place, name in enumerate([layer.name for layer in heavy]):
        layer: Any = mesh.attributes[name]
        field, code = LAYER_CODES[layer.data_type]
        values = array(code, bytes(2 * array(code).itemsize * len(layer.data)))
        layer.data.foreach_get(field, values)
        file = folder / f"layer-{number}-{place}"
        with file.open("wb") as target:
            values.tofile(target)
        told.append((name, layer.data_type, str(file)))
        mesh.attributes.remove(layer)
    if told:
        mesh[LAYERS_KEY] = json.dumps({"layers": told, "uv_shown": shown})


def _is_heavy(layer: Any) -> bool:
    """Whether a layer can travel beside the .blend and is worth it. All of a mesh's UV maps are of
    one size, so they stay in order."""
    if layer.domain != "CORNER" or layer.data_type not in LAYER_CODES or layer.is_required:
        return False
    size = 2 * array(LAYER_CODES[layer.data_type][1]).itemsize
    return len(layer.data) * size >= HEAVY_BYTES


def _unload_picture(image: bpy.types.Image, folder: Path, number: int) -> None:
    held: Any = image.packed_file
    if held.size >= HEAVY_BYTES:
        file = folder / f"texture-{number}"
        file.write_bytes(held.data)
        image.unpack(method="REMOVE")
        image.filepath_raw = str(file)
