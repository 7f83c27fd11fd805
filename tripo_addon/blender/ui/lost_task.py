"""Operators for a job whose outcome is unknown: search for its task, or enter the task's ID.

Nothing here spends credits: the job continues with a task that exists, and nothing is sent again.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from datetime import datetime
from typing import TYPE_CHECKING

from bpy.props import StringProperty
from bpy.types import Context, Event, Operator, OperatorProperties, UILayout

from .. import loop
from ..messages import jobs as messages
from ..registration import class_pair
from ..requests import checks
from ..session import composition, timer
from .operators import OnJob, gone, refused, reported
from .text_wrap import draw_wrapped, truncated

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ...jobs.model.job import Candidate, Job

# Pixels at scale 1: a box's borders, an icon, and a width that shows a whole task ID.
_BOX = 10
_ICON = 26
_DIALOG = 420


class TRIPO_ADDON_OT_look_for_task(OnJob, Operator):
    """Search the service for this job's task (free). Nothing is sent again"""

    bl_idname = "tripo_addon.look_for_task"
    bl_label = "Find Task"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Start the search; the row shows what it finds."""
        sentence = checks.refuse_lookup(self.job) if self.job is not None else None
        if sentence is not None:
            return refused(self, sentence)
        if not composition.engine().search_task(self.job_id):
            return refused(self, messages.NOT_CONNECTED)
        timer.arm()
        return {"FINISHED"}


class TRIPO_ADDON_OT_attach_task(OnJob, Operator):
    """Enter the ID of this job's task to continue it (free)"""

    bl_idname = "tripo_addon.attach_task"
    bl_label = "Enter Task ID"
    bl_options = {"INTERNAL"}

    task_id: StringProperty(
        name="Task ID",
        description="The task's ID, as shown in your account on the service's website",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(cls, _context: Context, properties: OperatorProperties) -> str:
        """A found task's button says which task it is."""
        if not properties.task_id:
            return cls.__doc__ or ""
        engine = composition.WIRING.engine
        job = engine.job(properties.job_id) if engine is not None else None
        found = job.candidates if job is not None else ()
        prompt = next((each.prompt for each in found if each.task_id == properties.task_id), "")
        return messages.attach_tooltip(properties.task_id, prompt)

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Ask for the ID, unless the button has set it."""
        if self.task_id:
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(self, width=_DIALOG)

    def draw(self, _context: Context) -> None:
        """The dialog; its field is active at once, for typing or pasting."""
        self.layout.activate_init = True
        self.layout.prop(self, "task_id")

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Continue the job with this task."""
        engine = composition.engine()
        sentence = engine.refuse_attach(self.job_id, self.task_id)
        if sentence is not None:
            return refused(self, sentence)
        job = engine.attach(self.job_id, self.task_id)
        return gone(self) if job is None else reported(self, loop.go_on(job))


def draw(layout: UILayout, job: "Job", context: Context) -> None:
    """The rows below a job whose outcome is unknown."""
    engine = composition.WIRING.engine
    searching = engine is not None and engine.searching(job.id)
    column = layout.column(align=True)
    for candidate in job.candidates:
        text = truncated(_texts(candidate), context, taken=_BOX)
        chosen = column.operator(TRIPO_ADDON_OT_attach_task.bl_idname, text=text)
        chosen.job_id, chosen.task_id = job.id, candidate.task_id
    if searching:
        draw_wrapped(layout, messages.FINDING, context)
    column = layout.column(align=True)
    column.enabled = not searching
    text = truncated(messages.FIND_TASK, context, taken=_BOX + _ICON)
    search = column.operator(TRIPO_ADDON_OT_look_for_task.bl_idname, text=text, icon="VIEWZOOM")
    search.job_id = job.id
    column.operator(TRIPO_ADDON_OT_attach_task.bl_idname).job_id = job.id


def _texts(candidate: "Candidate") -> tuple[str, ...]:
    """The button's texts, longest first."""
    created = candidate.created
    moment = datetime.fromtimestamp(created) if created is not None else None
    return messages.candidate(candidate.task_id, candidate.status, moment)


register, unregister = class_pair((TRIPO_ADDON_OT_look_for_task, TRIPO_ADDON_OT_attach_task))
