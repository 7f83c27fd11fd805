import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tripo_addon.blender import convert, importer
from tripo_addon.jobs.child import ChildResult, Died, Finished, run_child
from tripo_addon.jobs.modelfile import ModelFormat, recognise

from . import samples

NAME = "Wooden Chest"
PLACE = (10.0, 20.0, 30.0)


def carry_out(order: dict[str, object], folder: Path) -> ChildResult:
    path = folder / "order.json"
    path.write_text(json.dumps(order), encoding="utf-8")
    return run_child(
        importer.child_command(path),
        environment=importer.child_environment(),
        result=folder / "result.json",
        stop=lambda: False,
        timeout=300.0,
        log=folder / "log.txt",
    )


def order_for(source: Path, folder: Path, name: str = NAME) -> dict[str, object]:
    return {
        "source": str(source),
        "format": recognise(source).value,
        "blend": str(folder / "model.blend"),
        "result": str(folder / "result.json"),
        "name": name,
        "turn": -90,
        "seconds": 300,
        **importer.child_terms(bpy.context.scene),
    }


def by_child(source: Path, folder: Path, name: str = NAME) -> bpy.types.Object:
    ended = carry_out(order_for(source, folder, name), folder)
    assert isinstance(ended, Finished), ended
    assert ended.result["ok"] is True, ended
    return append(folder / "model.blend", name)


def append(
    blend: Path, name: str = NAME, parent: bpy.types.Collection | None = None
) -> bpy.types.Object:
    scene = bpy.context.scene
    arrival = importer.Arrival(blend)
    while not arrival.complete:
        arrival.advance()
    return arrival.place(name=name, scene=scene, parent=parent or scene.collection, location=PLACE)


def directly(source: Path, _folder: Path, name: str = NAME) -> bpy.types.Object:
    scene = bpy.context.scene
    return importer.import_directly(
        source,
        format=recognise(source),
        name=name,
        turn=-90,
        scene=scene,
        parent=scene.collection,
        location=PLACE,
    )


Way = Callable[..., bpy.types.Object]
both_ways = pytest.mark.parametrize("arrive", [by_child, directly])


def things(root: bpy.types.Object) -> tuple[bpy.types.Object, ...]:
    return tuple(root.users_collection[0].all_objects)


def part(root: bpy.types.Object, name: str) -> bpy.types.Object:
    return next(thing for thing in things(root) if thing.name == name)


def extent(*parts: bpy.types.Object) -> tuple[tuple[float, float], ...]:
    """The parts' bounds in the world, from PLACE on: (least, greatest) for X, Y, Z."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    corners: list[Any] = []
    for thing in parts:
        if thing.type == "MESH":
            shown = thing.evaluated_get(graph)
            corners += [shown.matrix_world @ vertex.co for vertex in shown.data.vertices]
    axes = zip(*corners, strict=True)
    return tuple(
        (round(min(axis) - start, 3), round(max(axis) - start, 3))
        for axis, start in zip(axes, PLACE, strict=True)
    )


def measures(root: bpy.types.Object) -> dict[str, object]:
    meshes = [thing.data for thing in things(root) if thing.type == "MESH"]
    return {
        "root": root.name,
        "names": sorted(
            (thing.name, thing.type, thing.data and thing.data.name) for thing in things(root)
        ),
        "extent": extent(*things(root)),
        "faces": sorted(len(mesh.polygons) for mesh in meshes),
        "quads": sum(len(face.vertices) == 4 for mesh in meshes for face in mesh.polygons),
        "materials": sorted(material.name for material in bpy.data.materials),
        "images": sorted(
            (
                image.name,
                tuple(image.size),
                image.packed_file.size,
                image.colorspace_settings.name,
                image.filepath,
            )
            for image in bpy.data.images
        ),
        "actions": sorted((action.name, action.frame_range[:]) for action in bpy.data.actions),
    }


def loose_ends() -> list[str]:
    blocks = convert._blocks()
    made = (
        "objects",
        "meshes",
        "materials",
        "images",
        "actions",
        "collections",
        "armatures",
        "scenes",
        "libraries",
        "node_groups",
    )
    scene = bpy.context.scene
    return [
        f"{kind} {block.name}"
        for kind, block in blocks
        if kind in made
        and block != scene
        and (kind == "libraries" or block.users == 0 or block.use_fake_user)
    ]


SAMPLES = {
    "plain": (samples.glb, samples.plain),
    "textured": (samples.glb, samples.textured),
    "parts": (samples.glb, samples.parts),
    "twins": (samples.glb, samples.twins),
    "heavy": (samples.glb, samples.heavy),
    "rigged": (samples.glb, samples.rigged),
    "sliding": (samples.glb, samples.sliding),
    "heavy-fbx": (samples.fbx, samples.heavy),
    "textured-fbx": (samples.fbx, samples.textured),
    "rigged-fbx": (samples.fbx, samples.rigged),
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_child_and_the_direct_import_end_alike_and_leave_nothing_loose(
    sample: str, tmp_path: Path
) -> None:
    export, build = SAMPLES[sample]
    source = export(tmp_path / f"model.{export.__name__}", build)
    seen = []
    for arrive in (by_child, directly):
        bpy.ops.wm.read_homefile(use_empty=True)
        root = arrive(source, tmp_path)
        assert loose_ends() == []
        assert [thing for thing in things(root) if thing.parent is None] == [root]
        seen.append(measures(root))
    assert seen[0] == seen[1]


@both_ways
def test_the_front_faces_minus_y_where_the_artist_wanted_it(arrive: Way, tmp_path: Path) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", samples.plain), tmp_path)
    assert extent(root) == ((-0.5, 0.5), (-samples.NOSE, 0.0), (0.0, 1.0))
    assert (root.name, root.data.name, root.users_collection[0].name) == (NAME, NAME, NAME)
    assert root.location[:] == PLACE
    assert root.rotation_mode == "XYZ"
    assert math.isclose(root.rotation_euler.z, math.radians(-90), abs_tol=1e-6)


@both_ways
def test_textures_come_packed_named_for_their_use_and_in_their_colour_space(
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
def test_wrappers_go_groups_stay_and_every_part_keeps_its_place(
    arrive: Way, tmp_path: Path
) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", samples.parts), tmp_path)
    assert sorted((thing.name, thing.type) for thing in things(root)) == [
        (NAME, "EMPTY"),
        ("left", "MESH"),
        ("lone", "MESH"),
        ("pair", "EMPTY"),
        ("right", "MESH"),
    ]
    # The file's root turns by +90 degrees, the arrival by -90: together the parts as built.
    assert extent(part(root, "left")) == ((0.0, 2.0), (2.5, 3.5), (0.0, 1.0))
    assert extent(part(root, "right")) == ((0.0, 2.0), (-3.5, -2.5), (0.0, 1.0))
    assert extent(part(root, "lone")) == ((0.0, 4.0), (-1.0, 1.0), (4.0, 6.0))
    assert part(root, "left").parent == part(root, "pair")
    assert part(root, "left").data.name == "left"
    assert {material.name for material in bpy.data.materials} == {f"{NAME} 1", f"{NAME} 2"}


@both_ways
def test_a_wrapper_stays_where_its_part_would_not_keep_its_shape(
    arrive: Way, tmp_path: Path
) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", samples.sheared), tmp_path)
    assert (root.name, root.type, len(root.children)) == (NAME, "EMPTY", 1)
    # The nose stood at (√2, 3·√2), the far corners of the back at (±√⅛, ∓3·√⅛).
    nose, back = round(math.sqrt(2), 3), round(math.sqrt(1 / 8), 3)
    (left, right), (front, rear), _ = extent(*things(root))
    assert math.isclose(left, -3 * back, abs_tol=0.002)
    assert math.isclose(right, 3 * nose, abs_tol=0.002)
    assert math.isclose(front, -nose, abs_tol=0.002)
    assert math.isclose(rear, back, abs_tol=0.002)


def test_what_another_import_left_hidden_stays_there(tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "model.glb", samples.rigged)
    shape = bpy.data.objects.new("Icosphere", None)
    hidden = bpy.data.collections.new("glTF_not_exported")
    hidden.objects.link(shape)
    bpy.context.scene.collection.children.link(hidden)
    root = directly(source, tmp_path)
    assert hidden.objects[:] == [shape]
    assert shape not in things(root)


@both_ways
def test_an_fbx_keeps_its_quads_and_its_embedded_pictures(arrive: Way, tmp_path: Path) -> None:
    root = arrive(samples.fbx(tmp_path / "model.fbx", samples.textured), tmp_path)
    assert sorted(len(face.vertices) for face in root.data.polygons) == [3, 3, 3, 3, 4]
    assert extent(root) == ((-0.5, 0.5), (-samples.NOSE, 0.0), (0.0, 1.0))
    spaces = {image.name: image.colorspace_settings.name for image in bpy.data.images}
    assert spaces[f"{NAME} Base Color"] == "sRGB"
    assert spaces[f"{NAME} Normal"] == "Non-Color"
    # The paths of the machine that made or converted it are nobody's business.
    told = [
        (image.filepath, held.filepath) for image in bpy.data.images for held in image.packed_files
    ]
    assert set(told) == {("", "")}


@both_ways
def test_one_picture_under_two_names_becomes_one_image(arrive: Way, tmp_path: Path) -> None:
    arrive(samples.glb(tmp_path / "model.glb", samples.twins), tmp_path)
    (image,) = bpy.data.images
    assert image.users == 2


@both_ways
@pytest.mark.parametrize("sample", ["rigged", "rigged-fbx"])
@pytest.mark.parametrize("fps", [24, 60])
def test_a_rig_still_bends_at_the_right_second_and_keeps_its_animations(
    arrive: Way, sample: str, fps: int, tmp_path: Path
) -> None:
    export, build = SAMPLES[sample]
    source = export(tmp_path / f"model.{export.__name__}", build)
    scene = bpy.context.scene
    scene.render.fps = fps
    root = arrive(source, tmp_path)
    rig = next(thing for thing in things(root) if thing.type == "ARMATURE")
    assert [len(rig.data.bones), scene.render.fps] == [2, fps]
    kept = {action.name.rpartition("|")[2].partition("_")[0] for action in bpy.data.actions}
    assert kept == {"run", "walk"}
    players = {strip.action for track in rig.animation_data.nla_tracks for strip in track.strips}
    assert players | {rig.animation_data.action} == set(bpy.data.actions)
    playing = rig.animation_data.action.name
    bend = samples.RIGGED_BEND * (2 if "run" in playing else 1)
    first = 0 if sample == "rigged" else 1
    for seconds, angle in ((0.0, 0.0), (samples.RIGGED_SECONDS, bend)):
        moment = first + seconds * fps + (1 / 30 * fps if sample == "rigged" else 0)
        scene.frame_set(int(moment), subframe=moment - int(moment))
        turned = rig.pose.bones["spine"].matrix_basis.to_quaternion().angle
        assert math.isclose(turned, angle, abs_tol=0.01), (playing, seconds)
    scene.frame_set(first)
    assert extent(*things(root)) == ((-0.5, 0.5), (-samples.NOSE, 0.0), (0.0, 1.0))


@both_ways
def test_a_root_that_moves_by_itself_gets_an_empty_to_be_placed_by(
    arrive: Way, tmp_path: Path
) -> None:
    root = arrive(samples.glb(tmp_path / "model.glb", samples.sliding), tmp_path)
    assert (root.type, root.name, len(root.children)) == ("EMPTY", NAME, 1)
    bpy.context.scene.frame_set(0)
    assert extent(*things(root)) == ((-0.5, 0.5), (-samples.NOSE, 0.0), (0.0, 1.0))
    bpy.context.scene.frame_set(25)
    assert extent(*things(root)) == ((-0.5, 0.5), (-samples.NOSE - 2, -2.0), (0.0, 1.0))


@both_ways
def test_a_name_in_any_script_and_taken_already_is_no_obstacle(arrive: Way, tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "模型 é.glb", samples.plain)
    first = arrive(source, tmp_path, "木の宝箱 ✨")
    second = arrive(source, tmp_path, "木の宝箱 ✨")
    assert [first.name, second.name] == ["木の宝箱 ✨", "木の宝箱 ✨.001"]
    assert first.data != second.data


@both_ways
def test_a_file_with_points_only_arrives(arrive: Way, tmp_path: Path) -> None:
    root = arrive(samples.points_only(tmp_path / "model.glb", count=4), tmp_path)
    assert (len(root.data.vertices), len(root.data.polygons)) == (4, 0)


def test_the_child_warns_of_a_model_without_faces(tmp_path: Path) -> None:
    source = samples.points_only(tmp_path / "model.glb", count=4)
    ended = carry_out(order_for(source, tmp_path), tmp_path)
    assert isinstance(ended, Finished)
    assert ended.result["warnings"] == ["The model has no faces."]


def broken_files(folder: Path) -> dict[str, tuple[Path, ModelFormat]]:
    files = {
        "cut.glb": (samples.glb(folder / "whole.glb", samples.textured), ModelFormat.GLB),
        "cut.fbx": (samples.fbx(folder / "whole.fbx", samples.textured), ModelFormat.FBX),
    }
    broken = {}
    for name, (whole, form) in files.items():
        cut = folder / name
        cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
        broken[name] = (cut, form)
    page = folder / "page.glb"
    page.write_text("<!doctype html><title>403</title>", encoding="utf-8")
    broken["page.glb"] = (page, ModelFormat.GLB)
    hollow = samples.points_only(folder / "hollow.glb", count=0)
    broken["hollow.glb"] = (hollow, ModelFormat.GLB)
    # The mesh is there before Blender finds that the keys of its animation are not.
    channel = {"sampler": 0, "target": {"node": 0, "path": "translation"}}
    keys = {"channels": [channel], "samplers": [{"input": 9, "output": 9}]}
    late = samples.points_only(folder / "late.glb", count=4, extra={"animations": [keys]})
    broken["late.glb"] = (late, ModelFormat.GLB)
    needy = folder / "needy.glb"
    tomorrow = ["KHR_from_tomorrow"]
    needy.write_bytes(
        samples.as_glb(
            {
                "asset": {"version": "2.0"},
                "extensionsUsed": tomorrow,
                "extensionsRequired": tomorrow,
            }
        )
    )
    broken["needy.glb"] = (needy, ModelFormat.GLB)
    return broken


def test_a_file_that_cannot_be_imported_leaves_no_data_and_says_so(tmp_path: Path) -> None:
    scene = bpy.context.scene
    for name, (path, form) in broken_files(tmp_path).items():
        scene = bpy.context.scene
        before = convert.known()
        with pytest.raises(importer.ImportFailed, match=r"^\w.*\.$"):
            importer.import_directly(
                path,
                format=form,
                name=NAME,
                turn=-90,
                scene=scene,
                parent=scene.collection,
                location=PLACE,
            )
        assert convert.known() == before, name
        assert bpy.context.scene == scene


def test_the_child_tells_of_a_broken_file_in_its_result(tmp_path: Path) -> None:
    path, form = broken_files(tmp_path)["needy.glb"]
    ended = carry_out(order_for(path, tmp_path) | {"format": form.value}, tmp_path)
    assert isinstance(ended, Finished)
    assert ended.result["ok"] is False
    assert "KHR_from_tomorrow" in str(ended.result["sentence"])
    assert str(tmp_path) not in str(ended.result)
    assert not (tmp_path / "model.blend").exists()


def test_an_order_that_makes_no_sense_ends_the_child_with_code_3(tmp_path: Path) -> None:
    ended = carry_out({"format": "glb", "seconds": 300}, tmp_path)
    assert isinstance(ended, Died)
    assert (ended.code, ended.last_lines[-1]) == (3, "KeyError: 'source'")


@pytest.mark.parametrize("content", [b"", b"not a blend file", b"BLENDER-v405"])
def test_a_damaged_blend_leaves_no_data(content: bytes, tmp_path: Path) -> None:
    blend = tmp_path / "model.blend"
    blend.write_bytes(content)
    before = convert.known()
    with pytest.raises(importer.ImportFailed):
        append(blend)
    assert convert.known() == before


def scenery(scene: bpy.types.Scene) -> dict[str, object]:
    layer = bpy.context.view_layer
    return {
        "scene": (bpy.context.scene.name, bpy.context.window.scene.name, layer.name),
        "selected": sorted(thing.name for thing in layer.objects if thing.select_get()),
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
def test_the_artists_scene_looks_as_before(
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
    assert not any(thing.select_get() for thing in things(root))


@both_ways
def test_the_unit_of_the_artists_scene_is_respected(arrive: Way, tmp_path: Path) -> None:
    source = samples.glb(tmp_path / "model.glb", samples.plain)
    bpy.context.scene.unit_settings.scale_length = 0.01
    root = arrive(source, tmp_path)
    assert extent(root) == ((-50.0, 50.0), (-100 * samples.NOSE, 0.0), (0.0, 100.0))


def test_the_model_goes_below_the_chosen_collection_or_else_into_the_scene(
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


def test_no_key_reaches_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
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
    kept = importer.child_environment()
    assert "marker-7f3a" not in kept.values()
    assert "PATH" in kept
    assert not Path(kept["BLENDER_USER_RESOURCES"]).exists()


def test_the_command_without_an_order_waits_for_its_path(tmp_path: Path) -> None:
    assert importer.child_command(tmp_path) == (*importer.child_command(), str(tmp_path))
