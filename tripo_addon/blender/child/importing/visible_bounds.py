"""The visible bounds of a model: posed by its armature, with shape keys and modifiers.

Links the objects to the active scene, which must be temporary, and unlinks them afterwards.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

Bounds = tuple[Vector, Vector]


def visible_bounds(objects: Sequence[bpy.types.Object]) -> Bounds | None:
    """The minimum and maximum corner in world space, at the scene's frame; None if no vertex is
    visible. Coordinates that are NaN or infinite are ignored."""
    home = bpy.context.scene.collection
    shown = [obj for obj in objects if obj.name not in home.objects]
    for obj in shown:
        home.objects.link(obj)
    try:
        bpy.context.view_layer.update()
        return _measured(bpy.context.evaluated_depsgraph_get())
    finally:
        for obj in shown:
            home.objects.unlink(obj)


def _measured(graph: bpy.types.Depsgraph) -> Bounds | None:
    import numpy as np

    points: dict[int, Any] = {}
    copies: list[tuple[Any, Any]] = []
    boxes: list[Any] = []
    for instance in graph.object_instances:
        mesh: Any = instance.object.data
        if instance.object.type != "MESH" or not mesh.vertices:
            continue
        key = mesh.as_pointer()
        if key not in points:
            points[key] = _seen_points(mesh)
        own, corners = points[key]
        world: Any = np.array(instance.matrix_world, dtype=np.float64)
        box = _moved(corners, world)
        if own.size and np.isfinite(box).all():
            copies.append((own, world))
            boxes.append((box.min(axis=1), box.max(axis=1)))
    if not boxes:
        return None
    return _outermost(copies, np.array(boxes))


def _outermost(copies: Sequence[tuple[Any, Any]], boxes: Any) -> Bounds:
    """The bounds of point sets under matrices, each pair with its bounding box (n, 2, 3).

    A set whose box is inside the bounds so far cannot extend them, so those that reach farthest
    come first, and few of many copies are examined.
    """
    import numpy as np

    farthest = (*boxes[:, 0].argmin(axis=0), *boxes[:, 1].argmax(axis=0))
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for number in dict.fromkeys((*farthest, *range(len(copies)))):
        if (boxes[number, 0] >= low).all() and (boxes[number, 1] <= high).all():
            continue
        moved = _moved(*copies[number])
        low, high = np.minimum(low, moved.min(axis=1)), np.maximum(high, moved.max(axis=1))
    return Vector(low.tolist()), Vector(high.tolist())


def _moved(points: Any, world: Any) -> Any:
    return world[:3, :3] @ points + world[:3, 3:]


def _seen_points(mesh: Any) -> tuple[Any, Any]:
    """The visible points (3, n) in the mesh's own space, and the 8 corners of their box (3, 8).

    Loose vertices do not count, unless the mesh has only vertices. One row per axis is many times
    faster than one per point.
    """
    import numpy as np

    # Attributes are read at once; `vertices` and `edges` would be read one by one.
    flat: Any = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.attributes["position"].data.foreach_get("vector", flat)
    points = np.ascontiguousarray(flat.reshape(-1, 3).T)
    if mesh.edges:
        ends: Any = np.empty(2 * len(mesh.edges), dtype=np.int32)
        mesh.attributes[".edge_verts"].data.foreach_get("value", ends)
        seen = np.zeros(points.shape[1], dtype=bool)
        seen[ends] = True
        points = points if seen.all() else points[:, seen]
    if not np.isfinite(points).all():
        points = points[:, np.isfinite(points).all(axis=0)]
    if not points.size:
        return points, points
    sides = np.stack((points.min(axis=1), points.max(axis=1)), axis=1)
    return points, np.array(list(itertools.product(*sides)), dtype=np.float64).T
