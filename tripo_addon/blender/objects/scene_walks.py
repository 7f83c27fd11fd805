"""What a walk over all objects finds, kept from one redraw to the next until the scene changes.

Main thread only. With ten thousand objects one walk takes milliseconds, and a panel needs several.
Only drawing may be shown what was found a moment ago; whatever else asks gets a walk of its own,
since it may itself have changed the scene.
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
    """What was found since the last change. Without `keep` nothing is kept: in background mode a
    script may draw before Blender has noticed its changes."""

    def __init__(self, *, keep: bool) -> None:
        self.keep = keep
        self._drawing = False
        self._found: dict[object, Any] = {}

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """While a panel draws, walks are kept, and what was kept is used."""
        self._drawing = self.keep
        try:
            yield
        finally:
            self._drawing = False

    def of(self, name: object, walk: Callable[[], _Found]) -> _Found:
        """What the walk of that name finds."""
        if not self._drawing:
            return walk()
        if name not in self._found:
            self._found[name] = walk()
        return cast("_Found", self._found[name])

    def forget(self) -> None:
        """Walk again."""
        self._found.clear()


WALKS: Final = SceneWalks(keep=not bpy.app.background)


@persistent
def _changed(*_unused: object) -> None:
    WALKS.forget()


_HANDLERS: Final = ("depsgraph_update_post", "load_post", "undo_post", "redo_post")
register, unregister = handler_pair(tuple((name, _changed) for name in _HANDLERS))
