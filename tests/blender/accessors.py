"""Typed access to Blender data whose stubs are too general; each function asserts the type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy


def active_object() -> bpy.types.Object:
    """Return the active object, such as a primitive that was just added."""
    obj = bpy.context.view_layer.objects.active
    assert obj is not None
    return obj


def mesh_of(obj: bpy.types.Object) -> bpy.types.Mesh:
    """Return the mesh of a mesh object."""
    assert isinstance(obj.data, bpy.types.Mesh)
    return obj.data


def packed_bytes(image: bpy.types.Image) -> bytes:
    """Return the content of a packed image."""
    assert image.packed_file is not None
    data: Any = image.packed_file.data  # bytes, although the stubs say str
    return bytes(data)


def geometry_nodes(name: str) -> bpy.types.GeometryNodeTree:
    """Return a new, empty group of geometry nodes."""
    groups: Any = bpy.data.node_groups  # The stubs only know the type "DUMMY"
    group = groups.new(name, "GeometryNodeTree")
    assert isinstance(group, bpy.types.GeometryNodeTree)
    return group


def call_handlers(handlers: Iterable[Any]) -> None:
    """Call the handlers of an undo, since the bpy module itself has no undo."""
    for handler in handlers:
        handler(bpy.context.scene, None)
