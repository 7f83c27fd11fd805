"""The token that jobs of the open .blend carry, and where they go, kept while the add-on is off.

They lie in a custom property of the window manager. Blender never saves it and drops it with the
file; disabling, enabling or updating the add-on, which replaces every module, leaves it alone.
Main thread only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

import bpy

PROPERTY: Final = "tripo_addon_open_file"
Destinations = dict[tuple[str, str], tuple[int, int]]
"""Scene and collection by name: their `session_uid`s."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """The open file's token, and the scenes and collections that jobs were asked from."""

    document: str
    destinations: Destinations = field(default_factory=Destinations)


def scene_uids() -> frozenset[int]:
    """The scenes of the open file; none where Blender does not show its data, as at start."""
    return frozenset(scene.session_uid for scene in getattr(bpy.data, "scenes", ()))


def keep(known: OpenFile) -> None:
    """Leave it for whoever is enabled next while this file is open."""
    manager = bpy.context.window_manager
    if manager is None:
        return
    named = [[*names, *uids] for names, uids in known.destinations.items()]
    scenes = sorted(scene_uids())
    text = json.dumps({"document": known.document, "scenes": scenes, "destinations": named})
    manager[PROPERTY] = text


def recall() -> OpenFile | None:
    """Take back what was kept for the file that is open now; None where there is nothing.

    Opening a file without its interface leaves the window manager in place, so scenes are compared.
    """
    manager = bpy.context.window_manager
    text = manager.get(PROPERTY) if manager is not None else None
    if not isinstance(text, str):
        return None
    del manager[PROPERTY]
    try:
        said = json.loads(text)
        same = scene_uids() & frozenset(said["scenes"])
        named = {(a, b): (int(c), int(d)) for a, b, c, d in said["destinations"]}
        return OpenFile(str(said["document"]), named) if same else None
    except (ValueError, TypeError, KeyError):
        return None
