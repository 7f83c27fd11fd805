"""The tree of objects: no wrapper that carries nothing, and one root above all.

What is seen stays where it is; only `stand` moves the model, and by its root alone where it can.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Matrix, Vector

from .motion import moves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .terms import Terms


def enlarge(objects: list[bpy.types.Object], factor: float) -> None:
    """Make everything `factor` times as big, from the file's origin on."""
    for thing in (thing for thing in objects if thing.parent is None):
        thing.matrix_basis = Matrix.Scale(factor, 4) @ thing.matrix_basis


def unwrap(objects: list[bpy.types.Object]) -> None:
    """Take out empties that only wrap one other object, or nothing; what they held stays put."""
    for thing in tuple(objects):
        if not _is_plain_empty(thing, objects):
            continue
        children = [other for other in objects if other.parent == thing]
        if len(children) == 1:
            gone = _hand_over(thing, children[0])
        else:
            gone = not children and thing.parent is None
        if gone:
            objects.remove(thing)
            bpy.data.objects.remove(thing)


def straighten(objects: list[bpy.types.Object]) -> None:
    """Let meshes that stand by themselves stand straight: the OBJ importer turns the object where
    the glTF one turns its points. The shape stays where it is seen."""
    for thing in objects:
        turned = thing.matrix_basis.to_3x3().to_4x4()
        free = thing.parent is None and _is_lone_mesh(thing, objects) and not moves(thing)
        least, *_, most = sorted(thing.scale[:])
        even = least > 0 and most - least <= 1e-4 * most
        if free and even and not _is_close(turned, Matrix()):
            _reshape(thing, turned)
            thing.matrix_basis = Matrix.Translation(thing.matrix_basis.translation)


def one_root(objects: list[bpy.types.Object]) -> bpy.types.Object:
    """Return the only root: the one there is, or a new empty at the file's origin."""
    roots = [thing for thing in objects if thing.parent is None]
    if len(roots) > 1 or moves(roots[0]):
        return _above(roots, objects)
    root = roots[0]
    if _is_plain_empty(root, objects):
        # A root that only groups stands straight; its children take over how it stood.
        for thing in (thing for thing in objects if thing.parent == root):
            thing.matrix_parent_inverse = root.matrix_basis @ thing.matrix_parent_inverse
        root.matrix_basis = Matrix()
    return root


def stand(
    root: bpy.types.Object, objects: list[bpy.types.Object], terms: Terms
) -> bpy.types.Object:
    """Turn the model to the front, and give it the origin and the size of `terms`.

    Returns the root, a new one where the origin of the old one cannot be moved: that of a rig.
    """
    if terms.origin == "bottom" and not _can_shift(root, objects):
        # A rig's own origin is what its bones and animations count from: it stays where it is.
        root = _above([root], objects)
    root.matrix_basis = Matrix.Rotation(math.radians(terms.turn), 4, "Z") @ root.matrix_basis
    if terms.origin == "bottom" or terms.height is not None or terms.box is not None:
        _fit(root, objects, terms)
    if not moves(root):
        root.rotation_mode = "XYZ"
    return root


def _fit(root: bpy.types.Object, objects: list[bpy.types.Object], terms: Terms) -> None:
    bounds = _bounds(objects)
    if bounds is None:
        return
    low, high = bounds
    if terms.origin == "bottom":
        _shift(root, objects, Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z)))
    factor = _factor(high - low, terms)
    if factor is not None:
        if _is_lone_mesh(root, objects):
            _reshape(root, Matrix.Scale(factor, 4))
            root.location = root.location * factor
        else:
            root.matrix_basis = Matrix.Scale(factor, 4) @ root.matrix_basis
    if terms.box is not None and terms.origin != "bottom":
        # Wherever the origin is, the model stands in the box.
        foot = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z)) * (factor or 1.0)
        root.location = root.location - foot


def _factor(size: Vector, terms: Terms) -> float | None:
    """What a model of that size has to be multiplied with; None where nothing is asked for."""
    if terms.box is not None:
        shares = [wide / own for wide, own in zip(terms.box, size[:], strict=True) if own > 0]
        return min(shares, default=None)
    if terms.height is None or size.z <= 0:
        return None
    return terms.height / terms.metres_per_unit / size.z


def _shift(root: bpy.types.Object, objects: list[bpy.types.Object], foot: Vector) -> None:
    """Move the model so that `foot`, with the root's own origin, comes to the world's."""
    shift = Matrix.Translation(-(root.matrix_basis.inverted() @ foot))
    if root.type == "MESH":
        _reshape(root, shift)
    for thing in (thing for thing in objects if thing.parent == root):
        thing.matrix_parent_inverse = shift @ thing.matrix_parent_inverse
    root.location = (0, 0, 0)


def _reshape(thing: bpy.types.Object, matrix: Matrix) -> None:
    mesh: Any = thing.data  # whose stubs know nothing of shape keys
    mesh.transform(matrix, shape_keys=True)


def _can_shift(root: bpy.types.Object, objects: list[bpy.types.Object]) -> bool:
    return _is_plain_empty(root, objects) or _is_lone_mesh(root, objects)


def _is_lone_mesh(root: bpy.types.Object, objects: list[bpy.types.Object]) -> bool:
    alone = not any(thing.parent == root for thing in objects)
    return root.type == "MESH" and root.data.users == 1 and alone and not root.modifiers


def _bounds(objects: Iterable[bpy.types.Object]) -> tuple[Vector, Vector] | None:
    """The least and the greatest corner of all meshes in the world; None where there is no
    vertex. One that is nowhere does not count: the model would go there with it."""
    import numpy as np

    lows, highs = [], []
    for thing in objects:
        if thing.type != "MESH" or not thing.data.vertices:
            continue
        flat: Any = np.empty(3 * len(thing.data.vertices), dtype=np.float32)
        thing.data.vertices.foreach_get("co", flat)
        world: Any = np.array(world_of(thing), dtype=np.float32)
        points = flat.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            continue
        lows.append(points.min(axis=0))
        highs.append(points.max(axis=0))
    if not lows:
        return None
    return Vector(np.min(lows, axis=0).tolist()), Vector(np.max(highs, axis=0).tolist())


def world_of(thing: bpy.types.Object) -> Matrix:
    """Where an object is, at rest. `matrix_world` knows only of objects that a scene shows."""
    if thing.parent is None:
        return thing.matrix_basis
    above = world_of(thing.parent)
    if thing.parent_type == "BONE" and thing.parent.type == "ARMATURE":
        bone = thing.parent.data.bones[thing.parent_bone]
        above = above @ bone.matrix_local @ Matrix.Translation((0, bone.length, 0))
    return above @ thing.matrix_parent_inverse @ thing.matrix_basis


def _above(roots: list[bpy.types.Object], objects: list[bpy.types.Object]) -> bpy.types.Object:
    root = bpy.data.objects.new("Root", None)
    objects.append(root)
    for thing in roots:
        thing.parent = root
        thing.matrix_parent_inverse = Matrix()
    return root


def _is_plain_empty(thing: bpy.types.Object, objects: list[bpy.types.Object]) -> bool:
    """Whether an empty carries nothing: no picture, animation, constraint, property, no user."""
    if thing.type != "EMPTY" or thing.data or thing.instance_type != "NONE":
        return False
    if thing.animation_data or thing.constraints or thing.keys():
        return False
    pullers = [tool for other in objects for tool in (*other.modifiers, *other.constraints)]
    pulled = [getattr(tool, field, None) for tool in pullers for field in ("object", "target")]
    return thing not in pulled


def _hand_over(empty: bpy.types.Object, child: bpy.types.Object) -> bool:
    """Give `child` the place of `empty`; False where its transform could not stay the same."""
    above = empty.matrix_parent_inverse if empty.parent else Matrix()
    above = above @ empty.matrix_basis @ child.matrix_parent_inverse
    whole = above @ child.matrix_basis
    if empty.parent:
        child.parent = empty.parent
        child.parent_type = empty.parent_type
        child.parent_bone = empty.parent_bone
        child.matrix_parent_inverse = above
        return True
    if _is_close(above, Matrix()) or (not moves(child) and _is_plain_transform(whole)):
        child.parent = None
        child.matrix_basis = whole
        return True
    return False


def _is_plain_transform(matrix: Matrix) -> bool:
    """Whether location, rotation and scale can express it: a shear they cannot."""
    return _is_close(Matrix.LocRotScale(*matrix.decompose()), matrix)


def _is_close(one: Matrix, other: Matrix) -> bool:
    rows = zip(one[:], other[:], strict=True)
    return all((a - b).length <= 1e-5 * max(1.0, a.length) for a, b in rows)
