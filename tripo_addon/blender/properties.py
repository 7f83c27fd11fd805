"""What the artist fills in, and what an object remembers: property groups and nothing that acts.

`values` is the bridge from Blender's untyped properties to the core: only what the panel shows is
in it, so that nothing is sent that is not shown. Names, choices and windows come from the
catalogue.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import Context, Object, PropertyGroup, Scene, WindowManager

from ..api.catalog import PARAMETERS, SEEDS, TRIPO_V3, VIEWS, ModelVersion, TaskKind, Window
from ..api.rules import face_window
from .registration import class_pair

# Without it Blender 4.5 and later warn of a path that begins with //; earlier ones lack it.
PATH_OPTIONS: Any = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
_Item = tuple[str, str, str, str, int]
_MOST_FACES = max(
    window.high
    for version in TRIPO_V3.models[TaskKind.TEXT_TO_MODEL]
    for window in (version.faces, version.faces_detailed)
    if window is not None
)
_USUAL_FACES = 50_000
_SEED_NAMES = ("image_seed", "model_seed", "texture_seed")


def _touched(_form: object, _context: Context) -> None:
    """A form was edited: what was refused may be right now, and a click on Generate is near."""
    from . import wiring

    wiring.WIRING.refusals.clear()
    wiring.warm_up()


def _limits_moved(form: "GenerationForm", context: Context) -> None:
    """Bring the settings into what the version takes, where the artist sees them change."""
    qualities = form.version.texture_qualities
    if qualities and form.texture_quality not in qualities:
        form.texture_quality = qualities[-1]
    limit = form.face_window.clamp(form.face_limit)
    if limit != form.face_limit:
        form.face_limit = limit
    _touched(form, context)


def _quality_items(form: "GenerationForm", _context: Context | None) -> list[_Item]:
    """The texture qualities of the chosen version. Blender needs the items to live on: they do."""
    return _QUALITIES[form.version.id]


def _quality_rows(version: ModelVersion) -> list[_Item]:
    """The version's qualities; all of them for one that has no choice, since the list is not shown.

    Numbered by their place in the catalogue: a value keeps its meaning when the version changes.
    """
    row = PARAMETERS["texture_quality"]
    numbers = {choice.id: number for number, choice in enumerate(row.choices)}
    return [
        (choice.id, choice.label, choice.description, "NONE", numbers[choice.id])
        for choice in version.offers(row) or row.choices
    ]


_QUALITIES = {
    version.id: _quality_rows(version) for models in TRIPO_V3.models.values() for version in models
}


def _switch(name: str):
    row = PARAMETERS[name]
    return BoolProperty(
        name=row.label,
        description=row.description,
        default=row.default is True,
        update=_limits_moved,
    )


def _choice(name: str):
    row = PARAMETERS[name]
    items = [(choice.id, choice.label, choice.description) for choice in row.choices]
    return EnumProperty(
        name=row.label, description=row.description, items=items, update=_limits_moved
    )


def _seed(name: str):
    row = PARAMETERS[name]
    return IntProperty(
        name=row.label, description=row.description, min=SEEDS.low, max=SEEDS.high, update=_touched
    )


def _model(kind: TaskKind):
    return EnumProperty(
        name="Model",
        description="Which version of the generator makes the model",
        items=[
            (row.id, row.label, row.description, "NONE", row.number)
            for row in TRIPO_V3.models[kind]
        ],
        default=TRIPO_V3.default_model,
        update=_limits_moved,
    )


def _image(label: str, description: str):
    return StringProperty(
        name=label,
        description=description,
        subtype="FILE_PATH",
        options=PATH_OPTIONS,
        update=_touched,
    )


class GenerationForm:
    """Settings that the three generation forms share."""

    kind: TaskKind

    texture: _switch("texture")
    pbr: _switch("pbr")
    texture_quality: EnumProperty(
        name=PARAMETERS["texture_quality"].label,
        description=PARAMETERS["texture_quality"].description,
        items=_quality_items,
        update=_limits_moved,
    )
    geometry_quality: _choice("geometry_quality")
    quad: _switch("quad")
    use_face_limit: BoolProperty(
        name="Limit Faces",
        description="Set the most faces the model may have; otherwise the service decides",
        update=_limits_moved,
    )
    face_limit: IntProperty(
        name=PARAMETERS["face_limit"].label,
        description=PARAMETERS["face_limit"].description,
        min=1,
        max=_MOST_FACES,
        default=_USUAL_FACES,
        update=_limits_moved,
    )
    use_seeds: BoolProperty(
        name="Fixed Seeds",
        description="Choose the seeds, so that the same wish makes the same model again",
        update=_touched,
    )
    model_seed: _seed("model_seed")
    texture_seed: _seed("texture_seed")

    @property
    def version(self) -> ModelVersion:
        """The catalogue's row of the chosen model version."""
        row = TRIPO_V3.model(self.kind, self.model)
        return row if row is not None else TRIPO_V3.models[self.kind][0]

    @property
    def face_window(self) -> Window:
        """The face limits that the chosen settings allow."""
        return face_window(self.version, self.settings())

    def shows(self, name: str) -> bool:
        """Whether the panel shows this setting now, and with it whether it is sent."""
        if not self.version.accepts(self.kind, name):
            return False
        if name in {"pbr", "texture_quality", "texture_seed"} and not self.texture:
            return False
        return self.use_seeds or name not in _SEED_NAMES

    def inputs(self) -> dict[str, object]:
        """What the model is made from; each form says."""
        return {}

    def settings(self) -> dict[str, object]:
        """How it is made: every setting that is shown, by its name in the catalogue."""
        names = ("texture", "pbr", "texture_quality", "geometry_quality", "quad", *_SEED_NAMES)
        shown = {
            name: getattr(self, name) for name in names if hasattr(self, name) and self.shows(name)
        }
        if not self.texture:
            shown["pbr"] = False
        return shown

    def values(self) -> dict[str, object]:
        """The whole wish, ready for `rules.refuse` and `tasks.parse_request`."""
        limit = {"face_limit": self.face_limit} if self.use_face_limit else {}
        wish = {
            "kind": self.kind.value,
            "model": self.model,
            **self.inputs(),
            **self.settings(),
            **limit,
        }
        return {name: value for name, value in wish.items() if value not in ("", None)}

    @property
    def title(self) -> str:
        """What the job and the model will be called."""
        return "Model"


class TRIPO_ADDON_PG_text(GenerationForm, PropertyGroup):
    kind = TaskKind.TEXT_TO_MODEL

    model: _model(TaskKind.TEXT_TO_MODEL)
    prompt: StringProperty(name="Prompt", description="What the model should be", update=_touched)
    negative_prompt: StringProperty(
        name=PARAMETERS["negative_prompt"].label,
        description=PARAMETERS["negative_prompt"].description,
        update=_touched,
    )
    image_seed: _seed("image_seed")

    def inputs(self) -> dict[str, object]:
        """The two texts, trimmed."""
        return {"prompt": self.prompt.strip(), "negative_prompt": self.negative_prompt.strip()}

    @property
    def title(self) -> str:
        """The first words of the prompt."""
        return name_from_words(self.prompt)


class TRIPO_ADDON_PG_image(GenerationForm, PropertyGroup):
    kind = TaskKind.IMAGE_TO_MODEL

    model: _model(TaskKind.IMAGE_TO_MODEL)
    path: _image("Image", "The picture to make a model from")

    def inputs(self) -> dict[str, object]:
        """The picture's absolute path."""
        return {"image": absolute(self.path)}

    @property
    def title(self) -> str:
        """The picture's name."""
        return name_from_path(self.path)


class TRIPO_ADDON_PG_multiview(GenerationForm, PropertyGroup):
    kind = TaskKind.MULTIVIEW_TO_MODEL

    model: _model(TaskKind.MULTIVIEW_TO_MODEL)
    front: _image("Front", "The subject from the front; always needed")
    left: _image("Left", "The subject's own left side, such as its left arm")
    back: _image("Back", "The subject from behind")
    right: _image("Right", "The subject's own right side, such as its right arm")

    def inputs(self) -> dict[str, object]:
        """The absolute paths of the views that are given."""
        return {view: absolute(getattr(self, view)) for view in VIEWS}

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


class TRIPO_ADDON_PG_link(PropertyGroup):
    """What the root object of an arrived model remembers."""

    service: StringProperty(name="Service", description="The service that made this model")
    task_id: StringProperty(name="Task", description="The service's id of the task")
    job_id: StringProperty(name="Job", description="The add-on's id of the job")


class TRIPO_ADDON_PG_window(PropertyGroup):
    """State of the interface alone; Blender resets it when a file is loaded."""

    page: IntProperty(name="Page", description="Page of the job list", min=1, default=1)


def absolute(path: str) -> str:
    """An absolute path of what a file field holds, where `//` means the folder of the .blend."""
    return bpy.path.abspath(path.strip()) if path.strip() else ""


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
    stem = bpy.path.display_name_from_filepath(absolute(path)) if path.strip() else ""
    return name_from_words(stem.replace("_", " ").replace("-", " "))


CLASSES = (
    TRIPO_ADDON_PG_text,
    TRIPO_ADDON_PG_image,
    TRIPO_ADDON_PG_multiview,
    TRIPO_ADDON_PG_scene,
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
