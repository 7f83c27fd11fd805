"""Makes small rotated copies of pictures for thumbnails.

Blocks: for workers. A second Blender makes all four rotations of a picture at once.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from ...api.dialect import never
from .kept_pictures import SIDE, PictureMaker
from .picture_look import Look

_log = logging.getLogger(__name__)
_MADE: Final = "upright"


def turned_copies(path: Path, seen: Look, maker: PictureMaker) -> tuple[Path, ...]:
    """Return paths of copies: upright, and rotated clockwise by one, two and three quarters; empty
    if they cannot be made. Never raises."""
    own = maker.folder_of(f"{path} {seen.stamp}")
    kept = tuple(own / f"{_MADE}{ending}.png" for ending in ("", "-1", "-2", "-3"))
    try:
        if not all(each.is_file() for each in kept):
            maker.make_room()
            kept = _made(path, seen, maker, own)
    except Exception as error:  # noqa: BLE001 - a picture that cannot be drawn is no error here
        _log.info("No thumbnail could be made: %s", type(error).__name__)
        return ()
    return kept


def _made(path: Path, seen: Look, maker: PictureMaker, own: Path) -> tuple[Path, ...]:
    from ...jobs.work.prepare_upload import UploadPreparation, turned_thumbnails

    child = UploadPreparation(maker.command, maker.environment, own, _MADE, never)
    return turned_thumbnails(path, seen.orientation, SIDE, child)
