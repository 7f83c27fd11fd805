"""The one function that Blender's timer knows. Everybody may arm it; `pump` says what a turn does.

Main thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Callable

_TURNS: Final[list[Callable[[], float | None]]] = []


def arm() -> None:
    """Run a turn at once, however long the timer was to sleep. Not to be called within a turn,
    which says by what it returns when the next is due. Background mode has no timers."""
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
    """Let `loop` be what every turn runs."""
    _TURNS[:] = [loop]


def stop() -> None:
    """Forget the loop and leave no timer behind."""
    _TURNS.clear()
    if bpy.app.timers.is_registered(turn):
        bpy.app.timers.unregister(turn)
