"""Whether there is room for what a job will bring, asked before it is paid for.

Looks and writes one tiny file; for workers.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..api.errors import Kind, Trouble

_PROBE = ".tripo_addon-can-be-written"


@dataclass(frozen=True, slots=True)
class Room:
    """The free bytes below which nothing is sent: where models go, and where the job list is.
    `spare` are those that a download leaves free, for the job list and whoever else writes."""

    downloads: int = 400_000_000
    job_list: int = 8_000_000
    spare: int = 100_000_000


def refuse_folder(folder: Path, what: str, least: int) -> Trouble | None:
    """Why nothing can be written to the folder, which is made if need be, or None. `what` names it
    to the artist, `least` is in bytes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"{_PROBE}-{os.getpid()}"
        probe.write_bytes(b"-")
        probe.unlink(missing_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return _trouble(f"{what} cannot be written ({reason}), so nothing was sent: {folder}")
    if free < least:
        free_words = f"only {free // 1_000_000} MB are free, {least // 1_000_000} are needed"
        return _trouble(f"{free_words} for {what}, so nothing was sent: {folder}")
    return None


def _trouble(detail: str) -> Trouble:
    return Trouble(kind=Kind.DISK, detail=detail)
