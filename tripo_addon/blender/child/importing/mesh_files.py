"""Writes large arrays of a model into files beside the .blend; `arrival/mesh_builder` reads them in
steps.

Writes into one folder, and removes from the model what it wrote.
"""

from __future__ import annotations

import json
import shutil
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from pathlib import Path

    from .file_writer import FileWriter

LAYERS_KEY: Final = "tripo_addon_layers"
"""Property of a mesh in the .blend: a `Description`, as JSON, of its data beside the .blend."""
ONTO_KEY: Final = "tripo_addon_onto"
"""Property of a mesh that only carries materials: JSON about the object that they are for."""
LAYER_CODES: Final = {
    "FLOAT2": ("vector", "f", 2),
    "INT16_2D": ("value", "h", 2),
    "BOOLEAN": ("value", "?", 1),
    "INT": ("value", "i", 1),
    "FLOAT_VECTOR": ("vector", "f", 3),
    "INT32_2D": ("value", "i", 2),
    "FLOAT": ("value", "f", 1),
    "INT8": ("value", "b", 1),
    "FLOAT_COLOR": ("color", "f", 4),
    # The field as it is stored: the other one converts.
    "BYTE_COLOR": ("color_srgb", "f", 4),
}
"""How a layer is read and written, by data type: the field of an element, the format code of its
values for `memoryview.cast`, and the number of values per element."""
SHAPE: Final = (
    ("vertices", "position", "FLOAT_VECTOR"),
    ("edges", ".edge_verts", "INT32_2D"),
    ("loops", ".corner_vert", "INT"),
    ("loops", ".corner_edge", "INT"),
    ("polygons", "", "INT"),
)
"""What a mesh consists of: the elements and the layer that defines them; faces, which come last,
store where their corners begin."""
HEAVY_BYTES: Final = 1_000_000
"""Layers and textures from this size on are stored beside the .blend."""
HEAVY_CORNERS: Final = 200_000
"""A mesh with at least this many face corners is stored beside the .blend as a whole, if
possible."""

Description = dict[str, Any]
"""`shape`: (elements, count, layer, type, file) for the entries of SHAPE that are not in the
.blend: all, all but the faces, or none. `layers`: (name, type, domain, file). `uv_shown`: the
active UV map and the rendered one. `colors_shown`: the names of the active color attribute and of
the rendered one, or "". `normals`: the file of custom normals that are not a layer, or None.
`names`: of all layers of the mesh."""
Put = Callable[["memoryview[Any] | array[Any]"], Any]
"""Stores values somewhere; the return value takes the place of `file` in `Description`."""


def write_sidecar(model: bpy.types.Collection, folder: Path, writer: FileWriter) -> None:
    """Move large textures, layers and meshes from the model into files in `folder`, which are
    complete when the `writer` is.

    Reading a .blend blocks the artist's Blender for all of its content at once, and most of the
    time is spent on new memory pages.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, image in enumerate(bpy.data.images):
        if image.source == "FILE" and len(image.packed_files) == 1:
            _unload_picture(image, folder / f"texture-{number}", writer)
    meshes: set[Any] = {obj.data for obj in model.objects if obj.type == "MESH"}
    weighted = {obj.data for obj in model.objects if obj.vertex_groups}
    for number, mesh in enumerate(sorted(meshes, key=lambda mesh: mesh.name)):
        _drop_defaults(mesh)
        heavy = len(mesh.loops) >= HEAVY_CORNERS
        apart = normals_are_apart(mesh)  # setting a million of them takes long
        whole = heavy and not apart and mesh not in weighted and layers_say_all(mesh)
        _take_out(mesh, _Files(folder, number, writer), whole=whole)


def _drop_defaults(mesh: bpy.types.Mesh) -> None:
    """Remove layers that hold only default values."""
    for name in ("sharp_edge", "sharp_face", "material_index"):
        layer: Any = mesh.attributes.get(name)
        if layer is not None and _is_zero(_values(layer)):
            mesh.attributes.remove(layer)


def _is_zero(values: memoryview[Any]) -> bool:
    import numpy as np

    return not np.frombuffer(values, dtype=np.uint8).any()


def layers_say_all(mesh: bpy.types.Mesh) -> bool:
    """Whether layers contain all of the mesh, except for custom normals that are not a layer."""
    return mesh.shape_keys is None and all(
        layer.is_required or _is_known(layer) or _is_usual_selection(layer)
        for layer in mesh.attributes
    )


def normals_are_apart(mesh: bpy.types.Mesh) -> bool:
    """Whether the mesh has custom normals that are not a layer, as before 4.5."""
    return mesh.has_custom_normals and "custom_normal" not in mesh.attributes


def _is_known(layer: Any) -> bool:
    return layer.data_type in LAYER_CODES and not layer.is_internal


def _is_usual_selection(layer: Any) -> bool:
    """Whether it says that everything is selected, as in a newly built mesh."""
    return layer.name.startswith(".select_") and b"\0" not in _values(layer).tobytes()


def _is_heavy(layer: Any) -> bool:
    """Whether a layer of a mesh that stays in the .blend is large enough to be stored beside it.
    All UV maps of a mesh have the same size, so their order is kept."""
    if layer.domain != "CORNER" or layer.is_required or not _is_known(layer):
        return False
    return _values(layer).nbytes >= HEAVY_BYTES


def _values(layer: Any) -> memoryview[Any]:
    code: Any  # a format code that `cast` knows
    field, code, width = LAYER_CODES[layer.data_type]
    size = memoryview(b"").cast(code).itemsize
    values = memoryview(bytearray(size * width * len(layer.data))).cast(code)
    layer.data.foreach_get(field, values)
    return values


def _starts(mesh: bpy.types.Mesh) -> array[int]:
    """The first corner of each face, as an array: it may not be stored as a layer."""
    values = array("i", bytes(array("i").itemsize * len(mesh.polygons)))
    mesh.polygons.foreach_get("loop_start", values)
    return values


def _normals(mesh: bpy.types.Mesh) -> array[float]:
    values = array("f", bytes(array("f").itemsize * 3 * len(mesh.loops)))
    mesh.corner_normals.foreach_get("vector", values)
    return values


def describe(mesh: Any, put: Put, *, whole: bool, faces: bool = True) -> Description:
    """Have `put` store the large layers of the mesh, or all of it, with or without its `faces`.
    Changes nothing."""
    maps = mesh.uv_layers
    rendered = next((place for place, uv in enumerate(maps) if uv.active_render), 0)
    colors = (mesh.attributes.active_color_name, mesh.attributes.default_color_name)
    layers = [
        (layer.name, layer.data_type, layer.domain, put(_values(layer)))
        for layer in mesh.attributes
        if (not layer.is_required and _is_known(layer) if whole else _is_heavy(layer))
    ]
    return {
        "shape": [
            _describe_shape(mesh, put, elements, name, kind)
            for elements, name, kind in SHAPE
            if whole and (faces or elements != "polygons")
        ],
        "layers": layers,
        "uv_shown": [maps.active_index, rendered],
        "colors_shown": colors,
        "normals": put(_normals(mesh)) if whole and normals_are_apart(mesh) else None,
        "names": [layer.name for layer in mesh.attributes],
    }


def _describe_shape(
    mesh: Any, put: Put, elements: str, name: str, kind: str
) -> tuple[str, int, str, str, Any]:
    held = _values(mesh.attributes[name]) if name else _starts(mesh)
    # Corners have two layers, and are added with the first.
    count = 0 if name == ".corner_edge" else len(getattr(mesh, elements))
    return elements, count, name, kind, put(held)


def _take_out(mesh: Any, put: Put, *, whole: bool) -> None:
    """Move the large layers of the mesh, or all of it but its faces, to where `put` stores them."""
    description = describe(mesh, put, whole=whole, faces=False)
    for name, *_ in description["layers"]:
        mesh.attributes.remove(mesh.attributes[name])
    if whole:
        _leave_faces(mesh)
    if whole or description["layers"]:
        mesh[LAYERS_KEY] = json.dumps(description)


def _leave_faces(mesh: Any) -> None:
    """Remove everything from the mesh but where its faces begin, which Blender can only set face by
    face: that would take long in the artist's. There the corners that faces refer to are added in
    the step that reads the .blend."""
    starts, names = _starts(mesh), set(mesh.attributes.keys())
    mesh.clear_geometry()
    mesh.polygons.add(len(starts))
    mesh.polygons.foreach_set("loop_start", starts)
    for name in set(mesh.attributes.keys()) - names:
        mesh.attributes.remove(mesh.attributes[name])


class _Files:
    """Stores values in files named after the number of their mesh, and returns their paths."""

    def __init__(self, folder: Path, number: int, writer: FileWriter) -> None:
        self._writer = writer
        self._folder = folder
        self._number = number
        self._files = 0

    def __call__(self, values: memoryview[Any] | array[Any]) -> str:
        file = self._folder / f"layer-{self._number}-{self._files}"
        self._files += 1
        self._writer.write(file, values)
        return str(file)


def _unload_picture(image: bpy.types.Image, file: Path, writer: FileWriter) -> None:
    held: Any = image.packed_file
    if held.size >= HEAVY_BYTES:
        writer.write(file, held.data)
        image.unpack(method="REMOVE")
        image.filepath_raw = str(file)
