"""An object is exported as the artist sees it, and its unchanged answer arrives in the same
place."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy
import numpy as np
from mathutils import Euler, Matrix

from tests.blender import samples
from tests.blender.accessors import active_object, geometry_nodes, mesh_of
from tests.blender.capturing import (
    apply_to_capture,
    capture,
    export,
    placed_points_and_volume,
    relative_distance,
    service_result,
    signed_volume,
    world_points,
)

Built = tuple[bpy.types.Object, ...]
IN_PLACE = 1e-3


def monkey() -> Built:
    """Add Suzanne, rotated, moved and scaled unevenly."""
    bpy.ops.mesh.primitive_monkey_add()
    obj = active_object()
    obj.matrix_world = Matrix.LocRotScale((3, -5, 7), Euler((0.3, 0.2, 2.0)), (1, 2.5, 0.7))
    return (obj,)


def dense() -> Built:
    bpy.ops.mesh.primitive_monkey_add()
    obj = active_object()
    obj.modifiers.new("Finer", "SUBSURF").levels = 4
    obj.rotation_euler = (0, 0, 1)
    return (obj,)


def bared() -> Built:
    """Make a mesh without UVs, of n-gons, with an inner face and loose parts: non-manifold."""
    import bmesh

    bpy.ops.mesh.primitive_cylinder_add(vertices=12, end_fill_type="NGON")
    obj = active_object()
    mesh = mesh_of(obj)
    while mesh.uv_layers:
        mesh.uv_layers.remove(mesh.uv_layers[0])
    form = bmesh.new()
    form.from_mesh(mesh)
    ring = [form.verts.new((math.cos(a), math.sin(a), 0)) for a in np.linspace(0, 5, 7)]
    form.faces.new(ring)
    form.faces.new([ring[0], form.verts.new((2, 0.3, 0.5)), form.verts.new((0.2, 0, 1.5))])
    form.verts.new((0, 0, 0.5))
    form.to_mesh(mesh)
    form.free()
    return (obj,)


def tiny() -> Built:
    (obj,) = monkey()
    obj.data.transform(Matrix.Scale(0.0005, 4))
    obj.matrix_world = Matrix.LocRotScale((2, 3, -1), Euler((0, 0.5, 1.0)), None)
    return (obj,)


def vast() -> Built:
    (obj,) = monkey()
    obj.matrix_world = Matrix.LocRotScale((2e3, 0, -50), Euler((0, 0.1, 4.0)), (500,) * 3)
    return (obj,)


def mirrored() -> Built:
    (obj,) = monkey()
    obj.matrix_world = Matrix.LocRotScale((3, -5, 7), Euler((0.3, 0.2, 0.4)), (-1, 2.5, 0.7))
    return (obj,)


BUILDERS = [monkey, dense, bared, tiny, vast, mirrored]


def family() -> tuple[Built, bpy.types.Object]:
    """Make a group of three, one of them mirrored, one a text; the empty above is the anchor."""
    (head,) = monkey()
    head.matrix_world = Matrix.Translation((0, 0, 2))
    bpy.ops.mesh.primitive_cone_add(location=(2, 0, 0))
    foot = active_object()
    foot.scale, foot.rotation_euler = (-1, 0.5, 2), (0.4, 0, 0)
    text = bpy.data.objects.new("Label", bpy.data.curves.new("Label", "FONT"))
    text.data.body, text.data.extrude, text.location = "Hi", 0.1, (-2, 1, 0.5)
    bpy.context.scene.collection.objects.link(text)
    root = samples.empty("Figure", head, foot, text)
    root.matrix_world = Matrix.LocRotScale((1, 2, 3), Euler((0, 0, 0.8)), (2, 2, 2))
    return (head, foot, text), root


@pytest.mark.parametrize("build", BUILDERS)
def test_unchanged_round_trip_keeps_the_transform(
    build: Callable[[], Built], tmp_path: Path
) -> None:
    (obj,) = build()
    wanted = world_points(obj)
    blend = capture(tmp_path, obj)
    sent = export(blend, tmp_path)
    assert (sent["ok"], sent["remark"]) == (True, "")
    result = apply_to_capture(Path(sent["path"]), blend, tmp_path)
    assert (result["ok"], result["onto"]["placed"], result["onto"]["yaw"]) == (True, "mesh", 0)
    points, volume = placed_points_and_volume(result, tmp_path, obj)
    if build is bared:
        wanted = wanted[:-1]  # The loose vertex is no surface
    assert relative_distance(points, wanted) < IN_PLACE
    assert volume > 0


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("build", [monkey, mirrored, vast])
def test_rotated_moved_and_resized_result_is_aligned(
    build: Callable[[], Built], degrees: int, tmp_path: Path
) -> None:
    (obj,) = build()
    wanted = world_points(obj)
    blend = capture(tmp_path, obj)
    sent = Path(export(blend, tmp_path)["path"])
    turned = Matrix.Rotation(math.radians(degrees), 4, "Z")
    answer = service_result(sent, Matrix.Translation((5, -3, 0.7)) @ turned @ Matrix.Scale(1.9, 4))
    result = apply_to_capture(answer, blend, tmp_path)
    assert result["onto"]["yaw"] == (-degrees) % 360
    points, volume = placed_points_and_volume(result, tmp_path, obj)
    assert relative_distance(points, wanted) < IN_PLACE
    assert volume > 0


@pytest.mark.parametrize("degrees", [0, 90])
def test_mirrored_hierarchy_round_trips_under_one_root(degrees: int, tmp_path: Path) -> None:
    objs, root = family()
    wanted = world_points(*objs)
    blend = capture(tmp_path, *objs, anchor=root)
    sent = Path(export(blend, tmp_path)["path"])
    answer = service_result(sent, Matrix.Rotation(math.radians(degrees), 4, "Z"))
    result = apply_to_capture(answer, blend, tmp_path)
    assert result["onto"]["placed"] == "root"
    points, volume = placed_points_and_volume(result, tmp_path, root)
    assert relative_distance(points, wanted) < IN_PLACE
    assert volume > 0


def test_hierarchy_parts_keep_outward_normals(tmp_path: Path) -> None:
    objs, root = family()
    blend = capture(tmp_path, *objs, anchor=root)
    sent = Path(export(blend, tmp_path)["path"])
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=str(sent))
    closed = [obj for obj in bpy.data.objects if "Label" in obj.name or "Cone" in obj.name]
    volumes = [signed_volume(mesh_of(obj), np.array(obj.matrix_world)) for obj in closed]
    assert len(volumes) == 2
    assert all(volume > 0 for volume in volumes)


def bounds(path: Path) -> tuple[Any, Any]:
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=str(path))
    points = world_points(*(obj for obj in bpy.data.objects if obj.type == "MESH"))
    return points.min(axis=0), points.max(axis=0)


@pytest.mark.parametrize("build", [tiny, vast])
def test_export_is_one_meter_long_and_centered(build: Callable[[], Built], tmp_path: Path) -> None:
    blend = capture(tmp_path, *build())
    low, high = bounds(Path(export(blend, tmp_path)["path"]))
    assert np.allclose(low + high, 0, atol=1e-5)
    assert (high - low).max() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("scale", [(1, 1, 1), (-1, 1, 1), (1, 1, -1), (-2, -2, -2)])
def test_export_is_upright_and_faces_front(
    scale: tuple[float, float, float], tmp_path: Path
) -> None:
    samples.wedge()
    obj = bpy.context.scene.objects[0]
    # The tip of the wedge is at +X; a quarter turn brings it to the front.
    obj.data.transform(Matrix.Rotation(-math.pi / 2, 4, "Z"))
    obj.scale = scale
    blend = capture(tmp_path, obj)
    wanted = world_points(obj)
    sent = Path(export(blend, tmp_path)["path"])
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=str(sent))
    (imported,) = bpy.data.objects
    middle, side = (wanted.max(axis=0) + wanted.min(axis=0)) / 2, np.ptp(wanted, axis=0).max()
    assert relative_distance(world_points(imported), (wanted - middle) / side) < IN_PLACE


def test_modifier_instances_are_exported(tmp_path: Path) -> None:
    bpy.ops.mesh.primitive_plane_add(size=10)
    obj = active_object()
    group = geometry_nodes("Scatter")
    for way in ("INPUT", "OUTPUT"):
        group.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    start, end = group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
    cube, spread = (
        group.nodes.new(f"GeometryNode{kind}") for kind in ("MeshCube", "InstanceOnPoints")
    )
    group.links.new(start.outputs[0], spread.inputs["Points"])
    group.links.new(cube.outputs["Mesh"], spread.inputs["Instance"])
    group.links.new(spread.outputs[0], end.inputs[0])
    obj.modifiers.new("Scatter", "NODES").node_group = group
    obj.rotation_euler, obj.scale = (0, 0, 1), (2, 2, 2)
    blend = capture(tmp_path, obj)
    low, high = bounds(Path(export(blend, tmp_path)["path"]))
    assert np.allclose(high - low, (1, 1, 1 / 11), atol=1e-4)


def test_shape_keys_are_exported_as_displayed(tmp_path: Path) -> None:
    samples.morphing(tmp_path)
    obj = bpy.context.scene.objects[0]
    obj.data.shape_keys.key_blocks["tall"].value = 1.0
    blend = capture(tmp_path, obj)
    low, high = bounds(Path(export(blend, tmp_path)["path"]))
    sides = high - low
    assert sides[2] / sides[0] == pytest.approx(2 / samples.NOSE, abs=1e-4)


def test_materials_are_exported_with_their_textures(tmp_path: Path) -> None:
    obj = samples.wedge()
    samples.paint(obj, tmp_path)
    for image in bpy.data.images:
        image.pack()
    sent = export(capture(tmp_path, obj), tmp_path)
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=sent["path"])
    assert sent["remark"] == ""
    assert [material.name for material in bpy.data.materials] == ["tripo_mat_0"]
    assert len(bpy.data.images) >= 3


def test_oversized_model_is_exported_without_textures(tmp_path: Path) -> None:
    samples.detailed(tmp_path)
    obj = bpy.context.scene.objects[0]
    for image in bpy.data.images:
        image.pack()
    blend = capture(tmp_path, obj)
    sent = export(blend, tmp_path, most_bytes=100_000)
    assert sent["ok"]
    assert "without its textures" in sent["remark"]
    assert Path(sent["path"]).stat().st_size < 100_000


def test_unsupported_objects_are_refused_with_a_reason(tmp_path: Path) -> None:
    (obj,) = monkey()
    refused = export(capture(tmp_path, obj), tmp_path, most_bytes=1000)
    assert not refused["ok"]
    assert "too large to send" in refused["sentence"]
    assert not (tmp_path / "sent.glb").exists()
    obj.scale.z = 0
    refused = export(capture(tmp_path, obj), tmp_path)
    assert "scaled to zero" in refused["sentence"]
    obj.scale.z = 1
    obj.data.clear_geometry()
    refused = export(capture(tmp_path, obj), tmp_path)
    assert refused == {"ok": False, "sentence": "The selected objects have no faces"}
