"""Follows the open file: opened, saved, changed by undo, or waiting while the add-on is disabled.

Main thread only.
"""

from __future__ import annotations

from typing import Final

import bpy
from bpy.app.handlers import persistent

from ..registration import handler_pair
from . import open_file, timer
from .state import WIRING, new_token


@persistent
def _file_opened(_path: str, _unused: object) -> None:
    """Start a new document: jobs submitted from the previous file wait until it is open again."""
    WIRING.document = new_token()
    WIRING.refusals.clear()
    WIRING.notes.clear()
    WIRING.announced.clear()
    WIRING.waited.clear()
    WIRING.pinned.clear()
    WIRING.selected_arrival = None
    if WIRING.engine is not None:
        timer.arm()


@persistent
def _file_saved(_path: str, _unused: object) -> None:
    """Update the file path of the document's jobs."""
    if WIRING.engine is not None:
        WIRING.engine.saved_as(WIRING.document, bpy.data.filepath)


@persistent
def _gone_back(_scene: bpy.types.Scene, _unused: object) -> None:
    """Mark a partly imported model as unusable, because undo or redo may have changed it."""
    if WIRING.arriving is not None:
        WIRING.arriving.spoil()


_HANDLERS: Final = (
    ("load_post", _file_opened),
    ("save_post", _file_saved),
    ("undo_post", _gone_back),
    ("redo_post", _gone_back),
)
_watch, _stop_watching = handler_pair(_HANDLERS)


def register() -> None:
    """Add handlers for opening and saving files and for undo. Jobs of the open file continue, even
    if the add-on was disabled meanwhile or updated."""
    WIRING.document, WIRING.pinned = new_token(), open_file.Destinations()
    _recall_file()
    if open_file.is_kept():
        # Blender restricts access to its data while it enables an add-on.
        bpy.app.timers.register(_recall_file)
    _watch()


def _recall_file() -> None:
    """Restore the open file's document id and pinned destinations from before the add-on was
    disabled."""
    known = open_file.recall()
    if known is not None:
        WIRING.document, WIRING.pinned = known.document, known.destinations


def unregister() -> None:
    """Remember the file for the next time, and remove the handlers."""
    if bpy.app.timers.is_registered(_recall_file):
        bpy.app.timers.unregister(_recall_file)
    open_file.keep(open_file.OpenFile(WIRING.document, WIRING.pinned))
    _stop_watching()
