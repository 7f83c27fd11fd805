"""Out of the forge: names as Tripo gives them, a GLB or an FBX, triangles for the preview.

Adds to no model more than a note that no AI made it.
"""

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np

from . import surface


def name(meshes: Sequence[bpy.types.Mesh], order: dict) -> tuple[bpy.types.Object, ...]:
    """Put the meshes in the scene under Tripo's names, with the stand-in's note on each node."""
    objects = []
    for number, mesh in enumerate(meshes):
        tail = f"_part_{number}" if len(meshes) > 1 else ""
        mesh.name = f"tripo_mesh_{order['uuid']}{tail}"
        item = bpy.data.objects.new(f"tripo_node_{order['uuid']}{tail}", mesh)
        for key, value in order["note"].items():
            item[key] = value
        bpy.context.collection.objects.link(item)
        objects.append(item)
    return tuple(objects)


def export(path: Path) -> Path:
    """Write all of the scene; quads travel as FBX because glTF has none."""
    if path.suffix == ".fbx":
        bpy.ops.export_scene.fbx(
            filepath=str(path),
            path_mode="COPY",
            embed_textures=True,
            use_custom_props=True,
            object_types={"MESH"},
            bake_anim=False,
        )
    else:
        bpy.ops.export_scene.gltf(
            filepath=str(path), export_format="GLB", export_extras=True, export_animations=False
        )
    return path


def triangle_soup(objects: Sequence[bpy.types.Object], path: Path) -> Path:
    """Corners (n, 3, 3) and texture coordinates (n, 3, 2) of every triangle, as .npz."""
    corners, places = [], []
    for item in objects:
        mesh = item.data
        mesh.calc_loop_triangles()
        points = np.array([vertex.co for vertex in mesh.vertices], dtype=np.float32)
        triangles = np.array([each.vertices for each in mesh.loop_triangles], dtype=np.int64)
        corners.append(points[triangles])
        loops = np.array([each.loops for each in mesh.loop_triangles], dtype=np.int64)
        flat = np.zeros(len(mesh.loops) * 2, dtype=np.float32)
        if mesh.uv_layers.active:
            mesh.uv_layers.active.data.foreach_get("uv", surface.raw(flat))
        places.append(flat.reshape(-1, 2)[loops])
    np.savez(path, corners=np.concatenate(corners), places=np.concatenate(places))
    return path
