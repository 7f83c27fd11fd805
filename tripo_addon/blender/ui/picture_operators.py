"""Buttons of a picture slot: choose a file, clear it, and swap two views."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

from bpy.props import BoolProperty, StringProperty
from bpy.types import Context, Event, Operator, OperatorProperties

from .. import settings
from ..forms.fields import property_name, turn_name
from ..messages import pictures as messages
from ..registration import class_pair
from .operators import refused

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ..forms.task_form import TaskForm


def name_of(form: "TaskForm") -> str:
    """Return the form's name on the scene, by which an operator finds it again."""
    place: str = form.path_from_id()
    return place.rpartition(".")[2]


class OfSlot:
    """The base of the buttons of one slot. `form` is as returned by `name_of`, `field` a picture's
    name in the catalog, or one of `picture_forms.REFERENCES`."""

    bl_options = {"INTERNAL", "UNDO"}

    form: StringProperty(name="Form", options={"SKIP_SAVE", "HIDDEN"})
    field: StringProperty(name="Field", options={"SKIP_SAVE", "HIDDEN"})

    @property
    def its_property(self) -> str:
        """The name of the form's property that holds the path or address."""
        return property_name(self.field)

    def its_form(self, context: Context) -> Any:
        """The form that has the slot, or None."""
        form = getattr(context.scene.tripo_addon, self.form, None)
        return form if hasattr(form, turn_name(self.field)) else None


class TRIPO_ADDON_OT_open_picture(OfSlot, Operator):
    """Choose another image file"""

    bl_idname = "tripo_addon.open_picture"
    bl_label = "Choose Image"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", "HIDDEN"})
    filter_image: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})
    filter_folder: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def description(cls, context: Context, properties: OperatorProperties) -> str:
        """The tooltip has the file's path."""
        chosen: Any = properties
        form = getattr(context.scene.tripo_addon, chosen.form, None)
        if form is None:
            return ""
        path = settings.absolute(getattr(form, property_name(chosen.field), ""))
        return messages.choose_another(path)

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Open the file browser in the current file's folder."""
        form = self.its_form(context)
        if form is None:
            return refused(self, messages.FORM_GONE)
        self.filepath = settings.absolute(getattr(form, self.its_property))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Put the file into the slot."""
        form = self.its_form(context)
        if form is None:
            return refused(self, messages.FORM_GONE)
        setattr(form, self.its_property, self.filepath)
        return {"FINISHED"}


class TRIPO_ADDON_OT_clear_picture(OfSlot, Operator):
    """Remove this image from the form; the file is kept"""

    bl_idname = "tripo_addon.clear_picture"
    bl_label = "Clear Image"

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Empty the slot."""
        form = self.its_form(context)
        if form is None:
            return refused(self, messages.FORM_GONE)
        setattr(form, self.its_property, "")
        return {"FINISHED"}


class TRIPO_ADDON_OT_turn_picture(OfSlot, Operator):
    """Send the image rotated by another quarter turn clockwise; the file is kept"""

    bl_idname = "tripo_addon.turn_picture"
    bl_label = "Rotate Image"

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Rotate it by another quarter turn."""
        form = self.its_form(context)
        if form is None:
            return refused(self, messages.FORM_GONE)
        name = turn_name(self.field)
        setattr(form, name, (getattr(form, name) + 1) % 4)
        return {"FINISHED"}


class TRIPO_ADDON_OT_swap_views(Operator):
    """Swap the images of the left and right views"""

    bl_idname = "tripo_addon.swap_views"
    bl_label = "Swap Left and Right"
    bl_options = {"INTERNAL", "UNDO"}

    form: StringProperty(name="Form", options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Exchange the two."""
        form = getattr(context.scene.tripo_addon, self.form, None)
        if form is None or not hasattr(form, "left"):
            return refused(self, messages.FORM_GONE)
        left, right = turn_name("left"), turn_name("right")
        turns = getattr(form, right), getattr(form, left)
        form.left, form.right = form.right, form.left
        # A view with another image is upright at first.
        setattr(form, left, turns[0])
        setattr(form, right, turns[1])
        return {"FINISHED"}


register, unregister = class_pair(
    (
        TRIPO_ADDON_OT_open_picture,
        TRIPO_ADDON_OT_turn_picture,
        TRIPO_ADDON_OT_clear_picture,
        TRIPO_ADDON_OT_swap_views,
    )
)
