"""What Tripo's two interfaces have in common: model versions, windows, rules and prices.

Shared rows; `tripo_v3` and `tripo_v2` say which of them each interface has. Facts: Tripo's API v2
and v3 documents and the official SDK 1.0.0; where they disagree, the narrower value is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from ..record import replace
from .conditions import (
    AllOrNone,
    AtLeast,
    Condition,
    Demand,
    Either,
    Equals,
    NonDefault,
    OnlyOne,
    Requires,
)
from .field_types import VIEWS, Limit, Window
from .parameters import PARAMETERS
from .service_types import Charge, ModelVersion, Pace, Quality, Retention
from .settings import NEWEST_TEXTURE

V31: Final = "v3.1-20260211"
V30: Final = "v3.0-20250812"
V25: Final = "v2.5-20250123"
P1: Final = "P1-20260311"
P2: Final = "P2-20260801"

QUAD: Final = Equals("quad", (True,))
LOW_POLY: Final = Equals("smart_low_poly", (True,))
PARTS: Final = Equals("generate_parts", (True,))
ULTRA: Final = Equals("geometry_quality", ("detailed",))
TEXTURED: Final = Either((Equals("texture", (True,)), Equals("pbr", (True,))))
DETAILED: Final = Equals("texture_quality", ("detailed",))
EXTREME: Final = Equals("texture_quality", ("extreme",))

WORDS: Final = {"prompt": 1024, "negative_prompt": 255}


def given(*names: str) -> NonDefault:
    """Build a condition that holds while any of these fields is not at its default."""
    return NonDefault(tuple((name, PARAMETERS[name].default) for name in names))


def faces(window: Window, *when: Condition) -> Limit:
    """Build a limit of the face limit field."""
    return Limit("face_limit", window, when)


def general_models(
    *, low_poly_from: int, v30_ultra: int
) -> tuple[ModelVersion, ModelVersion, ModelVersion]:
    """Build v3.1, v3.0 and v2.5. The interfaces differ in the least faces of Smart Low Poly, and in
    the most faces of v3.0 with Ultra shape quality."""
    small = (
        faces(Window(500, 10_000), LOW_POLY, QUAD),
        faces(Window(low_poly_from, 20_000), LOW_POLY),
        faces(Window(1, 150_000), QUAD),
    )
    return (
        ModelVersion(
            id=V31,
            number=1,
            label="v3.1",
            description="The newest general model",
            limits=(*small, faces(Window(1, 2_000_000), ULTRA), faces(Window(1, 1_500_000))),
        ),
        ModelVersion(
            id=V30,
            number=2,
            label="v3.0",
            description="The general model before v3.1",
            limits=(*small, faces(Window(1, v30_ultra), ULTRA), faces(Window(1, 1_000_000))),
        ),
        ModelVersion(
            id=V25,
            number=3,
            label="v2.5",
            description="An older general model; it takes fewer settings",
            lacks=frozenset({"geometry_quality"}),
            limits=(*small, faces(Window(1, 500_000))),
        ),
    )


LOW_POLY_1: Final = ModelVersion(
    id=P1,
    number=4,
    label="P1",
    description="Low-poly models with clean topology, for games",
    lacks=frozenset({"quad", "smart_low_poly", "generate_parts", "geometry_quality"}),
    choices={"texture_quality": ("standard", "detailed")},
    limits=(faces(Window(50, 20_000)),),
    slots="low poly",
)
LOW_POLY_2: Final = ModelVersion(
    id=P2,
    number=5,
    label="P2 (Preview)",
    description="The next low-poly model, a preview at a higher price",
    lacks=frozenset({"smart_low_poly", "generate_parts", "geometry_quality"}),
    choices={"texture_quality": ("standard", "detailed")},
    limits=(faces(Window(50, 25_000), QUAD), faces(Window(50, 50_000))),
    slots="low poly",
)


def lacking(version: ModelVersion, *names: str) -> ModelVersion:
    """Return the version lacking these fields as well."""
    return replace(version, lacks=version.lacks | set(names))


def _parts_without(name: str, label: str) -> Demand:
    return Demand(PARTS, Equals(name, (False,)), f"Separate Parts come only without {label}")


def qualities(model: str, *, finest: str) -> tuple[Quality, ...]:
    """Build the qualities of one version, from draft to best; `finest` is its best texture
    quality."""

    def values(texture: str, shape: str) -> dict[str, object]:
        return {
            "model": model,
            "texture": bool(texture),
            "pbr": bool(texture),
            "texture_quality": texture or "standard",
            "geometry_quality": shape,
        }

    return (
        Quality(
            "draft",
            "Draft",
            "Bare geometry, to judge the shape before it is textured",
            values("", "standard"),
        ),
        Quality(
            "standard",
            "Standard",
            "A textured model with PBR maps",
            values("standard", "standard"),
        ),
        Quality(
            "detailed",
            "Detailed",
            "A high-resolution texture for intricate parts",
            values("detailed", "standard"),
        ),
        Quality(
            "ultra",
            "Ultra",
            "The most detailed shape, with the finest texture",
            values(finest, "detailed"),
        ),
    )


PARTS_RULES: Final = (
    _parts_without("texture", "a texture"),
    _parts_without("pbr", "PBR maps"),
    _parts_without("quad", "quads"),
    _parts_without("smart_low_poly", "Smart Low Poly"),
)
VIEWS_RULES: Final = (
    OnlyOne((("views_task",), VIEWS), "Use either a task or images for the views, not both"),
    AtLeast(
        1,
        ("front",),
        "front",
        "Add a front view (required)",
        instead="views_task",
    ),
    AtLeast(
        2,
        VIEWS,
        "left",
        "Add a left, back or right view (at least two views are required)",
        instead="views_task",
    ),
)
SOURCE_RULES: Final = (
    OnlyOne(
        (("source_task",), ("source_file",)), "Use either a task or a file for the model, not both"
    ),
    AtLeast(1, ("source_task", "source_file"), "source_task", "Choose a model to work on"),
)
PARTS_SOURCE_RULES: Final = (
    OnlyOne(
        (("source_file",), ("image",)), "Use either a model or an image for the parts, not both"
    ),
    AtLeast(1, ("source_file", "image"), "source_file", "Choose an image to start from"),
)
GUIDE_RULES: Final = (
    OnlyOne(
        (("prompt",), ("image",), VIEWS),
        "Guide the texture by a prompt, an image or four views: only one of them",
    ),
    AllOrNone(VIEWS, "A texture guided by views needs all four; use a single image instead"),
    Requires("style_image", "prompt", "A style image also needs a prompt"),
)
_GUIDED: Final = AtLeast(
    1,
    ("prompt", "image", *VIEWS),
    "prompt",
    "Enter a prompt or choose an image for the texture",
)
FILE_RULES: Final = (replace(_GUIDED, when=given("source_file")),)
BARE_RULES: Final = (_GUIDED,)
ONLY_SEGMENTED: Final = "Only a segmented model can be completed: segment it first"
ONLY_RIGGED: Final = "Only a rigged model can be animated: rig it first"
FAST_TEXTURE: Final = Demand(
    Equals("texture_quality", ("fast",)),
    Equals("texture_version", (NEWEST_TEXTURE,)),
    "The texture quality Fast needs the texture model v3.5",
)
CONVERSION_RULES: Final = (
    Demand(
        QUAD,
        Equals("format", ("FBX", "USDZ", "OBJ", "STL", "3MF")),
        "Quads are not possible in glTF: choose FBX or another format",
    ),
)


def generation_charges(
    bases: Mapping[str, tuple[str, ...]], credits: Mapping[str, int]
) -> tuple[Charge, ...]:
    """Build the charges of a generation: `bases` are the model ids of each family, `credits` the
    price of a bare model of the family. PBR forces a texture and its price; the texture model and a
    fast texture cost nothing extra. Facts: Tripo's price list of 2026-09-17."""
    return (
        *(Charge(credits[family], (Equals("model", ids),)) for family, ids in bases.items()),
        Charge(10, (TEXTURED,)),
        Charge(10, (TEXTURED, DETAILED)),
        Charge(20, (TEXTURED, EXTREME)),
        Charge(20, (ULTRA,)),
        Charge(5, (QUAD,)),
        Charge(10, (LOW_POLY,)),
        Charge(20, (PARTS,)),
    )


TEXTURE_CHARGES: Final = (
    Charge(10),
    Charge(10, (DETAILED,)),
    Charge(20, (EXTREME,)),
)
CONVERSION_OPTIONS: Final = (
    "quad",
    "force_symmetry",
    "face_limit",
    "flatten_bottom",
    "flatten_bottom_threshold",
    "texture_size",
    "texture_format",
    "scale_factor",
    "pivot_to_center_bottom",
    "pack_uv",
    "bake",
    "with_animation",
    "animate_in_place",
    "part_names",
    "export_vertex_colors",
    "export_orientation",
    "fbx_preset",
)
CONVERSION_CHARGES: Final = (Charge(5), Charge(5, (given(*CONVERSION_OPTIONS),)))
RETARGET_CHARGES: Final = (Charge(10, per="animations"),)
EDIT_CHARGES: Final = (Charge(5, per="prompts"),)

GENERAL_SETTINGS: Final = (
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
    "model_seed",
    "texture_seed",
)
PICTURE_SETTINGS: Final = (*GENERAL_SETTINGS, "texture_alignment", "orientation")

KEEPS: Final = Retention(7, since=datetime(2026, 12, 1, tzinfo=UTC).timestamp())
"""Announced in Comfy's documentation of Tripo's Smart UV, November 2026."""
PACE: Final = Pace(first=2.0, waits=((20.0, 2.0), (90.0, 3.0), (600.0, 5.0)), slowest=15.0)
