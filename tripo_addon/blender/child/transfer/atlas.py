"""Packs the UVs of several objects into one texture.

Arrays only, no bpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

_STEPS: Final = 24
_LEAST: Final = 1e-12


@dataclass(frozen=True)
class Cell:
    """A rectangle of the texture: an object's UVs become `uvs * scale + shift`, a pair each."""

    scale: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)

    @property
    def is_whole(self) -> bool:
        """Whether the UVs stay unchanged."""
        return self == WHOLE

    def apply(self, uvs: Any) -> Any:
        """The UVs (n, 2) in the texture."""
        return (uvs * self.scale + self.shift).astype(np.float32)

    def rows_and_columns(self, low: Any, high: Any, side: int) -> tuple[slice, slice]:
        """The texels between two UV corners, in a texture of `side` texels."""
        first, last = (self.apply(np.array([each]))[0] * side for each in (low, high))
        left, bottom = np.maximum(np.floor(first).astype(int), 0)
        right, top = np.ceil(last).astype(int)
        return slice(bottom, top), slice(left, right)


WHOLE: Final = Cell()


def arrange(lows: Any, highs: Any, densities: Any, gap: float) -> list[Cell]:
    """A cell for each object, as large as possible in the unit square, without overlaps.

    `lows` and `highs` are the bounds of each object's UVs (n, 2); `densities` say how much length
    of the surface one UV unit covers, so that texels have the same size on all objects; `gap` is
    the margin around each, relative to the texture.
    """
    known = np.isfinite(densities) & (densities > _LEAST)
    usual = np.median(densities[known]) if known.any() else 1.0
    extents = np.maximum(highs - lows, _LEAST)
    sizes = extents * np.where(known, densities, usual)[:, None]
    # The square root of the total area is an upper bound.
    small, large = 0.0, 1.0 / np.sqrt(sizes.prod(axis=1).sum())
    places = _shelves(sizes * small, gap)
    for _ in range(_STEPS):
        middle = (small + large) / 2
        found = _shelves(sizes * middle, gap)
        if found is None:
            large = middle
        else:
            small, places = middle, found
    if places is None:  # not even the gaps fit: make them smaller
        return arrange(lows, highs, densities, gap / 2)
    return [
        _cell(low, extent, size * small, place)
        for low, extent, size, place in zip(lows, extents, sizes, places, strict=True)
    ]


def _cell(low: Any, extent: Any, size: Any, place: Any) -> Cell:
    scale = size / extent
    (across, up), (right, above) = scale.tolist(), (place - low * scale).tolist()
    return Cell((across, up), (right, above))


def _shelves(sizes: Any, gap: float) -> Any:
    """The corner of each rectangle, row by row, the highest first; None if they do not fit into the
    unit square."""
    places = np.empty_like(sizes)
    left, bottom, height = 0.0, 0.0, 0.0
    for number in np.argsort(-sizes[:, 1], kind="stable"):
        width, own = sizes[number] + 2 * gap
        if left + width > 1.0:
            left, bottom, height = 0.0, bottom + height, 0.0
        if width > 1.0 or bottom + own > 1.0:
            return None
        places[number] = left + gap, bottom + gap
        left, height = left + width, max(height, own)
    return places
