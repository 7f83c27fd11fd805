"""What the artist can do with a selected object: each operator translates, hands on, reports."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import EnumProperty, IntProperty
from bpy.types import Context, Event, Operator

from ...api.rules import Refusal
from .. import loop
from ..arrival import landing
from ..forms.object_forms import ObjectForm, form_of, generation_of
from ..forms.task_form import name_from_prompt
from ..forms.works import WORKS, Work
from ..objects import ancestry, selection, variants
from ..registration import class_pair
from ..requests import checks, object_requests
from ..session import composition
from .operators import OnJob, confirmed, gone, refused, reported

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    _Base = Operator
else:
    # A mixin that were an Operator itself would have to be registered.
    _Base = object


class _OnObject(_Base):
    """Sends the form of one work; `work` is its name on the scene."""

    work: str

    @classmethod
    def form(cls, context: Context) -> ObjectForm:
        """The form of this work."""
        return getattr(context.scene.tripo_addon, cls.work)

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Say why the button is grey."""
        planned = object_requests.plan(cls.form(context), context)
        reason = planned if isinstance(planned, str) else planned.refusal
        sentence = checks.not_allowed() or reason
        if sentence:
            cls.poll_message_set(sentence)
        return not sentence

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask first where a picture is so small that the money may be wasted."""
        return confirmed(self, context, event, checks.picture_advice(self.form(context)))

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Send the work; in background mode, see it to its end."""
        family = selection.selected(context)
        title = name_from_prompt(family.anchor.name) if family is not None else ""
        composition.WIRING.refusals.pop(self.work, None)
        try:
            jobs = object_requests.submit(self.form(context), context, title=title)
        except RuntimeError as error:
            return refused(self, str(error))
        if isinstance(jobs, Refusal):
            composition.WIRING.refusals[self.work] = jobs
            return refused(self, jobs.sentence)
        self.form(context).after_sending()
        return reported(self, *jobs)


def _operator(work: Work) -> type[Operator]:
    """The operator of a row of `works`."""
    members = {
        "__doc__": f"{work.about}, at the price on the button",
        "bl_idname": f"tripo_addon.{work.name}",
        "bl_label": work.label,
        "work": work.name,
    }
    made: Any = type(f"TRIPO_ADDON_OT_{work.name}", (_OnObject, Operator), members)
    return made


OPERATORS: dict[str, type[Operator]] = {work.name: _operator(work) for work in WORKS}
"""The operators by the names of their works."""


class TRIPO_ADDON_OT_recall(Operator):
    """Put what the selected object was made from back into the Generate panel"""

    bl_idname = "tripo_addon.recall"
    bl_label = "Recall Settings"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Say why the button is grey."""
        sentence = _nothing_to_recall(context)
        if sentence:
            cls.poll_message_set(sentence)
        return not sentence

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Fill the form of the recorded kind, and show it."""
        sentence, family = _nothing_to_recall(context), selection.selected(context)
        if sentence or family is None:
            return refused(self, sentence)
        recorded = ancestry.generation_request(family.anchor)
        kind = generation_of(recorded)
        forms = context.scene.tripo_addon
        if kind is None:
            return refused(self, sentence)
        form = form_of(forms, kind)
        form.recall(recorded)
        forms.mode = next(mode for mode in ("text", "image", "multiview") if _is(forms, mode, form))
        return {"FINISHED"}


WAYS: dict[str, tuple[str, str]] = {
    "ANYWAY": ("Land Anyway", "Land it on the object as it is now; that is kept as a variant"),
    "NEW": ("As New Object", "Bring it in as an object of its own"),
    "SELECTED": (
        "On Selected",
        "Land it on the selected object instead; what that is now is kept as a variant",
    ),
}
"""How a result may land after all: the words on the button, and those of its tooltip."""


class TRIPO_ADDON_OT_land_job(OnJob, Operator):
    """Bring this job's result in after all; free"""

    bl_idname = "tripo_addon.land_job"
    bl_label = "Land Result"
    bl_options = {"INTERNAL"}

    how: EnumProperty(
        name="How",
        items=[(way, *words) for way, words in WAYS.items()],
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        """Each way has its own words."""
        return WAYS[properties.how][1] if properties.how in WAYS else ""

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Land it as the artist decides."""
        job = self.job
        if job is None:
            return gone(self)
        try:
            placement = landing.resolve_choice(job, self.how, context)
        except (landing.NotDecided, OSError) as error:
            return refused(self, str(error))
        brought = composition.engine().bring(self.job_id, placement)
        return gone(self) if brought is None else reported(self, loop.go_on(brought))


class TRIPO_ADDON_OT_convert_job(OnJob, Operator):
    """Have the service write this model anew as FBX, which every Blender reads, at the price on the
    button"""

    bl_idname = "tripo_addon.convert_job"
    bl_label = "Convert to FBX"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Ask for it; the result lands as the first was to."""
        sentence, job = checks.not_allowed(), self.job
        if job is None:
            return gone(self)
        step = object_requests.readable_step(job)
        if sentence is not None or step is None:
            return refused(self, sentence or "The service in force cannot convert this model")
        return reported(self, *loop.submit((step,)))


_SWITCH = "Switch to this version; what is there now is kept as a variant. Free"


class _OnVariant(_Base):
    """Shared by what acts on a variant of the selected object."""

    index: IntProperty(name="Variant", options={"SKIP_SAVE", "HIDDEN"})

    def anchor(self, context: Context) -> bpy.types.Object | None:
        """The object with the variant, if there is one of that number."""
        family = selection.selected(context)
        if family is None or context.mode != "OBJECT":
            return None
        listed = family.anchor.tripo_addon.variants
        return family.anchor if 0 <= self.index < len(listed) else None


class TRIPO_ADDON_OT_put_back(_OnVariant, Operator):
    """Put this version of the object in place; what is there now becomes a variant. Free"""

    bl_idname = "tripo_addon.put_back"
    bl_label = "Put Variant in Place"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def description(cls, context: Context, properties: bpy.types.OperatorProperties) -> str:
        """How this version was made, step by step."""
        family, index = selection.selected(context), getattr(properties, "index", -1)
        known = family is not None and 0 <= index < len(family.anchor.tripo_addon.variants)
        story = ancestry.variant_tooltip(family.anchor, index) if family and known else ""
        return f"{_SWITCH}\n{story}" if story else _SWITCH

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Exchange the two."""
        anchor = self.anchor(context)
        if anchor is None:
            return refused(self, "The selected object has no such variant")
        if not variants.is_whole(anchor, self.index):
            return refused(self, "This version is not complete any more: it can only be removed")
        variants.put_back(anchor, self.index)
        return {"FINISHED"}


class TRIPO_ADDON_OT_purge_variant(_OnVariant, Operator):
    """Remove this version of the object for good"""

    bl_idname = "tripo_addon.purge_variant"
    bl_label = "Remove Variant"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask first: it may be the original."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Give it up."""
        anchor = self.anchor(context)
        if anchor is None:
            return refused(self, "The selected object has no such variant")
        variants.purge(anchor, self.index)
        return {"FINISHED"}


def _is(forms: Any, mode: str, form: Any) -> bool:
    return getattr(forms, mode) == form


def _nothing_to_recall(context: Context) -> str:
    family = selection.selected(context)
    if family is None:
        return selection.none_selected(context)
    if generation_of(ancestry.generation_request(family.anchor)) is None:
        return f"{family.anchor.name} was not generated, so there is nothing to recall"
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
