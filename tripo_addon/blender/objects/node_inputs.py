"""What a Geometry Nodes modifier is given, in every Blender.

Main thread only; changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

# What every RNA struct has, beside the sockets and their values.
_OF_RNA: Final = frozenset({"rna_type", "name"})


def node_inputs(modifier: Any) -> Iterator[tuple[str, Any]]:
    """The inputs of a Geometry Nodes modifier and what each is set to, by name; arrays as tuples.
    Nothing where it has no node group. Source: bpy.types.NodesModifier, `properties` from Blender
    5.2 on."""
    if "properties" not in modifier.bl_rna.properties:
        # Up to Blender 5.1 they are custom properties of the modifier.
        yield from ((name, _value(value)) for name, value in modifier.items())
        return
    for name, socket in _fields(getattr(modifier.properties, "inputs", None)):
        for field, value in _fields(socket):
            yield f"{name}.{field}", _value(value)


def _value(value: Any) -> Any:
    """The repr of an array does not show what is in it."""
    is_array = hasattr(value, "to_list") or hasattr(value, "foreach_get")
    return tuple(value) if is_array else value


def _fields(struct: Any) -> Iterator[tuple[str, Any]]:
    if struct is None:
        return
    for row in struct.bl_rna.properties:
        if row.identifier not in _OF_RNA:
            yield row.identifier, getattr(struct, row.identifier)
