"""What the artist can do: each operator translates, calls `asking` or the engine, and reports."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ...api.rules import Refusal
from ...jobs.model.job import Failure, Job, State, describe
from .. import loop, settings
from ..arrival import landing
from ..forms.task_form import TaskForm
from ..objects import placement, targets
from ..registration import class_pair
from ..requests import checks
from ..requests.object_requests import generation_steps, then_asks, then_refused
from ..session import composition, timer

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    _Base = Operator
else:
    # A mixin that were an Operator itself would have to be registered.
    _Base = object


class _Generate(_Base):
    """Shared by the three ways to generate; `mode` names the form on the scene."""

    mode: str

    @classmethod
    def form(cls, context: Context) -> TaskForm:
        """The form of this operator's mode."""
        return getattr(context.scene.tripo_addon, cls.mode)

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Say why the button is grey."""
        sentence = checks.refusal(cls.form(context)) or then_refused(context)
        if sentence is not None:
            cls.poll_message_set(sentence)
        return sentence is None

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask first where a picture is so small that the money may be wasted."""
        return confirmed(self, context, event, checks.picture_advice(self.form(context)))

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Send the form; in background mode, see the job to its end."""
        form = self.form(context)
        wish = checks.checked_values(form)
        if isinstance(wish, Refusal):
            composition.WIRING.refusals[self.mode] = wish
            return refused(self, wish.sentence)
        composition.WIRING.refusals.pop(self.mode, None)
        try:
            steps = generation_steps(wish, then_asks(context), title=form.title, context=context)
            jobs = loop.submit(steps)
        except RuntimeError as error:
            return refused(self, str(error))
        return reported(self, *jobs)


class TRIPO_ADDON_OT_generate_text(_Generate, Operator):
    """Make a model from the prompt, at the price on the button"""

    bl_idname = "tripo_addon.generate_text"
    bl_label = "Generate from Text"
    mode = "text"


class TRIPO_ADDON_OT_generate_image(_Generate, Operator):
    """Make a model from the picture, which is sent to the service, at the price on the button"""

    bl_idname = "tripo_addon.generate_image"
    bl_label = "Generate from Image"
    mode = "image"


class TRIPO_ADDON_OT_generate_multiview(_Generate, Operator):
    """Make a model from the pictures, which are sent to the service, at the price on the button"""

    bl_idname = "tripo_addon.generate_multiview"
    bl_label = "Generate from Views"
    mode = "multiview"


class OnJob(_Base):
    """Shared by what acts on one job of the list."""

    job_id: StringProperty(name="Job", description="Id of the job", options={"SKIP_SAVE", "HIDDEN"})

    @property
    def job(self) -> Job | None:
        """The job, if the engine still knows it."""
        engine = composition.WIRING.engine
        return engine.job(self.job_id) if engine is not None else None


class TRIPO_ADDON_OT_cancel_job(OnJob, Operator):
    """Stop this job"""

    bl_idname = "tripo_addon.cancel_job"
    bl_label = "Cancel Job"
    bl_options = {"INTERNAL"}

    @classmethod
    def description(cls, _context: Context, _properties: bpy.types.OperatorProperties) -> str:
        """Say what a cancel does not stop."""
        goes_on = "a task that the service has accepted goes on there, and its credits are spent"
        return "Stop this job" if settings.service().can_cancel else f"Stop this job; {goes_on}"

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Stop what can be stopped."""
        job = self.job
        if job is None:
            return gone(self)
        if job.elsewhere:
            return refused(self, "Another Blender works on this job: cancel it there")
        if job.state.final:
            return refused(self, "This job has ended already")
        composition.engine().cancel(self.job_id)

        timer.arm()
        return {"FINISHED"}


class TRIPO_ADDON_OT_retry_job(OnJob, Operator):
    """Try this job again"""

    bl_idname = "tripo_addon.retry_job"
    bl_label = "Retry Job"
    bl_options = {"INTERNAL"}

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        """Say what a new try costs."""
        engine = composition.WIRING.engine
        job = engine.job(properties.job_id) if engine is not None else None
        return _retry_tooltip(job)

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask first where the same wish may already be paid for."""
        job = self.job
        if job is not None and job.failure is Failure.OUTCOME_UNKNOWN:
            return context.window_manager.invoke_confirm(self, event)
        return self.execute(context)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Start the new try."""
        former = self.job
        if former is None:
            return gone(self)
        sentence = checks.refuse_retry(former)
        if sentence is not None:
            return refused(self, sentence)
        # What was made for an object stays with it, and with its file.
        bound = composition.belongs_to_open_file(former) or former.placement.target is not None
        place = targets.for_retry(former) if bound else placement.placement(context)
        job = composition.engine().retry(
            self.job_id, account=composition.WIRING.account, placement=place
        )
        return gone(self) if job is None else reported(self, loop.go_on(job))


class TRIPO_ADDON_OT_import_job(OnJob, Operator):
    """Bring this job's model in: onto what it was made for, or as an object of its own; free"""

    bl_idname = "tripo_addon.import_job"
    bl_label = "Import Job"
    bl_options = {"INTERNAL"}

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        """Say where it comes to."""
        engine = composition.WIRING.engine
        job = engine.job(properties.job_id) if engine is not None else None
        return landing.default_choice_message(job) if job is not None else ""

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Place the model, from the file on disk."""
        former = self.job
        if former is None:
            return gone(self)
        job = composition.engine().bring(self.job_id, landing.default_choice(former, context))
        return gone(self) if job is None else reported(self, loop.go_on(job))


class TRIPO_ADDON_OT_remove_job(OnJob, Operator):
    """Take this job off the list; its model stays in the scene, and its files on disk"""

    bl_idname = "tripo_addon.remove_job"
    bl_label = "Remove Job"
    bl_options = {"INTERNAL"}

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """What was paid for is asked about: the button stands where Cancel was a moment ago."""
        if self.job is None or self.job.task_id is None:
            return self.execute(context)
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Remove Job?",
            message="Its model stays in the scene, and its files on disk",
            confirm_text="Remove",
        )

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Forget the job."""
        if self.job is None:
            return gone(self)
        if not self.job.state.final or self.job.elsewhere:
            return refused(self, "This job is still under way: cancel it first")
        composition.engine().forget(self.job_id)
        return {"FINISHED"}


class TRIPO_ADDON_OT_copy_error(OnJob, Operator):
    """Copy what went wrong, in full, with the service's own words and trace id"""

    bl_idname = "tripo_addon.copy_error"
    bl_label = "Copy Error"
    bl_options = {"INTERNAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Put the report on the clipboard."""
        job = self.job
        if job is None or job.trouble is None:
            return gone(self)
        task = f"\nTask: {job.task_id}" if job.task_id else ""
        context.window_manager.clipboard = f"{job.trouble.report()}\nService: {job.account}{task}"
        self.report({"INFO"}, "The error's details are on the clipboard")
        return {"FINISHED"}


class TRIPO_ADDON_OT_copy_diagnostics(Operator):
    """Copy the versions, the service, the last errors and the end of the log, to send along with a
    question; without keys"""

    bl_idname = "tripo_addon.copy_diagnostics"
    bl_label = "Copy Diagnostics"
    bl_options = {"INTERNAL"}

    with_prompts: BoolProperty(
        name="With Prompts",
        description="Name the jobs, and add the prompts of those that failed",
        default=False,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Ask first what may be in it."""
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Put the text on the clipboard; in background mode, which has none, print it."""
        from ..session import diagnostics

        text = diagnostics.report(with_prompts=self.with_prompts)
        context.window_manager.clipboard = text
        said = "The diagnostics are on the clipboard"
        for line in text.splitlines() if bpy.app.background else (said,):
            self.report({"INFO"}, line)
        return {"FINISHED"}


class TRIPO_ADDON_OT_turn_page(Operator):
    """Show other jobs"""

    bl_idname = "tripo_addon.turn_page"
    bl_label = "Turn Page"
    bl_options = {"INTERNAL"}

    direction: EnumProperty(
        items=[("OLDER", "Older", "Show older jobs"), ("NEWER", "Newer", "Show newer jobs")],
        options={"SKIP_SAVE"},
    )

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Move by one page."""
        window = context.window_manager.tripo_addon
        window.page = max(1, window.page + (1 if self.direction == "OLDER" else -1))
        return {"FINISHED"}


class TRIPO_ADDON_OT_check_connection(Operator):
    """Ask the service for your balance, which shows whether the key works; free"""

    bl_idname = "tripo_addon.check_connection"
    bl_label = "Test Connection"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Say why the button is grey."""
        sentence = cls._reason()
        if sentence is not None:
            cls.poll_message_set(sentence)
        return sentence is None

    @staticmethod
    def _reason() -> str | None:
        """Why the balance cannot be asked for now."""
        service = settings.service()
        if not service.has_balance:
            return f"{service.label} shows the balance on its web site only"
        return checks.not_allowed()

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Ask in a worker; the answer shows in the preferences and the panel."""

        sentence = self._reason()
        if sentence is not None:
            return refused(self, sentence)
        try:
            composition.engine().ask_balance(composition.WIRING.account)
        except RuntimeError as error:
            return refused(self, str(error))
        timer.arm()
        return {"FINISHED"}


def reported(operator: Operator, *jobs: Job) -> "set[OperatorReturnItems]":
    """What became of the job, or of the steps of one wish, as far as it is known when the operator
    returns: in background mode anything but a result at its place is an error."""
    job = next((each for each in jobs if each.state is State.FAILED), jobs[-1])
    if job.state is not State.FAILED and not bpy.app.background:
        return {"FINISHED"}
    if job.state is State.DONE:
        return {"FINISHED"}
    words = describe(job)
    detail = words.detail or composition.waiting_message(job) or targets.question(job)
    sentence = f"{words.headline}: {detail}" if detail else words.headline
    return refused(operator, sentence)


def confirmed(
    operator: Operator, context: Context, event: Event, doubt: str
) -> "set[OperatorReturnItems]":
    """Do what the operator does, or ask first where there is something to be said against it."""
    if not doubt:
        return operator.execute(context)
    return context.window_manager.invoke_confirm(
        operator, event, title="Send It Anyway?", message=doubt, confirm_text="Send"
    )


def gone(operator: Operator) -> "set[OperatorReturnItems]":
    """End an operator whose job is not there any more."""
    return refused(operator, "There is no such job in the list any more")


def refused(operator: Operator, sentence: str) -> "set[OperatorReturnItems]":
    """End an operator with the reason why it does nothing."""
    operator.report({"ERROR"}, sentence)
    return {"CANCELLED"}


def _retry_tooltip(job: Job | None) -> str:
    if job is None:
        return "Try this job again"
    if job.retry_is_free or job.model is not None:
        return "Try again from what the service has already made; free"
    price = checks.retry_price(job)
    if job.lost_its_source:
        return f"Send the shape as a file instead; costs {price}"
    if job.failure is Failure.OUTCOME_UNKNOWN:
        return f"Ask for the model again; costs {price}, even if the first request was charged too"
    return f"Ask for the model again; costs {price}"


CLASSES = (
    TRIPO_ADDON_OT_generate_text,
    TRIPO_ADDON_OT_generate_image,
    TRIPO_ADDON_OT_generate_multiview,
    TRIPO_ADDON_OT_cancel_job,
    TRIPO_ADDON_OT_retry_job,
    TRIPO_ADDON_OT_import_job,
    TRIPO_ADDON_OT_remove_job,
    TRIPO_ADDON_OT_copy_error,
    TRIPO_ADDON_OT_copy_diagnostics,
    TRIPO_ADDON_OT_turn_page,
    TRIPO_ADDON_OT_check_connection,
)
register, unregister = class_pair(CLASSES)
