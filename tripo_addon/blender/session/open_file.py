"""Keeps the open file's token and its jobs' destinations while the add-on is disabled or updated.

They are stored in a custom property of the window manager: Blender does not save it and drops it
with the file, but it survives the add-on's modules. Main thread only.
"""

from __future__ import annotations

from dataclasses import field
from typing import Final

import bpy

from ...api.record import record

PROPERTY: Final = "tripo_addon_open_file"
Destinations = dict[tuple[str, str], tuple[int, int]]
"""The `session_uid`s of scenes and collections, by their names."""


@record
class OpenFile:
    """The open file's token, and the scenes and collections of its jobs."""

    document: str
    destinations: Destinations = field(default_factory=Destinations)


def scene_uids() -> frozenset[int]:
    """The session_uids of the open file's scenes; none while Blender restricts access to its data,
    as during startup."""
    return frozenset(scene.session_uid for scene in getattr(bpy.data, "scenes", ()))


def keep(known: OpenFile) -> None:
    """Store the data for when the add-on is enabled again while this file is open."""
    manager = bpy.context.window_manager
    if manager is None:
        return
    import json  # enabling usually finds nothing to read

    named = [[*names, *uids] for names, uids in known.destinations.items()]
    scenes = sorted(scene_uids())
    text = json.dumps({"document": known.document, "scenes": scenes, "destinations": named})
    manager[PROPERTY] = text


def is_kept() -> bool:
    """Whether data is stored that was not recalled yet."""
    manager = bpy.context.window_manager
    return manager is not None and PROPERTY in manager


def recall() -> OpenFile | None:
    """Return and remove the data stored for the open file, or None. While Blender restricts access
    to its data, it stays stored.

    Opening a file without loading its UI keeps the window manager, so scenes are compared.
    """
    manager = bpy.context.window_manager
    text = manager.get(PROPERTY) if manager is not None else None
    if not isinstance(text, str) or not scene_uids():
        return None
    del manager[PROPERTY]
    import json  # as above

    try:
        data = json.loads(text)
        same = scene_uids() & frozenset(data["scenes"])
        named = {(a, b): (int(c), int(d)) for a, b, c, d in data["destinations"]}
        return OpenFile(str(data["document"]), named) if same else None
    except (ValueError, TypeError, KeyError):
        return None
