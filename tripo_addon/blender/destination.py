"""Where a model goes: the scene and collection that it was asked from, as they are by now.

Main thread only. They are remembered by name, which a file keeps, and by Blender's number for this
session, which a new name does not change; never as references, which die.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, TypeVar

import bpy

from ..jobs.job import Placement
from . import wiring

_MOST_SELECTED: Final = 200
_Block = TypeVar("_Block", bpy.types.Scene, bpy.types.Collection)


def remember(scene: bpy.types.Scene, collection: bpy.types.Collection) -> None:
    """A model was asked for here: from now on these two may be renamed."""
    numbers = (scene.session_uid, collection.session_uid)
    wiring.WIRING.destinations[scene.name, collection.name] = numbers


def refuse_scene(scene: bpy.types.Scene) -> str:
    """Why nothing can arrive in a scene, as a sentence, or nothing."""
    if scene.is_editable:
        return ""
    return (
        f"The scene {scene.name} is linked from another file, and nothing can be added to it: "
        "switch to a scene of this file"
    )


def destination(placement: Placement) -> tuple[bpy.types.Scene, bpy.types.Collection, str]:
    """The scene, the collection to go below, and what did not come as asked, in words. Raises
    `importer.ImportFailed` where no scene of the file can take it."""
    names = (placement.scene, placement.collection)
    scene_number, number = wiring.WIRING.destinations.get(names, (0, 0))
    scene = _found(bpy.data.scenes, placement.scene, scene_number)
    if scene is None or not scene.is_editable:
        why = "is gone" if scene is None else "is linked from another file"
        other = _other_scene()
        return other, other.collection, f"The scene {placement.scene} {why}; placed in {other.name}"
    own = scene.collection
    if placement.collection in {own.name, ""}:
        return scene, own, ""
    collection = _found(own.children_recursive, placement.collection, number)
    if collection is None and placement.make_collection:
        collection = bpy.data.collections.new(placement.collection)
        own.children.link(collection)
    if collection is None:
        return scene, own, f"The collection {placement.collection} is gone; placed in {scene.name}"
    if not collection.is_editable:
        reason = f"The collection {collection.name} belongs to another file"
        return scene, own, f"{reason}; placed in {scene.name}"
    return scene, collection, _hidden(scene, collection)


def _other_scene() -> bpy.types.Scene:
    """The scene that is shown, or else any of this file."""
    from .importer import ImportFailed

    for scene in (bpy.context.scene, *bpy.data.scenes):
        if scene.is_editable:
            return scene
    raise ImportFailed(refuse_scene(bpy.context.scene))


def _found(blocks: Iterable[_Block], name: str, number: int) -> _Block | None:
    """The one of that number, else the one of that name."""
    listed = tuple(blocks)
    numbered = (block for block in listed if block.session_uid == number)
    named = (block for block in listed if block.name == name)
    return next(chain(numbered, named), None)


def selection(layer: bpy.types.ViewLayer) -> tuple[str, ...] | None:
    """What is selected, the active object first; None where that is too much to compare."""
    if len(layer.objects.selected) > _MOST_SELECTED:
        return None
    active = layer.objects.active
    names = sorted(thing.name for thing in layer.objects.selected)
    return (active.name if active is not None else "", *names)


def select(root: bpy.types.Object, placement: Placement) -> None:
    """Select what has arrived, if that was wished and nothing else has been selected since."""
    layer = bpy.context.view_layer
    wished = placement.select_after is not None and placement.select_after == selection(layer)
    if not wished or root.name not in layer.objects:
        return
    for thing in tuple(layer.objects.selected):
        thing.select_set(False)
    root.select_set(True)
    layer.objects.active = root


def _hidden(scene: bpy.types.Scene, collection: bpy.types.Collection) -> str:
    """A word where the artist has switched the collection off: the model would be missed."""
    here = bpy.context.scene == scene
    layer = bpy.context.view_layer if here else scene.view_layers[0]
    seen = [each for each in _layers(layer.layer_collection) if each.collection == collection]
    if not seen or any(not each.exclude for each in seen):
        return ""
    return f"The collection {collection.name} is switched off in the view layer: so is the model"


def _layers(layer: bpy.types.LayerCollection) -> Iterator[bpy.types.LayerCollection]:
    for child in layer.children:
        yield child
        yield from _layers(child)
