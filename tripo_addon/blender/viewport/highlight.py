"""Draws a fading box around a model that has just arrived, in every viewport of its scene.

Stores nothing in the file. Viewports are redrawn for it only while it fades; it is hidden with the
overlays. Main thread only; does nothing in background mode.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import Any, Final

import bpy

from ...api.record import mutable_record
from ..session import redraw

FADE_SECONDS: Final = 2.0
# Fading starts when the box is first drawn, because a big model takes a moment to appear.
_WAIT_SECONDS: Final = 10.0
_FRAME_SECONDS: Final = 1 / 30
_LINE_PIXELS: Final = 2.5
_EDGES: Final = tuple(
    (one, other)
    for one, other in itertools.combinations(range(8), 2)
    if (one ^ other).bit_count() == 1
)
"""The twelve edges between corners that differ in one of their three bits."""


@mutable_record
class _Box:
    """A highlighted box. `corners` are the ends of its edges in world space; times are from
    `time.monotonic`."""

    scene: int
    corners: Sequence[Sequence[float]]
    made: float
    drawn: float | None = None

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
    _BOXES.append(_Box(scene.session_uid, _ends(bounds), time.monotonic()))
    if not _HANDLES:
        _HANDLES.append(bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW"))
        bpy.app.timers.register(_fade, persistent=True)
    redraw.viewports()


def showing() -> int:
    """Return the number of boxes that have not faded yet."""
    return len(_BOXES)


def _ends(bounds: Any) -> Sequence[Sequence[float]]:
    corners = [
        [float(bounds[number >> axis & 1][axis]) for axis in range(3)] for number in range(8)
    ]
    return [corners[end] for edge in _EDGES for end in edge]


def _draw() -> None:
    context, now = bpy.context, time.monotonic()
    if not context.space_data.overlay.show_overlays:
        return
    shown = [box for box in _BOXES if box.scene == context.scene.session_uid]
    for box in shown:
        box.drawn = now if box.drawn is None else box.drawn
        _draw_box(box, box.strength(now))


def _draw_box(box: _Box, strength: float) -> None:
    import gpu
    from gpu_extras.batch import batch_for_shader

    color = bpy.context.preferences.themes[0].view_3d.object_active
    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    batch = batch_for_shader(shader, "LINES", {"pos": box.corners})
    gpu.state.blend_set("ALPHA")
    shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
    shader.uniform_float("lineWidth", _LINE_PIXELS * bpy.context.preferences.system.ui_scale)
    shader.uniform_float("color", (*color[:3], strength))
    batch.draw(shader)
    gpu.state.blend_set("NONE")


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
