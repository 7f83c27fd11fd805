"""Draws the boxes of expected models, with their names, in every viewport of their scene.

Stores nothing in the file and is hidden with the overlays. What is drawn is built once per change.
Main thread only.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix, Vector

from ...api.record import record
from ..session import redraw
from . import box_moves, label_sheet, marks, waiting_boxes

if TYPE_CHECKING:
    from .label_sheet import LabelSheet
    from .marks import Drawing, Marks
    from .waiting_boxes import WaitingBox

_LINE_PIXELS: Final = 1.5
_LINE_STRENGTH: Final = 0.9
_FILL_STRENGTH: Final = 0.12
_TEXT_POINTS: Final = 11
_TEXT_GAP: Final = 12
_LONGEST_TEXT: Final = 60
_FRONT: Final = 0.15
"""Length of the mark on the floor that points to the model's front, relative to the box."""
_HANDLES: Final[list[Any]] = []


@record
class _Style:
    """How boxes are drawn: the interface's scale, and the theme's color."""

    scale: float
    color: tuple[float, ...]


@record
class _Drawn:
    """The boxes of a scene with their names, built from `version` of them in a style."""

    version: int
    style: _Style
    drawing: Drawing
    sheet: LabelSheet


_DRAWN: Final[dict[int, _Drawn]] = {}
_STYLES: Final[list[_Style]] = []
"""The style as of the last turn of the loop: reading it takes longer than drawing a box."""


def update() -> None:
    """Redraw if the boxes, the theme or the scale have changed. Called on every turn of the loop;
    does nothing in background mode."""
    if bpy.app.background:
        return
    is_changed = waiting_boxes.look()
    shown = bool(waiting_boxes.BOXES.shown)
    style = [_style()] if shown else []
    if not is_changed and style == _STYLES:
        return
    _STYLES[:] = style
    _attach(wanted=shown)
    redraw.viewports()


def _style() -> _Style:
    return _Style(bpy.context.preferences.system.ui_scale, marks.theme_color())


def _attach(*, wanted: bool) -> None:
    if wanted and not _HANDLES:
        add = bpy.types.SpaceView3D.draw_handler_add
        _HANDLES.append(add(_draw, (), "WINDOW", "POST_VIEW"))
    while _HANDLES and not wanted:
        bpy.types.SpaceView3D.draw_handler_remove(_HANDLES.pop(), "WINDOW")
    if not wanted:
        _DRAWN.clear()
        _STYLES.clear()


def _draw() -> None:
    context = bpy.context
    if not context.space_data.overlay.show_overlays:
        return
    scene, version = context.scene.session_uid, waiting_boxes.BOXES.version
    if not _STYLES:
        _STYLES.append(_style())
    drawn, style = _DRAWN.get(scene), _STYLES[0]
    if drawn is None or drawn.version != version or drawn.style is not style:
        boxes = [box for box in waiting_boxes.BOXES.shown if box.scene == scene]
        if not boxes:
            return
        drawn = _DRAWN[scene] = _made(boxes, style, drawn)
    drawn.drawing.draw(style.color)


def _made(boxes: Sequence[WaitingBox], style: _Style, former: _Drawn | None) -> _Drawn:
    texts = tuple(shorten(box.text, _LONGEST_TEXT, placeholder=" …") for box in boxes)
    scale, sheet = style.scale, former.sheet if former is not None else None
    # A box that is moved keeps its text.
    if sheet is None or (sheet.texts, sheet.size) != (texts, _TEXT_POINTS * scale):
        sheet = label_sheet.sheet_of(texts, _TEXT_POINTS * scale)
    worlds = [box_moves.matrix_of(box.stand) for box in boxes]
    made, pixels = marks.Marks(), _LINE_PIXELS * scale
    for world, box in zip(worlds, boxes, strict=True):
        made.fill(world, box.fraction, _FILL_STRENGTH)
    for world in worlds:
        made.edges(world, pixels, _LINE_STRENGTH)
        _point_to_front(made, world, pixels)
    tops = [(world @ Vector((0.0, 0.0, 0.5)))[:] for world in worlds]
    made.names(sheet, tops, _TEXT_GAP * scale)
    return _Drawn(waiting_boxes.BOXES.version, style, made.drawing(sheet), sheet)


def _point_to_front(made: Marks, world: Matrix, pixels: float) -> None:
    tip = (world @ Vector((0.0, -0.5 - _FRONT, -0.5)))[:]
    for side in (-_FRONT, _FRONT):
        made.line((world @ Vector((side, -0.5, -0.5)))[:], tip, pixels, _LINE_STRENGTH)


def unregister() -> None:
    """Remove the draw handlers; boxes that were just moved are saved first."""
    waiting_boxes.forget()
    _attach(wanted=False)
