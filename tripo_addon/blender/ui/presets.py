"""Presets of the forms, with Blender's own preset system: a list in the panel's header.

Blender's list reads the folders of presets while it is open; other files are read only when a
preset is chosen or hovered.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel
from bpy.props import StringProperty
from bpy.types import Context, Operator, Panel

from ..forms import preset_values
from ..messages import presets as messages
from ..registration import class_pair
from ..session import preset_files
from .operators import refused

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems


class TRIPO_ADDON_OT_add_preset(AddPresetBase, Operator):
    """Save the settings of this form as a preset; prompts and images are not part of it"""

    bl_idname = "tripo_addon.add_preset"
    bl_label = "Add Preset"
    preset_menu = "TRIPO_ADDON_PT_generate_presets"

    form: StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    @property
    def preset_subdir(self) -> str:
        """Return the folder of the form's presets."""
        return preset_files.subfolder(self.form)

    def add(self, context: Context, filepath: str) -> None:
        """Write the preset to the path that Blender chose."""
        settings = preset_values.settings_of(context.scene.tripo_addon.form_of_presets(self.form))
        preset_files.write(filepath, self.form, settings)


class TRIPO_ADDON_OT_apply_preset(Operator):
    """Apply this preset"""

    bl_idname = "tripo_addon.apply_preset"
    bl_label = "Apply Preset"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", "HIDDEN"})
    form: StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def description(cls, context: Context, properties: Any) -> str:
        """The tooltip says what the preset changes."""
        settings = preset_files.read(properties.filepath)
        if settings is None:
            return messages.APPLY
        form = context.scene.tripo_addon.form_of_presets(properties.form)
        return messages.about(preset_values.words(form, settings))

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Set the form's settings."""
        settings = preset_files.read(self.filepath)
        if settings is None:
            return refused(self, messages.unreadable(bpy.path.display_name(self.filepath)))
        context.scene.tripo_addon.apply_preset(self.form, settings)
        return {"FINISHED"}


class _Presets(PresetPanel):
    """The base of the lists of presets."""

    bl_space_type = "VIEW_3D"
    bl_label = "Presets"
    layout: Any
    path_menu: Any

    def form(self, context: Context) -> str:
        """Return the form whose presets are listed."""
        raise NotImplementedError

    def draw(self, context: Context) -> None:
        """Draw the presets, each with a button that removes it, and a field to add one."""
        self.layout.emboss = "PULLDOWN_MENU"
        self.layout.operator_context = "EXEC_DEFAULT"
        form = {"form": self.form(context)}
        self.path_menu(
            preset_files.folders(form["form"]),
            TRIPO_ADDON_OT_apply_preset.bl_idname,
            props_default=form,
            filter_ext=lambda ext: ext == ".py",
            display_name=lambda path: bpy.path.display_name(path, title_case=False),
            add_operator=TRIPO_ADDON_OT_add_preset.bl_idname,
            add_operator_props=form,
        )


class TRIPO_ADDON_PT_generate_presets(_Presets, Panel):
    bl_label = "Generate Presets"

    def form(self, context: Context) -> str:
        """Return the form of the mode. All modes but *Parts* share their settings, and so their
        presets."""
        mode = context.scene.tripo_addon.mode
        return mode if mode == "parts" else "generation"


class TRIPO_ADDON_PT_object_presets(_Presets, Panel):
    bl_label = "Selected Object Presets"

    def form(self, context: Context) -> str:
        """Return the chosen work."""
        return context.scene.tripo_addon.work


_register_classes, _unregister_classes = class_pair(
    (
        TRIPO_ADDON_OT_add_preset,
        TRIPO_ADDON_OT_apply_preset,
        TRIPO_ADDON_PT_generate_presets,
        TRIPO_ADDON_PT_object_presets,
    )
)


def register() -> None:
    """Register the lists and the folder of the shipped presets."""
    _register_classes()
    preset_files.register()


def unregister() -> None:
    """Unregister the lists and the folder."""
    preset_files.unregister()
    _unregister_classes()
