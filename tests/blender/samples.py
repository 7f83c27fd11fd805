"""Makes model files with Blender's own exporters, as the service would send them: front toward +X.

Each function starts from an empty file and leaves one; nothing stays in Blender.
"""

import json
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import bpy
import numpy as np

# A wedge, one unit deep and high: the tip at +X is its front.
NOSE = 2.0
_POINTS = ((0, -0.5, 0), (NOSE, 0, 0), (0, 0.5, 0), (0, -0.5, 1), (0, 0.5, 1))
_FACES = ((0, 2, 1), (0, 1, 3), (1, 2, 4), (1, 4, 3), (0, 3, 4, 2))

RIGGED_SECONDS = 1.0
RIGGED_BEND = 0.5

HEAVY_CELLS = 300
HEAVY_PIXELS = 700
DETAILED_PIXELS = 900


def wedge(name: str = "tripo_part_0") -> bpy.types.Object:
    """Link a wedge of five faces, one of them a quad, with texture coordinates."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(list(_POINTS), [], list(_FACES))
    mesh.uv_layers.new()
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def empty(name: str, *children: bpy.types.Object) -> bpy.types.Object:
    """Link an empty above `children`."""
    thing = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(thing)
    for child in children:
        child.parent = thing
    return thing


def paint(
    thing: bpy.types.Object,
    folder: Path,
    *,
    sockets: tuple[str, ...] = ("Base Color", "Normal", "Roughness", "Metallic"),
    name: str = "tripo_mat_0",
    shade: float = 0.2,
) -> None:
    """Give `thing` a material with one small picture for each of `sockets`."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    principled = nodes["Principled BSDF"]
    for number, socket in enumerate(sockets):
        picture = nodes.new("ShaderNodeTexImage")
        picture.image = _picture(folder / f"{name}_{number}.png", shade=shade * (number + 1))
        end = picture.outputs["Color"]
        if socket != "Base Color":
            picture.image.colorspace_settings.name = "Non-Color"
        if socket == "Normal":
            bump = nodes.new("ShaderNodeNormalMap")
            links.new(end, bump.inputs["Color"])
            end = bump.outputs["Normal"]
        links.new(end, principled.inputs[socket])
    thing.data.materials.append(material)


def plain_picture(path: Path) -> None:
    """Write a gray PNG."""
    bpy.data.images.remove(_picture(path, shade=0.5))


def _picture(path: Path, *, shade: float) -> bpy.types.Image:
    image = bpy.data.images.new(path.stem, 16, 16)
    image.generated_color = (shade, shade, shade, 1)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    return image


def _rig(folder: Path, *, bones: tuple[str, str] = ("hip", "spine"), **bends: float) -> None:
    """Make a textured wedge on two bones below wrapper empties, with animations that bend the upper
    one."""
    body = wedge()
    paint(body, folder, sockets=("Base Color",))
    data = bpy.data.armatures.new("Skeleton")
    rig = bpy.data.objects.new("Skeleton", data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    hip, spine = (data.edit_bones.new(bone) for bone in bones)
    hip.head, hip.tail = (0, 0, 0), (0, 0, 1)
    spine.head, spine.tail, spine.parent = (0, 0, 1), (0, 0, 2), hip
    bpy.ops.object.mode_set(mode="OBJECT")
    body.parent = rig
    body.modifiers.new("Skeleton", "ARMATURE").object = rig
    body.vertex_groups.new(name=bones[1]).add(range(len(_POINTS)), 1.0, "REPLACE")
    empty("world", empty("RootNode", rig))
    bone = rig.pose.bones[bones[1]]
    bone.rotation_mode = "XYZ"
    scene = bpy.context.scene
    scene.render.fps = 30
    animation = rig.animation_data_create()
    for name, bend in bends.items():
        action = bpy.data.actions.new(name)
        action.use_fake_user = True
        animation.action = action
        for seconds, angle in ((0.0, 0.0), (RIGGED_SECONDS, bend)):
            bone.rotation_euler = (0, 0, angle)
            bone.keyframe_insert("rotation_euler", frame=1 + 30 * seconds)


def plain(_folder: Path) -> None:
    wedge()


def textured(folder: Path) -> None:
    paint(wedge(), folder)


def heavy(folder: Path) -> None:
    """Link a hilly field with two UV maps and a noisy picture: big enough to be stored beside a
    .blend."""
    cells = np.arange(HEAVY_CELLS * HEAVY_CELLS).reshape(HEAVY_CELLS, HEAVY_CELLS)
    x, y = cells % HEAVY_CELLS, cells // HEAVY_CELLS
    points: Any = np.stack((x, y, np.sin(x) * np.cos(y)), -1).reshape(-1, 3)
    a, b, c, d = cells[:-1, :-1], cells[:-1, 1:], cells[1:, 1:], cells[1:, :-1]
    mesh = bpy.data.meshes.new("field")
    mesh.from_pydata(points.tolist(), [], np.stack((a, b, c, d), -1).reshape(-1, 4).tolist())
    mesh.shade_smooth()
    corners = points[[loop.vertex_index for loop in mesh.loops], :2] / HEAVY_CELLS
    for name, scale in (("First", 1.0), ("Second", 0.5)):
        layer = mesh.uv_layers.new(name=name)
        layer.data.foreach_set("uv", (corners * scale).astype(np.float32).ravel())
    mesh.uv_layers.active_index = 1
    field = bpy.data.objects.new("field", mesh)
    bpy.context.scene.collection.objects.link(field)
    paint(field, folder, sockets=("Base Color",))
    _make_noisy(field, HEAVY_PIXELS)


def detailed(folder: Path) -> None:
    """Link a textured wedge with a picture so big that the file does not qualify for a direct
    import."""
    thing = wedge()
    paint(thing, folder)
    _make_noisy(thing, DETAILED_PIXELS)


def _make_noisy(thing: bpy.types.Object, pixels: int) -> None:
    nodes = thing.data.materials[0].node_tree.nodes
    picture = next(node.image for node in nodes if node.type == "TEX_IMAGE")
    picture.scale(pixels, pixels)
    noise = np.random.default_rng(1).random(4 * pixels**2, dtype=np.float32)
    picture.pixels.foreach_set(noise)
    picture.save()


def parts(folder: Path) -> None:
    """Link two parts and a group, each below moved wrappers; one wrapper rotates, one scales."""
    left, right, lone = wedge("left"), wedge("right"), wedge("lone")
    paint(left, folder, sockets=("Base Color",), name="a")
    paint(lone, folder, sockets=("Base Color",), name="b", shade=0.7)
    left.location, right.location = (0, 3, 0), (0, -3, 0)
    group = empty("pair", left, right)
    wrapper = empty("wrapper", lone)
    wrapper.location, wrapper.scale = (0, 0, 4), (2, 2, 2)
    root = empty("world", group, wrapper)
    root.rotation_euler = (0, 0, 1.5707963)
    empty("stray")


def domed(_folder: Path) -> None:
    """Link a grid of 32 quads, half of them smooth."""
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=8, y_subdivisions=4)
    mesh = bpy.context.object.data
    for number, face in enumerate(mesh.polygons):
        face.use_smooth = number % 2 == 0
    for vertex in mesh.vertices:
        vertex.co.z = vertex.co.x * vertex.co.y


def leaning(_folder: Path) -> None:
    """Link a flat square whose normals lean toward +X by 45 degrees."""
    bpy.ops.mesh.primitive_plane_add()
    mesh = bpy.context.object.data
    mesh.shade_smooth()
    mesh.normals_split_custom_set([[0.70710678, 0.0, 0.70710678]] * 4)


def morphing(_folder: Path) -> None:
    """Link a wedge with a shape key that makes it twice as high."""
    thing = wedge()
    thing.shape_key_add(name="Basis")
    tall = thing.shape_key_add(name="tall")
    tall.value = 0.0  # Blender 5.0 and later add enabled keys
    for point in tall.data:
        point.co.z *= 2


def twins(folder: Path) -> None:
    """Link two parts whose textures are the same picture under two names."""
    for name in ("one", "two"):
        part = wedge(name)
        paint(part, folder, sockets=("Base Color",), name=name)


def sheared(_folder: Path) -> None:
    """Link a rotated wedge below a wrapper three times as wide along Y: no single object can have
    that transform."""
    part = wedge("part")
    part.rotation_euler = (0, 0, 0.7853981634)
    empty("stretched", part).scale = (1, 3, 1)


def sliding(_folder: Path) -> None:
    """Link a wedge that is animated itself: it moves from the origin two units along +X."""
    thing = wedge()
    for frame, along in ((1, 0.0), (25, 2.0)):
        thing.location = (along, 0, 0)
        thing.keyframe_insert("location", frame=frame)


def still(_folder: Path) -> None:
    """Link the same wedge without an animation."""
    wedge()


def rigged(folder: Path) -> None:
    """Link the rig, with the animations walk and run."""
    _rig(folder, walk=RIGGED_BEND, run=2 * RIGGED_BEND)


def moving(name: str, bend: float) -> "Builder":
    """Link the rig with one animation, as a service sends one file for each."""
    return partial(_rig, **{name: bend})


def stranger(folder: Path) -> None:
    """Link a rig with other bones."""
    _rig(folder, bones=("root", "tail"), wag=RIGGED_BEND)


Builder = Callable[[Path], None]
Exporter = Callable[[Path, Builder], Path]


def glb(path: Path, build: Builder) -> Path:
    """Export what `build` links as GLB."""
    return _export(path, build, _to_glb)


def fbx(path: Path, build: Builder) -> Path:
    """Export what `build` links as binary FBX with the pictures inside."""
    return _export(path, build, _to_fbx)


def draco(path: Path, build: Builder) -> Path:
    """Export as GLB whose meshes are compressed with Draco."""
    return _export(path, build, partial(_to_glb, export_draco_mesh_compression_enable=True))


def webp(path: Path, build: Builder) -> Path:
    """Export as GLB with WebP pictures."""
    return _export(path, build, partial(_to_glb, export_image_format="WEBP"))


def gltf(path: Path, build: Builder) -> Path:
    """Export as a ZIP of a .gltf, its .bin and its pictures."""
    return _export(path, build, partial(_to_zip, to_file=_to_gltf))


def obj(path: Path, build: Builder) -> Path:
    """Export as a ZIP of an .obj, its .mtl and its pictures."""
    return _export(path, build, partial(_to_zip, to_file=_to_obj))


def stl(path: Path, build: Builder) -> Path:
    """Export as binary STL, Z upwards."""
    return _export(path, build, lambda path: bpy.ops.wm.stl_export(filepath=str(path)))


def usdz(path: Path, build: Builder) -> Path:
    """Export as USDZ with its pictures."""
    return _export(path, build, _to_usdz)


def _export(path: Path, build: Builder, to_file: Callable[[Path], None]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.read_homefile(use_empty=True)
    build(path.parent)
    to_file(path)
    bpy.ops.wm.read_homefile(use_empty=True)
    # Nothing outside the file may be found later.
    for picture in path.parent.glob("*.png"):
        picture.unlink()
    return path


def _to_glb(path: Path, **options: Any) -> None:
    made = path.with_suffix(".glb")
    bpy.ops.export_scene.gltf(filepath=str(made), export_animation_mode="ACTIONS", **options)
    made.replace(path)


def _to_zip(path: Path, *, to_file: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        to_file(Path(folder, "model"))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(Path(folder).rglob("*")):
                archive.write(file, file.relative_to(folder))


def _to_gltf(path: Path) -> None:
    bpy.ops.export_scene.gltf(
        filepath=str(path.with_suffix(".gltf")),
        export_format="GLTF_SEPARATE",
        export_texture_dir="textures",
    )


def _to_obj(path: Path) -> None:
    bpy.ops.wm.obj_export(
        filepath=str(path.with_suffix(".obj")), path_mode="COPY", export_pbr_extensions=True
    )


def _to_usdz(path: Path) -> None:
    made = path.with_suffix(".usdz")
    bpy.ops.wm.usd_export(filepath=str(made))
    made.replace(path)


def _to_fbx(path: Path) -> None:
    bpy.ops.export_scene.fbx(
        filepath=str(path),
        path_mode="COPY",
        embed_textures=True,
        bake_anim_use_all_actions=True,
        bake_anim_use_nla_strips=False,
        bake_anim_simplify_factor=0.0,
        add_leaf_bones=False,
    )


def points_only(path: Path, *, count: int, extra: Mapping[str, object] | None = None) -> Path:
    """Write a GLB of `count` points without any face; without points only an empty node."""
    description: dict[str, object] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "nothing"}],
    }
    binary = b"".join(struct.pack("<3f", number, 0, 0) for number in range(count))
    if count:
        description |= {
            "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "mode": 0}]}],
            "accessors": [
                {
                    "bufferView": 0,
                    "componentType": 5126,
                    "count": count,
                    "type": "VEC3",
                    "min": [0, 0, 0],
                    "max": [count - 1, 0, 0],
                }
            ],
            "bufferViews": [{"buffer": 0, "byteLength": len(binary)}],
            "buffers": [{"byteLength": len(binary)}],
        }
    path.write_bytes(as_glb(description | dict(extra or {}), binary))
    return path


def as_glb(description: object, binary: bytes = b"") -> bytes:
    """Pack a glTF description and its buffer as GLB."""
    text = json.dumps(description).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    if binary:
        chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
