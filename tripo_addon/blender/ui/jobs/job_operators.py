"""Operators on a row of the job list that send no request."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING

import bpy
from bpy.types import Context, Event, Operator

from ....jobs.model.states import State
from ...job_list import rows, window_properties
from ...messages import jobs as messages
from ...registration import class_pair
from ...requests import recall
from ...session import composition, timer
from ..operators import OnJob, gone, refused

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ....jobs.model.job import Job


class TRIPO_ADDON_OT_recall_job(OnJob, Operator):
    """Copy this job's prompt, images and settings to the form that it was sent from"""

    bl_idname = "tripo_addon.recall_job"
    bl_label = "Recall Settings"
    bl_options = {"UNDO", "INTERNAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Fill the form, and show it."""
        steps = rows.ROWS.steps_of(self.job_id)
        if not steps:
            return gone(self)
        sentence = recall.refuse(steps)
        if sentence:
            return refused(self, sentence)
        self.report({"INFO"}, messages.recalled(recall.recall(steps, context.scene.tripo_addon)))
        return {"FINISHED"}


class TRIPO_ADDON_OT_show_files(OnJob, Operator):
    """Show the folder with this job's files in the file manager"""

    bl_idname = "tripo_addon.show_files"
    bl_label = "Show Files"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Open the folder of the last step with downloaded files."""
        steps = reversed(rows.ROWS.steps_of(self.job_id))
        files = (step.model or next(iter(step.pictures), None) or step.preview for step in steps)
        file = next(filter(None, files), None)
        if file is None:
            return refused(self, messages.NO_FILES)
        if not file.parent.is_dir():
            return refused(self, messages.FILES_GONE)
        bpy.ops.wm.path_open(filepath=str(file.parent))
        return {"FINISHED"}


class TRIPO_ADDON_OT_copy_job(OnJob, Operator):
    """Copy diagnostics of this job for support, without keys, prompts or names"""

    bl_idname = "tripo_addon.copy_job"
    bl_label = "Copy Diagnostics of Job"
    bl_options = {"INTERNAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Put the report on the clipboard."""
        from ...session import diagnostics

        steps = rows.ROWS.steps_of(self.job_id)
        if not steps:
            return gone(self)
        context.window_manager.clipboard = diagnostics.report_of(steps)
        self.report({"INFO"}, messages.DIAGNOSTICS_COPIED)
        return {"FINISHED"}


class TRIPO_ADDON_OT_show_each(OnJob, Operator):
    """Show each of these failed jobs in a row of its own"""

    bl_idname = "tripo_addon.show_each"
    bl_label = "Show Each"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Unfold the row."""
        rows.ROWS.unfold(self.job_id)
        window_properties.fill()
        return {"FINISHED"}


class TRIPO_ADDON_OT_clear_finished(Operator):
    """Remove the finished jobs that the list shows. Models and files are kept"""

    bl_idname = "tripo_addon.clear_finished"
    bl_label = "Clear Finished"
    bl_options = {"INTERNAL"}

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask for confirmation, with the number of jobs."""
        count = len(_cleared())
        if not count:
            return refused(self, messages.NOTHING_TO_CLEAR)
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=messages.remove_question(count),
            message=messages.REMOVE_KEEPS,
            confirm_text=messages.REMOVE,
        )

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Remove them."""
        for key in _cleared():
            for job in rows.ROWS.jobs_of(key):
                composition.engine().forget(job.id)
        window_properties.sync()
        timer.arm()
        return {"FINISHED"}


def _cleared() -> list[str]:
    """Return the keys of the rows whose jobs ended and leave nothing that a retry could download
    free."""
    return [key for key in rows.ROWS.order if all(map(_is_over, rows.ROWS.jobs_of(key)))]


def _is_over(job: "Job") -> bool:
    if job.state is State.DONE:
        return True
    return job.state.final and job.task_id is None and not job.may_be_attached


register, unregister = class_pair(
    (
        TRIPO_ADDON_OT_recall_job,
        TRIPO_ADDON_OT_show_files,
        TRIPO_ADDON_OT_copy_job,
        TRIPO_ADDON_OT_show_each,
        TRIPO_ADDON_OT_clear_finished,
    )
)
