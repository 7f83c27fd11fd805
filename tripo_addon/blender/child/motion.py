"""Animations of what an importer brought: in the scene's frames, and played by somebody.

Touches actions and NLA tracks only.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

import bpy

_FIRST_FRAME: Final = 1.0
_TRANSFORMS: Final = ("location", "rotation", "scale", "delta_")
_PART: Final = re.compile(r'(pose\.bones|key_blocks)\["((?:[^"\\]|\\.)*)"\]')


def moves(thing: bpy.types.Object) -> bool:
    """Whether an animation sets the object's own transform, not only its bones or shapes."""
    animation = thing.animation_data
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
    """Let a scene have `fps` frames a second, which need not be whole."""
    scene.render.fps = max(1, round(fps))
    scene.render.fps_base = scene.render.fps / fps


def retime(actions: list[bpy.types.Action], scene: bpy.types.Scene, fps: float) -> None:
    """Bring keys to `fps`: the FBX importers key in the file's rate and set the scene to that."""
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
    """Put each animation that nothing plays on a muted NLA track, as the glTF importer does.

    The FBX importers assign one animation and leave the others to a fake user, which no object
    would take along. Returns warnings.
    """
    warnings = []
    # Not by its count of users: the FBX importer of 5.0 leaves one too many.
    find_users: Any = bpy.data.user_map  # its stubs demand what Blender does not
    players = find_users(subset=set(actions))
    for action in actions:
        for slot in _loose_slots(action, played=bool(players[action])):
            owner = _owner(action, slot, objects)
            if owner is None:
                warnings.append(
                    f"The animation {action.name} fits no part of the model and was left out."
                )
            else:
                _stash(action, slot, owner)
    return warnings


def _loose_slots(action: Any, *, played: bool) -> list[Any]:
    """The slots that nothing plays; before Blender 4.4 None stands for an action's only one."""
    if not has_slots(action):
        return [] if played else [None]
    return [slot for slot in action.slots if not slot.users()]


def has_slots(action: Any) -> bool:
    """Whether the action says by its slots whom it animates, which it does from Blender 4.4 on."""
    return bool(getattr(action, "slots", ()))


def _stash(action: bpy.types.Action, slot: Any, owner: Any) -> None:
    track = (owner.animation_data or owner.animation_data_create()).nla_tracks.new()
    track.name = action.name
    strip = track.strips.new(action.name, int(action.frame_range[0]), action)
    if slot is not None:
        strip.action_slot = slot
    track.mute = True


def _curves(action: bpy.types.Action, slot: Any = None) -> list[bpy.types.FCurve]:
    """Return the curves of one slot, or of all; before Blender 4.4 an action has no slots."""
    if bpy.app.version < (4, 4, 0):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    wanted = [bag for bag in bags if slot is None or bag.slot_handle == slot.handle]
    return [curve for bag in wanted for curve in bag.fcurves]


def _owner(action: bpy.types.Action, slot: Any, objects: list[bpy.types.Object]) -> Any:
    """The object, or the shape keys, that a slot of an action animates; None where that is open.

    A slot names its owner. Else the bones and shapes that the curves move tell, then the name: both
    FBX importers call an action "Object|Animation".
    """
    paths = [curve.data_path for curve in _curves(action, slot)]
    owners: list[Any] = [thing for thing in objects if _has_all(thing, paths)]
    if any(path.startswith("key_blocks") for path in paths):
        keys = (getattr(thing.data, "shape_keys", None) for thing in objects)
        owners = [each for each in dict.fromkeys(keys) if each and _has_all(each, paths)]
    slot_name = slot.identifier[2:] if slot is not None else ""
    named = action.name.partition("|")[0]
    for fits in (
        lambda each: each.name == slot_name,
        lambda each: _bare(each.name) == _bare(slot_name),
        lambda each: each.name == named,
        lambda each: _bare(each.name) == named,
        lambda _each: True,
    ):
        found = [each for each in owners if fits(each)]
        if len(found) == 1:
            return found[0]
    return None


def _bare(name: str) -> str:
    """A name without the number that Blender adds to tell it from others."""
    return re.sub(r"\.\d{3,}$", "", name)


def _has_all(owner: Any, paths: list[str]) -> bool:
    """Whether an owner has each bone or shape that the paths of curves begin with."""
    pose = getattr(owner, "pose", None)
    bones = pose.bones if pose is not None else ()
    shapes = getattr(owner, "key_blocks", ())
    for path in paths:
        moved = _PART.match(path)
        if moved and moved[2] not in (bones if moved[1] == "pose.bones" else shapes):
            return False
    return True
