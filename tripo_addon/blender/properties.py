"""What the artist fills in, and what an object remembers: property groups and nothing that acts.

`values` is the bridge from Blender's untyped properties to the core: only what the panel shows is
in it, so that nothing is sent that is not shown. The fields come from the catalogue, as `fields`
makes them.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import bpy
from bpy.props import CollectionProperty, EnumProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import Context, Object, PropertyGroup, Scene, WindowManager

from ..api import rules
from ..api.catalog.parameters import PARAMETERS
from ..api.catalog.records import ModelVersion, Offer, Service, TaskKind, Window
from ..api.corrections import settle
from . import fields
from .datablocks import picture_file
from .registration import class_pair

_Form = TypeVar("_Form", bound=type)


def _touched(field: str) -> fields.Update:
    """A form was edited: the other settings follow where they must, what was refused may be right
    now, and a click on Generate is near."""

    def update(form: Any, _context: Context) -> None:
        from . import wiring

        if wiring.WIRING.settling:
            return
        wiring.WIRING.refusals.clear()
        form.settle(field)
        wiring.warm_up()

    return update


def _from_catalogue(kind: TaskKind) -> Callable[[_Form], _Form]:
    """Give a form the fields that the services take for a kind of task."""

    def declare(form: _Form) -> _Form:
        form.kind = kind
        own = inspect.get_annotations(form)
        form.__annotations__ = {**own, **fields.declared(kind, _touched)}
        return form

    return declare


class GenerationForm:
    """What the three generation forms share; the fields themselves are the catalogue's."""

    kind: TaskKind

    @property
    def service(self) -> Service:
        """The service in force."""
        from . import wiring

        return wiring.service()

    @property
    def offer(self) -> Offer | None:
        """What the service does for this kind of task; None where it does nothing."""
        return self.service.offers.get(self.kind)

    @property
    def version(self) -> ModelVersion | None:
        """The catalogue's row of the chosen model version."""
        return self.service.model(self.kind, str(self.model))

    @property
    def face_window(self) -> Window | None:
        """The face limits that the chosen settings allow."""
        return self.offer and rules.window_of(self.offer, self.wish(), "face_limit")

    def shows(self, name: str) -> bool:
        """Whether the panel shows this setting now, and with it whether it is sent."""
        switch = fields.SWITCHED.get(name)
        return self.offers(name) and (switch is None or getattr(self, switch))

    def offers(self, name: str) -> bool:
        """Whether the setting is to be had as the others stand."""
        offer = self.offer
        if offer is None or not PARAMETERS[name].shown:
            return False
        return rules.active(offer, self._raw(offer), name)

    def lacking(self) -> tuple[str, ...]:
        """Sentences on what was chosen for another version or service, which this one lacks."""
        version = self.version
        who = f"Model {version.label}" if version is not None else self.service.label
        rows = [PARAMETERS[name] for name in (self.offer.takes if self.offer else ())]
        return tuple(
            f"{who} has no {row.label} “{choice.label}”"
            for row in rows
            if (choice := fields.lacking_choice(self, row)) is not None and self.offers(row.name)
        )

    def wish(self) -> dict[str, object]:
        """The whole wish, ready for `rules.refuse` and `tasks.parse_request`."""
        offer = self.offer
        if offer is None:
            return {"kind": self.kind.value}
        return {"kind": self.kind.value, **rules.wish(offer, self._raw(offer))}

    def made_files(self, folder: Path) -> dict[str, object]:
        """Files made of what the form points at, by field, for the moment of sending. Raises
        `datablocks.NoPicture`, `OSError`."""
        del folder
        return {}

    def settle(self, changed: str) -> None:
        """Bring the settings into what the version takes, where the artist sees them change."""
        from . import wiring

        raw = self._raw(self.offer) if self.offer is not None else {}
        corrections = settle(self.service, self.kind, raw, changed=changed)
        wiring.WIRING.settling = True
        try:
            said = [each.sentence for each in corrections if self._put(each.field, each.value)]
        finally:
            wiring.WIRING.settling = False
        wiring.WIRING.notes[self.kind] = tuple(dict.fromkeys(said))

    def _put(self, name: str, value: object) -> bool:
        """Set a field; one that is hidden by now keeps what the artist chose."""
        if name == "model":
            self.model = value
        elif self.offers(name):
            fields.put_value(self, PARAMETERS[name], value)
        return name == "model" or self.offers(name)

    def _raw(self, offer: Offer) -> dict[str, object]:
        """Every field of the offer that the form has, shown or not."""
        raw: dict[str, object] = {"model": self.model} if offer.models else {}
        for name in offer.takes:
            switch = fields.SWITCHED.get(name)
            if hasattr(self, fields.property_name(name)) and (not switch or getattr(self, switch)):
                raw[name] = self._value(name)
        return raw

    def _value(self, name: str) -> object:
        return fields.value_of(self, PARAMETERS[name])

    @property
    def title(self) -> str:
        """What the job and the model will be called."""
        return "Model"


@_from_catalogue(TaskKind.TEXT_TO_MODEL)
class TRIPO_ADDON_PG_text(GenerationForm, PropertyGroup):
    @property
    def title(self) -> str:
        """The first words of the prompt."""
        return name_from_words(self.prompt)


@_from_catalogue(TaskKind.IMAGE_TO_MODEL)
class TRIPO_ADDON_PG_image(GenerationForm, PropertyGroup):
    source: EnumProperty(
        name="Image From",
        description="Where the picture is",
        items=[
            ("FILE", "File", "A file on disk, or the web address of a public picture"),
            ("BLEND", "Blender", "An image of this .blend, such as a painted or pasted one"),
        ],
        update=_touched("source"),
    )
    datablock: PointerProperty(
        type=bpy.types.Image,
        name="Image",
        description="The image of this .blend to make a model from",
        update=_touched("datablock"),
    )

    def made_files(self, folder: Path) -> dict[str, object]:
        """The chosen image of the .blend as a file."""
        if not self._from_blend or self.datablock is None:
            return {}
        return {"image": str(picture_file(self.datablock, folder))}

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


@_from_catalogue(TaskKind.MULTIVIEW_TO_MODEL)
class TRIPO_ADDON_PG_multiview(GenerationForm, PropertyGroup):
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


class TRIPO_ADDON_PG_sent_file(PropertyGroup):
    """A picture or model that a model was made from; `name` is its file name."""

    field: StringProperty(name="Field", description="What it was for, such as image or front")
    sha256: StringProperty(name="SHA-256", description="Hash of its content as it was on disk")


class TRIPO_ADDON_PG_link(PropertyGroup):
    """What the root object of an arrived model remembers: who made it, and of what. Blender copies
    it with the object, and with the file; joining keeps the active object's."""

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


class TRIPO_ADDON_PG_window(PropertyGroup):
    """State of the interface alone; Blender resets it when a file is loaded."""

    page: IntProperty(name="Page", description="Page of the job list", min=1, default=1)


def name_from_words(words: str) -> str:
    """A name for a model: the first words, in title case, within what Blender takes for a name."""
    name = ""
    for word in words.split():
        longer = f"{name} {word}".strip()
        if len(longer) > 40:
            break
        name = longer
    name = name.strip(" ,.;:!?\"'") or words.strip()[:40]
    return name[:1].upper() + name[1:] if name else "Model"


def name_from_path(path: str) -> str:
    """A name for a model: the picture's file name without its ending, as words."""
    stem = bpy.path.display_name_from_filepath(fields.absolute(path)) if path.strip() else ""
    return name_from_words(stem.replace("_", " ").replace("-", " "))


CLASSES = (
    TRIPO_ADDON_PG_text,
    TRIPO_ADDON_PG_image,
    TRIPO_ADDON_PG_multiview,
    TRIPO_ADDON_PG_scene,
    TRIPO_ADDON_PG_sent_file,
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
