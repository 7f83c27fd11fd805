"""The sidebar's Generate panel: the form of the chosen mode, its price and its button.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from bpy.types import Context, Panel, UILayout

from ...api.catalog.task_kinds import GENERATIONS, TaskKind
from .. import settings
from ..forms import qualities
from ..messages import drafts as draft_messages
from ..messages import generate
from ..objects import placement
from ..one_drawing import one_drawing
from ..registration import class_pair
from ..requests import checks, drafts, generation
from . import (
    animation_list,
    first_run,
    generate_operators,
    object_panel,
    picture_slots,
    presets,
    prompt_field,
    running_job,
    style_line,
    widgets,
)
from .sidebar import Sidebar
from .text_wrap import draw_wrapped, is_narrow, short, text_fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bpy._typing.rna_enums import IconItems

    from ..forms.scene_properties import TRIPO_ADDON_PG_scene
    from ..forms.task_form import TaskForm

_LONGEST_PROMPT: Final = 40
# Pixels at scale 1 that a panel header needs besides its text.
_HEADER: Final = 30
# Pixels at scale 1 of the borders of a tab.
_TAB: Final = 22
_GENERATE: Final = {
    "text": generate_operators.TRIPO_ADDON_OT_generate_text,
    "image": generate_operators.TRIPO_ADDON_OT_generate_image,
    "multiview": generate_operators.TRIPO_ADDON_OT_generate_multiview,
    "parts": generate_operators.TRIPO_ADDON_OT_generate_parts,
}


class TRIPO_ADDON_PT_generate(Sidebar, Panel):
    bl_label = "Generate"
    bl_order = 0

    def draw_header_preset(self, context: Context) -> None:
        """The chosen service, unless it is the default one, and the presets."""
        if _named_in_header(context):
            self.layout.label(text=settings.service().label)
        presets.TRIPO_ADDON_PT_generate_presets.draw_panel_header(self.layout)

    def draw(self, context: Context) -> None:
        """The form of the chosen mode, and the button that sends it."""
        draw_form(self.layout, context)


def draw_form(layout: UILayout, context: Context, *, button: bool = True) -> None:
    """Draw the form of the chosen mode: required inputs, the button, messages, and the settings in
    folded sub-panels. Without the button, for a dialog that sends the form itself, the price is a
    line instead."""
    with one_drawing():
        _draw_form(layout, context, button=button)


def _draw_form(layout: UILayout, context: Context, *, button: bool) -> None:
    if not first_run.draw(layout, context):
        return
    forms: TRIPO_ADDON_PG_scene = context.scene.tripo_addon
    if _named() and not _named_in_header(context):
        layout.label(text=settings.service().label)
    widgets.draw_ended(layout, settings.service(), context, once=True)
    _draw_modes(layout, forms, context)
    form: TaskForm = getattr(forms, forms.mode)
    layout.use_property_split = True
    layout.use_property_decorate = False
    if form.offer is None:
        _draw_not_offered(layout, forms.mode, context, button=button)
        return
    shown = widgets.shown_fields(form, form.offer)
    _INPUTS[forms.mode](layout, shown, context)
    widgets.draw_fields(layout, shown, "parts")
    if form.offer.qualities:
        layout.prop(form, qualities.NAME)
    if form.kind in GENERATIONS:
        _draw_candidates(layout, forms, context)
    style_line.draw(layout, form)
    _draw_generate(layout, forms.mode, shown, context, button=button)
    widgets.draw_folded_settings(layout, shown, context)
    _draw_then(layout, forms, context)


def _draw_not_offered(layout: UILayout, mode: str, context: Context, *, button: bool) -> None:
    """Draw why the service does not have this mode, and the disabled button."""
    form: TaskForm = getattr(context.scene.tripo_addon, mode)
    box = layout.box()
    draw_wrapped(box, settings.service().cannot.get(form.kind, ""), context, icon="INFO")
    widgets.draw_preferences_button(box, context)
    _draw_button(layout, mode, (generate.GENERATE,), context, button=button)
    if button and not running_job.draw(layout, context):
        layout.label(text="")


def _named() -> bool:
    """Whether the panel shows the service's name: only if it is not the default one."""
    return settings.service() is not settings.default_service()


def _named_in_header(context: Context) -> bool:
    """Whether the service's name fits beside the panel's own; Blender would draw one over the
    other."""
    if not _named():
        return False
    both = f"{TRIPO_ADDON_PT_generate.bl_label} {settings.service().label}"
    return text_fits(both, context, taken=_HEADER)


def _draw_modes(layout: UILayout, forms: TRIPO_ADDON_PG_scene, context: Context) -> None:
    """Draw one tab per form; a mode that the service lacks is dimmed, and says why when it is
    chosen."""
    column = layout.column(align=True)
    modes = tuple(_GENERATE)
    for first in range(0, len(modes), in_a_row := tabs_in_a_row(forms, context)):
        row = column.row(align=True)
        for mode in modes[first : first + in_a_row]:
            widgets.draw_tab(row, forms, "mode", mode)


def _draw_candidates(layout: UILayout, forms: TRIPO_ADDON_PG_scene, context: Context) -> None:
    row = layout.row()
    # In a narrow panel the label would be cut beside the field; inside it has room.
    row.use_property_split = not is_narrow(context)
    row.prop(forms, "candidates")


def tabs_in_a_row(forms: TRIPO_ADDON_PG_scene, context: Context) -> int:
    """Return how many tabs stand beside each other: all, or two where their names would be cut."""
    fits = text_fits(_tab_names(type(forms)), context, taken=_TAB * (len(_GENERATE) - 1))
    return len(_GENERATE) if fits else 2


@cache
def _tab_names(forms: type[TRIPO_ADDON_PG_scene]) -> str:
    return "".join(item.name for item in forms.bl_rna.properties["mode"].enum_items)


def _draw_text(layout: UILayout, shown: widgets.Shown, _context: Context) -> None:
    prompt_field.draw(layout, shown, "text")


def _draw_image(layout: UILayout, shown: widgets.Shown, context: Context) -> None:
    form = shown.form
    files = settings.service().pictures.files
    if files:
        sources = layout.column(align=True) if is_narrow(context) else layout.row()
        sources.use_property_split = False
        sources.prop(form, "source", expand=True)
    if files and form.source == "BLEND":
        layout.template_ID(form, "datablock", open="image.open")
        picture_slots.draw_datablock(layout, form.datablock)
    else:
        picture_slots.draw_picture(layout, form, "image")


def _draw_views(layout: UILayout, shown: widgets.Shown, context: Context) -> None:
    picture_slots.draw_views(layout, shown.form, context, from_selection=True)
    if settings.service().pictures.files:
        picture_slots.draw_blockout(layout, shown.form)


_INPUTS: Final = {
    "text": _draw_text,
    "image": _draw_image,
    "multiview": _draw_views,
    "parts": _draw_image,
}


def _draw_then(layout: UILayout, forms: TRIPO_ADDON_PG_scene, context: Context) -> None:
    """Draw the steps after generating, if the service can chain them."""
    if not generation.chains(getattr(forms, forms.mode).kind):
        return
    header, body = layout.panel("tripo_addon_then", default_closed=True)
    steps = _then_text(forms)
    header.label(text=generate.after_generating(any_step=bool(steps)))
    if body is None:
        # These steps cost money and send a prompt, so they are shown even when folded.
        draw_wrapped(layout, steps, context)
        return
    body.prop(forms, "then_texture")
    if forms.then_texture:
        _draw_step(body, forms.texture, context)
    body.prop(forms, "then_rig")
    if forms.then_rig:
        if TaskKind.CHECK_RIG in settings.service().offers:
            body.prop(forms.rig, "check")
        _draw_step(body, forms.rig, context)
        animation_list.draw_switch(body, forms, "then_animate", forms.rig, context)
    if forms.then_rig and forms.then_animate:
        _draw_step(body, forms.animate, context, rig=forms.rig)


def _then_text(forms: TRIPO_ADDON_PG_scene) -> str:
    """Return the chosen steps after generating, in one line; "" if there are none."""
    prompt = str(forms.texture.values().get("prompt") or "") if forms.then_texture else ""
    texture = generate.texture_step(short(prompt, _LONGEST_PROMPT))
    steps = (
        (forms.then_texture, texture),
        (forms.then_rig, generate.RIG_STEP),
        (forms.then_rig and forms.then_animate, generate.ANIMATE_STEP),
    )
    return generate.steps(name for chosen, name in steps if chosen)


def _draw_step(
    layout: UILayout, form: TaskForm, context: Context, rig: TaskForm | None = None
) -> None:
    if form.offer is not None:
        box = layout.box()
        object_panel.draw_inputs(box, form, context, made=True, rig=rig)
        shown = widgets.shown_fields(form, form.offer)
        widgets.draw_settings(box, shown, context)
        style_line.draw_all(box, shown, context)


def _draw_generate(
    layout: UILayout, mode: str, shown: widgets.Shown, context: Context, *, button: bool
) -> None:
    """Draw the button with its price, and below it, so that the button does not move, the
    warnings."""
    plan = drafts.planned(shown.form.kind, shown.values, context)
    if plan is None:
        label, price = (
            generate.GENERATE,
            generation.generation_price(shown.form.kind, shown.values, context),
        )
    else:
        label, price = draft_messages.generate(generate.GENERATE, plan.count), plan.price
    _draw_button(layout, mode, widgets.button_text(label, price), context, button=button)
    running = button and running_job.draw(layout, context)
    forbidden = checks.not_allowed()
    if forbidden is not None:
        widgets.draw_not_allowed(layout, forbidden, context)
    widgets.draw_refusal(layout, mode, context)
    sentences: list[tuple[str, IconItems]] = [*_warnings(shown, context)]
    if plan is not None:
        sentences = [*((words, "INFO") for words in (plan.total, *plan.words)), *sentences]
    sentences += style_line.sentences(shown)
    refusal = generation.refuse_generation(shown.form, context) or ""
    shortage = "" if refusal or forbidden else checks.shortage(price)
    if forbidden is None:
        sentences.insert(0, (refusal, "INFO") if refusal else (shortage, "ERROR"))
    for sentence, icon in sentences:
        draw_wrapped(layout, sentence, context, icon=icon, fill_row=not running)
    if shortage:
        widgets.draw_console(layout, context)
    if button and not (running or forbidden or any(sentence for sentence, _ in sentences)):
        # Reserve the line of a job or a sentence, so that what is below does not jump.
        layout.label(text="")


def _draw_button(
    layout: UILayout, mode: str, texts: tuple[str, ...], context: Context, *, button: bool
) -> None:
    """Draw the button, or only its text if a dialog sends the form."""
    row = layout.row()
    row.scale_y = 1.5
    if button:
        widgets.draw_paid_button(row, mode, _GENERATE[mode].bl_idname, texts, context)
    else:
        row.label(text=texts[0])


def _warnings(shown: widgets.Shown, context: Context) -> Iterator[tuple[str, IconItems]]:
    """Yield the warnings to read before pressing the button, each with its icon."""
    for overlap in generation.then_overlaps(shown.form.kind, shown.values, context):
        yield overlap, "ERROR"
    version = shown.form.version
    if version is not None:
        yield version.retired, "ERROR"
    box = placement.placeholder(context)
    if box is not None:
        yield generate.fitted_to(box.name), "INFO"
    yield shown.offer.note, "INFO"


register, unregister = class_pair((TRIPO_ADDON_PT_generate,))
