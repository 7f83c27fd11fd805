"""Exports from the forge: Tripo's node names, a GLB or FBX, triangles for the preview.

Adds nothing to a model except a note that no AI made it.
"""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import bpy
import numpy as np
from mathutils import Vector

from . import surface

Objects = tuple[bpy.types.Object, ...]
SUFFIXES: Mapping[str, str] = {"OPEN_EXR": "exr", "TARGA": "tga", "JPEG": "jpg", "TIFF": "tif"}
# The texture formats that the exporter can write besides PNG. All others become PNG.
IN_GLB: Mapping[str, Literal["JPEG", "WEBP"]] = {"JPEG": "JPEG", "WEBP": "WEBP"}


def name(meshes: Sequence[bpy.types.Mesh], order: dict) -> Objects:
    """Name the meshes in the scene as Tripo does, with the stand-in's note on each node."""
    named: dict[str, bpy.types.Mesh] = {}
    for number, mesh in enumerate(meshes):
        tail = f"_part_{number}" if len(meshes) > 1 else ""
        mesh.name = f"tripo_mesh_{order['uuid']}{tail}"
        title = f"tripo_node_{order['uuid']}{tail}"
        named[order["names"][number] if number < len(order["names"]) else title] = mesh
    return keep(named, order)


def name_or_keep(meshes: Mapping[str, bpy.types.Mesh], order: dict) -> Objects:
    """Keep the names of parts, which requests may use; give a whole model a new one."""
    return name(tuple(meshes.values()), order) if len(meshes) == 1 else keep(meshes, order)


def keep(meshes: Mapping[str, bpy.types.Mesh], order: dict) -> Objects:
    """Keep the meshes' own names, and add the note."""
    objects = []
    for title, mesh in meshes.items():
        if not mesh.name.startswith("tripo_mesh_"):
            # USD uses only a mesh data-block's own name.
            mesh.name = title
        item = bpy.data.objects.new(title, mesh)
        for key, value in order["note"].items():
            item[key] = value
        bpy.context.collection.objects.link(item)
        objects.append(item)
    return tuple(objects)


def export(path: Path, *, animated: bool = False, pictures: str = "", colors: bool = False) -> Path:
    """Export the whole scene in the format of the suffix. Returns the file.

    Quads become FBX because glTF has none; an OBJ is zipped with its material.
    """
    if pictures or path.suffix == ".obj":
        recode(path.parent / "textures", pictures or "PNG")
    match path.suffix:
        case ".fbx":
            bpy.ops.export_scene.fbx(
                filepath=str(path),
                path_mode="COPY",
                embed_textures=True,
                use_custom_props=True,
                object_types={"MESH", "ARMATURE", "EMPTY"},
                add_leaf_bones=False,
                bake_anim=animated,
                bake_anim_use_all_actions=False,
                bake_anim_use_nla_strips=False,
            )
        case ".obj":
            return _zipped_obj(path, colors=colors)
        case ".stl":
            bpy.ops.wm.stl_export(filepath=str(path))
        case ".usdz":
            bpy.ops.wm.usd_export(filepath=str(path), export_animation=animated)
        case ".3mf":
            _three_mf(path)
        case _:
            bpy.ops.export_scene.gltf(
                filepath=str(path),
                export_format="GLB",
                export_extras=True,
                export_animations=animated,
                export_animation_mode="ACTIONS",
                export_image_format=IN_GLB.get(pictures, "AUTO"),
            )
    return path


def recode(room: Path, kind: Any) -> None:
    """Save every picture again as `kind`, a format name of Blender and Tripo, in its own file.
    Exporters name pictures by their file, and packed ones have none."""
    room.mkdir()
    for number, image in enumerate(bpy.data.images):
        if image.size[0]:
            image.file_format = kind
            image.filepath_raw = str(room / f"texture_{number}.{SUFFIXES.get(kind, kind.lower())}")
            image.save()
            if image.packed_file:
                image.unpack(method="REMOVE")


def extent() -> tuple[Vector, Vector]:
    """Return the lowest and highest corner over all meshes in the scene, in world space."""
    corners = [
        item.matrix_world @ Vector(corner)
        for item in bpy.context.scene.objects
        if item.type == "MESH"
        for corner in item.bound_box
    ]
    array = np.array(corners)
    return Vector(array.min(axis=0)), Vector(array.max(axis=0))


def skin(objects: Sequence[bpy.types.Object], path: Path) -> Path | None:
    """Save the base color texture of the first textured material, for the preview."""
    for item in objects:
        for material in item.data.materials:
            image = surface.base_image(material) if material else None
            if image is not None and image.size[0]:
                image = image.copy()
                image.file_format = "PNG"
                image.save(filepath=str(path))
                return path
    return None


def triangle_soup(objects: Sequence[bpy.types.Object], path: Path) -> Path:
    """Save the corners (n, 3, 3) and texture coordinates (n, 3, 2) of every triangle as .npz."""
    corners, places = [], []
    for item in objects:
        mesh = item.data
        mesh.calc_loop_triangles()
        matrix = np.array(item.matrix_world, dtype=np.float32)
        points = np.array([vertex.co for vertex in mesh.vertices], dtype=np.float32)
        points = points @ matrix[:3, :3].T + matrix[:3, 3]
        triangles = np.array([each.vertices for each in mesh.loop_triangles], dtype=np.int64)
        triangles = triangles.reshape(-1, 3)
        corners.append(points[triangles])
        loops = np.array([each.loops for each in mesh.loop_triangles], dtype=np.int64)
        loops = loops.reshape(-1, 3)
        flat = np.zeros(len(mesh.loops) * 2, dtype=np.float32)
        if mesh.uv_layers.active:
            mesh.uv_layers.active.data.foreach_get("uv", surface.raw(flat))
        places.append(flat.reshape(-1, 2)[loops])
    np.savez(path, corners=np.concatenate(corners), places=np.concatenate(places))
    return path


def _zipped_obj(path: Path, *, colors: bool) -> Path:
    room = path.with_suffix("")
    room.mkdir()
    target = str(room / path.name)
    bpy.ops.wm.obj_export(filepath=target, path_mode="STRIP", export_colors=colors)
    archive = path.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted((*room.iterdir(), *(path.parent / "textures").iterdir())):
            packed.write(file, file.name)
    return archive


THREE_MF = {
    "[Content_Types].xml": (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        'package.relationships+xml"/><Default Extension="model" ContentType="application/'
        'vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/'
        '2006/relationships"><Relationship Target="/3D/3dmodel.model" Id="model" Type='
        '"http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
    ),
}


def _three_mf(path: Path) -> None:
    """Write 3MF in meters by the core specification, which only has shapes."""
    shapes, placed = [], []
    items = [item for item in bpy.context.scene.objects if item.type == "MESH"]
    for number, item in enumerate(items, start=1):
        mesh = item.data
        mesh.calc_loop_triangles()
        points = [item.matrix_world @ vertex.co for vertex in mesh.vertices]
        corners = "".join(f'<vertex x="{x:.6f}" y="{y:.6f}" z="{z:.6f}"/>' for x, y, z in points)
        sides = "".join(
            '<triangle v1="{}" v2="{}" v3="{}"/>'.format(*each.vertices)
            for each in mesh.loop_triangles
        )
        shapes.append(
            f'<object id="{number}" type="model"><mesh><vertices>{corners}</vertices>'
            f"<triangles>{sides}</triangles></mesh></object>"
        )
        placed.append(f'<item objectid="{number}"/>')
    model = (
        '<?xml version="1.0"?><model unit="meter" xmlns="http://schemas.microsoft.com/'
        f'3dmanufacturing/core/2015/02"><resources>{"".join(shapes)}</resources>'
        f"<build>{''.join(placed)}</build></model>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for title, content in {**THREE_MF, "3D/3dmodel.model": model}.items():
            target.writestr(title, content)
