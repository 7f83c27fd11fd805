"""The forms for work on a selected object: what is asked, and how its result comes home.

Property groups and nothing that acts. `asks` says which requests a form stands for; what they work
on is not in them yet.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ...api import rules
from ...api.catalog.records import GENERATIONS, VIEWS, Offer, TaskKind
from ...api.catalog.settings import SEEDS
from . import animations, fields
from .task_form import TaskForm, touched

Recorded = Mapping[str, object]
"""A request as an object has recorded it; empty where it has none."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a form, without what it works on."""

    kind: TaskKind
    values: dict[str, object]


_TEXTURE_SIZES: Final = (512, 1024, 2048, 4096)


class ObjectForm(TaskForm):
    """What the forms for selected objects share."""

    folder: StringProperty(
        name="Folder",
        description="Where the files are saved; empty for the download folder",
        subtype="DIR_PATH",
        options=fields.PATH_OPTIONS,
        update=touched("folder"),
    )
    texture_size: EnumProperty(
        name="Texture Size",
        description="Side of the baked textures, in pixels",
        items=[
            ("0", "As Delivered", "As large as the textures that the service delivers"),
            *((str(size), str(size), f"{size} by {size} pixels") for size in _TEXTURE_SIZES),
        ],
        update=touched("texture_size"),
    )
    single_user: BoolProperty(
        name="Make Single User",
        description="Give the object a mesh of its own where it needs a UV map and shares its mesh",
        update=touched("single_user"),
    )

    def _raw(self, offer: Offer) -> dict[str, object]:
        """All but what something else decides."""
        raw = super()._raw(offer)
        return {name: value for name, value in raw.items() if name not in self.withheld}

    def asks(self, generated: Recorded) -> tuple[Ask, ...]:
        """The requests that this form stands for, each on the result of the one before;
        `generated` is the request that the object's shape was generated from, if it was."""
        del generated
        return (Ask(self.kind, self.values()),)

    @property
    def unanswered(self) -> str:
        """What the artist has still to fill in, as a sentence, or nothing."""
        return ""


class TextureForm(ObjectForm):
    """A new texture, which follows words, pictures or what the object was made from."""

    guide: EnumProperty(
        name="Follow",
        description="What the texture follows",
        items=[
            ("TEXT", "Words", "Describe the surface"),
            ("IMAGE", "Image", "Look like one picture"),
            ("VIEWS", "Views", "Look like four pictures, one from each side"),
            ("MAKING", "Making", "What the model was made from; only for what the service made"),
        ],
        update=touched("guide"),
    )

    @property
    def unanswered(self) -> str:
        """Without the pictures that it is to follow it would follow its making, unasked."""
        wish = self.values()
        given = any(wish.get(name) for name in GUIDED[self.guide])
        return "" if given else _UNANSWERED.get(self.guide, "")

    def _raw(self, offer: Offer) -> dict[str, object]:
        """Only what the chosen guide has fields for."""
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
    "IMAGE": "Choose the picture that the texture is to follow",
    "VIEWS": "Choose the four pictures that the texture is to follow",
}


class RigForm(ObjectForm):
    """A skeleton, with a free check before it and animations after it where wanted."""

    check: BoolProperty(
        name="Check First",
        description="Have the service see whether it can be rigged, and as what body; free",
        default=True,
        update=touched("check"),
    )
    animate: BoolProperty(
        name="Animate as Well",
        description="Give it animations once it is rigged, each at its price",
        update=touched("animate"),
    )
    new_animation: animations.search_field(animations.wished_rig)

    def asks(self, generated: Recorded, *, animate: bool | None = None) -> tuple[Ask, ...]:
        """A check before where it is wished, animations behind; `animate` says so in place of the
        form's own switch."""
        steps = super().asks(generated)
        if self.checks:
            steps = (Ask(TaskKind.CHECK_RIG, {"kind": TaskKind.CHECK_RIG.value}), *steps)
        if self.animate if animate is None else animate:
            steps = (*steps, *self.id_data.tripo_addon.animate.asks(generated))
        return steps

    @property
    def withheld(self) -> frozenset[str]:
        """The check finds the body out."""
        return frozenset({"rig_type"}) if self.checks else frozenset()

    @property
    def checks(self) -> bool:
        """Whether a check comes first."""
        return self.check and TaskKind.CHECK_RIG in self.service.offers


class AnimateForm(ObjectForm):
    """Animations for an object that is rigged."""

    new_animation: animations.search_field(animations.selected_rig)


class NamePartsForm(ObjectForm):
    """Parts with names, of the selected object."""

    @property
    def withheld(self) -> frozenset[str]:
        """A picture would take the object's place."""
        return frozenset({"image"})


class _OfMaking(ObjectForm):
    """Shared by what goes back to how the object was made."""

    # What is really asked depends on how the object was made: `asks` says it.
    kind = TaskKind.TEXT_TO_MODEL
    model: str = ""

    @property
    def offer(self) -> Offer | None:
        """What is asked has offers of its own."""
        return None

    def settle(self, changed: str) -> None:
        """Nothing here stands against anything else."""


class RegenerateForm(_OfMaking):
    """The request that the object was made from, sent again."""

    settings: EnumProperty(
        name="Settings",
        description="Which settings are sent",
        items=[
            ("RECORDED", "As Recorded", "What the object was made from, with another seed"),
            ("FORM", "As in Generate", "What stands in the Generate panel, once recalled there"),
        ],
        update=touched("settings"),
    )
    seed: IntProperty(
        name="New Seed",
        description="The number that makes the shape another one",
        default=1,
        min=int(SEEDS.low),
        max=int(SEEDS.high),
        update=touched("seed"),
    )

    def after_sending(self) -> None:
        """Choose the seed of the next one, so that it is another again."""
        self.seed = random.randrange(2**31)  # noqa: S311 - no secret

    def asks(self, generated: Recorded) -> tuple[Ask, ...]:
        """The recorded request with a new seed, or what stands in the form of its kind."""
        kind = generation_of(generated)
        if kind is None:
            return ()
        if self.settings == "FORM":
            return (Ask(kind, form_of(self.id_data.tripo_addon, kind).values()),)
        return (Ask(kind, _again(self, kind, generated, {"model_seed": self.seed})),)


class RefineForm(_OfMaking):
    """Four ways to a better version of the object."""

    way: EnumProperty(
        name="Refine By",
        description="What refining means for this object",
        items=[
            ("RETEXTURE", "New Texture", "Texture it anew at a higher quality; the shape stays"),
            ("ULTRA", "Ultra Shape", "Generate it again from its request with Ultra shape quality"),
            ("RETOPOLOGY", "New Topology", "Rebuild it with fewer faces, or of quads"),
            ("DRAFT", "Draft to Final", "The service's own refining, for drafts of old versions"),
        ],
        update=touched("way"),
    )
    quality: EnumProperty(
        name="Texture Quality",
        description="How finely the new texture is resolved",
        items=[
            ("detailed", "Detailed", "High resolution for intricate parts"),
            ("extreme", "Extreme", "The highest resolution the service has"),
        ],
        update=touched("quality"),
    )
    prompt: StringProperty(
        name="Prompt",
        description="Words for the texture to follow; without them it follows its making",
        update=touched("prompt"),
    )
    quad: BoolProperty(
        name="Quads", description="Ask for a mesh of quads; it comes as FBX", update=touched("quad")
    )
    faces: IntProperty(
        name="Face Limit",
        description="The most faces the new mesh may have",
        default=10_000,
        min=1000,
        max=20_000,
        update=touched("faces"),
    )

    def asks(self, generated: Recorded) -> tuple[Ask, ...]:
        """The one request of the chosen way."""
        return self.asks_by(self.way, generated)

    def asks_by(self, way: str, generated: Recorded) -> tuple[Ask, ...]:
        """The request of a way, chosen or not; none where the object has no such way."""
        if way == "DRAFT":
            return (Ask(TaskKind.REFINE_MODEL, {"kind": TaskKind.REFINE_MODEL.value}),)
        if way == "RETEXTURE":
            raw = {"prompt": rules.clean(self.prompt), "texture_quality": self.quality}
            return (self._ask(TaskKind.TEXTURE_MODEL, raw),)
        if way == "RETOPOLOGY":
            return (
                self._ask(TaskKind.DECIMATE_MESH, {"quad": self.quad, "face_limit": self.faces}),
            )
        kind = generation_of(generated)
        if kind is None:
            return ()
        # Said even where the version has none, which is refused: it would be made as it was.
        finer: dict[str, object] = {"geometry_quality": "detailed"}
        return (Ask(kind, _again(self, kind, generated, finer) | finer),)

    def _ask(self, kind: TaskKind, raw: dict[str, object]) -> Ask:
        offer = self.service.offers.get(kind)
        usual: dict[str, object] = {"model": offer.default_model} if offer and offer.models else {}
        values = rules.sendable_values(offer, usual | raw) if offer else raw
        return Ask(kind, {"kind": kind.value, **values})


def generation_of(recorded: Recorded) -> TaskKind | None:
    """The kind of a recorded request, where that made a model from nothing."""
    return next((kind for kind in GENERATIONS if kind.value == recorded.get("kind")), None)


def form_of(forms: Any, kind: TaskKind) -> Any:
    """The form of the Generate panel for a kind of task."""
    return next(form for form in (forms.text, forms.image, forms.multiview) if form.kind is kind)


def _again(
    form: ObjectForm, kind: TaskKind, recorded: Recorded, changes: dict[str, object]
) -> dict[str, object]:
    """A recorded request as it is sent again: what the service still takes of it, and the
    changes. Seeds that were not given are not given again."""
    offer = form.service.offers.get(kind)
    raw = {name: value for name, value in {**recorded, **changes}.items() if name != "kind"}
    values = rules.sendable_values(offer, raw) if offer is not None else raw
    return {"kind": kind.value, **values}
