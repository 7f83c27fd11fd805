"""The fields of processing a model or a picture, once for both versions of the API.

Data only. If sources disagree, the more permissive reading counts, unless a refusal is documented.
"""

from collections.abc import Mapping

from ..fields import Clash, Field, Window
from .generation import (
    ALIGNMENT,
    FAST_NEEDS,
    MODEL,
    TEXTURING,
    plain,
    seed,
)

RIG_MODELS: Mapping[str, str] = {
    "v1.0-20240301": "R1",
    "v2.5-20260210": "R2",
    "v3.0-20260909": "R3",
}
RIG_TYPES = ("biped", "quadruped", "hexapod", "octopod", "avian", "serpentine", "aquatic")
PRESETS = (
    *("idle", "walk", "run", "dive", "climb", "jump", "slash", "shoot", "hurt", "fall", "turn"),
    *("quadruped:walk", "hexapod:walk", "octopod:walk", "serpentine:march", "aquatic:march"),
)
STYLES = ("lego", "voxel", "voronoi", "minecraft")
TEMPLATES = ("t_pose", "t-pose", "character_completion", "variants", "figure")
TEMPLATES_FROM_TEXT = (*TEMPLATES, "asset_extraction")
TEMPLATES_FOR_EDITS = (*TEMPLATES, "3d_enhance", "3d-enhance")

# A source by a string of v3, by a legacy object, or by a task: `Endpoint.named_in` says which.
SOURCE = (
    plain("input", "word"),
    plain("file", "object"),
    plain("original_model_task_id", "word"),
    plain("type", "anything"),
)
ON_MESH = (
    MODEL,
    *SOURCE,
    *TEXTURING,
    Field(
        name="texture_quality",
        kind="word",
        default="standard",
        allowed=("standard", "detailed", "extreme", "fast"),
    ),
    ALIGNMENT,
    plain("texture_prompt", "object"),
    Field(name="text_prompt", kind="text", longest=1024),
    plain("image_prompt", "anything"),
    plain("style_image", "anything"),
    plain("part_names", "list"),
    plain("bake", "flag", default=True),
)
NOTHING_TO_DO = "texture=false and pbr=false leave nothing to do at standard quality"
TEXTURE_CLASHES = (
    Clash((("texture", False), ("pbr", False), ("texture_quality", "standard")), NOTHING_TO_DO),
    Clash((("texture_quality", "fast"), ("model", None)), FAST_NEEDS),
    Clash((("texture_quality", "fast"), ("model", "v3.0-20250812")), FAST_NEEDS),
    Clash((("texture_quality", "fast"), ("model", "v2.5-20250123")), FAST_NEEDS),
)
CONVERTING = (
    *SOURCE,
    Field(
        name="format",
        kind="word",
        required=True,
        allowed=("GLTF", "USDZ", "FBX", "OBJ", "STL", "3MF"),
    ),
    plain("quad", "flag", default=False),
    plain("force_symmetry", "flag", default=False),
    Field(name="face_limit", kind="whole", low=1, high=2_000_000),
    plain("flatten_bottom", "flag", default=False),
    Field(name="flatten_bottom_threshold", kind="number", default=0.01, low=0, high=1),
    Field(name="texture_size", kind="whole", default=4096, low=1, high=8192),
    Field(
        name="texture_format",
        kind="word",
        default="JPEG",
        allowed=("BMP", "DPX", "HDR", "JPEG", "OPEN_EXR", "PNG", "TARGA", "TIFF", "WEBP"),
    ),
    plain("scale_factor", "number", default=1.0),
    plain("pivot_to_center_bottom", "flag", default=False),
    plain("with_animation", "flag", default=True),
    plain("pack_uv", "flag", default=False),
    plain("bake", "flag", default=True),
    plain("part_names", "list"),
    plain("export_vertex_colors", "flag", default=False),
    Field(
        name="fbx_preset", kind="word", default="blender", allowed=("blender", "3dsmax", "mixamo")
    ),
    Field(name="export_orientation", kind="word", default="+x", allowed=("+x", "-x", "+y", "-y")),
    plain("animate_in_place", "flag", default=False),
    plain("assemble_animation", "flag", default=False),
)
RIGGING = (
    MODEL,
    *SOURCE,
    Field(name="rig_type", kind="word", default="biped", allowed=(*RIG_TYPES, "others")),
    Field(
        name="spec",
        kind="word",
        default="tripo",
        allowed=("tripo", "mixamo", "actorcore", "unity", "unreal", "vrm"),
    ),
    Field(name="out_format", kind="word", default="glb", allowed=("glb", "fbx")),
)
RETARGETING = (
    *SOURCE,
    plain("animation", "word"),
    plain("animations", "list"),
    Field(name="out_format", kind="word", default="glb", allowed=("glb", "fbx")),
    plain("export_with_geometry", "flag", default=True),
    plain("animate_in_place", "flag", default=False),
    plain("bake_animation", "flag", default=True),
    plain("render_video", "flag", default=False),
)
SEGMENTING = (
    MODEL,
    *SOURCE,
    Field(
        name="segmentation_granularity",
        kind="word",
        allowed=("simple", "balanced", "detailed"),
        never_in=("S1",),
    ),
    Field(name="split_by_connectivity", kind="flag", never_in=("S1",)),
    Field(name="ref_image", kind="anything", never_in=("S1",)),
)
# A file or a URL, never a task; `transform` places a model, column by column.
SMART_SEGMENTING = (
    plain("input", "word"),
    Field(name="seg_type", kind="word", required=True, allowed=("image", "model")),
    Field(name="granularity", kind="word", default="medium", allowed=("coarse", "medium", "fine")),
    Field(name="hint", kind="text", longest=1024),
    plain("transform", "list"),
)
SEGMENT_MODELS: Mapping[str, str] = {"v1.0-20250506": "S1", "v2.0-20260430": "S2"}
COMPLETING = (
    MODEL,
    *SOURCE,
    plain("part_names", "list"),
    Field(
        name="completion_mode",
        kind="word",
        default="ai_completion",
        allowed=("ai_completion", "quick_cap"),
    ),
)
COMPLETE_MODELS: Mapping[str, str] = {"v1.0-20250506": "C1"}
DECIMATING = (
    MODEL,
    *SOURCE,
    plain("face_limit", "whole"),
    plain("quad", "flag", default=False),
    Field(name="bake", kind="flag", default=True, never_in=("D1",)),
    Field(name="part_names", kind="list", never_in=("D1",)),
    Field(name="smart_uv", kind="flag", default=False, default_only_in=("D1", "D2")),
)
DECIMATE_WINDOWS = (
    Window(low=1, high=150_000, model="v1.0", where=(("quad", True),)),
    Window(low=1, high=2_000_000, model="v1.0"),
    Window(low=500, high=10_000, where=(("quad", True),)),
    Window(low=500, high=20_000),
)
MOST_TO_UNWRAP = 80_000
"""Triangles. The source are the resellers and Tripo's own nodes."""
UNWRAPPING = (
    MODEL,
    *SOURCE,
    plain("bake", "flag", default=True),
    Field(name="compress", kind="word", allowed=("geometry",)),
    Field(name="export_orientation", kind="word", default="+x", allowed=("+x", "-x", "+y", "-y")),
)
STYLIZING = (
    *SOURCE,
    Field(name="style", kind="word", required=True, allowed=STYLES),
    Field(name="block_size", kind="whole", default=80, low=32, high=128),
)

RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
LONG_RATIOS = ("1:8", "1:4", "4:1", "8:1")
CHAT = ("chat1", "chat2", "chat25")
PICTURING = (
    MODEL,
    plain("type", "anything"),
    Field(name="negative_prompt", kind="text", longest=255),
    plain("size", "word", default="1K"),
    Field(
        name="aspect_ratio",
        kind="word",
        allowed=(*RATIOS, *LONG_RATIOS),
        never_in=("seedream", *CHAT),
    ),
    Field(name="output_format", kind="word", default="png", allowed=("png", "jpeg")),
    Field(
        name="quality",
        kind="word",
        allowed=("low", "medium", "high", "xhigh", "max"),
        never_in=("seedream", "banana", "chat1"),
    ),
    # The other models ignore it.
    Field(name="background", kind="word", allowed=("auto", "opaque", "transparent")),
    plain("watermark", "flag", default=False),
    plain("t_pose", "flag", default=False),
    plain("sketch_to_render", "flag", default=False),
    plain("style_image", "anything"),
)
NO_ALPHA = "transparent needs PNG: JPEG has no alpha channel"
PICTURE_CLASHES = (
    *(
        Clash(
            (("background", "transparent"), ("output_format", "jpeg"), ("model", model)), NO_ALPHA
        )
        for model in ("chat_image_2.5_flare", "chat_image_2.5_sunburst")
    ),
    *(
        Clash((("quality", quality), ("model", "chat_image_2")), "needs a model of chat_image_2.5")
        for quality in ("xhigh", "max")
    ),
    *(
        Clash((("aspect_ratio", ratio), ("model", model)), "needs banana2")
        for ratio in LONG_RATIOS
        for model in ("banana", "banana_pro")
    ),
)
REFERENCES = (
    plain("input", "word"),
    plain("inputs", "list"),
    plain("file", "object"),
    plain("files", "list"),
)
# The maximum number of pictures that a task of each family may refer to.
MOST_REFERENCES: Mapping[str, int] = {
    "seedream": 4,
    "flux": 4,
    "banana": 10,
    "gpt": 10,
    **dict.fromkeys(CHAT, 16),
    "alone": 0,
}
DEPTH = (
    *SOURCE,
    Field(name="kind", kind="word", default="gray", allowed=("gray", "color")),
    Field(name="process_res", kind="whole", default=504, low=126, high=2016),
)
SPLAT = (*SOURCE, seed("model_seed"))
EDITING = (
    plain("input", "word"),
    plain("original_task_id", "word"),
    plain("original_model_task_id", "word"),
    Field(name="prompts", kind="list", required=True),
    plain("type", "anything"),
)


def template(*allowed: str) -> Field:
    """What the picture is made into."""
    return Field(name="template", kind="word", allowed=allowed)


def prompt(longest: int, *, required: bool = False) -> Field:
    """Return the field for the prompt of a picture; it is optional with a template."""
    return Field(name="prompt", kind="text", longest=longest, required=required)
