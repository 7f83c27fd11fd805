"""The versions of an object: what it was before is laid aside whole, and can be put back.

Main thread only. What is laid aside lies in a collection that no scene shows and that the object
alone holds on to, so it is saved with the file and goes when it is purged. Its copies share their
data with the objects that stay: whoever changes a mesh for a new version changes a copy of it. No
undo step is made here; whoever calls makes one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.app.handlers import persistent

from ..messages import objects as messages
from ..registration import handler_pair
from .object_group import ObjectGroup, collections_of, give_own_uids
from .parts import SHAPES, shown

if TYPE_CHECKING:
    from .provenance_properties import TRIPO_ADDON_PG_link, TRIPO_ADDON_PG_variant

ORIGINAL: Final = "Original"
_NOT_OF_A_VERSION: Final = frozenset({"rna_type", "name", "uid", "variants"})
_CHOSEN: Final = ("active_material_index", "active_shape_key_index", "show_only_shape_key")
"""What an object itself remembers of its data."""


def lay_aside(
    anchor: bpy.types.Object,
    staying: Iterable[bpy.types.Object] = (),
    leaving: Iterable[bpy.types.Object] = (),
) -> None:
    """Keep what the anchor is now as a variant of it: copies of itself and of what stays in the
    scene, sharing their data, and the objects that leave the scene themselves."""
    staying, leaving = tuple(staying), tuple(leaving)
    give_own_uids((anchor, *staying, *leaving))
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
    for obj in leaving:
        obj.tripo_addon.arrived = obj.tripo_addon.arrived or row.name
        for home in obj.users_collection:
            noted = row.homes.add()
            noted.obj = obj
            noted.home, noted.scene = _names(home)
            home.objects.unlink(obj)
        row.shelf.objects.link(obj)
    _note_partners(anchor, [each for each in partners if each not in leaving])


def is_whole(anchor: bpy.types.Object, index: int) -> bool:
    """Whether a variant is still there: anybody can delete what no scene shows."""
    shelf = anchor.tripo_addon.variants[index].shelf
    known = anchor.tripo_addon.uid
    return shelf is not None and any(each.tripo_addon.uid == known for each in shelf.objects)


def has(anchor: bpy.types.Object, task_id: str | None) -> bool:
    """Whether the result of this task stands on the object, or is laid aside there."""
    shelves = (row.shelf for row in anchor.tripo_addon.variants)
    kept = (face for shelf in shelves if shelf is not None for face in shelf.objects)
    return bool(task_id) and any(obj.tripo_addon.task_id == task_id for obj in (anchor, *kept))


def put_back(anchor: bpy.types.Object, index: int) -> None:
    """Put a variant that is whole in place, and lay aside what stands there now. The place itself,
    whatever else is the object's own, and what was put below it since, stays as it is."""
    row: TRIPO_ADDON_PG_variant = anchor.tripo_addon.variants[index]
    if _is_shared(anchor, row.shelf):
        _copy_shelf(anchor, row)
    ours = ObjectGroup((anchor, *_partners_of(anchor))).candidates
    give_own_uids((anchor, *ours))
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
    # A face whose object left with another version since stands in for it.
    for obj in (*faces.values(), *(each for each in homes if homes[each])):
        obj.tripo_addon.arrived = obj.tripo_addon.arrived or ORIGINAL
        _bring_home(obj, homes[obj], anchor)
    _drop(anchor, index)


def purge(anchor: bpy.types.Object, index: int) -> None:
    """Give up a variant for good: its objects, and the data that nothing else uses."""
    shelf = anchor.tripo_addon.variants[index].shelf
    data = {obj.data for obj in shelf.objects} if shelf is not None else set()
    _drop(anchor, index)
    # Blender's own counts are too low for meshes that its FBX importer brought (4.5 to 5.3).
    in_use = {obj.data for obj in bpy.data.objects}
    bpy.data.batch_remove({each for each in data - in_use - {None} if not each.users})


def _names(home: bpy.types.Collection) -> tuple[str, str]:
    """The collection, or the scene whose own it is. By name: whoever takes the object into another
    file would get with it all that is in a collection that is pointed at."""
    if not home.is_embedded_data:
        return home.name, ""
    return "", next(scene.name for scene in bpy.data.scenes if scene.collection == home)


def _is_shared(anchor: bpy.types.Object, shelf: bpy.types.Collection) -> bool:
    """Whether another object holds on to it: Blender copies what an object remembers with it."""
    others = (obj for obj in bpy.data.objects if obj != anchor)
    return any(row.shelf == shelf for obj in others for row in obj.tripo_addon.variants)


def _copy_shelf(anchor: bpy.types.Object, row: TRIPO_ADDON_PG_variant) -> None:
    """Give a copied object a shelf of its own, with what hung below the other hung below it."""
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
    """Those that neither the anchor nor another of them leads to."""
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
    """Let the anchor remember what makes up the version in place without hanging below it. By id:
    whoever takes the object into another file is not to get them with it."""
    noted = anchor.tripo_addon.partners
    noted.clear()
    for obj in partners:
        noted.add().uid = obj.tripo_addon.uid


def _partners_of(anchor: bpy.types.Object) -> list[bpy.types.Object]:
    """What was noted so, as far as a scene shows it. Duplicates have the same ids: the first of the
    anchor's goes with the first of each partner's, the second with the second."""
    noted = [each.uid for each in anchor.tripo_addon.partners]
    alike: dict[str, list[bpy.types.Object]] = {uid: [] for uid in noted}
    alike[anchor.tripo_addon.uid] = []
    for obj in sorted(shown(), key=lambda each: each.session_uid) if noted else ():
        if obj.tripo_addon.uid in alike:
            alike[obj.tripo_addon.uid].append(obj)
    twins = alike[anchor.tripo_addon.uid]
    place = twins.index(anchor) if anchor in twins else 0
    return [alike[uid][place] for uid in noted if place < len(alike[uid])]


def _put_on(obj: bpy.types.Object, face: bpy.types.Object) -> None:
    """Give an object the data, materials and switched modifiers of its copy."""
    if obj.type in SHAPES:
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
    """A slot that shows its data's material can hold one of the object's own behind it."""
    linked = kept.link
    kept.link = mine.link = "OBJECT"
    mine.material = kept.material
    kept.link = mine.link = linked


def _copy_link(kept: Any, link: Any, skipped: Container[str] = _NOT_OF_A_VERSION) -> None:
    """Let the link say again what it said then."""
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
    """Show an object again where it was; collections that are gone give way to the anchor's."""
    found = [_home(*names) for names in homes]
    places = [home for home in found if home is not None and home.is_editable]
    for place in places:
        if obj.name not in place.objects:
            place.objects.link(obj)
    if not obj.users_scene:
        for place in collections_of(anchor):
            place.objects.link(obj)


def _home(name: str, scene: str) -> bpy.types.Collection | None:
    if name:
        return bpy.data.collections.get(name)
    shown = bpy.data.scenes.get(scene)
    return shown.collection if shown is not None else None


def _drop(anchor: bpy.types.Object, index: int) -> None:
    """Forget the entry; its faces go, and what has come home stays."""
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
    """Blender shows what it appends with an object, if no scene does."""
    shelves = set(_shelves())
    for scene in bpy.data.scenes if shelves else ():
        for above in (scene.collection, *scene.collection.children_recursive):
            for shelf in shelves.intersection(above.children):
                above.children.unlink(shelf)


# Blender 4.2 does not tell that something was appended: there it is hidden when the file is saved.
_MOMENTS: Final = tuple(
    (moment, _hide)
    for moment in ("blend_import_post", "save_pre")
    if hasattr(bpy.app.handlers, moment)
)


register, unregister = handler_pair(_MOMENTS)
