"""The Generate form as a dialog, for menus, F3, image editors and dropped images."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..messages import generate
from ..registration import class_pair
from . import generate_panel
from .operators import refused

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

_WIDTH = 420


class TRIPO_ADDON_OT_generate_dialog(Operator):
    """Generate a 3D model with Tripo; shows the settings and the price first"""

    bl_idname = "tripo_addon.generate_dialog"
    bl_label = "Generate 3D Model"

    mode: EnumProperty(
        name="From",
        items=[(mode, mode.title(), "") for mode in ("text", "image", "multiview", "parts")],
        options={"SKIP_SAVE"},
    )
    image: StringProperty(
        name="Image",
        description="Name of an image data-block to start from",
        options={"SKIP_SAVE", "HIDDEN"},
    )

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Show the form of the mode, filled with the named image, if any."""
        self._fill(context)
        self._was_shown = True
        return context.window_manager.invoke_props_dialog(
            self,
            width=_WIDTH,
            title=generate.GENERATE_DIALOG,
            confirm_text=generate.GENERATE,
        )

    def draw(self, context: Context) -> None:
        """Draw the form's inputs and settings, its price, and why it cannot be sent."""
        generate_panel.draw_form(self.layout, context, button=False)

    def _fill(self, context: Context) -> None:
        forms = context.scene.tripo_addon
        forms.mode = self.mode
        if self.image:
            forms.mode = "image"
            forms.image.source = "BLEND"
            forms.image.datablock = bpy.data.images.get(self.image)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Send the form, as the panel's button does. In the dialog, the tab may have been changed
        to another mode."""
        if not getattr(self, "_was_shown", False):
            self._fill(context)
        operator: Any = getattr(bpy.ops.tripo_addon, f"generate_{context.scene.tripo_addon.mode}")
        try:
            return operator("INVOKE_DEFAULT")
        except RuntimeError as error:
            return refused(self, str(error).removeprefix("Error: ").strip())


register, unregister = class_pair((TRIPO_ADDON_OT_generate_dialog,))
