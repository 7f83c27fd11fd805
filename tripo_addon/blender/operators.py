"""What the artist can do: each operator translates, calls `wiring`, and reports."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..api.rules import Refusal
from ..jobs.job import Failure, Job, State, describe
from . import wiring
from .properties import GenerationForm
from .registration import class_pair

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
    def form(cls, context: Context) -> GenerationForm:
        """The form of this operator's mode."""
        return getattr(context.scene.tripo_addon, cls.mode)

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Say why the button is grey."""
        sentence = wiring.refusal(cls.form(context))
        if sentence is not None:
            cls.poll_message_set(sentence)
        return sentence is None

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Send the form; in background mode, see the job to its end."""
        form = self.form(context)
        wish = wiring.wish(form)
        if isinstance(wish, Refusal):
            wiring.WIRING.refusals[self.mode] = wish
            return _refused(self, wish.sentence)
        wiring.WIRING.refusals.pop(self.mode, None)
        try:
            job = wiring.submit(wish, title=form.title, context=context)
        except RuntimeError as error:
            return _refused(self, str(error))
        return _reported(self, job)


class TRIPO_ADDON_OT_generate_text(_Generate, Operator):
    """Make a model from the prompt; spends the credits shown on the button"""

    bl_idname = "tripo_addon.generate_text"
    bl_label = "Generate from Text"
    mode = "text"


class TRIPO_ADDON_OT_generate_image(_Generate, Operator):
    """Make a model from the picture, which is uploaded; spends the credits shown on the button"""

    bl_idname = "tripo_addon.generate_image"
    bl_label = "Generate from Image"
    mode = "image"


class TRIPO_ADDON_OT_generate_multiview(_Generate, Operator):
    """Make a model from the pictures, which are uploaded; spends the credits shown on the button"""

    bl_idname = "tripo_addon.generate_multiview"
    bl_label = "Generate from Views"
    mode = "multiview"


class _OnJob(_Base):
    """Shared by what acts on one job of the list."""

    job_id: StringProperty(name="Job", description="Id of the job", options={"SKIP_SAVE", "HIDDEN"})

    @property
    def job(self) -> Job | None:
        """The job, if the engine still knows it."""
        engine = wiring.WIRING.engine
        return engine.job(self.job_id) if engine is not None else None


class TRIPO_ADDON_OT_cancel_job(_OnJob, Operator):
    """Stop this job; a task that the service has accepted goes on there, and its credits are
    spent"""

    bl_idname = "tripo_addon.cancel_job"
    bl_label = "Cancel Job"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Stop what can be stopped."""
        if self.job is None:
            return _gone(self)
        wiring.engine().cancel(self.job_id)
        from . import pump

        pump.arm()
        return {"FINISHED"}


class TRIPO_ADDON_OT_retry_job(_OnJob, Operator):
    """Try this job again"""

    bl_idname = "tripo_addon.retry_job"
    bl_label = "Retry Job"
    bl_options = {"INTERNAL"}

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        """Say what a new try costs."""
        engine = wiring.WIRING.engine
        job = engine.job(properties.job_id) if engine is not None else None
        return _retry_words(job)

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
            return _gone(self)
        sentence = wiring.refuse_retry(former)
        if sentence is not None:
            return _refused(self, sentence)
        placement = None if wiring.fits(former) else wiring.placement(context)
        job = wiring.engine().retry(self.job_id, account=wiring.WIRING.account, placement=placement)
        return _gone(self) if job is None else _reported(self, wiring.go_on(job))


class TRIPO_ADDON_OT_import_job(_OnJob, Operator):
    """Bring this job's model into the scene at the 3D cursor; free"""

    bl_idname = "tripo_addon.import_job"
    bl_label = "Import Job"
    bl_options = {"INTERNAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Place the model, from the file on disk."""
        if self.job is None:
            return _gone(self)
        job = wiring.engine().bring(self.job_id, wiring.placement(context))
        return _gone(self) if job is None else _reported(self, wiring.go_on(job))


class TRIPO_ADDON_OT_remove_job(_OnJob, Operator):
    """Take this job off the list; its model stays in the scene, and its files on disk"""

    bl_idname = "tripo_addon.remove_job"
    bl_label = "Remove Job"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Forget the job."""
        wiring.engine().forget(self.job_id)
        return {"FINISHED"}


class TRIPO_ADDON_OT_copy_error(_OnJob, Operator):
    """Copy what went wrong, in full, with the service's own words and trace id"""

    bl_idname = "tripo_addon.copy_error"
    bl_label = "Copy Error"
    bl_options = {"INTERNAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Put the report on the clipboard."""
        job = self.job
        if job is None or job.trouble is None:
            return _gone(self)
        task = f"\nTask: {job.task_id}" if job.task_id else ""
        context.window_manager.clipboard = f"{job.trouble.report()}\nService: {job.account}{task}"
        self.report({"INFO"}, "The error's details are on the clipboard")
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
        service = wiring.service()
        if not service.has_balance:
            return f"{service.label} shows the balance on its web site only"
        return wiring.not_allowed()

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Ask in a worker; the answer shows in the preferences and the panel."""
        from . import pump

        sentence = self._reason()
        if sentence is not None:
            return _refused(self, sentence)
        try:
            wiring.engine().ask_balance(wiring.WIRING.account)
        except RuntimeError as error:
            return _refused(self, str(error))
        pump.arm()
        return {"FINISHED"}


def _reported(operator: Operator, job: Job) -> "set[OperatorReturnItems]":
    """What became of the job, as far as it is known when the operator returns: in background mode
    anything but a model in the scene is an error."""
    if job.state is not State.FAILED and not bpy.app.background:
        return {"FINISHED"}
    if job.state is State.DONE:
        return {"FINISHED"}
    words = describe(job)
    detail = words.detail or wiring.standstill(job)
    sentence = f"{words.headline}: {detail}" if detail else words.headline
    return _refused(operator, sentence)


def _gone(operator: Operator) -> "set[OperatorReturnItems]":
    return _refused(operator, "There is no such job in the list any more")


def _refused(operator: Operator, sentence: str) -> "set[OperatorReturnItems]":
    operator.report({"ERROR"}, sentence)
    return {"CANCELLED"}


def _retry_words(job: Job | None) -> str:
    if job is None:
        return "Try this job again"
    if job.retry_is_free or job.model is not None:
        return "Try again from what the service has already made; free"
    price = f"{job.price} credits" if job.price is not None else "credits"
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
    TRIPO_ADDON_OT_turn_page,
    TRIPO_ADDON_OT_check_connection,
)
register, unregister = class_pair(CLASSES)
