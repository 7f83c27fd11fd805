"""An object with everything an artist may have given it, and what can be read from it
afterwards."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from tests.blender.accessors import active_object


def rich_object() -> bpy.types.Object:
    """Make a mesh with a parent, two collections, three modifiers, shape keys, vertex groups,
    custom normals, two UV layers, a driver, an animation, a constraint and a custom property."""
    scene = bpy.context.scene
    homes = [bpy.data.collections.new(name) for name in ("Props", "Barn")]
    for home in homes:
        scene.collection.children.link(home)
    parent = bpy.data.objects.new("Cart", None)
    homes[0].objects.link(parent)
    parent.location = (3.0, 0.0, 1.0)
    parent.rotation_euler = (0.0, 0.2, 0.4)
    aim = bpy.data.objects.new("Aim", None)
    homes[0].objects.link(aim)
    bpy.ops.mesh.primitive_monkey_add(size=1.5)
    obj = active_object()
    for home in obj.users_collection:
        home.objects.unlink(obj)
    for home in homes:
        home.objects.link(obj)
    obj.name = obj.data.name = "Troll"
    obj.parent = parent
    obj.location, obj.rotation_euler, obj.scale = (1, 2, 3), (0.1, 0.5, 0.9), (1, 1.5, 0.8)
    obj["tag"] = "boss"
    _on_the_mesh(obj)
    _on_the_object(obj, aim)
    bpy.context.view_layer.update()
    return obj


def _on_the_mesh(obj: bpy.types.Object) -> None:
    mesh: Any = obj.data
    mesh.uv_layers[0].name = "Own"
    second = mesh.uv_layers.new(name="Lightmap")
    for loop in second.data:
        loop.uv = loop.uv * 0.5
    mesh.normals_split_custom_set([(0.0, 0.0, 1.0)] * len(mesh.loops))
    group = obj.vertex_groups.new(name="Head")
    group.add(range(100), 0.5, "REPLACE")
    for name, value in (("Basis", 0.0), ("Grin", 0.25)):
        key = obj.shape_key_add(name=name, from_mix=False)
        key.value = value
    grin = mesh.shape_keys.key_blocks["Grin"]
    for number in range(50):
        grin.data[number].co.z += 0.1
    for number in range(2):
        material = bpy.data.materials.new(f"Skin {number}")
        mesh.materials.append(material)
    mesh.polygons.foreach_set("material_index", [n % 2 for n in range(len(mesh.polygons))])


def _on_the_object(obj: bpy.types.Object, aim: bpy.types.Object) -> None:
    obj.modifiers.new("Smooth", "SUBSURF")
    obj.modifiers.new("Wall", "SOLIDIFY")
    obj.modifiers.new("Bend", "SIMPLE_DEFORM")
    obj.modifiers["Wall"].thickness = 0.05
    obj.modifiers["Bend"].angle = 0.2
    constraint = obj.constraints.new("LIMIT_SCALE")
    constraint.name = "Bounds"
    watch = obj.constraints.new("DAMPED_TRACK")
    watch.name, watch.target, watch.influence = "Watch", aim, 0.0
    obj.keyframe_insert("location", frame=1)
    obj.location.x += 1.0
    obj.keyframe_insert("location", frame=20)
    curve = obj.driver_add("rotation_euler", 0)
    curve.driver.expression = "0.3"


def described(obj: bpy.types.Object) -> dict[str, object]:
    """Return what stays or changes, one value for each property of the object."""
    mesh: Any = obj.data
    return {
        "name": obj.name,
        "parent": obj.parent and obj.parent.name,
        "parent inverse": _numbers(obj.matrix_parent_inverse),
        "transform": _numbers(obj.matrix_basis),
        "collections": sorted(home.name for home in obj.users_collection),
        "constraints": [each.name for each in obj.constraints],
        "watched": obj.constraints["Watch"].target.name,
        "property": obj["tag"],
        "action": obj.animation_data.action.name,
        "drivers": [curve.data_path for curve in obj.animation_data.drivers],
        "modifiers": [each.name for each in obj.modifiers],
        "modifiers on": [each.name for each in obj.modifiers if each.show_viewport],
        "children": sorted(each.name for each in obj.children if each.users_scene),
        "mesh": mesh.name,
        "points": _hash(mesh.vertices, "co", 3),
        "faces": len(mesh.polygons),
        "normals": _hash(mesh.corner_normals, "vector", 3),
        "groups": [group.name for group in obj.vertex_groups],
        "weights": _weights(obj),
        "shape keys": [key.name for key in mesh.shape_keys.key_blocks] if mesh.shape_keys else [],
        "uv layers": [layer.name for layer in mesh.uv_layers if layer.name != "Tripo"],
        "uvs": _uvs(mesh, "Own"),
        "lightmap": _uvs(mesh, "Lightmap"),
        "active uvs": mesh.uv_layers.active.name if mesh.uv_layers else "",
        "face materials": _hash(mesh.polygons, "material_index", 1),
        "materials": [slot.material and slot.material.name for slot in obj.material_slots],
    }


def _numbers(matrix: Any) -> list[float]:
    return [round(value, 5) for row in matrix for value in row]


def _hash(items: Any, field: str, each: int) -> int:
    values = np.empty(len(items) * each, dtype=np.int32 if field.endswith("index") else np.float32)
    items.foreach_get(field, values)
    return hash(values.tobytes())


def _uvs(mesh: Any, name: str) -> int:
    layer = mesh.uv_layers.get(name)
    return _hash(layer.data, "uv", 2) if layer is not None else 0


def _weights(obj: bpy.types.Object) -> list[float]:
    mesh: Any = obj.data
    return [round(group.weight, 4) for vertex in mesh.vertices for group in vertex.groups]
