"""Brings a viewport to a part of the world, as Blender's Frame Selected does to objects."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

_HALF_SENSOR: Final = 36.0
"""Millimeters: a viewport's lens draws on twice the width of a camera's usual sensor."""
_ROOM: Final = 1.4
"""So much more than what is framed is seen, along the viewport's shorter side."""


def frame(area: bpy.types.Area, low: Sequence[float], high: Sequence[float]) -> None:
    """Show the box between two corners in the middle of the area's viewport. A camera's view is
    left for it, as with Blender's own."""
    space: Any = area.spaces.active
    view = space.region_3d
    window = next(region for region in area.regions if region.type == "WINDOW")
    shorter = min(window.width, window.height) / max(window.width, window.height, 1)
    radius = (Vector(high) - Vector(low)).length / 2
    half_angle = math.atan(_HALF_SENSOR / space.lens * shorter)
    if view.view_perspective == "CAMERA":
        view.view_perspective = "PERSP"
    view.view_location = (Vector(low) + Vector(high)) / 2
    view.view_distance = _ROOM * radius / math.sin(half_angle)
