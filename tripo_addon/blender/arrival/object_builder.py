"""Creates the simple meshes and objects that the second Blender wrote beside its .blend, some at a
time.

Main thread only.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import bpy

from ..child.importing import plain_meshes, plain_objects
from . import mesh_builder

if TYPE_CHECKING:
    from ..child.importing.block_properties import BlockProperties

Find = Callable[[str, str], Any]
"""Returns a data-block that was appended or created before, by type ("meshes", "objects",
"materials") and name in the file."""
Made = Iterator[tuple[str, str, bpy.types.ID]]
"""What a step creates: the type, the name in the file, and the data-block."""
Piece = Callable[[Any, Find], Made]
"""Creates some data-blocks in a collection."""


def steps(collection: Any) -> Iterator[Piece]:
    """The steps, in order; none if everything is in the .blend."""
    for key, make in ((plain_meshes.KEY, _make_meshes), (plain_objects.KEY, _make_objects)):
        description = json.loads(collection.pop(key, "{}"))
        for offset, count in description.get("pieces", ()):
            yield functools.partial(make, description["file"], offset, count)


def _make_meshes(file: str, offset: int, count: int, _collection: Any, find: Find) -> Made:
    """Create meshes: about 100 µs each, plus their layers."""
    known = functools.cache(find)
    with open(file, "rb") as lines:
        lines.seek(offset)
        for _ in range(count):
            line: plain_meshes.Line = json.loads(lines.readline())
            yield "meshes", line["name"], _mesh(line, lines.read(line["bytes"]), known)


def _mesh(line: plain_meshes.Line, held: bytes, find: Find) -> bpy.types.Mesh:
    @contextmanager
    def read(place: tuple[int, int], code: Any) -> Iterator[memoryview[Any]]:
        with memoryview(held) as raw, raw[slice(*place)].cast(code) as values:
            yield values

    mesh = bpy.data.meshes.new(line["name"])
    for name in line["materials"]:
        mesh.materials.append(find("materials", name) if name else None)
    mesh_builder.fill(mesh, line["layers"], read)
    _restore(mesh, line)
    return mesh


def _make_objects(file: str, offset: int, count: int, collection: Any, find: Find) -> Made:
    """Create objects: about 40 µs each."""
    # Hundreds of parts usually share their root, and often their mesh.
    known = functools.cache(find)
    with open(file, "rb") as lines:
        lines.seek(offset)
        for _ in range(count):
            line: plain_objects.Line = json.loads(lines.readline())
            mesh = known("meshes", line["data"]) if line["data"] else None
            obj: Any = bpy.data.objects.new(line["name"], mesh)
            obj.parent = known("objects", line["parent"])
            _restore(obj, line)
            collection.objects.link(obj)
            yield "objects", line["name"], obj


def _restore(block: Any, properties: BlockProperties) -> None:
    for field, value in properties["fields"].items():
        setattr(block, field, set(value) if _is_flags(block, field) else value)
    for key, value in properties["own"].items():
        block[key] = value


def _is_flags(block: Any, field: str) -> bool:
    return getattr(block.bl_rna.properties[field], "is_enum_flag", False)
