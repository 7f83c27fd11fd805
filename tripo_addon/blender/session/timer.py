"""The one function that is registered with bpy.app.timers. Anybody may arm it; `loop` defines a
turn.

Main thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Callable

_TURNS: Final[list[Callable[[], float | None]]] = []


def arm() -> None:
    """Run a turn as soon as possible. Not to be called during a turn, whose return value says when
    the next one is due. Does nothing in background mode, which has no timers."""
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
