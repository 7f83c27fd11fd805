"""One picture for several objects: where in it each of them has its UVs.

Numbers only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

_STEPS: Final = 24
_LEAST: Final = 1e-12


@dataclass(frozen=True)
class Cell:
    """A rectangle of the picture: UVs of an object become `uvs * scale + shift`, a pair each."""

    scale: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)

    @property
    def is_whole(self) -> bool:
        """Whether the UVs stay as they are."""
        return self == WHOLE

    def apply(self, uvs: Any) -> Any:
        """The UVs, a row for each corner, in the picture."""
        return (uvs * self.scale + self.shift).astype(np.float32)

    def rows_and_columns(self, low: Any, high: Any, side: int) -> tuple[slice, slice]:
        """The texels of UVs between two corners, in a picture of `side` texels."""
        first, last = (self.apply(np.array([each]))[0] * side for each in (low, high))
        left, bottom = np.maximum(np.floor(first).astype(int), 0)
        right, top = np.ceil(last).astype(int)
        return slice(bottom, top), slice(left, right)


WHOLE: Final = Cell()


def arrange(lows: Any, highs: Any, densities: Any, gap: float) -> list[Cell]:
    """A cell for each object, as large as the unit square has room for, without overlaps.

    `lows` and `highs` are the corners of each object's UVs, a row each; `densities` how much of the
    surface's length a unit of them covers, so that texels are equally large on all objects; `gap`
    is what stays free around each, as a share of the picture.
    """
    known = np.isfinite(densities) & (densities > _LEAST)
    usual = np.median(densities[known]) if known.any() else 1.0
    extents = np.maximum(highs - lows, _LEAST)
    sizes = extents * np.where(known, densities, usual)[:, None]
    # A square of all areas is more than any arrangement can use.
    small, large = 0.0, 1.0 / np.sqrt(sizes.prod(axis=1).sum())
    places = _shelves(sizes * small, gap)
    for _ in range(_STEPS):
        middle = (small + large) / 2
        found = _shelves(sizes * middle, gap)
        if found is None:
            large = middle
        else:
            small, places = middle, found
    if places is None:  # not even the gaps find room: they are given up
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
    """Where each rectangle begins, row upon row, the highest first; None where the unit square has
    no room for them."""
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
