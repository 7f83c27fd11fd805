import math
from pathlib import Path

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import samples
from tests.blender.arriving import (
    NAME,
    SAMPLES,
    Way,
    both_ways,
    extent,
    objects_of,
)


@pytest.mark.every_blender
@both_ways
@pytest.mark.parametrize("sample", ["rigged", "rigged-fbx"])
@pytest.mark.parametrize("fps", [24, 60])
def test_rig_keeps_its_timing_and_animations(
    arrive: Way, sample: str, fps: int, tmp_path: Path
) -> None:
    export, build = SAMPLES[sample]
    source = export(tmp_path / f"model.{export.__name__}", build)
    scene = bpy.context.scene
    scene.render.fps = fps
    root = arrive(source, tmp_path)
    rig = next(obj for obj in objects_of(root) if obj.type == "ARMATURE")
    assert [len(rig.data.bones), scene.render.fps] == [2, fps]
    kept = {action.name.rpartition("|")[2].partition("_")[0] for action in bpy.data.actions}
    assert kept == {"run", "walk"}
    players = {strip.action for track in rig.animation_data.nla_tracks for strip in track.strips}
    assert players | {rig.animation_data.action} == set(bpy.data.actions)
    playing = rig.animation_data.action.name
    bend = samples.RIGGED_BEND * (2 if "run" in playing else 1)
    first = 0 if sample == "rigged" else 1
    for seconds, angle in ((0.0, 0.0), (samples.RIGGED_SECONDS, bend)):
        moment = first + seconds * fps + (1 / 30 * fps if sample == "rigged" else 0)
        scene.frame_set(int(moment), subframe=moment - int(moment))
        turned = rig.pose.bones["spine"].matrix_basis.to_quaternion().angle
        assert math.isclose(turned, angle, abs_tol=0.01), (playing, seconds)
    scene.frame_set(first)
    assert extent(*objects_of(root)) == ((-0.5, 0.5), (-samples.NOSE, 0.0), (0.0, 1.0))


@both_ways
def test_animated_root_gets_a_parent_empty(arrive: Way, tmp_path: Path) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", samples.sliding), tmp_path)
    assert (root.type, root.name, len(root.children)) == ("EMPTY", NAME, 1)
    bpy.context.scene.frame_set(0)
    assert extent(*objects_of(root)) == ((-0.5, 0.5), (-samples.NOSE, 0.0), (0.0, 1.0))
    bpy.context.scene.frame_set(25)
    assert extent(*objects_of(root)) == ((-0.5, 0.5), (-samples.NOSE - 2, -2.0), (0.0, 1.0))
