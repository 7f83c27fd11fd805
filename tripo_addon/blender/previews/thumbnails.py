"""Thumbnails for panels: asked for while drawing, made beside it.

Main thread only. Drawing reads what is known and remembers what it missed. A worker looks at the
files, a few per turn of the timer; Blender decodes them in a thread of its own once they are drawn.
A file that is drawn again is looked at again, so that a change on disk shows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
import bpy.utils.previews

from ..session import composition, redraw, timer
from .picture_look import Look, look

if TYPE_CHECKING:
    from ...jobs.engine.workers import Pending

MOST: Final = 256
"""Thumbnails kept; each takes a quarter of a megabyte."""
PER_TURN: Final = 8
"""Files handed to the worker, and thumbnails taken over, in one turn of the timer."""
_LANE: Final = "look"
_SOON: Final = 0.05
_LOOK_AGAIN_SECONDS: Final = 2.0


@dataclass(slots=True)
class _Entry:
    """What is known of one file. `icon` is 0 while there is none."""

    seen: Look | None = None
    icon: int = 0
    name: str = ""
    looked: float = 0.0
    digest: bool = False
    pending: Pending[Look] | None = None


class Thumbnails:
    """The thumbnails of files, least recently drawn first."""

    def __init__(self) -> None:
        """Holds nothing of Blender's before the first thumbnail."""
        self._entries: dict[Path, _Entry] = {}
        self._wanted: dict[Path, None] = {}
        self._images: set[int] = set()
        # An ImagePreviewCollection is a dict, which its stub does not know.
        self._collection: Any = None

    def icon(self, path: Path | None) -> int:
        """The icon_id of a file's thumbnail, 0 while there is none. For draw(): reads nothing from
        disk, and has the file looked at soon."""
        return self._asked(path).icon if path is not None else 0

    def look(self, path: Path, *, digest: bool = False) -> Look | None:
        """What is known of a file, None before the first look. For draw(), as `icon`."""
        entry = self._asked(path)
        if digest and not entry.digest:
            entry.digest = True
            self._want(path)
        return entry.seen

    def image_icon(self, image: bpy.types.Image | None) -> int:
        """The icon_id of an image data-block's own preview, 0 while it has none. For draw()."""
        if image is None:
            return 0
        if image.preview is None:
            if image.session_uid not in self._images:
                self._images.add(image.session_uid)
                timer.arm()
            return 0
        return image.preview.icon_id

    def tick(self) -> float | None:
        """Take over what was seen, and have more looked at. Returns seconds until the next call is
        worth it, or None."""
        changed = self._make_image_previews()
        looking = [path for path, entry in self._entries.items() if entry.pending is not None]
        for path in looking[:PER_TURN]:
            changed |= self._collect(path)
        for path in list(self._wanted)[:PER_TURN]:
            self._hand_out(path)
        self._forget_oldest()
        if changed:
            redraw.panels()
        busy = bool(self._wanted) or any(entry.pending for entry in self._entries.values())
        return _SOON if busy else None

    def clear(self) -> None:
        """Forget everything, and give Blender its memory back."""
        self._entries.clear()
        self._wanted.clear()
        self._images.clear()
        if self._collection is not None:
            bpy.utils.previews.remove(self._collection)
            self._collection = None

    def _asked(self, path: Path) -> _Entry:
        """The file's entry, now the most recently drawn one; it is looked at if that is due."""
        entry = self._entries.pop(path, None)
        if entry is None:
            entry = _Entry()
        self._entries[path] = entry
        due = time.monotonic() - entry.looked > _LOOK_AGAIN_SECONDS
        if due and entry.pending is None:
            self._want(path)
        return entry

    def _want(self, path: Path) -> None:
        if path not in self._wanted:
            self._wanted[path] = None
            timer.arm()

    def _hand_out(self, path: Path) -> None:
        del self._wanted[path]
        entry = self._entries.get(path)
        if entry is not None:
            work = partial(look, path, entry.seen, digest=entry.digest)
            entry.pending = composition.workers().ask(_LANE, work)

    def _collect(self, path: Path) -> bool:
        """Take over what a worker saw. Whether anything changed."""
        entry = self._entries[path]
        seen = entry.pending.value() if entry.pending is not None else None
        if seen is None:
            return False
        former, entry.seen, entry.pending = entry.seen, seen, None
        entry.looked = time.monotonic()
        if former == seen:
            return False
        if former is None or former.stamp != seen.stamp:
            self._drop(entry)
            if seen.drawable:
                self._load(path, entry, seen)
        return True

    def _load(self, path: Path, entry: _Entry, seen: Look) -> None:
        """Have Blender load the thumbnail once it is drawn: only its name is noted now. A changed
        file gets another name, for the former thumbnail may be loading at this moment."""
        if self._collection is None:
            self._collection = bpy.utils.previews.new()
        entry.name = f"{path} {seen.stamp}"
        entry.icon = self._collection.load(entry.name, str(path), "IMAGE").icon_id

    def _drop(self, entry: _Entry) -> None:
        if entry.name and self._collection is not None:
            del self._collection[entry.name]
        entry.name, entry.icon = "", 0

    def _forget_oldest(self) -> None:
        for path in list(self._entries)[: max(0, len(self._entries) - MOST)]:
            self._drop(self._entries.pop(path))
            self._wanted.pop(path, None)

    def _make_image_previews(self) -> bool:
        """Give the images that were drawn a preview, which Blender fills once that is drawn."""
        if not self._images:
            return False
        for image in bpy.data.images:
            if image.session_uid in self._images and image.preview is None:
                image.preview_ensure()
        self._images.clear()
        return True


THUMBNAILS: Final = Thumbnails()


def thumbnail(path: Path | None) -> int:
    """The icon_id of a file's thumbnail, 0 while there is none. For draw(): reads nothing from
    disk."""
    return THUMBNAILS.icon(path)


def image_thumbnail(image: bpy.types.Image | None) -> int:
    """The icon_id of an image data-block's preview, 0 while there is none. For draw()."""
    return THUMBNAILS.image_icon(image)


def register() -> None:
    """Nothing is loaded before the first thumbnail is drawn."""


def unregister() -> None:
    """Release every thumbnail."""
    THUMBNAILS.clear()
