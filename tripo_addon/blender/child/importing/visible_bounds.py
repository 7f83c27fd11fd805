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
        box = corners @ world[:3, :3].T + world[:3, 3]
        if len(own) and np.isfinite(box).all():
            copies.append((own, world))
            boxes.append((box.min(axis=0), box.max(axis=0)))
    if not boxes:
        return None
    return _outermost(copies, np.array(boxes))


def _outermost(copies: Sequence[tuple[Any, Any]], boxes: Any) -> Bounds:
    """The bounds of point sets under matrices, each pair with its bounding box, (n, 2, 3).

    A set whose box is inside the bounds so far cannot extend them, so those that reach farthest
    come first, and few of many copies are examined.
    """
    import numpy as np

    farthest = (*boxes[:, 0].argmin(axis=0), *boxes[:, 1].argmax(axis=0))
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for number in dict.fromkeys((*farthest, *range(len(copies)))):
        if (boxes[number, 0] >= low).all() and (boxes[number, 1] <= high).all():
            continue
        own, world = copies[number]
        moved = own @ world[:3, :3].T + world[:3, 3]
        low, high = np.minimum(low, moved.min(axis=0)), np.maximum(high, moved.max(axis=0))
    return Vector(low.tolist()), Vector(high.tolist())


def _seen_points(mesh: Any) -> tuple[Any, Any]:
    """The visible points, (n, 3) in the mesh's own space, and the 8 corners of their box.

    Loose vertices do not count, unless the mesh has only vertices.
    """
    import numpy as np

    flat: Any = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", flat)
    points = flat.reshape(-1, 3)
    if mesh.edges:
        ends: Any = np.empty(2 * len(mesh.edges), dtype=np.int32)
        mesh.edges.foreach_get("vertices", ends)
        seen = np.zeros(len(points), dtype=bool)
        seen[ends] = True
        points = points[seen]
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return points, points
    sides = np.stack((points.min(axis=0), points.max(axis=0)))
    return points, np.array(list(itertools.product(*sides.T)), dtype=np.float64)
