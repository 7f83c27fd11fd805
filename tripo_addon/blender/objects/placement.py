"""Where a model goes: the scene and collection of the request, found again when it arrives.

Main thread only. They are stored as name (survives saving) and session_uid (survives renaming);
never as a bpy reference, which undo and file loading invalidate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import bpy

from ...jobs.model.job import Finish, Placement
from .. import settings
from ..messages import arrival as messages
from ..session import composition
from . import arrival_selection, selection
from .home_scene import found, home_scene, numbers_of
from .object_group import Placeholder, placeholder_of

_OWN_COLLECTION: Final = "Tripo"
_DRAFTS: Final = "Candidates"
_MOST_FACES: Final = 20_000
"""Maximum faces of a draft in the scene."""


class NoScene(Exception):
    """No scene of the file can take a model; the text tells the artist why."""


def placement(context: bpy.types.Context) -> Placement:
    """The placement of a model that is requested now."""
    chosen = settings.preferences()
    collection = context.collection or context.scene.collection
    pin(context.scene, collection)
    own = chosen is not None and chosen.home == "TRIPO"
    selecting = chosen.select_imported if chosen is not None else "NEVER"
    # A model is placed in Object Mode only: an artist in another mode has left it by then.
    may_select = selecting == "UNCHANGED" and context.mode == "OBJECT"
    # A scene's cursor may be at infinity or NaN, which JSON cannot store.
    x, y, z = (value if math.isfinite(value) else 0.0 for value in context.scene.cursor.location[:])
    bounds = placeholder(context)
    box = bounds.box if bounds is not None else None
    if bounds is not None:
        x, y, z = bounds.foot
    return Placement(
        document=composition.WIRING.document,
        file=bpy.data.filepath,
        scene=context.scene.name,
        collection=_OWN_COLLECTION if own else collection.name,
        make_collection=own,
        select_after=arrival_selection.selected_names(context.view_layer) if may_select else None,
        select_always=selecting == "ALWAYS",
        location=(x, y, z),
        box=box,
        turn=float(chosen.front) if chosen is not None else -90.0,
        finish=chosen.finish() if chosen is not None else Finish(),
        **scene_options(context.scene),
    )


def as_likeness(place: Placement) -> Placement:
    """Return the placement of a draft of this model: few faces, a collection of its own, and
    nothing that only concerns the model itself."""
    finish = replace(place.finish, textures="", asset=False, library="")
    if place.stand is not None:
        # Beside the box that the model itself will fill.
        place = replace(place, location=place.stand.foot, expected=place.stand.sides)
    return replace(
        place,
        stand=None,
        fills=False,
        blockout=(),
        collection=_DRAFTS,
        make_collection=True,
        most_faces=_MOST_FACES,
        finish=finish,
        select_after=None,
        select_always=False,
    )


def placeholder(context: bpy.types.Context) -> Placeholder | None:
    """The bounds that a model requested now is fitted to; None unless the preferences say so and an
    object is selected."""
    chosen = settings.preferences()
    if chosen is None or chosen.size != "PLACEHOLDER":
        return None
    group = selection.selected(context)
    return placeholder_of(group) if group is not None else None


def scene_options(scene: bpy.types.Scene) -> dict[str, Any]:
    """The fields of a `Placement` and of `ImportOptions` that depend on the artist's scene."""
    fps = scene.render.fps / scene.render.fps_base
    return {"fps": fps, "meters_per_unit": scene.unit_settings.scale_length}


def pin(scene: bpy.types.Scene, collection: bpy.types.Collection) -> None:
    """Remember the scene and collection of a request, so that they may be renamed."""
    numbers = (scene.session_uid, collection.session_uid)
    composition.WIRING.pinned[scene.name, collection.name] = numbers


def refuse_scene(scene: bpy.types.Scene) -> str:
    """Why nothing can be added to a scene, as a sentence, or ""."""
    return "" if scene.is_editable else messages.scene_linked(scene.name)


def resolve(placement: Placement) -> tuple[bpy.types.Scene, bpy.types.Collection, str]:
    """The scene, the parent collection, and a note if they are not those of the request. Raises
    `NoScene` if no scene of the file can take the model."""
    _scene_number, number = numbers_of(placement)
    scene = home_scene(placement)
    if scene is None or not scene.is_editable:
        other = _other_scene()
        note = messages.scene_gone if scene is None else messages.scene_not_editable
        return other, other.collection, note(placement.scene, other.name)
    own = scene.collection
    if placement.collection in {own.name, ""}:
        return scene, own, ""
    collection = found(own.children_recursive, placement.collection, number)
    if collection is None and placement.make_collection:
        collection = bpy.data.collections.new(placement.collection)
        own.children.link(collection)
    if collection is None:
        return scene, own, messages.collection_gone(placement.collection, scene.name)
    if not collection.is_editable:
        return scene, own, messages.collection_linked(collection.name, scene.name)
    return scene, collection, _hidden(scene, collection)


def _other_scene() -> bpy.types.Scene:
    """The active scene if it is editable, else any editable scene of the file."""
    for scene in (bpy.context.scene, *bpy.data.scenes):
        if scene.is_editable:
            return scene
    raise NoScene(refuse_scene(bpy.context.scene))


def _hidden(scene: bpy.types.Scene, collection: bpy.types.Collection) -> str:
    """Return a note if the collection is excluded from the view layer, so that the model is not
    visible."""
    here = bpy.context.scene == scene
    layer = bpy.context.view_layer if here else scene.view_layers[0]
    found = [each for each in _layers(layer.layer_collection) if each.collection == collection]
    if not found or any(not each.exclude for each in found):
        return ""
    return messages.collection_excluded(collection.name)


def _layers(layer: bpy.types.LayerCollection) -> Iterator[bpy.types.LayerCollection]:
    for child in layer.children:
        yield child
        yield from _layers(child)
