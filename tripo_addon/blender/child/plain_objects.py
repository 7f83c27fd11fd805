"""Objects that are nothing but a mesh or an empty at a place, written as lines of text.

The time that Blender takes to append objects grows with the square of their number (4.2 to 5.2):
object_builder.py makes these from the lines instead, some at a time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY: Final = "tripo_addon_objects"
"""Property of a collection in the child's .blend: JSON that tells of the objects beside, as `Told`
has it."""
MANY: Final = 200
"""From so many on, plain objects travel beside the .blend."""
AT_ONCE: Final = 100
"""So many are made in one piece."""
_SIMPLE: Final = frozenset({"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"})
# What says the same in another way.
_DERIVED: Final = frozenset(
    {"name", "matrix_world", "matrix_local", "matrix_basis", "dimensions"}
    | {"active_material_index", "active_shape_key_index"}
)
_FOLLOWED: Final = frozenset({"data", "parent", "active_material", "material_slots"})

Told = dict[str, Any]
"""`file`, and `pieces`: where in it each begins, and its number of objects."""
Line = dict[str, Any]
"""An object: `name`, `data` and `parent` (names, or None), `fields` that differ from those of a new
one, and `own`, its custom properties."""


def lay_beside(model: bpy.types.Collection, folder: Path) -> set[bpy.types.ID]:
    """Write the model's plain objects into a file in `folder` and remove them, where they are many.

    What stays refers to none of them. Returns their meshes, which nothing else may hold now.
    """
    usual = _Usual()
    try:
        plain = {thing for thing in model.objects if usual.covers(thing)}
        plain -= _needed([thing for thing in model.objects if thing not in plain])
        leaving = [thing for thing in _from_the_root(model) if thing in plain]
        lines = [usual.line(thing) for thing in leaving] if len(leaving) >= MANY else []
    finally:
        usual.remove()
    if not lines:
        return set()
    meshes = {thing.data for thing in leaving if thing.data}
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
    """The objects of a model, each before those below it."""
    below: dict[Any, list[Any]] = {}
    for thing in model.objects:
        below.setdefault(thing.parent, []).append(thing)
    ordered = list(below.get(None, ()))
    for thing in ordered:  # grows on the way
        ordered += below.get(thing, ())
    return ordered


def _needed(staying: list[Any]) -> set[Any]:
    """What these refer to, and whatever is above that."""
    wanted = [thing.parent for thing in staying]
    for tool in (tool for thing in staying for tool in (*thing.modifiers, *thing.constraints)):
        wanted += [getattr(tool, field, None) for field in ("object", "target", "pole_target")]
    needed: set[Any] = set()
    while wanted:
        thing = wanted.pop()
        if thing is not None and thing not in needed:
            needed.add(thing)
            wanted.append(thing.parent)
    return needed


class _Usual:
    """A new object of each kind, to compare with."""

    def __init__(self) -> None:
        self._mesh = bpy.data.meshes.new("usual")
        self._objects: dict[str, Any] = {
            "MESH": bpy.data.objects.new("usual", self._mesh),
            "EMPTY": bpy.data.objects.new("usual", None),
        }
        # What add-ons have registered counts as a property of one's own, where it is set.
        fields = [each for each in bpy.types.Object.bl_rna.properties if not each.is_runtime]
        simple = [field.identifier for field in fields if _is_said(field)]
        # Whoever sets it turns the angles into those of the new kind: the angles come behind.
        simple.sort(key=lambda name: name != "rotation_mode")
        self._fields = {
            kind: {name: _simple(getattr(thing, name)) for name in simple}
            for kind, thing in self._objects.items()
        }
        self._others = [
            (field.identifier, field.type)
            for field in fields
            if field.type not in _SIMPLE and field.identifier not in _FOLLOWED
        ]

    def remove(self) -> None:
        bpy.data.batch_remove([*self._objects.values(), self._mesh])

    def covers(self, thing: Any) -> bool:
        """Whether a line says all that the object is."""
        usual = self._objects.get(thing.type)
        if usual is None or thing.parent is None or thing.parent_type != "OBJECT":
            return False
        if thing.data is not None and thing.type == "EMPTY":
            return False
        if any(slot.link != "DATA" for slot in thing.material_slots):
            return False
        if any(_simple(value) is None for _, value in thing.items()):
            return False
        return all(
            not len(getattr(thing, name))
            if kind == "COLLECTION"
            else getattr(thing, name) is None or getattr(usual, name) is not None
            for name, kind in self._others
        )

    def line(self, thing: Any) -> Line:
        return {
            "name": thing.name,
            "data": thing.data and thing.data.name,
            "parent": thing.parent.name,
            "fields": dict(self._changed(thing)),
            "own": {key: _simple(value) for key, value in thing.items()},
        }

    def _changed(self, thing: Any) -> Iterator[tuple[str, object]]:
        for name, usual in self._fields[thing.type].items():
            value = getattr(thing, name)
            if value != usual and (simple := _simple(value)) != usual:
                yield name, simple


def _is_said(field: Any) -> bool:
    return field.type in _SIMPLE and not field.is_readonly and field.identifier not in _DERIVED


def _simple(value: Any) -> Any:
    """Numbers and text, and rows of them, as JSON has them; None for anything else."""
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, bpy.types.bpy_struct) or hasattr(value, "keys"):
        return None
    try:
        return [_simple(each) for each in value]
    except TypeError:
        return None
