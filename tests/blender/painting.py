"""Paints surfaces by a function of the position, and measures a bake against it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from tests.blender.accessors import active_object, mesh_of
from tests.blender.capturing import placed, service_result

ERROR, WORST = 0.005, 0.1
"""The largest allowed error of a baked color, where 1 is full range: the mean over texels, and the
maximum."""
Colors = Callable[[Any], Any]


def base_color(points: Any) -> Any:
    """Return the color, as sRGB numbers, of a position in a cube of side one around the origin."""
    return 0.5 + 0.4 * np.sin(3 * points + (0.3, 1.1, 2.0))


def roughness_and_metallic(points: Any) -> Any:
    """Return roughness in green and metallic in blue, as glTF packs them."""
    red = np.ones(len(points))
    return np.stack((red, 0.5 + 0.5 * points[:, 2], 0.5 - 0.6 * points[:, 0]), -1)


def texels_of(mesh: bpy.types.Mesh, side: int, uv: str = "") -> tuple[Any, Any, Any]:
    """Return the texels that a mesh's faces cover: rows, columns, and positions in object space."""
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


def paint(obj: bpy.types.Object, folder: Path, side: int, **maps: Colors) -> None:
    """Give an object whose mesh is in the cube of side one a material of functions of the
    position."""
    mesh = mesh_of(obj)
    rows, columns, places = texels_of(mesh, side)
    material = bpy.data.materials.new("Painted")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    principled = nodes["Principled BSDF"]
    for role, colors in maps.items():
        image = bpy.data.images.new(role, side, side, is_data=role != "base")
        pixels = np.full((side, side, 4), 1.0, dtype=np.float32)
        # Outside the faces, use the mean, so that the source has no seams of its own.
        pixels[..., :3] = colors(places).mean(axis=0)
        around = [(y, x) for y in range(-2, 3) for x in range(-2, 3)]
        for y, x in sorted(around, key=lambda step: -abs(step[0]) - abs(step[1])):
            pixels[(rows + y) % side, (columns + x) % side, :3] = colors(places)
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


def flat_normals(points: Any) -> Any:
    return np.tile((0.5, 0.5, 1.0), (len(points), 1))


def unwrapped(obj: bpy.types.Object) -> None:
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(island_margin=0.01)
    bpy.ops.object.mode_set(mode="OBJECT")


def repainted(source: Path, folder: Path, cuts: int, turn: float = 0.0, **maps: Colors) -> Path:
    """Return the service's answer: the same surface with other faces, its own UVs and textures."""

    def change(obj: bpy.types.Object) -> None:
        bpy.context.view_layer.objects.active = obj
        obj.matrix_basis = Matrix()
        if cuts:
            bpy.ops.object.mode_set(mode="EDIT")
            bpy.ops.mesh.select_all(action="SELECT")
            bpy.ops.mesh.remove_doubles(threshold=1e-5)
            bpy.ops.mesh.subdivide(number_cuts=cuts)
            bpy.ops.mesh.quads_convert_to_tris(quad_method="SHORTEST_DIAGONAL")
            bpy.ops.object.mode_set(mode="OBJECT")
        bpy.ops.mesh.customdata_custom_splitnormals_clear()
        obj.data.shade_flat()
        unwrapped(obj)
        paint(obj, folder, 1024, **maps)
        obj.matrix_basis = Matrix.Rotation(turn, 4, "Z")

    return service_result(source, change)


def transformed_suzanne(folder: Path) -> bpy.types.Object:
    """Return a faceted object with UVs, rotated, moved, scaled unevenly and mirrored."""
    bpy.ops.mesh.primitive_monkey_add()
    obj = active_object()
    # A triangulation may split a quad, which then has more than one UV at a corner.
    obj.modifiers.new("Triangles", "TRIANGULATE")
    bpy.ops.object.modifier_apply(modifier="Triangles")
    obj.data.shade_flat()
    unwrapped(obj)
    obj.matrix_world = Matrix.LocRotScale((3, 1, -2), Euler((0.2, 0.1, 0.5)), (-3, 2, 2.5))
    return obj


def sent_space_matrix(obj: bpy.types.Object, result: dict[str, Any], mesh: bpy.types.Mesh) -> Any:
    """Convert from the object's space to that of the cube of side one that was sent."""
    frame = np.linalg.inv(np.array(result["onto"]["frame"]).reshape(4, 4))
    matrix = frame @ np.array(obj.matrix_world)
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


def found_and_expected(
    obj: bpy.types.Object, result: dict[str, Any], seen: Any, uv: str, colors: Colors
) -> tuple[Any, Any]:
    """Return the colors of all covered texels, and the expected ones."""
    mesh = mesh_of(obj)
    rows, columns, places = texels_of(mesh, seen.shape[0], uv)
    matrix = sent_space_matrix(obj, result, mesh)
    return seen[rows, columns], colors(places @ matrix[:3, :3].T + matrix[:3, 3])


def errors(
    obj: bpy.types.Object, result: dict[str, Any], seen: Any, uv: str, colors: Colors
) -> Any:
    """Return each covered texel's error in its worst channel, where 1 is full range."""
    found, wanted = found_and_expected(obj, result, seen, uv, colors)
    return np.abs(found - wanted).max(axis=1)


def channel(number: int) -> Colors:
    return lambda points: roughness_and_metallic(points)[:, [number] * 3]


def print_errors(capsys: pytest.CaptureFixture[str], what: str, found: Any) -> None:
    far = np.quantile(found, 0.99)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{what}: mean {found.mean():.4f}, 99 % {far:.4f}, most {found.max():.4f}"
        )
