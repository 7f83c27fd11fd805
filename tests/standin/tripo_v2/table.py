"""Tripo v2 as data: its types, its models, and where it differs from v3.

The fields themselves are shared with v3; see `tests.standin.tripo`.
"""

from collections.abc import Mapping
from dataclasses import replace

from ..fields import Field, renamed, without
from ..tripo import generation, processing
from ..tripo.endpoint import (
    MADE_KINDS,
    PART_KINDS,
    RIGGED_KINDS,
    VIEW_KINDS,
    Endpoint,
    Manner,
)

# v2.5 has its own family here: v3 refuses what v2 lets it do.
FAMILIES: Mapping[str, str] = {
    "v3.1-20260211": "H3",
    "v3.0-20250812": "H3",
    "v2.5-20250123": "H25",
    "P1-20260311": "P1",
}
OLD_FAMILIES: Mapping[str, str] = {
    "Turbo-v1.0-20250506": "H25",
    "v2.0-20240919": "H25",
    "v1.4-20240625": "H1",
    "v1.3-20240522": "H1",
}
DEFAULT = "v2.5-20250123"
TEXTURE_MODELS: Mapping[str, str] = {"v2.5-20250123": "H25", "v3.0-20250812": "H3"}
RIG_MODELS: Mapping[str, str] = {
    "v1.0-20240301": "R1",
    "v2.0-20250506": "R2",
    "v2.5-20260210": "R2",
}
SEGMENT_MODELS: Mapping[str, str] = {"v1.0-20250506": "S1"}
DECIMATE_MODELS: Mapping[str, str] = {
    "P-v2.0-20251225": "D2",
    "P-v2.0-20251226": "D2",
    "P-v1.0-20250506": "D1",
}
PICTURE_MODELS: Mapping[str, str] = {
    "flux.1_kontext_pro": "flux",
    "flux.1_dev": "alone",
    "z_image": "alone",
    "midjourney": "alone",
    "gpt_4o": "gpt",
    "gpt_image_1.5": "gpt",
    "gpt_image_2": "gpt",
    "gemini_2.5_flash_image_preview": "banana",
    "gemini_3_pro_image_preview": "banana",
    "gemini_3.1_flash_image_preview": "banana",
    "seedream_v4": "seedream",
    "seedream_v5": "seedream",
}
LONGEST_PROMPT = 1024
FEWEST_LOW_POLY = 1000

AT_ONCE: Mapping[str, int] = {
    "H": 10,
    "P": 5,
    "refine": 5,
    "animation": 10,
    "views": 1,
    "picture": 10,
    "texture": 10,
    "mesh": 10,
}
MANNER = Manner(
    retired=tuple(OLD_FAMILIES),
    lost_file=2019,
    unreachable=2003,
    at_once=AT_ONCE,
    plain_too=True,
)
NAMES = {"model": "model_version"}
# What v2 never had; these keys in a body are ignored.
V3_ONLY = (
    "input",
    "inputs",
    "texture_version",
    "delight",
    "return_multiview",
    "parameters",
    "render_sequence",
    "render_video",
    "check_printable",
    "mode",
)
V3_MAKING = ("export_orientation", "style_image", "original_model_task_id")
V3_PICTURES = ("size", "aspect_ratio", "output_format", "quality", "background", "style_image")
ONE = ("original_model_task_id",)
WORKED = ("mesh_segmentation", "mesh_completion", "highpoly_to_lowpoly", "stylize_model")
MESH = (*MADE_KINDS, "texture_model", "import_model", "refine_model", *WORKED)
ANY_MESH = (*MESH, *RIGGED_KINDS, "convert_model")


def _fields(*fields: Field, leave_out: tuple[str, ...] = ()) -> tuple[Field, ...]:
    return renamed(without(fields, *V3_ONLY, *leave_out), NAMES)


def _limited(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Without the texture quality that came with v3.5, which v2 never had."""
    words = ("standard", "detailed", "extreme")
    return tuple(
        replace(field, allowed=words) if field.name == "texture_quality" else field
        for field in fields
    )


def _with_bake_scale(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """With a preset that v3 dropped."""
    presets = ("blender", "3dsmax", "mixamo", "bake_scale")
    return tuple(
        replace(field, allowed=presets) if field.name == "fbx_preset" else field for field in fields
    )


def _maker(
    kind: str,
    fields: tuple[Field, ...],
    models: Mapping[str, str],
    named: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
) -> Endpoint:
    return Endpoint(
        kind=kind,
        fields=_limited(_fields(*generation.MAKING, *fields, leave_out=V3_MAKING)),
        models=models,
        default_model=DEFAULT,
        named_in=named,
        sources=sources,
        clashes=generation.CLASHES[:3],
        windows=generation.face_windows(low_poly_from=FEWEST_LOW_POLY),
    )


VIEW_SOURCE = (Field(name="original_task_id", kind="word"),)


def endpoints(*, old_versions: bool) -> Mapping[str, Endpoint]:
    """Return all types by name; with `old_versions` the retired models are still accepted."""
    models = {**FAMILIES, **OLD_FAMILIES} if old_versions else FAMILIES
    makers = (
        _maker("text_to_model", generation.FROM_TEXT, models),
        _maker("image_to_model", generation.FROM_IMAGE, models, ("file",)),
        _maker(
            "multiview_to_model",
            (*generation.FROM_VIEWS, *VIEW_SOURCE),
            models,
            ("files", "original_task_id"),
            VIEW_KINDS,
        ),
    )
    return {endpoint.kind: endpoint for endpoint in (*makers, *OTHERS)}


DRAFT = Field(name="draft_model_task_id", kind="word")
OTHERS = (
    Endpoint(
        kind="text_to_image",
        fields=(
            Field(name="type", kind="anything"),
            Field(name="negative_prompt", kind="text", longest=255),
            processing.prompt(LONGEST_PROMPT, required=True),
        ),
        models={"flux.1_kontext_pro": "flux"},
        default_model="flux.1_kontext_pro",
        category="picture",
    ),
    Endpoint(
        kind="generate_image",
        fields=_fields(
            *processing.PICTURING,
            processing.template(*processing.TEMPLATES_FOR_EDITS),
            *processing.REFERENCES,
            processing.prompt(LONGEST_PROMPT),
            leave_out=V3_PICTURES,
        ),
        models=PICTURE_MODELS,
        default_model="flux.1_kontext_pro",
        named_in=("file", "files"),
        optional=True,
        category="picture",
    ),
    Endpoint(
        kind="generate_multiview_image",
        fields=_fields(*processing.SOURCE),
        named_in=("file",),
        category="views",
    ),
    Endpoint(
        kind="edit_multiview_image",
        fields=_fields(*processing.EDITING),
        named_in=("original_task_id",),
        sources=VIEW_KINDS,
        files=False,
        category="views",
    ),
    Endpoint(
        kind="texture_model",
        fields=_limited(
            _fields(*processing.ON_MESH, leave_out=("file", "text_prompt", "image_prompt"))
        ),
        models=TEXTURE_MODELS,
        default_model=DEFAULT,
        named_in=ONE,
        sources=MESH,
        files=False,
        clashes=processing.TEXTURE_CLASHES[:1],
        category="texture",
    ),
    Endpoint(
        kind="refine_model",
        fields=(DRAFT, Field(name="type", kind="anything")),
        named_in=("draft_model_task_id",),
        sources=MADE_KINDS,
        files=False,
        category="refine",
    ),
    Endpoint(
        kind="convert_model",
        fields=_with_bake_scale(_fields(*processing.CONVERTING, leave_out=("file",))),
        named_in=ONE,
        sources=ANY_MESH,
        files=False,
        category="texture",
    ),
    Endpoint(
        kind="stylize_model",
        fields=_fields(*processing.STYLIZING, leave_out=("file",)),
        named_in=ONE,
        sources=MESH,
        files=False,
        category="mesh",
    ),
    Endpoint(
        kind="import_model",
        fields=_fields(*processing.SOURCE),
        named_in=("file",),
        category="mesh",
    ),
    Endpoint(
        kind="animate_prerigcheck",
        fields=_fields(*processing.SOURCE, leave_out=("file",)),
        named_in=ONE,
        sources=MESH,
        files=False,
        wrong_source=2011,
        category="animation",
    ),
    Endpoint(
        kind="animate_rig",
        fields=_fields(*processing.RIGGING, leave_out=("file",)),
        models=RIG_MODELS,
        default_model="v1.0-20240301",
        named_in=ONE,
        sources=MESH,
        files=False,
        category="animation",
    ),
    Endpoint(
        kind="animate_retarget",
        fields=_fields(*processing.RETARGETING, leave_out=("file",)),
        named_in=ONE,
        sources=("animate_rig",),
        files=False,
        wrong_source=2012,
        category="animation",
    ),
    Endpoint(
        kind="mesh_segmentation",
        fields=_fields(*processing.SEGMENTING, leave_out=("file",)),
        models=SEGMENT_MODELS,
        default_model="v1.0-20250506",
        named_in=ONE,
        sources=MESH,
        files=False,
        category="mesh",
    ),
    Endpoint(
        kind="mesh_completion",
        fields=_fields(*processing.COMPLETING, leave_out=("file",)),
        models=processing.COMPLETE_MODELS,
        default_model="v1.0-20250506",
        named_in=ONE,
        sources=("mesh_segmentation",),
        files=False,
        category="mesh",
    ),
    Endpoint(
        kind="highpoly_to_lowpoly",
        fields=_fields(*processing.DECIMATING, leave_out=("file", "smart_uv")),
        models=DECIMATE_MODELS,
        default_model="P-v2.0-20251225",
        named_in=ONE,
        sources=(*MADE_KINDS, "texture_model", "import_model", "refine_model", *PART_KINDS),
        files=False,
        windows=processing.DECIMATE_WINDOWS[2:],
        category="mesh",
    ),
)
RETIRED_TYPES = ("animate_model",)
