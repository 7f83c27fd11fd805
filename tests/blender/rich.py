"""An object with everything an artist may have given it, and what can be read off it afterwards."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np


def rich_object() -> bpy.types.Object:
    """A mesh with a parent, two collections, three modifiers, shape keys, vertex groups, custom
    normals, two UV layers, a driver, an animation, a constraint and a custom property."""
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
    thing = bpy.context.view_layer.objects.active
    for home in thing.users_collection:
        home.objects.unlink(thing)
    for home in homes:
        home.objects.link(thing)
    thing.name = thing.data.name = "Troll"
    thing.parent = parent
    thing.location, thing.rotation_euler, thing.scale = (1, 2, 3), (0.1, 0.5, 0.9), (1, 1.5, 0.8)
    thing["tag"] = "boss"
    _on_the_mesh(thing)
    _on_the_object(thing, aim)
    bpy.context.view_layer.update()
    return thing


def _on_the_mesh(thing: bpy.types.Object) -> None:
    mesh: Any = thing.data
    mesh.uv_layers[0].name = "Own"
    second = mesh.uv_layers.new(name="Lightmap")
    for loop in second.data:
        loop.uv = loop.uv * 0.5
    mesh.normals_split_custom_set([(0.0, 0.0, 1.0)] * len(mesh.loops))
    group = thing.vertex_groups.new(name="Head")
    group.add(range(100), 0.5, "REPLACE")
    for name, value in (("Basis", 0.0), ("Grin", 0.25)):
        key = thing.shape_key_add(name=name, from_mix=False)
        key.value = value
    grin = mesh.shape_keys.key_blocks["Grin"]
    for number in range(50):
        grin.data[number].co.z += 0.1
    for number in range(2):
        material = bpy.data.materials.new(f"Skin {number}")
        mesh.materials.append(material)
    mesh.polygons.foreach_set("material_index", [n % 2 for n in range(len(mesh.polygons))])


def _on_the_object(thing: bpy.types.Object, aim: bpy.types.Object) -> None:
    for name, kind in (("Smooth", "SUBSURF"), ("Wall", "SOLIDIFY"), ("Bend", "SIMPLE_DEFORM")):
        thing.modifiers.new(name, kind)
    thing.modifiers["Wall"].thickness = 0.05
    thing.modifiers["Bend"].angle = 0.2
    constraint = thing.constraints.new("LIMIT_SCALE")
    constraint.name = "Bounds"
    watch = thing.constraints.new("DAMPED_TRACK")
    watch.name, watch.target, watch.influence = "Watch", aim, 0.0
    thing.keyframe_insert("location", frame=1)
    thing.location.x += 1.0
    thing.keyframe_insert("location", frame=20)
    curve = thing.driver_add("rotation_euler", 0)
    curve.driver.expression = "0.3"


def read_off(thing: bpy.types.Object) -> dict[str, object]:
    """What stays or changes, one value for each thing of the object's own."""
    mesh: Any = thing.data
    return {
        "name": thing.name,
        "parent": thing.parent and thing.parent.name,
        "parent inverse": _numbers(thing.matrix_parent_inverse),
        "transform": _numbers(thing.matrix_basis),
        "collections": sorted(home.name for home in thing.users_collection),
        "constraints": [each.name for each in thing.constraints],
        "watched": thing.constraints["Watch"].target.name,
        "property": thing["tag"],
        "action": thing.animation_data.action.name,
        "drivers": [curve.data_path for curve in thing.animation_data.drivers],
        "modifiers": [each.name for each in thing.modifiers],
        "modifiers on": [each.name for each in thing.modifiers if each.show_viewport],
        "children": sorted(each.name for each in thing.children if each.users_scene),
        "mesh": mesh.name,
        "points": _hash(mesh.vertices, "co", 3),
        "faces": len(mesh.polygons),
        "normals": _hash(mesh.corner_normals, "vector", 3),
        "groups": [group.name for group in thing.vertex_groups],
        "weights": _weights(thing),
        "shape keys": [key.name for key in mesh.shape_keys.key_blocks] if mesh.shape_keys else [],
        "uv layers": [layer.name for layer in mesh.uv_layers if layer.name != "Tripo"],
        "uvs": _uvs(mesh, "Own"),
        "lightmap": _uvs(mesh, "Lightmap"),
        "active uvs": mesh.uv_layers.active.name if mesh.uv_layers else "",
        "face materials": _hash(mesh.polygons, "material_index", 1),
        "materials": [slot.material and slot.material.name for slot in thing.material_slots],
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


def _weights(thing: bpy.types.Object) -> list[float]:
    mesh: Any = thing.data
    return [round(group.weight, 4) for vertex in mesh.vertices for group in vertex.groups]
