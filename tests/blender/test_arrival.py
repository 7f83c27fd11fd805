from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import samples
from tests.blender.arriving import (
    SAMPLES,
    Way,
    append,
    both_ways,
    by_child,
    directly,
    extent,
    measures,
    objects_of,
    orphan_data,
)
from tripo_addon.blender.session.child_command import child_command, child_environment


@pytest.mark.parametrize("sample", SAMPLES)
def test_child_and_direct_import_match_and_leave_no_orphan_data(
    sample: str, tmp_path: Path
) -> None:
    export, build = SAMPLES[sample]
    source = export(tmp_path / f"model.{export.__name__}", build)
    seen = []
    for arrive in (by_child, directly):
        bpy.ops.wm.read_homefile(use_empty=True)
        root = arrive(source, tmp_path)
        assert orphan_data() == []
        assert [obj for obj in objects_of(root) if obj.parent is None] == [root]
        seen.append(measures(root))
    assert seen[0] == seen[1]


@both_ways
def test_unicode_names_and_taken_names_are_accepted(arrive: Way, tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "模型 é.glb", samples.plain)
    first = arrive(source, tmp_path, "木の宝箱 ✨")
    second = arrive(source, tmp_path, "木の宝箱 ✨")
    assert [first.name, second.name] == ["木の宝箱 ✨", "木の宝箱 ✨.001"]
    assert first.data != second.data


def scenery(scene: bpy.types.Scene) -> dict[str, object]:
    layer = bpy.context.view_layer
    return {
        "scene": (bpy.context.scene.name, bpy.context.window.scene.name, layer.name),
        "selected": sorted(obj.name for obj in layer.objects if obj.select_get()),
        "active": layer.objects.active.name,
        "mode": (bpy.context.mode, layer.objects.active.mode),
        "cursor": scene.cursor.location[:],
        "engine": scene.render.engine,
        "world": scene.world.name,
        "time": (scene.frame_current, scene.frame_start, scene.frame_end, scene.render.fps),
        "units": scene.unit_settings.scale_length,
        "properties": list(scene.keys()),
        "collection": bpy.context.collection.name,
    }


@both_ways
@pytest.mark.parametrize("mode", ["OBJECT", "EDIT", "SCULPT", "WEIGHT_PAINT"])
@pytest.mark.parametrize("sample", ["rigged", "rigged-fbx"])
def test_import_leaves_the_rest_of_the_scene_unchanged(
    arrive: Way, mode: Any, sample: str, tmp_path: Path
) -> None:
    export, build = SAMPLES[sample]
    source = export(tmp_path / f"model.{export.__name__}", build)
    scene = bpy.context.scene
    bpy.context.window.view_layer = scene.view_layers.new("second")
    scene.world = bpy.data.worlds.new("Sky")
    scene.render.engine = "CYCLES"
    scene.cursor.location = (1, 2, 3)
    scene.frame_set(7)
    work = bpy.data.collections.new("Work")
    scene.collection.children.link(work)
    layer = bpy.context.view_layer
    layer.active_layer_collection = layer.layer_collection.children["Work"]
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.mesh.primitive_cube_add()
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode=mode)
    before = scenery(scene)
    root = arrive(source, tmp_path)
    assert scenery(scene) == before
    assert [scene.name for scene in bpy.data.scenes] == ["Scene"]
    assert not any(obj.select_get() for obj in objects_of(root))


@both_ways
def test_import_respects_scene_unit_scale(arrive: Way, tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "model.glb", samples.plain)
    bpy.context.scene.unit_settings.scale_length = 0.01
    root = arrive(source, tmp_path)
    assert extent(root) == ((-50.0, 50.0), (-100 * samples.NOSE, 0.0), (0.0, 100.0))


def test_model_goes_into_chosen_collection_or_scene_collection(
    tmp_path: Path,
) -> None:
    source = samples.glb(tmp_path / "model.glb", samples.plain)
    by_child(source, tmp_path)
    scene = bpy.context.scene
    inside, outside = bpy.data.collections.new("inside"), bpy.data.collections.new("outside")
    scene.collection.children.link(inside)
    for wanted, home in ((inside, inside), (outside, scene.collection)):
        root = append(tmp_path / "model.blend", "Vase", wanted)
        assert root.users_collection[0].name in home.children


def test_child_environment_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = (
        "TRIPO_API_KEY",
        "tripo_region",
        "OPENAI_API_KEY",
        "GH_TOKEN",
        "MY_SECRET_1",
        "PGPASSWORD",
        "https_proxy",
    )
    for name in secrets:
        monkeypatch.setenv(name, "marker-7f3a")
    monkeypatch.setenv("BLENDER_USER_SCRIPTS", "marker-7f3a")
    key = "k3y/+=&of_this_artist"
    raw = key.encode()
    spellings = (key, b64encode(b"me:" + raw).decode(), raw.hex().upper(), quote(key), escape(key))
    for number, spelled in enumerate(spellings):
        monkeypatch.setenv(f"NOTES_{number}", f"see {spelled} there")
    monkeypatch.setenv("NOTES", "a")
    kept = child_environment(secrets=(key, "a"))
    assert "marker-7f3a" not in kept.values()
    assert [name for name in kept if name.startswith("NOTES")] == ["NOTES"]
    assert "PATH" in kept
    assert not Path(kept["BLENDER_USER_RESOURCES"]).exists()


def test_child_environment_keeps_what_blender_packages_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Packages such as AppImage, Snap, Flatpak and Steam use such variables to find their libraries
    and themselves."""
    needed = {
        "LD_LIBRARY_PATH": "/tmp/.mount_Blend/lib",
        "APPDIR": "/tmp/.mount_Blend",
        "SNAP": "/snap/blender/5432",
        "SNAP_USER_COMMON": "/home/artist/snap/blender/common",
        "FLATPAK_ID": "org.blender.Blender",
        "SteamAppId": "365670",
    }
    for name, value in needed.items():
        monkeypatch.setenv(name, value)
    assert needed.items() <= child_environment().items()


def test_child_command_without_order_waits_for_its_path(tmp_path: Path) -> None:
    assert child_command(tmp_path) == (*child_command(), str(tmp_path))
