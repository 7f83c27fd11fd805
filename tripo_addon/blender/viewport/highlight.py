"""Draws a fading box around a model that has just arrived, in every viewport of its scene.

Stores nothing in the file. Viewports are redrawn for it only while it fades; it is hidden with the
overlays. Main thread only; does nothing in background mode.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix, Vector

from ...api.record import mutable_record
from ..session import redraw
from . import marks

if TYPE_CHECKING:
    from .marks import Drawing

FADE_SECONDS: Final = 2.0
# Fading starts when the box is first drawn, because a big model takes a moment to appear.
_WAIT_SECONDS: Final = 10.0
_FRAME_SECONDS: Final = 1 / 30
_LINE_PIXELS: Final = 2.5


@mutable_record
class _Box:
    """A highlighted box: the unit cube in its `world` matrix. Times are from `time.monotonic`."""

    scene: int
    world: Matrix
    made: float
    drawn: float | None = None
    drawing: Drawing | None = None

    def strength(self, now: float) -> float:
        """Return the box's opacity, from 1 to 0."""
        if self.drawn is None:
            return 1.0 if now - self.made < _WAIT_SECONDS else 0.0
        return max(0.0, 1.0 - (now - self.drawn) / FADE_SECONDS)


_BOXES: Final[list[_Box]] = []
_HANDLES: Final[list[Any]] = []


def show(scene: bpy.types.Scene, bounds: Any | None) -> None:
    """Highlight world-space bounds in a scene, a (2, 3) array of the minimum and maximum corner.
    Does nothing for None, and in background mode."""
    if bounds is None or bpy.app.background:
        return
    _BOXES.append(_Box(scene.session_uid, _world(bounds), time.monotonic()))
    if not _HANDLES:
        _HANDLES.append(bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW"))
        bpy.app.timers.register(_fade, persistent=True)
    redraw.viewports()


def showing() -> int:
    """Return the number of boxes that have not faded yet."""
    return len(_BOXES)


def _world(bounds: Any) -> Matrix:
    low, high = (Vector([float(at) for at in corner]) for corner in bounds)
    return Matrix.Translation((low + high) / 2) @ Matrix.Diagonal((*(high - low), 1.0))


def _draw() -> None:
    context, now = bpy.context, time.monotonic()
    if not context.space_data.overlay.show_overlays:
        return
    color = marks.theme_color()
    for box in _BOXES:
        if box.scene == context.scene.session_uid:
            box.drawn = now if box.drawn is None else box.drawn
            box.drawing = box.drawing or _drawing(box)
            box.drawing.draw(color, strength=box.strength(now), through=True)


def _drawing(box: _Box) -> Drawing:
    made = marks.Marks()
    made.edges(box.world, _LINE_PIXELS * bpy.context.preferences.system.ui_scale)
    return made.drawing()


def _fade() -> float | None:
    """Redraw while a box fades, then remove the draw handler and stop (bpy.app.timers)."""
    now = time.monotonic()
    _BOXES[:] = [box for box in _BOXES if box.strength(now) > 0.0]
    redraw.viewports()
    if _BOXES:
        return _FRAME_SECONDS
    _remove_handler()
    return None


def _remove_handler() -> None:
    while _HANDLES:
        bpy.types.SpaceView3D.draw_handler_remove(_HANDLES.pop(), "WINDOW")


def register() -> None:
    """Do nothing: the handler is added with the first box."""


def unregister() -> None:
    """Remove the draw handler and the timer."""
    _BOXES.clear()
    _remove_handler()
    if bpy.app.timers.is_registered(_fade):
        bpy.app.timers.unregister(_fade)
