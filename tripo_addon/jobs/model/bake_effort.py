"""What a bake takes: told before it is paid for, and the measure of how long a child may take.

Pure. Measured with four maps on two cores that others used as well: 2,048 pixels took 26 s and
1.5 GB, one object or sixty, 4,096 pixels 4.9 GB; 1.8 million faces at 256 pixels took 160 s.
"""

from __future__ import annotations

from typing import Final

from ...api.record import record
from ..messages import rows

LARGEST_SIDE: Final = 4096
"""Pixels of a side that no bake exceeds."""
USUAL_SIDE: Final = 2048
"""Pixels of a side that services mostly deliver."""
_START_SECONDS: Final = 2.0
_SECONDS_A_TEXEL: Final = 6e-6
_SECONDS_A_FACE: Final = 9e-5
_SECONDS_AN_OBJECT: Final = 0.2
_START_BYTES: Final = 300_000_000
_BYTES_A_TEXEL: Final = 270
_PATIENCE: Final = 10.0
"""How much slower than measured a machine may be."""


@record
class Bake:
    """The work of a bake: objects, their faces and the result's, pixels of a side."""

    objects: int
    faces: int
    side: int

    @property
    def seconds(self) -> float:
        """How long it takes, about."""
        return (
            _START_SECONDS
            + _SECONDS_A_TEXEL * self.side**2
            + _SECONDS_A_FACE * self.faces
            + _SECONDS_AN_OBJECT * self.objects
        )

    @property
    def allowed_seconds(self) -> float:
        """How long it may take before it counts as hanging."""
        return _PATIENCE * self.seconds

    @property
    def memory(self) -> int:
        """Bytes that it takes, about."""
        return _START_BYTES + _BYTES_A_TEXEL * self.side**2

    @property
    def message(self) -> str:
        """What it takes, as a sentence that can be read before it is paid for."""
        return rows.bake_effort(self.objects, self.seconds, self.memory, self.side)
