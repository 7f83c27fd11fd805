"""Applies a result to the objects it was made from: replaces them, or changes their materials.

Main thread only. Everything that can fail is done first, then the former state is kept as a
variant, and then the objects are changed, completely or not at all. Nothing of the artist's is
removed, and no undo step is pushed here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix, Vector

from ...api.record import record
from ..child.importing.mesh_files import ONTO_KEY
from ..messages import arrival as messages
from ..objects import variants
from ..objects.object_group import ObjectGroup, collections_of
from ..objects.parts import shown

if TYPE_CHECKING:
    from ...jobs.model.job import Target

_GAP: Final = 1.1
"""The distance of a result beside its object, in widths of the object."""
_EMPTY_DATA: Final[dict[str, Callable[[str], Any]]] = {
    "MESH": lambda name: bpy.data.meshes.new(name=name),
    "CURVE": lambda name: bpy.data.curves.new(name, "CURVE"),
    "SURFACE": lambda name: bpy.data.curves.new(name, "SURFACE"),
    "FONT": lambda name: bpy.data.curves.new(name, "FONT"),
    "META": lambda name: bpy.data.metaballs.new(name=name),
}


def replace(
    group: ObjectGroup, collection: bpy.types.Collection, root: bpy.types.Object, target: Target
) -> str:
    """Replace a group of objects with a result. Returns a note on what has changed besides, or "".

    If both are a single mesh, the object gets the new mesh data. Else the result is parented to the
    anchor, which keeps everything but its shape.
    """
    anchor, objects = group.anchor, list(collection.objects)
    if group.is_single_mesh and objects == [root] and root.type == "MESH":
        variants.lay_aside(anchor)
        anchor.data = root.data
        for slot in anchor.material_slots:
            slot.link = "DATA"
        bpy.data.objects.remove(root)
    else:
        has_shape = anchor in group.shaped
        variants.lay_aside(anchor, (), group.owned)
        if has_shape:
            anchor.data = _EMPTY_DATA[anchor.type](anchor.name)
        _parent_to_anchor(root, objects, group, target)
    bpy.data.collections.remove(collection)
    return _disable_modifiers(anchor)


def apply_materials(group: ObjectGroup, collection: bpy.types.Collection, target: Target) -> str:
    """Give the group's own meshes the materials that the second Blender made for them. Geometry, UV
    maps, vertex groups and shape keys are kept: a mesh that needs another UV map or slot is copied,
    once for all objects that share it. Returns a note on what has changed besides, or "". Raises
    `importer.ImportFailed` if the prepared files are incomplete; then nothing has changed."""
    from .importer import ImportFailed

    sources = list(collection.objects)
    try:
        applications = _applications(group, sources, target)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ImportFailed(messages.PREPARED_INCOMPLETE) from error
    variants.lay_aside(group.anchor, [each for each in group.shaped if each != group.anchor])
    note = _single_user_note(applications)
    copies: dict[Any, Any] = {}
    for each in applications:
        _apply(each, copies)
    meshes = [source.data for source in sources]
    bpy.data.batch_remove([collection, *sources])
    bpy.data.batch_remove(meshes)
    return note


def place_beside(
    root: bpy.types.Object, frame: Matrix, group: ObjectGroup | None, target: Target
) -> None:
    """Move a result beside its target, or to where that was."""
    single_mesh = root.type == "MESH" and not root.children and root.matrix_basis == Matrix()
    own = Matrix() if single_mesh else _to_object_space(target) @ root.matrix_basis
    root.matrix_world = frame @ own
    if group is not None:
        corners = [
            (obj.matrix_world @ Vector(corner)).x
            for obj in group.shaped
            for corner in obj.bound_box
        ]
        root.location.x += _GAP * (max(corners) - min(corners))


def _parent_to_anchor(
    root: bpy.types.Object, objects: list[bpy.types.Object], group: ObjectGroup, target: Target
) -> None:
    """Parent a result to the anchor, and link it to the anchor's collections."""
    anchor = group.anchor
    for obj in objects:
        for collection in collections_of(anchor):
            collection.objects.link(obj)
    matrix = _to_object_space(target) @ root.matrix_basis
    if root.type == "EMPTY" and not root.animation_data:
        # The anchor replaces a root that is only an empty.
        for obj in [each for each in objects if each.parent == root]:
            inverse = matrix @ obj.matrix_parent_inverse
            obj.parent = anchor
            obj.matrix_parent_inverse = inverse
        bpy.data.objects.remove(root)
        return
    root.parent = anchor
    root.matrix_parent_inverse = Matrix()
    root.matrix_basis = matrix


def _to_object_space(target: Target) -> Matrix:
    """The matrix from the service's coordinates to the anchor's."""
    stretch = target.stretch
    rows = Matrix((stretch[0:3], stretch[3:6], stretch[6:9]))
    return rows.inverted_safe().to_4x4()


def _disable_modifiers(anchor: bpy.types.Object) -> str:
    """Disable the modifiers, whose effect is part of the new mesh. Returns a note, or ""."""
    enabled = [each for each in anchor.modifiers if each.show_viewport or each.show_render]
    for modifier in enabled:
        modifier.show_viewport = modifier.show_render = False
    if not enabled:
        return ""
    return messages.modifiers_disabled(modifier.name for modifier in enabled)


@record
class _Application:
    """The changes to one object: its materials, the material index of each face (`numbers`, int32
    or None), and the UV coordinates of each face corner (`corners`, 2 × float32 or None) for the UV
    map `layer`."""

    obj: bpy.types.Object
    materials: list[Any]
    numbers: Any
    layer: str
    corners: Any

    @property
    def changes_mesh(self) -> bool:
        """Whether the object needs a changed copy of its mesh."""
        return not self.obj.data.materials or self.changes[1:] != (None, None, ())

    @property
    def changes(self) -> tuple[Any, ...]:
        """Equal for objects that can continue to share one mesh."""
        divided = self.numbers is not None
        return (
            self.obj.data,
            None if self.corners is None else self.corners.tobytes(),
            self.numbers.tobytes() if divided else None,
            tuple(self.materials) if divided else (),
        )


def _applications(group: ObjectGroup, sources: list[Any], target: Target) -> list[_Application]:
    """Read and check the changes from the prepared objects. Raises OSError, ValueError, LookupError
    or TypeError if a file is missing, damaged or made for another shape."""
    captured = json.loads(Path(target.capture).with_suffix(".json").read_text(encoding="utf-8"))
    objs = dict(zip(captured["objects"], group.shaped, strict=True))
    return [_application(objs, each.data, json.loads(each.data[ONTO_KEY])) for each in sources]


def _application(objs: dict[str, Any], source: Any, data: dict[str, Any]) -> _Application:
    obj, materials = objs[data["object"]], list(source.materials)
    corners = _numbers(data["uv"], "float32", 2 * len(obj.data.loops)) if data["uv"] else None
    numbers = None
    if data["indices"]:
        numbers = _numbers(data["indices"], "int32", len(obj.data.polygons))
    if not materials:
        raise ValueError(data)
    return _Application(obj, materials, numbers, data["uv_name"], corners)


def _numbers(file: str, kind: str, count: int) -> Any:
    import numpy

    values: Any = numpy.fromfile(file, dtype=kind)
    if values.size != count:
        raise ValueError(file)
    return values


def _single_user_note(applications: list[_Application]) -> str:
    """A note on objects that get a copy of a mesh that others still use, or ""."""
    ours = {each.obj for each in applications}
    others = {obj.data for obj in shown() if obj not in ours}
    names = [
        each.obj.name for each in applications if each.changes_mesh and each.obj.data in others
    ]
    return messages.made_single_user(names) if names else ""


def _apply(application: _Application, copies: dict[Any, Any]) -> None:
    obj: Any = application.obj
    if application.changes_mesh:
        # The variant keeps the mesh as it is; objects that shared it share the copy.
        known = application.changes
        copies[known] = copies.get(known) or _changed_copy(obj.data, application)
        obj.data = copies[known]
    if application.numbers is not None:
        for slot in obj.material_slots:
            slot.link = "DATA"
        return
    for slot in obj.material_slots:
        slot.link = "OBJECT"
        slot.material = application.materials[0]


def _changed_copy(data: Any, application: _Application) -> Any:
    """A copy of a mesh with the materials and UV map of an application."""
    mesh = data.copy()
    if application.numbers is not None:
        _assign_materials(mesh, application.materials, application.numbers)
    elif not mesh.materials:
        mesh.materials.append(None)
    if application.corners is not None:
        _write_uvs(mesh, application.layer, application.corners)
    return mesh


def _assign_materials(mesh: Any, materials: list[Any], numbers: Any) -> None:
    """Set the materials and the material index of each face."""
    mesh.materials.clear()
    for material in materials:
        mesh.materials.append(material)
    # foreach_set on the attribute is fast; on `polygons` it writes one by one.
    layer = mesh.attributes.get("material_index") or mesh.attributes.new(
        "material_index", "INT", "FACE"
    )
    layer.data.foreach_set("value", numbers)


def _write_uvs(mesh: Any, layer: str, corners: Any) -> None:
    maps = mesh.uv_layers
    active = maps.active_index
    written = maps.get(layer) or maps.new(name=layer, do_init=False)
    # foreach_set on `uv` is fast; on `data` it writes one by one.
    written.uv.foreach_set("vector", corners)
    if active >= 0:
        maps.active_index = active
