"""Estimates the time and memory of a bake, for a message before payment and for the child's
timeout.

Pure. Measured with four maps on two shared cores: 2,048 pixels took 26 s and 1.5 GB, for one object
or sixty; 4,096 pixels took 4.9 GB; 1.8 million faces at 256 pixels took 160 s.
"""

from __future__ import annotations

from typing import Final

from ...api.record import record
from ..messages import rows

LARGEST_SIDE: Final = 4096
"""The largest side of a baked texture, in pixels."""
USUAL_SIDE: Final = 2048
"""The side of most textures that services deliver, in pixels."""
_START_SECONDS: Final = 2.0
_SECONDS_A_TEXEL: Final = 6e-6
_SECONDS_A_FACE: Final = 9e-5
_SECONDS_AN_OBJECT: Final = 0.2
_START_BYTES: Final = 300_000_000
_BYTES_A_TEXEL: Final = 270
_PATIENCE: Final = 10.0
"""How many times slower than the measured machine a machine may be."""


@record
class Bake:
    """The work of a bake: the number of objects, the faces of both shapes, and the side in
    pixels."""

    objects: int
    faces: int
    side: int

    @property
    def seconds(self) -> float:
        """Estimated seconds."""
        return (
            _START_SECONDS
            + _SECONDS_A_TEXEL * self.side**2
            + _SECONDS_A_FACE * self.faces
            + _SECONDS_AN_OBJECT * self.objects
        )

    @property
    def allowed_seconds(self) -> float:
        """Seconds after which it counts as hanging."""
        return _PATIENCE * self.seconds

    @property
    def memory(self) -> int:
        """Estimated bytes of memory."""
        return _START_BYTES + _BYTES_A_TEXEL * self.side**2

    @property
    def message(self) -> str:
        """Return a sentence for the artist with time and memory, shown before payment."""
        return rows.bake_effort(self.objects, self.seconds, self.memory, self.side)
