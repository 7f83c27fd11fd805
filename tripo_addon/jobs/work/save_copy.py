"""Copies finished files to the artist's folder, under unused names.

Blocks: for workers. Never overwrites a file.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ...api.file_names import file_names


def saved(file: Path, folder: Path, title: str) -> Path:
    """Copy a file into the folder, named after `title`, and return the copy. On `OSError`, no
    partial copy is left."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{file.parent.name}.part"
    names = file_names(folder, title, file.suffix, "model")
    try:
        shutil.copyfile(file, part)
        return part.replace(next(name for name in names if not name.exists()))
    except OSError:
        part.unlink(missing_ok=True)
        raise
