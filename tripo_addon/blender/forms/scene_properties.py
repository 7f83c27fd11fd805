"""What the artist fills in: the property groups of a scene and of the window. Nothing that acts.

The forms' fields come from the catalogue, as `fields` makes them.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Mapping
from pathlib import Path

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    IntProperty,
    PointerProperty,
)
from bpy.types import PropertyGroup, Scene, WindowManager

from ...api.catalog.records import TaskKind
from ..registration import class_pair, declare
from . import works
from .image_files import picture_file
from .task_form import TaskForm, from_catalogue, name_from_path, name_from_prompt, touched


@from_catalogue(TaskKind.TEXT_TO_MODEL)
class TRIPO_ADDON_PG_text(TaskForm, PropertyGroup):
    @property
    def title(self) -> str:
        """The first words of the prompt."""
        return name_from_prompt(self.prompt)


class PictureForm(TaskForm):
    """A form that starts from one picture: a file, an address, or an image of the .blend."""

    source: EnumProperty(
        name="Image From",
        description="Where the picture is",
        items=[
            ("FILE", "File", "A file on disk, or the web address of a public picture"),
            ("BLEND", "Blender", "An image of this .blend, such as a painted or pasted one"),
        ],
        update=touched("source"),
    )
    datablock: PointerProperty(
        type=bpy.types.Image,
        name="Image",
        description="The image of this .blend to make a model from",
        update=touched("datablock"),
    )

    def made_files(self, folder: Path) -> dict[str, object]:
        """The chosen image of the .blend as a file."""
        if not self._from_blend or self.datablock is None:
            return {}
        return {"image": str(picture_file(self.datablock, folder))}

    @property
    def held_pictures(self) -> Mapping[str, tuple[int, int]]:
        """The chosen image of the .blend."""
        if not self._from_blend or self.datablock is None:
            return {}
        width, height = self.datablock.size
        return {self.datablock.name: (width, height)}

    @property
    def _from_blend(self) -> bool:
        """Whether the image of the .blend counts; a service without uploads has no use for it."""
        return self.source == "BLEND" and self.service.pictures.files

    def _value(self, name: str) -> object:
        if name == "image" and self._from_blend:
            return self.datablock.name if self.datablock is not None else ""
        return super()._value(name)

    @property
    def title(self) -> str:
        """The picture's name."""
        if self._from_blend and self.datablock is not None:
            return name_from_path(self.datablock.name)
        return name_from_path(self.path)


@from_catalogue(TaskKind.IMAGE_TO_MODEL)
class TRIPO_ADDON_PG_image(PictureForm, PropertyGroup):
    pass


@from_catalogue(TaskKind.SMART_SEGMENT)
class TRIPO_ADDON_PG_parts(PictureForm, PropertyGroup):
    pass


@from_catalogue(TaskKind.MULTIVIEW_TO_MODEL)
class TRIPO_ADDON_PG_multiview(TaskForm, PropertyGroup):
    @property
    def title(self) -> str:
        """The front picture's name, without the word that says which view it is."""
        name = name_from_path(self.front)
        return name.removesuffix(" front").removesuffix(" Front")


class TRIPO_ADDON_PG_scene(PropertyGroup):
    mode: EnumProperty(
        name="Mode",
        description="What to make the model from",
        items=[
            ("text", "Text", "Make a model from words"),
            ("image", "Image", "Make a model from one picture"),
            ("multiview", "Multiview", "Make a model from two to four pictures"),
            ("parts", "Parts", "Make named parts from one picture"),
        ],
    )
    text: PointerProperty(type=TRIPO_ADDON_PG_text)
    image: PointerProperty(type=TRIPO_ADDON_PG_image)
    multiview: PointerProperty(type=TRIPO_ADDON_PG_multiview)
    parts: PointerProperty(type=TRIPO_ADDON_PG_parts)
    # A number that stays, whatever the service in force leaves of the list.
    work_number: IntProperty(options={"HIDDEN"})
    work: EnumProperty(
        name="Work",
        description="What to have done with the selected object",
        items=works.works,
        get=works.chosen_work,
        set=works.choose_work,
    )
    then_texture: BoolProperty(
        name="Texture",
        description="Texture the model once it is there, with the settings of Texture",
    )
    then_rig: BoolProperty(
        name="Rig",
        description="Give the model a skeleton after that, if the service finds that it can",
    )
    then_animate: BoolProperty(
        name="Animate", description="Animate the rigged model, each animation at its price"
    )


declare(
    TRIPO_ADDON_PG_scene,
    {name: PointerProperty(type=form) for name, form in works.FORMS.items()},
)


class TRIPO_ADDON_PG_window(PropertyGroup):
    """State of the interface alone; Blender resets it when a file is loaded."""

    page: IntProperty(name="Page", description="Page of the job list", min=1, default=1)


CLASSES = (
    *works.FORMS.values(),
    TRIPO_ADDON_PG_text,
    TRIPO_ADDON_PG_image,
    TRIPO_ADDON_PG_multiview,
    TRIPO_ADDON_PG_parts,
    TRIPO_ADDON_PG_scene,
    TRIPO_ADDON_PG_window,
)
_register_classes, _unregister_classes = class_pair(CLASSES)


_POINTERS = (
    (Scene, TRIPO_ADDON_PG_scene),
    (WindowManager, TRIPO_ADDON_PG_window),
)


def register() -> None:
    """Register the groups, and one pointer for each kind of data that carries them."""
    _register_classes()
    for owner, group in _POINTERS:
        owner.tripo_addon = PointerProperty(type=group)


def unregister() -> None:
    """Take the pointers away, then the groups."""
    for owner, _group in reversed(_POINTERS):
        del owner.tripo_addon
    _unregister_classes()
