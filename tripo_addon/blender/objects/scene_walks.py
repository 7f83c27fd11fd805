"""Caches what a walk over all objects finds, from one redraw to the next, until the scene changes.

Main thread only. With ten thousand objects a walk takes milliseconds, and a panel needs several.
Only drawing uses cached results; other callers may have changed the scene themselves and get a new
walk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import bpy

from ..one_drawing import is_drawing
from .scene_changes import CHANGES

_Found = TypeVar("_Found")


class SceneWalks:
    """The results since the last change. Without `keep`, nothing is cached: in background mode a
    script may draw before Blender notices its changes."""

    def __init__(self, *, keep: bool) -> None:
        self.keep = keep
        self._found_at = 0
        self._found: dict[object, Any] = {}

    def of(self, name: object, walk: Callable[[], _Found]) -> _Found:
        """The result of the walk of that name."""
        if not (self.keep and is_drawing()):
            return walk()
        if self._found_at != CHANGES.count:
            self._found_at = CHANGES.count
            self._found.clear()
        if name not in self._found:
            self._found[name] = walk()
        found: _Found = self._found[name]
        return found


WALKS: Final = SceneWalks(keep=not bpy.app.background)
