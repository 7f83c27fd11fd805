"""Decides whether an arriving model is selected: never over a selection that the artist made since.

Main thread only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ..session import composition
from ..session.state import SelectedArrival

if TYPE_CHECKING:
    from ...jobs.model.job import Placement

_MOST_SELECTED: Final = 200
# Gestures in the viewport, such as box select: the artist is selecting right now.
_GESTURES: Final = ("VIEW3D_OT_", "OUTLINER_OT_")


def selected_names(layer: bpy.types.ViewLayer) -> tuple[str, ...] | None:
    """The selected objects' names, the active one first; None if there are too many to compare."""
    if len(layer.objects.selected) > _MOST_SELECTED:
        return None
    active = layer.objects.active
    names = sorted(obj.name for obj in layer.objects.selected)
    return (active.name if active is not None else "", *names)


def select(root: bpy.types.Object, placement: Placement, *, waited: bool = False) -> None:
    """Select what has arrived, if the job's placement wants that. `waited`: the artist was working
    in the meantime, so the selection is kept unless it should always change."""
    layer = bpy.context.view_layer
    now = selected_names(layer)
    if root.name not in layer.objects or not _is_wanted(placement, now, waited):
        return
    for obj in tuple(layer.objects.selected):
        obj.select_set(False)
    root.select_set(True)
    layer.objects.active = root
    _remember(now, selected_names(layer))


def _is_wanted(placement: Placement, now: tuple[str, ...] | None, waited: bool) -> bool:
    if placement.select_always:
        return True
    before = placement.select_after
    if waited or before is None or now is None or _is_gesturing():
        return False
    ours = composition.WIRING.selected_arrival
    untouched = ours is not None and now == ours.now and before in ours.before
    return before == now or untouched


def _is_gesturing() -> bool:
    return any(
        modal.bl_idname.startswith(_GESTURES)
        for window in bpy.context.window_manager.windows
        for modal in window.modal_operators
    )


def _remember(before: tuple[str, ...] | None, now: tuple[str, ...] | None) -> None:
    """Remember that an arrival changed the selection, not the artist, so that the next arrival may
    change it again."""
    ours = composition.WIRING.selected_arrival
    earlier = ours.before if ours is not None and ours.now == before else frozenset()
    if before is not None and now is not None:
        composition.WIRING.selected_arrival = SelectedArrival(earlier | {before}, now)
