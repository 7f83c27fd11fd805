"""The Generate form as a dialog, for menus, F3, image editors and pictures that are dropped."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import CollectionProperty, EnumProperty, StringProperty
from bpy.types import Context, Event, FileHandler, Operator, OperatorFileListElement

from ...api.catalog.field_types import VIEWS
from ..forms.picture_views import views_by_name
from ..messages import generate
from ..registration import class_pair
from . import generate_panel
from .operators import refused

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

_WIDTH = 420
_MOST_VIEWS = 4
_PICTURES = ".png;.jpg;.jpeg;.webp"


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
        """Show the form of the mode, filled with the image where one is named."""
        self._fill(context)
        self._was_shown = True
        return context.window_manager.invoke_props_dialog(
            self,
            width=_WIDTH,
            title=generate.GENERATE_DIALOG,
            confirm_text=generate.GENERATE,
        )

    def draw(self, context: Context) -> None:
        """The inputs and settings of the form, its price, and why it cannot be sent."""
        generate_panel.draw_form(self.layout, context, button=False)

    def _fill(self, context: Context) -> None:
        forms = context.scene.tripo_addon
        forms.mode = self.mode
        if self.image:
            forms.mode = "image"
            forms.image.source = "BLEND"
            forms.image.datablock = bpy.data.images.get(self.image)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Send the form, as the button of the panel does; in the dialog, its tab may be another
        than the mode by now."""
        if not getattr(self, "_was_shown", False):
            self._fill(context)
        operator: Any = getattr(bpy.ops.tripo_addon, f"generate_{context.scene.tripo_addon.mode}")
        try:
            return operator("INVOKE_DEFAULT")
        except RuntimeError as error:
            return refused(self, str(error).removeprefix("Error: ").strip())


class TRIPO_ADDON_OT_drop_pictures(Operator):
    """Use dropped images for a 3D model: one, or two to four views of the same object"""

    bl_idname = "tripo_addon.drop_pictures"
    bl_label = "3D Model from Images"
    bl_options = {"INTERNAL"}

    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: CollectionProperty(type=OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Fill the form, and show it in a dialog."""
        ended = self.execute(context)
        if ended == {"FINISHED"}:
            bpy.ops.tripo_addon.generate_dialog(
                "INVOKE_DEFAULT", mode=context.scene.tripo_addon.mode
            )
        return ended

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Fill the form of one image, or that of the views."""
        forms = context.scene.tripo_addon
        paths = [str(Path(self.directory) / each.name) for each in self.files]
        if not paths or len(paths) > _MOST_VIEWS:
            return refused(self, generate.DROP_IMAGES)
        if len(paths) == 1:
            forms.mode, forms.image.source, forms.image.path = "image", "FILE", paths[0]
            return {"FINISHED"}
        forms.mode = "multiview"
        found = views_by_name(paths)
        for view in VIEWS:
            # Views of what was dropped before would be sent along.
            setattr(forms.multiview, view, found.get(view, ""))
        return {"FINISHED"}


class TRIPO_ADDON_FH_pictures(FileHandler):
    bl_idname = "TRIPO_ADDON_FH_pictures"
    bl_label = "Tripo: 3D Model from Images"
    bl_import_operator = TRIPO_ADDON_OT_drop_pictures.bl_idname
    bl_file_extensions = _PICTURES

    @classmethod
    def poll_drop(cls, context: Context) -> bool:
        """Only over a 3D viewport; elsewhere Blender's own handlers have the file."""
        return context.area is not None and context.area.type == "VIEW_3D"


register, unregister = class_pair(
    (TRIPO_ADDON_OT_generate_dialog, TRIPO_ADDON_OT_drop_pictures, TRIPO_ADDON_FH_pictures)
)
