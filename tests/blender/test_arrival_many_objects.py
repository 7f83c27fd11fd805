"""Models with many parts, with hidden parts, and with parts named like the whole."""

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import samples
from tests.blender.arriving import (
    NAME,
    PLACE,
    Way,
    both_ways,
    by_child,
    directly,
    objects_of,
    order_for,
    orphan_data,
    run_in_child,
)
from tests.blender.test_outside_files import LAYER, packaged
from tripo_addon.blender.arrival import importer
from tripo_addon.blender.child.importing import datablocks, plain_meshes, plain_objects
from tripo_addon.jobs.work.child_process import Finished

PARTS = plain_objects.MANY + plain_objects.AT_ONCE // 2


def glb(path: Path, nodes: list[dict[str, Any]], meshes: int = 1) -> Path:
    """Write a GLB of these nodes, the last of them the parent of all others. Each mesh is a
    triangle in two materials with oblique normals, a UV map and colors."""
    points = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
    normals = struct.pack("<9f", 0, 0, 1, 0.6, 0, 0.8, 0, 0.6, 0.8)
    corners = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2, "COLOR_0": 3}
    primitives = [{"attributes": corners, "material": number} for number in (0, 1)]
    accessor = {"componentType": 5126, "count": 3, "type": "VEC3"}
    described = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [len(nodes) - 1]}],
        "nodes": nodes,
        "meshes": [
            {"name": f"mesh {number}", "primitives": primitives, "extras": {"number": number}}
            for number in range(meshes)
        ],
        "materials": [{"name": "any"}, {"name": "other", "doubleSided": True}],
        "accessors": [
            {**accessor, "bufferView": 0, "min": [0, 0, 0], "max": [1, 1, 0]},
            {**accessor, "bufferView": 1},
            {**accessor, "bufferView": 2, "type": "VEC2"},
            {**accessor, "bufferView": 1},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": 36},
            {"buffer": 0, "byteLength": 36, "byteOffset": 36},
            {"buffer": 0, "byteLength": 24},
        ],
        "buffers": [{"byteLength": len(points + normals)}],
    }
    path.write_bytes(samples.as_glb(described, points + normals))
    return path


def many(path: Path, meshes: int = 1) -> Path:
    """Write parts at places and angles of their own, some of them below a group."""
    parts = [
        {
            "name": f"part {number}",
            "mesh": number % meshes,
            "translation": [number / 7, 0, 1],
            "rotation": [0, 0.6, 0, 0.8],
            "scale": [1, 2, 0.5],
            "extras": {"number": number, "label": "ä", "size": [1.5, 2.0]},
        }
        for number in range(PARTS)
    ]
    group = {"name": "group", "children": list(range(10)), "translation": [0, 5, 0]}
    root = {"name": "whole", "children": list(range(10, PARTS + 1))}
    return glb(path, [*parts, group, root], meshes)


def own(value: Any) -> object:
    return value.to_list() if hasattr(value, "to_list") else value


def parts_described(root: bpy.types.Object) -> dict[str, object]:
    """Describe each part completely."""
    bpy.context.view_layer.update()
    return {
        obj.name: (
            obj.type,
            obj.parent and obj.parent.name,
            [round(value, 5) for row in obj.matrix_world for value in row],
            obj.rotation_mode,
            obj.rotation_quaternion[:],
            obj.scale[:],
            obj.data and obj.data.name,
            [slot.material.name for slot in obj.material_slots],
            {key: own(value) for key, value in obj.items()},
        )
        for obj in objects_of(root)
    }


DEFAULTS = {"sharp_edge", "sharp_face", "material_index"}
"""Layers that are not passed on if they only store defaults."""


def meshes_described() -> dict[str, object]:
    """Describe each mesh completely, with normals as they are drawn."""
    return {
        mesh.name: (
            [material.name for material in mesh.materials],
            [(face.vertices[:], face.material_index, face.use_smooth) for face in mesh.polygons],
            [(edge.vertices[:], edge.use_edge_sharp) for edge in mesh.edges],
            [round(value, 6) for vertex in mesh.vertices for value in vertex.co],
            [round(value, 3) for corner in mesh.corner_normals for value in corner.vector],
            mesh.has_custom_normals,
            [[uv.vector[:] for uv in each.uv] for each in mesh.uv_layers],
            [
                (each.name, each.data_type, each.domain, [item.color[:] for item in each.data])
                for each in mesh.color_attributes
            ],
            (mesh.attributes.active_color_name, mesh.attributes.default_color_name),
            sorted(set(mesh.attributes.keys()) - DEFAULTS),
            {key: own(value) for key, value in mesh.items()},
            mesh.users,
        )
        for mesh in bpy.data.meshes
    }


@pytest.mark.every_blender
@pytest.mark.usefixtures("one_step_per_tick")
@pytest.mark.parametrize("meshes", [1, PARTS])
def test_many_parts_are_added_in_batches_like_a_direct_import(meshes: int, tmp_path: Path) -> None:
    source = many(tmp_path / "model.glb", meshes)
    whole = parts_described(directly(source, tmp_path))
    shapes = meshes_described()
    bpy.ops.wm.read_homefile(use_empty=True)
    ended = run_in_child(order_for(source, tmp_path), tmp_path)
    assert isinstance(ended, Finished), ended
    assert ended.result["objects"] == len(whole) == PARTS + 2
    arrival, counts = importer.Arrival(tmp_path / "model.blend"), [(0, 0)]
    while not arrival.complete:
        arrival.advance()
        counts.append((len(bpy.data.objects), len(bpy.data.meshes)))
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(counts)]
    assert max(objects for objects, _ in steps) == plain_objects.AT_ONCE
    assert max(made for _, made in steps) == min(meshes, plain_meshes.AT_ONCE)
    scene = bpy.context.scene
    root = arrival.place(name=NAME, scene=scene, parent=scene.collection, location=PLACE)
    arrived = parts_described(root)
    assert arrived["part 20"] == whole["part 20"]
    assert arrived == whole
    made = meshes_described()
    assert made["mesh 0"] == shapes["mesh 0"]
    assert made == shapes
    assert len(shapes) == meshes
    assert orphan_data() == []


@pytest.mark.usefixtures("one_step_per_tick")
def test_abandoned_import_of_many_parts_leaves_nothing(tmp_path: Path) -> None:
    source = many(tmp_path / "model.glb", PARTS)
    ended = run_in_child(order_for(source, tmp_path), tmp_path)
    assert isinstance(ended, Finished), ended
    before = datablocks.known()
    arrival = importer.Arrival(tmp_path / "model.blend")
    while len(bpy.data.objects) <= plain_objects.AT_ONCE:
        arrival.advance()
    arrival.abandon()
    assert datablocks.known() == before


@both_ways
def test_part_with_the_models_name_gets_a_suffix(arrive: Way, tmp_path: Path) -> None:
    named = [{"name": NAME, "mesh": 0}, {"name": "lid", "mesh": 0, "translation": [2, 0, 0]}]
    root = arrive(glb(tmp_path / "a.glb", [*named, {"name": "x", "children": [0, 1]}]), tmp_path)
    assert root.name == root.users_collection[0].name == NAME
    assert sorted(obj.name for obj in objects_of(root)) == [NAME, f"{NAME}.001", "lid"]


def hidden_fbx(path: Path, *, all_of_it: bool) -> Path:
    bpy.ops.wm.read_homefile(use_empty=True)
    for name, hide in (("body", all_of_it), ("rest", True)):
        samples.wedge(name).hide_viewport = hide
    bpy.ops.export_scene.fbx(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True)
    return path


@pytest.mark.parametrize("all_of_it", [True, False])
def test_hidden_parts_are_warned_about_and_hidden_models_shown(
    all_of_it: bool, tmp_path: Path
) -> None:
    source = hidden_fbx(tmp_path / "a.fbx", all_of_it=all_of_it)
    ended = run_in_child(order_for(source, tmp_path), tmp_path)
    assert isinstance(ended, Finished), ended
    words = "hides the whole model" if all_of_it else "1 of 2"
    assert words in str(ended.result["warnings"])
    bpy.ops.wm.read_homefile(use_empty=True)
    root = directly(source, tmp_path)
    seen = {obj.name for obj in objects_of(root) if obj.type == "MESH" and obj.visible_get()}
    assert seen == ({"body", "rest"} if all_of_it else {"body"})


def test_usdz_with_hidden_model_is_shown(tmp_path: Path) -> None:
    layer = LAYER.replace("    subLayers = [@{other}@]\n", "").format(picture="a.png")
    layer = layer.replace("    int[] face", '    token visibility = "invisible"\n    int[] face', 1)
    root = by_child(packaged(layer.encode(), tmp_path, "a.usda"), tmp_path)
    assert len(root.data.polygons) == 1
