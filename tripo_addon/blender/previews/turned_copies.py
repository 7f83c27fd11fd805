"""Makes small rotated copies of pictures for thumbnails.

Blocks: for workers. A second Blender makes all four rotations of a picture at once. They are kept
on disk; the oldest are deleted.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from ...api.dialect import never
from ...api.record import record
from .picture_look import Look

_log = logging.getLogger(__name__)
SIDE: Final = 256
"""The longest side of a copy in pixels."""
MOST_KEPT: Final = 100
"""Maximum number of pictures whose copies are kept on disk."""
_MADE: Final = "upright"


@record
class CopyMaker:
    """How to start the second Blender, and the folder of the copies."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path


def turned_copies(path: Path, seen: Look, maker: CopyMaker) -> tuple[Path, ...]:
    """Return paths of copies: upright, and rotated clockwise by one, two and three quarters; empty
    if they cannot be made. Never raises."""
    name = hashlib.blake2b(f"{path} {seen.stamp}".encode(), digest_size=12).hexdigest()
    own = maker.folder / name
    kept = tuple(own / f"{_MADE}{ending}.png" for ending in ("", "-1", "-2", "-3"))
    try:
        if not all(each.is_file() for each in kept):
            _sweep(maker.folder)
            kept = _made(path, seen, maker, own)
    except Exception as error:  # noqa: BLE001 - a picture that cannot be drawn is no error here
        _log.info("No thumbnail could be made: %s", type(error).__name__)
        return ()
    return kept


def _made(path: Path, seen: Look, maker: CopyMaker, own: Path) -> tuple[Path, ...]:
    from ...jobs.work.prepare_upload import UploadPreparation, turned_thumbnails

    child = UploadPreparation(maker.command, maker.environment, own, _MADE, never)
    return turned_thumbnails(path, seen.orientation, SIDE, child)


def _sweep(folder: Path) -> None:
    """Delete the oldest copies, so that one more picture fits."""
    if not folder.is_dir():
        return
    kept = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime)
    for old in kept[: max(0, len(kept) - MOST_KEPT + 1)]:
        shutil.rmtree(old, ignore_errors=True)
