"""Sent models: each step is visible in the result, and everything else stays where it was.

Opened in Blender, as the artist would. Covers textures, faces and parts.
"""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from tests.standin.messages import mapping
from tests.standin.service import StandIn

from . import glb
from .gateways import TRIPO, StudioCaller
from .opened import Opened, look
from .sending import (
    CHECK,
    COMPLETE,
    DECIMATE,
    GOLD,
    PARTS,
    RIG,
    RIG25,
    SEGMENT,
    TEXTURE,
    UV,
    V30,
    Bench,
    as_glb,
    near,
    same,
)
from .test_v2_bodies import Caller as OldCaller
from .test_v2_storage import put, signed

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")


def test_edits_that_keep_the_shape_keep_every_vertex_in_place(
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


def test_decimated_model_stays_in_place_and_loses_no_part(
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


def test_segmented_parts_are_closed_in_place(bench: Bench, tmp_path: Path) -> None:
    whole = trimesh.creation.icosphere(subdivisions=3, radius=0.5)
    whole.apply_translation((2, 3, 4))
    path = tmp_path / "ball.glb"
    path.write_bytes(as_glb(trimesh.Scene(whole)))
    cut = bench.done(SEGMENT, input=bench.caller.token(path))
    closed = bench.done(COMPLETE, input=cut)
    given, parts, after = look(path, *bench.fetched(cut), *bench.fetched(closed))
    assert len(parts.parts) == 4
    assert parts.rims > 0 == after.rims
    assert list(parts.parts) == list(after.parts)
    assert parts.box == after.box == given.box


def test_flat_model_is_segmented_along_its_length(bench: Bench, tmp_path: Path) -> None:
    sheet = trimesh.creation.box((4, 0.01, 1)).subdivide().subdivide().subdivide()
    path = tmp_path / "sheet.glb"
    path.write_bytes(as_glb(trimesh.Scene(sheet)))
    (parts,) = look(bench.made(SEGMENT, input=bench.caller.token(path)))
    assert len(parts.parts) == 4


def mean(path: Path) -> tuple[float, ...]:
    """Return the mean color of the base picture of a GLB's first material."""
    base = glb.read(path.read_bytes()).base
    assert base is not None
    return tuple(np.asarray(base.convert("RGB"), dtype=float).mean(axis=(0, 1)))


def test_style_colors_the_texture_and_the_text_stays_readable(
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


def test_only_the_named_parts_get_a_new_texture(bench: Bench, sent: Path, before: Opened) -> None:
    settings = {"model": V30, "texture_prompt": GOLD, "part_names": ["Crate", "Pin"]}
    (after,) = look(bench.made(TEXTURE, input=bench.caller.token(sent), **settings))
    assert after.skins["Crate"] == after.skins["Pin"] != after.skins["Ball"]
    assert after.skins["Crate"].startswith("tripo_mat_")
    assert same(after, before)
    assert {each[0] for each in after.pictures} == {32, 512}


def test_picture_is_on_every_side_and_detail_has_more_pixels(
    bench: Bench, sent: Path, views: Mapping[str, Path]
) -> None:
    picture = {"image": bench.caller.token(views["back"])}
    settings = {"model": V30, "input": bench.caller.token(sent), "texture_prompt": picture}
    usual, fine = (
        bench.made(TEXTURE, **settings, texture_quality=each) for each in ("standard", "detailed")
    )
    red, _, blue = mean(usual)
    assert blue > red
    sizes = [{each[0] for each in after.pictures} for after in look(usual, fine)]
    assert sizes == [{512}, {1024}]


def test_uploaded_or_edited_model_needs_an_input_for_its_texture(bench: Bench, sent: Path) -> None:
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


def test_edited_model_is_still_the_same_animal(bench: Bench, sent: Path) -> None:
    made = bench.done("/v3/generation/text-to-model", model="v3.1-20260211", prompt="a dog")
    thin = bench.done(DECIMATE, input=bench.done(TEXTURE, model=V30, input=made))
    sources = {thin: "quadruped", bench.caller.token(sent): "biped"}
    for source, rig_type in sources.items():
        output = bench.caller.data(f"/v3/tasks/{bench.done(CHECK, input=source)}")["output"]
        assert output == {"riggable": True, "rig_type": rig_type}


def test_loose_points_are_ignored(bench: Bench, tmp_path: Path) -> None:
    scene = trimesh.Scene(trimesh.creation.box())
    scene.add_geometry(trimesh.PointCloud([[0, 0, 0], [9, 9, 9]]), node_name="dust")
    path = tmp_path / "dusty.glb"
    path.write_bytes(as_glb(scene))
    token = bench.caller.token(path)
    (after,) = look(bench.made(TEXTURE, model=V30, input=token, texture_prompt=GOLD))
    assert after.box == ((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5))


def test_new_uv_map_can_come_rotated(bench: Bench, sent: Path, before: Opened) -> None:
    turned = bench.made(UV, input=bench.caller.token(sent), export_orientation="+y")
    (after,) = look(turned)
    assert np.allclose(
        after.corners, sorted([-y + 0.0, x, z] for x, y, z in before.corners), atol=2e-4
    )


def test_file_sent_to_the_gateway_stays_in_place(
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


def test_model_imported_into_v2_through_storage_stays_in_place(
    forging: StandIn, bench: Bench, sent: Path, before: Opened
) -> None:
    caller = OldCaller(forging.base_url)
    grant = caller.post("/upload/sts/token", {"format": "glb"}).json()["data"]
    content = sent.read_bytes()
    assert put(grant, content, signed(grant, content)).status_code == 200
    stored = {"bucket": grant["resource_bucket"], "key": grant["resource_uri"]}
    imported = caller.done("import_model", file={"object": stored})

    def made(kind: str, **body: object) -> Path:
        return taken(caller.done(kind, **body))

    def taken(task_id: str) -> Path:
        output = mapping(caller.task(task_id)["output"]) or {}
        return bench.kept(str(output.get("pbr_model") or output["model"]))

    here = {"original_model_task_id": imported}
    bare = caller.create("texture_model", **here)
    assert (caller.task(bare)["status"], caller.task(bare)["error_code"]) == ("failed", 1001)
    rig = caller.done("animate_rig", **here)
    files = [
        made("texture_model", **here, texture_prompt=GOLD),
        made("mesh_segmentation", **here),
        made("convert_model", **here, format="FBX"),
        made("highpoly_to_lowpoly", **here, face_limit=600),
        taken(rig),
        made("animate_retarget", original_model_task_id=rig, animation="preset:walk"),
    ]
    skin, cut, fbx, thin, rigged, moving = look(*files)
    assert all(same(after, before) for after in (skin, cut, fbx, rigged, moving))
    assert near(thin, before, within=0.06)
    assert (len(cut.parts), thin.faces <= 600, len(moving.actions)) == (3, True, 1)
    assert moving.moves[0][0] != moving.moves[0][1]
