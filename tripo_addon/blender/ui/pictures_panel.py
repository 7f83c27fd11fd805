"""The sidebar's Images panel: tools that make images to generate from, and what they made.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpy.types import Context, Panel, UILayout

from ...api.catalog.field_types import VIEWS
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.task_kinds import MAKES_VIEWS
from .. import settings
from ..forms import picture_forms
from ..messages import picture_tools as messages
from ..messages.prices import price
from ..one_drawing import one_drawing
from ..previews import thumbnails
from ..registration import class_pair
from ..requests import checks, picture_requests
from ..session import composition
from . import picture_slots, picture_tools, prompt_field, running_job, style_line, widgets
from .sidebar import Sidebar
from .text_wrap import draw_wrapped

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

    from ...jobs.model.job import Job
    from ..forms.task_form import TaskForm

_MAKE: Final = {
    "new_image": picture_tools.TRIPO_ADDON_OT_new_image,
    "edit_image": picture_tools.TRIPO_ADDON_OT_edit_image,
    "make_views": picture_tools.TRIPO_ADDON_OT_make_views,
    "edit_views": picture_tools.TRIPO_ADDON_OT_edit_views,
}
# Heights of a thumbnail, in rows.
_SINGLE: Final = 5.0
_VIEW: Final = 3.0
_COLUMNS: Final = 2


class TRIPO_ADDON_PT_pictures(Sidebar, Panel):
    bl_label = messages.PANEL
    bl_order = 1
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """The chosen tool with its button, then the images that were made, newest first."""
        with one_drawing():
            _draw_tool(self.layout, context)
            _draw_made(self.layout, context)


def _draw_tool(layout: UILayout, context: Context) -> None:
    forms = context.scene.tripo_addon
    widgets.draw_ended(layout, settings.service(), context, once=True)
    grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    for name in _MAKE:
        widgets.draw_tab(grid, forms, "picture_tool", name)
    name: str = forms.picture_tool
    form: TaskForm = getattr(forms, name)
    layout.use_property_split = True
    layout.use_property_decorate = False
    if form.offer is None:
        draw_wrapped(
            layout.box(), settings.service().cannot.get(form.kind, ""), context, icon="INFO"
        )
        return
    shown = widgets.shown_fields(form, form.offer)
    _draw_inputs(layout, name, shown)
    style_line.draw(layout, form)
    _draw_button(layout, name, shown, context)
    _draw_options(layout, shown, context)


def _draw_inputs(layout: UILayout, name: str, shown: widgets.Shown) -> None:
    if name in ("edit_image", "make_views"):
        picture_slots.draw_picture(layout, shown.form, "image")
    if name == "edit_image" and shown.form.filled:
        further, most = picture_forms.REFERENCES[1:], shown.form.most - 1
        picture_slots.draw_references(layout, shown.form, further, most)
    if name in ("new_image", "edit_image"):
        prompt_field.draw(layout, shown, name)
    if name == "edit_views":
        job = picture_requests.maker_of(str(shown.values.get("source_task", "")))
        if job is not None:
            layout.label(text=messages.views_of(job.title), icon="IMAGE_DATA")
        column = layout.column()
        for view in VIEWS:
            column.prop(shown.form, view, placeholder=messages.KEEP_VIEW)


def _draw_button(layout: UILayout, name: str, shown: widgets.Shown, context: Context) -> None:
    """Draw the button with its price, and the first thing that there is to say about it."""
    amount = composition.price(shown.form.kind, shown.values)
    row = layout.row()
    row.scale_y = 1.5
    texts = widgets.button_text(messages.LABELS[name], amount)
    widgets.draw_paid_button(row, name, _MAKE[name].bl_idname, texts, context)
    running = running_job.draw(layout, context)
    forbidden = checks.not_allowed()
    if forbidden is not None:
        widgets.draw_not_allowed(layout, forbidden, context)
        return
    widgets.draw_refusal(layout, name, context)
    refusal = picture_requests.refuse_pictures_of(shown.form)
    sentence = refusal or checks.shortage(amount)
    icon: IconItems = "INFO" if refusal else "ERROR"
    draw_wrapped(layout, sentence, context, icon=icon, fill_row=not running)
    if sentence and not refusal:
        widgets.draw_console(layout, context)
    for words, icon in style_line.sentences(shown):
        draw_wrapped(layout, words, context, icon=icon)
    if shown.form.kind in MAKES_VIEWS:
        draw_wrapped(layout, _model_price(context), context, icon="INFO")


def _model_price(context: Context) -> str:
    """What a model from the views will cost, or "" if that is not known."""
    amount = picture_requests.model_price(context)
    return "" if amount is None else messages.then_model(price(amount, settings.service().money))


def _draw_options(layout: UILayout, shown: widgets.Shown, context: Context) -> None:
    names = [*(["model"] if shown.offer.models else []), *widgets.group_names(shown, "input")]
    if not names:
        return
    header, body = layout.panel("tripo_addon_picture_options", default_closed=True)
    widgets.draw_header(header, messages.OPTIONS, shown.changed_in_words(names), context)
    if body is not None:
        for name in names:
            body.prop(shown.form, name)
    widgets.draw_notes(layout, shown, context)


def _draw_made(layout: UILayout, context: Context) -> None:
    """Draw what was made, each image above a menu of what it can be used as: four views in a row,
    other images two by two."""
    jobs = picture_requests.made()
    layout.use_property_split = False
    if not jobs:
        draw_wrapped(layout, messages.NONE_MADE, context)
        return
    layout.label(text=messages.MADE)
    single = [job for job in jobs if not _has_views(job)]
    for job in jobs:
        if _has_views(job):
            _draw_views(layout.box(), job, picture_requests.model_price(context))
    grid = layout.grid_flow(row_major=True, columns=_COLUMNS, even_columns=True, even_rows=True)
    for job in single:
        for number, path in enumerate(job.pictures):
            column = grid.column(align=True)
            _draw_thumbnail(column, path, _SINGLE)
            _draw_use(column, job, number, text=job.title)


def _has_views(job: Job) -> bool:
    return job.kind in MAKES_VIEWS and len(job.pictures) == len(VIEWS)


def _draw_views(box: UILayout, job: Job, amount: float | None) -> None:
    box.label(text=job.title)
    row = box.row(align=True)
    for number, (view, path) in enumerate(zip(VIEWS, job.pictures, strict=True)):
        column = row.column(align=True)
        _draw_thumbnail(column, path, _VIEW)
        _draw_use(column, job, number, text=PARAMETERS[view].label)
    text = widgets.priced_text(messages.GENERATE, amount)
    model: Any = box.operator(picture_tools.TRIPO_ADDON_OT_generate_from_views.bl_idname, text=text)
    buttons = box.row(align=True)
    use: Any = buttons.operator(
        picture_tools.TRIPO_ADDON_OT_use_views.bl_idname, text=messages.USE_VIEWS
    )
    edit: Any = buttons.operator(
        picture_tools.TRIPO_ADDON_OT_choose_views.bl_idname, text=messages.EDIT
    )
    model.job_id = use.job_id = edit.job_id = job.id


def _draw_thumbnail(layout: UILayout, path: Any, rows: float) -> None:
    layout.template_icon(thumbnails.THUMBNAILS.icon(path) or _EMPTY, scale=rows)


def _draw_use(layout: UILayout, job: Job, number: int, *, text: str) -> None:
    use: Any = layout.operator_menu_enum(
        picture_tools.TRIPO_ADDON_OT_use_image.bl_idname, "place", text=text
    )
    use.job_id, use.number = job.id, number


_EMPTY: Final = UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items["IMAGE_DATA"].value

register, unregister = class_pair((TRIPO_ADDON_PT_pictures,))
