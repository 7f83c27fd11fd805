"""Where a model goes: the scene and collection that it was asked from, as they are by now.

Main thread only. They are remembered by name, which a file keeps, and by Blender's number for this
session, which a new name does not change; never as references, which die.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final, TypeVar

import bpy

from ...jobs.model.job import Finish, Placement
from .. import settings
from ..session import composition
from . import selection
from .arrival_selection import selected_names
from .object_group import Placeholder, placeholder_of

_OWN_COLLECTION: Final = "Tripo"
_Block = TypeVar("_Block", bpy.types.Scene, bpy.types.Collection)


class NoScene(Exception):
    """No scene of the file can take a model; the text says why, for the artist."""


def placement(context: bpy.types.Context) -> Placement:
    """Where a model asked for now will land."""
    chosen = settings.preferences()
    collection = context.collection or context.scene.collection
    pin(context.scene, collection)
    own = chosen is not None and chosen.home == "TRIPO"
    selecting = chosen.select_imported if chosen is not None else "NEVER"
    # A model arrives in Object Mode alone: who works in another has done something else by then.
    may_select = selecting == "UNCHANGED" and context.mode == "OBJECT"
    # A scene can hold a cursor that is nowhere, and such a number could not be stored.
    x, y, z = (value if math.isfinite(value) else 0.0 for value in context.scene.cursor.location[:])
    held = placeholder(context)
    box = held.box if held is not None else None
    if held is not None:
        x, y, z = held.foot
    return Placement(
        document=composition.WIRING.document,
        file=bpy.data.filepath,
        scene=context.scene.name,
        collection=_OWN_COLLECTION if own else collection.name,
        make_collection=own,
        select_after=selected_names(context.view_layer) if may_select else None,
        select_always=selecting == "ALWAYS",
        location=(x, y, z),
        box=box,
        turn=float(chosen.front) if chosen is not None else -90.0,
        finish=chosen.finish() if chosen is not None else Finish(),
        **scene_options(context.scene),
    )


def placeholder(context: bpy.types.Context) -> Placeholder | None:
    """What a model asked for now is to fill, where that is wished and something is selected."""
    chosen = settings.preferences()
    if chosen is None or chosen.size != "PLACEHOLDER":
        return None
    family = selection.selected(context)
    return placeholder_of(family) if family is not None else None


def scene_options(scene: bpy.types.Scene) -> dict[str, Any]:
    """Return the fields of a Placement, and of Terms, that depend on the artist's scene."""
    fps = scene.render.fps / scene.render.fps_base
    return {"fps": fps, "metres_per_unit": scene.unit_settings.scale_length}


def pin(scene: bpy.types.Scene, collection: bpy.types.Collection) -> None:
    """A model was asked for here: from now on these two may be renamed."""
    numbers = (scene.session_uid, collection.session_uid)
    composition.WIRING.pinned[scene.name, collection.name] = numbers


def refuse_scene(scene: bpy.types.Scene) -> str:
    """Why nothing can arrive in a scene, as a sentence, or nothing."""
    if scene.is_editable:
        return ""
    return (
        f"The scene {scene.name} is linked from another file, and nothing can be added to it: "
        "switch to a scene of this file"
    )


def resolve(placement: Placement) -> tuple[bpy.types.Scene, bpy.types.Collection, str]:
    """The scene, the collection to go below, and what did not come as asked, in words. Raises
    `NoScene` where no scene of the file can take it."""
    names = (placement.scene, placement.collection)
    scene_number, number = composition.WIRING.pinned.get(names, (0, 0))
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
    for scene in (bpy.context.scene, *bpy.data.scenes):
        if scene.is_editable:
            return scene
    raise NoScene(refuse_scene(bpy.context.scene))


def _found(blocks: Iterable[_Block], name: str, number: int) -> _Block | None:
    """The one of that number, else the one of that name."""
    listed = tuple(blocks)
    numbered = (block for block in listed if block.session_uid == number)
    named = (block for block in listed if block.name == name)
    return next(chain(numbered, named), None)


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
