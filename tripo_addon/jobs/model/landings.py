"""How the result of a job is added to the scene."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Landing(Enum):
    """How a result is applied: as a new object (beside its target, if any), in place of the target,
    as materials on the target's own mesh, or only as downloaded files."""

    NEW = "new"
    REPLACE = "replace"
    KEEP = "keep"
    DOWNLOAD = "download"

    # Each is the only one of its kind; Enum's own hash is Python code, and slow.
    __hash__ = object.__hash__


class Origin(Enum):
    """A model's origin: as delivered, or at the center of its bottom."""

    DELIVERED = "delivered"
    BOTTOM = "bottom"


UNSTRETCHED: Final = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
"""The stretch of a target whose axes are those of its shape."""
