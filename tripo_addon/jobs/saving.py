"""Puts a finished file where the artist wants it, under a name of its own.

Blocks: for workers. Never writes over a file that is there.
"""

from __future__ import annotations

import shutil
from pathlib import Path


def saved(file: Path, folder: Path, title: str) -> Path:
    """Copy a file into the folder, named after `title`, and return the copy. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    words = "".join(letter if letter.isalnum() or letter in " -_" else "-" for letter in title)
    stem = words.strip(" -")[:80] or "model"
    part = folder / f".{stem}-{file.parent.name}.part"
    shutil.copyfile(file, part)
    number = 1
    target = folder / f"{stem}{file.suffix}"
    while target.exists():
        number += 1
        target = folder / f"{stem} {number}{file.suffix}"
    return part.replace(target)
