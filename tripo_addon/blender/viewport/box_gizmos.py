"""Gizmos to move, resize and rotate the boxes of expected models.

Each box has a dot in the middle of its floor. Dragging it moves the box and shows a cage for its
size and a ring for its rotation, until another object becomes active; so does choosing the job's
row in the list. Moving a box is not an undo step and changes nothing in the scene. Main thread
only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.types import Context, Gizmo, GizmoGroup
from mathutils import Matrix

from ...api.record import mutable_record
from ..registration import class_pair
from . import box_moves, waiting_boxes

if TYPE_CHECKING:
    from ...jobs.model.job import Stand
    from .waiting_boxes import WaitingBox

_DOT_SCALE: Final = 0.1
_STRENGTH: Final = 0.8
_RING_GAP: Final = 1.25
"""The ring's radius, relative to half the diagonal of the box's floor."""


@mutable_record
class _Hold:
    """The gizmo being dragged, the job of its box, the box's transform when the drag began, and the
    first cage matrix from Blender."""

    gizmo: Gizmo
    job_id: str
    stand: Stand
    cage: Matrix | None = None


class TRIPO_ADDON_GGT_waiting_boxes(GizmoGroup):
    bl_idname = "TRIPO_ADDON_GGT_waiting_boxes"
    bl_label = "Tripo Boxes"
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"3D", "PERSISTENT"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Show gizmos only where boxes are drawn, and only in Object Mode, so that they do not get
        in the way of other modes' tools."""
        shown = bool(waiting_boxes.BOXES.shown) and context.space_data.overlay.show_overlays
        return shown and context.mode == "OBJECT"

    def setup(self, context: Context) -> None:
        """Create the gizmos of the chosen box; dots are created with their boxes."""
        self.scene = 0
        self.drawn: tuple[object, ...] = ()
        self.hold: _Hold | None = None
        self.dots: list[Gizmo] = []
        self.cage = self._new("GIZMO_GT_cage_3d", context)
        self.cage.draw_style, self.cage.transform = "CIRCLE", {"SCALE", "TRANSLATE"}
        self.cage.target_set_handler("matrix", get=self._cage, set=self._resize)
        self.ring = self._new("GIZMO_GT_dial_3d", context)
        self.ring.use_draw_scale = False
        self.ring.target_set_handler("offset", get=lambda: 0.0, set=self._turn)
        self.draw_prepare(context)

    def invoke_prepare(self, context: Context, gizmo: Gizmo) -> None:
        """Store the box's transform when a drag begins."""
        if gizmo in self.dots:
            waiting_boxes.BOXES.chosen = _boxes(self.scene)[self.dots.index(gizmo)].job_id
            waiting_boxes.BOXES.chosen_with = _active(context)
        box = waiting_boxes.BOXES.of(waiting_boxes.BOXES.chosen)
        self.hold = _Hold(gizmo, box.job_id, box.stand) if box is not None else None

    def draw_prepare(self, context: Context) -> None:
        """Move the gizmos to their boxes, except during a drag, whose offsets are relative to its
        start."""
        if any(gizmo.is_modal for gizmo in self.gizmos):
            self.cage.matrix_offset = _matrix(self._cage())
            return
        scene, active = context.scene.session_uid, _active(context)
        waiting_boxes.follow_list(active)
        now = (waiting_boxes.BOXES.version, waiting_boxes.BOXES.chosen, scene, active)
        if now == self.drawn and self.hold is None:
            return
        self.scene, self.drawn = scene, now
        self._let_go(context)
        self._place_dots(_boxes(scene), context)
        self._place_handles(active)

    def _let_go(self, context: Context) -> None:
        """End the drag, and replace a dragged dot, because a gizmo keeps its offset."""
        pulled = self.hold.gizmo if self.hold is not None else None
        if pulled in self.dots:
            number = self.dots.index(pulled)
            self.dots[number] = self._new_dot(context)
            self.gizmos.remove(pulled)
        self.hold = None

    def _place_dots(self, boxes: Sequence[WaitingBox], context: Context) -> None:
        while len(self.dots) < len(boxes):
            self.dots.append(self._new_dot(context))
        for number, dot in enumerate(self.dots):
            dot.hide = number >= len(boxes)
            if not dot.hide:
                dot.matrix_basis = Matrix.Translation(boxes[number].stand.foot)

    def _place_handles(self, active: int) -> None:
        box = waiting_boxes.BOXES.of(waiting_boxes.BOXES.chosen)
        shown = (
            box is not None
            and box.scene == self.scene
            and waiting_boxes.BOXES.chosen_with == active
        )
        self.cage.hide = self.ring.hide = not shown
        if box is not None and shown:
            self.cage.matrix_basis = box_moves.frame_of(box.stand)
            self.cage.matrix_offset = _matrix(self._cage())
            radius = _RING_GAP * math.hypot(*box.stand.sides[:2]) / 2
            foot = Matrix.Translation(box.stand.foot)
            self.ring.matrix_basis = foot @ Matrix.Scale(radius, 4)

    def _new(self, kind: str, context: Context) -> Any:
        theme = context.preferences.themes[0].user_interface
        gizmo: Any = self.gizmos.new(kind)
        gizmo.color, gizmo.alpha = theme.gizmo_primary[:3], _STRENGTH
        gizmo.color_highlight, gizmo.alpha_highlight = theme.gizmo_hi[:3], 1.0
        return gizmo

    def _new_dot(self, context: Context) -> Any:
        dot = self._new("GIZMO_GT_move_3d", context)
        dot.draw_options = {"FILL", "ALIGN_VIEW"}
        dot.scale_basis = _DOT_SCALE
        dot.target_set_handler("offset", get=lambda: (0.0, 0.0, 0.0), set=self._slide)
        return dot

    def _slide(self, offset: Sequence[float]) -> None:
        view, hold = bpy.context.region_data, self.hold
        if hold is not None:
            stand = box_moves.moved(
                hold.stand, offset, view.view_matrix, perspective=view.is_perspective
            )
            waiting_boxes.move(hold.job_id, stand)

    def _turn(self, angle: float) -> None:
        if self.hold is not None:
            waiting_boxes.move(self.hold.job_id, box_moves.turned(self.hold.stand, -angle))

    def _cage(self) -> list[float]:
        """Return the chosen box's matrix relative to its frame at the start of the drag."""
        box = waiting_boxes.BOXES.of(waiting_boxes.BOXES.chosen)
        if box is None:
            return _flat(Matrix())
        stand = self.hold.stand if self.hold is not None else box.stand
        return _flat(box_moves.frame_of(stand).inverted() @ box_moves.matrix_of(box.stand))

    def _resize(self, values: Sequence[float]) -> None:
        hold, cage = self.hold, _matrix(values)
        if hold is None:
            return
        if hold.cage is None:
            hold.cage = cage
        stand = box_moves.resized(hold.stand, hold.cage, cage)
        waiting_boxes.move(hold.job_id, stand, resized=True)


def _boxes(scene: int) -> list[WaitingBox]:
    return [box for box in waiting_boxes.BOXES.shown if box.scene == scene]


def _active(context: Context) -> int:
    """Return the session_uid of the active object, 0 for none."""
    active = context.view_layer.objects.active
    return active.session_uid if active is not None else 0


def _flat(matrix: Matrix) -> list[float]:
    """Return a matrix's values column by column, as gizmos use them."""
    return [value for column in matrix.col for value in column]


def _matrix(values: Sequence[float]) -> Matrix:
    """Build a matrix from values column by column."""
    return Matrix([values[start : start + 4] for start in range(0, 16, 4)]).transposed()


register, unregister = class_pair((TRIPO_ADDON_GGT_waiting_boxes,))
