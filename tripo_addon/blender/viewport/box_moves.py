"""How a box stands after a handle was pulled: pure geometry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mathutils import Matrix, Vector

if TYPE_CHECKING:
    from ...jobs.model.job import Stand

_LEAST: Final = 0.01
"""No side becomes shorter than this share of what it was."""
_STEEP: Final = 0.2
"""A view at a lower angle to the floor (its sine) moves a box up and down instead of along it."""
_SAME: Final = 1e-6


def moved(stand: Stand, offset: Sequence[float], view: Matrix, *, perspective: bool) -> Stand:
    """The box pulled by an `offset` in the plane of the view, whose `view` leads from the world to
    it. Seen from above it slides on its floor to what is under the mouse there."""
    foot, camera = Vector(stand.foot), view.inverted_safe()
    there = foot + Vector(offset)
    ray = there - camera.translation if perspective else -camera.col[2].xyz
    if abs(ray.normalized().z) > _STEEP:
        there += ray * ((foot.z - there.z) / ray.z)
    return replace(stand, foot=there[:]) if _is_finite(there) else stand


def turned(stand: Stand, angle: float) -> Stand:
    """The box turned by an angle in radians."""
    return replace(stand, turn=stand.turn + angle)


def frame_of(stand: Stand) -> Matrix:
    """Where the middle of the box is and how it is turned, without its size."""
    middle = Vector(stand.foot) + Vector((0.0, 0.0, stand.sides[2] / 2))
    return Matrix.Translation(middle) @ Matrix.Rotation(stand.turn, 4, "Z")


def matrix_of(stand: Stand) -> Matrix:
    """What leads from a cube of side 1 around the origin to the box in the world."""
    return frame_of(stand) @ Matrix.Diagonal((*stand.sides, 1.0))


def resized(stand: Stand, grabbed: Matrix, cage: Matrix) -> Stand:
    """The box with the size of a `cage`, given in the box's frame as Blender has it: `grabbed` as
    it first was under the mouse, which need not be where the box was. What is opposite to the
    handle stays; at a corner all sides change alike."""
    before, first, now = stand.sides, _sizes(grabbed), _sizes(cage)
    if not all(map(math.isfinite, (*first, *now))) or _are_close(now, before):
        return stand
    axes = [not _are_close((now[axis], first[axis]), (before[axis],) * 2) for axis in range(3)]
    factor = Vector(now).dot(Vector(first)) / Vector(first).length_squared
    sides, middle = list[float](), list[float]()
    for axis, pulled in enumerate(axes):
        side = before[axis] * factor if all(axes) else before[axis] + now[axis] - first[axis]
        side = max(side, _LEAST * before[axis])
        # The middle of a cage moves towards the handle as the cage grows.
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
