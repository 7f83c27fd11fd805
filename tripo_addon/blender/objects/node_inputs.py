"""The inputs of a Geometry Nodes modifier, in every supported Blender.

Main thread only; changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

# Properties that every RNA struct has, besides those of the sockets.
_OF_RNA: Final = frozenset({"rna_type", "name"})


def node_inputs(modifier: Any) -> Iterator[tuple[str, Any]]:
    """The inputs of a Geometry Nodes modifier and their values, by name; arrays as tuples. Empty
    without a node group. Source: bpy.types.NodesModifier, `properties` from Blender 5.2 on."""
    if "properties" not in modifier.bl_rna.properties:
        # Up to Blender 5.1 they are custom properties of the modifier.
        yield from ((name, _value(value)) for name, value in modifier.items())
        return
    for name, socket in _fields(getattr(modifier.properties, "inputs", None)):
        for field, value in _fields(socket):
            yield f"{name}.{field}", _value(value)


def _value(value: Any) -> Any:
    """A value that shows its content: the repr of an array does not."""
    is_array = hasattr(value, "to_list") or hasattr(value, "foreach_get")
    return tuple(value) if is_array else value


def _fields(struct: Any) -> Iterator[tuple[str, Any]]:
    if struct is None:
        return
    for row in struct.bl_rna.properties:
        if row.identifier not in _OF_RNA:
            yield row.identifier, getattr(struct, row.identifier)
