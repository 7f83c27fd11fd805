"""The model to work on: a job's result, a model file, or an object of a .blend.

Main thread only. Imports it into the command's scene.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy

from ..messages import command_line as messages
from ..objects.placement import placement
from ..scripting import job_list
from ..scripting.refused import Refused
from ..session import composition

if TYPE_CHECKING:
    from .terminal import Terminal

_IMPORTERS: Final[Mapping[str, Callable[[str], object]]] = {
    ".glb": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    ".gltf": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    ".fbx": lambda path: bpy.ops.import_scene.fbx(filepath=path),
    ".obj": lambda path: bpy.ops.wm.obj_import(filepath=path),
    ".stl": lambda path: bpy.ops.wm.stl_import(filepath=path),
    ".usd": lambda path: bpy.ops.wm.usd_import(filepath=path),
    ".usdc": lambda path: bpy.ops.wm.usd_import(filepath=path),
    ".usdz": lambda path: bpy.ops.wm.usd_import(filepath=path),
}


def load(source: str, name: str, terminal: Terminal) -> Sequence[bpy.types.Object]:
    """Import the source into the scene and return its objects, the first one first. `name` is an
    object of a .blend. Raises `Refused`."""
    path = Path(source).expanduser()
    if path.suffix.lower() == ".blend":
        return _of_blend(path, name)
    if path.suffix.lower() in _IMPORTERS:
        return _imported(path)
    return _of_job(source, terminal)


def _of_blend(path: Path, name: str) -> Sequence[bpy.types.Object]:
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path.absolute()), load_ui=False)
    except RuntimeError as error:
        raise Refused(messages.unreadable(str(path), str(error).strip())) from None
    roots = [obj for obj in bpy.context.scene.objects if obj.parent is None and _has_mesh(obj)]
    named = [obj for obj in bpy.context.scene.objects if obj.name == name] if name else roots
    if len(named) != 1:
        raise Refused(messages.which_object(path.name, sorted(obj.name for obj in roots)))
    return named


def _imported(path: Path) -> Sequence[bpy.types.Object]:
    before = set(bpy.data.objects)
    try:
        _IMPORTERS[path.suffix.lower()](str(path.absolute()))
    except (AttributeError, RuntimeError) as error:
        raise Refused(messages.unreadable(str(path), str(error).strip())) from None
    return [obj for obj in bpy.data.objects if obj not in before and obj.parent is None]


def _of_job(text: str, terminal: Terminal) -> Sequence[bpy.types.Object]:
    job = job_list.find_job(text)
    if composition.engine().bring(job.id, placement(bpy.context)) is None:
        raise Refused(messages.NOTHING_TO_EXPORT)
    job_list.follow((job,), progress=terminal.progress)
    if not job.objects:
        raise Refused(job.error or messages.NOTHING_TO_EXPORT)
    return job.objects[:1]


def _has_mesh(obj: bpy.types.Object) -> bool:
    return any(each.type == "MESH" for each in (obj, *obj.children_recursive))
