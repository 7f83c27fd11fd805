"""Describes everything that an artist can see or lose of the objects in a scene, as one comparable
value."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

_FIELDS = {
    "FLOAT": ("value", np.float32, 1),
    "INT": ("value", np.int32, 1),
    "BOOLEAN": ("value", np.bool_, 1),
    "FLOAT2": ("vector", np.float32, 2),
    "FLOAT_VECTOR": ("vector", np.float32, 3),
    "FLOAT_COLOR": ("color", np.float32, 4),
    "BYTE_COLOR": ("color_srgb", np.float32, 4),
    "INT16_2D": ("value", np.int32, 2),
    "INT32_2D": ("value", np.int32, 2),
}


def fingerprint() -> dict[str, dict[str, object]]:
    """Return a description of each object of the scene, by name."""
    return {obj.name: _of(obj) for obj in bpy.context.scene.objects}


def _of(obj: bpy.types.Object) -> dict[str, object]:
    return {
        "type": obj.type,
        "parent": obj.parent and obj.parent.name,
        "place": [row[:] for row in (*obj.matrix_basis, *obj.matrix_parent_inverse)],
        "collections": sorted(home.name for home in obj.users_collection),
        "slots": [_slot(slot) for slot in obj.material_slots],
        "active slot": obj.active_material_index,
        "modifiers": [(each.name, each.show_viewport, each.show_render) for each in obj.modifiers],
        "data": obj.data and (obj.data.name, obj.data.session_uid),
        "mesh": _mesh(obj.data) if obj.type == "MESH" else None,
        "shape key": (obj.active_shape_key_index, obj.show_only_shape_key),
    }


def _slot(slot: bpy.types.MaterialSlot) -> tuple[object, ...]:
    """Return the link, and both materials of a slot: the object's and the data's."""
    linked, held = slot.link, []
    for side in ("OBJECT", "DATA"):
        slot.link = side
        held.append(slot.material and slot.material.name)
    slot.link = linked
    return (linked, *held)


def _mesh(mesh: Any) -> dict[str, object]:
    return {
        "layers": [_layer(mesh, each) for each in mesh.attributes],
        "faces": [tuple(face.vertices) for face in mesh.polygons],
        "materials": [material and material.name for material in mesh.materials],
        "shown uv map": (mesh.uv_layers.active_index, mesh.uv_layers.active and True),
        "rendered uv map": [layer.active_render for layer in mesh.uv_layers],
        "colors": (mesh.attributes.active_color_index, mesh.attributes.render_color_index),
        "shown layer": mesh.attributes.active_index,
        "keys": [
            (key.name, key.value, [tuple(point.co) for point in key.data])
            for key in (mesh.shape_keys.key_blocks if mesh.shape_keys else ())
        ],
    }


def _layer(mesh: Any, layer: Any) -> tuple[object, ...]:
    field, kind, width = _FIELDS[layer.data_type]
    values = np.empty(width * len(layer.data), dtype=kind)
    layer.data.foreach_get(field, values)
    return layer.name, layer.data_type, layer.domain, values.tobytes()
