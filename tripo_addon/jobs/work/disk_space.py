"""Checks before payment that a folder can take a job's files.

Reads the disk and writes one tiny file; for workers.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from ...api.errors import Kind, Problem
from ...api.file_names import LIMIT, PathLimit, folder_trouble
from ...api.record import record
from ..messages import steps as messages

SAVED: Final = 32
"""Length that is reserved for the name of a saved file."""
BELOW_DOWNLOADS: Final = 140
"""The longest path of a file below the download folder: in a job's own folder, including what is
unpacked and prepared there."""
_PROBE: Final = ".tripo_addon-can-be-written"
_SHOWN: Final = 80


@record
class DiskSpace:
    """Free bytes below which nothing is sent, for downloads and for the job list. `spare` bytes are
    left free by a download."""

    downloads: int = 400_000_000
    job_list: int = 8_000_000
    spare: int = 100_000_000


def refuse_folder(
    folder: Path, what: str, least: int, *, below: int = SAVED, limit: PathLimit = LIMIT
) -> Problem | None:
    """Return why the folder cannot be written to, or None; it is created if needed. `what` names it
    for the artist, `least` is in bytes, `below` is the longest path inside it in the limit's
    units."""
    if limit.left(folder) < below:
        most = limit.most - below - 1
        why = messages.path_too_long(what, limit.length(folder), most, limit.units)
        return _trouble(Kind.FOLDER, why, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"{_PROBE}-{os.getpid()}"
        probe.write_bytes(b"-")
        probe.unlink(missing_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        trouble = folder_trouble(error, what)
        return _trouble(trouble.kind, trouble.detail, folder)
    if free < least:
        return _trouble(Kind.DISK, messages.disk_full(what, free, least), folder)
    return None


def _trouble(kind: Kind, why: str, folder: Path) -> Problem:
    shown = str(folder)
    if len(shown) > _SHOWN:
        shown = f"{shown[: _SHOWN - 1]}…"
    return Problem(kind=kind, detail=messages.nothing_sent(why, shown))
