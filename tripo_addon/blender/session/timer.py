"""The timer of the job loop in bpy.app.timers. Any module may arm it; `loop` sets the function.

Main thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Callable

_TURNS: Final[list[Callable[[], float | None]]] = []


def arm() -> None:
    """Run a turn as soon as possible. Do not call it during a turn, whose return value sets the
    time of the next. Does nothing in background mode, which has no timers."""
    if bpy.app.background:
        return
    if bpy.app.timers.is_registered(turn):
        bpy.app.timers.unregister(turn)
    bpy.app.timers.register(turn, persistent=True)


def turn() -> float | None:
    """Run one turn of the loop. Returns seconds until the next, or None to stop
    (bpy.app.timers)."""
    return _TURNS[-1]() if _TURNS else None


def drive(loop: Callable[[], float | None]) -> None:
    """Set the function that every turn runs."""
    _TURNS[:] = [loop]


def stop() -> None:
    """Unregister the timer and forget the function."""
    _TURNS.clear()
    if bpy.app.timers.is_registered(turn):
        bpy.app.timers.unregister(turn)
