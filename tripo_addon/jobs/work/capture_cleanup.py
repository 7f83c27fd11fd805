"""Deletes captured objects that no job needs any more.

Blocks: for workers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..model.job import Job

_DAY: Final = 86_400.0
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
