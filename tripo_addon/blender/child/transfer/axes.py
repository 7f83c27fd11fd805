"""The frame of an object, in which its result is made: upright along its own axes, unscaled.

numpy matrices of double precision, because Blender's lose small objects that are far away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import messages
from ..unreadable import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

_FLAT = 1e-6
_TIE = 1e-4


def matrix_of(numbers: Sequence[float]) -> Any:
    """Sixteen numbers, row by row, as a matrix (4, 4)."""
    return np.array(numbers, dtype=np.float64).reshape(4, 4)


def frame_of(matrix: Any) -> Any:
    """Location and rotation of a world matrix; scale, mirroring and shear stay with the shape.

    A mirrored matrix is a rotation in several ways: the smallest rotation is chosen, because the
    artist sees that as upright. Raises Unreadable if an axis has no length.
    """
    columns = matrix[:3, :3]
    lengths = np.linalg.norm(columns, axis=0)
    if not np.all(np.isfinite(matrix)):
        raise Unreadable(messages.OBJECT_NOWHERE)
    if lengths.min() <= _FLAT * lengths.max():
        raise _flat()
    axes = columns / lengths
    if abs(np.linalg.det(axes)) < _FLAT:
        raise _flat()
    frame = np.eye(4)
    frame[:3, :3], frame[:3, 3] = _rotation(axes), matrix[:3, 3]
    return frame


def _rotation(axes: Any) -> Any:
    up = axes[:, 2]
    ahead = axes[:, 1] - up * (up @ axes[:, 1])
    ahead /= np.linalg.norm(ahead)
    aside = np.cross(ahead, up)
    rotation = np.column_stack((aside, ahead, up))
    if aside @ axes[:, 0] > 0:
        return rotation
    mirrored = rotation * (-1, 1, 1)
    choices = [mirrored * signs for signs in ((-1, 1, 1), (1, -1, 1), (1, 1, -1), (-1, -1, -1))]
    best = choices[0]
    for choice in choices[1:]:
        if np.trace(choice) > np.trace(best) + _TIE:
            best = choice
    return best


def _flat() -> Unreadable:
    return Unreadable(messages.OBJECT_FLAT)


def unit_of(low: Any, high: Any) -> Any:
    """The matrix that centers these bounds and scales their longest side to one."""
    matrix = np.eye(4) / (np.max(high - low) or 1.0)
    matrix[:3, 3] = -(low + high) / 2 * matrix[0, 0]
    matrix[3, 3] = 1.0
    return matrix


def apply(matrix: Any, points: Any) -> Any:
    """Points (n, 3), transformed by the matrix."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]
