"""A result takes the place of what was selected, however it is rotated, and stays complete."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy
import numpy as np
from mathutils import Euler, Matrix

from tests.blender import samples
from tests.blender.accessors import active_object, mesh_of
from tests.blender.capturing import (
    apply_to_capture,
    capture,
    export,
    loaded,
    placed_points_and_volume,
    relative_distance,
    service_result,
    world_points,
)
from tripo_addon.blender.child.transfer.align import align
from tripo_addon.blender.child.transfer.axes import frame_of
from tripo_addon.blender.child.transfer.triangles import Solid, points_of, triangles_of
from tripo_addon.blender.child.unreadable import Unreadable


def solid(obj: bpy.types.Object, matrix: Matrix | None = None) -> Solid:
    copy = mesh_of(obj).copy()
    copy.transform(matrix or Matrix())
    return Solid(points_of(copy), triangles_of(copy).vertices)


def monkey() -> bpy.types.Object:
    bpy.ops.mesh.primitive_monkey_add()
    return active_object()


def finer(obj: bpy.types.Object) -> bpy.types.Object:
    """Return the same shape with other faces, a little smoother and a little smaller."""
    other = obj.copy()
    bpy.context.scene.collection.objects.link(other)
    other.data = obj.data.copy()
    bpy.context.view_layer.objects.active = other
    other.modifiers.new("Finer", "SUBSURF").levels = 2
    bpy.ops.object.modifier_apply(modifier="Finer")
    return other


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_remeshed_result_is_rotated_back(degrees: int) -> None:
    obj = monkey()
    turned = Matrix.Rotation(math.radians(degrees), 4, "Z")
    matrix = Matrix.Translation((3, 2, 1)) @ Matrix.Scale(7, 4) @ turned
    found = align(solid(finer(obj), matrix), solid(obj), same_shape=True, turn=0)
    assert found.yaw == (-degrees) % 360
    assert found.mean < 0.02
    assert np.allclose(found.matrix @ np.array(matrix), np.eye(4), atol=0.1)


@pytest.mark.parametrize("size", [1e-3, 1, 1e3])
def test_unchanged_shape_is_aligned_exactly_at_any_scale(size: float) -> None:
    obj = monkey()
    target = solid(obj, Matrix.Scale(size, 4))
    matrix = Matrix.Translation((0.3, 0, 9)) @ Matrix.Rotation(math.pi / 2, 4, "Z")
    found = align(solid(obj, matrix), target, same_shape=True, turn=0)
    points = points_of(mesh_of(obj))
    there = np.array(matrix) @ np.column_stack((points, np.ones(len(points)))).T
    back = (found.matrix @ there).T[:, :3]
    assert np.abs(back - points * size).max() < 1e-5 * size


def test_symmetric_shape_is_not_rotated() -> None:
    bpy.ops.mesh.primitive_cube_add()
    cube = active_object()
    target, noise = solid(cube), np.random.default_rng(2)
    worn = Solid(target.points + noise.normal(0, 1e-3, target.points.shape), target.triangles)
    assert align(worn, target, same_shape=True, turn=90).yaw == 0


def test_different_shape_gets_given_turn_height_and_position() -> None:
    bpy.ops.mesh.primitive_cone_add(location=(0, 0, 0), depth=2)
    cone = active_object()
    target = solid(cone, Matrix.Translation((5, 5, 5)) @ Matrix.Diagonal((1, 1, 3, 1)))
    samples.wedge()
    wedge = bpy.data.objects["tripo_part_0"]
    found = align(solid(wedge), target, same_shape=False, turn=-90)
    points = points_of(mesh_of(wedge)) @ found.matrix[:3, :3].T + found.matrix[:3, 3]
    assert (points[:, 2].min(), points[:, 2].max()) == pytest.approx((2, 8))
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    assert middle[:2] == pytest.approx((5, 5))
    # The tip, at +X as delivered, points to the front: the scale is six.
    assert np.ptp(points[:, 1]) == pytest.approx(6 * samples.NOSE)
    assert points[np.argmin(points[:, 1])] == pytest.approx((5, 5 - 6, 2))


def test_flat_result_is_scaled_by_its_longest_side() -> None:
    bpy.ops.mesh.primitive_plane_add(size=4)
    plane = active_object()
    samples.wedge()
    wedge = bpy.data.objects["tripo_part_0"]
    found = align(solid(wedge), solid(plane), same_shape=False, turn=0)
    assert np.linalg.norm(found.matrix[:3, 0]) == pytest.approx(4 / samples.NOSE)


@pytest.mark.parametrize("scale", [(1, 1, 1), (-2, 1, 3), (1, -1, 1), (1, 1, -1), (-1, -1, -1)])
def test_frame_is_a_rotation_and_upright_for_pure_scaling(
    scale: tuple[float, float, float],
) -> None:
    whole = Matrix.LocRotScale((1, 2, 3), None, scale)
    frame = frame_of(np.array(whole))
    assert np.linalg.det(frame[:3, :3]) == pytest.approx(1)
    assert frame[:3, 3] == pytest.approx((1, 2, 3))
    assert frame[:3, 2] == pytest.approx((0, 0, 1))


def test_frame_of_unmirrored_matrix_matches_blender() -> None:
    turned: Any = Euler((0.3, 1.2, 2.8)).to_matrix()  # a rotation that the stubs do not list
    whole = Matrix.LocRotScale((1, 2, 3), turned, (2, 5, 0.1))
    assert np.allclose(frame_of(np.array(whole))[:3, :3], np.array(turned), atol=1e-6)


def test_singular_matrix_has_no_frame() -> None:
    for scale in ((0, 1, 1), (0, 0, 0), (1, 1, float("nan"))):
        with pytest.raises(Unreadable):
            frame_of(np.array(Matrix.LocRotScale(None, None, scale)))


def target(tmp_path: Path) -> tuple[bpy.types.Object, Path]:
    bpy.ops.mesh.primitive_cylinder_add(depth=4)
    obj = active_object()
    obj.matrix_world = Matrix.LocRotScale((7, -3, 1), Euler((0.2, 0, 1)), (1, 2, 1.5))
    return obj, capture(tmp_path, obj)


def test_rigged_result_is_placed_and_deforms_unchanged(tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "rigged.glb", samples.rigged)
    obj, blend = target(tmp_path)
    result = apply_to_capture(source, blend, tmp_path, same_shape=False)
    assert result["onto"]["placed"] == "root"
    points, volume = placed_points_and_volume(result, tmp_path, obj)
    frame = np.linalg.inv(np.array(result["onto"]["frame"]).reshape(4, 4))
    there = points @ frame[:3, :3].T + frame[:3, 3]
    assert (there[:, 2].min(), there[:, 2].max()) == pytest.approx((-3, 3), abs=1e-4)
    assert volume > 0
    (rig,) = [other for other in bpy.data.objects if other.type == "ARMATURE"]
    (body,) = [other for other in bpy.data.objects if other.modifiers]
    assert [modifier.object for modifier in body.modifiers] == [rig]
    assert {action.name[:3] for action in bpy.data.actions} == {"wal", "run"}
    bpy.context.view_layer.update()
    scales = rig.matrix_world.to_scale()[:]
    assert max(scales) == pytest.approx(min(scales), rel=1e-4)


def test_animated_result_is_moved_by_a_parent_empty(tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "sliding.glb", samples.sliding)
    _, blend = target(tmp_path)
    result = apply_to_capture(source, blend, tmp_path, same_shape=False)
    assert result["onto"]["placed"] == "root"
    roots = [other for other in loaded(tmp_path).objects if other.parent is None]
    assert [(root.type, root.animation_data) for root in roots] == [("EMPTY", None)]


def test_parts_stay_separate_below_one_root(tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "parts.glb", samples.parts)
    obj, blend = target(tmp_path)
    result = apply_to_capture(source, blend, tmp_path, same_shape=False)
    assert result["onto"]["placed"] == "root"
    points, volume = placed_points_and_volume(result, tmp_path, obj)
    frame = np.linalg.inv(np.array(result["onto"]["frame"]).reshape(4, 4))
    there = points @ frame[:3, :3].T + frame[:3, 3]
    assert (there[:, 2].min(), there[:, 2].max()) == pytest.approx((-3, 3), abs=1e-4)
    assert volume > 0


def test_result_that_may_not_be_swapped_is_placed_by_its_root(tmp_path: Path) -> None:
    obj = monkey()
    obj.matrix_world = Matrix.LocRotScale((7, -3, 1), Euler((0.2, 0, 1)), (-1, 2, 1.5))
    wanted = world_points(obj)
    blend = capture(tmp_path, obj, swap=False)
    source = Path(export(blend, tmp_path)["path"])
    result = apply_to_capture(source, blend, tmp_path)
    assert result["onto"]["placed"] == "root"
    points, volume = placed_points_and_volume(result, tmp_path, obj)
    assert relative_distance(points, wanted) < 1e-5
    assert volume > 0


@pytest.mark.parametrize("scale", [(1, 1, 1), (-1, 2, 0.5)])
def test_custom_normals_survive_the_round_trip(
    scale: tuple[float, float, float], tmp_path: Path
) -> None:
    samples.leaning(tmp_path)
    obj = active_object()
    obj.scale = scale
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])
    result = apply_to_capture(source, blend, tmp_path)
    assert result["onto"]["placed"] == "mesh"
    (imported,) = loaded(tmp_path).objects
    normals = np.array([corner.vector[:] for corner in imported.data.corner_normals])
    wanted = np.array([corner.vector[:] for corner in obj.data.corner_normals])
    assert np.abs(normals - wanted[0]).max() < 0.01


def test_rigged_and_mirrored_mesh_is_captured_as_displayed(
    tmp_path: Path,
) -> None:
    obj = monkey()
    mirror = obj.modifiers.new("Mirror", "MIRROR")
    hub = samples.empty("Hub")
    hub.location = (3, 0, 0)
    mirror.mirror_object = hub
    data = bpy.data.armatures.new("Bones")
    rig = bpy.data.objects.new("Bones", data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bone = data.edit_bones.new("bone")
    bone.head, bone.tail = (0, 0, 0), (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    obj.parent = rig
    obj.modifiers.new("Rig", "ARMATURE").object = rig
    obj.vertex_groups.new(name="bone").add(range(len(obj.data.vertices)), 1.0, "REPLACE")
    rig.pose.bones["bone"].rotation_mode = "XYZ"
    rig.pose.bones["bone"].rotation_euler = (0.7, 0.2, 0.4)
    rig.location = (1, 1, 1)
    wanted = world_points(obj)
    blend = capture(tmp_path, obj, swap=False)
    sent = export(blend, tmp_path)
    result = apply_to_capture(Path(sent["path"]), blend, tmp_path)
    points, _ = placed_points_and_volume(result, tmp_path, obj)
    assert relative_distance(points, wanted) < 1e-5


def test_viewport_hidden_object_is_still_processed(tmp_path: Path) -> None:
    obj = monkey()
    obj.hide_viewport = obj.hide_render = True
    blend = capture(tmp_path, obj)
    assert export(blend, tmp_path)["ok"]


def test_current_frame_is_captured(tmp_path: Path) -> None:
    samples.morphing(tmp_path)
    obj = bpy.context.scene.objects[0]
    key = obj.data.shape_keys.key_blocks["tall"]
    for frame, value in ((1, 0.0), (21, 1.0)):
        key.value = value
        key.keyframe_insert("value", frame=frame)
    bpy.context.scene.frame_set(21)
    wanted = world_points(obj)
    blend = capture(tmp_path, obj, swap=False)
    result = json.loads(blend.with_suffix(".json").read_text(encoding="utf-8"))
    blend.with_suffix(".json").write_text(json.dumps(result | {"frame": 21}), encoding="utf-8")
    back = apply_to_capture(Path(export(blend, tmp_path)["path"]), blend, tmp_path)
    points, _ = placed_points_and_volume(back, tmp_path, obj)
    assert relative_distance(points, wanted) < 1e-5


def test_unreadable_capture_is_reported(tmp_path: Path) -> None:
    obj = monkey()
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])
    whole = blend.read_bytes()
    damages: list[Any] = [
        lambda: blend.write_bytes(whole[: len(whole) // 2]),
        lambda: blend.write_bytes(b"no .blend at all"),
        blend.unlink,
        lambda: blend.with_suffix(".json").write_text("[", encoding="utf-8"),
    ]
    for damage in damages:
        damage()
        result = apply_to_capture(source, blend, tmp_path)
        assert not result["ok"]
        assert "your object" in result["sentence"]


def test_arrival_settings_do_not_affect_targeted_results(tmp_path: Path) -> None:
    obj = monkey()
    wanted = world_points(obj)
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])
    bpy.context.scene.unit_settings.scale_length = 0.01
    from tests.blender.arriving import order_for
    from tests.blender.capturing import run_order

    onto = {
        "capture": str(blend),
        "mode": "replace",
        "same_shape": True,
        "turn": -90.0,
        "texture_size": 0,
    }
    terms = {"turn": 30.0, "origin": "bottom", "height": 12.0}
    result = run_order(order_for(source, tmp_path, "Made", onto=onto, **terms), tmp_path)
    points, _ = placed_points_and_volume(result, tmp_path, obj)
    assert relative_distance(points, wanted) < 1e-5


def test_rotated_result_keeps_its_materials_and_name(tmp_path: Path) -> None:
    obj = samples.wedge()
    samples.paint(obj, tmp_path)
    for image in bpy.data.images:
        image.pack()
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])
    answer = service_result(source, Matrix.Rotation(math.pi / 2, 4, "Z"))
    result = apply_to_capture(answer, blend, tmp_path, name="Chest")
    assert (result["collection"], result["root"], result["onto"]["yaw"]) == ("Chest", "Chest", 270)
    with bpy.data.libraries.load(str(tmp_path / "model.blend")) as (found, _):
        assert (found.objects, found.meshes, found.materials) == (["Chest"], ["Chest"], ["Chest"])
        assert sorted(found.images)[0] == "Chest Base Color"
