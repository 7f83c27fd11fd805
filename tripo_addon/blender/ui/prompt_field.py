"""Draws the field for a prompt: a text box if Blender has one, else a line with a button that opens
a wide dialog.

Only reads: opens no file, uses no network, writes no property and makes no data-block.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any, Final

from bpy.props import StringProperty
from bpy.types import Context, Event, Operator, UILayout

from ...api import rules
from ..messages import generate
from ..registration import class_pair
from .text_wrap import draw_wrapped

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from .widgets import Shown

_HAS_TEXT_BOX: Final = "textbox" in UILayout.bl_rna.functions
_DIALOG_WIDTH: Final = 700
# The share of the limit from which the length is shown.
_NEAR: Final = 0.9


class TRIPO_ADDON_OT_edit_prompt(Operator):
    """Edit the prompt in a wide dialog"""

    bl_idname = "tripo_addon.edit_prompt"
    bl_label = "Edit Prompt"
    bl_options = {"INTERNAL", "UNDO"}

    form: StringProperty(options={"SKIP_SAVE", "HIDDEN"})
    prompt: StringProperty(name="Prompt", description="What to generate", options={"SKIP_SAVE"})

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Show the dialog with the current prompt."""
        self.prompt = getattr(context.scene.tripo_addon, self.form).prompt
        return context.window_manager.invoke_props_dialog(
            self,
            width=_DIALOG_WIDTH,
            title=generate.EDIT_PROMPT,
            confirm_text=generate.EDIT_PROMPT_CONFIRM,
        )

    def draw(self, context: Context) -> None:
        """Draw a field as wide as the dialog, and below it the whole text."""
        self.layout.prop(self, "prompt", text="", placeholder=generate.placeholder(self.form))
        scale = context.preferences.system.ui_scale
        draw_wrapped(self.layout, self.prompt or " ", context, width=round(_DIALOG_WIDTH * scale))

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Put the text into the form."""
        getattr(context.scene.tripo_addon, self.form).prompt = self.prompt
        return {"FINISHED"}


def draw(layout: UILayout, shown: "Shown", name: str) -> None:
    """Draw the prompt of the form with this name on the scene."""
    column, hint = layout.column(), generate.placeholder(name)
    column.use_property_split = False
    if _HAS_TEXT_BOX:
        # The stubs are of an older Blender.
        box: Any = column
        box.textbox(shown.form, "prompt", placeholder=hint)
    else:
        row = column.row(align=True)
        row.prop(shown.form, "prompt", text="", placeholder=hint)
        edit = row.operator(TRIPO_ADDON_OT_edit_prompt.bl_idname, text="", icon="FULLSCREEN_ENTER")
        edit.form = name
    _draw_length(column, shown)


def _draw_length(layout: UILayout, shown: "Shown") -> None:
    """Draw the prompt's length, if it is near the version's limit."""
    limit = rules.max_length(shown.offer, shown.values, "prompt")
    count = len(str(shown.values.get("prompt") or ""))
    if limit is None or count < _NEAR * limit:
        return
    row = layout.row()
    row.alignment, row.alert = "RIGHT", count > limit
    row.label(text=generate.length(count, limit), icon="ERROR" if count > limit else "NONE")


register, unregister = class_pair((TRIPO_ADDON_OT_edit_prompt,))
