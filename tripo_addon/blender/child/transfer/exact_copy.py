"""Copies UVs exactly, if the result has the same triangles as the mesh: one UV for each corner.

Nothing is resampled. Fails if a corner could get two different UVs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .axes import apply, unit_of
from .kd_tree import tree_of
from .triangles import Triangles, points_of, read, triangles_of

if TYPE_CHECKING:
    import bpy

    from .captured import Shape
    from .result_mesh import Piece

_NEAR: Final = 2e-5
"""Relative to the longest side: more than files and services round, and less than any edge."""
_SAME_UV: Final = 2e-6
_MOST_POINTS: Final = 2_000_000  # a key of three of them fits 64 bits
_GLANCE: Final = 50


@dataclass(frozen=True)
class Exact:
    """UVs of each loop of a base mesh, and the material of each face as an index into
    `materials`."""

    uvs: Any
    indices: Any
    materials: tuple[bpy.types.Material | None, ...]


def exact(shape: Shape, base: bpy.types.Mesh, pieces: list[Piece]) -> Exact | None:
    """The result's UVs and materials for a shape's base mesh; None if they do not match exactly."""
    if not _is_shape_of(shape, base) or not all(map(_is_plain, pieces)):
        return None
    cut, points = triangles_of(shape.mesh), points_of(shape.mesh)
    used, corners = np.unique(cut.vertices, return_inverse=True)
    unit = unit_of(points[used].min(axis=0), points[used].max(axis=0))
    places, classes = np.unique(apply(unit, points[used]), axis=0, return_inverse=True)
    if len(places) > _MOST_POINTS or not _agree(pieces, unit, places):
        return None
    result = _Result(pieces, unit, places)
    corners = classes.ravel()[corners.reshape(-1, 3)]
    keys, turns = _keys(corners, len(places))
    rows = np.flatnonzero(_is_real(corners))
    found = result.look_up(keys[rows])
    if np.any(found < 0):
        return None
    return _gather(shape, cut, rows, turns[rows], found, result)


def _is_plain(piece: Piece) -> bool:
    """Whether a piece has UVs, and materials that use only these of the mesh's layers."""
    active = piece.obj.data.uv_layers.active
    if active is None:
        return False
    trees = [one.node_tree for one in piece.materials if one is not None and one.node_tree]
    nodes = [node for tree in trees for node in tree.nodes]
    if any(node.type in {"ATTRIBUTE", "VERTEX_COLOR"} for node in nodes):
        return False
    return all(node.uv_map in ("", active.name) for node in nodes if node.type == "UVMAP")


def _is_shape_of(shape: Shape, base: bpy.types.Mesh) -> bool:
    """Whether modifiers kept the faces and face corners of the base mesh."""
    mesh = shape.mesh
    if shape.loops is None or len(mesh.vertices) != len(base.vertices):
        return False
    if len(mesh.loops) != len(base.loops) or len(mesh.polygons) != len(base.polygons):
        return False
    corners = read(base.loops, "vertex_index", np.int32)[shape.loops]
    starts = read(base.polygons, "loop_start", np.int32)
    return np.array_equal(corners, read(mesh.loops, "vertex_index", np.int32)) and np.array_equal(
        starts, read(mesh.polygons, "loop_start", np.int32)
    )


def _is_real(corners: Any) -> Any:
    """The triangles whose three corners are in three places."""
    one, two, three = corners.T
    return (one != two) & (two != three) & (three != one)


def _keys(corners: Any, count: int) -> tuple[Any, Any]:
    """A number for each triangle, which is the same for the same three places in the same winding
    order; and the corner that it starts with."""
    turns = np.argmin(corners, axis=1)
    rows = np.arange(len(corners))
    parts = [corners[rows, (turns + step) % 3].astype(np.int64) for step in range(3)]
    return (parts[0] * count + parts[1]) * count + parts[2], turns


class _Result:
    """The triangles of a result, by the places that their corners share with the target."""

    def __init__(self, pieces: list[Piece], unit: Any, places: Any) -> None:
        tree = tree_of(places)
        self.materials: tuple[bpy.types.Material | None, ...] = tuple(
            dict.fromkeys(material for piece in pieces for material in piece.materials)
        )
        parts = zip(*(self._read(piece, unit, tree) for piece in pieces), strict=True)
        corners, self.uvs, self.slots = (np.concatenate(each) for each in parts)
        known = (corners >= 0).all(axis=1) & _is_real(corners)
        corners, self.uvs, self.slots = corners[known], self.uvs[known], self.slots[known]
        self._keys, self.turns = _keys(corners, len(places))
        self._sort()

    def _read(self, piece: Piece, unit: Any, tree: Any) -> tuple[Any, Any, Any]:
        mesh = piece.obj.data
        points = apply(unit, piece.points)
        within = np.flatnonzero(np.abs(points).max(axis=1) <= 0.5 + _NEAR)
        spots, which = np.unique(points[within], axis=0, return_inverse=True)
        numbers = np.array([_place(tree, spot) for spot in spots.tolist()], dtype=np.int64)
        places: Any = np.full(len(points), -1, dtype=np.int64)
        places[within] = numbers[which.ravel()]
        uvs = read(mesh.uv_layers.active.data, "uv", np.float32, 2)
        slots = [self.materials.index(material) for material in piece.materials]
        given = np.minimum(read(mesh.polygons, "material_index", np.int32), len(slots) - 1)
        return (
            places[piece.cut.vertices],
            uvs[piece.cut.loops],
            np.array(slots, dtype=np.int32)[given][piece.cut.faces],
        )

    def _sort(self) -> None:
        """Sort by key. A triangle that exists twice with different UVs or materials counts as
        missing."""
        order = np.argsort(self._keys, kind="stable")
        self._keys, self.turns = self._keys[order], self.turns[order]
        self.uvs, self.slots = self.uvs[order], self.slots[order]
        same = self._keys[1:] == self._keys[:-1]
        begun = self.begun(self.uvs, self.turns)
        other = np.abs(begun[1:] - begun[:-1]).max(axis=(1, 2), initial=0) > _SAME_UV
        other |= self.slots[1:] != self.slots[:-1]
        self._doubtful = np.unique(self._keys[1:][same & other])

    @staticmethod
    def begun(corners: Any, turns: Any) -> Any:
        """Values of three corners, beginning with the corner that the key starts with."""
        steps = (turns[:, None] + np.arange(3)) % 3
        return np.take_along_axis(corners, steps.reshape(-1, 3, *([1] * (corners.ndim - 2))), 1)

    def look_up(self, keys: Any) -> Any:
        """The row of each triangle, or -1."""
        if not len(self._keys):
            return np.full(len(keys), -1)
        rows = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        sure = (self._keys[rows] == keys) & ~np.isin(keys, self._doubtful)
        return np.where(sure, rows, -1)


def _place(tree: Any, spot: Any) -> int:
    _, number, distance = tree.find(spot)
    return number if distance <= _NEAR else -1


def _agree(pieces: list[Piece], unit: Any, places: Any) -> bool:
    """A quick check of a few places: most results are remeshed and have no vertex there."""
    points = np.concatenate([apply(unit, piece.points) for piece in pieces])
    some = places[:: max(1, len(places) // _GLANCE)]
    return all(np.abs(points - place).max(axis=1).min() <= _NEAR for place in some)


def _gather(
    shape: Shape, cut: Triangles, rows: Any, turns: Any, found: Any, result: _Result
) -> Exact | None:
    """Collect UVs by loop and materials by face; None if two triangles disagree."""
    mesh = shape.mesh
    loops = result.begun(cut.loops[rows], turns).ravel()
    expected = result.begun(result.uvs[found], result.turns[found]).reshape(-1, 2)
    uvs: Any = np.zeros((len(mesh.loops), 2), dtype=np.float32)
    uvs[loops] = expected
    faces: Any = np.zeros(len(mesh.polygons), dtype=np.int32)
    faces[cut.faces[rows]] = result.slots[found]
    if np.abs(uvs[loops] - expected).max(initial=0) > _SAME_UV:
        return None
    if np.any(faces[cut.faces[rows]] != result.slots[found]):
        return None
    _complete(uvs, loops, mesh)
    whole = np.empty_like(uvs)
    whole[shape.loops] = uvs
    return Exact(whole, faces, result.materials)


def _complete(uvs: Any, known: Any, mesh: bpy.types.Mesh) -> None:
    """Give loops that only belong to triangles without area the UV of another loop of their
    vertex."""
    missing = np.ones(len(uvs), dtype=bool)
    missing[known] = False
    if missing.any():
        corners = read(mesh.loops, "vertex_index", np.int32)
        of_vertex: Any = np.zeros((len(mesh.vertices), 2), dtype=np.float32)
        of_vertex[corners[known]] = uvs[known]
        uvs[missing] = of_vertex[corners[missing]]
