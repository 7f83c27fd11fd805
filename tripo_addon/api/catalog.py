"""What the services offer, as data: one row a service, one a model version, one a parameter.

Frozen standard-library records only, because panels read them before pydantic is loaded. Nothing
here computes: `rules` and `prices` do, from these tables alone. Facts: Tripo API v3 documents and
the official SDK 1.0.0; where they disagree the narrower value stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class TaskKind(Enum):
    """What can be asked of a service."""

    TEXT_TO_MODEL = "text_to_model"
    IMAGE_TO_MODEL = "image_to_model"
    MULTIVIEW_TO_MODEL = "multiview_to_model"
    TEXTURE_MODEL = "texture_model"


VIEWS: Final = ("front", "left", "back", "right")


@dataclass(frozen=True, slots=True)
class Window:
    """The whole numbers from `low` to `high`, both included."""

    low: int
    high: int

    def __contains__(self, number: int) -> bool:
        return self.low <= number <= self.high

    def clamp(self, number: int) -> int:
        """The nearest number inside."""
        return max(self.low, min(self.high, number))


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a closed list, as the wire and as the artist know it."""

    id: str
    label: str
    description: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting of a request. A value equal to `default`, the server's own, is not sent."""

    name: str
    label: str
    description: str
    default: bool | int | str | None = None
    choices: tuple[Choice, ...] = ()
    window: Window | None = None


SEEDS: Final = Window(0, 2_147_483_647)

PARAMETERS: Final = {
    row.name: row
    for row in (
        Parameter(
            "texture",
            "Texture",
            "Give the model colours; off makes bare geometry, which costs less",
            True,
        ),
        Parameter(
            "pbr", "PBR Maps", "Make roughness, metallic and normal maps as well as colour", True
        ),
        Parameter(
            "texture_quality",
            "Texture Quality",
            "How finely the texture is resolved",
            "standard",
            choices=(
                Choice("standard", "Standard", "The service's usual resolution"),
                Choice("detailed", "Detailed", "High resolution for intricate parts"),
                Choice("extreme", "Extreme", "The highest resolution the service has"),
            ),
        ),
        Parameter(
            "geometry_quality",
            "Shape Quality",
            "How finely the shape is resolved",
            "standard",
            choices=(
                Choice("standard", "Standard", "Balanced detail and speed"),
                Choice("detailed", "Ultra", "The most detail the service can model"),
            ),
        ),
        Parameter("quad", "Quads", "Ask for a mesh of quads; it comes as FBX", False),
        Parameter("face_limit", "Face Limit", "The most faces the model may have"),
        Parameter(
            "model_seed", "Shape Seed", "The same number makes the same shape again", window=SEEDS
        ),
        Parameter(
            "texture_seed",
            "Texture Seed",
            "The same number makes the same texture again",
            window=SEEDS,
        ),
        Parameter(
            "image_seed",
            "Image Seed",
            "Seed of the picture that the service imagines from the prompt before it models",
            window=SEEDS,
        ),
        Parameter("negative_prompt", "Negative Prompt", "What the model should not be or have"),
    )
}

_SHARED: Final = frozenset({"texture", "pbr", "face_limit", "model_seed", "texture_seed"})
_ONLY_FOR: Final = {
    TaskKind.TEXT_TO_MODEL: frozenset({"negative_prompt", "image_seed"}),
    TaskKind.IMAGE_TO_MODEL: frozenset[str](),
    TaskKind.MULTIVIEW_TO_MODEL: frozenset[str](),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A version of the generator: which parameters it takes beyond the shared ones, and how far
    they go. `number` is for ever, because saved scenes hold it."""

    id: str
    number: int
    label: str
    description: str
    family: str
    slots: str
    takes: frozenset[str] = frozenset()
    texture_qualities: tuple[str, ...] = ()
    faces: Window
    faces_detailed: Window | None = None
    faces_quad: Window | None = None

    def accepts(self, kind: TaskKind, name: str) -> bool:
        """Whether a task of this kind may carry the parameter with this version."""
        return name in _SHARED or name in self.takes or name in _ONLY_FOR.get(kind, ())

    def offers(self, parameter: Parameter) -> tuple[Choice, ...]:
        """The values of a parameter that this version has."""
        if parameter.name != "texture_quality":
            return parameter.choices
        return tuple(row for row in parameter.choices if row.id in self.texture_qualities)


_H3: Final = frozenset({"texture_quality", "geometry_quality", "quad"})
_QUADS: Final = Window(1, 150_000)

_V3_MODELS: Final = (
    ModelVersion(
        id="v3.1-20260211",
        number=1,
        label="v3.1",
        description="The newest general model",
        family="H",
        slots="generation",
        takes=_H3,
        texture_qualities=("standard", "detailed", "extreme"),
        faces=Window(1, 1_500_000),
        faces_detailed=Window(1, 2_000_000),
        faces_quad=_QUADS,
    ),
    ModelVersion(
        id="v3.0-20250812",
        number=2,
        label="v3.0",
        description="The general model before v3.1",
        family="H",
        slots="generation",
        takes=_H3,
        texture_qualities=("standard", "detailed", "extreme"),
        faces=Window(1, 1_000_000),
        faces_detailed=Window(1, 1_500_000),
        faces_quad=_QUADS,
    ),
    ModelVersion(
        id="v2.5-20250123",
        number=3,
        label="v2.5",
        description="An older general model; it takes fewer settings",
        family="H",
        slots="generation",
        faces=Window(1, 500_000),
    ),
    ModelVersion(
        id="P1-20260311",
        number=4,
        label="P1",
        description="Low-poly models with clean topology, for games",
        family="P1",
        slots="low poly",
        takes=frozenset({"texture_quality"}),
        texture_qualities=("standard", "detailed"),
        faces=Window(50, 20_000),
    ),
    ModelVersion(
        id="P2-20260801",
        number=5,
        label="P2 (Preview)",
        description="The next low-poly model, a preview at a higher price",
        family="P2",
        slots="low poly",
        takes=frozenset({"texture_quality", "quad"}),
        texture_qualities=("standard", "detailed"),
        faces=Window(50, 50_000),
        faces_quad=Window(50, 25_000),
    ),
)


@dataclass(frozen=True, slots=True)
class Base:
    """Credits of one task before surcharges: bare geometry, and with texture."""

    bare: int
    textured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """Credits by what is asked. `bases` is keyed by model family, then by task kind."""

    bases: dict[str, dict[TaskKind, Base]]
    texture_quality: dict[str, int]
    geometry_quality: dict[str, int]
    quad: int


_V3_PRICES: Final = PriceList(
    bases={
        family: {
            TaskKind.TEXT_TO_MODEL: text,
            TaskKind.IMAGE_TO_MODEL: picture,
            TaskKind.MULTIVIEW_TO_MODEL: picture,
        }
        for family, text, picture in (
            ("H", Base(10, 20), Base(20, 30)),
            ("P1", Base(30, 40), Base(40, 50)),
            ("P2", Base(100, 110), Base(100, 110)),
        )
    },
    texture_quality={"detailed": 10, "extreme": 20},
    geometry_quality={"detailed": 20},
    quad=5,
)


@dataclass(frozen=True, slots=True)
class Region:
    """One of the addresses of a service; a key is valid in one region only."""

    id: str
    label: str
    base_url: str
    console_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptLimits:
    """The most characters of a text, after trimming."""

    prompt: int = 1024
    negative_prompt: int = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """What a picture must be: side length in pixels, size in bytes, MIME types."""

    side: Window = Window(20, 6000)
    most_bytes: int = 20_000_000
    types: tuple[str, ...] = ("image/png", "image/jpeg", "image/webp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service: its addresses, its key, and what it can do. `module` names its dialect's
    file below `services`, which offers `connect(base_url, key)`."""

    id: str
    label: str
    module: str
    regions: tuple[Region, ...]
    key_variable: str
    address_variable: str
    key_prefix: str
    wrong_keys: dict[str, str]
    models: dict[TaskKind, tuple[ModelVersion, ...]]
    default_model: str
    prices: PriceList
    slots: dict[str, int]
    prompts: PromptLimits = field(default_factory=PromptLimits)
    pictures: PictureLimits = field(default_factory=PictureLimits)
    look_up_limit: int = 1

    def model(self, kind: TaskKind, model_id: str) -> ModelVersion | None:
        """The row of a model version, or None for one that this service does not list."""
        return next((row for row in self.models.get(kind, ()) if row.id == model_id), None)

    def region(self, region_id: str) -> Region:
        """The row of a region; the first where the id is not known."""
        return next((row for row in self.regions if row.id == region_id), self.regions[0])


TRIPO_V3: Final = Service(
    id="tripo-v3",
    label="Tripo",
    module="tripo_v3",
    regions=(
        Region("global", "Global", "https://openapi.tripo3d.ai", "https://developers.tripo3d.ai"),
        Region(
            "china",
            "China Mainland",
            "https://openapi.tripo3d.com",
            "https://developers.tripo3d.com",
        ),
    ),
    key_variable="TRIPO_API_KEY",
    address_variable="TRIPO_BASE_URL",
    key_prefix="tsk_",
    wrong_keys={
        "tcli_": "This is a Client ID, not a key: the key starts with tsk_ (the console has both)",
    },
    models={
        TaskKind.TEXT_TO_MODEL: _V3_MODELS,
        TaskKind.IMAGE_TO_MODEL: _V3_MODELS,
        TaskKind.MULTIVIEW_TO_MODEL: _V3_MODELS,
    },
    default_model="v3.1-20260211",
    prices=_V3_PRICES,
    slots={"generation": 10, "low poly": 5, "texture": 5},
    look_up_limit=100,
)

SERVICES: Final = {TRIPO_V3.id: TRIPO_V3}
