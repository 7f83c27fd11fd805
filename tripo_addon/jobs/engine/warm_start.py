"""Decides when a warm child Blender is kept: from when a task is nearly done until no model has
needed one for a while.

Main thread only. The child is started and ended on the lane of conversions, in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ..model.dispatch import LANES, needs_child_soon
from ..model.job import State
from ..work.warm_child import WarmChild

if TYPE_CHECKING:
    from ..model.clock import Clock
    from ..model.job import Job
    from ..work.converter import Converter
    from .workers import Workers

IDLE_SECONDS: Final = 60.0
"""Seconds that a child is kept after the last model that needed it."""
_RENEWAL_SECONDS: Final = 10.0
"""Seconds between checks that a child is ready while a task is nearly done: it may have been
replaced or killed."""
_LANE: Final = LANES[State.CONVERTING]


class WarmStart:
    """Keeps a child while a model will soon need it."""

    def __init__(self, workers: Workers, clock: Clock) -> None:
        self.child = WarmChild()
        self._workers = workers
        self._clock = clock
        self._idle_at = self._renew_at = -1.0

    @property
    def due(self) -> float:
        """When the child is ended, if nothing needs it before."""
        return self._idle_at if self._idle_at > 0 else float("inf")

    def look(self, jobs: Iterable[Job], converter: Converter | None) -> None:
        """Start or end a child, depending on these jobs."""
        now = self._clock.now()
        able = converter is not None and converter.takes_orders
        if converter is not None and able and any(needs_child_soon(job, now) for job in jobs):
            self._idle_at = now + IDLE_SECONDS
            if now >= self._renew_at:
                self._renew_at = now + _RENEWAL_SECONDS
                self._workers.start(_LANE, lambda: self.child.prepare(converter))
        elif now >= self.due:
            self.end()

    def end(self) -> None:
        """End the child after the conversions that are queued."""
        if self._idle_at > 0:
            self._idle_at = self._renew_at = -1.0
            self._workers.start(_LANE, self.child.end)
