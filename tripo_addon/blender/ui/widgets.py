"""How the fields of a form are drawn, whatever it asks for: the same for every panel.

Reads only: no file, no network, no property is written, no data-block made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bpy.types import Context, UILayout

from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.records import ParamType
from ...api.rules import active_fields
from .. import settings
from ..forms.fields import TOGGLED_BY, address_name, property_name
from ..registration import ADDON_ID
from ..session import composition
from .service_operators import TRIPO_ADDON_OT_keep_ended, TRIPO_ADDON_OT_use_successor, successor
from .text_wrap import draw_wrapped, truncated

if TYPE_CHECKING:
    from ...api.catalog.records import Offer, Service
    from ..forms.task_form import TaskForm

# Pixels at scale 1: an icon, and the borders of a box.
_ICON_IN_BOX: Final = 36


class Sidebar:
    """Where the add-on's panels are."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Tripo"


@dataclass(frozen=True, slots=True)
class Shown:
    """A form as it stands while it is drawn: asked once, because every question takes a moment."""

    form: TaskForm
    values: Mapping[str, object]
    fields: frozenset[str]


def shown_fields(form: TaskForm, offer: Offer) -> Shown:
    """The form as it stands now."""
    values = form.values()
    return Shown(form, values, active_fields(offer, values) - form.withheld)


def draw_picture(layout: UILayout, form: TaskForm, name: str) -> None:
    """A picture's file or address, as the service takes it."""
    if settings.service().pictures.files:
        layout.prop(form, property_name(name), placeholder="File or URL")
    else:
        layout.prop(form, address_name(name), placeholder="https://…")


_MAIN: Final = ("texture", "pbr", "texture_quality")


def draw_settings(layout: UILayout, shown: Shown, context: Context) -> None:
    """The model version and all settings, what is seldom needed folded away."""
    form = shown.form
    version = form.version
    if version is not None:
        layout.prop(form, "model")
        draw_wrapped(layout, version.retired, context, icon="ERROR")
    column = layout.column(heading="Surface")
    for name in _MAIN:
        if name in shown.fields:
            column.prop(form, name)
    for group in ("rig", "parts", "output"):
        draw_fields(layout, shown, group)
    for sentence in (*form.lacking(), *composition.WIRING.notes.get(form.kind, ())):
        draw_wrapped(layout, sentence, context, icon="INFO")
    for group, label in (("surface", "Texture Options"), ("shape", "Shape"), ("seeds", "Seeds")):
        draw_group(layout, shown, group, label)


def draw_group(layout: UILayout, shown: Shown, group: str, label: str) -> None:
    """The settings of one group, folded away until they are wanted."""
    if not _names(shown, group):
        return
    header, body = layout.panel(f"tripo_addon_{group}", default_closed=True)
    header.label(text=label)
    if body is not None:
        draw_fields(body, shown, group)


def draw_fields(layout: UILayout, shown: Shown, group: str) -> None:
    """The settings of one group that are to be had now."""
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
    """The settings of one group that are to be had now, without those that are never folded."""
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
        hint.label(text=f"{window.low:,} to {window.high:,} faces")


def draw_refusal(layout: UILayout, mode: str, context: Context) -> None:
    """Why the last click on the button of this form did nothing."""
    refused = composition.WIRING.refusals.get(mode)
    if refused is not None:
        draw_wrapped(layout, refused.sentence, context, icon="ERROR", alert=True)


def button_text(verb: str, price: float | None) -> tuple[str, ...]:
    """What a button that spends credits may say, from the longest text to the shortest."""
    if price is None and settings.service().quotes:
        return (f"{verb} · the service has not named its price", f"{verb} · price unknown", verb)
    if price is None:
        return (f"{verb} · price not published", f"{verb} · price unknown", verb)
    priced = priced_text(verb, price)
    if price == 0:
        return (priced, verb)
    balance = composition.balance()
    return (priced,) if balance is None else (f"{priced} of {balance:,.0f}", priced)


def priced_text(verb: str, price: float | None) -> str:
    """A verb with what it costs, where that is known."""
    if price is None:
        return verb
    return f"{verb} · {price:g} {settings.service().money}" if price else f"{verb} · free"


def draw_not_allowed(layout: UILayout, sentence: str, context: Context) -> None:
    """Why nothing can be sent at all, and the way to where it is changed."""
    box = layout.box()
    draw_wrapped(box, sentence, context, icon="ERROR")
    if not settings.online():
        text = _open_text("System", context)
        box.operator("extensions.userpref_show_online", text=text, icon="PREFERENCES")
    else:
        draw_preferences_button(box, context)


def draw_preferences_button(box: UILayout, context: Context) -> None:
    """The way to the add-on's preferences."""
    text = _open_text("Add-on", context)
    shown = box.operator("preferences.addon_show", text=text, icon="PREFERENCES")
    shown.module = ADDON_ID


def draw_ended(layout: UILayout, service: Service, context: Context, *, once: bool = False) -> None:
    """That a service has ended, and the way to its successor; `once` until the artist has chosen to
    keep it."""
    chosen = settings.preferences()
    known = chosen is not None and chosen.told_ended == service.id
    if not service.ended or (once and known):
        return
    box = layout.box()
    draw_wrapped(box, service.retired, context, icon="ERROR")
    row = box.row()
    use = TRIPO_ADDON_OT_use_successor.bl_idname
    row.operator(use, text=f"Use {successor(service).label}", icon="FORWARD")
    if once:
        row.operator(TRIPO_ADDON_OT_keep_ended.bl_idname, text="Keep")


def _open_text(which: str, context: Context) -> str:
    texts = (f"Open {which} Preferences", "Preferences")
    return truncated(texts, context, taken=_ICON_IN_BOX)
