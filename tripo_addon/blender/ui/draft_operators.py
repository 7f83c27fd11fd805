"""Keeps one of several drafts of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.types import Context, Operator, UILayout

from ...api import rules
from .. import settings
from ..messages import drafts as messages
from ..messages import prices
from ..registration import class_pair
from ..requests import drafts
from ..session import composition
from .operators import OnJob, gone, refused, reported
from .text_wrap import truncated

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ...jobs.model.job import Job


class TRIPO_ADDON_OT_keep_draft(OnJob, Operator):
    """Finish this candidate as you asked for it, and clear the others from the scene"""

    bl_idname = "tripo_addon.keep_draft"
    bl_label = "Keep This Candidate"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        """The tooltip with the price, and what becomes of the shape."""
        engine = composition.WIRING.engine
        job = engine.job(properties.job_id) if engine is not None else None
        plan = drafts.keep_plan(job) if job is not None else None
        if plan is None:
            return ""
        price = prices.price(plan.price, settings.service().money) if plan.price else prices.FREE
        return plan.refusal or messages.keep_tooltip(price, again=plan.again)

    def execute(self, context: Context) -> set[OperatorReturnItems]:
        """Have the model made, once."""
        job = self.job
        if job is None:
            return gone(self)
        try:
            kept = drafts.keep(job, context)
        except RuntimeError as error:
            return refused(self, str(error))
        if isinstance(kept, rules.Refusal):
            return refused(self, kept.sentence)
        return reported(self, *kept)


def draw_keep(
    layout: UILayout, job: Job, context: Context, *, share: float = 1.0, taken: int = 0
) -> None:
    """The button that keeps a draft, with its price; gray if that is not possible. `share` of the
    width and `taken` pixels of it as for `truncated`."""
    row = layout.row(align=True)
    row.enabled = not drafts.keep_plan(job).refusal
    text = truncated(keep_texts(job), context, share=share, taken=taken)
    row.operator(TRIPO_ADDON_OT_keep_draft.bl_idname, text=text).job_id = job.id


def keep_texts(job: Job) -> list[str]:
    """The texts of that button, the longest first; each has the price."""
    price, unit = drafts.keep_plan(job).price, settings.service().money
    return [prices.priced(label, price, unit) for label in messages.KEEP]


register, unregister = class_pair((TRIPO_ADDON_OT_keep_draft,))
