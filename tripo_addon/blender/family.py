"""Objects that are taken as one: a root and what hangs below it, or several that are selected.

Main thread only; reads the scene, and writes nothing but the id by which an object is found again.
"""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy
from mathutils import Matrix, Vector

from ..jobs.job import Handle

SHAPES: Final = frozenset({"MESH", "CURVE", "SURFACE", "FONT", "META"})
"""Types of object that have a surface to work on."""
_DIGITS: Final = 4
_COUNTED: Final = frozenset({"INT", "FLOAT", "BOOLEAN", "ENUM", "STRING"})
# How a modifier looks in the editor changes nothing of the shape.
_UNSEEN: Final = frozenset(
    {"name", "show_expanded", "is_active", "execution_time", "use_pin_to_last", "persistent_uid"}
)


@dataclass(frozen=True, slots=True)
class Tree:
    """What hangs on what at this moment, and what is in any scene. Blender keeps no lists of it:
    asked object by object, a scene of a thousand takes seconds."""

    shown: frozenset[bpy.types.Object]
    hanging: Mapping[bpy.types.Object, list[bpy.types.Object]]

    @classmethod
    def now(cls) -> Tree:
        """The tree of the file that is open."""
        hanging: dict[bpy.types.Object, list[bpy.types.Object]] = {}
        for thing in bpy.data.objects:
            parent = thing.parent
            if parent is not None:
                hanging.setdefault(parent, []).append(thing)
        return cls(shown(), hanging)

    def below(self, root: bpy.types.Object) -> list[bpy.types.Object]:
        """All below an object that a scene shows, by name."""
        found, open_ends = list[bpy.types.Object](), [root]
        while open_ends:
            nearest = self.hanging.get(open_ends.pop(), ())
            found += nearest
            open_ends += nearest
        return sorted((each for each in found if each in self.shown), key=lambda each: each.name)


@dataclass(frozen=True, slots=True)
class Family:
    """Objects taken as one. `roots` are those that are not below another of them; the first is the
    anchor. Valid until undo, file load or the end of a tick."""

    roots: tuple[bpy.types.Object, ...]

    @property
    def anchor(self) -> bpy.types.Object:
        """The object whose place counts."""
        return self.roots[0]

    @property
    def shaped(self) -> tuple[bpy.types.Object, ...]:
        """All that have a surface, in an order that stays as long as the family does."""
        return tuple(thing for thing in self.everybody() if thing.type in SHAPES)

    @property
    def belongings(self) -> tuple[bpy.types.Object, ...]:
        """What makes up the version that is seen, besides the anchor: all that has a surface, and
        whatever else arrived with it, such as a skeleton."""
        return tuple(
            thing
            for thing in self.everybody()
            if thing != self.anchor and (thing.type in SHAPES or thing.tripo_addon.arrived)
        )

    @property
    def swaps(self) -> bool:
        """Whether it is one mesh alone, whose data can be exchanged."""
        return self.shaped == (self.anchor,) and self.anchor.type == "MESH"

    def everybody(self) -> Iterator[bpy.types.Object]:
        """The roots and all below them that a scene shows, each with what hangs on it."""
        tree = Tree.now()
        for root in self.roots:
            yield root
            yield from tree.below(root)

    def handles(self) -> tuple[Handle, ...]:
        """How the roots are found again; gives ids to all that have a surface."""
        for thing in (*self.roots, *self.shaped):
            name(thing)
        return tuple(
            Handle(root.name, root.tripo_addon.uid, root.session_uid) for root in self.roots
        )

    def fingerprint(self) -> str:
        """What the shape is, as a short text: the same as long as nobody edits it. Where the anchor
        stands, and how large it is scaled, is not in it."""
        total = 0
        for thing in self.shaped:
            places = [round(value, _DIGITS) + 0.0 for row in self._place(thing) for value in row]
            total = zlib.crc32(repr((thing.type, places, _modifiers(thing))).encode(), total)
            total = _surface(thing, total)
        return f"{total:08x}"

    def _place(self, thing: bpy.types.Object) -> Matrix:
        """Where an object is by the anchor's measure. What hangs below it is followed up to it, so
        that this is right before a scene has been evaluated, too."""
        place, below = Matrix(), thing
        while below != self.anchor and below.parent is not None:
            place = below.matrix_parent_inverse @ below.matrix_basis @ place
            below = below.parent
        if below == self.anchor:
            return place
        return self.anchor.matrix_world.inverted_safe() @ thing.matrix_world


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The bounds of objects, along the world's axes: the middle of the underside, and the sides."""

    name: str
    foot: tuple[float, float, float]
    box: tuple[float, float, float]


def placeholder_of(family: Family) -> Placeholder | None:
    """The bounds of a family, as it stands in the scene; None where it has none."""
    corners = [
        thing.matrix_world @ Vector(corner) for thing in family.shaped for corner in thing.bound_box
    ]
    low, high = (
        Vector([edge(corner[axis] for corner in corners) for axis in range(3)])
        for edge in (min, max)
    )
    x, y, z = high - low
    if not all(map(math.isfinite, (*low, *high))) or max(x, y, z) <= 0:
        return None
    foot = ((low.x + high.x) / 2, (low.y + high.y) / 2, low.z)
    return Placeholder(family.anchor.name, foot, (x, y, z))


def name(thing: bpy.types.Object) -> None:
    """See that an object has an id by which it is found again."""
    if not thing.tripo_addon.uid and thing.is_editable:
        thing.tripo_addon.uid = os.urandom(8).hex()


def tell_apart(things: Iterable[bpy.types.Object]) -> None:
    """See that each has an id of its own: a copy comes with that of what it was copied from."""
    known: set[str] = set()
    for thing in things:
        if thing.tripo_addon.uid in known:
            thing.tripo_addon.uid = ""
        name(thing)
        known.add(thing.tripo_addon.uid)


def is_replaceable(thing: bpy.types.Object) -> bool:
    """Whether the object is this file's: on an override nothing can be kept."""
    return thing.is_editable and thing.override_library is None


def homes_of(thing: bpy.types.Object) -> list[bpy.types.Collection]:
    """The collections that the object is in to be seen; what is in those of the physics moves."""
    worlds = (scene.rigidbody_world for scene in bpy.data.scenes)
    moving = {each for world in worlds if world for each in (world.collection, world.constraints)}
    return [home for home in thing.users_collection if home not in moving]


def find(handles: Iterable[Handle], *, numbered: bool = True) -> Family | None:
    """The family of these handles, as far as it is in a scene; None where its anchor is gone.
    Blender's numbers count only where `numbered`: they are of one session and one file."""
    wanted = tuple(handles)
    numbers, known = _register({handle.uid for handle in wanted} - {""})
    if not numbered:
        numbers.clear()
    found = [_found(handle, numbers, known.get(handle.uid, ())) for handle in wanted]
    if not found or found[0] is None:
        return None
    return Family(tuple(thing for thing in found if thing is not None))


def named(handles: Iterable[Handle]) -> Family | None:
    """All objects that are called as in these handles, as one; None where one of them is in no
    scene. A name is no proof: whoever asks has to look at the shape, too."""
    wanted = [handle.name for handle in handles]
    by_name: dict[str, bpy.types.Object] = {}
    for thing in shown():
        if thing.library is None:
            by_name[thing.name] = thing
    if not wanted or not all(each in by_name for each in wanted):
        return None
    return Family(tuple(by_name[each] for each in wanted))


def shown() -> frozenset[bpy.types.Object]:
    """All objects that are in any scene."""
    return frozenset(thing for scene in bpy.data.scenes for thing in scene.objects)


def _register(
    uids: Container[str],
) -> tuple[dict[int, bpy.types.Object], dict[str, list[bpy.types.Object]]]:
    """What a scene shows by Blender's number, and that of these ids by id."""
    numbers: dict[int, bpy.types.Object] = {}
    known: dict[str, list[bpy.types.Object]] = {}
    for thing in shown():
        numbers[thing.session_uid] = thing
        uid = thing.tripo_addon.uid
        if uid in uids:
            known.setdefault(uid, []).append(thing)
    return numbers, known


def _found(
    handle: Handle, numbers: Mapping[int, bpy.types.Object], known: Sequence[bpy.types.Object]
) -> bpy.types.Object | None:
    """The number decides among copies, which have the same id; in another session, where numbers
    begin anew and mean other objects, the name does. An undo may have taken the id away: number
    and name together will do."""
    numbered = numbers.get(handle.number)
    if numbered is not None and (numbered in known or numbered.name == handle.name):
        return numbered
    named = (thing for thing in known if thing.name == handle.name)
    return next(named, None) or next(iter(known), None)


def _modifiers(thing: bpy.types.Object) -> list[object]:
    """What may change the shape between the data and what is seen."""
    told: list[object] = []
    for modifier in thing.modifiers:
        rows = [
            (row.identifier, repr(getattr(modifier, row.identifier)))
            for row in modifier.bl_rna.properties
            if row.type in _COUNTED and row.identifier not in _UNSEEN and not row.is_readonly
        ]
        # Only those of geometry nodes have inputs of their own, and carry properties at all.
        inputs = modifier.items() if modifier.type == "NODES" else ()
        own = [(key, repr(value)) for key, value in inputs]
        told.append((modifier.type, rows, own))
    return told


def _surface(thing: bpy.types.Object, total: int) -> int:
    data: Any = thing.data
    if thing.type != "MESH":
        corners = [round(value, _DIGITS) for corner in thing.bound_box for value in corner]
        return zlib.crc32(repr(corners).encode(), total)
    counts = (len(data.vertices), len(data.edges), len(data.loops), len(data.polygons))
    total = zlib.crc32(repr(counts).encode(), total)
    if data.vertices:
        # Through the attribute: the vertices' own property is read one by one.
        total = _points(data.attributes["position"].data, "vector", total)
    for key in data.shape_keys.key_blocks if data.shape_keys else ():
        total = zlib.crc32(repr((key.name, round(key.value, _DIGITS), key.mute)).encode(), total)
        total = _points(key.points, "co", total)
    return total


def _points(items: Any, field: str, total: int) -> int:
    import numpy

    values = numpy.empty(len(items) * 3, dtype=numpy.float32)
    items.foreach_get(field, values)
    return zlib.crc32(values.data, total)
