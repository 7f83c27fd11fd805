"""A capture of the artist's objects: loaded, evaluated, and converted to its frame.

Adds to the open file and its scene; for a second Blender only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from .. import messages
from ..unreadable import Unreadable
from .axes import frame_of, matrix_of
from .triangles import Solid, join, move, points_of, read, triangles_of

if TYPE_CHECKING:
    from collections.abc import Iterator


_FARTHEST: Final = 1e15
"""Beyond this, squares of coordinates overflow single precision."""


@dataclass(frozen=True)
class Captured:
    """The objects by their names in the artist's file, with their world matrices.

    `frame`: the world matrix of the capture's coordinates, see `frame_of`. `swap`: the capture is a
    single mesh, whose data may be replaced.
    """

    objects: dict[str, bpy.types.Object]
    matrices: dict[str, Any]
    anchor: str
    frame: Any
    swap: bool
    uv_allowed: dict[str, bool]

    def mesh(self, name: str) -> bpy.types.Mesh:
        """The mesh data of an object that is a mesh, without its modifiers."""
        mesh: Any = self.objects[name].data
        return mesh

    def into_frame(self, name: str) -> Any:
        """The matrix from an object's own coordinates to the frame."""
        return np.linalg.inv(self.frame) @ self.matrices[name]


@dataclass(frozen=True)
class Shape:
    """An evaluated object as a mesh in the frame. `loops`: the index that each loop had in the
    evaluated mesh. An instance has the name of the object that creates it, and no loops."""

    name: str
    mesh: bpy.types.Mesh
    loops: Any


def load(blend: Path) -> Captured:
    """Load a capture and link its objects to the scene. Raises Unreadable.

    A JSON file with the same name is read, too: `objects`, `anchor`, `matrices`, `swap`,
    `uv_allowed`, and optionally `copies` (the objects' names in the .blend), `to_frame` (a matrix
    from the world to another frame than `frame_of`), and `frame` (the frame of the timeline).
    """
    try:
        description: dict[str, Any] = json.loads(
            blend.with_suffix(".json").read_text(encoding="utf-8")
        )
        with bpy.data.libraries.load(str(blend), link=False) as (_, wanted):
            wanted.objects = list(description.get("copies", description["objects"]))
    except (OSError, ValueError, KeyError) as error:
        raise Unreadable(messages.CAPTURE_UNREADABLE, str(error)) from error
    objects = dict(zip(description["objects"], wanted.objects, strict=True))
    if not all(objects.values()):
        raise Unreadable(messages.CAPTURE_INCOMPLETE)
    for obj in objects.values():
        obj.hide_viewport = False
        bpy.context.scene.collection.objects.link(obj)
        obj.hide_set(False)
    if "frame" in description:
        bpy.context.scene.frame_set(int(description["frame"]), subframe=description["frame"] % 1)
    matrices = {name: matrix_of(numbers) for name, numbers in description["matrices"].items()}
    into = description.get("to_frame")
    frame = np.linalg.inv(matrix_of(into)) if into else frame_of(matrices[description["anchor"]])
    allowed = description.get("uv_allowed", {})
    return Captured(
        objects, matrices, description["anchor"], frame, bool(description["swap"]), allowed
    )


def shapes(captured: Captured) -> list[Shape]:
    """Everything visible of the objects: modifiers and shape keys applied, curves as meshes,
    instances made real. Objects without faces are left out."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    found: list[Shape] = []
    for name, obj in captured.objects.items():
        mesh = evaluated(obj, graph)
        if mesh is not None:
            loops = move(mesh, captured.into_frame(name))
            _refuse_nowhere(name, mesh)
            found.append(Shape(name, mesh, loops))
    for name, mesh, matrix in _instances(captured, graph):
        move(mesh, captured.into_frame(name) @ matrix)
        _refuse_nowhere(name, mesh)
        found.append(Shape(name, mesh, None))
    if found and not has_size(solid_of(found)):
        raise Unreadable(messages.OBJECT_WITHOUT_SIZE)
    return found


def _refuse_nowhere(name: str, mesh: bpy.types.Mesh) -> None:
    """Raise Unreadable if a vertex with faces has coordinates that are NaN or too large to compute
    with."""
    points = read(mesh.vertices, "co", np.float32, 3)
    corners = np.unique(read(mesh.loops, "vertex_index", np.int32))
    # Written so that NaN counts as well.
    nowhere = int(np.count_nonzero(~(np.abs(points[corners]) < _FARTHEST).all(axis=1)))
    if nowhere:
        raise Unreadable(messages.vertices_nowhere(name, nowhere))


def solid_of(found: list[Shape]) -> Solid:
    """The shapes joined into one solid."""
    return join((points_of(each.mesh), triangles_of(each.mesh).vertices) for each in found)


def has_size(solid: Solid) -> bool:
    """Whether its points are in more than one place."""
    low, high = solid.bounds
    return bool((high > low).any())


def evaluated(obj: bpy.types.Object, graph: bpy.types.Depsgraph) -> bpy.types.Mesh | None:
    """A new mesh of the evaluated object, in its own coordinates; None if it has no faces."""
    seen = obj.evaluated_get(graph)
    try:
        mesh = bpy.data.meshes.new_from_object(seen, preserve_all_data_layers=True, depsgraph=graph)
    except RuntimeError:  # one metaball of a family has the surface of all
        return None
    if not mesh.polygons:
        bpy.data.meshes.remove(mesh)
        return None
    # A material may be linked to the object instead of the mesh.
    for number, slot in enumerate(obj.material_slots):
        if slot.link == "OBJECT" and number < len(mesh.materials):
            mesh.materials[number] = slot.material
    return mesh


def _instances(
    captured: Captured, graph: bpy.types.Depsgraph
) -> Iterator[tuple[str, bpy.types.Mesh, Any]]:
    """Yield the instances that modifiers create, each with its matrix in the coordinates of the
    object that has the modifier."""
    # A text or a curve has even its own surface as an instance.
    meshes = {name: obj for name, obj in captured.objects.items() if obj.type == "MESH"}
    names = {obj.session_uid: name for name, obj in meshes.items()}
    for each in graph.object_instances:
        if not each.is_instance or each.parent is None:
            continue
        name = names.get(each.parent.original.session_uid)
        if name is None or each.object.type not in {"MESH", "CURVE", "SURFACE", "FONT"}:
            continue
        matrix = np.linalg.inv(np.array(each.parent.matrix_world)) @ np.array(each.matrix_world)
        try:
            mesh = bpy.data.meshes.new_from_object(each.object)
        except RuntimeError:
            continue
        if mesh.polygons:
            yield name, mesh, matrix
