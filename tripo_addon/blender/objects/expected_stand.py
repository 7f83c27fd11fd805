"""The box that a model is expected to stand in before it has come.

Pure geometry; knows nothing of the scene.
"""

from __future__ import annotations

import math
from typing import Any, Final

from ...jobs.model.job import Origin, Placement, Stand

USUAL_METRES: Final = 1.0
"""The longest side of what Tripo delivers, as far as one can say; its other sides nobody knows."""


def expected_stand(placement: Placement) -> Stand:
    """Where the artist has put the model's box, else where it will stand by itself."""
    if placement.stand is not None:
        return placement.stand
    sides = expected_sides(placement)
    x, y, z = placement.location
    if _counts_from_center(placement):
        z -= sides[2] / 2
    return Stand(foot=(x, y, z), sides=sides)


def expected_sides(placement: Placement) -> tuple[float, float, float]:
    """The sides of the box, in units of the scene: those that the model is to fill or is likely to
    have, else a cube of its height, else one as big as what Tripo delivers."""
    known = placement.box or placement.expected
    if known is not None:
        return known
    height = placement.finish.height
    side = (USUAL_METRES if height is None else height) / placement.metres_per_unit
    return (side, side, side)


def bounds_of_stand(stand: Stand) -> Any:
    """The box (2, 3) along the world's axes around one that may be turned."""
    import numpy as np

    wide, deep, high = stand.sides
    cosine, sine = abs(math.cos(stand.turn)), abs(math.sin(stand.turn))
    across, along = (wide * cosine + deep * sine) / 2, (wide * sine + deep * cosine) / 2
    x, y, z = stand.foot
    return np.array([[x - across, y - along, z], [x + across, y + along, z + high]])


def _counts_from_center(placement: Placement) -> bool:
    """Whether the model's own origin comes to the location; Tripo's is the center of the model."""
    free = placement.target is None and placement.box is None
    return free and placement.finish.origin is Origin.DELIVERED
