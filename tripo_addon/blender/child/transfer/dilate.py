"""Textures as arrays: fills gaps from the nearest surface, and adds margins around islands.

Arrays only, no bpy.
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
    """For each texel, the index of the texel whose color it takes, or -1 if none is near.

    A covered texel that the bake missed takes the color of the hit texel that is nearest in space;
    `margin` texels around an island take that of its edge.
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
    """The texture with each texel's color taken from its source; `rest` where there is none."""
    channels = picture.shape[-1]
    result = picture.reshape(-1, channels)[np.maximum(owner, 0).ravel()]
    result[owner.ravel() < 0] = rest
    return result.reshape(picture.shape)


def encoded(linear: Any) -> Any:
    """Linear light as sRGB values (IEC 61966-2-1)."""
    light = np.clip(linear, 0.0, 1.0)
    low = light <= 0.0031308
    return np.where(low, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)


def _nearest(positions: Any, hit: Any, missed: Any) -> Any:
    """The index in `hit` of the nearest to each of `missed`; neighbors share a search."""
    sources = hit[:: max(1, len(hit) // _MOST_SOURCES)]
    tree = tree_of(positions[sources])
    cells = np.round(positions[missed] * _CELLS).astype(np.int32)
    searched, which = np.unique(cells, axis=0, return_inverse=True)
    found = [tree.find(position)[1] for position in (searched / _CELLS).tolist()]
    return sources[np.array(found, dtype=np.int64)][which.ravel()]


def _grow(owner: Any, steps: int) -> None:
    """Let unknown texels take the source of a neighbor, ring by ring."""
    flat = owner.ravel()
    width = owner.shape[1]
    straight = [down * width + right for down, right in _ROUND]
    slanted = [down * width + right for down in (-1, 1) for right in (-1, 1)]
    front = np.flatnonzero(flat >= 0)
    for step in range(steps):
        taken = []
        # Every other ring includes diagonal neighbors, for a margin that is evenly wide.
        for shift in straight + slanted * (step % 2):
            beside = front + shift
            free = flat[beside] == _UNKNOWN
            flat[beside[free]] = flat[front[free]]
            taken.append(beside[free])
        front = np.concatenate(taken)
