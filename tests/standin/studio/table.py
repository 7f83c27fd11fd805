"""3D AI Studio's Tripo endpoints as data: fields, versions, windows, clashes.

Data only. If sources disagree, the more permissive reading counts, unless a refusal is documented.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..fields import Clash, Field, FieldKind, Window

V30, V31, P1 = "3.0", "3.1", "P1"
# What may follow an endpoint's path; nothing means 3.0.
SUFFIXES: Mapping[str, str] = {"": V30, "3.0": V30, "3.1": V31, "p1": P1}

# The Tripo page allows negative_prompt 1024 characters; the P1 page, like Tripo itself, 255.
PROMPT_LENGTH = 1024
NEGATIVE_LENGTH: Mapping[str, int] = {V30: 1024, V31: 1024, P1: 255}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One route that makes tasks; `fields` by version. A form is sent as multipart."""

    kind: str
    fields: Mapping[str, tuple[Field, ...]]
    clashes: tuple[Clash, ...] = ()
    windows: tuple[Window, ...] = ()
    form: bool = False


def _field(name: str, kind: FieldKind, *, default: object = None) -> Field:
    return Field(name=name, kind=kind, default=default)


def _word(name: str, *allowed: str, default: str | None = None, required: bool = False) -> Field:
    return Field(name=name, kind="word", allowed=allowed, default=default, required=required)


QUALITY = _word("texture_quality", "standard", "detailed", default="standard")
ALIGNMENT = _word("texture_alignment", "original_image", "geometry", default="original_image")
ORIENTATION = _word("orientation", "default", "align_image", default="default")
COMPRESS = _word("compress", "geometry")
ALL_VERSIONS = (
    _field("texture", "flag", default=True),
    _field("pbr", "flag", default=True),
    QUALITY,
    _field("texture_seed", "whole"),
    _field("face_limit", "whole"),
    _field("export_uv", "flag", default=True),
    _field("auto_size", "flag", default=False),
    COMPRESS,
)
# The P1 page does not list these, so P1 refuses them whatever their value.
NOT_P1 = (
    Field(
        name="geometry_quality",
        kind="word",
        default="standard",
        allowed=("standard", "detailed"),
        never_in=(P1,),
    ),
    Field(name="quad", kind="flag", default=False, never_in=(P1,)),
    Field(name="smart_low_poly", kind="flag", default=False, never_in=(P1,)),
    Field(name="generate_parts", kind="flag", default=False, never_in=(P1,)),
)
PROMPTS = (_word("prompt", required=True), _word("negative_prompt"))
ONE_PICTURE = (
    _field("image", "word"),
    _field("image_url", "word"),
    ALIGNMENT,
    _field("enable_image_autofix", "flag", default=False),
)
SOME_PICTURES = (Field(name="images", kind="list", required=True), ALIGNMENT)
SEEDS = (_field("image_seed", "whole"), _field("model_seed", "whole"))

PARTS_ALONE = "needs texture=false, pbr=false and quad=false"
PARTS_CLASHES = tuple(
    Clash((("generate_parts", True), (name, True)), PARTS_ALONE)
    for name in ("texture", "pbr", "quad")
)
FACE_WINDOWS = (
    Window(low=48, high=20_000, model=P1),
    Window(low=500, high=500_000),
)


def _maker(kind: str, fields: tuple[Field, ...], only_p1: tuple[Field, ...]) -> Endpoint:
    full = (*ALL_VERSIONS, *NOT_P1, *fields)
    return Endpoint(
        kind=kind,
        fields={V30: full, V31: full, P1: (*full, *only_p1)},
        clashes=PARTS_CLASHES,
        windows=FACE_WINDOWS,
    )


def _processor(kind: str, fields: tuple[Field, ...], clashes: tuple[Clash, ...] = ()) -> Endpoint:
    given = (_field("model_url", "word"), *fields)
    return Endpoint(kind=kind, fields={"": given}, clashes=clashes, form=True)


TEXTURING = (
    _word("prompt"),
    _field("image_url", "word"),
    _field("style_image_url", "word"),
    QUALITY,
    _field("texture", "flag", default=True),
    _field("pbr", "flag", default=True),
    ALIGNMENT,
    _field("texture_seed", "whole"),
    COMPRESS,
    _field("bake", "flag", default=True),
)
FORMATS = ("GLTF", "USDZ", "FBX", "OBJ", "STL", "3MF")
CONVERTING = (
    _word("format", *FORMATS, required=True),
    _field("quad", "flag", default=False),
    _field("force_symmetry", "flag", default=False),
    Field(name="face_limit", kind="whole", low=1, high=2_000_000),
    _field("flatten_bottom", "flag", default=False),
    Field(name="flatten_bottom_threshold", kind="number", default=0.01, low=0, high=1),
    _field("pivot_to_center_bottom", "flag", default=False),
    _field("scale_factor", "number", default=1.0),
    Field(name="texture_size", kind="whole", default=4096, low=1, high=4096),
    _field("texture_format", "word", default="JPEG"),
    _field("bake", "flag", default=True),
    _field("pack_uv", "flag", default=False),
    _field("with_animation", "flag", default=True),
    _field("fbx_preset", "word"),
)
NOTHING_TO_DO = "must be true at standard quality"

BASE = "/v1/3d-models/tripo/"
GENERATORS: Mapping[str, Endpoint] = {
    "text-to-3d": _maker("text-to-3d", PROMPTS, SEEDS),
    "image-to-3d": _maker("image-to-3d", ONE_PICTURE, (ORIENTATION,)),
    "multiview-to-3d": _maker("multiview-to-3d", SOME_PICTURES, (ORIENTATION,)),
}
PROCESSORS: Mapping[str, Endpoint] = {
    "texture-model": _processor(
        "texture-model",
        TEXTURING,
        (Clash((("texture", False), ("texture_quality", "standard")), NOTHING_TO_DO),),
    ),
    "convert-model": _processor(
        "convert-model",
        CONVERTING,
        (Clash((("quad", True), ("format", "3MF")), "is not possible with 3MF"),),
    ),
    "mesh-segmentation": _processor("mesh-segmentation", ()),
}
