"""Imported animations: retimed to the scene's frame rate, and stored in NLA tracks.

Changes only actions and NLA tracks.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import messages

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST_FRAME: Final = 1.0
_TRANSFORMS: Final = ("location", "rotation", "scale", "delta_")


def moves(obj: bpy.types.Object) -> bool:
    """Whether an animation changes the object's own transform, not only its bones or shape keys."""
    animation = obj.animation_data
    if animation is None:
        return False
    players = [animation, *(strip for track in animation.nla_tracks for strip in track.strips)]
    return any(
        curve.data_path.startswith(_TRANSFORMS)
        for player in players
        if player.action
        for curve in _curves(player.action, getattr(player, "action_slot", None))
    )


def keep_time(scene: bpy.types.Scene, fps: float) -> None:
    """Set a scene to `fps` frames per second, which may be a fraction."""
    scene.render.fps = max(1, round(fps))
    scene.render.fps_base = scene.render.fps / fps


def retime(actions: list[bpy.types.Action], scene: bpy.types.Scene, fps: float) -> None:
    """Scale keys to `fps`: the FBX importers use the file's frame rate and set the scene to
    that."""
    factor = fps * scene.render.fps_base / scene.render.fps
    if math.isclose(factor, 1.0, rel_tol=1e-4):
        return
    for curve in (curve for action in actions for curve in _curves(action)):
        points = curve.keyframe_points
        for part in ("co", "handle_left", "handle_right"):
            values = [0.0] * (2 * len(points))
            points.foreach_get(part, values)
            values[::2] = [_FIRST_FRAME + (frame - _FIRST_FRAME) * factor for frame in values[::2]]
            points.foreach_set(part, values)
        curve.update()


def stash_loose(actions: list[bpy.types.Action], objects: list[bpy.types.Object]) -> list[str]:
    """Put each unused action on a muted NLA track, as the glTF importer does.

    The FBX importers assign one action and keep the others only by a fake user, so they would not
    be appended with the object. Returns warnings.
    """
    warnings = []
    # Not by `users`: after the FBX importer of 5.0 it is too high by one.
    find_users: Any = bpy.data.user_map  # its stubs require arguments that Blender does not
    players = find_users(subset=set(actions))
    owners = _Owners(objects)
    for action in actions:
        for slot in _loose_slots(action, played=bool(players[action])):
            owner = owners.owner_of(action, slot)
            if owner is None:
                warnings.append(messages.animation_unmatched(action.name))
            else:
                _stash(action, slot, owner)
    return warnings


def _loose_slots(action: Any, *, played: bool) -> list[Any]:
    """The slots that nothing uses; before Blender 4.4, None stands for the only one of an
    action."""
    if not has_slots(action):
        return [] if played else [None]
    return [slot for slot in action.slots if not slot.users()]


def has_slots(action: Any) -> bool:
    """Whether the action has slots that say what it animates, as from Blender 4.4 on."""
    return bool(getattr(action, "slots", ()))


def _stash(action: bpy.types.Action, slot: Any, owner: Any) -> None:
    track = (owner.animation_data or owner.animation_data_create()).nla_tracks.new()
    track.name = action.name
    strip = track.strips.new(action.name, int(action.frame_range[0]), action)
    if slot is not None:
        strip.action_slot = slot
    track.mute = True


def _curves(action: bpy.types.Action, slot: Any = None) -> list[bpy.types.FCurve]:
    """The F-curves of one slot, or of all; before Blender 4.4 an action has no slots."""
    if bpy.app.version < (4, 4, 0):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    wanted = [bag for bag in bags if slot is None or bag.slot_handle == slot.handle]
    return [curve for bag in wanted for curve in bag.fcurves]


class _Owners:
    """The data-blocks that an action may animate: imported objects, their data, shape keys,
    materials."""

    def __init__(self, objects: Iterable[bpy.types.Object]) -> None:
        owners: dict[Any, None] = {}
        for obj in objects:
            slots = [slot.material for slot in obj.material_slots]
            keys = getattr(obj.data, "shape_keys", None)
            owners.update(dict.fromkeys((obj, obj.data, keys, *slots)))
        self._all = [each for each in owners if each is not None]
        self._by_name: dict[str, list[Any]] = defaultdict(list)
        self._by_bare_name: dict[str, list[Any]] = defaultdict(list)
        for each in self._all:
            self._by_name[each.name].append(each)
            self._by_bare_name[_bare(each.name)].append(each)

    def owner_of(self, action: bpy.types.Action, slot: Any) -> Any:
        """The data-block that a slot of an action animates; None if that is not clear.

        A slot has its owner's name and type. Before Blender 4.4, both FBX importers begin the
        action's name with the owner's. Else the only data-block that has the animated properties.
        """
        paths = {curve.data_path for curve in _curves(action, slot)}
        name = slot.identifier[2:] if slot is not None else ""
        named = action.name.partition("|")[0]
        kind = getattr(slot, "target_id_type", "UNSPECIFIED")
        for candidates in (
            self._by_name.get(name, ()),
            self._by_bare_name.get(_bare(name), ()),
            self._by_name.get(named, ()),
            self._by_bare_name.get(named, ()),
            self._all,
        ):
            found = [
                each
                for each in candidates
                if kind in ("UNSPECIFIED", each.id_type) and _has_all(each, paths)
            ]
            if len(found) == 1:
                return found[0]
        return None


def _bare(name: str) -> str:
    """A name without the number that Blender appends."""
    return re.sub(r"\.\d{3,}$", "", name)


def _has_all(owner: Any, paths: Iterable[str]) -> bool:
    """Whether a data-block has all these animated properties."""
    try:
        for path in paths:
            owner.path_resolve(path)
    except ValueError:
        return False
    return True
