"""Tripo v3 as data: its routes, its models, and where it differs from v2.

The fields themselves are shared with v2; see `tests.standin.tripo`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from ..fields import Field
from ..tripo import generation, processing
from ..tripo.endpoint import (
    MESH_KINDS,
    PICTURE_KINDS,
    RIGGED_KINDS,
    VIEW_KINDS,
    Endpoint,
    Manner,
)

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
DECIMATE_MODELS: Mapping[str, str] = {"v2.0": "D2", "v1.0": "D1", "v3.0": "D3"}
FROM_TEXT_MODELS: Mapping[str, str] = {
    "seedream_v4": "seedream",
    "seedream_v5": "seedream",
    "banana": "banana",
    "banana_pro": "banana",
    "banana2": "banana",
    "chat_image_1": "chat1",
    "chat_image_1.5": "chat1",
    "chat_image_2": "chat2",
    "chat_image_2.5_flare": "chat25",
    "chat_image_2.5_sunburst": "chat25",
}
EDIT_MODELS = {name: each for name, each in FROM_TEXT_MODELS.items() if name != "seedream_v4"}
LONGEST_PICTURE_PROMPT = 1800
# The days on which models of pictures end, from Tripo's own SDKs.
ENDS: Mapping[str, float] = {
    "chat_image_1": datetime(2026, 10, 23, tzinfo=UTC).timestamp(),
    "chat_image_1.5": datetime(2026, 12, 1, tzinfo=UTC).timestamp(),
}

MANNER = Manner(
    retired=(
        "v1.3-20240522",
        "v1.4-20240625",
        "v2.0-20240919",
        "Turbo-v1.0-20250506",
        "v2.0-20250506",
    ),
    ends=ENDS,
    alias="tripo-",
    token="file_",
    at_once={"H": 10, "P": 5, "texture": 5, "mesh": 10, "picture": 1, "animation": 10},
)
ONE = ("input", "file", "original_model_task_id")


def _maker(
    kind: str, fields: tuple[Field, ...], named: tuple[str, ...], sources: tuple[str, ...]
) -> Endpoint:
    return Endpoint(
        kind=kind,
        fields=(*generation.MAKING, *fields),
        models=FAMILIES,
        named_in=named,
        sources=sources,
        clashes=generation.CLASHES,
        windows=generation.face_windows(low_poly_from=500),
    )


ENDPOINTS: Mapping[str, Endpoint] = {
    "/v3/generation/text-to-model": _maker("text_to_model", generation.FROM_TEXT, (), ()),
    "/v3/generation/image-to-model": _maker(
        "image_to_model", generation.FROM_IMAGE, ("input", "file"), PICTURE_KINDS
    ),
    "/v3/generation/multiview-to-model": _maker(
        "multiview_to_model",
        generation.FROM_VIEWS,
        ("inputs", "files", "original_model_task_id"),
        VIEW_KINDS,
    ),
    "/v3/generation/text-to-image": Endpoint(
        kind="text_to_image",
        fields=(
            *processing.PICTURING,
            processing.template(*processing.TEMPLATES_FROM_TEXT),
            processing.prompt(LONGEST_PICTURE_PROMPT),
        ),
        models=FROM_TEXT_MODELS,
        default_model="seedream_v4",
        clashes=processing.PICTURE_CLASHES,
        category="picture",
    ),
    "/v3/generation/image-to-image": Endpoint(
        kind="generate_image",
        fields=(
            *processing.PICTURING,
            processing.template(*processing.TEMPLATES_FOR_EDITS),
            *processing.REFERENCES,
            processing.prompt(LONGEST_PICTURE_PROMPT),
        ),
        models=EDIT_MODELS,
        default_model="seedream_v5",
        clashes=processing.PICTURE_CLASHES,
        named_in=("input", "inputs", "file", "files"),
        sources=PICTURE_KINDS,
        category="picture",
    ),
    "/v3/generation/image-to-multiview": Endpoint(
        kind="generate_multiview_image",
        fields=processing.SOURCE,
        named_in=("input", "file"),
        sources=PICTURE_KINDS,
        category="picture",
    ),
    "/v3/generation/edit-multiview": Endpoint(
        kind="edit_multiview_image",
        fields=processing.EDITING,
        named_in=("input", "original_task_id", "original_model_task_id"),
        sources=VIEW_KINDS,
        files=False,
        category="picture",
    ),
    "/v3/generation/image-to-splat": Endpoint(
        kind="image_to_splat",
        fields=processing.SPLAT,
        named_in=("input", "file"),
        category="picture",
    ),
    "/v3/generation/image-to-depth": Endpoint(
        kind="image_to_depth",
        fields=processing.DEPTH,
        named_in=("input", "file"),
        sources=PICTURE_KINDS,
        category="picture",
    ),
    "/v3/models/import": Endpoint(
        kind="import_model",
        fields=processing.SOURCE,
        named_in=("input", "file"),
        category="mesh",
    ),
    "/v3/models/texture": Endpoint(
        kind="texture_model",
        fields=processing.ON_MESH,
        models=TEXTURE_MODELS,
        default_model="v3.0-20250812",
        named_in=ONE,
        sources=MESH_KINDS,
        clashes=processing.TEXTURE_CLASHES,
        category="texture",
    ),
    "/v3/models/convert": Endpoint(
        kind="convert_model",
        fields=processing.CONVERTING,
        named_in=ONE,
        sources=(*MESH_KINDS, *RIGGED_KINDS, "convert_model"),
        category="texture",
    ),
    "/v3/animations/rig-check": Endpoint(
        kind="animate_prerigcheck",
        fields=processing.SOURCE,
        named_in=ONE,
        sources=MESH_KINDS,
        wrong_source=2011,
        category="animation",
    ),
    "/v3/animations/rig": Endpoint(
        kind="animate_rig",
        fields=processing.RIGGING,
        models=processing.RIG_MODELS,
        default_model="v1.0-20240301",
        named_in=ONE,
        sources=MESH_KINDS,
        category="animation",
    ),
    "/v3/animations/retarget": Endpoint(
        kind="animate_retarget",
        fields=processing.RETARGETING,
        named_in=("input", "original_model_task_id"),
        sources=("animate_rig",),
        files=False,
        wrong_source=2012,
        category="animation",
    ),
    "/v3/mesh/segment": Endpoint(
        kind="mesh_segmentation",
        fields=processing.SEGMENTING,
        models=processing.SEGMENT_MODELS,
        default_model="v1.0-20250506",
        named_in=ONE,
        sources=MESH_KINDS,
        category="mesh",
    ),
    "/v3/mesh/smartsegment": Endpoint(
        kind="mesh_smartsegment",
        fields=processing.SMART_SEGMENTING,
        named_in=("input",),
        category="mesh",
    ),
    "/v3/mesh/complete": Endpoint(
        kind="mesh_completion",
        fields=processing.COMPLETING,
        models=processing.COMPLETE_MODELS,
        default_model="v1.0-20250506",
        named_in=("input", "original_model_task_id"),
        sources=("mesh_segmentation",),
        files=False,
        category="mesh",
    ),
    "/v3/mesh/decimate": Endpoint(
        kind="highpoly_to_lowpoly",
        fields=processing.DECIMATING,
        models=DECIMATE_MODELS,
        default_model="v2.0",
        named_in=ONE,
        sources=MESH_KINDS,
        windows=processing.DECIMATE_WINDOWS,
        category="mesh",
    ),
    "/v3/mesh/uv": Endpoint(
        kind="mesh_uv",
        fields=processing.UNWRAPPING,
        named_in=ONE,
        sources=(*MESH_KINDS, *RIGGED_KINDS),
        category="mesh",
    ),
}
# Documented, but not implemented here: "not supported" instead of an invented result.
NOT_PLAYED = ("/v3/files/upload-credentials",)
