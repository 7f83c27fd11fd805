"""A result in the place of what it was made from, or on it: what is exchanged, and what stays.

Main thread only. Whatever was there before is laid aside first; nothing of the artist's is removed.
All that can fail comes before that: an object is exchanged as a whole or not at all. No undo step
is made here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix, Vector

from ..child.importing.mesh_files import ONTO_KEY
from ..objects import variants
from ..objects.object_group import ObjectGroup, collections_of
from ..objects.parts import shown

if TYPE_CHECKING:
    from ...jobs.model.job import Target

_GAP: Final = 1.1
"""How far beside an object another is put, in its own widths."""
_NOT_WHOLE: Final = "What was prepared for it is not complete on disk any more."
_EMPTY_DATA: Final[dict[str, Callable[[str], Any]]] = {
    "MESH": lambda name: bpy.data.meshes.new(name=name),
    "CURVE": lambda name: bpy.data.curves.new(name, "CURVE"),
    "SURFACE": lambda name: bpy.data.curves.new(name, "SURFACE"),
    "FONT": lambda name: bpy.data.curves.new(name, "FONT"),
    "META": lambda name: bpy.data.metaballs.new(name=name),
}


def replace(
    family: ObjectGroup, collection: bpy.types.Collection, root: bpy.types.Object, target: Target
) -> str:
    """Put a result in the family's place. Returns a note on what did not stay as it was.

    One mesh gives its data to the one mesh that it was made from. Anything else comes below the
    anchor, which stays with all that is its own, but without a shape.
    """
    anchor, objects = family.anchor, list(collection.objects)
    if family.is_single_mesh and objects == [root] and root.type == "MESH":
        variants.lay_aside(anchor)
        anchor.data = root.data
        for slot in anchor.material_slots:
            slot.link = "DATA"
        bpy.data.objects.remove(root)
    else:
        has_shape = anchor in family.shaped
        variants.lay_aside(anchor, (), family.owned)
        if has_shape:
            anchor.data = _EMPTY_DATA[anchor.type](anchor.name)
        _hang(root, objects, family, target)
    bpy.data.collections.remove(collection)
    return _switch_off(anchor)


def apply_materials(family: ObjectGroup, collection: bpy.types.Collection, target: Target) -> str:
    """Give the family's own meshes the surface that a child made for them. Their geometry, UV maps,
    groups and shape keys are not touched: what needs a layer or a slot more gets a copy of its
    mesh, one for all who have it. Returns a note on what did not go as asked. Raises
    `importer.ImportFailed` where what the child made is not there any more; then nothing has
    changed."""
    from .importer import ImportFailed

    carriers = list(collection.objects)
    try:
        dresses = _applications(family, carriers, target)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ImportFailed(_NOT_WHOLE) from error
    variants.lay_aside(family.anchor, [each for each in family.shaped if each != family.anchor])
    note = _parted(dresses)
    copies: dict[Any, Any] = {}
    for each in dresses:
        _apply(each, copies)
    meshes = [carrier.data for carrier in carriers]
    bpy.data.batch_remove([collection, *carriers])
    bpy.data.batch_remove(meshes)
    return note


def place_beside(
    root: bpy.types.Object, frame: Matrix, family: ObjectGroup | None, target: Target
) -> None:
    """Stand a result beside what it was made from, or where that stood."""
    whole = root.type == "MESH" and not root.children and root.matrix_basis == Matrix()
    own = Matrix() if whole else _stretched(target) @ root.matrix_basis
    root.matrix_world = frame @ own
    if family is not None:
        corners = [
            (obj.matrix_world @ Vector(corner)).x
            for obj in family.shaped
            for corner in obj.bound_box
        ]
        root.location.x += _GAP * (max(corners) - min(corners))


def _hang(
    root: bpy.types.Object, objects: list[bpy.types.Object], family: ObjectGroup, target: Target
) -> None:
    """Bring a result below the anchor, into the collections where that is."""
    anchor = family.anchor
    for obj in objects:
        for home in collections_of(anchor):
            home.objects.link(obj)
    stands = _stretched(target) @ root.matrix_basis
    if root.type == "EMPTY" and not root.animation_data:
        # A root that only groups gives way to the anchor.
        for obj in [each for each in objects if each.parent == root]:
            inverse = stands @ obj.matrix_parent_inverse
            obj.parent = anchor
            obj.matrix_parent_inverse = inverse
        bpy.data.objects.remove(root)
        return
    root.parent = anchor
    root.matrix_parent_inverse = Matrix()
    root.matrix_basis = stands


def _stretched(target: Target) -> Matrix:
    """From the coordinates that the service knows the shape in to the anchor's own."""
    stretch = target.stretch
    rows = Matrix((stretch[0:3], stretch[3:6], stretch[6:9]))
    return rows.inverted_safe().to_4x4()


def _switch_off(anchor: bpy.types.Object) -> str:
    """What the modifiers do is in the new mesh already: doing it twice would be wrong."""
    on = [each for each in anchor.modifiers if each.show_viewport or each.show_render]
    for modifier in on:
        modifier.show_viewport = modifier.show_render = False
    if not on:
        return ""
    names = ", ".join(modifier.name for modifier in on)
    return f"Switched off, since their effect is in the new mesh: {names}"


@dataclass(frozen=True, slots=True)
class _Application:
    """What an object gets: materials, and for each of its faces which one; for each of its corners
    a place on the UV map `layer`. None where that stays as it is."""

    obj: bpy.types.Object
    materials: list[Any]
    numbers: Any
    layer: str
    corners: Any

    @property
    def changes_mesh(self) -> bool:
        """Whether the object needs another mesh than it has."""
        return not self.obj.data.materials or self.changes[1:] != (None, None, ())

    @property
    def changes(self) -> tuple[Any, ...]:
        """Equal for those that can share their mesh afterwards as they did before."""
        divided = self.numbers is not None
        return (
            self.obj.data,
            None if self.corners is None else self.corners.tobytes(),
            self.numbers.tobytes() if divided else None,
            tuple(self.materials) if divided else (),
        )


def _applications(family: ObjectGroup, carriers: list[Any], target: Target) -> list[_Application]:
    """What the carriers bring, read and found to fit. Raises what a file or text can that is
    missing, damaged or made for another shape."""
    captured = json.loads(Path(target.capture).with_suffix(".json").read_text(encoding="utf-8"))
    objs = dict(zip(captured["objects"], family.shaped, strict=True))
    return [_application(objs, each.data, json.loads(each.data[ONTO_KEY])) for each in carriers]


def _application(objs: dict[str, Any], carrier: Any, said: dict[str, Any]) -> _Application:
    obj, materials = objs[said["object"]], list(carrier.materials)
    corners = _numbers(said["uv"], "float32", 2 * len(obj.data.loops)) if said["uv"] else None
    numbers = None
    if said["indices"]:
        numbers = _numbers(said["indices"], "int32", len(obj.data.polygons))
    if not materials:
        raise ValueError(said)
    return _Application(obj, materials, numbers, said["uv_name"], corners)


def _numbers(file: str, kind: str, count: int) -> Any:
    import numpy

    values: Any = numpy.fromfile(file, dtype=kind)
    if values.size != count:
        raise ValueError(file)
    return values


def _parted(dresses: list[_Application]) -> str:
    """A note on those that are about to leave a mesh which others go on with."""
    ours = {each.obj for each in dresses}
    others = {obj.data for obj in shown() if obj not in ours}
    parted = [each.obj.name for each in dresses if each.changes_mesh and each.obj.data in others]
    if not parted:
        return ""
    return f"Made a single user, since the other users of its mesh stay: {', '.join(parted)}"


def _apply(dress: _Application, copies: dict[Any, Any]) -> None:
    obj: Any = dress.obj
    if dress.changes_mesh:
        # What was laid aside keeps the mesh as it is; who shared it with another shares the copy.
        known = dress.changes
        copies[known] = copies.get(known) or _changed(obj.data, dress)
        obj.data = copies[known]
    if dress.numbers is not None:
        for slot in obj.material_slots:
            slot.link = "DATA"
        return
    for slot in obj.material_slots:
        slot.link = "OBJECT"
        slot.material = dress.materials[0]


def _changed(data: Any, dress: _Application) -> Any:
    """A copy of a mesh with what the dress brings for it."""
    mesh = data.copy()
    if dress.numbers is not None:
        _divide(mesh, dress.materials, dress.numbers)
    elif not mesh.materials:
        mesh.materials.append(None)
    if dress.corners is not None:
        _unwrap(mesh, dress.layer, dress.corners)
    return mesh


def _divide(mesh: Any, materials: list[Any], numbers: Any) -> None:
    """Several materials by face."""
    mesh.materials.clear()
    for material in materials:
        mesh.materials.append(material)
    # Through the attribute: the faces' own property is written one by one.
    layer = mesh.attributes.get("material_index") or mesh.attributes.new(
        "material_index", "INT", "FACE"
    )
    layer.data.foreach_set("value", numbers)


def _unwrap(mesh: Any, layer: str, corners: Any) -> None:
    maps = mesh.uv_layers
    shown = maps.active_index
    made = maps.get(layer) or maps.new(name=layer, do_init=False)
    # Not through its data: that is written corner by corner.
    made.uv.foreach_set("vector", corners)
    if shown >= 0:
        maps.active_index = shown
