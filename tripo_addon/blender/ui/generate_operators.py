"""Operators that generate a model, one for each form of the Generate panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpy.types import Context, Operator

from ..registration import class_pair
from ..requests import drafts, generation
from .paid_operator import PaidOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...api.rules import Refusal
    from ...jobs.model.job import Job


class _Generate(PaidOperator):
    """Shared by the operators that generate a model."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Explain why the button is disabled."""
        sentence = generation.refuse_generation(cls.form(context), context)
        if sentence is not None:
            cls.poll_message_set(sentence)
        return sentence is None

    def request_values(self, context: Context) -> tuple[object, ...]:
        """The values of the form and of the steps after it."""
        form, count = self.form(context), context.scene.tripo_addon.candidates
        later = [
            (request.kind.value, dict(request.values))
            for request in generation.later_requests(form.kind, context)
        ]
        return (form.values(), sorted(form.held_pictures), later, count)

    def price(self, context: Context) -> float | None:
        """The price of the model and all steps after it, or of its drafts."""
        form = self.form(context)
        values = form.values()
        plan = drafts.planned(form.kind, values, context)
        return (
            generation.generation_price(form.kind, values, context) if plan is None else plan.price
        )

    def submit(self, context: Context) -> Sequence[Job] | Refusal:
        """Check the form once more, with its files, and send it."""
        form = self.form(context)
        if drafts.planned(form.kind, form.values(), context) is not None:
            return drafts.submit_drafts(form, context)
        return generation.submit_generation(form, context)


class TRIPO_ADDON_OT_generate_text(_Generate, Operator):
    """Generate a model from the prompt"""

    bl_idname = "tripo_addon.generate_text"
    bl_label = "Generate from Text"
    form_name = "text"


class TRIPO_ADDON_OT_generate_image(_Generate, Operator):
    """Generate a model from the image, which is uploaded to the service"""

    bl_idname = "tripo_addon.generate_image"
    bl_label = "Generate from Image"
    form_name = "image"


class TRIPO_ADDON_OT_generate_multiview(_Generate, Operator):
    """Generate a model from the views, which are uploaded to the service"""

    bl_idname = "tripo_addon.generate_multiview"
    bl_label = "Generate from Views"
    form_name = "multiview"


class TRIPO_ADDON_OT_generate_parts(_Generate, Operator):
    """Generate separate parts from one image, each named after what it is"""

    bl_idname = "tripo_addon.generate_parts"
    bl_label = "Generate Parts"
    form_name = "parts"


register, unregister = class_pair(
    (
        TRIPO_ADDON_OT_generate_text,
        TRIPO_ADDON_OT_generate_image,
        TRIPO_ADDON_OT_generate_multiview,
        TRIPO_ADDON_OT_generate_parts,
    )
)
