"""Writes objects of the scene to a .blend of their own, for the second Blender to work on.

Main thread only. It writes copies and removes them again: neither the objects nor the selection
change, and no undo step is made.
"""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix

from .parts import sharing_a_mesh

if TYPE_CHECKING:
    from .object_group import ObjectGroup

_ENDING: Final = ".blend"


class NotCaptured(Exception):
    """The objects cannot be captured; the text tells the artist why."""


def capture(
    group: ObjectGroup, folder: Path, *, stretch: Matrix, materials: bool, single_user: bool
) -> Path:
    """Write the group into `folder` and return the .blend. **Blocks** for the disk.

    `stretch` is the matrix from the anchor's coordinates to those in which the service knows the
    shape. With `materials`, the objects keep their materials. `single_user`: UV maps may also be
    added to meshes that other objects use. A JSON file beside the .blend has the other facts that
    the second Blender needs. Raises `NotCaptured`, `OSError`. Source:
    bpy.types.BlendDataLibraries.write.
    """
    to_service_space(group.anchor)  # raises if the object is scaled to zero
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{os.urandom(8).hex()}{_ENDING}"
    unfinished = target.with_suffix(".part")
    with ExitStack() as undoing:
        copies = {obj: _copied(obj, undoing, materials=materials) for obj in group.shaped}
        anchor = copies.get(group.anchor) or _copied(group.anchor, undoing, materials=materials)
        description = _describe(group, copies, stretch, single_user=single_user)
        blocks = {anchor, *copies.values()}
        bpy.data.libraries.write(
            str(unfinished), blocks, path_remap="ABSOLUTE", fake_user=True, compress=False
        )
    target.with_suffix(".json").write_text(json.dumps(description), encoding="utf-8")
    return unfinished.replace(target)


def may_get_layers(
    obj: bpy.types.Object, shared: Container[bpy.types.Object], *, single_user: bool
) -> bool:
    """Whether adding a UV map to the object's mesh changes no other object; `shared` are the
    objects whose mesh has other users."""
    if obj.type != "MESH":
        return False
    return single_user or (obj.data.is_editable and obj not in shared)


def to_service_space(obj: bpy.types.Object) -> Matrix:
    """The matrix from an object's coordinates to those without its location and rotation: its
    scale, mirroring and shear. Raises `NotCaptured` if the object is scaled to zero."""
    import numpy

    from ..child.transfer.axes import frame_of
    from ..child.unreadable import Unreadable

    world = numpy.array(obj.matrix_world)
    try:
        return Matrix((numpy.linalg.inv(frame_of(world)) @ world)[:3, :3].tolist())
    except Unreadable as error:
        raise NotCaptured(error.sentence) from error


def _copied(obj: bpy.types.Object, undoing: ExitStack, *, materials: bool) -> bpy.types.Object:
    mesh: Any = None
    if obj.type == "MESH" and not materials:
        mesh = obj.data.copy()
        mesh.materials.clear()
        # Removed last: removing a mesh also removes the objects that use it.
        undoing.callback(bpy.data.meshes.remove, mesh)
    copy = obj.copy()
    undoing.callback(bpy.data.objects.remove, copy)
    copy.tripo_addon.variants.clear()
    if mesh is not None:
        copy.data = mesh
    return copy


def _describe(
    group: ObjectGroup,
    copies: dict[bpy.types.Object, bpy.types.Object],
    stretch: Matrix,
    *,
    single_user: bool,
) -> dict[str, object]:
    """The facts that the second Blender needs, by the objects' own names; `copies` are their names
    in the .blend."""
    world = group.anchor.matrix_world
    shared = sharing_a_mesh(copies)
    names = _names((group.anchor, *copies))
    stands = {names[obj]: _row_by_row(obj.matrix_world) for obj in copies}
    return {
        "objects": [names[obj] for obj in copies],
        "faces": sum(_faces(copy) for copy in copies.values()),
        "copies": [copy.name for copy in copies.values()],
        "anchor": names[group.anchor],
        "matrices": stands | {names[group.anchor]: _row_by_row(world)},
        "to_frame": _row_by_row(stretch.to_4x4() @ world.inverted()),
        "swap": group.is_single_mesh,
        "frame": bpy.context.scene.frame_current_final,
        "uv_allowed": {
            names[obj]: may_get_layers(obj, shared, single_user=single_user) for obj in copies
        },
    }


def _names(objs: Iterable[bpy.types.Object]) -> dict[bpy.types.Object, str]:
    """Each object's name; linked objects may have the name of another one and get a unique name."""
    names: dict[bpy.types.Object, str] = {}
    for obj in objs:
        taken = obj not in names and obj.name in names.values()
        names[obj] = obj.name_full if taken else obj.name
    return names


def _faces(obj: bpy.types.Object) -> int:
    mesh: Any = obj.data
    return len(mesh.polygons) if obj.type == "MESH" else 0


def _row_by_row(matrix: Matrix) -> list[float]:
    return [value for row in matrix for value in row]
