"""The one function that Blender's timer knows. Everybody may arm it; `pump` says what a turn does.

Main thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Callable

_TURNS: Final[list[Callable[[], float | None]]] = []


def arm(*, after: float = 0.0) -> None:
    """Run a turn in `after` seconds unless one is due anyway. Background mode has no timers."""
    if not bpy.app.background and not bpy.app.timers.is_registered(turn):
        bpy.app.timers.register(turn, first_interval=after, persistent=True)


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
