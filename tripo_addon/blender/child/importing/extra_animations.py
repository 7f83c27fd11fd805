"""Adds animations that were delivered in a file each to the model's skeleton, as NLA tracks.

Changes only animation data; nothing but the actions of the other files is kept.

Tracks, because an unused action is not appended with its object, and because tracks can be muted,
soloed and mixed with a click. All but the first are muted: each animation poses the whole skeleton,
so the topmost would hide the others. No action stays active, which would hide all tracks.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import messages
from ..unreadable import Unreadable
from . import animation, datablocks
from .file_formats import import_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .options import ImportOptions

_NUMBER: Final = re.compile(r"\.\d{3,}$")
_SAME: Final = 1e-3


@dataclass(frozen=True)
class Clip:
    """A file of the same model with another animation; `kind` as `import_file` takes it."""

    source: Path
    kind: str


@dataclass(frozen=True)
class _Play:
    """An action and its slot; before Blender 4.4 there are no slots."""

    action: bpy.types.Action
    slot: Any


def clips_of(order: Mapping[str, Any]) -> tuple[Clip, ...]:
    """The clips in an order: {"source", "format"} each."""
    return tuple(Clip(Path(each["source"]), each["format"]) for each in order.get("clips", ()))


def lay_out(
    objects: list[bpy.types.Object],
    clips: Sequence[Clip],
    names: Sequence[str],
    *,
    scene: bpy.types.Scene,
    terms: ImportOptions,
) -> list[str]:
    """Put the model's own animation and that of each clip on a track, under `names` in this order.

    The objects must still have the names that the importer gave them. A clip that cannot be read or
    does not fit is left out with a warning. Returns the warnings.
    """
    for owner in list(_owners(objects)):
        for number, play in enumerate(_taken(owner)):
            _add_track(owner, play, _title(names, 0, number, play), unmuted=number == 0)
    warnings = []
    for place, clip in enumerate(clips, start=1):
        try:
            warnings += _bring(clip, place, objects, names, scene=scene, terms=terms)
        except Unreadable as error:
            label = names[place] if place < len(names) else clip.source.name
            warnings.append(messages.animation_unreadable(label, error.sentence))
    return warnings


def _bring(
    clip: Clip,
    place: int,
    objects: list[bpy.types.Object],
    names: Sequence[str],
    *,
    scene: bpy.types.Scene,
    terms: ImportOptions,
) -> list[str]:
    before = datablocks.known()
    kept: set[int] = set()
    animation.keep_time(scene, terms.fps)
    try:
        import_file(clip.source, clip.kind, units_per_meter=1 / terms.meters_per_unit)
        actions = datablocks.since(before, bpy.data.actions)
        animation.retime(actions, scene, terms.fps)
        imported = datablocks.since(before, bpy.data.objects)
        warnings = animation.stash_loose(actions, imported)
        for owner in list(_owners(imported)):
            target, warning = _counterpart(owner, imported, objects)
            for number, play in enumerate(_taken(owner)):
                title = _title(names, place, number, play)
                if warning:
                    warnings.append(messages.animation_differs(title, warning))
                if target is not None:
                    _add_track(target, play, title, unmuted=False)
                    kept.add(play.action.session_uid)
    finally:
        gone = [block for block in datablocks.removable(before) if block.session_uid not in kept]
        bpy.data.batch_remove(gone)
    return warnings


def _owners(objects: list[bpy.types.Object]) -> Iterator[Any]:
    """The animated data-blocks among these objects and their shape keys."""
    for obj in objects:
        keys = getattr(obj.data, "shape_keys", None) if obj.type == "MESH" else None
        yield from (each for each in (obj, keys) if each and each.animation_data)


def _taken(owner: Any) -> list[_Play]:
    """Remove everything that an owner plays and return it, the active action first."""
    animation = owner.animation_data
    tracks = list(animation.nla_tracks)
    strips = [strip for track in tracks for strip in track.strips]
    found: dict[int, _Play] = {}
    for player in (animation, *strips):
        if player.action:
            play = _Play(player.action, getattr(player, "action_slot", None))
            found.setdefault(play.action.session_uid, play)
    animation.action = None
    for track in tracks:
        animation.nla_tracks.remove(track)
    return list(found.values())


def _title(names: Sequence[str], place: int, number: int, play: _Play) -> str:
    """The name of the file's animation; further animations of the file are numbered."""
    if place >= len(names):
        return play.action.name.rpartition("|")[2]
    return names[place] if number == 0 else f"{names[place]} {number + 1}"


def _add_track(owner: Any, play: _Play, title: str, *, unmuted: bool) -> None:
    action, slot = play.action, play.slot
    action.name = title
    # Whole frames around the keys: a strip cannot start between two.
    first, last = math.floor(action.frame_range[0]), math.ceil(action.frame_range[1])
    track = (owner.animation_data or owner.animation_data_create()).nla_tracks.new()
    strip = track.strips.new(title, first, action)
    if slot is not None:
        # With equal slot names, another action of the strip keeps what it animates.
        slot.name_display = owner.name
        strip.action_slot = slot
    strip.action_frame_start, strip.action_frame_end = first, max(last, first + 1)
    track.name = strip.name = title
    track.mute = not unmuted


def _counterpart(
    owner: Any, imported: list[bpy.types.Object], objects: list[bpy.types.Object]
) -> tuple[Any, str]:
    """The model's data-block that corresponds to an owner in another file, or None; and a
    warning."""
    if isinstance(owner, bpy.types.Key):
        obj = next(each for each in imported if each.data and each.data == owner.user)
        found, _ = _counterpart(obj, imported, objects)
        keys = found and getattr(found.data, "shape_keys", None)
        return keys, "" if keys else messages.OTHER_SHAPES
    found = _same(owner, imported, objects)
    if found is None:
        return None, messages.moves_missing(owner.name)
    return (found, "") if owner.type != "ARMATURE" else (found, _difference(owner, found))


def _same(
    obj: bpy.types.Object, imported: list[bpy.types.Object], objects: list[bpy.types.Object]
) -> bpy.types.Object | None:
    """The object of the same type and name, or the only one of its type on both sides."""
    kind = [each for each in objects if each.type == obj.type]
    name = _NUMBER.sub("", obj.name)
    named = [each for each in kind if _NUMBER.sub("", each.name) == name]
    alone = len(kind) == 1 == sum(each.type == obj.type for each in imported)
    return next(iter(named or (kind if alone else ())), None)


def _difference(rig: bpy.types.Object, own: bpy.types.Object) -> str:
    """How a clip's skeleton differs from the model's, if that spoils the animation."""
    bones, ours = _rest(rig), _rest(own)
    if not bones.keys() <= ours.keys():
        return messages.OTHER_BONES
    for name, matrix in bones.items():
        reach = max(1.0, matrix.translation.length)
        pairs = zip(matrix[:], ours[name][:], strict=True)
        if any((one - other).length > _SAME * reach for one, other in pairs):
            return messages.OTHER_REST_POSE
    return ""


def _rest(rig: bpy.types.Object) -> dict[str, Any]:
    """The rest matrix of each bone relative to its parent."""
    data: Any = rig.data
    return {
        bone.name: bone.parent.matrix_local.inverted() @ bone.matrix_local
        if bone.parent
        else bone.matrix_local.copy()
        for bone in data.bones
    }
