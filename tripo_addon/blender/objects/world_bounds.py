"""Bounding boxes in world space: of a model, and of all visible objects of a view layer.

Main thread only; reads. A box is an array (2, 3): its minimum and maximum corner.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Final

import bpy
from mathutils import Matrix

from ...api.record import record

WITH_BOUNDS: Final = frozenset(
    {"MESH", "CURVE", "SURFACE", "FONT", "META", "VOLUME", "CURVES", "POINTCLOUD"}
    | {"GPENCIL", "GREASEPENCIL"}
)
"""Types of object that have an extent of their own."""
# Their indices in Blender's `bound_box`.
_LEAST, _GREATEST = 0, 6
_SEE_THROUGH: Final = frozenset({"WIRE", "BOUNDS"})


def bounds_at_rest(objects: Iterable[bpy.types.Object]) -> Any | None:
    """The box around objects that may not be evaluated yet; None if none is visible."""
    from ..child.importing.hierarchy import world_of

    return _around([(obj, world_of(obj)) for obj in objects])


def bounds_of(objects: Iterable[bpy.types.Object]) -> Any | None:
    """The box around evaluated objects; None if none is visible."""
    return _around([(obj, obj.matrix_world) for obj in objects])


@record
class Surroundings:
    """All objects of a view layer, and the box (2, 3) of each; an object without extent has a
    point, or NaN. Valid until undo, file load or the end of a tick."""

    layer: bpy.types.ViewLayer
    objects: Sequence[bpy.types.Object]
    boxes: Any

    def is_seen(self, number: int) -> bool:
        """Whether an object hides, or is hidden by, something in its box."""
        obj = self.objects[number]
        solid = obj.type in WITH_BOUNDS or _instance(obj) is not None
        seen = solid and obj.display_type not in _SEE_THROUGH
        return seen and obj.visible_get(view_layer=self.layer)


def surroundings(layer: bpy.types.ViewLayer) -> Surroundings:
    """The objects of a view layer with their boxes. Computed at once: milliseconds for ten thousand
    objects."""
    import numpy as np

    objects: Any = layer.objects
    count = len(objects)
    corners: Any = np.empty(24 * count, dtype=np.float32)
    matrices: Any = np.empty(16 * count, dtype=np.float32)
    objects.foreach_get("bound_box", corners)
    objects.foreach_get("matrix_world", matrices)
    ends = corners.reshape(count, 8, 3)[:, (_LEAST, _GREATEST)].astype(np.float64)
    # Blender stores matrices by columns, so they are already transposed.
    worlds = matrices.reshape(count, 4, 4).astype(np.float64)
    middle = (ends.sum(axis=1, keepdims=True) / 2 @ worlds[:, :3, :3] + worlds[:, 3:, :3])[:, 0]
    reach = ((ends[:, 1:] - ends[:, :1]) / 2 @ abs(worlds[:, :3, :3]))[:, 0]
    boxes = np.stack((middle - reach, middle + reach), axis=1)
    listed = list(objects)
    kinds: Any = np.empty(count, dtype=np.int32)
    objects.foreach_get("instance_type", kinds)
    known: dict[int, Any] = {}
    for number in np.nonzero(kinds == _collection_number())[0]:
        boxes[number] = _instanced(listed[number], boxes[number], known)
    return Surroundings(layer, listed, boxes)


def _collection_number() -> int:
    items = bpy.types.Object.bl_rna.properties["instance_type"].enum_items
    return items["COLLECTION"].value


def _instance(obj: bpy.types.Object) -> bpy.types.Collection | None:
    """The collection that an empty instances."""
    return obj.instance_collection if obj.instance_type == "COLLECTION" else None


def _instanced(obj: bpy.types.Object, own: Any, known: dict[int, Any]) -> Any:
    """The box around a collection instance; the empty's own box if that has none. `known`: boxes of
    collections, which many empties may share."""
    import numpy as np

    collection = _instance(obj)
    if collection is None:
        return own
    if collection.session_uid not in known:
        standing = [(each, each.matrix_world) for each in collection.all_objects]
        known[collection.session_uid] = _around(standing)
    box = known[collection.session_uid]
    if box is None:
        return own
    matrix: Any = np.array(obj.matrix_world @ Matrix.Translation(-collection.instance_offset))
    corners = np.array(list(itertools.product(*box.T)))
    points = corners @ matrix[:3, :3].T + matrix[:3, 3]
    return np.stack((points.min(axis=0), points.max(axis=0)))


def _around(placed: Sequence[tuple[bpy.types.Object, Matrix]]) -> Any | None:
    import numpy as np

    boxes: list[Any] = []
    for obj, world in placed:
        if obj.type in WITH_BOUNDS and not obj.hide_viewport:
            matrix: Any = np.array(world, dtype=np.float64)
            corners: Any = np.array([corner[:] for corner in obj.bound_box], dtype=np.float64)
            points = corners @ matrix[:3, :3].T + matrix[:3, 3]
            boxes.append(points[np.isfinite(points).all(axis=1)])
    points = np.concatenate(boxes) if boxes else np.empty((0, 3))
    if not len(points):
        return None
    return np.stack((points.min(axis=0), points.max(axis=0)))
