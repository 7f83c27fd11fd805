"""The menu of styles, and the operator that fills a style's palette from an image.

Blender reads the folder of styles while the menu is open.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy.types import Context, Menu, Operator

from ...api import style_json
from ...api.record import replace
from ..messages import styles as messages
from ..previews import image_palettes, thumbnails
from ..registration import class_pair
from ..session import style_files
from . import picture_operators
from .style_operators import (
    TRIPO_ADDON_OT_choose_style,
    TRIPO_ADDON_OT_edit_style,
    TRIPO_ADDON_OT_export_style,
    TRIPO_ADDON_OT_import_style,
    TRIPO_ADDON_OT_remove_style,
    WithFile,
)

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

FORM: Final = "tripo_addon_form"
"""The name by which the menu finds its form in the context."""


class TRIPO_ADDON_OT_palette_from_image(WithFile, Operator):
    """Name the main colors of an image in the palette of the chosen style, and save it"""

    bl_idname = "tripo_addon.palette_from_image"
    bl_label = "Palette from Image"
    bl_options = {"INTERNAL"}

    filter_glob: StringProperty(default="", options={"HIDDEN"})
    filter_image: BoolProperty(default=True, options={"HIDDEN"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Have the image read; without a window this **blocks** until it is."""
        form = self.form_of(context)
        if form is None or form.style is None:
            return self.refuse(messages.NOTHING_CHOSEN)
        image = Path(bpy.path.abspath(self.filepath))
        if not bpy.app.background:
            use = partial(_take_palette, self.form, form.style.name)
            image_palettes.PALETTES.read(image, self.form, use)
            return {"FINISHED"}
        colors = image_palettes.named_colors(image, thumbnails.picture_maker())
        name, style = self.form, form.style.name
        trouble = _take_palette(name, style, colors) if colors else messages.no_colors(image.name)
        return self.refuse(trouble) if trouble else {"FINISHED"}


def _take_palette(form_name: str, style_name: str, colors: tuple[str, ...]) -> str:
    """Save the form's style with this palette, and choose it; nothing if the form has another style
    by now. Return why it could not be saved."""
    form: Any = getattr(bpy.context.scene.tripo_addon, form_name)
    if form.style is None or form.style.name != style_name:
        return ""
    try:
        saved = style_files.save(
            replace(form.style, palette=colors), style_files.path_of(style_name)
        )
    except (OSError, style_json.NotAStyle) as error:
        return messages.not_saved(style_name, messages.reason_of(error))
    form.choose_style(style_json.written(saved))
    bpy.ops.ed.undo_push(message=messages.UNDO_PALETTE)
    return ""


class TRIPO_ADDON_MT_style(Menu):
    bl_label = "Style"

    def draw(self, context: Context) -> None:
        """Draw the styles of the artist, and what can be done with the chosen one."""
        form: Any = getattr(context, FORM, None)
        if form is None:
            return
        own = {"form": picture_operators.name_of(form)}
        none: Any = self.layout.operator(
            TRIPO_ADDON_OT_choose_style.bl_idname, text=messages.NONE, icon="X"
        )
        none.form = own["form"]
        folder = style_files.folder()
        if folder.is_dir():
            self.path_menu(
                [str(folder)],
                TRIPO_ADDON_OT_choose_style.bl_idname,
                props_default=own,
                filter_ext=lambda ext: ext == style_files.SUFFIX,
                display_name=lambda path: Path(path).stem,
            )
        self.layout.separator()
        self.layout.operator_context = "INVOKE_DEFAULT"
        self._entry(TRIPO_ADDON_OT_edit_style, messages.NEW, "ADD", own["form"]).new = True
        name = form.style.name if form.style is not None else ""
        if name:
            self._entry(
                TRIPO_ADDON_OT_edit_style,
                messages.edit(name),
                "GREASEPENCIL",
                own["form"],
            )
            palette = TRIPO_ADDON_OT_palette_from_image
            self._entry(palette, messages.FROM_IMAGE, "COLOR", own["form"])
        self._entry(TRIPO_ADDON_OT_import_style, messages.IMPORT, "IMPORT", own["form"])
        if name:
            self._entry(TRIPO_ADDON_OT_export_style, messages.EXPORT, "EXPORT", own["form"])
            self._entry(
                TRIPO_ADDON_OT_remove_style,
                messages.remove(name),
                "TRASH",
                own["form"],
            )

    def _entry(self, operator: Any, text: str, icon: Any, form: str) -> Any:
        entry: Any = self.layout.operator(operator.bl_idname, text=text, icon=icon)
        entry.form = form
        return entry


register, unregister = class_pair((TRIPO_ADDON_OT_palette_from_image, TRIPO_ADDON_MT_style))
