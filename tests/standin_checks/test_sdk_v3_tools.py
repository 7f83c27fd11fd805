"""Every other method of Tripo's SDK 1.0.0, unchanged: its results really are in the files."""

import io
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from tripo3d import Task, TaskStatus, TripoClient, TripoValidationError

from tests.standin.messages import items, mapping
from tests.standin.service import StandIn

from .conftest import scene_of
from .glb import read, rows
from .sdks import ask

V31 = "v3.1-20260211"


@pytest.fixture(scope="module")
def bench(forging: StandIn) -> str:
    """A finished model to start from."""
    return done(forging, lambda sdk: sdk.text_to_model("a red bench", model_version=V31)).task_id


def done(service: StandIn, create: Callable[[TripoClient], Awaitable[str]]) -> Task:
    async def whole(client: TripoClient) -> Task:
        task = await client.get_task(await create(client))
        assert task.status is TaskStatus.SUCCESS, task.error_msg
        return task

    return ask(service, whole)


def fetched(service: StandIn, task: Task, folder: Path) -> Mapping[str, bytes]:
    files = ask(service, lambda sdk: sdk.download_task_models(task, str(folder)))
    assert None not in files.values()
    return {name: Path(str(path)).read_bytes() for name, path in files.items()}


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def different(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels in which two pictures of one size clearly differ."""
    pair = (np.asarray(picture, dtype=int) for picture in (one, other))
    first, second = pair
    return float((np.abs(first - second).max(axis=2) > 60).mean())


def test_text_becomes_a_picture_that_shows_it(forging: StandIn, tmp_path: Path) -> None:
    task = done(forging, lambda sdk: sdk.text_to_image("a", size="640x320"))
    picture = opened(fetched(forging, task, tmp_path)["image"])
    longer = done(forging, lambda sdk: sdk.text_to_image("a walrus " * 12, size="640x320"))
    other = opened(fetched(forging, longer, tmp_path)["image"])
    assert picture.size == other.size == (640, 320)
    white = [(np.asarray(each).min(axis=2) > 240).mean() for each in (picture, other)]
    assert white[1] > 2 * white[0] > 0
    assert task.output.raw["image_urls"]


def test_picture_can_be_edited_and_keeps_its_upper_part(
    forging: StandIn, tmp_path: Path, views: Mapping[str, Path]
) -> None:
    task = done(forging, lambda sdk: sdk.image_to_image(views["front"], prompt="with a hat"))
    edited = opened(fetched(forging, task, tmp_path)["image"])
    with Image.open(views["front"]) as given:
        before = given.convert("RGB")
    upper = (0, 0, before.width, before.height // 2)
    assert edited.size == before.size
    assert different(edited.crop(upper), before.crop(upper)) == 0
    assert different(edited, before) > 0.05
    several: list[str | Path] = [views["front"], views["back"]]
    both = done(forging, lambda sdk: sdk.generate_image("together", files=several))
    assert opened(fetched(forging, both, tmp_path)["image"]).width == 2 * before.width


def test_four_views_are_generated_edited_and_used(
    forging: StandIn, tmp_path: Path, views: Mapping[str, Path]
) -> None:
    made = done(forging, lambda sdk: sdk.generate_multiview_image(views["front"]))
    names = ("front_view", "left_view", "back_view", "right_view")
    first = fetched(forging, made, tmp_path)
    assert set(first) == set(names)
    assert len({first[name] for name in names}) == 4
    prompts = [{"view": "back", "prompt": "a door"}]
    edited = done(forging, lambda sdk: sdk.edit_multiview_image(made.task_id, prompts))
    second = fetched(forging, edited, tmp_path)
    changed = [name for name in names if different(opened(first[name]), opened(second[name])) > 0]
    assert changed == ["back_view"]
    assert edited.credits_consumed == 5
    model = done(forging, lambda sdk: sdk.multiview_to_model(edited.task_id, model_version=V31))
    assert read(fetched(forging, model, tmp_path)["model"]).base is not None


def test_generated_picture_becomes_a_model(forging: StandIn, tmp_path: Path) -> None:
    picture = done(forging, lambda sdk: sdk.text_to_image("a green tower"))
    model = done(forging, lambda sdk: sdk.image_to_model(picture.task_id, model_version=V31))
    assert read(fetched(forging, model, tmp_path)["model"]).base is not None


def test_picture_gives_depth_and_splat(
    forging: StandIn, tmp_path: Path, views: Mapping[str, Path]
) -> None:
    depth = done(forging, lambda sdk: sdk.image_to_depth(views["front"], process_res=300))
    picture = opened(fetched(forging, depth, tmp_path)["depth_image"])
    assert max(picture.size) == 300
    splat = done(forging, lambda sdk: sdk.image_to_splat(views["front"], model_seed=1))
    url = splat.output.urls["splat_url"]
    ask(forging, lambda sdk: sdk.download_file(url, tmp_path / "splat.ply"))
    cloud = (tmp_path / "splat.ply").read_bytes()
    assert cloud.startswith(b"ply\nformat binary_little_endian")
    assert b"property float f_dc_0" in cloud[:1000]


STARTS = {
    "GLTF": b"glTF",
    "FBX": b"Kaydara FBX Binary",
    "OBJ": b"PK",
    "USDZ": b"PK",
    "3MF": b"PK",
}


@pytest.mark.parametrize("wanted", ["GLTF", "FBX", "OBJ", "USDZ", "3MF", "STL"])
def test_model_is_really_converted(
    wanted: str,
    forging: StandIn,
    bench: str,
    tmp_path: Path,
    writable: Callable[[str], None],
) -> None:
    writable(wanted)
    task = done(forging, lambda sdk: sdk.convert_model(bench, wanted))
    content = fetched(forging, task, tmp_path)["model"]
    assert content.startswith(STARTS.get(wanted, b""))
    assert task.credits_consumed == 5
    if wanted == "OBJ":
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        assert {"model.obj", "model.mtl"} < set(names)
    if wanted == "3MF":
        model = zipfile.ZipFile(io.BytesIO(content)).read("3D/3dmodel.model")
        assert model.count(b"<triangle ") > 100
    if wanted == "STL":
        assert len(trimesh.load_mesh(io.BytesIO(content), file_type="stl").faces) > 100


def test_conversion_respects_size_placement_faces_and_texture(
    forging: StandIn, bench: str, tmp_path: Path
) -> None:
    task = done(
        forging,
        lambda sdk: sdk.convert_model(
            bench,
            "GLTF",
            scale_factor=3.0,
            pivot_to_center_bottom=True,
            face_limit=600,
            texture_size=128,
            texture_format="WEBP",
        ),
    )
    model = read(fetched(forging, task, tmp_path)["model"])
    low, high = (model.corners.reshape(-1, 3).min(axis=0), model.corners.reshape(-1, 3).max(axis=0))
    assert max(model.size) == pytest.approx(3.0, rel=0.02)
    assert low[2] == pytest.approx(0, abs=0.01)
    assert (low + high)[:2] == pytest.approx([0, 0], abs=0.05)
    assert 0 < len(model.corners) <= 600
    assert {image["mimeType"] for image in rows(model.scene, "images")} == {"image/webp"}
    assert task.credits_consumed == 10


def test_parts_are_segmented_completed_and_decimated(
    forging: StandIn, bench: str, tmp_path: Path
) -> None:
    cut = done(forging, lambda sdk: sdk.mesh_segmentation(bench))
    parts = scene_of(fetched(forging, cut, tmp_path)["model"])
    names = [node["name"] for node in rows(parts, "nodes")]
    assert 2 <= len(names) == len(set(names)) <= 8
    fine = done(
        forging,
        lambda sdk: sdk.mesh_segment(
            bench, model="v2.0-20260430", segmentation_granularity="simple"
        ),
    )
    assert len(rows(scene_of(fetched(forging, fine, tmp_path)["model"]), "nodes")) <= 3
    whole = done(forging, lambda sdk: sdk.mesh_completion(cut.task_id))
    closed = scene_of(fetched(forging, whole, tmp_path)["model"])
    assert [node["name"] for node in rows(closed, "nodes")] == names
    assert whole.credits_consumed == 50
    cap = done(forging, lambda sdk: sdk.mesh_complete(cut.task_id, completion_mode="quick_cap"))
    assert cap.credits_consumed == 30


def test_completion_closes_what_segmentation_left_open(
    forging: StandIn, views: Mapping[str, Path], tmp_path: Path
) -> None:
    plate = done(forging, lambda sdk: sdk.image_to_model(views["front"], model_version=V31))
    cut = done(
        forging,
        lambda sdk: sdk.mesh_segment(
            plate.task_id, model="v2.0-20260430", split_by_connectivity=False
        ),
    )
    whole = done(forging, lambda sdk: sdk.mesh_completion(cut.task_id))
    holes = [open_edges(fetched(forging, task, tmp_path)["model"]) for task in (cut, whole)]
    assert holes[0] > 0 == holes[1]


def open_edges(content: bytes) -> int:
    """Count the edges of only one triangle; corners in the same place count as one."""
    total = 0
    for mesh in trimesh.load_scene(io.BytesIO(content), file_type="glb").geometry.values():
        corners = np.asarray(mesh.vertices).round(5)
        place = np.unique(corners, axis=0, return_inverse=True)[1].ravel()
        faces = place[np.asarray(mesh.faces)]
        edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]))
        total += int((np.unique(edges, axis=0, return_counts=True)[1] == 1).sum())
    return total


def test_single_parts_can_be_converted_and_rotated(
    forging: StandIn, bench: str, tmp_path: Path
) -> None:
    cut = done(forging, lambda sdk: sdk.mesh_segmentation(bench))
    model = fetched(forging, cut, tmp_path)["model"]
    first = str(rows(scene_of(model), "nodes")[0]["name"])
    one = done(forging, lambda sdk: sdk.convert_model(cut.task_id, "GLTF", part_names=[first]))
    alone = fetched(forging, one, tmp_path)["model"]
    assert [node["name"] for node in rows(scene_of(alone), "nodes")] == [first]
    turned = done(
        forging,
        lambda sdk: sdk.convert_model(
            cut.task_id, "GLTF", part_names=[first], export_orientation="+y"
        ),
    )
    across = read(fetched(forging, turned, tmp_path)["model"]).size
    assert np.allclose(across, read(alone).size[[1, 0, 2]], atol=1e-4)


def test_decimation_reduces_faces_and_quads_are_an_fbx(
    forging: StandIn, bench: str, tmp_path: Path
) -> None:
    source = ask(forging, lambda sdk: sdk.get_task(bench))
    before = read(fetched(forging, source, tmp_path)["model"])
    thin = done(forging, lambda sdk: sdk.smart_lowpoly(bench, face_limit=700))
    after = read(fetched(forging, thin, tmp_path)["model"])
    assert 100 < len(after.corners) <= 700 < len(before.corners)
    assert after.base is not None
    assert thin.credits_consumed == 30
    quads = done(forging, lambda sdk: sdk.mesh_decimate(bench, face_limit=1000, quad=True))
    assert fetched(forging, quads, tmp_path)["model"].startswith(b"Kaydara FBX Binary")
    old = done(forging, lambda sdk: sdk.mesh_decimate(bench, model="v1.0", face_limit=1000))
    assert old.credits_consumed == 10


def test_unwrapped_model_comes_with_a_picture_of_its_uv_layout(
    forging: StandIn, bench: str, tmp_path: Path
) -> None:
    task = done(forging, lambda sdk: sdk.mesh_uv(bench))
    files = fetched(forging, task, tmp_path)
    model = read(files["model"])
    assert len(model.places) == len(model.corners)
    assert 0 <= model.places.min() < model.places.max() <= 1
    assert opened(files["uv_render"]).size == (512, 512)


def test_model_is_checked_rigged_and_animated(forging: StandIn, bench: str, tmp_path: Path) -> None:
    check = done(forging, lambda sdk: sdk.check_riggable(bench))
    assert (check.output.riggable, check.output.rig_type) == (True, "biped")
    assert check.credits_consumed == 0
    rig = done(forging, lambda sdk: sdk.rig_model(bench))
    scene = scene_of(fetched(forging, rig, tmp_path)["model"])
    (skin,) = rows(scene, "skins")
    assert len(items(skin["joints"]) or []) == 9
    attributes = mapping(rows(rows(scene, "meshes")[0], "primitives")[0]["attributes"]) or {}
    assert {"JOINTS_0", "WEIGHTS_0"} <= set(attributes)
    clips = ["preset:walk", "preset:run"]
    moved = done(
        forging,
        lambda sdk: sdk.retarget_animation(rig.task_id, clips, export_with_geometry=True),
    )
    assert moved.credits_consumed == 20
    names: list[object] = []
    for number, url in enumerate(items(moved.output.raw["model_urls"]) or []):
        path = tmp_path / f"clip{number}.glb"
        ask(forging, lambda sdk, u=str(url), p=path: sdk.download_file(u, p))
        clip = scene_of(path.read_bytes())
        assert rows(clip, "meshes")
        names += [each["name"] for each in rows(clip, "animations")]
    assert names == clips


def test_animation_can_come_alone_and_as_an_fbx(
    forging: StandIn, bench: str, tmp_path: Path
) -> None:
    rig = done(
        forging,
        lambda sdk: sdk.rig(bench, model="v2.5-20260210", rig_type="quadruped", out_format="fbx"),
    )
    assert fetched(forging, rig, tmp_path)["model"].startswith(b"Kaydara FBX Binary")
    alone = done(
        forging,
        lambda sdk: sdk.retarget(
            rig.task_id, animation="preset:quadruped:walk", export_with_geometry=False
        ),
    )
    scene = scene_of(fetched(forging, alone, tmp_path)["model"])
    assert rows(scene, "animations")
    assert rows(scene, "meshes") == []
    joints = {str(node["name"]) for node in rows(scene, "nodes")}
    assert "Spine0" in joints


def test_stone_cannot_be_rigged_and_dog_has_four_legs(forging: StandIn) -> None:
    for words, found in (("a gray stone", (False, "others")), ("a dog", (True, "quadruped"))):
        model = done(forging, lambda sdk, w=words: sdk.text_to_model(w, model_version=V31))
        check = done(forging, lambda sdk, m=model: sdk.rig_check(m.task_id))
        assert (check.output.riggable, check.output.rig_type) == found


def test_mesh_can_be_used_by_its_upload_token(forging: StandIn, bench: str, tmp_path: Path) -> None:
    source = ask(forging, lambda sdk: sdk.get_task(bench))
    files = ask(forging, lambda sdk: sdk.download_task_models(source, str(tmp_path)))
    token = ask(forging, lambda sdk: sdk.upload_file(str(files["model"])))["file_token"]
    task = done(forging, lambda sdk: sdk.convert_model(token, "FBX"))
    assert fetched(forging, task, tmp_path)["model"].startswith(b"Kaydara FBX Binary")
    assert done(forging, lambda sdk: sdk.rig_check(token)).output.riggable


def test_retired_methods_send_nothing(service: StandIn) -> None:
    for name in ("refine_model", "stylize_model"):
        with pytest.raises(TripoValidationError):
            ask(service, lambda sdk, n=name: getattr(sdk, n)(*["x"] * (1 + (n[0] == "s"))))
    assert service.ledger.requests == ()


def test_preview_can_be_downloaded_alone(forging: StandIn, bench: str, tmp_path: Path) -> None:
    task = ask(forging, lambda sdk: sdk.get_task(bench, step=1))
    assert task.raw["pipeline_step"] == "done"
    path = ask(forging, lambda sdk: sdk.download_rendered_image(task, str(tmp_path)))
    assert Path(str(path)).read_bytes().startswith(b"\x89PNG")
