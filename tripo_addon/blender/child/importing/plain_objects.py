"""Writes simple objects, which are only a mesh or an empty at a place, as lines of text.

The time that Blender takes to append objects grows with the square of their number (4.2 to 5.2):
`arrival/object_builder.py` builds these objects from the lines instead, some at a time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import bpy

from .block_properties import BlankBlock

if TYPE_CHECKING:
    from pathlib import Path

KEY: Final = "tripo_addon_objects"
"""Property of a collection in the .blend: a `Description`, as JSON, of the objects beside it."""
MANY: Final = 200
"""At least this many simple objects are stored beside the .blend."""
AT_ONCE: Final = 100
"""The number of objects in one piece."""
# Properties that repeat others, and those that a line has in fields of its own.
_SKIPPED: Final = frozenset(
    {"name", "matrix_world", "matrix_local", "matrix_basis", "dimensions"}
    | {"active_material_index", "active_shape_key_index"}
    | {"data", "parent", "active_material", "material_slots"}
)

Description = dict[str, Any]
"""`file`, and `pieces`: the offset of each in the file, and its number of objects."""
Line = dict[str, Any]
"""An object: `name`, `data` and `parent` (names, or None), and its `BlockProperties`."""


def write_sidecar(model: bpy.types.Collection, folder: Path) -> set[bpy.types.ID]:
    """Write the model's simple objects into a file in `folder` and remove them, if they are many.

    No remaining object refers to them. Returns their meshes, which nothing else may hold now.
    """
    blanks = _Blanks()
    try:
        plain = {obj for obj in model.objects if blanks.covers(obj)}
        plain -= _needed([obj for obj in model.objects if obj not in plain])
        leaving = [obj for obj in _from_the_root(model) if obj in plain]
        lines = [blanks.line(obj) for obj in leaving] if len(leaving) >= MANY else []
    finally:
        blanks.remove()
    if not lines:
        return set()
    meshes = {obj.data for obj in leaving if obj.data}
    file = folder / "objects"
    model[KEY] = json.dumps({"file": str(file), "pieces": _write(lines, file)})
    bpy.data.batch_remove(leaving)
    return meshes


def _write(lines: list[Line], file: Path) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    with file.open("wb") as written:
        for start in range(0, len(lines), AT_ONCE):
            some = lines[start : start + AT_ONCE]
            pieces.append((written.tell(), len(some)))
            written.writelines(json.dumps(line).encode() + b"\n" for line in some)
    return pieces


def _from_the_root(model: bpy.types.Collection) -> list[Any]:
    """The objects of a model, parents before children."""
    below: dict[Any, list[Any]] = {}
    for obj in model.objects:
        below.setdefault(obj.parent, []).append(obj)
    ordered = list(below.get(None, ()))
    for obj in ordered:  # grows during the loop
        ordered += below.get(obj, ())
    return ordered


def _needed(staying: list[Any]) -> set[Any]:
    """The objects that these refer to, with all their parents."""
    wanted = [obj.parent for obj in staying]
    for tool in (tool for obj in staying for tool in (*obj.modifiers, *obj.constraints)):
        wanted += [getattr(tool, field, None) for field in ("object", "target", "pole_target")]
    needed: set[Any] = set()
    while wanted:
        obj = wanted.pop()
        if obj is not None and obj not in needed:
            needed.add(obj)
            wanted.append(obj.parent)
    return needed


class _Blanks:
    """A new object of each type, to compare with."""

    def __init__(self) -> None:
        self._mesh = bpy.data.meshes.new("blank")
        self._objects: dict[str, Any] = {
            "MESH": bpy.data.objects.new("blank", self._mesh),
            "EMPTY": bpy.data.objects.new("blank", None),
        }
        self._blanks = {
            kind: BlankBlock(each, skipped=_SKIPPED) for kind, each in self._objects.items()
        }

    def remove(self) -> None:
        bpy.data.batch_remove([*self._objects.values(), self._mesh])

    def covers(self, obj: Any) -> bool:
        """Whether a line can represent the object."""
        if obj.type not in self._blanks or obj.parent is None or obj.parent_type != "OBJECT":
            return False
        if obj.data is not None and obj.type == "EMPTY":
            return False
        if any(slot.link != "DATA" for slot in obj.material_slots):
            return False
        return self._blanks[obj.type].covers(obj)

    def line(self, obj: Any) -> Line:
        return {
            "name": obj.name,
            "data": obj.data and obj.data.name,
            "parent": obj.parent.name,
            **self._blanks[obj.type].properties_of(obj),
        }
