"""Adds surfaces to shapes: texture coordinates, size and rotation, the material.

Coordinates depend only on position and normal, not on how the faces were made.
"""

from collections.abc import Callable, Sequence
from math import radians
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector

Wrap = Callable[[tuple[bpy.types.Mesh, ...]], None]

# Side number → (sign and axis of the normal, sign and axis that run to the viewer's right).
FRONT, LEFT, BACK, RIGHT, ENDS = range(5)
RIGHTWARD = {FRONT: (1, 1), LEFT: (-1, 0), BACK: (-1, 1), RIGHT: (1, 0)}
INSET = 0.004


def bounds(meshes: Sequence[bpy.types.Mesh]) -> tuple[Vector, Vector]:
    """Return the lowest and highest corner over all meshes."""
    points = np.concatenate([_points(mesh) for mesh in meshes])
    return Vector(points.min(axis=0)), Vector(points.max(axis=0))


def box_wrap(low: Vector, high: Vector) -> Wrap:
    """Map the whole texture to each side of the bounding box, upright and not mirrored."""
    reach = _longest(low, high)

    def place(points: np.ndarray, sides: np.ndarray) -> np.ndarray:
        uv = np.zeros((len(points), 2))
        for side, (sign, axis) in RIGHTWARD.items():
            start = low[axis] if sign > 0 else high[axis]
            chosen = sides == side
            uv[chosen, 0] = sign * (points[chosen, axis] - start) / reach
            uv[chosen, 1] = (points[chosen, 2] - low.z) / reach
        ends = sides == ENDS
        uv[ends, 0] = (points[ends, 1] - low.y) / reach
        uv[ends, 1] = (high.x - points[ends, 0]) / reach
        return uv

    return _wrap(place)


def picture_wrap(low: Vector, high: Vector, *, strip: float) -> Wrap:
    """Project one picture from +X between `low` and `high`; the plain strip below and behind."""

    def place(points: np.ndarray, sides: np.ndarray) -> np.ndarray:
        across = (points[:, 1] - low.y) / (high.y - low.y)
        uv = np.stack([across, _above(points, low, high, strip)], axis=-1)
        return _plain(uv, points, (points[:, 2] < low.z) | (sides == BACK), strip)

    return _wrap(place)


def quadrant_wrap(low: Vector, high: Vector, *, strip: float) -> Wrap:
    """Map four pictures, two by two in the texture in the order front, left, back, right."""

    def place(points: np.ndarray, sides: np.ndarray) -> np.ndarray:
        uv = np.zeros((len(points), 2))
        for side, (sign, axis) in RIGHTWARD.items():
            start = low[axis] if sign > 0 else high[axis]
            chosen = sides == side
            across = sign * (points[chosen, axis] - start) / (high[axis] - low[axis])
            up = (points[chosen, 2] - low.z) / (high.z - low.z)
            column, row = side % 2, 1 - side // 2
            uv[chosen, 0] = (np.clip(across, INSET, 1 - INSET) + column) / 2
            half = (np.clip(up, INSET, 1 - INSET) + row) / 2
            uv[chosen, 1] = strip + half * (1 - strip)
        return _plain(uv, points, (points[:, 2] < low.z) | (sides == ENDS), strip)

    return _wrap(place)


def settle(meshes: Sequence[bpy.types.Mesh], *, meters: float, turn: float) -> None:
    """Center at the origin, scale the longest side to `meters`, rotate about Z by degrees."""
    low, high = bounds(meshes)
    scale = Matrix.Scale(meters / _longest(low, high), 4)
    place = Matrix.Rotation(radians(turn), 4, "Z") @ scale @ Matrix.Translation(-(low + high) / 2)
    for mesh in meshes:
        mesh.transform(place)


def dress(meshes: Sequence[bpy.types.Mesh], order: dict) -> None:
    """Give these meshes one material with the painted maps, or a plain one without maps."""
    for mesh in meshes:
        mesh.materials.clear()
    bpy.data.batch_remove([each for each in bpy.data.materials if not each.users])
    bpy.data.batch_remove([each for each in bpy.data.images if not each.users])
    material = bpy.data.materials.new(f"tripo_mat_{order['uuid']}")
    material.use_nodes = True
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 0.7
    for role, path in order["maps"].items():
        _plug(material, shader, role, path)
    for mesh in meshes:
        mesh.materials.append(material)
        soften(mesh)


def soften(mesh: bpy.types.Mesh) -> None:
    """Shade smooth except at sharp edges. Drop a file's own normals, which fit only its own
    faces."""
    mesh.normals_split_custom_set([[0.0, 0.0, 0.0]] * len(mesh.loops))
    mesh.shade_smooth()
    mesh.set_sharp_from_angle(angle=radians(35))


def _plug(material: bpy.types.Material, shader: bpy.types.Node, role: str, path: str) -> None:
    tree = material.node_tree
    picture = tree.nodes.new("ShaderNodeTexImage")
    picture.image = bpy.data.images.load(path)
    picture.image.name = f"tripo_{role}"
    if role != "base":
        picture.image.colorspace_settings.name = "Non-Color"
    link = tree.links.new
    match role:
        case "base":
            link(picture.outputs["Color"], shader.inputs["Base Color"])
        case "normal":
            bump = tree.nodes.new("ShaderNodeNormalMap")
            link(picture.outputs["Color"], bump.inputs["Color"])
            link(bump.outputs["Normal"], shader.inputs["Normal"])
        case "metal_rough":
            split = tree.nodes.new("ShaderNodeSeparateColor")
            link(picture.outputs["Color"], split.inputs["Color"])
            link(split.outputs["Green"], shader.inputs["Roughness"])
            link(split.outputs["Blue"], shader.inputs["Metallic"])
        case _:
            # FBX has no packed maps: there `roughness` and `metallic` are separate.
            link(picture.outputs["Color"], shader.inputs[role.capitalize()])


def base_image(material: bpy.types.Material) -> bpy.types.Image | None:
    """Return the image of a material's base color, if there is one."""
    for node in material.node_tree.nodes if material.node_tree else ():
        links = node.inputs["Base Color"].links if node.type == "BSDF_PRINCIPLED" else None
        if links:
            return getattr(links[0].from_node, "image", None)
    return None


def raw(values: np.ndarray) -> Any:
    """Return an array as foreach_get and foreach_set take it; Blender's stubs only know
    sequences."""
    return values


def _longest(low: Vector, high: Vector) -> float:
    size = high - low
    return max(size.x, size.y, size.z)


def _points(mesh: bpy.types.Mesh) -> np.ndarray:
    flat = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", raw(flat))
    return flat.reshape(-1, 3)


def _wrap(place: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Wrap:
    def wrap(meshes: tuple[bpy.types.Mesh, ...]) -> None:
        for mesh in meshes:
            corners = np.empty(len(mesh.loops), dtype=np.int32)
            mesh.loops.foreach_get("vertex_index", raw(corners))
            uv = place(_points(mesh)[corners], _sides(mesh)).clip(0, 1).astype(np.float32)
            while mesh.uv_layers:
                mesh.uv_layers.remove(mesh.uv_layers[0])
            mesh.uv_layers.new(name="UVMap").data.foreach_set("uv", raw(uv.ravel()))

    return wrap


def _sides(mesh: bpy.types.Mesh) -> np.ndarray:
    """Return the side of the box that each loop's face points to."""
    normals = np.array([polygon.normal for polygon in mesh.polygons])
    loops = [polygon.loop_total for polygon in mesh.polygons]
    axis = np.abs(normals).argmax(axis=1)
    positive = np.take_along_axis(normals, axis[:, None], axis=1)[:, 0] > 0
    sides = np.where(axis == 0, np.where(positive, FRONT, BACK), np.where(positive, LEFT, RIGHT))
    return np.repeat(np.where(axis == 2, ENDS, sides), loops)


def _above(points: np.ndarray, low: Vector, high: Vector, strip: float) -> np.ndarray:
    up = np.clip((points[:, 2] - low.z) / (high.z - low.z), INSET, 1 - INSET)
    return strip + up * (1 - strip)


def _plain(uv: np.ndarray, points: np.ndarray, chosen: np.ndarray, strip: float) -> np.ndarray:
    """Map the chosen corners to the plain strip along the bottom edge of the texture."""
    spread = np.ptp(points, axis=0) + 1e-6
    part = (points - points.min(axis=0)) / spread
    uv[chosen, 0] = 0.1 + 0.8 * part[chosen, 1]
    uv[chosen, 1] = strip * (0.3 + 0.4 * part[chosen, 0])
    return uv
