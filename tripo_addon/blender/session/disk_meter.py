"""Measures the disk use of the jobs' files, in a worker, while the preferences show it.

Main thread only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import bpy

from . import composition, redraw

if TYPE_CHECKING:
    from ...jobs.engine.workers import Pending
    from ...jobs.work.disk_use import DiskUse

_MEASURE_AGAIN_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.1
_LANE: Final = "look"


class DiskMeter:
    """The last measurement, and the one that is running."""

    def __init__(self) -> None:
        self._known: DiskUse | None = None
        self._pending: Pending[DiskUse] | None = None
        self._measured = 0.0

    def use(self) -> DiskUse | None:
        """Return the last measurement, or None. For draw(): reads nothing from disk, but starts a
        measurement soon."""
        due = self._known is None or time.monotonic() - self._measured > _MEASURE_AGAIN_SECONDS
        if due and self._pending is None and composition.WIRING.engine is not None:
            self._begin(purge=False)
        return self._known

    def purge(self) -> None:
        """Delete the prepared copies in a worker, and measure again."""
        self._known = None
        self._begin(purge=True)

    def forget(self) -> None:
        """Forget all measurements."""
        self._known, self._pending = None, None

    def turn(self) -> float | None:
        """Collect a finished measurement (bpy.app.timers)."""
        found = self._pending.value() if self._pending is not None else None
        if found is None:
            return _LOOK_SECONDS if self._pending is not None else None
        self._known, self._pending, self._measured = found, None, time.monotonic()
        redraw.panels()
        return None

    def _begin(self, *, purge: bool) -> None:
        from ...jobs.work import disk_use

        jobs = composition.jobs()

        def work() -> DiskUse:
            if purge:
                disk_use.purge_prepared(jobs)
            return disk_use.measure(jobs)

        self._pending = composition.workers().ask(_LANE, partial(_measured, work))
        if not bpy.app.timers.is_registered(_turn):
            bpy.app.timers.register(_turn, first_interval=_LOOK_SECONDS, persistent=True)


def _measured(work: Callable[[], DiskUse]) -> DiskUse:
    """Measure in a worker, where work must not raise."""
    from ...jobs.work.disk_use import DiskUse

    try:
        return work()
    except OSError:
        return DiskUse()


METER: Final = DiskMeter()


def _turn() -> float | None:
    return METER.turn()


def unregister() -> None:
    """Stop the timer."""
    METER.forget()
    if bpy.app.timers.is_registered(_turn):
        bpy.app.timers.unregister(_turn)
