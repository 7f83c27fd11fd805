"""Materials that use a UV map by its name: new ones of baked textures, and those of a result.

Creates and changes materials and images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

if TYPE_CHECKING:
    from .atlas import Cell

_STEP: Final = 300


def image_of(role: str, values: Any) -> bpy.types.Image:
    """An image of stored values (side, side, 4), bottom row first."""
    side = values.shape[0]
    image = bpy.data.images.new(role, side, side, alpha=False, is_data=role != "Base Color")
    image.pixels.foreach_set(np.ascontiguousarray(values, dtype=np.float32).ravel())
    image.pack()
    return image


def compose(
    images: dict[str, bpy.types.Image], constants: dict[str, Any], uv_name: str, cell: Cell
) -> bpy.types.Material:
    """Make a material of images by their role and of constant values; it uses the `cell` of the
    images."""
    material = bpy.data.materials.new("Baked")
    material.use_nodes = True
    tree = material.node_tree
    principled = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    for role, value in constants.items():
        principled.inputs[role].default_value = value
    for row, (role, image) in enumerate(images.items()):
        node = tree.nodes.new("ShaderNodeTexImage")
        node.label, node.location = role, (-2 * _STEP, (1 - row) * _STEP)
        node.image = image
        end = node.outputs["Color"]
        if role == "Normal":
            bend = tree.nodes.new("ShaderNodeNormalMap")
            bend.location = (-_STEP, node.location.y)
            tree.links.new(end, bend.inputs["Color"])
            end = bend.outputs["Normal"]
        tree.links.new(end, principled.inputs[role])
    point_at(material, uv_name)
    if not cell.is_whole:
        _move_into(material, cell)
    return material


def point_at(material: bpy.types.Material, uv_name: str) -> None:
    """Let every texture and normal map of a material use this UV map."""
    tree = material.node_tree
    if tree is None:
        return
    free = []
    for node in tree.nodes:
        if node.type in {"UVMAP", "NORMAL_MAP"}:
            node.uv_map = uv_name
        elif node.type in {"TEX_IMAGE", "MAPPING"} and not node.inputs["Vector"].is_linked:
            free.append(node)
    if free:
        source = tree.nodes.new("ShaderNodeUVMap")
        source.uv_map = uv_name
        source.location = (min(node.location.x for node in free) - _STEP, 0)
        for node in free:
            tree.links.new(source.outputs["UV"], node.inputs["Vector"])


def _move_into(material: bpy.types.Material, cell: Cell) -> None:
    """Put a Mapping node between the UV map and the textures; glTF has the same (texture
    transform)."""
    tree = material.node_tree
    for source in [node for node in tree.nodes if node.type == "UVMAP"]:
        mapping = tree.nodes.new("ShaderNodeMapping")
        mapping.location = (source.location.x, source.location.y)
        source.location.x -= _STEP
        mapping.inputs["Location"].default_value = (*cell.shift, 0.0)
        mapping.inputs["Scale"].default_value = (*cell.scale, 1.0)
        for each in tuple(source.outputs["UV"].links):
            tree.links.new(mapping.outputs["Vector"], each.to_socket)
        tree.links.new(source.outputs["UV"], mapping.inputs["Vector"])
