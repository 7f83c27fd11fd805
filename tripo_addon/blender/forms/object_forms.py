"""The forms for work on a selected object.

Property groups that only hold values. `requests` returns what a form sends, without the source.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

import random
from collections.abc import Mapping, Set
from typing import Any, Final

from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ...api import rules
from ...api.catalog.field_types import VIEWS
from ...api.catalog.service_types import Offer
from ...api.catalog.settings import SEEDS
from ...api.catalog.task_kinds import GENERATIONS, TaskKind
from ...api.record import record
from ..messages import forms as messages
from . import animations, fields
from .task_form import TaskForm, name_from_prompt, touched

Recorded = Mapping[str, object]
"""A request as recorded on an object; empty if it has none."""


@record
class FormRequest:
    """One request of a form, without its source."""

    kind: TaskKind
    values: dict[str, object]


_TEXTURE_SIZES: Final = (512, 1024, 2048, 4096)


class ObjectForm(TaskForm):
    """The base of the forms for selected objects."""

    folder: StringProperty(
        name="Folder",
        description="Folder for the files (leave empty for the download folder)",
        subtype="DIR_PATH",
        options=fields.PATH_OPTIONS,
        update=touched("folder"),
    )
    texture_size: EnumProperty(
        name="Texture Size",
        description="Width and height of the baked textures in pixels",
        items=[
            ("0", "As Delivered", "Same size as the textures that the service delivers"),
            *((str(size), str(size), f"{size} × {size} pixels") for size in _TEXTURE_SIZES),
        ],
        update=touched("texture_size"),
    )
    single_user: BoolProperty(
        name="Make Single User",
        description="Give the object its own mesh if it needs a UV map and shares its mesh",
        update=touched("single_user"),
    )

    def _raw(self, offer: Offer) -> dict[str, object]:
        """All fields except those that another setting decides."""
        raw = super()._raw(offer)
        return {name: value for name, value in raw.items() if name not in self.withheld}

    def requests(self, generated: Recorded) -> tuple[FormRequest, ...]:
        """The requests of this form, each working on the result of the one before. `generated` is
        the request that generated the object's shape, if it is recorded."""
        del generated
        return (FormRequest(self.kind, self.values()),)

    @property
    def unanswered(self) -> str:
        """Return what the artist still has to fill in, as a sentence, or ""."""
        return ""


class TextureForm(ObjectForm):
    """A new texture, guided by a prompt, images or the object's original request."""

    guide: EnumProperty(
        name="Guide",
        description="What the texture is based on",
        items=[
            ("TEXT", "Prompt", "Describe the surface"),
            ("IMAGE", "Image", "Match one image"),
            ("VIEWS", "Views", "Match four images, one for each side"),
            ("MAKING", "Original", "Use the prompt or images that the model was generated from"),
        ],
        update=touched("guide"),
    )

    def recall(self, recorded: Recorded) -> None:
        """Choose the guide that the recorded request has a field of, and fill it in."""
        given = {name for name, value in recorded.items() if value not in rules.EMPTY}
        self.guide = next((each for each in GUIDED if given & {*GUIDED[each]}), "MAKING")
        super().recall(recorded)

    @property
    def title(self) -> str:
        """The first words of the prompt."""
        return name_from_prompt(str(getattr(self, "prompt", "")))

    @property
    def unanswered(self) -> str:
        """Ask for an image: without one, the service would silently use the original request."""
        values = self.values()
        complete = any(values.get(name) for name in GUIDED[self.guide])
        return "" if complete else _UNANSWERED.get(self.guide, "")

    def _raw(self, offer: Offer) -> dict[str, object]:
        """Only the fields of the chosen guide."""
        allowed = GUIDED[self.guide]
        hidden = {name for names in GUIDED.values() for name in names} - set(allowed)
        return {name: value for name, value in super()._raw(offer).items() if name not in hidden}


GUIDED: Final = {
    "TEXT": ("prompt", "style_image"),
    "IMAGE": ("image",),
    "VIEWS": VIEWS,
    "MAKING": (),
}
"""The fields of each guide of a texture."""
_UNANSWERED: Final = {
    "IMAGE": messages.TEXTURE_IMAGE_MISSING,
    "VIEWS": messages.TEXTURE_VIEWS_MISSING,
}


class RigForm(ObjectForm):
    """A rig, with an optional free check before it and animations after it."""

    check: BoolProperty(
        name="Check First",
        description="Check whether the object can be rigged, and as what body type (free)",
        default=True,
        update=touched("check"),
    )
    animate: BoolProperty(
        name="Animate",
        description="Add animations after rigging, each at its own price",
        update=touched("animate"),
    )
    new_animation: animations.search_field(animations.requested_rig)

    def requests(
        self, generated: Recorded, *, animate: bool | None = None
    ) -> tuple[FormRequest, ...]:
        """The rig, with the check before it and the animations after it if chosen. `animate`
        overrides the form's checkbox."""
        steps = super().requests(generated)
        if self.checks:
            steps = (FormRequest(TaskKind.CHECK_RIG, {"kind": TaskKind.CHECK_RIG.value}), *steps)
        if self.animate if animate is None else animate:
            steps = (*steps, *self.id_data.tripo_addon.animate.requests(generated))
        return steps

    @property
    def withheld(self) -> frozenset[str]:
        """The body type, if the check determines it."""
        return frozenset({"rig_type"}) if self.checks else frozenset()

    @property
    def checks(self) -> bool:
        """Whether a check is made first."""
        return self.check and TaskKind.CHECK_RIG in self.service.offers


class AnimateForm(ObjectForm):
    """Animations for an object that is rigged."""

    new_animation: animations.search_field(animations.selected_rig)


class NamePartsForm(ObjectForm):
    """Named parts of the selected object."""

    @property
    def withheld(self) -> frozenset[str]:
        """An image, because the service would use it instead of the object."""
        return frozenset({"image"})


class _FromRecords(ObjectForm):
    """The base of the forms that use the object's recorded request."""

    # The real kind depends on the recorded request; see `requests`.
    kind = TaskKind.TEXT_TO_MODEL
    model: str = ""

    @property
    def offer(self) -> Offer | None:
        """None: the requests have offers of their own."""
        return None

    def apply_corrections(self, changed: Set[str]) -> None:
        """These settings do not depend on each other."""


class RegenerateForm(_FromRecords):
    """The request that generated the object, sent again."""

    settings: EnumProperty(
        name="Settings",
        description="Which settings to use",
        items=[
            ("RECORDED", "Original", "The object's original settings with a new seed"),
            ("FORM", "Generate Panel", "The current settings of the Generate panel"),
        ],
        update=touched("settings"),
    )
    seed: IntProperty(
        name="New Seed",
        description="Random seed for the new shape",
        default=1,
        min=int(SEEDS.low),
        max=int(SEEDS.high),
        update=touched("seed"),
    )

    def after_sending(self) -> None:
        """Choose another seed for the next click."""
        self.seed = random.randrange(2**31)  # noqa: S311 - not a secret

    def requests(self, generated: Recorded) -> tuple[FormRequest, ...]:
        """The recorded request with a new seed, or the current form of its kind."""
        kind = generation_of(generated)
        if kind is None:
            return ()
        if self.settings == "FORM":
            return (FormRequest(kind, form_of(self.id_data.tripo_addon, kind).values()),)
        return (FormRequest(kind, _again(self, kind, generated, {"model_seed": self.seed})),)


class RefineForm(_FromRecords):
    """Four ways to improve the object."""

    way: EnumProperty(
        name="Refine By",
        description="How to improve the object",
        items=[
            ("RETEXTURE", "New Texture", "Create a higher-quality texture; the shape is kept"),
            ("ULTRA", "Ultra Shape", "Generate the object again with Ultra shape quality"),
            ("RETOPOLOGY", "New Topology", "Rebuild the mesh with fewer faces or with quads"),
            ("DRAFT", "Draft to Final", "Refine a draft of an old model version"),
        ],
        update=touched("way"),
    )
    quality: EnumProperty(
        name="Texture Quality",
        description="Resolution of the new texture",
        items=[
            ("detailed", "Detailed", "High resolution for fine details"),
            ("extreme", "Extreme", "Highest resolution of the service"),
        ],
        update=touched("quality"),
    )
    prompt: StringProperty(
        name="Prompt",
        description="Description of the texture (leave empty to use the original prompt)",
        update=touched("prompt"),
    )
    quad: BoolProperty(
        name="Quads", description="Quad mesh (delivered as FBX)", update=touched("quad")
    )
    faces: IntProperty(
        name="Face Limit",
        description="Maximum number of faces of the new mesh",
        default=10_000,
        min=1000,
        max=20_000,
        update=touched("faces"),
    )

    def requests(self, generated: Recorded) -> tuple[FormRequest, ...]:
        """The request of the chosen refinement."""
        return self.requests_by(self.way, generated)

    def requests_by(self, way: str, generated: Recorded) -> tuple[FormRequest, ...]:
        """The request of any refinement; none if the object has no recorded request."""
        if way == "DRAFT":
            return (FormRequest(TaskKind.REFINE_MODEL, {"kind": TaskKind.REFINE_MODEL.value}),)
        if way == "RETEXTURE":
            raw = {"prompt": rules.clean(self.prompt), "texture_quality": self.quality}
            return (self._request(TaskKind.TEXTURE_MODEL, raw),)
        if way == "RETOPOLOGY":
            return (
                self._request(
                    TaskKind.DECIMATE_MESH, {"quad": self.quad, "face_limit": self.faces}
                ),
            )
        kind = generation_of(generated)
        if kind is None:
            return ()
        # Set even if the version lacks it: then it is refused, instead of changing nothing.
        finer: dict[str, object] = {"geometry_quality": "detailed"}
        return (FormRequest(kind, _again(self, kind, generated, finer) | finer),)

    def _request(self, kind: TaskKind, raw: dict[str, object]) -> FormRequest:
        offer = self.service.offers.get(kind)
        usual: dict[str, object] = {"model": offer.default_model} if offer and offer.models else {}
        values = rules.sendable_values(offer, usual | raw) if offer else raw
        return FormRequest(kind, {"kind": kind.value, **values})


def generation_of(recorded: Recorded) -> TaskKind | None:
    """The kind of a recorded request, if it generated a model; else None."""
    return next((kind for kind in GENERATIONS if kind.value == recorded.get("kind")), None)


def form_of(forms: Any, kind: TaskKind) -> Any:
    """The form of the Generate panel for a kind of task."""
    return next(form for form in (forms.text, forms.image, forms.multiview) if form.kind is kind)


def _again(
    form: ObjectForm, kind: TaskKind, recorded: Recorded, changes: dict[str, object]
) -> dict[str, object]:
    """A recorded request to be sent again: the fields that the service takes, with the changes.
    Seeds that were left to the service still are."""
    offer = form.service.offers.get(kind)
    raw = {name: value for name, value in {**recorded, **changes}.items() if name != "kind"}
    values = rules.sendable_values(offer, raw) if offer is not None else raw
    return {"kind": kind.value, **values}
