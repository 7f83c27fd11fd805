"""Writing objects to files: every format is read again with the same faces and its texture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import pytest

from tests.blender.addon import model_file
from tripo_addon.blender.scripting.export import FORMATS, export

READERS: dict[str, Callable[[str], object]] = {
    "glb": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    "fbx": lambda path: bpy.ops.import_scene.fbx(filepath=path),
    "obj": lambda path: bpy.ops.wm.obj_import(filepath=path),
    **dict.fromkeys(("usd", "usdc", "usdz"), lambda path: bpy.ops.wm.usd_import(filepath=path)),
    "blend": lambda path: bpy.ops.wm.open_mainfile(filepath=path),
}


@pytest.fixture(autouse=True)
def empty_file() -> Iterator[None]:
    bpy.ops.wm.read_homefile(use_empty=True)
    yield
    bpy.ops.wm.read_homefile(use_empty=True)


def faces() -> int:
    return sum(len(obj.data.polygons) for obj in bpy.data.objects if obj.type == "MESH")


def sizes_of_textures() -> set[tuple[int, ...]]:
    # An image is read when its size is asked for; one that cannot be read has none.
    return {tuple(image.size) for image in bpy.data.images if image.users} - {(0, 0)}


@pytest.mark.every_blender
@pytest.mark.parametrize("ending", FORMATS)
def test_exported_files_can_be_imported_again(ending: str, tmp_path: Path) -> None:
    bpy.ops.import_scene.gltf(filepath=str(model_file(tmp_path)))
    count, textures = faces(), sizes_of_textures()
    assert count
    assert textures
    chosen = list(bpy.context.selected_objects)
    written = export(bpy.context.scene.objects, tmp_path / "out" / f"chest.{ending}")
    assert list(bpy.context.selected_objects) == chosen
    bpy.ops.wm.read_homefile(use_empty=True)
    READERS[ending](str(written))
    # Exporters may cut faces with more than three corners into triangles.
    assert faces() >= count
    # FBX has no place for a roughness in one channel of a picture, so that one is left out there.
    assert max(textures) in sizes_of_textures()
    assert ending == "fbx" or textures <= sizes_of_textures()
