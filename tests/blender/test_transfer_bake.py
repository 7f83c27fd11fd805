"""Textures are baked onto the artist's own UVs: unlit, without gaps, normals in the right
direction."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy
import numpy as np
from mathutils import Matrix

from tests.blender import addon
from tests.blender.accessors import active_object, mesh_of
from tests.blender.capturing import (
    SIDE,
    apply_to_capture,
    capture,
    carriers,
    export,
    service_result,
)
from tests.blender.painting import (
    ERROR,
    WORST,
    base_color,
    channel,
    errors,
    flat_normals,
    paint,
    picture,
    print_errors,
    repainted,
    roughness_and_metallic,
    sent_space_matrix,
    texels_of,
    transformed_suzanne,
    unwrapped,
)
from tripo_addon.blender.objects.capture import capture as real_capture
from tripo_addon.blender.objects.object_group import ObjectGroup

Sent = tuple[bpy.types.Object, Path, Path]


@pytest.fixture(name="sent")
def _sent(tmp_path: Path) -> Sent:
    obj = transformed_suzanne(tmp_path)
    blend = capture(tmp_path, obj)
    return obj, blend, Path(export(blend, tmp_path)["path"])


@pytest.mark.every_blender
@pytest.mark.parametrize("degrees", [0, 90])
def test_bake_reproduces_the_results_colors(
    sent: Sent, degrees: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    obj, blend, source = sent
    maps = {"base": base_color, "data": roughness_and_metallic, "normal": flat_normals}
    answer = repainted(source, tmp_path, 2, math.radians(degrees), **maps)
    result = apply_to_capture(answer, blend, tmp_path, "keep")
    assert (result["how"], result["onto"]["placed"]) == ({"Suzanne": "baked"}, "carriers")
    mesh, details = carriers(tmp_path)["Suzanne"]
    assert (details["uv"], details["uv_name"], details["indices"]) == ("", "UVMap", "")
    assert details["loops"] == len(obj.data.loops)
    shown = {"Base Color": base_color, "Roughness": channel(1), "Metallic": channel(2)}
    for role, colors in shown.items():
        image = picture(mesh, role)
        assert image.shape == (SIDE, SIDE, 3)
        found = errors(obj, result, image, "UVMap", colors)
        print_errors(capsys, f"{role}, turned {degrees}", found)
        assert found.mean() < ERROR
        # Not one texel is black: all are near the expected color.
        assert found.max() < WORST


def unwrap_area(mesh: bpy.types.Mesh, face: bpy.types.MeshPolygon) -> float:
    one, two, three = (
        np.array(mesh.uv_layers["UVMap"].data[loop].uv[:]) for loop in face.loop_indices
    )
    (a, b), (c, d) = two - one, three - one
    return abs(a * d - b * c) / 2


def test_no_face_is_black_and_seams_have_a_margin(sent: Sent, tmp_path: Path) -> None:
    obj, blend, source = sent
    result = apply_to_capture(
        repainted(source, tmp_path, 1, base=base_color), blend, tmp_path, "keep"
    )
    mesh, _ = carriers(tmp_path)["Suzanne"]
    image = picture(mesh, "Base Color")
    own = mesh_of(obj)
    matrix = sent_space_matrix(obj, result, own)
    least = base_color(np.random.default_rng(1).random((10_000, 3)) - 0.5).min()
    for face in own.polygons:
        uv = np.mean(
            [own.uv_layers["UVMap"].data[loop].uv[:] for loop in face.loop_indices], axis=0
        )
        middle = np.mean([own.vertices[number].co[:] for number in face.vertices], axis=0)
        column, row = np.minimum((uv * SIDE).astype(int), SIDE - 1)
        wanted = base_color((matrix[:3, :3] @ middle + matrix[:3, 3])[None])[0]
        assert image[row, column].max() > least
        # In a sliver, the center texel may belong to a neighbor.
        if unwrap_area(own, face) * SIDE**2 > 8:
            assert np.abs(image[row, column] - wanted).max() < WORST, face.index
    rows, columns, _ = texels_of(own, SIDE, "UVMap")
    covered = np.zeros((SIDE, SIDE), dtype=bool)
    covered[rows, columns] = True
    for step in range(1, 5):
        for down, right in ((step, 0), (-step, 0), (0, step), (0, -step)):
            y, x = (rows + down).clip(0, SIDE - 1), (columns + right).clip(0, SIDE - 1)
            beside = ~covered[y, x]
            assert (image[y[beside], x[beside]].max(axis=1) > least).all()
            # Texels outside an island match its edge.
            edge = np.abs(image[y[beside], x[beside]] - image[rows[beside], columns[beside]])
            assert np.quantile(edge, 0.9) < 0.1


@pytest.mark.parametrize("mirrored", [False, True])
def test_normal_map_is_flat_where_shapes_match(
    mirrored: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=3)
    obj = active_object()
    unwrapped(obj)
    obj.scale = (-1 if mirrored else 1, 1, 1)
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])
    answer = repainted(source, tmp_path, 1, base=base_color, normal=flat_normals)
    result = apply_to_capture(answer, blend, tmp_path, "keep")
    mesh, _ = carriers(tmp_path)[obj.name]
    found = errors(obj, result, picture(mesh, "Normal"), "UVMap", flat_normals)
    print_errors(capsys, "Normal", found)
    assert found.mean() < 0.02


@pytest.mark.parametrize("mirrored", [False, True])
def test_baked_normal_keeps_its_direction(mirrored: bool, tmp_path: Path) -> None:
    """The result's normals lean toward its own V; its UVs are rotated by a quarter turn from the
    object's."""
    bpy.ops.mesh.primitive_plane_add()
    obj = active_object()
    obj.scale.x = -1 if mirrored else 1
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])

    def change(other: bpy.types.Object) -> None:
        bpy.context.view_layer.objects.active = other
        bpy.ops.object.mode_set(mode="EDIT")
        bpy.ops.mesh.select_all(action="SELECT")
        bpy.ops.mesh.subdivide(number_cuts=3)
        bpy.ops.object.mode_set(mode="OBJECT")
        mesh = other.data
        for loop in mesh.loops:  # U along Y, V against X
            x, y, _ = mesh.vertices[loop.vertex_index].co
            mesh.uv_layers.active.data[loop.index].uv = (0.5 + y, 0.5 - x)
        paint(other, tmp_path, 64, base=base_color, normal=lambda points: leaning(len(points)))

    result = apply_to_capture(
        service_result(source, change), blend, tmp_path, "keep", texture_size=64
    )
    assert result["how"] == {"Plane": "baked"}
    mesh, _ = carriers(tmp_path)["Plane"]
    seen = picture(mesh, "Normal")[8:-8, 8:-8].reshape(-1, 3).mean(axis=0)
    # Against the world's X, which is along or against the object's own U.
    lean = leaning(1)[0]
    assert np.allclose(seen, (lean[1] if mirrored else 1 - lean[1], 0.5, lean[2]), atol=0.01)


def leaning(count: int) -> Any:
    """Return a unit normal, leaning thirty degrees toward V."""
    return np.tile((0.5, 0.75, 0.5 + math.cos(math.radians(30)) / 2), (count, 1))


def test_object_without_uvs_gets_an_added_layer(tmp_path: Path) -> None:
    obj = transformed_suzanne(tmp_path)
    while obj.data.uv_layers:
        obj.data.uv_layers.remove(obj.data.uv_layers[0])
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])
    result = apply_to_capture(
        repainted(source, tmp_path, 2, base=base_color), blend, tmp_path, "keep"
    )
    assert result["how"] == {"Suzanne": "baked"}
    mesh, details = carriers(tmp_path)["Suzanne"]
    assert details["uv_name"] == "Tripo"
    uvs: Any = np.fromfile(details["uv"], dtype=np.float32)
    assert len(uvs) == 2 * len(obj.data.loops)
    obj.data.uv_layers.new(name="Tripo").data.foreach_set("uv", uvs)
    found = errors(obj, result, picture(mesh, "Base Color"), "Tripo", base_color)
    assert found.mean() < ERROR
    # A texel in a fold may show the other side of it; none is black.
    assert np.sort(found)[-2] < WORST
    assert found.max() < 2 * WORST


def test_object_without_uvs_is_refused_if_none_may_be_added(tmp_path: Path) -> None:
    obj = transformed_suzanne(tmp_path)
    while obj.data.uv_layers:
        obj.data.uv_layers.remove(obj.data.uv_layers[0])
    blend = capture(tmp_path, obj, uv_allowed=False)
    source = Path(export(blend, tmp_path)["path"])
    result = apply_to_capture(
        repainted(source, tmp_path, 2, base=base_color), blend, tmp_path, "keep"
    )
    assert not result["ok"]
    assert "“Suzanne” has no UV map" in result["sentence"]


def test_modifiers_that_remove_uvs_are_reported(tmp_path: Path) -> None:
    obj = transformed_suzanne(tmp_path)
    obj.modifiers.new("Anew", "REMESH").voxel_size = 0.05
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])
    result = apply_to_capture(
        repainted(source, tmp_path, 0, base=base_color), blend, tmp_path, "keep"
    )
    assert not result["ok"]
    assert "modifiers of “Suzanne”" in result["sentence"]


def test_uniform_channel_needs_no_texture(sent: Sent, tmp_path: Path) -> None:
    _, blend, source = sent
    result = apply_to_capture(
        repainted(source, tmp_path, 1, base=base_color), blend, tmp_path, "keep"
    )
    assert result["images"] == 1
    (material,) = carriers(tmp_path)["Suzanne"][0].materials
    principled = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    assert principled.inputs["Base Color"].is_linked
    assert not principled.inputs["Metallic"].is_linked
    assert principled.inputs["Metallic"].default_value == 0


def test_shape_without_mesh_cannot_keep_its_shape(tmp_path: Path) -> None:
    text = bpy.data.objects.new("Label", bpy.data.curves.new("Label", "FONT"))
    text.data.body, text.data.extrude = "Hi", 0.1
    bpy.context.scene.collection.objects.link(text)
    blend = capture(tmp_path, text, swap=False)
    source = Path(export(blend, tmp_path)["path"])
    result = apply_to_capture(source, blend, tmp_path, "keep")
    assert not result["ok"]
    assert "Only meshes" in result["sentence"]


def test_tiled_and_overlapping_uvs_are_reported_and_still_baked(sent: Sent, tmp_path: Path) -> None:
    obj, _, _ = sent
    layer = obj.data.uv_layers["UVMap"]
    for face in obj.data.polygons:
        for loop in face.loop_indices:
            layer.data[loop].uv.x += 1 + face.index % 2
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])
    result = apply_to_capture(
        repainted(source, tmp_path, 2, base=base_color), blend, tmp_path, "keep"
    )
    assert any("outside the image" in warning for warning in result["warnings"])
    assert not any("overlap" in warning for warning in result["warnings"])
    for loop in layer.data:
        loop.uv.x %= 1
    image = picture(carriers(tmp_path)["Suzanne"][0], "Base Color")
    assert errors(obj, result, image, "UVMap", base_color).mean() < ERROR
    for loop in layer.data:
        loop.uv = (loop.uv.x % 0.5, loop.uv.y % 0.5)
    blend = capture(tmp_path, obj)
    result = apply_to_capture(
        repainted(source, tmp_path, 2, base=base_color), blend, tmp_path, "keep"
    )
    assert any("overlap" in warning for warning in result["warnings"])


def test_bake_notice_gives_the_true_reason(tmp_path: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    obj = active_object()
    obj.name = "Foot"
    while len(obj.data.uv_layers) < 8:
        obj.data.uv_layers.new()
    # As the artist's Blender writes it: of copies, whose names do not matter.
    with addon.enabled():
        blend = real_capture(
            ObjectGroup((obj,)),
            tmp_path,
            stretch=Matrix.Identity(3),
            materials=False,
            single_user=False,
        )
    source = Path(export(blend, tmp_path)["path"])

    def with_other_uvs(answer: Any) -> None:
        for corner in answer.data.uv_layers[0].data:
            corner.uv = (corner.uv[0] / 2, corner.uv[1])

    answer = service_result(source, with_other_uvs)
    result = apply_to_capture(answer, blend, tmp_path, "keep")
    assert result["how"] == {"Foot": "baked"}
    assert result["warnings"] == [
        "The textures were baked to the object's own UVs: the mesh of “Foot” cannot get another UV "
        "map"
    ]
