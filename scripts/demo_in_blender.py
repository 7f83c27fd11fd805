"""Runs inside Blender for demo.py: installs the zip, fills in the form and runs the operator.

Gets its order as JSON after `--`. Uses the add-on through its operators and properties; reads its
job list only to write the timeline.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

ADDON = "bl_ext.user_default.tripo_addon"
VIEWS = ("front", "left", "back", "right")


def main() -> None:
    """Carry out the order. Exits with 1 and a sentence if that fails."""
    order = json.loads(sys.argv[sys.argv.index("--") + 1])
    out = Path(order["out"])
    bpy.ops.wm.read_homefile(use_empty=True)
    _install(order["archive"])
    _preferences().download_folder = str(out / "models")
    _preferences().service = order["service"]
    _show_progress()
    started = time.monotonic()
    _generate(order)
    job = _timeline(seconds=time.monotonic() - started)
    (out / "job.json").write_text(json.dumps(job, indent=2, ensure_ascii=False), encoding="utf-8")
    print("Rendering a picture …", flush=True)
    _photograph(bpy.data.objects[job["root"]], out / "render.png")
    bpy.ops.wm.save_as_mainfile(filepath=str(out / "scene.blend"))
    bpy.ops.preferences.addon_disable(module=ADDON)


def _install(archive: str) -> None:
    bpy.context.preferences.system.use_online_access = True
    bpy.ops.extensions.package_install_files(
        filepath=archive, repo="user_default", enable_on_install=True
    )
    if ADDON not in bpy.context.preferences.addons:
        raise SystemExit("The extension could not be installed; Blender's reason stands above.")


def _preferences() -> Any:
    return bpy.context.preferences.addons[ADDON].preferences


def _show_progress() -> None:
    """Print each job step that the add-on logs, with the time since the start."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("  %(relativeCreated)7.0f ms  %(message)s"))
    log = logging.getLogger(ADDON)
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def _generate(order: dict[str, Any]) -> None:
    """Fill in the form of the sidebar and run the operator of its button."""
    forms = bpy.context.scene.tripo_addon
    if order["views"]:
        forms.mode = "multiview"
        for view, path in zip(VIEWS, order["views"], strict=False):
            setattr(forms.multiview, view, path)
        generate = bpy.ops.tripo_addon.generate_multiview
    elif order["image"]:
        forms.mode = "image"
        forms.image.path = order["image"]
        generate = bpy.ops.tripo_addon.generate_image
    else:
        forms.text.prompt = order["prompt"]
        generate = bpy.ops.tripo_addon.generate_text
    try:
        generate()
    except RuntimeError as error:
        raise SystemExit(str(error)) from None


def _timeline(*, seconds: float) -> dict[str, Any]:
    settings = importlib.import_module(f"{ADDON}.blender.settings")
    composition = importlib.import_module(f"{ADDON}.blender.session.composition")
    job = composition.jobs()[0]
    entries = composition.timeline(job.id)
    start = entries[0].at
    root = bpy.data.objects[job.root]
    meshes = [obj for obj in (root, *root.children_recursive) if obj.type == "MESH"]
    return {
        "title": job.title,
        "service": root.tripo_addon.service,
        "address": settings.address(),
        "money": settings.service().money,
        "job": job.id,
        "task": job.task_id,
        "request": job.request.model_dump(mode="json"),
        "price": job.price,
        "credits": job.credits,
        "seconds": round(seconds, 3),
        "root": job.root,
        "faces": sum(len(obj.data.polygons) for obj in meshes),
        "model": str(job.model),
        "timeline": [
            {"after": round(entry.at - start, 3), "entry": entry.entry, "detail": entry.detail}
            for entry in entries
        ],
    }


def _photograph(root: bpy.types.Object, path: Path) -> None:
    """Render the lit model from the front and a little to the side. Cycles needs no display."""
    bpy.context.view_layer.update()
    center, radius = _sphere_around(root)
    scene = bpy.context.scene
    scene.camera = _camera(center, radius)
    for name, energy, direction in (
        ("Key", 160.0, (-1.2, -1.6, 1.6)),
        ("Rim", 90.0, (1.6, 1.0, 1.2)),
    ):
        _light(name, energy * radius**2, center + Vector(direction) * radius * 1.8, radius, center)
    scene.world = bpy.data.worlds.new("Studio")
    scene.world.color = (0.35, 0.36, 0.38)
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 48
    scene.cycles.use_denoising = True
    scene.render.resolution_x = scene.render.resolution_y = 640
    scene.render.filepath = str(path)
    with _quiet():
        bpy.ops.render.render(write_still=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Cycles, which prints a line for each step straight to the terminal."""
    sys.stdout.flush()
    terminal = os.dup(1)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(terminal, 1)
        os.close(terminal)


def _sphere_around(root: bpy.types.Object) -> tuple[Vector, float]:
    corners = [
        obj.matrix_world @ Vector(corner)
        for obj in (root, *root.children_recursive)
        if obj.type == "MESH"
        for corner in obj.bound_box
    ]
    low = Vector([min(corner[axis] for corner in corners) for axis in range(3)])
    high = Vector([max(corner[axis] for corner in corners) for axis in range(3)])
    return (low + high) / 2, max((high - low).length / 2, 1e-3)


def _camera(center: Vector, radius: float) -> bpy.types.Object:
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location = center + Vector((0.55, -1.0, 0.42)).normalized() * radius * 3.0
    camera.data.clip_start, camera.data.clip_end = radius / 100, radius * 100
    return _aimed(camera, center)


def _light(name: str, energy: float, place: Vector, radius: float, center: Vector) -> None:
    light = bpy.data.lights.new(name, "AREA")
    light.energy, light.size = energy, radius * 1.5
    lamp = bpy.data.objects.new(name, light)
    lamp.location = place
    _aimed(lamp, center)


def _aimed(obj: bpy.types.Object, center: Vector) -> bpy.types.Object:
    obj.rotation_euler = (center - obj.location).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(obj)
    return obj


main()
