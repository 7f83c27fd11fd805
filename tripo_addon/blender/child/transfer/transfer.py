"""Lays a result onto what the artist selected: into its place, or as materials on its own UVs.

Works on a model that was brought in; never loaded in the artist's Blender.
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
    """The model as it is now, and what the result tells of it. `write` puts what travels beside
    the .blend into a folder, and comes after all else that goes there."""

    model: Model
    told: dict[str, object]
    write: Callable[[Path], None]


def transfer(model: Model, wish: dict[str, Any], name: str, before: frozenset[int]) -> Transferred:
    """Lay the model onto a capture as `wish` says, and remove all else that came since `before`.

    The wish: capture (the path of its .blend), mode ("replace" or "keep"), same_shape, turn
    (degrees about Z, for another shape), texture_size (pixels of a side; 0: as the model's own).

    It tells `how`, {object: "transferred" or "baked"} of mode "keep", and `onto`: `frame`, sixteen
    numbers row by row; `placed`, "mesh" (the root's mesh is in the target's own coordinates),
    "root" (frame @ root.matrix_basis is where it stands) or "carriers" (see retexture.py); `yaw`,
    degrees by which the result had to be turned; `distance`, the mean one between both surfaces as
    a share of the longest side. Raises Unreadable.
    """
    taken = captured.load(Path(wish["capture"]))
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
        same_shape=wish["same_shape"],
        turn=wish["turn"],
    )
    onto: dict[str, object] = {
        "frame": taken.frame.ravel().tolist(),
        "yaw": found.yaw,
        "distance": found.mean,
    }
    if wish["mode"] == "replace":
        placed = _place(model, taken, found)
        _clear(model.collection, before)
        told: dict[str, object] = {"how": {}, "onto": onto | {"placed": placed}}
        return Transferred(model, told, lambda _folder: None)
    moved = [each.moved(found.matrix) for each in pieces]
    target = retexture.Target(taken, tuple(shapes), wish["texture_size"])
    carried = retexture.retexture(moved, target, found)
    _exchange(model.collection, carried)
    _clear(model.collection, before)
    carried.assign_names(name)
    told = {"how": carried.how, "onto": onto | {"placed": "carriers"}}
    warnings = (*model.warnings, *carried.warnings)
    images = len(datablocks.since(before, bpy.data.images))
    root, count = carried.objects[0], len(carried.objects)
    changed = replace(model, root=root, objects=count, images=images, warnings=warnings)
    return Transferred(changed, told, carried.write)


def _place(model: Model, taken: captured.Captured, found: Alignment) -> str:
    """Put the model where the target is, by the means that the target allows."""
    root, matrix = model.root, found.matrix @ np.array(world_of(model.root))
    alone = len(model.collection.objects) == 1 and root.type == "MESH"
    if taken.swap and alone and not root.modifiers and not moves(root):
        mesh: Any = root.data
        move(mesh, np.linalg.inv(taken.into_frame(taken.anchor)) @ matrix)
        root.matrix_basis = Matrix()
        return "mesh"
    # An animated root has got an empty above it by now, so no animation undoes this; scaled
    # evenly and from above, a rig bends as before.
    root.matrix_basis = Matrix(matrix.tolist())
    return "root"


def _exchange(collection: bpy.types.Collection, carried: retexture.Retextured) -> None:
    for obj in tuple(collection.objects):
        collection.objects.unlink(obj)
    for obj in carried.objects:
        collection.objects.link(obj)


def _clear(collection: bpy.types.Collection, before: frozenset[int]) -> None:
    """Remove the capture and all that was needed on the way."""
    for block in datablocks.removable(before):
        block.use_fake_user = False
    kept = {obj.session_uid for obj in collection.objects}
    objs = datablocks.since(before, bpy.data.objects)
    bpy.data.batch_remove([obj for obj in objs if obj.session_uid not in kept])
    datablocks.sweep(before, keep=collection)
    # Not by their counts of users: in Blender 4.2 a bake leaves those of pictures too high.
    images = set(datablocks.since(before, bpy.data.images))
    find_users: Any = bpy.data.user_map  # its stubs demand what Blender does not
    users = find_users(subset=images) if images else {}
    bpy.data.batch_remove([image for image in images if not users[image]])
