"""Whether a place can take what a job will bring, asked before it is paid for.

Looks and writes one tiny file; for workers.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...api.errors import Kind, Problem
from ...api.file_names import LIMIT, PathLimit, folder_trouble
from ..messages import steps as messages

SAVED: Final = 32
"""How long the shortest name of a saved file may be."""
BELOW_DOWNLOADS: Final = 140
"""How long the path of a file below the folder of all downloads may be: a job's own folder, and
what is fetched, unpacked and prepared in it."""
_PROBE: Final = ".tripo_addon-can-be-written"
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """The free bytes below which nothing is sent: where models go, and where the job list is.
    `spare` are those that a download leaves free, for the job list and whoever else writes."""

    downloads: int = 400_000_000
    job_list: int = 8_000_000
    spare: int = 100_000_000


def refuse_folder(
    folder: Path, what: str, least: int, *, below: int = SAVED, limit: PathLimit = LIMIT
) -> Problem | None:
    """Why nothing can be written to the folder, which is made if need be, or None. `what` names it
    to the artist, `least` is in bytes; `below` is how long a path in the folder may become, in the
    limit's own units."""
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
