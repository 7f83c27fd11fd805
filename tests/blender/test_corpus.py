"""Files that Blender did not write, each with the numbers expected in the scene, the same in every
Blender."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import corpus
from tests.blender.arriving import (
    NAME,
    PLACE,
    Way,
    both_ways,
    by_child,
    extent,
    objects_of,
    orphan_data,
    part,
)

Bounds = tuple[tuple[float, float], ...]
ONE: Bounds = ((-0.5, 0.5), (-1.0, 1.0), (-1.5, 1.5))
SEVERAL: Bounds = ((-3.5, 1.0), (-5.0, 1.0), (-1.5, 1.5))
LYING: Bounds = ((-1.5, 1.5), (-1.0, 1.0), (-0.5, 0.5))
"""An STL is imported as it is, and trimesh's up is Y."""
COLORS = {"Base Color": "sRGB", "Emission Color": "sRGB"}


@dataclass(frozen=True)
class Expected:
    write: Callable[[Path], Path]
    ending: str
    bounds: Bounds = ONE
    faces: int = 12
    parts: tuple[str, ...] = (NAME,)
    pictures: tuple[str, ...] = ()
    materials: int = 0


CORPUS = {
    "pbr": Expected(
        corpus.pbr,
        "glb",
        pictures=("Base Color", "Emission Color", "Metallic Roughness", "Normal", "Occlusion"),
        materials=1,
    ),
    "parts": Expected(corpus.parts, "glb", SEVERAL, faces=26, parts=(*corpus.PARTS, NAME)),
    "colored": Expected(corpus.colored, "glb", materials=1),
    "separate": Expected(
        corpus.gltf_with_bin_files, "zip", SEVERAL, faces=26, parts=(*corpus.PARTS, NAME)
    ),
    "obj": Expected(corpus.obj, "zip", pictures=("Base Color",), materials=1),
    "stl": Expected(corpus.stl, "stl", LYING),
    "stl as text": Expected(corpus.stl_as_text, "stl", LYING),
}


@both_ways
@pytest.mark.parametrize("name", CORPUS)
def test_third_party_file_imports_with_expected_measurements(
    arrive: Way, name: str, tmp_path: Path
) -> None:
    expected = CORPUS[name]
    root = arrive(expected.write(tmp_path / f"sent.{expected.ending}"), tmp_path)
    meshes = [thing for thing in objects_of(root) if thing.type == "MESH"]
    assert root.name == NAME
    assert {thing.name for thing in objects_of(root)} == set(expected.parts)
    assert extent(*meshes) == expected.bounds
    assert sum(len(thing.data.polygons) for thing in meshes) == expected.faces
    assert len(bpy.data.materials) == expected.materials
    seen = {image.name: image for image in bpy.data.images}
    assert set(seen) == {f"{NAME} {role}" for role in expected.pictures}
    for role in expected.pictures:
        image = seen[f"{NAME} {role}"]
        assert tuple(image.size) == corpus.PICTURE
        assert image.colorspace_settings.name == COLORS.get(role, "Non-Color")
        assert image.packed_file
    assert orphan_data() == []


@both_ways
def test_marked_face_points_to_the_front(arrive: Way, tmp_path: Path) -> None:
    root = arrive(corpus.parts(tmp_path / "sent.glb"), tmp_path)
    mark = part(root, corpus.MARK)
    bpy.context.view_layer.update()
    turned = mark.matrix_world.to_3x3()
    for face in mark.data.polygons:
        assert [round(value, 3) for value in (turned @ face.normal)[:]] == [0.0, -1.0, 0.0]


@both_ways
def test_vertex_colors_are_kept_and_shown(arrive: Way, tmp_path: Path) -> None:
    root = arrive(corpus.colored(tmp_path / "sent.glb"), tmp_path)
    (colors,) = root.data.color_attributes
    (slot,) = root.material_slots
    kinds = {node.bl_idname for node in slot.material.node_tree.nodes}
    assert kinds & {"ShaderNodeVertexColor", "ShaderNodeAttribute"}
    assert {tuple(round(value, 2) for value in each.color) for each in colors.data} == {
        (1.0, 0.0, 0.0, 1.0)
    }


@both_ways
def test_nan_vertex_does_not_move_the_model(arrive: Way, tmp_path: Path) -> None:
    root = arrive(
        corpus.with_nan_vertex(tmp_path / "sent.stl"), tmp_path, origin="bottom", height=1.0
    )
    assert root.location[:] == PLACE
    heights = [vertex.co.z for vertex in root.data.vertices if math.isfinite(vertex.co.length)]
    assert (round(min(heights), 4), round(max(heights), 4)) == (0.0, 1.0)


def test_damaged_image_is_reported(tmp_path: Path) -> None:
    by_child(corpus.with_damaged_image(tmp_path / "sent.zip"), tmp_path)
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    (warning,) = result["warnings"]
    assert warning.startswith("The texture ")
    assert warning.endswith((" is damaged", " is missing"))
