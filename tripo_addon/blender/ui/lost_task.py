"""What the artist can do about a job whose outcome is unknown: look for its task, or name it.

Nothing here spends credits: a task that is found goes on, and none is sent again.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from datetime import datetime
from typing import TYPE_CHECKING

from bpy.props import StringProperty
from bpy.types import Context, Event, Operator, OperatorProperties, UILayout

from ...jobs.model.job import Candidate, Job
from .. import loop
from ..registration import class_pair
from ..requests import checks
from ..session import composition, timer
from .operators import OnJob, gone, refused, reported
from .text_wrap import draw_wrapped, truncated

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

# Pixels at scale 1: a box's borders, an icon, and the width at which a whole id can be read.
_BOX = 10
_ICON = 26
_DIALOG = 420


class TRIPO_ADDON_OT_look_for_task(OnJob, Operator):
    """Search the service's own list for the task of this job; free, and nothing is sent again"""

    bl_idname = "tripo_addon.look_for_task"
    bl_label = "Look for the Task"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Begin the search; the row says what it found."""

        sentence = checks.refuse_asking(self.job) if self.job is not None else None
        if sentence is not None:
            return refused(self, sentence)
        if not composition.engine().search_task(self.job_id):
            return refused(self, "This job's service is not connected: choose it and its key first")
        timer.arm()
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

    @classmethod
    def description(cls, _context: Context, properties: OperatorProperties) -> str:
        """Say of a task that was found which one it is."""
        if not properties.task_id:
            return cls.__doc__ or ""
        engine = composition.WIRING.engine
        job = engine.job(properties.job_id) if engine is not None else None
        found = job.candidates if job is not None else ()
        prompt = next((each.prompt for each in found if each.task_id == properties.task_id), "")
        asked = f", asked for with “{prompt}”" if prompt else ""
        return f"Let the job go on with task {properties.task_id}{asked}; free"

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Ask for the id, unless a button has named it."""
        if self.task_id:
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(self, width=_DIALOG)

    def draw(self, _context: Context) -> None:
        """The dialog: its one field takes what is typed or pasted at once."""
        self.layout.activate_init = True
        self.layout.prop(self, "task_id")

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Let the job go on with this task."""
        engine = composition.engine()
        sentence = engine.refuse_attach(self.job_id, self.task_id)
        if sentence is not None:
            return refused(self, sentence)
        job = engine.attach(self.job_id, self.task_id)
        return gone(self) if job is None else reported(self, loop.go_on(job))


def draw(layout: UILayout, job: Job, context: Context) -> None:
    """The rows below a job whose task may be found or named."""
    engine = composition.WIRING.engine
    searching = engine is not None and engine.searching(job.id)
    column = layout.column(align=True)
    for candidate in job.candidates:
        text = truncated(_words(candidate), context, taken=_BOX)
        chosen = column.operator(TRIPO_ADDON_OT_attach_task.bl_idname, text=text)
        chosen.job_id, chosen.task_id = job.id, candidate.task_id
    if searching:
        draw_wrapped(layout, "Looking for the task", context)
    column = layout.column(align=True)
    column.enabled = not searching
    text = truncated(("Look for the Task", "Look for It"), context, taken=_BOX + _ICON)
    look = column.operator(TRIPO_ADDON_OT_look_for_task.bl_idname, text=text, icon="VIEWZOOM")
    look.job_id = job.id
    column.operator(TRIPO_ADDON_OT_attach_task.bl_idname).job_id = job.id


def _words(candidate: Candidate) -> tuple[str, ...]:
    """What a candidate's button may say, from the longest text to the shortest. The prompt would
    tell nothing: it is that of the job."""
    asked = candidate.created
    if asked is None:
        return (f"This One: {candidate.task_id}", candidate.task_id)
    moment = datetime.fromtimestamp(asked)
    other_day = moment.date() != datetime.now().date()
    when = f"{moment:%b %d %H:%M}" if other_day else f"{moment:%H:%M:%S}"
    said = f"{when} · {candidate.status}"
    return (f"This One: {said}", said, when)


register, unregister = class_pair((TRIPO_ADDON_OT_look_for_task, TRIPO_ADDON_OT_attach_task))
