"""Makes the objects that a child has written beside its .blend, some at a time.

Main thread only.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import bpy

from .child import plain_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Piece = tuple[str, int, int]
"""A file, where in it the piece begins, and its number of objects."""


def pieces(collection: Any) -> Iterator[Piece]:
    """What `make` is to be called with, in this order; none where all objects are in the .blend."""
    told: plain_objects.Told = json.loads(collection.pop(plain_objects.KEY, "{}"))
    for offset, count in told.get("pieces", ()):
        yield told["file"], offset, count


def make(
    piece: Piece, collection: Any, find: Callable[[str, str], Any]
) -> Iterator[tuple[str, bpy.types.Object]]:
    """Make the objects of a piece in the collection. Yields each with its name in the file.

    `find` gives what came with the .blend or was made before, by kind ("meshes", "objects") and
    name in the file. About 40 µs an object.
    """
    file, offset, count = piece
    # Blender looks through all names for one; hundreds of parts mostly have the same mesh and root.
    known = functools.cache(find)
    with open(file, "rb") as lines:
        lines.seek(offset)
        for _ in range(count):
            line: plain_objects.Line = json.loads(lines.readline())
            thing = _made(line, known)
            collection.objects.link(thing)
            yield line["name"], thing


def _made(line: plain_objects.Line, find: Callable[[str, str], Any]) -> bpy.types.Object:
    mesh = find("meshes", line["data"]) if line["data"] else None
    thing: Any = bpy.data.objects.new(line["name"], mesh)
    thing.parent = find("objects", line["parent"])
    for field, value in line["fields"].items():
        setattr(thing, field, set(value) if _is_flags(thing, field) else value)
    for key, value in line["own"].items():
        thing[key] = value
    return thing


def _is_flags(thing: Any, field: str) -> bool:
    return getattr(thing.bl_rna.properties[field], "is_enum_flag", False)
