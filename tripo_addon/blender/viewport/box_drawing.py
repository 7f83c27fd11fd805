"""Draws the boxes of expected models, with their names, in every viewport of their scene.

Stores nothing in the file and is hidden with the overlays. Batches are built once per change; a
redraw draws three. Main thread only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Vector

from ...api.record import record
from ..session import redraw
from . import box_moves, waiting_boxes

if TYPE_CHECKING:
    from .label_sheet import LabelSheet
    from .waiting_boxes import WaitingBox

_LINE_PIXELS: Final = 1.5
_LINE_STRENGTH: Final = 0.9
_FILL_STRENGTH: Final = 0.12
_TEXT_POINTS: Final = 11
_TEXT_GAP: Final = 12
_LONGEST_TEXT: Final = 60
_FRONT: Final = 0.15
"""Length of the mark on the floor that points to the model's front, relative to the box."""
_CORNERS: Final = tuple((x, y) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)))
_HANDLES: Final[list[Any]] = []


@record
class _Drawn:
    """Batches for the boxes of a scene, built from `version` of them, and their names."""

    version: int
    lines: Any
    fill: Any
    names: Any
    sheet: LabelSheet


_DRAWN: Final[dict[int, _Drawn]] = {}


def update() -> None:
    """Redraw if the boxes have changed. Called on every turn of the loop; does nothing in
    background mode."""
    if bpy.app.background or not waiting_boxes.look():
        return
    _attach(wanted=bool(waiting_boxes.BOXES.shown))
    redraw.viewports()


def _attach(*, wanted: bool) -> None:
    if wanted and not _HANDLES:
        add = bpy.types.SpaceView3D.draw_handler_add
        _HANDLES.append(add(_draw_boxes, (), "WINDOW", "POST_VIEW"))
        _HANDLES.append(add(_draw_labels, (), "WINDOW", "POST_PIXEL"))
    while _HANDLES and not wanted:
        bpy.types.SpaceView3D.draw_handler_remove(_HANDLES.pop(), "WINDOW")
    if not wanted:
        _DRAWN.clear()


def _draw_boxes() -> None:
    import gpu

    drawn = _shown(bpy.context)
    if drawn is None:
        return
    preferences = bpy.context.preferences
    color = preferences.themes[0].view_3d.object_active[:3]
    scale = drawn.sheet.size / _TEXT_POINTS
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("LESS_EQUAL")
    fill = gpu.shader.from_builtin("UNIFORM_COLOR")
    fill.uniform_float("color", (*color, _FILL_STRENGTH))
    drawn.fill.draw(fill)
    lines = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    lines.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
    lines.uniform_float("lineWidth", _LINE_PIXELS * scale)
    lines.uniform_float("color", (*color, _LINE_STRENGTH))
    drawn.lines.draw(lines)
    gpu.state.depth_test_set("NONE")
    gpu.state.blend_set("NONE")


def _draw_labels() -> None:
    drawn, region = _shown(bpy.context), bpy.context.region
    if drawn is not None:
        view = bpy.context.region_data.perspective_matrix
        drawn.sheet.draw(drawn.names, view, (region.width, region.height))


def _shown(context: bpy.types.Context) -> _Drawn | None:
    """Return what to draw in this viewport, rebuilt after a change; None for nothing."""
    if not context.space_data.overlay.show_overlays:
        return None
    scene, size = context.scene.session_uid, _TEXT_POINTS * context.preferences.system.ui_scale
    drawn = _DRAWN.get(scene)
    if drawn is None or (drawn.version, drawn.sheet.size) != (waiting_boxes.BOXES.version, size):
        boxes = [box for box in waiting_boxes.BOXES.shown if box.scene == scene]
        if not boxes:
            return None
        drawn = _DRAWN[scene] = _made(boxes, size, drawn)
    return drawn


def _made(boxes: Sequence[WaitingBox], size: float, former: _Drawn | None) -> _Drawn:
    import gpu
    from gpu_extras.batch import batch_for_shader

    from .label_sheet import sheet_of

    edges = [point for box in boxes for point in _edges(box)]
    faces = [point for box in boxes for point in _fill(box)]
    texts = tuple(shorten(box.text, _LONGEST_TEXT, placeholder=" …") for box in boxes)
    tops = [(box_moves.matrix_of(box.stand) @ Vector((0.0, 0.0, 0.5)))[:] for box in boxes]
    sheet = former.sheet if former is not None else None
    # A box that is moved keeps its text.
    if sheet is None or (sheet.texts, sheet.size) != (texts, size):
        sheet = sheet_of(texts, size)
    lines = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    fill = gpu.shader.from_builtin("UNIFORM_COLOR")
    return _Drawn(
        waiting_boxes.BOXES.version,
        batch_for_shader(lines, "LINES", {"pos": edges}),
        batch_for_shader(fill, "TRIS", {"pos": faces}),
        sheet.placed(tops, _TEXT_GAP * size / _TEXT_POINTS),
        sheet,
    )


def _edges(box: WaitingBox) -> Iterator[Vector]:
    """Yield the ends of the box's edges, and of a mark at its front."""
    world = box_moves.matrix_of(box.stand)
    low, high = ([(x / 2, y / 2, z) for x, y in _CORNERS] for z in (-0.5, 0.5))
    for number, corner in enumerate(low):
        after = (number + 1) % 4
        yield from (
            world @ Vector(end)
            for end in (corner, low[after], high[number], high[after], corner, high[number])
        )
    tip = (0.0, -0.5 - _FRONT, -0.5)
    for side in (-_FRONT, _FRONT):
        yield from (world @ Vector((side, -0.5, -0.5)), world @ Vector(tip))


def _fill(box: WaitingBox) -> Iterator[Vector]:
    """Yield triangles of the box's floor, sides and top, as high as its progress."""
    world, level = box_moves.matrix_of(box.stand), box.fraction - 0.5
    rings = [[world @ Vector((x / 2, y / 2, z)) for x, y in _CORNERS] for z in (-0.5, level)]
    for ring in rings:
        yield from (ring[0], ring[1], ring[2], ring[0], ring[2], ring[3])
    for number in range(4):
        one, other = rings[0][number], rings[0][(number + 1) % 4]
        above, next_above = rings[1][number], rings[1][(number + 1) % 4]
        yield from (one, other, next_above, one, next_above, above)


def unregister() -> None:
    """Remove the draw handlers; boxes that were just moved are saved first."""
    waiting_boxes.forget()
    _attach(wanted=False)
