"""The sidebar: rows drawn from the forms and from frozen snapshots of the jobs.

Reads only: no file, no network, no property is written, no data-block made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, Final

from bpy.types import Context, Panel, UILayout

from ..api.catalog.parameters import PARAMETERS
from ..api.catalog.records import VIEWS
from ..api.prices import estimate
from ..api.rules import active_fields
from ..jobs.job import Failure, Job, State, describe
from . import finding, operators, wiring
from .fields import SWITCHED, address_name, property_name
from .registration import ADDON_ID, class_pair
from .words import draw_wrapped, fits, fitting

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

    from ..api.catalog.records import Offer
    from .properties import GenerationForm, TRIPO_ADDON_PG_scene

JOBS_ON_A_PAGE: Final = 5
_MOST_SAID: Final = 400
# Pixels at scale 1: what a header has beside its text; an icon, and the borders of a box.
_HEADER: Final = 30
_ICON_IN_BOX: Final = 36
_ICONS: Final[dict[State, IconItems]] = {
    State.DONE: "CHECKMARK",
    State.FAILED: "ERROR",
    State.CANCELLED: "CANCEL",
    State.READY: "FILE_TICK",
}
_GENERATE: Final = {
    "text": operators.TRIPO_ADDON_OT_generate_text,
    "image": operators.TRIPO_ADDON_OT_generate_image,
    "multiview": operators.TRIPO_ADDON_OT_generate_multiview,
}


class _Sidebar:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Tripo"


class TRIPO_ADDON_PT_generate(_Sidebar, Panel):
    bl_label = "Generate"

    def draw_header_preset(self, context: Context) -> None:
        """Which service is in force, where it is not the usual one."""
        if _named_in_header(context):
            self.layout.label(text=wiring.service().label)

    def draw(self, context: Context) -> None:
        """The form of the chosen mode, and the button that sends it."""
        layout = self.layout
        forms: TRIPO_ADDON_PG_scene = context.scene.tripo_addon
        if _named() and not _named_in_header(context):
            layout.label(text=wiring.service().label)
        _draw_modes(layout, forms)
        form: GenerationForm = getattr(forms, forms.mode)
        layout.use_property_split = True
        layout.use_property_decorate = False
        if form.offer is None:
            box = layout.box()
            draw_wrapped(box, wiring.service().cannot.get(form.kind, ""), context, icon="INFO")
            _draw_preferences_button(box, context)
            _draw_generate(layout, forms.mode, None, context)
            return
        shown = _shown(form, form.offer)
        _INPUTS[forms.mode](layout, shown)
        draw_wrapped(layout, form.offer.note, context, icon="INFO")
        _draw_refusal(layout, forms.mode, context)
        _draw_settings(layout, shown, context)
        _draw_generate(layout, forms.mode, shown, context)


class TRIPO_ADDON_PT_jobs(_Sidebar, Panel):
    bl_label = "Jobs"

    def draw_header_preset(self, _context: Context) -> None:
        """How many jobs are under way."""
        active = sum(not job.state.final for job in wiring.jobs())
        if active:
            self.layout.label(text=f"{active} active")

    def draw(self, context: Context) -> None:
        """One page of the list, the newest first."""
        layout = self.layout
        jobs = wiring.jobs()
        draw_wrapped(layout, wiring.list_words(), context, icon="ERROR")
        if not jobs:
            words = (
                "Loading the list"
                if wiring.WIRING.pending
                else "What you generate will be listed here"
            )
            draw_wrapped(layout, words, context)
            return
        pages = -(-len(jobs) // JOBS_ON_A_PAGE)
        page = min(context.window_manager.tripo_addon.page, pages)
        first = (page - 1) * JOBS_ON_A_PAGE
        for job in jobs[first : first + JOBS_ON_A_PAGE]:
            _draw_job(layout.box(), job, context)
        if pages > 1:
            _draw_pages(layout, page, pages)


def _named() -> bool:
    """Whether the panel says which service is in force."""
    return wiring.service() is not wiring.default_service()


def _named_in_header(context: Context) -> bool:
    """Whether the name has room beside the panel's own, which it would else be written over."""
    both = f"{TRIPO_ADDON_PT_generate.bl_label} {wiring.service().label}"
    return _named() and fits(both, context, taken=_HEADER)


def _draw_modes(layout: UILayout, forms: TRIPO_ADDON_PG_scene) -> None:
    """A tab for each form; what the service does not offer is dim, and says why when chosen."""
    row = layout.row(align=True)
    for mode in _GENERATE:
        tab = row.row(align=True)
        tab.active = getattr(forms, mode).offer is not None
        tab.prop_enum(forms, "mode", mode)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A form as it stands while it is drawn: asked once, because every question takes a moment."""

    form: GenerationForm
    wish: Mapping[str, object]
    fields: frozenset[str]


def _shown(form: GenerationForm, offer: Offer) -> _Shown:
    wish = form.wish()
    return _Shown(form, wish, active_fields(offer, wish))


def _draw_text(layout: UILayout, shown: _Shown) -> None:
    form, column = shown.form, layout.column()
    column.use_property_split = False
    column.prop(form, "prompt", text="", placeholder="Describe the model")
    if "negative_prompt" in shown.fields:
        column.prop(form, "negative_prompt", text="", placeholder="What to avoid (optional)")


def _draw_image(layout: UILayout, shown: _Shown) -> None:
    form = shown.form
    files = wiring.service().pictures.files
    if files:
        row = layout.row()
        row.use_property_split = False
        row.prop(form, "source", expand=True)
    if files and form.source == "BLEND":
        layout.template_ID(form, "datablock", open="image.open")
    else:
        _draw_picture(layout, form, "image")
    _draw_fields(layout, shown, "picture")


def _draw_views(layout: UILayout, shown: _Shown) -> None:
    column = layout.column(align=True)
    for view in VIEWS:
        _draw_picture(column, shown.form, view)
    _draw_fields(layout, shown, "picture")


def _draw_picture(layout: UILayout, form: GenerationForm, name: str) -> None:
    if wiring.service().pictures.files:
        layout.prop(form, property_name(name), placeholder="File or URL")
    else:
        layout.prop(form, address_name(name), placeholder="https://…")


_INPUTS: Final = {"text": _draw_text, "image": _draw_image, "multiview": _draw_views}
_MAIN: Final = ("texture", "pbr", "texture_quality")


def _draw_settings(layout: UILayout, shown: _Shown, context: Context) -> None:
    form = shown.form
    version = form.version
    if version is not None:
        layout.prop(form, "model")
        draw_wrapped(layout, version.retired, context, icon="ERROR")
    column = layout.column(heading="Surface")
    for name in _MAIN:
        if name in shown.fields:
            column.prop(form, name)
    for sentence in (*form.lacking(), *wiring.WIRING.notes.get(form.kind, ())):
        draw_wrapped(layout, sentence, context, icon="INFO")
    for group, label in (("surface", "Texture Options"), ("shape", "Shape"), ("seeds", "Seeds")):
        _draw_group(layout, shown, group, label)


def _draw_group(layout: UILayout, shown: _Shown, group: str, label: str) -> None:
    """The settings of one group, folded away until they are wanted."""
    if not _names(shown, group):
        return
    header, body = layout.panel(f"tripo_addon_{group}", default_closed=True)
    header.label(text=label)
    if body is not None:
        _draw_fields(body, shown, group)


def _draw_fields(layout: UILayout, shown: _Shown, group: str) -> None:
    form, names = shown.form, _names(shown, group)
    if not names:
        return
    column = layout.column()
    if group == "seeds":
        column.prop(form, "use_seeds")
    for name in names:
        if name == "face_limit":
            _draw_face_limit(column, form)
        elif name not in SWITCHED or getattr(form, SWITCHED[name]):
            column.prop(form, name)


def _names(shown: _Shown, group: str) -> list[str]:
    """The settings of one group that are to be had now, without those that are never folded."""
    return [
        name
        for name, row in PARAMETERS.items()
        if row.group == group and row.shown and name in shown.fields and name not in _MAIN
    ]


def _draw_face_limit(layout: UILayout, form: GenerationForm) -> None:
    row = layout.row(heading=PARAMETERS["face_limit"].label)
    row.prop(form, "use_face_limit", text="")
    field = row.row()
    field.active = form.use_face_limit
    field.prop(form, "face_limit", text="")
    window = form.face_window if form.use_face_limit else None
    if window is not None:
        hint = layout.row()
        hint.alignment = "RIGHT"
        hint.label(text=f"{window.low:,} to {window.high:,} faces")


def _draw_refusal(layout: UILayout, mode: str, context: Context) -> None:
    refused = wiring.WIRING.refusals.get(mode)
    if refused is not None:
        draw_wrapped(layout, refused.sentence, context, icon="ERROR", alert=True)


def _draw_generate(layout: UILayout, mode: str, shown: _Shown | None, context: Context) -> None:
    """The button; `shown` is None for a form that the service has no use for."""
    sentence = wiring.not_allowed()
    if sentence is not None and shown is not None:
        _draw_not_allowed(layout, sentence, context)
    row = layout.row()
    row.scale_y = 1.5
    words = ("Generate",) if shown is None else _button_words(shown)
    row.operator(_GENERATE[mode].bl_idname, text=fitting(words, context))
    if sentence is None and shown is not None:
        reason = wiring.refusal(shown.form, shown.wish) or ""
        draw_wrapped(layout, reason, context, icon="INFO")


def _button_words(shown: _Shown) -> tuple[str, ...]:
    """What the button may say, from the longest text to the shortest."""
    service = wiring.service()
    price = estimate(service, shown.form.kind, shown.wish)
    if price is None:
        return ("Generate · price not published", "Generate · price unknown", "Generate")
    priced = f"Generate · {price} {service.money}"
    balance = wiring.balance()
    return (priced,) if balance is None else (f"{priced} of {balance:,.0f}", priced)


def _draw_not_allowed(layout: UILayout, sentence: str, context: Context) -> None:
    box = layout.box()
    draw_wrapped(box, sentence, context, icon="ERROR")
    if not wiring.online():
        text = _open_words("System", context)
        box.operator("extensions.userpref_show_online", text=text, icon="PREFERENCES")
    else:
        _draw_preferences_button(box, context)


def _draw_preferences_button(box: UILayout, context: Context) -> None:
    text = _open_words("Add-on", context)
    shown = box.operator("preferences.addon_show", text=text, icon="PREFERENCES")
    shown.module = ADDON_ID


def _open_words(which: str, context: Context) -> str:
    texts = (f"Open {which} Preferences", "Preferences")
    return fitting(texts, context, taken=_ICON_IN_BOX)


def _draw_job(box: UILayout, job: Job, context: Context) -> None:
    words = describe(job)
    row = box.row()
    row.label(text=job.title, icon=_ICONS.get(job.state, "SORTTIME"))
    _draw_buttons(row.row(align=True), job)
    if words.fraction is not None:
        box.progress(text=words.headline, factor=words.fraction)
        detail = _obstacle(job) or words.detail
    else:
        detail = f"{words.headline}: {words.detail}" if words.detail else words.headline
    alert = job.state is State.FAILED
    draw_wrapped(box, detail or " ", context, alert=alert)
    if alert and job.trouble is not None:
        # What was found is to be chosen from; until then the service's console knows more.
        draw_wrapped(box, "" if job.candidates else job.trouble.advice, context)
        said = shorten(job.trouble.message, _MOST_SAID, placeholder=" …")
        draw_wrapped(box, f"The service says: {said}" if said else "", context)
    if job.may_be_attached:
        finding.draw(box, job, context)


def _obstacle(job: Job) -> str:
    """What a READY job waits for, if it waits for Blender or for its own file."""
    if job.state is not State.READY:
        return wiring.standstill(job)
    if not wiring.fits(job):
        return "Made for another file: Import brings it into this one"
    return wiring.WIRING.waiting_for


def _draw_buttons(row: UILayout, job: Job) -> None:
    if job.elsewhere:
        return
    if job.state is State.FAILED and job.trouble is not None:
        _button(row, operators.TRIPO_ADDON_OT_copy_error, job, "COPYDOWN")
    if job.state in {State.FAILED, State.CANCELLED} and job.failure is not Failure.IMPORT:
        _button(row, operators.TRIPO_ADDON_OT_retry_job, job, "FILE_REFRESH")
    placed = job.state in {State.DONE, State.READY} and job.model is not None
    if placed or job.failure is Failure.IMPORT:
        _button(row, operators.TRIPO_ADDON_OT_import_job, job, "IMPORT")
    if job.state.final:
        _button(row, operators.TRIPO_ADDON_OT_remove_job, job, "X")
    else:
        _button(row, operators.TRIPO_ADDON_OT_cancel_job, job, "CANCEL")


def _button(row: UILayout, operator: type, job: Job, icon: IconItems) -> None:
    row.operator(operator.bl_idname, text="", icon=icon).job_id = job.id


def _draw_pages(layout: UILayout, page: int, pages: int) -> None:
    row = layout.row(align=True)
    newer = row.row(align=True)
    newer.enabled = page > 1
    idname = operators.TRIPO_ADDON_OT_turn_page.bl_idname
    newer.operator(idname, text="", icon="TRIA_LEFT").direction = "NEWER"
    centre = row.row(align=True)
    centre.alignment = "CENTER"
    centre.label(text=f"Page {page} of {pages}")
    older = row.row(align=True)
    older.enabled = page < pages
    older.operator(idname, text="", icon="TRIA_RIGHT").direction = "OLDER"


register, unregister = class_pair((TRIPO_ADDON_PT_generate, TRIPO_ADDON_PT_jobs))
