"""Turns the maps of a result's materials into emission, which a bake can capture.

Changes materials that are not needed afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEFAULTS: Final = {"Base Color": (0.8, 0.8, 0.8, 1.0), "Roughness": 0.5, "Metallic": 0.0}
"""The values of a surface without a material."""
EMISSION_OFFSET: Final = 1.0
_COLORED: Final = ("EMISSION", "BACKGROUND", "BSDF_DIFFUSE")


def constants(materials: Iterable[bpy.types.Material | None]) -> dict[str, Any]:
    """The values of the maps that are the same everywhere."""
    whole: dict[str, Any] = {}
    listed = list(materials) or [None]
    for role in DEFAULTS:
        given = [_input(material, role) for material in listed]
        values = {_value(socket, role) for socket in given}
        linked = any(socket is not None and socket.is_linked for socket in given)
        if not linked and len(values) == 1:
            whole[role] = values.pop()
    return whole


def has_normals(materials: Iterable[bpy.types.Material | None]) -> bool:
    """Whether any material has a normal map."""
    given = [_input(material, "Normal") for material in materials]
    return any(socket is not None and socket.is_linked for socket in given)


def picture_side(materials: Iterable[bpy.types.Material | None]) -> int:
    """The longest side of the base color textures, or of any texture; 0 without one."""
    listed = [material for material in materials if material is not None]
    starts = [_input(material, "Base Color") for material in listed]
    sides = [max(image.size) for socket in starts if socket for image in _upstream(socket)]
    trees = [material.node_tree for material in listed if material.node_tree]
    nodes = [node for tree in trees for node in tree.nodes]
    others = [max(node.image.size) for node in nodes if node.type == "TEX_IMAGE" and node.image]
    return max(sides or others or [0])


def emit(material: bpy.types.Material, roles: tuple[str, ...]) -> None:
    """Let a material emit one color map, or two value maps in red and green.

    `EMISSION_OFFSET` is added, so anything darker in the bake came from no material.
    """
    tree = material.node_tree
    nodes, links = tree.nodes, tree.links
    glow = nodes.new("ShaderNodeEmission")
    more = nodes.new("ShaderNodeVectorMath")
    more.operation = "ADD"
    more.inputs[1].default_value = (EMISSION_OFFSET, EMISSION_OFFSET, EMISSION_OFFSET)
    links.new(more.outputs[0], glow.inputs["Color"])
    entry = more.inputs[0]
    if len(roles) > 1:
        both = nodes.new("ShaderNodeCombineColor")
        links.new(both.outputs[0], entry)
        entries = [both.inputs[0], both.inputs[1]]
    else:
        entries = [entry]
    for role, socket in zip(roles, entries, strict=True):
        _copy(tree, _input(material, role), role, socket)
    for output in [node for node in nodes if node.type == "OUTPUT_MATERIAL"]:
        links.new(glow.outputs[0], output.inputs["Surface"])


def _copy(tree: Any, source: Any, role: str, target: Any) -> None:
    if source is not None and source.is_linked:
        tree.links.new(source.links[0].from_socket, target)
    else:
        value = _value(source, role)
        target.default_value = value[:3] if isinstance(value, tuple) else value


def _value(socket: Any, role: str) -> Any:
    if socket is None:
        return DEFAULTS[role]
    value = socket.default_value
    return value if isinstance(value, float) else tuple(value)


def _input(material: bpy.types.Material | None, role: str) -> Any:
    """The input of a material's shader for a map; without a Principled BSDF, the color of another
    shader."""
    if material is None or material.node_tree is None:
        return None
    nodes = material.node_tree.nodes
    common = next((node for node in nodes if node.type == "BSDF_PRINCIPLED"), None)
    if common is not None:
        return common.inputs[role]
    other = next((node for node in nodes if node.type in _COLORED), None)
    return other.inputs["Color"] if other is not None and role == "Base Color" else None


def _upstream(socket: Any) -> Iterator[bpy.types.Image]:
    followed = [link.from_node for link in socket.links]
    for node in followed:  # grows during the loop
        if node.type == "TEX_IMAGE" and node.image:
            yield node.image
        for link in (link for entry in node.inputs for link in entry.links):
            if link.from_node not in followed:
                followed.append(link.from_node)
