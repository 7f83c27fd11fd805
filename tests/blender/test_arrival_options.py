"""The arrival options in the preferences: where a model goes, how it is finished, whether it is
selected."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender.addon import KEY, enabled, model_file
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.session import composition


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    folder = tmp_path_factory.mktemp("service")
    with StandIn(seconds=0, keys=(KEY,), model=model_file(folder)) as service:
        yield service


@pytest.fixture
def context(service: StandIn) -> Iterator[bpy.types.Context]:
    bpy.ops.wm.read_homefile(use_empty=True)
    with enabled(service) as context:
        yield context


def arrived(prompt: str = "a small chest") -> bpy.types.Object:
    """Return the root of a new model."""
    bpy.context.scene.tripo_addon.text.prompt = prompt
    assert bpy.ops.tripo_addon.generate_text(again=True) == {"FINISHED"}
    return bpy.data.objects[composition.jobs()[0].root]


def bounds(root: bpy.types.Object) -> tuple[list[float], list[float]]:
    """Return the lowest and highest corner of a model in the world."""
    bpy.context.view_layer.update()
    corners = [
        obj.matrix_world @ vertex.co
        for obj in (root, *root.children_recursive)
        if obj.type == "MESH"
        for vertex in obj.data.vertices
    ]
    low = [min(corner[axis] for corner in corners) for axis in range(3)]
    return low, [max(corner[axis] for corner in corners) for axis in range(3)]


def test_models_get_their_own_collection_on_request(context) -> None:
    settings.preferences().home = "TRIPO"
    first, second = arrived(), arrived()
    (home,) = [each for each in context.scene.collection.children if each.name == "Tripo"]
    assert {obj.users_collection[0] for obj in (first, second)} <= set(home.children)


def test_model_is_scaled_to_height_and_placed_on_cursor(context) -> None:
    chosen = settings.preferences()
    chosen.size, chosen.height, chosen.origin = "HEIGHT", 2.5, "bottom"
    context.scene.cursor.location = (1.0, 2.0, 3.0)
    root = arrived()
    low, high = bounds(root)
    assert high[2] - low[2] == pytest.approx(2.5, rel=1e-4)
    assert low[2] == pytest.approx(3.0, abs=1e-4)
    assert (low[0] + high[0]) / 2 == pytest.approx(1.0, abs=1e-4)
    assert (low[1] + high[1]) / 2 == pytest.approx(2.0, abs=1e-4)


@pytest.mark.parametrize("origin", ["delivered", "bottom"])
def test_model_fills_selected_placeholder(context, origin: str) -> None:
    settings.preferences().size, settings.preferences().origin = "PLACEHOLDER", origin
    bpy.ops.mesh.primitive_cube_add(size=1.0, location=(5.0, 6.0, 7.0))
    placeholder = context.view_layer.objects.active
    placeholder.scale = (2.0, 3.0, 0.8)
    bpy.context.view_layer.update()
    root = arrived()
    low, high = bounds(root)
    sides = [above - below for below, above in zip(low, high, strict=True)]
    limits = [2.0, 3.0, 0.8]
    assert max(side / limit for side, limit in zip(sides, limits, strict=True)) == pytest.approx(1)
    assert low[2] == pytest.approx(6.6, abs=1e-3)
    assert [(low[axis] + high[axis]) / 2 for axis in (0, 1)] == pytest.approx([5.0, 6.0], abs=1e-3)
    assert placeholder.name in context.scene.objects


def test_model_keeps_its_size_at_cursor_without_selection(context) -> None:
    settings.preferences().size = "PLACEHOLDER"
    context.scene.cursor.location = (1.0, 2.0, 3.0)
    root = arrived()
    assert root.location[:] == pytest.approx((1.0, 2.0, 3.0))


def test_textures_are_saved_to_chosen_folder(context, tmp_path: Path) -> None:
    settings.preferences().textures_folder = str(tmp_path / "textures")
    arrived()
    saved = list((tmp_path / "textures").rglob("*.*"))
    assert saved
    used = [image for image in bpy.data.images if image.source == "FILE" and image.users]
    assert used
    for image in used:
        assert image.packed_file is None
        assert Path(bpy.path.abspath(image.filepath)).is_file()


@pytest.mark.parametrize("by", ["child", "direct import"])
def test_model_is_marked_as_asset_with_the_services_preview(
    context, by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "direct import":
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    root = arrived()
    assert root.asset_data is None
    assert root.users_collection[0].asset_data is None
    settings.preferences().asset = "FILE"
    root = arrived()
    home = root.users_collection[0]
    obj = root if root.asset_data is not None else home
    data = obj.asset_data
    assert data is not None
    assert (data.author, data.description) == ("tripo-v3", "a small chest")
    assert {tag.name for tag in data.tags} == {"Tripo", "text to model"}
    assert composition.jobs()[0].preview is not None
    assert (composition.jobs()[0].blend is None) is (by == "direct import")
    assert shown(obj)
    assert not [image for image in bpy.data.images if "preview" in image.name]


def shown(obj: Any) -> bool:
    """Return whether an asset has a preview of more than one color."""
    picture = obj.preview
    if picture is None or not all(picture.image_size):
        return False
    values = [0.0] * (4 * picture.image_size[0] * picture.image_size[1])
    picture.image_pixels_float.foreach_get(values)
    return min(values[::4]) < max(values[::4])


def test_asset_is_saved_to_chosen_library_and_catalog(context, tmp_path) -> None:
    libraries = context.preferences.filepaths.asset_libraries
    library = libraries.new(name="Props", directory=str(tmp_path / "props"))
    chosen = settings.preferences()
    chosen.asset, chosen.asset_library = "LIBRARY", "Props"
    (tmp_path / "taken").write_text("a file where the folder should be")
    try:
        arrived()
        arrived()
        arrived("a 3/4 view")
        library.path = str(tmp_path / "taken" / "deeper")
        with pytest.raises(RuntimeError, match=r"asset library folder is a file.*nothing was sent"):
            arrived()
    finally:
        libraries.remove(library)
    assert {path.name for path in (tmp_path / "props").glob("*.blend")} == {
        "A small chest.blend",
        "A small chest 2.blend",
        "A 3-4 view.blend",
    }
    catalogs = (tmp_path / "props" / "blender_assets.cats.txt").read_text(encoding="utf-8")
    assert catalogs.count(":Tripo:Tripo") == 1
    kept = str(tmp_path / "props" / "A small chest.blend")
    with bpy.data.libraries.load(kept, assets_only=True) as (found, wanted):
        assert [*found.objects, *found.collections] == ["A small chest"]
        wanted.objects, wanted.collections = found.objects, found.collections
    (obj,) = [*wanted.objects, *wanted.collections]
    assert shown(obj)
