"""What the artist fills in, and what an object remembers: property groups and nothing that acts.

The forms' fields come from the catalogue, as `fields` makes them.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Mapping
from pathlib import Path

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import Object, PropertyGroup, Scene, WindowManager

from ..api.catalog.records import TaskKind
from ..jobs.job import UNSTRETCHED
from . import object_forms
from .datablocks import picture_file
from .forms import TaskForm, from_catalogue, name_from_path, name_from_words, touched
from .registration import class_pair, declare


@from_catalogue(TaskKind.TEXT_TO_MODEL)
class TRIPO_ADDON_PG_text(TaskForm, PropertyGroup):
    @property
    def title(self) -> str:
        """The first words of the prompt."""
        return name_from_words(self.prompt)


@from_catalogue(TaskKind.IMAGE_TO_MODEL)
class TRIPO_ADDON_PG_image(TaskForm, PropertyGroup):
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
        ],
    )
    text: PointerProperty(type=TRIPO_ADDON_PG_text)
    image: PointerProperty(type=TRIPO_ADDON_PG_image)
    multiview: PointerProperty(type=TRIPO_ADDON_PG_multiview)
    # A number that stays, whatever the service in force leaves of the list.
    work_number: IntProperty(options={"HIDDEN"})
    work: EnumProperty(
        name="Work",
        description="What to have done with the selected object",
        items=object_forms.works,
        get=object_forms.chosen_work,
        set=object_forms.choose_work,
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
    {name: PointerProperty(type=form) for name, form in object_forms.FORMS.items()},
)


class TRIPO_ADDON_PG_sent_file(PropertyGroup):
    """A picture or model that a model was made from; `name` is its file name."""

    field: StringProperty(name="Field", description="What it was for, such as image or front")
    sha256: StringProperty(name="SHA-256", description="Hash of its content as it was on disk")


class _Making:
    """One task: who did it, what was asked for, when, and what it cost."""

    service: StringProperty(name="Service", description="The service that made this model")
    address: StringProperty(name="Address", description="The address that knows the task")
    task_id: StringProperty(name="Task", description="The service's id of the task")
    job_id: StringProperty(name="Job", description="The add-on's id of the job")
    parent_task: StringProperty(
        name="Parent Task", description="The task whose model this one was made from"
    )
    kind: StringProperty(name="Kind", description="What was asked for")
    model: StringProperty(name="Model Version", description="The version that made it")
    prompt: StringProperty(name="Prompt", description="The words it was made from")
    request: StringProperty(name="Request", description="Everything that was asked for, as JSON")
    files: CollectionProperty(
        type=TRIPO_ADDON_PG_sent_file,
        name="Files",
        description="The pictures and models that it was made from",
    )
    created: StringProperty(name="Created", description="When it was asked for: ISO 8601, UTC")
    credits: FloatProperty(
        name="Credits", description="What was charged; -1 where that is not known", default=-1.0
    )


class TRIPO_ADDON_PG_step(_Making, PropertyGroup):
    """An earlier step in the history of an object."""


class TRIPO_ADDON_PG_home(PropertyGroup):
    """Where an object of a variant was: the name of a collection, or of the scene whose own it
    is."""

    thing: PointerProperty(type=Object)
    home: StringProperty(name="Collection")
    scene: StringProperty(name="Scene")


class TRIPO_ADDON_PG_variant(PropertyGroup):
    """A version of an object that is laid aside; `name` is what it came from."""

    job_id: StringProperty(name="Job", description="The job that made this version")
    shelf: PointerProperty(type=bpy.types.Collection)
    homes: CollectionProperty(type=TRIPO_ADDON_PG_home)


class TRIPO_ADDON_PG_partner(PropertyGroup):
    """An object that makes up a version together with the anchor, without hanging below it."""

    uid: StringProperty(name="Id", description="By which it is found again")


class TRIPO_ADDON_PG_link(_Making, PropertyGroup):
    """What the root object of an arrived model remembers: who made it, and of what. Blender copies
    it with the object, and with the file; joining keeps the active object's."""

    steps: CollectionProperty(
        type=TRIPO_ADDON_PG_step,
        name="History",
        description="The steps before this one, the first one first",
    )
    traced: BoolProperty(
        name="Traced", description="The steps before are recorded; not so in files of old versions"
    )
    uid: StringProperty(
        name="Id", description="By which a job finds the object again, whatever it is called"
    )
    shape: StringProperty(
        name="Shape", description="Fingerprint of the meshes as the service made them"
    )
    stretch: FloatVectorProperty(
        name="Stretch",
        description="What leads from the object's coordinates to the service's",
        size=9,
        default=UNSTRETCHED,
    )
    label: StringProperty(name="Version", description="What this version of the object came from")
    arrived: StringProperty(name="Arrived With", description="The job that brought this object")
    partners: CollectionProperty(
        type=TRIPO_ADDON_PG_partner,
        name="Partners",
        description="The other objects that were taken as one with this",
    )
    variants: CollectionProperty(
        type=TRIPO_ADDON_PG_variant,
        name="Variants",
        description="Earlier versions of the object, which can be put back",
    )


class TRIPO_ADDON_PG_window(PropertyGroup):
    """State of the interface alone; Blender resets it when a file is loaded."""

    page: IntProperty(name="Page", description="Page of the job list", min=1, default=1)


CLASSES = (
    *object_forms.FORMS.values(),
    TRIPO_ADDON_PG_text,
    TRIPO_ADDON_PG_image,
    TRIPO_ADDON_PG_multiview,
    TRIPO_ADDON_PG_scene,
    TRIPO_ADDON_PG_sent_file,
    TRIPO_ADDON_PG_step,
    TRIPO_ADDON_PG_home,
    TRIPO_ADDON_PG_variant,
    TRIPO_ADDON_PG_partner,
    TRIPO_ADDON_PG_link,
    TRIPO_ADDON_PG_window,
)
_register_classes, _unregister_classes = class_pair(CLASSES)


_POINTERS = (
    (Scene, TRIPO_ADDON_PG_scene),
    (Object, TRIPO_ADDON_PG_link),
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
