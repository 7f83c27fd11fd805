"""Renders meshes without a GPU or a render engine: as points on their faces, the nearest in front.

Blender's fast engines need the GPU of a window, which a second Blender does not have. Cycles takes
eight seconds of all cores for a million faces, points take a fraction of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FINE: Final = 2
"""Subpixels along each side of a pixel, which are averaged."""
_DENSITY: Final = 4.0
"""Points per subpixel on a face that is perpendicular to the view."""
_MARGIN: Final = 0.96
_EYE: Final = np.array((-0.5, -1.0, 0.45)) / np.linalg.norm((-0.5, -1.0, 0.45))
"""Direction from the model to the camera: in front, slightly left and above."""
_LIGHT: Final = np.array((-0.75, -0.6, 0.9)) / np.linalg.norm((-0.75, -0.6, 0.9))
_DARKEST: Final = 0.4
# Fractions of these fill a triangle evenly, whatever their number.
_PLASTIC: Final = 1.32471795724474602596


@dataclass(frozen=True)
class Surface:
    """A mesh in world space. `places`: its vertices (n, 3). `triangles`: three vertex indices each
    (m, 3); `corners`: their face corners (m, 3); `materials`: their material slots (m).
    `paint(slot, corners, weights)` returns the colors (k, 3; sRGB, 0 to 1) of points on triangles
    with that slot, each between three corners (k, 3) with these weights (k, 3)."""

    places: Any
    triangles: Any
    corners: Any
    materials: Any
    paint: Callable[[int, Any, Any], Any]


def draw(surfaces: list[Surface], side: int) -> Any:
    """The image of the whole model, as floats (side, side, 4), bottom row first."""
    axes = _axes(0.0)
    seen = [surface.places @ axes.T for surface in surfaces]
    low = np.min([each.min(axis=0) for each in seen], axis=0)
    high = np.max([each.max(axis=0) for each in seen], axis=0)
    return _draw(surfaces, seen, (low + high) / 2, float((high - low)[:2].max()), side)


def draw_turned(surfaces: list[Surface], side: int, frames: int) -> Iterator[Any]:
    """Yield images of the model as it turns once about its vertical axis, all in one scale, as
    `draw` returns them; the first one is seen from the same direction."""
    low = np.min([surface.places.min(axis=0) for surface in surfaces], axis=0)
    high = np.max([surface.places.max(axis=0) for surface in surfaces], axis=0)
    middle = (low + high) / 2
    around = max(float(np.hypot(*(surface.places - middle)[:, :2].T).max()) for surface in surfaces)
    rising = float(_EYE[2])
    tall = float(high[2] - low[2]) * float(np.sqrt(1 - rising**2)) + 2 * around * rising
    for frame in range(frames):
        axes = _axes(2 * np.pi * frame / frames)
        seen = [surface.places @ axes.T for surface in surfaces]
        yield _draw(surfaces, seen, axes @ middle, max(2 * around, tall), side)


def _axes(turn: float) -> Any:
    """The camera's axes as rows, right, up and toward it, once it went around the model by `turn`
    radians."""
    cos, sin = np.cos(turn), np.sin(turn)
    eye = np.array(((cos, -sin, 0.0), (sin, cos, 0.0), (0.0, 0.0, 1.0))) @ _EYE
    right = np.cross((0.0, 0.0, 1.0), eye)
    right /= np.linalg.norm(right)
    return np.stack((right, np.cross(eye, right), eye))


def _draw(surfaces: list[Surface], seen: list[Any], middle: Any, extent: float, side: int) -> Any:
    """Draw what is `seen` along the camera's axes, with `extent` as wide as the image."""
    fine = side * _FINE
    scale = fine * _MARGIN / max(extent, 1e-9)
    nearest = np.full(fine * fine, -np.inf)
    colors = np.zeros((fine * fine, 3))
    for surface, own in zip(surfaces, seen, strict=True):
        places = (own - middle) * scale
        places[:, :2] += fine / 2
        _draw_one(surface, places, fine, nearest, colors)
    return _averaged(colors, nearest > -np.inf, side)


def _draw_one(surface: Surface, places: Any, fine: int, nearest: Any, colors: Any) -> None:
    """Draw the points of a surface that are nearer than what has been drawn so far."""
    ends = places[surface.triangles]
    across = np.cross(ends[:, 1] - ends[:, 0], ends[:, 2] - ends[:, 0])
    count = np.ceil(np.abs(across[:, 2]) / 2 * _DENSITY).astype(np.int64)
    # At least one point each: all faces may be smaller than a pixel.
    owner = np.repeat(np.arange(len(ends)), np.maximum(count, 1))
    weights = _weights(len(owner))
    points = np.einsum("ij,ijk->ik", weights, ends[owner])
    column = np.clip(points[:, 0].astype(np.int64), 0, fine - 1)
    row = np.clip(points[:, 1].astype(np.int64), 0, fine - 1)
    pixel = row * fine + column
    order = np.argsort(points[:, 2], kind="stable")
    # Of several values for one pixel the last is kept, which is the nearest.
    chosen = np.full(fine * fine, -1)
    chosen[pixel[order]] = order
    pixels = np.flatnonzero(chosen >= 0)
    pixels = pixels[points[chosen[pixels], 2] > nearest[pixels]]
    winners = chosen[pixels]
    nearest[pixels] = points[winners, 2]
    faces = owner[winners]
    colors[pixels] = _painted(surface, faces, weights[winners]) * _lit(across[faces])


def _weights(count: int) -> Any:
    """Barycentric weights (count, 3) for evenly spread points (the plastic-number sequence, folded
    at the diagonal)."""
    steps = np.arange(1, count + 1)
    first, second = (steps / _PLASTIC) % 1.0, (steps / _PLASTIC**2) % 1.0
    beyond = first + second > 1.0
    first[beyond], second[beyond] = 1.0 - first[beyond], 1.0 - second[beyond]
    return np.stack((1.0 - first - second, first, second), axis=1)


def _painted(surface: Surface, faces: Any, weights: Any) -> Any:
    painted = np.zeros((len(faces), 3))
    slots = surface.materials[faces]
    for slot in np.unique(slots):
        own = slots == slot
        painted[own] = surface.paint(int(slot), surface.corners[faces[own]], weights[own])
    return painted


def _lit(across: Any) -> Any:
    """Brightness by the direction of a face; a face seen from behind counts as flipped."""
    length = np.linalg.norm(across, axis=1, keepdims=True)
    normals = across / np.maximum(length, 1e-12)
    normals = np.where(normals[:, 2:] < 0, -normals, normals)
    # The light goes around with the camera, so that each side is seen alike.
    toward = normals @ _LIT
    return (_DARKEST + (1 - _DARKEST) * np.clip(toward * 0.6 + 0.5, 0, 1))[:, None]


_LIT: Final = _axes(0.0) @ _LIGHT
"""Direction to the light, in the camera's axes."""


def _averaged(colors: Any, covered: Any, side: int) -> Any:
    """Average each block of subpixels. A block that is nearly full counts as full, because points
    may miss a subpixel."""
    shape = (side, _FINE, side, _FINE)
    share = covered.reshape(shape).sum(axis=(1, 3))
    total = (colors * covered[:, None]).reshape(*shape, 3).sum(axis=(1, 3))
    picture = np.zeros((side, side, 4))
    picture[:, :, :3] = total / np.maximum(share, 1)[:, :, None]
    picture[:, :, 3] = np.minimum(share / (_FINE * _FINE - 1), 1.0)
    return picture
