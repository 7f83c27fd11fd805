"""Names the main colors of an image; for a second Blender."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from . import fit_picture, messages
from .color_names import COLORS

_SIDE: Final = 64
"""The longest side in pixels of the copy that is looked at: enough for its colors."""
_LEAST_SHARE: Final = 0.03
_OPAQUE: Final = 0.5
_TO_XYZ: Final = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE: Final = (0.95047, 1.0, 1.08883)


def work(order: dict[str, Any]) -> dict[str, object]:
    """Return {"ok": true, "colors"}: the names of the image's main colors, the most frequent
    first, or {"ok": false, "sentence"}.

    The order: source and folder (paths), most (how many colors). Transparent pixels do not count.
    Differences are those of CIELAB, which is how much colors differ to the eye.
    """
    import numpy as np

    image = fit_picture.load(Path(order["source"]), Path(order["folder"]))
    if image is None or not all(image.size):
        return {"ok": False, "sentence": messages.NOT_A_PICTURE}
    width, height = image.size
    factor = _SIDE / max(width, height)
    if factor < 1.0:
        image.scale(max(1, round(width * factor)), max(1, round(height * factor)))
    held: Any = image.pixels
    pixels = np.empty(len(held), dtype=np.float32)
    held.foreach_get(pixels)
    rows = pixels.reshape(-1, 4)
    seen = np.clip(rows[rows[:, 3] >= _OPAQUE, :3], 0.0, 1.0)
    if not len(seen):
        return {"ok": False, "sentence": messages.NOT_A_PICTURE}
    values = np.array([[value >> shift & 255 for shift in (16, 8, 0)] for value in COLORS.values()])
    known = _lab(values / 255.0)
    # A float image holds light, a byte image what the screen gets.
    own = _lab(seen, linear=image.is_float)
    nearest = ((own[:, None] - known[None]) ** 2).sum(axis=2).argmin(axis=1)
    counts = np.bincount(nearest, minlength=len(COLORS))
    names = tuple(COLORS)
    order_of_names = np.argsort(-counts, kind="stable")[: int(order["most"])]
    colors = [names[n] for n in order_of_names if counts[n] >= _LEAST_SHARE * len(seen)]
    return {"ok": True, "colors": colors or [names[int(order_of_names[0])]]}


def _lab(colors: Any, *, linear: bool = False) -> Any:
    """Return colors, one per row, in CIELAB for the white point D65."""
    import numpy as np

    light = colors
    if not linear:
        light = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    xyz = light @ np.array(_TO_XYZ).T / np.array(_WHITE)
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (xyz * 24389 / 27 + 16) / 116)
    x, y, z = root.T
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=1)
