"""Vertices and faces of a mesh as arrays, and transforming a mesh, with normals that stay outward.

Changes only the mesh that is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .axes import apply

if TYPE_CHECKING:
    from collections.abc import Iterable

    import bpy

_LOOP = "tripo_addon_loop"


@dataclass(frozen=True)
class Triangles:
    """A triangulated mesh: for each triangle the vertices and loops of its corners, and its
    face."""

    vertices: Any
    loops: Any
    faces: Any


@dataclass(frozen=True)
class Solid:
    """Points, and triangles that index them, of one mesh or several."""

    points: Any
    triangles: Any

    @property
    def bounds(self) -> tuple[Any, Any]:
        """The minimum and maximum corner of the points that faces use."""
        used = self.points[np.unique(self.triangles)]
        return used.min(axis=0), used.max(axis=0)


def read(items: Any, field: str, kind: Any, width: int = 1) -> Any:
    """One property of all items of a Blender collection as an array."""
    values: Any = np.empty(len(items) * width, dtype=kind)
    items.foreach_get(field, values)
    return values.reshape(-1, width) if width > 1 else values


def points_of(mesh: bpy.types.Mesh) -> Any:
    """The vertices in double precision."""
    return read(mesh.vertices, "co", np.float32, 3).astype(np.float64)


def triangles_of(mesh: bpy.types.Mesh) -> Triangles:
    """The loop triangles of a mesh."""
    mesh.calc_loop_triangles()
    cut = mesh.loop_triangles
    return Triangles(
        read(cut, "vertices", np.int32, 3),
        read(cut, "loops", np.int32, 3),
        read(cut, "polygon_index", np.int32),
    )


def join(parts: Iterable[tuple[Any, Any]]) -> Solid:
    """Join pairs of points and triangles into one solid."""
    points: list[Any] = [np.empty((0, 3))]
    triangles: list[Any] = [np.empty((0, 3), dtype=np.int32)]
    count = 0
    for those, between in parts:
        points.append(those)
        triangles.append(between + count)
        count += len(those)
    return Solid(np.concatenate(points), np.concatenate(triangles))


def move(mesh: bpy.types.Mesh, matrix: Any) -> Any:
    """Transform a mesh; if the matrix mirrors, flip the faces so that they face outward again.

    Returns for each loop the index that it had before.
    """
    order: Any = np.arange(len(mesh.loops), dtype=np.int32)
    inner = matrix[:3, :3]
    mirrored = np.linalg.det(inner) < 0
    normals = _normals(mesh, inner) if mirrored or not _keeps_normals(mesh, inner) else None
    keys: Any = mesh.shape_keys
    for each in (mesh.vertices, *((block.data for block in keys.key_blocks) if keys else ())):
        moved = apply(matrix, read(each, "co", np.float32, 3).astype(np.float64))
        each.foreach_set("co", moved.astype(np.float32).ravel())
    if mirrored:
        order, normals = _flip(mesh, order, normals)
    mesh.update()
    if normals is not None:
        mesh.normals_split_custom_set(normals)
    return order


def _keeps_normals(mesh: bpy.types.Mesh, inner: Any) -> bool:
    """Whether custom normals follow the transform by themselves: stored relative to the mesh's own
    normals, they rotate and scale with it."""
    if not mesh.has_custom_normals:
        return True
    held: Any = mesh.attributes.get("custom_normal")
    square = inner.T @ inner
    even = np.allclose(square, np.eye(3) * square[0, 0], rtol=1e-4, atol=1e-4 * square[0, 0])
    return even and (held is None or held.data_type == "INT16_2D")


def _normals(mesh: bpy.types.Mesh, inner: Any) -> Any:
    if not mesh.has_custom_normals:
        return None
    normals = read(mesh.corner_normals, "vector", np.float32, 3) @ np.linalg.inv(inner)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return (normals / np.maximum(lengths, 1e-30)).astype(np.float32)


def _flip(mesh: bpy.types.Mesh, order: Any, normals: Any) -> tuple[Any, Any]:
    """Flip every face, together with the data of its corners."""
    mesh.attributes.new(_LOOP, "INT", "CORNER").data.foreach_set("value", order)
    mesh.flip_normals()
    layer = mesh.attributes[_LOOP]
    order = read(layer.data, "value", np.int32)
    mesh.attributes.remove(layer)
    return order, None if normals is None else normals[order]
