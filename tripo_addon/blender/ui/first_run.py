"""Draws the first steps in one card: online access, the API key, a first model.

Drawing only reads.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

import os
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.types import Context, Operator, UILayout

from ...api.catalog import SERVICES
from ...api.catalog.service_types import Service
from ...api.http import addresses
from .. import settings
from ..messages import first_run as messages
from ..messages import prices
from ..registration import class_pair
from ..session import composition, connection, set_up
from . import connection_line, widgets
from .operators import TRIPO_ADDON_OT_check_connection
from .text_wrap import draw_wrapped, is_narrow, truncated

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems, OperatorReturnItems

    from ..forms.scene_properties import TRIPO_ADDON_PG_scene

_QUOTES: Final = "\"'` \t\r\n"
# Pixels at scale 1: an icon, and the borders of a box.
_ICON_IN_BOX: Final = 36
# Pixels at scale 1 of the icon and the number before a button.
_NUMBER: Final = 40


class TRIPO_ADDON_OT_paste_key(Operator):
    """Store the API key from the clipboard in the preferences and test it by requesting your balance (free)"""  # noqa: E501 - Blender shows the line as it is

    bl_idname = "tripo_addon.paste_key"
    bl_label = "Paste and Test"
    bl_options = {"INTERNAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Read the clipboard, once. A text that is not a key is reported, and neither stored nor
        sent."""
        try:
            sentence = take_key(context.window_manager.clipboard)
        except RuntimeError as error:
            sentence = str(error)
        if sentence:
            # The card shows it; an error would open a popup over the card.
            self.report({"WARNING"}, sentence)
            return {"CANCELLED"}
        context.preferences.is_dirty = True
        return {"FINISHED"}


class TRIPO_ADDON_OT_try_prompt(Operator):
    """Fill in an example prompt. Nothing is sent until you press Generate"""

    bl_idname = "tripo_addon.try_prompt"
    bl_label = "Try an Example Prompt"
    bl_options = {"INTERNAL", "UNDO"}

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Only once something could be sent."""
        if not _is_ready():
            cls.poll_message_set(messages.STEPS_BEFORE)
            return False
        return True

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Show the text form with the prompt."""
        forms: TRIPO_ADDON_PG_scene = context.scene.tripo_addon
        forms.mode = "text"
        forms.text.prompt = messages.EXAMPLE_PROMPT
        return {"FINISHED"}


class TRIPO_ADDON_OT_close_set_up(Operator):
    """Hide these first steps. The key is also in the add-on's preferences"""

    bl_idname = "tripo_addon.close_set_up"
    bl_label = "Close"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Remember it in the preferences."""
        set_up.close()
        return {"FINISHED"}


def draw(layout: UILayout, context: Context) -> bool:
    """Draw the card, until a first job exists or it was closed. Return whether the form follows:
    not while nothing could be sent."""
    if not set_up.is_open():
        return True
    ready = _is_ready()
    box = layout.box()
    header = box.row()
    header.label(text=messages.SET_UP)
    header.operator(TRIPO_ADDON_OT_close_set_up.bl_idname, text="", icon="X", emboss=False)
    _draw_online(box, context)
    _draw_key(box, settings.service(), context)
    _draw_try(box, context)
    return ready


def take_key(text: str) -> str:
    """Store a pasted text as the key of the chosen service and have it tested. Return why it is not
    a key, as a sentence, or "". Raises `RuntimeError` as `connection.test` does."""
    service = settings.service()
    if os.environ.get(service.key_variable):
        return messages.key_from_environment(service.key_variable)
    key = text.strip(_QUOTES)
    refusal = addresses.refuse_pasted_key(service, key, SERVICES.values())
    if refusal is not None:
        composition.WIRING.key_refused = refusal.sentence
        return refusal.sentence
    preferences: Any = settings.preferences()
    preferences.set_key(service, key)
    if settings.online() and service.has_balance:
        connection.test()
    return ""


def key_trouble(service: Service) -> str:
    """Return why the key, or the last pasted text, cannot be the service's, as a sentence; "" if it
    may be."""
    if composition.WIRING.key_refused:
        return composition.WIRING.key_refused
    refusal = addresses.refuse_key(service, settings.key(service))
    return refusal.sentence if refusal is not None else ""


def draw_get_key(layout: UILayout, service: Service) -> None:
    """Draw a button that opens the service's console, where keys are made."""
    button = layout.operator("wm.url_open", text=messages.GET_KEY, icon="URL")
    button.url = widgets.console_url(service)


def _is_ready() -> bool:
    """Whether something could be sent, as far as is known."""
    usable = settings.online() and not key_trouble(settings.service())
    return usable and connection.known().stage in {connection.Stage.UNTESTED, connection.Stage.GOOD}


def _draw_step(layout: UILayout, text: str, context: Context, *, done: bool) -> None:
    icon: IconItems = "CHECKMARK" if done else "LAYER_USED"
    draw_wrapped(layout, text, context, icon=icon)


def _draw_online(box: UILayout, context: Context) -> None:
    """One line of one height, with the button or without it: what is below stays under the
    mouse."""
    if settings.online():
        text = truncated(messages.ONLINE, context, taken=_ICON_IN_BOX)
        draw_wrapped(box.row(), text, context, icon="CHECKMARK", fill_row=True)
    elif bpy.app.online_access_override:
        _draw_step(box, messages.OFFLINE, context, done=False)
        draw_wrapped(box, settings.offline() or "", context, icon="ERROR")
    else:
        row = box.row()
        number = row.row()
        number.alignment = "LEFT"
        number.label(text=messages.FIRST, icon="LAYER_USED")
        widgets.draw_allow_online(row, context, taken=_NUMBER)


def _draw_key(box: UILayout, service: Service, context: Context) -> None:
    has_key, trouble = bool(settings.key(service)), key_trouble(service)
    stage = connection.known().stage
    if not trouble and (stage is connection.Stage.GOOD or not service.has_balance):
        balance = composition.balance()
        text = prices.balance(balance, service.money) if balance is not None else ""
        _draw_step(box, messages.key_works(service.label, text), context, done=True)
        return
    failed = has_key and not trouble and stage is connection.Stage.BAD
    step = messages.key_step(service.label, has_key=has_key, failed=failed)
    _draw_step(box, step, context, done=False)
    # In a narrow panel one above the other, since their texts would be cut.
    buttons = box.column(align=True) if is_narrow(context) else box.row(align=True)
    draw_get_key(buttons, service)
    buttons.operator(TRIPO_ADDON_OT_paste_key.bl_idname, icon="PASTEDOWN")
    # What is wrong stands below the buttons, so that they stay under the mouse.
    if trouble and (has_key or composition.WIRING.key_refused):
        draw_wrapped(box, trouble, context, icon="ERROR", alert=True)
    elif has_key:
        connection_line.draw_connection(box, context)
    if has_key and not trouble and service.has_balance and stage is not connection.Stage.RUNNING:
        box.operator(TRIPO_ADDON_OT_check_connection.bl_idname, icon="FILE_REFRESH")
    preferences: Any = settings.preferences()
    if stage is connection.Stage.BAD and len(service.regions) > 1:
        preferences.draw_region(box, service)


def _draw_try(box: UILayout, context: Context) -> None:
    forms: TRIPO_ADDON_PG_scene = context.scene.tripo_addon
    if forms.text.offer is None:
        return
    if forms.text.prompt == messages.EXAMPLE_PROMPT and _is_ready():
        _draw_step(box, messages.PRESS_GENERATE, context, done=False)
        return
    _draw_step(box, messages.FIRST_MODEL, context, done=False)
    text = truncated(messages.TRY_EXAMPLE, context, taken=_ICON_IN_BOX)
    box.operator(TRIPO_ADDON_OT_try_prompt.bl_idname, text=text, icon="GREASEPENCIL")


register, unregister = class_pair(
    (TRIPO_ADDON_OT_paste_key, TRIPO_ADDON_OT_try_prompt, TRIPO_ADDON_OT_close_set_up)
)
