"""Into the forge: the files that were sent, or made before, and what is in them.

Reads; makes no shape of its own.
"""

from collections.abc import Sequence
from pathlib import Path

import bmesh
import bpy


def load(source: Path) -> None:
    """Everything in a GLB, FBX, OBJ or STL, into the scene."""
    match source.suffix.lower():
        case ".fbx":
            bpy.ops.import_scene.fbx(filepath=str(source))
        case ".obj":
            bpy.ops.wm.obj_import(filepath=str(source))
        case ".stl":
            bpy.ops.wm.stl_import(filepath=str(source))
        case _:
            # Without it the importer adds a mesh of its own, for drawing bones.
            bpy.ops.import_scene.gltf(filepath=str(source), disable_bone_shape=True)
    if not any(item.type == "MESH" for item in bpy.data.objects):
        raise ValueError(f"there is no mesh in {source.name}")


def loose_meshes(source: Path) -> dict[str, bpy.types.Mesh]:
    """The meshes of a file by the names of their nodes, transforms applied, skeletons gone."""
    load(source)
    return taken_apart()


def taken_apart() -> dict[str, bpy.types.Mesh]:
    """The meshes in the scene by the names of their nodes; the scene is empty after that."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    meshes: dict[str, bpy.types.Mesh] = {}
    for item in [each for each in bpy.data.objects if each.type == "MESH"]:
        mesh = bpy.data.meshes.new_from_object(item.evaluated_get(depsgraph))
        mesh.transform(item.matrix_world)
        if item.matrix_world.is_negative:
            mesh.flip_normals()
        if mesh.polygons:
            _untie(mesh)
            meshes[item.name] = mesh
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    kept = set(meshes.values())
    # They hold the names that the new ones are to have.
    bpy.data.batch_remove([mesh for mesh in bpy.data.meshes if mesh not in kept])
    if not meshes:
        raise ValueError("there are no faces in the model")
    return meshes


def _untie(mesh: bpy.types.Mesh) -> None:
    """Forget the weights of a skeleton that is gone; they would count for the next one."""
    shape = bmesh.new()
    shape.from_mesh(mesh)
    weights = shape.verts.layers.deform.active
    if weights is not None:
        shape.verts.layers.deform.remove(weights)
        shape.to_mesh(mesh)
    shape.free()


def chosen(meshes: dict[str, bpy.types.Mesh], names: Sequence[str]) -> dict[str, bpy.types.Mesh]:
    """Those with a wanted name; all of them where no name fits."""
    return {name: mesh for name, mesh in meshes.items() if name in names} or meshes


def armature() -> bpy.types.Object:
    """The skeleton in the scene. Raises ValueError where there is none."""
    for item in bpy.data.objects:
        if item.type == "ARMATURE":
            return item
    raise ValueError("there is no skeleton in the model")
