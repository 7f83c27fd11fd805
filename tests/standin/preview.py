"""Draws the preview picture of a model with numpy, from its own triangles and texture.

A simple software drawing of the delivered mesh itself; no renderer, no bpy.
"""

from math import cos, radians, sin
from pathlib import Path

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
    weights = dice.dirichlet((1, 1, 1), len(dots))[:, :, None]
    points = (corners[dots] * weights).sum(axis=1) - middle
    colors = _colors((places[dots] * weights).sum(axis=1), base) * shades[dots, None]

    order = np.argsort(points @ AHEAD)
    columns = (points @ RIGHTWARD * scale + SIZE / 2).astype(int)[order]
    rows = (SIZE / 2 - points @ UPWARD * scale).astype(int)[order]
    sheet = np.full((SIZE, SIZE, 3), 255, dtype=np.uint8)
    sheet[rows.clip(0, SIZE - 1), columns.clip(0, SIZE - 1)] = colors[order].astype(np.uint8)
    Image.fromarray(sheet).save(target)
    return target


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
