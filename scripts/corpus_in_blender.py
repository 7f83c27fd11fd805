"""One model file in Blender: imported by Blender itself, then as the add-on brings it in.

Run by corpus.py in a process of its own, since an importer may crash. Prints one line of JSON:
{"plain", "arrived"} with the facts of both, or {"refused": sentence}.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import bpy

from tripo_addon.blender import importer
from tripo_addon.blender.child import formats, visible_bounds
from tripo_addon.jobs.child import Finished, run_child
from tripo_addon.jobs.modelfile import laid_open, recognise
from tripo_addon.jobs.unusable import UnusableFile

SECONDS = 120.0
NAME = "Arrived"


class Refused(Exception):
    """The add-on does not take the file; the text is its sentence."""


def facts() -> dict[str, Any]:
    """What is in the file: counts, and the box of what is seen, in meters."""
    meshes = [thing for thing in bpy.data.objects if thing.type == "MESH" and thing.data.polygons]
    bounds = visible_bounds.visible_bounds(tuple(bpy.context.scene.objects))
    keys = {thing.data.shape_keys for thing in meshes if thing.data.shape_keys}
    return {
        "parts": len(meshes),
        "faces": sum(len(thing.data.polygons) for thing in meshes),
        "box": [round(value, 6) for corner in bounds for value in corner] if bounds else [],
        "material slots": sum(
            bool(slot.material) for each in meshes for slot in each.material_slots
        ),
        "images": len({tuple(image.size) for image in bpy.data.images if image.size[0]}),
        "keys": sum(len(each.key_blocks) for each in keys),
        "actions": len(bpy.data.actions),
    }


def plain(source: Path, kind: str) -> dict[str, Any]:
    """Blender's own import with the importer that the add-on uses, left as it comes."""
    bpy.ops.wm.read_homefile(use_empty=True)
    formats.import_file(source, kind, units_per_metre=1.0)
    return facts()


def arrived(source: Path, kind: str, folder: Path) -> dict[str, Any]:
    """The add-on's way: prepared by a second Blender, appended. Raises `Refused`."""
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
        **importer.scene_terms(scene),
    }
    path = folder / "order.json"
    path.write_text(json.dumps(order), encoding="utf-8")
    ended = run_child(
        importer.child_command(path),
        environment=importer.child_environment(),
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
    return facts()


def compared(source: Path) -> dict[str, Any]:
    """The facts of both ways, or the sentence of a refusal."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        try:
            recognise(source)
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
    # Blender's module may hang in its own exit; all that counts is written.
    import os

    os._exit(0)
