"""If the faces match, the result's own UVs and pictures are copied unchanged."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy
import numpy as np
from mathutils import Matrix

from tests.blender import samples
from tests.blender.accessors import active_object, mesh_of
from tests.blender.capturing import (
    SIDE,
    apply_to_capture,
    capture,
    carriers,
    export,
    placed,
    service_result,
)
from tests.blender.painting import (
    base_color,
    paint,
    repainted,
    roughness_and_metallic,
    sent_space_matrix,
    transformed_suzanne,
    unwrapped,
)

Sent = tuple[bpy.types.Object, Path, Path]


@pytest.fixture(name="sent")
def _sent(tmp_path: Path) -> Sent:
    obj = transformed_suzanne(tmp_path)
    blend = capture(tmp_path, obj)
    return obj, blend, Path(export(blend, tmp_path)["path"])


def files_of(model: Path) -> list[bytes]:
    """Return the pictures in a GLB, unchanged."""
    held = model.read_bytes()
    size = struct.unpack_from("<I", held, 12)[0]
    description, body = json.loads(held[20 : 20 + size]), held[28 + size :]
    views = [description["bufferViews"][image["bufferView"]] for image in description["images"]]
    starts = [view.get("byteOffset", 0) for view in views]
    pairs = zip(starts, views, strict=True)
    return [body[start : start + view["byteLength"]] for start, view in pairs]


@pytest.mark.parametrize("degrees", [0, 270])
def test_identical_faces_get_the_results_uvs_and_textures(
    sent: Sent, degrees: int, tmp_path: Path
) -> None:
    obj, blend, source = sent
    maps = {"base": base_color, "data": roughness_and_metallic}
    answer = repainted(source, tmp_path, 0, math.radians(degrees), **maps)
    result = apply_to_capture(answer, blend, tmp_path, "keep")
    assert result["how"] == {"Suzanne": "transferred"}
    mesh, details = carriers(tmp_path)["Suzanne"]
    uvs = np.fromfile(details["uv"], dtype=np.float32).reshape(-1, 2)
    assert (details["uv_name"], len(uvs)) == ("Tripo", len(obj.data.loops))
    # Every corner has the exact UV that the answer has at this position of this face.
    own = mesh_of(obj)
    matrix = sent_space_matrix(obj, result, own)
    there = corners_of(answer, degrees)
    points = placed(own, matrix)
    for face in own.polygons:
        for loop in face.loop_indices:
            place = points[own.loops[loop].vertex_index]
            near = there[0][np.abs(there[1] - place).max(axis=1) < 1e-5]
            assert np.abs(near - uvs[loop]).max(axis=1).min() < 1e-6
    (material,) = mesh.materials
    nodes = material.node_tree.nodes
    assert {node.uv_map for node in nodes if node.type == "UVMAP"} == {"Tripo"}
    pictures = [node.image for node in nodes if node.type == "TEX_IMAGE"]
    assert all(node.inputs["Vector"].is_linked for node in nodes if node.type == "TEX_IMAGE")
    held = {bytes(image.packed_file.data) for image in pictures}
    assert held == set(files_of(answer))


def corners_of(model: Path, degrees: int) -> tuple[Any, Any]:
    """Return the UVs of all corners in a file, and their positions after rotating it back."""
    known = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(model))
    (obj,) = set(bpy.data.objects) - known
    mesh = mesh_of(obj)
    back = np.array(Matrix.Rotation(math.radians(-degrees), 4, "Z") @ obj.matrix_world)
    points = placed(mesh, back)
    uvs = np.array([loop.uv[:] for loop in mesh.uv_layers.active.data])
    return uvs, points[[loop.vertex_index for loop in mesh.loops]]


def test_unchanged_uvs_are_left_alone(sent: Sent, tmp_path: Path) -> None:
    _, blend, source = sent

    def change(other: bpy.types.Object) -> None:
        paint(other, tmp_path, SIDE, base=base_color)

    result = apply_to_capture(service_result(source, change), blend, tmp_path, "keep")
    assert result["how"] == {"Suzanne": "transferred"}
    _, details = carriers(tmp_path)["Suzanne"]
    assert (details["uv"], details["uv_name"]) == ("", "UVMap")


def test_quad_split_by_a_seam_cannot_be_copied_exactly(tmp_path: Path) -> None:
    bpy.ops.mesh.primitive_cube_add()
    obj = active_object()
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])

    def change(other: bpy.types.Object) -> None:
        mesh = other.data
        for face in list(mesh.polygons)[::2]:
            for loop in face.loop_indices:
                mesh.uv_layers.active.data[loop].uv.x += 0.25
        paint(other, tmp_path, SIDE, base=base_color)

    result = apply_to_capture(service_result(source, change), blend, tmp_path, "keep")
    assert result["how"] == {"Cube": "baked"}
    assert any("baked to the object's own UVs" in warning for warning in result["warnings"])


def test_objects_sharing_a_mesh_do_not_get_duplicate_layers(tmp_path: Path) -> None:
    one = transformed_suzanne(tmp_path)
    one.matrix_world = Matrix()
    two = bpy.data.objects.new("Twin", one.data)
    bpy.context.scene.collection.objects.link(two)
    two.location = (4, 0, 0)
    blend = capture(tmp_path, one, two)
    source = Path(export(blend, tmp_path)["path"])

    def change(other: bpy.types.Object) -> None:
        if "Twin" in other.name:
            for loop in other.data.uv_layers.active.data:
                loop.uv.x *= 0.5
        else:
            unwrapped(other)
        paint(other, tmp_path, SIDE, base=lambda points: base_color(points / 8))

    result = apply_to_capture(service_result(source, change), blend, tmp_path, "keep")
    assert result["how"] == {"Suzanne": "transferred", "Twin": "baked"}
    carried = carriers(tmp_path)
    assert {name: details["uv_name"] for name, (_, details) in carried.items()} == {
        "Suzanne": "Tripo",
        "Twin": "UVMap",
    }


def test_several_objects_each_get_their_own_result(tmp_path: Path) -> None:
    obj = transformed_suzanne(tmp_path)
    obj.matrix_world = Matrix()
    bpy.ops.mesh.primitive_cylinder_add(location=(3, 0, 0), scale=(-1, 0.5, 1))
    can = active_object()
    can.modifiers.new("Rounder", "BEVEL").width = 0.05
    bpy.context.view_layer.update()
    blend = capture(tmp_path, obj, can)
    source = Path(export(blend, tmp_path)["path"])

    def change(other: bpy.types.Object) -> None:
        unwrapped(other)
        paint(other, tmp_path, 512, base=lambda points: base_color(points / 4))

    result = apply_to_capture(service_result(source, change), blend, tmp_path, "keep")
    assert result["how"] == {"Suzanne": "transferred", "Cylinder": "baked"}
    assert set(carriers(tmp_path)) == {"Suzanne", "Cylinder"}


def test_baked_file_contains_only_the_objects_own_data(sent: Sent, tmp_path: Path) -> None:
    obj, blend, source = sent
    samples.paint(obj, tmp_path)
    capture(tmp_path, obj)
    answer = repainted(source, tmp_path, 2, base=base_color, data=roughness_and_metallic)
    apply_to_capture(answer, blend, tmp_path, "keep", name="Jug")
    with bpy.data.libraries.load(str(tmp_path / "model.blend")) as (found, _):
        assert (found.objects, found.meshes, found.materials) == (["Suzanne"], ["Suzanne"], ["Jug"])
        assert sorted(found.images) == ["Jug Base Color", "Jug Metallic", "Jug Roughness"]
        assert found.collections == ["Jug"]
    _, details = carriers(tmp_path)["Suzanne"]
    (material,) = [each for each in bpy.data.materials if each.name == "Jug"]
    spaces = {
        node.image.name: (node.image.colorspace_settings.name, bool(node.image.packed_file))
        for node in material.node_tree.nodes
        if node.type == "TEX_IMAGE"
    }
    assert spaces == {
        "Jug Base Color": ("sRGB", True),
        "Jug Metallic": ("Non-Color", True),
        "Jug Roughness": ("Non-Color", True),
    }
    assert details["object"] == "Suzanne"
