"""Reads the state of a picture file: whether it exists, its size in pixels, its content hash.

Blocks: for workers. Decodes nothing.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Final

from ...api.record import record

_log = logging.getLogger(__name__)
_UNKNOWN: Final = (0, 0)
UPRIGHT: Final = 1


@record
class Look:
    """The state of a picture file. `stamp`: modification time in nanoseconds and size in bytes,
    None if there is no file. `sides`: upright width and height in pixels, (0, 0) if unknown.
    `orientation`: EXIF orientation, 1 to 8. `drawable`: Blender can show it. `digest`: SHA-256 of
    its content, "" if not requested."""

    stamp: tuple[int, int] | None = None
    sides: tuple[int, int] = _UNKNOWN
    orientation: int = UPRIGHT
    drawable: bool = False
    digest: str = ""

    @property
    def exists(self) -> bool:
        """Whether the file was there."""
        return self.stamp is not None


def look(path: Path, former: Look | None, *, digest: bool) -> Look:
    """Read a file's state, or return `former` if it has not changed. `digest`: hash its content,
    too. Never raises."""
    try:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        if former is not None and former.stamp == stamp and (former.digest or not digest):
            return former
        return _look(path, stamp, digest=digest)
    except OSError:
        return Look()
    except Exception:  # noqa: BLE001 - another add-on's packages may break the import
        _log.exception("A picture could not be looked at")
        return Look()


def _look(path: Path, stamp: tuple[int, int], *, digest: bool) -> Look:
    from ...api.pictures import PIXELS, read_header

    header = read_header(path)
    known = min(header.sides) > 0
    return Look(
        stamp=stamp,
        sides=header.sides if known else _UNKNOWN,
        orientation=header.orientation,
        drawable=path.suffix != PIXELS,
        digest=_digest(path) if digest else "",
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
