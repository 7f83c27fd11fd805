"""Pictures as arrays of texels: gaps filled from the nearest surface, and margins around islands.

Numbers only.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from .kd_tree import tree_of

_MOST_SOURCES: Final = 300_000
_CELLS: Final = 1024
_ROUND: Final = ((0, 1), (1, 0), (0, -1), (-1, 0))
_UNKNOWN: Final = -1
_BEYOND: Final = -2


def source_texel(covered: Any, hit: Any, positions: Any, margin: int) -> Any:
    """For each texel that of which it takes its colour, or -1 where it is far from all.

    A covered texel that a bake did not hit takes that of the nearest place that was hit, by its
    position in space; `margin` texels beyond an island take that of its edge.
    """
    side = covered.shape[0]
    owner: Any = np.full((side + 2, side + 2), _BEYOND, dtype=np.int32)
    inner = np.where(covered, np.arange(side * side, dtype=np.int32).reshape(side, side), _UNKNOWN)
    missed = np.flatnonzero(covered & ~hit)
    if len(missed):
        inner.ravel()[missed] = _nearest(positions, np.flatnonzero(hit), missed)
    owner[1:-1, 1:-1] = inner
    _grow(owner, margin)
    return owner[1:-1, 1:-1]


def filled(picture: Any, owner: Any, rest: Any) -> Any:
    """A picture whose texels took their colours; where nobody is near, `rest`."""
    channels = picture.shape[-1]
    result = picture.reshape(-1, channels)[np.maximum(owner, 0).ravel()]
    result[owner.ravel() < 0] = rest
    return result.reshape(picture.shape)


def encoded(linear: Any) -> Any:
    """Light as sRGB numbers (IEC 61966-2-1)."""
    light = np.clip(linear, 0.0, 1.0)
    low = light <= 0.0031308
    return np.where(low, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)


def _nearest(positions: Any, hit: Any, missed: Any) -> Any:
    """Which of `hit` is nearest to each of `missed`; neighbours ask once."""
    sources = hit[:: max(1, len(hit) // _MOST_SOURCES)]
    tree = tree_of(positions[sources])
    cells = np.round(positions[missed] * _CELLS).astype(np.int32)
    asked, which = np.unique(cells, axis=0, return_inverse=True)
    found = [tree.find(position)[1] for position in (asked / _CELLS).tolist()]
    return sources[np.array(found, dtype=np.int64)][which.ravel()]


def _grow(owner: Any, steps: int) -> None:
    """Let unknown texels take the owner of a neighbour, ring after ring."""
    flat = owner.ravel()
    width = owner.shape[1]
    straight = [down * width + right for down, right in _ROUND]
    slanted = [down * width + right for down in (-1, 1) for right in (-1, 1)]
    front = np.flatnonzero(flat >= 0)
    for step in range(steps):
        taken = []
        # Every other ring goes round corners, too: so a margin is as wide in all directions.
        for shift in straight + slanted * (step % 2):
            beside = front + shift
            free = flat[beside] == _UNKNOWN
            flat[beside[free]] = flat[front[free]]
            taken.append(beside[free])
        front = np.concatenate(taken)
