"""Objects that are treated as one: a root and its descendants, or several selected objects.

Main thread only; reads the scene, and writes only the IDs by which objects are found again.
"""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import bpy
from mathutils import Matrix, Vector

from ...api.record import record
from ...jobs.model.job import Handle
from .node_inputs import node_inputs
from .parts import SHAPES, LeftOut, Tree, is_shown, parts_of, shown

_DIGITS: Final = 4
_COUNTED: Final = frozenset({"INT", "FLOAT", "BOOLEAN", "ENUM", "STRING"})
# Properties of a modifier that do not change the shape.
_UNSEEN: Final = frozenset(
    {"name", "show_expanded", "is_active", "execution_time", "use_pin_to_last", "persistent_uid"}
)

Points = Mapping[int, Any]
"""What `points_of` returned, by the mesh's `session_uid`."""


@record
class ObjectGroup:
    """Objects treated as one. `roots` are those that are not descendants of another; the first is
    the anchor. `parts`: the objects that are worked on, if that is decided, else those that are
    parts now. Valid until undo, file load or the end of a tick."""

    roots: tuple[bpy.types.Object, ...]
    parts: tuple[bpy.types.Object, ...] | None = None
    left_out: tuple[LeftOut, ...] = ()

    @property
    def anchor(self) -> bpy.types.Object:
        """The object whose transform counts."""
        return self.roots[0]

    @property
    def shaped(self) -> tuple[bpy.types.Object, ...]:
        """Its parts, in an order that stays the same for the group."""
        return parts_of(self.roots).taken if self.parts is None else self.parts

    @property
    def owned(self) -> tuple[bpy.types.Object, ...]:
        """The objects of the current version besides the anchor: its parts, and others that arrived
        with them, such as an armature."""
        parts = frozenset(self.shaped)
        return tuple(
            obj
            for obj in self.all_objects()
            if obj != self.anchor and (obj in parts or obj.tripo_addon.arrived)
        )

    @property
    def candidates(self) -> tuple[bpy.types.Object, ...]:
        """The objects that a kept version may consist of besides the anchor, visible or not."""
        return tuple(
            obj
            for obj in self.all_objects()
            if obj != self.anchor and (obj.type in SHAPES or obj.tripo_addon.arrived)
        )

    @property
    def faces(self) -> int:
        """The number of faces of its meshes, without modifiers."""
        meshes: list[Any] = [obj.data for obj in self.shaped if obj.type == "MESH"]
        return sum(len(mesh.polygons) for mesh in meshes)

    @property
    def is_single_mesh(self) -> bool:
        """Whether it is a single mesh, whose data can be replaced."""
        return self.shaped == (self.anchor,) and self.anchor.type == "MESH"

    def all_objects(self) -> Iterator[bpy.types.Object]:
        """The roots and all their descendants in a scene."""
        tree = Tree.now()
        for root in self.roots:
            yield root
            yield from tree.below(root)

    def handles(self) -> tuple[Handle, ...]:
        """Handles to find the roots again; assigns IDs."""
        return handles_of(self.roots)

    def part_handles(self) -> tuple[Handle, ...]:
        """Handles to find the parts again; assigns IDs."""
        return handles_of(self.shaped)

    def fingerprint(self, points: Points | None = None) -> str:
        """A short text that is the same as long as the shape is not edited. The anchor's location,
        rotation and scale do not count. `points` are those that were read before."""
        total = 0
        for obj in self.shaped:
            places = [round(value, _DIGITS) + 0.0 for row in self._place(obj) for value in row]
            total = zlib.crc32(repr((obj.type, places, _modifiers(obj))).encode(), total)
            total = _surface(obj, total, points or {})
        return f"{total:08x}"

    def _place(self, obj: bpy.types.Object) -> Matrix:
        """Return an object's transform relative to the anchor. For children it is computed along
        their parents, so that it is right even before a scene is evaluated."""
        place, below = Matrix(), obj
        while below != self.anchor and below.parent is not None:
            place = below.matrix_parent_inverse @ below.matrix_basis @ place
            below = below.parent
        if below == self.anchor:
            return place
        return self.anchor.matrix_world.inverted_safe() @ obj.matrix_world


@record
class Placeholder:
    """The axis-aligned bounds of objects: the middle of the underside, and the sides."""

    name: str
    foot: tuple[float, float, float]
    box: tuple[float, float, float]


def placeholder_of(group: ObjectGroup) -> Placeholder | None:
    """The bounds of a group in its scene; None if it has none."""
    corners = [
        obj.matrix_world @ Vector(corner) for obj in group.shaped for corner in obj.bound_box
    ]
    low, high = (
        Vector([edge(corner[axis] for corner in corners) for axis in range(3)])
        for edge in (min, max)
    )
    x, y, z = high - low
    if not all(map(math.isfinite, (*low, *high))) or max(x, y, z) <= 0:
        return None
    foot = ((low.x + high.x) / 2, (low.y + high.y) / 2, low.z)
    return Placeholder(group.anchor.name, foot, (x, y, z))


def assign_uid(obj: bpy.types.Object) -> None:
    """Make sure that an object has an ID by which it is found again."""
    if not obj.tripo_addon.uid and obj.is_editable:
        obj.tripo_addon.uid = os.urandom(8).hex()


def give_own_uids(objs: Iterable[bpy.types.Object]) -> None:
    """Make sure that each object has its own ID: a copy has its original's."""
    known: set[str] = set()
    for obj in objs:
        if obj.tripo_addon.uid in known:
            obj.tripo_addon.uid = ""
        assign_uid(obj)
        known.add(obj.tripo_addon.uid)


def is_replaceable(obj: bpy.types.Object) -> bool:
    """Whether the object is local: on a library override, nothing can be stored."""
    return obj.is_editable and obj.override_library is None


def collections_of(obj: bpy.types.Object) -> list[bpy.types.Collection]:
    """The collections that show the object, without those of the physics simulation."""
    worlds = (scene.rigidbody_world for scene in bpy.data.scenes)
    moving = {each for world in worlds if world for each in (world.collection, world.constraints)}
    return [home for home in obj.users_collection if home not in moving]


def find(
    handles: Sequence[Handle], parts: Sequence[Handle] = (), *, numbered: bool = True
) -> ObjectGroup | None:
    """The group of these handles, as far as it is in a scene; None if its anchor is gone. If
    `parts` are given, those are its parts. session_uids are used only if `numbered`: they belong to
    one session and one file."""
    wanted = (*handles, *parts)
    found = _at_hand(wanted) if numbered else None
    if found is None:
        numbers, known = _register({handle.uid for handle in wanted} - {""})
        if not numbered:
            numbers.clear()
        found = [_found(handle, numbers, known.get(handle.uid, ())) for handle in wanted]
    if not handles or found[0] is None:
        return None
    return _group_of(found[: len(handles)], found[len(handles) :], settled=bool(parts))


def named(handles: Sequence[Handle], parts: Sequence[Handle] = ()) -> ObjectGroup | None:
    """The objects with the names of these handles, as a group; None if one of them is in no scene.
    A name is no proof: the caller has to compare the shape, too."""
    found = [_local(handle.name) for handle in (*handles, *parts)]
    if not handles or not all(found):
        return None
    return _group_of(found[: len(handles)], found[len(handles) :], settled=bool(parts))


def _group_of(
    roots: Iterable[bpy.types.Object | None],
    parts: Iterable[bpy.types.Object | None],
    *,
    settled: bool,
) -> ObjectGroup:
    there = tuple(obj for obj in roots if obj is not None)
    taken = tuple(obj for obj in parts if obj is not None)
    return ObjectGroup(there, taken if settled else None)


def handles_of(objs: Iterable[bpy.types.Object]) -> tuple[Handle, ...]:
    """Handles to find these objects again; assigns IDs."""
    named = tuple(objs)
    for obj in named:
        assign_uid(obj)
    return tuple(Handle(each.name, each.tripo_addon.uid, each.session_uid) for each in named)


def _local(name: str) -> bpy.types.Object | None:
    """The local object of that name, if it is in a scene."""
    key: Any = (name, None)  # the local one; the stubs lack this form
    obj = bpy.data.objects.get(key)
    return obj if obj is not None and is_shown(obj) else None


def _at_hand(handles: Iterable[Handle]) -> list[bpy.types.Object | None] | None:
    """These objects if each still has its name; else None, and all objects have to be searched."""
    found = [(handle, _local(handle.name)) for handle in handles]
    if any(each is None or each.session_uid != handle.number for handle, each in found):
        return None
    return [each for _handle, each in found]


def _register(
    uids: Container[str],
) -> tuple[dict[int, bpy.types.Object], dict[str, list[bpy.types.Object]]]:
    """The objects that are in a scene by session_uid, and those with these IDs by ID."""
    numbers: dict[int, bpy.types.Object] = {}
    known: dict[str, list[bpy.types.Object]] = {}
    for obj in shown():
        numbers[obj.session_uid] = obj
        uid = obj.tripo_addon.uid
        if uid in uids:
            known.setdefault(uid, []).append(obj)
    return numbers, known


def _found(
    handle: Handle, numbers: Mapping[int, bpy.types.Object], known: Sequence[bpy.types.Object]
) -> bpy.types.Object | None:
    """Find the object of a handle. Copies have the same ID, so the session_uid decides; in another
    session, where session_uids are different, the name does. If undo removed the ID, session_uid
    and name together are enough."""
    numbered = numbers.get(handle.number)
    if numbered is not None and (numbered in known or numbered.name == handle.name):
        return numbered
    named = (obj for obj in known if obj.name == handle.name)
    return next(named, None) or next(iter(known), None)


def _modifiers(obj: bpy.types.Object) -> list[object]:
    """The settings of modifiers, which may change the shape."""
    described: list[object] = []
    for modifier in obj.modifiers:
        rows = [
            (row.identifier, repr(getattr(modifier, row.identifier)))
            for row in modifier.bl_rna.properties
            if row.type in _COUNTED and row.identifier not in _UNSEEN and not row.is_readonly
        ]
        inputs = node_inputs(modifier) if modifier.type == "NODES" else ()
        own = [(name, repr(value)) for name, value in inputs]
        described.append((modifier.type, rows, own))
    return described


def points_of(mesh: Any) -> Any:
    """The positions of a mesh's vertices, one number after the other. A million takes
    milliseconds."""
    # The attribute is read at once; `vertices` would be read one by one.
    return _read(mesh.attributes["position"].data, "vector")


def _surface(obj: bpy.types.Object, total: int, known: Points) -> int:
    data: Any = obj.data
    if obj.type != "MESH":
        corners = [round(value, _DIGITS) for corner in obj.bound_box for value in corner]
        return zlib.crc32(repr(corners).encode(), total)
    counts = (len(data.vertices), len(data.edges), len(data.loops), len(data.polygons))
    total = zlib.crc32(repr(counts).encode(), total)
    if data.vertices:
        read = known.get(data.session_uid)
        total = zlib.crc32((points_of(data) if read is None else read).data, total)
    for key in data.shape_keys.key_blocks if data.shape_keys else ():
        total = zlib.crc32(repr((key.name, round(key.value, _DIGITS), key.mute)).encode(), total)
        total = zlib.crc32(_read(key.points, "co").data, total)
    return total


def _read(items: Any, field: str) -> Any:
    import numpy

    values = numpy.empty(len(items) * 3, dtype=numpy.float32)
    items.foreach_get(field, values)
    return values
