"""Finds the rotation, scale and location that bring a result onto a shape.

Compares surfaces; moves nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from mathutils.bvhtree import BVHTree

from .axes import apply, unit_of
from .triangles import Solid

_YAWS: Final = (0.0, 90.0, 180.0, 270.0)
_SAMPLES: Final = 3000
_AGREES: Final = 1e-4
"""Mean distance, relative to the longest side, below which the search stops."""
_CLEARLY: Final = (1.1, 5e-4)
"""How much farther from the shape the unrotated result may be than a rotated one and still be
chosen: a factor, and a distance relative to the longest side."""
_FLAT: Final = 1e-3


@dataclass(frozen=True)
class Alignment:
    """`matrix` brings the result onto the shape; `yaw` is its rotation in degrees. The distances of
    the surfaces then, relative to the longest side: `mean`, and `most`, which covers 98 percent of
    the shape."""

    matrix: Any
    yaw: float
    mean: float
    most: float


def align(result: Solid, target: Solid, *, same_shape: bool, turn: float) -> Alignment:
    """Find the uniform scale, rotation about Z and translation that bring `result` onto `target`.

    If the shape is the same, four directions are tried and the bounds are matched. Another shape is
    rotated by `turn` degrees, scaled to the target's height, and stands in the same place.
    """
    if not same_shape:
        matrix = _stand(result, target, turn)
        return _measured(matrix, turn, *_Pair(result, target).distances(matrix))
    pair, found = _Pair(result, target), []
    for yaw in _YAWS:
        matrix = _fit(result, target, yaw)
        found.append(_measured(matrix, yaw, *pair.distances(matrix)))
        if found[0].mean < _AGREES:
            break
    best = min(found, key=lambda each: each.mean)
    factor, extra = _CLEARLY
    return found[0] if found[0].mean <= factor * best.mean + extra else best


def _measured(matrix: Any, yaw: float, there: Any, back: Any) -> Alignment:
    mean = float(there.mean() + back.mean()) / 2
    # Not the maximum: parts that the result lacks must not count.
    return Alignment(matrix, yaw, mean, float(np.percentile(back, 98)))


def _fit(result: Solid, target: Solid, yaw: float) -> Any:
    turned = _turn(yaw)
    low, high = Solid(apply(turned, result.points), result.triangles).bounds
    aim_low, aim_high = target.bounds
    sides, aims = high - low, aim_high - aim_low
    scale = (sides @ aims) / (sides @ sides)
    return _similar(turned, scale, (low + high) / 2, (aim_low + aim_high) / 2)


def _stand(result: Solid, target: Solid, turn: float) -> Any:
    turned = _turn(turn)
    low, high = Solid(apply(turned, result.points), result.triangles).bounds
    aim_low, aim_high = target.bounds
    sides, aims = high - low, aim_high - aim_low
    upright = min(sides[2] / sides.max(), aims[2] / aims.max()) > _FLAT
    scale = aims[2] / sides[2] if upright else aims.max() / sides.max()
    foot, aim = (low + high) / 2, (aim_low + aim_high) / 2
    foot[2], aim[2] = low[2], aim_low[2]
    return _similar(turned, scale, foot, aim)


def _turn(degrees: float) -> Any:
    quarter, rest = divmod(degrees, 90.0)
    angle = math.radians(degrees)
    # Quarter turns exactly, without cosines of 6e-17.
    exact = ((1, 0), (0, 1), (-1, 0), (0, -1))[int(quarter) % 4]
    cosine, sine = exact if not rest else (math.cos(angle), math.sin(angle))
    matrix = np.eye(4)
    matrix[:2, :2] = ((cosine, -sine), (sine, cosine))
    return matrix


def _similar(turned: Any, scale: float, origin: Any, aim: Any) -> Any:
    matrix = turned * scale
    matrix[:3, 3] = aim - scale * origin
    matrix[3, 3] = 1.0
    return matrix


class _Pair:
    """Search trees and sample points of both surfaces, each scaled to a size where single precision
    is enough."""

    def __init__(self, result: Solid, target: Solid) -> None:
        self._units = unit_of(*result.bounds), unit_of(*target.bounds)
        self._trees = [
            _tree(unit, solid) for unit, solid in zip(self._units, (result, target), strict=True)
        ]
        self._samples = _samples(result), _samples(target)

    def distances(self, matrix: Any) -> tuple[Any, Any]:
        """Distances from samples of the result to the target and from samples of the target to the
        result, relative to the target's longest side."""
        mine, its = self._units
        there = _far(self._trees[1], apply(its @ matrix, self._samples[0]))
        inverse = np.linalg.inv(matrix)
        back = _far(self._trees[0], apply(mine @ inverse, self._samples[1]))
        # The result's size, relative to the target's.
        scale = np.linalg.norm((its @ matrix @ np.linalg.inv(mine))[:3, 0])
        return there, back * scale


def _tree(unit: Any, solid: Solid) -> Any:
    points = apply(unit, solid.points)
    return BVHTree.FromPolygons(points.tolist(), solid.triangles.tolist(), all_triangles=True)


def _samples(solid: Solid) -> Any:
    """Some vertices and some face centers, evenly from the whole list."""
    corners = np.unique(solid.triangles)
    some = corners[:: max(1, len(corners) // _SAMPLES)]
    faces = solid.triangles[:: max(1, len(solid.triangles) // _SAMPLES)]
    return np.concatenate((solid.points[some], solid.points[faces].mean(axis=1)))


def _far(tree: Any, points: Any) -> Any:
    return np.array([tree.find_nearest(point)[3] for point in points.tolist()])
