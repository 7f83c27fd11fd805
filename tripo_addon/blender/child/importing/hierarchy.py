"""Cleans up the object hierarchy: removes wrapper empties and makes one root.

Everything keeps its place in the world; only `stand` moves the model, by its root if possible.
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
"""If the height is below this share of length and width, the model is flat, and its height does not
tell its size."""


class _Tree:
    """Children, shared meshes and targets of modifiers and constraints, by session_uid, computed
    once.

    Blender's own user count of meshes is wrong after an FBX import (4.5).
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
        """Whether the object's vertices can be moved without moving anything else."""
        if obj.type != "MESH" or obj.modifiers or self.children[obj.session_uid]:
            return False
        return self._sharers[obj.data.session_uid] == 1

    def is_plain_empty(self, obj: bpy.types.Object) -> bool:
        """Whether an empty carries nothing: no image, animation, constraint or property, and no
        reference to it."""
        if obj.type != "EMPTY" or obj.data or obj.instance_type != "NONE":
            return False
        if obj.animation_data or obj.constraints or obj.keys():
            return False
        return obj.session_uid not in self._pulled


def show(objects: list[bpy.types.Object]) -> list[str]:
    """Unhide a model whose objects are all hidden. Returns warnings about hidden parts."""
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
    """Scale everything by `factor` from the file's origin."""
    for obj in (obj for obj in objects if obj.parent is None):
        obj.matrix_basis = Matrix.Scale(factor, 4) @ obj.matrix_basis


def remove_wrappers(objects: list[bpy.types.Object]) -> None:
    """Remove empties with no or one child; the child stays in place."""
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
    """Apply the rotation of single meshes: the OBJ importer rotates the object where the glTF
    importer rotates the vertices. The model looks the same."""
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
    """Return the only root: an existing one, or a new empty at the file's origin."""
    roots = [obj for obj in objects if obj.parent is None]
    if len(roots) > 1 or moves(roots[0]):
        return _above(roots, objects)
    root, tree = roots[0], _Tree(objects)
    if tree.is_plain_empty(root):
        # An empty root gets no transform; its children take it over.
        for obj in tree.children[root.session_uid]:
            obj.matrix_parent_inverse = root.matrix_basis @ obj.matrix_parent_inverse
        root.matrix_basis = Matrix()
    return root


def stand(
    root: bpy.types.Object, objects: list[bpy.types.Object], terms: ImportOptions
) -> tuple[bpy.types.Object, list[str]]:
    """Rotate the model to the front, and give it the origin and size of `terms`.

    Returns the root, and warnings about options that could not be followed. The root is a new one
    if the old origin cannot be moved, as for a rig.
    """
    if terms.origin == "bottom" and not _can_shift(root, _Tree(objects)):
        # Bones and animations are relative to a rig's origin, so it stays.
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
        # Whatever its origin, the model stands in the box.
        foot = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z)) * (factor or 1.0)
        root.location = root.location - foot
    return notes


def _factor(size: Vector, terms: ImportOptions) -> tuple[float | None, list[str]]:
    """The factor for a model of this size, or None; and a warning if the height was not used."""
    most = max(size[:])
    if most <= 0:
        return None, []
    if terms.box is not None:
        sides = zip(terms.box, size[:], strict=True)
        shares = [wide / own for wide, own in sides if own > _FLAT * most and wide > 0]
        return min(shares, default=None), []
    if terms.height is None:
        return None, []
    wanted = terms.height / terms.meters_per_unit
    if size.z >= _FLAT * most:
        return wanted / size.z, []
    note = messages.flat(terms.height)
    return wanted / most, [note]


def _shift(root: bpy.types.Object, tree: _Tree, foot: Vector) -> None:
    """Move the model so that `foot` and the root's origin are at the world's origin."""
    shift = Matrix.Translation(-(root.matrix_basis.inverted() @ foot))
    if root.type == "MESH":
        _reshape(root, shift)
    for obj in tree.children[root.session_uid]:
        obj.matrix_parent_inverse = shift @ obj.matrix_parent_inverse
    root.location = (0, 0, 0)


def _reshape(obj: bpy.types.Object, matrix: Matrix) -> None:
    mesh: Any = obj.data  # its stubs lack the argument for shape keys
    mesh.transform(matrix, shape_keys=True)


def _can_shift(root: bpy.types.Object, tree: _Tree) -> bool:
    return tree.is_plain_empty(root) or tree.is_lone_mesh(root)


def world_of(obj: bpy.types.Object) -> Matrix:
    """The world matrix of an object in its rest position. `matrix_world` is only correct for
    objects in a scene."""
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
    """Give `child` the parent of `empty`; False if its transform could not be kept."""
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
    """Whether location, rotation and scale can represent the matrix, which has no shear then."""
    return _is_close(Matrix.LocRotScale(*matrix.decompose()), matrix)


def _is_close(one: Matrix, other: Matrix) -> bool:
    rows = zip(one[:], other[:], strict=True)
    return all((a - b).length <= 1e-5 * max(1.0, a.length) for a, b in rows)
