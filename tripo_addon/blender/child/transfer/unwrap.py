"""UVs that can be baked to: a mesh's own, or new ones; and what is wrong with them.

Changes meshes; for a second Blender only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from .. import messages
from ..unreadable import Unreadable
from .captured import Captured
from .triangles import Triangles, move, read, triangles_of

if TYPE_CHECKING:
    from .captured import Shape

LAYER: Final = "Tripo"
"""The name of UV maps that the add-on adds."""
_MOST_LAYERS: Final = 8
_NO_AREA: Final = 1e-8
_ANGLE: Final = math.radians(66.0)
_GAP: Final = 0.005
_OUTSIDE: Final = 1e-3


def active_uvs(mesh: bpy.types.Mesh) -> Any:
    """The UVs of the active UV map (n, 2), by loop; None if there are none or they cover no
    area."""
    layer = mesh.uv_layers.active
    if layer is None:
        return None
    uvs = read(layer.data, "uv", np.float32, 2)
    return uvs if areas(uvs, triangles_of(mesh)).sum() > _NO_AREA else None


def areas(uvs: Any, cut: Triangles) -> Any:
    """The UV area of each triangle."""
    one, two, three = (uvs[cut.loops[:, corner]].astype(np.float64) for corner in range(3))
    first, second = two - one, three - one
    return np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2


def may_add(taken: Captured, name: str) -> bool:
    """Whether a UV map of our name can be added to the object's mesh."""
    layers = taken.mesh(name).uv_layers
    room = LAYER in layers or len(layers) < _MOST_LAYERS
    return room and bool(taken.uv_allowed.get(name, False))


def unwrap(taken: Captured, name: str) -> Any:
    """Add a UV map to the object's mesh, and return its UVs. Raises Unreadable.

    The object is unwrapped at the size at which it is seen, not in its own scale.
    """
    if not taken.mesh(name).polygons:
        raise Unreadable(messages.nothing_to_unwrap(name))
    if not may_add(taken, name):
        raise Unreadable(messages.no_uv_map(name))
    mesh = taken.mesh(name)
    copy = mesh.copy()
    order = move(copy, taken.into_frame(name))
    uvs: Any = np.zeros((len(mesh.loops), 2), dtype=np.float32)
    uvs[order] = _projected(copy)
    set_active(mesh, LAYER, uvs)
    return uvs


def set_active(mesh: bpy.types.Mesh, name: str, uvs: Any) -> None:
    """Set the UVs of a UV map, and make it active and rendered."""
    layer = mesh.uv_layers.get(name) or mesh.uv_layers.new(name=name, do_init=False)
    layer.data.foreach_set("uv", uvs.ravel())
    mesh.uv_layers.active = layer
    layer.active_render = True


def show(shape: Shape, name: str) -> None:
    """Make the UV map of this name the one that is baked to. Raises Unreadable."""
    layer = shape.mesh.uv_layers.get(name)
    if layer is None:
        raise Unreadable(messages.uv_map_lost(shape.name))
    if areas(read(layer.data, "uv", np.float32, 2), triangles_of(shape.mesh)).sum() <= _NO_AREA:
        raise Unreadable(messages.uv_map_without_area(shape.name))
    shape.mesh.uv_layers.active = layer
    layer.active_render = True


def _projected(mesh: bpy.types.Mesh) -> Any:
    obj = bpy.data.objects.new("Unwrapped", mesh)
    bpy.context.scene.collection.objects.link(obj)
    view = bpy.context.view_layer
    # Edit Mode includes all selected objects, and so their UVs.
    for each in (*view.objects, obj):
        each.select_set(each == obj)
    view.objects.active = obj
    layer = mesh.uv_layers.get(LAYER) or mesh.uv_layers.new(name=LAYER, do_init=False)
    mesh.uv_layers.active = layer
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.reveal(select=True)
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(
        angle_limit=_ANGLE, island_margin=_GAP, area_weight=0.0, scale_to_bounds=False
    )
    bpy.ops.object.mode_set(mode="OBJECT")
    uvs = read(mesh.uv_layers[LAYER].data, "uv", np.float32, 2)
    bpy.data.objects.remove(obj)
    return uvs


def bring_home(shape: Shape) -> bool:
    """Move faces by whole tiles into the first tile, where a repeating texture looks the same.

    Returns whether any were outside.
    """
    mesh = shape.mesh
    layer: Any = mesh.uv_layers.active
    uvs = read(layer.data, "uv", np.float32, 2)
    if uvs.min() >= -_OUTSIDE and uvs.max() <= 1 + _OUTSIDE:
        return False
    starts = read(mesh.polygons, "loop_start", np.int32)
    totals = read(mesh.polygons, "loop_total", np.int32)
    order = np.argsort(starts)
    middles = np.add.reduceat(uvs, starts[order]) / totals[order][:, None]
    uvs -= np.repeat(np.floor(middles), totals[order], axis=0).astype(np.float32)
    layer.data.foreach_set("uv", uvs.ravel())
    return True
