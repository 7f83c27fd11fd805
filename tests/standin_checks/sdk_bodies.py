"""Records what the official SDKs really send, method by method, with every parameter set.

Each call sets all parameters of a method to other values than their defaults, even if the service
would refuse the combination: only the body counts here. Tokens of uploads are replaced by `<file
name>`. Uses nothing of the add-on.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from tripo3d import TripoAPIError

from tests.standin.ledger import Recorded
from tests.standin.messages import items, mapping
from tests.standin.service import StandIn

from .sdks import OldSdk, Refusal, ask

SOURCE = "0e2d3ac8-8a52-4d0f-9f6b-000000000000"
PICTURES = ("front", "left", "back", "right", "style")
V31 = "v3.1-20260211"

GENERATION: Mapping[str, object] = {
    "model_version": V31,
    "face_limit": 5000,
    "texture": False,
    "pbr": False,
    "model_seed": 1,
    "texture_seed": 2,
    "texture_quality": "detailed",
    "geometry_quality": "detailed",
    "auto_size": True,
    "quad": True,
    "compress": True,
    "generate_parts": True,
    "smart_low_poly": True,
    "export_uv": False,
}
PICTURED: Mapping[str, object] = {
    **GENERATION,
    "texture_alignment": "geometry",
    "orientation": "align_image",
}
TEXT: Mapping[str, object] = {
    "prompt": "a small chest",
    "negative_prompt": "rust",
    "image_seed": 3,
}
CONVERSION: Mapping[str, object] = {
    "original_model_task_id": SOURCE,
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
    "part_names": ["lid"],
    "export_vertex_colors": True,
    "fbx_preset": "mixamo",
    "export_orientation": "-y",
    "animate_in_place": True,
}
TEXTURING: Mapping[str, object] = {
    "original_model_task_id": SOURCE,
    "texture": False,
    "pbr": False,
    "model_seed": 1,
    "texture_seed": 2,
    "texture_quality": "detailed",
    "texture_alignment": "geometry",
    "part_names": ["lid"],
    "compress": True,
    "bake": False,
    "model_version": "v3.0-20250812",
}
RIGGING: Mapping[str, object] = {
    "original_model_task_id": SOURCE,
    "model_version": "v2.0-20250506",
    "out_format": "fbx",
    "rig_type": "quadruped",
    "spec": "mixamo",
}
RETARGETING: Mapping[str, object] = {
    "original_model_task_id": SOURCE,
    "out_format": "fbx",
    "bake_animation": False,
    "export_with_geometry": True,
    "animate_in_place": True,
}
EDITS = [{"view": "back", "prompt": "a wooden back"}]


class SentBody(NamedTuple):
    """What a method finally sent: in v3 `where` is the route, in v2 the type of the task (or the
    route if it makes no task). A body of None is a request without one."""

    name: str
    where: str
    body: dict[str, object] | None


def v3_bodies(service: StandIn, folder: Path) -> tuple[SentBody, ...]:
    """Return a request for each method of SDK 1.0.0 that sends anything, in v3's words.

    Retired methods send nothing and are not here; a name with a word after a dot is the same method
    with its other kind of input.
    """
    requests = v3_requests(_pictures(folder))

    def call(name: str, arguments: Mapping[str, object]) -> None:
        with suppress(TripoAPIError):
            ask(service, lambda sdk: getattr(sdk, name.partition(".")[0])(**arguments))

    return tuple(_sent(service, name, given, call) for name, given in requests.items())


def v2_bodies(service: StandIn, folder: Path) -> tuple[SentBody, ...]:
    """Return a request for each method of SDK 0.4.2 that sends anything, in v2's words. Files go
    through `/upload`, since there is no boto3."""
    requests = v2_requests(_pictures(folder))
    with OldSdk(service) as sdk:

        def call(name: str, arguments: Mapping[str, object]) -> None:
            with suppress(Refusal):
                sdk.call(name.partition(".")[0], **arguments)

        return tuple(_sent(service, name, given, call) for name, given in requests.items())


def v3_requests(pictures: Mapping[str, str]) -> Mapping[str, Mapping[str, object]]:
    """Return all parameters of each method of SDK 1.0.0; pictures are paths."""
    shared = _requests(pictures)
    return {
        **shared,
        "texture_model.text": {**shared["texture_model.text"], "delight": False},
        "text_to_image": {**shared["text_to_image"], "model": "banana", "aspect_ratio": "16:9"},
        "image_to_image": {
            "inputs": [pictures["front"], pictures["back"]],
            "prompt": "as iron",
            "model": "banana",
        },
        "image_to_multiview": {"input": pictures["front"]},
        "edit_multiview": {"input": SOURCE, "prompts": EDITS},
        "image_to_splat": {"image": pictures["front"], "model_seed": 1},
        "image_to_depth": {"image": pictures["front"], "kind": "color", "process_res": 700},
        "rig_check": {"input": SOURCE},
        "rig": {
            "input": SOURCE,
            "model": "v3.0-20260909",
            "rig_type": "avian",
            "spec": "unity",
            "out_format": "fbx",
        },
        "retarget": {"input": SOURCE, "animation": "preset:run", "out_format": "fbx"},
        # It warns that this is no longer sent.
        "retarget_animation": {**shared["retarget_animation"], "bake_animation": True},
        "retarget_animation.several": {
            **shared["retarget_animation.several"],
            "bake_animation": True,
        },
        # It warns that v2's version is retired.
        "rig_model": {**RIGGING, "model_version": "v2.5-20260210"},
        "mesh_segment": _segmentation("input", "model", pictures["style"]),
        "mesh_segmentation": _segmentation(
            "original_model_task_id", "model_version", pictures["style"]
        ),
        "mesh_complete": {
            "input": SOURCE,
            "model": "v1.0-20250506",
            "part_names": ["lid"],
            "completion_mode": "quick_cap",
        },
        "mesh_completion": {**shared["mesh_completion"], "completion_mode": "quick_cap"},
        "mesh_decimate": {
            "input": SOURCE,
            "model": "v3.0",
            "face_limit": 5000,
            "quad": True,
            "bake": False,
            "part_names": ["lid"],
            "smart_uv": True,
        },
        "smart_lowpoly": {
            **shared["smart_lowpoly"],
            "model_version": "P-v3.0-20260909",
            "smart_uv": True,
        },
        "mesh_uv": {"original_model_task_id": SOURCE, "model_version": "v1.0"},
        "list_tasks": {"task_ids": [SOURCE]},
        "get_task": {"task_id": SOURCE, "step": 1},
        "get_usage": {"limit": 7, "offset": 3},
        "presign_upload": {"format": "glb"},
    }


def v2_requests(pictures: Mapping[str, str]) -> Mapping[str, Mapping[str, object]]:
    """Return all parameters of each method of SDK 0.4.2; pictures are paths."""
    return {
        **_requests(pictures),
        "stylize_model": {
            "original_model_task_id": SOURCE,
            "style": "minecraft",
            "block_size": 60,
        },
        "refine_model": {"draft_model_task_id": SOURCE},
        "mesh_segmentation": {
            "original_model_task_id": SOURCE,
            "model_version": "v1.0-20250506",
        },
        "get_task": {"task_id": SOURCE},
    }


def _requests(pictures: Mapping[str, str]) -> dict[str, Mapping[str, object]]:
    """Return what both SDKs have, under shared names and parameters."""
    front, style = pictures["front"], pictures["style"]
    four = [pictures[view] for view in ("front", "left", "back", "right")]
    moved = {**RETARGETING, "animation": "preset:run"}
    texturing = {**TEXTURING, "style_image": style}
    return {
        "text_to_model": {**GENERATION, **TEXT},
        "image_to_model": {**PICTURED, "image": front, "enable_image_autofix": True},
        "multiview_to_model": {**PICTURED, "images": four},
        "multiview_to_model.gap": {**PICTURED, "images": [front, None, pictures["back"], None]},
        "text_to_image": {"prompt": "a small chest", "negative_prompt": "rust"},
        "generate_image": {
            "prompt": "as iron",
            "model_version": "banana",
            "file": front,
            "template": "variants",
            "t_pose": True,
            "sketch_to_render": True,
        },
        "generate_image.several": {"prompt": "as iron", "files": four[:2]},
        "generate_multiview_image": {"image": front},
        "edit_multiview_image": {"original_task_id": SOURCE, "prompts": EDITS},
        "import_model": {"file": pictures["model"]},
        "convert_model": CONVERSION,
        "texture_model.text": {**texturing, "text_prompt": "old oak"},
        "texture_model.image": {**texturing, "image_prompt": front},
        "check_riggable": {"original_model_task_id": SOURCE},
        "rig_model": RIGGING,
        "retarget_animation": moved,
        "retarget_animation.several": {**moved, "animation": ["preset:run", "preset:walk"]},
        "mesh_completion": {
            "original_model_task_id": SOURCE,
            "model_version": "v1.0-20250506",
            "part_names": ["lid"],
        },
        "smart_lowpoly": {
            "original_model_task_id": SOURCE,
            "quad": True,
            "part_names": ["lid"],
            "face_limit": 5000,
            "bake": False,
        },
        "create_task": {"task_data": {"type": "text_to_model", "prompt": "a chest"}},
        "upload_file": {"file_path": front},
        "get_balance": {},
    }


def _segmentation(source: str, model: str, picture: str) -> Mapping[str, object]:
    return {
        source: SOURCE,
        model: "v2.0-20260430",
        "segmentation_granularity": "detailed",
        "ref_image": picture,
        "split_by_connectivity": False,
    }


def _pictures(folder: Path) -> Mapping[str, str]:
    """Make pictures by name, and a file that looks like a model. Returns their paths."""
    for number, name in enumerate(PICTURES):
        Image.new("RGB", (64, 64), (40 * number, 90, 90)).save(folder / f"{name}.png")
    (folder / "model.glb").write_bytes(b"glTF")
    paths = {name: str(folder / f"{name}.png") for name in PICTURES}
    return paths | {"model": str(folder / "model.glb")}


def _sent(
    service: StandIn,
    name: str,
    arguments: Mapping[str, object],
    call: Callable[[str, Mapping[str, object]], None],
) -> SentBody:
    before = len(service.ledger.requests)
    call(name, arguments)
    sent = service.ledger.requests[before:]
    assert sent, name
    return _read(service, name, sent[-1])


def _read(service: StandIn, name: str, sent: Recorded) -> SentBody:
    tokens = {upload.token: f"<{upload.name}>" for upload in service.ledger.uploads}
    body = mapping(_named(sent.body, tokens))
    where = sent.path
    if sent.path == "/v2/openapi/task":
        body = dict(body or {})
        where = str(body.pop("type"))
    return SentBody(name, where, body)


def _named(value: object, tokens: Mapping[str, str]) -> object:
    fields, listed = mapping(value), items(value)
    if fields is not None:
        return {key: _named(each, tokens) for key, each in fields.items()}
    if listed is not None:
        return [_named(each, tokens) for each in listed]
    return tokens.get(value, value) if isinstance(value, str) else value
