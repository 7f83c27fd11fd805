"""Draws the preview picture of a model with numpy, from its own triangles and texture.

A simple software drawing of the delivered mesh itself; no renderer, no bpy.
"""

from math import cos, radians, sin
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE = 384
DOTS_PER_PIXEL = 12
AROUND, ABOVE = radians(25), radians(15)
AHEAD = np.array([cos(ABOVE) * cos(AROUND), cos(ABOVE) * sin(AROUND), sin(ABOVE)])
RIGHTWARD = np.array([-sin(AROUND), cos(AROUND), 0.0])
UPWARD = np.cross(AHEAD, RIGHTWARD)
LIGHT = np.array([0.75, 0.35, 0.56])
PLAIN = (200, 200, 200)

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]


def draw(soup: Path, base: Path | None, target: Path) -> Path:
    """Draw the triangles in `soup` (.npz of the forge), seen from the front and a little to the
    side.

    Each triangle is filled with dots in its texture's colors; the nearest dots are seen.
    """
    with np.load(soup) as stored:
        corners = stored["corners"].astype(float)
        places = stored["places"].astype(float)
    dice = np.random.default_rng(0)
    spans = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(spans, axis=1, keepdims=True) + 1e-12
    shades = 0.35 + 0.65 * np.clip(spans / lengths @ LIGHT, 0, 1)
    middle, scale = _frame(corners)

    share = scale**2 * DOTS_PER_PIXEL / 2 * np.clip(spans @ AHEAD, 0, None)
    dots = np.repeat(np.arange(len(corners)), np.ceil(share).astype(int))
    along, across = dice.random((2, len(dots)), dtype=np.float32)
    # A triangle is half of a parallelogram: the other half is mirrored into it.
    beyond = along + across > 1
    along[beyond], across[beyond] = 1 - along[beyond], 1 - across[beyond]

    axes = np.stack((RIGHTWARD * scale, -UPWARD * scale, AHEAD), axis=1)
    turned = ((corners - middle) @ axes).astype(np.float32)
    columns, rows, depths = _between(turned, dots, along, across).T
    column, row = ((each + SIZE / 2).astype(int).clip(0, SIZE - 1) for each in (columns, rows))
    order = np.argsort(depths)
    nearest = np.full(SIZE * SIZE, -1)
    nearest[(row * SIZE + column)[order]] = order
    seen = nearest[nearest >= 0]
    colors = _colors(_between(places, dots[seen], along[seen], across[seen]), base)
    sheet = np.full((SIZE * SIZE, 3), 255, dtype=np.uint8)
    sheet[nearest >= 0] = colors * shades[dots[seen], None]
    Image.fromarray(sheet.reshape(SIZE, SIZE, 3)).save(target)
    return target


def _between(
    corners: NDArray[Any], dots: NDArray[np.int_], along: Floats32, across: Floats32
) -> NDArray[Any]:
    """Return a point for each dot, between the corners of its triangle."""
    first, second, third = corners[:, 0], corners[:, 1], corners[:, 2]
    points = first[dots]
    points += (second - first)[dots] * along[:, None]
    points += (third - first)[dots] * across[:, None]
    return points


def _frame(corners: Floats) -> tuple[Floats, float]:
    """Return the center of the visible model, and the pixels per unit that fill nine tenths of the
    picture."""
    points = corners.reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    around = points - (low + high) / 2
    reach = max(np.ptp(around @ RIGHTWARD), np.ptp(around @ UPWARD), 1e-9)
    return (low + high) / 2, 0.9 * SIZE / float(reach)


def _colors(places: Floats, base: Path | None) -> Floats:
    if base is None:
        return np.broadcast_to(np.array(PLAIN, dtype=float), (len(places), 3))
    with Image.open(base) as picture:
        texture = np.asarray(picture.convert("RGB"), dtype=float)
    high, wide = texture.shape[:2]
    where = places.clip(0, 1)
    rows = ((1 - where[:, 1]) * (high - 1)).astype(int)
    columns = (where[:, 0] * (wide - 1)).astype(int)
    return texture[rows, columns]
