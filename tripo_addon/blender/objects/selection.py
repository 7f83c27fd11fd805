"""The selected objects as the source of a request, and whether their shape was edited.

Main thread only; changes nothing. Fingerprints and triangle counts are cached until the shape
changes, because panels ask on every redraw.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import bpy
from bpy.app.handlers import persistent
from mathutils import Matrix

from ..messages import objects as messages
from ..one_drawing import once_a_drawing
from ..registration import handler_pair
from . import capture, object_group, parts, provenance
from .scene_walks import WALKS

if TYPE_CHECKING:
    from ...jobs.model.routes import SourceRoute
    from .object_group import ObjectGroup

_Numbers = tuple[tuple[int, ...], tuple[int, ...]]
_FINGERPRINTS: Final[dict[_Numbers, str]] = {}
"""By the session_uids of the group's roots and parts."""
_TRIANGLES: Final[dict[_Numbers, int]] = {}
"""Triangle counts, by the same key."""


@once_a_drawing
def selected(context: bpy.types.Context) -> ObjectGroup | None:
    """The selected objects as a group, the active one first; selecting a part of a model selects
    the model. None if nothing has a surface."""
    active = context.view_layer.objects.active
    where = _where(context)
    if where is None:
        return _selected(context, active)
    return WALKS.of((selected, active, where), lambda: _selected(context, active))


def _where(context: bpy.types.Context) -> object | None:
    """Return what decides which objects are selected, besides the scene: the view layer, and the
    types of object that the viewport shows. None for a viewport with objects of its own, whose
    changes Blender does not report."""
    layer, view = context.view_layer, context.space_data
    if not isinstance(view, bpy.types.SpaceView3D):
        return layer
    if view.local_view is not None or view.use_local_collections:
        return None
    return layer, _shown_types()(view)


@cache
def _shown_types() -> attrgetter[tuple[bool, ...]]:
    """Return a getter of the types of object that a viewport shows."""
    names = bpy.types.SpaceView3D.bl_rna.properties.keys()
    return attrgetter(*(name for name in names if name.startswith("show_object_viewport_")))


def _selected(context: bpy.types.Context, active: bpy.types.Object | None) -> ObjectGroup | None:
    chosen = [obj for obj in context.selected_objects if obj != active]
    if active is not None and active.select_get():
        chosen.insert(0, active)
    return group_of(chosen)


def group_of(chosen: Sequence[bpy.types.Object]) -> ObjectGroup | None:
    """These objects as a group, as if they were selected and the first of them active."""
    heads = list(dict.fromkeys(provenance.root_of(obj) or obj for obj in chosen))
    among = frozenset(heads)
    roots = [obj for obj in heads if not _is_below(obj, among)]
    if not roots:
        return None
    found = parts.parts_of(roots)
    taken = frozenset(found.taken)
    above = {_root_among(obj, among) for obj in taken}
    kept = tuple(obj for obj in roots if obj in above)
    return object_group.ObjectGroup(kept, found.taken, found.left_out) if kept else None


def none_selected(context: bpy.types.Context) -> str:
    """Return why there is nothing to work on, as a sentence."""
    if context.mode != "OBJECT":
        return messages.OBJECT_MODE_FIRST
    if not context.selected_objects:
        return messages.SELECT_OBJECT
    return messages.no_surface(context.selected_objects[0].name)


def fingerprint(group: ObjectGroup) -> str:
    """The group's fingerprint, cached until a shape changes."""
    numbers = _numbers(group)
    if numbers not in _FINGERPRINTS:
        _FINGERPRINTS[numbers] = group.fingerprint()
    return _FINGERPRINTS[numbers]


def triangles(group: ObjectGroup) -> int:
    """The group's evaluated triangle count (a quad counts as two), cached until a shape changes."""
    numbers = _numbers(group)
    if numbers not in _TRIANGLES:
        evaluated = bpy.context.evaluated_depsgraph_get()
        parts = (each.evaluated_get(evaluated) for each in group.shaped)
        _TRIANGLES[numbers] = sum(map(_triangles_of, parts))
    return _TRIANGLES[numbers]


def is_unedited(group: ObjectGroup) -> bool:
    """Whether the shape is still the one that was recorded when the service made it."""
    made = group.anchor.tripo_addon
    return len(group.roots) == 1 and bool(made.shape) and made.shape == fingerprint(group)


def stretch(group: ObjectGroup, route: SourceRoute) -> Matrix:
    """The matrix from the anchor's coordinates to those of the shape at the service."""
    if route.sends:
        return capture.to_service_space(group.anchor)
    numbers = group.anchor.tripo_addon.stretch
    return Matrix((numbers[0:3], numbers[3:6], numbers[6:9]))


def _numbers(group: ObjectGroup) -> _Numbers:
    roots, parts = group.roots, group.shaped
    return tuple(each.session_uid for each in roots), tuple(each.session_uid for each in parts)


def _triangles_of(evaluated: bpy.types.Object) -> int:
    """The triangles of an evaluated object. `data` would be wrong: with GPU subdivision it is still
    the mesh without subdivision."""
    mesh = evaluated.to_mesh()
    if mesh is None:
        return 0
    count = len(mesh.loops) - 2 * len(mesh.polygons)
    evaluated.to_mesh_clear()
    return count


def _is_below(obj: bpy.types.Object, others: Container[bpy.types.Object]) -> bool:
    above = obj.parent
    while above is not None and above not in others:
        above = above.parent
    return above is not None


def _root_among(obj: bpy.types.Object, roots: Container[bpy.types.Object]) -> bpy.types.Object:
    """The topmost of these roots that the object is, or is a descendant of."""
    found, above = obj, obj
    while above is not None:
        found = above if above in roots else found
        above = above.parent
    return found


@persistent
def _changed(_scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """Clear the caches if a shape may have changed."""
    if not _FINGERPRINTS and not _TRIANGLES:
        return
    updates = depsgraph.updates
    if any(map(_matters, updates)):
        _forget()
    elif any(update.is_updated_transform for update in updates):
        # The relative position of several roots is a part of their shape.
        for numbers in [numbers for numbers in _FINGERPRINTS if len(numbers[0]) > 1]:
            del _FINGERPRINTS[numbers]


def _matters(update: bpy.types.DepsgraphUpdate) -> bool:
    """Whether the update may have changed the shape of a group with one root."""
    obj = update.id
    below = isinstance(obj, bpy.types.Object) and obj.parent is not None
    return update.is_updated_geometry or (update.is_updated_transform and below)


@persistent
def _forget(*_unused: object) -> None:
    """Clear everything: after loading another file, or undo, session_uids may belong to other
    objects."""
    _FINGERPRINTS.clear()
    _TRIANGLES.clear()


_HANDLERS: Final = (
    ("depsgraph_update_post", _changed),
    ("load_post", _forget),
    ("undo_post", _forget),
    ("redo_post", _forget),
)
register, unregister = handler_pair(_HANDLERS)
