"""Models that were sent in: each step is visible in the result, and all stays where it was.

Opened in Blender, as the artist would. The model stands far from the origin, turned, mirrored in
one part, with parts of very different sizes.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import requests
import trimesh
from PIL import Image
from trimesh.transformations import euler_matrix, scale_matrix, translation_matrix

from tests.standin.messages import items, mapping
from tests.standin.service import StandIn

from . import glb
from .conftest import Caller
from .gateways import TRIPO, StudioCaller
from .opened import Opened, look

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

TEXTURE, SEGMENT, COMPLETE = "/v3/models/texture", "/v3/mesh/segment", "/v3/mesh/complete"
DECIMATE, UV, CONVERT = "/v3/mesh/decimate", "/v3/mesh/uv", "/v3/models/convert"
RIG, RETARGET, CHECK = "/v3/animations/rig", "/v3/animations/retarget", "/v3/animations/rig-check"
V30, RIG25 = "v3.0-20250812", "v2.5-20260210"
PARTS = ["Ball", "Crate", "Pin"]
RED = (200, 30, 30)


def model() -> trimesh.Scene:
    """A ball of 1280 faces, a crate and a mirrored pin, all red."""
    scene = trimesh.Scene()
    red = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.new("RGB", (32, 32), RED))
    shapes = {
        "Ball": trimesh.creation.icosphere(subdivisions=3, radius=0.7),
        "Crate": trimesh.creation.box((0.2, 0.3, 0.25)),
        "Pin": trimesh.creation.cone(0.1, 0.5, sections=12),
    }
    turned = euler_matrix(0.4, 0.9, -0.3) @ scale_matrix(1.3)
    places = {
        "Ball": translation_matrix((4, 1, -2)) @ turned,
        "Crate": translation_matrix((5, 0, -1)) @ euler_matrix(0, 0.5, 0),
        "Pin": translation_matrix((3, 0.5, -2.5)) @ np.diag([-1.0, 1.0, 1.0, 1.0]),
    }
    for name, shape in shapes.items():
        places_on_it = np.asarray(shape.vertices)[:, :2] % 1
        shape.visual = trimesh.visual.TextureVisuals(uv=places_on_it, material=red)
        scene.add_geometry(shape, node_name=name, geom_name=name, transform=places[name])
    return scene


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sent") / "model.glb"
    path.write_bytes(bytes(model().export(file_type="glb")))
    return path


@pytest.fixture(scope="module")
def before(sent: Path) -> Opened:
    (opened,) = look(sent)
    return opened


class Bench:
    """Asks for work on models and keeps the files."""

    def __init__(self, service: StandIn, folder: Path) -> None:
        self.caller = Caller(service.base_url)
        self.folder = folder
        self.count = 0

    def done(self, path: str, **body: object) -> str:
        answer = self.caller.post(path, body).json()
        assert answer["code"] == 0, (path, body, answer)
        task_id = answer["data"]["task_id"]
        task = self.caller.data(f"/v3/tasks/{task_id}")
        assert task["status"] == "success", (path, body, task)
        return task_id

    def failed(self, path: str, **body: object) -> object:
        answer = self.caller.post(path, body).json()
        task = self.caller.data(f"/v3/tasks/{answer['data']['task_id']}")
        assert task["status"] == "failed", (path, body)
        return task["error_code"]

    def fetched(self, task_id: str) -> list[Path]:
        output = mapping(self.caller.data(f"/v3/tasks/{task_id}")["output"]) or {}
        urls = items(output.get("model_urls")) or [output["model_url"]]
        return [self.kept(str(url)) for url in urls]

    def kept(self, url: str) -> Path:
        self.count += 1
        suffix = url.partition("?")[0].rpartition(".")[2]
        path = self.folder / f"{self.count}.{suffix}"
        path.write_bytes(requests.get(url, timeout=60).content)
        return path

    def made(self, path: str, **body: object) -> Path:
        (file,) = self.fetched(self.done(path, **body))
        return file


@pytest.fixture
def bench(forging: StandIn, tmp_path: Path) -> Bench:
    return Bench(forging, tmp_path)


@pytest.fixture(params=["task", "token"])
def source(request: pytest.FixtureRequest, bench: Bench, sent: Path) -> str:
    """The sent model as an import task, and as the token of its file."""
    token = bench.caller.token(sent)
    return bench.done("/v3/models/import", input=token) if request.param == "task" else token


def near(one: Opened, other: Opened, *, within: float = 1e-3) -> bool:
    return bool(np.allclose(one.box, other.box, atol=within))


def same(one: Opened, other: Opened) -> bool:
    """Whether each corner of one has a corner of the other in its place."""
    first, second = np.array(one.corners), np.array(other.corners)
    away = np.linalg.norm(first[:, None] - second[None], axis=2)
    return bool(max(away.min(axis=0).max(), away.min(axis=1).max()) < 3e-4)


GOLD = {"text": "gold"}


def test_what_keeps_the_shape_keeps_every_corner_in_its_place(
    bench: Bench, source: str, before: Opened
) -> None:
    cut = bench.done(SEGMENT, input=source)
    files = {
        "texture": bench.made(TEXTURE, model=V30, input=source, texture_prompt=GOLD),
        "uv": bench.made(UV, input=source),
        "segment": bench.fetched(cut)[0],
        "rig": bench.made(RIG, model=RIG25, input=source),
    }
    opened = dict(zip(files, look(*files.values()), strict=True))
    for step, after in opened.items():
        assert same(after, before), step
        assert after.faces == before.faces, step
        assert list(after.parts) == PARTS or step == "segment"
        assert sorted(after.mapped) == sorted(after.parts), step
    assert len(opened["segment"].parts) == 3
    assert all(name.startswith("tripo_node_") for name in opened["segment"].parts)
    assert opened["uv"].pictures == []
    assert len(opened["texture"].pictures) == 3
    assert len(opened["rig"].bones) == 9


def test_fewer_faces_are_in_the_same_place_and_no_part_is_lost(
    bench: Bench, source: str, before: Opened
) -> None:
    files = [
        bench.made(DECIMATE, input=source),
        bench.made(DECIMATE, input=source, face_limit=600),
        bench.made(DECIMATE, input=source, face_limit=900, quad=True),
    ]
    quarter, few, quads = look(*files)
    assert 200 < quarter.faces <= before.faces // 4
    assert 400 < few.faces <= 600
    assert quads.faces <= 900
    assert (set(quads.sides), files[2].suffix) == ({"4"}, ".fbx")
    for after in (quarter, few, quads):
        assert sorted(after.parts) == PARTS
        assert sorted(after.mapped) == PARTS
        assert near(after, before, within=0.06)
        assert after.rims == 0
        assert [picture[:2] for picture in after.pictures] == [[32, 32]]


def test_cut_parts_are_closed_where_they_stand(bench: Bench, tmp_path: Path) -> None:
    whole = trimesh.creation.icosphere(subdivisions=3, radius=0.5)
    whole.apply_translation((2, 3, 4))
    path = tmp_path / "ball.glb"
    path.write_bytes(bytes(trimesh.Scene(whole).export(file_type="glb")))
    cut = bench.done(SEGMENT, input=bench.caller.token(path))
    closed = bench.done(COMPLETE, input=cut)
    given, parts, after = look(path, *bench.fetched(cut), *bench.fetched(closed))
    assert len(parts.parts) == 4
    assert parts.rims > 0 == after.rims
    assert list(parts.parts) == list(after.parts)
    assert parts.box == after.box == given.box


def test_something_flat_is_cut_along_its_length(bench: Bench, tmp_path: Path) -> None:
    sheet = trimesh.creation.box((4, 0.01, 1)).subdivide().subdivide().subdivide()
    path = tmp_path / "sheet.glb"
    path.write_bytes(bytes(trimesh.Scene(sheet).export(file_type="glb")))
    (parts,) = look(bench.made(SEGMENT, input=bench.caller.token(path)))
    assert len(parts.parts) == 4


FORMATS = {"GLTF": ".glb", "FBX": ".fbx", "OBJ": ".zip", "USDZ": ".usdz", "STL": ".stl"}


def test_every_format_holds_the_same_shape_in_the_same_place(
    bench: Bench, source: str, before: Opened
) -> None:
    files = {name: bench.made(CONVERT, input=source, format=name) for name in FORMATS}
    assert {name: file.suffix for name, file in files.items()} == FORMATS
    for name, after in zip(files, look(*files.values()), strict=True):
        assert near(after, before), name
        assert sum(after.sides.values()) == before.faces, name
        assert name == "STL" or sorted(after.parts) == PARTS
        assert name == "STL" or {each[0] for each in after.pictures} == {32}, name


@pytest.mark.parametrize("name", ["GLTF", "FBX", "OBJ", "USDZ"])
def test_pictures_are_in_the_format_that_was_asked_for(name: str, bench: Bench, sent: Path) -> None:
    token = bench.caller.token(sent)
    wishes = [None, "PNG", "JPEG"]
    files = [
        bench.made(CONVERT, input=token, format=name, **({"texture_format": wish} if wish else {}))
        for wish in wishes
    ]
    usual = "PNG" if name == "FBX" else "JPEG"
    found = [{each[2] for each in after.pictures} for after in look(*files)]
    assert found == [{usual}, {"PNG"}, {"JPEG"}]


def test_a_symmetric_quad_mesh_is_symmetric_about_its_own_middle(
    bench: Bench, sent: Path, tmp_path: Path
) -> None:
    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.5)
    ball.apply_translation((2, 3, 4))
    path = tmp_path / "ball.glb"
    path.write_bytes(bytes(trimesh.Scene(ball).export(file_type="glb")))
    wish = {"format": "FBX", "quad": True, "force_symmetry": True, "face_limit": 3000}
    (after,) = look(bench.made(CONVERT, input=bench.caller.token(path), **wish))
    assert 50 < after.faces <= 3000
    assert set(after.sides) == {"4"}
    # glTF's Z is Blender's -Y.
    other = sorted([x, round(-8 - y, 4), z] for x, y, z in after.corners)
    assert np.allclose(after.corners, other, atol=2e-4)


def test_clips_move_the_mesh_and_the_root_goes_ahead_unless_it_may_not(
    bench: Bench, source: str, before: Opened
) -> None:
    rig = bench.done(RIG, model=RIG25, input=source)
    clips = ["preset:walk", "preset:run", "preset:hurt"]
    away = bench.fetched(bench.done(RETARGET, input=rig, animations=clips))
    spot = bench.fetched(bench.done(RETARGET, input=rig, animation=clips[0], animate_in_place=True))
    opened = look(*away, *spot)
    assert [after.actions for after in opened[:3]] == [[clip] for clip in clips]
    for after in opened:
        assert same(after, before)
        assert sorted(after.parts) == PARTS
        assert len(after.bones) == 9
    ahead = [middle[0] - start[0] for after in opened for start, middle in after.moves]
    there, *_, stays = ahead
    assert there > stays + 0.3
    assert all(start != middle for after in opened for start, middle in after.moves)
    assert len({json.dumps(after.moves) for after in opened}) == 4


def test_a_moving_model_keeps_its_animation_in_another_format_and_loses_it_when_remade(
    bench: Bench, sent: Path
) -> None:
    rig = bench.done(RIG, model=RIG25, input=bench.caller.token(sent))
    clip = bench.done(RETARGET, input=rig, animation="preset:walk")
    files = [
        bench.made(CONVERT, input=clip, format="FBX"),
        bench.made(CONVERT, input=clip, format="GLTF", animate_in_place=True),
        bench.made(CONVERT, input=clip, format="GLTF", with_animation=False),
        bench.made(CONVERT, input=rig, format="FBX"),
        bench.made(CONVERT, input=rig, format="FBX", quad=True, face_limit=2000),
    ]
    moving, spot, still, rigged, remade = look(*files)
    assert [len(each.actions) for each in (moving, spot, still, rigged)] == [1, 1, 0, 0]
    (going,), (staying,) = moving.moves, spot.moves
    assert going[1][0] - going[0][0] > staying[1][0] - staying[0][0] + 0.3
    assert all(len(each.bones) == 9 for each in (moving, spot, still, rigged))
    assert (remade.bones, set(remade.sides)) == ([], {"4"})


def test_a_new_skeleton_is_not_pulled_by_the_weights_of_an_old_one(
    bench: Bench, sent: Path
) -> None:
    rig = bench.fetched(bench.done(RIG, model=RIG25, input=bench.caller.token(sent)))[0]
    again = bench.made(RIG, model=RIG25, rig_type="quadruped", input=bench.caller.token(rig))
    (after,) = look(again)
    weights = glb_weights(again)
    assert "Spine0" in after.bones
    assert np.allclose(weights.max(axis=1), 1.0)


def glb_weights(path: Path) -> np.ndarray:
    scene, binary = glb.parsed(path.read_bytes())
    rows = [
        glb.values(scene, binary, (mapping(each["attributes"]) or {})["WEIGHTS_0"])
        for mesh in glb.rows(scene, "meshes")
        for each in glb.rows(mesh, "primitives")
    ]
    return np.concatenate(rows)


def mean(path: Path) -> tuple[float, ...]:
    """The mean colour of the base picture of a GLB's first material."""
    base = glb.read(path.read_bytes()).base
    assert base is not None
    return tuple(np.asarray(base.convert("RGB"), dtype=float).mean(axis=(0, 1)))


def test_a_style_colours_the_texture_and_the_words_stay_readable(
    bench: Bench, sent: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), (10, 40, 220)).save(tmp_path / "blue.png")
    style, token = bench.caller.token(tmp_path / "blue.png"), bench.caller.token(sent)
    seeded = {"model": V30, "input": token, "texture_seed": 1}
    plain = bench.made(TEXTURE, **seeded, texture_prompt={"text": "MMM"})
    styled = bench.made(TEXTURE, **seeded, texture_prompt={"text": "MMM", "style_image": style})
    red, _, blue = mean(styled)
    assert blue - red > 60 > mean(plain)[2] - mean(plain)[0]
    base = glb.read(styled.read_bytes()).base
    assert base is not None
    assert (np.asarray(base.convert("RGB")).min(axis=2) > 240).mean() > 0.02
    letters = {"model": "v3.1-20260211", "prompt": "a bench", "model_seed": 1, "texture_seed": 1}
    made = bench.made("/v3/generation/text-to-model", **letters, style_image=style)
    assert mean(made)[2] - mean(made)[0] > 60


def test_only_the_named_parts_get_a_new_skin(bench: Bench, sent: Path, before: Opened) -> None:
    wish = {"model": V30, "texture_prompt": GOLD, "part_names": ["Crate", "Pin"]}
    (after,) = look(bench.made(TEXTURE, input=bench.caller.token(sent), **wish))
    assert after.skins["Crate"] == after.skins["Pin"] != after.skins["Ball"]
    assert after.skins["Crate"].startswith("tripo_mat_")
    assert same(after, before)
    assert {each[0] for each in after.pictures} == {32, 512}


def test_a_picture_is_on_every_side_and_detail_has_more_pixels(
    bench: Bench, sent: Path, views: Mapping[str, Path]
) -> None:
    picture = {"image": bench.caller.token(views["back"])}
    wish = {"model": V30, "input": bench.caller.token(sent), "texture_prompt": picture}
    usual, fine = (
        bench.made(TEXTURE, **wish, texture_quality=each) for each in ("standard", "detailed")
    )
    red, _, blue = mean(usual)
    assert blue > red
    sizes = [{each[0] for each in after.pictures} for after in look(usual, fine)]
    assert sizes == [{512}, {1024}]


def test_what_was_sent_or_changed_needs_a_wish_for_its_texture(bench: Bench, sent: Path) -> None:
    token = bench.caller.token(sent)
    imported = bench.done("/v3/models/import", input=token)
    made = bench.done("/v3/generation/text-to-model", model="v3.1-20260211", prompt="a cup")
    strange = [token, imported, bench.done(UV, input=imported), bench.done(SEGMENT, input=made)]
    strange += [bench.done(DECIMATE, input=made), bench.done(COMPLETE, input=strange[-1])]
    for source in strange:
        assert bench.failed(TEXTURE, model=V30, input=source) == 1001
    dressed = bench.done(TEXTURE, model=V30, input=imported, texture_prompt=GOLD)
    for source in (made, bench.done(UV, input=made), dressed):
        bench.done(TEXTURE, model=V30, input=source)


def test_a_model_that_was_worked_on_is_still_the_animal_it_was(bench: Bench, sent: Path) -> None:
    made = bench.done("/v3/generation/text-to-model", model="v3.1-20260211", prompt="a dog")
    thin = bench.done(DECIMATE, input=bench.done(TEXTURE, model=V30, input=made))
    sources = {thin: "quadruped", bench.caller.token(sent): "biped"}
    for source, rig_type in sources.items():
        output = bench.caller.data(f"/v3/tasks/{bench.done(CHECK, input=source)}")["output"]
        assert output == {"riggable": True, "rig_type": rig_type}


def test_points_without_faces_are_passed_over(bench: Bench, tmp_path: Path) -> None:
    scene = trimesh.Scene(trimesh.creation.box())
    scene.add_geometry(trimesh.PointCloud([[0, 0, 0], [9, 9, 9]]), node_name="dust")
    path = tmp_path / "dusty.glb"
    path.write_bytes(bytes(scene.export(file_type="glb")))
    token = bench.caller.token(path)
    (after,) = look(bench.made(TEXTURE, model=V30, input=token, texture_prompt=GOLD))
    assert after.box == ((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5))


def test_new_coordinates_can_come_turned(bench: Bench, sent: Path, before: Opened) -> None:
    turned = bench.made(UV, input=bench.caller.token(sent), export_orientation="+y")
    (after,) = look(turned)
    assert np.allclose(
        after.corners, sorted([-y + 0.0, x, z] for x, y, z in before.corners), atol=2e-4
    )


def test_an_fbx_that_was_sent_stays_one_and_in_its_place(
    bench: Bench, sent: Path, before: Opened
) -> None:
    fbx = bench.made(CONVERT, input=bench.caller.token(sent), format="FBX")
    imported = bench.done("/v3/models/import", input=bench.caller.token(fbx))
    skin = bench.made(TEXTURE, model=V30, input=imported, texture_prompt=GOLD)
    thin = bench.made(DECIMATE, input=imported, face_limit=600)
    assert skin.suffix == ".fbx"
    dressed, fewer = look(skin, thin)
    assert near(dressed, before)
    assert (dressed.faces, sorted(dressed.parts)) == (before.faces, PARTS)
    assert near(fewer, before, within=0.06)


def test_a_file_sent_along_to_the_gateway_stays_in_its_place(
    forging: StandIn, bench: Bench, sent: Path, before: Opened, tmp_path: Path
) -> None:
    studio = StudioCaller(forging.base_url)
    blue = io.BytesIO()
    Image.new("RGB", (64, 64), (10, 40, 220)).save(blue, "PNG")
    given = ("model.glb", sent.read_bytes())

    def made(path: str, texts: dict[str, str], **files: tuple[str, bytes]) -> Path:
        answer = studio.form(f"{TRIPO}{path}/", texts, model=given, **files)
        return bench.kept(studio.asset(answer.json()["task_id"]))

    plain = {"prompt": "gold", "texture_seed": "1"}
    style = {"style_image": ("blue.png", blue.getvalue())}
    files = [
        made("texture-model", plain),
        made("texture-model", plain, **style),
        made("mesh-segmentation", {}),
        made("convert-model", {"format": "FBX"}),
    ]
    skin, styled, cut, fbx = look(*files)
    assert all(same(after, before) for after in (skin, styled, cut))
    assert near(fbx, before)
    assert len(cut.parts) == 3
    assert mean(files[1])[2] - mean(files[1])[0] > 60
