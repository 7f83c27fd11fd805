"""Imports into the forge: loads files that were sent or made before, and returns their meshes.

Makes no shape of its own.
"""

from collections.abc import Sequence
from pathlib import Path

import bmesh
import bpy


def load(source: Path) -> None:
    """Import a whole GLB, FBX, OBJ or STL into the scene."""
    match source.suffix.lower():
        case ".fbx":
            bpy.ops.import_scene.fbx(filepath=str(source))
        case ".obj":
            bpy.ops.wm.obj_import(filepath=str(source))
        case ".stl":
            bpy.ops.wm.stl_import(filepath=str(source))
        case _:
            # Without this the importer adds its own mesh as bone shape.
            bpy.ops.import_scene.gltf(filepath=str(source), disable_bone_shape=True)
    if not any(item.type == "MESH" for item in bpy.data.objects):
        raise ValueError(f"there is no mesh in {source.name}")


def loose_meshes(source: Path) -> dict[str, bpy.types.Mesh]:
    """Return a file's meshes by node name, with transforms applied and skeletons removed."""
    load(source)
    return taken_apart()


def taken_apart() -> dict[str, bpy.types.Mesh]:
    """Return the scene's meshes by node name, and empty the scene."""
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
    # They occupy the names that the new ones need.
    bpy.data.batch_remove([mesh for mesh in bpy.data.meshes if mesh not in kept])
    if not meshes:
        raise ValueError("there are no faces in the model")
    return meshes


def _untie(mesh: bpy.types.Mesh) -> None:
    """Remove the weights of a removed skeleton, which would apply to the next one."""
    shape = bmesh.new()
    shape.from_mesh(mesh)
    weights = shape.verts.layers.deform.active
    if weights is not None:
        shape.verts.layers.deform.remove(weights)
        shape.to_mesh(mesh)
    shape.free()


def chosen(meshes: dict[str, bpy.types.Mesh], names: Sequence[str]) -> dict[str, bpy.types.Mesh]:
    """Return the meshes with a wanted name; all if none matches."""
    return {name: mesh for name, mesh in meshes.items() if name in names} or meshes


def armature() -> bpy.types.Object:
    """Return the armature in the scene. Raises ValueError if there is none."""
    for item in bpy.data.objects:
        if item.type == "ARMATURE":
            return item
    raise ValueError("there is no skeleton in the model")
