"""Brings a finished model into a scene: appended from the child's .blend, or imported directly.

Main thread only. It pushes no undo step and changes no selection, mode or scene setting; after a
failure there is nothing new in the file.
"""

from __future__ import annotations

import fnmatch
import logging
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from mathutils import Vector

from . import convert

if TYPE_CHECKING:
    from ..jobs.modelfile import ModelFormat

_SCRIPT: Final = Path(convert.__file__).resolve()
# Upper case. Proxies may carry a password, and the child is offline anyway; the last one would
# lead it to the artist's own scripts and extensions.
_KEPT_BACK: Final = (
    "TRIPO_*",
    "*_KEY",
    "*_TOKEN",
    "*SECRET*",
    "*PASSWORD*",
    "*CREDENTIAL*",
    "*_PROXY",
    "BLENDER_USER_*",
)

log = logging.getLogger(__name__)


class ImportFailed(Exception):
    """The model could not be brought in; `sentence` says why in the artist's words."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Arrival:
    """What a placed model is called. Names, because references die with undo and file load."""

    root: str
    collection: str
    objects: int
    note: str


def arrival(root: bpy.types.Object, *, note: str = "") -> Arrival:
    """Describe the model whose root `append` or `import_directly` has just returned."""
    collection = root.users_collection[0]
    return Arrival(root.name, collection.name, len(collection.objects), note)


def append(
    blend: Path,
    *,
    name: str,
    scene: bpy.types.Scene,
    parent: bpy.types.Collection,
    location: tuple[float, float, float],
) -> bpy.types.Object:
    """Append the child's one collection below `parent` and return its root, moved by `location`.

    `parent` gives way to the scene's own collection where it is not in `scene` or not editable.
    Takes milliseconds. Raises ImportFailed. Source: bpy.types.BlendDataLibraries.load.
    """
    with ExitStack() as undoing:
        before = convert.known()
        undoing.callback(convert.forget_since, before)
        collection = _load(blend)
        root = next((thing for thing in collection.objects if thing.parent is None), None)
        if root is None:
            raise ImportFailed("The converted model is damaged: it has no root.")
        convert.sweep(before, keep=collection)
        _place(collection, root, name=name, scene=scene, parent=parent, location=location)
        undoing.pop_all()
    return root


def import_directly(
    source: Path,
    *,
    format: ModelFormat,
    name: str,
    turn: float,
    scene: bpy.types.Scene,
    parent: bpy.types.Collection,
    location: tuple[float, float, float],
) -> bpy.types.Object:
    """Import `source` in this Blender, which stands still meanwhile; the end is that of `append`.

    `turn` is in degrees about the world's Z. Raises ImportFailed.
    """
    with ExitStack() as undoing:
        before = convert.known()
        undoing.callback(convert.forget_since, before)
        try:
            model = convert.bring_in(
                source,
                kind=format.value,
                name=name,
                turn=turn,
                terms=_terms(scene),
                before=before,
            )
        except convert.Unreadable as error:
            log.warning("%s: %s", error.sentence, error.detail)
            raise ImportFailed(error.sentence) from error
        _place(
            model.collection, model.root, name=name, scene=scene, parent=parent, location=location
        )
        undoing.pop_all()
    return model.root


def child_command(order: Path | None = None) -> tuple[str, ...]:
    """Compose the command that runs convert.py; without `order`, its path is still to be added.

    The bpy module has no program of its own: there Python runs the script, which imports bpy.
    """
    script = str(_SCRIPT)
    if bpy.app.binary_path:
        start = (bpy.app.binary_path, "--background", "--factory-startup", "--offline-mode")
        start = (*start, "--python-exit-code", "3", "--python", script)
    else:
        # -P: modules beside the script must not hide those of the same name that Blender imports.
        start = (sys.executable, "-P", script)
    return (*start, "--") if order is None else (*start, "--", str(order))


def child_environment() -> dict[str, str]:
    """Return this process's environment without keys, passwords and personal Blender folders."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not any(fnmatch.fnmatchcase(name.upper(), pattern) for pattern in _KEPT_BACK)
    }
    # No folder can exist below a file, so nobody can put scripts there for the child to run.
    return kept | {"BLENDER_USER_RESOURCES": str(_SCRIPT / "none")}


def child_terms(scene: bpy.types.Scene) -> dict[str, float]:
    """Return the optional entries of convert.py's order that depend on the artist's scene."""
    terms = _terms(scene)
    return {"fps": terms.fps, "metres_per_unit": terms.metres_per_unit}


def _terms(scene: bpy.types.Scene) -> convert.Terms:
    fps = scene.render.fps / scene.render.fps_base
    return convert.Terms(fps, scene.unit_settings.scale_length)


def _load(blend: Path) -> bpy.types.Collection:
    try:
        with bpy.data.libraries.load(str(blend), link=False) as (found, wanted):
            wanted.collections = list(found.collections)
    except (OSError, RuntimeError) as error:
        log.warning("%s", error)
        raise ImportFailed("The converted model cannot be read any more.") from error
    loaded = [collection for collection in wanted.collections if collection]
    if len(loaded) != 1:
        raise ImportFailed("The converted model is damaged: it is not one collection.")
    return loaded[0]


def _place(
    collection: bpy.types.Collection,
    root: bpy.types.Object,
    *,
    name: str,
    scene: bpy.types.Scene,
    parent: bpy.types.Collection,
    location: tuple[float, float, float],
) -> None:
    collection.name = name
    root.name = name
    root.location = root.location + Vector(location)
    inside = parent == scene.collection or parent in scene.collection.children_recursive
    home = parent if inside and parent.is_editable else scene.collection
    home.children.link(collection)
