"""What is heavy of a model, laid beside the .blend: filling.py fetches it from there, bit by bit.

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
"""Property of a mesh in the child's .blend: JSON that tells what of it lies beside, as `Told` has
it."""
ONTO_KEY: Final = "tripo_addon_onto"
"""Property of a mesh that only carries materials: JSON that tells whose they are, and what else
goes with them."""
LAYER_CODES: Final = {
    "FLOAT2": ("vector", "f", 2),
    "INT16_2D": ("value", "h", 2),
    "BOOLEAN": ("value", "?", 1),
    "INT": ("value", "i", 1),
    "FLOAT_VECTOR": ("vector", "f", 3),
    "INT32_2D": ("value", "i", 2),
}
"""How a layer is read and written: by data type, the field of an element, the code of its values
for `memoryview.cast`, and how many of them an element has."""
SHAPE: Final = (
    ("vertices", "position", "FLOAT_VECTOR"),
    ("edges", ".edge_verts", "INT32_2D"),
    ("loops", ".corner_vert", "INT"),
    ("loops", ".corner_edge", "INT"),
    ("polygons", "", "INT"),
)
"""What makes a mesh, in the order in which it can grow: the elements, and the layer that says what
they are; faces say where their corners begin."""
HEAVY_BYTES: Final = 1_000_000
"""Layers and textures from this size on travel beside the .blend."""
HEAVY_CORNERS: Final = 200_000
"""From so many corners on a mesh travels beside the .blend as a whole, where it can."""

Told = dict[str, Any]
"""`shape`: (elements, count, layer, type, file) for each of SHAPE, or nothing where the mesh is in
the .blend. `layers`: (name, type, domain, file). `uv_shown`: the active UV map and the rendered
one. `names`: of all layers that the mesh has."""


def lay_beside(model: bpy.types.Collection, folder: Path) -> None:
    """Move heavy textures, layers and meshes from the model into files in `folder`.

    Reading a .blend costs the artist's Blender what is in it at one go: page after page of fresh
    memory.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    meshes: set[Any] = {thing.data for thing in model.objects if thing.type == "MESH"}
    weighted = {thing.data for thing in model.objects if thing.vertex_groups}
    for number, mesh in enumerate(sorted(meshes, key=lambda mesh: mesh.name)):
        _drop_defaults(mesh)
        whole = mesh not in weighted and _can_leave(mesh)
        _Laying(mesh, folder, number).lay(whole=whole)
    for number, image in enumerate(bpy.data.images):
        if image.source == "FILE" and len(image.packed_files) == 1:
            _unload_picture(image, folder, number)


def _drop_defaults(mesh: bpy.types.Mesh) -> None:
    """Remove layers that say everywhere what no layer says, too."""
    for name in ("sharp_edge", "sharp_face", "material_index"):
        layer: Any = mesh.attributes.get(name)
        if layer is not None and not any(_values(layer)):
            mesh.attributes.remove(layer)


def _can_leave(mesh: bpy.types.Mesh) -> bool:
    """Whether the mesh is worth leaving the .blend as a whole, and layers say all that it is."""
    if len(mesh.loops) < HEAVY_CORNERS or mesh.shape_keys is not None:
        return False
    # Before 4.5 custom normals are no layer.
    if mesh.has_custom_normals and "custom_normal" not in mesh.attributes:
        return False
    return all(
        layer.is_required or _is_known(layer) or _is_usual_selection(layer)
        for layer in mesh.attributes
    )


def _is_known(layer: Any) -> bool:
    return layer.data_type in LAYER_CODES and not layer.is_internal


def _is_usual_selection(layer: Any) -> bool:
    """Whether it says that all is selected, as it is in a mesh that has just grown."""
    return layer.name.startswith(".select_") and all(_values(layer))


def _is_heavy(layer: Any) -> bool:
    """Whether a layer of a mesh that stays is worth travelling beside the .blend. All of a mesh's
    UV maps are of one size, so they stay in order."""
    if layer.domain != "CORNER" or layer.is_required or not _is_known(layer):
        return False
    return _values(layer).nbytes >= HEAVY_BYTES


def _values(layer: Any) -> memoryview[Any]:
    code: Any  # one of those that `cast` knows by their letters
    field, code, width = LAYER_CODES[layer.data_type]
    size = memoryview(b"").cast(code).itemsize
    values = memoryview(bytearray(size * width * len(layer.data))).cast(code)
    layer.data.foreach_get(field, values)
    return values


def _starts(mesh: bpy.types.Mesh) -> array[int]:
    """Where the corners of each face begin: what is no layer is written to an array only."""
    values = array("i", bytes(array("i").itemsize * len(mesh.polygons)))
    mesh.polygons.foreach_get("loop_start", values)
    return values


class _Laying:
    """One mesh, on its way into files that are named after its number."""

    def __init__(self, mesh: Any, folder: Path, number: int) -> None:
        self._mesh = mesh
        self._folder = folder
        self._number = number
        self._files = 0

    def lay(self, *, whole: bool) -> None:
        maps = self._mesh.uv_layers
        rendered = next((place for place, uv in enumerate(maps) if uv.active_render), 0)
        told: Told = {
            "shape": [self._lay_shape(*part) for part in SHAPE] if whole else [],
            "uv_shown": [maps.active_index, rendered],
            "names": [layer.name for layer in self._mesh.attributes],
        }
        wanted = (lambda layer: not layer.is_required and _is_known(layer)) if whole else _is_heavy
        names = [layer.name for layer in self._mesh.attributes if wanted(layer)]
        told["layers"] = [self._lay_layer(name) for name in names]
        if whole:
            self._mesh.clear_geometry()
        if whole or names:
            self._mesh[LAYERS_KEY] = json.dumps(told)

    def _lay_shape(self, elements: str, name: str, kind: str) -> tuple[str, int, str, str, str]:
        held = _values(self._mesh.attributes[name]) if name else _starts(self._mesh)
        # Corners have two layers, and grow with the first.
        count = 0 if name == ".corner_edge" else len(getattr(self._mesh, elements))
        return elements, count, name, kind, self._file(held)

    def _lay_layer(self, name: str) -> tuple[str, str, str, str]:
        layer = self._mesh.attributes[name]
        kind, domain = layer.data_type, layer.domain
        file = self._file(_values(layer))
        self._mesh.attributes.remove(layer)
        return name, kind, domain, file

    def _file(self, values: memoryview[Any] | array[int]) -> str:
        file = self._folder / f"layer-{self._number}-{self._files}"
        self._files += 1
        file.write_bytes(values)
        return str(file)


def _unload_picture(image: bpy.types.Image, folder: Path, number: int) -> None:
    held: Any = image.packed_file
    if held.size >= HEAVY_BYTES:
        file = folder / f"texture-{number}"
        file.write_bytes(held.data)
        image.unpack(method="REMOVE")
        image.filepath_raw = str(file)
