"""Measures what finished jobs keep on disk, and deletes what can be made again.

Blocks: for workers. Reads only the jobs' own folders, never the rest of a folder that the artist
chose.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...api.record import record

if TYPE_CHECKING:
    from ..model.job import Job

_OWN_FOLDER: Final = re.compile(r".+-[0-9a-f]{8}")
"""As made by `model.job.folder_name`."""
_PREPARED: Final = ("model.blend", "model.parts")


@record
class DiskUse:
    """Bytes in the folders of jobs: in total, and of the copies prepared for Blender, which can be
    made again from the downloaded models."""

    whole: int = 0
    prepared: int = 0


def measure(jobs: Iterable[Job]) -> DiskUse:
    """Return what these jobs, all that are listed, keep on disk."""
    known = tuple(jobs)
    whole = sum(_size(folder) for folder in _folders(known))
    return DiskUse(whole, sum(_size(path) for path in _prepared(known)))


def purge_prepared(jobs: Iterable[Job]) -> int:
    """Delete the prepared copies that no job needs now, and return how many bytes that freed. The
    downloaded models stay; importing one again prepares it anew."""
    freed = 0
    for path in _prepared(tuple(jobs)):
        size = _size(path)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
        freed += 0 if path.exists() else size
    return freed


def _folders(jobs: tuple[Job, ...]) -> set[Path]:
    paths = (path for job in jobs for path in (job.model, job.blend) if path is not None)
    return {path.parent for path in paths if _OWN_FOLDER.fullmatch(path.parent.name)}


def _prepared(jobs: tuple[Job, ...]) -> Iterator[Path]:
    """Yield the prepared copies of finished jobs whose downloaded files exist."""
    needed = {job.blend.parent for job in jobs if job.blend is not None and not job.state.final}
    done = {
        job.blend.parent
        for job in jobs
        if job.blend is not None and job.state.final and job.files_on_disk
    }
    for folder in (done - needed) & _folders(jobs):
        yield from (path for name in _PREPARED if (path := folder / name).exists())


def _size(path: Path) -> int:
    """Return the bytes of a file, or of all files below a folder; 0 for one that disappears
    meanwhile."""
    if not path.is_dir():
        with contextlib.suppress(OSError):
            return path.stat().st_size
        return 0
    return sum(_size(each) for each in path.iterdir() if not each.is_symlink())
