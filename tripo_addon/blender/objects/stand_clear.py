"""Moves a model that has just come into a scene beside what is in its place.

Main thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ..messages.jobs import placed_beside
from .free_place import free_place
from .world_bounds import bounds_at_rest, surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence


def stand_clear(
    root: bpy.types.Object, objects: Sequence[bpy.types.Object], scene: bpy.types.Scene
) -> str:
    """Move `root`, which has no parent, to the nearest free place on its floor, where something
    visible stands in the way of its `objects`. Returns a note that says so, or nothing."""
    model = bounds_at_rest(objects)
    if model is None or not (model[1] > model[0]).any():
        return ""
    layer = _layer(scene)
    around = surroundings(layer)
    own = frozenset(objects)
    place = free_place(
        model,
        around.boxes,
        lambda number: around.objects[number] not in own and around.is_seen(number),
    )
    if place.obstacle is None:
        return ""
    root.location.x += place.offset[0]
    root.location.y += place.offset[1]
    return placed_beside(around.objects[place.obstacle].name)


def _layer(scene: bpy.types.Scene) -> bpy.types.ViewLayer:
    """The view layer that the artist sees the scene in, as it is by now: what a script has just
    moved is known only after an update."""
    layer = bpy.context.view_layer if bpy.context.scene == scene else scene.view_layers[0]
    if bpy.app.background:
        layer.update()
    return layer
