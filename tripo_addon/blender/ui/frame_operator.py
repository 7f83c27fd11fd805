"""Shows a job's model, or the box of one on its way, without changing the selection."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

import bpy
from bpy.types import Context, Operator

from ...api.catalog.task_kinds import Makes
from ...jobs.model.landings import Landing
from ...jobs.model.states import State
from ..messages import jobs as messages
from ..objects import expected_stand, whereabouts, world_bounds
from ..registration import class_pair
from ..viewport import framing, highlight, waiting_boxes
from .operators import OnJob, gone, refused

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ...jobs.model.job import Job
    from ..viewport.waiting_boxes import WaitingBox


def can_frame(job: "Job") -> bool:
    """Whether the job has placed something in a scene, or has a box there. Does not look into
    scenes, so it is cheap enough for drawing."""
    if waiting_boxes.BOXES.of(job.id) is not None:
        return True
    landed = job.state is State.DONE and job.placement.landing is not Landing.DOWNLOAD
    return landed and job.kind.makes is Makes.MODEL and bool(job.root)


def whereabouts_of(job: "Job", context: Context) -> whereabouts.Whereabouts | None:
    """Where the object is that the job has placed; None while it has placed none, and for a
    candidate, which may be cleared. Looks into scenes: for the chosen row alone."""
    if job.draft is not None or waiting_boxes.BOXES.of(job.id) is not None or not can_frame(job):
        return None
    return whereabouts.of(job, context.view_layer)


class TRIPO_ADDON_OT_frame_job(OnJob, Operator):
    """Frame this model in the viewport, or its box while the job runs. The selection is kept"""

    bl_idname = "tripo_addon.frame_job"
    bl_label = "Frame"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Explain why the button is disabled: in other modes Blender frames what is selected in
        them."""
        if context.mode != "OBJECT":
            cls.poll_message_set(messages.NEEDS_OBJECT_MODE)
        return context.mode == "OBJECT"

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Frame the model with all its objects."""
        job = self.job
        if job is None:
            return gone(self)
        box = waiting_boxes.BOXES.of(job.id)
        if box is not None:
            return self._frame_box(context, box)
        root = _root(job, context.view_layer)
        if root is None:
            where = whereabouts.of(job, context.view_layer)
            if where.scene:
                return refused(self, messages.named_in_scene(where.name, where.scene))
            return refused(self, messages.not_in_view_layer(job.root))
        objects = [root, *root.children_recursive]
        seen = [obj for obj in objects if obj.visible_get()]
        if not seen:
            return refused(self, messages.hidden(root.name))
        _frame(context, seen)
        highlight.show(context.scene, world_bounds.bounds_of(seen))
        return {"FINISHED"}

    def _frame_box(self, context: Context, box: "WaitingBox") -> "set[OperatorReturnItems]":
        """Frame the place of a model that is on its way."""
        if box.scene != context.scene.session_uid:
            return refused(self, messages.PLACE_ELSEWHERE)
        if context.area is not None and context.area.type == "VIEW_3D":
            framing.frame(context.area, *expected_stand.bounds_of_stand(box.stand))
        return {"FINISHED"}


def _root(job: "Job", layer: bpy.types.ViewLayer) -> bpy.types.Object | None:
    """Return the job's root object, even if it was renamed."""
    made = (obj for obj in layer.objects if obj.tripo_addon.job_id == job.id)
    return next(made, None) or layer.objects.get(job.root)


def _frame(context: Context, objects: list[bpy.types.Object]) -> None:
    """Have Blender frame these objects as if they were selected. Does nothing without a viewport,
    as in background mode."""
    layer = context.view_layer
    frame: Any = bpy.ops.view3d.view_selected
    if not frame.poll("EXEC_REGION_WIN"):
        return
    chosen, active = tuple(layer.objects.selected), layer.objects.active
    try:
        for obj in chosen:
            obj.select_set(False)
        for obj in objects:
            obj.select_set(True)
        frame("EXEC_REGION_WIN")
    finally:
        for obj in objects:
            obj.select_set(False)
        for obj in chosen:
            obj.select_set(True)
        layer.objects.active = active


register, unregister = class_pair((TRIPO_ADDON_OT_frame_job,))
