"""The meshes of a result with their world matrices and materials.

Reads only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..importing.hierarchy import world_of
from .axes import apply
from .triangles import Triangles, points_of, triangles_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import bpy


@dataclass(frozen=True)
class Piece:
    """One mesh of a result in its rest position. `matrix` is its world matrix; `points` are its
    vertices in world space."""

    obj: bpy.types.Object
    matrix: Any
    points: Any
    cut: Triangles

    def moved(self, matrix: Any) -> Piece:
        """The piece, transformed by another matrix."""
        return replace(self, matrix=matrix @ self.matrix, points=apply(matrix, self.points))

    @property
    def materials(self) -> list[bpy.types.Material | None]:
        """The materials of the slots; at least one, for faces without a slot."""
        return [slot.material for slot in self.obj.material_slots] or [None]


def pieces_of(objects: Iterable[bpy.types.Object]) -> list[Piece]:
    """All meshes with faces."""
    found = []
    for obj in objects:
        mesh: Any = obj.data
        if obj.type == "MESH" and mesh.polygons:
            matrix = np.array(world_of(obj), dtype=np.float64)
            found.append(Piece(obj, matrix, apply(matrix, points_of(mesh)), triangles_of(mesh)))
    return found
