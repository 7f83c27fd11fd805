"""Tripo v3's endpoints as data: fields, models, windows, clashes, prices, who may run how many.

Data only. Where sources disagree the wider reading is accepted, unless a refusal is documented.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..fields import Clash, Field, FieldKind, Window

FAMILIES: Mapping[str, str] = {
    "v3.1-20260211": "H3",
    "v3.0-20250812": "H3",
    "v2.5-20250123": "H2",
    "P1-20260311": "P1",
    "P2-20260801": "P2",
}
TEXTURE_MODELS: Mapping[str, str] = {
    "v3.0-20250812": "H3",
    "v2.5-20250123": "H2",
    "v3.5-20260815": "H3",
}
RETIRED_MODELS = ("v1.3-20240522", "v1.4-20240625", "v2.0-20240919", "Turbo-v1.0-20250506")
ALIAS_START = "tripo-"

LAST_SEED = 2_147_483_647
MADE_KINDS = ("text_to_model", "image_to_model", "multiview_to_model")
MESH_KINDS = (*MADE_KINDS, "texture_model", "import_model")
PICTURE_KINDS = ("text_to_image", "generate_image")
VIEW_KINDS = ("generate_multiview_image", "edit_multiview_image")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One route that makes tasks. `kind` is the task's `type`, in v2's words."""

    kind: str
    fields: tuple[Field, ...]
    models: Mapping[str, str]
    default_model: str = ""
    sources: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()
    windows: tuple[Window, ...] = ()
    category: str = ""


def _field(name: str, kind: FieldKind, *, default: object = None) -> Field:
    return Field(name=name, kind=kind, default=default)


def _seed(name: str) -> Field:
    return Field(name=name, kind="whole", low=0, high=LAST_SEED)


QUALITY = Field(
    name="texture_quality",
    kind="word",
    default="standard",
    allowed=("standard", "detailed", "extreme", "fast"),
    default_only_in=("H2",),
)
TEXTURE_VERSION = Field(
    name="texture_version",
    kind="word",
    allowed=("v3.5-20260815", "v3.0-20250812", "v2.5-20250123"),
)
ALIGNMENT = Field(
    name="texture_alignment",
    kind="word",
    default="original_image",
    allowed=("original_image", "geometry"),
)
ORIENTATION = Field(
    name="orientation", kind="word", default="default", allowed=("default", "align_image")
)
MODEL = Field(name="model", kind="word", aliases=("model_version",))
TEXTURING = (
    _field("texture", "flag", default=True),
    _field("pbr", "flag", default=True),
    _seed("model_seed"),
    _seed("texture_seed"),
    _field("delight", "flag", default=True),
    Field(name="compress", kind="word", allowed=("geometry",), default_only_in=("H2",)),
)
MAKING = (
    MODEL,
    *TEXTURING,
    QUALITY,
    TEXTURE_VERSION,
    _field("face_limit", "whole"),
    Field(
        name="geometry_quality",
        kind="word",
        default="standard",
        allowed=("standard", "detailed"),
        never_in=("H2", "P1", "P2"),
    ),
    Field(name="auto_size", kind="flag", default=False, default_only_in=("H2",)),
    Field(name="quad", kind="flag", default=False, never_in=("P1",), default_only_in=("H2",)),
    Field(
        name="smart_low_poly",
        kind="flag",
        default=False,
        never_in=("P1", "P2"),
        default_only_in=("H2",),
    ),
    Field(
        name="generate_parts",
        kind="flag",
        default=False,
        never_in=("P1", "P2"),
        default_only_in=("H2",),
    ),
    _field("export_uv", "flag", default=True),
    Field(name="export_orientation", kind="word", default="+x", allowed=("+x", "-x", "+y", "-y")),
    _field("return_multiview", "flag", default=False),
    Field(name="priority", kind="whole", low=1, high=3),
    _field("parameters", "object"),
    _field("style", "word"),
    _field("type", "anything"),
)
FROM_TEXT = (
    Field(name="prompt", kind="text", required=True, longest=1024),
    Field(name="negative_prompt", kind="text", longest=255),
    _seed("image_seed"),
    _field("style_image", "anything"),
    _field("render_sequence", "flag"),
    _field("render_video", "flag"),
    _field("check_printable", "flag"),
)
FROM_IMAGE = (
    _field("input", "word"),
    _field("file", "object"),
    Field(name="enable_image_autofix", kind="flag", default=False, aliases=("image_autofix",)),
    ALIGNMENT,
    ORIENTATION,
    _field("mode", "anything"),
    _field("check_printable", "flag"),
)
FROM_VIEWS = (
    _field("inputs", "list"),
    _field("files", "list"),
    _field("original_model_task_id", "word"),
    ALIGNMENT,
    ORIENTATION,
    _field("orthographic_projection", "flag"),
)
ON_MESH = (
    MODEL,
    _field("input", "word"),
    _field("file", "object"),
    _field("original_model_task_id", "word"),
    *TEXTURING,
    Field(name="texture_quality", kind="word", default="standard", allowed=QUALITY.allowed),
    ALIGNMENT,
    _field("texture_prompt", "object"),
    Field(name="text_prompt", kind="text", longest=1024),
    _field("image_prompt", "anything"),
    _field("style_image", "anything"),
    _field("part_names", "list"),
    _field("bake", "flag", default=True),
    _field("type", "anything"),
)
IMPORTING = (_field("input", "word"), _field("file", "object"), _field("type", "anything"))

PARTS_ALONE = "needs texture=false, pbr=false and quad=false"
FAST_NEEDS = "'fast' needs texture version v3.5-20260815"
MAKING_CLASHES = (
    Clash((("generate_parts", True), ("texture", True)), PARTS_ALONE),
    Clash((("generate_parts", True), ("pbr", True)), PARTS_ALONE),
    Clash((("generate_parts", True), ("quad", True)), PARTS_ALONE),
    Clash((("texture_quality", "fast"), ("texture_version", None)), FAST_NEEDS),
    Clash((("texture_quality", "fast"), ("texture_version", "v3.0-20250812")), FAST_NEEDS),
    Clash((("texture_quality", "fast"), ("texture_version", "v2.5-20250123")), FAST_NEEDS),
)
NOTHING_TO_DO = "texture=false and pbr=false leave nothing to do at standard quality"
TEXTURE_CLASHES = (
    Clash((("texture", False), ("pbr", False), ("texture_quality", "standard")), NOTHING_TO_DO),
    Clash((("texture_quality", "fast"), ("model", None)), FAST_NEEDS),
    Clash((("texture_quality", "fast"), ("model", "v3.0-20250812")), FAST_NEEDS),
    Clash((("texture_quality", "fast"), ("model", "v2.5-20250123")), FAST_NEEDS),
)
# The widest window any source documents; the first that applies counts.
FACE_WINDOWS = (
    Window(low=500, high=10_000, where=(("smart_low_poly", True), ("quad", True))),
    Window(low=500, high=20_000, where=(("smart_low_poly", True),)),
    Window(low=48, high=20_000, model="P1"),
    Window(low=48, high=25_000, model="P2", where=(("quad", True),)),
    Window(low=48, high=50_000, model="P2"),
    Window(low=1, high=150_000, where=(("quad", True),)),
    Window(low=1, high=2_000_000, where=(("geometry_quality", "detailed"),)),
    Window(low=1, high=1_500_000, model="v3.1"),
    Window(low=1, high=1_000_000, model="v3.0"),
    Window(low=1, high=500_000, model="v2.5"),
)


def _maker(kind: str, fields: tuple[Field, ...], sources: tuple[str, ...] = ()) -> Endpoint:
    return Endpoint(
        kind=kind,
        fields=(*MAKING, *fields),
        models=FAMILIES,
        sources=sources,
        clashes=MAKING_CLASHES,
        windows=FACE_WINDOWS,
    )


ENDPOINTS: Mapping[str, Endpoint] = {
    "/v3/generation/text-to-model": _maker("text_to_model", FROM_TEXT),
    "/v3/generation/image-to-model": _maker("image_to_model", FROM_IMAGE, PICTURE_KINDS),
    "/v3/generation/multiview-to-model": _maker("multiview_to_model", FROM_VIEWS, VIEW_KINDS),
    "/v3/models/texture": Endpoint(
        kind="texture_model",
        fields=ON_MESH,
        models=TEXTURE_MODELS,
        default_model="v3.0-20250812",
        sources=MESH_KINDS,
        clashes=TEXTURE_CLASHES,
        category="texture",
    ),
    "/v3/models/import": Endpoint(
        kind="import_model", fields=IMPORTING, models={}, category="mesh"
    ),
}
# Documented, but not played here: an honest "not supported" instead of a made-up result.
NOT_PLAYED = (
    "/v3/generation/text-to-image",
    "/v3/generation/image-to-image",
    "/v3/generation/image-to-multiview",
    "/v3/generation/edit-multiview",
    "/v3/generation/image-to-splat",
    "/v3/generation/image-to-depth",
    "/v3/models/convert",
    "/v3/animations/rig-check",
    "/v3/animations/rig",
    "/v3/animations/retarget",
    "/v3/mesh/segment",
    "/v3/mesh/smartsegment",
    "/v3/mesh/complete",
    "/v3/mesh/decimate",
    "/v3/mesh/uv",
    "/v3/files/upload-credentials",
)
AT_ONCE: Mapping[str, int] = {"H": 10, "P": 5, "texture": 5, "mesh": 10}
