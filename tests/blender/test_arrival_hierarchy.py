import math
from pathlib import Path

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import samples
from tests.blender.arriving import (
    NAME,
    PLACE,
    SAMPLES,
    Way,
    both_ways,
    directly,
    extent,
    objects_of,
    part,
)


@both_ways
def test_front_faces_minus_y_after_chosen_turn(arrive: Way, tmp_path: Path) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", samples.plain), tmp_path)
    assert extent(root) == ((-0.5, 0.5), (-samples.NOSE, 0.0), (0.0, 1.0))
    assert (root.name, root.data.name, root.users_collection[0].name) == (NAME, NAME, NAME)
    assert root.location[:] == PLACE
    assert root.rotation_mode == "XYZ"
    assert math.isclose(root.rotation_euler.z, math.radians(-90), abs_tol=1e-6)


@both_ways
def test_wrapper_empties_are_removed_and_parts_keep_their_transforms(
    arrive: Way, tmp_path: Path
) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", samples.parts), tmp_path)
    assert sorted((obj.name, obj.type) for obj in objects_of(root)) == [
        (NAME, "EMPTY"),
        ("left", "MESH"),
        ("lone", "MESH"),
        ("pair", "EMPTY"),
        ("right", "MESH"),
    ]
    # The file's root is rotated by +90 degrees, the arrival by -90: together, the parts are as
    # built.
    assert extent(part(root, "left")) == ((0.0, 2.0), (2.5, 3.5), (0.0, 1.0))
    assert extent(part(root, "right")) == ((0.0, 2.0), (-3.5, -2.5), (0.0, 1.0))
    assert extent(part(root, "lone")) == ((0.0, 4.0), (-1.0, 1.0), (4.0, 6.0))
    assert part(root, "left").parent == part(root, "pair")
    assert part(root, "left").data.name == "left"
    assert {material.name for material in bpy.data.materials} == {f"{NAME} 1", f"{NAME} 2"}


@both_ways
def test_wrapper_stays_when_its_removal_would_shear_the_part(arrive: Way, tmp_path: Path) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", samples.sheared), tmp_path)
    assert (root.name, root.type, len(root.children)) == (NAME, "EMPTY", 1)
    # The tip was at (√2, 3·√2), the far corners of the back at (±√⅛, ∓3·√⅛).
    nose, back = round(math.sqrt(2), 3), round(math.sqrt(1 / 8), 3)
    (left, right), (front, rear), _ = extent(*objects_of(root))
    assert math.isclose(left, -3 * back, abs_tol=0.002)
    assert math.isclose(right, 3 * nose, abs_tol=0.002)
    assert math.isclose(front, -nose, abs_tol=0.002)
    assert math.isclose(rear, back, abs_tol=0.002)


def test_hidden_objects_of_an_earlier_import_are_left_alone(tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "model.glb", samples.rigged)
    shape = bpy.data.objects.new("Icosphere", None)
    hidden = bpy.data.collections.new("glTF_not_exported")
    hidden.objects.link(shape)
    bpy.context.scene.collection.children.link(hidden)
    root = directly(source, tmp_path)
    assert hidden.objects[:] == [shape]
    assert shape not in objects_of(root)


SAMPLES_TO_FIT = ["plain", "parts", "rigged", "sliding", "plain-fbx"]


@pytest.mark.parametrize("sample", SAMPLES_TO_FIT)
def test_origin_moves_to_bottom_center(sample: str, tmp_path: Path) -> None:
    export, build = SAMPLES[sample]
    source = export(tmp_path / f"model.{export.__name__}", build)
    bpy.context.scene.frame_set(0)
    size = [high - low for low, high in extent(*objects_of(directly(source, tmp_path)))]
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.scene.frame_set(0)
    root = directly(source, tmp_path, origin="bottom")
    assert root.location[:] == PLACE
    assert [round(angle, 4) for angle in root.rotation_euler] == [0.0, 0.0, -1.5708]
    wide, deep, tall = size
    for found, wanted in zip(
        extent(*objects_of(root)),
        ((-wide / 2, wide / 2), (-deep / 2, deep / 2), (0.0, tall)),
        strict=True,
    ):
        assert found == pytest.approx(wanted, abs=0.002)


@both_ways
def test_mesh_is_scaled_to_height_with_applied_scale(arrive: Way, tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "model.glb", samples.plain)
    root = arrive(source, tmp_path, origin="bottom", height=1.8)
    assert root.scale[:] == (1.0, 1.0, 1.0)
    assert extent(root) == ((-0.9, 0.9), (-1.8, 1.8), (0.0, 1.8))


@pytest.mark.parametrize("sample", ["parts", "rigged"])
def test_groups_and_rigs_are_scaled_by_their_root(sample: str, tmp_path: Path) -> None:
    export, build = SAMPLES[sample]
    source = export(tmp_path / f"model.{export.__name__}", build)
    bpy.context.scene.unit_settings.scale_length = 0.01
    root = directly(source, tmp_path, height=3.0)
    low, high = extent(*objects_of(root))[2]
    assert high - low == pytest.approx(300.0, abs=0.01)
    assert len({round(factor, 5) for factor in root.scale}) == 1
    inner = (obj for obj in objects_of(root) if obj != root)
    assert {round(factor, 4) for obj in inner for factor in obj.scale} <= {1.0, 2.0}


def test_shape_keys_move_with_their_mesh(tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "model.glb", samples.morphing)
    root = directly(source, tmp_path, origin="bottom", height=2.0)
    keys = root.data.shape_keys.key_blocks
    assert len(keys) == 2
    low, high = (max(point.co.z for point in key.data) for key in keys)
    assert (round(low, 3), round(high, 3)) == (2.0, 4.0)
