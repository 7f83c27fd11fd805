"""Files as other programs write them: meshes that parts share, animations of anything, flat
objects, armatures whose pose differs from their rest."""

from __future__ import annotations

import json
import math
import struct
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy
from mathutils import Vector

from tests.blender import samples
from tests.blender.arriving import Way, both_ways, by_child, directly, extent, objects_of
from tripo_addon.blender.child.importing import animation, datablocks, file_formats, visible_bounds
from tripo_addon.blender.child.unreadable import Unreadable

WHEELS = 3


def wheels(_folder: Path) -> None:
    """Make three parts that share a mesh, each rotated and scaled differently, and a fourth with
    its own."""
    first = samples.wedge("wheel")
    for number in range(WHEELS):
        part = first if not number else bpy.data.objects.new("wheel", first.data)
        if number:
            bpy.context.scene.collection.objects.link(part)
        part.location = (3 * number, 0, 0)
        part.rotation_euler = (0.3, 0.2 * number, 0.5)
        part.scale = (0.5, 0.5, 0.5)
    samples.wedge("axle").location = (0, 4, 0)


def cards(_folder: Path) -> None:
    """Make a square of one by one and a half that lies flat."""
    mesh = bpy.data.meshes.new("card")
    mesh.from_pydata([(0, 0, 0), (1.5, 0, 0), (1.5, 1, 0), (0, 1, 1e-7)], [], [(0, 1, 2, 3)])
    card = bpy.data.objects.new("card", mesh)
    bpy.context.scene.collection.objects.link(card)


def stretched(folder: Path) -> None:
    """Make a wedge on two bones, the upper one posed twice as long, without animation."""
    samples._rig(folder)
    rig = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    rig.animation_data_clear()
    rig.pose.bones["spine"].rotation_mode = "XYZ"
    rig.pose.bones["spine"].rotation_euler = (0, 0, 0)
    rig.pose.bones["spine"].scale = (2, 2, 2)
    rig.pose.bones["spine"].location = (0, 3, 0)


def to_posed_glb(path: Path) -> None:
    bpy.ops.export_scene.gltf(filepath=str(path), export_rest_position_armature=False)


@both_ways
def test_shared_meshes_keep_their_shapes_and_users(arrive: Way, tmp_path: Path) -> None:
    source = samples.fbx(tmp_path / "model.fbx", wheels)
    bpy.ops.wm.read_homefile(use_empty=True)
    if "fbx_import" in dir(bpy.ops.wm):
        bpy.ops.wm.fbx_import(filepath=str(source))
    else:
        bpy.ops.import_scene.fbx(filepath=str(source))
    sizes = extent(*bpy.context.scene.objects)
    bpy.ops.wm.read_homefile(use_empty=True)
    root = arrive(source, tmp_path, turn=0.0)
    plain = tuple(round(high - low, 3) for low, high in sizes)
    assert tuple(round(high - low, 3) for low, high in extent(*objects_of(root))) == plain
    (shared,) = {part.data for part in objects_of(root) if part.name.startswith("wheel")}
    assert shared.users == WHEELS


@both_ways
def test_flat_model_is_scaled_by_its_longest_side_with_notice(arrive: Way, tmp_path: Path) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", cards), tmp_path, height=2.0, turn=0.0)
    (left, right), (front, back), _ = extent(root)
    assert (round(right - left, 3), round(back - front, 3)) == (2.0, round(2 / 1.5, 3))
    if arrive is by_child:
        result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
        assert result["warnings"] == [
            "The model is flat: its longest side, not its height, is now 2 m"
        ]


@both_ways
def test_posed_character_is_scaled_by_its_visible_height(arrive: Way, tmp_path: Path) -> None:
    export = partial(samples._export, to_file=to_posed_glb)
    source = export(tmp_path / "model.glb", stretched)
    root = arrive(source, tmp_path, origin="bottom", height=1.0)
    *_, (low, high) = extent(*objects_of(root))
    assert (low, high) == (0.0, 1.0)


@pytest.mark.every_blender
def test_fbx_for_newer_blender_names_the_required_version(tmp_path: Path) -> None:
    source = tmp_path / "model.fbx"
    version, end = struct.pack(">I", 7400), bytes(13)
    source.write_bytes(b"Kaydara FBX Binary  \0\x1a\1" + version + end)
    sentence = ""
    try:
        file_formats.import_file(source, "fbx", units_per_meter=1.0)
    except Unreadable as error:
        sentence = error.sentence
    assert ("big-endian" in sentence) is (bpy.app.version < (4, 5, 0))


def test_loose_vertices_do_not_count_in_bounds() -> None:
    obj = samples.wedge()
    obj.data.vertices.add(1)
    obj.data.vertices[-1].co = (0, 0, 100)
    found = visible_bounds.visible_bounds((obj,))
    assert found == (Vector((0, -0.5, 0)), Vector((samples.NOSE, 0.5, 1)))


def test_rotated_instances_are_measured_by_their_own_vertices() -> None:
    diamond = bpy.data.meshes.new("diamond")
    diamond.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)], [], [(0, 1, 3, 2)])
    copies = []
    for place, turn in (((0, 0, 0), 0.0), ((0.2, 0.2, 0), 0.0), ((4, 0, 0), math.pi / 4)):
        obj = bpy.data.objects.new("copy", diamond)
        obj.location, obj.rotation_euler = place, (0, 0, turn)
        bpy.context.scene.collection.objects.link(obj)
        copies.append(obj)
    bounds = visible_bounds.visible_bounds(copies)
    assert bounds is not None
    low, high = bounds
    assert low[:] == pytest.approx((0, 0, 0), abs=1e-6)
    assert high[:] == pytest.approx((4 + math.sqrt(0.5), math.sqrt(2), 0.0), abs=1e-6)


def test_flat_placeholder_does_not_shrink_the_model_to_nothing(tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "model.glb", samples.plain)
    root = directly(source, tmp_path, box=(4.0, 4.0, 0.0), turn=0.0)
    assert [round(high - low, 3) for low, high in extent(root)] == [4.0, 2.0, 2.0]


def test_each_loose_animation_is_assigned_to_its_target(tmp_path: Path) -> None:
    before = datablocks.known()
    lid, body = samples.wedge("Lid"), samples.wedge("Body")
    body.shape_key_add(name="Basis")
    body.shape_key_add(name="Smile")
    rigs = []
    for bone in ("Hip", "Tail"):
        samples._rig(tmp_path, bones=(bone, f"{bone}End"))
        rigs.append(
            next(each for each in bpy.data.objects if each.pose and bone in each.data.bones)
        )
    loose = {
        "Take 001|Layer": (lid, "location"),
        "Take 001|Face": (body.data.shape_keys, 'key_blocks["Smile"].value'),
        "Take 001|Hip": (rigs[0], 'pose.bones["HipEnd"].location'),
        "Take 001|Tail": (rigs[1], 'pose.bones["TailEnd"].location'),
    }
    for name, (owner, path) in loose.items():
        owner.keyframe_insert(path, frame=1)
        owner.animation_data.action.name = name
        owner.animation_data.action.use_fake_user = True
        owner.animation_data.action = None
    actions = [bpy.data.actions[name] for name in loose]
    if not animation.has_slots(actions[0]):
        # Without slots, an action is known by its name alone.
        bpy.data.actions["Take 001|Layer"].name = "Lid|Layer"
    objects = datablocks.since(before, bpy.data.objects)

    assert animation.stash_loose(actions, objects) == []

    for action, (owner, _) in zip(actions, loose.values(), strict=True):
        (strip,) = (strip for track in owner.animation_data.nla_tracks for strip in track.strips)
        assert strip.action == action
        assert all(track.mute for track in owner.animation_data.nla_tracks)


def test_animation_without_a_target_is_skipped_with_a_true_reason() -> None:
    obj = samples.wedge("Lid")
    other = samples.wedge("Other")
    other.keyframe_insert("location", frame=1)
    action = other.animation_data.action
    assert action is not None
    action.use_fake_user = True
    bpy.data.objects.remove(other)
    samples.wedge("Another")
    warnings = animation.stash_loose([action], [obj, bpy.data.objects["Another"]])
    assert warnings == [f"The animation {action.name} fits no part of the model and was left out"]
    assert obj.location == Vector()
