"""A result's textures come onto the artist's own meshes: exactly, or baked onto their own UVs."""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy
import numpy as np
from mathutils import Euler, Matrix

from tests.blender import samples
from tests.blender.capturing import SIDE, answered, capture, carriers, export, onto, placed

ERROR, WORST = 0.005, 0.1
"""How far a baked colour may be from the truth, of 1: on average over texels, and anywhere."""
Colours = Callable[[Any], Any]


def truth(points: Any) -> Any:
    """The colour, as sRGB numbers, of a place in a cube of side one about the origin."""
    return 0.5 + 0.4 * np.sin(3 * points + (0.3, 1.1, 2.0))


def numbers(points: Any) -> Any:
    """Roughness in green and metallic in blue, as glTF packs them."""
    red = np.ones(len(points))
    return np.stack((red, 0.5 + 0.5 * points[:, 2], 0.5 - 0.6 * points[:, 0]), -1)


def texels_of(mesh: bpy.types.Mesh, side: int, uv: str = "") -> tuple[Any, Any, Any]:
    """The texels that a mesh's faces cover: rows, columns, and the place in its own coordinates."""
    mesh.calc_loop_triangles()
    layer = mesh.uv_layers[uv] if uv else mesh.uv_layers.active
    rows, columns, places = [], [], []
    for cut in mesh.loop_triangles:
        corners = np.array([layer.data[loop].uv[:] for loop in cut.loops], dtype=np.float64) * side
        points = np.array([mesh.vertices[number].co[:] for number in cut.vertices])
        low = np.floor(corners.min(axis=0)).astype(int)
        high = np.ceil(corners.max(axis=0)).astype(int)
        x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
        x, y = x.ravel(), y.ravel()
        base = np.column_stack((corners[1] - corners[0], corners[2] - corners[0]))
        if abs(np.linalg.det(base)) < 1e-9 or not len(x):
            continue
        inner = np.linalg.solve(base, np.stack((x + 0.5, y + 0.5)) - corners[0][:, None])
        weights = np.stack((1 - inner.sum(axis=0), *inner))
        inside = (weights >= -1e-9).all(axis=0)
        rows.append(y[inside])
        columns.append(x[inside])
        places.append((weights.T @ points)[inside])
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(places)


def paint(thing: bpy.types.Object, folder: Path, side: int, **maps: Colours) -> None:
    """Give an object whose mesh is in the cube of side one a material of functions of the place."""
    mesh = thing.data
    rows, columns, places = texels_of(mesh, side)
    material = bpy.data.materials.new("Painted")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    principled = nodes["Principled BSDF"]
    for role, colours in maps.items():
        image = bpy.data.images.new(role, side, side, is_data=role != "base")
        pixels = np.full((side, side, 4), 1.0, dtype=np.float32)
        # Far from any face there is the mean, so that the source has no seams of its own.
        pixels[..., :3] = colours(places).mean(axis=0)
        around = [(y, x) for y in range(-2, 3) for x in range(-2, 3)]
        for y, x in sorted(around, key=lambda step: -abs(step[0]) - abs(step[1])):
            pixels[(rows + y) % side, (columns + x) % side, :3] = colours(places)
        image.pixels.foreach_set(pixels.ravel())
        image.filepath_raw, image.file_format = str(folder / f"{role}.png"), "PNG"
        image.save()
        picture = nodes.new("ShaderNodeTexImage")
        picture.image = image
        end = picture.outputs["Color"]
        if role == "base":
            links.new(end, principled.inputs["Base Color"])
        if role == "normal":
            bend = nodes.new("ShaderNodeNormalMap")
            links.new(end, bend.inputs["Color"])
            links.new(bend.outputs[0], principled.inputs["Normal"])
        if role == "data":
            split = nodes.new("ShaderNodeSeparateColor")
            links.new(end, split.inputs[0])
            links.new(split.outputs[1], principled.inputs["Roughness"])
            links.new(split.outputs[2], principled.inputs["Metallic"])
    mesh.materials.clear()
    mesh.materials.append(material)


def flat(points: Any) -> Any:
    return np.tile((0.5, 0.5, 1.0), (len(points), 1))


def unwrapped(thing: bpy.types.Object) -> None:
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(island_margin=0.01)
    bpy.ops.object.mode_set(mode="OBJECT")


def repainted(source: Path, folder: Path, cuts: int, turn: float = 0.0, **maps: Colours) -> Path:
    """The service's answer: the same surface with other faces, its own UVs and textures."""

    def change(thing: bpy.types.Object) -> None:
        bpy.context.view_layer.objects.active = thing
        thing.matrix_basis = Matrix()
        if cuts:
            bpy.ops.object.mode_set(mode="EDIT")
            bpy.ops.mesh.select_all(action="SELECT")
            bpy.ops.mesh.remove_doubles(threshold=1e-5)
            bpy.ops.mesh.subdivide(number_cuts=cuts)
            bpy.ops.mesh.quads_convert_to_tris(quad_method="SHORTEST_DIAGONAL")
            bpy.ops.object.mode_set(mode="OBJECT")
        bpy.ops.mesh.customdata_custom_splitnormals_clear()
        thing.data.shade_flat()
        unwrapped(thing)
        paint(thing, folder, 1024, **maps)
        thing.matrix_basis = Matrix.Rotation(turn, 4, "Z")

    return answered(source, change)


def head(folder: Path) -> bpy.types.Object:
    """A faceted thing with UVs, turned, moved, scaled unevenly and mirrored."""
    bpy.ops.mesh.primitive_monkey_add()
    thing = bpy.context.object
    # Whoever unwraps triangles may cut a quad in two, which then has no one UV at a corner.
    thing.modifiers.new("Triangles", "TRIANGULATE")
    bpy.ops.object.modifier_apply(modifier="Triangles")
    thing.data.shade_flat()
    unwrapped(thing)
    thing.matrix_world = Matrix.LocRotScale((3, 1, -2), Euler((0.2, 0.1, 0.5)), (-3, 2, 2.5))
    return thing


def sent_places(thing: bpy.types.Object, told: dict[str, Any], mesh: bpy.types.Mesh) -> Any:
    """From the object's coordinates to those of the cube of side one that was sent."""
    frame = np.linalg.inv(np.array(told["onto"]["frame"]).reshape(4, 4))
    matrix = frame @ np.array(thing.matrix_world)
    points = placed(mesh, matrix)
    side = np.ptp(points, axis=0).max()
    matrix[:3] /= side
    matrix[:3, 3] -= (points.max(axis=0) + points.min(axis=0)) / 2 / side
    return matrix


def picture(mesh: bpy.types.Mesh, role: str) -> Any:
    (material,) = mesh.materials
    (node,) = [
        node
        for node in material.node_tree.nodes
        if node.type == "TEX_IMAGE" and node.image.name.endswith(role)
    ]
    side = node.image.size[0]
    values = np.empty(4 * side * side, dtype=np.float32)
    node.image.pixels.foreach_get(values)
    return values.reshape(side, side, 4)[..., :3]


def seen_and_true(
    thing: bpy.types.Object, told: dict[str, Any], seen: Any, uv: str, colours: Colours
) -> tuple[Any, Any]:
    """The colours of all covered texels, and what they should be."""
    mesh = thing.data
    rows, columns, places = texels_of(mesh, seen.shape[0], uv)
    matrix = sent_places(thing, told, mesh)
    return seen[rows, columns], colours(places @ matrix[:3, :3].T + matrix[:3, 3])


Sent = tuple[bpy.types.Object, Path, Path]


@pytest.fixture(name="sent")
def _sent(tmp_path: Path) -> Sent:
    thing = head(tmp_path)
    blend = capture(tmp_path, thing)
    return thing, blend, Path(export(blend, tmp_path)["path"])


def errors(
    thing: bpy.types.Object, told: dict[str, Any], seen: Any, uv: str, colours: Colours
) -> Any:
    """How far each covered texel is from the truth, in its worst channel, of 1."""
    found, wanted = seen_and_true(thing, told, seen, uv, colours)
    return np.abs(found - wanted).max(axis=1)


def channel(number: int) -> Colours:
    return lambda points: numbers(points)[:, [number] * 3]


def tell(capsys: pytest.CaptureFixture[str], what: str, found: Any) -> None:
    far = np.quantile(found, 0.99)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{what}: mean {found.mean():.4f}, 99 % {far:.4f}, most {found.max():.4f}"
        )


@pytest.mark.parametrize("degrees", [0, 90])
def test_a_bake_shows_what_the_result_shows(
    sent: Sent, degrees: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thing, blend, source = sent
    maps = {"base": truth, "data": numbers, "normal": flat}
    answer = repainted(source, tmp_path, 2, math.radians(degrees), **maps)
    told = onto(answer, blend, tmp_path, "keep")
    assert (told["how"], told["onto"]["placed"]) == ({"Suzanne": "baked"}, "carriers")
    mesh, details = carriers(tmp_path)["Suzanne"]
    assert (details["uv"], details["uv_name"], details["indices"]) == ("", "UVMap", "")
    assert details["loops"] == len(thing.data.loops)
    shown = {"Base Color": truth, "Roughness": channel(1), "Metallic": channel(2)}
    for role, colours in shown.items():
        image = picture(mesh, role)
        assert image.shape == (SIDE, SIDE, 3)
        found = errors(thing, told, image, "UVMap", colours)
        tell(capsys, f"{role}, turned {degrees}", found)
        assert found.mean() < ERROR
        # Not one texel is black: all are near what they should be.
        assert found.max() < WORST


def unwrap_area(mesh: bpy.types.Mesh, face: bpy.types.MeshPolygon) -> float:
    one, two, three = (
        np.array(mesh.uv_layers["UVMap"].data[loop].uv[:]) for loop in face.loop_indices
    )
    (a, b), (c, d) = two - one, three - one
    return abs(a * d - b * c) / 2


def test_no_face_is_black_and_seams_have_a_margin(sent: Sent, tmp_path: Path) -> None:
    thing, blend, source = sent
    told = onto(repainted(source, tmp_path, 1, base=truth), blend, tmp_path, "keep")
    mesh, _ = carriers(tmp_path)["Suzanne"]
    image = picture(mesh, "Base Color")
    matrix, own = sent_places(thing, told, thing.data), thing.data
    least = truth(np.random.default_rng(1).random((10_000, 3)) - 0.5).min()
    for face in own.polygons:
        uv = np.mean(
            [own.uv_layers["UVMap"].data[loop].uv[:] for loop in face.loop_indices], axis=0
        )
        middle = np.mean([own.vertices[number].co[:] for number in face.vertices], axis=0)
        column, row = np.minimum((uv * SIDE).astype(int), SIDE - 1)
        wanted = truth((matrix[:3, :3] @ middle + matrix[:3, 3])[None])[0]
        assert image[row, column].max() > least
        # Of a sliver, the texel in the middle may be a neighbour's.
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
            # What lies beside an island looks as its edge does.
            edge = np.abs(image[y[beside], x[beside]] - image[rows[beside], columns[beside]])
            assert np.quantile(edge, 0.9) < 0.1


@pytest.mark.parametrize("mirrored", [False, True])
def test_where_the_shapes_agree_the_normals_are_flat(
    mirrored: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=3)
    thing = bpy.context.object
    unwrapped(thing)
    thing.scale = (-1 if mirrored else 1, 1, 1)
    blend = capture(tmp_path, thing)
    source = Path(export(blend, tmp_path)["path"])
    answer = repainted(source, tmp_path, 1, base=truth, normal=flat)
    told = onto(answer, blend, tmp_path, "keep")
    mesh, _ = carriers(tmp_path)[thing.name]
    found = errors(thing, told, picture(mesh, "Normal"), "UVMap", flat)
    tell(capsys, "Normal", found)
    assert found.mean() < 0.02


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_bent_normal_bends_the_same_way_after_the_bake(mirrored: bool, tmp_path: Path) -> None:
    """The result's normals lean towards its own V; its UVs lie a quarter turn from the object's."""
    bpy.ops.mesh.primitive_plane_add()
    thing = bpy.context.object
    thing.scale.x = -1 if mirrored else 1
    blend = capture(tmp_path, thing)
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
        paint(other, tmp_path, 64, base=truth, normal=lambda points: leaning(len(points)))

    told = onto(answered(source, change), blend, tmp_path, "keep", texture_size=64)
    assert told["how"] == {"Plane": "baked"}
    mesh, _ = carriers(tmp_path)["Plane"]
    seen = picture(mesh, "Normal")[8:-8, 8:-8].reshape(-1, 3).mean(axis=0)
    # Against the world's X, which is along or against the object's own U.
    lean = leaning(1)[0]
    assert np.allclose(seen, (lean[1] if mirrored else 1 - lean[1], 0.5, lean[2]), atol=0.01)


def leaning(count: int) -> Any:
    """A normal of length one, thirty degrees towards V."""
    return np.tile((0.5, 0.75, 0.5 + math.cos(math.radians(30)) / 2), (count, 1))


def test_an_object_without_uvs_gets_a_layer_of_our_own(tmp_path: Path) -> None:
    thing = head(tmp_path)
    while thing.data.uv_layers:
        thing.data.uv_layers.remove(thing.data.uv_layers[0])
    blend = capture(tmp_path, thing)
    source = Path(export(blend, tmp_path)["path"])
    told = onto(repainted(source, tmp_path, 2, base=truth), blend, tmp_path, "keep")
    assert told["how"] == {"Suzanne": "baked"}
    mesh, details = carriers(tmp_path)["Suzanne"]
    assert details["uv_name"] == "Tripo"
    uvs = np.fromfile(details["uv"], dtype=np.float32)
    assert len(uvs) == 2 * len(thing.data.loops)
    thing.data.uv_layers.new(name="Tripo").data.foreach_set("uv", uvs)
    found = errors(thing, told, picture(mesh, "Base Color"), "Tripo", truth)
    assert found.mean() < ERROR
    assert found.max() < WORST


def test_without_uvs_and_without_leave_to_add_any_there_is_a_sentence(tmp_path: Path) -> None:
    thing = head(tmp_path)
    while thing.data.uv_layers:
        thing.data.uv_layers.remove(thing.data.uv_layers[0])
    blend = capture(tmp_path, thing, uv_allowed=False)
    source = Path(export(blend, tmp_path)["path"])
    told = onto(repainted(source, tmp_path, 2, base=truth), blend, tmp_path, "keep")
    assert not told["ok"]
    assert "“Suzanne” has no UV map" in told["sentence"]


def files_of(model: Path) -> list[bytes]:
    """The pictures in a GLB, as they are."""
    held = model.read_bytes()
    size = struct.unpack_from("<I", held, 12)[0]
    description, body = json.loads(held[20 : 20 + size]), held[28 + size :]
    views = [description["bufferViews"][image["bufferView"]] for image in description["images"]]
    starts = [view.get("byteOffset", 0) for view in views]
    pairs = zip(starts, views, strict=True)
    return [body[start : start + view["byteLength"]] for start, view in pairs]


@pytest.mark.parametrize("degrees", [0, 270])
def test_the_same_faces_get_the_results_own_uvs_and_pictures(
    sent: Sent, degrees: int, tmp_path: Path
) -> None:
    thing, blend, source = sent
    maps = {"base": truth, "data": numbers}
    answer = repainted(source, tmp_path, 0, math.radians(degrees), **maps)
    told = onto(answer, blend, tmp_path, "keep")
    assert told["how"] == {"Suzanne": "transferred"}
    mesh, details = carriers(tmp_path)["Suzanne"]
    uvs = np.fromfile(details["uv"], dtype=np.float32).reshape(-1, 2)
    assert (details["uv_name"], len(uvs)) == ("Tripo", len(thing.data.loops))
    # Every corner has the very UV that the answer gives to this place of this face.
    matrix, own = sent_places(thing, told, thing.data), thing.data
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
    """The UVs of all corners in a file, and where these are once it is turned back."""
    known = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(model))
    (thing,) = set(bpy.data.objects) - known
    mesh = thing.data
    back = np.array(Matrix.Rotation(math.radians(-degrees), 4, "Z") @ thing.matrix_world)
    points = placed(mesh, back)
    uvs = np.array([loop.uv[:] for loop in mesh.uv_layers.active.data])
    return uvs, points[[loop.vertex_index for loop in mesh.loops]]


def test_uvs_that_are_the_objects_own_already_are_left_alone(sent: Sent, tmp_path: Path) -> None:
    _, blend, source = sent

    def change(other: bpy.types.Object) -> None:
        paint(other, tmp_path, SIDE, base=truth)

    told = onto(answered(source, change), blend, tmp_path, "keep")
    assert told["how"] == {"Suzanne": "transferred"}
    _, details = carriers(tmp_path)["Suzanne"]
    assert (details["uv"], details["uv_name"]) == ("", "UVMap")


def test_several_objects_get_each_its_own(tmp_path: Path) -> None:
    thing = head(tmp_path)
    thing.matrix_world = Matrix()
    bpy.ops.mesh.primitive_cylinder_add(location=(3, 0, 0), scale=(-1, 0.5, 1))
    can = bpy.context.object
    can.modifiers.new("Rounder", "BEVEL").width = 0.05
    bpy.context.view_layer.update()
    blend = capture(tmp_path, thing, can)
    source = Path(export(blend, tmp_path)["path"])

    def change(other: bpy.types.Object) -> None:
        unwrapped(other)
        paint(other, tmp_path, 512, base=lambda points: truth(points / 4))

    told = onto(answered(source, change), blend, tmp_path, "keep")
    assert told["how"] == {"Suzanne": "transferred", "Cylinder": "baked"}
    assert set(carriers(tmp_path)) == {"Suzanne", "Cylinder"}


def test_uvs_in_other_tiles_and_on_each_other_are_named_and_still_get_their_colours(
    sent: Sent, tmp_path: Path
) -> None:
    thing, _, _ = sent
    layer = thing.data.uv_layers["UVMap"]
    for face in thing.data.polygons:
        for loop in face.loop_indices:
            layer.data[loop].uv.x += 1 + face.index % 2
    blend = capture(tmp_path, thing)
    source = Path(export(blend, tmp_path)["path"])
    told = onto(repainted(source, tmp_path, 2, base=truth), blend, tmp_path, "keep")
    assert any("UVs outside" in warning for warning in told["warnings"])
    assert not any("overlap" in warning for warning in told["warnings"])
    for loop in layer.data:
        loop.uv.x %= 1
    image = picture(carriers(tmp_path)["Suzanne"][0], "Base Color")
    assert errors(thing, told, image, "UVMap", truth).mean() < ERROR
    for loop in layer.data:
        loop.uv = (loop.uv.x % 0.5, loop.uv.y % 0.5)
    blend = capture(tmp_path, thing)
    told = onto(repainted(source, tmp_path, 2, base=truth), blend, tmp_path, "keep")
    assert any("overlap" in warning for warning in told["warnings"])


def test_a_bake_leaves_nothing_in_the_file_but_what_belongs_to_the_carriers(
    sent: Sent, tmp_path: Path
) -> None:
    thing, blend, source = sent
    samples.paint(thing, tmp_path)
    capture(tmp_path, thing)
    maps = {"base": truth, "data": numbers}
    onto(repainted(source, tmp_path, 2, **maps), blend, tmp_path, "keep", name="Jug")
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
