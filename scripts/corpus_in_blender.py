"""Imports one model file with Blender itself, then with the add-on, and describes both results.

Started by corpus.py in its own process, since an importer may crash. Prints one line of JSON:
{"plain", "arrived"} with the facts of both, or {"refused": sentence}.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from tripo_addon.blender.arrival import importer
from tripo_addon.blender.child.importing import file_formats, visible_bounds
from tripo_addon.blender.objects import placement
from tripo_addon.blender.session.child_command import child_command, child_environment
from tripo_addon.jobs.model_files.model_format import laid_open, recognize
from tripo_addon.jobs.model_files.unusable_file import UnusableFile
from tripo_addon.jobs.work.child_process import Finished, run_child

SECONDS = 120.0
NAME = "Arrived"


class Refused(Exception):
    """The add-on refuses the file; the text is its sentence."""


def facts(*, owned: bool) -> dict[str, Any]:
    """Describe what was imported: counts, and the boxes of visible parts, in meters. `owned`: count
    only actions that have a user."""
    meshes = [obj for obj in bpy.data.objects if obj.type == "MESH" and obj.data.polygons]
    bounds = visible_bounds.visible_bounds(tuple(bpy.context.scene.objects))
    keys = {obj.data.shape_keys for obj in meshes if obj.data.shape_keys}
    return {
        "parts": len(meshes),
        "faces": sum(len(obj.data.polygons) for obj in meshes),
        "box": [round(value, 6) for corner in bounds for value in corner] if bounds else [],
        "part boxes": _part_boxes(),
        "material slots": sum(
            bool(slot.material) for each in meshes for slot in each.material_slots
        ),
        "parts colored by vertices alone": sum(
            bool(each.data.color_attributes) and not each.data.materials for each in meshes
        ),
        "images": len({tuple(image.size) for image in bpy.data.images if image.size[0]}),
        "keys": sum(len(each.key_blocks) for each in keys),
        "actions": len(bpy.data.actions),
        "takes": sum(_takes(action, owned=owned) for action in bpy.data.actions),
    }


def _part_boxes() -> list[list[float]]:
    """Return, for each side of a box, its positions over all visible parts, sorted.

    Sorted values can be compared without matching the parts of both imports.
    """
    boxes: list[Any] = []
    for instance in bpy.context.evaluated_depsgraph_get().object_instances:
        mesh: Any = instance.object.data
        if instance.object.type != "MESH" or not mesh.polygons:
            continue
        flat: Any = np.empty(3 * len(mesh.vertices), dtype=np.float32)
        mesh.vertices.foreach_get("co", flat)
        world: Any = np.array(instance.matrix_world, dtype=np.float64)
        points = flat.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]
        points = points[np.isfinite(points).all(axis=1)]
        if len(points):
            boxes.append((*points.min(axis=0), *points.max(axis=0)))
    return [sorted(round(float(value), 6) for value in side) for side in zip(*boxes, strict=True)]


def _takes(action: Any, *, owned: bool) -> int:
    """Count the data-blocks that an action animates. With `owned`, count only those that play it or
    have it on a track, which is what would be left after saving."""
    slots = getattr(action, "slots", None)
    if slots is None:
        return int(action.users > action.use_fake_user) if owned else 1
    return sum(bool(slot.users()) for slot in slots) if owned else len(slots)


def plain(source: Path, kind: str) -> dict[str, Any]:
    """Import with Blender's own importer for the format, and change nothing."""
    bpy.ops.wm.read_homefile(use_empty=True)
    file_formats.import_file(source, kind, units_per_meter=1.0)
    return facts(owned=False)


def arrived(source: Path, kind: str, folder: Path) -> dict[str, Any]:
    """Import as the add-on does: prepared by a second Blender, then appended. Raises `Refused`."""
    bpy.ops.wm.read_homefile(use_empty=True)
    scene = bpy.context.scene
    order = {
        "do": "convert",
        "source": str(source),
        "format": kind,
        "blend": str(folder / "model.blend"),
        "result": str(folder / "result.json"),
        "name": NAME,
        "seconds": SECONDS,
        "turn": 0.0,
        **placement.scene_options(scene),
    }
    path = folder / "order.json"
    path.write_text(json.dumps(order), encoding="utf-8")
    ended = run_child(
        child_command(path),
        environment=child_environment(),
        result=folder / "result.json",
        stop=lambda: False,
        timeout=SECONDS,
        log=folder / "log.txt",
    )
    if not isinstance(ended, Finished):
        raise Refused(f"the second Blender ended without a result: {ended}")
    if not ended.result["ok"]:
        raise Refused(str(ended.result["sentence"]))
    model = importer.Arrival(folder / "model.blend")
    while not model.complete:
        model.advance()
    model.place(name=NAME, scene=scene, parent=scene.collection, location=(0.0, 0.0, 0.0))
    return facts(owned=True)


def compared(source: Path) -> dict[str, Any]:
    """Return the facts of both imports, or the sentence of a refusal."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        try:
            recognize(source)
            with laid_open(source, folder / "unpacked") as (model, form):
                ours = arrived(model, form.value, folder)
                return {"plain": plain(model, form.value), "arrived": ours}
        except UnusableFile as error:
            return {"refused": error.sentence}
        except Refused as error:
            return {"refused": str(error)}


if __name__ == "__main__":
    if "gltf" not in dir(bpy.ops.import_scene):
        bpy.ops.preferences.addon_enable(module="io_scene_gltf2")
    sys.stdout.write(f"\nFACTS {json.dumps(compared(Path(sys.argv[1])))}\n")
    sys.stdout.flush()
    # Blender's module may hang in its own exit. Everything that counts is already written.
    import os

    os._exit(0)
