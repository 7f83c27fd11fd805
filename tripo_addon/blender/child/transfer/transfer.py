"""Applies a result to captured objects: in their place, or as materials on their own UVs.

Works on an imported model; for a second Blender only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
from mathutils import Matrix

from .. import messages
from ..importing import datablocks
from ..importing.animation import moves
from ..importing.hierarchy import world_of
from ..unreadable import Unreadable
from . import captured, retexture
from .align import Alignment, align
from .result_mesh import pieces_of
from .triangles import join, move

if TYPE_CHECKING:
    from ..importing.import_model import Model


@dataclass(frozen=True)
class Transferred:
    """The model as it is now, and the fields that the result of the order gets. `write` puts the
    files beside the .blend into a folder, and is called after everything else was written there."""

    model: Model
    report: dict[str, object]
    write: Callable[[Path], None]


def transfer(model: Model, onto: dict[str, Any], name: str, before: frozenset[int]) -> Transferred:
    """Apply the model to a capture and remove everything else that is newer than `before`.

    `onto`: capture (the path of its .blend), mode ("replace" or "keep"), same_shape, turn (degrees
    about Z, if the shape differs), texture_size (pixels of a side; 0 for the model's own).

    `report` has `how`, {object: "transferred" or "baked"} in mode "keep", and `onto`: `frame`,
    sixteen numbers row by row; `placed`, "mesh" (the root's mesh is in the target's own
    coordinates), "root" (its world matrix is frame @ root.matrix_basis) or "carriers" (see
    `retexture`); `yaw`, degrees by which the result was rotated; `distance`, the mean distance of
    both surfaces relative to the longest side. Raises Unreadable.
    """
    taken = captured.load(Path(onto["capture"]))
    shapes = captured.shapes(taken)
    if not shapes:
        raise Unreadable(messages.OBJECT_WITHOUT_FACES)
    pieces = pieces_of(model.collection.objects)
    if not pieces:
        raise Unreadable(messages.NO_FACES)
    result = join((each.points, each.cut.vertices) for each in pieces)
    if not captured.has_size(result):
        raise Unreadable(messages.MODEL_WITHOUT_SIZE)
    found = align(
        result,
        captured.solid_of(shapes),
        same_shape=onto["same_shape"],
        turn=onto["turn"],
    )
    aligned: dict[str, object] = {
        "frame": taken.frame.ravel().tolist(),
        "yaw": found.yaw,
        "distance": found.mean,
    }
    if onto["mode"] == "replace":
        placed = _place(model, taken, found)
        _clear(model.collection, before)
        report: dict[str, object] = {"how": {}, "onto": aligned | {"placed": placed}}
        return Transferred(model, report, lambda _folder: None)
    moved = [each.moved(found.matrix) for each in pieces]
    target = retexture.Target(taken, tuple(shapes), onto["texture_size"])
    carried = retexture.retexture(moved, target, found)
    _exchange(model.collection, carried)
    _clear(model.collection, before)
    carried.assign_names(name)
    report = {"how": carried.how, "onto": aligned | {"placed": "carriers"}}
    warnings = (*model.warnings, *carried.warnings)
    images = len(datablocks.since(before, bpy.data.images))
    root, count = carried.objects[0], len(carried.objects)
    changed = replace(model, root=root, objects=count, images=images, warnings=warnings)
    return Transferred(changed, report, carried.write)


def _place(model: Model, taken: captured.Captured, found: Alignment) -> str:
    """Move the model to the target, in its mesh data if the target allows that, else by its
    root."""
    root, matrix = model.root, found.matrix @ np.array(world_of(model.root))
    alone = len(model.collection.objects) == 1 and root.type == "MESH"
    if taken.swap and alone and not root.modifiers and not moves(root):
        mesh: Any = root.data
        move(mesh, np.linalg.inv(taken.into_frame(taken.anchor)) @ matrix)
        root.matrix_basis = Matrix()
        return "mesh"
    # An animated root has an empty as its parent by now, so no animation undoes this; scaled
    # evenly and from above, a rig bends as before.
    root.matrix_basis = Matrix(matrix.tolist())
    return "root"


def _exchange(collection: bpy.types.Collection, carried: retexture.Retextured) -> None:
    for obj in tuple(collection.objects):
        collection.objects.unlink(obj)
    for obj in carried.objects:
        collection.objects.link(obj)


def _clear(collection: bpy.types.Collection, before: frozenset[int]) -> None:
    """Remove the capture and all helpers."""
    for block in datablocks.removable(before):
        block.use_fake_user = False
    kept = {obj.session_uid for obj in collection.objects}
    objs = datablocks.since(before, bpy.data.objects)
    bpy.data.batch_remove([obj for obj in objs if obj.session_uid not in kept])
    datablocks.sweep(before, keep=collection)
    # Not by `users`: after a bake in Blender 4.2 it is too high for images.
    images = set(datablocks.since(before, bpy.data.images))
    find_users: Any = bpy.data.user_map  # its stubs demand what Blender does not
    users = find_users(subset=images) if images else {}
    bpy.data.batch_remove([image for image in images if not users[image]])
