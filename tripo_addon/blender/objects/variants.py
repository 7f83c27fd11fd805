"""Versions of an object: the former one is stored completely, and can be restored.

Main thread only. A stored version is in a collection that is in no scene and that only the object
refers to, so it is saved with the file and purged with the object. Its copies share their data with
the objects in the scene: to change a mesh for a new version, change a copy. Makes no undo step; the
caller does.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.app.handlers import persistent

from ..messages import objects as messages
from ..registration import handler_pair
from . import object_group, parts

if TYPE_CHECKING:
    from .provenance_properties import TRIPO_ADDON_PG_link, TRIPO_ADDON_PG_variant

ORIGINAL: Final = "Original"
_NOT_OF_A_VERSION: Final = frozenset({"rna_type", "name", "uid", "variants"})
_CHOSEN: Final = ("active_material_index", "active_shape_key_index", "show_only_shape_key")
"""Settings of an object that refer to its data."""


def lay_aside(
    anchor: bpy.types.Object,
    staying: Iterable[bpy.types.Object] = (),
    leaving: Iterable[bpy.types.Object] = (),
) -> None:
    """Store the anchor's current state as a variant: copies of the anchor and of objects that stay
    in the scene, which share their data, and the objects that leave the scene themselves."""
    staying, leaving = tuple(staying), tuple(leaving)
    object_group.give_own_uids((anchor, *staying, *leaving))
    partners = _not_below(anchor, (*staying, *leaving))
    _note_partners(anchor, partners)
    link: TRIPO_ADDON_PG_link = anchor.tripo_addon
    row: TRIPO_ADDON_PG_variant = link.variants.add()
    row.name, row.job_id = link.label or ORIGINAL, link.job_id
    row.shelf = bpy.data.collections.new(messages.shelf(anchor.name, row.name))
    for obj in (anchor, *staying):
        face = obj.copy()
        face.tripo_addon.variants.clear()
        row.shelf.objects.link(face)
    _shelve(row, leaving)
    _note_partners(anchor, [each for each in partners if each not in leaving])


def keep_former(anchor: bpy.types.Object, former: Iterable[bpy.types.Object], name: str) -> None:
    """Keep objects that the anchor replaces as a variant of it, by this name. They leave the scene;
    in that variant the anchor itself has no shape and no history."""
    former = tuple(former)
    object_group.give_own_uids((anchor, *former))
    row: TRIPO_ADDON_PG_variant = anchor.tripo_addon.variants.add()
    row.name = name
    row.shelf = bpy.data.collections.new(messages.shelf(anchor.name, name))
    face = anchor.copy()
    for each in face.tripo_addon.bl_rna.properties:
        if each.identifier not in {"rna_type", "name", "uid"}:
            face.tripo_addon.property_unset(each.identifier)
    if face.type == "MESH":
        face.data = bpy.data.meshes.new(name)
    row.shelf.objects.link(face)
    _note_partners(face, _not_below(anchor, former))
    _shelve(row, former)


def _shelve(row: TRIPO_ADDON_PG_variant, leaving: Iterable[bpy.types.Object]) -> None:
    """Move objects from their scenes to the variant, which notes where they were."""
    for obj in leaving:
        obj.tripo_addon.arrived = obj.tripo_addon.arrived or row.name
        for home in obj.users_collection:
            noted = row.homes.add()
            noted.obj = obj
            noted.home, noted.scene = _names(home)
            home.objects.unlink(obj)
        row.shelf.objects.link(obj)


def is_whole(anchor: bpy.types.Object, index: int) -> bool:
    """Return whether a variant still exists completely: an artist may delete objects that are in no
    scene."""
    shelf = anchor.tripo_addon.variants[index].shelf
    known = anchor.tripo_addon.uid
    return shelf is not None and any(each.tripo_addon.uid == known for each in shelf.objects)


def has(anchor: bpy.types.Object, task_id: str | None) -> bool:
    """Whether the result of this task is the object's current version or a stored one."""
    shelves = (row.shelf for row in anchor.tripo_addon.variants)
    kept = (face for shelf in shelves if shelf is not None for face in shelf.objects)
    return bool(task_id) and any(obj.tripo_addon.task_id == task_id for obj in (anchor, *kept))


def put_back(anchor: bpy.types.Object, index: int) -> None:
    """Restore a complete variant, and store the current version. The object's place, its own
    settings, and children added since do not change."""
    row: TRIPO_ADDON_PG_variant = anchor.tripo_addon.variants[index]
    if _is_shared(anchor, row.shelf):
        _copy_shelf(anchor, row)
    ours = object_group.ObjectGroup((anchor, *_partners_of(anchor))).candidates
    object_group.give_own_uids((anchor, *ours))
    homes = {each: list[Any]() for each in row.shelf.objects}
    faces = {each.tripo_addon.uid: each for each in homes}
    for noted in row.homes:
        if noted.obj in homes:
            homes[noted.obj].append((noted.home, noted.scene))
            faces.pop(noted.obj.tripo_addon.uid, None)
    staying = [each for each in ours if each.tripo_addon.uid in faces]
    moved = [each for each in ours if each not in staying and each.tripo_addon.arrived]
    lay_aside(anchor, staying, moved)
    for obj in (anchor, *staying):
        _put_on(obj, faces[obj.tripo_addon.uid])
    _copy_link(faces.pop(anchor.tripo_addon.uid).tripo_addon, anchor.tripo_addon)
    for obj in staying:
        del faces[obj.tripo_addon.uid]
    # If the original object was moved into another variant, restore the stored copy.
    for obj in (*faces.values(), *(each for each in homes if homes[each])):
        obj.tripo_addon.arrived = obj.tripo_addon.arrived or ORIGINAL
        _bring_home(obj, homes[obj], anchor)
    _drop(anchor, index)


def purge(anchor: bpy.types.Object, index: int) -> None:
    """Delete a variant: its objects, and data that nothing else uses."""
    shelf = anchor.tripo_addon.variants[index].shelf
    data = {obj.data for obj in shelf.objects} if shelf is not None else set()
    _drop(anchor, index)
    # `users` is too low for meshes from Blender's FBX importer (4.5 to 5.3).
    in_use = {obj.data for obj in bpy.data.objects}
    bpy.data.batch_remove({each for each in data - in_use - {None} if not each.users})


def _names(home: bpy.types.Collection) -> tuple[str, str]:
    """The name of the collection, or of the scene for its own collection. A pointer would append
    the whole collection together with the object."""
    if not home.is_embedded_data:
        return home.name, ""
    return "", next(scene.name for scene in bpy.data.scenes if scene.collection == home)


def _is_shared(anchor: bpy.types.Object, shelf: bpy.types.Collection) -> bool:
    """Whether another object refers to it: copying an object copies its references."""
    others = (obj for obj in bpy.data.objects if obj != anchor)
    return any(row.shelf == shelf for obj in others for row in obj.tripo_addon.variants)


def _copy_shelf(anchor: bpy.types.Object, row: TRIPO_ADDON_PG_variant) -> None:
    """Give a copied object its own collection of variants, with copies of the children in it."""
    shelf = bpy.data.collections.new(row.shelf.name)
    copies = {obj: obj.copy() for obj in row.shelf.objects}
    for obj, copy in copies.items():
        shelf.objects.link(copy)
        above = obj.parent
        if above in copies:
            copy.parent = copies[above]
        elif above is not None and above.tripo_addon.uid == anchor.tripo_addon.uid:
            copy.parent = anchor
        for modifier in copy.modifiers:
            moved_by = copies.get(getattr(modifier, "object", None))
            if moved_by is not None:
                setattr(modifier, "object", moved_by)  # noqa: B010 - not every kind has one
    for noted in row.homes:
        noted.obj = copies.get(noted.obj)
    row.shelf = shelf


def _not_below(
    anchor: bpy.types.Object, objs: Iterable[bpy.types.Object]
) -> list[bpy.types.Object]:
    """The objects that are not descendants of the anchor or of each other."""
    group = {anchor, *objs}
    apart: list[bpy.types.Object] = []
    for obj in group - {anchor}:
        above = obj.parent
        while above is not None and above not in group:
            above = above.parent
        if above is None:
            apart.append(obj)
    return sorted(apart, key=lambda each: each.name)


def _note_partners(anchor: bpy.types.Object, partners: Iterable[bpy.types.Object]) -> None:
    """Store on the anchor which objects belong to the current version without being its children.
    By ID: a pointer would append them together with the object."""
    noted = anchor.tripo_addon.partners
    noted.clear()
    for obj in partners:
        noted.add().uid = obj.tripo_addon.uid


def _partners_of(anchor: bpy.types.Object) -> list[bpy.types.Object]:
    """The stored partners that are in a scene. Duplicates have the same IDs: the first object with
    the anchor's ID gets the first of each partner's, the second the second."""
    noted = [each.uid for each in anchor.tripo_addon.partners]
    alike: dict[str, list[bpy.types.Object]] = {uid: [] for uid in noted}
    alike[anchor.tripo_addon.uid] = []
    for obj in sorted(parts.shown(), key=lambda each: each.session_uid) if noted else ():
        if obj.tripo_addon.uid in alike:
            alike[obj.tripo_addon.uid].append(obj)
    twins = alike[anchor.tripo_addon.uid]
    place = twins.index(anchor) if anchor in twins else 0
    return [alike[uid][place] for uid in noted if place < len(alike[uid])]


def _put_on(obj: bpy.types.Object, face: bpy.types.Object) -> None:
    """Give an object the data, materials and modifier states of its copy."""
    if obj.type in parts.SHAPES:
        obj.data = face.data
    for mine, kept in zip(obj.material_slots, face.material_slots, strict=False):
        _copy_slot(kept, mine)
    for field in _CHOSEN:
        setattr(obj, field, getattr(face, field))
    for kept in face.modifiers:
        mine: Any = obj.modifiers.get(kept.name)
        if mine is not None:
            mine.show_viewport, mine.show_render = kept.show_viewport, kept.show_render


def _copy_slot(kept: bpy.types.MaterialSlot, mine: bpy.types.MaterialSlot) -> None:
    """Copy a slot, including the object's own material behind one that is linked to the data."""
    linked = kept.link
    kept.link = mine.link = "OBJECT"
    mine.material = kept.material
    kept.link = mine.link = linked


def _copy_link(kept: Any, link: Any, skipped: Container[str] = _NOT_OF_A_VERSION) -> None:
    """Restore the recorded history."""
    for row in kept.bl_rna.properties:
        name = row.identifier
        if name in skipped:
            continue
        if row.type == "COLLECTION":
            getattr(link, name).clear()
            for each in getattr(kept, name):
                _copy_link(each, getattr(link, name).add(), {"rna_type"})
        elif not row.is_readonly:
            setattr(link, name, getattr(kept, name))


def _bring_home(
    obj: bpy.types.Object, homes: list[tuple[str, str]], anchor: bpy.types.Object
) -> None:
    """Link an object to its former collections; for those that are gone, to the anchor's."""
    found = [_home(*names) for names in homes]
    places = [home for home in found if home is not None and home.is_editable]
    for place in places:
        if obj.name not in place.objects:
            place.objects.link(obj)
    if not obj.users_scene:
        for place in object_group.collections_of(anchor):
            place.objects.link(obj)


def _home(name: str, scene: str) -> bpy.types.Collection | None:
    if name:
        return bpy.data.collections.get(name)
    shown = bpy.data.scenes.get(scene)
    return shown.collection if shown is not None else None


def _drop(anchor: bpy.types.Object, index: int) -> None:
    """Remove the entry and its copies; restored objects stay."""
    shelf = anchor.tripo_addon.variants[index].shelf
    anchor.tripo_addon.variants.remove(index)
    if shelf is None or _is_shared(anchor, shelf):
        return
    for obj in tuple(shelf.objects):
        if len(obj.users_collection) > 1:
            shelf.objects.unlink(obj)
    bpy.data.batch_remove([*shelf.objects, shelf])


def _shelves() -> Iterator[bpy.types.Collection]:
    for obj in bpy.data.objects:
        for row in obj.tripo_addon.variants:
            if row.shelf is not None:
                yield row.shelf


@persistent
def _hide(*_unused: object) -> None:
    """Unlink stored objects from the scene: Blender links appended objects that are in no scene."""
    shelves = set(_shelves())
    for scene in bpy.data.scenes if shelves else ():
        for above in (scene.collection, *scene.collection.children_recursive):
            for shelf in shelves.intersection(above.children):
                above.children.unlink(shelf)


# Blender 4.2 has no handler for appending: there it runs when the file is saved.
_MOMENTS: Final = tuple(
    (moment, _hide)
    for moment in ("blend_import_post", "save_pre")
    if hasattr(bpy.app.handlers, moment)
)


register, unregister = handler_pair(_MOMENTS)
