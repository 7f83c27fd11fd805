"""Draws the fields of a form, and the boxes and buttons that several panels share.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import bpy
from bpy.types import Context, UILayout

from ...api.catalog.field_types import ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.record import record
from ...api.rules import active_fields
from .. import settings
from ..forms.fields import TOGGLED_BY
from ..messages import generate, preferences, prices
from ..registration import ADDON_ID
from ..requests import recently_sent
from ..session import composition
from .picture_slots import draw_picture
from .service_operators import TRIPO_ADDON_OT_keep_ended, TRIPO_ADDON_OT_use_successor, successor
from .text_wrap import draw_wrapped, truncated

if TYPE_CHECKING:
    from ...api.catalog.service_types import Offer, Service
    from ..forms.task_form import TaskForm

# Pixels at scale 1: an icon, and the borders of a box.
_ICON_IN_BOX: Final = 36


class Sidebar:
    """Places a panel in the 3D viewport's sidebar, on the add-on's own tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Tripo"


@record
class Shown:
    """A form's values and visible fields, computed once per draw because that takes time."""

    form: TaskForm
    values: Mapping[str, object]
    fields: frozenset[str]


def shown_fields(form: TaskForm, offer: Offer) -> Shown:
    """The form's values and visible fields now."""
    values = form.values()
    return Shown(form, values, active_fields(offer, values) - form.withheld)


_MAIN: Final = ("texture", "pbr", "texture_quality")


def draw_settings(layout: UILayout, shown: Shown, context: Context) -> None:
    """The model version and all settings; those that are rarely needed are folded."""
    form = shown.form
    version = form.version
    if version is not None:
        layout.prop(form, "model")
        draw_wrapped(layout, version.retired, context, icon="ERROR")
    column = layout.column(heading=generate.SURFACE)
    for name in _MAIN:
        if name in shown.fields:
            column.prop(form, name)
    for group in ("rig", "parts", "output"):
        draw_fields(layout, shown, group)
    for sentence in (*form.lacking(), *composition.WIRING.notes.get(form.kind, ())):
        draw_wrapped(layout, sentence, context, icon="INFO")
    for group, label in generate.FOLDED_GROUPS:
        draw_group(layout, shown, group, label)


def draw_group(layout: UILayout, shown: Shown, group: str, label: str) -> None:
    """The settings of one group in a panel that is closed at first."""
    if not _names(shown, group):
        return
    header, body = layout.panel(f"tripo_addon_{group}", default_closed=True)
    header.label(text=label)
    if body is not None:
        draw_fields(body, shown, group)


def draw_fields(layout: UILayout, shown: Shown, group: str) -> None:
    """The settings of one group that are available now."""
    form, names = shown.form, _names(shown, group)
    if not names:
        return
    column = layout.column()
    if group == "seeds":
        column.prop(form, "use_seeds")
    for name in names:
        if name == "face_limit":
            _draw_face_limit(column, form)
        elif PARAMETERS[name].type is ParamType.PICTURE:
            draw_picture(column, form, name)
        elif name not in TOGGLED_BY or getattr(form, TOGGLED_BY[name]):
            column.prop(form, name)


def _names(shown: Shown, group: str) -> list[str]:
    """The available settings of one group, without those that are never folded."""
    return [
        name
        for name, row in PARAMETERS.items()
        if row.group == group and row.shown and name in shown.fields and name not in _MAIN
    ]


def _draw_face_limit(layout: UILayout, form: TaskForm) -> None:
    row = layout.row(heading=PARAMETERS["face_limit"].label)
    row.prop(form, "use_face_limit", text="")
    field = row.row()
    field.active = form.use_face_limit
    field.prop(form, "face_limit", text="")
    window = form.face_window if form.use_face_limit else None
    if window is not None:
        hint = layout.row()
        hint.alignment = "RIGHT"
        hint.label(text=generate.faces_between(window.low, window.high))


def draw_refusal(layout: UILayout, mode: str, context: Context) -> None:
    """Why the last click on this form's button was refused."""
    refused = composition.WIRING.refusals.get(mode)
    if refused is not None:
        draw_wrapped(layout, refused.sentence, context, icon="ERROR", alert=True)


def button_text(label: str, price: float | None) -> tuple[str, ...]:
    """The texts of a button that spends credits, longest first."""
    service = settings.service()
    return prices.button(
        label, price, service.money, balance=composition.balance(), quoted=service.quotes
    )


def draw_paid_button(
    row: UILayout, form: str, idname: str, texts: tuple[str, ...], context: Context
) -> None:
    """The button that sends a form. For a moment after that a label says so in its place: a button
    that is only disabled stays so for as long as the mouse rests on it."""
    if not recently_sent.was_just_sent(form):
        row.operator(idname, text=truncated(texts, context))
        return
    label = row.row()
    label.alignment = "CENTER"
    label.label(text=generate.SENT, icon="CHECKMARK")


def priced_text(label: str, price: float | None) -> str:
    """A label with its price, if that is known."""
    return prices.priced(label, price, settings.service().money)


def draw_not_allowed(layout: UILayout, sentence: str, context: Context) -> None:
    """Why nothing can be sent at all, and a button that changes it, or to the preferences that
    do."""
    box = layout.box()
    draw_wrapped(box, sentence, context, icon="ERROR")
    if settings.online():
        draw_preferences_button(box, context)
    else:
        draw_allow_online(box, context)


def draw_allow_online(box: UILayout, context: Context) -> None:
    """Blender's own button that allows online access; none where the command line forbids it."""
    if not bpy.app.online_access_override:
        text = truncated(generate.ALLOW_ONLINE, context, taken=_ICON_IN_BOX)
        box.operator("extensions.userpref_allow_online", text=text, icon="INTERNET")


def draw_preferences_button(box: UILayout, context: Context) -> None:
    """A button that opens the add-on's preferences."""
    text = truncated(generate.ADDON_PREFERENCES, context, taken=_ICON_IN_BOX)
    shown = box.operator("preferences.addon_show", text=text, icon="PREFERENCES")
    shown.module = ADDON_ID


def draw_ended(layout: UILayout, service: Service, context: Context, *, once: bool = False) -> None:
    """A box that says that a service has shut down, with a button for its successor. `once`: only
    until the artist has chosen to keep it, with a button for that."""
    chosen = settings.preferences()
    known = chosen is not None and chosen.told_ended == service.id
    if not service.ended or (once and known):
        return
    box = layout.box()
    draw_wrapped(box, service.retired, context, icon="ERROR")
    row = box.row()
    use = TRIPO_ADDON_OT_use_successor.bl_idname
    row.operator(use, text=preferences.use_service(successor(service).label), icon="FORWARD")
    if once:
        row.operator(TRIPO_ADDON_OT_keep_ended.bl_idname, text=preferences.KEEP)
