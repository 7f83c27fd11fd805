"""Computes a box's transform after a gizmo was dragged: pure geometry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mathutils import Matrix, Vector

if TYPE_CHECKING:
    from ...jobs.model.job import Stand

_LEAST: Final = 0.01
"""The shortest a side can become, relative to its former length."""
_STEEP: Final = 0.2
"""Sine of the view's angle to the floor; below it a drag follows the view plane, not the floor."""
_SAME: Final = 1e-6


def moved(stand: Stand, offset: Sequence[float], view: Matrix, *, perspective: bool) -> Stand:
    """Move the box by an `offset` in the view plane; `view` is the world-to-view matrix. Unless the
    view is nearly horizontal, the box slides on its floor to the point under the mouse."""
    foot, camera = Vector(stand.foot), view.inverted_safe()
    there = foot + Vector(offset)
    ray = there - camera.translation if perspective else -camera.col[2].xyz
    if abs(ray.normalized().z) > _STEEP:
        there += ray * ((foot.z - there.z) / ray.z)
    return replace(stand, foot=there[:]) if _is_finite(there) else stand


def turned(stand: Stand, angle: float) -> Stand:
    """Rotate the box by an angle in radians."""
    return replace(stand, turn=stand.turn + angle)


def frame_of(stand: Stand) -> Matrix:
    """Return the matrix of the box's center and rotation, without its size."""
    middle = Vector(stand.foot) + Vector((0.0, 0.0, stand.sides[2] / 2))
    return Matrix.Translation(middle) @ Matrix.Rotation(stand.turn, 4, "Z")


def matrix_of(stand: Stand) -> Matrix:
    """Return the matrix that maps a unit cube around the origin to the box."""
    return frame_of(stand) @ Matrix.Diagonal((*stand.sides, 1.0))


def resized(stand: Stand, grabbed: Matrix, cage: Matrix) -> Stand:
    """Resize the box to a `cage` matrix from Blender, in the box's frame. `grabbed` is the first
    cage of the drag, which may differ from the box. The side opposite the handle stays in place; a
    corner scales all sides alike."""
    before, first, now = stand.sides, _sizes(grabbed), _sizes(cage)
    if not all(map(math.isfinite, (*first, *now))) or _are_close(now, before):
        return stand
    axes = [not _are_close((now[axis], first[axis]), (before[axis],) * 2) for axis in range(3)]
    factor = Vector(now).dot(Vector(first)) / Vector(first).length_squared
    sides, middle = list[float](), list[float]()
    for axis, pulled in enumerate(axes):
        side = before[axis] * factor if all(axes) else before[axis] + now[axis] - first[axis]
        side = max(side, _LEAST * before[axis])
        # A growing cage's center moves toward the handle.
        way = math.copysign(0.5, cage.translation[axis] * (now[axis] - before[axis]))
        sides.append(side)
        middle.append(way * (side - before[axis]) if pulled else 0.0)
    x, y, z = (frame_of(stand) @ Vector(middle))[:]
    return replace(stand, foot=(x, y, z - sides[2] / 2), sides=(sides[0], sides[1], sides[2]))


def _sizes(cage: Matrix) -> tuple[float, ...]:
    return tuple(cage.col[axis].length for axis in range(3))


def _are_close(values: Iterable[float], others: Iterable[float]) -> bool:
    return all(math.isclose(*pair, rel_tol=_SAME) for pair in zip(values, others, strict=True))


def _is_finite(vector: Vector) -> bool:
    return all(map(math.isfinite, vector[:]))
