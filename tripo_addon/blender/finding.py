"""What the artist can do about a job whose outcome is unknown: look for its task, or name it.

Nothing here spends credits: a task that is found goes on, and none is sent again.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from datetime import datetime
from typing import TYPE_CHECKING

from bpy.props import StringProperty
from bpy.types import Context, Event, Operator, UILayout

from ..jobs.job import Candidate, Job
from . import wiring
from .operators import OnJob, gone, refused, reported
from .registration import class_pair
from .words import draw_wrapped

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems


class TRIPO_ADDON_OT_look_for_task(OnJob, Operator):
    """Search the service's own list for the task of this job; free, and nothing is sent again"""

    bl_idname = "tripo_addon.look_for_task"
    bl_label = "Look for the Task"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Begin the search; the row says what it found."""
        from . import pump

        sentence = wiring.not_allowed()
        if sentence is not None:
            return refused(self, sentence)
        if not wiring.engine().look_for(self.job_id):
            return refused(self, "This job's service is not connected: choose it and its key first")
        pump.arm()
        return {"FINISHED"}


class TRIPO_ADDON_OT_attach_task(OnJob, Operator):
    """Say which task of the service this job is, so that it goes on; free"""

    bl_idname = "tripo_addon.attach_task"
    bl_label = "Enter Task ID"
    bl_options = {"INTERNAL"}

    task_id: StringProperty(
        name="Task",
        description="The task's id, as the service's console shows it",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Ask for the id, unless a button has named it."""
        if self.task_id:
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Let the job go on with this task."""
        engine = wiring.engine()
        sentence = engine.refuse_attach(self.job_id, self.task_id)
        if sentence is not None:
            return refused(self, sentence)
        job = engine.attach(self.job_id, self.task_id)
        return gone(self) if job is None else reported(self, wiring.go_on(job))


def draw(layout: UILayout, job: Job, context: Context) -> None:
    """The rows below a job whose task may be found or named."""
    engine = wiring.WIRING.engine
    searching = engine is not None and engine.searching(job.id)
    for candidate in job.candidates:
        row = layout.row()
        row.label(text=_words(candidate))
        chosen = row.operator(TRIPO_ADDON_OT_attach_task.bl_idname, text="This One")
        chosen.job_id, chosen.task_id = job.id, candidate.task_id
    if searching:
        draw_wrapped(layout, "Looking for the task", context)
    row = layout.row(align=True)
    row.enabled = not searching
    look = row.operator(TRIPO_ADDON_OT_look_for_task.bl_idname, icon="VIEWZOOM")
    look.job_id = job.id
    row.operator(TRIPO_ADDON_OT_attach_task.bl_idname, text="Enter ID").job_id = job.id


def _words(candidate: Candidate) -> str:
    when = f"{datetime.fromtimestamp(candidate.created):%H:%M}" if candidate.created else ""
    return " · ".join(words for words in (when, candidate.status, candidate.prompt) if words)


register, unregister = class_pair((TRIPO_ADDON_OT_look_for_task, TRIPO_ADDON_OT_attach_task))
