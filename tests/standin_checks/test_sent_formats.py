"""Sent models in other formats, with skeletons and with animation.

Opened in Blender, as the artist would.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from tests.standin.messages import mapping

from . import glb
from .opened import Opened, look
from .sending import (
    CONVERT,
    DECIMATE,
    GOLD,
    PARTS,
    RETARGET,
    RIG,
    RIG25,
    TEXTURE,
    V30,
    Bench,
    as_glb,
    near,
    same,
)

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")


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


def test_pictures_have_the_requested_format(bench: Bench, sent: Path) -> None:
    token = bench.caller.token(sent)
    usual = {"GLTF": "JPEG", "FBX": "PNG", "OBJ": "JPEG", "USDZ": "JPEG"}
    other = {name: "JPEG" if kind == "PNG" else "PNG" for name, kind in usual.items()}
    files = [bench.made(CONVERT, input=token, format=name) for name in usual]
    files += [
        bench.made(CONVERT, input=token, format=name, texture_format=kind)
        for name, kind in other.items()
    ]
    found = [{each[2] for each in after.pictures} for after in look(*files)]
    assert found == [{kind} for kind in (*usual.values(), *other.values())]


def test_symmetric_quad_mesh_is_symmetric_about_its_own_middle(
    bench: Bench, sent: Path, tmp_path: Path
) -> None:
    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.5)
    ball.apply_translation((2, 3, 4))
    path = tmp_path / "ball.glb"
    path.write_bytes(as_glb(trimesh.Scene(ball)))
    settings = {"format": "FBX", "quad": True, "force_symmetry": True, "face_limit": 3000}
    (after,) = look(bench.made(CONVERT, input=bench.caller.token(path), **settings))
    assert 50 < after.faces <= 3000
    assert set(after.sides) == {"4"}
    # glTF's Z is Blender's -Y.
    other = sorted([x, round(-8 - y, 4), z] for x, y, z in after.corners)
    assert np.allclose(after.corners, other, atol=2e-4)


def test_clips_move_the_mesh_and_the_root_unless_in_place(
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


def test_animated_model_keeps_animation_if_converted_and_not_if_remade(
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


def test_new_skeleton_ignores_the_weights_of_the_old_one(bench: Bench, sent: Path) -> None:
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


def test_uploaded_fbx_stays_an_fbx_in_place(bench: Bench, sent: Path, before: Opened) -> None:
    fbx = bench.made(CONVERT, input=bench.caller.token(sent), format="FBX")
    imported = bench.done("/v3/models/import", input=bench.caller.token(fbx))
    skin = bench.made(TEXTURE, model=V30, input=imported, texture_prompt=GOLD)
    thin = bench.made(DECIMATE, input=imported, face_limit=600)
    assert skin.suffix == ".fbx"
    dressed, fewer = look(skin, thin)
    assert near(dressed, before)
    assert (dressed.faces, sorted(dressed.parts)) == (before.faces, PARTS)
    assert near(fewer, before, within=0.06)
