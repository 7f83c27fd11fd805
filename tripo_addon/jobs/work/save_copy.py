"""Puts finished files where the artist wants them, under names of their own.

Blocks: for workers. Never writes over a file that is there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ...api.file_names import file_names


def saved(file: Path, folder: Path, title: str) -> Path:
    """Copy a file into the folder, named after `title`, and return the copy. Raises `OSError`, and
    leaves nothing unfinished then."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{file.parent.name}.part"
    names = file_names(folder, title, file.suffix, "model")
    try:
        shutil.copyfile(file, part)
        return part.replace(next(name for name in names if not name.exists()))
    except OSError:
        part.unlink(missing_ok=True)
        raise
