"""Materials that read a UV layer by its name: new ones of baked pictures, and those of a result.

Makes and changes materials and images of a child.
"""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np

_STEP: Final = 300


def compose(
    pictures: dict[str, Any], constants: dict[str, Any], uv_name: str
) -> bpy.types.Material:
    """Make a material of pictures, by what they are for, and of what is the same all over."""
    material = bpy.data.materials.new("Baked")
    material.use_nodes = True
    tree = material.node_tree
    principled = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    for role, value in constants.items():
        principled.inputs[role].default_value = value
    for row, (role, values) in enumerate(pictures.items()):
        node = tree.nodes.new("ShaderNodeTexImage")
        node.label, node.location = role, (-2 * _STEP, (1 - row) * _STEP)
        node.image = _image(role, values)
        end = node.outputs["Color"]
        if role == "Normal":
            bend = tree.nodes.new("ShaderNodeNormalMap")
            bend.location = (-_STEP, node.location.y)
            tree.links.new(end, bend.inputs["Color"])
            end = bend.outputs["Normal"]
        tree.links.new(end, principled.inputs[role])
    point_at(material, uv_name)
    return material


def point_at(material: bpy.types.Material, uv_name: str) -> None:
    """Let every picture and every bent normal of a material read this UV layer."""
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


def _image(role: str, values: Any) -> bpy.types.Image:
    side = values.shape[0]
    image = bpy.data.images.new(role, side, side, alpha=False, is_data=role != "Base Color")
    image.pixels.foreach_set(np.ascontiguousarray(values, dtype=np.float32).ravel())
    image.pack()
    return image
