"""Reduces a model to a likeness with few faces, to be compared with others and not rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Iterable

_TRIES: Final = 4
_MARGIN: Final = 0.98
"""Blender keeps a few faces more than it is asked to."""


def reduce(collection: bpy.types.Collection, scene: bpy.types.Scene, most: int) -> None:
    """Reduce all meshes of `collection` to about `most` triangles together, in equal shares. The
    scene is that of the window, and shows nothing else."""
    scene.collection.children.link(collection)
    try:
        for _try in range(_TRIES):
            meshes = [obj for obj in collection.all_objects if obj.type == "MESH"]
            count = sum(_triangles(obj.data) for obj in meshes)
            if count <= most:
                return
            _decimate(meshes, _MARGIN * most / count)
    finally:
        scene.collection.children.unlink(collection)


def _triangles(mesh: Any) -> int:
    mesh.calc_loop_triangles()
    return len(mesh.loop_triangles)


def _decimate(objects: Iterable[bpy.types.Object], ratio: float) -> None:
    users: dict[Any, list[bpy.types.Object]] = {}
    for obj in objects:
        users.setdefault(obj.data, []).append(obj)
    for first, *_others in users.values():
        modifier: Any = first.modifiers.new("Likeness", "DECIMATE")
        modifier.ratio = ratio
    graph = bpy.context.evaluated_depsgraph_get()
    for mesh, (first, *others) in users.items():
        reduced = bpy.data.meshes.new_from_object(
            first.evaluated_get(graph), preserve_all_data_layers=True, depsgraph=graph
        )
        first.modifiers.remove(first.modifiers[-1])
        for obj in (first, *others):
            obj.data = reduced
        name = mesh.name
        bpy.data.meshes.remove(mesh)
        reduced.name = name
