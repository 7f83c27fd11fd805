"""The property groups of a scene, with everything that the artist fills in.

The fields of the forms come from the catalog; see `fields`.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import PropertyGroup, Scene

from ...api import drafts
from ...api.catalog.task_kinds import TaskKind
from ..messages import picture_tools
from ..pictures import blockout, image_files
from ..registration import class_pair, declare
from . import picture_forms, preset_values, works
from .task_form import TaskForm, from_catalog, name_from_path, name_from_prompt, touched

if TYPE_CHECKING:
    from ..pictures.blockout import Blockout


@from_catalog(TaskKind.TEXT_TO_MODEL)
class TRIPO_ADDON_PG_text(TaskForm, PropertyGroup):
    @property
    def title(self) -> str:
        """The first words of the prompt."""
        return name_from_prompt(self.prompt)


class PictureForm(TaskForm):
    """A form that starts from one picture: a file, an address, or an image of the .blend."""

    source: EnumProperty(
        name="Source",
        description="Where the image comes from",
        items=[
            ("FILE", "File", "Image file on disk or public web address"),
            ("BLEND", "Image Data-Block", "Image in this .blend file, e.g. painted or pasted"),
        ],
        update=touched("source"),
    )
    datablock: PointerProperty(
        type=bpy.types.Image,
        name="Image",
        description="Image in this .blend file to generate a model from",
        update=touched("datablock"),
    )

    def recall(self, recorded: Mapping[str, object]) -> None:
        """A recorded image is a file, or an address."""
        self.source = "FILE"
        super().recall(recorded)

    def made_files(self, context: bpy.types.Context) -> dict[str, object]:
        """The chosen image data-block as a file."""
        if not self._from_blend or self.datablock is None:
            return {}
        return {"image": str(image_files.picture_file(self.datablock, context))}

    @property
    def held_pictures(self) -> Mapping[str, tuple[int, int]]:
        """The chosen image data-block."""
        if not self._from_blend or self.datablock is None:
            return {}
        width, height = self.datablock.size
        return {self.datablock.name: (width, height)}

    @property
    def _from_blend(self) -> bool:
        """Whether an image data-block is used; a service without uploads takes none."""
        return self.source == "BLEND" and self.service.pictures.files

    def _value(self, name: str) -> object:
        if name == "image" and self._from_blend:
            return self.datablock.name if self.datablock is not None else ""
        return super()._value(name)

    def _turn(self, name: str) -> int:
        return 0 if name == "image" and self._from_blend else super()._turn(name)

    @property
    def title(self) -> str:
        """The image's name."""
        if self._from_blend and self.datablock is not None:
            return name_from_path(self.datablock.name)
        return name_from_path(self.path)


@from_catalog(TaskKind.IMAGE_TO_MODEL)
class TRIPO_ADDON_PG_image(PictureForm, PropertyGroup):
    pass


@from_catalog(TaskKind.SMART_SEGMENT)
class TRIPO_ADDON_PG_parts(PictureForm, PropertyGroup):
    pass


@from_catalog(TaskKind.MULTIVIEW_TO_MODEL)
class TRIPO_ADDON_PG_multiview(TaskForm, PropertyGroup):
    blockout_text: StringProperty(options={"HIDDEN"})
    in_its_place: BoolProperty(
        name="In Its Place",
        description="Fit the model into the box of the objects that were taken, "
        "and keep these as a variant of it",
        default=True,
    )

    @property
    def blockout(self) -> "Blockout | None":
        """The objects that the front view was taken of, if it is in its slot."""
        found = blockout.blockout_from(self.blockout_text)
        return found if found is not None and found.shows("front", self.front) else None

    @property
    def replaced(self) -> "Blockout | None":
        """The objects that the model is to replace."""
        return self.blockout if self.in_its_place else None

    @property
    def title(self) -> str:
        """The front image's name without the word "front"."""
        name = name_from_path(self.front)
        return name.removesuffix(" front").removesuffix(" Front")


GENERATION_PRESETS: Final = "generation"


class TRIPO_ADDON_PG_scene(PropertyGroup):
    mode: EnumProperty(
        name="Mode",
        description="What to generate the model from",
        items=[
            ("text", "Text", "Generate a model from a prompt"),
            ("image", "Image", "Generate a model from one image"),
            ("multiview", "Multiview", "Generate a model from two to four views"),
            ("parts", "Parts", "Generate named parts from one image"),
        ],
    )
    text: PointerProperty(type=TRIPO_ADDON_PG_text)
    image: PointerProperty(type=TRIPO_ADDON_PG_image)
    multiview: PointerProperty(type=TRIPO_ADDON_PG_multiview)
    parts: PointerProperty(type=TRIPO_ADDON_PG_parts)
    picture_tool: EnumProperty(
        name="Image Tool", description="What to make", items=picture_tools.TOOLS
    )
    candidates: IntProperty(
        name="Candidates",
        description="Generate several cheap drafts to choose from, and pay for the texture and "
        "details of the one that you keep only",
        default=1,
        min=1,
        max=drafts.MOST,
    )
    # Independent of which works the current service offers.
    work_number: IntProperty(options={"HIDDEN"})
    work: EnumProperty(
        name="Work",
        description="What to do with the selected object",
        items=works.works,
        get=works.chosen_work,
        set=works.choose_work,
    )
    then_texture: BoolProperty(
        name="Texture",
        description="Texture the model after generating it",
    )
    then_rig: BoolProperty(
        name="Rig",
        description="Rig the model after generating it, if the check finds it suitable",
    )
    then_animate: BoolProperty(
        name="Animate", description="Animate the rigged model, each animation at its own price"
    )

    def form_of_presets(self, name: str) -> TaskForm:
        """Return the form for presets of this name: a work, "parts", or "generation" for the form
        of the chosen mode."""
        if name != GENERATION_PRESETS:
            return getattr(self, name)
        return self.text if self.mode == "parts" else getattr(self, self.mode)

    def apply_preset(self, name: str, settings: Mapping[str, object]) -> None:
        """Set a form's settings from a preset's file."""
        preset_values.apply_settings(self.form_of_presets(name), settings)


declare(
    TRIPO_ADDON_PG_scene,
    {
        name: PointerProperty(type=form)
        for name, form in {**works.FORMS, **picture_forms.FORMS}.items()
    },
)


CLASSES = (
    *works.FORMS.values(),
    *picture_forms.FORMS.values(),
    TRIPO_ADDON_PG_text,
    TRIPO_ADDON_PG_image,
    TRIPO_ADDON_PG_multiview,
    TRIPO_ADDON_PG_parts,
    TRIPO_ADDON_PG_scene,
)
_register_classes, _unregister_classes = class_pair(CLASSES)


def register() -> None:
    """Register the groups, and a pointer to them on each scene."""
    _register_classes()
    Scene.tripo_addon = PointerProperty(type=TRIPO_ADDON_PG_scene)


def unregister() -> None:
    """Remove the pointer, then the groups."""
    del Scene.tripo_addon
    _unregister_classes()
