"""Operators on jobs, and those of the preferences: each reads its inputs, calls the engine, and
reports the result."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy.types import Context, Event, Operator

from ...jobs.model import description as descriptions
from ...jobs.model.states import Failure, State
from .. import loop, settings
from ..arrival import landing_choice
from ..job_list import rows as job_rows
from ..messages import jobs as messages
from ..messages import preferences
from ..objects import placement, stand_clear, targets
from ..registration import class_pair
from ..requests import checks
from ..session import composition, connection, timer

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ...jobs.model.job import Job, Placement

    _Base = Operator
else:
    # If the mixin were an Operator, Blender would want it registered.
    _Base = object


class OnJob(_Base):
    """Shared by the operators on one job of the list."""

    job_id: StringProperty(name="Job", description="ID of the job", options={"SKIP_SAVE", "HIDDEN"})

    @property
    def job(self) -> "Job | None":
        """The job, or None if it is no longer in the list."""
        engine = composition.WIRING.engine
        return engine.job(self.job_id) if engine is not None else None


class TRIPO_ADDON_OT_cancel_job(OnJob, Operator):
    """Stop this job"""

    bl_idname = "tripo_addon.cancel_job"
    bl_label = "Cancel Job"
    bl_options = {"INTERNAL"}

    @classmethod
    def description(cls, _context: Context, _properties: bpy.types.OperatorProperties) -> str:
        """Most services cannot cancel an accepted task, which the tooltip says."""
        if settings.service().can_cancel:
            return messages.CANCEL_TOOLTIP
        return messages.CANCEL_STILL_CHARGED_TOOLTIP

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Cancel the job."""
        job = self.job
        if job is None:
            return gone(self)
        if job.elsewhere:
            return refused(self, messages.RUNS_ELSEWHERE)
        if job.state.final:
            return refused(self, messages.FINISHED_ALREADY)
        for step in _to_cancel(job):
            composition.engine().cancel(step.id)
        timer.arm()
        return {"FINISHED"}


class TRIPO_ADDON_OT_retry_job(OnJob, Operator):
    """Retry this job"""

    bl_idname = "tripo_addon.retry_job"
    bl_label = "Retry Job"
    bl_options = {"INTERNAL"}

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        """The tooltip with the price of the retry."""
        engine = composition.WIRING.engine
        job = engine.job(properties.job_id) if engine is not None else None
        return _retry_tooltip(job)

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask for confirmation if the first request may have been charged."""
        job = self.job
        if job is not None and job.failure is Failure.OUTCOME_UNKNOWN:
            return context.window_manager.invoke_confirm(self, event)
        return self.execute(context)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Start a new job that replaces this one."""
        former = self.job
        if former is None:
            return gone(self)
        sentence = checks.refuse_retry(former)
        if sentence is not None:
            return refused(self, sentence)
        # A result for an object still goes to that object, and to its file.
        bound = composition.belongs_to_open_file(former) or former.placement.target is not None
        place = targets.for_retry(former) if bound else _new_place(former, context)
        job = composition.engine().retry(
            self.job_id, account=composition.WIRING.account, placement=place
        )
        return gone(self) if job is None else reported(self, loop.go_on(job))


class TRIPO_ADDON_OT_import_job(OnJob, Operator):
    """Import this model again (free)"""

    bl_idname = "tripo_addon.import_job"
    bl_label = "Import Job"
    bl_options = {"INTERNAL"}

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        """The tooltip says where the model goes."""
        engine = composition.WIRING.engine
        job = engine.job(properties.job_id) if engine is not None else None
        return landing_choice.default_choice_message(job) if job is not None else ""

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Place the model from the files on disk."""
        former = self.job
        if former is None:
            return gone(self)
        job = composition.engine().bring(
            self.job_id, landing_choice.default_choice(former, context)
        )
        return gone(self) if job is None else reported(self, loop.go_on(job))


class TRIPO_ADDON_OT_remove_job(OnJob, Operator):
    """Remove from the list. The model and its files are kept"""

    bl_idname = "tripo_addon.remove_job"
    bl_label = "Remove Job"
    bl_options = {"INTERNAL"}

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask for confirmation if the job was paid for: the button has just replaced Cancel."""
        jobs = job_rows.ROWS.jobs_of(self.job_id)
        if all(job.task_id is None for job in jobs) and len(jobs) < 2:
            return self.execute(context)
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=messages.remove_question(job_rows.ROWS.count_of(self.job_id)),
            message=messages.REMOVE_KEEPS,
            confirm_text=messages.REMOVE,
        )

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Remove all jobs of the row from the list."""
        jobs = job_rows.ROWS.jobs_of(self.job_id)
        if self.job is None or not jobs:
            return gone(self)
        if any(not job.state.final or job.elsewhere for job in jobs):
            return refused(self, messages.STILL_RUNNING)
        for job in jobs:
            composition.engine().forget(job.id)
        timer.arm()
        return {"FINISHED"}


class TRIPO_ADDON_OT_copy_error(OnJob, Operator):
    """Copy the full error with the service's message and trace ID"""

    bl_idname = "tripo_addon.copy_error"
    bl_label = "Copy Error"
    bl_options = {"INTERNAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Put the report on the clipboard."""
        job = self.job
        if job is None or job.trouble is None:
            return gone(self)
        text = messages.clipboard_report(job.trouble.report(), job.account, job.task_id)
        context.window_manager.clipboard = text
        self.report({"INFO"}, messages.ERROR_COPIED)
        return {"FINISHED"}


class TRIPO_ADDON_OT_copy_diagnostics(Operator):
    """Copy versions, settings, recent errors and the end of the log, without API keys"""

    bl_idname = "tripo_addon.copy_diagnostics"
    bl_label = "Copy Diagnostics"
    bl_options = {"INTERNAL"}

    with_prompts: BoolProperty(
        name="Include Prompts",
        description="Include the names of jobs and the prompts of failed ones",
        default=False,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Ask whether prompts may be included."""
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Copy the text to the clipboard; print it in background mode, which has no clipboard."""
        from ..session import diagnostics

        text = diagnostics.report(with_prompts=self.with_prompts)
        context.window_manager.clipboard = text
        lines = text.splitlines() if bpy.app.background else [messages.DIAGNOSTICS_COPIED]
        for line in lines:
            self.report({"INFO"}, line)
        return {"FINISHED"}


class TRIPO_ADDON_OT_check_connection(Operator):
    """Check the API key by requesting your balance (free)"""

    bl_idname = "tripo_addon.check_connection"
    bl_label = "Test Connection"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Explain why the button is disabled."""
        sentence = cls._reason()
        if sentence is not None:
            cls.poll_message_set(sentence)
        return sentence is None

    @staticmethod
    def _reason() -> str | None:
        """Why the balance cannot be requested now, or None."""
        service = settings.service()
        if not service.has_balance:
            return preferences.balance_on_website(service.label)
        return checks.not_allowed()

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Request the balance in a worker; the preferences and the panel show the answer."""
        sentence = self._reason()
        if sentence is not None:
            return refused(self, sentence)
        try:
            connection.test()
        except RuntimeError as error:
            return refused(self, str(error))
        return {"FINISHED"}


def _new_place(job: "Job", context: Context) -> "Placement":
    """Return where a job's model goes in another file than its own."""
    place = stand_clear.reserved(placement.placement(context), context.scene)
    return placement.as_likeness(place) if job.placement.most_faces else place


def reported(operator: Operator, *jobs: "Job") -> "set[OperatorReturnItems]":
    """The operator's result: an error if one of the jobs failed already, and in background mode
    unless the last one is done."""
    job = next((each for each in jobs if each.state is State.FAILED), jobs[-1])
    if job.state is not State.FAILED and not bpy.app.background:
        return {"FINISHED"}
    if job.state is State.DONE:
        return {"FINISHED"}
    described = descriptions.describe(job)
    detail = described.detail or composition.waiting_message(job) or targets.question(job)
    return refused(operator, messages.status(described.headline, detail))


def gone(operator: Operator) -> "set[OperatorReturnItems]":
    """End an operator whose job is no longer in the list."""
    return refused(operator, messages.GONE)


def refused(operator: Operator, sentence: str) -> "set[OperatorReturnItems]":
    """Report why the operator does nothing, and cancel it."""
    operator.report({"ERROR"}, sentence)
    return {"CANCELLED"}


_COMES: Final = frozenset({State.DOWNLOADING, State.CONVERTING, State.READY})


def _to_cancel(job: "Job") -> "list[Job]":
    """The steps of the job's request that can be stopped, the last one first. What is paid for and
    on its way here still comes, unless nothing else is left to stop."""
    steps = [step for step in reversed(job_rows.ROWS.steps_of(job.id)) if not step.state.final]
    return [step for step in steps if step.state not in _COMES] or steps or [job]


def _retry_tooltip(job: "Job | None") -> str:
    if job is None:
        return messages.RETRY_TOOLTIP
    if job.retry_is_free or job.model is not None:
        return messages.RETRY_FREE_TOOLTIP
    price = checks.retry_price(job)
    if job.lost_its_source:
        return messages.retry_as_file_tooltip(price)
    if job.failure is Failure.OUTCOME_UNKNOWN:
        return messages.retry_unknown_tooltip(price)
    return messages.retry_paid_tooltip(price)


CLASSES = (
    TRIPO_ADDON_OT_cancel_job,
    TRIPO_ADDON_OT_retry_job,
    TRIPO_ADDON_OT_import_job,
    TRIPO_ADDON_OT_remove_job,
    TRIPO_ADDON_OT_copy_error,
    TRIPO_ADDON_OT_copy_diagnostics,
    TRIPO_ADDON_OT_check_connection,
)
register, unregister = class_pair(CLASSES)
