"""The tree of objects: no wrapper that carries nothing, and one root above all.

What is seen stays where it is; only `stand` moves the model, and by its root alone where it can.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix, Vector

from .. import messages
from .animation import moves
from .visible_bounds import visible_bounds

if TYPE_CHECKING:
    from .options import ImportOptions

_FLAT: Final = 0.05
"""What is lower than this share of its length and width lies flat: its height says nothing of its
size."""


class _Tree:
    """Who is below whom, who shares a mesh and who is aimed at, counted once for all objects.

    By `session_uid`. Blender's own count of a mesh's users is wrong after an FBX import (4.5).
    """

    def __init__(self, objects: list[bpy.types.Object]) -> None:
        self.children: dict[int, list[bpy.types.Object]] = defaultdict(list)
        for obj in objects:
            if obj.parent is not None:
                self.children[obj.parent.session_uid].append(obj)
        self._sharers = Counter(obj.data.session_uid for obj in objects if obj.data)
        pullers = (tool for each in objects for tool in (*each.modifiers, *each.constraints))
        pulled = (getattr(tool, name, None) for tool in pullers for name in ("object", "target"))
        self._pulled = {each.session_uid for each in pulled if each is not None}

    def is_lone_mesh(self, obj: bpy.types.Object) -> bool:
        """Whether its points may be moved, and nothing else moves with them."""
        if obj.type != "MESH" or obj.modifiers or self.children[obj.session_uid]:
            return False
        return self._sharers[obj.data.session_uid] == 1

    def is_plain_empty(self, obj: bpy.types.Object) -> bool:
        """Whether it carries nothing: no picture, animation, constraint, property, no user."""
        if obj.type != "EMPTY" or obj.data or obj.instance_type != "NONE":
            return False
        if obj.animation_data or obj.constraints or obj.keys():
            return False
        return obj.session_uid not in self._pulled


def show(objects: list[bpy.types.Object]) -> list[str]:
    """Let a model be seen whose file hides all of it. Returns what to say of hidden parts."""
    meshes = [obj for obj in objects if obj.type == "MESH"]
    hidden = [obj for obj in meshes if obj.hide_viewport or obj.hide_render]
    if not hidden:
        return []
    if len(hidden) < len(meshes):
        return [messages.some_hidden(len(hidden), len(meshes))]
    for obj in hidden:
        obj.hide_viewport = obj.hide_render = False
    return [messages.ALL_HIDDEN]


def enlarge(objects: list[bpy.types.Object], factor: float) -> None:
    """Make everything `factor` times as big, from the file's origin on."""
    for obj in (obj for obj in objects if obj.parent is None):
        obj.matrix_basis = Matrix.Scale(factor, 4) @ obj.matrix_basis


def remove_wrappers(objects: list[bpy.types.Object]) -> None:
    """Take out empties that only wrap one other object, or nothing; what they held stays put."""
    tree = _Tree(objects)
    gone: list[bpy.types.Object] = []
    for obj in objects:
        if not tree.is_plain_empty(obj):
            continue
        children, above = tree.children[obj.session_uid], obj.parent
        if len(children) == 1:
            if _hand_over(obj, children[0]):
                gone.append(obj)
                if above is not None:
                    beside = tree.children[above.session_uid]
                    beside[beside.index(obj)] = children[0]
        elif not children and above is None:
            gone.append(obj)
    removed = {obj.session_uid for obj in gone}
    objects[:] = [obj for obj in objects if obj.session_uid not in removed]
    bpy.data.batch_remove(gone)


def straighten(objects: list[bpy.types.Object]) -> None:
    """Let meshes that stand by themselves stand straight: the OBJ importer turns the object where
    the glTF one turns its points. The shape stays where it is seen."""
    tree = _Tree(objects)
    for obj in objects:
        turned = obj.matrix_basis.to_3x3().to_4x4()
        free = obj.parent is None and tree.is_lone_mesh(obj) and not moves(obj)
        least, *_, most = sorted(obj.scale[:])
        even = least > 0 and most - least <= 1e-4 * most
        if free and even and not _is_close(turned, Matrix()):
            _reshape(obj, turned)
            obj.matrix_basis = Matrix.Translation(obj.matrix_basis.translation)


def one_root(objects: list[bpy.types.Object]) -> bpy.types.Object:
    """Return the only root: the one there is, or a new empty at the file's origin."""
    roots = [obj for obj in objects if obj.parent is None]
    if len(roots) > 1 or moves(roots[0]):
        return _above(roots, objects)
    root, tree = roots[0], _Tree(objects)
    if tree.is_plain_empty(root):
        # A root that only groups stands straight; its children take over how it stood.
        for obj in tree.children[root.session_uid]:
            obj.matrix_parent_inverse = root.matrix_basis @ obj.matrix_parent_inverse
        root.matrix_basis = Matrix()
    return root


def stand(
    root: bpy.types.Object, objects: list[bpy.types.Object], terms: ImportOptions
) -> tuple[bpy.types.Object, list[str]]:
    """Turn the model to the front, and give it the origin and the size of `terms`.

    Returns the root, a new one where the origin of the old one cannot be moved: that of a rig; and
    what was done otherwise than asked for, in sentences.
    """
    if terms.origin == "bottom" and not _can_shift(root, _Tree(objects)):
        # A rig's own origin is what its bones and animations count from: it stays where it is.
        root = _above([root], objects)
    root.matrix_basis = Matrix.Rotation(math.radians(terms.turn), 4, "Z") @ root.matrix_basis
    notes: list[str] = []
    if terms.origin == "bottom" or terms.height is not None or terms.box is not None:
        notes = _fit(root, objects, terms)
    if not moves(root):
        root.rotation_mode = "XYZ"
    return root, notes


def _fit(
    root: bpy.types.Object, objects: list[bpy.types.Object], terms: ImportOptions
) -> list[str]:
    bounds = visible_bounds(objects)
    if bounds is None:
        return []
    (low, high), tree = bounds, _Tree(objects)
    if terms.origin == "bottom":
        foot = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z))
        _shift(root, tree, foot)
    factor, notes = _factor(high - low, terms)
    if factor is not None:
        if tree.is_lone_mesh(root):
            _reshape(root, Matrix.Scale(factor, 4))
            root.location = root.location * factor
        else:
            root.matrix_basis = Matrix.Scale(factor, 4) @ root.matrix_basis
    if terms.box is not None and terms.origin != "bottom":
        # Wherever the origin is, the model stands in the box.
        foot = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z)) * (factor or 1.0)
        root.location = root.location - foot
    return notes


def _factor(size: Vector, terms: ImportOptions) -> tuple[float | None, list[str]]:
    """What a model of that size has to be multiplied with, None where nothing is asked for or can
    be; and a sentence where its height is not what counts."""
    most = max(size[:])
    if most <= 0:
        return None, []
    if terms.box is not None:
        sides = zip(terms.box, size[:], strict=True)
        shares = [wide / own for wide, own in sides if own > _FLAT * most and wide > 0]
        return min(shares, default=None), []
    if terms.height is None:
        return None, []
    wished = terms.height / terms.metres_per_unit
    if size.z >= _FLAT * most:
        return wished / size.z, []
    note = messages.flat(terms.height)
    return wished / most, [note]


def _shift(root: bpy.types.Object, tree: _Tree, foot: Vector) -> None:
    """Move the model so that `foot`, with the root's own origin, comes to the world's."""
    shift = Matrix.Translation(-(root.matrix_basis.inverted() @ foot))
    if root.type == "MESH":
        _reshape(root, shift)
    for obj in tree.children[root.session_uid]:
        obj.matrix_parent_inverse = shift @ obj.matrix_parent_inverse
    root.location = (0, 0, 0)


def _reshape(obj: bpy.types.Object, matrix: Matrix) -> None:
    mesh: Any = obj.data  # whose stubs know nothing of shape keys
    mesh.transform(matrix, shape_keys=True)


def _can_shift(root: bpy.types.Object, tree: _Tree) -> bool:
    return tree.is_plain_empty(root) or tree.is_lone_mesh(root)


def world_of(obj: bpy.types.Object) -> Matrix:
    """Where an object is, at rest. `matrix_world` knows only of objects that a scene shows."""
    if obj.parent is None:
        return obj.matrix_basis
    above = world_of(obj.parent)
    if obj.parent_type == "BONE" and obj.parent.type == "ARMATURE":
        bone = obj.parent.data.bones[obj.parent_bone]
        above = above @ bone.matrix_local @ Matrix.Translation((0, bone.length, 0))
    return above @ obj.matrix_parent_inverse @ obj.matrix_basis


def _above(roots: list[bpy.types.Object], objects: list[bpy.types.Object]) -> bpy.types.Object:
    root = bpy.data.objects.new("Root", None)
    objects.append(root)
    for obj in roots:
        obj.parent = root
        obj.matrix_parent_inverse = Matrix()
    return root


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
