"""Images dropped on a 3D viewport or its sidebar, and the slots that they fill.

Blender does not say over which button a file is dropped, only over which property: an empty slot is
drawn as a field, so that a file can be dropped on it.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import CollectionProperty, StringProperty
from bpy.types import Context, Event, FileHandler, Operator, OperatorFileListElement

from ...api.catalog.field_types import VIEWS, ParamType
from ...api.catalog.parameters import PARAMETERS
from ..forms import picture_forms, picture_views
from ..forms.fields import property_name
from ..messages import generate, picture_tools
from ..messages import pictures as messages
from ..registration import class_pair
from .operators import refused
from .sidebar import Sidebar

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

_MOST_VIEWS = 4
_PICTURES = ".png;.jpg;.jpeg;.webp"
_FIELDS = {
    property_name(name): row.label
    for name, row in PARAMETERS.items()
    if row.type is ParamType.PICTURE
} | {
    slot: picture_tools.image(number)
    for number, slot in enumerate(picture_forms.REFERENCES, 1)
    if number > 1
}
_FORMS = "tripo_addon."


class TRIPO_ADDON_OT_drop_pictures(Operator):
    """Use dropped images for a 3D model: one, or two to four views of the same object"""

    bl_idname = "tripo_addon.drop_pictures"
    bl_label = "3D Model from Images"
    bl_options = {"INTERNAL"}

    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: CollectionProperty(type=OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})
    onto: StringProperty(
        name="Onto",
        description="Where the file was dropped: a field of a form, such as multiview.left",
        options={"SKIP_SAVE", "HIDDEN"},
    )

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Fill the form, and show it in a dialog if the tab does not show it."""
        self.onto = _field_under_mouse(context)
        ended = self.execute(context)
        if ended == {"FINISHED"} and not _is_over_tab(context):
            bpy.ops.tripo_addon.generate_dialog(
                "INVOKE_DEFAULT", mode=context.scene.tripo_addon.mode
            )
        return ended

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Fill the slot that the file was dropped on, else the next free views in their mode, else
        the form of one image or of the views."""
        forms = context.scene.tripo_addon
        paths = [str(Path(self.directory) / each.name) for each in self.files]
        if not paths or len(paths) > _MOST_VIEWS:
            return refused(self, generate.DROP_IMAGES)
        form, _dot, field = self.onto.partition(".")
        if len(paths) == 1 and field in _FIELDS and hasattr(getattr(forms, form, None), field):
            setattr(getattr(forms, form), field, paths[0])
            return self._report_slots({_FIELDS[field]: paths[0]})
        if forms.mode == "multiview" or len(paths) > 1:
            return self._fill_views(forms, paths)
        forms.mode, forms.image.source, forms.image.path = "image", "FILE", paths[0]
        return {"FINISHED"}

    def _fill_views(self, forms: Any, paths: list[str]) -> "set[OperatorReturnItems]":
        """Fill the free views. Several files that do not fit replace all views."""
        free = [view for view in VIEWS if not getattr(forms.multiview, view)]
        added = forms.mode == "multiview" and len(paths) <= len(free)
        if not added and len(paths) == 1:
            return refused(self, messages.NO_FREE_VIEW)
        found = picture_views.views_by_name(paths, free if added else VIEWS)
        forms.mode = "multiview"
        for view in VIEWS:
            if view in found or not added:
                # Remove the former views, which would be sent as well.
                setattr(forms.multiview, view, found.get(view, ""))
        return self._report_slots(
            {PARAMETERS[view].label: found[view] for view in VIEWS if view in found}
        )

    def _report_slots(self, found: Mapping[str, str]) -> "set[OperatorReturnItems]":
        """Report in the status bar which file is in which slot."""
        filled = [(slot, PurePath(path).name) for slot, path in found.items()]
        self.report({"INFO"}, messages.dropped(filled))
        return {"FINISHED"}


class TRIPO_ADDON_FH_pictures(FileHandler):
    bl_idname = "TRIPO_ADDON_FH_pictures"
    bl_label = "Tripo: 3D Model from Images"
    bl_import_operator = TRIPO_ADDON_OT_drop_pictures.bl_idname
    bl_file_extensions = _PICTURES

    @classmethod
    def poll_drop(cls, context: Context) -> bool:
        """Only over a 3D viewport; elsewhere Blender's own handlers get the file."""
        return context.area is not None and context.area.type == "VIEW_3D"


def _field_under_mouse(context: Context) -> str:
    """Return the form's field under the mouse, such as `multiview.left`, or ""."""
    # Returns a data-block, a path and an index; the stub has only the first.
    found: Any = context.property
    path = str(found[1]) if found else ""
    form, _dot, field = path.removeprefix(_FORMS).rpartition(".")
    if field not in _FIELDS:
        return ""
    return f"{form or _form_with(context.scene.tripo_addon, field)}.{field}"


def _form_with(forms: Any, field: str) -> str:
    """Return the name of the form in the tab that shows this field, or "". Blender 5.2 gives the
    path of a field with its form, 4.3 without. What is not empty is no field, but a button."""
    shown = (forms.mode, forms.work, forms.picture_tool)
    empty = (name for name in shown if getattr(getattr(forms, name, None), field, None) == "")
    return next(empty, "")


def _is_over_tab(context: Context) -> bool:
    """Whether the mouse is over the add-on's own tab."""
    region = context.region
    is_sidebar = region is not None and region.type == "UI"
    return is_sidebar and region.active_panel_category == Sidebar.bl_category


register, unregister = class_pair((TRIPO_ADDON_OT_drop_pictures, TRIPO_ADDON_FH_pictures))
