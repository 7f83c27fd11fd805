"""The versions of an object: what it was before is laid aside whole, and can be put back.

Main thread only. What is laid aside lies in a collection that no scene shows and that the object
alone holds on to, so it is saved with the file and goes when it is purged. No undo step is made
here; whoever calls makes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import bpy

from .family import SHAPES, Family, name

if TYPE_CHECKING:
    from .properties import TRIPO_ADDON_PG_link, TRIPO_ADDON_PG_variant

ORIGINAL: Final = "Original"
_NOT_OF_A_VERSION: Final = frozenset({"rna_type", "name", "uid", "variants"})


def lay_aside(
    anchor: bpy.types.Object,
    staying: Iterable[bpy.types.Object] = (),
    leaving: Iterable[bpy.types.Object] = (),
) -> None:
    """Keep what the anchor is now as a variant of it: copies of itself and of what stays in the
    scene, sharing their data, and the objects that leave the scene themselves."""
    link: TRIPO_ADDON_PG_link = anchor.tripo_addon
    row: TRIPO_ADDON_PG_variant = link.variants.add()
    row.name, row.job_id = link.label or ORIGINAL, link.job_id
    row.shelf = bpy.data.collections.new(f"{anchor.name} · {row.name}")
    for thing in (anchor, *staying):
        name(thing)
        face = thing.copy()
        face.tripo_addon.variants.clear()
        row.shelf.objects.link(face)
    for thing in leaving:
        for home in thing.users_collection:
            noted = row.homes.add()
            noted.thing = thing
            # A scene's own collection is no data-block of its own, and cannot be pointed at.
            noted.home = None if home.is_embedded_data else home
            home.objects.unlink(thing)
        row.shelf.objects.link(thing)


def put_back(anchor: bpy.types.Object, index: int) -> None:
    """Put a variant in place, and lay aside what stands there now. The place itself, and whatever
    else is the object's own, stays as it is."""
    row: TRIPO_ADDON_PG_variant = anchor.tripo_addon.variants[index]
    shelf, homes = row.shelf, [(each.thing, each.home) for each in row.homes]
    faces = {each.tripo_addon.uid: each for each in shelf.objects if each not in dict(homes)}
    members = [each for each in shelf.objects if each in dict(homes)]
    ours = Family((anchor,)).belongings
    staying = [each for each in ours if each.tripo_addon.uid in faces]
    lay_aside(anchor, staying, [each for each in ours if each not in staying])
    for thing in (anchor, *staying):
        _put_on(thing, faces[thing.tripo_addon.uid])
    _copy_link(faces[anchor.tripo_addon.uid].tripo_addon, anchor.tripo_addon)
    for thing in members:
        _bring_home(thing, [home for each, home in homes if each == thing], anchor)
    _drop(anchor, index)


def purge(anchor: bpy.types.Object, index: int) -> None:
    """Give up a variant for good: its objects, and the data that nothing else uses."""
    shelf = anchor.tripo_addon.variants[index].shelf
    mine = shelf is not None and not _is_held_elsewhere(shelf)
    for thing in tuple(shelf.objects) if mine else ():
        data = thing.data
        if not thing.users_scene:
            bpy.data.objects.remove(thing)
        if data is not None and not data.users:
            bpy.data.batch_remove([data])
    _drop(anchor, index)


def _is_held_elsewhere(shelf: bpy.types.Collection) -> bool:
    """Whether a duplicate of the object has the same variant."""
    return shelf.users > 1 + shelf.use_fake_user


def _put_on(thing: bpy.types.Object, face: bpy.types.Object) -> None:
    """Give an object the data, materials and switched modifiers of its copy."""
    if thing.type in SHAPES:
        thing.data = face.data
    for mine, kept in zip(thing.material_slots, face.material_slots, strict=False):
        mine.link = kept.link
        if kept.link == "OBJECT":
            mine.material = kept.material
    for kept in face.modifiers:
        mine: Any = thing.modifiers.get(kept.name)
        if mine is not None:
            mine.show_viewport, mine.show_render = kept.show_viewport, kept.show_render


def _copy_link(kept: Any, link: Any) -> None:
    """Let the link say again what it said then."""
    for row in kept.bl_rna.properties:
        if row.identifier in _NOT_OF_A_VERSION or (row.is_readonly and row.type != "COLLECTION"):
            continue
        if row.type != "COLLECTION":
            setattr(link, row.identifier, getattr(kept, row.identifier))
    link.files.clear()
    for sent in kept.files:
        mine = link.files.add()
        mine.name, mine.field, mine.sha256 = sent.name, sent.field, sent.sha256


def _bring_home(
    thing: bpy.types.Object, homes: list[bpy.types.Collection | None], anchor: bpy.types.Object
) -> None:
    """Show an object again where it was; collections that are gone give way to the anchor's."""
    scene = anchor.users_scene[0]
    for home in homes:
        place = home or scene.collection
        if thing.name not in place.objects:
            place.objects.link(thing)
    if not thing.users_scene:
        anchor.users_collection[0].objects.link(thing)


def _drop(anchor: bpy.types.Object, index: int) -> None:
    """Forget the entry; its faces go, and what has come home stays."""
    shelf = anchor.tripo_addon.variants[index].shelf
    anchor.tripo_addon.variants.remove(index)
    if shelf is None or shelf.users > shelf.use_fake_user:
        return
    shown = [thing for thing in shelf.objects if thing.users_scene]
    for thing in shown:
        shelf.objects.unlink(thing)
    bpy.data.batch_remove([*shelf.objects, shelf])
