"""Cleans up imported materials and images: merged, named, packed, in the right color space.

Changes only what was imported.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import messages
from . import datablocks

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLORS: Final = frozenset(
    {"Base Color", "Color", "Emission Color", "Specular Tint", "Sheen Tint", "Coat Tint"}
)
_HEADS: Final = frozenset({b"\x89PNG", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", b"RIFF"})
_ENDS: Final = ("BSDF", "EMISSION", "GROUP")
# Properties of a node that do not change how its material looks.
_UNSEEN: Final = frozenset(
    {"name", "label", "location", "location_absolute", "width", "height", "select", "show_options"}
    | {"show_preview", "hide", "color", "use_custom_color", "show_texture", "dimensions"}
    | {
        "rna_type",
        "panel_states",
        "internal_links",
        "inputs",
        "outputs",
        "parent",
        "warning_propagation",
    }
)


def pack(images: list[bpy.types.Image]) -> list[str]:
    """Pack images and clear their paths. Returns warnings.

    Images outside the model's folder must be gone by now: see `outside_files.drop`.
    """
    warnings = []
    for image in images:
        absent = image.source == "FILE" and not image.packed_file
        if absent and not _packed(image):
            forget_path(image)
            warnings.append(messages.texture_missing(image.name))
            continue
        if image.packed_file and image.filepath:
            # An FBX keeps paths of this or another machine; packing again clears them.
            data = image.packed_file.data
            forget_path(image)
            image.pack(data=data, data_len=len(data))
        if image.packed_file and not _can_be_seen(image):
            warnings.append(messages.texture_damaged(image.name))
    return warnings


def forget_path(image: bpy.types.Image) -> None:
    """Clear the path of an image. Setting a shorter path would leave the rest of the longer one in
    the string's memory, which is saved to the .blend."""
    for owner in (image, *image.packed_files):
        field = "filepath_raw" if owner == image else "filepath"
        longest = owner.bl_rna.properties[field].length_max - 1
        setattr(owner, field, " " * longest)
        setattr(owner, field, "")


def _can_be_seen(image: bpy.types.Image) -> bool:
    """Whether the packed bytes are an image. Blender decodes them only if their first bytes are
    unknown, to save time."""
    held: Any = image.packed_file
    return bytes(held.data[:4]) in _HEADS or all(image.size)


def _packed(image: bpy.types.Image) -> bool:
    try:
        image.pack()
    except RuntimeError:
        return False
    return bool(image.packed_file)


def show_colors(meshes: list[bpy.types.Mesh]) -> None:
    """Give meshes with color attributes and no material one that shows them, as newer glTF
    importers do."""
    bare = [mesh for mesh in meshes if mesh.color_attributes and not mesh.materials]
    shown: dict[str, bpy.types.Material] = {}
    for mesh in bare:
        name = mesh.color_attributes[mesh.color_attributes.render_color_index].name
        if name not in shown:
            shown[name] = _showing(name)
        mesh.materials.append(shown[name])


def _showing(colors: str) -> bpy.types.Material:
    material = bpy.data.materials.new(colors)
    material.use_nodes = True
    tree: Any = material.node_tree
    node = tree.nodes.new("ShaderNodeVertexColor")
    node.layer_name = colors
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


def merge_images(images: list[bpy.types.Image]) -> None:
    """Merge images with equal content and settings: an FBX may contain one per use."""
    packed: list[Any] = [image for image in images if len(image.packed_files) == 1]
    sizes = Counter(image.packed_file.size for image in packed)
    first: dict[tuple[object, ...], bpy.types.Image] = {}
    for image in packed:
        held = image.packed_file
        if sizes[held.size] == 1:
            continue  # no other can be the same, and big pictures take long to read
        digest = hashlib.blake2b(held.data).digest()
        key = (digest, image.colorspace_settings.name, image.alpha_mode)
        if key in first:
            image.user_remap(first[key])
        first.setdefault(key, image)


def merge_materials(materials: list[bpy.types.Material]) -> list[bpy.types.Material]:
    """Merge copies of a material: equal settings, and the same textures or a name that differs only
    by its number. Returns the remaining ones."""
    first: dict[tuple[object, ...], bpy.types.Material] = {}
    left = []
    for material in materials:
        textures = tuple(sorted(image.name for image, _ in textures_of(material)))
        named = textures or re.sub(r"\.\d{3,}$", "", material.name)
        key = (named, *_look(material))
        if key in first:
            material.user_remap(first[key])
        else:
            first[key] = material
            left.append(material)
    return left


def set_color_spaces(materials: list[bpy.types.Material]) -> None:
    """Set images that are used only for roughness, normals and the like to Non-Color."""
    roles: dict[bpy.types.Image, set[str]] = {}
    for material in materials:
        for image, node in _pictures(material):
            roles.setdefault(image, set()).update(_roles(node))
    for image, ends in roles.items():
        if ends and not ends & _COLORS and not image.colorspace_settings.is_data:
            image.colorspace_settings.name = "Non-Color"


def name_all(name: str, materials: list[bpy.types.Material], images: list[bpy.types.Image]) -> None:
    """Name materials after the model, and images after their role."""
    for number, material in enumerate(materials, start=1):
        new_name = name if len(materials) == 1 else f"{name} {number}"
        datablocks.rename(material, new_name, materials)
    new = set(images)
    for material in materials:
        for image, role in textures_of(material):
            if image in new:
                new.remove(image)
                image.name = f"{material.name} {role}".strip()


def textures_of(material: bpy.types.Material) -> Iterator[tuple[bpy.types.Image, str]]:
    """Yield the material's images with their role, such as "Base Color"."""
    for image, node in _pictures(material):
        roles = _roles(node)
        yield image, "Base Color" if "Base Color" in roles else " ".join(sorted(roles))


def _pictures(material: bpy.types.Material) -> Iterator[tuple[bpy.types.Image, bpy.types.Node]]:
    if material.node_tree is None:
        return
    for node in material.node_tree.nodes:
        if node.type == "TEX_IMAGE" and node.image:
            yield node.image, node


def _roles(picture: bpy.types.Node) -> set[str]:
    """The shader inputs that an image is connected to, through any nodes."""
    roles: set[str] = set()
    followed = [picture]
    for node in followed:  # grows during the loop
        for link in (link for output in node.outputs for link in output.links):
            if link.to_node.type.startswith(_ENDS):
                roles.add(link.to_socket.name)
            elif link.to_node not in followed:
                followed.append(link.to_node)
    return roles


def _look(material: bpy.types.Material) -> tuple[object, ...]:
    """A value that is equal for materials that look the same."""
    tree = material.node_tree
    if tree is None:
        return (tuple(material.diffuse_color), material.roughness, material.metallic)
    places = {node: number for number, node in enumerate(tree.nodes)}
    links = {
        (
            places[link.from_node],
            link.from_socket.identifier,
            places[link.to_node],
            link.to_socket.identifier,
        )
        for link in tree.links
    }
    nodes = tuple(_node_look(node) for node in tree.nodes)
    return (nodes, frozenset(links), material.use_backface_culling, material.blend_method)


def _node_look(node: bpy.types.Node) -> tuple[object, ...]:
    shown = [field for field in node.bl_rna.properties if field.identifier not in _UNSEEN]
    fields = tuple((field.identifier, _plain(getattr(node, field.identifier))) for field in shown)
    given = tuple(_plain(getattr(socket, "default_value", None)) for socket in node.inputs)
    return (node.bl_idname, fields, given)


def _plain(value: Any) -> object:
    """A comparable value: numbers and text as they are, a data-block by its session_uid."""
    if value is None or isinstance(value, (bool, int, float, str, frozenset)):
        return value
    if isinstance(value, bpy.types.ID):
        return value.session_uid
    if isinstance(value, bpy.types.bpy_struct):
        return value.bl_rna.identifier
    try:
        return tuple(value)
    except TypeError:
        return repr(value)
