"""How large a model is as it is seen: posed by its armature, shape keys and modifiers.

Works in the scene that is shown, which has to be one of the arrival's own; leaves nothing behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

Bounds = tuple[Vector, Vector]


def visible_bounds(objects: Sequence[bpy.types.Object]) -> Bounds | None:
    """The least and the greatest corner in the world, at the scene's frame; None where nothing
    with a vertex is seen. Corners that are no numbers do not count."""
    home = bpy.context.scene.collection
    shown = [thing for thing in objects if thing.name not in home.objects]
    for thing in shown:
        home.objects.link(thing)
    try:
        bpy.context.view_layer.update()
        return _measured(bpy.context.evaluated_depsgraph_get())
    finally:
        for thing in shown:
            home.objects.unlink(thing)


def _measured(graph: bpy.types.Depsgraph) -> Bounds | None:
    import numpy as np

    lows, highs = [], []
    points: dict[int, Any] = {}
    for instance in graph.object_instances:
        mesh: Any = instance.object.data
        if instance.object.type != "MESH" or not mesh.vertices:
            continue
        key = mesh.as_pointer()
        if key not in points:
            points[key] = _vertices(mesh)
        world: Any = np.array(instance.matrix_world, dtype=np.float64)
        moved = points[key] @ world[:3, :3].T + world[:3, 3]
        moved = moved[np.isfinite(moved).all(axis=1)]
        if len(moved):
            lows.append(moved.min(axis=0))
            highs.append(moved.max(axis=0))
    if not lows:
        return None
    return Vector(np.min(lows, axis=0).tolist()), Vector(np.max(highs, axis=0).tolist())


def _vertices(mesh: Any) -> Any:
    """(n, 3) coordinates in the mesh's own space."""
    import numpy as np

    flat: Any = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3)
