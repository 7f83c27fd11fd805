"""Makes the model files that the benchmarks import, on first use, with a Python that has bpy."""

from pathlib import Path
from typing import Any

from bench_process import CACHE, answer, in_fresh_blender

SEGMENTS, RINGS = 1000, 500
FACES = 2 * SEGMENTS * RINGS
PIXELS = 4096
_DATA_TEXTURES = (2, 3)
"""Textures that hold data: normals, and roughness."""
PARTS = 4000


def big_model(folder: Path = CACHE, *, kind: str = "glb") -> Path:
    """Return a GLB or FBX of a million triangles with four JPEG textures of 4096², made on first
    use."""
    return _made(folder, f"large-{SEGMENTS}x{RINGS}-{PIXELS}.{kind}")


def largest_model(folder: Path = CACHE) -> Path:
    """Return a GLB of four million triangles, made on first use."""
    return _made(folder, f"largest-{2 * SEGMENTS}x{2 * RINGS}-{PIXELS}.glb")


def small_model(folder: Path = CACHE) -> Path:
    """Return a GLB of under 2 MB: some thousand triangles and four textures of 512²."""
    return _made(folder, "little-100x40-512.glb")


def model_of_parts(folder: Path = CACHE, *, meshes: int, kind: str) -> Path:
    """Return a GLB or .blend of PARTS objects below one, which have so many meshes."""
    return _made(folder, f"parts-{PARTS}-{meshes}.{kind}")


def _made(folder: Path, name: str) -> Path:
    model = folder / name
    if not model.exists():
        folder.mkdir(parents=True, exist_ok=True)
        in_fresh_blender(__file__, "make", str(model))
    return model


def _make(model: Path) -> dict[str, Any]:
    """Make the file described by its name: size-SEGMENTSxRINGS-PIXELS.kind, or as `_make_parts`."""
    import bpy

    if model.stem.startswith("parts"):
        return _make_parts(model)
    bpy.ops.wm.read_homefile(use_empty=True)
    _, cells, side = model.stem.split("-")
    segments, rings = map(int, cells.split("x"))
    mesh = sphere(segments, rings)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("sphere", mesh))
    material = bpy.data.materials.new("material")
    material.use_nodes = True
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    split = tree.nodes.new("ShaderNodeSeparateColor")
    bump = tree.nodes.new("ShaderNodeNormalMap")
    nodes = (_picture_node(tree, model.parent, seed, int(side)) for seed in (1, 2, 3, 4))
    base, normal, rough, glow = nodes
    tree.links.new(base.outputs["Color"], shader.inputs["Base Color"])
    tree.links.new(normal.outputs["Color"], bump.inputs["Color"])
    tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    tree.links.new(glow.outputs["Color"], shader.inputs["Emission Color"])
    shader.inputs["Emission Strength"].default_value = 1.0
    if model.suffix == ".fbx":
        # FBX cannot use single channels of a picture.
        tree.links.new(rough.outputs["Color"], shader.inputs["Roughness"])
    else:
        tree.links.new(rough.outputs["Color"], split.inputs["Color"])
        tree.links.new(split.outputs["Green"], shader.inputs["Roughness"])
        tree.links.new(split.outputs["Blue"], shader.inputs["Metallic"])
    mesh.materials.append(material)
    unfinished = model.with_stem("unfinished")
    if model.suffix == ".fbx":
        bpy.ops.export_scene.fbx(filepath=str(unfinished), path_mode="COPY", embed_textures=True)
    else:
        bpy.ops.export_scene.gltf(filepath=str(unfinished))
    unfinished.replace(model)
    return {}


def _make_parts(model: Path) -> dict[str, Any]:
    """Make the file described by its name: parts-OBJECTS-MESHES.kind."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    _, count, kinds = model.stem.split("-")
    material = bpy.data.materials.new("material")
    meshes = [_box(f"mesh {number}", material) for number in range(int(kinds))]
    collection = bpy.data.collections.new("parts")
    bpy.context.scene.collection.children.link(collection)
    root = bpy.data.objects.new("whole", None)
    collection.objects.link(root)
    for number in range(int(count)):
        part = bpy.data.objects.new(f"part {number}", meshes[number % len(meshes)])
        part.parent, part.location = root, (number % 63, number // 63, 0)
        collection.objects.link(part)
    unfinished = model.with_stem("unfinished")
    if model.suffix == ".blend":
        bpy.data.libraries.write(str(unfinished), {collection}, compress=False)
    else:
        bpy.ops.export_scene.gltf(filepath=str(unfinished))
    unfinished.replace(model)
    return {}


def _box(name: str, material: Any) -> Any:
    import bmesh
    import bpy

    mesh, shape = bpy.data.meshes.new(name), bmesh.new()
    bmesh.ops.create_cube(shape, size=0.9, calc_uvs=True)
    shape.to_mesh(mesh)
    shape.free()
    mesh.materials.append(material)
    return mesh


def sphere(segments: int, rings: int) -> Any:
    """Make the mesh of a smooth sphere, with a UV map."""
    import bpy
    import numpy as np

    turn, rise = np.meshgrid(np.linspace(0, 1, segments + 1), np.linspace(0, 1, rings + 1))
    around, up = turn.ravel() * 2 * np.pi, (rise.ravel() - 0.5) * np.pi
    points: Any = np.stack(
        (np.cos(around) * np.cos(up), np.sin(around) * np.cos(up), np.sin(up)), 1
    )
    numbers = np.arange(points.shape[0]).reshape(rings + 1, segments + 1)
    a, b, c, d = (numbers[:-1, :-1], numbers[:-1, 1:], numbers[1:, 1:], numbers[1:, :-1])
    faces: Any = np.concatenate(
        [np.stack(three, -1).reshape(-1, 3) for three in ((a, b, c), (a, c, d))]
    )
    mesh = bpy.data.meshes.new("sphere")
    mesh.from_pydata(points, [], faces)
    mesh.shade_smooth()
    corners: Any = np.stack((turn.ravel(), rise.ravel()), 1)[faces.ravel()]
    mesh.uv_layers.new().data.foreach_set("uv", corners.ravel().astype(np.float32))
    return mesh


def _picture_node(tree: Any, folder: Path, seed: int, side: int) -> Any:
    import bpy
    import numpy as np

    # Smooth shapes under noise: about the size that a painted texture has as JPEG.
    grid = np.linspace(0, 20 * seed, side, dtype=np.float32)
    shape = (np.sin(grid)[:, None, None] + np.cos(grid)[None, :, None]) / 4 + 0.5
    noise = np.random.default_rng(seed).normal(0, 0.30, (side, side, 3))
    pixels = np.ones((side, side, 4), dtype=np.float32)
    pixels[..., :3] = np.clip(shape + noise, 0, 1)
    image = bpy.data.images.new(f"picture{seed}", side, side)
    image.pixels.foreach_set(pixels.ravel())
    image.filepath_raw, image.file_format = str(folder / f"picture{seed}-{side}.jpg"), "JPEG"
    image.save(quality=90)
    image.source = "FILE"
    if seed in _DATA_TEXTURES:
        image.colorspace_settings.name = "Non-Color"
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    return node


if __name__ == "__main__":
    answer({"make": _make})
