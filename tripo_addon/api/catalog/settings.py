"""Parameters of model generation: surface, shape and seeds.

Rows only: `parameters` collects them. Facts: Tripo's API v2 and v3 documents, the official SDK
1.0.0 and 3D AI Studio's documents.
"""

from __future__ import annotations

from typing import Final

from .conditions import Either, Equals
from .field_types import Parameter, ParamType, Window, choices

SEEDS: Final = Window(0, 2_147_483_647)
NEWEST_TEXTURE: Final = "v3.5-20260815"
TEXTURED: Final = Equals("texture", (True,))

SURFACE: Final = (
    Parameter(
        name="texture",
        type=ParamType.BOOLEAN,
        label="Texture",
        description="Generate a texture; without it you get bare geometry, which costs less",
        default=True,
        group="surface",
    ),
    Parameter(
        name="pbr",
        type=ParamType.BOOLEAN,
        label="PBR Maps",
        description="Generate roughness, metallic and normal maps as well as color",
        default=True,
        requires=TEXTURED,
        requirement_message="PBR Maps need a texture: switch both off for bare geometry",
        without=False,
        group="surface",
    ),
    Parameter(
        name="texture_quality",
        type=ParamType.CHOICE,
        label="Texture Quality",
        description="Level of detail of the texture",
        default="standard",
        choices=choices(
            ("standard", "Standard", "The service's usual resolution"),
            ("detailed", "Detailed", "High resolution for intricate parts"),
            ("extreme", "Extreme", "The highest resolution the service has"),
            ("fast", "Fast", "A quick texture of lower quality; only texture model v3.5 has it"),
        ),
        requires=TEXTURED,
        requirement_message="Texture Quality needs a texture",
        group="surface",
    ),
    Parameter(
        name="texture_version",
        type=ParamType.CHOICE,
        label="Texture Model",
        description="Version of the texture generator; usually the same as the model",
        default="",
        choices=choices(
            ("", "Automatic", "The texture model that belongs to the model version"),
            (NEWEST_TEXTURE, "v3.5", "The newest texture model; it can remove baked light"),
            ("v3.0-20250812", "v3.0", "The texture model of v3.0 and v3.1"),
            ("v2.5-20250123", "v2.5", "The texture model of v2.5"),
        ),
        requires=TEXTURED,
        requirement_message="Texture Model needs a texture",
        group="surface",
    ),
    Parameter(
        name="delight",
        type=ParamType.BOOLEAN,
        label="Remove Baked Light",
        description="Remove the lighting and shadows of the reference from the colors",
        default=True,
        requires=Either(
            (Equals("texture_version", (NEWEST_TEXTURE,)), Equals("model", (NEWEST_TEXTURE,)))
        ),
        requirement_message="Remove Baked Light needs the texture model v3.5",
        group="surface",
    ),
    Parameter(
        name="texture_alignment",
        type=ParamType.CHOICE,
        label="Texture Alignment",
        description="Match the image or the geometry where they differ",
        default="original_image",
        choices=choices(
            ("original_image", "Picture", "Match the image, even where the shape differs"),
            ("geometry", "Shape", "Fit the shape, even where the picture differs"),
        ),
        requires=TEXTURED,
        requirement_message="Texture Alignment needs a texture",
        group="surface",
    ),
    Parameter(
        name="bake",
        type=ParamType.BOOLEAN,
        label="Bake",
        description="Bake the surface into new textures; without it, Smart UV returns none",
        default=True,
        group="surface",
    ),
)

SHAPE: Final = (
    Parameter(
        name="geometry_quality",
        type=ParamType.CHOICE,
        label="Shape Quality",
        description="Level of detail of the geometry",
        default="standard",
        choices=choices(
            ("standard", "Standard", "Balanced detail and speed"),
            ("detailed", "Ultra", "The most detail the service can model"),
        ),
        group="shape",
    ),
    Parameter(
        name="quad",
        type=ParamType.BOOLEAN,
        label="Quads",
        description="Quad mesh (delivered as FBX)",
        default=False,
        group="shape",
    ),
    Parameter(
        name="smart_low_poly",
        type=ParamType.BOOLEAN,
        label="Smart Low Poly",
        description="Low-poly mesh with clean topology; may fail on complex subjects",
        default=False,
        group="shape",
    ),
    Parameter(
        name="generate_parts",
        type=ParamType.BOOLEAN,
        label="Separate Parts",
        description="Generate separate parts (no texture)",
        default=False,
        group="shape",
    ),
    Parameter(
        name="face_limit",
        type=ParamType.INTEGER,
        label="Face Limit",
        description="Approximate number of faces; if off, the service decides",
        group="shape",
    ),
    Parameter(
        name="auto_size",
        type=ParamType.BOOLEAN,
        label="Real-World Size",
        description="Let the service scale the model to its real size in meters",
        default=False,
        requires=TEXTURED,
        requirement_message="Real-World Size needs a texture",
        group="shape",
    ),
    Parameter(
        name="orientation",
        type=ParamType.CHOICE,
        label="Orientation",
        description="Which way the model faces. In Blender its root is rotated around Z, so that "
        "it faces the front view",
        default="default",
        choices=choices(
            ("default", "Upright", "Rotated to face the front"),
            ("align_image", "As in Picture", "Turned as the camera of the picture sees it"),
        ),
        requires=TEXTURED,
        requirement_message="An Orientation as in the picture needs a texture",
        group="shape",
    ),
    Parameter(
        name="enable_image_autofix",
        type=ParamType.BOOLEAN,
        label="Enhance Image",
        description="Improve a low-quality image before generating (slower)",
        default=False,
        group="picture",
    ),
    Parameter(
        name="orthographic_projection",
        type=ParamType.BOOLEAN,
        label="Orthographic Views",
        description="The images have no perspective",
        default=False,
        group="picture",
    ),
    Parameter(
        name="export_uv",
        type=ParamType.BOOLEAN,
        label="UV Unwrap",
        description="Unwrap the model now; if off, it is faster and texturing unwraps it later",
        default=True,
        group="shape",
    ),
    Parameter(
        name="compress",
        type=ParamType.CHOICE,
        label="Compression",
        description="Compress the model with meshopt (Blender 5.2 and later)",
        default="",
        choices=choices(("", "None", "Not compressed"), ("geometry", "Geometry", "Meshopt")),
        group="shape",
        shown=False,
    ),
    Parameter(
        name="smart_uv",
        type=ParamType.BOOLEAN,
        label="Smart UV",
        description="Create a new UV unwrap for the reduced mesh",
        default=False,
        group="shape",
    ),
    Parameter(
        name="segmentation_granularity",
        type=ParamType.CHOICE,
        label="Detail",
        description="How many parts the model is split into",
        default="",
        choices=choices(
            ("", "Automatic", "The service decides"),
            ("simple", "Simple", "Few, large parts"),
            ("balanced", "Balanced", "Parts of a middling size"),
            ("detailed", "Detailed", "Many, small parts"),
        ),
        group="shape",
    ),
    Parameter(
        name="granularity",
        type=ParamType.CHOICE,
        label="Parts",
        description="How many named parts the model is split into",
        default="medium",
        choices=choices(
            ("medium", "Medium", "About four to eight parts, such as shirt, trousers and shoes"),
            ("coarse", "Coarse", "Two or three parts, such as person and clothes"),
            ("fine", "Fine", "Nine parts or more, such as face, hair, left arm and right arm"),
        ),
        group="parts",
    ),
    Parameter(
        name="split_by_connectivity",
        type=ParamType.BOOLEAN,
        label="Split Loose Pieces",
        description="Split where the mesh is not connected",
        default=True,
        group="shape",
    ),
    Parameter(
        name="completion_mode",
        type=ParamType.CHOICE,
        label="Method",
        description="How to close the openings left by segmentation",
        default="ai_completion",
        choices=choices(
            ("ai_completion", "Model Anew", "Generate what was hidden; gives the better result"),
            ("quick_cap", "Quick Cap", "Close the holes with flat caps; costs less"),
        ),
        group="shape",
    ),
)

SEED_FIELDS: Final = (
    Parameter(
        name="image_seed",
        type=ParamType.INTEGER,
        label="Image Seed",
        description="Seed of the image that the service first generates from the prompt",
        window=SEEDS,
        group="seeds",
    ),
    Parameter(
        name="model_seed",
        type=ParamType.INTEGER,
        label="Shape Seed",
        description="Use the same number to get the same shape again",
        window=SEEDS,
        group="seeds",
    ),
    Parameter(
        name="texture_seed",
        type=ParamType.INTEGER,
        label="Texture Seed",
        description="Use the same number to get the same texture again",
        window=SEEDS,
        requires=TEXTURED,
        requirement_message="Texture Seed needs a texture",
        group="seeds",
    ),
)
