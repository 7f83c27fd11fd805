"""3D AI Studio's Tripo service (api.3daistudio.com), as rows.

Rows only. Facts: the user's document of the service, and the service's other pages.
"""

from __future__ import annotations

from typing import Final

from ..record import replace
from . import tripo
from .conditions import AtLeast, Demand, Equals, OnlyOne
from .field_types import Window
from .service_types import Charge, ModelVersion, Offer, Pace, Region, Retention, Service
from .task_kinds import TaskKind

_ONLY_P1 = frozenset({"image_seed", "model_seed", "orientation"})
_NOT_P1 = frozenset({"geometry_quality", "quad", "smart_low_poly", "generate_parts"})
_FINE: Final = {"texture_quality": ("standard", "detailed")}
_FACES: Final = (tripo.faces(Window(500, 500_000)),)

_MODELS: Final = (
    ModelVersion(
        id="3.1",
        number=100,
        label="v3.1",
        description="The newest general model",
        lacks=_ONLY_P1,
        choices=_FINE,
        limits=_FACES,
    ),
    ModelVersion(
        id="3.0",
        number=101,
        label="v3.0",
        description="The general model before v3.1",
        lacks=_ONLY_P1,
        choices=_FINE,
        limits=_FACES,
    ),
    ModelVersion(
        id="p1",
        number=102,
        label="P1",
        description="Low-poly models with clean topology, for games",
        lacks=_NOT_P1,
        choices=_FINE,
        limits=(tripo.faces(Window(48, 20_000)),),
        max_prompt_length={"negative_prompt": 255},
    ),
)
_TEXTURED: Final = Equals("texture", (True,))


def _charges(general: int, low_poly: int) -> tuple[Charge, ...]:
    return (
        Charge(general, (Equals("model", ("3.0", "3.1")),)),
        Charge(low_poly, (Equals("model", ("p1",)),)),
        Charge(20, (_TEXTURED,)),
        Charge(20, (_TEXTURED, tripo.DETAILED)),
        Charge(40, (tripo.ULTRA,)),
        Charge(20, (tripo.LOW_POLY,)),
        Charge(40, (tripo.PARTS,)),
        Charge(10, (tripo.QUAD,)),
    )


_SETTINGS: Final = (
    "texture",
    "pbr",
    "texture_quality",
    "geometry_quality",
    "quad",
    "smart_low_poly",
    "generate_parts",
    "face_limit",
    "auto_size",
    "export_uv",
    "compress",
    "texture_seed",
)
_GENERATION: Final = Offer(
    takes=(),
    models=_MODELS,
    default_model="3.1",
    rules=tripo.PARTS_RULES,
    qualities=tripo.qualities("3.1", finest="detailed"),
    max_prompt_length={"prompt": 1024, "negative_prompt": 1024},
    slots="all",
    seconds=240.0,
)
# The document does not say what makes a conversion "advanced"; quads have a price of their own.
_ADVANCED: Final = (
    "force_symmetry",
    "face_limit",
    "flatten_bottom",
    "flatten_bottom_threshold",
    "pivot_to_center_bottom",
    "scale_factor",
    "texture_size",
    "texture_format",
    "bake",
    "pack_uv",
    "with_animation",
    "fbx_preset",
)

OFFERS: Final = {
    TaskKind.TEXT_TO_MODEL: replace(
        _GENERATION,
        takes=("prompt", "negative_prompt", *_SETTINGS, "model_seed", "image_seed"),
        required=("prompt",),
        charges=_charges(20, 60),
        spelled=("texture", "pbr", "texture_quality"),
    ),
    TaskKind.IMAGE_TO_MODEL: replace(
        _GENERATION,
        takes=("image", *_SETTINGS, "texture_alignment", "orientation", "enable_image_autofix"),
        required=("image",),
        charges=_charges(40, 80),
        spelled=("texture", "pbr", "texture_alignment"),
    ),
    TaskKind.MULTIVIEW_TO_MODEL: replace(
        _GENERATION,
        takes=("front", "left", "back", "right", *_SETTINGS, "texture_alignment", "orientation"),
        rules=(*tripo.PARTS_RULES, *tripo.VIEWS_RULES),
        charges=_charges(40, 80),
        spelled=("texture", "texture_alignment"),
        note="The service is not told which picture is which view: front, left, back and right "
        "are sent in this order",
    ),
    TaskKind.TEXTURE_MODEL: Offer(
        takes=(
            "source_file",
            "prompt",
            "image",
            "style_image",
            "pbr",
            "texture_quality",
            "texture_alignment",
            "bake",
            "compress",
            "texture_seed",
        ),
        required=("source_file",),
        choices=_FINE,
        rules=(
            OnlyOne(
                (("prompt",), ("image",)),
                "Guide the texture by a prompt or an image, not both",
            ),
            AtLeast(
                1,
                ("prompt", "image"),
                "prompt",
                "Enter a prompt or choose an image for the texture",
            ),
        ),
        charges=(
            Charge(20),
            Charge(20, (tripo.DETAILED,)),
            Charge(10, (tripo.given("style_image"),)),
        ),
        max_prompt_length=tripo.WORDS,
        slots="all",
        seconds=240.0,
    ),
    TaskKind.CONVERT_MODEL: Offer(
        takes=("source_file", "format", "quad", *_ADVANCED),
        required=("source_file", "format"),
        limits=(tripo.faces(Window(1, 2_000_000)),),
        rules=(
            Demand(
                tripo.QUAD,
                Equals("format", ("FBX", "USDZ", "OBJ", "STL")),
                "Quads are not possible in glTF and 3MF: choose FBX or another format",
            ),
        ),
        charges=(
            Charge(10),
            Charge(10, (tripo.given(*_ADVANCED),)),
            Charge(10, (tripo.QUAD,)),
        ),
        slots="all",
        seconds=60.0,
    ),
    TaskKind.SEGMENT_MESH: Offer(
        takes=("source_file",),
        required=("source_file",),
        charges=(Charge(80),),
        slots="all",
        seconds=240.0,
    ),
}

_NO_TASKS = "3D AI Studio does not offer this: choose Tripo in the preferences"

STUDIO: Final = Service(
    id="3daistudio",
    number=2,
    label="3D AI Studio",
    description="3D AI Studio's Tripo service, with its own keys and credits",
    module="studio",
    regions=(
        Region(
            "global",
            "Global",
            "https://api.3daistudio.com",
            "https://www.3daistudio.com/Platform/API",
        ),
    ),
    key_variable="THREED_AI_STUDIO_API_KEY",
    address_variable="THREED_AI_STUDIO_BASE_URL",
    help_url="https://www.3daistudio.com/Platform/API/Documentation",
    offers=OFFERS,
    cannot={kind: _NO_TASKS for kind in TaskKind if kind not in OFFERS},
    slots={"all": 3},
    pace=Pace(first=20.0, waits=(), slowest=20.0),
    keeps=Retention(1),
)
