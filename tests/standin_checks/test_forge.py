"""Forged models contain what was sent, in the right place, as requested."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import requests
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.standin.orders import NOTE, inscription
from tests.standin.service import StandIn

from .conftest import COLORS, Caller
from .glb import Glb, read, rows

TEXT = "/v3/generation/text-to-model"
IMAGE = "/v3/generation/image-to-model"
VIEWS = "/v3/generation/multiview-to-model"
BARE: dict[str, object] = {"texture": False, "pbr": False}
# Outward normal of each side for a subject that looks along +X: its left is +Y.
OUTWARD = {"front": (1, 0, 0), "left": (0, 1, 0), "back": (-1, 0, 0), "right": (0, -1, 0)}


@pytest.fixture
def caller(forging: StandIn) -> Caller:
    return Caller(forging.base_url)


def made(caller: Caller, path: str, **body: object) -> bytes:
    return requests.get(caller.link(caller.create(path, **body)), timeout=60).content


def facing(model: Glb, view: str) -> NDArray[np.bool_]:
    return model.normals @ np.array(OUTWARD[view]) > 0.95


def color_of(model: Glb, view: str, *, rightward: bool) -> tuple[float, ...]:
    """Return the median color of one half of a side, seen from outside, above the plinth."""
    x, y, z = OUTWARD[view]
    middles = model.corners.mean(axis=1)
    across = middles @ np.cross((0, 0, 1), (x, y, z))
    half = (across > 0.05) if rightward else (across < -0.05)
    chosen = facing(model, view) & half & (middles[:, 2] > 0)
    assert chosen.any()
    return tuple(np.median(model.colors(chosen), axis=0))


def near(color: tuple[float, ...], wanted: tuple[int, int, int]) -> bool:
    return float(np.abs(np.array(color) - np.array(wanted)).max()) < 40


def test_each_view_is_on_its_own_side_and_not_mirrored(
    caller: Caller, views: Mapping[str, Path]
) -> None:
    tokens = [caller.token(path) for path in views.values()]
    model = read(made(caller, VIEWS, inputs=tokens))
    for view, color in COLORS.items():
        assert near(color_of(model, view, rightward=True), color), view
        assert near(color_of(model, view, rightward=False), (255, 255, 255)), view


def test_missing_view_is_gray(caller: Caller, views: Mapping[str, Path]) -> None:
    inputs = [{"front": caller.token(views["front"])}, {"back": caller.token(views["back"])}]
    model = read(made(caller, VIEWS, inputs=inputs))
    assert near(color_of(model, "back", rightward=True), COLORS["back"])
    for view in ("left", "right"):
        assert near(color_of(model, view, rightward=True), (150, 150, 150))


def test_picture_seen_from_plus_x_is_not_mirrored(caller: Caller, tmp_path: Path) -> None:
    picture = Image.new("RGB", (300, 200), "red")
    ImageDraw.Draw(picture).rectangle((150, 0, 299, 199), "lime")
    picture.save(tmp_path / "halves.png")
    model = read(made(caller, IMAGE, input=caller.token(tmp_path / "halves.png"), model_seed=1))
    middles = model.corners.mean(axis=1)
    front = facing(model, "front") & (middles[:, 2] > 0)
    for side, color in ((middles[:, 1] < -0.05, (255, 0, 0)), (middles[:, 1] > 0.05, (0, 255, 0))):
        assert near(tuple(np.median(model.colors(front & side), axis=0)), color)
    assert model.size[1] == pytest.approx(1.0)
    assert model.size[1] > model.size[2] > model.size[0]


def test_letters_are_upright_and_readable_from_plus_x(caller: Caller) -> None:
    model = read(made(caller, TEXT, prompt="L", model_seed=3, **BARE))
    middles = model.corners.mean(axis=1)
    low, high = middles[:, 2].min(), middles[:, 2].max()
    stem = middles[middles[:, 2] > low + 0.7 * (high - low)]
    foot = middles[
        (middles[:, 2] > low + 0.2 * (high - low)) & (middles[:, 2] < low + 0.4 * (high - low))
    ]
    assert stem[:, 1].max() < foot[:, 1].max()
    assert model.size[2] > model.size[0]


def test_note_and_names_are_in_the_model(caller: Caller) -> None:
    model = read(made(caller, TEXT, prompt="a green bench"))
    (node,) = rows(model.scene, "nodes")
    assert node["extras"] == {"stand_in": NOTE, "made_from": "a green bench"}
    assert str(node["name"]).startswith("tripo_node_")
    assert str(rows(model.scene, "meshes")[0]["name"]).startswith("tripo_mesh_")
    assert str(rows(model.scene, "materials")[0]["name"]).startswith("tripo_mat_")


@pytest.mark.parametrize(
    ("body", "maps", "pixels"),
    [
        ({}, 3, 512),
        ({"texture_quality": "detailed"}, 3, 1024),
        ({"texture_quality": "extreme"}, 3, 2048),
        ({"pbr": False}, 1, 512),
        (BARE, 0, 0),
    ],
    ids=str,
)
def test_model_has_the_requested_texture_maps(
    body: dict[str, object], maps: int, pixels: int, caller: Caller
) -> None:
    model = read(made(caller, TEXT, prompt="a bench", **body))
    assert len(rows(model.scene, "images")) == maps
    assert (model.base.size if model.base else (0, 0)) == (pixels, pixels)


@pytest.mark.parametrize("limit", [20_000, 1000, 48, 3, 1])
def test_face_limit_is_respected(limit: int, caller: Caller) -> None:
    model = read(made(caller, TEXT, prompt="an intricate lace fan", face_limit=limit))
    assert 1 <= len(model.corners) <= limit


def test_smart_low_poly_has_fewer_faces_and_ultra_has_more(
    caller: Caller, views: Mapping[str, Path]
) -> None:
    token = caller.token(views["front"])
    usual = read(made(caller, IMAGE, input=token))
    few = read(made(caller, IMAGE, input=token, smart_low_poly=True))
    many = read(made(caller, IMAGE, input=token, geometry_quality="detailed"))
    assert len(few.corners) < len(usual.corners) < len(many.corners)


def test_parts_are_separate_nodes(caller: Caller) -> None:
    model = read(made(caller, TEXT, prompt="a table and a lamp", generate_parts=True, **BARE))
    assert model.parts >= 2
    assert len(rows(model.scene, "nodes")) == model.parts


def test_model_seed_and_texture_seed_are_independent(caller: Caller) -> None:
    def model(**seeds: object) -> Glb:
        return read(made(caller, TEXT, prompt="a bench", **seeds))

    first, same = (model(model_seed=1, texture_seed=1) for _ in range(2))
    skin, shape = model(model_seed=1, texture_seed=2), model(model_seed=2, texture_seed=1)
    assert np.array_equal(first.corners, same.corners)
    assert first.base is not None
    assert same.base is not None
    assert skin.base is not None
    assert first.base.tobytes() == same.base.tobytes()
    assert np.array_equal(first.corners, skin.corners)
    assert first.base.tobytes() != skin.base.tobytes()
    assert first.corners.shape != shape.corners.shape or not np.allclose(
        first.corners, shape.corners
    )


def test_size_and_orientation_are_as_requested(caller: Caller) -> None:
    unit = read(made(caller, TEXT, prompt="a bench", model_seed=1))
    sized = read(made(caller, TEXT, prompt="a bench", model_seed=1, auto_size=True))
    turned = read(made(caller, TEXT, prompt="a bench", model_seed=1, export_orientation="+y"))
    assert max(unit.size) == pytest.approx(1.0, abs=1e-4)
    assert 0.3 <= max(sized.size) <= 2.2
    assert max(sized.size) != pytest.approx(1.0)
    assert np.allclose(turned.size, unit.size[[1, 0, 2]], atol=1e-4)


def test_new_texture_keeps_the_shape(caller: Caller) -> None:
    source = caller.create(TEXT, prompt="a bench")
    before = read(requests.get(caller.link(source), timeout=60).content)
    after = read(
        made(
            caller,
            "/v3/models/texture",
            model="v3.0-20250812",
            input=source,
            texture_prompt={"text": "rust"},
        )
    )
    assert len(before.corners) == len(after.corners)
    assert np.allclose(before.size, after.size, atol=1e-4)
    assert before.base is not None
    assert after.base is not None
    assert before.base.tobytes() != after.base.tobytes()


COUNT = """
import json, sys, bpy
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_scene.fbx(filepath=sys.argv[1])
meshes = [item for item in bpy.data.objects if item.type == "MESH"]
sides = [polygon.loop_total for item in meshes for polygon in item.data.polygons]
images = [image.name for image in bpy.data.images if image.packed_file or image.has_data]
print("FOUND" + json.dumps([sides, images, list(meshes[0].dimensions)]))
"""


def test_quads_are_quads_within_the_limit_with_their_textures(
    caller: Caller, tmp_path: Path
) -> None:
    pytest.importorskip("bpy")
    path = tmp_path / "bench.fbx"
    path.write_bytes(made(caller, TEXT, prompt="a bench", quad=True, face_limit=4000))
    command = (sys.executable, "-c", COUNT, str(path))
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    (line,) = [each for each in run.stdout.splitlines() if each.startswith("FOUND")]
    sides, images, size = json.loads(line.removeprefix("FOUND"))
    assert set(sides) == {4}
    assert 100 < len(sides) <= 4000
    assert len(images) == 4
    assert max(size) == pytest.approx(1.0, abs=1e-3)
    assert size[1] > size[2]


def test_preview_shows_the_colors_of_the_picture(
    caller: Caller, views: Mapping[str, Path], tmp_path: Path
) -> None:
    task_id = caller.create(IMAGE, input=caller.token(views["front"]))
    content = requests.get(caller.link(task_id, "rendered_image_url"), timeout=60).content
    (tmp_path / "preview.png").write_bytes(content)
    with Image.open(tmp_path / "preview.png") as preview:
        pixels = np.asarray(preview.convert("RGB"), dtype=int)
    reddish = (pixels[:, :, 0] > 2 * pixels[:, :, 1]) & (pixels[:, :, 0] > 60)
    assert reddish.mean() > 0.1


def test_broken_mesh_fails_its_task_and_the_next_one_succeeds(
    caller: Caller, forging: StandIn
) -> None:
    token = caller.upload("broken.glb", b"glTF nonsense").json()["data"]["file_token"]
    body = {"input": token, "texture_prompt": {"text": "rust"}}
    broken = caller.post("/v3/models/texture", body).json()["data"]["task_id"]
    before = forging.ledger.account("tsk_standin").balance
    task = caller.data(f"/v3/tasks/{broken}")
    assert (task["status"], task["error_code"]) == ("failed", 1001)
    assert forging.ledger.account("tsk_standin").balance == before
    assert made(caller, TEXT, prompt="a bench").startswith(b"glTF")


def test_long_prompts_are_cut_to_three_lines() -> None:
    lines = inscription("a very ornate wooden rocking chair with carved lions and a cushion")
    assert len(lines) <= 3
    assert sum(map(len, lines)) <= 42
    assert inscription("x" * 500)
    assert inscription("L") == ("L",)
