"""Animations in separate files arrive on one skeleton, a track for each."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import samples
from tests.blender.arriving import (
    NAME,
    Way,
    append,
    both_ways,
    by_child,
    clip_entries,
    extent,
    objects_of,
    order_for,
    orphan_data,
    run_in_child,
)
from tripo_addon.blender.child.importing import datablocks
from tripo_addon.jobs.work.child_process import Finished

BENDS = {"Walk": 0.5, "Run": 1.0, "Jump": -0.7}
FORMATS = {"glb": samples.glb, "fbx": samples.fbx}
AT_REST = ((-0.5, 0.5), (-samples.NOSE, 0.0), (0.0, 1.0))
FPS = 30


def files(folder: Path, form: str = "glb", **bends: float) -> dict[str, Path]:
    """Return a file for each animation, named as a service might."""
    made = {}
    for number, (name, bend) in enumerate(bends.items()):
        build = samples.moving(f"preset:{name.lower()}", bend)
        made[name] = FORMATS[form](folder / f"sent-{number}" / f"model.{form}", build)
    return made


def arrived(arrive: Way, clips: Mapping[str, Path], folder: Path) -> Any:
    """Return the rig of a model with these animations."""
    bpy.context.scene.render.fps = FPS
    root = arrive(next(iter(clips.values())), folder, clips=clips)
    return next(obj for obj in objects_of(root) if obj.type == "ARMATURE")


def angle(rig: Any, seconds: float) -> float:
    """Return the signed angle by which the upper bone is bent."""
    action = next(track.strips[0].action for track in rig.animation_data.nla_tracks)
    bpy.context.scene.frame_set(round(action.frame_range[0] + seconds * FPS))
    turn = rig.pose.bones["spine"].matrix_basis.to_quaternion()
    return round(math.copysign(turn.angle, turn.axis.z), 2)


def play(rig: Any, name: str) -> None:
    """Play one track alone."""
    for track in rig.animation_data.nla_tracks:
        track.mute = track.name != name


@pytest.mark.every_blender
@both_ways
@pytest.mark.parametrize("form", FORMATS)
def test_each_animation_gets_an_nla_track_on_the_models_skeleton(
    arrive: Way, form: str, tmp_path: Path
) -> None:
    rig = arrived(arrive, files(tmp_path, form, **BENDS), tmp_path)
    animation = rig.animation_data
    tracks = [(track.name, track.mute) for track in animation.nla_tracks]
    assert tracks == [("Walk", False), ("Run", True), ("Jump", True)]
    assert animation.action is None
    assert sorted(action.name for action in bpy.data.actions) == sorted(BENDS)
    for name, bend in BENDS.items():
        play(rig, name)
        assert [angle(rig, 0.0), angle(rig, 1.0)] == [0.0, bend], name
        assert extent(*objects_of(rig)) != AT_REST
        assert angle(rig, 0.0) == 0.0
        assert extent(*objects_of(rig)) == AT_REST


def count() -> dict[str, int]:
    """Count the data-blocks of each kind that has any."""
    kinds = [kind for kind, _block in datablocks.every()]
    return {kind: kinds.count(kind) for kind in kinds if kind != "libraries"}


@both_ways
@pytest.mark.parametrize("form", FORMATS)
def test_only_actions_remain_of_animation_files(arrive: Way, form: str, tmp_path: Path) -> None:
    clips = files(tmp_path, form, **BENDS)
    arrive(clips["Walk"], tmp_path)
    alone = count()
    bpy.ops.wm.read_homefile(use_empty=True)
    arrived(arrive, clips, tmp_path)
    assert count() == {**alone, "actions": 3}
    assert orphan_data() == []
    assert bpy.context.scene.render.fps == FPS


@pytest.mark.every_blender
@pytest.mark.skipif(bpy.app.version < (4, 4, 0), reason="slots came with Blender 4.4")
@both_ways
@pytest.mark.parametrize("form", FORMATS)
def test_every_nla_strip_has_the_skeletons_slot(arrive: Way, form: str, tmp_path: Path) -> None:
    rig = arrived(arrive, files(tmp_path, form, **BENDS), tmp_path)
    strips: list[Any] = [track.strips[0] for track in rig.animation_data.nla_tracks]
    assert all(strip.action_slot in list(strip.action.slots) for strip in strips)
    assert {strip.action_slot.target_id_type for strip in strips} == {"OBJECT"}
    assert len({strip.action_slot.identifier for strip in strips}) == 1


@both_ways
def test_assigned_action_moves_the_skeleton(arrive: Way, tmp_path: Path) -> None:
    rig = arrived(arrive, files(tmp_path, "glb", **BENDS), tmp_path)
    for name, bend in BENDS.items():
        rig.animation_data.action = bpy.data.actions[name]
        assert angle(rig, 1.0) == bend, name


@both_ways
def test_single_animation_keeps_its_name(arrive: Way, tmp_path: Path) -> None:
    rig = arrived(arrive, files(tmp_path, Walk=0.5), tmp_path)
    assert [(each.name, each.mute) for each in rig.animation_data.nla_tracks] == [("Walk", False)]
    assert [action.name for action in bpy.data.actions] == ["Walk"]
    assert angle(rig, 1.0) == 0.5


def test_animations_keep_their_duration_at_another_frame_rate(tmp_path: Path) -> None:
    for form in FORMATS:
        bpy.ops.wm.read_homefile(use_empty=True)
        clips = files(tmp_path / form, form, **BENDS)
        bpy.context.scene.render.fps = 60
        root = by_child(clips["Walk"], tmp_path, clips=clips)
        (rig,) = (obj for obj in objects_of(root) if obj.type == "ARMATURE")
        lengths = {
            round(each.action.frame_range[1] - each.action.frame_range[0])
            for track in rig.animation_data.nla_tracks
            for each in track.strips
        }
        assert lengths == {60}, form


def result_of(clips: Mapping[str, Path], folder: Path) -> tuple[str, Any]:
    """Return the child's warnings, and the rig of its result."""
    order = order_for(next(iter(clips.values())), folder, NAME, **clip_entries(clips))
    ended = run_in_child(order, folder)
    assert isinstance(ended, Finished), ended
    root = append(folder / "model.blend")
    warnings: Any = ended.result["warnings"]
    return " ".join(warnings), next(obj for obj in objects_of(root) if obj.type == "ARMATURE")


def test_unreadable_clip_is_skipped_with_a_warning(tmp_path: Path) -> None:
    clips = files(tmp_path, "glb", **BENDS)
    bent = samples.as_glb({"asset": {"version": "2.0"}, "extensionsRequired": ["EXT_unheard_of"]})
    clips["Run"].write_bytes(bent)
    warnings, rig = result_of(clips, tmp_path)
    assert "The animation Run was left out: The file needs EXT_unheard_of" in warnings
    assert [track.name for track in rig.animation_data.nla_tracks] == ["Walk", "Jump"]
    assert orphan_data() == []


def test_clip_for_another_skeleton_is_imported_with_a_warning(tmp_path: Path) -> None:
    clips = files(tmp_path, Walk=0.5)
    clips["Wag"] = samples.glb(tmp_path / "stranger" / "model.glb", samples.stranger)
    warnings, rig = result_of(clips, tmp_path)
    assert warnings == "The animation Wag moves bones that the model does not have"
    assert [track.name for track in rig.animation_data.nla_tracks] == ["Walk", "Wag"]


def test_root_motion_clip_leaves_the_root_free_to_move(tmp_path: Path) -> None:
    still = samples.glb(tmp_path / "still" / "model.glb", samples.still)
    clips = {"Rest": still, "Slide": samples.glb(tmp_path / "a" / "model.glb", samples.sliding)}
    root = by_child(still, tmp_path, clips=clips)
    assert (root.type, root.name, len(root.children)) == ("EMPTY", NAME, 1)
    tracks = root.children[0].animation_data.nla_tracks
    assert [(track.name, track.mute) for track in tracks] == [("Slide", True)]


@both_ways
@pytest.mark.parametrize("form", FORMATS)
def test_rotating_a_bone_deforms_the_mesh(arrive: Way, form: str, tmp_path: Path) -> None:
    rig = arrived(arrive, files(tmp_path, form, Walk=0.5), tmp_path)
    rig.animation_data_clear()
    bone = rig.pose.bones["spine"]
    bone.rotation_mode = "XYZ"
    bone.rotation_euler = (0, 0, 0)
    assert extent(*objects_of(rig)) == AT_REST
    bone.rotation_euler = (0, 0, math.pi / 2)
    assert extent(*objects_of(rig)) != AT_REST
