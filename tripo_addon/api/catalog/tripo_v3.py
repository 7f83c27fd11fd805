"""Tripo's API v3 (openapi.tripo3d.ai, openapi.tripo3d.com), as rows: the current service.

Rows only. Facts: Tripo's API v3 documents and the official SDK 1.0.0; where they disagree, the
narrower value is used. Dated entries were compared with them in November 2026.
"""

from __future__ import annotations

from typing import Final

from ..record import replace
from . import tripo, tripo_pictures
from .conditions import AtLeast, Equals
from .field_types import Limit, Window
from .rigs import FIRST, RIG_RULES
from .service_types import Charge, ModelVersion, Offer, Region, Service
from .settings import NEWEST_TEXTURE
from .task_kinds import TaskKind

_GENERAL = "generation"
_PICTURE_WORDS = {"prompt": 1800}

_V31, _V30, _V25 = tripo.general_models(low_poly_from=500, v30_ultra=2_000_000)
_SURFACES: Final = {
    "texture_quality": ("standard", "detailed", "extreme", "fast"),
    "texture_version": ("", NEWEST_TEXTURE, tripo.V30),
}
_MODELS: Final = (
    *(replace(row, choices=_SURFACES) for row in (_V31, _V30)),
    replace(
        # The documents disagree on the fields of v2.5; a field that any of them denies is not sent.
        tripo.lacking(
            _V25,
            "texture_quality",
            "auto_size",
            "quad",
            "smart_low_poly",
            "generate_parts",
            "compress",
            "export_uv",
        ),
        choices={"texture_version": ("", tripo.V25, NEWEST_TEXTURE)},
    ),
    *(
        replace(tripo.lacking(row, "compress"), choices=_SURFACES)
        for row in (tripo.LOW_POLY_1, tripo.LOW_POLY_2)
    ),
)
_FAMILIES: Final = {
    "H": (tripo.V31, tripo.V30, tripo.V25),
    "P1": (tripo.P1,),
    "P2": (tripo.P2,),
}
_FROM_TEXT: Final = tripo.generation_charges(_FAMILIES, {"H": 10, "P1": 30, "P2": 100})
_FROM_PICTURES: Final = tripo.generation_charges(_FAMILIES, {"H": 20, "P1": 40, "P2": 100})
_TEXTURE_FIELDS: Final = ("texture_version", "delight")

_GENERATION: Final = Offer(
    takes=(),
    models=_MODELS,
    default_model=tripo.V31,
    rules=(*tripo.PARTS_RULES, tripo.FAST_TEXTURE),
    qualities=tripo.qualities(tripo.V31, finest="extreme"),
    max_prompt_length=tripo.WORDS,
    slots=_GENERAL,
)


def _version(number: int, model_id: str, description: str, *lacks: str) -> ModelVersion:
    """Build a model version of a mesh step; its label is the id without the date."""
    return ModelVersion(
        id=model_id,
        number=number,
        label=model_id.partition("-2")[0],
        description=description,
        lacks=frozenset(lacks),
    )


_TEXTURE_MODELS: Final = tuple(
    replace(row, choices={"texture_quality": qualities})
    for row, qualities in (
        (
            _version(20, tripo.V30, "For models of v3.0 and newer", "delight"),
            ("standard", "detailed", "extreme"),
        ),
        (
            _version(21, tripo.V25, "For models of v2.5", "delight", "compress"),
            ("standard", "detailed", "extreme"),
        ),
        (
            _version(22, NEWEST_TEXTURE, "The newest; it can remove baked light"),
            ("standard", "detailed", "extreme", "fast"),
        ),
    )
)
_SEGMENT_OPTIONS: Final = ("segmentation_granularity", "split_by_connectivity", "ref_image")
_SEGMENT_MODELS: Final = (
    _version(30, "v1.0-20250506", "The usual one", *_SEGMENT_OPTIONS),
    _version(31, "v2.0-20260430", "Newer, with options"),
)
_LOW_POLY_FACES: Final = (
    tripo.faces(Window(500, 10_000), tripo.QUAD),
    tripo.faces(Window(500, 20_000)),
)
_DECIMATE_MODELS: Final = (
    replace(
        _version(40, "v2.0", "The usual one", "smart_uv"),
        limits=_LOW_POLY_FACES,
    ),
    replace(
        _version(41, "v3.0", "Newer, with Smart UV; its price is not published"),
        limits=_LOW_POLY_FACES,
    ),
    replace(
        _version(42, "v1.0", "Up to two million faces; cheaper", "bake", "part_names", "smart_uv"),
        limits=(
            tripo.faces(Window(1, 150_000), tripo.QUAD),
            tripo.faces(Window(1, 2_000_000)),
        ),
    ),
)
_RIG_MODELS: Final = (
    _version(50, FIRST, "Bipeds only, with about a hundred animations"),
    _version(51, "v2.5-20260210", "Every kind of body, with a few animations"),
    _version(52, "v3.0-20260909", "The newest; every kind of body, with a few animations"),
)
_SOURCE: Final = ("source_task", "source_file")

OFFERS: Final = {
    TaskKind.TEXT_TO_MODEL: replace(
        _GENERATION,
        takes=(
            "prompt",
            "negative_prompt",
            *tripo.GENERAL_SETTINGS,
            *_TEXTURE_FIELDS,
            "image_seed",
        ),
        required=("prompt",),
        charges=_FROM_TEXT,
    ),
    TaskKind.IMAGE_TO_MODEL: replace(
        _GENERATION,
        takes=("image", *tripo.PICTURE_SETTINGS, *_TEXTURE_FIELDS, "enable_image_autofix"),
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
            *_TEXTURE_FIELDS,
            "orthographic_projection",
        ),
        rules=(*_GENERATION.rules, *tripo.VIEWS_RULES),
        charges=_FROM_PICTURES,
    ),
    TaskKind.TEXTURE_MODEL: Offer(
        takes=(
            *_SOURCE,
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
            "delight",
            "compress",
            "model_seed",
            "texture_seed",
        ),
        models=_TEXTURE_MODELS,
        default_model=tripo.V30,
        rules=(*tripo.SOURCE_RULES, *tripo.GUIDE_RULES, *tripo.FILE_RULES),
        bare_rules=tripo.BARE_RULES,
        charges=tripo.TEXTURE_CHARGES,
        max_prompt_length=tripo.WORDS,
        slots="texture",
    ),
    TaskKind.CONVERT_MODEL: Offer(
        takes=(*_SOURCE, "format", *tripo.CONVERSION_OPTIONS),
        required=("format",),
        limits=(tripo.faces(Window(1, 2_000_000)),),
        rules=(*tripo.SOURCE_RULES, *tripo.CONVERSION_RULES),
        charges=tripo.CONVERSION_CHARGES,
        slots="texture",
        seconds=30.0,
    ),
    TaskKind.IMPORT_MODEL: Offer(
        takes=("source_file",),
        required=("source_file",),
        charges=(Charge(0),),
        slots="mesh",
        seconds=10.0,
    ),
    TaskKind.SEGMENT_MESH: Offer(
        takes=(*_SOURCE, *_SEGMENT_OPTIONS),
        models=_SEGMENT_MODELS,
        default_model=_SEGMENT_MODELS[0].id,
        rules=tripo.SOURCE_RULES,
        charges=(Charge(40),),
        slots="mesh",
        seconds=160.0,
    ),
    TaskKind.SMART_SEGMENT: Offer(
        takes=("source_file", "image", "granularity", "hint"),
        rules=tripo.PARTS_SOURCE_RULES,
        charges=(Charge(55), Charge(30, (tripo.given("image"),))),
        max_prompt_length={"hint": 1024},
        note="Each part becomes an object, named after what it is, such as head or left arm",
        slots="mesh",
        seconds=180.0,
    ),
    TaskKind.COMPLETE_MESH: Offer(
        takes=("source_task", "part_names", "completion_mode"),
        required=("source_task",),
        charges=(
            Charge(50, (Equals("completion_mode", ("ai_completion",)),)),
            Charge(30, (Equals("completion_mode", ("quick_cap",)),)),
        ),
        slots="mesh",
        follows=(TaskKind.SEGMENT_MESH, TaskKind.SMART_SEGMENT),
        follows_message=tripo.ONLY_SEGMENTED,
        seconds=240.0,
    ),
    TaskKind.DECIMATE_MESH: Offer(
        takes=(*_SOURCE, "face_limit", "quad", "bake", "part_names", "smart_uv"),
        models=_DECIMATE_MODELS,
        default_model="v2.0",
        rules=(
            *tripo.SOURCE_RULES,
            AtLeast(
                1,
                ("face_limit",),
                "face_limit",
                "The model v1.0 needs a face limit",
                when=Equals("model", ("v1.0",)),
            ),
        ),
        charges=(
            Charge(30, (Equals("model", ("v2.0",)),)),
            Charge(10, (Equals("model", ("v1.0",)),)),
            Charge(None, (Equals("model", ("v3.0",)),)),
        ),
        slots="mesh",
        seconds=200.0,
    ),
    TaskKind.UNWRAP_MESH: Offer(
        takes=(*_SOURCE, "bake"),
        rules=tripo.SOURCE_RULES,
        charges=(Charge(20),),
        slots="mesh",
        most_triangles=80_000,
        sends_file=True,
    ),
    TaskKind.CHECK_RIG: Offer(
        takes=_SOURCE,
        rules=tripo.SOURCE_RULES,
        charges=(Charge(0),),
        slots="animation",
        seconds=5.0,
    ),
    TaskKind.RIG: Offer(
        takes=(*_SOURCE, "rig_type", "spec", "out_format"),
        models=_RIG_MODELS,
        default_model=FIRST,
        rules=(*tripo.SOURCE_RULES, *RIG_RULES),
        charges=(Charge(25),),
        slots="animation",
        seconds=180.0,
    ),
    TaskKind.RETARGET: Offer(
        takes=(
            "source_task",
            "animations",
            "out_format",
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
        takes=("prompt", *tripo_pictures.OPTIONS, "template", "t_pose", "sketch_to_render"),
        required=("prompt",),
        choices={"template": tripo_pictures.TEMPLATES_FROM_TEXT},
        models=tripo_pictures.MODELS,
        default_model=tripo_pictures.SEEDREAM_4,
        rules=tripo_pictures.RULES,
        charges=tripo_pictures.CHARGES,
        max_prompt_length=_PICTURE_WORDS,
        slots="picture",
        seconds=15.0,
    ),
    TaskKind.EDIT_IMAGE: Offer(
        takes=(
            "prompt",
            "references",
            *tripo_pictures.OPTIONS,
            "template",
            "t_pose",
            "sketch_to_render",
        ),
        required=("prompt", "references"),
        choices={"template": tripo_pictures.TEMPLATES_FOR_EDITS},
        models=tuple(row for row in tripo_pictures.MODELS if row.id != tripo_pictures.SEEDREAM_4),
        default_model=tripo_pictures.SEEDREAM_5,
        rules=tripo_pictures.RULES,
        charges=tripo_pictures.CHARGES,
        max_prompt_length=_PICTURE_WORDS,
        slots="picture",
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

TRIPO_V3: Final = Service(
    id="tripo-v3",
    number=0,
    label="Tripo",
    description="Tripo's own service, through its API v3",
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
    help_url="https://developers.tripo3d.ai",
    key_prefix="tsk_",
    wrong_keys={
        "tcli_": "This is a Client ID, not a key: the key starts with tsk_ (the console has both)",
    },
    offers=OFFERS,
    cannot={
        TaskKind.REFINE_MODEL: "Tripo has retired Refine: texture the model at a higher quality, "
        "or generate it again with Ultra shape quality",
    },
    slots={
        "generation": 10,
        "low poly": 5,
        "texture": 5,
        "mesh": 10,
        "animation": 10,
        "picture": 1,
    },
    look_up_limit=100,
    pace=tripo.PACE,
    keeps=tripo.KEEPS,
)
