"""Likenesses: the drafts of a model in the scene, each in its own collection. They are not
rendered, and are removed when the artist has kept one.

Main thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ...api.record import record
from ..one_drawing import once_a_drawing
from . import provenance

if TYPE_CHECKING:
    from ...jobs.model.job import Draft

_DRAFT: Final = "tripo_addon_draft"
_JOB: Final = "tripo_addon_job"


@record
class Likeness:
    """A draft in the scene: its number, its collection, and its root in there."""

    number: int
    collection: bpy.types.Collection
    root: bpy.types.Object


def mark(root: bpy.types.Object, draft: Draft) -> None:
    """Mark a model's own collection as that of a draft, and exclude it from renders."""
    collection = root.users_collection[0]
    collection.hide_render = True
    collection[_DRAFT] = _name(draft.first, draft.number)
    collection[_JOB] = root.tripo_addon.job_id


def job_of(obj: bpy.types.Object) -> str:
    """Return the id of the job whose likeness an object is, or ""."""
    root = provenance.root_of(obj)
    known = root.tripo_addon.job_id if root is not None else ""
    held = root is not None and any(each.get(_JOB) == known for each in root.users_collection)
    return known if held else ""


@once_a_drawing
def of(first: str) -> tuple[Likeness, ...]:
    """The likenesses of the drafts of `first` that can be changed, by number."""
    found: list[Likeness] = []
    for collection in bpy.data.collections:
        of_first, _space, number = str(collection.get(_DRAFT, "")).rpartition(" ")
        root = _root(collection) if of_first == first and collection.is_editable else None
        if root is not None:
            found.append(Likeness(int(number), collection, root))
    return tuple(sorted(found, key=lambda each: each.number))


def clear(first: str, *, but: int = 0) -> int:
    """Remove the likenesses of all drafts of `first` except that of one number. Returns how many.
    Objects that the artist added to their collections, or moved out of them, stay."""
    wanted = [
        collection
        for collection in bpy.data.collections
        if str(known := collection.get(_DRAFT, "")).rpartition(" ")[0] == first
        and known != _name(first, but)
        and collection.is_editable
    ]
    for collection in wanted:
        _remove_likeness(collection)
    return len(wanted)


def _root(collection: bpy.types.Collection) -> bpy.types.Object | None:
    job_id = str(collection[_JOB])
    ours = (obj for obj in collection.objects if obj.parent is None)
    return next((obj for obj in ours if obj.tripo_addon.job_id == job_id), None)


def _name(first: str, number: int) -> str:
    return f"{first} {number}"


def _remove_likeness(collection: bpy.types.Collection) -> None:
    job_id = str(collection[_JOB])
    ours = [
        obj
        for obj in collection.objects
        if _job_of(obj) == job_id and len(obj.users_collection) == 1
    ]
    meshes: set[Any] = {obj.data for obj in ours if obj.type == "MESH"}
    own = [mesh for mesh in meshes if mesh.users == sum(obj.data == mesh for obj in ours)]
    bpy.data.batch_remove([*ours, *own])
    if not (collection.objects or collection.children):
        _remove(collection)
        return
    collection.hide_render = False
    for key in (_DRAFT, _JOB):
        del collection[key]


def _job_of(obj: bpy.types.Object) -> str:
    root = provenance.root_of(obj)
    return root.tripo_addon.job_id if root is not None else ""


def _remove(collection: bpy.types.Collection) -> None:
    """Remove a collection, and with the last one also its empty parent."""
    parents = [each for each in bpy.data.collections if collection.name in each.children]
    bpy.data.collections.remove(collection)
    for parent in parents:
        if not (parent.objects or parent.children) and parent.is_editable:
            bpy.data.collections.remove(parent)
