"""Takes of an FBX that animate more than one skeleton: each stays with what it animates."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import samples
from tests.blender.arriving import Way, both_ways, by_child, objects_of

pytestmark = pytest.mark.every_blender

TAKES = ("One", "Two")


def cast(_folder: Path) -> None:
    """Make two faces with a shape key of the same name, each with a twin that shares its mesh, and
    a camera that moves and zooms. Shapes and lens change in every take."""
    scene = bpy.context.scene
    for name in ("Anna", "Bert"):
        face = samples.wedge(name)
        face.shape_key_add(name="Basis")
        face.shape_key_add(name="Smile").data[0].co.x = -1
        _key(face.data.shape_keys, 'key_blocks["Smile"].value', (0.0, 1.0))
        scene.collection.objects.link(bpy.data.objects.new(f"{name} twin", face.data))
    lens = bpy.data.cameras.new("Cam")
    camera = bpy.data.objects.new("Cam", lens)
    scene.collection.objects.link(camera)
    _key(lens, "lens", (20.0, 80.0))
    for reach, take in enumerate(TAKES, start=1):
        _key(camera, "location", ((0, 0, 0), (0, 0, reach)))
        animation = camera.animation_data
        action, track = animation.action, animation.nla_tracks.new()
        assert action is not None
        track.strips.new(take, 1, action).name = take
        animation.action = None


def _key(owner: bpy.types.ID, path: str, values: tuple[object, ...]) -> None:
    holder, _, name = path.rpartition(".")
    for frame, value in zip((1, 20), values, strict=True):
        setattr(owner.path_resolve(holder) if holder else owner, name, value)
        owner.keyframe_insert(path, frame=frame)


def _to_fbx(path: Path) -> None:
    bpy.ops.export_scene.fbx(
        filepath=str(path), bake_anim_use_all_actions=False, bake_anim_simplify_factor=0.0
    )


def takes_of(owner: bpy.types.ID) -> set[str]:
    """Return the names of the takes that an owner plays or has on a track."""
    animation = owner.animation_data
    strips = [strip for track in animation.nla_tracks for strip in track.strips]
    actions = {player.action for player in (animation, *strips) if player.action}
    # The importer before Blender 4.5 numbers equal names: "Cam|One.001".
    return {action.name.rpartition("|")[2].partition(".")[0] for action in actions}


@both_ways
def test_shape_key_and_camera_takes_stay_with_their_owners(arrive: Way, tmp_path: Path) -> None:
    source = samples._export(tmp_path / "model.fbx", cast, _to_fbx)
    root = arrive(source, tmp_path)
    parts = {obj.name: obj for obj in objects_of(root)}
    for name in ("Anna", "Bert"):
        assert takes_of(parts[name].data.shape_keys) == set(TAKES), name
    assert takes_of(parts["Cam"]) == set(TAKES)
    lens = parts["Cam"].data
    assert lens is not None
    assert takes_of(lens) == set(TAKES)


def test_counting_users_renames_nothing_and_logs_nothing(tmp_path: Path) -> None:
    export = partial(samples._export, to_file=_to_fbx)
    root = by_child(export(tmp_path / "model.fbx", cast), tmp_path)
    assert {mesh.users for mesh in bpy.data.meshes} == {2}
    assert {keys.name for keys in bpy.data.shape_keys} == {"Key", "Key.001"}
    assert len(objects_of(root)) == 6
    assert "decrement" not in (tmp_path / "log.txt").read_text(encoding="utf-8")
