"""Operators on the selected object: each reads its inputs, calls `requests`, `variants` or the
engine, and reports the result."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import EnumProperty, IntProperty
from bpy.types import Context, Event, Operator

from .. import loop, settings
from ..arrival import landing_choice
from ..forms.object_forms import form_of, generation_of
from ..forms.task_form import name_from_prompt
from ..forms.works import WORKS, Work
from ..messages import jobs, objects
from ..objects import ancestry, selection, variants
from ..registration import class_pair
from ..requests import checks, object_requests, readable_copy
from ..session import composition
from .operators import OnJob, gone, refused, reported
from .paid_operator import PaidOperator

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ...api.rules import Refusal
    from ...jobs.model.job import Job

    _Base = Operator
else:
    # If the mixin were an Operator, Blender would want it registered.
    _Base = object


class _OnObject(PaidOperator):
    """Shared by the operators that send a work's form."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Explain why the button is disabled."""
        planned = object_requests.plan(cls.form(context), context)
        reason = planned if isinstance(planned, str) else planned.refusal
        sentence = checks.not_allowed() or reason
        if sentence:
            cls.poll_message_set(sentence)
        return not sentence

    def request_values(self, context: Context) -> tuple[object, ...]:
        """The requests, the objects that they are for, and how the result is applied."""
        planned, form = object_requests.plan(self.form(context), context), self.form(context)
        if isinstance(planned, str):
            return (planned,)
        requests = [(request.kind.value, dict(request.values)) for request in planned.requests]
        return (requests, [root.session_uid for root in planned.group.roots], form.landing)

    def price(self, context: Context) -> float | None:
        """The price of all requests."""
        planned = object_requests.plan(self.form(context), context)
        return None if isinstance(planned, str) else planned.price

    def submit(self, context: Context) -> "list[Job] | Refusal":
        """Capture the selected object and send the form."""
        group = selection.selected(context)
        title = name_from_prompt(group.anchor.name) if group is not None else ""
        return object_requests.submit_object_work(self.form(context), context, title=title)


def _operator(work: Work) -> type[Operator]:
    """The operator of a row of `works`."""
    members = {
        "__doc__": work.about,
        "bl_idname": f"tripo_addon.{work.name}",
        "bl_label": work.label,
        "form_name": work.name,
    }
    made: Any = type(f"TRIPO_ADDON_OT_{work.name}", (_OnObject, Operator), members)
    return made


OPERATORS: dict[str, type[Operator]] = {work.name: _operator(work) for work in WORKS}
"""The operators by the names of their works."""


class TRIPO_ADDON_OT_recall(Operator):
    """Copy this object's prompt and settings to the Generate panel"""

    bl_idname = "tripo_addon.recall"
    bl_label = "Recall Settings"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Explain why the button is disabled."""
        sentence = _nothing_to_recall(context)
        if sentence:
            cls.poll_message_set(sentence)
        return not sentence

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Fill the form that the object was generated with, and show it."""
        sentence, group = _nothing_to_recall(context), selection.selected(context)
        if sentence or group is None:
            return refused(self, sentence)
        recorded = ancestry.generation_request(group.anchor)
        kind = generation_of(recorded)
        forms = context.scene.tripo_addon
        if kind is None:
            return refused(self, sentence)
        form = form_of(forms, kind)
        form.recall(recorded)
        forms.mode = next(mode for mode in ("text", "image", "multiview") if _is(forms, mode, form))
        return {"FINISHED"}


class TRIPO_ADDON_OT_land_job(OnJob, Operator):
    """Apply this job's result (free)"""

    bl_idname = "tripo_addon.land_job"
    bl_label = "Apply Result"
    bl_options = {"INTERNAL"}

    how: EnumProperty(
        name="How",
        items=[(choice, *texts) for choice, texts in jobs.LANDING_CHOICES.items()],
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        """Each choice has its own tooltip."""
        _label, tooltip = jobs.LANDING_CHOICES.get(properties.how, ("", ""))
        return tooltip

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Place the result as the artist chose."""
        job = self.job
        if job is None:
            return gone(self)
        try:
            placement = landing_choice.resolve_choice(job, self.how, context)
        except (landing_choice.NotDecided, OSError) as error:
            return refused(self, str(error))
        again = composition.engine().bring(self.job_id, placement)
        return gone(self) if again is None else reported(self, loop.go_on(again))


class TRIPO_ADDON_OT_convert_job(OnJob, Operator):
    """Convert this model to FBX, which every Blender version can import"""

    bl_idname = "tripo_addon.convert_job"
    bl_label = "Convert to FBX"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Send the conversion; its result is placed as the model was meant to be."""
        sentence, job = checks.not_allowed(), self.job
        if job is None:
            return gone(self)
        step = readable_copy.readable_step(job)
        if sentence is not None or step is None:
            return refused(self, sentence or jobs.cannot_convert(settings.service().label))
        if readable_copy.is_converting(job):
            return refused(self, jobs.CONVERTING_ALREADY)
        return reported(self, *loop.submit((step,)))


class _OnVariant(_Base):
    """Shared by the operators on a variant of the selected object."""

    index: IntProperty(name="Variant", options={"SKIP_SAVE", "HIDDEN"})

    def anchor(self, context: Context) -> bpy.types.Object | None:
        """The object that has the variant, or None."""
        group = selection.selected(context)
        if group is None or context.mode != "OBJECT":
            return None
        listed = group.anchor.tripo_addon.variants
        return group.anchor if 0 <= self.index < len(listed) else None


class TRIPO_ADDON_OT_put_back(_OnVariant, Operator):
    """Switch to this variant; the current one is kept"""

    bl_idname = "tripo_addon.put_back"
    bl_label = "Switch to Variant"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def description(cls, context: Context, properties: bpy.types.OperatorProperties) -> str:
        """The tooltip lists the steps that the variant was made in."""
        group, index = selection.selected(context), getattr(properties, "index", -1)
        known = group is not None and 0 <= index < len(group.anchor.tripo_addon.variants)
        history = ancestry.variant_tooltip(group.anchor, index) if group and known else ""
        return objects.switch_tooltip(history)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Swap the variant and the current version."""
        anchor = self.anchor(context)
        if anchor is None:
            return refused(self, objects.NO_SUCH_VARIANT)
        if not variants.is_whole(anchor, self.index):
            return refused(self, objects.INCOMPLETE_VARIANT)
        variants.put_back(anchor, self.index)
        return {"FINISHED"}


class TRIPO_ADDON_OT_purge_variant(_OnVariant, Operator):
    """Delete this variant permanently"""

    bl_idname = "tripo_addon.purge_variant"
    bl_label = "Remove Variant"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask for confirmation: it may be the original."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Delete the variant."""
        anchor = self.anchor(context)
        if anchor is None:
            return refused(self, objects.NO_SUCH_VARIANT)
        variants.purge(anchor, self.index)
        return {"FINISHED"}


def _is(forms: Any, mode: str, form: Any) -> bool:
    return getattr(forms, mode) == form


def _nothing_to_recall(context: Context) -> str:
    group = selection.selected(context)
    if group is None:
        return selection.none_selected(context)
    if generation_of(ancestry.generation_request(group.anchor)) is None:
        return objects.nothing_to_recall(group.anchor.name)
    return ""


register, unregister = class_pair(
    (
        *OPERATORS.values(),
        TRIPO_ADDON_OT_recall,
        TRIPO_ADDON_OT_land_job,
        TRIPO_ADDON_OT_convert_job,
        TRIPO_ADDON_OT_put_back,
        TRIPO_ADDON_OT_purge_variant,
    )
)
