"""Shows one candidate of a model alone, at the model's place, while the others are hidden.

What was moved and hidden is noted on the collections of the likenesses, so it is undone, saved and
put back with them. Main thread only. Makes no undo step; the caller does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import bpy
from mathutils import Vector

from . import likenesses

_SHOWN: Final = "tripo_addon_shown"
"""On a collection: when its candidate was last shown, counted from 1."""
_MOVED: Final = "tripo_addon_moved"
"""On a collection: how far the likeness was moved from its place in the row."""
_HIDDEN: Final = "tripo_addon_hidden"


def shown(first: str) -> int:
    """The number of the candidate that is shown alone; 0 if all stand in their row."""
    return next((each.number for each in likenesses.of(first) if _MOVED in each.collection), 0)


def other(first: str, chosen: int) -> int:
    """The candidate that *A/B* shows: the one shown before, or else the next; `chosen` if all stand
    in their row. 0 if there are no two."""
    there = likenesses.of(first)
    numbers = [each.number for each in there]
    now = shown(first)
    if len(set(numbers)) < 2:
        return 0
    if not now:
        return chosen if chosen in numbers else numbers[0]
    before = max(
        (each for each in there if each.number != now),
        key=lambda each: int(each.collection.get(_SHOWN, 0)),
    )
    if before.collection.get(_SHOWN, 0):
        return before.number
    return next((number for number in numbers if number > now), numbers[0])


def show(
    first: str, number: int, place: Sequence[float] | None, layer: bpy.types.ViewLayer
) -> bool:
    """Show this candidate alone, with its origin at `place`; None stands for the first place of the
    row. It is selected in place of those that are hidden. Returns whether it is in the scene."""
    show_all(first)
    there = likenesses.of(first)
    root = next((each.root for each in there if each.number == number), None)
    if root is None:
        return False
    count = max(int(each.collection.get(_SHOWN, 0)) for each in there)
    target = Vector(place) if place is not None else there[0].root.location.copy()
    for each in there:
        if each.number == number:
            moved = target - each.root.location
            each.root.location += moved
            each.collection[_MOVED] = moved[:]
            each.collection[_SHOWN] = count + 1
        elif not each.collection.hide_viewport:
            _deselect(each.collection, layer)
            each.collection[_HIDDEN] = True
            each.collection.hide_viewport = True
    if root.name in layer.objects and root.visible_get(view_layer=layer):
        root.select_set(True, view_layer=layer)
        layer.objects.active = root
    return True


def show_all(first: str) -> None:
    """Let all candidates stand in their row again. What the artist did to the one that was shown
    stays."""
    for each in likenesses.of(first):
        moved: Any = each.collection.get(_MOVED)
        if moved is not None:
            each.root.location -= Vector(moved)
            del each.collection[_MOVED]
        if each.collection.get(_HIDDEN):
            each.collection.hide_viewport = False
            del each.collection[_HIDDEN]


def _deselect(collection: bpy.types.Collection, layer: bpy.types.ViewLayer) -> None:
    for obj in collection.all_objects:
        if obj.name in layer.objects:
            obj.select_set(False, view_layer=layer)
