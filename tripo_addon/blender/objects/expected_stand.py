"""The box in which a model is expected, before it arrives.

Pure geometry; reads no scene.
"""

from __future__ import annotations

import math
from typing import Any, Final

from ...jobs.model.job import Placement, Stand
from ...jobs.model.landings import Origin

USUAL_METERS: Final = 1.0
"""The longest side of Tripo's models, as far as known; their other sides are unknown."""


def expected_stand(placement: Placement) -> Stand:
    """Return the box that the artist has placed, else the one where the model will be placed."""
    if placement.stand is not None:
        return placement.stand
    sides = expected_sides(placement)
    x, y, z = placement.location
    if _counts_from_center(placement):
        z -= sides[2] / 2
    return Stand(foot=(x, y, z), sides=sides)


def expected_sides(placement: Placement) -> tuple[float, float, float]:
    """The sides of the box in scene units: those that the model will fill or probably have, else a
    cube of its height, else one of Tripo's usual size."""
    known = placement.box or placement.expected
    if known is not None:
        return known
    height = placement.finish.height
    side = (USUAL_METERS if height is None else height) / placement.meters_per_unit
    return (side, side, side)


def bounds_of_stand(stand: Stand) -> Any:
    """The axis-aligned box (2, 3) around one that may be rotated."""
    import numpy as np

    wide, deep, high = stand.sides
    cosine, sine = abs(math.cos(stand.turn)), abs(math.sin(stand.turn))
    across, along = (wide * cosine + deep * sine) / 2, (wide * sine + deep * cosine) / 2
    x, y, z = stand.foot
    return np.array([[x - across, y - along, z], [x + across, y + along, z + high]])


def _counts_from_center(placement: Placement) -> bool:
    """Whether the model's origin is put at the location; Tripo's models have it in their center."""
    free = placement.target is None and placement.box is None
    return free and placement.finish.origin is Origin.DELIVERED
