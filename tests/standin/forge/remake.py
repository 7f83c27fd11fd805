"""Processes existing models: converts, decimates, segments, completes, unwraps.

Keeps textures where the shape keeps its coordinates. Who may use what is decided elsewhere.
"""

from collections.abc import Sequence
from math import radians
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from . import delivery, intake, skeleton, surface, topology

Objects = tuple[bpy.types.Object, ...]


def convert(order: dict) -> Objects:
    """Convert a model, with its names and everything that was not asked to change."""
    terms = order["delivery"]
    intake.load(Path(order["source"]))
    remade = order["quad"] or order["face_limit"]
    # New faces would need new weights, so they come without a skeleton.
    if not remade and any(item.type == "ARMATURE" for item in bpy.data.objects):
        return _moved_along(order)
    meshes = intake.chosen(intake.taken_apart(), terms["parts"])
    if terms["symmetric"]:
        meshes = _mirrored(meshes, order)
    if remade:
        meshes = _within(meshes, order)
    _level(list(meshes.values()), terms)
    objects = delivery.keep(meshes, order)
    _place(objects, terms, order["turn"])
    for item in objects:
        item.data.transform(item.matrix_world)
        item.matrix_world = Matrix()
    _shrink(terms["texture_size"])
    return objects


def _moved_along(order: dict) -> Objects:
    """Convert a rigged model with its skeleton, animation and weights."""
    terms = order["delivery"]
    _place([item for item in bpy.data.objects if item.parent is None], terms, order["turn"])
    _shrink(terms["texture_size"])
    skeleton.frame_all(in_place=terms["in_place"])
    return tuple(item for item in bpy.data.objects if item.type == "MESH")


def decimate(order: dict) -> Objects:
    """Reduce faces and keep the texture; without a limit to a quarter."""
    meshes = intake.loose_meshes(Path(order["source"]))
    chosen = intake.chosen(meshes, order["delivery"]["parts"])
    for mesh in chosen.values():
        topology.weld(mesh)
    total = sum(topology.faces(mesh, quads=order["quad"]) for mesh in chosen.values())
    limit = order["face_limit"] or max(4, total // 4)
    thin = _within(chosen, order | {"face_limit": limit})
    for mesh in thin.values():
        surface.soften(mesh)
    return delivery.name_or_keep(thin, order)


def segment(order: dict) -> Objects:
    """Cut into parts, a node each: connected pieces, or bands from top to bottom if there is only
    one."""
    # The names would refer to the file's parts, not to those cut here.
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
    """Close the holes of a segmentation's parts, keeping their names."""
    meshes = intake.loose_meshes(Path(order["source"]))
    for mesh in intake.chosen(meshes, order["delivery"]["parts"]).values():
        topology.close(mesh)
    return delivery.keep(meshes, order)


def unwrap(order: dict) -> Objects:
    """Unwrap with Blender's Smart UV, which makes the old texture invalid."""
    meshes = intake.loose_meshes(Path(order["source"]))
    for mesh in meshes.values():
        mesh.materials.clear()
        mesh.transform(Matrix.Rotation(radians(order["turn"]), 4, "Z"))
    objects = delivery.name_or_keep(meshes, order)
    for item in objects:
        bpy.context.view_layer.objects.active = item
        item.select_set(True)
        bpy.ops.object.mode_set(mode="EDIT")
        bpy.ops.mesh.select_all(action="SELECT")
        bpy.ops.uv.smart_project(angle_limit=radians(66), island_margin=0.01)
        bpy.ops.object.mode_set(mode="OBJECT")
        item.select_set(False)
    return objects


def _within(meshes: dict[str, bpy.types.Mesh], order: dict) -> dict[str, bpy.types.Mesh]:
    limited = topology.within(
        tuple(meshes.values()), limit=order["face_limit"], quads=order["quad"]
    )
    return dict(zip(meshes, limited, strict=True))


def _mirrored(meshes: dict[str, bpy.types.Mesh], order: dict) -> dict[str, bpy.types.Mesh]:
    """Return the subject's left half and its mirror image, about the middle of the whole, with few
    enough faces that cutting them into quads leaves both halves alike."""
    low, high = surface.bounds(list(meshes.values()))
    few = _within(
        meshes, order | {"quad": False, "face_limit": (order["face_limit"] or 20_000) // 8}
    )
    for mesh in few.values():
        topology.weld(mesh)
        topology.mirror(mesh, (low.y + high.y) / 2)
    return {name: mesh for name, mesh in few.items() if mesh.polygons}


def _bands(mesh: bpy.types.Mesh, count: int) -> np.ndarray:
    """Return the number of each face's band, from top to bottom; for a flat shape, along its
    length."""
    middles = np.empty(len(mesh.polygons) * 3, dtype=np.float32)
    mesh.polygons.foreach_get("center", surface.raw(middles))
    spans = np.ptp(middles.reshape(-1, 3), axis=0)
    axis = 2 if spans[2] > 0.1 * spans.max() else int(spans.argmax())
    heights = middles.reshape(-1, 3)[:, axis]
    share = (heights.max() - heights) / max(float(np.ptp(heights)), 1e-6)
    return np.minimum((share * min(count, 4)).astype(int), min(count, 4) - 1)


def _level(meshes: list[bpy.types.Mesh], terms: dict) -> None:
    """Flatten the underside, if requested."""
    low, high = surface.bounds(meshes)
    floor = low.z + terms["flatten"] * (high.z - low.z)
    for mesh in meshes:
        for vertex in mesh.vertices:
            if terms["flatten"]:
                vertex.co.z = max(vertex.co.z, floor)


def _place(objects: Sequence[bpy.types.Object], terms: dict, turn: float) -> None:
    bpy.context.view_layer.update()
    low, high = delivery.extent()
    foot = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z))
    move = Matrix.Translation(-foot) if terms["on_floor"] else Matrix()
    change = Matrix.Rotation(radians(turn), 4, "Z") @ Matrix.Scale(terms["scale"], 4) @ move
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
