"""The fields of the three ways to a new model, once for both versions of the API.

Data only. If sources disagree, the more permissive reading counts, unless a refusal is documented.
Families: H3, H2 and H1 by generation, P1, P2; `H25` is v2.5 in API v2, where it can do more than in
v3.
"""

from ..fields import Clash, Field, FieldKind, Window

LAST_SEED = 2_147_483_647


def plain(name: str, kind: FieldKind, *, default: object = None) -> Field:
    """Return a field that has no rule but its type."""
    return Field(name=name, kind=kind, default=default)


def seed(name: str) -> Field:
    """Return the field of a seed."""
    return Field(name=name, kind="whole", low=0, high=LAST_SEED)


MODEL = Field(name="model", kind="word", aliases=("model_version",))
ALIGNMENT = Field(
    name="texture_alignment",
    kind="word",
    default="original_image",
    allowed=("original_image", "geometry"),
)
ORIENTATION = Field(
    name="orientation", kind="word", default="default", allowed=("default", "align_image")
)
TEXTURING = (
    plain("texture", "flag", default=True),
    plain("pbr", "flag", default=True),
    seed("model_seed"),
    seed("texture_seed"),
    plain("delight", "flag", default=True),
    Field(name="compress", kind="word", allowed=("geometry",), default_only_in=("H2",)),
)
MAKING = (
    MODEL,
    *TEXTURING,
    Field(
        name="texture_quality",
        kind="word",
        default="standard",
        allowed=("standard", "detailed", "extreme", "fast"),
        default_only_in=("H2",),
    ),
    Field(
        name="texture_version",
        kind="word",
        allowed=("v3.5-20260815", "v3.0-20250812", "v2.5-20250123"),
    ),
    plain("face_limit", "whole"),
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
    plain("export_uv", "flag", default=True),
    Field(name="export_orientation", kind="word", default="+x", allowed=("+x", "-x", "+y", "-y")),
    plain("return_multiview", "flag", default=False),
    Field(name="priority", kind="whole", low=1, high=3),
    plain("parameters", "object"),
    plain("style", "word"),
    plain("type", "anything"),
)
FROM_TEXT = (
    Field(name="prompt", kind="text", required=True, longest=1024),
    Field(name="negative_prompt", kind="text", longest=255),
    seed("image_seed"),
    plain("style_image", "anything"),
    plain("render_sequence", "flag"),
    plain("render_video", "flag"),
    plain("check_printable", "flag"),
)
FROM_IMAGE = (
    plain("input", "word"),
    plain("file", "object"),
    Field(name="enable_image_autofix", kind="flag", default=False, aliases=("image_autofix",)),
    ALIGNMENT,
    ORIENTATION,
    plain("mode", "anything"),
    plain("check_printable", "flag"),
)
FROM_VIEWS = (
    plain("inputs", "list"),
    plain("files", "list"),
    plain("original_model_task_id", "word"),
    ALIGNMENT,
    ORIENTATION,
    plain("orthographic_projection", "flag"),
)

PARTS_ALONE = "needs texture=false, pbr=false and quad=false"
FAST_NEEDS = "'fast' needs texture version v3.5-20260815"
CLASHES = (
    Clash((("generate_parts", True), ("texture", True)), PARTS_ALONE),
    Clash((("generate_parts", True), ("pbr", True)), PARTS_ALONE),
    Clash((("generate_parts", True), ("quad", True)), PARTS_ALONE),
    Clash((("texture_quality", "fast"), ("texture_version", None)), FAST_NEEDS),
    Clash((("texture_quality", "fast"), ("texture_version", "v3.0-20250812")), FAST_NEEDS),
    Clash((("texture_quality", "fast"), ("texture_version", "v2.5-20250123")), FAST_NEEDS),
)


def face_windows(*, low_poly_from: int) -> tuple[Window, ...]:
    """Return the widest window that any source has; the first that applies counts."""
    return (
        Window(low=500, high=10_000, where=(("smart_low_poly", True), ("quad", True))),
        Window(low=low_poly_from, high=20_000, where=(("smart_low_poly", True),)),
        Window(low=48, high=20_000, model="P1"),
        Window(low=48, high=25_000, model="P2", where=(("quad", True),)),
        Window(low=48, high=50_000, model="P2"),
        Window(low=1, high=150_000, where=(("quad", True),)),
        Window(low=1, high=2_000_000, where=(("geometry_quality", "detailed"),)),
        Window(low=1, high=1_500_000, model="v3.1"),
        Window(low=1, high=1_000_000, model="v3.0"),
        Window(low=1, high=500_000, model="v2"),
    )
