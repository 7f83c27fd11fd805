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
        if players[action]:
            continue
        owner = _owner(action, objects)
        if owner is None:
            warnings.append(f"The animation {action.name} belongs to no object and was left out.")
            continue
        track = owner.animation_data_create().nla_tracks.new()
        track.name = action.name
        track.strips.new(action.name, int(action.frame_range[0]), action)
        track.mute = True
    return warnings


def _curves(action: bpy.types.Action, slot: Any = None) -> list[bpy.types.FCurve]:
    """Return the curves of one slot, or of all; before Blender 4.4 an action has no slots."""
    if bpy.app.version < (4, 4, 0):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    wanted = [bag for bag in bags if slot is None or bag.slot_handle == slot.handle]
    return [curve for bag in wanted for curve in bag.fcurves]


def _owner(action: bpy.types.Action, objects: list[bpy.types.Object]) -> bpy.types.Object | None:
    if any(curve.data_path.startswith("key_blocks") for curve in _curves(action)):
        return None
    # Both FBX importers name an action "Object|Animation".
    named = action.name.partition("|")[0]
    candidates = [thing for thing in objects if re.sub(r"\.\d{3,}$", "", thing.name) == named]
    candidates = candidates or [thing for thing in objects if thing.type == "ARMATURE"]
    return candidates[0] if len(candidates) == 1 else None
