"""Both ways of importing, with a child and directly, and measurements of the result."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender import samples
from tripo_addon.blender.arrival import importer
from tripo_addon.blender.child.importing import datablocks
from tripo_addon.blender.child.importing.extra_animations import Clip
from tripo_addon.blender.child.importing.options import ImportOptions
from tripo_addon.blender.objects import placement
from tripo_addon.blender.session.child_command import child_command, child_environment
from tripo_addon.jobs.model_files.model_format import laid_open, recognize
from tripo_addon.jobs.work.child_process import ChildResult, Finished, run_child
from tripo_addon.jobs.work.converter import Converter
from tripo_addon.jobs.work.warm_child import WarmChild

NAME = "Wooden Chest"


PLACE = (10.0, 20.0, 30.0)


WARM = WarmChild()
"""The warm child of all tests, as in an artist's session; `conftest` ends it."""


def run_in_child(order: dict[str, object], folder: Path) -> ChildResult:
    """Carry out an order in the warm child, or in a fresh one if that fails, as the add-on does."""
    environment = child_environment()
    # Must not change between tests, or the child would be replaced.
    environment.pop("PYTEST_CURRENT_TEST", None)
    converter = Converter(child_command(), environment, timeout=300.0, takes_orders=True)
    WARM.prepare(converter)
    ended = WARM.carry_out(
        converter,
        _write_order(order, folder),
        result=folder / "result.json",
        log=folder / "log.txt",
        stop=lambda: False,
        memory=None,
    )
    return run_in_new_child(order, folder) if ended is None else ended


def run_in_new_child(order: dict[str, object], folder: Path) -> ChildResult:
    """Carry out an order in its own child, which may end in any way."""
    return run_child(
        child_command(_write_order(order, folder)),
        environment=child_environment(),
        result=folder / "result.json",
        stop=lambda: False,
        timeout=300.0,
        log=folder / "log.txt",
    )


def _write_order(order: dict[str, object], folder: Path) -> Path:
    path = folder / "order.json"
    path.write_text(json.dumps(order), encoding="utf-8")
    return path


def order_for(source: Path, folder: Path, name: str = NAME, **terms: object) -> dict[str, object]:
    return {
        "do": "convert",
        "source": str(source),
        "format": recognize(source).value,
        "blend": str(folder / "model.blend"),
        "result": str(folder / "result.json"),
        "name": name,
        "seconds": 300,
        **placement.scene_options(bpy.context.scene),
        **terms,
    }


def by_child(
    source: Path,
    folder: Path,
    name: str = NAME,
    textures: Path | None = None,
    clips: Mapping[str, Path] | None = None,
    **terms: object,
) -> bpy.types.Object:
    """Import with a child. `clips` are all files of a task by the names of their animations, the
    source first."""
    with laid_open(source, folder / "unpacked") as (model, _):
        ended = run_in_child(order_for(model, folder, name, **clip_entries(clips), **terms), folder)
    assert isinstance(ended, Finished), ended
    assert ended.result["ok"] is True, ended
    return append(folder / "model.blend", name, textures=textures)


def append(
    blend: Path,
    name: str = NAME,
    parent: bpy.types.Collection | None = None,
    textures: Path | None = None,
) -> bpy.types.Object:
    scene = bpy.context.scene
    arrival = importer.Arrival(blend, textures=textures)
    while not arrival.complete:
        arrival.advance()
    return arrival.place(name=name, scene=scene, parent=parent or scene.collection, location=PLACE)


def clip_entries(clips: Mapping[str, Path] | None) -> dict[str, object]:
    """Return the entries of an order for these files."""
    further = [
        {"source": str(path), "format": recognize(path).value} for path in additional_clips(clips)
    ]
    return {"clips": further, "clip_names": list(clips)} if clips else {}


def additional_clips(clips: Mapping[str, Path] | None) -> tuple[Path, ...]:
    return tuple((clips or {}).values())[1:]


def directly(
    source: Path,
    folder: Path,
    name: str = NAME,
    textures: Path | None = None,
    clips: Mapping[str, Path] | None = None,
    **terms: Any,
) -> bpy.types.Object:
    scene = bpy.context.scene
    with laid_open(source, folder / "unpacked") as (model, form):
        root, _warnings = importer.import_directly(
            model,
            format=form,
            name=name,
            terms=ImportOptions(**placement.scene_options(scene) | terms),
            scene=scene,
            parent=scene.collection,
            location=PLACE,
            textures=textures,
            clips=tuple(Clip(path, recognize(path).value) for path in additional_clips(clips)),
            clip_names=tuple(clips or ()),
        )
    return root


Way = Callable[..., bpy.types.Object]


both_ways = pytest.mark.parametrize("arrive", [by_child, directly])


def objects_of(root: bpy.types.Object) -> tuple[bpy.types.Object, ...]:
    return tuple(root.users_collection[0].all_objects)


def part(root: bpy.types.Object, name: str) -> bpy.types.Object:
    return next(obj for obj in objects_of(root) if obj.name == name)


def extent(*parts: bpy.types.Object) -> tuple[tuple[float, float], ...]:
    """Return the parts' bounds in the world, relative to PLACE: (least, greatest) for X, Y, Z."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    corners: list[Any] = []
    for obj in parts:
        if obj.type == "MESH":
            shown = obj.evaluated_get(graph)
            corners += [shown.matrix_world @ vertex.co for vertex in shown.data.vertices]
    axes = zip(*corners, strict=True)
    return tuple(
        (round(min(axis) - start, 3), round(max(axis) - start, 3))
        for axis, start in zip(axes, PLACE, strict=True)
    )


def measures(root: bpy.types.Object) -> dict[str, object]:
    meshes = [obj.data for obj in objects_of(root) if obj.type == "MESH"]
    return {
        "root": root.name,
        "names": sorted(
            (obj.name, obj.type, obj.data and obj.data.name) for obj in objects_of(root)
        ),
        "extent": extent(*objects_of(root)),
        "faces": sorted(len(mesh.polygons) for mesh in meshes),
        "quads": sum(len(face.vertices) == 4 for mesh in meshes for face in mesh.polygons),
        "materials": sorted(material.name for material in bpy.data.materials),
        "images": sorted(
            (
                image.name,
                tuple(image.size),
                image.packed_file.size,
                image.colorspace_settings.name,
                image.filepath,
            )
            for image in bpy.data.images
        ),
        "actions": sorted((action.name, action.frame_range[:]) for action in bpy.data.actions),
    }


def orphan_data() -> list[str]:
    made = (
        "objects",
        "meshes",
        "materials",
        "images",
        "actions",
        "collections",
        "armatures",
        "scenes",
        "libraries",
        "node_groups",
    )
    scene = bpy.context.scene
    return [
        f"{kind} {block.name}"
        for kind, block in datablocks.every()
        if kind in made
        and block != scene
        and (kind == "libraries" or block.users == 0 or block.use_fake_user)
    ]


SAMPLES = {
    "plain": (samples.glb, samples.plain),
    "textured": (samples.glb, samples.textured),
    "parts": (samples.glb, samples.parts),
    "twins": (samples.glb, samples.twins),
    "heavy": (samples.glb, samples.heavy),
    "rigged": (samples.glb, samples.rigged),
    "sliding": (samples.glb, samples.sliding),
    "heavy-fbx": (samples.fbx, samples.heavy),
    "plain-fbx": (samples.fbx, samples.plain),
    "textured-fbx": (samples.fbx, samples.textured),
    "rigged-fbx": (samples.fbx, samples.rigged),
}
