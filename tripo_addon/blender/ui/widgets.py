"""Draws the fields of a form, and the boxes and buttons that several panels share.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.types import Context, UILayout

from ...api.catalog.field_types import ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.changes import in_words
from ...api.record import record
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
    from ..forms.form_reading import FormReading
    from ..forms.task_form import TaskForm

# Pixels at scale 1: an icon, and the borders of a box.
_ICON_IN_BOX: Final = 36


@record
class Shown:
    """A form that its service offers, and what was read of it."""

    form: TaskForm
    offer: Offer
    reading: FormReading

    @property
    def values(self) -> Mapping[str, object]:
        """The values to send."""
        return self.reading.values

    @property
    def fields(self) -> frozenset[str]:
        """The fields to show."""
        return self.reading.fields

    def changed_in_words(self, names: Collection[str]) -> tuple[str, ...]:
        """Those of these settings that were changed, with their values."""
        if not self.reading.changed:
            return ()
        return in_words(
            self.offer, self.values, [each for each in self.reading.changed if each in names]
        )


def shown_fields(form: TaskForm, offer: Offer) -> Shown:
    """The form as it is filled in now."""
    return Shown(form, offer, form.reading)


def draw_tab(layout: UILayout, forms: Any, chosen: str, name: str) -> None:
    """Draw the tab that chooses a form; it is dimmed if the service does not offer the form."""
    tab = layout
    if getattr(forms, name).offer is None:
        tab = layout.row(align=True)
        tab.active = False
    tab.prop_enum(forms, chosen, name)


_MAIN: Final = ("texture", "pbr", "texture_quality")


def draw_settings(layout: UILayout, shown: Shown, context: Context) -> None:
    """Draw the settings of a work on an object; rarely used ones are folded."""
    form = shown.form
    if form.version is not None:
        layout.prop(form, "model")
        draw_wrapped(layout, form.version.retired, context, icon="ERROR")
    column = layout.column(heading=generate.SURFACE)
    for name in _MAIN:
        if name in shown.fields:
            column.prop(form, name)
    for group in ("rig", "parts", "output"):
        draw_fields(layout, shown, group)
    draw_notes(layout, shown, context)
    for group, label in generate.FOLDED_GROUPS:
        names = [name for name in group_names(shown, group) if name not in _MAIN]
        _draw_folded(layout, shown, (group, label, names), context, owner=form.kind.value)


def draw_folded_settings(layout: UILayout, shown: Shown, context: Context) -> None:
    """Draw all settings of a generation, each group in a sub-panel that is closed at first."""
    for group, label in generate.GENERATION_GROUPS:
        names = ["model"] if group == "model" else group_names(shown, group)
        if group != "model" or shown.form.version is not None:
            _draw_folded(layout, shown, (group, label, names), context, owner=_GENERATION)
    draw_notes(layout, shown, context)


def draw_notes(layout: UILayout, shown: Shown, context: Context) -> None:
    """Draw which choices the version lacks, and which settings were changed by another."""
    form = shown.form
    for sentence in (*shown.reading.lacking, *composition.WIRING.notes.get(form.kind, ())):
        draw_wrapped(layout, sentence, context, icon="INFO")


# Blender remembers open sub-panels by this name: all modes of generation share them.
_GENERATION: Final = "generation"
# Pixels at scale 1 of the arrow before a sub-panel's name.
_ARROW: Final = 20


def _draw_folded(
    layout: UILayout,
    shown: Shown,
    group: tuple[str, str, Sequence[str]],
    context: Context,
    *,
    owner: str,
) -> None:
    """Draw one group: its id, its label, and its fields. The header names changed settings."""
    key, label, names = group
    if not names:
        return
    header, body = layout.panel(f"tripo_addon_{owner}_{key}", default_closed=True)
    draw_header(header, label, shown.changed_in_words(names), context)
    if body is not None:
        _draw_names(body, shown, names, label)


def draw_header(header: UILayout, label: str, changed: Sequence[str], context: Context) -> None:
    """Draw the header of a sub-panel: a dot if a setting in it was changed, and the changes or
    their number, if that fits."""
    header.label(text=truncated(generate.marked(label, changed), context, taken=_ARROW))


def draw_fields(layout: UILayout, shown: Shown, group: str) -> None:
    """Draw the settings of one group that are available now."""
    names = group_names(shown, group)
    if names:
        _draw_names(layout.column(), shown, names)


def _draw_names(column: UILayout, shown: Shown, names: Sequence[str], group: str = "") -> None:
    """Draw settings; their labels do not repeat the `group` that the panel's header names."""
    form = shown.form
    switches = set[str]()
    for name, switch, is_picture, label in _settings(type(form), tuple(names), group):
        if switch == "use_seeds" and switch not in switches:
            column.prop(form, switch)
            switches.add(switch)
        if name == "face_limit":
            _draw_face_limit(column, form)
        elif is_picture:
            draw_picture(column, form, name)
        elif not switch or getattr(form, switch):
            _draw_setting(column, form, name, label)


def _draw_setting(column: UILayout, form: TaskForm, name: str, label: str) -> None:
    if name in generate.HINTS:
        column.prop(form, name, text=label, placeholder=generate.HINTS[name])
    else:
        column.prop(form, name, text=label)


@lru_cache(maxsize=256)
def _settings(
    form: type[TaskForm], names: tuple[str, ...], group: str
) -> tuple[tuple[str, str, bool, str], ...]:
    """Return each setting with its switch, whether it is a picture, and its label."""
    return tuple(
        (
            name,
            TOGGLED_BY.get(name, ""),
            name in PARAMETERS and PARAMETERS[name].type is ParamType.PICTURE,
            _label(form, name, group),
        )
        for name in names
    )


def _label(form: type[TaskForm], name: str, group: str) -> str:
    label = generate.SHORT_LABELS.get(name) or form.bl_rna.properties[name].name
    return label.removeprefix(f"{group} ")


def group_names(shown: Shown, group: str) -> Sequence[str]:
    """Return the settings of one group that are available now. The group "input" has the settings
    beside the prompt or the images."""
    return _group_names(shown.fields, group)


@lru_cache(maxsize=256)
def _group_names(fields: frozenset[str], group: str) -> Sequence[str]:
    return tuple(
        name
        for name, row in PARAMETERS.items()
        if row.shown and name in fields and _is_in(group, name, row.group)
    )


def _is_in(group: str, name: str, its: str) -> bool:
    if group == "input":
        return its == "picture" or name == "negative_prompt"
    return its == group


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
    """Draw why the last click on this form's button was refused."""
    refused = composition.WIRING.refusals.get(mode)
    if refused is not None:
        draw_wrapped(layout, refused.sentence, context, icon="ERROR", alert=True)


def button_text(label: str, price: float | None) -> tuple[str, ...]:
    """Return the texts of a button that spends credits, longest first."""
    service = settings.service()
    return prices.button(
        label, price, service.money, balance=composition.balance(), quoted=service.quotes
    )


def draw_paid_button(
    row: UILayout, form: str, idname: str, texts: tuple[str, ...], context: Context
) -> None:
    """Draw the button that sends a form. For a moment after a click, a label replaces it: a
    disabled button would stay highlighted while the mouse is over it."""
    if not recently_sent.was_just_sent(form):
        row.operator(idname, text=truncated(texts, context))
        return
    label = row.row()
    label.alignment = "CENTER"
    label.label(text=generate.SENT, icon="CHECKMARK")


def priced_text(label: str, price: float | None) -> str:
    """Return a label with its price, if that is known."""
    return prices.priced(label, price, settings.service().money)


def draw_not_allowed(layout: UILayout, sentence: str, context: Context) -> None:
    """Draw why nothing can be sent, and a button that fixes it or opens the preferences."""
    box = layout.box()
    draw_wrapped(box, sentence, context, icon="ERROR")
    if settings.online():
        draw_preferences_button(box, context)
    else:
        draw_allow_online(box, context)


def draw_allow_online(box: UILayout, context: Context, *, taken: int = 0) -> None:
    """Draw Blender's own button that allows online access; none if the command line forbids it.
    `taken` pixels at scale 1 are used by something before it."""
    if not bpy.app.online_access_override:
        text = truncated(generate.ALLOW_ONLINE, context, taken=_ICON_IN_BOX + taken)
        box.operator("extensions.userpref_allow_online", text=text, icon="INTERNET")


def draw_console(layout: UILayout, context: Context) -> None:
    """Draw a button that opens the chosen service's console, where credits are bought."""
    text = truncated(generate.OPEN_CONSOLE, context)
    button: Any = layout.operator("wm.url_open", text=text, icon="URL")
    button.url = console_url(settings.service())


def console_url(service: Service) -> str:
    """Return the address of a service's console in the chosen region."""
    chosen = settings.preferences()
    region = chosen.account_value(service, "region") if chosen is not None else ""
    return service.region(region).console_url


def draw_preferences_button(box: UILayout, context: Context) -> None:
    """Draw a button that opens the add-on's preferences."""
    text = truncated(generate.ADDON_PREFERENCES, context, taken=_ICON_IN_BOX)
    shown = box.operator("preferences.addon_show", text=text, icon="PREFERENCES")
    shown.module = ADDON_ID


def draw_ended(layout: UILayout, service: Service, context: Context, *, once: bool = False) -> None:
    """Draw a box that says that a service has shut down, with a button for its successor. `once`:
    only until the artist chooses to keep the service, with a button for that."""
    chosen = settings.preferences()
    known = chosen is not None and chosen.kept_service == service.id
    if not service.ended or (once and known):
        return
    box = layout.box()
    draw_wrapped(box, service.retired, context, icon="ERROR")
    row = box.row()
    use = TRIPO_ADDON_OT_use_successor.bl_idname
    row.operator(use, text=preferences.use_service(successor(service).label), icon="FORWARD")
    if once:
        row.operator(TRIPO_ADDON_OT_keep_ended.bl_idname, text=preferences.KEEP)
