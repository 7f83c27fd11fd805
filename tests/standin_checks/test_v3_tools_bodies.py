"""What v3 accepts and refuses besides making models: pictures, parts, skeletons, formats."""

import json
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.standin.service import StandIn

from .conftest import Caller
from .test_v3_bodies import replaced

V31, V30 = "v3.1-20260211", "v3.0-20250812"
TEXT = "/v3/generation/text-to-model"
NOBODY = "0e2d3ac8-8a52-4d0f-9f6b-000000000000"
Case = tuple[str, dict[str, object], int]

# MODEL, PICTURE, FOUR, RIG, MIXAMO, BIRD, PARTS are finished tasks; PNG, GLB and FINE are tokens,
# FINE of a mesh with too many faces to unwrap.
CASES: list[Case] = [
    ("generation/text-to-image", {"prompt": "a cat"}, 0),
    ("generation/text-to-image", {}, 1004),
    ("generation/text-to-image", {"template": "figure"}, 0),
    ("generation/text-to-image", {"template": "3d_enhance"}, 1004),
    ("generation/image-to-image", {"input": "PNG", "template": "3d_enhance"}, 0),
    ("generation/text-to-image", {"prompt": "x" * 1800}, 0),
    ("generation/text-to-image", {"prompt": "x" * 1801}, 1004),
    ("generation/text-to-image", {"prompt": "a 🐱"}, 2009),
    ("generation/text-to-image", {"prompt": "a \ud83d cat"}, 2009),
    ("generation/text-to-image", {"prompt": "a cat", "size": "2K"}, 0),
    ("generation/text-to-image", {"prompt": "a cat", "size": "8K"}, 1004),
    ("generation/text-to-image", {"prompt": "a cat", "model": "flux.1_kontext_pro"}, 2017),
    ("generation/text-to-image", {"prompt": "a cat", "model": "chat_image_1"}, 2015),
    ("generation/text-to-image", {"prompt": "a cat", "quality": "high"}, 1004),
    (
        "generation/text-to-image",
        {"prompt": "a cat", "quality": "high", "model": "chat_image_2"},
        0,
    ),
    ("generation/text-to-image", {"prompt": "a cat", "output_format": "gif"}, 1004),
    ("generation/image-to-image", {"prompt": "a hat", "input": "PNG"}, 0),
    ("generation/image-to-image", {"prompt": "a hat", "input": "PICTURE"}, 0),
    ("generation/image-to-image", {"prompt": "a hat", "inputs": ["PNG", "PICTURE"]}, 0),
    ("generation/image-to-image", {"prompt": "a hat", "inputs": ["PNG"] * 5}, 1004),
    (
        "generation/image-to-image",
        {"prompt": "a hat", "inputs": ["PNG"] * 10, "model": "banana"},
        0,
    ),
    ("generation/image-to-image", {"prompt": "a hat", "input": "PNG", "inputs": ["PNG"]}, 1004),
    ("generation/image-to-image", {"input": "PNG"}, 1004),
    ("generation/image-to-image", {"prompt": "a hat"}, 1004),
    ("generation/image-to-image", {"prompt": "a", "input": "PNG", "model": "seedream_v4"}, 2017),
    ("generation/image-to-image", {"prompt": "a hat", "input": "MODEL"}, 2006),
    ("generation/image-to-multiview", {"input": "PNG"}, 0),
    ("generation/image-to-multiview", {"input": "GLB"}, 2004),
    ("generation/image-to-multiview", {}, 1004),
    ("generation/edit-multiview", {"input": "FOUR", "prompts": "EDITS"}, 1004),
    (
        "generation/edit-multiview",
        {"input": "FOUR", "prompts": [{"view": "left", "prompt": "a"}]},
        0,
    ),
    (
        "generation/edit-multiview",
        {"input": "FOUR", "prompts": [{"view": "left", "prompt": "a"}] * 2},
        1004,
    ),
    (
        "generation/edit-multiview",
        {"input": "FOUR", "prompts": [{"view": "top", "prompt": "a"}]},
        1004,
    ),
    ("generation/edit-multiview", {"input": "FOUR", "prompts": []}, 1004),
    ("generation/edit-multiview", {"input": "PNG", "prompts": [{}]}, 1004),
    (
        "generation/edit-multiview",
        {"input": "PICTURE", "prompts": [{"view": "left", "prompt": "a"}]},
        2006,
    ),
    ("generation/multiview-to-model", {"inputs": [{"task_id": "FOUR"}], "model": V31}, 0),
    ("generation/multiview-to-model", {"original_model_task_id": "FOUR", "model": V31}, 0),
    ("generation/multiview-to-model", {"inputs": [{"task_id": "PICTURE"}], "model": V31}, 2006),
    ("generation/image-to-splat", {"input": "PNG"}, 0),
    ("generation/image-to-splat", {"input": NOBODY}, 1004),
    ("generation/image-to-depth", {"input": "PNG", "process_res": 126}, 0),
    ("generation/image-to-depth", {"input": "PNG", "process_res": 2017}, 1004),
    ("models/convert", {"input": "MODEL", "format": "GLTF"}, 0),
    ("models/convert", {"input": "GLB", "format": "FBX"}, 0),
    ("models/convert", {"input": "RIG", "format": "FBX"}, 0),
    ("models/convert", {"input": "RIG", "format": "OBJ"}, 1004),
    ("models/convert", {"input": "PICTURE", "format": "OBJ"}, 2006),
    ("models/convert", {"input": "MODEL"}, 1004),
    ("models/convert", {"input": "MODEL", "format": "GLB"}, 1004),
    ("models/convert", {"input": "MODEL", "format": "GLTF", "scale_factor": 0}, 1004),
    ("models/convert", {"input": "MODEL", "format": "GLTF", "scale_factor": "2"}, 1004),
    ("models/convert", {"input": "MODEL", "format": "GLTF", "face_limit": 0}, 1004),
    ("models/convert", {"input": NOBODY, "format": "GLTF"}, 2001),
    ("animations/rig-check", {"input": "MODEL"}, 0),
    ("animations/rig-check", {"input": "PICTURE"}, 2011),
    ("animations/rig", {"input": "MODEL"}, 0),
    ("animations/rig", {"input": "MODEL", "rig_type": "avian"}, 1004),
    ("animations/rig", {"input": "MODEL", "rig_type": "avian", "model": "v2.5-20260210"}, 0),
    ("animations/rig", {"input": "MODEL", "spec": "vrm"}, 1004),
    ("animations/rig", {"input": "MODEL", "spec": "vrm", "model": "v3.0-20260909"}, 0),
    ("animations/rig", {"input": "MODEL", "model": "v2.0-20250506"}, 2015),
    ("animations/rig", {"input": "RIG"}, 2006),
    ("animations/retarget", {"input": "RIG", "animation": "preset:walk"}, 0),
    ("animations/retarget", {"input": "RIG", "animation": "preset:biped:wave_hand"}, 0),
    ("animations/retarget", {"input": "RIG", "animation": "preset:dance"}, 1004),
    ("animations/retarget", {"input": "RIG", "animations": ["preset:walk"] * 5}, 0),
    ("animations/retarget", {"input": "RIG", "animations": ["preset:walk"] * 6}, 1004),
    ("animations/retarget", {"input": "RIG"}, 1004),
    ("animations/retarget", {"input": "MODEL", "animation": "preset:walk"}, 2012),
    ("animations/retarget", {"input": "RIG", "animation": "preset:quadruped:walk"}, 1004),
    ("animations/retarget", {"input": "RIG", "animation": "preset:biped:press-up"}, 0),
    ("animations/retarget", {"input": "MIXAMO", "animation": "preset:walk"}, 1004),
    ("animations/retarget", {"input": "BIRD", "animation": "preset:walk"}, 1004),
    ("animations/retarget", {"input": "GLB", "animation": "preset:walk"}, 1004),
    ("mesh/smartsegment", {"input": "PNG", "seg_type": "image"}, 0),
    ("mesh/smartsegment", {"input": "GLB", "seg_type": "model", "transform": [1] * 16}, 0),
    ("mesh/smartsegment", {"input": "GLB", "seg_type": "model"}, 1004),
    ("mesh/smartsegment", {"input": "GLB", "seg_type": "image"}, 2004),
    ("mesh/smartsegment", {"input": "MODEL", "seg_type": "model", "transform": [1] * 16}, 1004),
    ("mesh/smartsegment", {"input": "PNG", "seg_type": "image", "granularity": "huge"}, 1004),
    ("mesh/segment", {"input": "MODEL"}, 0),
    ("mesh/segment", {"input": "MODEL", "segmentation_granularity": "simple"}, 1004),
    (
        "mesh/segment",
        {"input": "MODEL", "segmentation_granularity": "simple", "model": "v2.0-20260430"},
        0,
    ),
    ("mesh/segment", {"input": "MODEL", "ref_image": "PNG", "model": "v2.0-20260430"}, 0),
    ("mesh/complete", {"input": "PARTS"}, 0),
    ("mesh/complete", {"input": "MODEL"}, 2006),
    ("mesh/complete", {"input": "PARTS", "completion_mode": "glue"}, 1004),
    ("mesh/complete", {"input": "PARTS", "part_names": [1]}, 1004),
    ("mesh/decimate", {"input": "MODEL"}, 0),
    ("mesh/decimate", {"input": "PARTS", "face_limit": 500}, 0),
    ("mesh/decimate", {"input": "MODEL", "face_limit": 499}, 1004),
    ("mesh/decimate", {"input": "MODEL", "face_limit": 10_001, "quad": True}, 1004),
    ("mesh/decimate", {"input": "MODEL", "smart_uv": True}, 1004),
    ("mesh/decimate", {"input": "MODEL", "smart_uv": True, "model": "v3.0"}, 0),
    ("mesh/decimate", {"input": "MODEL", "model": "v1.0"}, 1004),
    ("mesh/decimate", {"input": "MODEL", "model": "v1.0", "face_limit": 100_000}, 0),
    ("mesh/decimate", {"input": "MODEL", "model": "v1.0", "face_limit": 9, "bake": True}, 1004),
    ("mesh/decimate", {"input": "MODEL", "model": "P-v2.0-20251225"}, 2017),
    ("mesh/uv", {"input": "MODEL"}, 0),
    ("mesh/uv", {"input": "RIG"}, 0),
    ("mesh/uv", {"input": "GLB", "bake": False}, 0),
    ("mesh/uv", {"input": "FINE"}, 1004),
    ("models/texture", {"input": "PARTS"}, 0),
    ("models/texture", {"input": "PARTS", "texture_prompt": {"text": "gold"}}, 0),
    ("generation/image-to-model", {"input": "PICTURE", "model": V31}, 0),
]


@pytest.fixture
def rich(tiny_model: Path) -> Mapping[str, object]:
    """Options of a stand-in with large balances and limits."""
    return {"seconds": 0, "model": tiny_model, "balance": 100_000}


def of_triangles(count: int, path: Path) -> Path:
    """Return a GLB that claims to have so many triangles."""
    document = {
        "asset": {"version": "2.0"},
        "accessors": [{"count": 3 * count, "componentType": 5125, "type": "SCALAR"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 0}]}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    path.write_bytes(struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text), len(text), b"JSON") + text)
    return path


def prepared(caller: Caller, views: Mapping[str, Path], model: Path) -> dict[str, str]:
    """The finished tasks and the tokens that the cases name."""

    def finished(path: str, **body: object) -> str:
        answer = caller.post(f"/v3/{path}", body).json()
        task_id = answer["data"]["task_id"]
        assert caller.data(f"/v3/tasks/{task_id}")["status"] == "success"
        return task_id

    made = finished("generation/text-to-model", model=V31, prompt="a chair")
    photo = caller.token(views["front"])
    return {
        "MODEL": made,
        "PNG": photo,
        "GLB": caller.token(model),
        "FINE": caller.token(of_triangles(80_001, model.with_name("fine.glb"))),
        "PICTURE": finished("generation/text-to-image", prompt="a chair"),
        "FOUR": finished("generation/image-to-multiview", input=photo),
        "RIG": finished("animations/rig", input=made),
        "MIXAMO": finished("animations/rig", input=made, spec="mixamo"),
        "BIRD": finished("animations/rig", input=made, rig_type="avian", model="v2.5-20260210"),
        "PARTS": finished("mesh/segment", input=made),
    }


def test_every_body_follows_the_documents(
    rich: Mapping[str, object], views: Mapping[str, Path], tiny_model: Path
) -> None:
    with StandIn(**rich, per_minute=10_000) as service:  # pyright: ignore[reportArgumentType]
        caller = Caller(service.base_url)
        names = prepared(caller, views, tiny_model)
        for path, body, code in CASES:
            answer = caller.post(f"/v3/{path}", replaced(body, names)).json()
            assert answer["code"] == code, (path, body, answer)
            if code == 0:
                caller.get(f"/v3/tasks/{answer['data']['task_id']}")


PRICES: list[tuple[str, dict[str, object], float]] = [
    ("models/convert", {"input": "MODEL", "format": "FBX"}, 5),
    ("models/convert", {"input": "MODEL", "format": "FBX", "bake": True}, 5),
    ("models/convert", {"input": "MODEL", "format": "FBX", "scale_factor": 2}, 10),
    ("animations/rig-check", {"input": "MODEL"}, 0),
    ("animations/rig", {"input": "MODEL"}, 25),
    ("animations/retarget", {"input": "RIG", "animations": ["preset:walk"] * 3}, 30),
    ("mesh/segment", {"input": "MODEL"}, 40),
    ("mesh/complete", {"input": "PARTS"}, 50),
    ("mesh/complete", {"input": "PARTS", "completion_mode": "quick_cap"}, 30),
    ("mesh/decimate", {"input": "MODEL"}, 30),
    ("mesh/decimate", {"input": "MODEL", "model": "v1.0", "face_limit": 100}, 10),
    ("generation/image-to-multiview", {"input": "PNG"}, 10),
    ("generation/image-to-splat", {"input": "PNG"}, 30),
    ("generation/text-to-image", {"prompt": "a cat"}, 5),
    ("generation/text-to-image", {"prompt": "a cat", "model": "banana_pro", "size": "4K"}, 20),
    (
        "generation/edit-multiview",
        {
            "input": "FOUR",
            "prompts": [{"view": "left", "prompt": "a"}, {"view": "back", "prompt": "b"}],
        },
        10,
    ),
]


def test_every_price_is_the_listed_one(
    rich: Mapping[str, object], views: Mapping[str, Path], tiny_model: Path
) -> None:
    with StandIn(**rich) as service:  # pyright: ignore[reportArgumentType]
        caller = Caller(service.base_url)
        names = prepared(caller, views, tiny_model)
        for path, body, price in PRICES:
            answer = caller.post(f"/v3/{path}", replaced(body, names)).json()
            task = caller.data(f"/v3/tasks/{answer['data']['task_id']}")
            assert task["credits_consumed"] == price, (path, body)


def test_one_picture_task_and_five_conversions_run_at_once(tiny_model: Path) -> None:
    with StandIn(seconds=60, model=tiny_model, balance=10_000) as service:
        caller = Caller(service.base_url)
        path, body = "/v3/generation/text-to-image", {"prompt": "a cat"}
        assert caller.post(path, body).json()["code"] == 0
        assert caller.post(path, body).json()["code"] == 2000
        convert = {"input": caller.token(tiny_model), "format": "FBX"}
        codes = [caller.post("/v3/models/convert", convert).json()["code"] for _ in range(6)]
        assert codes == [0, 0, 0, 0, 0, 2000]


def test_textured_part_without_an_input_fails_later(caller: Caller, tiny_model: Path) -> None:
    cut = caller.create("/v3/mesh/segment", model="v1.0-20250506", input=caller.token(tiny_model))
    caller.get(f"/v3/tasks/{cut}")
    bare = caller.create("/v3/models/texture", model=V30, input=cut)
    assert caller.data(f"/v3/tasks/{bare}")["error_code"] == 1001


def test_lone_surrogate_is_refused_and_breaks_nothing(service: StandIn, caller: Caller) -> None:
    refused = caller.post(TEXT, {"model": V31, "prompt": "half a \ud83d cat"})
    assert (refused.status_code, refused.json()["code"]) == (400, 2009)
    task_id = caller.create(TEXT, prompt="a cat", note="\ud83d")
    echo = caller.data(f"/v3/tasks/{task_id}")["input"]
    assert re.search("ud83d", repr(echo))


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG."""
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def test_huge_picture_is_refused_by_its_dimensions(caller: Caller) -> None:
    # More pixels than Pillow opens without a warning, and then without an error.
    for side in (12_000, 60_000):
        head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"")
        answer = caller.upload("huge.png", content)
        assert answer.json()["code"] == 1004
        assert "6000" in answer.json()["message"]


def test_uploads_can_be_limited_per_minute(tiny_model: Path) -> None:
    with StandIn(seconds=0, model=tiny_model, uploads_per_minute=2) as service:
        caller = Caller(service.base_url)
        codes = [caller.upload("a.glb", b"glTF").json()["code"] for _ in range(3)]
        assert codes == [0, 0, 1007]
        presign = caller.post("/v3/files/presign", {"format": "glb"})
        assert (presign.status_code, presign.json()["code"]) == (429, 1007)
        assert presign.headers["Retry-After"]
