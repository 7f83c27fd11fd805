"""Deletes captured objects and pictures that nothing needs any more.

Blocks: for workers.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..model.job import Job

_DAY: Final = 86_400.0
_PICTURE_DAYS: Final = 30.0
"""A .blend that is not open may have a picture in a slot."""
_ENDINGS: Final = (".blend", ".json", ".part")


def sweep(folder: Path, jobs: Iterable[Job], wall: float) -> None:
    """Delete captures older than a day at `wall` (seconds since 1970) that none of these jobs
    needs. A file that another program holds open stays until the next sweep."""
    needed = {Path(each).stem for job in jobs for each in _captured(job)}
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):
            old = path.stat().st_mtime < wall - _DAY
            if old and path.suffix in _ENDINGS and path.stem not in needed:
                path.unlink()


def _captured(job: Job) -> Iterable[str]:
    target = job.placement.target
    if target is not None and target.capture:
        yield target.capture
    source = getattr(job.request, "source_file", None)
    if source is not None:
        yield str(source)


def sweep_pictures(folder: Path, jobs: Iterable[Job], in_slots: Iterable[str], wall: float) -> None:
    """Delete pictures that were taken more than 30 days before `wall`, and that neither one of
    these jobs nor a slot, of which the paths are given, uses. Each has a folder of its own."""
    used = {Path(file).parent for job in jobs for file in job.request.files}
    used |= {Path(text).parent for text in in_slots}
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime >= wall - _PICTURE_DAYS * _DAY or path in used:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
