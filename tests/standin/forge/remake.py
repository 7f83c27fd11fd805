"""Given models changed: converted, thinned, cut into parts, closed, unwrapped.

Skins stay where the shape keeps its coordinates. Decides nothing about who may have what.
"""

from collections.abc import Sequence
from math import radians
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from . import delivery, intake, surface, topology

Objects = tuple[bpy.types.Object, ...]


def convert(order: dict) -> Objects:
    """As it came, in its own names, but for what was asked to be different."""
    wish = order["delivery"]
    intake.load(Path(order["source"]))
    if any(item.type == "ARMATURE" for item in bpy.data.objects):
        _place([item for item in bpy.data.objects if item.parent is None], wish, order["turn"])
        _shrink(wish["texture_size"])
        return tuple(item for item in bpy.data.objects if item.type == "MESH")
    meshes = _chosen(intake.taken_apart(), wish["parts"])
    if order["quad"] or order["face_limit"]:
        meshes = _within(meshes, order)
    _level(list(meshes.values()), wish)
    objects = delivery.keep(meshes, order)
    _place(objects, wish, order["turn"])
    for item in objects:
        item.data.transform(item.matrix_world)
        item.matrix_world = Matrix()
    _shrink(wish["texture_size"])
    return objects


def decimate(order: dict) -> Objects:
    """Fewer faces in the same skin; without a limit a quarter of them."""
    meshes = intake.loose_meshes(Path(order["source"]))
    chosen = _chosen(meshes, order["delivery"]["parts"])
    total = sum(topology.faces(mesh, quads=order["quad"]) for mesh in chosen.values())
    limit = order["face_limit"] or max(4, total // 4)
    thin = _within(chosen, order | {"face_limit": limit})
    if len(thin) == 1:
        return delivery.name(tuple(thin.values()), order)
    return delivery.keep(thin, order)


def segment(order: dict) -> Objects:
    """Parts, each a node: connected pieces, or where there is one alone, bands from top down."""
    meshes = tuple(intake.loose_meshes(Path(order["source"])).values())
    parts: list[bpy.types.Mesh] = []
    for mesh in meshes:
        numbers = topology.islands(mesh)
        if order["bands"] or (len(meshes) == 1 and numbers.max() == 0):
            numbers = _bands(mesh, order["pieces"])
        most = max(1, order["pieces"] // len(meshes))
        numbers = np.minimum(numbers, most - 1)
        parts.extend(topology.taken(mesh, numbers == number) for number in np.unique(numbers))
    return delivery.name(parts, order)


def complete(order: dict) -> Objects:
    """The parts of a segmentation without holes, under the same names."""
    meshes = intake.loose_meshes(Path(order["source"]))
    for mesh in _chosen(meshes, order["delivery"]["parts"]).values():
        topology.close(mesh)
    return delivery.keep(meshes, order)


def unwrap(order: dict) -> Objects:
    """New coordinates by Blender's Smart UV, so without the old skin."""
    meshes = intake.loose_meshes(Path(order["source"]))
    for mesh in meshes.values():
        mesh.materials.clear()
    objects = delivery.name(tuple(meshes.values()), order)
    for item in objects:
        bpy.context.view_layer.objects.active = item
        item.select_set(True)
        bpy.ops.object.mode_set(mode="EDIT")
        bpy.ops.mesh.select_all(action="SELECT")
        bpy.ops.uv.smart_project(angle_limit=radians(66), island_margin=0.01)
        bpy.ops.object.mode_set(mode="OBJECT")
        item.select_set(False)
    return objects


def _chosen(meshes: dict[str, bpy.types.Mesh], names: Sequence[str]) -> dict[str, bpy.types.Mesh]:
    """Those with a wanted name; all of them where no name fits."""
    return {name: mesh for name, mesh in meshes.items() if name in names} or meshes


def _within(meshes: dict[str, bpy.types.Mesh], order: dict) -> dict[str, bpy.types.Mesh]:
    limited = topology.within(
        tuple(meshes.values()), limit=order["face_limit"], quads=order["quad"]
    )
    return dict(zip(meshes, limited, strict=True))


def _bands(mesh: bpy.types.Mesh, count: int) -> np.ndarray:
    """The number of each face's band, from the top down."""
    middles = np.empty(len(mesh.polygons) * 3, dtype=np.float32)
    mesh.polygons.foreach_get("center", surface.raw(middles))
    heights = middles.reshape(-1, 3)[:, 2]
    share = (heights.max() - heights) / max(float(np.ptp(heights)), 1e-6)
    return np.minimum((share * min(count, 4)).astype(int), min(count, 4) - 1)


def _level(meshes: list[bpy.types.Mesh], wish: dict) -> None:
    """A flat underside, and one half the mirror image of the other, where asked for."""
    low, high = surface.bounds(meshes)
    floor = low.z + wish["flatten"] * (high.z - low.z)
    for mesh in meshes:
        for vertex in mesh.vertices:
            if wish["flatten"]:
                vertex.co.z = max(vertex.co.z, floor)
        if wish["symmetric"]:
            topology.mirror(mesh)


def _place(objects: Sequence[bpy.types.Object], wish: dict, turn: float) -> None:
    bpy.context.view_layer.update()
    low, high = delivery.extent()
    foot = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z))
    move = Matrix.Translation(-foot) if wish["on_floor"] else Matrix()
    change = Matrix.Rotation(radians(turn), 4, "Z") @ Matrix.Scale(wish["scale"], 4) @ move
    for item in objects:
        item.matrix_world = change @ item.matrix_world
    bpy.context.view_layer.update()


def _shrink(size: int | None) -> None:
    for image in bpy.data.images if size else ():
        if image.size[0] and tuple(image.size) != (size, size):
            image.scale(size, size)


MAKERS = {
    "convert": convert,
    "decimate": decimate,
    "segment": segment,
    "complete": complete,
    "uv": unwrap,
}
