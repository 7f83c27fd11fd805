"""Compares results side by side: how they look from all sides, what was measured, their prices; and
in place, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.types import Context, Operator, UILayout

from ...api.catalog import SERVICES
from ...api.record import record
from ..job_list import rows
from ..messages import compare as messages
from ..messages import objects
from ..messages.prices import price
from ..objects import in_place, likenesses, selection, variants
from ..previews import model_pictures, thumbnails, turntables
from ..registration import class_pair
from ..session import composition
from .operators import OnJob, gone, refused
from .text_wrap import columns_in

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ...jobs.model.job import Draft, Job

_COLUMN: Final = 130
"""Pixels at scale 1 that a compared model needs."""
_MOST_COLUMNS: Final = 4
_DIGITS: Final = 3
_FEWEST: Final = 2
_MOST: Final = 8
# The height of an image, in rows.
_ROWS: Final = 5.0


@record
class Result:
    """A model to compare: its name, and the job that made it."""

    name: str
    job: Job


def results_of(context: Context) -> Sequence[Result]:
    """The selected object's current version and its variants, or all candidates beside it."""
    group = selection.selected(context)
    if group is None:
        return ()
    engine = composition.WIRING.engine
    made = group.anchor.tripo_addon
    own = engine.job(made.job_id) if engine is not None and made.job_id else None
    if own is not None and own.draft is not None and own.placement.most_faces:
        drafts = [job for job in rows.ROWS.steps_of(own.id) if job.draft is not None]
        return [Result(str(job.draft.number), job) for job in drafts if job.draft][:_MOST]
    named = [(messages.CURRENT, made.job_id), *((row.name, row.job_id) for row in made.variants)]
    jobs = [(name, engine.job(job_id) if engine and job_id else None) for name, job_id in named]
    return [Result(name, job) for name, job in jobs if job is not None][:_MOST]


def draw(layout: UILayout, context: Context) -> None:
    """Draw a sub-panel with the results of the selected object, side by side, and a slider that
    turns them all; models are drawn once it is unfolded."""
    results = results_of(context)
    if len(results) < _FEWEST:
        return
    header, body = layout.panel("tripo_addon_compare", default_closed=True)
    header.label(text=messages.compare(len(results)))
    if body is None:
        return
    window: Any = context.window_manager.tripo_addon
    body.prop(window, "compared_side", slider=True)
    there = _in_scene(results[0].job)
    if len(there) >= _FEWEST:
        other = in_place.other(_first(results[0].job), _chosen_number(context))
        body.operator(TRIPO_ADDON_OT_switch_back.bl_idname, text=messages.switch(other))
    columns = min(_MOST_COLUMNS, len(results), columns_in(context, _COLUMN))
    grid = body.grid_flow(row_major=True, columns=columns, even_columns=True, even_rows=True)
    for result in results:
        column = grid.box().column(align=True)
        _draw_result(column, result, window.compared_side, context)
        draft = result.job.draft
        if len(there) >= _FEWEST and draft is not None and draft.number in there:
            _draw_in_place(column, result.job, draft)


def _draw_in_place(column: UILayout, job: Job, draft: Draft) -> None:
    is_shown = in_place.shown(draft.first) == draft.number
    name, icon = TRIPO_ADDON_OT_show_candidate.bl_idname, "HIDE_OFF" if is_shown else "HIDE_ON"
    button: Any = column.operator(name, text=messages.IN_PLACE, icon=icon, depress=is_shown)
    button.job_id = job.id


def _first(job: Job) -> str:
    return job.draft.first if job.draft is not None else ""


def _in_scene(job: Job) -> frozenset[int]:
    """The numbers of the candidates beside this one that are in the scene."""
    first = _first(job)
    return frozenset(each.number for each in likenesses.of(first)) if first else frozenset()


def _chosen_draft(context: Context) -> Draft | None:
    """The selected candidate."""
    group = selection.selected(context)
    engine = composition.WIRING.engine
    job_id = likenesses.job_of(group.anchor) if group is not None else ""
    job = engine.job(job_id) if engine is not None and job_id else None
    return job.draft if job is not None else None


def _chosen_number(context: Context) -> int:
    draft = _chosen_draft(context)
    return draft.number if draft is not None else 0


class TRIPO_ADDON_OT_compare(Operator):
    """Report what is measured of the selected object's variants or candidates, without a window"""

    bl_idname = "tripo_addon.compare"
    bl_label = "Compare Results"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Explain what has to be selected, and where the comparison is in a window."""
        if not bpy.app.background:
            cls.poll_message_set(messages.IN_THE_PANEL)
        elif len(results_of(context)) < _FEWEST:
            cls.poll_message_set(messages.FEW)
        else:
            return True
        return False

    def execute(self, context: Context) -> set[OperatorReturnItems]:
        """Draw and measure the models, which **blocks**, and report each."""
        maker = thumbnails.picture_maker()
        for result in results_of(context):
            made = maker and model_pictures.turned(result.job, maker, lambda: False)
            if not made:
                return refused(self, messages.summary(result.name, [messages.NOT_DRAWN]))
            facts = [*measured(made.facts, context), _price(result.job)]
            self.report({"INFO"}, messages.summary(result.name, facts))
        return {"FINISHED"}


def _draw_result(column: UILayout, result: Result, turn: int, context: Context) -> None:
    column.label(text=result.name)
    made = model_pictures.TURNED.of(result.job)
    icon = turntables.TURNTABLES.icon(made.images, turn) if made is not None else 0
    column.template_icon(icon or _EMPTY, scale=_ROWS)
    if made is None:
        failed = model_pictures.TURNED.fails(result.job)
        column.label(text=messages.NOT_DRAWN if failed else messages.DRAWING)
        return
    for text in (*measured(made.facts, context), _price(result.job)):
        column.label(text=text)


def measured(facts: Any, context: Context) -> Sequence[str]:
    """What was measured of a model, as texts; lengths in the scene's units."""
    return (
        messages.faces(facts["faces"]),
        messages.texture(facts["texture"]),
        messages.holes(facts["holes"]),
        messages.size(_length(side, context) for side in facts["size"]),
    )


def _length(side: float, context: Context) -> str:
    """A length in scene units as Blender's own fields show it."""
    units = context.scene.unit_settings
    if units.system == "NONE":
        return f"{side:.2f}"
    meters = side * units.scale_length
    return bpy.utils.units.to_string(units.system, "LENGTH", meters, precision=_DIGITS)


def _price(job: Job) -> str:
    amount = job.credits if job.credits is not None else job.price
    return messages.FREE if amount is None else price(amount, SERVICES[job.service_id].money)


class TRIPO_ADDON_OT_switch_back(Operator):
    """Show the variant or candidate shown before, in the same place; press again to go back"""

    bl_idname = "tripo_addon.switch_back"
    bl_label = "Switch to Former Variant or Candidate"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Explain what has to be selected."""
        group = selection.selected(context) if context.mode == "OBJECT" else None
        if group is not None and len(group.anchor.tripo_addon.variants):
            return True
        draft = _chosen_draft(context) if group is not None else None
        if draft is not None and in_place.other(draft.first, draft.number):
            return True
        cls.poll_message_set(messages.NO_VARIANT)
        return False

    def execute(self, context: Context) -> set[OperatorReturnItems]:
        """Swap the current version and the one that was laid aside last, or show another
        candidate."""
        draft = _chosen_draft(context)
        if draft is not None:
            _show(context, draft, in_place.other(draft.first, draft.number))
            return {"FINISHED"}
        group = selection.selected(context)
        listed = group.anchor.tripo_addon.variants if group is not None else ()
        whole = [index for index in range(len(listed)) if variants.is_whole(group.anchor, index)]
        if group is None or not whole:
            return refused(self, messages.NO_VARIANT)
        variants.put_back(group.anchor, whole[-1])
        return {"FINISHED"}


class TRIPO_ADDON_OT_show_candidate(OnJob, Operator):
    """Show this candidate alone at the model's place, for free; press again to show all"""

    bl_idname = "tripo_addon.show_candidate"
    bl_label = "Show Candidate in Place"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Explain why the button is disabled: other modes are about the object that is edited."""
        cls.poll_message_set(objects.OBJECT_MODE_FIRST)
        return context.mode == "OBJECT"

    def execute(self, context: Context) -> set[OperatorReturnItems]:
        """Show it alone, or all if it is shown already."""
        job = self.job
        if job is None or job.draft is None:
            return gone(self)
        if in_place.shown(job.draft.first) == job.draft.number:
            in_place.show_all(job.draft.first)
        elif not _show(context, job.draft, job.draft.number):
            return refused(self, messages.NOT_IN_SCENE)
        return {"FINISHED"}


def _show(context: Context, draft: Draft, number: int) -> bool:
    """Show another candidate of the same request alone, and select it in place of those that are
    hidden, so that *Keep This* is about what is seen. Beside a blockout, which keeps its place, it
    is shown at the first place of the row. Returns whether it is in the scene."""
    home = draft.home
    place = None if home.stand is not None else home.location
    return in_place.show(draft.first, number, place, context.view_layer)


_EMPTY: Final = UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items["MESH_DATA"].value

register, unregister = class_pair(
    (TRIPO_ADDON_OT_compare, TRIPO_ADDON_OT_switch_back, TRIPO_ADDON_OT_show_candidate)
)
