"""The Selected Object panel: the works on it, their prices, where results go, and its variants.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpy.types import Context, Panel, UILayout

from ...api.catalog.task_kinds import TaskKind
from ...jobs.model.landings import Landing
from ...jobs.model.states import State
from .. import settings
from ..forms import works
from ..forms.object_forms import GUIDED
from ..messages import objects as messages
from ..messages import prices
from ..messages.compare import SWITCH_BACK
from ..objects import ancestry, parts, provenance
from ..one_drawing import one_drawing
from ..registration import class_pair
from ..requests import checks, drafts, object_requests
from ..session import composition
from . import (
    animation_list,
    compare,
    picture_slots,
    presets,
    running_job,
    show_textures,
    style_line,
    widgets,
)
from .draft_operators import draw_keep
from .object_operators import (
    OPERATORS,
    TRIPO_ADDON_OT_land_job,
    TRIPO_ADDON_OT_purge_variant,
    TRIPO_ADDON_OT_put_back,
    TRIPO_ADDON_OT_recall,
)
from .sidebar import Sidebar
from .text_wrap import draw_wrapped, truncated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import bpy
    from bpy._typing.rna_enums import IconItems

    from ...jobs.model.job import Job
    from ..objects.object_group import ObjectGroup
    from ..objects.parts import LeftOut
    from ..objects.provenance import Step
    from ..requests.object_requests import Plan

_MOST_OTHERS: Final = 8
_SHORTEST_HISTORY: Final = 2
_MOST_PARTS: Final = 20
_MOST_LEFT_OUT: Final = 4
_PART_ICONS: Final[dict[str, IconItems]] = {
    "MESH": "MESH_DATA",
    "CURVE": "CURVE_DATA",
    "SURFACE": "SURFACE_DATA",
    "FONT": "FONT_DATA",
    "META": "META_DATA",
}
_FROM_RECORDS: Final = ("regenerate", "refine")
"""Works that repeat the object's recorded request, and so have no offer of their own."""
# Pixels at scale 1 of a button's icon, and of an icon and another button.
_ICON: Final = 20
_SIDE_BUTTON: Final = 46
# The share of a row for a refinement's name, beside its price.
_NAME_SHARE: Final = 0.6


class TRIPO_ADDON_PT_object(Sidebar, Panel):
    bl_label = "Selected Object"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw_header_preset(self, _context: Context) -> None:
        """The presets of the chosen work."""
        presets.TRIPO_ADDON_PT_object_presets.draw_panel_header(self.layout)

    def draw(self, context: Context) -> None:
        """The selected object, the form of the chosen work, and the button that sends it."""
        with one_drawing():
            _draw_panel(self.layout, context)


def _draw_panel(layout: UILayout, context: Context) -> None:
    forms = context.scene.tripo_addon
    layout.use_property_split = True
    layout.use_property_decorate = False
    work, form = works.chosen_form(forms)
    planned = object_requests.plan(form, context)
    if isinstance(planned, str):
        draw_wrapped(layout, planned, context, icon="INFO")
        return
    widgets.draw_ended(layout, settings.service(), context, once=True)
    _draw_parts(layout, planned.group, context)
    draft = drafts.draft_at(planned.group.anchor)
    if draft is not None:
        draw_keep(layout, draft, context)
        compare.draw(layout, context)
    layout.prop(forms, "work", text="")
    if _is_offered(work, form):
        _FORMS.get(work, _draw_form)(layout, form, planned, context)
        _draw_landing(layout, form, planned, context)
    draw_wrapped(layout, planned.message, context, icon="INFO")
    draw_wrapped(layout, planned.warning, context, icon="ERROR")
    _draw_button(layout, work, form, planned, context)
    if draft is None:
        compare.draw(layout, context)
    _draw_variants(layout, planned.group.anchor, context)


def draw_inputs(
    layout: UILayout, form: Any, context: Context, *, made: bool, rig: Any = None
) -> None:
    """A texture's prompt and images, and the animations; other works have no inputs. `made`: the
    service made the object, so a prompt is optional. `rig`: the form of the rig to be animated, if
    it is not the selected object's."""
    takes = form.offer.takes if form.offer is not None else ()
    if "animations" in takes:
        animation_list.draw(layout, form, form if rig is None else rig, context)
    if not hasattr(form, "guide"):
        return
    layout.prop(form, "guide")
    if form.guide == "VIEWS" and "front" in takes:
        picture_slots.draw_views(layout, form, context)
    column = layout.column()
    placeholder = messages.SAME_AS_ORIGINAL if made else messages.DESCRIBE_SURFACE
    for name in (each for each in GUIDED[form.guide] if each in takes):
        if name == "prompt":
            column.prop(form, name, text="", placeholder=placeholder)
        elif form.guide != "VIEWS":
            picture_slots.draw_picture(column, form, name)
    if "part_names" in takes:
        layout.prop(form, "part_names", placeholder=messages.ALL_PARTS)


def _draw_parts(layout: UILayout, group: ObjectGroup, context: Context) -> None:
    """The anchor's name, the parts that are taken, and those that are not with the reason."""
    # The root of several parts may be a mesh without faces.
    taken = [each for each in group.shaped if each.type != "MESH" or _has_faces(each)]
    name, left_out = group.anchor.name, group.left_out
    if len(taken) < 2 and not left_out:
        layout.label(text=name, icon="OBJECT_DATA")
        return
    header, body = layout.panel("tripo_addon_parts", default_closed=True)
    header.label(text=messages.parts(name, len(taken)), icon="OBJECT_DATA")
    if left_out:
        message = parts_message(left_out)
        draw_wrapped(layout if body is None else body, message, context, icon="INFO")
    if body is None:
        return
    column = body.column(align=True)
    for part in taken[:_MOST_PARTS]:
        column.label(text=part.name, icon=_PART_ICONS[part.type])
    if len(taken) > _MOST_PARTS:
        column.label(text=messages.more(len(taken) - _MOST_PARTS))


def parts_message(left_out: Sequence[LeftOut]) -> str:
    """Which objects are not taken, and why."""
    named = [(each.obj.name, each.why) for each in left_out[:_MOST_LEFT_OUT]]
    return messages.left_out(named, len(left_out) - len(named))


def _is_offered(work: str, form: Any) -> bool:
    """Whether the service offers this work."""
    return form.offer is not None or work in _FROM_RECORDS


def _has_faces(obj: bpy.types.Object) -> bool:
    mesh: Any = obj.data
    return bool(mesh.polygons)


def _draw_form(
    layout: UILayout, form: Any, planned: Plan, context: Context, rig: Any = None
) -> None:
    if form.offer is None:
        return
    draw_inputs(layout, form, context, made=not planned.way.bare, rig=rig)
    shown = widgets.shown_fields(form, form.offer)
    if "ref_image" in shown.fields:
        picture_slots.draw_picture(layout, form, "ref_image")
    widgets.draw_settings(layout, shown, context)
    style_line.draw_all(layout, shown, context)
    draw_wrapped(layout, form.offer.note, context, icon="INFO")


def _draw_rig(layout: UILayout, form: Any, planned: Plan, context: Context) -> None:
    if TaskKind.CHECK_RIG in form.service.offers:
        layout.prop(form, "check")
    _draw_form(layout, form, planned, context)
    animation_list.draw_switch(layout, form, "animate", form, context)
    if form.animate:
        animate = context.scene.tripo_addon.animate
        _draw_form(layout.box(), animate, planned, context, rig=form)


def _draw_regenerate(layout: UILayout, form: Any, planned: Plan, context: Context) -> None:
    made = ancestry.generation(planned.group.anchor)
    if made is not None and made.prompt:
        draw_wrapped(layout, messages.quoted(made.prompt), context)
    for sent in made.files if made is not None else ():
        layout.label(text=sent.name, icon="IMAGE_DATA")
    layout.prop(form, "settings")
    if form.settings == "RECORDED":
        layout.prop(form, "seed")
    layout.operator(TRIPO_ADDON_OT_recall.bl_idname, icon="RECOVER_LAST")


def _draw_refine(layout: UILayout, form: Any, planned: Plan, context: Context) -> None:
    """Each refinement with its price; one that the object cannot have is dim, and says why. The
    chosen one says so below the button."""
    generated = ancestry.generation_request(planned.group.anchor)
    column = layout.column(align=True)
    for item in form.bl_rna.properties["way"].enum_items:
        never = item.identifier == "DRAFT" and TaskKind.REFINE_MODEL not in form.service.offers
        if never and form.way != item.identifier:
            continue
        requests = form.requests_by(item.identifier, generated)
        plan = object_requests.planned(form, planned.group, requests)
        row = column.split(factor=_NAME_SHARE, align=True)
        row.active = not plan.refusal
        row.use_property_split = False
        row.prop_enum(form, "way", item.identifier)
        price = row.row()
        price.alignment = "RIGHT"
        price.label(text=_price(plan))
        if item.identifier != form.way:
            draw_wrapped(column, plan.refusal or "", context, icon="INFO")
    if form.way == "RETEXTURE":
        layout.prop(form, "quality")
        bare = planned.way.bare
        hint = messages.DESCRIBE_SURFACE if bare else messages.SAME_AS_ORIGINAL
        layout.prop(form, "prompt", placeholder=hint)
    if form.way == "RETOPOLOGY":
        layout.prop(form, "faces")
        layout.prop(form, "quad")


def _price(plan: Plan) -> str:
    if plan.refusal and plan.price is None:
        return prices.NOT_AVAILABLE
    return prices.price(plan.price, settings.service().money)


_FORMS: Final[dict[str, Callable[[UILayout, Any, Plan, Context], None]]] = {
    "rig": _draw_rig,
    "regenerate": _draw_regenerate,
    "refine": _draw_refine,
}


def _draw_landing(layout: UILayout, form: Any, planned: Plan, context: Context) -> None:
    column = layout.column()
    column.prop(form, "landing")
    if form.landing == Landing.DOWNLOAD.name:
        column.prop(form, "folder", placeholder=messages.DOWNLOAD_FOLDER)
    if form.landing == Landing.KEEP.name:
        column.prop(form, "texture_size")
        draw_wrapped(
            layout, object_requests.bake_of(form, planned.group).message, context, icon="INFO"
        )
        if parts.sharing_a_mesh(obj for obj in planned.group.shaped if obj.type == "MESH"):
            column.prop(form, "single_user")


def _draw_button(layout: UILayout, work: str, form: Any, planned: Plan, context: Context) -> None:
    row = layout.row()
    row.scale_y = 1.5
    operator = OPERATORS[work]
    texts: tuple[str, ...] = (operator.bl_label,)
    if planned.requests and _is_offered(work, form):
        texts = widgets.button_text(operator.bl_label, planned.price)
    widgets.draw_paid_button(row, work, operator.bl_idname, texts, context)
    running = running_job.draw(layout, context)
    widgets.draw_refusal(layout, work, context)
    sentence = checks.not_allowed()
    if sentence is not None:
        widgets.draw_not_allowed(layout, sentence, context)
    else:
        reason = planned.refusal or checks.shortage(planned.price)
        icon: IconItems = "INFO" if planned.refusal else "ERROR"
        draw_wrapped(layout, reason or "", context, icon=icon, fill_row=not running)
        if reason and not planned.refusal:
            widgets.draw_console(layout, context)
        quiet = not (running or reason)
        if quiet and not show_textures.draw_of(layout, planned.group.anchor, context):
            # Reserve the line of a job or a sentence, so that what is below does not jump.
            layout.label(text="")


def _draw_variants(layout: UILayout, anchor: bpy.types.Object, context: Context) -> None:
    """The object's history, its variants, and other results of the same history: each can be
    switched to."""
    kept, steps = anchor.tripo_addon.variants, ancestry.history(anchor)
    others = _others(anchor, steps)
    if not kept and not others and len(steps) < _SHORTEST_HISTORY:
        return
    header, body = layout.panel("tripo_addon_versions", default_closed=False)
    header.label(text=messages.variants(len(kept) + len(others)))
    if body is None:
        return
    if steps:
        body.label(text=messages.HISTORY)
    for line in ancestry.step_lines(steps):
        draw_wrapped(body, line, context, icon="DOT")
    if kept or others:
        _draw_former(body, anchor)
        body.label(text=messages.SWITCH_TO)
    for index in range(len(kept)):
        line = body.row(align=True)
        text = truncated(ancestry.variant_texts(anchor, index), context, taken=_SIDE_BUTTON)
        put = line.operator(TRIPO_ADDON_OT_put_back.bl_idname, text=text, icon="FILE_REFRESH")
        put.index = index
        line.operator(TRIPO_ADDON_OT_purge_variant.bl_idname, text="", icon="X").index = index
    for job in others[:_MOST_OTHERS]:
        text = truncated(provenance.step_of(job).texts(job.title), context, taken=_ICON)
        put = body.operator(TRIPO_ADDON_OT_land_job.bl_idname, text=text, icon="IMPORT")
        put.job_id, put.how = job.id, "SELECTED"


def _draw_former(body: UILayout, anchor: bpy.types.Object) -> None:
    if len(anchor.tripo_addon.variants):
        body.operator(compare.TRIPO_ADDON_OT_switch_back.bl_idname, text=SWITCH_BACK)


def _others(anchor: bpy.types.Object, steps: tuple[Step, ...]) -> list[Job]:
    """Finished jobs of the object's history whose model is on disk and is not a variant yet."""
    made = anchor.tripo_addon
    if not made.job_id:
        return []
    known = {made.job_id, *(row.job_id for row in made.variants)}
    tasks = {made.parent_task, *(step.task_id for step in steps)} - {""}
    makers, jobs = known | {step.job_id for step in steps}, composition.jobs()
    for job in reversed(jobs):
        target = job.placement.target
        source = getattr(job.request, "source_task", None)
        if job.id in makers or source in tasks or (target is not None and target.maker in makers):
            makers.add(job.id)
            tasks |= {job.result_task or ""} - {""}
    return [
        job
        for job in jobs
        if job.id in makers - known and job.state is State.DONE and job.model is not None
    ]


register, unregister = class_pair((TRIPO_ADDON_PT_object,))
