"""Tripo's API v2 (api.tripo3d.ai/v2/openapi), as rows; Tripo ended it on 2026-10-31.

Rows only. Facts: the user's generation reference, Tripo's v2 documents and the official SDK 0.4.2.
"""

from __future__ import annotations

from typing import Final

from ..record import replace
from . import tripo
from .conditions import Equals
from .field_types import Limit, Window
from .rigs import FIRST, RIG_RULES
from .service_types import Charge, ModelVersion, Offer, Region, Service
from .task_kinds import GENERATIONS, TaskKind

_GONE = "Tripo's documents list this version; its servers may refuse it"
_BEFORE_V2_LACKS = frozenset(
    {
        "face_limit",
        "texture",
        "pbr",
        "texture_seed",
        "texture_quality",
        "texture_alignment",
        "orientation",
        "geometry_quality",
        "auto_size",
        "quad",
        "smart_low_poly",
        "generate_parts",
        "export_uv",
        "compress",
    }
)
_FINE: Final = {"texture_quality": ("standard", "detailed", "extreme")}


_GENERAL: Final = tripo.general_models(low_poly_from=1000, v30_ultra=1_500_000)


def _old(number: int, model_id: str, label: str, lacks: frozenset[str]) -> ModelVersion:
    return ModelVersion(
        id=model_id,
        number=number,
        label=label,
        description="A retired version",
        lacks=lacks,
        choices={"texture_quality": ("standard", "detailed")},
        limits=_GENERAL[-1].limits,
        retired=_GONE,
    )


_CURRENT: Final = (
    *(replace(row, choices=_FINE) for row in _GENERAL),
    tripo.lacking(tripo.LOW_POLY_1, "compress"),
)
_TURBO: Final = _old(6, "Turbo-v1.0-20250506", "Turbo", frozenset({"geometry_quality"}))
_V20: Final = _old(7, "v2.0-20240919", "v2.0", frozenset({"geometry_quality"}))
_V14: Final = _old(8, "v1.4-20240625", "v1.4", _BEFORE_V2_LACKS)
_V13: Final = _old(9, "v1.3-20240522", "v1.3", _BEFORE_V2_LACKS)
_ONE_INPUT: Final = (*_CURRENT, _TURBO, _V20, _V14, _V13)
_VIEWS_MODELS: Final = (*_CURRENT, _V20, _V14)

_FAMILIES: Final = {"H": (tripo.V31, tripo.V30, tripo.V25), "P1": (tripo.P1,)}
_UNPRICED: Final = Charge(
    None, (Equals("model", tuple(row.id for row in (_TURBO, _V20, _V14, _V13))),)
)
_FROM_TEXT: Final = (*tripo.generation_charges(_FAMILIES, {"H": 10, "P1": 30}), _UNPRICED)
_FROM_PICTURES: Final = (*tripo.generation_charges(_FAMILIES, {"H": 20, "P1": 40}), _UNPRICED)

_GENERATION: Final = Offer(
    takes=(),
    models=_ONE_INPUT,
    default_model=tripo.V31,
    implied_model=tripo.V25,
    rules=tripo.PARTS_RULES,
    qualities=tripo.qualities(tripo.V31, finest="extreme"),
    max_prompt_length=tripo.WORDS,
    slots="generation",
)
_TEXTURE_MODELS: Final = tuple(
    ModelVersion(
        id=model_id,
        number=number,
        label=model_id.partition("-2")[0],
        description=description,
        choices={"texture_quality": ("standard", "detailed")},
    )
    for number, model_id, description in (
        (20, tripo.V30, "For models of v3.0 and newer"),
        (21, tripo.V25, "For models of v2.5"),
    )
)
_RIG_MODELS: Final = tuple(
    ModelVersion(
        id=model_id,
        number=number,
        label=model_id.partition("-2")[0],
        description=description,
        choices={"spec": ("tripo", "mixamo")},
    )
    for number, model_id, description in (
        (50, FIRST, "Bipeds only, with about a hundred animations"),
        (51, "v2.5-20260210", "Every kind of body, with a few animations"),
        (53, "v2.0-20250506", "An older version; every kind of body, with a few animations"),
    )
)
_IMAGE_MODELS: Final = tuple(
    ModelVersion(
        id=model_id,
        number=80 + number,
        label=label,
        description=f"Pictures by {label}",
        lacks=frozenset() if most else frozenset({"references"}),
        limits=(Limit("references", Window(1, most)),) if most else (),
    )
    for number, (model_id, label, most) in enumerate(
        (
            ("flux.1_kontext_pro", "FLUX.1 Kontext Pro", 4),
            ("flux.1_dev", "FLUX.1 Dev", 0),
            ("gpt_4o", "GPT-4o", 10),
            ("gemini_2.5_flash_image_preview", "Gemini 2.5 Flash Image", 10),
            ("z_image", "Z-Image", 0),
        )
    )
)

OFFERS: Final = {
    TaskKind.TEXT_TO_MODEL: replace(
        _GENERATION,
        takes=("prompt", "negative_prompt", *tripo.GENERAL_SETTINGS, "image_seed"),
        required=("prompt",),
        charges=_FROM_TEXT,
    ),
    TaskKind.IMAGE_TO_MODEL: replace(
        _GENERATION,
        takes=("image", *tripo.PICTURE_SETTINGS, "enable_image_autofix"),
        required=("image",),
        charges=_FROM_PICTURES,
    ),
    TaskKind.MULTIVIEW_TO_MODEL: replace(
        _GENERATION,
        takes=(
            "front",
            "left",
            "back",
            "right",
            "views_task",
            *tripo.PICTURE_SETTINGS,
            "orthographic_projection",
        ),
        models=_VIEWS_MODELS,
        # The documents' example sends the version although it is the implied one.
        implied_model="",
        rules=(*_GENERATION.rules, *tripo.VIEWS_RULES),
        charges=_FROM_PICTURES,
    ),
    TaskKind.REFINE_MODEL: Offer(
        takes=("source_task",),
        required=("source_task",),
        charges=(Charge(None),),
        slots="refine",
        follows=tuple(GENERATIONS),
        follows_models=(_V14.id, _V13.id),
        follows_message="Only drafts of the versions before v2.0 can be refined",
        seconds=120.0,
    ),
    TaskKind.TEXTURE_MODEL: Offer(
        takes=(
            "source_task",
            "prompt",
            "image",
            "front",
            "left",
            "back",
            "right",
            "style_image",
            "part_names",
            "pbr",
            "texture_quality",
            "texture_alignment",
            "bake",
            "compress",
            "model_seed",
            "texture_seed",
        ),
        required=("source_task",),
        models=_TEXTURE_MODELS,
        default_model=tripo.V30,
        implied_model=tripo.V25,
        rules=tripo.GUIDE_RULES,
        bare_rules=tripo.BARE_RULES,
        charges=tripo.TEXTURE_CHARGES,
        max_prompt_length=tripo.WORDS,
        slots="other",
    ),
    TaskKind.CONVERT_MODEL: Offer(
        takes=("source_task", "format", *tripo.CONVERSION_OPTIONS),
        required=("source_task", "format"),
        limits=(tripo.faces(Window(1, 2_000_000)),),
        rules=tripo.CONVERSION_RULES,
        charges=tripo.CONVERSION_CHARGES,
        slots="other",
        seconds=30.0,
    ),
    TaskKind.IMPORT_MODEL: Offer(
        takes=("source_file",),
        required=("source_file",),
        charges=(Charge(0),),
        slots="other",
        seconds=10.0,
    ),
    TaskKind.SEGMENT_MESH: Offer(
        takes=("source_task",),
        required=("source_task",),
        charges=(Charge(40),),
        slots="other",
        seconds=160.0,
    ),
    TaskKind.COMPLETE_MESH: Offer(
        takes=("source_task", "part_names"),
        required=("source_task",),
        charges=(Charge(50),),
        slots="other",
        follows=(TaskKind.SEGMENT_MESH,),
        follows_message=tripo.ONLY_SEGMENTED,
        seconds=240.0,
    ),
    TaskKind.DECIMATE_MESH: Offer(
        takes=("source_task", "face_limit", "quad", "bake", "part_names"),
        required=("source_task",),
        limits=(
            tripo.faces(Window(1000, 10_000), tripo.QUAD),
            tripo.faces(Window(1000, 20_000)),
        ),
        charges=(Charge(30),),
        slots="other",
        seconds=200.0,
    ),
    TaskKind.CHECK_RIG: Offer(
        takes=("source_task",),
        required=("source_task",),
        charges=(Charge(0),),
        slots="animation",
        seconds=5.0,
    ),
    TaskKind.RIG: Offer(
        takes=("source_task", "rig_type", "spec", "out_format"),
        required=("source_task",),
        models=_RIG_MODELS,
        default_model=FIRST,
        implied_model=FIRST,
        rules=RIG_RULES,
        charges=(Charge(25),),
        slots="animation",
        seconds=180.0,
    ),
    TaskKind.RETARGET: Offer(
        takes=(
            "source_task",
            "animations",
            "out_format",
            "bake_animation",
            "export_with_geometry",
            "animate_in_place",
        ),
        required=("source_task", "animations"),
        limits=(Limit("animations", Window(1, 5)),),
        charges=tripo.RETARGET_CHARGES,
        follows=(TaskKind.RIG,),
        follows_message=tripo.ONLY_RIGGED,
        spelled=("export_with_geometry",),
        slots="animation",
        seconds=30.0,
    ),
    TaskKind.TEXT_TO_IMAGE: Offer(
        takes=("prompt", "negative_prompt"),
        required=("prompt",),
        charges=(Charge(5),),
        max_prompt_length=tripo.WORDS,
        slots="other",
        seconds=15.0,
    ),
    TaskKind.EDIT_IMAGE: Offer(
        takes=("prompt", "references", "t_pose", "sketch_to_render"),
        required=("prompt",),
        models=_IMAGE_MODELS,
        default_model="flux.1_kontext_pro",
        implied_model="flux.1_kontext_pro",
        charges=(Charge(5), Charge(None, (Equals("model", ("z_image",)),))),
        max_prompt_length=tripo.WORDS,
        slots="other",
        seconds=15.0,
    ),
    TaskKind.IMAGE_TO_VIEWS: Offer(
        takes=("image",),
        required=("image",),
        charges=(Charge(10),),
        slots="picture",
        seconds=30.0,
    ),
    TaskKind.EDIT_VIEWS: Offer(
        takes=("source_task", "prompts"),
        required=("source_task", "prompts"),
        charges=tripo.EDIT_CHARGES,
        max_prompt_length={"prompts": 1024},
        slots="picture",
        seconds=30.0,
    ),
}

TRIPO_V2: Final = Service(
    id="tripo-v2",
    number=1,
    label="Tripo (API v2)",
    description="Tripo's former interface, which Tripo ended on 2026-10-31",
    module="tripo_v2",
    regions=(
        Region("global", "Global", "https://api.tripo3d.ai", "https://platform.tripo3d.ai"),
        Region(
            "china", "China Mainland", "https://api.tripo3d.com", "https://platform.tripo3d.com"
        ),
    ),
    key_variable="TRIPO_API_KEY",
    address_variable="TRIPO_V2_BASE_URL",
    help_url="https://platform.tripo3d.ai/docs",
    key_prefix="tsk_",
    wrong_keys={
        "tcli_": "This is a Client ID, not a key: the key starts with tsk_ (the console has both)",
    },
    offers=OFFERS,
    cannot={
        TaskKind.UNWRAP_MESH: "API v2 has no Smart UV: choose the service Tripo",
        TaskKind.SMART_SEGMENT: "API v2 has no Named Parts: choose the service Tripo",
    },
    slots={
        "generation": 10,
        "low poly": 5,
        "refine": 5,
        "animation": 10,
        "picture": 1,
        "other": 10,
    },
    pace=tripo.PACE,
    keeps=tripo.KEEPS,
    retired="Tripo ended its API v2 on 2026-10-31: choose Tripo, which takes the same kind of key",
    ended="2026-10-31",
    successor="tripo-v3",
)
