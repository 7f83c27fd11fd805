"""Caches what a walk over all objects finds, from one redraw to the next, until the scene changes.

Main thread only. With ten thousand objects a walk takes milliseconds, and a panel needs several.
Only drawing uses cached results; other callers may have changed the scene themselves and get a new
walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast

import bpy
from bpy.app.handlers import persistent

from ..registration import handler_pair

_Found = TypeVar("_Found")


class SceneWalks:
    """The results since the last change. Without `keep`, nothing is cached: in background mode a
    script may draw before Blender notices its changes."""

    def __init__(self, *, keep: bool) -> None:
        self.keep = keep
        self._drawing = False
        self._found: dict[object, Any] = {}

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Use and fill the cache while a panel is drawn."""
        self._drawing = self.keep
        try:
            yield
        finally:
            self._drawing = False

    def of(self, name: object, walk: Callable[[], _Found]) -> _Found:
        """The result of the walk of that name."""
        if not self._drawing:
            return walk()
        if name not in self._found:
            self._found[name] = walk()
        return cast("_Found", self._found[name])

    def forget(self) -> None:
        """Clear the cache."""
        self._found.clear()


WALKS: Final = SceneWalks(keep=not bpy.app.background)


@persistent
def _changed(*_unused: object) -> None:
    WALKS.forget()


_HANDLERS: Final = ("depsgraph_update_post", "load_post", "undo_post", "redo_post")
register, unregister = handler_pair(tuple((name, _changed) for name in _HANDLERS))
