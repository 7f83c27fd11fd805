"""Compares our bodies of API v2 with the last official SDK's, field by field.

It runs unchanged in its own process and really sends to the stand-in, with every parameter of every
method set, even if the service would refuse the combination.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.standin.service import StandIn
from tests.standin_checks.sdk_bodies import SOURCE, V31, SentBody, v2_bodies
from tripo_addon.api.catalog.field_types import VIEWS
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.replies import FileRef
from tripo_addon.api.services.tripo_v2 import TYPES, encode_request
from tripo_addon.api.tasks import parse_request

GENERATION: dict[str, Any] = {
    "model": V31,
    "face_limit": 5000,
    "texture": False,
    "pbr": False,
    "model_seed": 1,
    "texture_seed": 2,
    "texture_quality": "detailed",
    "geometry_quality": "detailed",
    "auto_size": True,
    "quad": True,
    "compress": "geometry",
    "generate_parts": True,
    "smart_low_poly": True,
    "export_uv": False,
}
PICTURED = {**GENERATION, "texture_alignment": "geometry", "orientation": "align_image"}
TEXTURE: dict[str, Any] = {
    "kind": "texture_model",
    "source_task": SOURCE,
    "model": "v3.0-20250812",
    "pbr": False,
    "model_seed": 1,
    "texture_seed": 2,
    "texture_quality": "detailed",
    "texture_alignment": "geometry",
    "part_names": ("lid",),
    "compress": "geometry",
    "bake": False,
    "style_image": "style",
}
RETARGET: dict[str, Any] = {
    "kind": "retarget",
    "source_task": SOURCE,
    "out_format": "fbx",
    "bake_animation": False,
    "export_with_geometry": True,
    "animate_in_place": True,
}
CONVERSION: dict[str, Any] = {
    "kind": "convert_model",
    "source_task": SOURCE,
    "format": "FBX",
    "quad": True,
    "force_symmetry": True,
    "face_limit": 5000,
    "flatten_bottom": True,
    "flatten_bottom_threshold": 0.02,
    "texture_size": 2048,
    "texture_format": "PNG",
    "scale_factor": 2.0,
    "pivot_to_center_bottom": True,
    "with_animation": False,
    "pack_uv": True,
    "bake": False,
    "part_names": ("lid",),
    "export_vertex_colors": True,
    "fbx_preset": "mixamo",
    "export_orientation": "-y",
    "animate_in_place": True,
}
# Our request for each of its methods; pictures are named by their file.
REQUESTS: dict[str, dict[str, Any]] = {
    "text_to_model": {
        "kind": "text_to_model",
        "prompt": "a small chest",
        "negative_prompt": "rust",
        "image_seed": 3,
        **GENERATION,
    },
    "image_to_model": {
        "kind": "image_to_model",
        "image": "front",
        "enable_image_autofix": True,
        **PICTURED,
    },
    "multiview_to_model": {
        "kind": "multiview_to_model",
        **{view: view for view in VIEWS},
        **PICTURED,
    },
    "multiview_to_model.gap": {
        "kind": "multiview_to_model",
        "front": "front",
        "back": "back",
        **PICTURED,
    },
    "text_to_image": {
        "kind": "text_to_image",
        "prompt": "a small chest",
        "negative_prompt": "rust",
    },
    "generate_image": {
        "kind": "edit_image",
        "model": "banana",
        "prompt": "as iron",
        "references": ("front",),
        "t_pose": True,
        "sketch_to_render": True,
    },
    "generate_image.several": {
        "kind": "edit_image",
        "prompt": "as iron",
        "references": ("front", "left"),
    },
    "generate_multiview_image": {"kind": "image_to_views", "image": "front"},
    "edit_multiview_image": {
        "kind": "edit_views",
        "source_task": SOURCE,
        "prompts": {"back": "a wooden back"},
    },
    "convert_model": CONVERSION,
    "texture_model.text": {**TEXTURE, "prompt": "old oak"},
    "texture_model.image": {**TEXTURE, "image": "front"},
    "check_riggable": {"kind": "check_rig", "source_task": SOURCE},
    "rig_model": {
        "kind": "rig",
        "source_task": SOURCE,
        "model": "v2.0-20250506",
        "out_format": "fbx",
        "rig_type": "quadruped",
        "spec": "mixamo",
    },
    "retarget_animation": {**RETARGET, "animations": ("preset:run",)},
    "retarget_animation.several": {**RETARGET, "animations": ("preset:run", "preset:walk")},
    "mesh_completion": {
        "kind": "complete_mesh",
        "source_task": SOURCE,
        "part_names": ("lid",),
    },
    "smart_lowpoly": {
        "kind": "decimate_mesh",
        "source_task": SOURCE,
        "quad": True,
        "part_names": ("lid",),
        "face_limit": 5000,
        "bake": False,
    },
    "create_task": {"kind": "text_to_model", "prompt": "a chest"},
    "refine_model": {"kind": "refine_model", "source_task": SOURCE},
    "mesh_segmentation": {"kind": "segment_mesh", "source_task": SOURCE},
}
# What it sends and we do not, and why.
NEVER_SENT: dict[str, dict[str, tuple[object, str]]] = {
    "texture_model.text": {
        "texture": (False, "a texture step without a texture costs twice for nothing"),
    },
    "texture_model.image": {
        "texture": (False, "a texture step without a texture costs twice for nothing"),
    },
    "generate_image": {
        "template": ("variants", "the user's reference of API v2 does not have it"),
    },
}
NOT_COMPARED = {
    "import_model": "without boto3 it goes through /upload; models belong into the storage",
    "stylize_model": "retired",
    "upload_file": "no task; a picture's upload has a test of its own",
    "get_balance": "no task",
    "get_task": "no task",
}


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, SentBody]:
    """What the SDK sent, by method."""
    folder = tmp_path_factory.mktemp("sdk")
    with StandIn(seconds=0, filler_bytes=4096, balance=100_000, old_versions=True) as service:
        return {each.name: each for each in v2_bodies(service, folder)}


def our_body(values: dict[str, Any]) -> tuple[dict[str, object], TaskKind]:
    """Return our own body of a request. The SDK calls every picture a jpg, so here we do too."""
    request = parse_request(values)
    files = tuple(FileRef(format="jpg", token=f"<{Path(file).name}.png>") for file in request.files)
    return encode_request(request, files), TaskKind(str(values["kind"]))


@pytest.mark.parametrize("name", REQUESTS)
def test_every_body_equals_the_sdks(sent: Mapping[str, SentBody], name: str) -> None:
    body, kind = our_body(REQUESTS[name])
    assert body.pop("type") == TYPES[kind] == sent[name].where
    theirs = dict(sent[name].body or {})
    for field, (value, _reason) in NEVER_SENT.get(name, {}).items():
        assert theirs.pop(field) == value
    assert body == theirs


def test_every_sdk_method_is_compared_or_excluded_with_a_reason(
    sent: Mapping[str, SentBody],
) -> None:
    assert set(sent) == set(REQUESTS) | set(NOT_COMPARED)
    assert set(NEVER_SENT) <= set(REQUESTS)


def test_every_task_kind_of_api_v2_is_compared() -> None:
    compared = {TaskKind(str(values["kind"])) for values in REQUESTS.values()}
    assert set(TRIPO_V2.offers) == compared | {TaskKind.IMPORT_MODEL}
