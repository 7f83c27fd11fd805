"""Thumbnails for panels: requested while drawing, loaded by the timer.

Main thread only. Drawing returns known thumbnails and queues missing ones. Workers check the files,
a few per turn of the timer; Blender decodes them in its own thread once they are drawn. A file that
is still drawn is checked again, so that a change on disk shows. For pictures that the camera or the
user rotated, a second Blender makes small rotated copies.
"""

from __future__ import annotations

import time
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
import bpy.utils.previews

from ...api.record import mutable_record
from .. import settings
from ..session import child_command, composition, redraw, timer
from . import kept_pictures, picture_look, turned_copies

if TYPE_CHECKING:
    from ...jobs.engine.workers import Pending

MOST: Final = 256
"""Maximum number of files with thumbnails; each takes a quarter of a megabyte."""
PER_TURN: Final = 8
"""Files passed to workers, and results collected, per turn of the timer."""
FOLDER: Final = "thumbnails"
"""The folder of pictures that a second Blender makes, in the add-on's user folder."""
_SOON: Final = 0.05
_LOOK_AGAIN_SECONDS: Final = 2.0


@mutable_record
class _Entry:
    """The state of one file. `icons` and `names` are its thumbnails by quarter turns; `copied`:
    the rotated ones were requested."""

    seen: picture_look.Look | None = None
    icons: dict[int, int] = field(default_factory=dict[int, int])
    names: dict[int, str] = field(default_factory=dict[int, str])
    looked: float = 0.0
    digest: bool = False
    copied: bool = False
    looking: Pending[picture_look.Look] | None = None
    copying: Pending[tuple[Path, ...]] | None = None

    @property
    def busy(self) -> bool:
        """Whether a worker is processing the file."""
        return self.looking is not None or self.copying is not None


class Thumbnails:
    """The thumbnails of files, least recently drawn first."""

    def __init__(self) -> None:
        """Create it empty; Blender's preview collection is created with the first thumbnail."""
        self._entries: dict[Path, _Entry] = {}
        self._to_look: dict[Path, None] = {}
        self._to_copy: dict[Path, None] = {}
        self._images: set[int] = set()
        # Any: the stub does not know that an ImagePreviewCollection is a dict.
        self._collection: Any = None

    def icon(self, path: Path | None, turn: int = 0) -> int:
        """Return the icon_id of a file's thumbnail, rotated by `turn` quarters clockwise; 0 while
        there is none. For draw(): reads nothing from disk, but queues a check of the file."""
        if path is None:
            return 0
        entry = self._entry(path)
        if turn not in entry.icons and not entry.copied and _is_drawable(entry.seen):
            entry.copied = True
            self._to_copy[path] = None
            timer.arm()
        return entry.icons.get(turn, 0)

    def look(self, path: Path, *, digest: bool = False) -> picture_look.Look | None:
        """Return the last known state of a file, None before the first check. For draw(), like
        `icon`."""
        entry = self._entry(path)
        if digest and not entry.digest:
            entry.digest = True
            self._want(path)
        return entry.seen

    def image_icon(self, image: bpy.types.Image | None) -> int:
        """Return the icon_id of an image data-block's preview, 0 while it has none. For draw()."""
        if image is None:
            return 0
        if image.preview is None:
            if image.session_uid not in self._images:
                self._images.add(image.session_uid)
                timer.arm()
            return 0
        return image.preview.icon_id

    def tick(self) -> float | None:
        """Collect results from workers and pass them more work. Returns seconds until the next
        call, or None if none is needed."""
        changed = self._make_image_previews()
        busy = [path for path, entry in self._entries.items() if entry.busy]
        for path in busy[:PER_TURN]:
            changed |= self._collect(path, self._entries[path])
        for path in list(self._to_look)[:PER_TURN]:
            self._have_looked(path)
        for path in list(self._to_copy)[:PER_TURN]:
            self._have_copied(path)
        self._forget_oldest()
        if changed:
            redraw.panels()
        waits = self._to_look or self._to_copy or any(e.busy for e in self._entries.values())
        return _SOON if waits else None

    def clear(self) -> None:
        """Remove all thumbnails and free Blender's memory."""
        self._entries.clear()
        self._to_look.clear()
        self._to_copy.clear()
        self._images.clear()
        if self._collection is not None:
            bpy.utils.previews.remove(self._collection)
            self._collection = None

    def _entry(self, path: Path) -> _Entry:
        """Return the file's entry, marked as most recently drawn; queue a check if it is due."""
        entry = self._entries.pop(path, None)
        if entry is None:
            entry = _Entry()
        self._entries[path] = entry
        due = time.monotonic() - entry.looked > _LOOK_AGAIN_SECONDS
        if due and entry.looking is None:
            self._want(path)
        return entry

    def _want(self, path: Path) -> None:
        if path not in self._to_look:
            self._to_look[path] = None
            timer.arm()

    def _have_looked(self, path: Path) -> None:
        del self._to_look[path]
        entry = self._entries.get(path)
        if entry is not None:
            work = partial(picture_look.look, path, entry.seen, digest=entry.digest)
            entry.looking = composition.workers().ask("look", work)

    def _have_copied(self, path: Path) -> None:
        del self._to_copy[path]
        entry = self._entries.get(path)
        maker = picture_maker()
        if maker and entry is not None and entry.seen is not None and entry.copying is None:
            work = partial(turned_copies.turned_copies, path, entry.seen, maker)
            entry.copying = composition.workers().ask("turn", work)

    def _collect(self, path: Path, entry: _Entry) -> bool:
        """Collect a file's results from workers. Returns whether anything changed."""
        seen = entry.looking.value() if entry.looking is not None else None
        changed = seen is not None and self._take_look(path, entry, seen)
        copies = entry.copying.value() if entry.copying is not None else None
        if copies is None:
            return changed
        entry.copying = None
        for turn, copy in enumerate(copies):
            if turn not in entry.icons:
                self._load(entry, turn, copy)
        return True

    def _take_look(self, path: Path, entry: _Entry, seen: picture_look.Look) -> bool:
        """Store a file's new state. Returns whether anything changed."""
        former, entry.seen, entry.looking = entry.seen, seen, None
        entry.looked = time.monotonic()
        if former is None or former.stamp != seen.stamp:
            self._drop(entry)
            if _is_drawable(seen) and seen.orientation == picture_look.UPRIGHT:
                self._load(entry, 0, path)
        return former != seen

    def _load(self, entry: _Entry, turn: int, file: Path) -> None:
        """Register a thumbnail, which Blender loads once it is drawn. A changed file gets a new
        name, because Blender may still be loading the old thumbnail."""
        if self._collection is None:
            self._collection = bpy.utils.previews.new()
        name = f"{file} {turn} {entry.seen.stamp if entry.seen is not None else None}"
        entry.names[turn] = name
        entry.icons[turn] = self._collection.load(name, str(file), "IMAGE").icon_id

    def _drop(self, entry: _Entry) -> None:
        for name in entry.names.values():
            del self._collection[name]
        entry.names.clear()
        entry.icons.clear()
        entry.copied, entry.copying = False, None

    def _forget_oldest(self) -> None:
        for path in list(self._entries)[: max(0, len(self._entries) - MOST)]:
            self._drop(self._entries.pop(path))
            self._to_look.pop(path, None)
            self._to_copy.pop(path, None)

    def _make_image_previews(self) -> bool:
        """Create previews for drawn images; Blender renders a preview once it is drawn. Returns
        whether there were any."""
        if not self._images:
            return False
        for image in bpy.data.images:
            if image.session_uid in self._images and image.preview is None:
                image.preview_ensure()
        self._images.clear()
        return True


def _is_drawable(seen: picture_look.Look | None) -> bool:
    return seen is not None and seen.exists and seen.drawable


def picture_maker() -> kept_pictures.PictureMaker | None:
    """Return what has a second Blender make pictures, None if there is no folder for them."""
    own = settings.user_folder_name()
    if not own:
        return None
    secrets = settings.keys()
    return kept_pictures.PictureMaker(
        child_command.child_command(),
        child_command.child_environment(secrets=secrets),
        Path(own) / FOLDER,
    )


THUMBNAILS: Final = Thumbnails()


def thumbnail(path: Path | None, turn: int = 0) -> int:
    """Return the icon_id of a file's thumbnail, rotated by `turn` quarters clockwise; 0 while there
    is none. For draw(): reads nothing from disk."""
    return THUMBNAILS.icon(path, turn)


def image_thumbnail(image: bpy.types.Image | None) -> int:
    """Return the icon_id of an image data-block's preview, 0 while there is none. For draw()."""
    return THUMBNAILS.image_icon(image)


def unregister() -> None:
    """Release every thumbnail."""
    THUMBNAILS.clear()
