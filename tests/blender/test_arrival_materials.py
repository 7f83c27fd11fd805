import math
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import samples
from tests.blender.arriving import (
    NAME,
    Way,
    both_ways,
    by_child,
    extent,
    objects_of,
)
from tripo_addon.blender.arrival import importer


@both_ways
def test_textures_are_packed_and_named_with_the_right_color_space(
    arrive: Way, tmp_path: Path
) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", samples.textured), tmp_path)
    assert root.data.materials[0].name == NAME
    found = {image.name: image for image in bpy.data.images}
    assert {name: image.colorspace_settings.name for name, image in found.items()} == {
        f"{NAME} Base Color": "sRGB",
        f"{NAME} Normal": "Non-Color",
        f"{NAME} Metallic Roughness": "Non-Color",
    }
    assert all(image.packed_file.size > 0 for image in found.values())
    pixels: Any = found[f"{NAME} Base Color"].pixels
    assert math.isclose(pixels[0], 0.2, abs_tol=0.01)


@both_ways
def test_fbx_keeps_quads_and_embedded_textures(arrive: Way, tmp_path: Path) -> None:
    root = arrive(samples.fbx(tmp_path / "model.fbx", samples.textured), tmp_path)
    assert sorted(len(face.vertices) for face in root.data.polygons) == [3, 3, 3, 3, 4]
    assert extent(root) == ((-0.5, 0.5), (-samples.NOSE, 0.0), (0.0, 1.0))
    spaces = {image.name: image.colorspace_settings.name for image in bpy.data.images}
    assert spaces[f"{NAME} Base Color"] == "sRGB"
    assert spaces[f"{NAME} Normal"] == "Non-Color"
    # The paths of the computer that made or converted it are private.
    parts = [
        (image.filepath, held.filepath) for image in bpy.data.images for held in image.packed_files
    ]
    assert set(parts) == {("", "")}


@both_ways
def test_duplicate_images_and_materials_are_merged(arrive: Way, tmp_path: Path) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", samples.twins), tmp_path)
    (image,), (material,) = bpy.data.images, bpy.data.materials
    assert (image.name, material.name) == (f"{NAME} Base Color", NAME)
    assert {obj.data.materials[0] for obj in objects_of(root) if obj.type == "MESH"} == {material}


def written(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


@both_ways
@pytest.mark.parametrize("build", [samples.textured, samples.heavy])
def test_textures_are_saved_to_project_folder_on_request(
    arrive: Way, build: samples.Builder, tmp_path: Path
) -> None:
    source = samples.glb(tmp_path / "model.glb", build)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "barn.blend"))
    folder = tmp_path / "textures"
    arrive(source, tmp_path, textures=folder)
    images: dict[str, Any] = {image.name: image for image in bpy.data.images}
    assert {path.name for path in folder.iterdir()} == {f"{name}.png" for name in images}
    for name, image in images.items():
        assert (image.filepath, image.packed_file) == (f"//textures/{name}.png", None)
        assert image.size[0] >= 16
        assert image.pixels[3] == 1.0
    before = written(folder)
    arrive(source, tmp_path, textures=folder)
    # The second model's pictures have new names, and so have its files.
    assert (
        before.items() <= {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}.items()
    )


@both_ways
@pytest.mark.parametrize("build", [samples.textured, samples.heavy])
def test_textures_that_cannot_be_saved_stay_packed(
    arrive: Way, build: samples.Builder, tmp_path: Path
) -> None:
    source = samples.glb(tmp_path / "model.glb", build)
    (tmp_path / "no folder").write_bytes(b"")
    arrive(source, tmp_path, textures=tmp_path / "no folder" / "textures")
    for image in bpy.data.images:
        assert image.packed_file
        assert (image.filepath, tuple(image.size) > (1, 1)) == ("", True)


def test_abandoned_import_deletes_its_saved_textures(tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "model.glb", samples.heavy)
    by_child(source, tmp_path)
    (tmp_path / "textures").mkdir()
    theirs = tmp_path / "textures" / "theirs.png"
    theirs.write_bytes(b"theirs")
    arrival = importer.Arrival(tmp_path / "model.blend", textures=tmp_path / "textures")
    while not arrival.complete:
        arrival.advance()
    assert len(list((tmp_path / "textures").iterdir())) == 2
    arrival.abandon()
    assert list((tmp_path / "textures").iterdir()) == [theirs]
