"""Counts the changes of the scene, so that earlier results are not used after one.

Main thread only. Blender reports a change before it redraws because of it.
"""

from __future__ import annotations

from typing import Final

from bpy.app.handlers import persistent

from ...api.record import mutable_record
from ..registration import handler_pair


@mutable_record
class SceneChanges:
    """How often anything in the scene has changed (`count`), and how often another file or another
    state of it was loaded (`states`), which changes every object at once."""

    count: int = 0
    states: int = 0


CHANGES: Final = SceneChanges()


@persistent
def _changed(*_unused: object) -> None:
    CHANGES.count += 1


@persistent
def _gone_back(*_unused: object) -> None:
    CHANGES.count += 1
    CHANGES.states += 1


register, unregister = handler_pair(
    (
        ("depsgraph_update_post", _changed),
        ("load_post", _gone_back),
        ("undo_post", _gone_back),
        ("redo_post", _gone_back),
    )
)
