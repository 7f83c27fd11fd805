"""Writes many simple meshes, which only have layers and materials, into one file.

Blender takes about a millisecond to append a mesh to a file of a few thousand data-blocks (4.2 to
5.3), and reads a .blend at once: `arrival/object_builder.py` builds these meshes instead, some at a
time, in a tenth of that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import bpy

from . import mesh_files
from .block_properties import BlankBlock

if TYPE_CHECKING:
    from array import array
    from pathlib import Path

KEY: Final = "tripo_addon_meshes"
"""Property of a collection in the .blend: JSON, as in `Description`, about the meshes beside it."""
MANY: Final = 50
"""At least this many meshes are stored beside the .blend; fewer only if they have more corners than
one piece may have."""
AT_ONCE: Final = 50
"""The most meshes in one piece."""
CORNERS_AT_ONCE: Final = mesh_files.HEAVY_CORNERS
_SKIPPED: Final = frozenset(
    {"name", "materials", "attributes", "color_attributes", "vertex_colors"}
    | {"vertices", "edges", "loops", "polygons", "loop_triangles", "loop_triangle_polygons"}
    | {"vertex_normals", "polygon_normals", "corner_normals"}
    | {"uv_layers", "uv_layer_clone", "uv_layer_stencil"}
    # Blender computes these itself.
    | {"texspace_location", "texspace_size"}
)

Description = dict[str, Any]
"""`file`, and `pieces`: the offset of each in the file, and its number of meshes."""
Line = dict[str, Any]
"""A mesh: `name`, `materials` (names, None for an empty slot), its `BlockProperties`, and `layers`
as in `mesh_files`, with a range in the `bytes` after the line (from, to) instead of a file."""


def write_sidecar(
    model: bpy.types.Collection, meshes: set[bpy.types.ID], folder: Path
) -> set[bpy.types.ID]:
    """Write the simple meshes among `meshes` that no object of the model uses any more into a file
    in `folder` and remove them, if they are many. Returns what the .blend must hold instead of
    `meshes`: the other meshes, and the materials."""
    file, blank = folder / "meshes", bpy.data.meshes.new("blank")
    try:
        blank_block = BlankBlock(blank, skipped=_SKIPPED)
        free = meshes.difference(obj.data for obj in model.objects)
        plain = [mesh for mesh in free if _is_plain(mesh, blank_block)]
        leaving = sorted(plain, key=lambda mesh: mesh.name) if _are_much(plain) else []
        pieces = _write(leaving, blank_block, file) if leaving else []
    finally:
        bpy.data.meshes.remove(blank)
    if not pieces:
        return meshes
    model[KEY] = json.dumps({"file": str(file), "pieces": pieces})
    materials = {each for mesh in leaving for each in mesh.materials if each is not None}
    staying = meshes.difference(leaving)
    bpy.data.batch_remove(leaving)
    return staying | materials


def _is_plain(mesh: Any, blank_block: BlankBlock) -> bool:
    beyond = mesh_files.LAYERS_KEY in mesh or len(mesh.loops) > CORNERS_AT_ONCE
    return (
        not beyond
        and mesh.use_auto_texspace
        and mesh_files.layers_say_all(mesh)
        and blank_block.covers(mesh)
    )


def _are_much(meshes: list[Any]) -> bool:
    return len(meshes) >= MANY or sum(len(mesh.loops) for mesh in meshes) > CORNERS_AT_ONCE


def _write(meshes: list[Any], blank_block: BlankBlock, file: Path) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    start = count = corners = 0
    with file.open("wb") as written:
        for mesh in meshes:
            own = len(mesh.loops)
            if count == AT_ONCE or (count and corners + own > CORNERS_AT_ONCE):
                pieces.append((start, count))
                start, count, corners = written.tell(), 0, 0
            _write_one(mesh, blank_block, written)
            count, corners = count + 1, corners + own
    return [*pieces, (start, count)]


def _write_one(mesh: Any, blank_block: BlankBlock, file: BinaryIO) -> None:
    held = bytearray()

    def put(values: memoryview[Any] | array[Any]) -> tuple[int, int]:
        start = len(held)
        held.extend(memoryview(values).cast("B"))
        return start, len(held)

    line: Line = {
        "name": mesh.name,
        "materials": [each and each.name for each in mesh.materials],
        "layers": mesh_files.describe(mesh, put, whole=True),
        "bytes": len(held),
        **blank_block.properties_of(mesh),
    }
    file.write(json.dumps(line).encode() + b"\n")
    file.write(held)
