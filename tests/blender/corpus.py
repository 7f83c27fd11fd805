"""Model files not written by Blender: written with trimesh, as services write theirs.

trimesh writes Y up, with the front toward +X.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from PIL import Image
from trimesh.exchange.obj import export_obj
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial, SimpleMaterial

# Depth toward the front, height, width: all different, so that a wrong rotation shows.
DEPTH, HEIGHT, WIDTH = 2.0, 3.0, 1.0
PICTURE = (64, 32)
MARK = "mark"
PARTS = ("крыло", "翼", MARK)


def box() -> trimesh.Trimesh:
    """Return a box of twelve triangles, centered on the origin."""
    return trimesh.creation.box(extents=(DEPTH, HEIGHT, WIDTH))


def pbr(path: Path) -> Path:
    """Write a GLB with the five textures of glTF's own material."""
    thing = box()
    material = PBRMaterial(
        name="tripo_mat",
        baseColorTexture=_picture((200, 40, 40)),
        metallicRoughnessTexture=_picture((0, 120, 40)),
        normalTexture=_picture((128, 128, 255)),
        emissiveTexture=_picture((0, 0, 90)),
        emissiveFactor=(1.0, 1.0, 1.0),
        occlusionTexture=_picture((255, 255, 254)),
    )
    thing.visual = TextureVisuals(uv=_uv(thing), material=material)
    return _write(path, trimesh.Scene({"thing": thing}), "glb")


def with_nan_vertex(path: Path) -> Path:
    """Write an STL with a triangle whose corner is not a number."""
    thing = box()
    lost = trimesh.Trimesh([(0, 0, 0), (1, 0, 0), (np.nan, 0, 0)], [(0, 1, 2)], process=False)
    return _write(path, trimesh.util.concatenate([thing, lost]), "stl")


def with_damaged_image(path: Path) -> Path:
    """Write a ZIP of an .obj whose picture is invalid."""
    obj(path)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    picture = next(name for name in files if name.endswith(".png"))
    return _write_zip(path, files | {picture: b"no picture at all"})


def parts(path: Path, kind: str = "glb") -> Path:
    """Return three parts with transforms in a hierarchy: two boxes, and a square at the very
    front."""
    scene = trimesh.Scene()
    for number, name in enumerate(PARTS[:2]):
        moved = trimesh.transformations.translation_matrix((0, 0, 3.0 * number))
        scene.add_geometry(box(), node_name=name, geom_name=name, transform=moved)
    corners = ((1, -1, -1), (1, 1, -1), (1, 1, 1), (1, -1, 1))
    square = trimesh.Trimesh(corners, ((0, 1, 2), (0, 2, 3)), process=False)
    ahead = trimesh.transformations.translation_matrix((4.0, 0, 0))
    scene.add_geometry(square, node_name=MARK, geom_name=MARK, transform=ahead)
    return _write(path, scene, kind)


def colored(path: Path) -> Path:
    """Write a GLB without pictures, colored by its vertices."""
    thing = box()
    visual: Any = thing.visual
    visual.vertex_colors = [[255, 0, 0, 255]] * len(thing.vertices)
    return _write(path, trimesh.Scene({"thing": thing}), "glb")


def gltf_with_bin_files(path: Path) -> Path:
    """Write the parts as a ZIP of a .gltf and its many .bin files."""
    return parts(path, "gltf")


def obj(path: Path) -> Path:
    """Write a textured box as a ZIP of an .obj, its .mtl and a picture."""
    thing = box()
    material = SimpleMaterial(image=_picture((200, 40, 40)))
    thing.visual = TextureVisuals(uv=_uv(thing), material=material)
    text, others = export_obj(thing, return_texture=True, mtl_name="a.mtl")
    return _write_zip(path, {"model.obj": text.encode(), **others})


def stl(path: Path) -> Path:
    """Write binary STL, which has no up axis."""
    return _write(path, box(), "stl")


def stl_as_text(path: Path) -> Path:
    """Write the same as ASCII STL."""
    return _write(path, box(), "stl_ascii")


def _picture(color: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", PICTURE, color)


def _uv(thing: trimesh.Trimesh) -> Any:
    return np.asarray(thing.vertices)[:, :2] / HEIGHT + 0.5


def _write(path: Path, thing: Any, kind: str) -> Path:
    content = thing.export(file_type=kind)
    if isinstance(content, dict):
        return _write_zip(path, content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    path.write_bytes(held.getvalue())
    return path
