"""Makes armatures for kinds of creatures, binds meshes to them, and makes animation clips.

Simple on purpose: bones are placed by the bounding box, each vertex follows the nearest bone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..orders import dice
from . import delivery, intake, surface

Objects = tuple[bpy.types.Object, ...]
Place = tuple[float, float, float]
FRAMES = (1, 7, 13, 19, 25)
# How far the root moves forward per frame, in the armature's own units.
PACE = 0.02


@dataclass(frozen=True)
class Bone:
    """A bone in the bounding box: forward, to the subject's left, up, each from 0 to 1."""

    name: str
    parent: str
    head: Place
    tail: Place


BIPED = (
    Bone("Hips", "", (0.5, 0.5, 0.45), (0.5, 0.5, 0.55)),
    Bone("Spine", "Hips", (0.5, 0.5, 0.55), (0.5, 0.5, 0.78)),
    Bone("Head", "Spine", (0.5, 0.5, 0.78), (0.5, 0.5, 1)),
    Bone("LeftArm", "Spine", (0.5, 0.6, 0.72), (0.5, 0.95, 0.6)),
    Bone("RightArm", "Spine", (0.5, 0.4, 0.72), (0.5, 0.05, 0.6)),
    Bone("LeftUpLeg", "Hips", (0.5, 0.65, 0.45), (0.5, 0.65, 0.22)),
    Bone("LeftLeg", "LeftUpLeg", (0.5, 0.65, 0.22), (0.5, 0.65, 0)),
    Bone("RightUpLeg", "Hips", (0.5, 0.35, 0.45), (0.5, 0.35, 0.22)),
    Bone("RightLeg", "RightUpLeg", (0.5, 0.35, 0.22), (0.5, 0.35, 0)),
)
# Pairs of legs, and whether there are wings; all others have only a spine.
LIMBS: Mapping[str, tuple[int, bool]] = {
    "quadruped": (2, False),
    "hexapod": (3, False),
    "octopod": (4, False),
    "avian": (1, True),
}


def rig(order: dict) -> Objects:
    """Bind the given meshes to a new armature."""
    meshes = intake.loose_meshes(Path(order["source"]))
    low, high = surface.bounds(tuple(meshes.values()))
    bones = _bones(order["rigging"], low, high)
    skeleton = _armature(bones, order["uuid"])
    objects = delivery.name_or_keep(meshes, order)
    for item in objects:
        _tie(item, skeleton, bones)
    return objects


def retarget(order: dict) -> tuple[Objects, dict[str, Path]]:
    """Animate the rigged scene. Returns the remaining meshes, a file for each clip, and the
    triangles."""
    intake.load(Path(order["source"]))
    skeleton, rigging = intake.armature(), order["rigging"]
    objects = tuple(item for item in bpy.data.objects if item.type == "MESH")
    soup = delivery.triangle_soup(objects, Path(order["folder"]) / "soup.npz")
    files = {"soup": soup}
    if not rigging["body"]:
        for item in objects:
            bpy.data.objects.remove(item)
        objects = ()
    for number, clip in enumerate(rigging["clips"]):
        _move(skeleton, clip, in_place=rigging["in_place"])
        path = Path(order["folder"]) / f"clip_{number}.{order['form'] or 'glb'}"
        files[f"clip_{number}"] = delivery.export(path, animated=True)
    return objects, files


def frame_all(*, in_place: bool) -> None:
    """Set the scene's frame range to its actions, since exporters look no further; keep the root in
    place if requested."""
    actions = list(bpy.data.actions)
    if not actions:
        return
    scene = bpy.context.scene
    scene.frame_start = int(min(action.frame_range[0] for action in actions))
    scene.frame_end = int(max(action.frame_range[1] for action in actions)) + 1
    if in_place:
        bones = intake.armature().pose.bones
        paths = {f'pose.bones["{bone.name}"].location' for bone in bones if bone.parent is None}
        for holder in (each for action in actions for each in _holders(action)):
            for curve in [each for each in holder.fcurves if each.data_path in paths]:
                holder.fcurves.remove(curve)


def _holders(action: bpy.types.Action) -> list:
    """Return what holds an action's curves: since Blender 4.4 a channel bag for each slot."""
    if bpy.app.version < (4, 4, 0):
        return [action]
    return [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]


def _bones(rigging: dict, low: Vector, high: Vector) -> tuple[Bone, ...]:
    """Add all bones at their places, with the names of the wanted skeleton."""
    size = high - low

    def placed(place: Place) -> Place:
        x, y, z = (low[axis] + place[axis] * size[axis] for axis in range(3))
        return (x, y, z)

    made = BIPED if rigging["rig_type"] == "biped" else tuple(_creature(rigging["rig_type"]))
    prefix = rigging["prefix"]
    return tuple(
        Bone(
            prefix + bone.name,
            prefix + bone.parent if bone.parent else "",
            placed(bone.head),
            placed(bone.tail),
        )
        for bone in made
    )


def _creature(rig_type: str) -> Iterator[Bone]:
    pairs, wings = LIMBS.get(rig_type, (0, False))
    joints = max(4, pairs + 1)
    for number in range(joints):
        start, stop = number / joints, (number + 1) / joints
        parent = f"Spine{number - 1}" if number else ""
        yield Bone(f"Spine{number}", parent, (start, 0.5, 0.6), (stop, 0.5, 0.6))
    for pair in range(pairs):
        ahead, spine = (pair + 0.5) / pairs, int((pair + 0.5) / pairs * joints)
        for side, across in (("Left", 0.8), ("Right", 0.2)):
            head, tail = (ahead, across, 0.5), (ahead, across, 0.0)
            yield Bone(f"{side}Leg{pair}", f"Spine{spine}", head, tail)
    for side, across in (("Left", 1.0), ("Right", 0.0)) if wings else ():
        yield Bone(f"{side}Wing", "Spine2", (0.5, 0.5, 0.7), (0.5, across, 0.7))


def _armature(bones: tuple[Bone, ...], uuid: str) -> bpy.types.Object:
    skeleton = bpy.data.objects.new(f"tripo_armature_{uuid}", bpy.data.armatures.new("Armature"))
    bpy.context.collection.objects.link(skeleton)
    bpy.context.view_layer.objects.active = skeleton
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in bones:
        made = skeleton.data.edit_bones.new(bone.name)
        made.head, made.tail = bone.head, bone.tail
        if bone.parent:
            made.parent = skeleton.data.edit_bones[bone.parent]
    bpy.ops.object.mode_set(mode="OBJECT")
    return skeleton


def _tie(item: bpy.types.Object, skeleton: bpy.types.Object, bones: tuple[Bone, ...]) -> None:
    points = np.empty(len(item.data.vertices) * 3, dtype=np.float32)
    item.data.vertices.foreach_get("co", surface.raw(points))
    away = np.stack([_distance(points.reshape(-1, 3), bone) for bone in bones])
    nearest = away.argmin(axis=0)
    for number, bone in enumerate(bones):
        group = item.vertex_groups.new(name=bone.name)
        group.add(np.flatnonzero(nearest == number).tolist(), 1.0, "REPLACE")
    item.modifiers.new("skeleton", "ARMATURE").object = skeleton
    item.parent = skeleton
    item.matrix_parent_inverse = Matrix()


def _distance(points: np.ndarray, bone: Bone) -> np.ndarray:
    head, span = np.array(bone.head), np.array(bone.tail) - np.array(bone.head)
    along = ((points - head) @ span / max(float(span @ span), 1e-12)).clip(0, 1)
    return np.linalg.norm(points - head - along[:, None] * span, axis=1)


def _move(skeleton: bpy.types.Object, clip: str, *, in_place: bool) -> None:
    """Add a second of movement, different for each name; the root moves forward unless it may
    not."""
    for action in list(bpy.data.actions):
        bpy.data.actions.remove(action)
    skeleton.animation_data_create().action = bpy.data.actions.new(clip)
    chance, pace = dice(clip), PACE * max(skeleton.dimensions[:])
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = FRAMES[0], FRAMES[-1]
    for bone in skeleton.pose.bones:
        bone.rotation_mode = "XYZ"
        swing, start = chance.uniform(0.1, 0.5, size=3), chance.uniform(0, 2 * np.pi)
        for frame in FRAMES:
            angle = 2 * np.pi * (frame - FRAMES[0]) / (FRAMES[-1] - FRAMES[0])
            bone.rotation_euler = (swing * np.sin(angle + start)).tolist()
            bone.keyframe_insert("rotation_euler", frame=frame)
            if bone.parent is None and not in_place:
                # Forward is +X, which a bone sees in its rest orientation.
                ahead = Vector((pace * (frame - FRAMES[0]), 0, 0))
                bone.location = bone.bone.matrix_local.to_3x3().inverted() @ ahead
                bone.keyframe_insert("location", frame=frame)
